"""Crowding: rims so near to each other that their roundings leave no face between them.

A rim takes as much of the wall's faces as its rounding's radius. Openings keep millimetres from
edges whatever the wall; a thick wall's half-round rims may need more.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from afo_designer.geometry.array import FloatArray
from afo_designer.shell.holes import OpeningRefused
from afo_designer.shell.opening import Opening

EDGE = "the edge"
# What moves an opening, by a word of its name.
MOVED_BY = {
    "rivet": "shell.rivets.edge_mm or shell.rivets.spacing_mm",
    "shin": "shell.straps.slot_edge_mm or shell.shin.strap_width_mm",
    "strap": "shell.straps.slot_edge_mm, its strap's width or shell.straps.calf_strap_below_top_mm",
    "window": "shell.windows.edge_mm or shell.windows.bridge_mm",
    "hinge": "shell.hinge.ear_radius_mm or shell.hinge.diameter_mm",
}


def checked_rims(
    rims: Sequence[FloatArray], radii: Sequence[FloatArray], openings: Sequence[Opening]
) -> None:
    """Raises `OpeningRefused` where roundings of two rims overlap.

    `rims`: points (n, 3) of the finished edge, then of every opening; `radii` (n,) mm their
    roundings' there.
    """
    points, radius = np.vstack(rims), np.concatenate(radii)
    owner = np.repeat(np.arange(len(rims)), [len(rim) for rim in rims])
    pairs = cKDTree(points).query_pairs(2.0 * float(radius.max()), output_type="ndarray")
    pairs = pairs[owner[pairs[:, 0]] != owner[pairs[:, 1]]]
    if not len(pairs):
        return
    gap = np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1)
    needed = radius[pairs].sum(axis=1)
    worst = int(np.argmax(needed - gap))
    if gap[worst] >= needed[worst]:
        return
    names = [EDGE, *(f"the opening {opening.name!r}" for opening in openings)]
    first, second = sorted(owner[pairs[worst]].tolist())
    moved = next((keys for word, keys in MOVED_BY.items() if word in names[second]), "its place")
    raise OpeningRefused(
        f"{names[first].capitalize()} and {names[second]} are {gap[worst]:.1f} mm apart; the "
        f"roundings of their rims need {needed[worst]:.1f} mm there. Change {moved}, or give "
        "shell.edge.radius_mm a smaller radius or the wall less thickness."
    )
