"""Handling: what a material brings beside its mechanics: skin, shrinkage, finishes, price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from afo_designer.geometry.refusal import InputRefused

AS_PRINTED = "as_printed"
# A finish may change a wall by this much and no more, mm: a slip of unit falls outside.
MOST_CHANGE_MM = 0.5


class HandlingRefused(InputRefused):
    """What a material's file says beside its constants cannot be used."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with its source; `verified`: it was read there and not recalled."""

    text: str
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Biocompatibility:
    """What is stated of the material on skin, by whom, and what that does not cover."""

    statement: Statement
    not_covered: str


@dataclass(frozen=True, slots=True)
class Finish:
    """A named finish and by how much it changes a wall, both faces together; negative: thinner."""

    name: str
    finish_thickness_change_mm: float
    source: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Handling:
    """`price_eur_per_kg`: of the powder, filament or sheet, None where nobody said."""

    biocompatibility: Biocompatibility
    shrinkage: Statement
    finishes: tuple[Finish, ...]
    price_eur_per_kg: float | None
    price_source: str

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Handling:
        """From the table `handling` of a material's file. Raises `HandlingRefused`."""
        try:
            skin, price = mapping["biocompatibility"], mapping.get("price_eur_per_kg")
            return cls(
                Biocompatibility(_statement(skin), str(skin["not_covered"])),
                _statement(mapping["shrinkage"]),
                tuple(_finish(name, table) for name, table in mapping["finishes"].items()),
                None if price is None else _number("price_eur_per_kg", price["value"], 0.0, 5000.0),
                "" if price is None else str(price["source"]),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise HandlingRefused(
                "The material's handling must give biocompatibility (text, not_covered, source, "
                "verified), shrinkage (text, source, verified) and finishes "
                f"(finish_thickness_change_mm, source, verified each); wrong: {error}."
            ) from None

    def finish(self, name: str, material: str) -> Finish:
        """A finish by name; `as_printed` changes nothing. Raises `HandlingRefused`."""
        if name == AS_PRINTED:
            return Finish(AS_PRINTED, 0.0, "by definition", True)
        for one in self.finishes:
            if one.name == name:
                return one
        known = ", ".join([AS_PRINTED, *(one.name for one in self.finishes)])
        raise HandlingRefused(
            f"printing.finish is {name!r}, but {material} has no such finish; it may be {known}."
        )


NOTHING_SAID = Handling(
    Biocompatibility(
        Statement("Nothing is stated of this material on skin.", "none", False), "everything"
    ),
    Statement("Nothing is stated of its shrinkage.", "none", False),
    (),
    None,
    "",
)


def _statement(table: Mapping[str, Any]) -> Statement:
    return Statement(str(table["text"]), str(table["source"]), bool(table["verified"]))


def _finish(name: str, table: Mapping[str, Any]) -> Finish:
    change = _number(
        f"finishes.{name}.finish_thickness_change_mm",
        table["finish_thickness_change_mm"],
        -MOST_CHANGE_MM,
        MOST_CHANGE_MM,
    )
    return Finish(name, change, str(table["source"]), bool(table["verified"]))


def _number(key: str, value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise HandlingRefused(f"The material's {key} is {value!r}; it may be {low:g} to {high:g}.")
    return float(value)
