"""Checkout: every check of a finished design, with what it protects and its limit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.fit import Fit, Opening
from afo_designer.design.loadcase import Direction
from afo_designer.design.stability import FURTHEST_DEG
from afo_designer.design.verification import (
    GOOD_FACTOR,
    LEAST_FACTOR,
    LINEAR_RANGE_DEG,
    CaseResult,
    Verified,
)
from afo_designer.geometry.array import FloatArray
from afo_designer.mechanics.material import Material
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.shell import Shell
from afo_designer.shell.slots import edge_distance

# Limits (mm unless said): recalled workshop practice, science.md §7, or engineering choices.
FIT_RMS_MM = 0.5
MALLEOLAR_GAP_MM = 5.0
LEAF_BEHIND_APEX_MM = 10.0
CUP_BELOW_APEX_MM = 10.0
LEAST_LEAF_WIDTH_MM = 25.0
LEAST_LEAF_MM, LEAST_LEAF_CHILD_MM = 2.5, 2.0
LARGE_CORRECTION_DEG = 15.0
TAPE_PERCENT = 5.0
TRIANGLES = 500_000
STIFFNESS_PERCENT = 2.0
SLOT_EDGE_MM = 8.0


@dataclass(frozen=True, slots=True)
class Check:
    """One verdict: `value` against `limit` in `unit`."""

    id: str
    value: float | bool | str
    limit: float | bool | str
    unit: str
    verdict: str
    message: str


def _judged(
    name: str, value: float, limit: float, unit: str, ok: bool, message: str, bad: str = "fail"
) -> Check:
    return Check(name, value, limit, unit, "pass" if ok else bad, message)


def part_checks(
    closed: bool, crossings: int, triangles: int, wall: float, material: Material
) -> Iterator[Check]:
    """The printed part: closed, free of self-intersection, thick enough, small enough a file."""
    yield Check(
        "mesh_closed",
        closed,
        True,
        "",
        "pass" if closed else "fail",
        "Every edge of the surface is shared by two triangles that agree on the outside."
        if closed
        else "The surface has open or misoriented edges.",
    )
    yield _judged(
        "self_intersections", crossings, 0, "", crossings == 0, "Triangles that cross others."
    )
    yield _judged(
        "triangles", triangles, TRIANGLES, "", triangles <= TRIANGLES, "Size of the STL file."
    )
    yield _judged(
        "min_wall",
        wall,
        material.min_wall_mm,
        "mm",
        wall >= material.min_wall_mm,
        f"Thinnest wall against what {material.process} prints reliably.",
    )


def fit_checks(fit: Fit, positive: PositiveModel, shell: Shell) -> Iterator[Check]:
    """The shell on the limb."""
    yield _judged(
        "fit_rms",
        fit.rms,
        FIT_RMS_MM,
        "mm",
        fit.rms <= FIT_RMS_MM,
        "Inner surface against the modified limb inside the trim, root mean square.",
        "warn",
    )
    yield _judged(
        "clearance_error",
        fit.clearance_error,
        FIT_RMS_MM,
        "mm",
        fit.clearance_error <= FIT_RMS_MM,
        "Distance to the skin against the one asked for, root mean square.",
        "warn",
    )
    correction = abs(float(np.degrees(positive.correction)))
    yield _judged(
        "pose_correction",
        correction,
        LARGE_CORRECTION_DEG,
        "deg",
        correction <= LARGE_CORRECTION_DEG,
        "The foot was turned by this much from the scan's pose; the skin's real shape there is a "
        "guess. A scan near the prescribed angle is better.",
        "warn",
    )
    yield from _malleoli(positive, shell)


def _malleoli(positive: PositiveModel, shell: Shell) -> Iterator[Check]:
    """Covered malleoli need room; uncovered ones need the edge to keep away."""
    for side, name in ((LATERAL, "lateral_malleolus"), (MEDIAL, "medial_malleolus")):
        apex = positive.landmarks.position(name)
        s = shell.chart.spine.station_of(apex)
        medial, lateral = shell.trim.sides(np.array([s]))
        edge = abs(float((lateral if side == LATERAL else medial)[0]))
        _, outward, sideways = shell.chart.spine.axes(s)
        ray = apex - shell.chart.spine.centre(s)
        theta = abs(float(np.arctan2(ray @ sideways, ray @ outward)))
        surface = shell.chart.point(s, side * theta)
        if theta < edge:
            gap = float(np.linalg.norm(surface - apex))
            yield _judged(
                f"gap_{name}",
                gap,
                MALLEOLAR_GAP_MM,
                "mm",
                gap >= MALLEOLAR_GAP_MM - 0.25,
                "Room between the covered malleolus and the wall.",
                "warn",
            )
        elif shell.parameters.leaf.edge == "width":
            trim = shell.chart.point(s, side * edge)
            behind = float(apex[0] - trim[0])
            yield _judged(
                f"edge_behind_{name}",
                behind,
                LEAF_BEHIND_APEX_MM,
                "mm",
                behind >= LEAF_BEHIND_APEX_MM,
                "The leaf's edge behind the malleolar apex.",
                "warn",
            )
            below = float(apex[2] - shell.parameters.heel.wall_height_mm)
            yield _judged(
                f"cup_below_{name}",
                below,
                CUP_BELOW_APEX_MM,
                "mm",
                below >= CUP_BELOW_APEX_MM,
                "The heel cup's wall below the malleolar apex.",
                "warn",
            )


def leaf_checks(shell: Shell, child: bool) -> Iterator[Check]:
    """A leaf that is neither a ribbon nor a film."""
    leaf = shell.parameters.leaf
    least = LEAST_LEAF_CHILD_MM if child else LEAST_LEAF_MM
    yield _judged(
        "leaf_thickness",
        leaf.thickness_mm,
        least,
        "mm",
        leaf.thickness_mm >= least,
        "Wall at the ankle against the least that workshop practice trusts.",
        "warn",
    )
    if leaf.edge == "width":
        width = LEAST_LEAF_WIDTH_MM * (0.8 if child else 1.0)
        yield _judged(
            "leaf_width",
            leaf.width_mm,
            width,
            "mm",
            leaf.width_mm >= width,
            "Width of the leaf.",
            "warn",
        )


def donning_checks(openings: tuple[Opening, ...], material: Material) -> Iterator[Check]:
    """Whether calf and malleoli pass the opening without overstraining the wall."""
    allowed = material.elongation_percent / 3.0
    for way in openings:
        strain = 100.0 * way.strain
        yield _judged(
            f"donning_{way.name}",
            strain,
            allowed,
            "%",
            strain <= allowed,
            f"Surface strain to spread the opening from {way.chord:.0f} for {way.passing:.0f} mm "
            "(estimate: one strip, a third of the elongation at break allowed).",
        )


def strength_checks(verified: Verified) -> Iterator[Check]:
    """The load cases, the strain, the fatigue of walking, sustained load and buckling."""
    for result in verified.cases:
        yield Check(
            f"strength_{result.case.name}",
            result.safety_factor,
            GOOD_FACTOR,
            "",
            result.verdict,
            _strength(result, verified.linear),
        )
    strain = verified.strain
    yield Check(
        "surface_strain",
        strain.percent,
        strain.limit,
        "%",
        strain.verdict,
        f"Largest strain of the wall, in {_words(strain.case)}, at {strain.place} "
        f"({_place(strain.position)}); a third of the elongation at break in the weakest direction "
        f"is allowed.{_recalled(strain.recalled)}",
    )
    yield from _lasting_checks(verified)
    yield _buckling_check(verified)


def _lasting_checks(verified: Verified) -> Iterator[Check]:
    cycle, sustained = verified.fatigue, verified.sustained
    if cycle.found is None:
        unknown = "Not computed: an extreme of the step has no state in equilibrium."
        yield Check("fatigue", float("nan"), "not known", "MPa", cycle.verdict, unknown)
    else:
        found = cycle.found
        yield Check(
            "fatigue",
            found.amplitude,
            found.allowable,
            "MPa",
            cycle.verdict,
            f"Walking, {_words(cycle.demand.plantarflexion_case)} to "
            f"{_words(cycle.demand.dorsiflexion_case)}, at {cycle.place} "
            f"({_place(cycle.position)}). {found.sentence}{_linear(verified.linear)}",
        )
    if sustained.found is None:
        unknown = "Not computed: standing has no state in equilibrium."
        yield Check("sustained", float("nan"), "not known", "MPa", sustained.verdict, unknown)
    else:
        lasting = sustained.found
        yield Check(
            "sustained",
            lasting.stress,
            "not known" if lasting.limit is None else lasting.limit,
            "MPa",
            sustained.verdict,
            f"Long standing (engineering estimate), at {sustained.place} "
            f"({_place(sustained.position)}). {lasting.sentence}{_linear(verified.linear)}",
        )


def _buckling_check(verified: Verified) -> Check:
    found = verified.stability
    levels = ", ".join(
        f"{way} {abs(level):.0f} deg" if np.isfinite(level) else f"{way} beyond {FURTHEST_DEG:g}"
        for way, level in found.levels_deg.items()
    )
    said = f"Linear buckling over the nearest case ({_words(found.case)}): {levels}."
    if found.place:
        said += f" It bulges most at {found.place} ({_place(found.position)})."
    if found.trouble:
        said += f" {found.trouble}"
    if not np.isnan(found.unstable_deg):
        plane = "sideways " if found.frontal else ""
        said += f" In large rotations it is unstable from {plane}{found.unstable_deg:+.1f} deg."
    elif found.confirmed:
        said += " In large rotations it stayed stable at every computed angle."
    else:
        said += " Not confirmed in large rotations."
    if not np.isnan(found.slack_deg):
        said += (
            f" Its moment no longer grows from {found.slack_deg:+.1f} deg: a load pushes through."
        )
    return Check("buckling", found.factor, found.limit, "", found.verdict, said)


def _strength(result: CaseResult, linear: bool) -> str:
    """Place, value, limit and its source, and what the factor cannot say."""
    if result.trouble:
        return f"Not computed: {result.trouble}"
    stress = max(result.max_von_mises, result.max_principal)
    source = re.split("[,;]", result.limit_source)[0]
    said = (
        f"{result.limit:.1f} MPa ({source}) over the largest {result.criterion}, "
        f"{stress:.1f} MPa, at {result.place} ({_place(result.position)}); below "
        f"{LEAST_FACTOR:g} fails, below {GOOD_FACTOR:g} warns.{_recalled(result.recalled)}"
    )
    if result.safety_factor < LEAST_FACTOR and result.verdict == "warn":
        said += " " + _spared(result, linear)
    return said


def _spared(result: CaseResult, linear: bool) -> str:
    """Why a factor below one warns and does not fail."""
    if result.case.direction is Direction.FRONTAL:
        return "A rigid cuff forces this turn, where straps and skin yield: an upper bound."
    if linear:
        return (
            f"Linear, beyond {LINEAR_RANGE_DEG:g} deg an extrapolation: by this estimate it "
            "yields, do not rely on it."
        )
    return (
        "A rare overload whose rotation floor and shoe set: by the linear law the wall yields, its "
        "strain stays within what surface_strain allows."
    )


def _linear(linear: bool) -> str:
    return " Linear estimate." if linear else ""


def _recalled(recalled: bool) -> str:
    return " The limit is recalled, not read." if recalled else ""


def _words(name: str) -> str:
    return name.replace("_", " ")


def stiffness_check(
    achieved: float, target: float, reached: bool, span: str, reach: tuple[float, float] | None
) -> Check:
    """The promise: the stiffness that was prescribed."""
    error = 100.0 * (achieved / target - 1.0)
    message = "Achieved against target stiffness."
    if not reached and reach is not None:
        message = (
            f"{span} reach {reach[0]:.2g} to {reach[1]:.2g} N·m/deg; {target:.2g} needs another "
            "family or material."
        )
    ok = reached and abs(error) <= STIFFNESS_PERCENT
    return _judged("stiffness", error, STIFFNESS_PERCENT, "%", ok, message)


def dorsiflexion_check(stiffness: float, most: float, overridden: bool) -> Check:
    """What the orthosis resists in the second rocker; tuning is for plantarflexion alone.

    A prescriber who goes on past clinical stops is warned only.
    """
    ok = stiffness <= most
    message = "Stiffness into dorsiflexion against what leaves the second rocker."
    if not ok:
        message += (
            " The shank advances over the foot against more: a hinge free in dorsiflexion, or a "
            "softer family."
        )
    bad = "warn" if overridden else "fail"
    return _judged("dorsiflexion_stiffness", stiffness, most, "N·m/deg", ok, message, bad)


def tape_checks(measured: dict[str, float], taped: dict[str, float | None]) -> Iterator[Check]:
    """The orthotist's tape against the scan."""
    for name, value in taped.items():
        if value is None:
            continue
        difference = 100.0 * (measured[name] / value - 1.0)
        yield _judged(
            f"tape_{name}",
            difference,
            TAPE_PERCENT,
            "%",
            abs(difference) <= TAPE_PERCENT,
            f"Scan {measured[name]:.0f} mm, tape {value:.0f} mm: check unit, side and person.",
            "warn",
        )


def slot_checks(shell: Shell) -> Iterator[Check]:
    """Wall enough between the straps' slots and the edge."""
    if shell.slots:
        least = min(edge_distance(shell.chart, shell.trim, loop) for loop in shell.slots)
        yield _judged(
            "slot_edge",
            least,
            SLOT_EDGE_MM,
            "mm",
            least >= SLOT_EDGE_MM,
            "Wall between a strap's slot and the edge.",
            "warn",
        )


def nerve_check(positive: PositiveModel, shell: Shell) -> Check:
    """The peroneal nerve crosses the fibular neck; the proximal edge keeps below."""
    if "fibular_head" not in positive.landmarks:
        return Check(
            "proximal_edge",
            "not seen",
            shell.parameters.calf.top_below_fibular_head_mm,
            "mm",
            "warn",
            "The fibular head is not in the scan: palpate its neck and keep the edge 20 mm below.",
        )
    apex = positive.landmarks.position("fibular_head")
    s = shell.chart.spine.station_of(apex)
    below = float(shell.stations.top - s)
    limit = shell.parameters.calf.top_below_fibular_head_mm
    return _judged(
        "proximal_edge",
        below,
        limit,
        "mm",
        below >= limit - 0.5,
        "Proximal edge below the fibular head's apex (peroneal nerve).",
    )


def _place(position: FloatArray) -> str:
    x, y, z = position
    return f"x {x:.0f}, y {y:.0f}, z {z:.0f} mm"
