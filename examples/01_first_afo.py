"""A first ankle-foot orthosis, step by step through the Python interface.

Run it as `python examples/01_first_afo.py`. It takes about half a minute, writes nothing, and
asserts the one number that everything is about: the stiffness that was prescribed.
"""

# %% A leg
# Somebody's scan would come from `afo_designer.runs.reading.read_limb`. Here a leg is generated:
# a man of 46 years, 1.70 m and 70 kg, his left foot hanging 18° plantarflexed, as it does when
# the muscles that lift it are weak. The generator knows the true landmarks, but they are not
# told: like any scan it has to be found in space first.

from pathlib import Path

import numpy as np

from afo_designer.design.pipeline import design_afo
from afo_designer.limb.generator import LimbShape, generate_limb
from afo_designer.limb.locate import locate_limb
from afo_designer.limb.scan import Scan
from afo_designer.runs.catalogue import load_material, load_template
from afo_designer.runs.reading import read_person

leg = generate_limb(LimbShape(ankle_angle_deg=-18.0, triangles=20000.0))
limb = locate_limb(Scan(leg.mesh, "generated", "none", "mm", "declared", 1.0))
print(
    f"{limb.side} leg, foot {limb.foot_length:.0f} mm, ankle {np.degrees(limb.ankle_angle):.0f} deg"
)

# %% A person
# What a prescriber knows: body, examination, shoe. Dorsiflexors of MRC grade 3 lift the foot
# against gravity, but no more.

person = read_person(Path(__file__).parents[1] / "scans" / "demo_person.toml")

# %% An orthosis
# A family is a template: a trim and a thickness. The material decides what stiffness its walls
# give. `fast` keeps to the linear bench; otherwise it is run in large rotations as well.

template, _ = load_template("posterior_leaf_spring")
material, _ = load_material("pa12_mjf")
design = design_afo(limb, person, template, template.chosen, material, fast=True)

# %% What came out
# The prescription turned the missing strength into a stiffness, and tuning found the wall (and,
# where that was not enough, the width) of the leaf that has it on the virtual bench.

stiffness, leaf = design.stiffness, design.shell.parameters.leaf
print(f"prescribed {stiffness.target:.3f} N·m/deg, achieved {stiffness.plantarflexion:.3f}")
print(f"leaf {leaf.thickness_mm:.2f} mm thick, {leaf.width_mm:.1f} mm wide")
print(f"{stiffness.tuned.solves} solves; status: {design.status}")
for check in design.checks:
    if check.verdict != "pass":
        print(f"  {check.verdict}: {check.id}: {check.message}")

assert abs(stiffness.plantarflexion / stiffness.target - 1.0) < 0.02

# %% The part
# The same surface, closed to a body with rounded edges: ready for an STL file.

part = design.part
mass = part.volume * material.density_g_per_cm3 / 1000.0
print(f"part: {len(part.triangles)} triangles, closed: {part.is_closed}, {mass:.0f} g")
assert part.is_closed
