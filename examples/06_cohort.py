"""A hundred people, from their weakness to their orthosis: what a clinic would be asked for.

Run it as `python examples/06_cohort.py`: 100 generated people, a quarter of an hour on two cores;
`--people N` takes fewer. Legs come from the generator of synthetic limbs (nobody's scan, and a
population of this project's own choice), examinations are drawn: the plots answer questions about
this program, not about an epidemiology. Everything goes to `outputs/cohort`, or where `-o` says;
the same command again goes on where it was broken off.
"""

# %% People
# A patient of the generator has age, sex, body, a foot that hangs and perhaps a deformity. What was
# measured at the clinic stands in a person file: here the grade of the dorsiflexors is drawn.

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from afo_designer.geometry.parameter import with_value
from afo_designer.limb.generator import generate_limb
from afo_designer.limb.population import patient
from afo_designer.runs.batch import Settings
from afo_designer.runs.orders_person import person_toml
from afo_designer.runs.sweep.run import run_sweep
from afo_designer.runs.sweep.study import study_from_mapping
from afo_designer.runs.synthetic import write_limb

parser = argparse.ArgumentParser(description="A cohort from weakness to design.")
parser.add_argument("--people", type=int, default=100)
parser.add_argument("--few", action="store_true", help="one of them")
parser.add_argument("--workers", type=int, default=2)
parser.add_argument("-o", "--output", type=Path, default=Path("outputs"))
asked = parser.parse_args()

GRADES = ("0", "1", "2", "3", "4-", "4")
folder = asked.output / "cohort"
people = folder / "people"
people.mkdir(parents=True, exist_ok=True)
random = np.random.default_rng(1)
grades, masses, scans, files = [], [], [], []
for number in range(1 if asked.few else asked.people):
    shape = with_value(patient(number), "triangles", 20000.0)
    grades.append(GRADES[random.integers(len(GRADES))])
    masses.append(shape.mass_kg)
    scan, file = people / f"{number:03d}.ply", people / f"{number:03d}.toml"
    if not scan.exists():
        write_limb(generate_limb(shape), scan)
    person = {
        "age_years": shape.age_years,
        "sex": shape.sex,
        "height_mm": shape.height_mm,
        "mass_kg": shape.mass_kg,
        "side": shape.side,
    }
    file.write_text(
        person_toml({"person": person, "examination": {"dorsiflexor_mmt": grades[-1]}}), "utf-8"
    )
    scans.append(scan.name)
    files.append(file.name)

# %% A study
# A list plan takes the lists row by row: this scan with this person. With `tuned` the wall, and
# where that is not enough the width, is solved for the stiffness that was prescribed.

KEEP = {
    "target": "prescription.target_stiffness_nm_per_deg",
    "stiffness": "stiffness.plantarflexion",
    "wall": "parameters.shell.leaf.thickness_mm",
    "width": "parameters.shell.leaf.width_mm",
    "mass": "print.mass_g",
    "factor": "loadcases.push_off.safety_factor",
}
mapping = {
    "base": {"tuned": True},
    "factors": {"scan": scans, "person": files},
    "plan": {"kind": "list"},
    "responses": {"keep": list(KEEP.values())},
}
study = study_from_mapping(mapping, people)
swept = run_sweep(study, folder / "sweep", Settings(asked.workers))
table = swept.findings.table
figures = {name: table.numbers(response) for name, response in KEEP.items()}
served = np.isfinite(figures["stiffness"])

# %% What came out

for scan, outcome in ((one.values["scan"], outcome) for one, outcome in table.rows):
    if outcome.message:
        print(f"  {scan}: {outcome.status}: {outcome.message}")
error = np.abs(figures["stiffness"] / figures["target"] - 1.0)
met = served & (error < 0.02)
print(
    f"{len(served)} people, {int(served.sum())} with a shell; {int(met.sum())} of them achieved "
    f"the prescribed stiffness within 2 % (median error {100.0 * np.median(error[served]):.2f} %)"
)
assert served.any()
assert np.median(error[served]) < 0.02

# %% A plot per question

grade = np.array([GRADES.index(one) for one in grades], dtype=float)
weight = np.array(masses)
questions = {
    "How stiff does the weakness ask for?": ("grade", grade, "target", "prescribed [N·m/deg]"),
    "Which wall gives that stiffness?": ("target", figures["target"], "wall", "wall [mm]"),
    "What does it weigh?": ("body", weight, "mass", "mass of the orthosis [g]"),
    "Does it bear push-off?": ("target", figures["target"], "factor", "safety factor"),
}
LABELS = {"grade": "dorsiflexors, MRC", "target": "prescribed [N·m/deg]", "body": "body [kg]"}
drawn = Figure(figsize=(8.0, 6.4), layout="constrained")
for axes, (question, (kind, across, name, label)) in zip(
    drawn.subplots(2, 2).ravel(), questions.items(), strict=True
):
    up = figures[name]
    axes.plot(across[met], up[met], "o", color="#0072b2", markersize=4, label="as prescribed")
    beyond = served & ~met
    axes.plot(across[beyond], up[beyond], "^", color="#d55e00", markersize=5, label="out of reach")
    axes.set_title(question, fontsize=10)
    axes.set_xlabel(LABELS[kind])
    axes.set_ylabel(label)
    if kind == "grade":
        axes.set_xticks(range(len(GRADES)), GRADES)
    if name == "factor":
        axes.axhline(1.0, color="#222222", linewidth=0.8)
drawn.axes[0].legend(fontsize=8, frameon=False)
drawn.savefig(folder / "cohort.png", dpi=120)
print(folder / "cohort.png")
