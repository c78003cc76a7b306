import base64
import copy
import re
import xml.etree.ElementTree as ET
import zlib
from html import unescape
from typing import Any

import numpy as np
import pytest
from example_record import example_record

from afo_designer.apps.charts import MomentAngle, moment_angle_svg, ticks
from afo_designer.apps.render import png_bytes
from afo_designer.apps.report import png_size, report_html, report_pdf
from afo_designer.apps.sheet import DISCLAIMER, part_mark, sheet_content
from afo_designer.design.findings import NAMES
from afo_designer.design.person import person_from_mapping, person_record
from afo_designer.design.prescription import prescribe, prescription_record

PICTURES = ("lateral", "medial", "posterior", "plantar", "thickness", "clearance", "stress")


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
    "7.4 MPa of 11.0 MPa allowed over 1 095 000 steps",
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
        row = (
            f"{name.replace('_', ' ')} {case['moment_nm']:.1f} {case['max_von_mises_mpa']:.1f} "
            f"{case['safety_factor']:.2f} "
        )
        assert row in read
    for check in record["checks"]:
        assert check["id"].split("_")[0] in read
        if check["verdict"] != "pass":
            assert check["message"] in read
    for line in record["prescription"]["warnings"]:
        assert line in read
    for missing in ("quadriceps strength", "hindfoot", "oedema"):
        assert missing in read
    assert DISCLAIMER in read
    assert "LEFT" in read
    assert all(field in read for field in ("Reviewed by", "Date", "Signature"))


def test_the_html_needs_nothing_beside_itself(images: dict[str, bytes]) -> None:
    html = report_html(example_record(), images)
    outside = re.findall(r"(?:src|href)=\"(?!data:)", html) + re.findall(r"url\(|@import", html)
    assert outside == []
    for png in images.values():
        assert base64.b64encode(png).decode() in html


def test_same_record_same_bytes(images: dict[str, bytes]) -> None:
    assert report_html(example_record(), images) == report_html(example_record(), images)
    assert report_pdf(example_record(), images) == report_pdf(example_record(), images)


def test_the_pdf_has_two_pages_and_no_date(images: dict[str, bytes]) -> None:
    pdf = report_pdf(example_record(), images)
    assert pages(pdf) == 2
    assert b"CreationDate" not in _inflated(pdf)
    assert b"CreateDate" not in _inflated(pdf)


def test_a_crowded_record_still_fits_two_pages(images: dict[str, bytes]) -> None:
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
    assert pages(report_pdf(crowded, images)) == 2


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
        for found in [(*path, key), *(_paths(child, (*path, key)) if len(path) < 2 else [])]
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
    assert len(paths) > 100
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
    assert pages(report_pdf(record, {})) == 2


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
    svg = moment_angle_svg(MomentAngle(points, 3.0, 1.2, (0.8, 1.6), (-7.0, 13.0)))
    drawn = _line(svg, "#0072B2")
    slope = np.diff(drawn[:, 1]) / np.diff(drawn[:, 0])
    assert slope == pytest.approx(slope.mean(), rel=5e-3)
    assert slope.mean() > 0, "moment falls as the toes rise; on paper y grows downwards"
    target = _line(svg, "#B8420A")
    assert target[[0, -1]] == pytest.approx(drawn[[0, -1]], abs=0.02), "on target: one line"
    assert "linear" in svg
    assert "linear" not in moment_angle_svg(MomentAngle(points, 3.0, linear=False))


def test_a_chart_of_nothing_is_nothing() -> None:
    assert moment_angle_svg(MomentAngle([])) == ""
    assert moment_angle_svg(MomentAngle([[0.0, 1.0]])) == ""
