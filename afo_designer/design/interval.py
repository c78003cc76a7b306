"""The interval of the stiffness needed, by deterministic quadrature over the formula's inputs.

The inputs vary independently: the share of strength (triangular over the grade's bounds, or normal
with 10 % and the test angle's error for a measured torque), the normal torque (normal, the norm's
standard deviation), the sustainable share u (normal, SD .05), the calf slack κ (uniform, from .35
or what the knee-flexed range says to 1), the first-rocker moment μ (normal, SD .05 N·m/kg), the
calf moment (log-normal, standard deviation and mean of Chung 2004, 20 % where it was measured) and,
where tone was not examined, fMAS (uniform, 1 to 1.53). Given the strength the two goals are
independent, so

    P(k* ≤ x) = E_V[ P(k_sw ≤ x | V) · P(k_LR ≤ x | V) ],

whose inner probabilities are closed (μ) or one sum (κ, fMAS), which depends on x and V by one
number and is tabulated. V's nodes are merged into bins of equal probability; a sampling of 400 000
agrees to .015 N·m/deg (tests).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
from scipy.special import ndtr, ndtri

from afo_designer.design.demand import (
    CALF_GROWTH_DEG,
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
from afo_designer.geometry.array import FloatArray, frozen

COVERAGE = 0.90
ENDS = ((1.0 - COVERAGE) / 2.0, (1.0 + COVERAGE) / 2.0)
"""Quantiles between which the coverage lies."""
LOADING_SD_PER_KG = 0.05
"""N·m/kg, SD of μ (engineering estimate; at 4 % of the cycle it is .10, Schwartz 2008, read)."""
SUSTAINED_SD = 0.05
"""SD of u: normal gait uses .27, and how much of it an ill muscle sustains is not known."""
CALF_MEASURED_CV = 0.20
"""Coefficient of variation of a measured calf moment (engineering estimate)."""
LOADING_KNOWN_SD = 1e-3
"""N·m/kg: a known μ, so that its distribution has no step."""
USUAL_FLEXION_GAIN_DEG = 10.0
"""Usual gain of passive dorsiflexion by flexing the knee (10–20 against 20–30 deg, read)."""

METHOD = (
    "deterministic quadrature over strength, normal torque, sustainable share, calf slack, calf "
    "moment, tone, loading"
)
"""How the quantiles are found, as the record says it."""

_NODES, _BINS, _TABLE, _GRID, _KEPT = 8, 20, 96, 41, 1024
"""Quadrature nodes an input, bins of V, points of the calf's table and of a pass of the search,
tables kept."""
_CALF_CV = CALF_MOMENT_SD_NM / CALF_MOMENT_NM

STRENGTH, NORMAL, SUSTAINED = "share of strength", "normal torque", "sustainable share"
READING, SLACK, CALF = "measured torque", "calf slack", "calf moment"
RATE, TONE = "loading moment", "tone"


@dataclass(frozen=True, slots=True)
class Component:
    """One uncertain input.

    Between its 5 and 95 % quantiles alone it moves the stiffness from `low` to `high`; were it
    known, at its median, the interval would be `width_known` wide.
    """

    name: str
    low: float
    high: float
    width_known: float


@dataclass(frozen=True, slots=True)
class Measurement:
    """Something that can be measured next: what, and the interval's width afterwards."""

    what: str
    width: float


@dataclass(frozen=True, slots=True)
class Interval:
    """Quantiles of the stiffness needed (N·m/deg); `coverage` of it lies from `low` to `high`.

    `components`: what widens it most first. `measurements`: what would narrow it, most first.
    """

    low: float
    median: float
    high: float
    components: tuple[Component, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    coverage: float = COVERAGE
    method: str = METHOD

    @property
    def width(self) -> float:
        """From `low` to `high`."""
        return self.high - self.low

    @property
    def measure_next(self) -> str:
        """One sentence: what to measure next, and what it would bring."""
        best = next((one for one in self.measurements if one.width < GAIN * self.width), None)
        now = f"{self.low:.2f} to {self.high:.2f} N·m/deg"
        if best is None:
            most = f"; its largest part is the {self.components[0].name}" if self.components else ""
            return (
                f"Nothing that the person file can hold narrows the interval ({now}) by a tenth"
                f"{most}, which differs from person to person."
            )
        return (
            f"Measure {best.what}: the interval of {now}, {self.width:.2f} wide, would be about "
            f"{best.width:.2f} wide."
        )


GAIN = 0.90
"""A measurement that leaves more than this part of the width is not worth asking for."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How uncertain each input is; zero or equal bounds mean known."""

    share: tuple[float, float, float]
    normal_cv: float
    sustained_sd: float
    reading_cv: float
    slack: tuple[float, float]
    tone: tuple[float, float]
    calf_log_sd: float
    loading_sd: float
    loss_nm: float


def log_sd(cv: float) -> float:
    """Standard deviation of the logarithm of a log-normal with a coefficient of variation."""
    return math.sqrt(math.log1p(cv**2))


def spread_of(
    demand: Demand,
    strength: Strength,
    tone_examined: bool,
    slack_least: float = SLACK_LEAST,
    loss_nm: float = 0.0,
) -> Spread:
    """The uncertainty of a person's inputs. `loss_nm` is taken off the torque, not below none."""
    measured_calf = demand.calf_at_10_nm is not None
    known = tone_examined or measured_calf
    return Spread(
        share=(strength.share_low, strength.share, strength.share_high),
        normal_cv=0.0 if strength.measured else strength.norm.relative_sd,
        sustained_sd=SUSTAINED_SD,
        reading_cv=math.hypot(MEASURED_SD, strength.angle_sd) if strength.measured else 0.0,
        slack=(slack_least, SLACK_MOST),
        tone=(demand.tone_factor,) * 2 if known else (demand.tone, max(TONE_MOST, demand.tone)),
        calf_log_sd=log_sd(CALF_MEASURED_CV if measured_calf else _CALF_CV),
        loading_sd=LOADING_SD_PER_KG,
        loss_nm=loss_nm,
    )


def stiffness_interval(
    demand: Demand,
    strength: Strength,
    goals: tuple[str, ...],
    tone_examined: bool,
    *,
    slack_least: float = SLACK_LEAST,
    loss_nm: float = 0.0,
    explained: bool = True,
) -> Interval:
    """The interval of the larger of the goals' stiffnesses.

    `explained`: with the contribution of each input and what to measure next.
    """
    spread = spread_of(demand, strength, tone_examined, slack_least, loss_nm)
    low, high, median = _quantiles(demand, strength, goals, spread, (*ENDS, 0.5))
    if not explained:
        return Interval(low, median, high)

    def width(other: Spread) -> float:
        first, last = _quantiles(demand, strength, goals, other, ENDS, fine=False)
        return last - first

    return Interval(
        low,
        median,
        high,
        _components(demand, strength, goals, spread, width),
        _measurements(strength, spread, width),
    )


def _quantiles(
    demand: Demand,
    strength: Strength,
    goals: tuple[str, ...],
    spread: Spread,
    wanted: tuple[float, ...],
    fine: bool = True,
) -> tuple[float, ...]:
    """The wanted quantiles of the stiffness (N·m/deg); to about .002 where not `fine`."""
    sustained, weights = _sustained(strength, spread)
    room, below = _calf_table(spread.slack, spread.tone, spread.calf_log_sd)
    calf = demand.calf_nm

    def probability(x: FloatArray) -> FloatArray:
        """P(k ≤ x) of each x ≥ 0."""
        of = np.ones((len(x), len(sustained)))
        if SWING in goals:
            left = x * (demand.swing_travel_deg / SAFETY_FACTOR) - demand.weight_nm
            left = left[:, None] + sustained
            held = np.interp(left, calf * room, below, left=0.0) if calf > 0.0 else left >= 0.0
            of = of * held
        if LOADING in goals:
            per_kg = (x[:, None] * LOADING_TRAVEL_DEG + sustained) / demand.mass_kg
            of = of * ndtr((per_kg - demand.loading_per_kg) / spread.loading_sd)
        return np.asarray(of @ weights)

    reach = demand.weight_nm + TOP_CALVES * calf
    top = max(SAFETY_FACTOR * reach / demand.swing_travel_deg, demand.mass_kg / TOP_KG)
    return _inverted(probability, top, wanted, fine)


TOP_CALVES, TOP_KG = 3.5, 40.0
"""Start of the search: swing with so many calves, loading at so many kg per N·m/deg; both beyond
most intervals."""


def _inverted(
    probability: Callable[[FloatArray], FloatArray],
    top: float,
    wanted: tuple[float, ...],
    fine: bool,
) -> tuple[float, ...]:
    """The places at which a rising probability reaches the wanted ones; 0 where it starts above."""
    while True:
        coarse = top * _steps()
        met = probability(coarse)
        if met[-1] >= max(wanted):
            break
        top *= 2.0
    if not fine:
        return tuple(0.0 if met[0] >= p else _crossing(coarse, met, p) for p in wanted)
    at = [int(i) for i in np.searchsorted(met, wanted)]
    near = np.concatenate([coarse[i - 1] + (coarse[i] - coarse[i - 1]) * _steps() for i in at])
    found = probability(near).reshape(len(wanted), _GRID)
    return tuple(
        0.0 if i == 0 else _crossing(x, y, p)
        for i, p, x, y in zip(at, wanted, near.reshape(found.shape), found, strict=True)
    )


def _crossing(x: FloatArray, y: FloatArray, p: float) -> float:
    """The first place where rising y reaches p, straight between two points."""
    j = max(1, int(np.searchsorted(y, p)))
    rise = float(y[j] - y[j - 1])
    share = (p - float(y[j - 1])) / rise if rise > 0.0 else 1.0
    return float(x[j - 1] + share * (x[j] - x[j - 1]))


@cache
def _steps() -> FloatArray:
    return frozen(np.linspace(0.0, 1.0, _GRID))


def _sustained(strength: Strength, spread: Spread) -> tuple[FloatArray, FloatArray]:
    """V = u·T (N·m) at bins of equal probability, and their probabilities."""
    scale = strength.torque_nm if strength.measured else strength.norm.peak_nm
    if not scale > 0.0:
        return np.zeros(1), np.ones(1)
    share = (1.0, 1.0, 1.0) if strength.measured else spread.share
    cv = spread.reading_cv or spread.normal_cv
    of, weights = _sustained_share(share, cv, spread.sustained_sd, spread.loss_nm / scale)
    return scale * of, weights


@lru_cache(maxsize=_KEPT)
def _sustained_share(
    share: tuple[float, float, float], cv: float, sustained_sd: float, loss: float
) -> tuple[FloatArray, FloatArray]:
    """u·(s·(1 ± cv) − loss) at bins of equal probability, and their probabilities."""
    p, w = _unit_rule()
    torque = _triangular(p, *share) if share[0] < share[2] else np.array([share[1]])
    weights = w if len(torque) > 1 else np.ones(1)
    for centre, sd, offset in ((1.0, cv, loss), (SUSTAINED_SHARE, sustained_sd, 0.0)):
        if sd > 0.0:
            factor = np.maximum(0.0, centre + sd * ndtri(p))
            torque, weights = np.outer(torque, factor).ravel(), np.outer(weights, w).ravel()
        else:
            torque = torque * centre
        torque = np.maximum(0.0, torque - offset)
    values, weights = _binned(torque, weights)
    return frozen(values), frozen(weights)


def _binned(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Means and probabilities of bins of about equal probability."""
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    middle = np.cumsum(weights) - weights / 2.0
    bins = np.minimum((middle * _BINS).astype(int), _BINS - 1)
    total = np.bincount(bins, weights, _BINS)
    held = total > 0.0
    mean = np.bincount(bins, weights * values, _BINS)[held] / total[held]
    return mean, total[held] / total.sum()


@lru_cache(maxsize=_KEPT)
def _calf_table(
    slack: tuple[float, float], tone: tuple[float, float], sd: float
) -> tuple[FloatArray, FloatArray]:
    """(r, P(κ·fMAS·e ≤ r)) for the calf's spread e of mean 1; 0 below the first r."""
    p, w = _unit_rule()
    factor, weights = np.ones(1), np.ones(1)
    for low, high in (slack, tone):
        of, by = (low + (high - low) * p, w) if high > low else (np.array([low]), np.ones(1))
        factor, weights = np.outer(factor, of).ravel(), np.outer(weights, by).ravel()
    sd = max(sd, LEAST_LOG_SD)
    reach = math.exp(TAIL_SD * sd)
    room = np.geomspace(factor.min() / reach, factor.max() * reach, _TABLE)
    below = ndtr((np.log(room[:, None] / factor) + sd**2 / 2.0) / sd) @ weights
    return frozen(room), frozen(np.minimum(below / below[-1], 1.0))


TAIL_SD = 5.0
"""The table reaches this many standard deviations to both sides."""
LEAST_LOG_SD = 0.01
"""A known calf moment is known to a hundredth, so that its distribution has no step."""


@cache
def _unit_rule() -> tuple[FloatArray, FloatArray]:
    """Gauss–Legendre nodes and weights on (0, 1)."""
    x, w = np.polynomial.legendre.leggauss(_NODES)
    return frozen((x + 1.0) / 2.0), frozen(w / 2.0)


def _triangular(p: FloatArray, low: float, mode: float, high: float) -> FloatArray:
    """Quantiles of the triangular distribution; a point when low = high."""
    if high <= low:
        return np.full_like(p, low)
    peak = (mode - low) / (high - low)
    rising = low + np.sqrt(p * (high - low) * (mode - low))
    falling = high - np.sqrt((1.0 - p) * (high - low) * (high - mode))
    return np.where(p < peak, rising, falling)


def _known(strength: Strength, spread: Spread) -> Iterator[tuple[str, Spread]]:
    """Every uncertain input by name, and the spread were it known at its median."""
    if strength.measured:
        yield READING, replace(spread, reading_cv=0.0)
    else:
        yield STRENGTH, replace(spread, share=(_median_share(spread),) * 3)
        yield NORMAL, replace(spread, normal_cv=0.0)
    yield SUSTAINED, replace(spread, sustained_sd=0.0)
    yield SLACK, replace(spread, slack=(sum(spread.slack) / 2.0,) * 2)
    yield CALF, replace(spread, calf_log_sd=0.0)
    yield RATE, replace(spread, loading_sd=LOADING_KNOWN_SD)
    if spread.tone[1] > spread.tone[0]:
        yield TONE, replace(spread, tone=(sum(spread.tone) / 2.0,) * 2)


def _median_share(spread: Spread) -> float:
    return float(_triangular(np.array([0.5]), *spread.share)[0])


def _components(
    demand: Demand,
    strength: Strength,
    goals: tuple[str, ...],
    spread: Spread,
    width: Callable[[Spread], float],
) -> tuple[Component, ...]:
    ends = _alone(demand, strength, goals, spread)
    found = [
        Component(name, min(ends[name]), max(ends[name]), width(known))
        for name, known in _known(strength, spread)
        if known != spread and (min(ends[name]) < max(ends[name]) or not _idle(name, goals))
    ]
    return tuple(sorted(found, key=lambda one: one.width_known))


def _idle(name: str, goals: tuple[str, ...]) -> bool:
    """Whether an input has no part in the goals."""
    return (name == RATE and LOADING not in goals) or (
        name in (SLACK, CALF, TONE) and SWING not in goals
    )


def _alone(
    demand: Demand, strength: Strength, goals: tuple[str, ...], spread: Spread
) -> dict[str, list[float]]:
    """One input at a time at its 5 and 95 % quantiles, the others where the formula has them."""
    tails = np.array(ENDS)
    z = ndtri(tails)

    def needed(case: Demand, slack: float = SLACK_MOST, per_kg: float | None = None) -> float:
        loading = loading_stiffness(case)
        if per_kg is not None:
            deficit = per_kg * case.mass_kg - case.sustained_nm
            loading = max(0.0, deficit) / LOADING_TRAVEL_DEG
        swing = swing_stiffness(case, slack)
        return max(swing if SWING in goals else 0.0, loading if LOADING in goals else 0.0)

    def at_torque(values: FloatArray) -> list[float]:
        left = np.maximum(0.0, values - spread.loss_nm)
        return [needed(replace(demand, torque_nm=float(value))) for value in left]

    ends = {}
    if strength.measured:
        ends[READING] = at_torque(strength.torque_nm * (1.0 + spread.reading_cv * z))
    else:
        ends[STRENGTH] = at_torque(_triangular(tails, *spread.share) * strength.norm.peak_nm)
        ends[NORMAL] = at_torque(strength.torque_nm * (1.0 + spread.normal_cv * z))
    u = np.maximum(0.0, 1.0 + spread.sustained_sd / SUSTAINED_SHARE * z)
    ends[SUSTAINED] = [needed(replace(demand, torque_nm=demand.torque_nm * float(v))) for v in u]
    low, high = spread.slack
    ends[SLACK] = [needed(demand, low + (high - low) * float(v)) for v in tails]
    calf = np.exp(spread.calf_log_sd * z - spread.calf_log_sd**2 / 2.0)
    ends[CALF] = [needed(demand, float(value)) for value in calf]
    per_kg = demand.loading_per_kg + spread.loading_sd * z
    ends[RATE] = [needed(demand, per_kg=float(value)) for value in per_kg]
    low, high = spread.tone
    tone = [low + (high - low) * float(v) for v in tails]
    ends[TONE] = [needed(replace(demand, tone=value)) for value in tone]
    return ends


def _measurements(
    strength: Strength, spread: Spread, width: Callable[[Spread], float]
) -> tuple[Measurement, ...]:
    """What can be measured, with the error it then still has."""
    asked = []
    if not strength.measured:
        share = (_median_share(spread),) * 3
        better = replace(spread, share=share, normal_cv=0.0, reading_cv=MEASURED_SD)
        asked.append(("the dorsiflexion torque with a dynamometer", better))
    if spread.tone[1] > spread.tone[0]:
        better = replace(spread, tone=(sum(spread.tone) / 2.0,) * 2)
        asked.append(("the calf's tone (modified Ashworth)", better))
    measured_sd = log_sd(CALF_MEASURED_CV)
    if spread.calf_log_sd > measured_sd:
        better = replace(spread, calf_log_sd=measured_sd, tone=(sum(spread.tone) / 2.0,) * 2)
        asked.append(("the calf's passive moment at 10 deg of dorsiflexion", better))
    if spread.slack[0] == SLACK_LEAST:
        least = math.exp(-USUAL_FLEXION_GAIN_DEG / CALF_GROWTH_DEG)
        better = replace(spread, slack=(least, SLACK_MOST))
        asked.append(("passive dorsiflexion with the knee extended and flexed", better))
    found = [Measurement(what, width(better)) for what, better in asked]
    return tuple(sorted(found, key=lambda one: one.width))
