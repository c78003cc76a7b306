"""Levers: what tuning may move of a shell's leaf, and how far."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.parameters import Chosen, Tuning
from afo_designer.design.tuning import Lever
from afo_designer.geometry.parameter import with_value
from afo_designer.shell.parameters import Leaf
from afo_designer.shell.ribs import CORRUGATION
from afo_designer.shell.shell import Shell
from afo_designer.shell.trim import theta_of_width

THICKNESS, WIDTH, TRIM = "thickness_mm", "width_mm", "trim_anterior_mm"
# Trim distances are negative behind the apices; this makes a positive lever of them.
TRIM_OFFSET_MM = 60.0
# A leaf's edge stays this far behind the malleolar apices (workshop practice, recalled).
BEHIND_APEX_MM = 10.0


def wall_alone(shell: Shell) -> bool:
    """Whether the trim stays as it is: a hinge's cut follows its axis, folds lie where they lie."""
    ribs = shell.parameters.ribs
    return shell.hinge is not None or (ribs.number != "none" and ribs.form == CORRUGATION)


def leaf_with(shell: Shell, values: dict[str, float]) -> Leaf:
    """The shell's leaf with some values replaced."""
    leaf = shell.parameters.leaf
    for key, value in values.items():
        leaf = with_value(leaf, key, value)
    return leaf


def levers_of(shell: Shell, positive: PositiveModel, chosen: Chosen) -> tuple[Lever, ...]:
    """Thickness, then width or trim; what the user fixed is not moved."""
    leaf, limits = shell.parameters.leaf, chosen.parameters.tuning
    low, high = limits.thickness_low_mm, limits.thickness_high_mm
    start = float(np.clip(leaf.thickness_mm, low, high))
    levers = [Lever(THICKNESS, start, low, high, 1.7)]
    if wall_alone(shell):
        pass
    elif leaf.edge == "width":
        most = max(min(limits.width_high_mm, widest_leaf(shell, positive)), limits.width_low_mm)
        start = float(np.clip(leaf.width_mm, limits.width_low_mm, most))
        levers.append(Lever(WIDTH, round(start, 2), limits.width_low_mm, most, 1.6))
    else:
        low, high = limits.trim_low_mm, limits.trim_high_mm
        start = float(np.clip(leaf.trim_anterior_mm, low, high))
        levers.append(Lever(TRIM, start, low, high, 3.0, TRIM_OFFSET_MM))
    return tuple(
        replace(lever, low=lever.start, high=lever.start)
        if chosen.source(f"shell.leaf.{lever.key}") == "user"
        else lever
        for lever in levers
    )


def widest_leaf(shell: Shell, positive: PositiveModel) -> float:
    """Width (mm) at which the leaf's edges come within 10 mm behind either malleolar apex."""
    low, high = 10.0, 200.0
    s = shell.stations.ankle
    reach = []
    for side, name in ((1.0, "lateral_malleolus"), (-1.0, "medial_malleolus")):
        limit = positive.landmarks.position(name)[0] - BEHIND_APEX_MM
        widths = np.linspace(low, high, 191)
        theta = np.array([theta_of_width(shell.chart, s, 0.5 * w, side) for w in widths])
        x = shell.chart.point(np.full_like(theta, s), side * theta)[:, 0]
        beyond = np.flatnonzero(x > limit)
        reach.append(widths[beyond[0]] - 1.0 if len(beyond) else high)
    return float(min(reach))


def span(limits: Tuning, shell: Shell) -> str:
    """The levers' ranges in words."""
    wall = f"{limits.thickness_low_mm:.3g} to {limits.thickness_high_mm:.3g} mm of wall"
    if wall_alone(shell):
        return wall
    if shell.parameters.leaf.edge == "width":
        return f"{wall} and {limits.width_low_mm:.3g} to {limits.width_high_mm:.3g} mm of width"
    return f"{wall} and {limits.trim_low_mm:.3g} to {limits.trim_high_mm:.3g} mm of ankle trim"
