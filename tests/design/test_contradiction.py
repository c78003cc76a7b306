"""Contradictions: each is named with both values, by a refusal or a warning."""

import math
from typing import Any

import pytest

from afo_designer.design.contradiction import contradictions
from afo_designer.design.person import PersonRefused, person_from_mapping, stride_mm
from afo_designer.design.prescription import prescribe
from afo_designer.design.strength import WeaknessRefused
from afo_designer.geometry.refusal import InputRefused

LEAST: dict[str, dict[str, Any]] = {
    "person": {"mass_kg": 70, "height_mm": 1720, "side": "left"},
    "examination": {"dorsiflexor_mmt": "2"},
    "footwear": {},
    "tape_mm": {},
    "prescription": {},
}


def file_with(changes: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The least file with dotted keys changed."""
    mapping = {section: dict(table) for section, table in LEAST.items()}
    for key, value in changes.items():
        section, name = key.split(".")
        mapping[section][name] = value
    return mapping


@pytest.mark.parametrize(
    ("changes", "shown", "error"),
    [
        (
            {"examination.dorsiflexor_mmt": "5", "examination.dorsiflexion_torque_nm": 0},
            ('"5"', "0 N·m"),
            WeaknessRefused,
        ),
        ({"person.mass_kg": 22, "person.height_mm": 1750}, ("22", "1750"), PersonRefused),
        (
            {"examination.walking_speed_m_per_s": 2.5, "examination.cadence_per_min": 40},
            ("2.5", "40", "7.5 m"),
            PersonRefused,
        ),
        (
            {"examination.walking_speed_m_per_s": 0.5, "examination.cadence_per_min": 0},
            ("0.5", "0", "inf m"),
            PersonRefused,
        ),
        (
            {
                "examination.dorsiflexion_torque_nm": 4,
                "examination.dorsiflexion_force_n": 100,
                "examination.dorsiflexion_lever_mm": 120,
            },
            ("4 N·m", "12.00 N·m"),
            WeaknessRefused,
        ),
    ],
)
def test_what_cannot_be_one_person_is_refused_with_both_values(
    changes: dict[str, Any], shown: tuple[str, ...], error: type[InputRefused]
) -> None:
    with pytest.raises(error) as refusal:
        person_from_mapping(file_with(changes))
    assert all(value in str(refusal.value) for value in shown)


@pytest.mark.parametrize(
    ("changes", "shown"),
    [
        ({"examination.cause": "peripheral nerve", "examination.spasticity_mas": "2"}, ("2",)),
        ({"examination.cause": "muscle", "examination.peroneal_stimulator": True}, ("muscle",)),
        (
            {
                "examination.dorsiflexion_test_angle_deg": 15,
                "examination.dorsiflexion_range_deg": 2,
            },
            ("15 deg", "2 deg"),
        ),
        (
            {
                "examination.surgery": "ankle fusion",
                "examination.dorsiflexion_range_deg": 15,
            },
            ("ankle fusion", "15 deg"),
        ),
        (
            {"examination.calf_moment_at_10_deg_nm": 8, "examination.dorsiflexion_range_deg": 0},
            ("8 N·m", "0 deg"),
        ),
        (
            {"examination.hindfoot": "neutral", "examination.deformity_correctable": False},
            ("neutral", "false"),
        ),
        (
            {
                "examination.walking_speed_m_per_s": 0,
                "examination.activity_steps_per_day": 4000,
            },
            ("0", "4000"),
        ),
        ({"footwear.shoe_size_eu": 45, "footwear.insole_length_mm": 230}, ("45", "230 mm")),
        (
            {
                "examination.dorsiflexion_range_deg": 15,
                "examination.dorsiflexion_range_knee_flexed_deg": 5,
            },
            ("15 deg", "5 deg"),
        ),
        ({"tape_mm.foot_length": 150}, ("150 mm", "1720 mm")),
        ({"tape_mm.ankle_girth": 300, "tape_mm.calf_girth": 250}, ("300 mm", "250 mm")),
        (
            {"examination.walking_speed_m_per_s": 0.1, "examination.cadence_per_min": 110},
            ("0.1", "110"),
        ),
    ],
)
def test_what_seldom_goes_together_warns_with_both_values(
    changes: dict[str, Any], shown: tuple[str, ...]
) -> None:
    met = prescribe(person_from_mapping(file_with(changes)))
    assert any(all(value in text for value in shown) for text in met.warnings)


def test_a_reading_far_above_the_norm_is_named() -> None:
    changes = {"examination.dorsiflexion_torque_nm": 80}
    file = file_with(changes)
    del file["examination"]["dorsiflexor_mmt"]
    met = prescribe(person_from_mapping(file))
    assert any("80 N·m" in text and "35.4 N·m" in text for text in met.warnings)


def test_a_neutral_angle_above_the_range_stops_and_shows_both() -> None:
    changes = {"examination.dorsiflexion_range_deg": 1, "prescription.neutral_angle_deg": 4}
    (stop,) = prescribe(person_from_mapping(file_with(changes))).stops
    assert "4 deg" in stop.message
    assert "1 deg" in stop.message


def test_an_ordinary_person_contradicts_nothing() -> None:
    changes = {
        "examination.walking_speed_m_per_s": 0.9,
        "examination.cadence_per_min": 96,
        "examination.cause": "brain or spinal cord",
        "examination.spasticity_mas": "1",
        "examination.peroneal_stimulator": True,
        "examination.dorsiflexion_range_deg": 12,
        "examination.dorsiflexion_range_knee_flexed_deg": 20,
        "examination.calf_moment_at_10_deg_nm": 8,
        "footwear.shoe_size_eu": 41,
        "footwear.insole_length_mm": 262,
        "tape_mm.foot_length": 255,
    }
    person = person_from_mapping(file_with(changes))
    assert (*person.remarks, *contradictions(person)) == ()


@pytest.mark.parametrize(
    ("speed", "cadence", "stride"),
    [(1.2, 120, 1200.0), (0, 100, 0.0), (0, 0, 0.0), (1, 0, math.inf), (1, None, None)],
)
def test_a_stride_is_two_steps(speed: float, cadence: float | None, stride: float | None) -> None:
    changes: dict[str, Any] = {"examination.walking_speed_m_per_s": speed}
    if cadence is not None:
        changes["examination.cadence_per_min"] = cadence
    if stride == math.inf:
        with pytest.raises(PersonRefused):
            person_from_mapping(file_with(changes))
    else:
        assert stride_mm(person_from_mapping(file_with(changes))) == stride
