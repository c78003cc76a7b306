"""Verification: strength at the load cases, fatigue, strain, sustained load and buckling.

With a sweep everything is computed in large rotations and a verdict stands as it is. Without one
(`--fast`) the linear solution is scaled, and beyond 10 deg a failure is only a warning: the linear
shell neither stiffens nor buckles. Criteria are mechanics notes §6, this project's own; stress
beside rigid regions is left out (`deformation.CLAMP_REACH`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.design.creep import Creep, creep
from afo_designer.design.deformation import (
    Deformation,
    Run,
    Stopped,
    deformation_of,
    frontal_run,
    linear_deformation,
    run_of,
    sideways,
)
from afo_designer.design.fatigue import Fatigue, fatigue
from afo_designer.design.loadcase import (
    PUSH_OFF_ANGLE_DEG,
    ROCKER_ANGLE_DEG,
    Direction,
    FatigueDemand,
    LoadCase,
    rotations_met,
)
from afo_designer.design.service import Place, Service
from afo_designer.design.stability import Stability, stability
from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.mechanics.bench import Bench, supports
from afo_designer.mechanics.elasticity import TransverseElasticity
from afo_designer.mechanics.material import Material
from afo_designer.mechanics.model import ShellModel, without_stops
from afo_designer.mechanics.stiffness import BenchResult, stiffness_of
from afo_designer.mechanics.stress import LAYER_HEIGHTS, LAYERS, first_principal, peak, von_mises
from afo_designer.mechanics.sweep import Sweep

# Beyond this rotation small displacements are an extrapolation: what they fail only warns.
LINEAR_RANGE_DEG = 10.0
# Static safety factors: below the first a case fails, below the second it warns.
LEAST_FACTOR, GOOD_FACTOR = 1.0, 2.0
# Surface strain may reach this share of the elongation at break in the weakest direction.
STRAIN_SHARE = 1.0 / 3.0
# The case whose load does not cease.
SUSTAINED = "standing"

# Overloads that are not met at every step.
RARE = ("stumble", "stumble_dorsiflexion")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """A load case computed.

    `moment_nm`: of the orthosis on the foot, dorsiflexing positive; its size in the frontal plane.
    `max_von_mises`, `max_principal` (tension) in MPa; `criterion` names the larger, at `position`
    in mm, and `safety_factor` is `limit` over it. `displacement` (n, 3) mm, `stress` (n, 3) von
    Mises at inner, middle and outer layer. All NaN, and a sentence in `trouble`, where no state
    was found.
    """

    case: LoadCase
    moment_nm: float
    max_von_mises: float
    max_principal: float
    criterion: str
    limit: float
    limit_source: str
    recalled: bool
    safety_factor: float
    position: FloatArray
    place: str
    verdict: str
    displacement: FloatArray
    stress: FloatArray
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class StrainResult:
    """The largest principal strain of all cases, against a share of the elongation at break, %."""

    percent: float
    limit: float
    case: str
    recalled: bool
    position: FloatArray
    place: str
    verdict: str


@dataclass(frozen=True, slots=True)
class FatigueResult:
    """The cycle between the step's extremes; `found` is None where one has no state."""

    demand: FatigueDemand
    found: Fatigue | None
    position: FloatArray
    place: str
    verdict: str


@dataclass(frozen=True, slots=True)
class SustainedResult:
    """The stress of standing for long; `found` is None where it has no state."""

    found: Creep | None
    position: FloatArray
    place: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Verified:
    """All verdicts on strength. `linear`: of a scaled linear solution.

    `frontal_stiffness`: N·m/deg about x, over ±5 deg where it was computed in large rotations.
    `strain`, `fatigue` and `sustained` are of sagittal cases, and None where the orthosis claims
    the frontal plane alone.
    """

    cases: tuple[CaseResult, ...]
    strain: StrainResult | None
    fatigue: FatigueResult | None
    sustained: SustainedResult | None
    stability: Stability
    frontal_stiffness: float
    linear: bool

    @property
    def worst_stress(self) -> FloatArray:
        """(n,) the largest von Mises stress of any case at any layer, MPa."""
        fields = [each.stress for each in self.cases if not each.trouble]
        return np.max(fields, axis=(0, 2))


@dataclass(frozen=True, slots=True)
class Strength:
    """The verdicts on stress alone of a linear bench, as `Verified` has them."""

    cases: tuple[CaseResult, ...]
    strain: StrainResult
    fatigue: FatigueResult
    sustained: SustainedResult


@dataclass(frozen=True, slots=True)
class _Shell:
    """What every verdict needs to know."""

    model: ShellModel
    material: Material
    place: Place
    linear: bool

    def point(self, node: int, layer: str) -> FloatArray:
        lift = 0.5 * LAYER_HEIGHTS[LAYERS.index(layer)] * self.model.thickness[node]
        return frozen(self.model.mesh.vertices[node] + lift * self.model.directors[node])

    def beyond(self, rotation_deg: float) -> bool:
        """Whether a failure at this rotation is an extrapolation's."""
        return self.linear and abs(rotation_deg) > LINEAR_RANGE_DEG


def verify(
    model: ShellModel,
    bench: Bench,
    sagittal: BenchResult,
    service: Service,
    sweep: Sweep | None = None,
    opening_deg: float = 0.0,
) -> Verified:
    """All verdicts, in large rotations along a sweep or, without one, linear.

    `sagittal`: the linear result of the same model and bench. The service's cases are of the
    sweep's curve, or of a straight one. `opening_deg`: how far below neutral a model with a stop
    closes. Raises `BenchRefused` where the bench does not fit.
    """
    cases, place = service.cases, service.place
    shell = _Shell(model, service.material, place, sweep is None)
    turns = {case.name: _turn(case, service.side) for case in cases}
    known: dict[Direction, Deformation | Stopped] = {}
    runs: dict[Direction, Run] = {}
    if sweep is None:
        loose = without_stops(model)
        known[Direction.SAGITTAL] = sagittal_field(model, bench, sagittal, opening_deg)
        frontal = linear_deformation(loose, stiffness_of(loose, sideways(bench)))
    else:
        runs = _runs(model, bench, cases, turns, sweep)
        held = np.concatenate([sagittal.clamped, sagittal.band])
        swept = {plane: deformation_of(model, run, held) for plane, run in runs.items()}
        frontal = swept[Direction.FRONTAL]
        known |= swept
    known[Direction.FRONTAL] = frontal
    met = {
        case.name: known[case.direction].at(turns[case.name])
        for case in cases
        if known[case.direction].covers(turns[case.name])
    }
    troubles = {plane: field.trouble for plane, field in known.items()}
    found = _strength(shell, service, met, troubles)
    return Verified(
        cases=found.cases,
        strain=found.strain,
        fatigue=found.fatigue,
        sustained=found.sustained,
        stability=stability(model, bench, cases, turns, runs, place),
        frontal_stiffness=_steepness(frontal),
        linear=sweep is None,
    )


def linear_strength(
    model: ShellModel, bench: Bench, sagittal: BenchResult, service: Service
) -> Strength:
    """What `verify` says of stress without a sweep, for a model without a stop; no buckling.

    The frontal bench is solved only where one of the service's cases is frontal.
    """
    cases = service.cases
    shell = _Shell(model, service.material, service.place, linear=True)
    known = {Direction.SAGITTAL: linear_deformation(model, sagittal)}
    if any(case.direction is Direction.FRONTAL for case in cases):
        known[Direction.FRONTAL] = linear_deformation(model, stiffness_of(model, sideways(bench)))
    met = {case.name: known[case.direction].at(_turn(case, service.side)) for case in cases}
    return _strength(shell, service, met, {})


def _strength(
    shell: _Shell,
    service: Service,
    met: dict[str, Deformation],
    troubles: dict[Direction, str],
) -> Strength:
    """Of the cases `met`; the others are told with their plane's trouble."""
    cases = service.cases
    return Strength(
        cases=tuple(_case(shell, case, met.get(case.name), troubles) for case in cases),
        strain=_strain(shell, cases, met),
        fatigue=_fatigue(shell, service.demand, cases, met),
        sustained=_sustained(shell, met),
    )


def verify_frontal(
    model: ShellModel,
    bench: Bench,
    cases: tuple[LoadCase, ...],
    material: Material,
    side: str,
    place: Place,
    *,
    large: bool,
) -> Verified:
    """The verdicts on an orthosis that claims the frontal plane alone.

    `cases` are frontal; `large`: in large rotations, else linear. Raises `BenchRefused` where the
    bench does not fit.
    """
    shell = _Shell(model, material, place, not large)
    turns = {case.name: _turn(case, side) for case in cases}
    runs = {}
    if large:
        runs[Direction.FRONTAL] = frontal_run(model, bench, tuple(turns.values()))
        held = supports(model, bench)
        field = deformation_of(
            model, runs[Direction.FRONTAL], np.concatenate([held.clamped, held.band])
        )
    else:
        field = linear_deformation(model, stiffness_of(model, sideways(bench)))
    met = {name: field.at(turn) for name, turn in turns.items() if field.covers(turn)}
    troubles = {Direction.FRONTAL: field.trouble}
    return Verified(
        cases=tuple(_case(shell, case, met.get(case.name), troubles) for case in cases),
        strain=None,
        fatigue=None,
        sustained=None,
        stability=stability(model, bench, cases, turns, runs, place, Direction.FRONTAL),
        frontal_stiffness=_steepness(field),
        linear=not large,
    )


def _steepness(frontal: Deformation) -> float:
    """N·m/deg between the ends of a frontal run."""
    return float(np.abs(frontal.moments_nm[[0, -1]]).sum() / np.ptp(frontal.angles_deg))


def sagittal_field(
    model: ShellModel, bench: Bench, closed: BenchResult, opening_deg: float
) -> Deformation | Stopped:
    """The linear solution; of a model with a stop one for each direction."""
    if model.stop is None:
        return linear_deformation(model, closed)
    loose = without_stops(model)
    opened = linear_deformation(loose, stiffness_of(loose, bench))
    return Stopped(linear_deformation(model, closed), opened, opening_deg)


def stress_allowed(material: Material, neutral_angle_deg: float) -> float:
    """MPa per rad of rotation at which a leaf keeps strength and endurance, mean stress apart.

    For tuning alone: the verdicts come from the states themselves.
    """
    furthest = max(abs(angle) for angle in rotations_met(neutral_angle_deg))
    half_step = 0.5 * (ROCKER_ANGLE_DEG - PUSH_OFF_ANGLE_DEG)
    static = material.strength_mpa / LEAST_FACTOR / np.radians(furthest)
    return float(min(static, material.fatigue_amplitude_mpa / np.radians(half_step)))


def _turn(case: LoadCase, side: str) -> float:
    """Degrees that the bench's shank turns."""
    if case.direction is Direction.SAGITTAL:
        return case.rotation_deg
    return case.shank_turn_deg(side)


def _runs(
    model: ShellModel,
    bench: Bench,
    cases: tuple[LoadCase, ...],
    turns: dict[str, float],
    sweep: Sweep,
) -> dict[Direction, Run]:
    """The sweep out to the furthest cases, and the frontal states."""
    angles = {
        plane: [turns[case.name] for case in cases if case.direction is plane]
        for plane in Direction
    }
    wanted = angles[Direction.SAGITTAL]
    reach = [
        angle
        for angle in (min(wanted), max(wanted))
        if not min(sweep.states) <= angle <= max(sweep.states)
    ]
    sideward = tuple(angles[Direction.FRONTAL])
    return {
        Direction.SAGITTAL: run_of(sweep.extended(reach)),
        Direction.FRONTAL: frontal_run(model, bench, sideward),
    }


def _case(
    shell: _Shell, case: LoadCase, met: Deformation | None, troubles: dict[Direction, str]
) -> CaseResult:
    """Von Mises and first principal stress against the strength, whichever is nearer to it."""
    material, plane = shell.material, case.direction
    keys = _strength_keys(material)
    source = next(item.source for item in material.provenance if item.key == keys[0])
    limit, recalled = material.strength_mpa, material.recalled(*keys)
    limit_source = f"{material.strength_basis}: {source}"
    nodes = len(shell.model.mesh.vertices)
    if met is None:
        nothing = frozen(np.full((nodes, 3), np.nan))
        return CaseResult(
            case=case,
            moment_nm=float("nan"),
            max_von_mises=float("nan"),
            max_principal=float("nan"),
            criterion="none",
            limit=limit,
            limit_source=limit_source,
            recalled=recalled,
            safety_factor=float("nan"),
            position=nothing[0],
            place="",
            verdict="fail" if plane is Direction.SAGITTAL else "warn",
            displacement=nothing,
            stress=nothing,
            trouble=troubles[plane] or "The rotation lies beyond the computed states.",
        )
    fields = {"von Mises stress": von_mises(met.tensor[0])}
    fields["first principal stress"] = first_principal(met.tensor[0])
    peaks = {name: peak(shell.model, field) for name, field in fields.items()}
    criterion = max(peaks, key=lambda name: peaks[name].value)
    worst = peaks[criterion]
    factor = limit / worst.value if worst.value > 0.0 else float("inf")
    moment = float(met.moments_nm[0])
    return CaseResult(
        case=case,
        moment_nm=-moment if plane is Direction.SAGITTAL else abs(moment),
        max_von_mises=peaks["von Mises stress"].value,
        max_principal=max(0.0, peaks["first principal stress"].value),
        criterion=criterion,
        limit=limit,
        limit_source=limit_source,
        recalled=recalled,
        safety_factor=factor,
        position=worst.position,
        place=shell.place(worst.position),
        verdict=_verdict(shell, factor, 100.0 * float(met.strain[0]), case),
        displacement=met.displacement[0],
        stress=frozen(fields["von Mises stress"]),
    )


def _verdict(shell: _Shell, factor: float, strain_percent: float, case: LoadCase) -> str:
    """Pass, warn or fail.

    Stumbles are rare, and floor and shoe set their rotation: beyond the strength a ductile wall
    yields a little where the linear law lets stress grow. So they fail by strain, a third of the
    elongation at break (criterion (iv) of mechanics notes §6), and by stress they warn; what every
    step brings has to keep the strength. A choice of this project: §6 (i) would fail them too.

    A frontal rotation is forced on a rigid band here, where straps and skin yield: benches measured
    at most .71 N·m/deg in that plane (Shuman 2021, read), a rigid band gives several times that,
    so its stress is an upper bound and warns.
    """
    if factor >= GOOD_FACTOR:
        return "pass"
    proven = case.direction is Direction.SAGITTAL and not shell.beyond(case.rotation_deg)
    if case.name in RARE and strain_percent <= STRAIN_SHARE * shell.material.elongation_percent:
        proven = False
    return "fail" if factor < LEAST_FACTOR and proven else "warn"


def _strength_keys(material: Material) -> tuple[str, ...]:
    """The constants behind `strength_mpa`, the deciding one first."""
    own = "ultimate_strength_mpa" if material.yield_strength_mpa is None else "yield_strength_mpa"
    if material.strength_mpa < material.layer_strength_mpa:
        return "across_ultimate_strength_mpa", own, "ultimate_strength_mpa"
    return (own,)


def _strain(
    shell: _Shell, cases: tuple[LoadCase, ...], met: dict[str, Deformation]
) -> StrainResult:
    """Of the sagittal cases: the frontal ones are upper bounds of a rigid band."""
    strains = {
        case: 100.0 * float(met[case.name].strain[0])
        for case in cases
        if case.direction is Direction.SAGITTAL and case.name in met
    }
    limit = STRAIN_SHARE * shell.material.elongation_percent
    recalled = shell.material.recalled("elongation_percent")
    if not strains:
        nowhere = frozen(np.full(3, np.nan))
        return StrainResult(float("nan"), limit, "none", recalled, nowhere, "", "fail")
    worst = max(strains, key=lambda case: strains[case])
    verdict = "pass"
    if strains[worst] > limit:
        verdict = "warn" if shell.beyond(worst.rotation_deg) else "fail"
    position = met[worst.name].strained[0]
    place = shell.place(position)
    return StrainResult(strains[worst], limit, worst.name, recalled, position, place, verdict)


def _fatigue(
    shell: _Shell,
    demand: FatigueDemand,
    cases: tuple[LoadCase, ...],
    met: dict[str, Deformation],
) -> FatigueResult:
    """The cycle between the step's two extremes; each weighs as its own stress tensor."""
    extremes = (demand.plantarflexion_case, demand.dorsiflexion_case)
    if not all(name in met for name in extremes):
        return FatigueResult(demand, None, frozen(np.full(3, np.nan)), "", "fail")
    first, second = (met[name].tensor[0] for name in extremes)
    law = shell.model.elasticity
    direction = law.direction if isinstance(law, TransverseElasticity) else None
    found = fatigue(first, second, shell.material, demand.cycles_required, direction)
    position = shell.point(found.node, found.layer)
    half_range = 0.5 * float(np.ptp([c.rotation_deg for c in cases if c.name in extremes]))
    verdict = found.verdict
    if verdict == "fail" and (shell.beyond(half_range) or found.recalled):
        # data that were not read for this material and process condemn nothing, nor clear it
        verdict = "warn"
    return FatigueResult(demand, found, position, shell.place(position), verdict)


def _sustained(shell: _Shell, met: dict[str, Deformation]) -> SustainedResult:
    if SUSTAINED not in met:
        return SustainedResult(None, frozen(np.full(3, np.nan)), "", "warn")
    found = creep(met[SUSTAINED].tensor[0], shell.material)
    position = shell.point(found.node, found.layer)
    return SustainedResult(found, position, shell.place(position), found.verdict)
