"""The worked table of the prescription formula, computed against printed.

`python benchmarks/prescription.py` exits with 1 when a figure is off by more than .002.
"""

import sys

from afo_designer.design.person import person_from_mapping
from afo_designer.design.prescription import Prescription, prescribe

ADULT, CHILD = (70.0, 1720.0), (25.0, 1280.0)
TOLERANCE = 0.002

# case, size, grade, tone, then as printed: T, V, k_sw, k_LR, k*, k_sw at κ .35 (None: not printed)
TABLE = [
    ("adult MRC 0", ADULT, "0", None, (0.0, 0.0, 1.120, 1.050, 1.120, 0.608)),
    ("adult MRC 2", ADULT, "2", None, (None, 0.213, 1.067, 1.029, 1.067, 0.555)),
    ("adult MRC 3", ADULT, "3", None, (None, 1.595, 0.722, 0.891, 0.891, 0.210)),
    ("adult MRC 4", ADULT, "4", None, (None, 4.784, 0.0, 0.572, 0.572, 0.0)),
    ("adult MRC 5", ADULT, "5", None, (None, 10.630, 0.0, 0.0, 0.0, 0.0)),
    ("adult MRC 0, MAS 2", ADULT, "0", "2", (None, 0.0, 1.538, 1.050, 1.538, 0.754)),
    ("child MRC 0", CHILD, "0", None, (None, 0.0, 0.328, 0.325, 0.328, 0.192)),
    ("child MRC 2", CHILD, "2", None, (None, 0.057, 0.314, 0.319, 0.319, 0.178)),
    ("child MRC 3", CHILD, "3", None, (None, 0.424, 0.222, 0.283, 0.283, 0.086)),
    ("child MRC 4", CHILD, "4", None, (None, 1.271, 0.010, 0.198, 0.198, 0.0)),
]


def prescribed(size: tuple[float, float], grade: str, tone: str | None) -> Prescription:
    examination = {"dorsiflexor_mmt": grade} | ({} if tone is None else {"spasticity_mas": tone})
    return prescribe(
        person_from_mapping(
            {
                "person": {"mass_kg": size[0], "height_mm": size[1], "side": "left"},
                "examination": examination,
            }
        )
    )


def figures(met: Prescription) -> tuple[float, ...]:
    swing, loading = met.by_goal
    torque = met.strength.torque_nm
    slack = dict(swing.at)["kappa 0.35"]
    return torque, 0.3 * torque, swing.value, loading.value, met.target_stiffness, slack


def main() -> int:
    heads = ("T", "V", "k_sw", "k_LR", "k*", "k_sw .35")
    print(f"{'computed / printed':20s}" + "".join(f"{head:>17s}" for head in heads), end="")
    print("   90 % interval   status")
    worst = 0.0
    for name, size, grade, tone, printed in TABLE:
        met = prescribed(size, grade, tone)
        cells = []
        for found, known in zip(figures(met), printed, strict=True):
            worst = max(worst, abs(found - known) if known is not None else 0.0)
            cells.append(f"{found:8.4f} / {'' if known is None else f'{known:.3f}':6s}")
        interval = f"{met.interval.low:.2f} to {met.interval.high:.2f}"
        print(f"{name:20s}{''.join(cells)}   {interval:13s}   {met.status.name.lower()}")
    for size, grade, tone in ((ADULT, "0", None), (ADULT, "0", "2"), (CHILD, "0", None)):
        limits = prescribed(size, grade, tone).limits
        values = ", ".join(f"{x.name} {x.value:.3f} of {x.limit:.3f} {x.unit}" for x in limits)
        print(f"limits at {size[0]:g} kg, MAS {tone or 'not examined'}: {values}")
    print(f"largest difference {worst:.4f} (allowed {TOLERANCE})")
    return 0 if worst <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
