"""Spring: what the sheet says of the stiffness, on which bench it was found, and how surely."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from afo_designer.apps.charts import (
    Fit,
    Mark,
    MomentAngle,
    interval_svg,
    moment_angle_svg,
    wall_svg,
)
from afo_designer.apps.dorsiflexion_words import resists_shin
from afo_designer.apps.frontal_words import frontal_plane
from afo_designer.apps.hinge_words import curve_words, has_hinge
from afo_designer.apps.wording import (
    at,
    finite,
    human,
    items,
    mapping,
    number,
    pair_of,
    points_of,
    span,
    text,
)

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
BENCHES = {
    "hanging": "cuff free, a pure moment; against sliding, the honest spread",
    "heel_clamped": "only the heel third held: shows the footplate's own give",
    "tied": "cuff glued to the shank, which makes a leaf stretch: for comparing solvers only",
}


def spring_part(record: Mapping[str, Any]) -> dict[str, Any]:
    """The chart, the sentence under it, benches, reactions, interval and the wall, as text."""
    reactions = _reactions(record)
    return {
        "chart": _chart(record),
        "chart_note": _chart_note(record),
        "benches": _benches(record),
        "reactions": reactions,
        "interval_chart": interval_svg(_components(record)),
        "interval_note": _interval_note(record),
        "wall_chart": wall_svg(points_of(at(record, "grading.wall"))),
        "grading": "" if frontal_plane(record) else grading_words(record),
    }


def is_linear(record: Mapping[str, Any]) -> bool:
    return str(at(record, "bench.geometry") or "linear") == "linear"


def target_of(record: Mapping[str, Any]) -> float | None:
    """N·m/deg; the prescription's where the stiffness has none."""
    found = finite(at(record, "stiffness.target"))
    if resists_shin(record):
        return None
    return found or finite(at(record, "prescription.target_stiffness_nm_per_deg"))


def letters_of(record: Mapping[str, Any]) -> dict[str, str]:
    """Letter by load case, for those on the sagittal curve."""
    cases = mapping(record.get("loadcases"))
    sagittal = [name for name, case in cases.items() if _on_curve(mapping(case))]
    return dict(zip(sagittal, LETTERS, strict=False))


def _on_curve(case: Mapping[str, Any]) -> bool:
    known = finite(case.get("rotation_deg")) is not None
    known = known and finite(case.get("moment_nm")) is not None
    return known and case.get("direction", "sagittal") == "sagittal"


def _neutral(record: Mapping[str, Any]) -> float | None:
    return finite(at(record, "prescription.neutral_angle_deg"))


def _chart(record: Mapping[str, Any]) -> str:
    neutral, linear = _neutral(record), is_linear(record)
    cases = mapping(record.get("loadcases"))
    marks = []
    for name, letter in letters_of(record).items():
        case = mapping(cases[name])
        if neutral is not None and not linear:
            angle = neutral + float(case["rotation_deg"])
            marks.append(Mark(letter, angle, float(case["moment_nm"])))
    computed = [mapping(entry) for entry in items(record, "stiffness.off_axis")]
    asked = pair_of(at(record, "prescription.interval_nm_per_deg"))
    return moment_angle_svg(
        MomentAngle(
            points=points_of(at(record, "stiffness.moment_angle")),
            neutral_deg=neutral,
            target=target_of(record),
            interval=None if resists_shin(record) else asked,
            fits=tuple(_fits(record, neutral)),
            tangent=None if linear else finite(at(record, "stiffness.tangent")),
            marks=tuple(marks),
            dots=points_of([[each.get("angle_deg"), each.get("moment_nm")] for each in computed]),
            linear=linear,
        )
    )


def _fits(record: Mapping[str, Any], neutral: float | None) -> Iterator[Fit]:
    """Plantarflexion's, then dorsiflexion's, over their named ranges."""
    for way, sign in (("plantarflexion", -1.0), ("dorsiflexion", 1.0)):
        reach = finite(at(record, f"bench.fit_range_deg.{way}"))
        stiffness = finite(at(record, f"stiffness.{way}"))
        if neutral is not None and reach and stiffness is not None:
            low, high = sorted((neutral, neutral + sign * abs(reach)))
            yield Fit(low, high, stiffness)


def _chart_note(record: Mapping[str, Any]) -> str:
    if frontal_plane(record):
        return f"{text(at(record, 'stiffness.reason'))} {text(frontal_plane(record).get('remark'))}"
    if not at(record, "stiffness.moment_angle"):
        return "No moment–angle curve was recorded."
    cuff = text(at(record, "bench.cuff"))
    bench = f"Bench: cuff {cuff}, foot clamped from heel to metatarsal heads."
    if has_hinge(record):
        return f"{curve_words(record)} {bench}"
    if is_linear(record):
        mode = "Linear: a straight line, valid for small angles; both directions equal."
        return f"{mode} {bench}"
    down, up = (finite(at(record, f"stiffness.{w}")) for w in ("plantarflexion", "dorsiflexion"))
    said = "Nonlinear, large rotations followed."
    if down and up is not None:
        gap = 100.0 * abs(up / down - 1.0)
        softer = "softer" if up < down else "stiffer"
        said = (
            "A leaf in dorsiflexion and in plantarflexion is not the same spring: "
            f"{number(down)} N·m/deg against the foot's drop, {number(up)} against the shin's "
            f"advance, {gap:.0f} % {softer} (green: the ranges fitted). {said}"
        )
    stopped = at(record, "stiffness.stopped")
    ended = f" {stopped}" if stopped else ""
    return f"{said}{ended} {bench}"


def _benches(record: Mapping[str, Any]) -> list[list[str]]:
    """[bench, N·m/deg, what it means], the default first; none where it stands alone."""
    found = mapping(at(record, "stiffness.variants") or record.get("variants"))
    if not found:
        return []
    tangent = finite(at(record, "stiffness.tangent"))
    own = tangent if tangent is not None else at(record, "stiffness.plantarflexion")
    name = f"{text(at(record, 'bench.cuff'))}, the default"
    rows = [[name, number(own), "cuff slides along the shank: every other figure refers to it"]]
    for variant in [*(key for key in BENCHES if key in found), *(set(found) - set(BENCHES))]:
        value = found[variant]
        figure = value.get("plantarflexion") if isinstance(value, Mapping) else value
        rows.append([human(str(variant)), number(figure), BENCHES.get(str(variant), "")])
    for case, pressed in mapping(at(record, "skin.cases")).items():
        rows += _strapped(str(case), mapping(pressed))
    return rows


def _strapped(case: str, pressed: Mapping[str, Any]) -> list[list[str]]:
    """The shell held by the limb instead of a cuff: its moment over the rotation."""
    turn, own, other = (
        finite(pressed.get(key)) for key in ("rotation_deg", "moment_nm", "sliding_moment_nm")
    )
    name = f"strapped, {human(case)}"
    if not turn or own is None:
        return [[name, "–", text(pressed.get("reason"))]]
    remark = f"lying on the leg (estimate): {number(own, 1)} N·m at {_turned(turn)}"
    if other is not None:
        remark += f", sliding {number(other, 1)} N·m"
    return [[name, number(-own / turn), f"{remark}; secant"]]


def _turned(degrees: float) -> str:
    return f"{'+' if degrees > 0.0 else ''}{number(degrees, 0)}°"


def _reactions(record: Mapping[str, Any]) -> list[list[str]]:
    """[angle, force, moments] that the shank exerts at the two extremes of the run."""
    states = [mapping(entry) for entry in items(record, "stiffness.off_axis")]
    lateral = {"left": 1.0, "right": -1.0}.get(str(at(record, "scan.side")), 0.0)
    rows = []
    for state in [states[0], states[-1]] if len(states) > 1 else states:
        force = [finite(value) for value in state.get("shank_force_n") or ()]
        moment = [finite(value) for value in state.get("shank_moment_nm") or ()]
        if len(force) != 3 or len(moment) != 3 or None in (*force, *moment):
            continue
        x, y, z = (value or 0.0 for value in force)
        outwards = y * lateral
        sides = ("outwards", "inwards") if lateral else ("to the left", "to the right")
        directed = (
            (x, ("forwards", "backwards")),
            (outwards if lateral else y, sides),
            (z, ("up", "down")),
        )
        words = ", ".join(f"{abs(v):.0f} N {way[0 if v > 0.0 else 1]}" for v, way in directed)
        turns = f"{abs(moment[0] or 0.0):.1f} sideways, {abs(moment[2] or 0.0):.1f} twisting"
        rows.append([number(state.get("angle_deg"), 1, "°"), words, turns])
    return rows


def _components(record: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """The interval's inputs, the strongest first."""
    parts = []
    for entry in items(record, f"{_interval_at(record)}.components"):
        part = mapping(entry)
        low, high = finite(part.get("low_percent")), finite(part.get("high_percent"))
        if low is not None and high is not None:
            parts.append((str(part.get("name")), low, high))
    return sorted(parts, key=lambda part: -max(abs(part[1]), abs(part[2])))


def _interval_at(record: Mapping[str, Any]) -> str:
    """Where the record's interval stands."""
    return "stiffness.frontal_plane.interval" if frontal_plane(record) else "stiffness.interval"


def _interval_note(record: Mapping[str, Any]) -> str:
    path = _interval_at(record)
    pair = pair_of(at(record, path))
    if pair is None:
        return "No interval was recorded."
    coverage = finite(at(record, f"{path}.coverage"))
    share = "" if coverage is None else f"{100.0 * coverage:.0f} % "
    method = at(record, f"{path}.method")
    how = f" {str(method)[:1].upper()}{str(method)[1:]}." if method else ""
    return (
        f"{share}interval {span(pair, 2, 'N·m/deg')} of the same part on the same bench.{how} "
        "It does not hold what only a real brace can show: physically unvalidated, ±25–30 %."
    )


def grading_words(record: Mapping[str, Any]) -> str:
    """What grading the wall saves against the uniform leaf of the same stiffness."""
    found = mapping(record.get("grading"))
    if not found:
        return ""
    stress, mass = finite(found.get("stress_share")), finite(found.get("mass_share"))
    if stress is None or mass is None:
        return text(found.get("reason"))
    said = (
        f"Graded wall: peak stress {_change(stress)}, mass {_change(mass)} against the uniform "
        "leaf of the same stiffness"
    )
    overload = finite(found.get("overload"))
    if overload is not None and overload > 1.0:
        said += f"; still {number(overload, 1)} times what is allowed"
    return f"{said}."


def _change(share: float) -> str:
    percent = 100.0 * (share - 1.0)
    return f"{'+' if percent > 0.0 else ''}{number(percent, 0)} %"
