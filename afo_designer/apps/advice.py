"""Advice: a prescription in the terminal, plain words first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Console


def say_prescription(record: Mapping[str, Any], out: Console) -> None:
    """Outcome, target and interval, the goals apart, limits, what was assumed and not examined."""
    one = record["prescription"]

    def line(text: str, style: str | None = None) -> None:
        out.print(text, style=style, markup=False)

    line(f"{one['status'].capitalize()}.", "bold")
    interval = one["interval_nm_per_deg"]
    line(
        f"Target stiffness {one['target_stiffness_nm_per_deg']:.2f} N·m/deg "
        f"({100 * interval['coverage']:.0f} % interval {interval['low']:.2f} to "
        f"{interval['high']:.2f}); neutral angle {one['neutral_angle_deg']:g} deg; "
        f"shank to vertical in the shoe {one['shank_to_vertical_angle_deg']:.1f} deg."
    )
    for goal, part in one["by_goal"].items():
        line(f"  {goal.replace('_', ' ')} alone: {part['value_nm_per_deg']:.2f} N·m/deg")
    for stop in one["stops"]:
        line(f"Stop: {stop['message']} Ways out: {'; '.join(stop['ways_out'])}.", "red")
    for limit in one["limits"]:
        line(
            f"  limit {limit['name']}: {limit['value']:.2f} of {limit['limit']:.2f} "
            f"{limit['unit']}: {limit['verdict']}"
        )
    for warning in one["warnings"]:
        line(f"Note: {warning}", "yellow")
    for family, advice in one["families"].items():
        suited = "suited" if advice["suited"] else "not advised"
        reasons = f": {'; '.join(advice['reasons'])}" if advice["reasons"] else ""
        line(f"  family {family}: {suited}{reasons}")
    line("Assumptions:")
    for item in one["basis"]:
        value = f"{item['value']} {item['unit']}"
        line(f"  {item['name']}: {value} [{item['status']}] {item['source']}")
    line("An engineering estimate: no published formula turns dorsiflexor weakness into stiffness.")
