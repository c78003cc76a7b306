"""Surrogate: a Gaussian process in place of the bench, where a study asks for one.

scikit-learn's regressor (an extra, imported here alone) with a squared-exponential kernel of one
length for each factor and noise. Its error is cross-validated and stands beside all it is used
for; results of the bench are never replaced by it.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.runs.sweep.indices import Index, indices_of
from afo_designer.runs.sweep.plan import Plan, cross_samples
from afo_designer.runs.sweep.study import Study, Surrogate
from afo_designer.runs.sweep.table import Table

# Training costs the cube of the variants: 500 take seconds. The others test it.
MOST_TRAINED = 500
LEAST_PER_FACTOR = 4
# Lengths over a factor's range: the first tried, the bounds, and how often others are tried: from
# one start alone a response with waves was taken for noise (Ishigami, 160 variants: Q² 0.54, not
# 0.89).
START, BOUNDS, RESTARTS = 0.5, (2.0e-2, 1.0e3), 3


class SurrogateUnavailable(RuntimeError):
    """A surrogate was asked for and cannot be made; the message says why."""


@dataclass(frozen=True, slots=True)
class Validated:
    """How well a response's surrogate did on variants it had not seen.

    `q2`: 1 − mean square error over variance; `rmse` and `worst` in the response's unit.
    `trained` variants, `folds` folds; `remark` of the optimiser, empty where it had none.
    """

    response: str
    unit: str
    trained: int
    folds: int
    q2: float
    rmse: float
    worst: float
    remark: str


@dataclass(frozen=True, slots=True)
class Modelled:
    """Every response's validation, and Sobol indices drawn from the models."""

    validated: tuple[Validated, ...]
    indices: tuple[Index, ...]


def modelled(table: Table, asked: Surrogate) -> Modelled:
    """Models of all responses. Raises `SurrogateUnavailable`."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        raise SurrogateUnavailable(
            "The surrogate was not made: pip install 'afo-designer[sweep]' brings scikit-learn."
        ) from None
    study = table.study
    shares = np.stack([_shares(table, k) for k in range(len(study.factors))], axis=1)
    validated, indices = [], []
    with threadpool_limits(1):  # sums in one order: the same bytes
        for response in study.responses:
            values = table.numbers(response.name)
            known = np.flatnonzero(np.isfinite(values))
            if len(known) < max(LEAST_PER_FACTOR * len(study.factors), 2 * asked.folds):
                raise SurrogateUnavailable(
                    f"The surrogate of {response.name} has {len(known)} variants to learn from; "
                    f"it needs {LEAST_PER_FACTOR} for each factor and two for each fold."
                )
            one, model = _validated(shares[known], values[known], study, asked)
            validated.append(Validated(response.name, response.unit, *one))
            indices += _indices(response.name, model, study, asked)
    return Modelled(tuple(validated), tuple(indices))


def _shares(table: Table, k: int) -> FloatArray:
    """A factor's values between its ends, 0 to 1."""
    values = table.numbers(table.study.factors[k].key)
    low, high = _ends(table.study, k)
    return (values - low) / (high - low)


def _ends(study: Study, k: int) -> tuple[float, float]:
    factor = study.factors[k]
    if factor.listed:
        numbers = [float(v) for v in factor.values]
        return min(numbers), max(*numbers, min(numbers) + 1e-9)
    if factor.sd > 0.0:  # three standard deviations each way
        return factor.mean - 3.0 * factor.sd, factor.mean + 3.0 * factor.sd
    return factor.low, factor.high


def _validated(
    x: FloatArray, y: FloatArray, study: Study, asked: Surrogate
) -> tuple[tuple[int, int, float, float, float, str], Any]:
    """Cross-validation over folds that the seed draws, and the model of all that is trained on."""
    order = np.random.default_rng(study.plan.seed).permutation(len(y))
    trained, kept = order[:MOST_TRAINED], order[MOST_TRAINED:]
    errors, remarks = [], []
    for fold in np.array_split(trained, asked.folds):
        rest = np.setdiff1d(trained, fold)
        model, remark = _fitted(x[rest], y[rest])
        errors.append(model.predict(x[fold]) - y[fold])
        remarks.append(remark)
    model, remark = _fitted(x[trained], y[trained])
    if len(kept):
        errors.append(model.predict(x[kept]) - y[kept])
    error = np.concatenate(errors)
    spread = float(np.var(y))
    q2 = 1.0 - float(np.mean(error**2)) / spread if spread > 0.0 else float("nan")
    said = next((text for text in [remark, *remarks] if text), "")
    rmse, worst = float(np.sqrt(np.mean(error**2))), float(np.abs(error).max())
    return (len(trained), asked.folds, q2, rmse, worst, said), model


def _fitted(x: FloatArray, y: FloatArray) -> tuple[Any, str]:
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import RBF, WhiteKernel

    kernel = RBF(np.full(x.shape[1], START), BOUNDS) + WhiteKernel(1.0e-6, (1.0e-12, 1.0))
    model = GaussianProcessRegressor(
        kernel, normalize_y=True, random_state=0, n_restarts_optimizer=RESTARTS
    )
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model.fit(x, y)
    return model, " ".join(str(said[0].message).split())[:200] if said else ""


def _indices(response: str, model: Any, study: Study, asked: Surrogate) -> list[Index]:
    keys = [one.key for one in study.factors]
    plan = Plan("sobol", asked.samples, study.plan.seed, indices=True)
    rows = list(cross_samples(plan, tuple(keys)))
    points = np.zeros((len(rows), len(keys)))
    for k, factor in enumerate(study.factors):
        low, high = _ends(study, k)
        values = [float(factor.at(float(shares[k]))) for shares, _, _ in rows]
        points[:, k] = (np.array(values) - low) / (high - low)
    predicted = model.predict(points).reshape(asked.samples, len(keys) + 2)
    return indices_of(
        response, keys, predicted[:, 0], predicted[:, 1], predicted[:, 2:].T, study.plan.seed
    )
