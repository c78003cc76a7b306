"""Fit: distances that are known beforehand, and the strain of getting in."""

from dataclasses import replace

import numpy as np
import pytest
from known_limbs import generated_limb

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.parameters import CastParameters, Relief
from afo_designer.design.fit import measure_fit, openings
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.parameter import leaves
from afo_designer.shell.parameters import Calf, ShellParameters
from afo_designer.shell.shell import form_shell

NO_RELIEF = Relief(**{leaf.key: 0.0 for leaf, _ in leaves(Relief()) if leaf.key != "feather_mm"})


@pytest.fixture(scope="module", params=[1.0, 3.0])
def plain_fit(request: pytest.FixtureRequest):
    """A limb in its own pose, one clearance all round, no relief."""
    limb = generated_limb(0.0)
    cast = CastParameters(clearance_mm=request.param, plantar_flattening=0.0, relief=NO_RELIEF)
    positive = modify_cast(limb, limb.ankle_angle, 0.0, cast)
    shell = form_shell(positive, ShellParameters())
    return request.param, positive, shell


def test_the_clearance_is_the_one_asked_for(plain_fit) -> None:
    asked, positive, shell = plain_fit
    fit = measure_fit(shell, positive)
    low, middle, high = fit.clearance
    assert middle == pytest.approx(asked, abs=0.1)
    assert asked - 0.5 < low <= middle <= high < asked + 0.5
    assert fit.clearance_error < 0.25
    assert fit.rms < 0.25
    assert fit.rms <= fit.p95
    assert fit.reliefs == {}


def test_a_wider_shell_is_measured_as_such(plain_fit) -> None:
    """The same shell on a cast 0.4 mm thinner: every distance grows by that."""
    _, positive, shell = plain_fit
    thin = replace(
        positive, skin=positive.skin.with_vertices(positive.skin.vertices - 0.4 * positive.normals)
    )
    one, other = measure_fit(shell, positive), measure_fit(shell, thin)
    assert other.clearance[1] - one.clearance[1] == pytest.approx(0.4, abs=0.03)


@pytest.mark.parametrize("section_radius", [0.0, 100.0], ids=["on the limb", "stood off"])
def test_over_a_hole_of_the_scan_there_is_nothing_to_compare(plain_fit, section_radius) -> None:
    _, positive, _ = plain_fit
    usual = ShellParameters()
    parameters = replace(usual, leaf=replace(usual.leaf, section_radius_mm=section_radius))
    shell = form_shell(positive, parameters)
    mesh = positive.mesh
    centres = mesh.corners.mean(axis=1)
    under = (centres[:, 2] < 10.0) & (np.abs(centres[:, 0] - 110.0) < 35.0)
    holed = replace(positive, mesh=TriMesh(mesh.vertices, mesh.triangles[~under]))
    whole, fit = measure_fit(shell, positive), measure_fit(shell, holed)
    assert whole.unseen == 0.0
    assert 0.0 < fit.unseen < 0.2
    assert fit.rms == pytest.approx(whole.rms, abs=0.5)


def test_a_leaf_lets_the_ankle_in_and_a_band_has_to_spread(plain_fit) -> None:
    _, positive, shell = plain_fit
    calf, malleoli = openings(shell, positive)
    assert (calf.name, malleoli.name) == ("calf", "malleoli")
    assert malleoli.strain == 0.0  # a 40 mm leaf lies behind both malleoli
    assert calf.chord < calf.passing
    assert 0.0 < calf.strain < 0.05


def test_a_band_further_round_takes_more_strain(plain_fit) -> None:
    _, positive, shell = plain_fit
    wider = replace(shell.parameters, calf=Calf(wrap_deg=shell.parameters.calf.wrap_deg + 10.0))
    further = openings(form_shell(positive, wider), positive)[0]
    assert further.strain > openings(shell, positive)[0].strain
