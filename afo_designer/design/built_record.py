"""What an inspection leaves in `as_built.json`: the measurement, and what follows from it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from afo_designer.design.as_built import AsBuilt, BuiltMass, BuiltSpring, Measurement
from afo_designer.design.plain import plain


def built_record(built: AsBuilt) -> dict[str, Any]:
    """The figures of a printed part in JSON's own types; None for what was not measured."""
    found = {
        "measured": asdict(built.measurement),
        "walls": [
            {
                "place": wall.point.place,
                "position_mm": wall.point.position,
                "nominal_mm": wall.point.nominal,
                "measured_mm": wall.measured,
            }
            for wall in built.walls
        ],
        "least_wall_mm": built.least_wall,
        "stiffness": None if built.spring is None else _spring(built.spring),
        "mass": None if built.mass is None else _mass(built.mass),
        "fits": built.fits,
        "reasons": reasons(built),
    }
    return dict(plain(found))


def _spring(one: BuiltSpring) -> dict[str, Any]:
    return {
        "way": one.way,
        "plantarflexion": one.plantarflexion,
        "dorsiflexion": one.dorsiflexion,
        "nominal": one.nominal,
        "target": one.target,
        "change_percent": one.change_percent,
        "interval": {
            "low": one.interval.low,
            "high": one.interval.high,
            "coverage": one.interval.coverage,
        },
        "wanted": one.wanted,
        "wanted_within_interval": one.wanted_within,
        "limits": {"low": one.limits[0], "high": one.limits[1], "of": one.whose},
        "fits": one.fits,
    }


def _mass(one: BuiltMass) -> dict[str, Any]:
    return {
        "measured_g": one.measured,
        "nominal_g": one.nominal,
        "accounted_g": one.accounted,
        "error_percent": one.error_percent,
        "fits": one.fits,
    }


def reasons(built: AsBuilt) -> list[str]:
    """What the part is judged by, sentence by sentence."""
    said = []
    spring, mass = built.spring, built.mass
    if spring is not None:
        said += _of_spring(spring)
    said += [
        f"{wall.measured:.2f} mm at {wall.point.place} is below the {built.least_wall:g} mm that "
        "the process makes reliably."
        for wall in built.thin
    ]
    if mass is not None:
        ground = "the measured walls account for" if built.walls else "the nominal part has"
        verdict = "" if mass.fits else ": pores, powder left inside, or another material"
        said.append(
            f"{mass.measured:.1f} g measured, {mass.accounted:.1f} g {ground} "
            f"({_signed(mass.error_percent)} %){verdict}."
        )
    return said


def _of_spring(spring: BuiltSpring) -> list[str]:
    low, high = spring.limits
    verb = "within" if low <= spring.achieved <= high else "outside"
    said = [
        f"{spring.achieved:.2f} N·m/deg in {spring.way} lies {verb} the {low:.2f} to {high:.2f} of "
        f"{spring.whose}; {_signed(spring.change_percent)} % against the nominal stiffness."
    ]
    if not spring.wanted_within:
        said.append(
            f"What is wanted, {spring.wanted:.2f} N·m/deg, lies outside what this part may be, "
            f"{spring.interval.low:.2f} to {spring.interval.high:.2f}."
        )
    return said


def measurement_of(table: dict[str, Any]) -> Measurement:
    """The measurement of an entry. Raises `KeyError`, `TypeError` or `ValueError` for another."""
    known = {**table, "thickness_mm": tuple(float(value) for value in table["thickness_mm"])}
    return Measurement(**known)


def _signed(percent: float) -> str:
    """With its sign to a tenth; nothing is +0.0."""
    return f"{round(percent, 1) + 0.0:+.1f}"
