"""Stations: the places along the spine that anatomy gives names to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.refusal import InputRefused
from afo_designer.shell.chart import Chart
from afo_designer.shell.outline import Outline
from afo_designer.shell.parameters import ShellParameters

# Material kept between the proximal trim and the end of a usable scan.
TOP_MARGIN_MM = 6.0
# A leaf starts to widen into the heel cup this share of the foot length above the cup's walls:
# lower makes a notch there (measured on one leaf: peak stress +20 % at half of it).
LEAF_ROOT = 0.18


class StationsRefused(InputRefused):
    """The limb is too short, or cut too low, for the orthosis asked for."""


@dataclass(frozen=True, slots=True)
class Stations:
    """s (mm) of the named places, proximal to distal.

    `top` the proximal trim, `band` the lower end of the calf band, `leaf` where the leaf has its
    full narrowness, `ankle` the malleolar height, `root` where the leaf widens into the heel cup,
    `sole` where the footplate begins, `heads` the metatarsal heads, `end` the tip of the plate.
    """

    top: float
    band: float
    leaf: float
    ankle: float
    root: float
    sole: float
    heads: float
    end: float


def place_stations(
    positive: PositiveModel, chart: Chart, parameters: ShellParameters, outline: Outline
) -> Stations:
    """The stations of a charted limb; refuses a scan that ends below the calf band."""
    spine, calf = chart.spine, parameters.calf
    bottom_of_shank = spine.corner[0]
    up = positive.shank_axis

    top = TOP_MARGIN_MM
    if "fibular_head" in positive.landmarks:
        fibular_head = positive.landmarks.position("fibular_head")
        wanted = spine.station_of(fibular_head - calf.top_below_fibular_head_mm * up)
        top = max(top, wanted)
    band = top + calf.band_height_mm
    ankle = spine.station_of(positive.ankle_centre)
    leaf = band + calf.taper_mm
    if leaf > ankle - 10.0:
        need = calf.band_height_mm + calf.taper_mm + 10.0
        raise StationsRefused(
            f"The shank between proximal trim and malleoli is {ankle - top:.0f} mm long, but the "
            f"calf band ({calf.band_height_mm:.0f} mm) and its taper ({calf.taper_mm:.0f} mm) need "
            f"{need:.0f} mm. Scan the leg up to the knee, or shorten calf.band_height_mm or "
            "calf.taper_mm."
        )

    s = np.linspace(bottom_of_shank - 40.0, spine.corner[1], 400)
    back = chart.point(s, np.zeros_like(s))
    root_height = parameters.heel.wall_height_mm + LEAF_ROOT * positive.limb.foot_length
    behind = s[np.flatnonzero(back[:, 2] > root_height)]
    root = float(behind[-1]) if len(behind) else bottom_of_shank
    sole = float(s[np.argmax(back[:, 0] > 0.14 * positive.limb.foot_length)])
    heads = spine.station_of(np.array([positive.plate.bend_start, 0.0, 0.0]))
    end = spine.station_of(np.array([outline.front, 0.0, 0.0]))
    return Stations(top, band, leaf, ankle, root, sole, heads, end)
