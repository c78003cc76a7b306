"""Template: a family of orthoses as trim and thickness on the same chart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from afo_designer.design.parameters import Chosen, DesignParameters
from afo_designer.geometry.refusal import InputRefused

TEXTS = ("title", "family", "classification", "indication", "limits")


class TemplateRefused(InputRefused):
    """A template file that cannot be used."""


@dataclass(frozen=True, slots=True)
class Template:
    """`name` is the file's; `chosen` the defaults with the template's own values set."""

    name: str
    title: str
    family: str
    classification: str
    indication: str
    limits: str
    chosen: Chosen

    @classmethod
    def from_mapping(cls, name: str, mapping: Mapping[str, Any]) -> Template:
        """A template from its parsed TOML: five texts and a table `set` of dotted keys.

        Raises `TemplateRefused` for unknown or missing keys, `ParameterRefused` for values.
        """
        unknown = sorted(set(mapping) - {*TEXTS, "set"})
        missing = [key for key in TEXTS if not isinstance(mapping.get(key), str)]
        if unknown or missing:
            what = f"has an unknown key {unknown[0]!r}" if unknown else f"lacks {missing[0]!r}"
            raise TemplateRefused(f"Template {name!r} {what}; it holds {', '.join(TEXTS)}, set.")
        texts = {key: mapping[key] for key in TEXTS}
        table = mapping.get("set", {})
        if not isinstance(table, Mapping):
            raise TemplateRefused(
                f"Template {name!r}: set is {table!r}; it is a table of parameters."
            )
        values = flat(table)
        chosen = Chosen(DesignParameters(), {}).with_values(values, "template")
        return cls(name=name, chosen=chosen, **texts)


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested tables as dotted keys."""
    found: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found
