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
from afo_designer.mechanics.bench import Bench

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
    node numbers from 0.
    """

    points: FloatArray
    blocks: tuple[tuple[str, IntArray, FloatArray], ...]
    clamp: IntArray
    band: IntArray

    @property
    def elements(self) -> int:
        return sum(len(nodes) for _, nodes, _ in self.blocks)

    def fingerprint(self, bench: Bench, *more: object) -> str:
        """A digest of the mesh, the bench and whatever else a run depends on."""
        digest = hashlib.sha256(repr((METHOD, *more)).encode())
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
    """N·m/deg at the neutral angle, and the run."""
    answer = run(solid, bench, E, nu, ROTATION, nonlinear=False)
    return answer.moment / ROTATION * NM_PER_DEG, answer


def run(
    solid: Solid, bench: Bench, E: float, nu: float, rotation: float, *, nonlinear: bool
) -> Answer:
    """The shank turned by `rotation` (rad) with a sliding cuff.

    Linear: the linearised rotation in the unturned axes. Nonlinear (NLGEOM, Green-Lagrange strains
    with the same E and ν): the true one, its components across the turned shank prescribed; they
    grow in proportion, so the band is strained by up to φ²/8 (0.4 % at 10°) on the way and by
    nothing at its end, which is all that is read. Raises `CalculixFailed`.
    """
    moved = _motion(solid.points[solid.band], bench, rotation, nonlinear)
    shank = _turned(bench.shank_axis, bench, rotation) if nonlinear else bench.shank_axis
    with tempfile.TemporaryDirectory(prefix="calculix-") as name:
        folder = Path(name)
        deck = _deck(solid, moved, shank, E, nu, nonlinear)
        (folder / "bench.inp").write_text(deck, encoding="ascii")
        seconds = _ccx(folder)
        text = (folder / "bench.dat").read_text(encoding="ascii")
        history = (folder / "bench.sta").read_text(encoding="ascii")
    tables = _tables(text)
    force, place = tables["forces"], solid.points[tables["forces"][:, 0].astype(int) - 1]
    if nonlinear:
        if not np.array_equal(tables["displacements"][:, 0], force[:, 0]):
            raise CalculixFailed("ccx printed displacements and reactions of different nodes")
        place = place + tables["displacements"][:, 1:]
    moment = np.cross(place - bench.axis_point, force[:, 1:]).sum(axis=0) @ bench.axis_direction
    steps = len(re.findall(r"^\s+1\s+\d+\s", history, re.MULTILINE))
    return Answer(float(moment), force[:, 1:].sum(axis=0), seconds, steps)


def _turned(vectors: FloatArray, bench: Bench, rotation: float) -> FloatArray:
    """Vectors (..., 3) turned about the axis's direction (Rodrigues)."""
    a = bench.axis_direction
    across = np.cross(a, vectors)
    return vectors + np.sin(rotation) * across + (1.0 - np.cos(rotation)) * np.cross(a, across)


def _motion(points: FloatArray, bench: Bench, rotation: float, nonlinear: bool) -> FloatArray:
    arm = points - bench.axis_point
    if nonlinear:
        return _turned(arm, bench, rotation) - arm
    return rotation * np.cross(bench.axis_direction, arm)


def _deck(
    solid: Solid, moved: FloatArray, shank: FloatArray, E: float, nu: float, nonlinear: bool
) -> str:
    lines = ["*NODE, NSET=ALL"]
    lines += [f"{i}, {x:.10g}, {y:.10g}, {z:.10g}" for i, (x, y, z) in enumerate(solid.points, 1)]
    lines += _elements(solid, E, nu)
    lines += ["*NSET, NSET=CLAMP", *(f"{n + 1}," for n in solid.clamp)]
    lines += ["*NSET, NSET=BAND", *(f"{n + 1}," for n in solid.band)]
    first = unit(np.cross(np.eye(3)[np.argmin(np.abs(shank))], shank))
    second = np.cross(shank, first)
    corners = ", ".join(f"{v:.14g}" for v in (*first, *second))
    lines += ["*TRANSFORM, NSET=BAND, TYPE=R", corners]
    if nonlinear:
        begin, least, most = INCREMENTS
        lines += ["*STEP, NLGEOM, INC=400", "*STATIC", f"{begin}, 1., {least}, {most}"]
    else:
        lines += ["*STEP", "*STATIC"]
    lines += ["*BOUNDARY", "CLAMP, 1, 3"]
    for k, axis in enumerate((first, second), 1):
        held = zip(solid.band + 1, moved @ axis, strict=True)
        lines += [f"{node}, {k}, {k}, {value:.14g}" for node, value in held]
    printed = "*NODE PRINT, NSET=BAND, GLOBAL=YES, FREQUENCY=1000"
    lines += [printed, "RF, U" if nonlinear else "RF", "*END STEP", ""]
    return "\n".join(lines)


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
        said = [line for line in done.stdout.splitlines() if "*ERROR" in line]
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
    if not len(found.get("forces", ())):
        raise CalculixFailed("ccx printed no reactions")
    return found
