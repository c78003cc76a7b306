"""Problem: one published number, where it is from, and how the shell answers on finer meshes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Problem:
    """A linear problem with one answer.

    `run(n)` is our value on the n-th mesh of `meshes`, `mesh` says what n counts. `source` begins
    with [S] read at the source named, [M] recalled, [R] computed for this project or derived here.
    `gate` in percent, asked of mesh `gate_at` (the finest by default); None for a diagnostic.
    `published`: another element's value over the reference, for comparison. `absolute`: the value
    is itself an error and the reference nil.
    """

    name: str
    data: str
    reference: float
    source: str
    run: Callable[[int], float]
    meshes: tuple[int, int, int]
    mesh: str
    gate: float | None = None
    gate_at: int | None = None
    published: str = ""
    note: str = ""
    absolute: bool = False

    def error_percent(self, value: float) -> float:
        return 100.0 * (value if self.absolute else value / self.reference - 1.0)

    @property
    def judged(self) -> int:
        """The mesh the gate is asked of."""
        return self.meshes[-1] if self.gate_at is None else self.gate_at


def observed_rate(values: list[float]) -> float:
    """Order p of convergence from three meshes, each twice as fine: log2 of the change's decay.

    Not a number where the changes have opposite signs or vanish: there is no single order then.
    """
    first, second = values[1] - values[0], values[2] - values[1]
    if first * second <= 0.0:
        return float("nan")
    return float(np.log2(first / second))
