"""CalculiX: a solid on the bench as an input deck, and the moment from its reactions."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from afo_designer.geometry.array import FloatArray, IntArray, unit
from afo_designer.mechanics.bench import Bench, Cuff

METHOD = 1  # rows of another method are solved again
ROTATION = 1.0e-3  # rad; linear, so any small value serves
NM_PER_DEG = np.pi / 180.0 / 1000.0  # from N·mm/rad
TIMEOUT_S = 1800.0
# First, least and largest increment of a nonlinear step, of its whole.
INCREMENTS = (0.1, 1.0e-4, 0.25)


class CalculixFailed(RuntimeError):
    """A run of ccx that did not end; the message holds its last words."""


@dataclass(frozen=True)
class Solid:
    """A meshed part: `points` (n, 3) mm, `blocks` of (element type, nodes (m, k), weight (m,)).

    `weight` multiplies the modulus; elements of weight 0 have been left out. `clamp`, `band`:
    node numbers from 0. `equations`: linear ones, each of (node from 0, direction 1 to 3,
    coefficient), whose sum is zero: what joins parts.
    """

    points: FloatArray
    blocks: tuple[tuple[str, IntArray, FloatArray], ...]
    clamp: IntArray
    band: IntArray
    equations: tuple[tuple[tuple[int, int, float], ...], ...] = ()

    @property
    def elements(self) -> int:
        return sum(len(nodes) for _, nodes, _ in self.blocks)

    def fingerprint(self, bench: Bench, *more: object) -> str:
        """A digest of the mesh, the bench and whatever else a run depends on."""
        joined = (self.equations,) if self.equations else ()
        digest = hashlib.sha256(repr((METHOD, *more, *joined)).encode())
        arrays = [self.points.round(9), self.clamp, self.band]
        arrays += [part for _, nodes, weight in self.blocks for part in (nodes, weight)]
        arrays += [bench.axis_point, bench.axis_direction, bench.shank_axis]
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()[:24]


@dataclass(frozen=True)
class Answer:
    """`moment` about the bench's axis in N·mm, `force` (3,) on the shank, wall-clock `seconds`."""

    moment: float
    force: FloatArray
    seconds: float
    increments: int


def available() -> str | None:
    """Why ccx cannot be used here, or None."""
    if shutil.which("ccx") is None:
        return "ccx is not on the path (Debian package calculix-ccx)"
    return None


def linear_stiffness(solid: Solid, bench: Bench, E: float, nu: float) -> tuple[float, Answer]:
    """N·m/deg at the neutral angle with the bench's cuff, and the run."""
    if bench.cuff is not Cuff.HANGING:
        answer = run(solid, bench, E, nu, ROTATION, nonlinear=False)
        return answer.moment / ROTATION * NM_PER_DEG, answer
    with tempfile.TemporaryDirectory(prefix="calculix-") as name:
        deck = [*_mesh(solid, E, nu), *_hanging(len(solid.points), bench)]
        tables, seconds, _ = _solved(deck, Path(name))
    turn = float(tables["displacements"][0, 1:] @ bench.axis_direction)  # rad under 1 N·mm
    return NM_PER_DEG / turn, Answer(1.0, np.zeros(3), seconds, 1)


def run(
    solid: Solid, bench: Bench, E: float, nu: float, rotation: float, *, nonlinear: bool
) -> Answer:
    """The shank turned by `rotation` (rad) with a sliding or a tied cuff.

    Linear: the linearised rotation in the unturned axes. Nonlinear (NLGEOM, Green-Lagrange strains
    with the same E and ν): the true one, its components across the turned shank prescribed; they
    grow in proportion, so the band is strained by up to φ²/8 (0.4 % at 10°) on the way and by
    nothing at its end, which is all that is read. Raises `CalculixFailed`.
    """
    deck = [*_mesh(solid, E, nu), *_driven(solid, bench, rotation, nonlinear)]
    with tempfile.TemporaryDirectory(prefix="calculix-") as name:
        tables, seconds, increments = _solved(deck, Path(name))
    force = tables["forces"]
    place = solid.points[force[:, 0].astype(int) - 1]
    if nonlinear:
        if not np.array_equal(tables["displacements"][:, 0], force[:, 0]):
            raise CalculixFailed("ccx printed displacements and reactions of different nodes")
        place = place + tables["displacements"][:, 1:]
    moment = np.cross(place - bench.axis_point, force[:, 1:]).sum(axis=0) @ bench.axis_direction
    return Answer(float(moment), force[:, 1:].sum(axis=0), seconds, increments)


def _turned(vectors: FloatArray, bench: Bench, rotation: float) -> FloatArray:
    """Vectors (..., 3) turned about the axis's direction (Rodrigues)."""
    a = bench.axis_direction
    across = np.cross(a, vectors)
    return vectors + np.sin(rotation) * across + (1.0 - np.cos(rotation)) * np.cross(a, across)


def _mesh(solid: Solid, E: float, nu: float) -> list[str]:
    lines = ["*NODE, NSET=ALL"]
    lines += [f"{i}, {x:.10g}, {y:.10g}, {z:.10g}" for i, (x, y, z) in enumerate(solid.points, 1)]
    lines += _elements(solid, E, nu)
    for terms in solid.equations:
        lines += ["*EQUATION", f"{len(terms)}"]
        lines += [f"{node + 1}, {way}, {factor:.14g}" for node, way, factor in terms]
    lines += ["*NSET, NSET=CLAMP", *(f"{n + 1}," for n in solid.clamp)]
    return [*lines, "*NSET, NSET=BAND", *(f"{n + 1}," for n in solid.band)]


def _driven(solid: Solid, bench: Bench, rotation: float, nonlinear: bool) -> list[str]:
    """Band displacements prescribed in axes whose third is the shank's."""
    arm, shank = solid.points[solid.band] - bench.axis_point, bench.shank_axis
    moved = rotation * np.cross(bench.axis_direction, arm)
    begin = ["*STEP", "*STATIC"]
    if nonlinear:
        moved, shank = _turned(arm, bench, rotation) - arm, _turned(shank, bench, rotation)
        first, least, most = INCREMENTS
        begin = ["*STEP, NLGEOM, INC=400", "*STATIC", f"{first}, 1., {least}, {most}"]
    x = unit(np.cross(np.eye(3)[np.argmin(np.abs(shank))], shank))
    y = np.cross(shank, x)
    held = (x, y) if bench.cuff is Cuff.SLIDING else (x, y, shank)
    corners = ", ".join(f"{v:.14g}" for v in (*x, *y))
    lines = ["*TRANSFORM, NSET=BAND, TYPE=R", corners, *begin, "*BOUNDARY", "CLAMP, 1, 3"]
    for k, axis in enumerate(held, 1):
        values = zip(solid.band + 1, moved @ axis, strict=True)
        lines += [f"{node}, {k}, {k}, {value:.14g}" for node, value in values]
    printed = "*NODE PRINT, NSET=BAND, GLOBAL=YES, FREQUENCY=1000"
    return [*lines, printed, "RF, U" if nonlinear else "RF"]


def _hanging(count: int, bench: Bench) -> list[str]:
    """The band as a rigid body under a moment of 1 N·mm about the axis."""
    reference, turning = count + 1, count + 2
    place = ", ".join(f"{v:.10g}" for v in bench.axis_point)
    lines = ["*NODE", f"{reference}, {place}", f"{turning}, {place}", "*NSET, NSET=TURN"]
    lines += [f"{turning},"]
    lines += [f"*RIGID BODY, NSET=BAND, REF NODE={reference}, ROT NODE={turning}"]
    lines += ["*STEP", "*STATIC", "*BOUNDARY", "CLAMP, 1, 3", "*CLOAD"]
    lines += [f"{turning}, {k}, {v:.12g}" for k, v in enumerate(bench.axis_direction, 1) if v]
    return [*lines, "*NODE PRINT, NSET=TURN, GLOBAL=YES", "U"]


def _solved(deck: list[str], folder: Path) -> tuple[dict[str, FloatArray], float, int]:
    """The printed tables, seconds and increments of a deck."""
    (folder / "bench.inp").write_text("\n".join([*deck, "*END STEP", ""]), encoding="ascii")
    seconds = _ccx(folder)
    history = (folder / "bench.sta").read_text(encoding="ascii")
    increments = len(re.findall(r"^\s+1\s+\d+\s", history, re.MULTILINE))
    return _tables((folder / "bench.dat").read_text(encoding="ascii")), seconds, increments


def _elements(solid: Solid, E: float, nu: float) -> list[str]:
    """Elements by type and weight, each weight a material of its own."""
    lines, number = [], 1
    weights = np.unique(np.concatenate([np.round(w, 6) for _, _, w in solid.blocks]))
    for k, weight in enumerate(weights):
        lines += [f"*MATERIAL, NAME=M{k}", "*ELASTIC", f"{weight * E:.10g}, {nu:.10g}"]
    for kind, nodes, weight in solid.blocks:
        for k, level in enumerate(weights):
            chosen = nodes[np.round(weight, 6) == level]
            if len(chosen) == 0:
                continue
            lines.append(f"*ELEMENT, TYPE={kind}, ELSET={kind}{k}")
            for row in chosen + 1:
                lines.append(f"{number}, " + ", ".join(map(str, row[:10])) + ",")
                if len(row) > 10:
                    lines.append(", ".join(map(str, row[10:])))
                number += 1
            lines.append(f"*SOLID SECTION, ELSET={kind}{k}, MATERIAL=M{k}")
    return lines


def _ccx(folder: Path) -> float:
    threads = dict.fromkeys(("OMP_NUM_THREADS", "CCX_NPROC_RESULTS", "NUMBER_OF_CPUS"), "1")
    start = time.perf_counter()
    try:
        done = subprocess.run(
            ["ccx", "-i", "bench"],
            cwd=folder,
            env=os.environ | threads,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CalculixFailed(f"ccx was not ready after {TIMEOUT_S:g} s") from None
    seconds = time.perf_counter() - start
    if done.returncode != 0 or "*ERROR" in done.stdout or "Job finished" not in done.stdout:
        said = dict.fromkeys(line for line in done.stdout.splitlines() if "*ERROR" in line)
        raise CalculixFailed(f"ccx failed: {' '.join(said) or done.stdout[-400:]}")
    return seconds


def _tables(text: str) -> dict[str, FloatArray]:
    """{quantity: (k, 4) node number and three values}, of the last increment printed."""
    found: dict[str, FloatArray] = {}
    for piece in re.split(r"\n(?= *(?:forces|displacements) )", text):
        head = piece.lstrip().split(" ", 1)[0]
        if head in ("forces", "displacements"):
            rows = (line.split() for line in piece.splitlines()[1:])
            found[head] = np.array([[float(v) for v in row] for row in rows if len(row) == 4])
    if not found or not all(len(rows) for rows in found.values()):
        raise CalculixFailed("ccx printed no results")
    return found
