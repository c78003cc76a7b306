"""Ventilation: windows kept off what is stressed, and what they open in the end.

An opening multiplies the stress beside it, a round one in a pulled plate threefold (Kirsch 1898,
recalled), and the mesh knows windows by the share of wall they leave alone. So a window's
surroundings may bear a share of what the material is allowed and no more
(`shell.windows.stress_share_percent`). Windows are laid by rule, the shell is solved with them, and
where one stands too near to stressed wall they are laid anew off it and the shell is solved again.
The bench turns the calf band as a rigid body: nothing is known of stress under it, and none taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.design.deformation import linear_deformation, sideways
from afo_designer.design.loadcase import (
    SAGITTAL_CASES,
    fatigue_demand,
    frontal_cases,
    load_cases,
    swing_moment_nm,
)
from afo_designer.design.person import Person
from afo_designer.design.stiffness import bench_curve
from afo_designer.design.tuned_shell import TunedShell
from afo_designer.design.verification import Verified, sagittal_field
from afo_designer.geometry.array import FloatArray, IntArray, frozen
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.material import Material
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.stiffness import stiffness_of
from afo_designer.mechanics.stress import von_mises
from afo_designer.shell.opening import WINDOW
from afo_designer.shell.shell import Shell, free_area_percent, windowed

# Windows are laid so often at most: each time the places found stressed before stay barred.
MOST_LAYINGS = 4

Solve = Callable[[Shell], TunedShell | None]
Borne = Callable[[Shell, TunedShell | None], tuple[ShellModel, FloatArray]]


@dataclass(frozen=True, slots=True)
class Ventilation:
    """What a design's windows open, and the most that the wall beside one bears.

    `asked_percent`, `got_percent` of the part of the calf where windows may be by rule; `count`
    windows. `borne_percent` of what is allowed, against `limit_percent`, at `position` (3,) mm.
    """

    asked_percent: float
    got_percent: float
    count: int
    borne_percent: float
    limit_percent: float
    position: FloatArray


def borne(stress: Mapping[str, FloatArray], material: Material, person: Person) -> FloatArray:
    """(n,): the greatest share of what is allowed that any load case brings, 1 = all of it.

    `stress` (n, layers) von Mises by load case, MPa. A case is held against the strength, half of
    both ends of a step together against the endurance; where sagittal cases are known the frontal
    ones, upper bounds of a rigid band, are left out.
    """
    own = [field for name, field in stress.items() if name in SAGITTAL_CASES]
    share = np.max(own or list(stress.values()), axis=(0, 2)) / material.strength_mpa
    demand = fatigue_demand(person)
    ends = [stress.get(demand.plantarflexion_case), stress.get(demand.dorsiflexion_case)]
    if ends[0] is not None and ends[1] is not None:
        step = 0.5 * (ends[0] + ends[1]).max(axis=1) / material.fatigue_amplitude_mpa
        share = np.maximum(share, step)
    return np.asarray(share)


def borne_by(
    shell: Shell,
    tuned: TunedShell | None,
    bench: Bench,
    model: ShellModel,
    material: Material,
    person: Person,
    neutral_deg: float,
) -> FloatArray:
    """(n,): `borne` at a model's vertices, on the linear bench.

    `tuned` is None where the shell claims the frontal plane alone.
    """
    if tuned is None:
        field = linear_deformation(model, stiffness_of(model, sideways(bench)))
        turns = {case.name: case.rotation_deg for case in frontal_cases()}
        stress = {name: von_mises(field.at(turn).tensor[0]) for name, turn in turns.items()}
        return borne(stress, material, person)
    opening = 0.0 if shell.hinge is None else float(np.degrees(shell.hinge.opening))
    bent = sagittal_field(model, bench, stiffness_of(model, bench), opening)
    curve = bench_curve(tuned, bench)[0]
    cases = load_cases(curve, neutral_deg, person.mass_kg, swing_moment_nm(person))
    stress = {
        case.name: von_mises(bent.at(case.rotation_deg).tensor[0])
        for case in cases
        if case.name in SAGITTAL_CASES
    }
    return borne(stress, material, person)


def ventilated(shell: Shell, solve: Solve, borne_at: Borne) -> tuple[Shell, TunedShell | None]:
    """A shell and its solution, with its windows off what is stressed then.

    Without windows, or where none is stressed, as it was solved at first. Raises `OpeningRefused`
    where no place for a window is left.
    """
    tuned, barred = solve(shell), np.zeros((0, 2))
    for _ in range(MOST_LAYINGS if _rims(shell) else 0):
        model, share = borne_at(shell, tuned)
        places = _beside(shell, model.mesh.parameters)
        limit = 0.01 * shell.parameters.windows.stress_share_percent
        if not (share[places] > limit).any():
            break
        barred = np.vstack([barred, model.mesh.parameters[share > limit]])
        shell = windowed(shell, barred)
        tuned = solve(shell)
    return shell, tuned


def ventilation(
    shell: Shell, model: ShellModel, verified: Verified, material: Material, person: Person
) -> Ventilation | None:
    """What the windows of a verified shell open and bear; None without windows."""
    rims, windows = _rims(shell), shell.parameters.windows
    stress = {one.case.name: one.stress for one in verified.cases if not one.trouble}
    if not rims or not stress:
        return None
    share = borne(stress, material, person)
    places = _beside(shell, model.mesh.parameters)
    worst = int(places[np.argmax(share[places])])
    return Ventilation(
        asked_percent=windows.free_area_percent,
        got_percent=free_area_percent(shell),
        count=len(rims),
        borne_percent=100.0 * float(share[worst]),
        limit_percent=windows.stress_share_percent,
        position=frozen(model.mesh.vertices[worst]),
    )


def _rims(shell: Shell) -> list[FloatArray]:
    """The windows' rims, (n, 3) mm each."""
    return [shell.chart.point(*one.loop.T) for one in shell.openings if one.kind == WINDOW]


def _beside(shell: Shell, parameters: FloatArray) -> IntArray:
    """The nodes at (s, θ) within `edge_mm` of a window's rim, and the nearest to each."""
    nodes = cKDTree(shell.chart.point(*parameters.T))
    rims = np.vstack(_rims(shell))
    near = nodes.query_ball_point(rims, shell.parameters.windows.edge_mm)
    nearest = nodes.query(rims)[1]
    return np.unique(np.concatenate([nearest, *map(np.asarray, near)])).astype(np.int64)
