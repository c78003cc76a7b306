"""Words of the sheet: where a hinge stops and what has to be bought; walls, rounding, units."""

from afo_designer.apps.hinge_words import has_hinge, hinge_numbers, hinge_summary
from afo_designer.apps.sheet import sheet_content
from afo_designer.apps.wording import compact

RECORD = {
    "hinge": {
        "stop_angle_deg": -2.0,
        "dorsiflexion_free_deg": 15.0,
        "hole_mm": 6.4,
        "grip_mm": 10.1,
        "needs": "two screws with sleeves",
        "off_malleoli_mm": {"lateral": 0.0, "medial": 1.25},
        "case": "stumble",
        "stop_force_n": 589.3,
        "hinge_force_n": 383.9,
    },
    "stiffness": {"plantarflexion": 9.42, "target": 0.73},
    "prescription": {"neutral_angle_deg": 3.0},
}


def test_a_stop_is_said_to_be_one_and_no_spring() -> None:
    assert has_hinge(RECORD)
    read = " ".join(sheet_content(RECORD)["summary"])
    assert "Stops the drop of the foot at 2° of plantarflexion" in read
    assert "free for 15°" in read
    assert "a degree for 9.42 N·m; a spring of 0.73 was asked for" in read
    # its own angle is not where it holds the ankle
    assert "Holds the ankle" not in read
    assert "off the prescription" not in read


def test_what_has_to_be_bought_is_on_the_sheet() -> None:
    (hinge, stop) = hinge_numbers(RECORD)
    assert hinge == [
        "Hinge",
        "holes 6.4 mm",
        "two screws with sleeves; grip 10.1 mm; axis 0.0 and 1.2 mm off the lateral and medial "
        "malleolus",
    ]
    assert stop == ["Stop", "−2.0°", "in stumble it bears 589 N, one hinge 384 N"]
    assert hinge in sheet_content(RECORD)["numbers"]
    assert hinge_numbers({}) == []
    assert hinge_summary({}) == []


def test_rounding_is_nothing() -> None:
    assert compact(7.8e-15, "mm") == "0 mm"
    assert compact(-3e-10) == "0"


def test_a_wall_may_be_anothers() -> None:
    own = {"value": 3.5, "source": "template"}
    other = {"value": "leaf", "source": "default"}
    key = "shell.heel.side_thickness_mm"
    rows = [sheet_content({"parameters": {key: one}})["numbers"] for one in (own, other)]
    assert ["Wall, heel side", "3.50 mm", "template"] in rows[0]
    assert ["Wall, heel side", "the leaf's", "default"] in rows[1]


def test_words_have_no_unit() -> None:
    assert compact("not examined", "mm") == "not examined"
