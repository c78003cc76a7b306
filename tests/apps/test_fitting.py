"""The fitting's page: every figure reaches both sheets, and nothing missing breaks one."""

from __future__ import annotations

import copy
import re
from typing import Any

import numpy as np
import pytest
from example_record import example_record

from afo_designer.apps.fitting import fitting_part
from afo_designer.apps.fitting_charts import INSOLE, GrindChart, Plan, grinding_svg, plan_svg
from afo_designer.apps.report import report_html, report_pdf


def check(name: str, value: Any, limit: float, verdict: str) -> dict[str, Any]:
    return {
        "id": name,
        "value": value,
        "limit": limit,
        "unit": "mm",
        "verdict": verdict,
        "message": "Said of it.",
    }


def collar(height: float, added: float) -> dict[str, float]:
    return {
        "height_mm": height,
        "width_mm": 80.0,
        "leg_width_mm": 71.0,
        "girth_mm": 300.0 + added,
        "leg_girth_mm": 300.0,
        "behind_mm": 8.0,
        "added_girth_mm": added,
    }


def outline(half: float) -> list[list[float]]:
    return [[float(x), half, half] for x in np.linspace(-5.0, 270.0, 30)]


def ground(off: float, stiffness: float, fatigue: float) -> dict[str, Any]:
    return {
        "off_mm": off,
        "width_mm": 42.0 - 2.0 * off,
        "stiffness": stiffness,
        "low": 0.7 * stiffness,
        "high": 1.2 * stiffness,
        "strength_factor": 1.4,
        "case": "stumble",
        "fatigue_factor": fatigue,
        "life_cycles": 3.0e6,
        "life_bound": "about",
        "life_years": 2.7,
        "percent_of_target": 100.0 * stiffness / 0.9,
    }


def shim(height: float) -> dict[str, Any]:
    return {
        "height_mm": height,
        "pitch_deg": 3.0 + 0.4 * height,
        "shank_deg": 6.0 + 0.4 * height,
        "change_deg": 0.4 * height,
        "midstance_ankle_deg": 7.0 - 0.4 * height,
        "midstance_nm": -2.4 + 0.3 * height,
        "swing_ankle_deg": 2.1,
        "swing_nm": 0.64,
        "swing_shoe_deg": 5.1 + 0.4 * height,
        "in_shoe": height < 6.0,
    }


def record(**more: Any) -> dict[str, Any]:
    checks = [
        check("shoe_length", 283.0, 276.0, "warn"),
        check("shoe_width_ball", 94.0, 99.0, "pass"),
        check("shoe_collar_low", 54.0, 40.0, "warn"),
    ]
    base = example_record()
    return {
        **base,
        "checks": [*base["checks"], *checks],
        "shoe": {
            "worn": {
                "length_mm": 280.0,
                "width_mm": {"ball": 97.0, "midfoot": 88.0, "heel": 83.0},
                "foot_width_mm": {"ball": 96.0, "heel": 72.0},
                "thickness_mm": {"heel": 3.8, "midfoot": 2.5, "ball": 2.5, "toes": None},
                "heel_stack_mm": 4.8,
                "ball_stack_mm": 3.5,
                "tilt_deg": 0.5,
                "side_height_mm": {"lateral": 25.0, "medial": 29.0},
                "collar": {"low_shoe": collar(68.0, 54.0), "boot": collar(113.0, 18.0)},
                "outline": outline(45.0),
                "plate": outline(42.0),
                "foot": outline(40.0),
                "toes_mm": 262.0,
            },
            "room": {
                "basis": "size 42: an insole of 270 mm",
                "insole_length_mm": 270.0,
                "length_mm": 276.0,
                "ball_mm": 99.0,
                "heel_mm": 70.0,
            },
            "needs": {
                "length_mm": 283.0,
                "ball_mm": 94.0,
                "heel_mm": 77.0,
                "longer_mm": 7.0,
                "cut_back_mm": 5.0,
                "wider_ball_mm": -5.0,
                "wider_heel_mm": 7.0,
                "size_eu": 43.5,
                "mondopoint_mm": 280.0,
                "width": "regular",
                "regular_heel_mm": 73.0,
            },
        },
        "fitting": {
            "grinding": {
                "edge": "width",
                "limit_mm": 4.0,
                "never_below_mm": 25.0,
                "reason": "A leaf narrower than 25 mm twists.",
                "points": [ground(0.0, 0.9, 1.1), ground(2.0, 0.83, 1.05), ground(4.0, 0.77, 0.98)],
            },
            "shims": {"midstance_shank_deg": 10.0, "table": [shim(h) for h in (-2.0, 0.0, 6.0)]},
            "reason": None,
        },
        **more,
    }


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


FIGURES = (
    "European size 43.5 (Mondopoint 280)",
    "must be 7 mm longer, 7 mm wider at the heel",
    "283 mm",
    "saves up to 5 mm",
    "2.5 to 3.8 mm",
    "0.63 to 1.08",
    "about 2.7",
    "stop before",
    "Never narrower than 25 mm",
    "−0.8°",
    "heel may slip out",
)


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_reaches_the_sheet(figure: str) -> None:
    assert figure in words(report_html(record(), {}))


def test_the_pdf_gains_one_page() -> None:
    def pages(one: dict[str, Any]) -> int:
        return len(re.findall(rb"/Type\s*/Page[^s]", report_pdf(one, {})))

    without = {key: value for key, value in record().items() if key not in ("shoe", "fitting")}
    assert pages(record()) == pages(without) + 1


def test_the_shoes_checks_have_their_own_table() -> None:
    html = words(report_html(record(), {}))
    assert "Shoe, 3 checks" in html
    assert "see Shoe" in html


def test_only_the_step_that_loses_the_factor_is_marked() -> None:
    rows = fitting_part(record())["grind_rows"]
    assert [row[-1] for row in rows] == ["", "", "stop before"]


def test_a_shoe_that_fits_is_said_to_fit() -> None:
    one = record()
    one["shoe"]["needs"].update(longer_mm=-3.0, wider_heel_mm=-1.0)
    assert fitting_part(one)["shoe_lead"].startswith("It goes into the shoe given")


def test_without_a_shoe_the_insole_that_would_do_is_drawn() -> None:
    one = record()
    one["shoe"]["room"] = {"basis": "neither size nor insole is given"}
    part = fitting_part(one)
    assert "No shoe was measured" in part["shoe_lead"]
    assert "insole that would just do" in part["plan_chart"]


def test_what_may_not_be_ground_is_said_and_not_tabled() -> None:
    one = record()
    one["fitting"]["grinding"].update(points=[], reason="A leaf narrower than 25 mm twists.")
    part = fitting_part(one)
    assert part["grind_lead"].startswith("Nothing may be ground off.")
    assert (part["grind_chart"], part["grind_rows"]) == ("", [])
    report_pdf(one, {})


def test_an_orthosis_without_a_spring_says_why() -> None:
    said = "This orthosis claims no stiffness in the sagittal plane."
    part = fitting_part(record(fitting={"grinding": None, "shims": {"table": []}, "reason": said}))
    assert part["grind_lead"] == said
    assert part["shim_rows"] == []


def test_any_missing_part_leaves_both_sheets_whole() -> None:
    for section in ("shoe", "fitting"):
        for key in record()[section]:
            one = copy.deepcopy(record())
            del one[section][key]
            assert "In the shoe" in report_html(one, {})
    for key in record()["shoe"]["worn"]:
        one = copy.deepcopy(record())
        one["shoe"]["worn"][key] = None
        fitting_part(one)
    assert not fitting_part(example_record())["shown"]
    report_pdf(record(shoe={"worn": None}, fitting={"grinding": {}, "shims": None}), {})


# --- pictures ----------------------------------------------------------------------------------


def corners(svg: str, colour: str) -> np.ndarray:
    found = re.search(rf'<polygon points="([^"]+)"[^>]*stroke="{colour}"', svg)
    assert found is not None
    return np.array([[float(v) for v in pair.split(",")] for pair in found.group(1).split()])


def plan(lateral_up: bool = True, more: float = 0.0) -> Plan:
    worn = [[x, 40.0 + more * (x > 150.0), 40.0] for x in np.linspace(0.0, 260.0, 27)]
    return Plan(worn, worn, worn, lateral_up, (260.0, 90.0, 0.0), "insole", ())


def test_the_plan_is_to_scale() -> None:
    blue, sole = (corners(plan_svg(plan()), colour) for colour in ("#0072B2", "#B8420A"))
    scale = np.ptp(blue[:, 0]) / 260.0
    assert np.ptp(blue[:, 1]) == pytest.approx(80.0 * scale, abs=0.2)
    assert np.ptp(sole[:, 0]) == pytest.approx(260.0 * scale, abs=0.2)
    assert np.ptp(sole[:, 1]) == pytest.approx(90.0 * scale, rel=0.02)


def test_a_right_foot_is_the_left_ones_mirror_image() -> None:
    left, right = (corners(plan_svg(plan(up, 12.0)), "#0072B2") for up in (True, False))
    assert np.allclose(left[:, 0], right[:, 0])
    middle = left[:, 1].min() + left[:, 1].max()
    assert np.allclose(left[:, 1], middle - right[:, 1], atol=0.11)


def test_the_insoles_shape_is_one_wide_and_one_long() -> None:
    assert INSOLE[0, 0] == 0.0
    assert INSOLE[-1, 0] == 1.0
    assert INSOLE[:, 1:].max() == 0.5


def test_a_curve_of_one_point_is_no_chart() -> None:
    assert grinding_svg(GrindChart([[0.0, 1.0, 0.8, 1.2]], 1.0, None)) == ""
    assert plan_svg(Plan([], [], [], True, None, "", ())) == ""
