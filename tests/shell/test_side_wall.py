"""The flare of the foot's side walls: outwards as far as asked, at their edge and nowhere else."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from known_shells import Made, made, positive_of, scaled

from afo_designer.shell.shell import Shell, form_shell
from afo_designer.shell.side_wall import LONGEST_MM, wall_profile

LEAF = "posterior_leaf_spring"


@cache
def flared(who: str, flare: float) -> Shell:
    positive = positive_of(who)
    parameters = scaled(positive.limb, LEAF).shell
    plate = replace(parameters.footplate, flare_mm=flare)
    return form_shell(positive, replace(parameters, footplate=plate))


def moved(plain: Made, shell: Shell) -> tuple[np.ndarray, np.ndarray]:
    """Points of the plain inner surface (n, 3), and how far out they went (n,), to the edges."""
    at = plain.shell.stations
    s = np.linspace(at.top, at.end - 2.0, 300)
    medial, lateral = plain.shell.trim.sides(s)
    share = np.linspace(0.0, 1.0, 101)
    theta = medial[:, None] + share * (lateral - medial)[:, None]
    s = np.broadcast_to(s[:, None], theta.shape)
    points = plain.shell.chart.point(s, theta)
    change = np.einsum(
        "...i,...i->...", shell.chart.point(s, theta) - points, plain.shell.chart.normal(s, theta)
    )
    return points.reshape(-1, 3), change.ravel()


@pytest.mark.parametrize("who", ["man", "child"])
def test_the_edge_goes_out_and_sole_heel_and_leaf_stay(who: str) -> None:
    plain = made(who, LEAF)
    points, change = moved(plain, flared(who, 3.0))
    x, z = points[:, 0], points[:, 2]
    profile = wall_profile(plain.positive, plain.shell.outline, plain.parameters)
    low = z < plain.positive.plate.level + 0.3 * np.interp(x, *profile.T)
    behind, ahead = x < profile[0, 0] - 1.0, x > profile[-1, 0] + 26.0
    for still in (low, behind, ahead):
        assert np.abs(change[still]).max() < 0.15  # the refit's ripple
    top = profile[:, 1].max() - plain.positive.plate.level
    full = min(1.0, 0.6 * top / LONGEST_MM) ** 2
    assert change.max() == pytest.approx(3.0 * full, rel=0.1)
    assert change.min() > -0.15


def test_a_mirrored_limb_is_flared_alike() -> None:
    (a, one), (b, other) = (
        moved(made(who, LEAF), flared(who, 3.0)) for who in ("man", "mirrored man")
    )
    np.testing.assert_allclose(a * [1.0, -1.0, 1.0], b, atol=1e-6)
    np.testing.assert_allclose(one, other, atol=1e-6)
