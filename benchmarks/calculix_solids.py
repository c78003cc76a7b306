"""One layer of 20- and 15-node solids through the wall of a shell's mid-surface mesh."""

from __future__ import annotations

import numpy as np
from calculix_deck import Solid
from calculix_parts import Part
from numpy.typing import NDArray

from afo_designer.design.rig import shell_model
from afo_designer.geometry.array import FloatArray, IntArray
from afo_designer.mechanics.bench import Bench, depth, supports
from afo_designer.mechanics.model import ShellModel
from afo_designer.shell.shell import Shell

# Solid nodes this close to a region's plane are inside, mm, where each is asked by itself.
ON_PLANE = 1.0e-6
# A face whose curved sides span less than this at a corner, over its mean, gets straight ones.
LEAST_CORNER = 0.1
# Shares of elements that slots leave are rounded to this: each makes a material of its own.
WEIGHT_STEP = 0.01


def solids(part: Part, refinement: float, *, by_node: bool = False) -> Solid:
    """The part's wall in solids, on its own mesh of a refinement."""
    model = shell_model(part.shell, part.bench, part.elasticity, refinement)
    return extruded(part.shell, model, part.bench, by_node=by_node)


def extruded(shell: Shell, model: ShellModel, bench: Bench, *, by_node: bool = False) -> Solid:
    """The wall as C3D20R and C3D15; mid-side nodes lie on the shell, half-way in (s, θ).

    Clamp and band hold whole fibres: those of the mesh nodes that ours holds, and of mid-sides
    with both ends held. `by_node` asks each solid node by its own place instead, as one
    who has only the planes would. Slivers that curved sides would fold get straight ones. Elements
    keep the share of their modulus that slots leave; those clamped altogether are left out.
    """
    mesh, supported = model.mesh, supports(model, bench)
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
    for corners, between in zip((mesh.quads, mesh.triangles), middles, strict=True):
        for surface, curved in zip((at_corner[0], at_corner[2]), at_edge, strict=True):
            folded = between[_folded(surface[corners], curved[between])].ravel()
            for ends, mids in zip((at_corner[0], at_corner[2]), at_edge, strict=True):
                mids[folded] = ends[pairs[folded]].mean(axis=1)
    points = np.concatenate([*at_corner, *at_edge])

    held = []
    fibres = np.concatenate([np.tile(np.arange(corner), 3), corner + np.tile(np.arange(edge), 2)])
    regions = (bench.footplate_clamp, bench.calf_band)
    for region, nodes in zip(regions, (supported.clamped, supported.band), strict=True):
        inside = np.zeros(corner, dtype=np.bool_)
        inside[nodes] = True
        inside = np.concatenate([inside, inside[pairs].all(axis=1)])[fibres]
        held.append(depth(region, points) >= -ON_PLANE if by_node else inside)

    blocks, weight = [], np.split(model.element_weight, [len(mesh.quads)])
    for name, (corners, _), between, share in zip(
        ("C3D20R", "C3D15"), cells, middles, weight, strict=True
    ):
        low, middle_layer, high = corners, corners + corner, corners + 2 * corner
        under = between + 3 * corner
        nodes = np.hstack([low, high, under, under + edge, middle_layer])
        rounded = WEIGHT_STEP * np.round(share / WEIGHT_STEP)
        solid = (rounded > 0.0) & ~held[0][nodes].all(axis=1)
        if solid.any():
            blocks.append((name, nodes[solid], rounded[solid]))
    return _compact(points, blocks, held[0], held[1])


def _fibre(
    shell: Shell, s: FloatArray, theta: FloatArray, heights: tuple[float, ...]
) -> list[FloatArray]:
    """Points (n, 3) at shares of the wall from the inner surface outwards."""
    inner, wall = shell.chart.point(s, theta), shell.thickness(s, theta)[:, None]
    outward = shell.chart.normal(s, theta)
    return [inner + share * wall * outward for share in heights]


def _folded(corners: FloatArray, between: FloatArray) -> NDArray[np.bool_]:
    """(m,): faces (m, k, 3) that their curved sides fold at a corner: slivers beside the borders.

    At a corner p the quadratic sides to q and r set off along 4 m − 3 p − q, m their middles; over
    a face's mean they span at least `LEAST_CORNER`.
    """
    after, before = np.roll(corners, -1, axis=1), np.roll(corners, 1, axis=1)
    straight = np.cross(after - corners, before - corners)
    forth = 4.0 * between - 3.0 * corners - after
    back = 4.0 * np.roll(between, 1, axis=1) - 3.0 * corners - before
    normal = straight.mean(axis=1)
    spanned = np.einsum("mki,mi->mk", np.cross(forth, back), normal)
    return spanned.min(axis=1) < LEAST_CORNER * np.sum(normal**2, axis=1)


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
