"""Ground: the shell with its leaf's edges ground off, as it is done by hand at a fitting."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.blend import smoothstep
from afo_designer.shell.chart import Chart
from afo_designer.shell.shell import Shell
from afo_designer.shell.trim import theta_per_mm

# An edge set by the malleoli runs out in front of the heel cup over this share of the way from the
# sole's beginning to the metatarsal heads.
RUN_OUT = 0.4


def ground(shell: Shell, off_mm: float) -> Shell:
    """The shell with `off_mm` taken off each edge along the skin; openings and wall stay.

    The whole amount comes off the leaf (set by the malleoli: at these) and runs out towards the
    calf band above and the heel cup below (see `ground_share`).
    """
    trim, leaf = shell.trim, shell.parameters.leaf
    share = off_mm * ground_share(shell, trim.s)
    sides = {
        name: _moved(shell.chart, trim.s, getattr(trim, name), share)
        for name in ("lateral", "medial")
    }
    s, theta = trim.boundary.T
    rim = _moved(shell.chart, s, theta, off_mm * ground_share(shell, s))
    if leaf.edge == "width":
        leaf = replace(leaf, width_mm=leaf.width_mm - 2.0 * off_mm)
    else:
        leaf = replace(leaf, trim_anterior_mm=leaf.trim_anterior_mm - off_mm)
    return replace(
        shell,
        trim=replace(trim, **sides, boundary=np.column_stack([s, rim])),
        parameters=replace(shell.parameters, leaf=leaf),
    )


def ground_share(shell: Shell, s: FloatArray) -> FloatArray:
    """(n,) how much of the amount comes off at stations s: 1 on the leaf, 0 on band and sole."""
    at, of_width = shell.stations, shell.parameters.leaf.edge == "width"
    full = at.leaf if of_width else at.ankle
    end = at.sole if of_width else at.sole + RUN_OUT * (at.heads - at.sole)
    start = max(at.root, full)
    upper = smoothstep((s - at.band) / (full - at.band))
    return np.asarray(upper * (1.0 - smoothstep((s - start) / (end - start))))


def _moved(chart: Chart, s: FloatArray, theta: FloatArray, by_mm: FloatArray) -> FloatArray:
    """θ (n,) moved towards the midline by lengths (n,) along the skin."""
    return theta - np.sign(theta) * by_mm * theta_per_mm(chart, s, theta)
