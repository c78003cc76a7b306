"""Orders: the rows that can be used are tasks, the others are refused with line and column."""

import os
from pathlib import Path

import pytest

from afo_designer.design.person import person_from_mapping
from afo_designer.runs.batch import Settings
from afo_designer.runs.catalogue import DEFAULT_MATERIAL, DEFAULT_TEMPLATE
from afo_designer.runs.ledger import Refusal, Task
from afo_designer.runs.orders import OrdersRefused, read_orders
from afo_designer.runs.orders_batch import run_batch
from afo_designer.runs.orders_person import person_toml
from afo_designer.runs.orders_work import DesignWork

ROOT = Path(__file__).parents[2]
PERSON = (ROOT / "scans" / "demo_person.toml").read_text("utf-8")
HEADER = "order_id,scan,person"
GOOD = "A-1,leg.stl,p.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of orders: a scan's name, a person, something outside it."""
    inside = tmp_path / "orders"
    inside.mkdir()
    (inside / "leg.stl").write_bytes(b"not read here")
    (inside / "p.toml").write_text(PERSON, "utf-8")
    (inside / "empty.stl").touch()
    (tmp_path / "outside.stl").write_bytes(b"x")
    (inside / "link.stl").symlink_to(tmp_path / "outside.stl")
    (inside / "sub").mkdir()
    (inside / "sub" / "again.stl").symlink_to("../leg.stl")
    return inside


def read(folder: Path, *lines: str, data: bytes | None = None) -> list[Task | Refusal]:
    path = folder / "orders.csv"
    path.write_bytes("\n".join(lines).encode() if data is None else data)
    return list(read_orders(path))


def only(entries: list[Task | Refusal]) -> Task | Refusal:
    [entry] = entries
    return entry


# -- a table as people write them ------------------------------------------------------------------


def test_a_row_becomes_a_task_with_the_defaults(folder: Path) -> None:
    task = only(read(folder, HEADER, GOOD))
    assert isinstance(task, Task)
    assert (task.number, task.name, task.priority) == (2, "A-1", 0.0)
    assert task.payload["scan"] == str((folder / "leg.stl").resolve())
    assert task.payload["template"] == DEFAULT_TEMPLATE
    assert task.payload["material"] == DEFAULT_MATERIAL
    assert task.payload["settings"] == {}


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: b"sep=;\n" + text.replace(",", ";").encode(),
        lambda text: text.replace("\n", "\n\n,,\n").encode(),
        lambda text: text.replace("A-1", ' "A-1"'.strip()).encode(),
        lambda text: text.replace(",", " , ").encode(),
    ],
)
def test_the_same_table_in_other_clothes(folder: Path, encode: object) -> None:
    plain = only(read(folder, HEADER, GOOD))
    other = only(read(folder, data=encode(f"{HEADER}\n{GOOD}\n")))
    assert (other.name, other.payload) == (plain.name, plain.payload)


def test_what_passes_through(folder: Path) -> None:
    names = "quantity,process,finish,colour,due_date,orientation_locked,revision,priority"
    cells = "2,MJF,vibro,grün,2027-01-31,yes,3,7.5"
    task = only(read(folder, f"{HEADER},{names}", f"{GOOD},{cells}"))
    passed = dict(zip(names.split(",")[:7], cells.split(",")[:7], strict=True))
    assert task.payload["passed"] == passed | {"orientation_locked": "true"}
    assert task.priority == 7.5


def test_parameters_in_columns(folder: Path) -> None:
    header = f"{HEADER},set:shell.leaf.thickness_mm,template,material"
    row = f"{GOOD},4.5,solid,pa12_sls"
    task = only(read(folder, header, row))
    assert task.payload["settings"] == {"shell.leaf.thickness_mm": "4.5"}
    assert (task.payload["template"], task.payload["material"]) == ("solid", "pa12_sls")


def test_a_person_in_columns_is_the_person_of_a_file(folder: Path) -> None:
    header = (
        "order_id,scan,person.mass_kg,person.height_mm,person.side,examination.dorsiflexor_mmt,"
        "examination.ischaemia,prescription.goals,person.id"
    )
    row = 'A-1,leg.stl,70,1700,left,4-,no,swing clearance|loading control,"Ä ""b"" \\"'
    task = only(read(folder, header, row))
    work = DesignWork(fast=True)
    work.command(task, folder)
    (folder / "same.toml").write_text((folder / "person.toml").read_text("utf-8"), "utf-8")
    filed = only(read(folder, HEADER, "A-2,leg.stl,same.toml"))
    assert work.key(filed) == work.key(task)
    assert work.key(task) != DesignWork(fast=False).key(task)


def test_a_person_file_round_trips() -> None:
    import tomllib

    tables = tomllib.loads(PERSON)
    again = tomllib.loads(person_toml(tables))
    assert again == tables
    assert person_from_mapping(again) == person_from_mapping(tables)


def test_columns_complete_a_file_and_may_not_contradict_it(folder: Path) -> None:
    header = f"{HEADER},tape_mm.ankle_girth,person.mass_kg"
    assert isinstance(only(read(folder, header, f"{GOOD},221,70")), Task)
    refusal = only(read(folder, header, f"{GOOD},221,71"))
    assert refusal.field == "person.mass_kg"
    assert "71.0" in refusal.message
    assert "70" in refusal.message.replace("71.0", "")


# -- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "row", "column", "words"),
    [
        (HEADER, ",leg.stl,p.toml", "order_id", "empty"),
        (HEADER, "../A,leg.stl,p.toml", "order_id", "letters"),
        (HEADER, ".hidden,leg.stl,p.toml", "order_id", "letters"),
        (HEADER, f"{'x' * 65},leg.stl,p.toml", "order_id", "64"),
        (HEADER, "A,none.stl,p.toml", "scan", "No such file"),
        (HEADER, "A,sub,p.toml", "scan", "no file"),
        (HEADER, "A,empty.stl,p.toml", "scan", "empty"),
        (HEADER, "A,../outside.stl,p.toml", "scan", "outside"),
        (HEADER, "A,../none.stl,p.toml", "scan", "outside"),
        (HEADER, "A,link.stl,p.toml", "scan", "outside"),
        (HEADER, "A,/etc/passwd,p.toml", "scan", "outside"),
        (HEADER, "A,p.toml,p.toml", "scan", "end in"),
        (HEADER, "A,leg.stl,none.toml", "person", "No such file"),
        (HEADER, "A,leg.stl,", "person", "neither"),
        (f"{HEADER},unit", f"{GOOD},km", "unit", "mm, cm, m, inch"),
        (f"{HEADER},side", f"{GOOD},L", "side", "left, right"),
        (f"{HEADER},template", f"{GOOD},leaf", "template", "known"),
        (f"{HEADER},material", f"{GOOD},steel", "material", "known"),
        (f"{HEADER},material", f"{GOOD},/etc/steel.toml", "material", "outside"),
        (f"{HEADER},quantity", f"{GOOD},1.5", "quantity", "1 to 10000"),
        (f"{HEADER},quantity", f"{GOOD},0", "quantity", "1 to 10000"),
        (f"{HEADER},priority", f"{GOOD},nan", "priority", "finite"),
        (f"{HEADER},priority", f"{GOOD},soon", "priority", "number"),
        (f"{HEADER},orientation_locked", f"{GOOD},maybe", "orientation_locked", "true or false"),
        (f"{HEADER},colour", f"{GOOD},{'x' * 81}", "colour", "80"),
        (f"{HEADER},colour", f"{GOOD},=cmd|x", "colour", "spreadsheet"),
        (f"{HEADER},landmarks", f"{GOOD},p.toml", "landmarks", "not valid JSON"),
        (
            f"{HEADER},set:shell.leaf.thickness_mm",
            f"{GOOD},99",
            "set:shell.leaf.thickness_mm",
            "1.5 to",
        ),
        (f"{HEADER},tape_mm.foot_length", f"{GOOD},24.8", "tape_mm.foot_length", "centimetres"),
        (f"{HEADER},tape_mm.foot_length", f'{GOOD},"24,8"', "tape_mm.foot_length", "decimal point"),
        (HEADER, f"{GOOD},more,cells", "", "5 cells"),
    ],
)
def test_a_row_is_refused_with_its_line_and_column(
    folder: Path, header: str, row: str, column: str, words: str
) -> None:
    good, refusal = read(folder, header, "GOOD,leg.stl,p.toml", row)
    assert isinstance(good, Task)
    assert isinstance(refusal, Refusal)
    assert (refusal.line, refusal.field) == (3, column)
    assert words in refusal.message


def test_an_open_quotation_mark_costs_its_row_alone(folder: Path) -> None:
    rows = [GOOD, 'B,"leg.stl,p.toml', "C,leg.stl,p.toml", '"D,leg.stl,p.toml', "E,leg.stl,p.toml"]
    entries = read(folder, HEADER, *rows)
    refused = [one.line for one in entries if isinstance(one, Refusal)]
    made = [(one.number, one.name) for one in entries if isinstance(one, Task)]
    assert (refused, made) == ([3, 5], [(2, "A-1"), (4, "C"), (6, "E")])


def test_a_refused_name_moves_no_terminal(folder: Path) -> None:
    refusal = only(read(folder, HEADER, '"A\x1b[2J\nB' + "x" * 200 + '",leg.stl,p.toml'))
    assert refusal.name.isprintable()
    assert len(refusal.name) <= 80


def test_rows_alike_are_made_once(folder: Path) -> None:
    first, second = read(folder, HEADER, GOOD, GOOD)
    assert isinstance(first, Task)
    assert (second.line, second.field) == (3, "order_id")
    assert "repeats line 2" in second.message


def test_one_name_for_two_orders_refuses_both(folder: Path) -> None:
    entries = read(folder, HEADER, GOOD, "a-1,sub/again.stl,p.toml", "B,sub/again.stl,p.toml")
    assert [type(one) for one in entries] == [Refusal, Refusal, Task]
    assert all("'A-1' is used on lines 2, 3" in one.message for one in entries[:2])


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"order_id,scan,person\n", "no orders"),
        (b"scan,person\nleg.stl,p.toml\n", "order_id are missing"),
        (b"order_id,scan,person,weight\n", "'weight'. Did you mean"),
        (b"order_id,scan,person,set:shell.leaf.thicknes_mm\n", "set:shell.leaf.thickness_mm"),
        (b"order_id,scan,person,person.mas_kg\n", "person.mass_kg"),
        (b"order_id,scan,person,scan\n", "twice"),
        (b"order_id,scan,person\nA,leg.stl,p.toml\0\n", "line 2: there is a zero byte"),
        ("order_id,scan,person\nA,leg.stl,p\n".encode("utf-16-be"), "line 1: there is a zero byte"),
        (b"order_id,scan,person\nA,leg.stl,M\xfcller.toml\n", "line 2: the text is not UTF-8"),
    ],
)
def test_a_table_that_cannot_be_used(folder: Path, data: bytes, words: str) -> None:
    with pytest.raises(OrdersRefused, match=r".") as caught:
        read(folder, data=data)
    assert words in str(caught.value)


def test_what_is_no_file_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "pipe.csv")
    for name in ("pipe.csv", "sub"):
        with pytest.raises(OrdersRefused, match=f"{name} is no file"):
            list(read_orders(folder / name))


def test_another_root(folder: Path) -> None:
    (folder / "orders.csv").write_text(f"{HEADER}\n{GOOD}\n")
    with pytest.raises(OrdersRefused, match=r"--root .*none is no folder"):
        list(read_orders(folder / "orders.csv", folder / "none"))
    (folder / "orders.csv").write_text(f"{HEADER}\nA,link.stl,p.toml\n")
    assert isinstance(only(list(read_orders(folder / "orders.csv", folder.parent))), Task)


def test_ten_thousand_rows(folder: Path) -> None:
    rows = [f"o{n},leg.stl,p.toml" for n in range(10_000)]
    entries = read(folder, HEADER, *rows)
    assert len(entries) == 10_000
    assert all(isinstance(one, Task) for one in entries)


def test_a_table_is_run_by_one_function_and_gone_on_with(folder: Path) -> None:
    (folder / "orders.csv").write_text(f"{HEADER}\n{GOOD}\n", "utf-8")
    first = run_batch(folder / "orders.csv", folder / "out", Settings(1), fast=True)
    assert first.statuses == {"refused": 1}  # "not read here" is no leg
    assert first.failures == 1
    assert run_batch(folder / "orders.csv", folder / "out").statuses == first.statuses
