"""A printed part's stiffness from three walls, against the shell formed with that wall.

    python benchmarks/printed_part.py FOLDER

FOLDER: a finished design. Its calf band, leaf and footplate are made thicker and thinner together
by tenths of a millimetre (grades, ribs and bumps as they are), the shell is meshed and solved anew,
in large rotations unless the design was made with --fast, and `design.as_built` is given its walls
at the critical points only.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from afo_designer.design.as_built import Measurement, as_built
from afo_designer.design.pipeline import check_out, tuned_again
from afo_designer.design.tuned_shell import stiffness_towards
from afo_designer.runs.shell_file import read_shell

CHANGES_MM = (-0.5, -0.3, -0.1, 0.1, 0.3, 0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    formed = read_shell((folder / "shell.npz").read_bytes())
    design = check_out(formed)
    nominal = design.stiffness
    assert nominal is not None
    print(f"nominal {nominal.achieved:.4f} N·m/deg in {nominal.way}")
    print("change mm   formed anew   from the walls   difference %")
    field, stations = formed.shell.thickness, np.array([one.station for one in design.critical])
    for change in CHANGES_MM:
        shell = replace(formed.shell, thickness=replace(field, levels=field.levels + change))
        again = tuned_again(replace(formed, shell=shell), design.bench)
        assert again is not None
        wanted = again.linear.stiffness
        if again.run is not None:
            wanted = stiffness_towards(again.run, nominal.way)
        theta = 0.5 * np.sum(shell.trim.sides(stations), axis=0)
        walls = shell.thickness(stations, theta) + shell.finish_mm
        spring = as_built(design, Measurement(tuple(map(float, walls)))).spring
        assert spring is not None
        error = 100.0 * (spring.achieved / wanted - 1.0)
        print(f"{change:+9.1f}   {wanted:11.4f}   {spring.achieved:14.4f}   {error:+12.2f}")


if __name__ == "__main__":
    main()
