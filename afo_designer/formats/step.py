"""STEP: the shell as one B-rep solid with spline faces, made by the kernel in a child process."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.interpolate import BSpline, CubicSpline, make_interp_spline

from afo_designer.geometry.array import FloatArray, unit
from afo_designer.geometry.bspline import BSplineSurface
from afo_designer.geometry.mesh import TriMesh
from afo_designer.geometry.rounding import rounding_radius, section_spline
from afo_designer.geometry.solid import BSplineSolid, RimLoop, closed_mesh, rim_lengths
from afo_designer.geometry.turned import TurnedSolid, turned_mesh

CHILD = Path(__file__).with_name("step_child.py")
OUTER_PIECES, HOLE_PIECES = 6, 2  # faces that a rim is split into
ARC_SPANS = 6  # of the half round; (π/6)⁴/384 of the radius: 0.6 µm at 3 mm
SIDE_SPANS = 8  # of a letter's side, which is 4 mm long at most with the usual capitals
SIDE_POLES = np.array([0.0, 1.0, 2.0, 3.0]) / 3.0  # of a straight line as a cubic
EDGE_GAP_MM = 5e-4  # between an edge and the faces it bounds
RIM_GAP_MM = 2e-2  # between the rim of the STEP and of the mesh


class StepUnavailable(RuntimeError):
    """The geometry kernel cannot be loaded on this machine."""


class StepFailed(RuntimeError):
    """The kernel did not make a valid solid; the message says why."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """What was written: faces, validity, the largest tolerance (mm), wall-clock seconds.

    `relief_faces` of the `faces` belong to letters.
    """

    faces: int
    relief_faces: int
    valid: bool
    max_tolerance: float
    volume: float
    seconds: float


def write_step(
    solid: BSplineSolid | TurnedSolid,
    path: Path,
    product_name: str,
    volume: float | None = None,
    tolerance_mm: float | None = None,
    timeout_s: float = 120.0,
) -> StepReport:
    """Writes the solid as AP242 in millimetres; the file appears complete or not at all.

    `volume` (mm³) of the part's mesh, computed if absent, must agree with that within the faces,
    edges and orientations that the kernel holds. With `tolerance_mm`, ± as made, the whole surface
    bears a profile tolerance: a zone of twice that width about the nominal surface (ISO 1101,
    recalled), as AP242's own entity. The file's bytes depend on nothing but the arguments. Raises
    `StepUnavailable` where the kernel cannot be loaded, `StepFailed` where it refuses, crashes or
    runs into `timeout_s`.
    """
    start = time.perf_counter()
    data = _turned_arrays(solid) if isinstance(solid, TurnedSolid) else _arrays(solid)
    data |= {
        "volume": _mesh(solid).volume if volume is None else volume,
        "product_name": product_name,
        "profile_zone": 0.0 if tolerance_mm is None else 2.0 * tolerance_mm,
    }
    path = Path(path)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as folder:
        draft = Path(folder) / "part.step"
        answer = _run_child(data, draft, Path(folder), timeout_s)
        os.replace(draft, path)
    seconds = time.perf_counter() - start
    return StepReport(
        answer["faces"],
        answer["relief_faces"],
        True,
        answer["max_tolerance"],
        answer["volume"],
        seconds,
    )


def _run_child(data: dict[str, Any], draft: Path, folder: Path, timeout_s: float) -> dict[str, Any]:
    source = folder / "solid.npz"
    np.savez(source, **data)
    return asked(source, draft, folder, timeout_s)


def asked(source: Path, target: Path, folder: Path, timeout_s: float) -> dict[str, Any]:
    """The child's answer: an `.npz` made into a STEP file, or a STEP file into an `.npz`.

    Raises as `write_step`.
    """
    answer = folder / "answer.json"
    # -P: the folder of this file holds modules whose names are also those of other packages.
    command = [sys.executable, "-P", str(CHILD), str(source), str(target), str(answer)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    try:
        done = subprocess.run(
            command,
            env=os.environ | threads,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StepFailed(f"The STEP file was not ready after {timeout_s:g} s.") from None
    if not answer.exists():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise StepFailed(f"The geometry kernel ended with code {done.returncode}: {last}")
    report: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    if "unavailable" in report:
        raise StepUnavailable(_missing(report["unavailable"]))
    if "refused" in report:
        raise StepFailed(f"No STEP file: {report['refused']}.")
    return report


def _missing(reason: str) -> str:
    if "libGL" in reason:
        return "No STEP file: the system library libGL is missing; install the package libgl1."
    return f"No STEP file: the geometry kernel (cadquery-ocp) cannot be loaded: {reason}."


def _mesh(solid: BSplineSolid | TurnedSolid) -> TriMesh:
    return turned_mesh(solid) if isinstance(solid, TurnedSolid) else closed_mesh(solid)


def _turned_arrays(solid: TurnedSolid) -> dict[str, Any]:
    """The profile in space, and the axis it turns about."""
    radii, heights = solid.profile.T
    return {
        "profile": solid.origin + np.outer(radii, solid.across) + np.outer(heights, solid.axis),
        "origin": solid.origin,
        "axis": solid.axis,
    }


def _arrays(solid: BSplineSolid) -> dict[str, Any]:
    """Everything the child needs, as plain arrays."""
    data: dict[str, Any] = {
        "inner": solid.inner.control_points,
        "outer": solid.outer.control_points,
        "knots_s": solid.inner.knots_s,
        "knots_theta": solid.inner.knots_theta,
        "degree": solid.inner.degree,
        "right_handed": solid.is_right_handed,
    }
    arc, gap = _profile(solid.edge_radius), 0.0
    owners: list[int] = []
    data["arc_knots"] = arc.t
    for number, loop in enumerate(solid.loops):
        rim, loop_gap = _rim_spline(solid, loop)
        gap = max(gap, loop_gap)
        for piece in _pieces(rim, HOLE_PIECES if loop.hole else OUTER_PIECES):
            index = len(owners)
            owners.append(number)
            flat, low, high, bulge, along = np.split(piece.c, [2, 5, 8, 11], axis=1)
            centre, wall = 0.5 * (low + high), 0.5 * (high - low)
            data[f"knots_{index}"] = piece.t
            data[f"flat_{index}"], data[f"inner_{index}"], data[f"outer_{index}"] = flat, low, high
            data[f"rim_{index}"] = (
                centre[:, None]
                + wall[:, None] * arc.c[:, :1]
                + bulge[:, None] * arc.c[:, 1:2]
                + along[:, None] * arc.c[:, 2:]
            )
    data["piece_loop"] = np.array(owners)
    relief, relief_gap = _relief_arrays(solid)
    data |= relief
    gap = max(gap, relief_gap)
    data["edge_tolerance"] = max(2.0 * gap, 1e-6)
    return data


def _relief_arrays(solid: BSplineSolid) -> tuple[dict[str, Any], float]:
    """The sides and tops of the reliefs, and the gap of their edges from the faces.

    Side k runs along contour `side_contour[k]`, which is of relief `contour_relief[…]`.
    """
    data: dict[str, Any] = {}
    sides: list[int] = []
    contours: list[int] = []
    gap = 0.0
    for number, relief in enumerate(solid.reliefs):
        data[f"top_{number}"] = relief.top.control_points
        data[f"top_knots_s_{number}"] = relief.top.knots_s
        data[f"top_knots_theta_{number}"] = relief.top.knots_theta
        for contour in relief.contours:
            for start, end in zip(contour, np.roll(contour, -1, axis=0), strict=True):
                k = len(sides)
                sides.append(len(contours))
                data[f"side_flat_{k}"] = start + SIDE_POLES[:, None] * (end - start)
                for name, face in (("low", solid.outer), ("high", relief.top)):
                    curve, off = _lifted_side(face, start, end)
                    data[f"side_{name}_{k}"], data[f"side_knots_{k}"] = curve.c, curve.t
                    gap = max(gap, off)
            contours.append(number)
    data["side_contour"] = np.array(sides, dtype=int)
    data["contour_relief"] = np.array(contours, dtype=int)
    return data, gap


def _lifted_side(face: BSplineSurface, start: FloatArray, end: FloatArray) -> tuple[BSpline, float]:
    """A straight line in (s, θ) as a curve over [0, 1] on a face, and how far it leaves it."""
    share = np.linspace(0.0, 1.0, 2 * SIDE_SPANS + 1)
    run = end - start
    s, theta = (start + share[:, None] * run).T
    points = face(s, theta)
    slopes = run[0] * face(s, theta, ds=1) + run[1] * face(s, theta, dtheta=1)
    curve = make_interp_spline(
        share[::2], points[::2], k=3, bc_type=([(1, slopes[0])], [(1, slopes[-1])])
    )
    return curve, float(np.linalg.norm(curve(share) - points, axis=1).max())


def _profile(edge_radius: float) -> BSpline:
    """The rim's section on v ∈ [0, 1] as a cubic spline of the three vectors, exact at the ends.

    Half round: (−cos πv, sin πv, 0), slopes included.
    """
    if edge_radius > 0.0:
        return section_spline(ARC_SPANS // 2)
    v = np.linspace(0.0, 1.0, ARC_SPANS + 1)
    values = np.column_stack([-np.cos(np.pi * v), np.sin(np.pi * v), np.zeros_like(v)])
    values[[0, -1], 1] = 0.0
    ends = ([(1, [0.0, np.pi, 0.0])], [(1, [0.0, -np.pi, 0.0])])
    return make_interp_spline(v, values, k=3, bc_type=ends)


def _rim_spline(solid: BSplineSolid, loop: RimLoop) -> tuple[CubicSpline, float]:
    """A periodic spline length ↦ (s, θ, inner end, outer end, bulge, along), its gap off the faces.

    `bulge` is the radius outwards, `along` the radius across the wall. The section is linear in
    these vectors, so one set of knots serves the edges on both
    faces, their parameter curves and the rim surface. The fewest knots are taken that keep the
    edges within `EDGE_GAP_MM` of the faces and the rim within `RIM_GAP_MM` of the mesh's.
    """
    curve = solid.rim_curve(loop)
    stations = np.append(rim_lengths(solid, curve, chord_mm=0.05), curve.x[-1])
    for refinement in (0.25, 0.5, 1.0, 2.0, 4.0, 8.0):
        count = int(np.ceil(refinement * (len(stations) - 1)))
        index = np.linspace(0.0, len(stations) - 1, count + 1)
        knots = np.interp(index, np.arange(len(stations)), stations)
        rim = _interpolated(solid, curve, knots)
        between = (knots[:-1, None] + np.diff(knots)[:, None] * [0.25, 0.5, 0.75]).ravel()
        edge_gap, rim_gap = _gaps(solid, curve, rim, between)
        if edge_gap <= EDGE_GAP_MM and rim_gap <= RIM_GAP_MM:
            return rim, edge_gap
    raise StepFailed(
        f"No STEP file: a rim's edges stand {edge_gap:.4f} mm off their faces and its round "
        f"{rim_gap:.4f} mm off the mesh's; {EDGE_GAP_MM} and {RIM_GAP_MM} mm are allowed. "
        f"The trim line has a kink."
    )


def _interpolated(solid: BSplineSolid, curve: CubicSpline, knots: FloatArray) -> CubicSpline:
    ends = solid.rim(curve, knots, 2)
    low, top, high = ends[:, 0], ends[:, 1], ends[:, 2]
    bulge = top - 0.5 * (low + high)
    along = _along(low, high, solid.edge_radius)
    values = np.hstack([curve(knots)[:, :2], low, high, bulge, along])
    values[-1] = values[0]
    return CubicSpline(knots, values, bc_type="periodic")


def _along(low: FloatArray, high: FloatArray, edge_radius: float) -> FloatArray:
    """The rounding's radius (n, 3) across the wall, which the bulge has outwards at most."""
    half = 0.5 * np.linalg.norm(high - low, axis=1)
    return np.asarray(rounding_radius(half, edge_radius)[:, None] * unit(high - low))


def _gaps(
    solid: BSplineSolid, curve: CubicSpline, rim: CubicSpline, at: FloatArray
) -> tuple[float, float]:
    """Largest distances (mm): edges to faces, and the rim's ends and top to the true rim's."""
    flat, low, high, bulge, along = np.split(rim(at), [2, 5, 8, 11], axis=1)
    on_faces = [low - solid.inner(*flat.T), high - solid.outer(*flat.T)]
    true = solid.rim(curve, at, 2)
    on_rim = [low - true[:, 0], 0.5 * (low + high) + bulge - true[:, 1], high - true[:, 2]]
    on_rim.append(along - _along(true[:, 0], true[:, 2], solid.edge_radius))
    edge, top = (
        max(float(np.linalg.norm(gap, axis=1).max()) for gap in gaps) for gaps in (on_faces, on_rim)
    )
    return edge, top


def _pieces(rim: CubicSpline, count: int) -> list[BSpline]:
    """The periodic spline cut at `count` of its knots into clamped B-splines: the same curve."""
    knots, slope = rim.x, rim.derivative()
    cuts = np.linspace(0, len(knots) - 1, count + 1).round().astype(int)
    return [
        make_interp_spline(
            at,
            rim(at),
            k=3,
            bc_type=([(1, slope(at[0]))], [(1, slope(at[-1]))]),
        )
        for at in (knots[a : b + 1] for a, b in itertools.pairwise(cuts))
    ]
