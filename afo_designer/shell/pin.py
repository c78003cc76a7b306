"""Pin: the printed pin of a hinge, headed, with a groove for a retaining washer.

Two are needed, both alike. The head lies on the skin's side of the foot part's ear, flat, and the
shank reaches out through both ears; behind the calf part's ear a bought retaining washer (DIN 6799,
pushed on from the side) keeps it. A printed snap end would be bent at every fitting and has to be
thin there, so there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.geometry.array import FloatArray, frozen
from afo_designer.geometry.turned import TurnedSolid
from afo_designer.shell.hinge import PRINTED_PIN
from afo_designer.shell.outline import LATERAL, MEDIAL
from afo_designer.shell.shell import Shell

PIN = "pin"
# Head: this much wider than the hole, and so thick, mm; its edge is broken by as much ([D]: the
# thinnest that every material of the catalogue prints with a margin).
HEAD_BEYOND_MM, HEAD_MM, HEAD_EDGE_MM = 2.0, 1.6, 0.5
# Along the axis head and washer leave the ears this much, half on either side, mm; beyond the
# groove stands a collar, its end chamfered ([D]).
END_PLAY_MM, COLLAR_MM, CHAMFER_MM = 0.4, 1.6, 0.5
# A groove is this much wider than its washer: ± 0.2 mm of the print on both its sides ([D]).
GROOVE_PLAY_MM = 0.4
# Retaining washers of DIN 6799 (recalled): groove across (their nominal size), thickness, widest
# shaft, mm.
WASHERS = (
    (3.2, 0.6, 5.0),
    (4.0, 0.7, 7.0),
    (5.0, 0.7, 8.0),
    (6.0, 0.7, 9.0),
    (7.0, 0.9, 11.0),
    (8.0, 1.0, 12.0),
)


@dataclass(frozen=True, slots=True)
class Pin:
    """A hinge's pin. Diameters and lengths in mm; `washer` is the size of its retaining washer.

    `grip`: through both ears; `places` (2, 3): where the shanks leave their heads, lateral then
    medial, and `ways` (2, 3) the directions out of the limb there.
    """

    diameter: float
    head: float
    grip: float
    washer: float
    groove: float
    places: FloatArray
    ways: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "places", frozen(self.places, (2, 3)))
        object.__setattr__(self, "ways", frozen(self.ways, (2, 3)))

    @property
    def length(self) -> float:
        """From under the head to the end."""
        return self.grip + END_PLAY_MM + self.groove + COLLAR_MM

    def solid(self, number: int) -> TurnedSolid:
        """The pin where it is worn: 0 lateral, 1 medial."""
        shank, head, core = 0.5 * self.diameter, 0.5 * self.head, 0.5 * self.washer
        low = self.grip + END_PLAY_MM
        profile = [
            (0.0, -HEAD_MM),
            (head - HEAD_EDGE_MM, -HEAD_MM),
            (head, HEAD_EDGE_MM - HEAD_MM),
            (head, 0.0),
            (shank, 0.0),
            (shank, low),
            (core, low),
            (core, low + self.groove),
            (shank, low + self.groove),
            (shank, self.length - CHAMFER_MM),
            (shank - CHAMFER_MM, self.length),
            (0.0, self.length),
        ]
        return TurnedSolid(np.array(profile), self.places[number], self.ways[number])


def pin_of(shell: Shell) -> Pin | None:
    """The pin of a shell's hinge; None where it has none that is printed."""
    axis, hinge = shell.hinge, shell.parameters.hinge
    if axis is None or hinge.kind != PRINTED_PIN:
        return None
    washer, thick = next(
        (size, thick) for size, thick, widest in WASHERS if hinge.diameter_mm <= widest
    )
    ways = np.array([side * axis.direction for side in (LATERAL, MEDIAL)])
    return Pin(
        diameter=hinge.diameter_mm,
        head=hinge.diameter_mm + hinge.play_mm + 2.0 * HEAD_BEYOND_MM,
        grip=grip_of(shell),
        washer=washer,
        groove=thick + GROOVE_PLAY_MM,
        places=np.array([axis.seat(side) for side in (LATERAL, MEDIAL)]) - 0.5 * END_PLAY_MM * ways,
        ways=ways,
    )


def grip_of(shell: Shell) -> float:
    """What screw or pin reaches through at the ears: both walls, the gap and the boss, mm."""
    hinge = shell.parameters.hinge
    wall = float(shell.thickness(shell.stations.ankle, 0.0))
    return 2.0 * wall + hinge.gap_mm + hinge.boss_mm
