"""Catalogue: the templates and materials that come with the package, or a file of one's own."""

from __future__ import annotations

import difflib
import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from afo_designer.design.preset import Preset
from afo_designer.design.printing.machine import Machine
from afo_designer.design.template import Template
from afo_designer.geometry.refusal import InputRefused
from afo_designer.mechanics.material import Material
from afo_designer.runs.program import catalogue_folder

DEFAULT_TEMPLATE = "posterior_leaf_spring"
DEFAULT_MATERIAL = "pa12_mjf"


class CatalogueRefused(InputRefused):
    """A template or material that does not exist or cannot be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A catalogue file: its name, path and the SHA-256 of its bytes."""

    name: str
    path: Path
    sha256: str


def template_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in catalogue_folder().glob("*.toml")))


def material_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (catalogue_folder() / "materials").glob("*.toml")))


def preset_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (catalogue_folder() / "presets").glob("*.toml")))


def load_template(name: str) -> tuple[Template, Entry]:
    """A template by name, or by the path of a TOML file."""
    entry = _entry(name, catalogue_folder(), template_names(), "template")
    return Template.from_mapping(entry.name, read_toml(entry.path)), entry


def load_material(name: str) -> tuple[Material, Entry]:
    """A material by name, or by the path of a TOML file."""
    entry = _entry(name, catalogue_folder() / "materials", material_names(), "material")
    return Material.from_mapping(read_toml(entry.path)), entry


def machine_names() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (catalogue_folder() / "machines").glob("*.toml")))


def load_machines() -> tuple[Machine, ...]:
    """Every machine of the catalogue, in the order of their files' names."""
    paths = [(name, catalogue_folder() / "machines" / f"{name}.toml") for name in machine_names()]
    return tuple(Machine.from_mapping(name, read_toml(path)) for name, path in paths)


def machines_digest() -> str:
    """SHA-256 over the machines' files in the order of their names."""
    files = [catalogue_folder() / "machines" / f"{name}.toml" for name in machine_names()]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def load_preset(name: str) -> tuple[Preset, Entry]:
    """A set of cast modifications by name, or by the path of a TOML file."""
    entry = _entry(
        name, catalogue_folder() / "presets", preset_names(), "set of cast modifications"
    )
    return Preset.from_mapping(entry.name, read_toml(entry.path)), entry


def is_file(name: str | None) -> bool:
    """Whether a name is the path of a TOML file, and none of the catalogue's."""
    return name is not None and name.endswith(".toml")


def _entry(name: str, folder: Path, known: tuple[str, ...], kind: str) -> Entry:
    path = Path(name) if is_file(name) else folder / f"{name}.toml"
    if not is_file(name) and name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise CatalogueRefused(f"There is no {kind} {name!r}; known: {', '.join(known)}.{hint}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CatalogueRefused(
            f"The {kind} file {name} cannot be read: {error.strerror}."
        ) from None
    return Entry(path.stem, path, hashlib.sha256(content).hexdigest())


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file. Raises `CatalogueRefused` with the place where it cannot be read."""
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise CatalogueRefused(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CatalogueRefused(f"{path} is not a text file in UTF-8.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise CatalogueRefused(f"{path} is not valid TOML: {error}.") from None
