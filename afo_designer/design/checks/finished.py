"""Finished: everything of a design that its checks may look at."""

from __future__ import annotations

from dataclasses import dataclass

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.fit import Fit, Opening
from afo_designer.design.hinge_motion import HingeMotion
from afo_designer.design.parameters import Chosen
from afo_designer.design.part import Part
from afo_designer.design.person import Person
from afo_designer.design.prescription import Prescription
from afo_designer.design.printing.machine import Machine
from afo_designer.design.printing.printed import Printed
from afo_designer.design.shoe import Shoe
from afo_designer.design.skin import SkinPressure
from afo_designer.design.stiffness import Stiffness
from afo_designer.design.ventilation import Ventilation
from afo_designer.design.verification import Verified
from afo_designer.limb.limb import Limb
from afo_designer.mechanics.material import Material
from afo_designer.shell.shell import Shell


@dataclass(frozen=True, slots=True)
class Finished:
    """A tuned and verified design before its verdict.

    `stiffness` is None where the orthosis claims nothing in the sagittal plane (`tuning.goal`).
    `skin` is None where contact was not computed; `parts`: one or more bodies, `motion` how hinged
    ones turn, `ventilation` what windows open, `printed` what a print service meets of each,
    `machines` the printers looked at;
    `overridden` says that the prescriber goes on past clinical stops.
    """

    limb: Limb
    person: Person
    prescription: Prescription
    chosen: Chosen
    material: Material
    positive: PositiveModel
    shell: Shell
    stiffness: Stiffness | None
    verified: Verified
    skin: SkinPressure | None
    parts: tuple[Part, ...]
    motion: HingeMotion | None
    ventilation: Ventilation | None
    printed: tuple[Printed, ...]
    machines: tuple[Machine, ...]
    fit: Fit
    openings: tuple[Opening, ...]
    shoe: Shoe
    overridden: bool
