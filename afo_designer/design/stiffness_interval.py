"""The interval around the achieved stiffness: what is known to vary, one component each.

First order, one-sided ranges taken as the bounds of 90 % coverage and joined by root sum of
squares; the modulus enters exactly, since stiffness is proportional to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Modulus by moisture, process and temperature; printed wall; axis placement (mechanics notes §2).
MODULUS_LOW, MODULUS_HIGH = -0.30, 0.10
WALL_MM = 0.3
AXIS_MM = 5.0
COVERAGE = 0.9
METHOD = "first order, independent components, root sum of squares of one-sided ranges"


@dataclass(frozen=True, slots=True)
class StiffnessInterval:
    """Bounds (N·m/deg) and the components as (name, relative low, relative high)."""

    low: float
    high: float
    components: tuple[tuple[str, float, float], ...]
    coverage: float = COVERAGE
    method: str = METHOD


def stiffness_interval(
    stiffness: float,
    thickness_mm: float,
    thickness_slope: float,
    axis_change: float,
    mesh_change: float,
) -> StiffnessInterval:
    """The interval of a stiffness (N·m/deg).

    `thickness_slope` is d ln k / d ln t; `axis_change` the largest relative change when the axis
    moves by 5 mm along x or z; `mesh_change` the relative change on a mesh twice as fine.
    """
    thin = (1.0 - WALL_MM / thickness_mm) ** thickness_slope - 1.0
    thick = (1.0 + WALL_MM / thickness_mm) ** thickness_slope - 1.0
    components = [
        ("modulus +10/-30 %", MODULUS_LOW, MODULUS_HIGH),
        (f"wall ±{WALL_MM:g} mm", thin, thick),
        (f"axis ±{AXIS_MM:g} mm", -axis_change, axis_change),
        ("mesh", -abs(mesh_change), abs(mesh_change)),
    ]
    components.sort(key=lambda part: -max(abs(part[1]), abs(part[2])))
    down = float(np.sqrt(sum(low**2 for _, low, _ in components)))
    up = float(np.sqrt(sum(high**2 for _, _, high in components)))
    return StiffnessInterval(
        stiffness * max(0.0, 1.0 - down), stiffness * (1.0 + up), tuple(components)
    )
