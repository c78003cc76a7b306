"""Print words: what the sheet tells the print service, from records whole, of two parts, bare."""

from example_record import example_record

from afo_designer.apps.print_words import print_part
from afo_designer.apps.report import report_html, report_pdf

PART = {
    "recommended": {
        "machine": "HP",
        "build_direction": [0.0, 1.0, 0.0],
        "extents_mm": [300.0, 200.0, 100.0],
        "reasons": ["Strength: sides.", "Time: low."],
    },
    "machines": {"HP": {"fits": True}, "Cube": {"fits": False}},
    "estimate": {
        "layers": 1250,
        "build_h": 17.5,
        "material_g": 300.0,
        "support_g": 0.0,
        "material_eur": 18.0,
        "machine_eur": 40.0,
        "labour_eur": 20.0,
        "cost_eur": 78.0,
    },
    "wall_by_rays_mm": {"least": 1.99, "p5": 2.0, "p50": 3.1},
}
WHOLE = {
    **PART,
    "finish": {"name": "vapour_smoothed", "finish_thickness_change_mm": -0.04},
    "critical_thickness": [
        {
            "place": "middle of the leaf",
            "position_mm": [10.0, 0.0, 180.0],
            "nominal_mm": 3.2,
            "low_mm": 2.9,
            "high_mm": 3.4,
            "process_mm": 0.31,
            "kept_by_process": False,
        }
    ],
}


def rows(part):
    return {name: (value, remark) for name, value, remark in part["rows"]}


def test_a_part_is_told_in_rows():
    part = print_part({"print": WHOLE})
    told = rows(part)
    assert told["Machine"] == ("HP", "it goes into: HP")
    assert told["Lying"][0] == "300 × 200 × 100 mm"
    assert told["Price, estimated"][0] == "78 EUR"
    assert "0.04 mm less wall" in told["Finish"][1]
    assert "Props" not in told
    assert part["critical"] == [
        ["middle of the leaf", "10, 0, 180", "3.20 mm", "2.90 to 3.40 mm", "± 0.31 mm: measure"]
    ]
    assert part["reasons"] == ["Strength: sides.", "Time: low."]


def test_two_parts_are_told_one_after_the_other():
    told = rows(print_part({"print": {**WHOLE, "by_part": {"calf": PART, "foot": PART}}}))
    assert told["Machine, calf"] == told["Machine, foot"]
    assert "Machine" not in told


def test_a_spring_beside_its_prescription_has_no_limits():
    point = {**WHOLE["critical_thickness"][0], "low_mm": None, "high_mm": None}
    (row,) = print_part({"print": {"critical_thickness": [point]}})["critical"]
    assert row[3].startswith("none")


def test_a_record_without_print_leaves_nothing_to_say():
    part = print_part({})
    assert (part["rows"], part["critical"], part["statements"]) == ([], [], [])


def test_the_sheets_carry_it():
    record = example_record()
    record = {**record, "print": {**record["print"], **WHOLE}}
    assert "Printing the part, and measuring it" in report_html(record, {})
    assert report_pdf(record, {}).startswith(b"%PDF")
