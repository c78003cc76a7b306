"""HingedModel: calf and foot part as one finite-element model with pivots and a stop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.geometry.mesh import QuadMesh
from afo_designer.mechanics.element import Law
from afo_designer.mechanics.gradient import Linear
from afo_designer.mechanics.joint import Joint, Pivot, Stop
from afo_designer.mechanics.model import ShellModel
from afo_designer.shell.hinge import HingeAxis
from afo_designer.shell.hinged import hinged, hole_name
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.region import Region
from afo_designer.shell.shell import Shell
from afo_designer.shell.tessellation import Tessellated, tessellated

# Nodes of an outline this near to the stop's plane belong to it: what the edges are set in by, and
# the rounding of the outline.
ON_STOP_MM = 1.5


def hinged_model(
    shell: Shell,
    axis: HingeAxis,
    regions: Sequence[Region],
    elasticity: Law,
    refinement: float = 1.0,
) -> ShellModel:
    """The model: calf part first; the stop shut and all its pairs acting."""
    parts = [one for _, one in hinged(shell, axis)]
    calf, foot = (tessellated(one, refinement, regions) for one in parts)
    first = len(calf.middle.mesh.vertices)
    one, two = calf.middle.mesh, foot.middle.mesh
    mesh = QuadMesh(
        np.concatenate([one.vertices, two.vertices]),
        np.concatenate([one.quads, two.quads + first]),
        np.concatenate([one.parameters, two.parameters]),
        np.concatenate([one.triangles, two.triangles + first]),
    )
    pivots: list[Joint] = [
        Pivot(_ring(parts[0], calf, side), _ring(parts[1], foot, side) + first)
        for side in (LATERAL, MEDIAL)
    ]
    half = 0.5 * shell.parameters.hinge.stop_width_mm
    edges = calf.loops[0], foot.loops[0] + first
    return ShellModel(
        mesh,
        np.concatenate([calf.middle.directors, foot.middle.directors]),
        np.concatenate([calf.middle.thickness, foot.middle.thickness]),
        elasticity,
        joints=(*pivots, _stop(mesh.vertices, axis, edges, half)),
    )


def settled(model: ShellModel, linear: Linear) -> ShellModel:
    """The model whose stop acts where a plantarflexed shank presses it, after a linear solution.

    The very same model where that changes nothing.
    """
    stop = model.stop
    if stop is None:
        return model
    # `linear` is per radian of dorsiflexion
    acting = stop.openings(-linear.displacement) < 0.0
    if np.array_equal(acting, stop.acting):
        return model
    joints = tuple(replace(stop, acting=acting) if one is stop else one for one in model.joints)
    return replace(model, joints=joints)


def _ring(shell: Shell, made: Tessellated, side: float) -> IntArray:
    """The nodes round the hinge's hole on a side."""
    names = [opening.name for opening in shell.openings]
    return made.loops[1 + names.index(hole_name(side))]


def _stop(
    vertices: FloatArray, axis: HingeAxis, edges: tuple[IntArray, IntArray], half: float
) -> Stop:
    """Every node of the calf part's stop against the foot part's edge beneath it."""
    calf, foot = edges
    behind, above, along = axis.flat(vertices)
    rise = above * np.cos(axis.opening) - behind * np.sin(axis.opening)
    near = (behind[calf] > 0.0) & (np.abs(rise[calf]) < ON_STOP_MM) & (np.abs(along[calf]) <= half)
    under = foot[(behind[foot] > 0.0) & (np.abs(above[foot]) < ON_STOP_MM)]
    under = under[np.argsort(along[under], kind="stable")]
    first = calf[near]
    at = np.clip(np.searchsorted(along[under], along[first]), 1, len(under) - 1)
    second = np.column_stack([under[at - 1], under[at]])
    low, high = along[second[:, 0]], along[second[:, 1]]
    share = np.clip((along[first] - low) / (high - low), 0.0, 1.0)
    return Stop(
        first,
        second,
        np.column_stack([1.0 - share, share]),
        axis.up,
        np.maximum(behind[first], 0.0) * np.tan(axis.opening),
        np.ones(len(first), dtype=np.bool_),
    )
