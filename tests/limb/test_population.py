"""People drawn at random: possible ones, the same for the same number, of the survey's stature."""

from dataclasses import replace

import numpy as np

from afo_designer.geometry.parameter import leaves, with_value
from afo_designer.limb.file_frame import FileFrame
from afo_designer.limb.generator import generate_limb
from afo_designer.limb.population import child, degraded, patient, surveyed_person
from afo_designer.limb.scanner import ScannerEffects


def test_people_are_drawn_by_number() -> None:
    assert patient(5) == patient(5)
    assert len({patient(number) for number in range(50)}) == 50


def test_every_patient_is_within_the_ranges() -> None:
    for number in range(100):
        shape = patient(number)
        for leaf, value in leaves(shape):
            with_value(shape, leaf.key, value)
        index = shape.mass_kg / (shape.height_mm / 1000.0) ** 2
        assert 9.0 < index < 70.0


def test_adults_have_the_survey_s_stature_and_mass() -> None:
    for sex, stature, mass in (("male", 1755, 85), ("female", 1626, 67)):
        people = [surveyed_person(number, sex) for number in range(1500)]
        heights = np.array([person.height_mm for person in people])
        masses = np.array([person.mass_kg for person in people])
        # 1500 people know their median to 0.2 % and 0.5 %.
        assert abs(np.median(heights) / stature - 1.0) < 0.01
        assert abs(np.median(masses) / mass - 1.0) < 0.02
        assert 0.4 < np.corrcoef(heights, masses)[0, 1] < 0.6


def test_children_grow() -> None:
    people = [child(number) for number in range(600)]
    table = np.array([[person.age_years, person.height_mm, person.mass_kg] for person in people])
    assert np.corrcoef(table.T).min() > 0.8
    assert 850.0 < table[:, 1].min() < table[:, 1].max() < 1950.0


def test_patients_of_both_sides_all_angles_and_conditions_occur() -> None:
    people = [patient(number) for number in range(300)]
    assert 0.4 < np.mean([person.side == "left" for person in people]) < 0.6
    angles = [person.ankle_angle_deg for person in people]
    assert min(angles) < -33.0
    assert max(angles) > 8.0
    for name in ("oedema", "anterior_wasting", "toe_clawing", "load_share"):
        some = np.mean([getattr(person.condition, name) > 0.0 for person in people])
        assert 0.1 < some < 0.6, name


def test_a_patient_becomes_a_leg() -> None:
    limb = generate_limb(with_value(patient(2), "triangles", 5000))
    assert len(limb.mesh.boundary_loops()) == 1
    assert limb.mesh.component_of_vertex.max() == 0


def test_a_degraded_scan_is_the_same_leg_with_flaws() -> None:
    for number in range(60):
        shape = degraded(patient(number), number)
        assert replace(shape, scanner=ScannerEffects(), file=FileFrame()) == patient(number)
        assert shape.scanner.noise_mm > 0.0
        for leaf, value in leaves(shape):
            with_value(shape, leaf.key, value)
