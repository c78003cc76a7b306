"""The 40 perturbations of `perturbations.py`: what each does to a leg's file, what it must lead to.

Tolerances are the 95th percentile of the inner surface's difference and the difference in
stiffness: A 0.1 mm and 1 %, B 0.5 mm and 3 %, C 1.0 mm and 5 %; W is a warning that names the
cause, R a refusal that does. Every leg lies in the limb frame, in millimetres, before it is
perturbed; the first seed leaves it there, the others put it in a random pose.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from afo_designer.formats.ply import ply_bytes
from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.rays import first_hits
from afo_designer.geometry.section import section_segments
from afo_designer.limb.generator import LimbShape, generate_limb
from afo_designer.limb.limb import Limb
from afo_designer.limb.scan import Side


@dataclass(frozen=True)
class Leg:
    """A clean leg: its mesh in the limb frame, what was read of it, and its owner's height."""

    name: str
    mesh: TriMesh
    limb: Limb
    height_mm: float

    @property
    def side(self) -> Side:
        return self.limb.side


@dataclass(frozen=True)
class Spoilt:
    """A perturbed file and what is told beside it.

    `motion` (4, 4) carries the limb frame of the clean leg to the file's axes and unit, mirror and
    scale included. `tape` is the foot length by tape, `truth_deg` the true ankle angle of a leg
    made for this row alone, which has no clean leg to be compared with.
    """

    data: bytes
    motion: FloatArray
    suffix: str = ".ply"
    unit: str | None = None
    side: Side | None = None
    tape: float | None = None
    truth_deg: float | None = None
    scale: float = 1.0


@dataclass(frozen=True)
class Perturbation:
    """`tolerance`: "A", "B", "C" or "" where no figure is asked. `warn`, `refuse`: words of which
    one must stand in a warning or in the refusal; `hold`: a refusal serves as well as a warning.
    `follows_mm`: lengths and girths must change with the leg's size, within so much.
    """

    number: int
    name: str
    make: Callable[[Leg, np.random.Generator, bool], Spoilt]
    tolerance: str = ""
    warn: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    hold: bool = False
    follows_mm: float = 0.0

    @property
    def label(self) -> str:
        kind = self.tolerance + ("W" if self.warn else "") + ("R" if self.refuse else "")
        return f"{self.number:02d} {self.name} [{kind}]"


# --- files -------------------------------------------------------------------------------------


def placed(random: np.random.Generator, posed: bool) -> FloatArray:
    """A rigid motion (4, 4): identity, or any turn and up to half a metre of shift."""
    motion = np.eye(4)
    if posed:
        motion[:3, :3] = Rotation.random(random_state=int(random.integers(2**31))).as_matrix()
        motion[:3, 3] = random.uniform(-500.0, 500.0, 3)
    return motion


def moved(points: FloatArray, motion: FloatArray) -> FloatArray:
    return points @ motion[:3, :3].T + motion[:3, 3]


def stl(corners: FloatArray) -> bytes:
    """Binary STL of a heap of triangles (n, 3, 3), whatever their numbers."""
    records = np.zeros(len(corners), dtype=[("f", "<f4", (4, 3)), ("a", "<u2")])
    records["f"][:, 1:] = corners
    return bytes(80) + struct.pack("<I", len(corners)) + records.tobytes()


def filed(mesh: TriMesh, motion: FloatArray, **told: object) -> Spoilt:
    """A mesh of the limb frame as a PLY in the file's axes."""
    return Spoilt(ply_bytes(mesh.with_vertices(moved(mesh.vertices, motion))), motion, **told)  # type: ignore[arg-type]


def heap(corners: FloatArray, motion: FloatArray, **told: object) -> Spoilt:
    return Spoilt(stl(moved(corners, motion)), motion, ".stl", **told)  # type: ignore[arg-type]


def scaled(motion: FloatArray, factor: float) -> FloatArray:
    return np.diag([factor] * 3 + [1.0]) @ motion


def joined(*pieces: TriMesh) -> TriMesh:
    starts = np.cumsum([0] + [len(piece.vertices) for piece in pieces[:-1]])
    return TriMesh(
        np.vstack([piece.vertices for piece in pieces]),
        np.vstack([piece.triangles + start for piece, start in zip(pieces, starts, strict=True)]),
    )


def halved(mesh: TriMesh) -> TriMesh:
    """Every triangle cut in four, on the same surface."""
    edges = np.sort(mesh.edges, axis=1)
    pairs, which = np.unique(edges, axis=0, return_inverse=True)
    middles = mesh.vertices[pairs].mean(axis=1)
    m = len(mesh.vertices) + which.reshape(-1, 3)
    a, b, c = mesh.triangles.T
    new = [(a, m[:, 0], m[:, 2]), (m[:, 0], b, m[:, 1]), (m[:, 2], m[:, 1], c)]
    triangles = np.vstack([np.stack(one, axis=1) for one in (*new, tuple(m.T))])
    return TriMesh(np.vstack([mesh.vertices, middles]), triangles)


def decimated(mesh: TriMesh, count: int) -> TriMesh:
    """About `count` triangles by quadric decimation (VTK)."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray, vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
    from vtkmodules.vtkFiltersCore import vtkQuadricDecimation

    points, cells, surface = vtkPoints(), vtkCellArray(), vtkPolyData()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(mesh.vertices), deep=True))
    faces = np.column_stack([np.full(len(mesh.triangles), 3), mesh.triangles]).ravel()
    cells.SetCells(len(mesh.triangles), numpy_to_vtkIdTypeArray(faces.astype(np.int64), deep=True))
    surface.SetPoints(points)
    surface.SetPolys(cells)
    fewer = vtkQuadricDecimation()
    fewer.SetInputData(surface)
    fewer.SetTargetReduction(1.0 - count / len(mesh.triangles))
    fewer.Update()
    out = fewer.GetOutput()
    triangles = vtk_to_numpy(out.GetPolys().GetData()).reshape(-1, 4)[:, 1:]
    return TriMesh(vtk_to_numpy(out.GetPoints().GetData()), triangles)


def along_normals(mesh: TriMesh, amount: FloatArray) -> TriMesh:
    return mesh.with_vertices(mesh.vertices + amount[:, None] * mesh.vertex_normals)


def without(mesh: TriMesh, centre: FloatArray, radius: float) -> TriMesh:
    away = np.linalg.norm(mesh.corners.mean(axis=1) - centre, axis=1)
    return mesh.kept(away > radius)


def disc(centre: FloatArray, radius: float, step: float = 6.0) -> TriMesh:
    """A level disc facing up."""
    span = np.arange(-radius, radius + step, step)
    x, y = np.meshgrid(span, span, indexing="ij")
    n = len(span)
    points = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    quads = np.stack([corner, corner + n, corner + n + 1, corner + 1], axis=1)
    patch = TriMesh(points, np.vstack([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]))
    inside = np.linalg.norm(patch.corners.mean(axis=1)[:, :2], axis=1) < radius
    kept = patch.kept(inside)
    return kept.with_vertices(kept.vertices + centre)


def box(centre: FloatArray, size: FloatArray) -> TriMesh:
    """A closed box of evenly cut faces, joined at its edges."""
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    faces = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
    triangles = [(a, b, c) for a, b, c, _ in faces] + [(a, c, d) for a, _, c, d in faces]
    mesh = TriMesh(centre + 0.5 * corners * size, np.array(triangles))
    for _ in range(4):
        mesh = halved(mesh)
    return mesh


# --- the perturbations ---------------------------------------------------------------------------


def _same(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    return filed(leg.mesh, placed(random, posed))


def _turned(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    return filed(leg.mesh, placed(random, True))


def _shifted(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    motion = placed(random, posed)
    motion[:3, 3] += 10_000.0 * unit(random.normal(size=3))
    return heap(leg.mesh.corners, motion)


def _in_unit(per_mm: float, told: str | None) -> Callable[..., Spoilt]:
    def make(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
        return heap(leg.mesh.corners, scaled(placed(random, posed), per_mm), unit=told)

    return make


def _ambiguous(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    """A foot of 10.8 to 13.2 in the file's numbers: centimetres of a toddler, inches of a man."""
    factor = random.uniform(10.8, 13.2) / leg.limb.foot_length
    return heap(leg.mesh.corners, scaled(placed(random, posed), factor), scale=factor)


def _mirrored(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    motion = placed(random, posed) @ np.diag([1.0, -1.0, 1.0, 1.0])
    corners = leg.mesh.corners[:, ::-1]
    other = Side.LEFT if leg.side is Side.RIGHT else Side.RIGHT
    return heap(corners, motion, side=other)


def _wrong_side(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    other = Side.LEFT if leg.side is Side.RIGHT else Side.RIGHT
    return filed(leg.mesh, placed(random, posed), side=other)


def _inverted(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    return filed(leg.mesh.flipped(), placed(random, posed))


def _half_flipped(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    triangles = leg.mesh.triangles.copy()
    chosen = random.permutation(len(triangles))[: len(triangles) // 2]
    triangles[chosen] = triangles[chosen][:, ::-1]
    return filed(TriMesh(leg.mesh.vertices, triangles), placed(random, posed))


def _soup(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    corners = leg.mesh.corners.reshape(-1, 3)
    loose = TriMesh(corners, np.arange(len(corners)).reshape(-1, 3))
    return filed(loose, placed(random, posed))


def _shuffled(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    order = random.permutation(len(leg.mesh.triangles))
    turn = random.integers(3, size=len(order))
    triangles = leg.mesh.triangles[order]
    triangles = np.take_along_axis(triangles, (turn[:, None] + np.arange(3)) % 3, axis=1)
    names = random.permutation(len(leg.mesh.vertices))
    vertices = np.empty_like(leg.mesh.vertices)
    vertices[names] = leg.mesh.vertices
    return filed(TriMesh(vertices, names[triangles]), placed(random, posed))


def _doubled(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    corners = leg.mesh.corners
    chosen = random.permutation(len(corners))[: len(corners) // 20]
    return heap(np.concatenate([corners, corners[chosen]]), placed(random, posed))


def _degenerate(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    corners = leg.mesh.corners
    bad = corners[random.permutation(len(corners))[: len(corners) // 20]].copy()
    bad[:, 2] = bad[:, 1]
    needles = len(bad) // 2
    bad[:needles, 2] = 0.5 * (bad[:needles, 0] + bad[:needles, 1])
    mixed = np.concatenate([corners, bad])
    return heap(mixed[random.permutation(len(mixed))], placed(random, posed))


def _not_numbers(share: float) -> Callable[..., Spoilt]:
    def make(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
        motion = placed(random, posed)
        corners = moved(leg.mesh.corners, motion)
        chosen = random.permutation(len(corners))[: max(1, int(share * len(corners)))]
        corners[chosen, random.integers(3, size=len(chosen)), 0] = np.nan
        return Spoilt(stl(corners), motion, ".stl")

    return make


def _noisy(sigma: float) -> Callable[..., Spoilt]:
    def make(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
        noise = random.normal(0.0, sigma, len(leg.mesh.vertices))
        return filed(along_normals(leg.mesh, noise), placed(random, posed))

    return make


def _spiky(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    amount = np.zeros(len(leg.mesh.vertices))
    chosen = random.permutation(len(amount))[: len(amount) // 1000]
    amount[chosen] = 20.0 * random.choice([-1.0, 1.0], len(chosen))
    return filed(along_normals(leg.mesh, amount), placed(random, posed))


def _drifted(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    """A smooth warp of up to 1 mm: three waves of 250 to 500 mm."""
    points, shift = leg.mesh.vertices, np.zeros_like(leg.mesh.vertices)
    for _ in range(3):
        way, along = unit(random.normal(size=3)), unit(random.normal(size=3))
        phase = points @ way * 2.0 * np.pi / random.uniform(250.0, 500.0)
        shift += np.sin(phase + random.uniform(0.0, 2.0 * np.pi))[:, None] * along
    shift /= np.linalg.norm(shift, axis=1).max()
    return filed(leg.mesh.with_vertices(points + shift), placed(random, posed))


def _resized(low: float, high: float, tape: float | None = None) -> Callable[..., Spoilt]:
    """The leg in another size; `tape`: the tape's foot length over the file's."""

    def make(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
        factor = low if random.random() < 0.5 else high
        length = None if tape is None else tape * factor * leg.limb.foot_length
        motion = scaled(placed(random, posed), factor)
        return filed(leg.mesh, motion, tape=length, scale=factor, unit="mm")

    return make


def _decimated(count: int) -> Callable[..., Spoilt]:
    def make(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
        mesh = leg.mesh
        while len(mesh.triangles) < 3 * count:
            mesh = halved(mesh)
        turn = placed(random, posed)
        return filed(decimated(mesh, count), turn)

    return make


def _subdivided(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    return filed(halved(leg.mesh), placed(random, posed))


def _sliced(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    """Rings of 72 points every 5 mm, as in slice files: across the shank, fanned round the heel
    about a line before the instep, across the foot to the toes.
    """
    limb, length = leg.limb, leg.limb.foot_length
    up = limb.shank_axis
    pivot = limb.ankle_centre + np.array([0.32 * length, 0.0, 0.28 * length])
    pivot[1] = 0.0
    y, x = np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])
    down = unit(np.cross(y, np.cross(-up, y)))  # the shank's way in the sagittal plane
    # over the whole height: planes that leave the leg give no ring
    shank = float(((leg.mesh.vertices - pivot) @ -down).max())
    planes = [
        (pivot - t * down, down) for t in shank - random.uniform(0, 5) - np.arange(0, shank - 5, 5)
    ]
    turn = float(np.arccos(down @ x))
    planes += [
        (pivot, Rotation.from_rotvec(-angle * y).apply(down))
        for angle in np.arange(0.0, turn, 5.0 / (0.62 * length))
    ]
    front = float(leg.mesh.vertices[leg.mesh.vertices[:, 2] < 0.3 * length, 0].max())
    planes += [(np.array([at, 0.0, 0.0]), x) for at in np.arange(pivot[0], front - 1.5, 5.0)]
    rings = [ring for ring in (_ring(leg.mesh, at, way, pivot) for at, way in planes) if len(ring)]
    points, n, m = np.concatenate(rings), len(rings), 72
    tip = rings[-1].mean(axis=0)
    tip[0] = front
    corner = np.arange((n - 1) * m).reshape(n - 1, m)
    right = np.roll(corner, -1, axis=1)
    a, b, c, d = (part.ravel() for part in (corner, right, right + m, corner + m))
    cap = (n - 1) * m + np.arange(m)
    fan = np.stack([cap, np.roll(cap, -1), np.full(m, n * m)], axis=1)
    triangles = np.vstack([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1), fan])
    return filed(TriMesh(np.vstack([points, tip]), triangles), placed(random, posed))


def _ring(mesh: TriMesh, at: FloatArray, way: FloatArray, pivot: FloatArray) -> FloatArray:
    """72 points where a plane meets the skin, by angle about their middle; none where it misses.

    The plane ends at the pivot's line: before it lies the other limb of the bend.
    """
    y = np.array([0.0, 1.0, 0.0])
    out = np.cross(y, way)  # from the pivot towards the heel and the sole
    cut = section_segments(mesh, at, way).reshape(-1, 3)
    cut = cut[(cut - pivot) @ out > 0.0]
    if len(cut) < 8:
        return np.zeros((0, 3))
    flat = np.column_stack([cut @ out, cut @ y])
    low, high = flat.min(axis=0), flat.max(axis=0)
    centre = at + (0.5 * (low + high) - [at @ out, at @ y]) @ np.array([out, y])
    angle = np.linspace(0.0, 2.0 * np.pi, 72, endpoint=False)
    rays = np.cos(angle)[:, None] * out + np.sin(angle)[:, None] * y
    # from outside in, so that the outermost skin counts; no further out than this ring goes
    reach = 1.05 * float(np.linalg.norm(high - low)) * 0.5 + 2.0
    away, _ = first_hits(mesh, centre + reach * rays, -rays)
    seen = np.isfinite(away) & (away < reach)
    if seen.sum() < 68:
        return np.zeros((0, 3))
    radius = np.interp(angle, angle[seen], reach - away[seen], period=2.0 * np.pi)
    return centre + radius[:, None] * rays


def _holed(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    centres = leg.mesh.corners.mean(axis=1)
    keep = np.ones(len(centres), dtype=bool)
    for at in centres[random.integers(len(centres), size=20)]:
        keep &= np.linalg.norm(centres - at, axis=1) > 5.0
    return filed(leg.mesh.kept(keep), placed(random, posed))


def _heel_hole(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    name = "heel_plantar" if random.random() < 0.5 else "heel_posterior"
    radius = 20.0 * min(1.0, leg.limb.foot_length / 240.0)  # of a child's heel nothing were left
    hole = without(leg.mesh, leg.limb.landmarks.position(name), radius)
    return filed(hole, placed(random, posed))


def _soleless(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    """What a scanner sees that stays beside and above the foot: nothing that faces down."""
    mesh = leg.mesh
    low = mesh.corners.mean(axis=1)[:, 2] < 0.1 * leg.limb.foot_length
    return filed(mesh.kept(~(low & (mesh.triangle_normals[:, 2] < -0.4))), placed(random, posed))


def _floored(tilt_deg: float) -> Callable[..., Spoilt]:
    """A round floor of 150 to 250 mm radius half a millimetre below the foot's lowest point."""

    def make(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
        way = random.uniform(0.0, 2.0 * np.pi)
        axis = np.radians(tilt_deg) * np.array([np.cos(way), np.sin(way), 0.0])
        turn = Rotation.from_rotvec(axis).as_matrix()
        centre = np.array([0.45 * leg.limb.foot_length, 0.0, 0.0])
        low = ((leg.mesh.vertices - centre) @ turn)[:, 2].min() - 0.5
        floor = disc(np.array([0.0, 0.0, low]), random.uniform(150.0, 250.0))
        floor = floor.with_vertices(floor.vertices @ turn.T + centre)
        return filed(joined(leg.mesh, floor), placed(random, posed))

    return make


def _chair(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    """A seat behind the calf with two legs, and the person's other leg beside this one."""
    top = leg.limb.top_height
    apart = random.uniform(180.0, 280.0) * -leg.side.lateral_y
    other = leg.mesh.mirrored_y()
    other = other.with_vertices(
        other.vertices + np.array([random.uniform(-40.0, 40.0), apart, 0.0])
    )
    seat = box(np.array([-260.0, 0.5 * apart, top]), np.array([380.0, 420.0, 40.0]))
    posts = [
        box(np.array([-180.0, 0.5 * apart + y, 0.5 * top - 20.0]), np.array([35.0, 35.0, top]))
        for y in (-190.0, 190.0)
    ]
    return filed(joined(leg.mesh, other, seat, *posts), placed(random, posed), side=leg.side)


def _hand(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    """A hand that holds the sole: 80 cm² of it lie 12 to 18 mm lower, with furrows of fingers."""
    length = leg.limb.foot_length
    centre = np.array([random.uniform(0.45, 0.6) * length, 0.0, 0.0])
    points = leg.mesh.vertices
    radius = np.sqrt(8000.0 / np.pi) * min(1.0, length / 240.0)
    away = np.linalg.norm((points - centre)[:, :2], axis=1) / radius
    under = (points[:, 2] < 0.12 * length) & (leg.mesh.vertex_normals[:, 2] < -0.2) & (away < 1.0)
    depth = random.uniform(12.0, 18.0) * np.clip((1.0 - away) / 0.15, 0.0, 1.0)
    depth *= 0.85 + 0.15 * np.cos(2.0 * np.pi * points[:, 0] / 20.0)
    lower = points - np.where(under, depth, 0.0)[:, None] * [0.0, 0.0, 1.0]
    return filed(leg.mesh.with_vertices(lower), placed(random, posed))


def _sock(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    """Wrinkles round the leg, crest to trough 1.5 mm every 8 mm, about the skin."""
    way = unit(np.array([random.uniform(-0.5, 0.5), 0.2 * random.normal(), 1.0]))
    wave = np.cos(2.0 * np.pi * (leg.mesh.vertices @ way) / 8.0 + random.uniform(0.0, 6.0))
    return filed(along_normals(leg.mesh, 0.75 * wave), placed(random, posed))


def _cut(low: float, high: float) -> Callable[..., Spoilt]:
    """Cut at a share of the shank, tilted 20°."""

    def make(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
        limb, way = leg.limb, random.uniform(0.0, 2.0 * np.pi)
        share = random.uniform(low, high)
        at = limb.ankle_centre + share * (limb.knee_centre - limb.ankle_centre)
        side = np.cross(limb.shank_axis, [np.cos(way), np.sin(way), 0.0])
        normal = Rotation.from_rotvec(np.radians(20.0) * unit(side)).apply(limb.shank_axis)
        above = (leg.mesh.corners.mean(axis=1) - at) @ normal > 0.0
        return filed(leg.mesh.kept(~above), placed(random, posed))

    return make


def _posed_ankle(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    """A generated leg at any ankle angle from −30° to +10°, its truth known."""
    shape = LimbShape(
        age_years=float(random.uniform(18.0, 80.0)),
        sex="female" if random.random() < 0.5 else "male",
        height_mm=leg.height_mm,
        mass_kg=22.0 * (leg.height_mm / 1000.0) ** 2,
        side=leg.side.value,
        ankle_angle_deg=float(random.uniform(-30.0, 10.0)),
        seed=float(random.integers(1000, 10_000)),
    )
    made = generate_limb(shape)
    motion = placed(random, posed)
    return filed(made.mesh, motion, truth_deg=made.ankle_angle_deg)


def _rolled(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    """The leg lies on the table: turned out by up to 20°, rolled by up to 30° about the shank."""
    out = Rotation.from_rotvec(np.radians(random.choice([-20.0, 20.0])) * np.array([0, 0, 1.0]))
    roll = Rotation.from_rotvec(np.radians(random.choice([-30.0, 30.0])) * leg.limb.shank_axis)
    motion = np.eye(4)
    motion[:3, :3] = Rotation.from_euler("y", 90.0, degrees=True).as_matrix()
    motion[:3, :3] = motion[:3, :3] @ (out * roll).as_matrix()
    return filed(leg.mesh, motion)


def _ghost(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    shift = 3.0 * unit(random.normal(size=3))
    ghost = leg.mesh.with_vertices(leg.mesh.vertices + shift)
    return filed(joined(leg.mesh, ghost), placed(random, posed))


def _dots(leg: Leg, random: np.random.Generator, posed: bool) -> Spoilt:
    """Adhesive dots of 10 mm and 3 mm on the malleoli, the metatarsal heads and six places more."""
    names = ("medial_malleolus", "lateral_malleolus", "first_metatarsal_head_medial")
    places = [leg.limb.landmarks.position(name) for name in names]
    centres = leg.mesh.corners.mean(axis=1)
    places += list(centres[random.integers(len(centres), size=6)])
    amount = np.zeros(len(leg.mesh.vertices))
    for near in cKDTree(leg.mesh.vertices).query_ball_point(np.array(places), 5.0):
        amount[near] = 3.0
    return filed(along_normals(leg.mesh, amount), placed(random, posed))


UNIT_WORDS = ("unit",)
PERTURBATIONS = (
    Perturbation(0, "unperturbed", _same, "A"),
    Perturbation(1, "random rotation", _turned, "A"),
    Perturbation(2, "shift 10 m", _shifted, "A"),
    Perturbation(3, "inch told", _in_unit(1.0 / 25.4, "inch"), "A"),
    Perturbation(4, "metres untold", _in_unit(0.001, None), "A", warn=UNIT_WORDS),
    Perturbation(5, "cm untold", _in_unit(0.1, None), "A", warn=UNIT_WORDS),
    Perturbation(6, "ambiguous unit", _ambiguous, refuse=UNIT_WORDS),
    Perturbation(7, "mirror pair", _mirrored, "A"),
    Perturbation(8, "wrong side told", _wrong_side, warn=("side",), hold=True),
    Perturbation(9, "all normals inverted", _inverted, "A"),
    Perturbation(10, "half flipped", _half_flipped, "A"),
    Perturbation(11, "unwelded soup", _soup, "A"),
    Perturbation(12, "shuffled faces", _shuffled, "A"),
    Perturbation(13, "5 % duplicates", _doubled, "A"),
    Perturbation(14, "5 % degenerate", _degenerate, "A"),
    Perturbation(15, "0.1 % NaN", _not_numbers(0.0009), "B", warn=("not a number",)),
    Perturbation(16, "2 % NaN", _not_numbers(0.02), refuse=("finite", "number")),
    Perturbation(17, "noise 0.25", _noisy(0.25), "A"),
    Perturbation(18, "noise 0.5", _noisy(0.5), "B"),
    Perturbation(19, "noise 1.0", _noisy(1.0), "C"),
    Perturbation(20, "0.1 % spikes", _spiky, "B"),
    Perturbation(21, "drift 1 mm", _drifted, "C"),
    Perturbation(22, "scale 1 % follows", _resized(0.99, 1.01), "A", follows_mm=0.1),
    Perturbation(22, "tape 7 % off", _resized(1.0, 1.0, tape=1.07), warn=("tape",)),
    Perturbation(23, "to 100 k", _decimated(100_000), "A"),
    Perturbation(24, "to 20 k", _decimated(20_000), "B"),
    Perturbation(25, "to 5 k", _decimated(5_000), "C", warn=("coarse",)),
    Perturbation(26, "subdivided x4", _subdivided, "A"),
    Perturbation(27, "slices 5 mm", _sliced, "C"),
    Perturbation(28, "20 holes 10 mm", _holed, "B"),
    Perturbation(29, "heel hole 40 mm", _heel_hole, "C", warn=("heel",)),
    Perturbation(30, "sole missing", _soleless, refuse=("of the sole",)),
    Perturbation(31, "floor", _floored(0.0), "A"),
    Perturbation(32, "floor tilted 10", _floored(10.0), "B"),
    Perturbation(33, "chair, other leg", _chair, "B"),
    Perturbation(34, "hand on sole", _hand, "C", warn=("under the sole",)),
    Perturbation(35, "sock wrinkles", _sock, "B"),
    Perturbation(36, "top cut 60-100 %", _cut(0.6, 1.0), "B"),
    Perturbation(36, "cut below trim", _cut(0.15, 0.3), refuse=("scan", "knee")),
    Perturbation(37, "ankle -30 to 10", _posed_ankle, warn=("correction", "degrees", "re-pos")),
    Perturbation(38, "toe-out, roll", _rolled, "B"),
    Perturbation(39, "ghost 3 mm", _ghost, warn=("second layer", "double")),
    Perturbation(40, "landmark dots", _dots, "B"),
    Perturbation(40, "child 0.45, adult 1.2", _resized(0.45, 1.2), follows_mm=0.5),
)  # fmt: skip
