"""The prescription's sheet: plain words, the four charts, honesty where nothing is known."""

import copy
import re
import xml.etree.ElementTree as ET
from html import unescape
from typing import Any

import pytest
from demo_run import PERSON
from example_record import example_record

from afo_designer.apps.prescribed import assumption_groups, prescription_part, source_list
from afo_designer.apps.prescription_page import prescription_sheets
from afo_designer.apps.report import report_html, report_pdf
from afo_designer.design.outlook import prescribed_outlook
from afo_designer.design.person import Person, person_from_mapping, person_record
from afo_designer.design.plain import plain
from afo_designer.design.prescription import prescribe, prescription_record
from afo_designer.runs.reading import read_person, read_toml

CHARTS = ("balance_chart", "window_chart", "swing_chart", "rocker_chart")


def record_of(one: Person) -> dict[str, Any]:
    advised = prescribe(one)
    return plain(
        {
            "person": person_record(one),
            "prescription": prescription_record(advised),
            "gait": prescribed_outlook(one, advised),
        }
    )


@pytest.fixture(scope="module")
def record() -> dict[str, Any]:
    return record_of(read_person(PERSON))


def other(**examination: Any) -> dict[str, Any]:
    """The demonstration person's record with other findings."""
    mapping = copy.deepcopy(dict(read_toml(PERSON)))
    mapping["examination"] = {**mapping["examination"], **examination}
    return record_of(person_from_mapping(mapping))


def words(html: str) -> str:
    body = html[html.index("<body>") :]
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))


def test_the_charts_are_drawings_with_their_numbers(record: dict[str, Any]) -> None:
    part = prescription_part(record)
    for name in CHARTS:
        ET.fromstring(part[name])
    gait = record["gait"]
    assert f"{gait['swing']['with']['least_clearance_mm']:.0f} mm" in part["swing_chart"]
    assert f"{gait['loading']['with']['slap_speed_deg_per_s']:.0f}°/s" in part["rocker_chart"]
    for limit in record["prescription"]["limits"]:
        if limit["unit"] == "N·m/deg":
            assert f"{limit['limit']:.2f}" in part["window_chart"]


def test_charts_of_one_page_do_not_clip_each_other(record: dict[str, Any]) -> None:
    """A clip path's name stands for one rectangle on the whole page."""
    html = prescription_sheets(record)["prescription.html"].decode()
    found = re.findall(r'<clipPath id="([^"]+)">(.*?)</clipPath>', html)
    assert found
    assert len({name for name, _ in found}) == len(set(found))


def test_plain_words_come_first_and_the_estimate_is_called_one(record: dict[str, Any]) -> None:
    sheets = prescription_sheets(record)
    read = words(sheets["prescription.html"].decode())
    order = ["Recommended is a posterior leaf spring", "Figures", "Every number", "Sources"]
    assert [read.index(one) for one in order] == sorted(read.index(one) for one in order)
    for said in ("An engineering estimate", "not clinically validated", "LEFT", "Signature"):
        assert said in read
    assert sheets["prescription.pdf"].startswith(b"%PDF")
    assert sheets == prescription_sheets(record)


def test_every_assumption_is_on_the_sheet_with_its_source(record: dict[str, Any]) -> None:
    sources = source_list(record)
    rows = [row for group in assumption_groups(record) for row in group["rows"]]
    named = {(item["name"], str(item["value"])) for item in record["prescription"]["basis"]}
    named |= {(item["name"], str(item["value"])) for item in record["gait"]["parameters"]}
    assert len(rows) == len(named)
    assert {int(row[2]) for row in rows} == set(range(1, len(sources) + 1))
    read = words(prescription_sheets(record)["prescription.html"].decode())
    assert all(" ".join(source.split()) in read for source in sources)


def test_outside_the_models_the_sheet_says_so_and_draws_no_curve() -> None:
    record = other(knee_in_stance="recurvatum")
    part = prescription_part(record)
    assert part["swing_chart"] == part["rocker_chart"] == ""
    assert part["gait_rows"] == []
    assert "The gait is not estimated" in " ".join(part["gait_lead"])
    read = words(prescription_sheets(record)["prescription.html"].decode())
    assert "The models do not hold for this person" in read
    assert "Knee in stance is recurvatum" in read
    assert "examination." not in read


def test_a_stop_stands_before_everything_with_its_ways_out() -> None:
    record = other(spasticity_mas="3")
    read = words(prescription_sheets(record)["prescription.html"].decode())
    stop = record["prescription"]["stops"][0]
    assert read.index(stop["message"]) < read.index("Figures")
    assert all(way in read for way in stop["ways_out"])


def test_a_stop_that_the_family_answers_is_said_to_be_one() -> None:
    record = other(plantarflexor_mmt="2")
    said = prescription_part(record)["stops"][0]["message"]
    assert not said.endswith("made for it.")
    record["prescription"]["stops"][0]["answered"] = True
    said = prescription_part(record)["stops"][0]["message"]
    assert said.endswith("The family chosen is made for it.")


def test_where_no_orthosis_is_indicated_nobody_walks_with_one() -> None:
    record = other(dorsiflexor_mmt="5")
    part = prescription_part(record)
    assert part["lead"] == part["gait_lead"] == part["components"] == []
    assert {row[3] for row in part["gait_rows"]} == {"–"}
    assert "with orthosis" not in part["swing_chart"] + part["rocker_chart"]
    assert part["status"].startswith("No orthosis indicated")


def test_text_is_never_markup(record: dict[str, Any]) -> None:
    spoilt = copy.deepcopy(record)
    spoilt["prescription"]["warnings"] = ["<b>#emph[a]</b> & $x$"]
    html = prescription_sheets(spoilt)["prescription.html"].decode()
    assert "&lt;b&gt;#emph[a]&lt;/b&gt; &amp; $x$" in html


def test_the_designs_sheet_carries_the_page(record: dict[str, Any]) -> None:
    whole = {**example_record(), "prescription": record["prescription"], "gait": record["gait"]}
    read = words(report_html(whole, {}))
    assert "the gait it is expected to buy" in read
    for chart in CHARTS:
        assert prescription_part(whole)[chart] in report_html(whole, {})
    assert "this orthosis" in prescription_part(whole)["window_chart"]
    bare = len(re.findall(rb"/Type\s*/Page\b", report_pdf(example_record(), {})))
    assert len(re.findall(rb"/Type\s*/Page\b", report_pdf(whole, {}))) == bare + 1
