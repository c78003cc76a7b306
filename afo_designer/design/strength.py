"""Dorsiflexor strength: the normal torque, and what is left of it by grade or dynamometer.

Adults: Anderson, Madigan and Nussbaum (2007), J Biomech 40:3105, table 3 (ankle flexion):
T = c1·m·g·h·cos(c2(θ − c3)), θ in radians, dorsiflexion positive; means and standard deviations
read in rbdl/rbdl `addons/muscle/Millard2016TorqueMuscle.cc`. Children: c1 is the mean torque over
m·g·h of Moraux 2013's girls and boys of 5 to 9, 10 to 14 and 15 to 19 years; the angle is left out,
because their test angle was not read.

The groups leave ages out. Between two of them the torques are blended with 3w² − 2w³: smooth, never
beyond the two neighbours at any angle (engineering estimate; against Harbo 2012's regression for
adults of 30 to 80 it is within a fifth, see the tests). Without an age, and for adults without a
sex, the fallback c1 = .030 stands in (engineering estimate), which also gives the worked table of
the prescription formula.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from afo_designer.design.source import ANDERSON, ESTIMATE, MORAUX, READ
from afo_designer.geometry.refusal import InputRefused

GRAVITY = 9.81
"""m/s²."""

ADULT_AGE_YEARS = 18.0


class WeaknessRefused(InputRefused):
    """No reading of the weakness, half of one, or two that contradict each other."""


@dataclass(frozen=True, slots=True)
class NormSet:
    """One row of Anderson's table 3: coefficients and the standard deviation of c1."""

    c1: float
    c2: float
    c3: float
    c1_sd: float

    def at(self, angle_deg: float) -> float:
        """Torque over m·g·h at an ankle angle; never negative."""
        return self.c1 * max(0.0, math.cos(self.c2 * (math.radians(angle_deg) - self.c3)))


NORM_SETS: dict[str, tuple[NormSet, NormSet, NormSet]] = {
    "male": (
        NormSet(0.033, 1.510, -0.187, 0.005),
        NormSet(0.028, 1.293, -0.284, 0.005),
        NormSet(0.029, 1.419, -0.174, 0.002),
    ),
    "female": (
        NormSet(0.027, 1.079, -0.302, 0.006),
        NormSet(0.024, 1.308, -0.254, 0.002),
        NormSet(0.022, 1.096, -0.369, 0.003),
    ),
}
"""18 to 25, 55 to 65, over 65 years."""

FALLBACK = NormSet(0.030, 0.0, 0.0, 0.005)
"""No age, or an adult without a sex; c2 = 0 leaves the angle out."""

CHILD_C1: dict[str, tuple[float, float, float]] = {
    "female": (0.0240, 0.0250, 0.0253),
    "male": (0.0225, 0.0255, 0.0280),
}
"""5 to 9, 10 to 14, 15 to 19 years: mean torque of both sides over mean mass × g × mean height of
Moraux 2013 (read: 8.5 and 6.0 N·m at 28.3 and 22.8 kg in the youngest; the quotient of means and
the meaning of the table's columns are ours). The fallback would make them a fifth stronger."""
CHILD_C1_SD = 0.005
"""As the fallback's: Moraux's bands vary by 23 to 39 %, body size included (estimate)."""

CHILD_AGES_YEARS = (7.5, 12.5, 17.5)
"""Middles of the bands."""
ADULT_AGES_YEARS = (20.0, 25.0, 55.0, 65.0, 70.0)
"""Anderson's sets hold from 20 to 25, from 55 to 65 and from 70 years."""
YOUNGEST_YEARS = 5.0
"""Moraux's youngest; below, the youngest band's c1 is held."""


@dataclass(frozen=True, slots=True)
class Norm:
    """The normal dorsiflexion torque of a person of this size.

    `weight_nm` = m·g·h; `sets` are blended, `weight` being the second's part; `status` as in a
    basis item.
    """

    weight_nm: float
    sets: tuple[NormSet, NormSet]
    weight: float
    source: str
    status: str

    def _blend(self, first: float, second: float) -> float:
        return first + self.weight * (second - first)

    @property
    def c1(self) -> float:
        """Peak torque over m·g·h."""
        return self._blend(self.sets[0].c1, self.sets[1].c1)

    @property
    def c1_sd(self) -> float:
        """Person-to-person standard deviation of c1."""
        return self._blend(self.sets[0].c1_sd, self.sets[1].c1_sd)

    @property
    def peak_nm(self) -> float:
        """The peak torque (N·m), of which a grade gives the share."""
        return self.c1 * self.weight_nm

    @property
    def relative_sd(self) -> float:
        """Person-to-person standard deviation as a share of the mean."""
        return self.c1_sd / self.c1

    def at(self, angle_deg: float) -> float:
        """Normal isometric torque (N·m) at an ankle angle; never negative."""
        first, second = self.sets
        return self.weight_nm * self._blend(first.at(angle_deg), second.at(angle_deg))


def norm(mass_kg: float, height_mm: float, age_years: float | None, sex: str | None) -> Norm:
    """The normal dorsiflexion torque; sets and fallback as the module says."""
    weight_nm = mass_kg * GRAVITY * height_mm / 1000.0
    if age_years is None:
        source = f"fallback c1 = {FALLBACK.c1:g} where the age is not given"
        return Norm(weight_nm, (FALLBACK, FALLBACK), 0.0, source, ESTIMATE)
    ages, sets = _by_age(sex)
    first, second, weight = _neighbours(age_years, ages, sets)
    source, status = _known(age_years, sex, weight, first == second)
    return Norm(weight_nm, (first, second), weight, source, status)


def _by_age(sex: str | None) -> tuple[tuple[float, ...], tuple[NormSet, ...]]:
    """Ages and the sets that hold at them; a child of unknown sex has the mean of both."""
    if sex is None:
        both = zip(CHILD_C1["female"], CHILD_C1["male"], strict=True)
        c1, adult = tuple(sum(pair) / 2.0 for pair in both), (FALLBACK,) * len(ADULT_AGES_YEARS)
    else:
        young, middle, old = NORM_SETS[sex]
        c1, adult = CHILD_C1[sex], (young, young, middle, middle, old)
    children = tuple(NormSet(value, 0.0, 0.0, CHILD_C1_SD) for value in c1)
    return (*CHILD_AGES_YEARS, *ADULT_AGES_YEARS), (*children, *adult)


def _neighbours(
    age: float, ages: tuple[float, ...], sets: tuple[NormSet, ...]
) -> tuple[NormSet, NormSet, float]:
    if age <= ages[0]:
        return sets[0], sets[0], 0.0
    for low, high, first, second in zip(ages, ages[1:], sets, sets[1:], strict=False):
        if age <= high:
            w = (age - low) / (high - low)
            return first, second, w * w * (3.0 - 2.0 * w)
    return sets[-1], sets[-1], 0.0


def _known(age: float, sex: str | None, weight: float, same: bool) -> tuple[str, str]:
    """Source and status of a norm."""
    if age < CHILD_AGES_YEARS[-1]:
        source = f"{MORAUX}; c1 = mean torque over m·g·h, computed here"
        if age < YOUNGEST_YEARS:
            source += f"; held below {YOUNGEST_YEARS:g} years"
        return source + ("; mean of both sexes" if sex is None else ""), ESTIMATE
    if sex is None:
        return f"fallback c1 = {FALLBACK.c1:g} where the sex is not given", ESTIMATE
    if age < ADULT_AGES_YEARS[0]:
        return f"between {MORAUX} and {ANDERSON}", ESTIMATE
    if same or weight in (0.0, 1.0):
        return ANDERSON, READ
    return f"{ANDERSON}, blended between the sets beside this age", ESTIMATE


GRADES: dict[str, tuple[float, float, float]] = {
    "0": (0.0, 0.0, 0.0),
    "1": (0.0, 0.0, 0.02),
    "2": (0.0, 0.02, 0.10),
    "3": (0.03, 0.15, 0.50),
    "4-": (0.15, 0.30, 0.55),
    "4": (0.25, 0.45, 0.75),
    "4+": (0.40, 0.65, 0.90),
    "5": (0.70, 1.0, 1.0),
}
"""MRC grade → share of the normal torque: low, default, high (engineering estimate).

The published scales disagree (Kendall-type charts 10, 25, 50, 75 %; KU Leuven clinical-exam scale
5, 10, 30, 50 %; both read); gravity on foot and shoe is about 2 % of normal, where grade 3 starts.
"""

AGREEMENT = 0.10
"""Torque and force × lever agree within a tenth of the larger or 0.3 N·m: a lever read to ±5 mm in
120 mm is 4 %, a 15 mm shift of the axis 8 % (J Sensors 2017, read)."""
AGREEMENT_NM = 0.3

MEASURED_SD = 0.10
"""Standard deviation of one measured torque, as a share (engineering estimate)."""

GRADE_MARGIN = 0.05
GRADE_FACTOR = 3.0
"""A measured share contradicts a grade only beyond its high bound + 5 % of normal, or below a third
of its low bound: hand-held readings of healthy people are down to a third of Anderson's torques."""


REFERENCE_ANGLE_DEG = 0.0
"""A reading at another ankle angle is brought here along the norm's curve."""
TEST_ANGLE_SD_DEG = 5.0
"""Standard deviation of the angle at which a torque was read (engineering estimate)."""


@dataclass(frozen=True, slots=True)
class Strength:
    """What is left of the dorsiflexors.

    `torque_nm`: the `reading_nm` brought from its test angle to `REFERENCE_ANGLE_DEG` along the
    norm's curve (equal at that angle), or share × normal peak. `share` of the normal torque at the
    test angle with bounds `share_low`, `share_high` (equal to it when measured). `method`:
    "torque", "force × lever" or "MRC grade".
    """

    method: str
    torque_nm: float
    reading_nm: float | None
    share: float
    share_low: float
    share_high: float
    norm: Norm
    test_angle_deg: float

    @property
    def measured(self) -> bool:
        """Whether a torque was measured rather than graded."""
        return self.method != "MRC grade"

    @property
    def torque_bounds_nm(self) -> tuple[float, float]:
        """The torque at the grade's bounds of the normal peak; measured, ± one SD of a reading."""
        if not self.measured:
            return self.share_low * self.norm.peak_nm, self.share_high * self.norm.peak_nm
        error = self.torque_nm * math.hypot(MEASURED_SD, self.angle_sd)
        return self.torque_nm - error, self.torque_nm + error

    @property
    def angle_sd(self) -> float:
        """Relative standard deviation of a measured torque by its test angle alone."""
        if not self.measured:
            return 0.0
        low, high = (
            self.norm.at(self.test_angle_deg + step) / self.norm.at(self.test_angle_deg)
            for step in (-TEST_ANGLE_SD_DEG, TEST_ANGLE_SD_DEG)
        )
        return abs(high - low) / 2.0

    @property
    def missing(self) -> bool:
        """Whether strength is missing: below grade 5, or below the normal mean less one SD."""
        if self.measured:
            return self.share < 1.0 - self.norm.relative_sd
        return self.share < 1.0


def strength(
    normal: Norm,
    *,
    grade: str | None = None,
    torque_nm: float | None = None,
    force_n: float | None = None,
    lever_mm: float | None = None,
    test_angle_deg: float = 0.0,
) -> Strength:
    """The weakness by the best reading given: torque, else force × lever, else MRC grade.

    Raises `WeaknessRefused` when none is given, when force comes without its lever or the reverse,
    and when two readings contradict each other, naming both.
    """
    if (force_n is None) != (lever_mm is None):
        met, lacking = ("force_n", "lever_mm") if lever_mm is None else ("lever_mm", "force_n")
        raise WeaknessRefused(
            f"examination.dorsiflexion_{met} is given without examination.dorsiflexion_{lacking}; "
            "the lever (lateral malleolus to pad centre) is measured and never assumed. Give both."
        )
    product = None if force_n is None or lever_mm is None else force_n * lever_mm / 1000.0
    torque, method = (torque_nm, "torque") if torque_nm is not None else (product, "force × lever")
    if torque is not None and product is not None:
        _agree(torque, product, force_n or 0.0, lever_mm or 0.0)
    if torque is None:
        if grade is None:
            raise WeaknessRefused(
                "The weakness is missing: give examination.dorsiflexion_torque_nm, or "
                "dorsiflexion_force_n with dorsiflexion_lever_mm, or dorsiflexor_mmt (0 to 5)."
            )
        low, share, high = GRADES[grade]
        torque = share * normal.peak_nm
        return Strength("MRC grade", torque, None, share, low, high, normal, test_angle_deg)
    expected = normal.at(test_angle_deg)
    if expected <= 0.0:
        raise WeaknessRefused(
            f"examination.dorsiflexion_test_angle_deg is {test_angle_deg:g}; the normal torque "
            "there is zero, so nothing can be compared with it. Test between -30 and 20 deg."
        )
    share = torque / expected
    if grade is not None:
        _consistent(share, grade, torque, expected)
    level = torque * (normal.at(REFERENCE_ANGLE_DEG) / expected)
    return Strength(method, level, torque, share, share, share, normal, test_angle_deg)


def _agree(torque: float, product: float, force: float, lever: float) -> None:
    tolerance = max(AGREEMENT_NM, AGREEMENT * max(torque, product))
    if abs(torque - product) > tolerance:
        raise WeaknessRefused(
            f"examination.dorsiflexion_torque_nm is {torque:g} N·m, but dorsiflexion_force_n × "
            f"dorsiflexion_lever_mm is {force:g} N × {lever:g} mm = {product:.2f} N·m; they may "
            f"differ by {tolerance:.2g} N·m. Remove the wrong one."
        )


def _consistent(share: float, grade: str, torque: float, expected: float) -> None:
    low, _, high = GRADES[grade]
    if low / GRADE_FACTOR <= share <= high + GRADE_MARGIN:
        return
    raise WeaknessRefused(
        f"The torque of {torque:.3g} N·m is {100 * share:.0f} % of the {expected:.1f} N·m normal "
        f'for this size, but examination.dorsiflexor_mmt = "{grade}" stands for '
        f"{100 * low:.0f} to {100 * high:.0f} %. Remove the wrong one."
    )
