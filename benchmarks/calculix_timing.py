"""Seconds for one linear bench at the same discretisation error: ours against C3D20R.

Each takes its coarsest mesh of one ladder that stays within 1 % of its own finest value, as do
all finer ones. One thread each, wall clock, the median of several runs in turn. Ours: from the
mesh to the stiffness (model, supports, assembly, factorisation); once more with another thickness
on the same mesh, as tuning does. CalculiX: the process of ccx, its start and reading the deck
included, writing the deck not. Making the mesh is not counted for either.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median

from calculix_deck import linear_stiffness
from calculix_parts import Part
from calculix_solids import solids

from afo_designer.design.rig import shell_model
from afo_designer.mechanics.stiffness import stiffness_of

LADDER = (0.25, 0.35, 0.5, 0.7, 1.0, 1.4)
FINEST = 2.0
ERROR = 0.01
REPEATS = 5
THICKER = 1.1


@dataclass(frozen=True)
class Side:
    """The coarsest mesh within the error: its refinement, error (%), nodes, median seconds."""

    refinement: float
    error: float
    nodes: int
    seconds: float


@dataclass(frozen=True)
class Timing:
    part: str
    ours: Side
    calculix: Side
    again_seconds: float

    def __str__(self) -> str:
        return (
            f"{self.part}: ours {self.ours.seconds:.3f} s ({self.ours.nodes} nodes, "
            f"{self.ours.error:+.2f} %), C3D20R {self.calculix.seconds:.3f} s "
            f"({self.calculix.nodes} nodes, {self.calculix.error:+.2f} %): "
            f"{self.calculix.seconds / self.ours.seconds:.1f} times faster; again with another "
            f"wall {self.again_seconds:.3f} s: {self.calculix.seconds / self.again_seconds:.1f} "
            "times faster"
        )


def timing(part: Part) -> Timing:
    """Both sides of a part, run in turn."""
    law = part.elasticity
    E, nu = law.youngs_modulus_mpa, law.poissons_ratio

    def ours(refinement: float) -> float:
        model = shell_model(part.shell, part.bench, law, refinement)
        return stiffness_of(model, part.bench).stiffness_nm_per_deg

    def theirs(refinement: float) -> float:
        return linear_stiffness(solids(part, refinement), part.bench, E, nu)[0]

    at, error = coarsest(ours)
    at_theirs, error_theirs = coarsest(theirs)
    model, solid = shell_model(part.shell, part.bench, law, at), solids(part, at_theirs)
    thicker = replace(model, thickness=THICKER * model.thickness)
    seconds: dict[str, list[float]] = {"ours": [], "again": [], "theirs": []}
    for _ in range(REPEATS):
        seconds["theirs"].append(linear_stiffness(solid, part.bench, E, nu)[1].seconds)
        for name, of in (("ours", model), ("again", thicker)):
            start = time.perf_counter()
            stiffness_of(of, part.bench)
            seconds[name].append(time.perf_counter() - start)
    return Timing(
        part.name,
        Side(at, error, len(model.mesh.vertices), median(seconds["ours"])),
        Side(at_theirs, error_theirs, len(solid.points), median(seconds["theirs"])),
        median(seconds["again"]),
    )


def coarsest(value: Callable[[float], float]) -> tuple[float, float]:
    """The first refinement from which on all lie within `ERROR` of the finest, and its error, %."""
    exact = value(FINEST)
    errors = {refinement: value(refinement) / exact - 1.0 for refinement in LADDER}
    beyond = [refinement for refinement, error in errors.items() if abs(error) > ERROR]
    first = min(r for r in LADDER if r > max(beyond, default=0.0))
    return first, 100.0 * errors[first]
