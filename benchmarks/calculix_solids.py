"""One layer of 20- and 15-node solids through the wall of a shell's mid-surface mesh."""

from __future__ import annotations

import numpy as np
from calculix_deck import Solid
from calculix_parts import Part

from afo_designer.design.rig import regions
from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.mechanics.bench import Bench, depth
from afo_designer.shell.sample import MiddleSurface, middle_surface
from afo_designer.shell.shell import Shell

# Points this close to a region's plane are inside, mm.
ON_PLANE = 1.0e-6
# Shares of elements that slots leave are rounded to this: each makes a material of its own.
WEIGHT_STEP = 0.01


def solids(part: Part, refinement: float, *, by_node: bool = False) -> Solid:
    """The part's wall in solids, on its own mesh of a refinement."""
    middle = middle_surface(part.shell, refinement, regions(part.bench))
    return extruded(part.shell, middle, part.bench, by_node=by_node)


def extruded(shell: Shell, middle: MiddleSurface, bench: Bench, *, by_node: bool = False) -> Solid:
    """The wall as C3D20R and C3D15; mid-side nodes lie on the shell, half-way in (s, θ).

    Clamp and band hold whole fibres: those of mesh nodes whose middle lies inside, and of
    mid-sides with both ends held. `by_node` asks each solid node by its own place instead, as one
    who has only the planes would. Elements keep the share of their modulus that slots leave.
    """
    mesh = middle.mesh
    cells = [(mesh.quads, 4), (mesh.triangles, 3)]
    sides = [np.stack([corners, np.roll(corners, -1, axis=1)], axis=-1) for corners, count in cells]
    flat = np.sort(np.concatenate([s.reshape(-1, 2) for s in sides]), axis=1)
    pairs, inverse = np.unique(flat, axis=0, return_inverse=True)
    middles = np.split(inverse.ravel(), [sides[0].size // 2])
    middles = [m.reshape(-1, count) for m, (_, count) in zip(middles, cells, strict=True)]

    corner, edge = len(mesh.vertices), len(pairs)
    s, theta = mesh.parameters.T
    at_corner = _fibre(shell, s, theta, (0.0, 0.5, 1.0))
    s, theta = mesh.parameters[pairs].mean(axis=1).T
    at_edge = _fibre(shell, s, theta, (0.0, 1.0))
    points = np.concatenate([*at_corner, *at_edge])

    held = []
    fibres = np.concatenate([np.tile(np.arange(corner), 3), corner + np.tile(np.arange(edge), 2)])
    for region in (bench.footplate_clamp, bench.calf_band):
        inside = depth(region, mesh.vertices) >= -ON_PLANE
        inside = np.concatenate([inside, inside[pairs].all(axis=1)])[fibres]
        if by_node:
            inside = depth(region, points) >= -ON_PLANE
        held.append(inside)

    blocks, weight = [], np.split(middle.solid, [len(mesh.quads)])
    for name, (corners, _), between, share in zip(
        ("C3D20R", "C3D15"), cells, middles, weight, strict=True
    ):
        low, middle_layer, high = corners, corners + corner, corners + 2 * corner
        under = between + 3 * corner
        nodes = np.hstack([low, high, under, under + edge, middle_layer])
        rounded = WEIGHT_STEP * np.round(share / WEIGHT_STEP)
        solid = rounded > 0.0
        if solid.any():
            blocks.append((name, nodes[solid], rounded[solid]))
    return _compact(points, blocks, held[0], held[1])


def _fibre(
    shell: Shell, s: FloatArray, theta: FloatArray, heights: tuple[float, ...]
) -> list[FloatArray]:
    """Points (n, 3) at shares of the wall from the inner surface outwards."""
    inner, wall = shell.chart.point(s, theta), shell.thickness(s)[:, None]
    outward = shell.chart.normal(s, theta)
    return [inner + share * wall * outward for share in heights]


def _compact(
    points: FloatArray,
    blocks: list[tuple[str, IntArray, FloatArray]],
    clamp: FloatArray,
    band: FloatArray,
) -> Solid:
    """Without the nodes that no element uses."""
    used = np.unique(np.concatenate([nodes.ravel() for _, nodes, _ in blocks]))
    number = np.full(len(points), -1)
    number[used] = np.arange(len(used))
    renumbered = tuple((name, number[nodes], weight) for name, nodes, weight in blocks)
    return Solid(points[used], renumbered, np.flatnonzero(clamp[used]), np.flatnonzero(band[used]))
