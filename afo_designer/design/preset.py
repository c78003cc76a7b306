"""Preset: a set of cast modifications that belongs to a kind of foot, or to one order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from afo_designer.cast.offset import LocalOffset
from afo_designer.design.template import flat
from afo_designer.geometry.refusal import InputRefused

KEYS = ("title", "about", "set", "offset")
OWN = "cast."


class PresetRefused(InputRefused):
    """A file of cast modifications that cannot be used."""


@dataclass(frozen=True, slots=True)
class Preset:
    """`values` by dotted key, all of the cast's; `offsets` in the order they are made."""

    name: str
    title: str
    about: str
    values: Mapping[str, Any]
    offsets: tuple[LocalOffset, ...]

    @classmethod
    def from_mapping(cls, name: str, mapping: Mapping[str, Any]) -> Preset:
        """A preset from its parsed TOML: title, about, table `set`, list `offset`; all optional.

        Raises `PresetRefused` for keys that are not the cast's, `OffsetRefused` for an offset.
        """
        unknown = sorted(set(mapping) - set(KEYS))
        if unknown:
            raise PresetRefused(
                f"Cast file {name!r} has an unknown key {unknown[0]!r}; it holds {', '.join(KEYS)}."
            )
        table, listed = mapping.get("set", {}), mapping.get("offset", [])
        tables = isinstance(listed, Sequence) and all(isinstance(one, Mapping) for one in listed)
        if not isinstance(table, Mapping) or not tables:
            raise PresetRefused(
                f"Cast file {name!r}: set is a table [set.cast…], offset a list of [[offset]]."
            )
        values = flat(table)
        foreign = sorted(key for key in values if not key.startswith(OWN))
        if foreign:
            raise PresetRefused(
                f"Cast file {name!r} sets {foreign[0]!r}; it may set cast.… only: use a template."
            )
        offsets = (LocalOffset.from_mapping(one, number + 1) for number, one in enumerate(listed))
        texts = {key: str(mapping.get(key, "")) for key in ("title", "about")}
        return cls(name, texts["title"] or name, texts["about"], values, tuple(offsets))
