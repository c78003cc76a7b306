"""Stiffness: what the bench measured on a tuned shell, beside what was prescribed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.design.infeasible import DesignInfeasible
from afo_designer.design.rig import heel_clamped, shell_model
from afo_designer.design.stiffness_interval import (
    Spread,
    StiffnessInterval,
    spread_of,
    stiffness_interval,
)
from afo_designer.design.trials import solved
from afo_designer.design.tuned_shell import TunedShell
from afo_designer.design.tuning import Tuned
from afo_designer.mechanics.bench import Bench, Cuff
from afo_designer.mechanics.model import without_stops
from afo_designer.mechanics.moment_angle import FIT_DEG, MomentAngle
from afo_designer.mechanics.stiffness import stiffness_of
from afo_designer.mechanics.sweep import SWEEP_DEG, Sweep

# The mesh that confirms the tuned stiffness has twice the elements of tuning's in each direction.
FINE = 2.0
# The mesh that a fast run compares with, for want of a finer one.
COARSE = 0.7


@dataclass(frozen=True, slots=True)
class Stiffness:
    """The stiffness promised and measured, N·m/deg, on the default bench.

    `target`: of the `way` that was tuned; None where nothing was promised and the template's wall
    stands.
    `plantarflexion` and `dorsiflexion`: fitted from neutral over 10 deg of the moment-angle curve;
    `linear`: its tangent at neutral. `variants`: tangents with other cuffs and clamps, beside it.
    Of a hinge with a stop `plantarflexion` counts from where it closes, and `dorsiflexion` is what
    the joint leaves. `interval` has the `spread` in it. `run`: the bench in large rotations, None
    where only the linear one was asked for.
    """

    target: float | None
    way: str
    plantarflexion: float
    dorsiflexion: float
    linear: float
    curve: MomentAngle
    run: Sweep | None
    tuned: Tuned
    sweeps: int
    interval: StiffnessInterval
    spread: Spread
    variants: dict[str, float]

    @property
    def achieved(self) -> float:
        """N·m/deg in the way that was tuned."""
        return self.dorsiflexion if self.way == "dorsiflexion" else self.plantarflexion

    @property
    def error_percent(self) -> float | None:
        """Of the target, where there is one."""
        return None if self.target is None else 100.0 * (self.achieved / self.target - 1.0)


def measure(
    tuned: TunedShell,
    bench: Bench,
    positive: PositiveModel,
    target: float | None,
    way: str = "plantarflexion",
) -> Stiffness:
    """The figures around a tuned shell: curve, interval, and the bench's variants.

    A shell tuned on the linear bench alone has a straight curve and no variants, and its mesh is
    compared with a coarser one.
    """
    linear = tuned.linear.stiffness
    law, run = tuned.model.elasticity, tuned.run
    large = run is not None
    other = shell_model(tuned.shell, bench, law, FINE if large else COARSE)
    mesh_change = solved(other, bench).stiffness / linear - 1.0
    curve, opened = bench_curve(tuned, bench)
    variants = {}
    if run is not None:
        run = run.extended(SWEEP_DEG)
        curve = run.curve
        if not curve.within(FIT_DEG):
            raise DesignInfeasible(f"The bench in large rotations failed: {run.message}")
        variants = _variants(tuned, bench)
    shank_mm = float(np.linalg.norm(positive.knee_centre - positive.ankle_centre))
    spread = spread_of(tuned.linear, shank_mm, positive.plate.bend_start, mesh_change)
    falling, rising = curve.plantarflexion, curve.dorsiflexion
    if tuned.shell.hinge is not None:
        falling, rising = linear, opened
    main = rising if way == "dorsiflexion" else falling
    return Stiffness(
        target=target,
        way=way,
        plantarflexion=falling,
        dorsiflexion=rising,
        linear=linear,
        curve=curve,
        run=run,
        tuned=tuned.tuned,
        sweeps=tuned.sweeps,
        interval=stiffness_interval(main, spread),
        spread=spread,
        variants=variants,
    )


def bench_curve(tuned: TunedShell, bench: Bench) -> tuple[MomentAngle, float]:
    """The curve of the linear bench, and its stiffness (N·m/deg) off a stop."""
    linear = tuned.linear.stiffness
    if tuned.shell.hinge is None:
        return MomentAngle.linear(linear), linear
    opened = solved(without_stops(tuned.model), bench).stiffness
    return MomentAngle.stopped(linear, opened, np.degrees(tuned.shell.hinge.opening)), opened


def _variants(tuned: TunedShell, bench: Bench) -> dict[str, float]:
    """Linear stiffness with a tied and a hanging cuff, and with the heel's third clamped."""
    benches = {cuff.value: replace(bench, cuff=cuff) for cuff in (Cuff.TIED, Cuff.HANGING)}
    models = dict.fromkeys(benches, tuned.model)
    heel = heel_clamped(bench)
    benches["heel_clamped"] = heel
    models["heel_clamped"] = shell_model(tuned.shell, heel, tuned.model.elasticity)
    return {
        name: stiffness_of(models[name], other).stiffness_nm_per_deg
        for name, other in benches.items()
    }
