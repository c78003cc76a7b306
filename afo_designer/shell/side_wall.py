"""Side walls of the foot: their height over x, and the flare of their upper edge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.interpolate import PchipInterpolator

from afo_designer.cast.positive import PositiveModel
from afo_designer.geometry.array import FloatArray
from afo_designer.geometry.blend import smoothstep
from afo_designer.shell.chart import Chart, offset_surface
from afo_designer.shell.outline import Outline
from afo_designer.shell.parameters import ShellParameters

# The flare begins this share of the wall's height below its edge, and no more than so far. Where
# the way is shorter it is less, by the square, so that its bend is the same: 5.8 flare / way²,
# a radius of 7 mm for the largest ([D]; a wall of 3 mm then has h κ = 0.4).
SHARE, LONGEST_MM = 0.6, 14.0
# It fades in along the foot over this length.
FADE_MM = 24.0


def wall_profile(
    positive: PositiveModel, outline: Outline, parameters: ShellParameters
) -> FloatArray:
    """(k, 2): x and height z of the side walls' edge, from heel cup or midfoot to their end."""
    foot_length, end = positive.limb.foot_length, outline.wall_end
    wall, sole = parameters.footplate.wall_height_mm, positive.plate.level
    profile = [
        (min(0.48 * foot_length, end - 0.16 * foot_length), wall),
        (end - 0.08 * foot_length, sole + 0.75 * (wall - sole)),
        (end, sole + 2.0),
    ]
    if parameters.leaf.edge == "width":
        profile.insert(0, (0.16 * foot_length, parameters.heel.wall_height_mm))
    return np.array(profile)


def flared_walls(
    positive: PositiveModel, chart: Chart, outline: Outline, parameters: ShellParameters
) -> Chart:
    """The chart with the upper edge of the foot's side walls bent outwards; the same for none."""
    flare = parameters.footplate.flare_mm
    if flare == 0.0:
        return chart
    profile = wall_profile(positive, outline, parameters)
    edge = PchipInterpolator(*profile.T)
    first, last = float(profile[0, 0]), float(profile[-1, 0])
    sole = positive.plate.level

    def outwards(s: FloatArray, theta: FloatArray) -> FloatArray:
        x, _, z = np.moveaxis(chart.surface.grid(s.ravel(), theta.ravel()), -1, 0)
        top = edge(np.clip(x, first, last)) - sole
        reach = np.minimum(SHARE * top, LONGEST_MM)
        rise = smoothstep((z - sole - top + reach) / reach) * (reach / LONGEST_MM) ** 2
        along = smoothstep((x - first) / FADE_MM) * smoothstep((last + FADE_MM - x) / FADE_MM)
        return np.asarray(flare * rise * along)

    return replace(chart, surface=offset_surface(chart, outwards))
