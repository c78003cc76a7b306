"""Presets: all that ship can be used, and nothing but the cast can be set by one."""

import numpy as np
import pytest

from afo_designer.cast.modification import modify_cast
from afo_designer.cast.offset import OffsetRefused
from afo_designer.design.parameters import Chosen, DesignParameters
from afo_designer.design.preset import Preset, PresetRefused
from afo_designer.geometry.parameter import ParameterRefused
from afo_designer.runs.catalogue import CatalogueRefused, load_preset, preset_names

PLAIN = Chosen(DesignParameters(), {})


@pytest.mark.parametrize("name", preset_names())
def test_every_preset_gives_a_cast(made_limb, name: str) -> None:
    preset, entry = load_preset(name)
    assert preset.name == entry.name == name
    assert preset.title
    assert preset.about.endswith(".")
    chosen = PLAIN.with_values(preset.values, "preset")
    cast = chosen.parameters.cast
    positive = modify_cast(made_limb(0.0), 0.0, 8.0, cast, offsets=preset.offsets)
    plain = modify_cast(made_limb(0.0), 0.0, 8.0, PLAIN.parameters.cast)
    changed = np.abs(positive.change - plain.change).max()
    assert (changed == 0.0) == (name == "standard")
    assert positive.notes == plain.notes


def test_going_down_takes_soft_places_in_and_leaves_bones_their_room(made_limb) -> None:
    preset, _ = load_preset("oedema_to_go_down")
    cast = PLAIN.with_values(preset.values, "preset").parameters.cast
    positive = modify_cast(made_limb(0.0), 0.0, 8.0, cast)
    at = {site.name: site.path[len(site.path) // 2] for site in positive.reliefs}
    change = {
        name: positive.change[((positive.skin.vertices - place) ** 2).sum(axis=1).argmin()]
        for name, place in at.items()
    }
    assert change["pretibial"] == pytest.approx(-2.0, abs=0.05)
    assert change["medial_malleolus"] > 4.5


def test_a_file_of_ones_own() -> None:
    preset = Preset.from_mapping(
        "mine",
        {
            "set": {"cast": {"relief": {"navicular_mm": 7.0}}},
            "offset": [{"name": "corn", "landmark": "hallux_tip", "radius_mm": 4, "offset_mm": 2}],
        },
    )
    assert preset.title == "mine"
    assert preset.values == {"cast.relief.navicular_mm": 7.0}
    assert [offset.name for offset in preset.offsets] == ["corn"]


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"sets": {}}, "unknown key 'sets'"),
        ({"set": {"shell": {"calf": {"wrap_deg": 90.0}}}}, "sets 'shell.calf.wrap_deg'"),
        ({"set": 3}, "set is a table"),
        ({"offset": {"radius_mm": 3}}, "offset a list"),
    ],
)
def test_what_is_not_a_preset_is_refused(mapping: dict, words: str) -> None:
    with pytest.raises(PresetRefused, match=words):
        Preset.from_mapping("mine", mapping)


def test_what_the_cast_refuses_is_refused_here_too() -> None:
    with pytest.raises(OffsetRefused, match="radius_mm is missing"):
        Preset.from_mapping("mine", {"offset": [{"offset_mm": 2.0, "landmark": "hallux_tip"}]})
    far = Preset.from_mapping("mine", {"set": {"cast": {"relief": {"navicular_mm": 70.0}}}})
    with pytest.raises(ParameterRefused, match=r"cast.relief.navicular_mm is 70"):
        PLAIN.with_values(far.values, "preset")


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(CatalogueRefused, match="Did you mean 'bony_foot'"):
        load_preset("bony_feet")
