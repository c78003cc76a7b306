"""How stiff is a leaf of this wall, this width and this material? A map through the Python API.

Run it as `python examples/04_stiffness_map.py`: 96 variants of the demonstration's leaf, about two
minutes on one core; `--few` takes 8. It draws `stiffness_map.png` into `outputs/`, or where `-o`
says, and asserts what beam theory says: stiffness is proportional to the modulus, and grows with a
power of the wall between 2 and 3 (a flat strip would have 3).
"""

# %% A study
# What `afo sweep` reads from a file may be built as a mapping as well. A grid takes every
# combination of the factors' levels; walls stay as they are set because `tuned` is false.

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from afo_designer.runs.catalogue import load_material
from afo_designer.runs.sweep.run import compute_study
from afo_designer.runs.sweep.study import study_from_mapping

parser = argparse.ArgumentParser(description="A stiffness map of a leaf.")
parser.add_argument("--few", action="store_true", help="the corners of the map alone")
parser.add_argument("-o", "--output", type=Path, default=Path("outputs"))
asked = parser.parse_args()

WALL, WIDTH = "shell.leaf.thickness_mm", "shell.leaf.width_mm"
STIFFNESS, TARGET = "stiffness.plantarflexion", "prescription.target_stiffness_nm_per_deg"
materials = ["pa12_mjf", "pa11"] if asked.few else ["pa12_mjf", "pa11", "pa12_cf"]
study = study_from_mapping(
    {
        "base": {"scan": "demo_limb.ply", "person": "demo_person.toml"},
        "factors": {
            WALL: {"low": 5.0, "high": 10.0, "levels": 2 if asked.few else 8},
            WIDTH: {"low": 36.0, "high": 60.0, "levels": 2 if asked.few else 4},
            "material": materials,
        },
        "plan": {"kind": "grid"},
        "responses": {"keep": [STIFFNESS, TARGET, "print.mass_g"]},
    },
    Path(__file__).parents[1] / "scans",
)
print(f"{study.variants} variants: {', '.join(factor.key for factor in study.factors)}")

# %% Computing it
# In this process, one after the other: the limb is read once, the cast made once, the chart once;
# a wall of another material shares its mesh. `run_sweep` would do it in isolated jobs side by side.

found = compute_study(study)
walls, widths = (np.unique(found.table.numbers(key)) for key in (WALL, WIDTH))
shape = (len(walls), len(widths), len(materials))
stiffness = found.table.numbers(STIFFNESS).reshape(shape)
mass = found.table.numbers("print.mass_g").reshape(shape)
target = found.table.numbers(TARGET)[0]

# %% What came out

for k, name in enumerate(materials):
    map_of = stiffness[:, :, k]
    at = np.unravel_index(np.argmin(np.abs(np.log(map_of / target))), map_of.shape)
    print(
        f"{name}: {map_of.min():.3f} to {map_of.max():.3f} N·m/deg; prescribed {target:.3f}, "
        f"achieved {map_of[at]:.3f} by a wall of {walls[at[0]]:.2f} mm, {widths[at[1]]:.0f} mm "
        f"wide, {mass[*at, k]:.0f} g"
    )

moduli = np.array([load_material(name)[0].youngs_modulus_mpa for name in materials])
layered = [load_material(name)[0].layered for name in materials]
for k in range(1, len(materials)):
    if not (layered[0] or layered[k]):  # the shape is the same, Poisson's ratio nearly
        share = stiffness[:, :, k] / stiffness[:, :, 0]
        assert np.abs(share / (moduli[k] / moduli[0]) - 1.0).max() < 0.03
power = np.log(stiffness[-1] / stiffness[0]) / np.log(walls[-1] / walls[0])
print(f"stiffness grows with the wall to the power {power.min():.2f} to {power.max():.2f}")
assert power.min() > 2.0
assert power.max() < 3.1

# %% The map
# The prescribed stiffness is a line on it: any wall and width on that line would do.

figure = Figure(figsize=(3.1 * len(materials), 3.4), layout="constrained")
grid = figure.subplots(1, len(materials), squeeze=False, sharey=True)[0]
levels = np.geomspace(stiffness.min(), stiffness.max(), 13)
for k, axes in enumerate(grid):
    filled = axes.contourf(widths, walls, stiffness[:, :, k], levels, cmap="viridis")
    if stiffness[:, :, k].min() < target < stiffness[:, :, k].max():
        line = axes.contour(widths, walls, stiffness[:, :, k], [target], colors="white")
        axes.clabel(line, fmt=f"prescribed {target:.2f}", fontsize=8)
    axes.set_title(materials[k], fontsize=10)
    axes.set_xlabel("width of the leaf [mm]")
grid[0].set_ylabel("wall of the leaf [mm]")
bar = figure.colorbar(filled, ax=list(grid), format="%.2f")
bar.set_label("stiffness [N·m/deg]")
asked.output.mkdir(parents=True, exist_ok=True)
figure.savefig(asked.output / "stiffness_map.png", dpi=120)
print(asked.output / "stiffness_map.png")
