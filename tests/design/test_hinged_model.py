"""Calf and foot part on the bench: free one way, stopped the other."""

import pytest
from known_shells import made

from afo_designer.design.rig import bench_for, shell_model
from afo_designer.design.trials import solved
from afo_designer.mechanics.bench import supports
from afo_designer.mechanics.elasticity import Elasticity
from afo_designer.mechanics.model import without_stops
from afo_designer.mechanics.solve import Status, flaw

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
