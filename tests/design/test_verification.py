"""Verification on strips whose stress is known by hand, along a sweep and linear."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from afo_designer.design.deformation import (
    deformation_of,
    frontal_run,
    linear_deformation,
    run_of,
)
from afo_designer.design.loadcase import Direction, FatigueDemand, LoadCase, load_cases
from afo_designer.design.place import place_name
from afo_designer.design.rig import shell_model
from afo_designer.design.service import Service
from afo_designer.design.stability import Stability
from afo_designer.design.verification import verify
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.bench import Bench, HalfSpace
from afo_designer.mechanics.elasticity import Elasticity
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.stiffness import stiffness_of
from afo_designer.mechanics.stress import von_mises
from afo_designer.mechanics.sweep import sweep
from afo_designer.runs.catalogue import load_material

MATERIAL, _ = load_material("pa12_mjf")
LENGTH, WIDTH, WALL, ENDS = 150.0, 30.0, 3.0, 15.0
E = MATERIAL.youngs_modulus_mpa
# An arc's end tangents meet above mid-height: at 23 deg the strip bends 4 % more at one end.
NEAR = 0.05
STANDING = 3.5
DEMAND = FatigueDemand(6000.0, 1.1e6, 1.0, 1.0e6, "push_off", "second_rocker", "")


def strip(arch=0.0, skew=0.0, mirror=1.0, nu=0.0):
    """Upright, square to x; `arch` (mm) bends its section, `skew` makes it lopsided."""
    # narrow rows in the band keep the strip from bending on inside it
    band = LENGTH + np.array([1.0, 2.0, 4.0, ENDS])
    u = np.concatenate([[-ENDS], np.linspace(0.0, LENGTH, 13), band])
    v = np.linspace(-1.0, 1.0, 5)
    z, y = (grid.ravel() for grid in np.meshgrid(u, v, indexing="ij"))
    side = mirror * y * 0.5 * WIDTH
    x = arch * (1.0 - y**2) * -1.0 + skew * y * z / LENGTH
    points = np.column_stack([x, side, z])
    number = np.arange(len(z)).reshape(len(u), len(v))
    corners = [number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]]
    quads = np.stack(corners, -1).reshape(-1, 4)[:, :: int(mirror)]
    slope = (2.0 * arch * y + skew * z / LENGTH) / (0.5 * WIDTH * mirror)
    outward = np.column_stack([-np.ones_like(y), slope, skew * y / LENGTH])
    mesh = QuadMesh(points, quads, np.zeros((len(points), 2)))
    return ShellModel(mesh, outward, np.full(len(points), WALL), Elasticity(E, nu))


def rig(axis_height=0.5 * LENGTH):
    """With the axis at mid-height a flat strip bends nearly to an arc of a circle."""
    return Bench(
        axis_point=[0.0, 0.0, axis_height],
        axis_direction=[0.0, 1.0, 0.0],
        shank_axis=[0.0, 0.0, 1.0],
        footplate_clamp=(HalfSpace([0.0, 0.0, 0.0], [0.0, 0.0, -1.0]),),
        calf_band=(HalfSpace([0.0, 0.0, LENGTH], [0.0, 0.0, 1.0]),),
    )


def bending(rotation_deg):
    """Surface stress of that arc, E h φ / 2 L."""
    return E * WALL * np.radians(abs(rotation_deg)) / (2.0 * LENGTH)


def case(name, rotation, direction=Direction.SAGITTAL):
    return LoadCase(name, direction, rotation, None, "test")


def cases(forth=9.0, back=-23.0, sideways=0.5):
    return (
        case("standing", STANDING),
        case("second_rocker", forth),
        case("push_off", back),
        case("inversion", sideways, Direction.FRONTAL),
        case("eversion", -sideways, Direction.FRONTAL),
    )


def verified(model, chosen, material=MATERIAL, side="left", run=None, bench=None):
    bench = rig() if bench is None else bench
    linear = stiffness_of(model, bench)
    service = Service(chosen, DEMAND, material, side, lambda point: "somewhere")
    return verify(model, bench, linear, service, run)


def named(found, name):
    return next(each for each in found.cases if each.case.name == name)


@pytest.fixture(scope="module")
def flat():
    return strip()


@pytest.fixture(scope="module")
def run(flat):
    return sweep(flat, rig(), [-10.0, -5.0, 5.0, 10.0])


@pytest.fixture(scope="module")
def nonlinear(flat, run):
    return verified(flat, cases(), run=run)


@pytest.fixture(scope="module")
def linear(flat):
    return verified(flat, cases())


def test_a_flat_strip_is_stressed_as_an_arc_of_a_circle(nonlinear, linear):
    for found in (nonlinear, linear):
        for name in ("second_rocker", "push_off"):
            result = named(found, name)
            expected = bending(result.case.rotation_deg)
            assert result.max_von_mises == pytest.approx(expected, rel=NEAR)
            assert result.max_principal == pytest.approx(expected, rel=NEAR)
            assert result.safety_factor == pytest.approx(MATERIAL.strength_mpa / expected, rel=NEAR)
            assert result.limit == MATERIAL.strength_mpa
            assert result.limit_source.startswith("0.8 × ultimate: HP")
            assert not result.recalled
            assert result.place == "somewhere"


def test_moments_are_the_orthosis_on_the_foot(nonlinear, linear):
    stiffness = E * WIDTH * WALL**3 / 12.0 / LENGTH / 1000.0  # E I φ / L, N·m/rad
    for found in (nonlinear, linear):
        for name in ("second_rocker", "push_off"):
            result = named(found, name)
            expected = -stiffness * np.radians(result.case.rotation_deg)
            assert result.moment_nm == pytest.approx(expected, rel=NEAR)
        assert named(found, "inversion").moment_nm > 0.0
        assert found.frontal_stiffness > 10.0 * stiffness * np.pi / 180.0


def test_stress_beside_the_clamp_is_left_out(nonlinear, flat):
    z = flat.mesh.vertices[:, 2]
    beside = (z <= 1.5 * WALL) | (z >= LENGTH - 1.5 * WALL)
    for result in nonlinear.cases:
        assert not result.stress[beside].any()
        assert result.stress[~beside].any()


def test_the_step_reverses_the_strip(nonlinear, linear):
    for found in (nonlinear, linear):
        fatigue = found.fatigue.found
        assert fatigue.amplitude == pytest.approx(bending(16.0), rel=NEAR)
        assert fatigue.mean == pytest.approx(bending(7.0), rel=2.0 * NEAR)  # tense
        assert found.fatigue.place == "somewhere"


def test_standing_is_a_state_of_its_own(nonlinear, linear):
    for found in (nonlinear, linear):
        standing = found.sustained
        assert standing.found.stress == pytest.approx(bending(STANDING), rel=NEAR)
        assert standing.verdict == ("pass" if standing.found.stress <= 5.0 else "warn")
        assert standing.found.recalled


def test_strain_is_that_of_the_worst_sagittal_case(nonlinear, linear):
    for found in (nonlinear, linear):
        assert found.strain.case == "push_off"
        assert found.strain.percent == pytest.approx(100.0 * bending(23.0) / E, rel=NEAR)
        assert found.strain.limit == pytest.approx(MATERIAL.elongation_percent / 3.0)
        assert found.strain.place == "somewhere"


def weak(ultimate):
    """A material of which nothing but strength, elongation and a low endurance is known."""
    stems = ("pulsating_stress_mpa", "pulsating_stress_ratio", "pulsating_cycles")
    absent = dict.fromkeys((*stems, *(f"across_{stem}" for stem in stems)))
    return replace(
        MATERIAL,
        ultimate_strength_mpa=ultimate,
        across_ultimate_strength_mpa=ultimate,
        fatigue_amplitude_mpa=2.0,
        elongation_percent=0.9,
        **absent,
    )


@pytest.mark.parametrize(
    ("factor", "along_a_sweep", "scaled"),
    [(2.1, "pass", "pass"), (1.5, "warn", "warn"), (0.9, "fail", "warn")],
)
def test_a_case_fails_in_large_rotations_and_only_warns_beyond_a_linear_range(
    flat, run, factor, along_a_sweep, scaled
):
    material = weak(factor * bending(23.0) / 0.8)
    bent, straight = (verified(flat, cases(), material, run=each) for each in (run, None))
    assert named(bent, "push_off").verdict == along_a_sweep
    assert named(straight, "push_off").verdict == scaled
    assert (bent.strain.verdict, straight.strain.verdict) == ("fail", "warn")
    assert (bent.fatigue.verdict, straight.fatigue.verdict) == ("fail", "warn")
    # within the range a scaled solution is believed
    near = verified(flat, cases(9.0, -9.5), weak(0.9 * bending(9.5) / 0.8))
    assert named(near, "push_off").verdict == near.fatigue.verdict == "fail"
    assert near.strain.verdict == "pass"


def test_a_turn_sideways_only_warns(flat, run):
    for each in (run, None):
        result = named(verified(flat, cases(), weak(2.0), run=each), "inversion")
        assert result.safety_factor < 1.0
        assert result.verdict == "warn"


def test_recalled_strength_is_said(flat):
    provenance = tuple(replace(item, verified=False) for item in MATERIAL.provenance)
    found = verified(flat, cases(), replace(MATERIAL, provenance=provenance))
    assert all(result.recalled for result in found.cases)
    assert found.strain.recalled


def test_of_both_stresses_the_larger_governs(flat, run):
    for result in verified(flat, cases(), run=run).cases:
        largest = max(result.max_von_mises, result.max_principal)
        assert result.safety_factor == pytest.approx(result.limit / largest)
        named_largest = {
            "von Mises stress": result.max_von_mises,
            "first principal stress": result.max_principal,
        }
        assert named_largest[result.criterion] == largest


def test_a_case_beyond_the_last_state_is_not_computed_and_fails(flat, run):
    short = SimpleNamespace(
        states=run.states, task=run.task, message="It ended.", extended=lambda angles: short
    )
    found = verified(flat, cases(), run=short)
    lost = named(found, "push_off")
    assert (lost.verdict, lost.trouble) == ("fail", "It ended.")
    assert np.isnan(lost.safety_factor)
    assert named(found, "second_rocker").verdict == "pass"
    assert (found.fatigue.found, found.fatigue.verdict) == (None, "fail")
    assert found.strain.case == "second_rocker"
    assert np.isfinite(found.worst_stress).all()


def test_left_and_right_are_mirror_images():
    form = {"arch": 3.0, "skew": 2.0, "nu": 0.3}
    left, right = strip(**form), strip(**form, mirror=-1.0)
    angles = [-5.0, 5.0]
    here = verified(left, cases(4.0, -4.0), run=sweep(left, rig(), angles))
    there = verified(right, cases(4.0, -4.0), side="right", run=sweep(right, rig(), angles))
    for one, other in zip(here.cases, there.cases, strict=True):
        assert other.moment_nm == pytest.approx(one.moment_nm, rel=1e-5)
        assert other.max_von_mises == pytest.approx(one.max_von_mises, rel=1e-5)
        assert other.position[1] == pytest.approx(-one.position[1])
    assert named(here, "inversion").max_von_mises != pytest.approx(
        named(here, "eversion").max_von_mises, rel=1e-3
    )
    assert there.stability.factor == pytest.approx(here.stability.factor, rel=1e-4)


def test_between_states_fields_are_those_of_the_state_there():
    model = strip(arch=3.0, skew=2.0, nu=0.3)
    swept = sweep(model, rig(), [-20.0, -15.0, -10.0, -5.0, 5.0, 10.0, 15.0])
    held = np.flatnonzero(~swept.task.free.any(axis=1))
    between = deformation_of(model, run_of(swept), held)
    exact = deformation_of(model, run_of(swept.extended([8.0, -17.0])), held)
    for angle in (8.0, -17.0):
        one, other = between.at(angle), exact.at(angle)
        for name in ("tensor", "displacement", "moments_nm"):
            scale = np.abs(getattr(other, name)).max()
            assert np.allclose(getattr(one, name), getattr(other, name), rtol=0, atol=2e-3 * scale)
    assert not between.covers(-20.1)
    with pytest.raises(ValueError, match="no state"):
        between.at(15.1)


def test_small_turns_sideways_are_the_linear_ones(flat):
    bench = replace(rig(), axis_direction=np.array([1.0, 0.0, 0.0]))
    result = stiffness_of(flat, bench)
    linear = linear_deformation(flat, result).at(0.01)
    held = np.concatenate([result.clamped, result.band])
    bent = deformation_of(flat, frontal_run(flat, rig(), (0.01, -0.01)), held).at(0.01)
    assert bent.moments_nm == pytest.approx(linear.moments_nm, rel=1e-3)
    size = von_mises(linear.tensor).max()
    assert np.allclose(bent.tensor, linear.tensor, rtol=0, atol=2e-3 * size)


def thin_arch():
    """A tape measure: stiff until its edges, pressed in dorsiflexion, buckle."""
    model = strip(arch=6.0, nu=0.3)
    return replace(model, thickness=np.full(len(model.thickness), 1.0))


def test_an_arch_buckles_where_its_edges_are_pressed():
    model = thin_arch()
    safe = verified(model, cases(4.0, -15.0), run=sweep(model, rig(), [-15.0, 4.0])).stability
    assert safe.levels_deg["dorsiflexion"] == pytest.approx(10.0, rel=0.05)
    assert safe.levels_deg["plantarflexion"] == -np.inf
    assert safe.case == "second_rocker"
    assert safe.factor == pytest.approx(safe.levels_deg["dorsiflexion"] / 4.0)
    assert safe.verdict == "pass"
    assert np.isnan(safe.unstable_deg)
    middle = 0.25 * LENGTH < safe.position[2] < 0.75 * LENGTH
    assert middle
    assert abs(safe.position[1]) == pytest.approx(0.5 * WIDTH, rel=0.02)

    near = verified(model, cases(8.0, -15.0), run=sweep(model, rig(), [-15.0, 8.0])).stability
    assert 1.0 < near.factor < 2.0
    assert near.verdict == "warn"  # the run found it stable

    past = verified(model, cases(15.0, -15.0), run=sweep(model, rig(), [-15.0, 8.0])).stability
    assert past.unstable_deg == pytest.approx(15.0)
    assert past.verdict == "fail"

    unconfirmed = verified(model, cases(15.0, -15.0)).stability
    assert not unconfirmed.confirmed
    assert unconfirmed.verdict == "fail"
    assert verified(model, cases(4.0, -4.0)).stability.verdict == "pass"


STEADY = Stability(
    levels_deg={},
    factor=3.0,
    limit=2.0,
    case="stairs",
    mode=np.zeros((1, 3)),
    position=np.zeros(3),
    place="",
    confirmed=True,
    unstable_deg=float("nan"),
    slack_deg=float("nan"),
    frontal=False,
)


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [
        ({}, "pass"),
        ({"factor": 1.9}, "warn"),
        ({"factor": 0.9}, "warn"),
        ({"factor": 0.9, "confirmed": False}, "fail"),
        ({"unstable_deg": 12.0}, "fail"),
        ({"unstable_deg": 4.0, "frontal": True}, "warn"),
        ({"slack_deg": 15.0}, "fail"),
        ({"factor": float("nan"), "trouble": "It did not converge."}, "warn"),
    ],
)
def test_the_run_has_the_last_word_on_stability(changed, verdict):
    assert replace(STEADY, **changed).verdict == verdict


def test_a_leaf_on_a_leg_in_large_rotations(demo):
    design = demo.design
    shell, bench = design.shell, design.bench
    model = shell_model(shell, bench, MATERIAL.elasticity, 0.6)
    swept = sweep(model, bench, [-24.0, -12.0, -6.0, 6.0, 12.0])
    neutral = design.prescription.neutral_angle_deg
    chosen = load_cases(swept.curve, neutral, design.person.mass_kg, 0.65)
    place = partial(place_name, shell)
    service = Service(chosen, DEMAND, MATERIAL, design.limb.side.value, place)
    found = verify(model, bench, stiffness_of(model, bench), service, swept)
    assert not found.linear
    for result in found.cases:
        assert not result.trouble
        assert result.place
        assert np.sign(result.moment_nm) == (
            -np.sign(result.case.rotation_deg) if result.case.direction is Direction.SAGITTAL else 1
        )
    # a load case at a moment is met at that moment
    loading = named(found, "loading")
    assert loading.moment_nm == pytest.approx(loading.case.moment_nm, rel=0.02)
    # far in plantarflexion a leaf is stiffer than its tangent
    push_off = named(found, "push_off")
    assert push_off.moment_nm > 1.1 * swept.curve.tangent * abs(push_off.case.rotation_deg)
    assert push_off.place.startswith(("leaf", "heel"))
    # no printed leaf as stiff as this bears such a step, by data that were read
    assert not found.fatigue.found.recalled
    assert found.fatigue.verdict == "fail"
    assert found.stability.confirmed
    assert found.stability.factor > 2.0
    assert found.stability.levels_deg["dorsiflexion"] > 30.0  # a flat leaf may not buckle at all
