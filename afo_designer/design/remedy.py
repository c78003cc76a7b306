"""Remedy: which parameters shape the orthosis at a place, said where something fails there."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from afo_designer.design.place import part_name, place_name
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


def remedy(shell: Shell, position: ArrayLike) -> str:
    """Where a point (3,) in mm lies, and the parameters that shape the orthosis there."""
    part = part_name(shell, position)
    keys = next(keys for name, keys in SHAPED_BY.items() if part.endswith(name))
    x, y, z = np.asarray(position, dtype=np.float64)
    return (
        f"At {place_name(shell, position)} ({x:.0f}, {y:.0f}, {z:.0f} mm): change "
        f"{', '.join(keys[:-1])} or {keys[-1]}."
    )
