"""The catalogue: everything that ships can be loaded; what does not exist is said."""

import hashlib
from pathlib import Path

import pytest

from afo_designer.geometry.parameter import ParameterRefused
from afo_designer.runs.catalogue import (
    DEFAULT_MATERIAL,
    DEFAULT_TEMPLATE,
    CatalogueRefused,
    load_material,
    load_template,
    material_names,
    read_toml,
    template_names,
)

ROOT = Path(__file__).parents[2]


def test_the_defaults_exist() -> None:
    assert DEFAULT_TEMPLATE in template_names()
    assert DEFAULT_MATERIAL in material_names()


def test_names_are_the_files() -> None:
    folder = ROOT / "templates"
    assert set(template_names()) == {path.stem for path in folder.glob("*.toml")}
    assert set(material_names()) == {path.stem for path in (folder / "materials").glob("*.toml")}


@pytest.mark.parametrize("name", material_names())
def test_every_material_loads_with_its_digest(name: str) -> None:
    material, entry = load_material(name)
    assert entry.sha256 == hashlib.sha256(entry.path.read_bytes()).hexdigest()
    assert material.youngs_modulus_mpa > 0.0
    assert len(material.provenance) > 0


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(CatalogueRefused, match="Did you mean 'semi_solid'"):
        load_template("semisolid")
    with pytest.raises(CatalogueRefused, match="There is no material 'unobtainium'; known: "):
        load_material("unobtainium")


def test_a_name_cannot_leave_the_folder() -> None:
    with pytest.raises(CatalogueRefused, match="There is no template"):
        load_template("materials/petg")


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "mine.toml"
    source = (ROOT / "templates" / "solid.toml").read_text("utf-8")
    own.write_text(source.replace("trim_anterior_mm = 12.0", "trim_anterior_mm = 14.0"), "utf-8")
    template, entry = load_template(str(own))
    assert (template.name, entry.name) == ("mine", "mine")
    assert template.chosen.parameters.shell.leaf.trim_anterior_mm == 14.0
    own.write_text(source.replace("trim_anterior_mm = 12.0", "trim_anterior_mm = 99.0"), "utf-8")
    with pytest.raises(ParameterRefused, match="-30 to 30 mm"):
        load_template(str(own))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"title = ", "is not valid TOML"),
        (b"\xff\xfe\x00", "is not a text file in UTF-8"),
        (None, "cannot be read: No such file"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "broken.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CatalogueRefused, match=said):
        read_toml(path)
    with pytest.raises(CatalogueRefused, match="broken"):
        load_template(str(path))
