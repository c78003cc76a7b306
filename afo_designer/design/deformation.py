"""Deformation: how an orthosis moves and is stressed over a rotation of the bench.

From a sweep in large rotations, between whose equilibria displacement and stress run as cubic
splines of the angle (within 0.1 % of a state computed there on the demonstration leaf), or from one
linear solution in proportion. Stress within reach of a rigid region is set to zero: it belongs to
the idealised clamp (Saint-Venant).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray, IntArray, frozen
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.equilibrium import Outcome, State, Task, drive_rate, follow
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.stiffness import BenchResult
from afo_designer.mechanics.stress import stress, stress_at
from afo_designer.mechanics.sweep import Sweep, bench_task

# Stress within this many walls of a rigid region belongs to the idealised clamp.
CLAMP_REACH = 1.5
# Rounding of an angle.
ROUNDING_DEG = 1e-9


@dataclass(frozen=True, slots=True)
class Run:
    """A driven task's equilibria by angle in degrees, ascending; `trouble` as a sentence."""

    task: Task
    states: dict[float, State]
    trouble: str


@dataclass(frozen=True, slots=True)
class Deformation:
    """Fields at k angles.

    `angles_deg` (k,) ascending from neutral; `moments_nm` (k,): what the driven shank takes, with
    the sign of its rotation; `displacement` (k, n, 3) mm; `tensor` (k, n, 3, 6): xx, yy, zz, xy,
    yz, zx in MPa in axes fixed to the wall, at layers inner, middle, outer; `strain` (k,): the
    largest principal strain of each state, in the element at `strained` (k, 3) mm. `linear`:
    proportional, valid at any angle.
    `trouble`: a sentence where larger angles could not be reached.
    """

    angles_deg: FloatArray
    moments_nm: FloatArray
    displacement: FloatArray
    tensor: FloatArray
    strain: FloatArray
    strained: FloatArray
    linear: bool
    trouble: str = ""

    def covers(self, angle_deg: float) -> bool:
        """Whether the fields at an angle are known."""
        low, high = self.angles_deg[0] - ROUNDING_DEG, self.angles_deg[-1] + ROUNDING_DEG
        return self.linear or bool(low <= angle_deg <= high)

    def at(self, angle_deg: float) -> Deformation:
        """The same with one angle alone. Raises `ValueError` where it is not covered."""
        if not self.covers(angle_deg):
            raise ValueError(f"no state is known at {angle_deg:g} deg")
        fields = (self.moments_nm, self.displacement, self.tensor)
        if self.linear:
            share = angle_deg / self.angles_deg[-1]
            moment, shift, tensor = (share * field[-1:] for field in fields)
            strain, strained = abs(share) * self.strain[-1:], self.strained[-1:]
        else:
            moment, shift, tensor = (
                CubicSpline(self.angles_deg, field)(angle_deg)[None] for field in fields
            )
            # each state's worst place is its own, so that the largest values do not form a curve
            strain = np.interp([angle_deg], self.angles_deg, self.strain)
            nearest = int(np.argmin(np.abs(self.angles_deg - angle_deg)))
            strained = self.strained[[nearest]]
        return replace(
            self,
            angles_deg=frozen([angle_deg]),
            moments_nm=frozen(moment),
            displacement=frozen(shift),
            tensor=frozen(tensor),
            strain=frozen(strain),
            strained=frozen(strained),
        )


@dataclass(frozen=True, slots=True)
class Stopped:
    """Of a hinge with a stop, linear: `opened` down to `opening_deg` below neutral, `closed` on."""

    closed: Deformation
    opened: Deformation
    opening_deg: float

    @property
    def trouble(self) -> str:
        return ""

    def covers(self, angle_deg: float) -> bool:
        """Whether the fields at an angle are known: they are."""
        return self.closed.covers(angle_deg)

    def at(self, angle_deg: float) -> Deformation:
        """The fields at one angle."""
        past = angle_deg + self.opening_deg
        if past >= 0.0:
            return self.opened.at(angle_deg)
        before, after = self.opened.at(-self.opening_deg), self.closed.at(past)
        return replace(
            after,
            angles_deg=frozen([angle_deg]),
            displacement=frozen(before.displacement + after.displacement),
        )


def linear_deformation(model: ShellModel, result: BenchResult) -> Deformation:
    """In proportion to the linear solution; kept at neutral and at 1 deg."""
    per_deg = np.pi / 180.0
    held = np.concatenate([result.clamped, result.band, *(one.nodes for one in model.joints)])
    found = stress(model, result.solution, result.element_factor)
    near = ~away_from(model, held)
    tensor = found.tensor * per_deg * ~near[:, None, None]
    strain, where = _largest_strain(model, found.strain, near)
    return Deformation(
        angles_deg=frozen([0.0, 1.0]),
        moments_nm=frozen([0.0, result.stiffness_nm_per_deg]),
        displacement=_with_rest(result.solution.displacement * per_deg),
        tensor=_with_rest(tensor),
        strain=frozen([0.0, strain * per_deg]),
        strained=frozen([where, where]),
        linear=True,
    )


def deformation_of(model: ShellModel, run: Run, held: IntArray) -> Deformation:
    """Of a run's states; `held`: the nodes of clamp and band."""
    near, elements = ~away_from(model, held), run.task.elements
    angles = np.array(list(run.states))
    moments, shifts, tensors, strains, places = [], [], [], [], []
    for state in run.states.values():
        found = stress_at(model, elements, state.at)
        moments.append(float(state.reaction @ drive_rate(run.task, state)) / 1000.0)
        shift = state.at.positions - run.task.start.positions
        shifts.append(shift[: len(model.mesh.vertices)])
        tensors.append(found.tensor * ~near[:, None, None])
        strain, where = _largest_strain(model, found.strain, near)
        strains.append(strain)
        places.append(where)
    return Deformation(
        angles_deg=frozen(angles),
        moments_nm=frozen(moments),
        displacement=frozen(shifts),
        tensor=frozen(tensors),
        strain=frozen(strains),
        strained=frozen(places),
        linear=False,
        trouble=run.trouble,
    )


def run_of(sweep: Sweep) -> Run:
    """A sagittal sweep as a run."""
    return Run(sweep.task, sweep.states, sweep.message)


def frontal_run(model: ShellModel, bench: Bench, angles_deg: tuple[float, ...]) -> Run:
    """The shank turned by angles about +x through the ankle centre, each from neutral."""
    task = bench_task(model, sideways(bench))
    states, trouble = {0.0: resting(task)}, ""
    for angle in angles_deg:
        path = follow(task, [float(np.radians(angle))])
        if path.outcome is Outcome.REACHED:
            states[angle] = path.states[0]
        else:
            trouble = f"{path.outcome} It ended at {np.degrees(path.level):+.1f} deg."
    return Run(task, dict(sorted(states.items())), trouble)


def resting(task: Task) -> State:
    """A task's state at level 0."""
    return State(0.0, task.start, np.zeros(task.free.size), 0.0, 0.0, 0)


def sideways(bench: Bench) -> Bench:
    """The bench that turns the shank in the frontal plane."""
    return replace(bench, axis_direction=np.array([1.0, 0.0, 0.0]))


def away_from(model: ShellModel, held: IntArray) -> NDArray[np.bool_]:
    """(n,): the vertices beyond reach of the held ones."""
    points = model.mesh.vertices
    away, _ = cKDTree(points[held]).query(points)
    return np.asarray(away > CLAMP_REACH * model.thickness)


def _largest_strain(
    model: ShellModel, strain: FloatArray, near: NDArray[np.bool_]
) -> tuple[float, FloatArray]:
    """Of elements without a node near a rigid region: the value and the element's centre."""
    mesh = model.mesh
    parts = (mesh.quads, mesh.triangles)
    apart = ~np.concatenate([near[cells].any(axis=1) for cells in parts])
    sizes = np.abs(strain).max(axis=(1, 2)) * apart
    worst = int(np.argmax(sizes))
    centres = np.concatenate([mesh.vertices[cells].mean(axis=1) for cells in parts])
    return float(sizes[worst]), centres[worst]


def _with_rest(field: FloatArray) -> FloatArray:
    return frozen(np.stack([np.zeros_like(field), field]))
