"""Remedy: which parameters shape the orthosis at a place, said where something fails there."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.design.place import part_name, place_name
from afo_designer.shell.pin import PIN
from afo_designer.shell.shell import Shell

# What makes the wall too thick for its bends, too steep or too short there.
SHAPED_BY = {
    "calf band": ("shell.calf.thickness_mm", "shell.calf.flare_mm", "shell.calf.corner_radius_mm"),
    "below the calf band": ("shell.leaf.thickness_mm", "shell.calf.taper_mm"),
    "above the ankle": ("shell.leaf.thickness_mm", "shell.calf.taper_mm"),
    "at the ankle": ("shell.leaf.thickness_mm", "cast.relief.feather_mm"),
    "heel": ("shell.leaf.thickness_mm", "shell.heel.wall_height_mm", "cast.relief.feather_mm"),
    "footplate": (
        "shell.footplate.thickness_mm",
        "shell.footplate.wall_height_mm",
        "shell.footplate.wall_end_behind_heads_mm",
    ),
    "toe plate": ("shell.footplate.toe_thickness_mm", "cast.toe_spring_deg"),
}
# The same of parts that have no place along the leg: what they are called, and their parameters.
PARTS = {
    "anterior": (
        "the anterior shell",
        ("shell.shin.thickness_mm", "shell.shin.gap_mm", "cast.relief.feather_mm"),
    ),
    PIN: ("the printed pin", ("shell.hinge.diameter_mm", "shell.hinge.kind")),
}


# A wall drawn in by less is not worth a word, mm.
WORTH_SAYING_MM = 0.3


def wall_notes(shell: Shell) -> tuple[str, ...]:
    """What has to be said where a hollow bears less wall than was asked for."""
    s = np.linspace(shell.stations.top, shell.stations.end, 240)
    medial, lateral = shell.trim.sides(s)
    share = np.linspace(0.0, 1.0, 61)
    theta = np.outer(medial, 1.0 - share) + np.outer(lateral, share)
    asked, made = (wall(s[:, None], theta) for wall in (shell.thickness.asked, shell.thickness))
    i, j = np.unravel_index(int(np.argmax(asked - made)), made.shape)
    if asked[i, j] - made[i, j] < WORTH_SAYING_MM:
        return ()
    position = shell.chart.point(s[i], theta[i, j])
    return (
        f"The limb's hollow bears {made[i, j]:.1f} mm of wall where {asked[i, j]:.1f} mm were "
        f"asked for; thicker, it would fold. {remedy(shell, position)}",
    )


def remedy(shell: Shell, position: ArrayLike, part: str = "") -> str:
    """Where a point (3,) in mm lies, and the parameters that shape the orthosis there.

    `part`: the name of the part that it lies on, where there are several.
    """
    if part in PARTS:
        where, keys = PARTS[part]
        where = f"On {where}"
    else:
        keys = SHAPED_BY[part_name(shell, position).removeprefix("leaf ").removeprefix("wall ")]
        where = f"At {place_name(shell, position)}"
    x, y, z = np.asarray(position, dtype=np.float64)
    return f"{where} ({x:.0f}, {y:.0f}, {z:.0f} mm): change {', '.join(keys[:-1])} or {keys[-1]}."
