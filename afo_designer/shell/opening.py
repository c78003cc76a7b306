"""Opening: a named hole through the wall."""

from __future__ import annotations

from dataclasses import dataclass

from afo_designer.geometry.array import FloatArray, frozen

# What an opening is for: the mesh has rows and columns along slots; of the others, those beside a
# strap's loop among them, cells keep their share.
SLOT, HOLE, WINDOW, LOOP = "slot", "hole", "window", "loop"


@dataclass(frozen=True, slots=True)
class Opening:
    """`loop` (n, 2): closed, in (s, θ), of the finished opening; first point not repeated.

    `name` says what and where, "calf strap lateral"; no two openings of a shell have the same.
    """

    name: str
    loop: FloatArray
    kind: str = SLOT

    def __post_init__(self) -> None:
        object.__setattr__(self, "loop", frozen(self.loop, (None, 2)))
