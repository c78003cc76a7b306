"""BSplineSolid: two spline faces over one chart, trimmed by loops and joined by rounded rims."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d

from afo_designer.geometry.array import FloatArray, IntArray, cross, frozen, unit
from afo_designer.geometry.blend import positive_part
from afo_designer.geometry.bspline import BSplineSurface
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.relief import Plane, Relief, embossed
from afo_designer.geometry.rounding import rounding_radius, section, section_stations
from afo_designer.geometry.sheet import (
    flipped,
    halved_quads,
    inner_edges,
    inside,
    split_edges,
    triangulated_region,
)

TRIANGLE_LIMIT = 500_000  # contract: largest STL
RIM_SPACING_MM = 1.2  # longest triangle edge along a rim
STRIP_PASSES = 8  # each halves the edges of the strip that are too long: 2⁻⁷ of any is short
# Where a rim turns sharply its round is flattened: no line along it advances by less than 1 − the
# first of what its middle does; softly, from the last share before that on ([D]).
MOST_TURN, MOST_DRIFT, BULGE_SOFT = 0.85, 0.75, 0.1


@dataclass(frozen=True, slots=True)
class RimLoop:
    """One closed boundary of a shell, where its inner and outer face end.

    `parameters` (n, 2): dense samples (s in mm, θ in rad) of a smooth closed curve, first point not
    repeated, either direction. `hole` tells a slot from the outer boundary.
    """

    parameters: FloatArray
    hole: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "parameters", frozen(self.parameters, (None, 2)))
        if len(self.parameters) < 8:
            raise ValueError(f"a rim loop has {len(self.parameters)} points, expected at least 8")

    @property
    def material_on_left(self) -> FloatArray:
        """The samples in the direction that keeps the material on the left in the (s, θ) plane."""
        s, theta = self.parameters.T
        signed = np.sum(s * np.roll(theta, -1) - np.roll(s, -1) * theta)
        return self.parameters if (signed > 0.0) != self.hole else self.parameters[::-1]


@dataclass(frozen=True, slots=True)
class BSplineSolid:
    """A shell between `inner` and `outer`, spline surfaces over the same (s, θ) domain.

    `loops`: the outer boundary first, then the holes; none may touch another. Either handedness of
    the chart is allowed: outward is the side of `outer`. `edge_radius` (mm) rounds the rims with
    two quarters and a flat; 0 makes them half round. `reliefs` stand on or sink into `outer`.
    """

    inner: BSplineSurface
    outer: BSplineSurface
    loops: tuple[RimLoop, ...]
    edge_radius: float = 0.0
    reliefs: tuple[Relief, ...] = ()

    def __post_init__(self) -> None:
        if not self.loops or [loop.hole for loop in self.loops] != [False] + [True] * (
            len(self.loops) - 1
        ):
            raise ValueError("a solid has one outer loop first, then its holes")
        (s_low, s_high), (t_low, t_high) = self.inner.domain
        if self.outer.domain != self.inner.domain:
            raise ValueError("inner and outer face have different domains")
        low, high = self.loops[0].parameters.min(axis=0), self.loops[0].parameters.max(axis=0)
        if not (s_low <= low[0] and high[0] <= s_high and t_low <= low[1] and high[1] <= t_high):
            raise ValueError(f"a rim runs from {low} to {high}, outside {self.inner.domain}")

    def middle(self, parameters: ArrayLike) -> FloatArray:
        """Points (n, 3) half-way between the faces at (s, θ) (n, 2)."""
        s, theta = np.asarray(parameters, dtype=np.float64).T
        return 0.5 * (self.inner(s, theta) + self.outer(s, theta))

    @property
    def is_right_handed(self) -> bool:
        """Whether X_s × X_θ points from the inner to the outer face."""
        s, theta = self.loops[0].parameters.T
        wall = self.outer(s, theta) - self.inner(s, theta)
        return float(np.einsum("ij,ij->", self.inner.normal(s, theta), wall)) > 0.0

    def rim_curve(self, loop: RimLoop) -> CubicSpline:
        """The loop as a C² periodic curve length ↦ (s, θ, bulge), material on the left.

        Its parameter is the length (mm) of the polygon through the samples on the middle surface.
        `bulge`: how far the round stands out, of its radius; less than 1 where it would crease.
        """
        samples = loop.material_on_left
        closed = np.vstack([samples, samples[:1]])
        steps = np.linalg.norm(np.diff(self.middle(closed), axis=0), axis=1)
        if steps.min() <= 0.0:
            raise ValueError(f"rim loop repeats its point number {int(steps.argmin())}")
        lengths = np.concatenate([[0.0], np.cumsum(steps)])
        bulge = self._bulge(CubicSpline(lengths, closed, bc_type="periodic"))
        return CubicSpline(lengths, np.column_stack([closed, bulge]), bc_type="periodic")

    def _bulge(self, curve: CubicSpline) -> FloatArray:
        """(n,): how far the round stands out of a rim curve ↦ (s, θ) at its knots, of its radius.

        A point of a half round moves along the rim by t + a' cos φ + β r e' sin φ: where a notch
        is sharper than the wall is thick, it would turn back. So β r e'·t is kept above −`limit`.
        """
        low, high, out = self._rim_frame(curve, curve.x)
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        ends = np.hstack([middle, half, out])
        ends[-1] = ends[0]
        along, drift, turn = np.split(
            CubicSpline(curve.x, ends, bc_type="periodic")(curve.x, 1), 3, 1
        )
        speed = np.linalg.norm(along, axis=1)
        radius = rounding_radius(np.linalg.norm(half, axis=1), self.edge_radius)
        turn = -radius * np.einsum("ij,ij->i", turn, along) / speed**2
        drift = np.abs(np.einsum("ij,ij->i", drift, along)) / speed**2
        limit = np.sqrt(MOST_TURN**2 - np.minimum(drift, MOST_DRIFT) ** 2)
        bulge = 1.0 / (1.0 + positive_part(turn / limit - 1.0, BULGE_SOFT))
        least = minimum_filter1d(bulge[:-1], 5, mode="wrap")
        bulge[:-1] = gaussian_filter1d(least, 1.0, mode="wrap", radius=2)
        bulge[-1] = bulge[0]
        return bulge

    def _rim_frame(
        self, curve: CubicSpline, lengths: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Along a rim curve the ends (n, 3) of the faces, and the unit vector out of the material.

        It is perpendicular to the rim and to the line from end to end.
        """
        (s, theta), (ds, dtheta) = curve(lengths).T[:2], curve(lengths, 1).T[:2]
        low, high = self.inner(s, theta), self.outer(s, theta)
        X_s = 0.5 * (self.inner(s, theta, ds=1) + self.outer(s, theta, ds=1))
        X_t = 0.5 * (self.inner(s, theta, dtheta=1) + self.outer(s, theta, dtheta=1))
        along = X_s * ds[:, None] + X_t * dtheta[:, None]
        # Material is on the left: (dθ, −ds) points out of it in the chart, its image in space.
        out = X_s * dtheta[:, None] - X_t * ds[:, None]
        e = unit(cross(along, high - low))
        return low, high, e * np.sign(np.einsum("ij,ij->i", e, out))[:, None]

    def rim(self, curve: CubicSpline, lengths: FloatArray, segments: int) -> FloatArray:
        """(n, segments + 1, 3): the rounded edge over a rim curve, inner to outer face.

        Half round, with I and O the ends of the faces, m = (I + O)/2, a = (O − I)/2 and e the unit
        vector out of the material, perpendicular to a and to the rim:
        R(φ) = m − a cos φ + β |a| e sin φ with the curve's bulge β.
        Otherwise as `rounding.section` says, for an even number of segments.
        """
        low, high, e = self._rim_frame(curve, lengths)
        a = 0.5 * (high - low)
        e = curve(lengths)[:, 2:] * e
        radius = np.linalg.norm(a, axis=1)[:, None, None]
        middle = 0.5 * (low + high)[:, None]
        if self.edge_radius > 0.0:
            shape = section(section_stations(segments))[:, :, None]
            alpha, beta, gamma = np.moveaxis(shape, 1, 0)
            rounded = rounding_radius(radius, self.edge_radius)
            grid = middle + (alpha + gamma * rounded / radius) * a[:, None]
            grid += beta * rounded * e[:, None]
        else:
            phi = np.linspace(0.0, np.pi, segments + 1)[None, :, None]
            grid = middle - a[:, None] * np.cos(phi) + radius * e[:, None] * np.sin(phi)
        grid[:, 0], grid[:, -1] = low, high
        return grid


def closed_mesh(solid: BSplineSolid, cell_mm: float = 2.0, chord_mm: float = 0.05) -> TriMesh:
    """The solid's surface as a closed, outward mesh of at most `TRIANGLE_LIMIT` triangles.

    `cell_mm` bounds the cells' sides, `chord_mm` the distance of their middles from the faces.
    One triangulation of the (s, θ) plane serves both faces; the rim strips use its very
    boundary points, so that the mesh is closed by construction. A limb and its mirror image give
    mirror meshes, vertex by vertex.
    """
    curves = [solid.rim_curve(loop) for loop in solid.loops]
    lengths = [rim_lengths(solid, curve, chord_mm) for curve in curves]
    rims = [curve(at)[:, :2] for curve, at in zip(curves, lengths, strict=True)]
    s_lines, t_lines = _grid_lines(solid, rims, cell_mm, chord_mm)
    u, v = _plane_scale(solid, rims, s_lines, t_lines)
    flat = [
        np.column_stack([np.interp(r[:, 0], s_lines, u), np.interp(r[:, 1], t_lines, v)])
        for r in rims
    ]
    sheet = triangulated_region(flat, u, v)
    i, j = sheet.nodes.T
    plane = np.vstack([*flat, np.column_stack([u[i], v[j]])])
    parameters = np.vstack([*rims, np.column_stack([s_lines[i], t_lines[j]])])
    strip, more = _flattened_strip(
        solid, sheet.strip, plane, parameters, (s_lines, t_lines, u, v), chord_mm
    )
    parameters = np.vstack([parameters, more])
    faces = [surface(*parameters.T) for surface in (solid.inner, solid.outer)]
    cells = halved_quads(sheet.quads, 0.5 * (faces[0] + faces[1]))
    triangles = np.vstack([cells, strip])
    segments = _rim_segments(solid, curves, lengths, chord_mm)
    grids = [solid.rim(c, at, segments) for c, at in zip(curves, lengths, strict=True)]
    outer, more = triangles, np.zeros((0, 3))
    if solid.reliefs:
        plane_of = Plane(s_lines, t_lines, u, v)
        more, outer = embossed(
            solid.outer, parameters, triangles, solid.reliefs, plane_of, chord_mm
        )
    return _joined(faces, (triangles, outer), more, grids, solid.is_right_handed)


def _flattened_strip(
    solid: BSplineSolid,
    strip: IntArray,
    plane: FloatArray,
    parameters: FloatArray,
    lines: tuple[FloatArray, FloatArray, FloatArray, FloatArray],
    chord_mm: float,
) -> tuple[IntArray, FloatArray]:
    """The strip with flipped edges, and with halved ones where they stand off a face too far.

    `lines` are the grid lines (s, θ) and their places (u, v) in the plane. The error of a
    triangle is at most 4/3 of that of its edges' middles (a quadratic form in barycentric
    coordinates). Returns the strip and the (s, θ) of its new vertices, which follow the given ones.
    """
    s_lines, t_lines, u, v = lines
    count = len(parameters)
    used, local = np.unique(strip, return_inverse=True)
    strip, plane, parameters = local.reshape(-1, 3), plane[used], parameters[used]
    for _ in range(STRIP_PASSES):
        strip = flipped(strip, plane, solid.middle(parameters))
        edges = inner_edges(strip)
        rough = _standing_off(solid, parameters[edges], 0.75 * chord_mm)
        if not len(rough):
            break
        strip, halved = split_edges(strip, edges[rough], len(plane))
        new = plane[halved].mean(axis=1)
        plane = np.vstack([plane, new])
        new = np.column_stack([np.interp(new[:, 0], u, s_lines), np.interp(new[:, 1], v, t_lines)])
        parameters = np.vstack([parameters, new])
    number = np.concatenate([used, count + np.arange(len(parameters) - len(used))])
    return number[strip], parameters[len(used) :]


def _standing_off(solid: BSplineSolid, ends: FloatArray, limit: float) -> IntArray:
    """Numbers of the edges (n, 2, 2) in (s, θ) whose middles are off a face, the worst first."""
    middle = ends.mean(axis=1)
    gap = np.zeros(len(ends))
    for face in (solid.inner, solid.outer):
        chord = face(*ends[:, 0].T) + face(*ends[:, 1].T)
        off = 0.5 * chord - face(*middle.T)
        gap = np.maximum(gap, np.abs(np.einsum("ij,ij->i", off, face.normal(*middle.T))))
    order = np.argsort(-gap, kind="stable")
    return order[: int(np.sum(gap > limit))]


def _joined(
    faces: list[FloatArray],
    triangles: tuple[IntArray, IntArray],
    more: FloatArray,
    rims: list[FloatArray],
    right_handed: bool,
) -> TriMesh:
    """Inner sheet, outer sheet and rim strips over shared vertices.

    `more` (k, 3) are vertices of the outer sheet beyond the two faces' common ones.
    """
    count = len(faces[0])
    vertices = [*faces, more]
    cells = [triangles[0][:, ::-1], triangles[1] + count]
    start, total = 0, 2 * count + len(more)
    for rim in rims:
        n, width = rim.shape[:2]
        number = np.zeros((n, width), dtype=np.int64)
        number[:, 0] = start + np.arange(n)
        number[:, -1] = count + number[:, 0]
        number[:, 1:-1] = total + np.arange(n * (width - 2)).reshape(n, -1)
        vertices.append(rim[:, 1:-1].reshape(-1, 3))
        a, b = number, np.roll(number, -1, axis=0)
        corners = np.stack([a[:, :-1], b[:, :-1], b[:, 1:], a[:, 1:]], axis=-1).reshape(-1, 4)
        cells += [corners[:, [0, 1, 2]], corners[:, [0, 2, 3]]]
        start, total = start + n, total + n * (width - 2)
    points, corners = np.vstack(vertices), np.vstack(cells)
    if len(more):  # the reliefs have taken the places of some of the outer sheet's vertices
        used, local = np.unique(corners, return_inverse=True)
        points, corners = points[used], local.reshape(-1, 3)
    mesh = TriMesh(points, corners)
    return mesh if right_handed else mesh.flipped()


def rim_lengths(solid: BSplineSolid, curve: CubicSpline, chord_mm: float) -> FloatArray:
    """Where along the rim to put vertices: `RIM_SPACING_MM`, closer where it bends.

    A chord of length h under curvature κ stands off by κ h²/8; half of `chord_mm` is allowed.
    """
    knots = curve.x
    at = np.linspace(0.0, knots[-1], 2 * len(knots))[:-1]
    step = at[1]
    density = np.full(len(at), 1.0 / RIM_SPACING_MM)
    rim = solid.rim(curve, at, 4)
    for path in (rim[:, 0], rim[:, 2], rim[:, 4]):
        first = (np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0)) / (2.0 * step)
        second = (np.roll(path, -1, axis=0) - 2.0 * path + np.roll(path, 1, axis=0)) / step**2
        speed = np.linalg.norm(first, axis=1)
        bend = np.linalg.norm(cross(first, second), axis=1) / speed
        density = np.maximum(density, speed / RIM_SPACING_MM)
        density = np.maximum(density, np.sqrt(bend * speed / (4.0 * chord_mm)))
    return _spaced(np.append(at, knots[-1]), np.append(density, density[0]))[:-1]


def _grid_lines(
    solid: BSplineSolid, rims: list[FloatArray], cell_mm: float, chord_mm: float
) -> tuple[FloatArray, FloatArray]:
    """Grid lines in s and θ: no cell longer than `cell_mm`, flat enough for `chord_mm`.

    A right-angled cell a × b under normal curvatures κ stands off by (κ_a a² + κ_b b²)/8 at most;
    each direction gets a third of `chord_mm`, twist the rest.
    """
    low, high = rims[0].min(axis=0), rims[0].max(axis=0)
    s, theta = np.linspace(low[0], high[0], 241), np.linspace(low[1], high[1], 161)
    covered = inside(rims, s, theta)
    along, across = np.zeros(covered.shape), np.zeros(covered.shape)
    for face in (solid.inner, solid.outer):
        X_s, X_t = face.grid(s, theta, ds=1), face.grid(s, theta, dtheta=1)
        normal = unit(cross(X_s, X_t))
        for density, tangent, bent in (
            (along, X_s, face.grid(s, theta, ds=2)),
            (across, X_t, face.grid(s, theta, dtheta=2)),
        ):
            curvature = np.abs(np.einsum("ijk,ijk->ij", bent, normal))
            np.maximum(density, np.linalg.norm(tangent, axis=-1) / cell_mm, out=density)
            np.maximum(density, np.sqrt(0.375 * curvature / chord_mm), out=density)
    d_s = maximum_filter1d(np.where(covered, along, 0.0).max(axis=1), 3)
    d_t = maximum_filter1d(np.where(covered, across, 0.0).max(axis=0), 3)
    d_s, d_t = np.maximum(d_s, d_s.max() * 1e-3), np.maximum(d_t, d_t.max() * 1e-3)
    # Two faces, two triangles a cell; a tenth is left for the rims.
    cells = np.sum(covered * d_s[:, None] * d_t) * (s[1] - s[0]) * (theta[1] - theta[0])
    coarser = np.sqrt(max(1.0, 4.0 * cells / (0.9 * TRIANGLE_LIMIT)))
    return _spaced(s, d_s / coarser), _spaced(theta, d_t / coarser)


def _spaced(at: FloatArray, density: FloatArray) -> FloatArray:
    """Positions from at[0] to at[-1] with at least `density` of them per unit length."""
    mean = 0.5 * (density[1:] + density[:-1])
    total = np.concatenate([[0.0], np.cumsum(mean * np.diff(at))])
    return np.interp(np.linspace(0.0, total[-1], int(np.ceil(total[-1])) + 1), total, at)


def _plane_scale(
    solid: BSplineSolid, rims: list[FloatArray], s: FloatArray, theta: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Grid lines moved so that distances between them are the faces' mean distances (mm)."""
    covered = inside(rims, s, theta)
    X = 0.5 * (solid.inner.grid(s, theta) + solid.outer.grid(s, theta))
    du = np.linalg.norm(np.diff(X, axis=0), axis=-1)
    dv = np.linalg.norm(np.diff(X, axis=1), axis=-1)
    u = _mean(du, covered[1:] | covered[:-1], axis=1)
    v = _mean(dv, covered[:, 1:] | covered[:, :-1], axis=0)
    return np.concatenate([[0.0], np.cumsum(u)]), np.concatenate([[0.0], np.cumsum(v)])


def _mean(values: FloatArray, mask: np.ndarray, axis: int) -> FloatArray:
    """Mean over the masked entries; over all of them where none is masked."""
    weight = np.where(mask.any(axis=axis, keepdims=True), mask, True)
    return np.sum(values * weight, axis=axis) / np.sum(weight, axis=axis)


def _rim_segments(
    solid: BSplineSolid, curves: list[CubicSpline], lengths: list[FloatArray], chord_mm: float
) -> int:
    """Segments of the rounding whose chords stand off by a third of `chord_mm` at most.

    Chords cut a rim off by two thirds of that all along; with the whole of it the volume of a
    shell would fall short by 0.1 % at the rims alone.
    """
    ends = [solid.rim(c, at, 2)[:, [0, 2]] for c, at in zip(curves, lengths, strict=True)]
    radius = max(float(np.linalg.norm(end[:, 1] - end[:, 0], axis=1).max()) for end in ends) / 2.0
    if solid.edge_radius > 0.0:
        radius = min(radius, solid.edge_radius)
    half_angle = np.arccos(1.0 - min(chord_mm / (3.0 * radius), 1.0))
    if solid.edge_radius > 0.0:  # two for the flat beside those of the quarters
        return 2 + 2 * max(2, int(np.ceil(np.pi / (4.0 * half_angle))))
    return max(4, int(np.ceil(np.pi / (2.0 * half_angle))))
