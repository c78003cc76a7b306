"""Dorsiflexor strength: the normal torque, and what is left of it by grade or dynamometer.

The normal torque is Anderson, Madigan and Nussbaum (2007), J Biomech 40:3105, table 3 (ankle
flexion): T = c1·m·g·h·cos(c2(θ − c3)), θ in radians, dorsiflexion positive; means and standard
deviations read in rbdl/rbdl `addons/muscle/Millard2016TorqueMuscle.cc`. It is used when age and sex
are both known and the person is 18 or older; between 25 and 55 years, which the study leaves out,
the coefficients are interpolated (engineering estimate). Otherwise the fallback c1 = .030 without
angle dependence stands in (engineering estimate), which also gives the worked table of the
prescription formula.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

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
"""Children, and adults whose age or sex is not given; c2 = 0 leaves the angle out."""


@dataclass(frozen=True, slots=True)
class Norm:
    """The normal dorsiflexion torque of a person of this size; `status` as in a basis item."""

    peak_nm: float
    coefficients: NormSet
    source: str
    status: str

    @property
    def relative_sd(self) -> float:
        """Person-to-person standard deviation as a share of the mean."""
        return self.coefficients.c1_sd / self.coefficients.c1

    def at(self, angle_deg: float) -> float:
        """Normal isometric torque (N·m) at an ankle angle; never negative."""
        phase = self.coefficients.c2 * (math.radians(angle_deg) - self.coefficients.c3)
        return self.peak_nm * max(0.0, math.cos(phase))


def norm(mass_kg: float, height_mm: float, age_years: float | None, sex: str | None) -> Norm:
    """The normal dorsiflexion torque; sets and fallback as the module says."""
    if age_years is None or sex is None or age_years < ADULT_AGE_YEARS:
        chosen, status = FALLBACK, "engineering estimate"
        source = "fallback c1 = .030 for children and where age or sex is not given"
    else:
        chosen, interpolated = _adult_set(age_years, NORM_SETS[sex])
        status = "engineering estimate" if interpolated else "read"
        source = "Anderson, Madigan, Nussbaum 2007, J Biomech 40:3105, table 3"
        if interpolated:
            source += ", interpolated between the sets of 25 and 55 years"
    return Norm(chosen.c1 * mass_kg * GRAVITY * height_mm / 1000.0, chosen, source, status)


def _adult_set(age_years: float, sets: tuple[NormSet, NormSet, NormSet]) -> tuple[NormSet, bool]:
    young, middle, old = sets
    if age_years > 65.0:
        return old, False
    if age_years >= 55.0:
        return middle, False
    if age_years <= 25.0:
        return young, False
    t = (age_years - 25.0) / 30.0
    blended = NormSet(
        c1=young.c1 + t * (middle.c1 - young.c1),
        c2=young.c2 + t * (middle.c2 - young.c2),
        c3=young.c3 + t * (middle.c3 - young.c3),
        c1_sd=young.c1_sd + t * (middle.c1_sd - young.c1_sd),
    )
    return blended, True


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


@dataclass(frozen=True, slots=True)
class Strength:
    """What is left of the dorsiflexors.

    `torque_nm` is measured, or share × normal peak. `share` of the normal torque at the test angle
    with bounds `share_low`, `share_high` (equal to it when measured). `method`: "torque",
    "force × lever" or "MRC grade".
    """

    method: str
    torque_nm: float
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
        return Strength("MRC grade", torque, share, low, high, normal, test_angle_deg)
    expected = normal.at(test_angle_deg)
    if expected <= 0.0:
        raise WeaknessRefused(
            f"examination.dorsiflexion_test_angle_deg is {test_angle_deg:g}; the normal torque "
            "there is zero, so nothing can be compared with it. Test between -30 and 20 deg."
        )
    share = torque / expected
    if grade is not None:
        _consistent(share, grade, torque, expected)
    return Strength(method, torque, share, share, share, normal, test_angle_deg)


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
