"""Anthropometry: the leg measures to expect of a person, with their residual spread.

Log-linear regressions y = y₀ (H/1.7 m)^a (M/70 kg)^b, fitted for this project by least squares to
the public ANSUR II survey (4082 men, 1986 women; United States Army, 2012, public release; files
read). Their power laws are extrapolated to children, which no survey here supports: 1.15 m and
20.5 kg give a calf of 248 mm, an ankle of 152 mm and a ball of 73 mm. Children's foot length is
0.152 of the stature instead (recalled).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

# y₀ mm, a, b, and the standard deviation of ln y about the fit.
_ANSUR: Mapping[str, Mapping[str, tuple[float, float, float, float]]] = {
    "male": {
        "foot_length": (261.5, 0.780, 0.056, 0.0327),
        "ball_length": (193.6, 0.770, 0.060, 0.0379),
        "ball_breadth": (98.1, 0.308, 0.141, 0.0409),
        "heel_breadth": (69.2, -0.003, 0.233, 0.0645),
        "ankle_girth": (217.1, 0.059, 0.273, 0.0436),
        "calf_girth": (365.6, -0.315, 0.416, 0.0404),
        "bimalleolar_breadth": (72.1, 0.482, 0.109, 0.0450),
        "lateral_malleolus_height": (69.7, 0.746, 0.094, 0.0675),
        "tibial_height": (449.5, 1.265, -0.005, 0.0289),
        "epicondyle_height": (473.2, 1.203, -0.007, 0.0277),
    },
    "female": {
        "foot_length": (255.3, 0.777, 0.067, 0.0338),
        "ball_length": (188.6, 0.762, 0.074, 0.0372),
        "ball_breadth": (94.1, 0.232, 0.139, 0.0431),
        "heel_breadth": (67.7, -0.002, 0.236, 0.0664),
        "ankle_girth": (218.6, 0.091, 0.253, 0.0537),
        "calf_girth": (375.3, -0.239, 0.411, 0.0448),
        "bimalleolar_breadth": (68.7, 0.485, 0.101, 0.0416),
        "lateral_malleolus_height": (65.0, 0.867, 0.020, 0.0737),
        "tibial_height": (461.3, 1.226, 0.005, 0.0300),
        "epicondyle_height": (489.3, 1.139, 0.020, 0.0351),
    },
}
MEASURES = tuple(_ANSUR["male"])
# Correlations of the residuals, both sexes together, in the order of MEASURES: the rows below the
# diagonal.
_CORRELATIONS = (
    (0.86,),
    (0.36, 0.29),
    (0.41, 0.42, 0.35),
    (0.22, 0.19, 0.31, 0.15),
    (0.12, 0.11, 0.23, 0.08, 0.59),
    (0.34, 0.33, 0.37, 0.35, 0.48, 0.34),
    (-0.04, -0.11, 0.06, -0.13, 0.14, 0.11, -0.01),
    (0.26, 0.20, 0.04, 0.09, -0.12, -0.06, -0.04, 0.12),
    (0.28, 0.29, 0.08, 0.16, -0.08, 0.00, 0.02, 0.06, 0.78),
)
_LEAST_KNEE = 1.03  # epicondyle over tibial height: keeps rare draws from crossing
_CHILD_FOOT = 0.152  # foot length to stature
_CHILD_AGE, _ADULT_AGE = 14.0, 18.0  # between them the two rules of foot length are blended
_WASTING_AGE, _WASTING = (
    65.0,
    0.004,
)  # calf girth lost per year beyond it: a proposal, not published


@dataclass(frozen=True, slots=True)
class Anthropometry:
    """Measures of one leg in mm, named as ANSUR II names them.

    `foot_length` heel to longest toe; `ball_length` heel to the first metatarsal head;
    `ball_breadth`, `heel_breadth` and `bimalleolar_breadth` across the skin; `ankle_girth` the
    least, `calf_girth` the greatest; heights above the sole, standing: `lateral_malleolus_height`,
    `tibial_height` (edge of the tibial plateau), `epicondyle_height` (lateral femoral epicondyle,
    here the knee's centre).
    """

    foot_length: float
    ball_length: float
    ball_breadth: float
    heel_breadth: float
    ankle_girth: float
    calf_girth: float
    bimalleolar_breadth: float
    lateral_malleolus_height: float
    tibial_height: float
    epicondyle_height: float


def expected_anthropometry(
    sex: str,
    age_years: float,
    height_mm: float,
    mass_kg: float,
    foot_length: float = 0.0,
    deviates: Mapping[str, float] | None = None,
) -> Anthropometry:
    """The measures expected of a person; a `foot_length` above 0 (mm) replaces the expected one.

    `deviates` names how many residual standard deviations a measure departs from its mean. Ball
    length follows the foot length that holds in the end.
    """
    away = deviates or {}
    stature, mass = height_mm / 1700.0, mass_kg / 70.0
    sizes = {
        name: y0 * stature**a * mass**b * float(np.exp(sd * away.get(name, 0.0)))
        for name, (y0, a, b, sd) in _ANSUR[sex].items()
    }
    expected = sizes["foot_length"]
    adult = float(np.clip((age_years - _CHILD_AGE) / (_ADULT_AGE - _CHILD_AGE), 0.0, 1.0))
    spread = float(np.exp(_ANSUR[sex]["foot_length"][3] * away.get("foot_length", 0.0)))
    by_age = adult * expected + (1.0 - adult) * _CHILD_FOOT * height_mm * spread
    sizes["foot_length"] = foot_length or by_age
    sizes["ball_length"] *= sizes["foot_length"] / expected
    knee = max(sizes["epicondyle_height"], _LEAST_KNEE * sizes["tibial_height"])
    sizes["epicondyle_height"] = knee
    sizes["calf_girth"] *= 1.0 - _WASTING * max(0.0, age_years - _WASTING_AGE)
    return Anthropometry(**sizes)


def drawn_deviates(random: np.random.Generator, spread: float) -> dict[str, float]:
    """How far one person departs from each mean, in standard deviations times `spread`.

    Drawn with the survey's correlations, none further than 2.5 standard deviations.
    """
    count = len(MEASURES)
    correlation = np.eye(count)
    for row, values in enumerate(_CORRELATIONS, start=1):
        correlation[row, :row] = correlation[:row, row] = values
    drawn = np.linalg.cholesky(correlation) @ random.standard_normal(count)
    return dict(zip(MEASURES, (spread * np.clip(drawn, -2.5, 2.5)).tolist(), strict=True))
