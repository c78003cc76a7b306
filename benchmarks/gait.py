"""The gait models: printed tables, what each improvement changes, accuracy, sensitivity, time.

`python benchmarks/gait.py` exits with 1 when a base figure is off by more than 2 %, a fixed-step
answer by more than .1 deg, or a whole simulation takes more than 50 ms.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
import sys
import time
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from afo_designer.design.gait.ankle import Ankle, ankle_of_person, knee_slack
from afo_designer.design.gait.clearance import Clearance, clearance_of
from afo_designer.design.gait.first_rocker import (
    FLAT_DEG,
    constant_load,
    lever_m,
    loading,
    normal_loading,
)
from afo_designer.design.gait.gait import gait_record, simulate
from afo_designer.design.gait.norms import Walk, walk_at
from afo_designer.design.gait.pace import pace_of
from afo_designer.design.gait.segment import Foot, Leg, foot_of, foot_of_person, leg_of
from afo_designer.design.gait.spring import NO_SPRING, MomentTable, Spring, TwoSlopes
from afo_designer.design.gait.steppage import steppage
from afo_designer.design.gait.swing import (
    normal_moment_nm,
    normal_swing,
    still_shank,
    swing,
    swing_phases,
)
from afo_designer.design.person import Person, person_from_mapping

ROCKER = [
    (0.0, 773, -12.9, 0.0),
    (0.5, 561, -11.7, 0.11),
    (0.75, 450, -11.1, 0.15),
    (1.0, 336, -10.4, 0.19),
    (1.5, 203, -8.1, 0.24),
    (2.0, 239, -6.5, 0.27),
    (3.0, 151, -4.7, 0.33),
]
PUBLISHED_SWING = (0.010, 0.010, 0.012, 0.014, 0.016, 0.009, -0.001, 0.001)
SWING = [(0.5, -1.3), (1.0, 1.6), (1.5, 1.5), (2.0, 1.4)]


def person(mass: float, height: float, grade: str, **seen: object) -> Person:
    examination = {"dorsiflexor_mmt": grade, "spasticity_mas": "0"} | seen
    return person_from_mapping(
        {
            "person": {"mass_kg": mass, "height_mm": height, "side": "left"},
            "examination": examination,
        }
    )


@dataclass(frozen=True)
class Case:
    walk: Walk
    leg: Leg
    foot: Foot
    ankle: Ankle
    clearance: Clearance
    mass: float

    @classmethod
    def of(cls, who: Person, speed: float | None = None) -> Case:
        height = who.height_mm / 1000.0
        leg, foot = leg_of(height), foot_of_person(who)
        pace = pace_of(leg.length, speed, None)
        walk = walk_at(pace.speed, pace.cycle_s)
        ankle = ankle_of_person(who, who.strength.torque_nm)
        return cls(walk, leg, foot, ankle, clearance_of(walk, leg, foot, height), who.mass_kg)

    def swing(self, spring: Spring, finer: int = 1) -> np.ndarray:
        return swing(self.walk, self.leg, self.foot, self.ankle, spring, finer).ankle_deg

    def least(self, spring: Spring) -> float:
        return self.clearance.least(self.clearance.over_swing(self.swing(spring)))[0]

    def slap(self, spring: Spring) -> float:
        return loading(self.walk, self.foot, self.ankle, spring, self.mass).slap_deg_per_s


def base_tables() -> float:
    """The largest relative difference from the printed figures, beyond their rounding."""
    worst = 0.0

    def compare(name: str, met: float, printed: float, rounding: float) -> str:
        nonlocal worst
        beyond = max(0.0, abs(met - printed) - rounding) / max(abs(printed), 1e-9)
        worst = max(worst, beyond if printed else 0.0)
        return f"{name} {met:8.3f} ({printed:g})"

    print("base models, computed (printed)")
    for k, slap, least, orthosis in ROCKER:
        met = constant_load(k)
        row = [
            compare("slap deg/s", met.slap_deg_per_s, slap, 0.5),
            compare("least ankle deg", met.least_ankle_deg, least, 0.05),
            compare("orthosis N·m/kg", met.orthosis_nm_per_kg, orthosis, 0.005),
        ]
        print(f"  first rocker k {k:4g}: {'  '.join(row)}")
    for k, printed in ((0.0, 698), (0.33, 253)):
        met = constant_load(k, mass_kg=25.0)
        print(f"  child 25 kg k {k:4g}: {compare('slap', met.slap_deg_per_s, printed, 0.5)}")
    strong = constant_load(0.0, sustained_nm=0.3 * 0.03 * 70 * 9.81 * 1.72)
    row = [
        compare("slap", strong.slap_deg_per_s, 704, 0.5),
        compare("flat ms", 1000 * strong.flat_s, 135, 0.5),
    ]
    print(f"  full strength: {'  '.join(row)}")
    for k, printed in SWING:
        print(f"  swing k {k:4g}: {compare('ankle at 140 ms', still_shank(k), printed, 0.05)}")
    print(f"  worst beyond rounding: {100 * worst:.2f} %")
    return worst


STEPS = ("base", "force", "shank", "start", "tissue", "lever", "flat")


def laid(case: Case, stiffness: float, upto: str) -> tuple[float, float, float]:
    """(slap, ms to flat, least ankle) with the base's constants replaced up to a step."""
    done = STEPS[: STEPS.index(upto) + 1]
    walk, foot, ankle, rad = case.walk, case.foot, case.ankle, math.radians(1.0)
    per_s = 1.0 / walk.cycle_s
    event = FLAT_DEG if "flat" in done else 0.0

    def shank(t: float, order: int = 0) -> float:
        if "shank" in done:
            return float(walk.shank_deg(np.array([t * per_s]), order)[0]) * rad * per_s**order
        return (-20.0 + 120.0 * t) * rad if order == 0 else 120.0 * rad

    def rates(t: float, state: np.ndarray) -> list[float]:
        angle, rate = state[0] + shank(t), state[1] + shank(t, 1)
        rising = float(walk.force_at(np.array([t * per_s]))[0])
        force = 70.0 * 9.81 * (rising if "force" in done else min(1.0, t / 0.132))
        arm = lever_m(state[0] / rad, foot) if "lever" in done else 0.035
        moment = -force * arm + stiffness * max(0.0, 3.0 - angle / rad) - 0.6 * rate
        inertia = 0.014
        if "tissue" in done:
            slack = knee_slack(float(walk.knee.at(np.array([t * per_s]))[0]))
            moment += ankle.passive_nm(angle, slack) - foot.gravity_nm * math.cos(state[0])
            inertia = foot.inertia
        return [state[1], moment / inertia]

    def flat(_: float, state: np.ndarray) -> float:
        return state[0] - event * rad

    flat.terminal = True  # type: ignore[attr-defined]
    start = [20.0 * rad, 0.0]
    if "start" in done:
        start = [float(walk.pitch_deg(np.zeros(1), n)[0]) * rad * per_s**n for n in (0, 1)]
    met = solve_ivp(rates, (0, 0.4), start, rtol=1e-9, atol=1e-11, events=flat, max_step=0.002)
    angles = [met.y[0, i] / rad + shank(t) / rad for i, t in enumerate(met.t)]
    return -met.y[1, -1] / rad, 1000.0 * met.t[-1], min(angles)


def improvements() -> None:
    case = Case.of(person(70, 1720, "0"))
    print("first rocker, flaccid 70 kg, one constant after the other replaced: slap, ms, ankle")
    for step in STEPS:
        cells = [
            "k {:g}: {:4.0f} deg/s {:5.1f} ms {:6.1f} deg".format(k, *laid(case, k, step))
            for k in (0.0, 0.5, 1.0, 1.5)
        ]
        print(f"  {step:7s} {'   '.join(cells)}")
    print("strength share, no orthosis: slap, ms to flat (base: 704 deg/s at 136 ms for 1)")
    for grade in ("0", "2", "3", "4", "4+", "5"):
        who = person(70, 1720, grade)
        one = Case.of(who)
        met = loading(one.walk, one.foot, one.ankle, NO_SPRING, 70.0)
        flat = 1000 * (met.flat_s or math.nan)
        print(
            f"  MRC {grade:2s} share {who.strength.share:.2f}: slap {met.slap_deg_per_s:4.0f}, "
            f"flat {flat:5.1f} ms, moment {met.knee_nm / 70:.3f} N·m/kg, least clearance "
            f"{one.least(NO_SPRING):6.1f} mm"
        )
    healthy = normal_loading(case.walk)
    flat = 1000 * (healthy.flat_s or math.nan)
    print(f"  healthy curve: slap {healthy.slap_deg_per_s:4.0f}, flat {flat:5.1f} ms")


def orthosis() -> None:
    print("with an orthosis, neutral 3 deg: ankle at half swing, least clearance, steppage, rocker")
    for name, who, stiffness in (
        ("70 kg MRC 0", person(70, 1720, "0"), (0, 0.3, 0.6, 1.0, 1.12, 1.5, 2.0, 3.0)),
        ("70 kg MRC 3", person(70, 1720, "3"), (0, 0.3, 0.6, 0.89)),
        ("70 kg MRC 0 MAS 2", person(70, 1720, "0", spasticity_mas="2"), (0, 0.6, 1.0, 1.54)),
        ("25 kg MRC 0", person(25, 1280, "0"), (0, 0.1, 0.2, 0.33, 0.6)),
    ):
        case = Case.of(who)
        normal = normal_swing(case.walk).ankle_deg
        target = case.clearance.least(case.clearance.over_swing(normal))[0]
        for k in stiffness:
            spring = TwoSlopes(k, k, 3.0)
            angles = case.swing(spring)
            step = steppage(case.clearance, angles, target)
            met = loading(case.walk, case.foot, case.ankle, spring, case.mass)
            flat = 1000 * (met.flat_s or math.nan)
            print(
                f"  {name:18s} k {k:4g}: {angles[len(angles) // 2]:6.1f} deg, "
                f"{case.least(spring):6.1f} of {target:.1f} mm, steppage hip "
                f"{step.hip_deg or 0:4.1f} knee {step.knee_deg or 0:4.1f} deg; slap "
                f"{met.slap_deg_per_s:4.0f} deg/s, flat {flat:5.1f} ms, knee "
                f"{met.knee_nm:5.2f} N·m, orthosis {met.orthosis_nm:5.2f} N·m"
            )


def healthy_moments() -> None:
    """The net swing moment of a healthy barefoot child-sized body, against the published one.

    The published inverse dynamics has Dempster's foot: .0145 of the body mass, centre of mass half
    way from ankle to metatarsal heads and on that line. With that foot ours must be the same.
    """
    leg = leg_of(1.40)
    walk = walk_at(0.429, pace_of(leg.length, None, None).cycle_s)
    ours = foot_of(33.0, 1.40, 0.213, 0.0, 0.0137)
    theirs = dataclasses.replace(ours, moment_x=0.0145 * 33.0 * 0.235 * 0.213, moment_z=0.0)
    at = np.array([72, 76, 80, 84, 88, 92, 96, 100]) / 100.0
    print("healthy net ankle moment in swing, N·m/kg at 72, 76, ... 100 % of the cycle, barefoot")
    for name, foot in (("this model's foot", ours), ("Dempster's foot", theirs)):
        net = np.interp(at, swing_phases(walk), normal_moment_nm(walk, leg, foot)) / 33.0
        print(f"  {name:18s} " + " ".join(f"{value:6.3f}" for value in net))
    print("  published          " + " ".join(f"{value:6.3f}" for value in PUBLISHED_SWING))


def accuracy() -> float:
    """The largest error of the fixed steps against sixteen times finer ones (deg)."""
    worst = 0.0
    print("fixed steps against 16 times finer ones: swing deg, slap deg/s")
    for size in ((70, 1720), (25, 1280), (12.5, 960)):
        for grade in ("0", "3", "5"):
            case = Case.of(person(*size, grade))
            for k in (0.0, 1.0, 10.0):
                spring = TwoSlopes(k, k, 3.0)
                error = np.abs(case.swing(spring) - case.swing(spring, 16)).max()
                args = (case.walk, case.foot, case.ankle, spring, case.mass)
                slap = abs(loading(*args).slap_deg_per_s - loading(*args, 16).slap_deg_per_s)
                worst = max(worst, float(error))
                print(f"  {size[0]:5g} kg MRC {grade} k {k:3g}: {error:.4f} deg, {slap:.3f} deg/s")
    return worst


def sensitivity() -> None:
    case = Case.of(person(70, 1720, "0"))
    print("flaccid 70 kg, one estimate changed: half-swing ankle, least clearance, slap; k 0 and 1")
    half, double = 0.5, 2.0
    own = case.ankle
    changed = {
        "as it is": own,
        "front tissue × 1/2": dataclasses.replace(own, front_nm=half * own.front_nm),
        "front tissue × 2": dataclasses.replace(own, front_nm=double * own.front_nm),
        "damping × 1/2": dataclasses.replace(own, damping=half * own.damping),
        "damping × 2": dataclasses.replace(own, damping=double * own.damping),
        "calf × 1/2": dataclasses.replace(own, calf_nm=half * own.calf_nm),
        "calf × 2": dataclasses.replace(own, calf_nm=double * own.calf_nm),
    }
    for name, ankle in changed.items():
        one = dataclasses.replace(case, ankle=ankle)
        cells = []
        for k in (0.0, 1.0):
            spring = TwoSlopes(k, k, 3.0)
            angles = one.swing(spring)
            cells.append(
                f"{angles[len(angles) // 2]:6.1f} deg {one.least(spring):6.1f} mm "
                f"{one.slap(spring):4.0f} deg/s"
            )
        print(f"  {name:20s} {'   '.join(cells)}")


def timing() -> float:
    """The slowest of several whole simulations with their records, each the best of 15 (ms)."""
    table = MomentTable.from_pairs([[a, 1.0 * (3 - a)] for a in range(-25, 21)])
    worst = 0.0
    print("whole simulation and record, best and median of 15, ms")
    for name, who, spring in (
        ("70 kg MRC 3, k 1", person(70, 1720, "3"), TwoSlopes(1.0, 1.0, 3.0)),
        ("70 kg MRC 3, table", person(70, 1720, "3"), table),
        ("70 kg MRC 3, k 4", person(70, 1720, "3"), TwoSlopes(4.0, 4.0, 3.0)),
        ("0.4 m/s, k 1", person(70, 1720, "3", walking_speed_m_per_s=0.4), TwoSlopes(1, 1, 3)),
        ("25 kg MRC 0, k .33", person(25, 1280, "0"), TwoSlopes(0.33, 0.33, 3.0)),
    ):
        times = []
        for _ in range(15):
            start = time.perf_counter()
            gait_record(simulate(who, spring))
            times.append(1000 * (time.perf_counter() - start))
        worst = max(worst, min(times))
        print(f"  {name:20s} {min(times):5.1f} {statistics.median(times):5.1f}")
    return worst


def main() -> int:
    base = base_tables()
    improvements()
    orthosis()
    healthy_moments()
    error = accuracy()
    sensitivity()
    slowest = timing()
    print(
        f"base off by {100 * base:.2f} % (2), steps by {error:.3f} deg (.1), {slowest:.0f} ms (50)"
    )
    return 0 if base <= 0.02 and error <= 0.1 and slowest <= 50.0 else 1


if __name__ == "__main__":
    sys.exit(main())
