"""Reliefs: what they add to a solid's mesh, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from afo_designer.geometry.intersection import self_intersections
from afo_designer.geometry.relief import Relief, ReliefOutside, lifted
from afo_designer.geometry.solid import BSplineSolid, closed_mesh

MIDDLE = np.array([120.0, 0.1])
SQUARE = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])


def with_frame(solid: BSplineSolid, height: float, middle: np.ndarray = MIDDLE) -> BSplineSolid:
    """A square frame of 10 by 10 mm with a hole of 5 by 5 mm on the outer face."""
    s, theta = middle
    per = 1.0 / np.linalg.norm(
        [solid.outer(s, theta, ds=1), solid.outer(s, theta, dtheta=1)], axis=1
    )
    contours = tuple(middle + half * SQUARE * per for half in (5.0, 2.5))
    low, high = contours[0].min(axis=0), contours[0].max(axis=0)
    side = 1.0 if solid.is_right_handed else -1.0
    top = lifted(solid.outer, low - 0.1 * (high - low), high + 0.1 * (high - low), side * height)
    return replace(solid, reliefs=(Relief(contours, top),))


@pytest.mark.parametrize("lateral", [1.0, -1.0])
@pytest.mark.parametrize("height", [1.0, -1.0, 0.3])
def test_the_volume_added_is_area_times_height(bent_tube, lateral: float, height: float) -> None:
    plain = bent_tube(lateral)
    before, mesh = closed_mesh(plain), closed_mesh(with_frame(plain, height))
    assert mesh.is_closed
    assert len(self_intersections(mesh)) == 0
    assert mesh.volume - before.volume == pytest.approx(75.0 * height, rel=0.05)
    # closed and of one piece: a frame leaves the surface a sphere with two slots' handles
    edges = 3 * len(mesh.triangles) // 2
    assert len(mesh.vertices) - edges + len(mesh.triangles) == 2 - 2 * (len(plain.loops) - 1)
    used = np.unique(mesh.triangles)
    assert len(used) == len(mesh.vertices)


def test_the_contours_may_run_either_way(bent_tube) -> None:
    solid = with_frame(bent_tube(), 1.0)
    (relief,) = solid.reliefs
    turned = Relief(tuple(contour[::-1] for contour in relief.contours), relief.top)
    other = closed_mesh(replace(solid, reliefs=(turned,)))
    assert other.volume == pytest.approx(closed_mesh(solid).volume, rel=1e-9)


def test_the_lifted_surface_is_as_high_as_it_should_be(bent_tube) -> None:
    solid = bent_tube()
    low, high = np.array([110.0, 0.0]), np.array([140.0, 0.2])
    top = lifted(solid.outer, low, high, 1.0)
    assert top.domain == ((110.0, 140.0), (0.0, 0.2))
    s, theta = np.random.default_rng(1).uniform(low, high, (50, 2)).T
    gap = top(s, theta) - solid.outer(s, theta)
    np.testing.assert_allclose(gap, solid.outer.normal(s, theta), atol=2e-4)


def test_a_relief_across_an_edge_is_refused(bent_tube) -> None:
    solid = bent_tube()
    edge = solid.loops[0].parameters
    with pytest.raises(ReliefOutside, match="across the face's edge"):
        closed_mesh(with_frame(solid, 1.0, edge[len(edge) // 3]))
