"""Calf and foot part on the bench: free one way, stopped the other."""

from dataclasses import replace

import numpy as np
import pytest
from known_shells import made

from afo_designer.design import rig
from afo_designer.design.hinge_motion import hinge_motion
from afo_designer.design.loadcase import FatigueDemand, load_cases
from afo_designer.design.rig import bench_for, shell_model
from afo_designer.design.service import Service
from afo_designer.design.trials import solved
from afo_designer.design.verification import verify
from afo_designer.mechanics.bench import supports
from afo_designer.mechanics.elasticity import Elasticity
from afo_designer.mechanics.model import without_stops
from afo_designer.mechanics.moment_angle import MomentAngle
from afo_designer.mechanics.solve import Status, flaw
from afo_designer.mechanics.stiffness import stiffness_of
from afo_designer.runs.catalogue import load_material
from afo_designer.shell.shell import form_shell

NYLON = Elasticity(1700.0, 0.4)


@pytest.fixture(scope="module")
def man():
    return made("man", "hinged")


@pytest.fixture(scope="module")
def models(man):
    bench = bench_for(man.shell, man.positive)
    return bench, {size: shell_model(man.shell, bench, NYLON, size) for size in (0.7, 1.0)}


def test_meshes_conform_and_fold_nowhere(models):
    bench, found = models
    for model in found.values():
        assert flaw(model)[0] is Status.SOLVED
        held = supports(model, bench)  # refuses a mesh whose elements a region cuts
        assert len(held.clamped) > 50
        assert len(held.band) > 50


def test_a_mesh_with_a_folded_sliver_is_laid_anew(man, monkeypatch):
    bench = bench_for(man.shell, man.positive)
    laid = []
    monkeypatch.setattr(rig, "hinged_model", lambda *given: laid.append(given[-1]))
    monkeypatch.setattr(
        rig, "flaw", lambda model: (Status.SOLVED if len(laid) > 4 else Status.INVERTED, None)
    )
    shell_model(man.shell, bench, NYLON, 0.7)
    assert laid == pytest.approx([0.7, 0.742, 0.784, 0.826, 0.868])


def test_dorsiflexion_is_free_and_plantarflexion_is_stopped(models):
    bench, found = models
    stiffness = {size: solved(model, bench).stiffness for size, model in found.items()}
    assert stiffness[1.0] == pytest.approx(stiffness[0.7], rel=0.05)
    for size, model in found.items():
        assert abs(solved(without_stops(model), bench).stiffness) < 1e-6 * stiffness[size]


def test_a_settled_stop_only_pushes(models):
    bench, found = models
    linear = solved(found[1.0], bench)
    stop = linear.model.stop
    pressed = stop.openings(-linear.displacement)
    assert stop.acting.any()
    assert (pressed[stop.acting] < 0.0).all()
    assert (pressed[~stop.acting] >= 0.0).all()


def test_a_stop_that_stands_open_bears_the_moment_by_its_lever(man):
    """The free way until it closes bears nothing."""
    open_deg = 4.0
    lower = replace(man.parameters.hinge, stop_angle_deg=3.0 - open_deg)
    shell = form_shell(man.positive, replace(man.parameters, hinge=lower))
    bench, material = bench_for(shell, man.positive), load_material("pa12_mjf")[0]
    linear = solved(shell_model(shell, bench, NYLON, 0.7), bench)
    closed = stiffness_of(linear.model, bench)
    curve = MomentAngle.stopped(linear.stiffness, 0.0, open_deg)
    service = Service(
        load_cases(curve, 3.0, 70.0, 0.6),
        FatigueDemand(3000.0, 1.1e6, 1.0, 1.1e6, "loading", "second_rocker", ""),
        material,
        "right",
        lambda point: "",
    )
    found = verify(linear.model, bench, closed, service, opening_deg=open_deg)
    motion = hinge_motion(shell, shell.hinge, man.positive, linear.model, closed, found, material)
    assert motion.case == "stumble"
    moment = max(one.moment_nm for one in found.cases if one.case.name == "stumble")
    behind = shell.hinge.flat(linear.model.mesh.vertices[linear.model.stop.first])[0]
    assert 1000.0 * moment / behind.max() < motion.stop_n < 1000.0 * moment / behind.min()
    flat = 4.5 - 2.0 * man.parameters.edge.radius_mm
    assert motion.flat_mm == pytest.approx(flat, abs=0.01)
    assert motion.stop_mpa == pytest.approx(
        motion.stop_n / man.parameters.hinge.stop_width_mm / motion.flat_mm
    )
    assert motion.bearing_mpa == pytest.approx(motion.hinge_n / (6.0 * 4.5))


def test_finishing_thins_the_mesh_of_a_hinge_too(man):
    bench = bench_for(man.shell, man.positive)
    thin = replace(man.shell, finish_mm=-0.1)
    one, two = (shell_model(shell, bench, NYLON, 0.7) for shell in (man.shell, thin))
    np.testing.assert_allclose(two.thickness, one.thickness - 0.1, atol=1e-12)
    np.testing.assert_array_equal(two.mesh.vertices, one.mesh.vertices)
