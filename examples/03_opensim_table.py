"""An orthosis's moment–angle curve, taken to OpenSim or PredSim.

Run it as `python examples/03_opensim_table.py outputs/demo` on a folder that `afo design` made;
without one it takes a curve like the demonstration's. It reads the table with numpy alone, builds
the curve again as a spline, and asserts that this has the stiffness of the design. Where the
`opensim` module is installed, OpenSim's own classes read the table and apply its moment as well.
"""

# %% The table
# A text file: a header up to `endheader`, then a line of names and a row for each angle. The first
# column is called `time` because OpenSim reads no table without one; nothing depends on it.

import math
import sys
import tempfile
from pathlib import Path

import numpy as np
from scipy.interpolate import CubicSpline

from afo_designer.design.handoff import handoff, handoff_notes, handoff_values
from afo_designer.formats.sto import sto_bytes
from afo_designer.mechanics.moment_angle import MomentAngle

folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
if folder is not None and not (folder / "opensim" / "afo_moment_angle.sto").is_file():
    sys.exit(f"{folder} has no opensim/afo_moment_angle.sto: name a folder of `afo design`")
scratch = tempfile.TemporaryDirectory()
if folder is not None:
    path = folder / "opensim" / "afo_moment_angle.sto"
else:
    # Turn from neutral in deg, N·m on the foot: a posterior leaf spring in large rotations.
    turns = [-25.0, -20.0, -15.0, -10.0, -5.0, 0.0, 5.0, 10.0, 15.0, 20.0]
    moments = [25.6, 19.0, 12.9, 7.6, 3.4, 0.0, -2.9, -5.5, -7.7, -9.6]
    one = handoff(MomentAngle(turns, moments), 3.0, "left", (-20, 15))
    path = Path(scratch.name) / "afo_moment_angle.sto"
    notes = handoff_notes(one, linear=False)
    path.write_bytes(sto_bytes("afo_moment_angle", one.columns, notes, handoff_values(one)))

header, body = path.read_text("ascii").split("endheader\n")
values = dict(line.split("=", 1) for line in header.splitlines() if "=" in line)
names, *rows = (line.split("\t") for line in body.splitlines())
table = dict(zip(names, np.array(rows, dtype=float).T, strict=True))
for line in header.splitlines():
    if "=" not in line:
        print(line)

# %% The spring
# Angles in rad on the coordinate ankle_angle_l or ankle_angle_r, dorsiflexion positive. The moment
# is the generalised force on that coordinate: positive lifts the toes. Add it as it stands.

coordinate = values["coordinate"]
angle, moment = table[coordinate], table[f"{coordinate}_moment"]
spring = CubicSpline(angle, moment)

# %% The same stiffness
# The stiffness of a direction is the slope of the straight line that fits the curve best over 10°
# from rest. That of the spline has to be the design's.

rest, reach = float(values["rest_angle_rad"]), math.radians(10.0)
for way, start in (("plantarflexion", rest - reach), ("dorsiflexion", rest)):
    over = np.linspace(start, start + reach, 2001)
    stiffness = -np.polyfit(over, spring(over), 1)[0]
    wanted = float(values[f"{way}_stiffness_nm_per_rad"])
    print(
        f"{way}: wanted {wanted:.2f} N·m/rad ({math.radians(wanted):.3f} N·m/deg), "
        f"achieved {stiffness:.2f}"
    )
    assert abs(stiffness / wanted - 1.0) < 0.01
assert moment[angle < rest].min() > 0.0 > moment[angle > rest].max()

# %% In PredSim
# `WearableDevices/parametricAFO.m` is a spring at rest at ankle_angle 0: give it the stiffness only
# where the rest angle is 0. Otherwise write a function of your own beside it with the polynomial
# below, which is within the error named of the table and must not be used beyond its angles:
#     q = AFO.var_coord('ankle_angle_l');  AFO.addCoordForce(<the polynomial>, 'ankle_angle_l')

print(f"{coordinate} moment, N·m: {values['expression']}")
print(f"within {values['expression_error_nm']} N·m of the table")
polynomial = values["expression"].replace("^", "**")
away = max(abs(eval(polynomial, {"q": q}) - m) for q, m in zip(angle, moment, strict=True))
assert away < float(values["expression_error_nm"]) * 1.01 + 1e-5

# %% In OpenSim
# The same polynomial is what `ExpressionBasedCoordinateForce` takes; a model of one pin joint is
# enough to see that it acts. (Tried with OpenSim 4.6.)

try:
    import opensim
except ImportError:
    print("OpenSim is not installed here: its own reading of the table was not tried.")
else:
    read = opensim.TimeSeriesTable(str(path))
    model, foot = opensim.Model(), opensim.Body("foot", 1.0, opensim.Vec3(0), opensim.Inertia(0.01))
    joint = opensim.PinJoint("ankle", model.getGround(), foot)
    ankle = joint.updCoordinate()
    ankle.setName(coordinate)
    force = opensim.ExpressionBasedCoordinateForce(
        coordinate, read.getTableMetaDataString("expression")
    )
    for part, add in ((foot, model.addBody), (joint, model.addJoint), (force, model.addForce)):
        add(part)
    state = model.initSystem()
    worst = 0.0
    for q, wanted in zip(
        read.getDependentColumn(coordinate).to_numpy(),
        read.getDependentColumn(f"{coordinate}_moment").to_numpy(),
        strict=True,
    ):
        ankle.setValue(state, float(q))
        model.realizeDynamics(state)
        worst = max(worst, abs(force.getRecordValues(state).get(0) - wanted))
    print(f"OpenSim {opensim.GetVersion()}: within {worst:.1e} N·m of the table")
    assert worst < float(values["expression_error_nm"]) + 1e-3
scratch.cleanup()
