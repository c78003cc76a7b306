"""Trials: linear benches of one shell with other leaves, each solved once, and their slopes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.hinged_model import settled
from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.levers import leaf_with
from afo_designer.design.rig import shell_model
from afo_designer.geometry.array import FloatArray
from afo_designer.mechanics.bench import Bench, Supports
from afo_designer.mechanics.element import Law
from afo_designer.mechanics.gradient import (
    Linear,
    Variation,
    solve_linear,
    stiffness_slopes,
    thickness_variation,
    variation_between,
)
from afo_designer.mechanics.model import ShellModel
from afo_designer.mechanics.solve import ShellRefused
from afo_designer.shell.sample import middle_surface_at
from afo_designer.shell.shell import TRIMMING, Shell, with_leaf

# Step (mm) of a trim's differences: of fourth order, they are right to 1e-9.
TRIM_STEP_MM = 0.02
# So often a stop's pairs are looked at again; two or three times leave them as they are.
MOST_SETTLED = 8
# Step of a wall's differences, of second order: the wall is linear in its level and in every grade
# but where a hollow draws it in or the sides of a heel are nearly as thick as the leaf.
WALL_STEP = 1e-4
# Below it a wall (from 1.5 mm) or a grade (0.5 to 2) is varied upwards.
LOW_VALUE = 1.6


class Trials:
    """Linear benches of a shell with other leaves: {parameter: value} ↦ `Linear`.

    `carried`: every leaf on the first one's mesh, carried to it; otherwise each has its own.
    Raises `DesignInfeasible` where one cannot be solved.
    """

    def __init__(
        self,
        shell: Shell,
        positive: PositiveModel,
        bench: Bench,
        law: Law,
        refinement: float = 1.0,
        *,
        carried: bool = False,
    ) -> None:
        self._shell, self._positive, self._bench = shell, positive, bench
        self._law, self._refinement = law, refinement
        self._carried = carried
        self._first: tuple[Shell, Linear] | None = None
        self._known: dict[tuple[tuple[str, float], ...], Linear] = {}
        self._trimmed: dict[tuple[object, ...], Shell] = {}

    @property
    def solves(self) -> int:
        return len(self._known)

    def shell_of(self, values: dict[str, float]) -> Shell:
        """The shell of a leaf; trimmed once for all walls."""
        leaf = leaf_with(self._shell, values)
        trim = tuple(getattr(leaf, key) for key in TRIMMING)
        base = self._trimmed.get(trim, self._shell)
        self._trimmed[trim] = with_leaf(base, self._positive, leaf)
        return self._trimmed[trim]

    def linear(self, values: dict[str, float]) -> Linear:
        at = tuple(sorted(values.items()))
        if at not in self._known:
            self._known[at] = self._solved(self.shell_of(values))
        return self._known[at]

    def _solved(self, shell: Shell) -> Linear:
        if self._first is not None:
            here, first = self._first
            return solved(carried(first.model, here, shell), self._bench, first.held)
        model = shell_model(shell, self._bench, self._law, self._refinement)
        linear = solved(model, self._bench)
        if self._carried:
            self._first = shell, linear
        return linear

    def stiffness(self, values: dict[str, float]) -> float:
        return self.linear(values).stiffness

    def slope(self, values: dict[str, float], key: str) -> float:
        """dk/dvalue: exact for the wall, and for the trim on a mesh that moves with it."""
        linear = self.linear(values)
        return float(stiffness_slopes(linear, [self.variation(values, key)])[0])

    def variation(self, values: dict[str, float], key: str) -> Variation:
        """How the model changes per unit of one of the leaf's parameters."""
        model = self.linear(values).model
        if key in ("width_mm", "trim_anterior_mm"):
            here, at = self.shell_of(values), values[key]
            trims = [at + k * TRIM_STEP_MM for k in (-2, -1, 1, 2)]
            models = [carried(model, here, self.shell_of({**values, key: to})) for to in trims]
            return variation_between(models, TRIM_STEP_MM)
        return thickness_variation(model, self.wall_rate(values, key, model))

    def wall_rate(self, values: dict[str, float], key: str, model: ShellModel) -> FloatArray:
        """∂h/∂value (n,) at the model's vertices."""
        s, theta = model.mesh.parameters.T
        # away from the nearer end of what the parameter may be
        step = WALL_STEP if values[key] < LOW_VALUE else -WALL_STEP
        here, near, far = (
            self.shell_of({**values, key: values[key] + by}).thickness(s, theta)
            for by in (0.0, step, 2.0 * step)
        )
        return np.asarray((4.0 * near - far - 3.0 * here) / (2.0 * step))


def solved(model: ShellModel, bench: Bench, like: Supports | None = None) -> Linear:
    """The linear bench of a model, or `DesignInfeasible` with the reason and the place.

    `like`: supports whose nodes are held, whatever borders the mesh was carried over.
    """
    try:
        return _settled(solve_linear(model, bench, like))
    except ShellRefused as refused:
        raise DesignInfeasible(f"The finite-element check failed: {refused}") from refused


def _settled(linear: Linear) -> Linear:
    """The bench solved again until a stop acts where it is pressed, and nowhere else."""
    for _ in range(MOST_SETTLED):
        model = settled(linear.model, linear)
        if model is linear.model:
            break
        linear = solve_linear(model, linear.bench, linear.held)
    return linear


def carried(model: ShellModel, here: Shell, there: Shell) -> ShellModel:
    """The model with its mesh carried from one shell's trim to another's, share by share of θ."""
    s, theta = model.mesh.parameters.T
    (medial, lateral), (new_medial, new_lateral) = here.trim.sides(s), there.trim.sides(s)
    share = (theta - medial) / (lateral - medial)
    moved = np.column_stack([s, new_medial + share * (new_lateral - new_medial)])
    middle = middle_surface_at(there, replace(model.mesh, parameters=moved))
    return ShellModel(
        middle.mesh, middle.directors, middle.thickness, model.elasticity, model.element_weight
    )
