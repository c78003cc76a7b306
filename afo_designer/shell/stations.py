"""Stations: the places along the spine that anatomy gives names to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.refusal import InputRefused
from afo_designer.shell.chart import Chart
from afo_designer.shell.outline import Outline
from afo_designer.shell.parameters import Calf, ShellParameters

# Material kept between the proximal trim and the end of a usable scan.
TOP_MARGIN_MM = 6.0
# A leaf starts to widen into the heel cup this share of the foot length above the cup's walls:
# lower makes a notch there (measured on one leaf: peak stress +20 % at half of it).
LEAF_ROOT = 0.18
# The leaf has its full narrowness this far above the malleoli (mm) or more.
LEAST_ABOVE_ANKLE_MM = 10.0
# Shares of the height above the malleoli that are band and taper where the shell ends there: the
# lower quarter leaves the apices and their reliefs free of the cuff (engineering choice).
BAND_SHARE, TAPER_SHARE = 0.5, 0.25


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

    ankle = spine.station_of(positive.ankle_centre)
    if calf.proximal == "above_malleoli":
        top, band, leaf = _above_malleoli(positive, chart, calf)
    else:
        top, band, leaf = _below_knee(positive, chart, calf, ankle)

    s = np.linspace(bottom_of_shank - 40.0, spine.corner[1], 400)
    back = chart.point(s, np.zeros_like(s))
    root_height = parameters.heel.wall_height_mm + LEAF_ROOT * positive.limb.foot_length
    behind = s[np.flatnonzero(back[:, 2] > root_height)]
    root = float(behind[-1]) if len(behind) else bottom_of_shank
    sole = float(s[np.argmax(back[:, 0] > 0.14 * positive.limb.foot_length)])
    heads = spine.station_of(np.array([positive.plate.bend_start, 0.0, 0.0]))
    end = spine.station_of(np.array([outline.front, 0.0, 0.0]))
    return Stations(top, band, leaf, ankle, root, sole, heads, end)


def _below_knee(
    positive: PositiveModel, chart: Chart, calf: Calf, ankle: float
) -> tuple[float, float, float]:
    """(top, band, leaf) of an orthosis that reaches to below the fibular head."""
    top = TOP_MARGIN_MM
    if "fibular_head" in positive.landmarks:
        fibular_head = positive.landmarks.position("fibular_head")
        below = fibular_head - calf.top_below_fibular_head_mm * positive.shank_axis
        top = max(top, chart.spine.station_of(below))
    band = top + calf.band_height_mm
    leaf = band + calf.taper_mm
    if leaf > ankle - LEAST_ABOVE_ANKLE_MM:
        need = calf.band_height_mm + calf.taper_mm + LEAST_ABOVE_ANKLE_MM
        raise StationsRefused(
            f"The shank between proximal trim and malleoli is {ankle - top:.0f} mm long, but the "
            f"calf band ({calf.band_height_mm:.0f} mm) and its taper ({calf.taper_mm:.0f} mm) need "
            f"{need:.0f} mm. Scan the leg up to the knee, or shorten shell.calf.band_height_mm, "
            "shell.calf.taper_mm or shell.calf.top_below_fibular_head_mm "
            f"({calf.top_below_fibular_head_mm:.0f} mm) by {need - ankle + top:.0f} mm together."
        )
    return top, band, leaf


def _above_malleoli(
    positive: PositiveModel, chart: Chart, calf: Calf
) -> tuple[float, float, float]:
    """(top, band, leaf) of an orthosis that ends above the malleoli.

    Band and taper keep within their shares of the room above the higher apex.
    """
    apices = [positive.landmarks.position(f"{name}_malleolus") for name in ("lateral", "medial")]
    apex = min(chart.spine.station_of(one) for one in apices)
    top = apex - calf.top_above_malleoli_mm
    if top < TOP_MARGIN_MM:
        raise StationsRefused(
            f"shell.calf.top_above_malleoli_mm is {calf.top_above_malleoli_mm:.0f} mm, but the "
            f"scan shows only {max(apex - TOP_MARGIN_MM, 0.0):.0f} mm of the shank above the "
            "malleoli. Scan higher, or lower it."
        )
    band = top + min(calf.band_height_mm, BAND_SHARE * calf.top_above_malleoli_mm)
    leaf = band + min(calf.taper_mm, TAPER_SHARE * calf.top_above_malleoli_mm)
    return top, band, leaf
