"""Placement: how the linear bench's stiffness depends on where its axis and its shank lie.

The shell stays as it is. At equilibrium the energy is stationary in the unknowns, so its derivative
is twice the work of the shank's reactions r = K u in the motion that a change prescribes, the
unknowns kept: no solve.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from afo_designer.geometry.array import FloatArray, cross, frozen, unit
from afo_designer.mechanics.bench import Bench, Cuff, supports
from afo_designer.mechanics.constraint import rigid_motion
from afo_designer.mechanics.gradient import Linear
from afo_designer.mechanics.stiffness import NM_PER_DEG

# Step (rad) of the shank axis's central difference, which errs by its square: 1e-8 of the slope.
TILT_STEP = 1.0e-4


@dataclass(frozen=True, slots=True)
class Placement:
    """Slopes of the stiffness.

    `point` (3,): N·m/deg per mm by which the axis's point moves. `direction` (3,): per rad of the
    rotation vector that turns the axis's direction. `shank` (3,), perpendicular to the shank axis:
    per unit by which that unit vector changes, with the calf band where it was.
    """

    point: FloatArray
    direction: FloatArray
    shank: FloatArray

    def __post_init__(self) -> None:
        for name in ("point", "direction", "shank"):
            object.__setattr__(self, name, frozen(getattr(self, name), (3,)))


def placement_slopes(linear: Linear) -> Placement:
    """The slopes at a solved bench.

    Moving the axis's point by δ adds the translation d × (−δ) per radian, turning its direction d
    by ω the rotation ω × d; the shank answers with its force and moment. With the shank axis turns
    the direction in which a sliding cuff is free; a tied one has no such direction.
    """
    bench, held, model = linear.bench, linear.held, linear.model
    reaction = _reactions(linear)
    wrench = rigid_motion(model, held.band, bench.axis_point).T @ reaction
    d = bench.axis_direction
    return Placement(
        point=2.0 * NM_PER_DEG * cross(d, wrench[:3]),
        direction=2.0 * NM_PER_DEG * cross(d, wrench[3:]),
        shank=_shank_slope(linear, reaction) * NM_PER_DEG,
    )


def _reactions(linear: Linear) -> FloatArray:
    """K u (5n,): what holds the shell, per radian."""
    elements = linear.elements
    turns = np.einsum("nki,ni->nk", linear.model.rotation_axes, linear.turn)
    u = np.concatenate([linear.displacement, turns], axis=1).reshape(-1)
    responses = elements.responses(elements.start)
    return np.asarray(elements.stiffness(elements.start, responses) @ u)


def _shank_slope(linear: Linear, reaction: FloatArray) -> FloatArray:
    """(3,): N·mm/rad per unit of the shank axis's change."""
    bench = linear.bench
    if bench.cuff is not Cuff.SLIDING:
        return np.zeros(3)
    axis = bench.shank_axis
    helper = np.eye(3)[np.argmin(np.abs(axis))]
    first = unit(cross(helper, axis))
    total = np.zeros(3)
    for way in (first, cross(axis, first)):
        ends = [_work(linear, reaction, axis + sign * TILT_STEP * way) for sign in (1.0, -1.0)]
        total += (ends[0] - ends[1]) / (2.0 * TILT_STEP) * way
    return total


def _work(linear: Linear, reaction: FloatArray, shank_axis: FloatArray) -> float:
    """2 r·u + q·S q with the unknowns q kept and the cuff free along another axis."""
    moved: Bench = replace(linear.bench, shank_axis=shank_axis)
    constraint = supports(linear.model, moved, linear.held).constraint
    q = linear.unknowns
    u = constraint.transformation @ q + constraint.offset
    return float(2.0 * (reaction @ u) + constraint.spring @ q**2)
