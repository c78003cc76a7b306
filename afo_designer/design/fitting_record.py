"""FittingRecord: the record's `fitting` section."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from afo_designer.design.fitting import Fitting
from afo_designer.design.grinding import Ground
from afo_designer.design.shim import MIDSTANCE_SHANK_DEG


def fitting_record(
    fitting: Fitting, target: float | None, cycles_per_year: float
) -> dict[str, Any]:
    """Grind-down curve and shim table; None with a reason where there is none.

    `target`: the stiffness prescribed, N·m/deg; `cycles_per_year` of one foot.
    """
    one = fitting.grinding
    return {
        "grinding": one
        and {
            "edge": one.edge,
            "limit_mm": one.limit_mm,
            "never_below_mm": one.never_below_mm,
            "reason": one.reason,
            "points": [_ground(point, target, cycles_per_year) for point in one.points],
            "method": "finished shell with its edges moved, linear bench on the same mesh carried "
            "along; the design's own stiffness, interval and stress in that proportion",
        },
        "shims": {
            "spring": fitting.spring and asdict(fitting.spring),
            "midstance_shank_deg": MIDSTANCE_SHANK_DEG,
            "table": [asdict(shim) for shim in fitting.shims],
            "method": "pitch = asin((heel height + plate + shim) / lever); piecewise spring",
        },
        "reason": fitting.reason or None,
    }


def _ground(point: Ground, target: float | None, cycles_per_year: float) -> dict[str, Any]:
    life = point.life_cycles
    return {
        **asdict(point),
        "percent_of_target": 100.0 * point.stiffness / target if target else None,
        "life_years": life / cycles_per_year if life and cycles_per_year > 0.0 else None,
    }
