"""The person file: what is read, refused, defaulted, and not examined."""

import copy
import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from afo_designer.design.entry import EntryRefused, entries, read_group
from afo_designer.design.person import (
    SECTIONS,
    Person,
    PersonRefused,
    person_from_mapping,
    person_from_record,
    person_record,
)
from afo_designer.geometry.refusal import InputRefused

ROOT = Path(__file__).parents[2]
LEAST = {
    "person": {"mass_kg": 70, "height_mm": 1720, "side": "left"},
    "examination": {"dorsiflexor_mmt": "3"},
}
CONTRACT = tomllib.loads("""
[person]
id = "P-0042"
age_years = 54
sex = "female"
height_mm = 1650
mass_kg = 70
side = "left"
[examination]
cause = "peripheral nerve"
course = "permanent"
surgery = "none"
dorsiflexor_mmt = "3"
dorsiflexion_torque_nm = 4.1
dorsiflexion_force_n = 32
dorsiflexion_lever_mm = 128
dorsiflexion_test_angle_deg = 0
plantarflexor_mmt = "5"
invertor_mmt = "4"
evertor_mmt = "3"
quadriceps_mmt = "5"
spasticity_mas = "0"
dorsiflexion_range_deg = 12
dorsiflexion_range_knee_flexed_deg = 18
knee_in_stance = "normal"
hindfoot = "neutral"
sensation = "reduced"
skin = "intact"
ischaemia = false
oedema = "none"
activity_steps_per_day = 6000
walking_speed_m_per_s = 0.9
cadence_per_min = 96
peroneal_stimulator = false
[footwear]
heel_height_difference_mm = 8
shoe_mass_g = 350
shoe_size_eu = 41
insole_length_mm = 262
insole_width_mm = 92
[tape_mm]
foot_length = 248
ankle_girth = 221
calf_girth = 355
[prescription]
goals = ["swing clearance", "loading control"]
stiffness_nm_per_deg = 1.2
neutral_angle_deg = 3
prescriber = "clinic 7"
""")


def changed(section: str, key: str, value: object, base: Any = LEAST) -> dict[str, Any]:
    mapping: dict[str, Any] = copy.deepcopy(base)
    mapping.setdefault(section, {})[key] = value
    return mapping


def test_the_least_file_is_enough_and_lists_what_it_lacks() -> None:
    person = person_from_mapping(LEAST)
    assert (person.mass_kg, person.height_mm, person.side) == (70.0, 1720.0, "left")
    assert person.examination.spasticity_mas is None
    safety = {
        f"{name}.{key}"
        for name, group in SECTIONS.items()
        for key, entry in entries(group).items()
        if entry.safety
    }
    # Whether a deformity corrects is asked only of a deformed hindfoot.
    assert set(person.not_examined) == safety - {"examination.deformity_correctable"}
    assert person.defaults_used["examination.activity_steps_per_day"] == 6000.0
    assert person.defaults_used["footwear.heel_height_difference_mm"] == 10.0
    assert "examination.dorsiflexion_test_angle_deg" not in person.defaults_used


def test_the_full_file_leaves_nothing_open() -> None:
    person = person_from_mapping(CONTRACT)
    assert person.not_examined == ()
    assert person.defaults_used == {}
    assert person.remarks == ()
    assert person.strength.method == "torque"


def test_the_demonstration_person_is_fully_examined() -> None:
    with (ROOT / "scans" / "demo_person.toml").open("rb") as file:
        person = person_from_mapping(tomllib.load(file))
    assert person.not_examined == ()
    assert person.remarks == ()


@pytest.mark.parametrize("mapping", [LEAST, CONTRACT])
def test_record_and_person_are_inverse_through_json(mapping: dict[str, Any]) -> None:
    person = person_from_mapping(mapping)
    record = person_record(person)
    assert person_from_record(json.loads(json.dumps(record, allow_nan=False))) == person
    assert record["person"]["mass_kg"] == 70.0


def test_the_mapping_is_left_as_it_was() -> None:
    before = copy.deepcopy(CONTRACT)
    person_from_mapping(CONTRACT)
    assert before == CONTRACT


@pytest.mark.parametrize(
    ("section", "key", "near"),
    [
        ("person", "mas_kg", "person.mass_kg"),
        ("examination", "dorsiflexor_mrc", "examination.dorsiflexor_mmt"),
        ("person", "spasticity_mas", "examination.spasticity_mas"),
        ("footwear", "heel_height_mm", "footwear.heel_height_difference_mm"),
        ("examination", "tape_mm", ""),
    ],
)
def test_unknown_keys_name_the_nearest(section: str, key: str, near: str) -> None:
    with pytest.raises(PersonRefused, match=f"{section}.{key}") as refusal:
        person_from_mapping(changed(section, key, 1))
    assert f"Did you mean {near}" in str(refusal.value)


def test_unknown_sections_name_the_nearest() -> None:
    with pytest.raises(PersonRefused, match="Did you mean examination"):
        person_from_mapping({**LEAST, "examinations": {}})
    with pytest.raises(PersonRefused, match=r"Did you mean person\.mass_kg"):
        person_from_mapping({**LEAST, "mass_kg": 70})


@pytest.mark.parametrize("name", list(SECTIONS))
def test_both_ends_of_every_range_are_allowed_and_nothing_beyond(name: str) -> None:
    group = SECTIONS[name]
    for key, entry in entries(group).items():
        if entry.kind != "number":
            continue
        for end in (entry.low, entry.high):
            assert getattr(read_group(group, name, {key: end}), key) == end
        for beyond in (entry.low - 0.01, entry.high + 0.01, float("nan"), float("inf"), 10**400):
            with pytest.raises(EntryRefused) as refusal:
                read_group(group, name, {key: beyond})
            for part in (f"{name}.{key}", f"{entry.low:g} to {entry.high:g}"):
                assert part in str(refusal.value)


@pytest.mark.parametrize("name", list(SECTIONS))
@pytest.mark.parametrize("value", ["x\ny", True, [], {}, "", -1e9])
def test_wrong_values_are_refused_by_key_and_value(name: str, value: object) -> None:
    group = SECTIONS[name]
    for key, entry in entries(group).items():
        if entry.kind == "flag" and value is True:
            continue
        with pytest.raises(EntryRefused, match=f"{name}.{key} is "):
            read_group(group, name, {key: value})


def test_a_grade_may_be_a_bare_number() -> None:
    bare = person_from_mapping(changed("examination", "dorsiflexor_mmt", 3))
    assert bare.examination.dorsiflexor_mmt == "3"
    with pytest.raises(EntryRefused, match='"4\\+"'):
        person_from_mapping(changed("examination", "dorsiflexor_mmt", 6))


@pytest.mark.parametrize(("value", "unit"), [(172, "centimetres"), (1.72, "metres")])
def test_a_height_in_another_unit_is_guessed(value: float, unit: str) -> None:
    with pytest.raises(EntryRefused, match=f"600 to 2300 mm. Is it in {unit}"):
        person_from_mapping(changed("person", "height_mm", value))


def test_all_missing_required_keys_are_named_at_once() -> None:
    with pytest.raises(PersonRefused) as refusal:
        person_from_mapping({})
    for part in ("mass_kg (5 to 300 kg)", "height_mm (600 to 2300 mm)", "side (left or right)"):
        assert part in str(refusal.value)
    with pytest.raises(InputRefused, match="The weakness is missing"):
        person_from_mapping({"person": LEAST["person"]})


@pytest.mark.parametrize(
    ("mass", "height", "guess"),
    [(20, 1750, "a child's mass with an adult's height"), (90, 1000, "an adult's mass with")],
)
def test_a_build_of_two_people_is_named(mass: float, height: float, guess: str) -> None:
    mapping = changed("person", "mass_kg", mass, changed("person", "height_mm", height))
    with pytest.raises(PersonRefused, match=guess) as refusal:
        person_from_mapping(mapping)
    assert f"{mass:g}" in str(refusal.value)
    assert f"{height:g}" in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({("person", "age_years"): 4}, "Age 4"),
        ({("person", "mass_kg"): 35}, "body-mass index"),
        (
            {
                ("examination", "dorsiflexion_range_deg"): 15,
                ("examination", "dorsiflexion_range_knee_flexed_deg"): 2,
            },
            "knee flexed",
        ),
        (
            {
                ("examination", "dorsiflexion_force_n"): 60,
                ("examination", "dorsiflexion_lever_mm"): 200,
            },
            "lever of 200 mm",
        ),
        (
            {("footwear", "insole_length_mm"): 240, ("tape_mm", "foot_length"): 262},
            "shorter than the foot",
        ),
    ],
)
def test_unlikely_combinations_are_remarked(
    changes: dict[tuple[str, str], float], word: str
) -> None:
    mapping: dict[str, Any] = LEAST
    for (section, key), value in changes.items():
        mapping = changed(section, key, value, mapping)
    assert any(word in remark for remark in person_from_mapping(mapping).remarks)


def test_ordinary_people_draw_no_remark() -> None:
    for age, height, mass in ((3, 960, 14), (8, 1280, 25), (14, 1640, 52), (40, 1900, 95)):
        mapping = changed("person", "age_years", age)
        mapping["person"] |= {"height_mm": height, "mass_kg": mass}
        assert person_from_mapping(mapping).remarks == ()


def test_a_child_is_known_by_age_else_by_height() -> None:
    small = changed("person", "height_mm", 1280, changed("person", "mass_kg", 25))
    assert person_from_mapping(small).is_child
    assert not person_from_mapping(changed("person", "age_years", 40, small)).is_child
    assert person_from_mapping(changed("person", "age_years", 15)).is_child
    assert not person_from_mapping(LEAST).is_child


def test_correctability_is_asked_of_a_deformed_hindfoot() -> None:
    person = person_from_mapping(changed("examination", "hindfoot", "varus"))
    assert "examination.deformity_correctable" in person.not_examined


_KEYS = sorted({key for group in SECTIONS.values() for key in entries(group)})
_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["0", "3", "5", "left", "male", "none", "swing clearance"]),
    st.lists(st.sampled_from(["swing clearance", "x"]), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@settings(max_examples=200, deadline=None)
@given(
    st.dictionaries(
        st.one_of(st.sampled_from(list(SECTIONS)), st.text(max_size=12)),
        st.one_of(_VALUES, st.dictionaries(st.sampled_from(_KEYS) | st.text(max_size=9), _VALUES)),
    )
)
def test_any_mapping_is_a_person_or_a_refusal(mapping: dict[str, Any]) -> None:
    met: Person | str
    try:
        met = person_from_mapping(mapping)
    except InputRefused as refusal:
        met = str(refusal)
    if isinstance(met, str):
        assert 0 < len(met) < 700
        assert "\n" not in met
    else:
        assert isinstance(met, Person)
