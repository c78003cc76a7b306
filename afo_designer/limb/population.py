"""Population: people drawn at random for the generator, in health and with what brings orthoses.

Adults have the stature and mass of the ANSUR II survey, children those of growth charts (recalled,
rounded). How often a condition occurs is this project's own choice ([D]): it makes tests meet
every one, it is not epidemiology. Patients 990 to 999 are kept apart: constants are chosen without
looking at them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from afo_designer.limb.condition import Condition, Prominences
from afo_designer.limb.file_frame import FileFrame
from afo_designer.limb.generator import LimbShape
from afo_designer.limb.scanner import ScannerEffects

KEPT_APART = range(990, 1000)

# Stature's median and standard deviation, mass's median, standard deviation of ln mass and its
# correlation with stature. The first four are the survey's P1, P50 and P99 (science.md §8, read);
# the correlation is recalled.
_ADULTS = {
    "male": (1755.0, 70.3, 85.0, 0.165, 0.48),
    "female": (1626.0, 64.7, 67.0, 0.163, 0.52),
}
# Age, stature and mass at the median, both sexes together.
_GROWTH = np.array(
    [
        [4.0, 1020.0, 16.3],
        [6.0, 1155.0, 20.6],
        [8.0, 1280.0, 25.8],
        [10.0, 1385.0, 32.5],
        [12.0, 1500.0, 41.0],
        [14.0, 1620.0, 50.0],
        [15.0, 1660.0, 54.0],
    ]
)
_CHILD_STATURE_SPREAD, _CHILD_MASS_SPREAD = 0.043, 0.13
_LIGHTEST, _HEAVIEST = 12.5, 45.0  # body-mass index of those drawn


def surveyed_person(number: int, sex: str) -> LimbShape:
    """A healthy adult of the survey, standing on both feet: drawn stature and mass, full spread."""
    random = np.random.default_rng([number, 17, sex == "male"])
    height, spread, mass, mass_spread, together = _ADULTS[sex]
    tall, heavy = random.standard_normal(2)
    heavy = together * tall + np.sqrt(1.0 - together**2) * heavy
    return LimbShape(
        age_years=float(round(random.uniform(18.0, 50.0))),
        sex=sex,
        height_mm=round(height + spread * float(tall), 0),
        mass_kg=round(float(mass * np.exp(mass_spread * heavy)), 1),
        ankle_angle_deg=0.0,
        variation=1.0,
        sizes="skin",
        form_variation=1.0,
        seed=float(number),
        condition=Condition(load_share=0.5),
    )


def child(number: int) -> LimbShape:
    """A healthy child of 4 to 15 years."""
    random = np.random.default_rng([number, 23])
    age = float(random.uniform(4.0, 15.0))
    tall, heavy = random.standard_normal(2)
    height = np.interp(age, *_GROWTH[:, :2].T) * (1.0 + _CHILD_STATURE_SPREAD * tall)
    # Mass goes with the square of stature within an age (Quetelet), and varies about that.
    mass = np.interp(age, *_GROWTH[:, [0, 2]].T) * (1.0 + _CHILD_STATURE_SPREAD * tall) ** 2
    mass *= np.exp(_CHILD_MASS_SPREAD * heavy)
    return LimbShape(
        age_years=round(age, 1),
        sex="male" if random.random() < 0.5 else "female",
        height_mm=round(float(height), 0),
        mass_kg=round(float(mass), 1),
        ankle_angle_deg=0.0,
        variation=1.0,
        sizes="skin",
        form_variation=1.0,
        seed=float(number),
        condition=Condition(load_share=0.5),
    )


def patient(number: int) -> LimbShape:
    """Anybody who might be scanned for an orthosis: child or adult, in any pose, with conditions.

    The scanner is perfect; add its effects with `dataclasses.replace`.
    """
    random = np.random.default_rng([number, 31])
    kind = random.random()
    if kind < 0.25:
        person = child(number)
    else:
        person = surveyed_person(number, "male" if kind < 0.62 else "female")
        person = replace(person, age_years=float(round(random.uniform(18.0, 88.0))))
    metres2 = (person.height_mm / 1000.0) ** 2
    mass = float(np.clip(person.mass_kg, _LIGHTEST * metres2, _HEAVIEST * metres2))
    return replace(
        person,
        mass_kg=mass,
        side="left" if random.random() < 0.5 else "right",
        ankle_angle_deg=round(float(random.uniform(-35.0, 10.0)), 2),
        inversion_deg=round(float(np.clip(random.normal(3.0, 6.0), -15.0, 22.0)), 2),
        toe_out_deg=round(float(np.clip(random.normal(6.0, 7.0), -20.0, 28.0)), 2),
        calf_fullness=round(float(random.choice([1.0, 0.92, 0.85], p=[0.55, 0.25, 0.2])), 2),
        malleolar_prominence_mm=round(float(random.uniform(1.0, 8.0)), 2),
        arch_share=round(float(np.clip(random.normal(0.055, 0.022), 0.0, 0.10)), 4),
        top_mm=round(float(-random.choice([0.0, 1.0]) * random.uniform(0.0, 90.0)), 1),
        condition=_condition(random),
        bones=_bones(random),
    )


def degraded(shape: LimbShape, number: int) -> LimbShape:
    """The same leg as a hand-held scanner in a busy clinic gives it, in any pose and unit.

    Noise always; every other effect now and then, at amounts of reliability.md §4. Sole, heel and
    malleoli stay mostly visible: what must be refused is not drawn here.
    """
    random = np.random.default_rng([number, 41])

    def sometimes(share: float, low: float, high: float) -> float:
        happens, amount = random.random(), random.uniform(low, high)
        return round(float(amount), 2) if happens < share else 0.0

    effects = ScannerEffects(
        noise_mm=round(float(random.uniform(0.1, 1.0)), 2),
        wave_mm=sometimes(0.5, 0.2, 1.0),
        drift_mm=sometimes(0.3, 0.3, 1.0),
        wrinkle_mm=sometimes(0.15, 0.5, 1.5),
        spikes_per_mille=sometimes(0.3, 0.2, 1.0),
        holes=float(round(sometimes(0.6, 1.0, 20.0))),
        hole_diameter_mm=round(float(random.uniform(6.0, 14.0)), 1),
        hidden_toes_mm=sometimes(0.1, 5.0, 15.0),
        fragments=float(round(sometimes(0.4, 1.0, 8.0))),
        floor_radius_mm=sometimes(0.3, 130.0, 250.0),
        floor_tilt_deg=sometimes(0.5, 0.0, 10.0),
        chair=sometimes(0.1, 0.3, 1.0),
        other_leg=sometimes(0.15, 0.1, 0.4),
        top_tilt_deg=sometimes(0.4, 2.0, 20.0),
        top_ragged_mm=sometimes(0.4, 3.0, 25.0),
    )
    unit = str(random.choice(["mm", "m", "cm"], p=[0.6, 0.3, 0.1]))
    axes = str(random.choice(["z_up", "y_up"]))
    far = sometimes(0.4, 100.0, 3000.0)
    file = FileFrame(unit=unit, axes=axes, pose="random", distance_mm=far)
    return replace(shape, scanner=effects, file=file)


def _condition(random: np.random.Generator) -> Condition:
    def sometimes(share: float, low: float, high: float) -> float:
        happens, amount = random.random(), random.uniform(low, high)
        return round(float(amount), 3) if happens < share else 0.0

    return Condition(
        anterior_wasting=sometimes(0.4, 0.2, 1.0),
        oedema=sometimes(0.2, 0.2, 1.0),
        hindfoot_varus_deg=sometimes(0.3, -10.0, 16.0),
        toe_clawing=sometimes(0.2, 0.3, 1.0),
        load_share=sometimes(0.35, 0.3, 1.0),
    )


def _bones(random: np.random.Generator) -> Prominences:
    def mostly(high: float) -> float:
        return round(float(high * random.beta(1.2, 2.5)), 2)

    return Prominences(
        navicular_mm=mostly(6.0),
        fifth_metatarsal_base_mm=mostly(5.0),
        first_metatarsal_head_mm=mostly(6.0),
        fifth_metatarsal_head_mm=mostly(4.0),
        tibial_crest_mm=mostly(4.0),
        tibial_tuberosity_mm=mostly(6.0),
        fibular_head_mm=mostly(6.0),
        achilles_mm=mostly(7.0),
    )
