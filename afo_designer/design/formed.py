"""Formed: a design after tuning and before its verdict: all that everything later follows from."""

from __future__ import annotations

from dataclasses import dataclass

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.grading import Graded
from afo_designer.design.parameters import Chosen
from afo_designer.design.person import Person
from afo_designer.design.preset import Preset
from afo_designer.design.printing.machine import Machine
from afo_designer.design.template import Template
from afo_designer.design.tuning import Tuned
from afo_designer.geometry.array import FloatArray
from afo_designer.mechanics.elasticity import ElasticLaw
from afo_designer.mechanics.material import Material
from afo_designer.shell.shell import Shell


@dataclass(frozen=True, slots=True)
class Formed:
    """A tuned shell, what it was formed over, and why.

    What is computed from these, bench and prescription among it, is not held here: `shell.npz`
    keeps this object, and `afo check` computes the rest again. `asked` are the parameters as
    ordered, `chosen` those after scaling to the foot and tuning; `tuned`, `sweeps` and `graded` say
    how tuning went; None, 0 and None where nothing was tuned (`tuning.goal`). `machines`: the
    printers looked at; `build_direction` (3,) the layers' normal that mechanics took, None where
    the material is the same in all directions.
    """

    person: Person
    template: Template
    asked: Chosen
    chosen: Chosen
    material: Material
    positive: PositiveModel
    shell: Shell
    tuned: Tuned | None
    sweeps: int
    graded: Graded | None
    override: str | None
    preset: Preset | None
    fast: bool
    machines: tuple[Machine, ...] = ()
    build_direction: FloatArray | None = None

    @property
    def law(self) -> ElasticLaw:
        """The elastic law of the part as it is printed."""
        return self.material.law(self.build_direction)
