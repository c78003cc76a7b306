"""Shim: what a millimetre under the heel, between orthosis and shoe, does to shank and spring.

A shim turns foot and orthosis together in the shoe; the angle between them stays. With d the shoe's
heel height difference, t what the plate's own thickness adds, h the shim and L the lever from heel
to metatarsal heads, the pitch is φ = asin((d + t + h) / L) (the formula of `cast.sole.stand` and of
the prescription), and the unloaded shank stands φ + θ0 to the vertical over a flat shoe. The
orthosis is the piecewise spring of science.md §5: τ = k_PF (θ0 − θ) below neutral, k_DF (θ0 − θ)
above it, dorsiflexing positive.

Mid-stance: the walker brings the shank to an inclination that the shim does not change, the 10 deg
of Owen's 10 to 12 (recalled, science.md §7). The ankle is then at θ = 10° − φ and the orthosis
bears τ. Mid-swing: the weight of foot and shoe M hangs on it, so τ = M and θ = θ0 − M / k_PF,
whatever the shim: what changes is the shoe, whose sole stands φ nearer to the shank and lifts its
toe by the change. A negative shim lies under the ball.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

MIDSTANCE_SHANK_DEG = 10.0
SHIMS_MM = (-4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0)
# The whole stack under the heel stays below this in a shoe (checks.shoe_heel); and no shim pitches
# the foot by more than half its lever.
MOST_STACK_MM = 10.0
STEEPEST = 0.5


@dataclass(frozen=True, slots=True)
class Spring:
    """What the table is computed from.

    `lever_mm` heel to ball, `heel_height_mm` the shoe's difference and `plate_mm` the plate's own;
    `stack_mm` under the heel; `plantarflexion`, `dorsiflexion` N·m/deg; `swing_moment_nm` the
    weight of foot and shoe about the ankle; `opening_deg` how far below neutral a hinge's stop
    closes: until there nothing resists.
    """

    neutral_deg: float
    plantarflexion: float
    dorsiflexion: float
    lever_mm: float
    heel_height_mm: float
    plate_mm: float
    stack_mm: float
    swing_moment_nm: float
    opening_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Shim:
    """One shim. `shank_deg`: unloaded, to the vertical, on a flat floor; `change_deg` of it.

    `midstance_ankle_deg` and `midstance_nm`: with the shank at 10 deg; `swing_ankle_deg` and
    `swing_nm`; `swing_shoe_deg`: the shoe's sole to the shank in mid-swing, dorsiflexion positive.
    `in_shoe`: the stack stays within what a shoe holds.
    """

    height_mm: float
    pitch_deg: float
    shank_deg: float
    change_deg: float
    midstance_ankle_deg: float
    midstance_nm: float
    swing_ankle_deg: float
    swing_nm: float
    swing_shoe_deg: float
    in_shoe: bool


def shim_table(spring: Spring) -> tuple[Shim, ...]:
    """The shims that this foot's lever allows."""
    bare = pitch_deg(spring, 0.0)
    return tuple(
        _shim(spring, height, bare)
        for height in SHIMS_MM
        if abs(spring.heel_height_mm + spring.plate_mm + height) <= STEEPEST * spring.lever_mm
    )


def pitch_deg(spring: Spring, height_mm: float) -> float:
    """Heel-up pitch of the foot in the shoe with a shim."""
    raised = spring.heel_height_mm + spring.plate_mm + height_mm
    return math.degrees(math.asin(raised / spring.lever_mm))


def moment_nm(spring: Spring, ankle_deg: float) -> float:
    """What the orthosis does on the foot at an ankle angle, dorsiflexing positive (N·m)."""
    off = spring.neutral_deg - ankle_deg
    if off > 0.0:
        return spring.plantarflexion * max(off - spring.opening_deg, 0.0)
    return spring.dorsiflexion * off


def _shim(spring: Spring, height: float, bare: float) -> Shim:
    pitch = pitch_deg(spring, height)
    ankle = MIDSTANCE_SHANK_DEG - pitch
    below = spring.opening_deg + spring.swing_moment_nm / spring.plantarflexion
    sagging = spring.neutral_deg - below
    return Shim(
        height_mm=height,
        pitch_deg=pitch,
        shank_deg=spring.neutral_deg + pitch,
        change_deg=pitch - bare,
        midstance_ankle_deg=ankle,
        midstance_nm=moment_nm(spring, ankle),
        swing_ankle_deg=sagging,
        swing_nm=spring.swing_moment_nm,
        swing_shoe_deg=sagging + pitch,
        in_shoe=spring.stack_mm + max(height, 0.0) <= MOST_STACK_MM,
    )
