"""Edge: the radius asked for, and the one that the wall lets an edge have."""

from __future__ import annotations

from afo_designer.geometry.refusal import InputRefused
from afo_designer.geometry.rounding import rounding_radius
from afo_designer.shell.parameters import ShellParameters

# A smaller rounding is none to a finger, and finer than any printer ([D]).
LEAST_RADIUS_MM = 0.3


class EdgeRefused(InputRefused):
    """An edge's radius that cannot be made."""


def checked_edge(parameters: ShellParameters) -> None:
    """Raises `EdgeRefused` for a radius too small to be made."""
    radius = parameters.edge.radius_mm
    if 0.0 < radius < LEAST_RADIUS_MM:
        raise EdgeRefused(
            f"shell.edge.radius_mm is {radius:g}; an edge can be rounded with {LEAST_RADIUS_MM:g} "
            "mm or more, or half round with 0."
        )


def edge_notes(parameters: ShellParameters, least_wall_mm: float) -> tuple[str, ...]:
    """What has to be said where the wall at an edge is too thin for the radius asked for."""
    asked = parameters.edge.radius_mm
    made = float(rounding_radius(0.5 * least_wall_mm, asked))
    if asked == 0.0 or made > 0.99 * asked:
        return ()
    return (
        f"shell.edge.radius_mm = {asked:g} needs a wall of {2.0 * asked:.1f} mm and more; where "
        f"the edge is thinner it is nearly half round, down to {made:.2f} mm at its thinnest "
        f"({least_wall_mm:.2f} mm).",
    )
