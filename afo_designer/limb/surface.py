"""The leg's own surface: welded, floor and fragments removed, oriented outward."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import ConvexHull, QhullError

from afo_designer.geometry.array import FloatArray, IntArray, cross
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.refusal import InputRefused
from afo_designer.geometry.thinning import rim_vertices, thinned, undirected_edges

# Unwelded files repeat the same float32 numbers, whose last digit is about 1e-7 of the extent;
# the shortest true edges of a scan are a thousand times longer.
_WELD = 1e-6
# Height over length of a triangle that is a rounded line: float32 gives some 1e-6.
_NEEDLE = 1e-4
# A scan below this many triangles cannot show a malleolus (sections of some twelve points).
_FEWEST_TRIANGLES = 300
# Pieces under this share of the largest one's area are fragments.
_FRAGMENT = 0.10
# Standard deviations across over along the second axis: a floor 0.02, a leg above 0.5.
_FLAT = 0.06
# Distance (mm) within which surface belongs to a floor fused with the foot: noise and waves.
_FLOOR_BAND = 4.0
_FLOOR_SAMPLES = 6000
# Triangles beyond which a surface is thinned, and to about how many: edges of some 1.6 mm on an
# adult's leg, half of what the cast asks for. [D]
_MOST_TRIANGLES, _THINNED = 200_000, 150_000
# Height (mm) of a stray point: above the noise of any scanner.
_SPIKE = 5.0
# And over the mean length of its edges: 0.9 and more on spikes, below 0.7 on tips.
_SPIKE_SHARE = 0.75


class ScanTooPoor(InputRefused):
    """The scan has too little surface, or none, to find a leg in."""


@dataclass(frozen=True, slots=True)
class LegSurface:
    """Pieces of a scan that may be a leg, largest first, in the scan's axes (mm)."""

    pieces: tuple[TriMesh, ...]
    notes: tuple[str, ...]


def leg_surface(mesh: TriMesh) -> LegSurface:
    """Stage 1. A scan's mesh in any state → welded, outward pieces that may be a leg.

    Raises `ScanTooPoor` where no surface is left that could show one.
    """
    check_surface(mesh)
    whole, spikes = without_spikes(without_needles(welded(mesh)))
    whole, thinner = _thinned(whole)
    pieces, notes = _pieces(whole)
    notes = [*thinner, *notes]
    if spikes:
        notes.append(f"{spikes} stray points were drawn back to the skin")
    if not pieces:
        raise ScanTooPoor("no foot found: the scan holds only flat surface; scan the leg itself")
    cleaned = []
    for piece in pieces:
        without = _without_fused_floor(piece)
        if without is not piece:
            without = _largest_piece(without)
            notes.append("a floor joined to the foot was cut away, and the sole with it")
        cleaned.append(outward(without))
    return LegSurface(tuple(cleaned), tuple(notes))


def _thinned(mesh: TriMesh) -> tuple[TriMesh, list[str]]:
    """A surface finer than anything after this can use, thinned, and the note of it."""
    if len(mesh.triangles) <= _MOST_TRIANGLES or not is_joined(mesh):
        return mesh, []
    fewer = thinned(mesh, _THINNED)
    count = len(fewer.triangles)
    return fewer, [f"{len(mesh.triangles)} triangles were thinned to {count}, of even size"]


def check_surface(mesh: TriMesh) -> None:
    """Refuse (`ScanTooPoor`) what cannot be a scanned surface at all."""
    if not np.isfinite(mesh.vertices).all():
        raise ScanTooPoor("the scan holds coordinates that are not numbers; export it again")
    if len(mesh.triangles) < _FEWEST_TRIANGLES:
        raise ScanTooPoor(
            f"the scan has {len(mesh.triangles)} triangles; a leg needs at least "
            f"{_FEWEST_TRIANGLES}, better 10 000: export it at full resolution"
        )
    offset = mesh.vertices[mesh.triangles[:, 0]]
    offset = offset - offset.mean(axis=0)
    spread = np.sqrt(np.maximum(np.linalg.eigvalsh(offset.T @ offset / len(offset)), 0.0))[::-1]
    if spread[2] <= 1e-3 * spread[0]:
        raise ScanTooPoor(
            f"no foot found: the scan is flat or a line (standard deviations {spread[0]:.3g}, "
            f"{spread[1]:.3g}, {spread[2]:.3g} mm along its axes); scan the leg from all sides"
        )


def welded(mesh: TriMesh) -> TriMesh:
    """Corners at one place become one vertex; collapsed and doubled triangles go."""
    low = mesh.vertices.min(axis=0)
    step = _WELD * float((mesh.vertices.max(axis=0) - low).max())
    grid = np.round((mesh.vertices - low) / step).astype(np.int64)
    # one 63-bit key sorts ten times faster than rows; the grid has at most 2^20 steps a side
    key = (grid[:, 0] << 42) | (grid[:, 1] << 21) | grid[:, 2]
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    triangles = first[place.reshape(-1)][mesh.triangles]
    a, b, c = np.sort(triangles, axis=1).T
    whole = (a != b) & (b != c)
    order = np.lexsort((c, b, a))
    same = np.zeros(len(order), dtype=bool)
    same[1:] = (np.diff(a[order]) == 0) & (np.diff(b[order]) == 0) & (np.diff(c[order]) == 0)
    whole[order[same]] = False
    return TriMesh(mesh.vertices, triangles).kept(whole)


def without_needles(mesh: TriMesh) -> TriMesh:
    """The mesh without needles that lie along an edge of others and close nothing.

    Rounded to a file's digits they have a little area, but they make an edge that belongs to three
    triangles, at which rings and rims end.
    """
    thin = np.flatnonzero(_needles(mesh))
    if len(thin) == 0:
        return mesh
    edges = np.sort(mesh.edges, axis=1)
    key = edges[:, 0] * len(mesh.vertices) + edges[:, 1]
    _, number, count = np.unique(key, return_inverse=True, return_counts=True)
    alone = (count[number] == 1).reshape(-1, 3)[thin].any(axis=1)
    keep = np.ones(len(mesh.triangles), dtype=bool)
    keep[thin[alone]] = False
    return mesh.kept(keep)


def _needles(mesh: TriMesh) -> NDArray[np.bool_]:
    """(m,) whether a triangle is all but a line."""
    longest = np.zeros(len(mesh.triangles))
    for start, end in ((0, 1), (1, 2), (2, 0)):
        step = mesh.vertices[mesh.triangles[:, end]] - mesh.vertices[mesh.triangles[:, start]]
        longest = np.maximum(longest, np.einsum("ij,ij->i", step, step))
    return np.asarray(2.0 * mesh.areas < _NEEDLE * longest)


def _pieces(mesh: TriMesh) -> tuple[list[TriMesh], list[str]]:
    """Connected pieces without fragments and flat ones, largest first."""
    piece_of = mesh.component_of_vertex[mesh.triangles[:, 0]]
    areas = np.bincount(piece_of, weights=mesh.areas)
    if areas.max() < 0.5 * areas.sum() and len(areas) > 0.1 * len(mesh.triangles):
        return [mesh], [
            "the triangles are not joined to each other; the surface is taken as one piece"
        ]
    notes, kept = [], []
    order = np.argsort(-areas, kind="stable")
    flat = [number for number in order[:20].tolist() if _is_flat(mesh.kept(piece_of == number))]
    if flat and areas[flat].max() > _FRAGMENT * areas.max():
        notes.append("a flat surface apart from the leg (floor or table) was removed")
    left = [number for number in order.tolist() if number not in flat]
    largest = max((areas[number] for number in left), default=0.0)
    kept = [mesh.kept(piece_of == n) for n in left if areas[n] >= _FRAGMENT * largest]
    fragments = len(left) - len(kept)
    if fragments:
        share = 100.0 * sum(areas[n] for n in left if areas[n] < _FRAGMENT * largest) / areas.sum()
        notes.append(f"{fragments} floating fragments were removed ({share:.1f} % of the area)")
    return kept, notes


def _largest_piece(mesh: TriMesh) -> TriMesh:
    if not is_joined(mesh):
        return mesh
    piece_of = mesh.component_of_vertex[mesh.triangles[:, 0]]
    return mesh.kept(piece_of == np.bincount(piece_of, weights=mesh.areas).argmax())


def _is_flat(mesh: TriMesh) -> bool:
    centres, areas = mesh.corners.mean(axis=1), mesh.areas
    if len(areas) < 3 or areas.sum() == 0.0:
        return True
    middle = np.average(centres, axis=0, weights=areas)
    scatter = np.einsum("i,ij,ik->jk", areas, centres - middle, centres - middle)
    low, second, _ = np.sqrt(np.maximum(np.linalg.eigvalsh(scatter), 0.0))
    return bool(low <= _FLAT * second)


def _without_fused_floor(mesh: TriMesh) -> TriMesh:
    """The mesh without a floor it stands on and is joined to.

    A floor is a plane that supports the whole piece (a facet of its convex hull), and whose
    surface reaches well beyond the outline of all the rest seen along its normal: a sole or a
    capped top lies inside that outline.
    """
    centres = mesh.corners.mean(axis=1)
    stride = max(1, len(centres) // _FLOOR_SAMPLES)
    points = centres[::stride]
    try:
        hull = ConvexHull(points)
    except QhullError:
        return mesh
    for facet in _largest_facets(hull, 12):
        normal, offset = hull.equations[facet, :3], hull.equations[facet, 3]
        depth = -(points @ normal + offset)
        near = depth < 2.0 * _FLOOR_BAND
        if near.mean() < 0.08 or near.mean() > 0.9:
            continue
        # the facet touches the floor's highest bumps: fit the plane itself
        floor_normal, middle = _plane(points[near])
        floor_normal = floor_normal * np.sign(floor_normal @ normal)
        height = -(points - middle) @ floor_normal
        band = np.abs(height) < _FLOOR_BAND
        basis = np.linalg.svd(floor_normal[None])[2][1:]
        flat = (points - middle) @ basis.T
        rest = height >= _FLOOR_BAND
        if rest.mean() < 0.3 or band.sum() < 50:
            continue
        if ConvexHull(flat[band]).volume < 1.25 * ConvexHull(flat[rest]).volume:
            continue
        # a scanner that saw a floor joined to the foot did not see the sole: all of it may go
        return mesh.kept(-(centres - middle) @ floor_normal > _FLOOR_BAND)
    return mesh


def _largest_facets(hull: ConvexHull, count: int) -> IntArray:
    a, b, c = np.moveaxis(hull.points[hull.simplices], 1, 0)
    area = np.linalg.norm(cross(b - a, c - a), axis=1)
    return np.argsort(-area, kind="stable")[:count].astype(np.int64)


def _plane(points: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least-squares plane after one trim of outliers: unit normal (3,), a point (3,)."""
    for keep in (100.0, 80.0):
        middle = points.mean(axis=0)
        normal = np.linalg.svd(points - middle, full_matrices=False)[2][2]
        distance = np.abs((points - middle) @ normal)
        points = points[distance <= np.percentile(distance, keep)]
    return normal, middle


def without_spikes(mesh: TriMesh) -> tuple[TriMesh, int]:
    """The mesh with stray vertices put at the mean of their neighbours, and how many they were.

    A vertex is stray when it stands out from its neighbours' mean by more than `_SPIKE` mm, three
    times as far as any of them does (real edges and noise come in company), and by nearly the
    length of its edges (the tip of a toe in large triangles does not).
    """
    if not is_joined(mesh):
        return mesh, 0
    count, points = len(mesh.vertices), mesh.vertices
    corners = mesh.triangles.T
    total = np.zeros((count, 3))
    for axis in range(3):
        values = [points[corner, axis] for corner in corners]
        whole = values[0] + values[1] + values[2]
        for corner, value in zip(corners, values, strict=True):
            total[:, axis] += np.bincount(corner, whole - value, count)
    uses = sum(np.bincount(corner, minlength=count) for corner in corners)
    # each neighbour is met in two triangles
    mean = total / np.maximum(2 * uses, 1)[:, None]
    stand = np.where(uses > 0, np.linalg.norm(points - mean, axis=1), 0.0)
    about = (stand > _SPIKE)[mesh.triangles].any(axis=1)
    if not about.any():
        return mesh, 0
    # rims, company and reach matter only beside what stands out
    edges = undirected_edges(TriMesh(points, mesh.triangles[about]))
    low, high = edges.ends
    stand[(stand > _SPIKE) & rim_vertices(edges, count)] = 0.0
    start, end = np.concatenate([low, high]), np.concatenate([high, low])
    company, reach = np.zeros(count), np.zeros(count)
    np.maximum.at(company, start, stand[end])
    np.add.at(reach, start, np.linalg.norm(points[end] - points[start], axis=1))
    reach = reach / np.maximum(np.bincount(start, minlength=count), 1)
    stray = (stand > _SPIKE) & (stand > 3.0 * company) & (stand > _SPIKE_SHARE * reach)
    if not stray.any():
        return mesh, 0
    return mesh.with_vertices(np.where(stray[:, None], mean, points)), int(stray.sum())


def is_joined(mesh: TriMesh) -> bool:
    """Most triangles have neighbours; otherwise the file is a loose heap of triangles."""
    # a closed surface has half as many vertices as triangles, a heap three times as many
    return len(mesh.vertices) < 1.5 * len(mesh.triangles)


def outward(mesh: TriMesh) -> TriMesh:
    """The same triangles, wound alike within the piece and facing out."""
    triangles = _wound_alike(mesh)
    alike = TriMesh(mesh.vertices, triangles)
    loops = alike.boundary_loops() if is_joined(alike) else []
    # Seen from the middle of the largest opening, the opening itself adds nothing to the volume
    # ∮ (p − o)·n dA / 3, so its sign is that of the leg.
    origin = mesh.vertices[loops[0]].mean(axis=0) if loops else mesh.vertices.mean(axis=0)
    centres = alike.corners.mean(axis=1) - origin
    if np.einsum("ij,ij->", centres, alike.area_vectors) < 0.0:
        return alike.flipped()
    return alike


def _wound_alike(mesh: TriMesh) -> NDArray[np.int64]:
    """Triangles flipped where a neighbour runs the shared edge in the same direction.

    Each triangle gets two nodes, as it is and flipped; an edge joins the nodes that agree. The
    connected pieces of that double cover are the consistent windings.
    """
    count, size = len(mesh.triangles), len(mesh.vertices)
    edges = mesh.edges
    low, high = edges.min(axis=1), edges.max(axis=1)
    key = low * size + high
    order = np.argsort(key, kind="stable")
    _, start, copies = np.unique(key[order], return_index=True, return_counts=True)
    pairs = start[copies == 2]
    first, second = order[pairs], order[pairs + 1]
    agree = edges[first, 0] != edges[second, 0]
    if agree.all():
        return mesh.triangles
    f, g = first // 3, second // 3
    twin = np.where(agree, g, g + count)
    other = np.where(agree, g + count, g)
    rows, columns = np.concatenate([f, f + count]), np.concatenate([twin, other])
    cover = coo_matrix((np.ones(len(rows), dtype=np.int8), (rows, columns)), (2 * count,) * 2)
    sheet = connected_components(cover, directed=False)[1]
    # the sheet that keeps most area as it is wins in every part
    areas = mesh.areas
    weight = np.bincount(sheet[:count], weights=areas, minlength=sheet.max() + 1)
    against = np.bincount(sheet[count:], weights=areas, minlength=sheet.max() + 1)
    kept, turned = weight[sheet[:count]], against[sheet[:count]]
    flip = (kept < turned) | ((kept == turned) & (sheet[:count] > sheet[count:]))
    triangles = mesh.triangles.copy()
    triangles[flip] = triangles[flip][:, ::-1]
    return triangles
