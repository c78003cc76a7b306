"""Gait words: what the sheets say of the simulated swing and first rocker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from afo_designer.apps.gait_charts import balance_svg, rocker_svg, swing_svg
from afo_designer.apps.wording import at, finite, in_words, items, number, pair_of, span

DASH = "–"


def gait_part(gait: Mapping[str, Any]) -> dict[str, Any]:
    """Charts, rows and notes of the record's `gait` section."""
    return {
        "balance_chart": balance_svg(gait),
        "balance_note": balance_words(gait),
        "swing_chart": swing_svg(gait),
        "rocker_chart": rocker_svg(gait),
        "gait_rows": gait_rows(gait),
        "gait_note": gait_note(gait),
        "gait_remarks": [in_words(str(said)) for said in items(gait, "remarks")],
        "gait_outside": [in_words(str(said)) for said in items(gait, "outside")],
    }


def gait_words(gait: Mapping[str, Any]) -> list[str]:
    """What the orthosis is expected to buy, in two or three sentences; outside its range, why."""
    if not gait:
        return []
    if gait.get("status") != "inside":
        reasons = " ".join(in_words(str(said)) for said in items(gait, "outside"))
        return [f"The gait is not estimated. {reasons}"] if reasons else []
    if at(gait, "spring.kind") == "none":
        return []
    return [*_swing_words(gait), *_rocker_words(gait)]


def _swing_words(gait: Mapping[str, Any]) -> list[str]:
    without, with_, healthy = (
        finite(at(gait, f"swing.{name}.least_clearance_mm"))
        for name in ("without", "with", "normal")
    )
    if without is None or with_ is None or healthy is None:
        return []
    said = [
        f"Without an orthosis the model's toes {_height(without)} in mid-swing; with it they "
        f"{_height(with_)} (healthy: {number(healthy, 0, 'mm')})."
    ]
    hip, knee = (finite(at(gait, f"swing.steppage.{key}")) for key in ("hip_deg", "knee_deg"))
    left = [finite(at(gait, f"swing.steppage.reduced_to_{key}")) for key in ("hip_deg", "knee_deg")]
    if hip is not None and knee is not None and None not in left and max(hip, knee) >= 0.5:
        said.append(
            f"To clear the floor like a healthy foot, the hip would have to bend {number(hip, 0)}° "
            f"and the knee {number(knee, 0)}° more; with the orthosis {number(left[0], 0)}° and "
            f"{number(left[1], 0)}°."
        )
    return said


def _height(clearance: float) -> str:
    if clearance < 0.0:
        return f"would be {number(-clearance, 0, 'mm')} below the floor"
    return f"clear the floor by {number(clearance, 0, 'mm')}"


def _rocker_words(gait: Mapping[str, Any]) -> list[str]:
    without, with_ = (
        finite(at(gait, f"loading.{name}.slap_speed_deg_per_s")) for name in ("without", "with")
    )
    if without is None or with_ is None:
        return []
    healthy = finite(at(gait, "loading.normal.slap_speed_deg_per_s"))
    beside = "" if healthy is None else f" (healthy: {number(healthy, 0)})"
    return [
        f"After heel contact the foot comes down at {number(without, 0)}° per second without and "
        f"{number(with_, 0)} with it{beside}."
    ]


def gait_rows(gait: Mapping[str, Any]) -> list[list[str]]:
    """[what, healthy, without, with], each with its range over the strength's bounds."""
    if gait.get("status") != "inside":
        return []
    worn = at(gait, "spring.kind") != "none"

    def row(name: str, path: str, decimals: int, unit: str, interval: str = "") -> list[str]:
        cells = [name]
        for walker in ("normal", "without", "with"):
            value = finite(at(gait, path.format(walker)))
            words = DASH if value is None else number(value, decimals, unit)
            pair = pair_of(at(gait, interval.format(walker))) if interval else None
            cells.append(f"{words} ({span(pair, decimals)})" if pair else words)
        return cells

    lands = ["touches the floor first"]
    lands += [str(at(gait, f"swing.{w}.lands") or DASH) for w in ("normal", "without", "with")]
    steppage = [
        *("extra hip and knee flexion it would take", DASH),
        _pair(at(gait, "swing.steppage.hip_deg"), at(gait, "swing.steppage.knee_deg")),
        _pair(
            at(gait, "swing.steppage.reduced_to_hip_deg"),
            at(gait, "swing.steppage.reduced_to_knee_deg"),
        ),
    ]
    slap = "loading.{}.slap_speed"
    clear = "swing.{}.least_clearance"
    by = "loading.{}.orthosis_moment_nm"
    rows = [
        row("least height of the toes", f"{clear}_mm", 0, "mm", f"{clear}_interval_mm"),
        steppage,
        lands,
        row("slap speed", f"{slap}_deg_per_s", 0, "°/s", f"{slap}_interval_deg_per_s"),
        _times(gait),
        row("moment that bends the knee", "loading.{}.knee_moment_nm", 1, "N·m"),
        ["of it by the orthosis", DASH, DASH, row("", by, 1, "N·m")[3]],
    ]
    return rows if worn else [[*cells[:3], DASH] for cells in rows]


def _times(gait: Mapping[str, Any]) -> list[str]:
    seconds = [
        finite(at(gait, f"loading.{walker}.time_to_flat_s"))
        for walker in ("normal", "without", "with")
    ]
    words = [DASH if s is None else number(1000.0 * s, 0, "ms") for s in seconds]
    return ["foot flat after", *words]


def _pair(hip: Any, knee: Any) -> str:
    if finite(hip) is None or finite(knee) is None:
        return DASH
    return f"{number(hip, 0, '°')} and {number(knee, 0, '°')}"


def balance_words(gait: Mapping[str, Any]) -> str:
    """Where the foot comes to rest in swing."""
    ends = [finite(at(gait, f"balance.knee_{how}.rests_at_deg")) for how in ("straight", "flexed")]
    lowest = finite(at(gait, "balance.lowest_swing_angle_deg"))
    if lowest is None:
        return ""
    if ends[0] is None or ends[1] is None:
        total = at(gait, "balance.knee_straight.sum_nm") or [0.0]
        held = "The sum lifts the foot" if total[-1] > 0.0 else "The foot finds no rest"
        grey = f"Grey field: below {number(lowest, 0)}° the toes catch."
        return f"{held} within the angles drawn. {grey}"
    return (
        "Where a sum crosses zero the foot comes to rest: with the orthosis at "
        f"{number(ends[0], 1)}° with the knee straight, {number(ends[1], 1)}° bent. Grey field: "
        f"below {number(lowest, 0)}° the toes catch. Calf and muscle at the value of the "
        "prescription, without its safety factor."
    )


def gait_note(gait: Mapping[str, Any]) -> str:
    """Which spring, which speed, and how far to trust it."""
    if not gait:
        return ""
    speed, cadence = (
        number(gait.get("speed_m_per_s"), 2, "m/s"),
        number(gait.get("cadence_per_min"), 0, "steps a minute"),
    )
    spring = at(gait, "spring.is")
    return (
        f"Spring: {spring}. Walking at {speed}, {cadence} ({gait.get('speed_source')}). In "
        "brackets the range over the strength's bounds. An engineering estimate on one joint with "
        "the shank's normal motion; never compared with measured patients."
    )
