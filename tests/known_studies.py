"""Studies of the demonstration limb for tests, and functions in place of its bench."""

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from afo_designer.runs.sweep.evaluator import Outcome
from afo_designer.runs.sweep.study import Study, study_from_mapping

ROOT = Path(__file__).resolve().parents[1]
BASE = {"scan": "scans/demo_limb.ply", "person": "scans/demo_person.toml"}
ANY = "stiffness.plantarflexion"


def study(
    factors: Mapping[str, Any],
    plan: Mapping[str, Any],
    keep: tuple[str, ...] = (ANY,),
    **more: Any,
) -> Study:
    """A study of the demonstration; `more` are further sections, `base` is added to."""
    base = {**BASE, **more.pop("base", {})}
    mapping = {"base": base, "factors": factors, "plan": plan, "responses": {"keep": list(keep)}}
    return study_from_mapping({**mapping, **more}, ROOT)


def numbers(count: int, low: float, high: float) -> dict[str, dict[str, float]]:
    """So many factors that are plain numbers: landmarks' shifts."""
    keys = [f"landmarks.heel_posterior.{axis}_mm" for axis in "xyz"]
    keys += [f"landmarks.heel_plantar.{axis}_mm" for axis in "xyz"]
    return {key: {"low": low, "high": high} for key in keys[:count]}


class Formula:
    """A function of the factors' values instead of a design; it counts its calls."""

    def __init__(self, function: Callable[..., float]) -> None:
        self._function = function
        self.calls = 0

    def outcome(self, values: Mapping[str, float | str]) -> Outcome:
        self.calls += 1
        found = self._function(*values.values())
        if math.isnan(found):
            return Outcome({ANY: found}, "infeasible", "infeasible", "No such design.")
        return Outcome({ANY: found})


def ishigami(x: float, y: float, z: float) -> float:
    """Ishigami and Homma 1990 with a = 7, b = 0.1, on −π to π."""
    return math.sin(x) + 7.0 * math.sin(y) ** 2 + 0.1 * z**4 * math.sin(x)


# Closed form, for example in scipy.stats.sobol_indices' documentation (read): first order, total.
ISHIGAMI_FIRST, ISHIGAMI_TOTAL = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)
