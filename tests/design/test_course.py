"""Course: each rule fires where it says and changes what it says; nothing is dropped in silence."""

from dataclasses import fields, replace
from typing import Any

import pytest

from afo_designer.design.course import (
    ELSEWHERE,
    RULES,
    Course,
    applied,
    course_of,
)
from afo_designer.design.entry import entries
from afo_designer.design.person import SECTIONS, Person, person_from_mapping
from afo_designer.design.prescription import prescribe
from afo_designer.design.source import STATUSES

BODY = {"mass_kg": 70, "height_mm": 1720, "side": "left"}


def person_with(**entries_by_key: Any) -> Person:
    """A person of grade 2 with entries given as section__key."""
    mapping: dict[str, dict[str, Any]] = {
        "person": dict(BODY),
        "examination": {"dorsiflexor_mmt": "2"},
        "footwear": {},
    }
    for key, value in entries_by_key.items():
        section, name = key.split("__")
        mapping[section][name] = value
    return person_from_mapping(mapping)


# (entry as section__key, value, field of Course that changes, its new value)
FIRED = [
    ("examination__cause", "peripheral nerve", "fibular_margin_mm", 10.0),
    ("examination__cause", "muscle", "presume_weak_knee", True),
    ("examination__cause", "brain or spinal cord", "follow_up_weeks", 12),
    ("examination__course", "recovering", "service_years", 1.0),
    ("examination__course", "progressive", "loss_share", 0.06),
    ("examination__surgery", "tendon transfer", "neutral_default_deg", 5.0),
    ("examination__surgery", "Tibialis posterior tendon transfer", "neutral_default_deg", 5.0),
    ("examination__sensation", "reduced", "contact_share", 0.75),
    ("examination__sensation", "absent", "contact_share", 0.5),
    ("examination__skin", "ulcer", "contact_share", 0.5),
    ("examination__ischaemia", True, "contact_share", 0.5),
    ("examination__oedema", "stable", "follow_up_weeks", 4),
    ("examination__spasticity_mas", "1", "follow_up_weeks", 12),
    ("examination__peroneal_stimulator", True, "electrode_free", True),
    ("examination__stretching_programme", True, "follow_up_weeks", 12),
    ("person__age_years", 12, "service_years", 1.0),
    ("footwear__insole_length_mm", 262, "insole_length_mm", 262.0),
    ("footwear__shoe_size_eu", 41, "insole_length_mm", pytest.approx(41 * 20 / 3 - 10)),
]


@pytest.mark.parametrize(("key", "value", "field", "changed"), FIRED)
def test_a_rule_changes_its_field_and_is_on_the_record(
    key: str, value: Any, field: str, changed: Any
) -> None:
    plain, met = course_of(person_with()), person_with(**{key: value})
    assert getattr(plain, field) == getattr(Course(), field)
    assert getattr(course_of(met), field) == changed
    entry = key.replace("__", ".")
    lines = [one for one in applied(met) if one.entry == entry]
    assert [one.changes for one in lines] != ["nothing"]
    assert all(one.rule and one.source and one.status in STATUSES for one in lines)


@pytest.mark.parametrize(
    ("cause", "seen", "against"),
    [
        ("nerve root", {}, True),
        ("nerve root", {"invertor_mmt": "4"}, True),
        ("nerve root", {"invertor_mmt": "4", "evertor_mmt": "4"}, False),
        ("brain or spinal cord", {}, True),
        ("brain or spinal cord", {"spasticity_mas": "0"}, False),
        ("peripheral nerve", {}, False),
    ],
)
def test_what_a_cause_makes_likely_is_examined_before_a_leaf(
    cause: str, seen: dict[str, str], against: bool
) -> None:
    given = {f"examination__{key}": value for key, value in {"cause": cause, **seen}.items()}
    leaf = prescribe(person_with(**given)).advice("posterior_leaf_spring")
    assert leaf is not None
    assert leaf.suited is not against


def test_each_rule_fires_for_someone() -> None:
    people = [person_with(**{key: value}) for key, value, _, _ in FIRED]
    people.append(person_with(examination__cause="nerve root"))
    fresh = Course()
    for rule in RULES:
        assert any(rule.apply(one, fresh) != fresh for one in people), rule.says


def test_the_order_of_the_rules_does_not_matter() -> None:
    everything = person_with(
        examination__cause="brain or spinal cord",
        examination__course="progressive",
        examination__surgery="tendon transfer",
        examination__sensation="reduced",
        examination__oedema="stable",
        examination__stretching_programme=True,
        person__age_years=12,
        footwear__shoe_size_eu=36,
    )
    backwards = Course()
    for rule in reversed(RULES):
        backwards = rule.apply(everything, backwards)
    assert replace(backwards, against=()) == replace(course_of(everything), against=())


def test_rules_never_loosen_what_another_has_tightened() -> None:
    for _, _, field, _ in FIRED:
        assert field in {one.name for one in fields(Course)}
    absent = person_with(examination__sensation="absent", examination__oedema="stable")
    assert course_of(absent).follow_up_weeks == 2
    assert course_of(absent).contact_share == 0.5


def test_the_insole_wins_over_the_shoe_size() -> None:
    both = person_with(footwear__insole_length_mm=255, footwear__shoe_size_eu=41)
    assert course_of(both).insole_length_mm == 255.0


@pytest.mark.parametrize(
    ("surgery", "stopped"),
    [
        ("ankle fusion", True),
        ("Ankle arthrodesis 2019", True),
        ("fused ankle", True),
        ("tibiotalar fusion", True),
        ("triple arthrodesis", False),
        ("none", False),
    ],
)
def test_a_fused_ankle_is_known_by_any_of_its_names(surgery: str, stopped: bool) -> None:
    met = prescribe(person_with(examination__surgery=surgery))
    assert ("ankle_fusion" in [stop.id for stop in met.stops]) is stopped


def test_an_operation_without_a_rule_is_recorded_as_not_used() -> None:
    lines = applied(person_with(examination__surgery="Achilles lengthening"))
    (line,) = [one for one in lines if one.entry == "examination.surgery"]
    assert (line.changes, line.value) == ("nothing", "Achilles lengthening")
    assert "not used" in line.rule


def test_what_was_not_examined_is_recorded_as_such() -> None:
    values = {one.entry: one.value for one in applied(person_with())}
    assert values["examination.cause"] == "not examined"
    assert values["footwear.shoe_size_eu"] == "not given"


def test_every_entry_acts_somewhere_or_is_said_not_to() -> None:
    by_rule = {rule.entry for rule in RULES}
    strength = {
        f"examination.{key}"
        for key in (
            "dorsiflexor_mmt",
            "dorsiflexion_torque_nm",
            "dorsiflexion_force_n",
            "dorsiflexion_lever_mm",
            "dorsiflexion_test_angle_deg",
        )
    }
    hindfoot = {"examination.deformity_correctable"}
    gait = {"examination.walking_speed_m_per_s", "examination.cadence_per_min"}
    known = by_rule | strength | hindfoot | gait | set(ELSEWHERE)
    for section in ("examination", "footwear"):
        for key in entries(SECTIONS[section]):
            assert f"{section}.{key}" in known


# What the prescription does with them ------------------------------------------------------------


def test_a_progressive_weakness_is_prescribed_for_less_strength() -> None:
    still = prescribe(person_with(examination__dorsiflexor_mmt="3"))
    losing = prescribe(
        person_with(examination__dorsiflexor_mmt="3", examination__course="progressive")
    )
    lost = 0.3 * 0.06 * still.strength.norm.peak_nm
    swing, loading = (losing.by_goal[i].value - still.by_goal[i].value for i in (0, 1))
    assert swing == pytest.approx(1.25 * lost / 5.0)
    assert loading == pytest.approx(lost / 10.0)
    assert losing.interval.high > still.interval.high


def test_nothing_is_lost_that_is_not_there() -> None:
    for course in ("permanent", "progressive"):
        met = prescribe(person_with(examination__dorsiflexor_mmt="0", examination__course=course))
        assert met.target_stiffness == pytest.approx(1.120, abs=0.002)


def test_a_muscle_disease_halves_the_knee_limit_until_the_quadriceps_is_examined() -> None:
    unseen = prescribe(person_with(examination__cause="muscle"))
    strong = prescribe(person_with(examination__cause="muscle", examination__quadriceps_mmt="5"))
    assert unseen.limits[0].limit == pytest.approx(strong.limits[0].limit / 2.0)
    assert "not examined" in unseen.limits[0].message
    assert any("examine the quadriceps" in way for way in unseen.limits[0].ways_out)
    assert not any("examine the quadriceps" in way for way in strong.limits[0].ways_out)
    assert unseen.directions.most_plantarflexion < strong.directions.most_plantarflexion


def test_a_transfer_raises_the_neutral_angle_as_far_as_the_range_allows() -> None:
    moved = {"examination__surgery": "tendon transfer"}
    assert prescribe(person_with(**moved)).neutral_angle_deg == 5.0
    tight = prescribe(person_with(**moved, examination__dorsiflexion_range_deg=4))
    assert tight.neutral_angle_deg == 1.0
