import base64
import copy
import io
import re
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_record import STIFFNESS, example_record
from rich.console import Console

from afo_designer.apps.axes import ticks
from afo_designer.apps.charts import (
    Fit,
    Mark,
    MomentAngle,
    interval_svg,
    moment_angle_svg,
    wall_svg,
)
from afo_designer.apps.outcome import say_design
from afo_designer.apps.render import png_bytes
from afo_designer.apps.report import png_size, report_html, report_pdf
from afo_designer.apps.sheet import DISCLAIMER, part_mark, sheet_content
from afo_designer.apps.verdicts import VERDICTS, check_rows
from afo_designer.design.findings import NAMES
from afo_designer.design.person import person_from_mapping, person_record
from afo_designer.design.prescription import prescribe, prescription_record

PICTURES = (
    *("lateral", "medial", "posterior", "plantar", "thickness", "clearance", "stress"),
    *("pressure_second_rocker", "pressure_push_off"),
)


@pytest.fixture(scope="module")
def images() -> dict[str, bytes]:
    pictures = {}
    for number, name in enumerate(PICTURES):
        image = np.full((120 + 10 * number, 80, 3), 30 * number, dtype=np.uint8)
        pictures[name] = png_bytes(image)
    return pictures


def words(html: str) -> str:
    """The text a reader sees, without pictures and tags, blanks as one."""
    body = html[html.index("<body>") :]
    body = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+", "", body)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", _inflated(pdf)))


def _inflated(pdf: bytes) -> bytes:
    parts = [pdf]
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            parts.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(parts)


NUMBERS = [
    "1.12 N·m/deg",  # target
    "0.74 to 1.58",  # its interval
    "1.13 N·m/deg",  # achieved 1.129
    "0.79 to 1.43 (90 % interval)",
    "0.8 % from target",
    "0.61 N·m/deg",  # swing only
    "0.38 to 1.13",
    "3.0°",  # neutral angle
    "8.5 mm",  # heel height difference
    "5.6°",  # shank to vertical
    "2.6°",  # heel pitch
    "150 g",  # mass
    "4.27 mm",  # leaf
    "2.40 mm",  # footplate
    "11.86",  # tied
    "0.97",  # hanging
    "0.88",  # heel clamped
    "0.78 N·m/deg",  # against dorsiflexion
    "1.13 N·m/deg against the foot's drop, 0.78 against the shin's advance, 31 % softer",
    "sliding, the default 0.91",  # tangent
    "strapped, push off 2.10 lying on the leg (estimate): 48.4 N·m at −23°, sliding 27.0 N·m",
    "−17.0° 194 N backwards, 74 N outwards, 52 N down 6.8 sideways, 5.1 twisting",
    "modulus +10/-30 % −30 +10",
    "Graded wall: peak stress −19 %, mass +4 % against the uniform leaf of the same stiffness",
    "Fatigue, amplitude 7.4 MPa 11.0 MPa pass Walking, push off to second rocker, over 1 095 000",
    "at leaf at the ankle, midline; mean 3.3 MPa; life at least 20 000 000 steps",
    "Largest strain 2.34 % 4.00 % pass In stumble at leaf at the ankle, lateral edge",
    "Standing for long 5.6 MPa 5.0 MPa warning",
    "1000 h without a pause leave 50 % of the stiffness; limit recalled, not read",
    "Linear, from neutral: dorsiflexion 45°, plantarflexion beyond 90°",
    "in large rotations stable at every angle computed",
    "Limit 38.9 MPa, 0.8 × ultimate: data sheet; recalled, not read.",
    "leaf 13 47 33 260 warning leaf above the ankle, lateral edge",
    "calf strap 16 31 16 31 pass over the shin",
    "fibular head pass no pressure within 25 mm; not covered",
    "electrode warning 4 kPa within 25 mm; the shell lies over 3.1 cm²",
    "medial malleolus warning not in the scan: palpate it",
    "Limits: mean 20 kPa where it touches, peak 50 kPa; 0.2 kPa where",
    "Pull of the calf strap: second rocker 26 N, push off 75 N.",
    "4.9 mm",  # relief
    "38 mm wide, centre 28 mm below the top edge; slots 40 × 5 mm",
    "3f9a1c27 L",
    "P-0042",
    "clinic 7",
    "PA12, MJF",
    "posterior leaf spring",
]


@pytest.mark.parametrize("figure", NUMBERS)
def test_every_figure_reaches_the_sheet(figure: str, images: dict[str, bytes]) -> None:
    assert figure in words(report_html(example_record(), images))


def test_every_load_case_check_and_warning_reaches_the_sheet(images: dict[str, bytes]) -> None:
    record = example_record()
    read = words(report_html(record, images))
    for name, case in record["loadcases"].items():
        figures = " ".join(
            f"{case[key]:.1f}".replace("-", "−")
            for key in ("rotation_deg", "moment_nm", "max_von_mises_mpa", "max_principal_mpa")
        )
        row = f"{name.replace('_', ' ')} {figures} {case['safety_factor']:.2f} "
        assert f"{row}{VERDICTS[case['verdict']]} {case['place']}" in read
    for row in check_rows(record):
        if row["section"]:
            continue
        assert f"{row['name']}: {row['value']}" in read
        if row["verdict"] != "pass":
            assert row["message"] in read
    assert "Strength, 3 checks: 1 to look at, 2 pass" in read
    for line in record["prescription"]["warnings"]:
        assert line in read
    for missing in ("quadriceps strength", "hindfoot", "oedema"):
        assert missing in read
    assert DISCLAIMER in read
    assert "LEFT" in read
    assert all(field in read for field in ("Reviewed by", "Date", "Signature"))


def test_the_html_needs_nothing_beside_itself(images: dict[str, bytes]) -> None:
    html = report_html(example_record(), images)
    outside = re.findall(r"(?:src|href)=\"(?!data:)|url\((?!#)|@import", html)
    assert outside == []
    for png in images.values():
        assert base64.b64encode(png).decode() in html


def test_same_record_same_bytes(images: dict[str, bytes]) -> None:
    assert report_html(example_record(), images) == report_html(example_record(), images)
    assert report_pdf(example_record(), images) == report_pdf(example_record(), images)


def test_the_pdf_has_three_pages_and_no_date(images: dict[str, bytes]) -> None:
    pdf = report_pdf(example_record(), images)
    assert pages(pdf) == 3
    assert b"CreationDate" not in _inflated(pdf)
    assert b"CreateDate" not in _inflated(pdf)


def test_a_crowded_record_still_fits_three_pages(images: dict[str, bytes]) -> None:
    record = example_record(status="failed", override_clinical="agreed with the clinic, see letter")
    twice = [{**check, "id": f"{check['id']}_again"} for check in record["checks"]]
    failed = [
        {**record["checks"][7], "id": f"strength_{n}", "verdict": "fail", "value": 0.1 * n}
        for n in range(8)
    ]
    sentence = "The orthosis asks for something the examination does not quite support; look again."
    prescription = {
        **record["prescription"],
        "warnings": [f"{sentence} ({n})" for n in range(8)],
        "not_examined": list(NAMES),
    }
    crowded = {**record, "checks": record["checks"] + twice + failed, "prescription": prescription}
    assert pages(report_pdf(crowded, images)) == 3


HOSTILE = '<script>alert("x")</script>'


def test_hostile_text_stays_text(images: dict[str, bytes]) -> None:
    record = copy.deepcopy(example_record())
    record["person"]["person"]["id"] = HOSTILE
    record["prescription"]["prescriber"] = '#read("/etc/passwd") \\ $x$ *b* "'
    record["prescription"]["warnings"] = [HOSTILE, "{{ 7 * 7 }} {% raw %}"]
    record["checks"][0]["verdict"] = '"><img src=x>'
    record["checks"][7]["message"] = HOSTILE
    record["override_clinical"] = HOSTILE
    record["bench"]["cuff"] = HOSTILE
    html = report_html(record, images)
    assert "<script" not in html
    assert "<img src=x" not in html
    assert HOSTILE in words(html.replace("&lt;", "&amp;lt;").replace("&gt;", "&amp;gt;")).replace(
        "&lt;", "<"
    ).replace("&gt;", ">")
    assert "{{ 7 * 7 }}" in words(html)
    assert report_pdf(record, images).startswith(b"%PDF")


def test_a_failed_design_says_so_and_why(images: dict[str, bytes]) -> None:
    why = "2 to 6 mm reach 0.4 to 3.1 N·m/deg; 4.0 needs another family or material."
    failed = {"id": "reach", "value": 4.0, "limit": 3.1, "unit": "N·m/deg", "verdict": "fail"}
    record = example_record(
        status="failed", checks=[{**failed, "message": why}], stiffness={"target": 4.0}
    )
    read = words(report_html(record, images))
    assert f"NOT FOR PRINT {why}" in read
    assert "None was reached" in read
    assert "NOT FOR PRINT" not in words(report_html(example_record(), images))


def test_an_override_is_printed_with_its_reason(images: dict[str, bytes]) -> None:
    record = example_record(override_clinical="reviewed by Dr A")
    assert "Clinical stop overridden. Reason given: reviewed by Dr A" in words(
        report_html(record, images)
    )


def test_the_prescription_s_own_record_is_read_whole(images: dict[str, bytes]) -> None:
    person = person_from_mapping(
        {
            "person": {"id": "P-7", "height_mm": 1720, "mass_kg": 70, "side": "right"},
            "examination": {"dorsiflexor_mmt": "0", "spasticity_mas": "3"},
        }
    )
    prescription = prescribe(person)
    record = example_record(
        prescription=prescription_record(prescription),
        person=person_record(person),
        stiffness={},
        status="failed",
    )
    read = words(report_html(record, images))
    swing = next(goal for goal in prescription.by_goal if "swing" in goal.goal)
    interval = prescription.interval
    for figure in (
        f"{prescription.target_stiffness:.2f} N·m/deg",
        f"{interval.low:.2f} to {interval.high:.2f}",
        f"{swing.value:.2f} N·m/deg",
        f"{prescription.shank_to_vertical_angle_deg:.1f}°",
        "10.0 mm heel above ball, inside the shoe; assumed, measure it",
        "P-7",
    ):
        assert figure in read
    assert prescription.stops
    for stop in prescription.stops[:3]:
        assert stop.message in read
        assert stop.ways_out[0] in read
    for warning in prescription.warnings:
        assert warning.startswith("Not examined") or warning in read
    for missing in prescription.not_examined:
        assert NAMES[missing] in read


def _paths(node: Any, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    if not isinstance(node, dict):
        return []
    return [
        found
        for key, child in node.items()
        for found in [(*path, key), *(_paths(child, (*path, key)) if len(path) < 4 else [])]
    ]


def _without(record: dict[str, Any], path: tuple[str, ...], value: Any = ...) -> dict[str, Any]:
    """`record` less what stands under `path`, or with `value` there."""
    changed = dict(record)
    if len(path) > 1:
        changed[path[0]] = _without(record[path[0]], path[1:], value)
    elif value is ...:
        del changed[path[0]]
    else:
        changed[path[0]] = value
    return changed


def test_any_missing_part_is_said_in_words_never_a_crash() -> None:
    record = example_record()
    paths = _paths(record)
    assert len(paths) > 300
    for path in paths:
        for changed in (_without(record, path), _without(record, path, None)):
            content = sheet_content(changed, PICTURES)
            assert "nan" not in str(content["numbers"]).lower()


@pytest.mark.parametrize("record", [{}, {"status": "failed"}, {"scan": None, "checks": None}])
def test_an_almost_empty_record_still_makes_both_sheets(record: dict[str, Any]) -> None:
    read = words(report_html(record, {}))
    assert "not recorded" in read
    assert "SIDE UNKNOWN" in read
    assert "Not drawn: Lateral" in read
    assert pages(report_pdf(record, {})) == 3


def test_numbers_that_are_not_finite_are_missing(images: dict[str, bytes]) -> None:
    record = example_record(stiffness={"target": float("nan"), "plantarflexion": float("inf")})
    assert "not recorded" in words(report_html(record, images))


def test_the_right_leg_reads_right_and_is_marked_r() -> None:
    scan = {**example_record()["scan"], "side": "right"}
    record = example_record(scan=scan)
    assert sheet_content(record)["side"] == "RIGHT"
    assert part_mark(record) == "3f9a1c27 R"


def test_pictures_must_be_png() -> None:
    assert png_size(png_bytes(np.zeros((20, 30, 3), dtype=np.uint8))) == (30, 20)
    with pytest.raises(ValueError, match="not a PNG"):
        png_size(b"GIF89a" + bytes(40))


@pytest.mark.parametrize("low", [-20.0, 0.13, -0.002])
@pytest.mark.parametrize("width", [0.01, 7.0, 4000.0])
def test_ticks_are_evenly_spaced_and_inside(low: float, width: float) -> None:
    marks = np.array(ticks(low, low + width))
    assert 2 <= len(marks) <= 11
    assert np.ptp(np.diff(marks)) < 1e-9 * max(width, 1.0)
    assert marks.min() >= low - 1e-9 * width
    assert marks.max() <= low + width + 1e-9 * width


def _line(svg: str, colour: str) -> np.ndarray:
    root = ET.fromstring(svg)
    line = next(
        node
        for node in root.iter()
        if node.tag.endswith("polyline") and node.get("stroke") == colour
    )
    return np.array([[float(n) for n in pair.split(",")] for pair in line.get("points").split()])


def test_a_linear_curve_is_a_straight_line_and_says_linear() -> None:
    points = [[a, 1.2 * (3.0 - a)] for a in range(-20, 16, 5)]
    svg = moment_angle_svg(MomentAngle(points, 3.0, 1.2, (0.8, 1.6)))
    drawn = _line(svg, "#0072B2")
    slope = np.diff(drawn[:, 1]) / np.diff(drawn[:, 0])
    assert slope == pytest.approx(slope.mean(), rel=5e-3)
    assert slope.mean() > 0, "moment falls as the toes rise; on paper y grows downwards"
    target = _line(svg, "#B8420A")
    neutral = np.array([np.interp(3.0, [-20, 15], drawn[[0, -1], axis]) for axis in (0, 1)])
    along = np.array([neutral, drawn[0]])
    assert target == pytest.approx(along, abs=0.02), "on target: one line, toes down"
    assert "linear" in svg
    assert "linear" not in moment_angle_svg(MomentAngle(points, 3.0, linear=False))


def test_a_chart_of_nothing_is_nothing() -> None:
    assert moment_angle_svg(MomentAngle([])) == ""
    assert moment_angle_svg(MomentAngle([[0.0, 1.0]])) == ""


def _drawn(svg: str) -> Callable[[float, float], np.ndarray]:
    """(deg, N·m) ↦ the place on paper, from the gridlines' figures."""
    root = ET.fromstring(svg)
    texts = [(node, node.text) for node in root.iter() if node.tag.endswith("text")]
    figures = [
        (float(n.get("x")), float(n.get("y")), n.get("text-anchor"), float(t.replace("−", "-")))
        for n, t in texts
        if t and re.fullmatch(r"−?[\d.]+", t)
    ]
    along = np.polyfit(*np.array([(v, x) for x, _, a, v in figures if a == "middle"]).T, 1)
    up = np.polyfit(*np.array([(v, y - 3.5) for _, y, a, v in figures if a == "end"]).T, 1)
    return lambda angle, moment: np.array([np.polyval(along, angle), np.polyval(up, moment)])


def test_both_directions_have_their_own_fitted_line_and_the_cases_lie_on_the_curve() -> None:
    points = [[float(a), -0.9 * a + 0.02 * a * a] for a in range(-20, 16)]
    fits = (Fit(-10.0, 0.0, 1.1), Fit(0.0, 10.0, 0.7))
    marks = (Mark("A", -25.0, 35.0), Mark("B", 9.0, -6.5))
    svg = moment_angle_svg(
        MomentAngle(
            points, 0.0, fits=fits, tangent=0.9, marks=marks, dots=points[::5], linear=False
        )
    )
    place = _drawn(svg)
    root = ET.fromstring(svg)
    lines = [
        np.array([[float(n) for n in pair.split(",")] for pair in node.get("points").split()])
        for node in root.iter()
        if node.tag.endswith("polyline") and node.get("stroke") == "#007A5A"
    ]
    for line, fit in zip(lines, fits, strict=True):
        # through the curve's mean over the range, with the slope that was fitted
        a = np.linspace(fit.low_deg, fit.high_deg, 2001)
        middle = float(np.mean(-0.9 * a + 0.02 * a * a))
        rise = 0.5 * fit.stiffness * (fit.high_deg - fit.low_deg)
        ends = [place(fit.low_deg, middle + rise), place(fit.high_deg, middle - rise)]
        assert line == pytest.approx(np.array(ends), abs=0.15)
    diamonds = [
        np.mean(
            [[float(n) for n in pair.split(",")] for pair in node.get("points").split()], axis=0
        )
        for node in root.iter()
        if node.tag.endswith("polygon") and node.get("fill") == "#FFFFFF"
    ]
    for mark, diamond in zip(marks, diamonds, strict=False):
        assert diamond == pytest.approx(place(mark.angle_deg, mark.moment_nm), abs=0.1)
    dots = [node for node in root.iter() if node.tag.endswith("circle")]
    assert len(dots) == len(points[::5])
    assert "1.10 and 0.70" in svg


def test_bars_of_the_interval_are_as_long_as_their_shares() -> None:
    parts = [("modulus", -30.0, 10.0), ("wall", -12.0, 12.0), ("<mesh>", -0.5, 0.5)]
    root = ET.fromstring(interval_svg(parts))
    bars = [node for node in root.iter() if node.tag.endswith("rect")]
    widths = np.array([float(bar.get("width")) for bar in bars])
    assert widths / widths[0] == pytest.approx([1.0, 24.0 / 40.0, 1.0 / 40.0], abs=0.002)
    assert interval_svg([]) == ""


def test_the_inputs_are_ranked_whatever_their_order() -> None:
    svg = sheet_content(example_record())["interval_chart"]
    order = [svg.index(name) for name in ("modulus", "wall", "axis")]
    assert order == sorted(order)


def test_the_wall_is_drawn_to_scale() -> None:
    svg = wall_svg([[0.0, 3.0], [100.0, 4.5], [200.0, 3.0]])
    drawn, place = _line(svg, "#0072B2"), _drawn(svg)
    assert drawn == pytest.approx(np.array([place(0, 3), place(100, 4.5), place(200, 3)]), abs=0.1)
    assert wall_svg([]) == ""


def test_a_mirrored_leg_pushes_to_the_mirrored_side() -> None:
    left = example_record()
    right = copy.deepcopy(left)
    right["scan"]["side"] = "right"
    for state in right["stiffness"]["off_axis"]:
        state["shank_force_n"][1] *= -1.0
        state["shank_moment_nm"][0] *= -1.0
        state["shank_moment_nm"][2] *= -1.0
    assert sheet_content(right)["reactions"] == sheet_content(left)["reactions"]


def test_a_linear_record_claims_nothing_of_large_rotations() -> None:
    record = example_record()
    record["bench"] = {**record["bench"], "geometry": "linear"}
    record["stiffness"] = {**STIFFNESS, "dorsiflexion": 1.129, "variants": {}, "off_axis": []}
    record["skin"] = {"cases": {}, "reason": "Contact with the limb is not computed by --fast."}
    read = words(report_html(record, {}))
    assert "not the same spring" not in read
    assert "Linear: a straight line" in read
    assert "Contact with the limb is not computed by --fast." in read
    assert "A linear estimate" in read
    assert "No variant was computed." in read
    assert "load cases, see Strength" not in read


def test_what_was_not_reached_is_said_not_drawn() -> None:
    record = copy.deepcopy(example_record())
    stumble = record["loadcases"]["stumble"]
    stumble |= dict.fromkeys(
        ("moment_nm", "max_von_mises_mpa", "max_principal_mpa", "safety_factor", "position_mm")
    )
    stumble |= {"trouble": "The path ended at -21.5 deg.", "verdict": "fail", "place": ""}
    push = record["skin"]["cases"]["push_off"]
    push |= {"regions": {}, "moment_nm": None, "strap_n": None, "reason": "It let go at -19 deg."}
    record["stiffness"]["stopped"] = "The sweep ended at -12.0 deg from neutral."
    record["fatigue"]["stress_amplitude_mpa"] = None
    read = words(report_html(record, {}))
    assert "stumble −26.0 – – – – FAIL The path ended at -21.5 deg." in read
    assert "Push off could not be estimated: It let go at -19 deg." in read
    assert "strapped, push off – It let go at -19 deg." in read
    assert "The sweep ended at -12.0 deg from neutral." in read
    assert "an extreme of the step has no state in equilibrium" in read
    assert "nan" not in read.lower()


def test_the_banner_names_the_weakest_cases_first() -> None:
    checks = [
        {"id": f"strength_{name}", "value": factor, "limit": 2.0, "unit": "", "verdict": "fail"}
        for name, factor in (("loading", 0.9), ("stumble", 0.4))
    ]
    record = example_record(status="failed", checks=checks)
    record["loadcases"]["loading"]["safety_factor"] = 0.9
    record["loadcases"]["stumble"]["safety_factor"] = 0.4
    read = words(report_html(record, {}))
    assert (
        "NOT FOR PRINT Too weak: safety factor stumble 0.40, loading 0.90; below 1 it breaks or "
        "yields. Weakest place: leaf at the ankle, medial edge."
    ) in read
    assert "2 FAIL" in read


def test_the_terminal_says_both_directions_strength_skin_and_wall() -> None:
    stream = io.StringIO()
    record = example_record(family={"title": "Posterior leaf spring"}, warnings=["Mind the heel."])
    say_design(record, Path("there"), Console(file=stream, width=400))
    said = stream.getvalue().splitlines()
    assert said[0] == "LEFT  Posterior leaf spring  3f9a1c27: warnings"
    assert "1.13 N·m/deg against the foot's drop (0.79 to 1.43), target 1.12" in said[1]
    assert "0.78 against the shin's advance" in said[1]
    assert "least factor 1.37 in stumble, leaf at the ankle, medial edge" in said[2]
    assert said[3] == "skin (estimate): peak 260 of 50 kPa, leaf, push off"
    assert "graded wall: peak stress −19 %" in said[4]
    assert "note: Mind the heel." in said
    assert any(line.startswith("warn: strength_stumble 1.37, limit 1.5: ") for line in said)
    assert said[-1] == "files in there"
