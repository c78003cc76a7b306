"""Grinding: what a millimetre off each edge of the leaf costs in stiffness, and what life is left.

A print cannot be heat-formed, so an orthosis that is too stiff at the fitting is ground. Every
point is the finished shell with its edges moved, solved on the linear bench on the same mesh
carried along; the wall and everything else stay. Stiffness and interval are the design's own in
the proportion that the linear bench gives, so the curve begins at what was reported. Stress in the
load cases follows by the same proportion: of the stress per degree, and of the degrees at which
the softer spring meets each case (`load_cases`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from afo_designer.design.checks.leaf_width import CHILD_SHARE
from afo_designer.design.checks.leaf_width import LEAST_MM as LEAST_WIDTH_MM
from afo_designer.design.checks.slot_edge import LEAST_MM as LEAST_BRIDGE_MM
from afo_designer.design.deformation import linear_deformation
from afo_designer.design.fatigue import Bound, fatigue, fatigue_curves
from afo_designer.design.loadcase import Direction, load_cases, swing_moment_nm
from afo_designer.design.person import Person
from afo_designer.design.stiffness import Stiffness
from afo_designer.design.trials import carried
from afo_designer.design.verification import Verified
from afo_designer.mechanics.bench import Bench, supports
from afo_designer.mechanics.material import Material
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.moment_angle import MomentAngle
from afo_designer.mechanics.solve import ShellRefused
from afo_designer.mechanics.stiffness import BenchResult, stiffness_of
from afo_designer.mechanics.stress import first_principal, von_mises
from afo_designer.shell.ground import ground
from afo_designer.shell.shell import Shell
from afo_designer.shell.slots import edge_distance

# More than this off an edge (mm) is another design, not a fitting ([D]).
MOST_MM = 8.0
# The amounts solved, up to the limit: so many at most besides none.
POINTS = 4
# The limit is a multiple of this, mm.
ROUND_MM = 0.5


@dataclass(frozen=True, slots=True)
class Ground:
    """The orthosis with `off_mm` ground off each edge.

    `width_mm` of the leaf where it is left narrowest, along the skin. `stiffness` in the way that
    was tuned, with its interval `low`, `high`, N·m/deg. `strength_factor`: the least of the
    sagittal cases, at `case`; `fatigue_factor`: amplitude allowed over met; `life_cycles` with its
    `life_bound`. None where the design has no such state.
    """

    off_mm: float
    width_mm: float
    stiffness: float
    low: float
    high: float
    strength_factor: float | None
    case: str | None
    fatigue_factor: float | None
    life_cycles: float | None
    life_bound: Bound | None


@dataclass(frozen=True, slots=True)
class Grinding:
    """The curve from nothing to `limit_mm` off each edge; `reason` says what sets the limit.

    `never_below_mm`: the width of the leaf that has to be left. Empty `points` where nothing may
    be ground or solved; the reason says why.
    """

    edge: str
    points: tuple[Ground, ...]
    limit_mm: float
    never_below_mm: float
    reason: str


@dataclass(frozen=True, slots=True)
class Bearing:
    """What the design was found to be before grinding: everything the proportions refer to."""

    shell: Shell
    model: ShellModel
    bench: Bench
    sagittal: BenchResult
    stiffness: Stiffness
    verified: Verified
    material: Material
    person: Person
    neutral_angle_deg: float


def grind(one: Bearing) -> Grinding:
    """The grind-down curve of a design that was tuned and verified in the sagittal plane."""
    least = LEAST_WIDTH_MM * (CHILD_SHARE if one.person.is_child else 1.0)
    limit, reason = grinding_limit(one.shell, least)
    edge = one.shell.parameters.leaf.edge
    if limit < ROUND_MM:
        return Grinding(edge, (), 0.0, least, reason)
    base = _solved(one, one.shell, one.model, one.sagittal)
    points = [_point(one, 0.0, one.shell, base, base)]
    held = supports(one.model, one.bench)
    for off in _amounts(limit):
        shell = ground(one.shell, off)
        try:
            model = carried(one.model, one.shell, shell)
            result = stiffness_of(model, one.bench, held)
        except ShellRefused as refused:
            reason = f"Beyond {points[-1].off_mm:g} mm the ground shell was not solved: {refused}"
            break
        if not result.solution.solved:
            reason = f"Beyond {points[-1].off_mm:g} mm: {result.solution.message}"
            break
        points.append(_point(one, off, shell, _solved(one, shell, model, result), base))
    return Grinding(edge, tuple(points), points[-1].off_mm, least, reason)


def least_width(shell: Shell) -> float:
    """Width (mm) along the skin of the narrowest section between calf band and heel cup."""
    s = np.linspace(shell.stations.leaf, shell.stations.root, 60)
    medial, lateral = shell.trim.sides(s)
    share = np.linspace(0.0, 1.0, 41)
    theta = np.outer(medial, 1.0 - share) + np.outer(lateral, share)
    points = shell.chart.point(np.broadcast_to(s[:, None], theta.shape), theta)
    arcs = np.linalg.norm(np.diff(points, axis=1), axis=2).sum(axis=1)
    return float(arcs.min())


def grinding_limit(shell: Shell, least: float) -> tuple[float, str]:
    """The most that may come off, mm, and what sets it."""
    spare = 0.5 * (least_width(shell) - least)
    limit, reason = MOST_MM, f"More than {MOST_MM:g} mm off an edge is another design."
    if spare < limit:
        limit, reason = spare, f"A leaf narrower than {least:g} mm twists instead of guiding."
    limit = float(np.floor(max(limit, 0.0) / ROUND_MM + 1e-9) * ROUND_MM)
    nearest = _bridges(shell, shell)
    while limit >= ROUND_MM:
        left = _bridges(shell, ground(shell, limit))
        thin = [name for name in left if left[name] < min(LEAST_BRIDGE_MM, nearest[name] - 1e-6)]
        if not thin:
            break
        limit -= ROUND_MM
        reason = f"Wall of {LEAST_BRIDGE_MM:g} mm has to be left beside the {thin[0]}."
    return max(limit, 0.0), reason


def _bridges(shell: Shell, trimmed: Shell) -> dict[str, float]:
    """The wall (mm) between every opening and the edge of the trimmed shell."""
    return {
        opening.name: edge_distance(shell.chart, trimmed.trim, opening.loop)
        for opening in shell.openings
    }


def _amounts(limit: float) -> list[float]:
    """Amounts solved: even whole steps and the limit itself."""
    step = max(1.0, float(np.ceil(limit / POINTS)))
    amounts = [float(off) for off in np.arange(step, limit, step)]
    return [*amounts, limit]


@dataclass(frozen=True, slots=True)
class _Solved:
    """Of one shell on the linear bench: N·m/deg, the stress's size and the step's amplitude.

    The amplitude is 0 where the design has no fatigue verdict.
    """

    stiffness: float
    stress_per_deg: float
    amplitude: float


def _solved(one: Bearing, shell: Shell, model: ShellModel, result: BenchResult) -> _Solved:
    field = linear_deformation(model, result)
    tensor = field.at(1.0).tensor[0]
    size = max(float(von_mises(tensor).max()), float(np.abs(first_principal(tensor)).max()))
    if one.verified.fatigue is None:
        return _Solved(result.stiffness_nm_per_deg, size, 0.0)
    demand = one.verified.fatigue.demand
    turns = {each.case.name: each.case.rotation_deg for each in one.verified.cases}
    extremes = (demand.plantarflexion_case, demand.dorsiflexion_case)
    first, second = (field.at(turns[name]).tensor[0] for name in extremes)
    found = fatigue(first, second, one.material, demand.cycles_required)
    return _Solved(result.stiffness_nm_per_deg, size, found.amplitude)


def _point(one: Bearing, off: float, shell: Shell, here: _Solved, base: _Solved) -> Ground:
    ratio = here.stiffness / base.stiffness
    factor, case = _strength(one, here.stress_per_deg / base.stress_per_deg, ratio)
    endurance, life, bound = _endurance(one, here.amplitude, base.amplitude)
    interval = one.stiffness.interval
    return Ground(
        off_mm=off,
        width_mm=least_width(shell),
        stiffness=ratio * one.stiffness.achieved,
        low=ratio * interval.low,
        high=ratio * interval.high,
        strength_factor=factor,
        case=case,
        fatigue_factor=endurance,
        life_cycles=life,
        life_bound=bound,
    )


def _strength(one: Bearing, stressed: float, ratio: float) -> tuple[float | None, str | None]:
    """The least factor of the sagittal cases met by a spring `ratio` times as stiff, and its case.

    `stressed`: its stress per degree over the design's.
    """
    curve = one.stiffness.curve
    softer = MomentAngle(curve.angles_deg, ratio * curve.moments_nm)
    cases = load_cases(
        softer, one.neutral_angle_deg, one.person.mass_kg, swing_moment_nm(one.person)
    )
    turns: Mapping[str, float] = {case.name: case.rotation_deg for case in cases}
    found: dict[str, float] = {}
    for each in one.verified.cases:
        was = each.case.rotation_deg
        if each.case.direction is Direction.SAGITTAL and not each.trouble and was != 0.0:
            turned = abs(turns[each.case.name] / was)
            found[each.case.name] = each.safety_factor / (stressed * turned)
    if not found:
        return None, None
    worst = min(found, key=lambda name: found[name])
    return found[worst], worst


def _endurance(
    one: Bearing, here: float, base: float
) -> tuple[float | None, float | None, Bound | None]:
    """Amplitude allowed over met, cycles left and their bound, the whole cycle in proportion."""
    found = None if one.verified.fatigue is None else one.verified.fatigue.found
    if found is None or not base > 0.0:
        return None, None, None
    curve = next(each for each in fatigue_curves(one.material) if each.across == found.across)
    amplitude, mean = here / base * found.amplitude, here / base * found.mean
    used = curve.utilisation(np.array(amplitude), np.array(mean), found.cycles_required)
    life, bound = curve.life(amplitude, mean)
    return (1.0 / float(used) if used > 0.0 else None), life, bound
