"""The interval of the stiffness needed, by deterministic quadrature over the formula's inputs.

The inputs vary independently: the share of strength (triangular over the grade's bounds, or normal
with 10 % for a measured torque), the normal torque (normal, Anderson's standard deviation), the
calf slack κ (uniform, .35 to 1), the first-rocker moment μ (normal, SD .05 N·m/kg), the calf moment
(log-normal, standard deviation and mean of Chung 2004) and, where tone was not examined, fMAS
(uniform, 1 to 1.53). Given the strength the two goals are independent, so

    P(k* ≤ x) = E_V[ P(k_sw ≤ x | V) · P(k_LR ≤ x | V) ],

whose inner probabilities are closed (μ) or one sum (κ, fMAS); the quantiles are roots of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from afo_designer.design.demand import (
    CALF_MOMENT_NM,
    CALF_MOMENT_SD_NM,
    LOADING_TRAVEL_DEG,
    SAFETY_FACTOR,
    SLACK_LEAST,
    SLACK_MOST,
    SUSTAINED_SHARE,
    TONE_MOST,
    Demand,
    loading_stiffness,
    swing_stiffness,
)
from afo_designer.design.person import LOADING, SWING
from afo_designer.design.strength import MEASURED_SD, Strength
from afo_designer.geometry.array import FloatArray

COVERAGE = 0.90
LOADING_SD_PER_KG = 0.05
"""N·m/kg, SD of μ (engineering estimate; at 4 % of the cycle it is .10, Schwartz 2008, read)."""

METHOD = "deterministic quadrature over strength, normal torque, calf slack, calf moment, loading"
"""How the quantiles are found, as the record says it."""

_NODES = 10
_CALF_CV = CALF_MOMENT_SD_NM / CALF_MOMENT_NM
_CALF_LOG_SD = math.sqrt(math.log1p(_CALF_CV**2))
"""Log-normal with the mean kept: the log's mean is −SD²/2."""


@dataclass(frozen=True, slots=True)
class Component:
    """How far one input alone, between its 5 and 95 % quantiles, moves the stiffness."""

    name: str
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Interval:
    """Quantiles of the stiffness needed (N·m/deg); `coverage` of it lies from `low` to `high`."""

    low: float
    median: float
    high: float
    components: tuple[Component, ...]
    coverage: float = COVERAGE
    method: str = METHOD


def stiffness_interval(
    demand: Demand, strength: Strength, goals: tuple[str, ...], tone_examined: bool
) -> Interval:
    """The interval of the larger of the goals' stiffnesses."""
    sustained, weights = _sustained(strength)
    calf, calf_weights = _calf(demand, tone_examined)

    def probability(x: float) -> float:
        """P(k ≤ x), x ≥ 0."""
        of = np.ones_like(sustained)
        if SWING in goals:
            room = x * demand.swing_travel_deg / SAFETY_FACTOR - demand.weight_nm + sustained
            of = of * (_log_normal_cdf(room[:, None] / calf[None, :]) @ calf_weights)
        if LOADING in goals:
            mean = demand.loading_per_kg
            per_kg = (x * LOADING_TRAVEL_DEG + sustained) / demand.mass_kg
            of = of * ndtr((per_kg - mean) / LOADING_SD_PER_KG)
        return float(weights @ of)

    tail = (1.0 - COVERAGE) / 2.0
    low, median, high = (_quantile(probability, p, demand.mass_kg) for p in (tail, 0.5, 1.0 - tail))
    return Interval(low, median, high, _components(demand, strength, goals, tone_examined))


def _sustained(strength: Strength) -> tuple[FloatArray, FloatArray]:
    """Nodes of V = u·T (N·m) and their probabilities."""
    p, weights = _unit_rule()
    if strength.measured:
        torque = strength.torque_nm * np.maximum(0.0, 1.0 + MEASURED_SD * ndtri(p))
        return SUSTAINED_SHARE * torque, weights
    share = _triangular(p, strength.share_low, strength.share, strength.share_high)
    normal = strength.norm.peak_nm * (1.0 + strength.norm.relative_sd * ndtri(p))
    torque = np.outer(share, np.maximum(0.0, normal)).ravel()
    return SUSTAINED_SHARE * torque, np.outer(weights, weights).ravel()


def _calf(demand: Demand, tone_examined: bool) -> tuple[FloatArray, FloatArray]:
    """Nodes of κ·fMAS·calf moment (N·m) and their probabilities."""
    p, weights = _unit_rule()
    slack = SLACK_LEAST + (SLACK_MOST - SLACK_LEAST) * p
    if tone_examined:
        return demand.tone * demand.calf_nm * slack, weights
    tone = demand.tone + (max(TONE_MOST, demand.tone) - demand.tone) * p
    return demand.calf_nm * np.outer(slack, tone).ravel(), np.outer(weights, weights).ravel()


def _unit_rule() -> tuple[FloatArray, FloatArray]:
    """Gauss–Legendre nodes and weights on (0, 1)."""
    x, w = np.polynomial.legendre.leggauss(_NODES)
    return (x + 1.0) / 2.0, w / 2.0


def _log_normal_cdf(ratio: FloatArray) -> FloatArray:
    """P(e ≤ ratio) for the calf's spread e, of mean 1."""
    positive = np.maximum(ratio, 1e-300)
    return ndtr((np.log(positive) + _CALF_LOG_SD**2 / 2.0) / _CALF_LOG_SD)


def _triangular(p: FloatArray, low: float, mode: float, high: float) -> FloatArray:
    """Quantiles of the triangular distribution; a point when low = high."""
    if high <= low:
        return np.full_like(p, low)
    peak = (mode - low) / (high - low)
    rising = low + np.sqrt(p * (high - low) * (mode - low))
    falling = high - np.sqrt((1.0 - p) * (high - low) * (high - mode))
    return np.where(p < peak, rising, falling)


def _quantile(probability: Callable[[float], float], p: float, mass_kg: float) -> float:
    if probability(0.0) >= p:
        return 0.0
    top = mass_kg / 25.0
    while probability(top) < p:
        top *= 2.0
    return float(brentq(lambda x: probability(x) - p, 0.0, top, xtol=1e-10))


def _components(
    demand: Demand, strength: Strength, goals: tuple[str, ...], tone_examined: bool
) -> tuple[Component, ...]:
    """One input at a time at its 5 and 95 % quantiles, the others where the formula has them."""
    tails = np.array([(1.0 - COVERAGE) / 2.0, (1.0 + COVERAGE) / 2.0])

    def needed(case: Demand, slack: float = SLACK_MOST, per_kg: float | None = None) -> float:
        loading = loading_stiffness(case)
        if per_kg is not None:
            deficit = per_kg * case.mass_kg - case.sustained_nm
            loading = max(0.0, deficit) / LOADING_TRAVEL_DEG
        swing = swing_stiffness(case, slack)
        return max(swing if SWING in goals else 0.0, loading if LOADING in goals else 0.0)

    if strength.measured:
        torques = {"measured torque": strength.torque_nm * (1.0 + MEASURED_SD * ndtri(tails))}
    else:
        shares = _triangular(tails, strength.share_low, strength.share, strength.share_high)
        spread = 1.0 + strength.norm.relative_sd * ndtri(tails)
        torques = {
            "share of strength": shares * strength.norm.peak_nm,
            "normal torque": strength.torque_nm * spread,
        }
    ends = {
        name: [needed(replace(demand, torque_nm=max(0.0, float(t)))) for t in pair]
        for name, pair in torques.items()
    }
    slack = SLACK_LEAST + (SLACK_MOST - SLACK_LEAST) * tails
    ends["calf slack"] = [needed(demand, float(value)) for value in slack]
    calf = np.exp(_CALF_LOG_SD * ndtri(tails) - _CALF_LOG_SD**2 / 2.0)
    ends["calf moment"] = [needed(demand, float(value)) for value in calf]
    per_kg = demand.loading_per_kg + LOADING_SD_PER_KG * ndtri(tails)
    ends["loading moment"] = [needed(demand, per_kg=float(value)) for value in per_kg]
    if not tone_examined:
        tone = demand.tone + (max(TONE_MOST, demand.tone) - demand.tone) * tails
        ends["tone"] = [needed(replace(demand, tone=float(value))) for value in tone]
    return tuple(
        Component(name, min(pair), max(pair))
        for name, pair in ends.items()
        if min(pair) < max(pair)
    )
