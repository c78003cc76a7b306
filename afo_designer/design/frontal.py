"""Frontal: the stiffness to inversion and eversion of an orthosis that claims that plane alone.

The bench holds the sole and turns the shank about x through the ankle centre, its cuff on the band
above the malleoli. A rigid cuff: straps and skin yield, so what a person feels is softer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.deformation import sideways
from afo_designer.design.rig import shell_model
from afo_designer.design.stiffness import COARSE, FINE
from afo_designer.design.stiffness_interval import (
    StiffnessInterval,
    spread_of,
    stiffness_interval,
)
from afo_designer.design.trials import solved
from afo_designer.design.verification import Verified
from afo_designer.mechanics.bench import Bench
from afo_designer.mechanics.model import ShellModel
from afo_designer.shell.shell import Shell

REMARK = (
    "A rigid cuff turned about a fixed axis through the ankle centre: an upper bound, for straps "
    "and skin yield. Thirteen carbon orthoses on a bench had at most .71 N·m/deg in this plane "
    "(Shuman 2021, read). Isolated brace on a rigid foot, physically unvalidated: ±25–30 %."
)
REASON = (
    "This orthosis claims the frontal plane alone: nothing sagittal was tuned or measured, and it "
    "does nothing against foot drop."
)
"""Why the sagittal figures of such a design are absent."""


@dataclass(frozen=True, slots=True)
class Frontal:
    """N·m/deg: secants to the case's 5 deg each way, and the tangent `linear` at neutral.

    NaN where a state was not found. `interval` is around the mean of both ways.
    """

    inversion: float
    eversion: float
    linear: float
    interval: StiffnessInterval


def measure_frontal(
    shell: Shell, positive: PositiveModel, bench: Bench, model: ShellModel, verified: Verified
) -> Frontal:
    """The figures of a shell whose frontal cases are verified.

    Its mesh is compared with a finer one; with a coarser one where the verdicts are linear.
    """
    turned = sideways(bench)
    own = solved(model, turned)
    other = shell_model(shell, turned, model.elasticity, COARSE if verified.linear else FINE)
    mesh_change = solved(other, turned).stiffness / own.stiffness - 1.0
    ways = {
        one.case.name: one.moment_nm / abs(one.case.rotation_deg)
        for one in verified.cases
        if one.case.rotation_deg
    }
    shank_mm = float(np.linalg.norm(positive.knee_centre - positive.ankle_centre))
    spread = spread_of(own, shank_mm, positive.plate.bend_start, mesh_change)
    middle = 0.5 * (ways["inversion"] + ways["eversion"])
    return Frontal(
        inversion=ways["inversion"],
        eversion=ways["eversion"],
        linear=own.stiffness,
        interval=stiffness_interval(middle if np.isfinite(middle) else own.stiffness, spread),
    )
