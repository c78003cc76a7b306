"""The segments: foot with shoe as one rigid body about the ankle, and the leg that carries it.

Foot frame: x along the sole towards the toes, z up, origin at the ankle. Metres, kilograms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.design.demand import FOOT_MASS_SHARE, SHOE_ARM, USUAL_SHOE_KG
from afo_designer.design.person import Person
from afo_designer.geometry.array import FloatArray

ANKLE_FROM_HEEL = 0.25
"""Ankle in front of the heel's back, in foot lengths (engineering estimate)."""
FOOT_CENTRE, FOOT_GYRATION = 0.4415, 0.257
"""Foot's centre of mass from the heel and radius of gyration, in foot lengths (de Leva, male;
read)."""
SHOE_GYRATION = 0.28
"""In foot lengths (engineering estimate)."""
FOOT_DROP_M, SHOE_DROP_M, DROP_HEIGHT_M = 0.04, 0.05, 1.75
"""Centres of mass below the ankle at a height of 1.75 m, scaled with height (estimate)."""

THIGH, SHANK, ANKLE_HEIGHT, LEG = 0.245, 0.246, 0.039, 0.530
"""Lengths over body height (Drillis and Contini, in Winter's textbook; recalled)."""
BALL_FROM_HEEL = 0.72
"""Metatarsal heads from the heel, in foot lengths (engineering estimate)."""
TOE_SPRING = 0.045
"""Rise of the shoe's tip above the sole's plane, in foot lengths: 12 mm (engineering estimate)."""


@dataclass(frozen=True, slots=True)
class Foot:
    """Foot and shoe: mass moments about the ankle, sole points in the foot frame.

    `inertia` kg·m²; `moment_x`, `moment_z` Σ m·x and Σ m·z, kg·m; `gravity_nm` with a level sole.
    """

    mass_kg: float
    inertia: float
    moment_x: float
    moment_z: float
    heel: tuple[float, float]
    ball: tuple[float, float]
    toe: tuple[float, float]

    @property
    def gravity_nm(self) -> float:
        return 9.81 * self.moment_x

    def lowest_of_forefoot(self, pitch_rad: FloatArray) -> FloatArray:
        """Height of the lower of ball and shoe tip, over the ankle (m, negative)."""
        return np.minimum(*(_height(point, pitch_rad) for point in (self.ball, self.toe)))

    def lowest(self, pitch_rad: FloatArray) -> FloatArray:
        """Height of the lowest point of heel, ball and tip over the ankle (m, negative)."""
        return np.minimum(self.lowest_of_forefoot(pitch_rad), _height(self.heel, pitch_rad))


def _height(point: tuple[float, float], pitch_rad: FloatArray) -> FloatArray:
    return np.asarray(point[0] * np.sin(pitch_rad) + point[1] * np.cos(pitch_rad))


def foot_of(mass_kg: float, height_m: float, length_m: float, shoe_kg: float, share: float) -> Foot:
    """Foot and shoe of a body; `share` of the body mass is the foot's."""
    foot_kg, drop = share * mass_kg, height_m / DROP_HEIGHT_M
    foot_x, shoe_x = (FOOT_CENTRE - ANKLE_FROM_HEEL) * length_m, SHOE_ARM * length_m
    foot_z, shoe_z = FOOT_DROP_M * drop, SHOE_DROP_M * drop
    inertia = foot_kg * ((FOOT_GYRATION * length_m) ** 2 + foot_x**2 + foot_z**2)
    inertia += shoe_kg * ((SHOE_GYRATION * length_m) ** 2 + shoe_x**2 + shoe_z**2)
    sole = -ANKLE_HEIGHT * height_m
    return Foot(
        mass_kg=foot_kg + shoe_kg,
        inertia=inertia,
        moment_x=foot_kg * foot_x + shoe_kg * shoe_x,
        moment_z=-(foot_kg * foot_z + shoe_kg * shoe_z),
        heel=(-ANKLE_FROM_HEEL * length_m, sole),
        ball=((BALL_FROM_HEEL - ANKLE_FROM_HEEL) * length_m, sole),
        toe=((1.0 - ANKLE_FROM_HEEL) * length_m, sole + TOE_SPRING * length_m),
    )


def foot_of_person(person: Person) -> Foot:
    """Foot and shoe of a person; the usual shoe where none was weighed."""
    given = person.footwear.shoe_mass_g
    usual = USUAL_SHOE_KG["child" if person.is_child else "adult"]
    return foot_of(
        person.mass_kg,
        person.height_mm / 1000.0,
        person.foot_length_mm / 1000.0,
        usual if given is None else given / 1000.0,
        FOOT_MASS_SHARE[person.identity.sex or "male"],
    )


@dataclass(frozen=True, slots=True)
class Leg:
    """Thigh and shank lengths, and the leg length of the dimensionless speed (m)."""

    thigh: float
    shank: float
    length: float


def leg_of(height_m: float) -> Leg:
    """The leg of a body of this height."""
    return Leg(THIGH * height_m, SHANK * height_m, LEG * height_m)
