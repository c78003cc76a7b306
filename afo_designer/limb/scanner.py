"""Scanner: what a hand-held scanner makes of a leg's surface, and what else it catches.

Each effect draws from a stream of its own, so switching one on leaves the others as they were.
The leg is a left one in the limb frame; mirroring comes afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.parameter import quantity
from afo_designer.limb.clutter import chair, fragment, hand, joined, other_leg, support
from afo_designer.limb.slices import sliced

_DRIFT_LENGTH = 350.0  # mm: the scanner loses its way over about a leg's length
_WRINKLE_LENGTH = 8.0  # mm (reliability.md §4)
_STREAMS = (
    *("top", "noise", "wave", "drift", "wrinkle", "spike", "holes", "fragments"),
    *("hand", "floor", "chair", "other_leg", "ghost"),
)
_WAVES = 24  # plane waves in a smooth random field


@dataclass(frozen=True, slots=True)
class ScannerEffects:
    """Defects to add; all off by default."""

    noise_mm: float = quantity(0.0, "mm", 0.0, 2.0, "standard deviation of the noise along normals")
    wave_mm: float = quantity(0.0, "mm", 0.0, 3.0, "standard deviation of smooth waves on the skin")
    wave_length_mm: float = quantity(60.0, "mm", 15.0, 300.0, "length of those waves")
    drift_mm: float = quantity(
        0.0, "mm", 0.0, 5.0, "standard deviation of each coordinate's slow drift along the leg"
    )
    wrinkle_mm: float = quantity(0.0, "mm", 0.0, 3.0, "height of a sock's wrinkles, 8 mm apart")
    spikes_per_mille: float = quantity(0.0, "1", 0.0, 20.0, "vertices of a thousand thrown off")
    spike_mm: float = quantity(20.0, "mm", 1.0, 60.0, "how far they are thrown at most")
    holes: float = quantity(0.0, "1", 0.0, 40.0, "number of holes, rounded")
    hole_diameter_mm: float = quantity(18.0, "mm", 4.0, 60.0, "diameter of a hole")
    heel_hole_mm: float = quantity(0.0, "mm", 0.0, 90.0, "diameter of a hole behind the heel")
    hidden_sole: float = quantity(0.0, "1", 0.0, 1.0, "share of the sole not seen, from the toes")
    hidden_toes_mm: float = quantity(0.0, "mm", 0.0, 100.0, "length missing in front")
    fragments: float = quantity(0.0, "1", 0.0, 40.0, "number of floating fragments, rounded")
    floor_radius_mm: float = quantity(
        0.0, "mm", 0.0, 400.0, "radius of a patch of floor under the foot, 0 for none"
    )
    floor_tilt_deg: float = quantity(0.0, "deg", 0.0, 25.0, "floor against the sole, any direction")
    hand_cm2: float = quantity(0.0, "1", 0.0, 150.0, "area of sole that a hand covers, cm²")
    chair: float = quantity(0.0, "1", 0.0, 1.0, "share of a chair's edge seen behind the calf")
    other_leg: float = quantity(0.0, "1", 0.0, 1.0, "share of the other leg seen beside this one")
    ghost_mm: float = quantity(0.0, "mm", 0.0, 12.0, "displacement of a second copy of the surface")
    ghost_share: float = quantity(0.4, "1", 0.05, 1.0, "share of the leg that is there twice")
    top_tilt_deg: float = quantity(0.0, "deg", 0.0, 35.0, "tilt of the upper edge, any direction")
    top_ragged_mm: float = quantity(0.0, "mm", 0.0, 40.0, "depth of the upper edge's tatters")
    slice_mm: float = quantity(
        0.0, "mm", 0.0, 20.0, "distance of slices the leg was reduced to, 0 for none"
    )
    slice_points: float = quantity(72.0, "1", 24.0, 360.0, "points of a slice, rounded")


def scanned(mesh: TriMesh, effects: ScannerEffects, random: np.random.Generator) -> TriMesh:
    """A copy of the leg (limb frame, mm) as such a scanner gives it: pieces appended, not merged.

    The upper edge is the mesh's only boundary. Clutter stands where it would: floor below, hand on
    the sole, chair behind the calf, other leg beside.
    """
    streams = dict(zip(_STREAMS, random.spawn(len(_STREAMS)), strict=True))
    leg = mesh
    if effects.slice_mm > 0.0:
        leg = sliced(leg, effects.slice_mm, round(effects.slice_points))
    leg = _cut_top(leg, effects, streams["top"])
    leg = _displaced(leg, effects, streams)
    covering = hand(mesh, effects.hand_cm2, streams["hand"])
    seen = _with_holes(leg, round(effects.holes), effects.hole_diameter_mm, streams["holes"])
    seen = _hidden(seen, mesh, effects)
    if covering is not None:
        seen = seen.kept(~covering.covers(seen.corners.mean(axis=1)))
    pieces = [seen]
    low, high = mesh.bounds
    for _ in range(round(effects.fragments)):
        stream = streams["fragments"]
        centre = stream.uniform(low - 40.0, high + 40.0)
        pieces.append(fragment(centre, stream.uniform(3.0, 12.0), stream))
    if effects.floor_radius_mm > 0.0:
        tilt = np.deg2rad(effects.floor_tilt_deg)
        pieces.append(support(mesh, effects.floor_radius_mm, tilt, streams["floor"]))
    if covering is not None:
        pieces.append(covering.mesh)
    if effects.chair > 0.0:
        pieces.append(chair(mesh, effects.chair, streams["chair"]))
    if effects.other_leg > 0.0:
        pieces.append(other_leg(mesh, effects.other_leg, streams["other_leg"]))
    if effects.ghost_mm > 0.0:
        pieces.append(_ghost(leg, effects, streams["ghost"]))
    return joined(pieces)


def _displaced(
    mesh: TriMesh,
    effects: ScannerEffects,
    streams: dict[str, np.random.Generator],
) -> TriMesh:
    """Vertices moved by everything that leaves the triangles as they are."""
    still, count = mesh.vertices, len(mesh.vertices)
    out = np.zeros(count)
    if effects.noise_mm > 0.0:
        out = streams["noise"].normal(0.0, effects.noise_mm, count)
    if effects.wave_mm > 0.0:
        field = _smooth_field(still, effects.wave_length_mm, streams["wave"])
        out = out + effects.wave_mm * field
    if effects.wrinkle_mm > 0.0:
        out = out + _wrinkles(still, effects.wrinkle_mm, streams["wrinkle"])
    moved = mesh.with_vertices(still + out[:, None] * mesh.vertex_normals) if out.any() else mesh
    if effects.drift_mm > 0.0:
        drift = [_smooth_field(still, _DRIFT_LENGTH, streams["drift"]) for _ in range(3)]
        moved = moved.with_vertices(moved.vertices + effects.drift_mm * np.stack(drift, axis=1))
    if effects.spikes_per_mille > 0.0:
        stream = streams["spike"]
        thrown = stream.random(count) < effects.spikes_per_mille / 1000.0
        far = thrown * stream.uniform(0.3, 1.0, count) * effects.spike_mm
        moved = moved.with_vertices(moved.vertices + far[:, None] * mesh.vertex_normals)
    return moved


def _smooth_field(
    points: FloatArray, wave_length: float, random: np.random.Generator
) -> FloatArray:
    """A smooth random field (n,) of mean 0 and standard deviation 1 over space: plane waves."""
    ways = random.standard_normal((_WAVES, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    lengths = wave_length * random.uniform(0.8, 1.25, _WAVES)
    phases = random.uniform(0.0, 2.0 * np.pi, _WAVES)
    waves = np.cos(points @ (2.0 * np.pi * ways / lengths[:, None]).T + phases)
    return np.sqrt(2.0 / _WAVES) * waves.sum(axis=1)


def _wrinkles(points: FloatArray, height: float, random: np.random.Generator) -> FloatArray:
    """Folds (n,) across leg and foot where a sock bunches, none where it is taut; outwards only."""
    bent = _smooth_field(points, 90.0, random)
    slack = np.clip(_smooth_field(points, 120.0, random), 0.0, 1.0)
    along = points[:, 2] - 0.6 * points[:, 0] + 3.0 * bent
    return height * slack * (0.5 + 0.5 * np.cos(2.0 * np.pi * along / _WRINKLE_LENGTH))


def _cut_top(mesh: TriMesh, effects: ScannerEffects, random: np.random.Generator) -> TriMesh:
    """Less of the leg, never more: the highest point of a tilted edge stays where it was."""
    if effects.top_tilt_deg == 0.0 and effects.top_ragged_mm == 0.0:
        return mesh
    rim = mesh.vertices[np.unique(mesh.boundary_edges)]
    centre = rim.mean(axis=0)
    axis = np.linalg.svd(rim - centre)[2][2]
    axis = axis * np.sign(axis[2])
    way = random.standard_normal(3)
    way -= (way @ axis) * axis
    way /= np.linalg.norm(way)
    slope = np.tan(np.deg2rad(effects.top_tilt_deg))
    drop = slope * ((rim - centre) @ way).max()
    points = mesh.corners.mean(axis=1)
    below = (points - centre) @ axis - slope * ((points - centre) @ way) + drop
    tatters = effects.top_ragged_mm * np.abs(_smooth_field(points, 45.0, random))
    return mesh.kept(below + tatters < 0.0)


def _with_holes(mesh: TriMesh, count: int, diameter: float, random: np.random.Generator) -> TriMesh:
    centres = mesh.corners.mean(axis=1)
    keep = np.ones(len(centres), dtype=bool)
    for _ in range(count):
        at = centres[random.integers(len(centres))]
        keep &= np.linalg.norm(centres - at, axis=1) > 0.5 * diameter
    return mesh if keep.all() else mesh.kept(keep)


def _hidden(mesh: TriMesh, clean: TriMesh, effects: ScannerEffects) -> TriMesh:
    """Without the parts that a scanner held wrongly does not see."""
    centres = mesh.corners.mean(axis=1)
    keep = np.ones(len(centres), dtype=bool)
    foot = clean.vertices[clean.vertices[:, 2] < 60.0]
    front = foot[:, 0].max()
    if effects.heel_hole_mm > 0.0:
        low = foot[foot[:, 0] < 0.3 * front]
        heel = low[np.argmin(low[:, 0])]
        keep &= np.linalg.norm(centres - heel, axis=1) > 0.5 * effects.heel_hole_mm
    if effects.hidden_sole > 0.0:
        facing = mesh.triangle_normals[:, 2] < -0.5
        sole = facing & (centres[:, 2] < 0.12 * front)
        keep &= ~(sole & (centres[:, 0] > (1.0 - effects.hidden_sole) * front))
    if effects.hidden_toes_mm > 0.0:
        keep &= (centres[:, 0] < front - effects.hidden_toes_mm) | (centres[:, 2] > 0.4 * front)
    return mesh if keep.all() else mesh.kept(keep)


def _ghost(mesh: TriMesh, effects: ScannerEffects, random: np.random.Generator) -> TriMesh:
    """A second copy of one end of the leg, displaced as a whole: a registration that slipped."""
    way, shift = random.standard_normal((2, 3))
    centres = mesh.corners.mean(axis=1)
    along = centres @ way
    part = mesh.kept(along >= np.quantile(along, 1.0 - effects.ghost_share))
    shift[2] = 0.0  # along the leg it would hardly show
    shift *= effects.ghost_mm / np.linalg.norm(shift)
    return part.with_vertices(part.vertices + shift)
