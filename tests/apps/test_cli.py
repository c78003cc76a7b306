"""The command line as scripts meet it: exit codes, one JSON document, errors in a sentence."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import afo
from demo_run import PERSON, SCAN, Demo

from afo_designer.apps import console
from afo_designer.design.parameters import DesignParameters
from afo_designer.geometry.parameter import leaves
from afo_designer.limb.landmarks import NAMES
from afo_designer.runs import catalogue
from afo_designer.runs.exit_code import ExitCode

COMMANDS = (
    "design",
    "inspect",
    "prescribe",
    "limb",
    "check",
    "batch",
    "sweep",
    "templates",
    "materials",
)
NOT_BUILT = ("studio",)


def edited(folder: Path, old: str, new: str) -> Path:
    """The demonstration person with one thing changed."""
    text = PERSON.read_text("utf-8")
    assert old in text
    path = folder / "person.toml"
    path.write_text(text.replace(old, new), "utf-8")
    return path


@pytest.fixture(scope="module")
def child_scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("limb") / "child.ply"
    arguments = "--age", 8, "--height", 1280, "--ankle-angle", -20, "--seed", 3, "--side", "right"
    code, out, err = afo("limb", *arguments, "-o", path)
    assert (code, err) == (0, "")
    assert out.startswith("right leg, foot ")
    return path


# -- done ---------------------------------------------------------------------------------------


def test_design_prints_its_record_and_nothing_else(demo: Demo) -> None:
    assert demo.code == ExitCode.DONE
    assert json.loads(demo.out) == demo.record


def test_a_limb_is_written_with_its_truth(child_scan: Path) -> None:
    marks = json.loads(child_scan.with_suffix(".landmarks.json").read_text("utf-8"))
    assert set(marks) <= set(NAMES)
    assert {"heel_posterior", "hallux_tip", "lateral_malleolus"} <= set(marks)
    assert marks["lateral_malleolus"][1] < 0.0  # +y is the person's left


def test_a_limb_of_the_same_seed_is_the_same(child_scan: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.ply"
    arguments = "--age", 8, "--height", 1280, "--ankle-angle", -20, "--seed", 3, "--side", "right"
    code, out, _ = afo("limb", *arguments, "-o", again, "--json")
    assert code == 0
    assert json.loads(out)["side"] == "right"
    assert again.read_bytes() == child_scan.read_bytes()


def test_inspect_grades_a_scan(child_scan: Path, tmp_path: Path) -> None:
    code, out, err = afo("inspect", child_scan, "-o", tmp_path / "seen", "--json")
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert set(record) == {"scan", "landmarks", "limb", "coverage", "stop", "tape"}
    assert record["scan"]["side"] == "right"
    assert record["scan"]["unit"] == "mm"
    truth = json.loads(child_scan.with_suffix(".landmarks.json").read_text("utf-8"))
    heel = np.array(record["landmarks"]["heel_posterior"]["position_in_file"])
    assert np.linalg.norm(heel - truth["heel_posterior"]) < 12.0
    assert json.loads((tmp_path / "seen" / "inspect.json").read_text("utf-8")) == record
    assert (tmp_path / "seen" / "limb.png").read_bytes().startswith(b"\x89PNG")


def test_inspect_compares_the_tape(child_scan: Path, tmp_path: Path) -> None:
    foot = json.loads(afo("inspect", child_scan, "--json")[1])["limb"]["foot_length_mm"]
    person = tmp_path / "child.toml"
    text = '[person]\nheight_mm = {}\nmass_kg = 27\nside = "{}"\n[examination]\n'
    text += 'dorsiflexor_mmt = "3"\n[tape_mm]\nfoot_length = {:.1f}\n'
    side = json.loads(afo("inspect", child_scan, "--json")[1])["scan"]["side"]
    person.write_text(text.format(1300, side, 1.08 * foot))
    code, out, _ = afo("inspect", child_scan, "--person", person, "--json")
    assert code == ExitCode.DONE
    record = json.loads(out)
    assert record["scan"]["side_source"] == "given"
    assert set(record["coverage"].values()) == {1.0}
    assert record["stop"] is None
    [tape] = record["tape"]
    assert (tape["id"], tape["verdict"]) == ("tape_foot_length", "warn")
    assert tape["value"] == pytest.approx(-7.4, abs=0.1)
    assert "Tape, foot length: the scan differs by -7.4 %" in afo(
        "inspect", child_scan, "--person", person
    )[1].replace("\n", " ")
    person.write_text(text.format(1300, "left" if side == "right" else "right", foot))
    code, _, err = afo("inspect", child_scan, "--person", person)
    assert (code, "misfit" in err) == (ExitCode.INPUT_REFUSED, True)
    turned = "left" if side == "right" else "right"
    code, out, _ = afo("inspect", child_scan, "--person", person, "--side", turned, "--json")
    assert (code, json.loads(out)["scan"]["side"]) == (ExitCode.DONE, turned)
    assert any("given stands" in note for note in json.loads(out)["scan"]["notes"])
    person.write_text(text.format(2100, side, foot).replace("= 27", "= 90"))
    code, _, err = afo("inspect", child_scan, "--person", person)
    assert (code, "2100 mm tall has feet" in err) == (ExitCode.INPUT_REFUSED, True)


def test_inspect_with_picked_landmarks(child_scan: Path) -> None:
    picked = child_scan.with_suffix(".landmarks.json")
    code, out, _ = afo("inspect", child_scan, "--landmarks", picked, "--json")
    truth = json.loads(picked.read_text("utf-8"))
    assert code == 0
    for name, mark in json.loads(out)["landmarks"].items():
        if name in truth:
            assert mark["source"] == "given"
            np.testing.assert_allclose(mark["position_in_file"], truth[name], atol=1e-6)


def test_inspect_in_words(child_scan: Path) -> None:
    code, out, _ = afo("inspect", child_scan)
    assert code == 0
    assert out.startswith("Grade ")
    assert "heel_posterior" in out


def test_templates_list_every_parameter() -> None:
    code, out, err = afo("templates", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)["templates"]
    assert set(document) == set(catalogue.template_names())
    keys = {leaf.key for leaf, _ in leaves(DesignParameters())}
    for template in document.values():
        assert set(template["parameters"]) == keys
        for parameter in template["parameters"].values():
            assert {"value", "default", "unit", "low", "high", "choices", "about"} <= set(parameter)


def test_materials_list_every_source() -> None:
    code, out, err = afo("materials", "--json")
    assert (code, err) == (0, "")
    document = json.loads(out)["materials"]
    assert set(document) == set(catalogue.material_names())
    for material in document.values():
        assert material["youngs_modulus_mpa"] > 0.0
        assert all({"source", "verified"} == set(one) for one in material["sources"].values())


@pytest.mark.parametrize("command", ["templates", "materials"])
def test_lists_in_words(command: str) -> None:
    code, out, err = afo(command)
    assert (code, err) == (0, "")
    names = catalogue.template_names() if command == "templates" else catalogue.material_names()
    assert all(name in out for name in names)


def test_prescribe_says_what_to_make_and_what_it_buys() -> None:
    code, out, err = afo("prescribe", "--person", PERSON, "--json")
    assert (code, err) == (0, "")
    record = json.loads(out)
    assert set(record) == {"person", "prescription", "gait"}
    interval = record["prescription"]["interval_nm_per_deg"]
    target = record["prescription"]["target_stiffness_nm_per_deg"]
    assert interval["low"] < target < interval["high"]
    code, said, _ = afo("prescribe", "--person", PERSON)
    words = " ".join(said.split())
    assert code == 0
    assert words.startswith("An orthosis is indicated")
    assert f"with {target:.2f} N·m for every degree" in words
    clear = record["gait"]["swing"]["with"]["least_clearance_mm"]
    assert f"with it they clear the floor by {clear:.0f} mm" in words
    plain, figures, sources = (words.index(w) for w in ("Recommended", "Figures", "Sources"))
    assert plain < figures < sources
    assert "engineering estimate" in words


def test_prescribe_leaves_a_sheet_where_asked(tmp_path: Path) -> None:
    folder = tmp_path / "sheet"
    code, out, err = afo("prescribe", "--person", PERSON, "-o", folder, "--json")
    assert (code, err) == (0, "")
    names = {"prescription.html", "prescription.pdf", "prescription.json"}
    assert {path.name for path in folder.iterdir()} == names
    assert json.loads((folder / "prescription.json").read_text("utf-8")) == json.loads(out)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    code, _, err = afo("prescribe", "--person", PERSON, "-o", folder)
    assert code == ExitCode.USAGE
    assert "--overwrite" in err
    assert afo("prescribe", "--person", PERSON, "-o", folder, "--overwrite")[0] == 0
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_version_is_the_packages() -> None:
    from importlib.metadata import version

    assert afo("--version") == (0, version("afo-designer") + "\n", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str) -> None:
    code, out, _ = afo(command, "--help")
    assert code == 0
    assert f"Example: afo {command}" in " ".join(out.split())
    assert "--json" in out
    assert "--debug" in out


def test_what_is_not_built_is_absent() -> None:
    code, out, _ = afo("--help")
    assert code == 0
    listed = [line.split()[1] for line in out.splitlines() if line.startswith("│ ")]
    assert set(COMMANDS) <= set(listed)
    assert not set(NOT_BUILT) & set(listed)


# -- errors -------------------------------------------------------------------------------------


DESIGN = "design {scan} --person {person} -o {here}/out "
REFUSED = {
    "unknown command": ("desing", ExitCode.USAGE, "Did you mean 'design'"),
    "missing option": ("design {scan} -o {here}/out", ExitCode.USAGE, "--person"),
    "unknown option": (DESIGN + "--quick", ExitCode.USAGE, "--quick"),
    "bad choice": (DESIGN + "--unit yard", ExitCode.USAGE, "'mm', 'cm', 'm', 'inch'"),
    "set without value": (DESIGN + "--set shell.leaf.width_mm", ExitCode.USAGE, "key=value"),
    "folder with files": ("design {scan} --person {person} -o {here}", ExitCode.USAGE, "--overw"),
    "missing parent": (
        "design {scan} --person {person} -o {here}/no/out",
        ExitCode.STORAGE,
        "make",
    ),
    "absent scan": ("inspect {here}/no.stl", ExitCode.INPUT_REFUSED, "no.stl"),
    "text as mesh": ("inspect {here}/text.stl", ExitCode.INPUT_REFUSED, "text.stl"),
    "empty mesh": ("inspect {here}/empty.ply", ExitCode.INPUT_REFUSED, "empty"),
    "wrong suffix": ("inspect {person}", ExitCode.INPUT_REFUSED, ".toml"),
    "folder as scan": ("inspect {here}", ExitCode.INPUT_REFUSED, "folder"),
    "absent person": ("prescribe --person {here}/no.toml", ExitCode.INPUT_REFUSED, "no.toml"),
    "person key": ("prescribe --person {here}/typo.toml", ExitCode.INPUT_REFUSED, "mass_kg"),
    "template": (DESIGN + "--template semisolid", ExitCode.INPUT_REFUSED, "'semi_solid'"),
    "material": (DESIGN + "--material pa12", ExitCode.INPUT_REFUSED, "pa12_mjf"),
    "parameter": (DESIGN + "--set shell.leaf.widht_mm=3", ExitCode.INPUT_REFUSED, "width_mm"),
    "range": (DESIGN + "--set shell.leaf.width_mm=3", ExitCode.INPUT_REFUSED, "18 to 120 mm"),
    "landmark": ("inspect {scan} --landmarks {here}/marks.json", ExitCode.INPUT_REFUSED, "nose"),
    "limb format": ("limb -o {here}/leg.obj", ExitCode.INPUT_REFUSED, ".ply or .stl"),
    "limb range": ("limb --height 9000 -o {here}/a.ply", ExitCode.INPUT_REFUSED, "850 to 2150 mm"),
    "limb folder": ("limb -o {here}/no/leg.ply", ExitCode.STORAGE, "make it first"),
    "limb exists": ("limb -o {here}/empty.ply", ExitCode.USAGE, "--overwrite"),
}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder of things that are not what they seem."""
    (tmp_path / "text.stl").write_text("this is not a mesh\n" * 20)
    (tmp_path / "empty.ply").write_bytes(b"")
    (tmp_path / "marks.json").write_text('{"nose": [0, 0, 0]}')
    edited(tmp_path, "mass_kg", "mas_kg").rename(tmp_path / "typo.toml")
    return tmp_path


def command(line: str, here: Path) -> list[str]:
    return [word.format(scan=SCAN, person=PERSON, here=here) for word in line.split()]


@pytest.mark.parametrize("case", REFUSED)
def test_errors_are_a_sentence_and_a_code(here: Path, case: str) -> None:
    line, wanted, said = REFUSED[case]
    before = sorted(path.name for path in here.rglob("*"))
    code, out, err = afo(*command(line, here))
    assert code == wanted, err
    assert said in err
    assert "Traceback" not in err
    assert out == ""
    assert 1 <= len(err.strip().splitlines()) <= 2
    assert err.startswith("afo: ")
    assert sorted(path.name for path in here.rglob("*")) == before


def test_an_error_in_json_is_one_document_too(here: Path) -> None:
    code, out, err = afo(*command("inspect {here}/text.stl --json", here))
    document = json.loads(out)
    assert document["exit_code"] == code == ExitCode.INPUT_REFUSED
    assert err == f"afo: {document['error']}\n"


def test_debug_shows_the_traceback(here: Path) -> None:
    code, _, err = afo(*command("inspect {here}/text.stl --debug", here))
    assert code == ExitCode.INPUT_REFUSED
    assert err.startswith("Traceback")


def test_no_command_is_a_question_for_help() -> None:
    code, out, err = afo()
    assert code == ExitCode.USAGE
    assert "Commands" in out + err
    assert "afo: \n" not in err


def test_full_strength_is_infeasible(tmp_path: Path) -> None:
    strong = edited(tmp_path, 'dorsiflexor_mmt = "3"', 'dorsiflexor_mmt = "5"')
    code, out, err = afo("prescribe", "--person", strong, "--json")
    assert (code, err) == (ExitCode.INFEASIBLE, "")
    assert json.loads(out)["prescription"]["target_stiffness_nm_per_deg"] == 0.0
    code, out, _ = afo("prescribe", "--person", strong)
    assert code == ExitCode.INFEASIBLE
    assert out.startswith("No orthosis indicated")
    code, _, err = afo("design", SCAN, "--person", strong, "-o", tmp_path / "out")
    assert code == ExitCode.INFEASIBLE
    assert err.startswith("afo: No orthosis indicated")
    assert not (tmp_path / "out").exists()


def test_the_wrong_side_is_refused(tmp_path: Path) -> None:
    """The person's right leg and the scan of a left one."""
    right = edited(tmp_path, 'side = "left"', 'side = "right"')
    code, _, err = afo("design", SCAN, "--person", right, "-o", tmp_path / "out", "--fast")
    assert code == ExitCode.INPUT_REFUSED
    assert "left" in err
    assert len(err.strip().splitlines()) <= 2
    assert not (tmp_path / "out").exists()


def test_a_second_run_needs_overwrite(demo: Demo) -> None:
    code, _, err = afo("design", SCAN, "--person", PERSON, "-o", demo.folder)
    assert code == ExitCode.USAGE
    assert "is not empty" in err
    assert (demo.folder / "design.json").is_file()


@pytest.mark.parametrize(
    ("error", "wanted", "said"),
    [
        (KeyboardInterrupt(), ExitCode.INTERRUPTED, "nothing was left half-written"),
        (ZeroDivisionError("x / 0"), ExitCode.INTERNAL, "Internal error: ZeroDivisionError"),
        (MemoryError(), ExitCode.INTERNAL, "MemoryError"),
    ],
)
def test_what_nobody_foresaw_has_a_code_too(
    error: BaseException, wanted: ExitCode, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise error

    with pytest.raises(SystemExit) as done:
        console.run(broken, [])
    assert done.value.code == wanted
    out, err = capsys.readouterr()
    assert said in err
    assert "Traceback" not in err
    assert out == ""


def test_the_module_is_the_command() -> None:
    """In a process of its own: exit code and streams as a script sees them."""
    done = subprocess.run(
        [sys.executable, "-m", "afo_designer", "prescribe", "--person", "no such file.toml"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == ExitCode.INPUT_REFUSED
    assert done.stdout == ""
    assert done.stderr == "afo: no such file.toml cannot be read: No such file or directory.\n"
