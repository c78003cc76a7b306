"""Study files: what stands in them, and every way in which they are refused."""

import tomllib
from pathlib import Path

import pytest
from known_studies import BASE, ROOT, study

from afo_designer.geometry.refusal import InputRefused
from afo_designer.runs.sweep.study import read_study, study_from_mapping

# The contract's example, word by word but for its comments.
CONTRACT = """\
[base]
scan = "scans/demo_limb.ply"
person = "scans/demo_person.toml"
template = "posterior_leaf_spring"
[factors]
"shell.leaf.thickness_mm" = { low = 2.5, high = 5.0 }
"material.youngs_modulus_mpa" = { low = 1300, high = 1900 }
"template" = ["posterior_leaf_spring", "semi_solid"]
[plan]
kind = "sobol"
samples = 256
seed = 1
[responses]
keep = ["stiffness.plantarflexion", "print.mass_g", "loadcases.stumble.max_von_mises_mpa"]
"""


def _read(tmp_path: Path, text: str) -> str:
    """The refusal of a study file that lies beside the scans."""
    for name in BASE.values():
        link = tmp_path / name
        link.parent.mkdir(exist_ok=True)
        if not link.exists():
            link.symlink_to(ROOT / name)
    path = tmp_path / "study.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputRefused) as refusal:
        read_study(path)
    return str(refusal.value)


def test_the_contracts_example_is_a_study() -> None:
    one = study_from_mapping(tomllib.loads(CONTRACT), ROOT)
    assert one.variants == 256 * (3 + 2)
    assert [factor.key for factor in one.factors][2] == "template"
    assert list(one.aims.values()) == ["most", "least", "least"]
    assert len(one.inputs) == 2


def test_keys_may_stand_quoted_bare_and_in_sections() -> None:
    spec = {"low": 2.5, "high": 5.0}
    plan = {"kind": "latin_hypercube", "samples": 4}
    flat = study({"shell.leaf.thickness_mm": spec}, plan)
    nested = study({"shell": {"leaf": {"thickness_mm": spec}}}, plan)
    assert flat.identity == nested.identity


def test_the_identity_does_not_know_the_folder(tmp_path: Path) -> None:
    one = study_from_mapping(tomllib.loads(CONTRACT), ROOT)
    for name in BASE.values():
        place = tmp_path / name
        place.parent.mkdir(exist_ok=True)
        place.write_bytes((ROOT / name).read_bytes())
    assert study_from_mapping(tomllib.loads(CONTRACT), tmp_path).identity == one.identity


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("thickness_mm", "thicknes_mm", 6, "Did you mean 'shell.leaf.thickness_mm'"),
        ("low = 2.5", "low = 0.5", 6, r"low = 0.5 mm; it may be 1.5 to 10 mm"),
        ("low = 2.5, high = 5.0", "low = 5.0, high = 2.5", 6, "low must be the smaller"),
        ("low = 2.5, high = 5.0", "low = 2.5", 6, "lacks high"),
        ("low = 2.5", 'low = "2.5"', 6, "not a number"),
        ("high = 5.0", 'high = 5.0, unit = "cm"', 6, "has the unit 'cm'; it is in mm"),
        ("high = 5.0", "high = 5.0, step = 1", 6, "unknown key 'step'"),
        ("{ low = 2.5, high = 5.0 }", "3.0", 6, "A single value belongs into"),
        ('"semi_solid"]', '"semisolid"]', 8, "There is no template 'semisolid'"),
        ("samples = 256", "samples = 0", 11, "from 2 to"),
        ("samples = 256", "samples = 100", 11, "such as 64 or 128"),
        ("samples = 256", "", 9, "plan.samples is missing"),
        ("samples = 256", "levels = 3", 11, "takes no levels"),
        ("seed = 1", "sead = 1", 12, "Did you mean 'seed'"),
        ('kind = "sobol"', 'kind = "sobel"', 10, "may be sobol, latin_hypercube"),
        ("print.mass_g", "print.mass", 14, "Did you mean 'print.mass_g'"),
        ("print.mass_g", "stiffness.plantarflexion", 14, "stands twice"),
        ("[plan]", "[plans]", 9, "Did you mean 'plan'"),
        ("demo_person.toml", "nobody.toml", 3, "neither beside the study"),
        ('template = "posterior', 'tuned = "posterior', 4, "true or false"),
        ("[factors]\n", '[base.set]\n"shell.leaf.thickness_mm" = 3.0\n[factors]\n', 6, "leave one"),
        (
            "[factors]\n",
            '[base.set]\n"shell.leaf.width_mm" = 999\n[factors]\n',
            6,
            "999; it may be",
        ),
        ("[plan]\n", "shell.leaf.thickness_mm = [3.0]\n[plan]\n", 6, "stands twice"),
        ("[plan]\n", '[pareto]\n"print.mass_g" = "small"\n[plan]\n', 10, "least, most or a number"),
        ("[plan]\n", '[surrogate]\nkind = "gaussian_process"\n[plan]\n', 9, "that are numbers"),
        ("[plan]\n", '"bench.cuff" = ["tied"]\n[plan]\n', 9, ""),
    ],
)
def test_a_refusal_names_the_line_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    text = CONTRACT.replace(old, new, 1)
    if "bench." in new:
        text = text.replace("[responses]\nkeep = [", '[responses]\nkeep = ["checks.fail", ')
        words = "needs the linear bench"
    said = _read(tmp_path, text)
    assert f"study.toml, line {line}: " in said
    assert words in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[base]\nscan = 3\nscan = 4\n", "A key stands twice"),
        ("[base\n", "not valid TOML"),
        ("", r"lacks the section [base]"),
        (CONTRACT.replace("samples = 256", "samples = 524288"), "2621440 variants"),
    ],
)
def test_a_file_that_is_no_study_is_refused(tmp_path: Path, text: str, words: str) -> None:
    assert words in _read(tmp_path, text)


def test_a_person_who_cannot_be_is_refused_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "nobody.toml").write_text("[person]\nmass_kg = 3000\n", "utf-8")
    plan = {"kind": "list"}
    with pytest.raises(InputRefused, match="mass_kg"):
        study_from_mapping(
            {
                "base": {"scan": str(ROOT / BASE["scan"]), "person": "nobody.toml"},
                "factors": {"shell.leaf.thickness_mm": [3.0]},
                "plan": plan,
                "responses": {"keep": ["print.mass_g"]},
            },
            tmp_path,
        )
