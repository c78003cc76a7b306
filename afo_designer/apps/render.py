"""Pictures of meshes by ray casting: no display, no graphics card, the same bytes on every run.

Each layer is cast on its own (embree, first hit), shaded, and laid over the others by depth in
every sample. One ray a pixel is enough where the surface is smooth; where depth or normal jumps
the pixel is cast again 2×2 and the outline is drawn there.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from afo_designer.geometry.array import FloatArray, IntArray, cross, frozen, unit
from afo_designer.geometry.mesh import TriMesh

Image: TypeAlias = NDArray[np.uint8]
Single: TypeAlias = NDArray[np.float32]
Colour: TypeAlias = tuple[float, float, float]

SHELL: Colour = (0.55, 0.72, 0.86)
SKIN: Colour = (0.78, 0.68, 0.61)
GHOST_OPACITY = 0.5

# Lights in the camera's frame (right, up, towards the eye): a key from above and one side, a weak
# fill from the other. Weights are chosen by eye so that white paper and a lit surface differ.
_KEY = unit([-0.40, 0.55, 0.85])
_FILL = unit([0.85, -0.10, 0.50])
_AMBIENT, _KEY_WEIGHT, _FILL_WEIGHT = 0.42, 0.56, 0.16

_CREASE_COS = float(np.cos(np.deg2rad(28.0)))  # corner and vertex normal further apart: an edge
_OUTLINE_COS = float(np.cos(np.deg2rad(38.0)))  # normals of near samples further apart: a line
_CAVITY_MM = 14.0  # reach of the soft shading of hollows
_INK = np.array([0.10, 0.12, 0.15], dtype=np.float32)
_STEEPEST = 0.12  # a surface seen flatter than this cosine predicts no depth
_OFFSETS = np.array([[-0.25, -0.25], [-0.25, 0.25], [0.25, -0.25], [0.25, 0.25]])


@dataclass(frozen=True, slots=True)
class ColourScale:
    """A scalar's range and palette: values from `low` to `high`, clipped, grey where not finite.

    `palette` is a matplotlib name. The default and its like run from light to dark evenly to the
    eye, colour-blind or in grey print; the last tenth is left out so that outlines still show.
    """

    label: str
    unit: str
    low: float
    high: float
    palette: str = "viridis_r"

    def table(self) -> Single:
        """(256, 3): the colours from `low` to `high`."""
        from matplotlib import colormaps

        return colormaps[self.palette](np.linspace(0.02, 0.90, 256))[:, :3].astype(np.float32)

    def colours(self, values: ArrayLike) -> Single:
        """(..., 3) colours of `values`; not finite is light grey."""
        array = np.asarray(values, dtype=np.float64)
        span = max(self.high - self.low, 1e-12)
        known = np.isfinite(array)
        place = np.clip((np.where(known, array, self.low) - self.low) / span, 0.0, 1.0)
        rgb = self.table()[np.rint(place * 255.0).astype(np.int64)]
        rgb[~known] = 0.82
        return rgb


@dataclass(frozen=True, slots=True)
class Layer:
    """One mesh in a picture.

    `opacity` below one makes a ghost: clearer where seen face-on, denser towards its outline.
    `scalars` are one value a vertex (interpolated) or one a triangle; `scale` colours them.
    """

    mesh: TriMesh
    colour: Colour = SHELL
    opacity: float = 1.0
    scalars: FloatArray | None = None
    scale: ColourScale | None = None

    def __post_init__(self) -> None:
        if self.scalars is None:
            return
        object.__setattr__(self, "scalars", frozen(self.scalars, (None,)))
        counts = (len(self.mesh.vertices), len(self.mesh.triangles))
        if len(self.scalars) not in counts:
            raise ValueError(
                f"a layer has {len(self.scalars)} scalars for {counts[0]} vertices and "
                f"{counts[1]} triangles"
            )
        if self.scale is None:
            raise ValueError("a layer with scalars needs a colour scale")


def ghost(mesh: TriMesh, colour: Colour = SKIN, opacity: float = GHOST_OPACITY) -> Layer:
    """The limb, seen through."""
    return Layer(mesh, colour, opacity)


@dataclass(frozen=True, slots=True)
class Camera:
    """A parallel projection.

    `forward` points from the eye into the scene, `up` to the picture's upper edge, `centre` is
    the point in the middle of the picture, `mm_per_px` its scale. `mirrored` swaps the lights
    left for right, so that the picture of a mirrored limb is the mirrored picture.
    """

    forward: FloatArray
    up: FloatArray
    centre: FloatArray
    mm_per_px: float
    mirrored: bool = False

    def __post_init__(self) -> None:
        forward = unit(frozen(self.forward, (3,)))
        up = np.asarray(frozen(self.up, (3,)))
        up = unit(up - forward * (up @ forward))
        if not self.mm_per_px > 0.0 or np.linalg.norm(up) == 0.0:
            raise ValueError("a camera needs a positive scale and an up direction off its axis")
        object.__setattr__(self, "forward", frozen(forward))
        object.__setattr__(self, "up", frozen(up))
        object.__setattr__(self, "centre", frozen(self.centre, (3,)))

    @property
    def axes(self) -> FloatArray:
        """(3, 3): rows right, up, towards the eye."""
        return np.array([cross(self.forward, self.up), self.up, -self.forward])


@dataclass(frozen=True, slots=True)
class _Aim:
    """Where rays are worth casting: the cells of a coarse grid that some triangle's box touches.

    `corner` is the grid's lower left in picture coordinates (mm), `cell` its pitch, `start` the
    height above the centre, towards the eye, from which rays see all of the mesh.
    """

    touched: NDArray[np.bool_]
    corner: FloatArray
    cell: float
    start: float

    @classmethod
    def at(cls, mesh: TriMesh, camera: Camera) -> _Aim:
        seen = (mesh.vertices - camera.centre) @ camera.axes.T
        cell = 12.0 * camera.mm_per_px
        corner = seen[:, :2].min(axis=0) - 0.01
        flat = ((seen[:, :2] - corner) / cell).astype(np.float32)
        a, b, c = (flat[mesh.triangles[:, k]] for k in range(3))
        slack = np.float32(0.01 / cell)  # float32 rays
        low = np.minimum(np.minimum(a, b), c) - slack
        first = np.maximum(low, 0.0).astype(np.int64)
        last = (np.maximum(np.maximum(a, b), c) + slack).astype(np.int64) + 1
        rows, columns = last.max(axis=0) + 1
        # Each triangle adds one over its box: the corners' signs, summed along both axes.
        counts = sum(
            sign * np.bincount(i * columns + j, minlength=rows * columns)
            for sign, i, j in (
                (1, first[:, 0], first[:, 1]),
                (-1, last[:, 0], first[:, 1]),
                (-1, first[:, 0], last[:, 1]),
                (1, last[:, 0], last[:, 1]),
            )
        )
        boxes = np.reshape(counts, (rows, columns)).cumsum(axis=0).cumsum(axis=1)
        return cls(boxes > 0, corner, cell, float(seen[:, 2].max()) + 1.0)

    def rays(self, right: Single, up: Single) -> IntArray:
        """Which of the rays at (right, up) fall into a touched cell."""
        i = np.floor((right - np.float32(self.corner[0])) / np.float32(self.cell)).astype(np.int64)
        j = np.floor((up - np.float32(self.corner[1])) / np.float32(self.cell)).astype(np.int64)
        rows, columns = self.touched.shape
        inside = np.flatnonzero((i >= 0) & (i < rows) & (j >= 0) & (j < columns))
        return inside[self.touched[i[inside], j[inside]]]


@dataclass(frozen=True, slots=True)
class _Caster:
    """A layer made ready: its search tree, area vectors and corner normals."""

    layer: Layer
    scene: Any
    area_vectors: Single
    corner_normals: Single

    def hits(self, camera: Camera, aim: _Aim, right: Single, up: Single) -> _Hits:
        """First hits of rays through picture coordinates (mm from the centre)."""
        axes = camera.axes
        aimed = aim.rays(right, up)
        start = aim.start
        short = axes.astype(np.float32)
        origins = np.multiply.outer(right[aimed], short[0])
        origins += np.multiply.outer(up[aimed], short[1])
        origins += (camera.centre + start * axes[2]).astype(np.float32)
        forward = np.zeros_like(origins)
        forward[:] = -short[2]
        if not len(aimed):
            return _Hits.nothing(len(right))
        found = self.scene.run(origins, forward, output=True)
        hit = np.flatnonzero(found["primID"] >= 0)
        number = found["primID"][hit].astype(np.int64)
        u, v = found["u"][hit], found["v"][hit]
        weights = np.stack([1.0 - u - v, u, v], axis=1)
        depth = found["tfar"][hit] - np.float32(start)
        return self._shaded(camera, len(right), aimed[hit], depth, number, weights)

    def _shaded(
        self,
        camera: Camera,
        count: int,
        place: IntArray,
        depth: Single,
        number: IntArray,
        weights: Single,
    ) -> _Hits:
        axes = camera.axes.astype(np.float32)
        normal = np.einsum("ij,ijk->ik", weights, self.corner_normals[number]) @ axes.T
        # A surface seen from behind (the open top of a scan) is lit as if it were its front.
        behind = (self.area_vectors @ axes[2] < 0.0)[number]
        normal[behind] *= -1.0
        normal[:, 2] = np.maximum(normal[:, 2], 0.02)
        normal /= np.sqrt(np.einsum("ij,ij->i", normal, normal))[:, None]
        hits = _Hits.nothing(count)
        hits.depth[place] = depth
        hits.normal[place] = normal
        # n·(dx, dy, dz) = 0 with dz towards the eye: depth grows by (nx dx + ny dy) / nz.
        hits.slope[place] = normal[:, :2] / np.maximum(normal[:, 2:], _STEEPEST)
        return _Hits(hits.depth, hits.slope, hits.normal, place, number, weights, behind)


@dataclass(frozen=True, slots=True)
class _Hits:
    """What n rays met.

    `depth` (n,) in mm behind the centre, inf for nothing; `slope` (n, 2) its growth per mm to the
    right and up; `normal` (n, 3) in the camera's frame; `place` (k,) the rays that hit, the
    triangle's `number` (k,), the corners' `weights` (k, 3) there, and whether from `behind` (k,).
    """

    depth: Single
    slope: Single
    normal: Single
    place: IntArray
    number: IntArray
    weights: Single
    behind: NDArray[np.bool_]

    @classmethod
    def nothing(cls, count: int) -> _Hits:
        return cls(
            np.full(count, np.inf, np.float32),
            np.zeros((count, 2), np.float32),
            np.zeros((count, 3), np.float32),
            np.zeros(0, np.int64),
            np.zeros(0, np.int64),
            np.zeros((0, 3), np.float32),
            np.zeros(0, np.bool_),
        )

    def colours(self, layer: Layer) -> Single:
        """(k, 3) or (1, 3): the layer's own colours where it was hit, darker from behind."""
        if layer.scalars is None or layer.scale is None:
            colour = np.array([layer.colour], dtype=np.float32)
        elif len(layer.scalars) == len(layer.mesh.vertices):
            corners = layer.scalars[layer.mesh.triangles[self.number]]
            colour = layer.scale.colours(np.einsum("ij,ij->i", self.weights, corners))
        else:
            colour = layer.scale.colours(layer.scalars[self.number])
        if self.behind.any():
            colour = np.where(self.behind[:, None], 0.86 * colour, colour)
        return colour


def _prepared(layer: Layer) -> _Caster:
    from embreex.mesh_construction import TriangleMesh
    from embreex.rtcore_scene import EmbreeScene

    mesh = layer.mesh
    if not len(mesh.triangles):
        raise ValueError("a layer has no triangles to show")
    scene = EmbreeScene()
    TriangleMesh(scene, mesh.vertices.astype(np.float32), mesh.triangles.astype(np.int32))
    area_vectors = mesh.area_vectors
    normals = _corner_normals(mesh, area_vectors)
    return _Caster(layer, scene, area_vectors.astype(np.float32), normals)


def _corner_normals(mesh: TriMesh, area_vectors: FloatArray) -> Single:
    """(m, 3, 3): vertex normals, but the triangle's own where the vertex lies on a crease."""
    count = len(mesh.vertices)
    summed = np.zeros((count, 3))
    for corner in range(3):
        for axis in range(3):
            summed[:, axis] += np.bincount(
                mesh.triangles[:, corner], weights=area_vectors[:, axis], minlength=count
            )
    smooth = unit(summed)[mesh.triangles]
    flat = unit(area_vectors)[:, None, :]
    sharp = np.einsum("ijk,ijk->ij", smooth, np.broadcast_to(flat, smooth.shape)) < _CREASE_COS
    return np.where(sharp[:, :, None], flat, smooth).astype(np.float32)


def render(layers: Sequence[Layer], camera: Camera, size_px: tuple[int, int]) -> Image:
    """The picture (height, width, 3) of `layers`, `size_px` = (width, height), on white."""
    return render_many(layers, [(camera, size_px)])[0]


def render_many(
    layers: Sequence[Layer], shots: Sequence[tuple[Camera, tuple[int, int]]]
) -> list[Image]:
    """One picture per (camera, size in px); the layers' search trees are built once."""
    return render_alike([layers], shots)[0]


def render_alike(
    sets: Sequence[Sequence[Layer]], shots: Sequence[tuple[Camera, tuple[int, int]]]
) -> list[list[Image]]:
    """Pictures by set, then by shot, of layers that differ between the sets in colours alone.

    Rays are cast once, for all sets. Raises `ValueError` where the sets' meshes differ.
    """
    first = sets[0]
    for layers in sets[1:]:
        alike = len(layers) == len(first)
        pairs = zip(layers, first, strict=alike)
        if not alike or any(a.mesh is not b.mesh or a.opacity != b.opacity for a, b in pairs):
            raise ValueError("layers rendered alike must share their meshes and opacities")
    casters = [_prepared(layer) for layer in first]
    views = [_seen(casters, camera, width, height) for camera, (width, height) in shots]
    return [[view.painted(layers) for view in views] for layers in sets]


@dataclass(frozen=True, slots=True)
class _View:
    """What the layers' shapes are from one camera, before any colour.

    `coarse` hits by layer, one a pixel; `places` (n,) the pixels with four samples each, `fine`
    hits and strengths of `lines` (4n,) there; `hollow` (height · width,).
    """

    camera: Camera
    shape: tuple[int, int]
    coarse: Sequence[_Hits]
    hollow: Single
    places: IntArray
    fine: Sequence[_Hits]
    lines: Sequence[Single]

    def painted(self, layers: Sequence[Layer]) -> Image:
        """(height, width, 3)."""
        none = [None] * len(layers)
        picture = _composed(layers, self.coarse, none, self.hollow, self.camera)
        if len(self.places):
            hollow = np.repeat(self.hollow[self.places], 4)
            samples = _composed(layers, self.fine, self.lines, hollow, self.camera)
            picture[self.places] = samples.reshape(-1, 4, 3).mean(axis=1)
        levels = np.clip(picture, 0.0, 1.0) * 255.0 + 0.5
        return levels.astype(np.uint8).reshape(*self.shape, 3)


def _seen(casters: Sequence[_Caster], camera: Camera, width: int, height: int) -> _View:
    if width < 8 or height < 8:
        raise ValueError(f"a picture of {width}×{height} px is too small, 8×8 is the least")
    row, column = np.divmod(np.arange(width * height), width)
    right, up = _plane(camera, row, column, width, height)
    aims = [_Aim.at(caster.layer.mesh, camera) for caster in casters]
    coarse = [
        caster.hits(camera, aim, right, up) for caster, aim in zip(casters, aims, strict=True)
    ]
    shape = (height, width)
    rough = np.zeros(shape, dtype=bool)
    for hits in coarse:
        rough |= _broken(hits, shape, camera.mm_per_px)
    rough = ndimage.binary_dilation(rough, iterations=2)
    hollow = _hollows(casters, coarse, shape, camera.mm_per_px).ravel()
    places = np.flatnonzero(rough)
    fine, lines = _refined(casters, camera, aims, coarse, places, shape)
    return _View(camera, shape, coarse, hollow, places, fine, lines)


def _plane(
    camera: Camera, row: ArrayLike, column: ArrayLike, width: int, height: int
) -> tuple[Single, Single]:
    """Picture coordinates in mm, right and up of the centre, of (fractional) pixel centres."""
    right = (np.asarray(column) - 0.5 * (width - 1)) * camera.mm_per_px
    up = (0.5 * (height - 1) - np.asarray(row)) * camera.mm_per_px
    return right.astype(np.float32), up.astype(np.float32)


def _broken(hits: _Hits, shape: tuple[int, int], mm_per_px: float) -> NDArray[np.bool_]:
    """Pixels whose neighbour below or to the right is another surface or turns away."""
    depth, slope = hits.depth.reshape(shape), hits.slope.reshape(*shape, 2)
    normal = hits.normal.reshape(*shape, 3)
    broken = np.zeros(shape, dtype=bool)
    if not len(hits.place):
        return broken
    row, column = np.divmod(hits.place, shape[1])
    first, last = max(row.min() - 1, 0), row.max() + 2
    left, right = max(column.min() - 1, 0), column.max() + 2
    depth, slope, normal = (part[first:last, left:right] for part in (depth, slope, normal))
    edge = broken[first:last, left:right]
    for down, along in ((1, 0), (0, 1)):
        here = (slice(0, len(depth) - down), slice(0, depth.shape[1] - along))
        there = (slice(down, None), slice(along, None))
        step = -mm_per_px if down else mm_per_px
        jump = _jump(
            depth[here],
            depth[there],
            slope[here][..., down] * np.float32(step),
            slope[there][..., down] * np.float32(step),
        )
        turn = np.einsum("...i,...i->...", normal[here], normal[there])
        # Two rays that hit nothing have normals zero and no jump: no edge.
        found = (np.abs(jump) > _tolerance(mm_per_px)) | (
            (turn < _OUTLINE_COS + 0.10) & np.isfinite(depth[here])
        )
        edge[here] |= found
        edge[there] |= found
    return broken


def _tolerance(mm_per_px: float) -> float:
    """Depth jump, mm, from which two samples lie on different surfaces."""
    return max(1.0, 2.0 * mm_per_px)


def _jump(depth: Single, depth_there: Single, slope: Single, slope_there: Single) -> Single:
    """How far the neighbour lies outside the two tangent planes' predictions, mm.

    Positive: the neighbour is behind. ±inf between a surface and nothing, 0 between two nothings.
    """
    with np.errstate(invalid="ignore"):
        far = depth_there - depth
    far = np.where(np.isnan(far), np.float32(0.0), far)
    behind = far - np.maximum(np.maximum(slope, slope_there), 0.0)
    before = far - np.minimum(np.minimum(slope, slope_there), 0.0)
    return np.maximum(behind, 0.0) + np.minimum(before, 0.0)


def _hollows(
    casters: Sequence[_Caster], coarse: Sequence[_Hits], shape: tuple[int, int], mm_per_px: float
) -> Single:
    """0 to 1: how far the opaque surface lies behind its surroundings (unsharp depth mask).

    After Luft, Colditz and Deussen 2006, "Image enhancement by unsharp masking the depth
    buffer" (recalled); here only the darkening of hollows, on a four times coarser grid.
    """
    depth = np.full(shape, np.inf, dtype=np.float32)
    for caster, hits in zip(casters, coarse, strict=True):
        if caster.layer.opacity >= 1.0:
            depth = np.minimum(depth, hits.depth.reshape(shape))
    known = np.isfinite(depth)
    if not known.any():
        return np.zeros(shape, dtype=np.float32)
    pad = ((0, -shape[0] % 4), (0, -shape[1] % 4))
    weight = np.pad(known.astype(np.float32), pad)
    filled = np.pad(np.where(known, depth, 0.0).astype(np.float32), pad)
    blocks = (weight.shape[0] // 4, 4, weight.shape[1] // 4, 4)
    sigma = max(1.0, _CAVITY_MM / (4.0 * mm_per_px) / 2.0)
    blur = [
        ndimage.gaussian_filter(part.reshape(blocks).mean(axis=(1, 3)), sigma, mode="constant")
        for part in (filled, weight)
    ]
    around = ndimage.zoom(
        blur[0] / np.maximum(blur[1], 1e-4), 4, order=1, grid_mode=True, mode="nearest"
    )
    around = around[: shape[0], : shape[1]]
    behind = np.where(known, depth, 0.0) - around
    return np.where(known, np.clip(behind / _CAVITY_MM, 0.0, 1.0), 0.0).astype(np.float32)


def _refined(
    casters: Sequence[_Caster],
    camera: Camera,
    aims: Sequence[_Aim],
    coarse: Sequence[_Hits],
    places: IntArray,
    shape: tuple[int, int],
) -> tuple[list[_Hits], list[Single]]:
    """By layer: hits and outlines of the pixels `places`, four samples each."""
    height, width = shape
    row, column = np.divmod(places, width)
    rows = (row[:, None] + _OFFSETS[:, 0]).ravel()
    columns = (column[:, None] + _OFFSETS[:, 1]).ravel()
    right, up = _plane(camera, rows, columns, width, height)
    fine_row = (2 * row[:, None] + [0, 0, 1, 1]).ravel()
    fine_column = (2 * column[:, None] + [0, 1, 0, 1]).ravel()
    # Which stored hit stands at each place of the doubled grid: a fine one where there is one.
    source = np.arange(height * width, dtype=np.int32).reshape(shape).repeat(2, 0).repeat(2, 1)
    source[fine_row, fine_column] = height * width + np.arange(len(fine_row), dtype=np.int32)
    samples, lines = [], []
    for caster, aim, base in zip(casters, aims, coarse, strict=True):
        fine = caster.hits(camera, aim, right, up)
        samples.append(fine)
        lines.append(_outline(base, fine, source, fine_row, fine_column, camera.mm_per_px))
    return samples, lines


def _outline(
    coarse: _Hits,
    fine: _Hits,
    source: NDArray[np.int32],
    rows: IntArray,
    columns: IntArray,
    mm_per_px: float,
) -> Single:
    """(n,): strength of the line at each fine sample, on the nearer surface's side."""
    line = np.zeros(len(rows), dtype=np.float32)
    place = fine.place
    depth = np.concatenate([coarse.depth, fine.depth])
    slope = np.concatenate([coarse.slope, fine.slope])
    normal = np.concatenate([coarse.normal, fine.normal])
    height, width = source.shape
    row, column = rows[place], columns[place]
    strength = np.zeros(len(place), dtype=np.float32)
    for down, along in ((0, 2), (2, 0), (0, -2), (-2, 0)):
        there = source[np.clip(row + down, 0, height - 1), np.clip(column + along, 0, width - 1)]
        axis = 1 if down else 0
        step = np.float32(0.5 * mm_per_px * (along - down))
        jump = _jump(
            fine.depth[place],
            depth[there],
            fine.slope[place, axis] * step,
            slope[there, axis] * step,
        )
        step_line = np.clip(jump / _tolerance(mm_per_px) - 0.5, 0.0, 1.0)
        turn = np.einsum("ij,ij->i", fine.normal[place], normal[there])
        crease = np.clip((_OUTLINE_COS - turn) / 0.35, 0.0, 1.0) * 0.55
        crease[~np.isfinite(depth[there])] = 0.0
        strength = np.maximum(strength, np.maximum(step_line, crease))
    line[place] = strength
    return line


def _composed(
    layers: Sequence[Layer],
    hits: Sequence[_Hits],
    lines: Sequence[Single | None],
    hollow: Single,
    camera: Camera,
) -> Single:
    """(n, 3): the layers over white, the furthest first; a tie keeps the order given."""
    count = len(hollow)
    picture = np.ones((count, 3), dtype=np.float32)
    met = np.zeros(count, dtype=np.int64)
    for hit in hits:
        met[hit.place] += 1
    many = np.flatnonzero(met > 1)
    slot = np.full(count, -1, dtype=np.int64)
    slot[many] = np.arange(len(many))
    stack = np.zeros((len(layers), len(many), 4), dtype=np.float32)
    for number, (layer, hit, line) in enumerate(zip(layers, hits, lines, strict=True)):
        rgba = _painted(layer, hit, line, hollow, camera)
        alone = met[hit.place] == 1
        place = hit.place[alone]
        picture[place] += rgba[alone, 3:] * (rgba[alone, :3] - picture[place])
        stack[number, slot[hit.place[~alone]]] = rgba[~alone]
    if len(many):
        order = np.argsort(-np.stack([hit.depth[many] for hit in hits]), axis=0, kind="stable")
        over = picture[many]
        for rank in order:
            rgba = stack[rank, np.arange(len(many))]
            over += rgba[:, 3:] * (rgba[:, :3] - over)
        picture[many] = over
    return picture


def _painted(
    layer: Layer, hits: _Hits, line: Single | None, hollow: Single, camera: Camera
) -> Single:
    """(k, 4): lit colour and opacity of one layer's hits."""
    normal = hits.normal[hits.place]
    turned = np.array([-1.0 if camera.mirrored else 1.0, 1.0, 1.0])
    key = np.maximum(normal @ (_KEY * turned).astype(np.float32), 0.0)
    fill = np.maximum(normal @ (_FILL * turned).astype(np.float32), 0.0)
    light = _AMBIENT + _KEY_WEIGHT * key + _FILL_WEIGHT * fill
    rgba = np.ones((len(normal), 4), dtype=np.float32)
    if layer.opacity < 1.0:
        light = 0.15 + 0.85 * light
        rgba[:, 3] = layer.opacity * (0.55 + 0.45 * (1.0 - normal[:, 2]) ** 2)
    else:
        light *= 1.0 - 0.35 * hollow[hits.place]
    if layer.scalars is not None:
        light = 0.55 + 0.45 * light  # a map is read by its colours: shade it half as much
    rgba[:, :3] = hits.colours(layer) * light[:, None]
    if layer.scalars is None and layer.opacity >= 1.0:
        shine = key * key
        shine *= shine
        shine *= shine
        rgba[:, :3] += (0.16 * shine * shine * shine)[:, None]
    if line is not None:
        strength = line[hits.place] * (0.80 if layer.opacity >= 1.0 else 0.45)
        solid = np.maximum(rgba[:, 3], strength)
        rgba[:, :3] += (strength / solid)[:, None] * (_INK - rgba[:, :3])
        rgba[:, 3] = solid
    return rgba


def png_bytes(image: Image) -> bytes:
    """`image` (h, w, 3) as PNG without any date or software name."""
    from PIL import Image as Pillow

    stream = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(image)).save(stream, "PNG", compress_level=6)
    return stream.getvalue()
