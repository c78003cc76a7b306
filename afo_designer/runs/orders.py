"""Orders: a table of orders becomes tasks, every row checked before any work begins.

A row that cannot be used is refused with its line and column, and the others run; a table that
cannot be read, or whose header is wrong, is refused whole. Commas, semicolons or tabs part the
cells; a byte-order mark, UTF-16 and empty lines are read as meant. Every file that a row names must
lie below one folder, the table's own unless another is given, links followed.
"""

from __future__ import annotations

import csv
import io
import itertools
import math
import os
import re
import stat
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from afo_designer.design.entry import Entry, EntryRefused, nearest
from afo_designer.design.person import person_from_mapping
from afo_designer.formats.registry import READERS
from afo_designer.geometry.parameter import leaves
from afo_designer.geometry.refusal import InputRefused
from afo_designer.runs.catalogue import (
    DEFAULT_MATERIAL,
    DEFAULT_TEMPLATE,
    is_file,
    load_material,
    load_preset,
    load_template,
    read_toml,
)
from afo_designer.runs.ledger import Refusal, Task
from afo_designer.runs.orders_person import (
    ColumnRefused,
    merged,
    person_columns,
    typed,
)
from afo_designer.runs.reading import read_landmarks

ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
REQUIRED = ("order_id", "scan")
FILES = ("scan", "person", "landmarks")
CHOICES = {"side": ("left", "right"), "unit": ("mm", "cm", "m", "inch")}
PASSED = ("quantity", "process", "finish", "colour", "due_date", "orientation_locked", "revision")
COLUMNS = (*REQUIRED, "person", "side", "template", "material", "cast", "unit", "landmarks")
OTHER = (*PASSED, "priority")
SETTING = "set:"
LONGEST_TEXT = 80
MOST_PIECES, MOST_REVISIONS = 10_000, 999
SEPARATORS = ",;\t"
TABLE_MB = 512


class OrdersRefused(InputRefused):
    """A table of orders that cannot be used at all."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line, its cells by column, empty ones left out."""

    line: int
    cells: Mapping[str, str]

    @property
    def name(self) -> str:
        return self.cells.get("order_id", "")


def shown(name: str) -> str:
    """What a cell holds as a name, where it may be anything: short and printable."""
    return "".join(one if one.isprintable() else "?" for one in name[:LONGEST_TEXT])


def read_orders(path: Path, root: Path | None = None) -> Iterator[Task | Refusal]:
    """Tasks, numbered by their lines, and refusals. Raises `OrdersRefused` before the first.

    `root`: the folder that all named files lie in.
    """
    if root is not None and not root.is_dir():
        raise OrdersRefused(f"--root {root} is no folder.")
    rows = list(_rows(_text(path), path))
    if not rows:
        raise OrdersRefused(f"{path} holds a header and no orders.")
    repeated = _repeated([row for row in rows if isinstance(row, Row)])
    reader = _RowReader(path.resolve().parent, (root or path.parent).resolve())
    for row in rows:
        if isinstance(row, Refusal):
            yield row
        elif row.line in repeated:
            yield Refusal(row.line, shown(row.name), "order_id", repeated[row.line])
        else:
            yield reader(row)


def _text(path: Path) -> str:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise OrdersRefused(f"{path} is no file.")
        if found.st_size > TABLE_MB << 20:
            raise OrdersRefused(f"{path} is larger than {TABLE_MB} MB; split it.")
        content = path.read_bytes()
    except OSError as error:
        raise OrdersRefused(f"{path} cannot be read: {error.strerror}.") from None
    wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    try:
        text = content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise OrdersRefused(
            f"{path}, line {line}: the text is not UTF-8. Save the table as 'CSV UTF-8'."
        ) from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise OrdersRefused(
            f"{path}, line {line}: there is a zero byte, which no text has. Save the table as "
            "'CSV UTF-8'."
        )
    return text


def _rows(text: str, path: Path) -> Iterator[Row | Refusal]:
    """The rows below the header."""
    separator, first = ",", text.partition("\n")[0].strip()
    skipped = 0
    if first.lower().startswith("sep=") and len(first) == 5:  # a spreadsheet's own word
        separator, skipped = first[4], 1
        text = text.partition("\n")[2]
    else:
        separator = max(SEPARATORS, key=first.count)
    lines = io.StringIO(text, newline="").readlines()
    reader, before = csv.reader(lines, delimiter=separator, strict=True), skipped
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1 + before
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            break
        except csv.Error as error:
            words = f"The row is no CSV: {error}. Is a quotation mark left open?"
            yield Refusal(line, "", "", words)
            # It may have swallowed the rows below it: they are read again without it.
            rest = itertools.islice(lines, line - skipped, None)
            reader, before = csv.reader(rest, delimiter=separator, strict=True), line
            continue
        if not any(cells):
            continue
        if header is None:
            header = _header(cells, path, line)
        elif len(cells) > len(header) and any(cells[len(header) :]):
            words = f"The row has {len(cells)} cells, the header {len(header)}."
            yield Refusal(line, shown(cells[header.index("order_id")]), "", words)
        else:
            pairs = zip(header, cells, strict=False)
            yield Row(line, {name: cell for name, cell in pairs if cell and name})
    if header is None:
        raise OrdersRefused(f"{path} is empty; its first line names the columns.")


def _header(cells: list[str], path: Path, line: int) -> list[str]:
    """The columns, every one known and there once."""
    known = [*COLUMNS, *OTHER, *person_columns(), *(f"{SETTING}{key}" for key in _settings())]
    for name in cells:
        if name and name not in known:
            near = nearest(name, known)
            raise OrdersRefused(
                f"{path}, line {line}: there is no column {name[:80]!r}. Did you mean {near!r}?"
            )
        if name and cells.count(name) > 1:
            raise OrdersRefused(f"{path}, line {line}: the column {name!r} is there twice.")
    missing = [name for name in REQUIRED if name not in cells]
    if missing:
        raise OrdersRefused(
            f"{path}, line {line}: the columns {', '.join(missing)} are missing; the first line "
            "names the columns."
        )
    return cells


@cache
def _settings() -> frozenset[str]:
    template, _ = load_template(DEFAULT_TEMPLATE)
    return frozenset(leaf.key for leaf, _ in leaves(template.chosen.parameters))


def _repeated(rows: list[Row]) -> dict[int, str]:
    """Why a row is refused for its name, by line.

    Of rows that are alike the first is made; of rows that differ nobody knows which is meant.
    Names that differ in capitals alone would share a folder on some file systems.
    """
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.name:
            by_name[row.name.casefold()].append(row)
    refused = {}
    for same in by_name.values():
        if len(same) == 1:
            continue
        lines = ", ".join(str(row.line) for row in same[:5])
        alike = all(row.cells == same[0].cells for row in same)
        for row in same[1:] if alike else same:
            refused[row.line] = (
                f"The row repeats line {same[0].line} in every column; it is made once."
                if alike
                else f"order_id {shown(same[0].name)!r} is used on lines {lines} for different "
                "orders; give every order its own."
            )
    return refused


class _RowReader:
    """A row as a task or a refusal; what rows share is read once."""

    def __init__(self, folder: Path, root: Path) -> None:
        self._folder, self._root = str(folder), str(root)
        self._prefix = self._root.rstrip(os.sep) + os.sep
        self._real = cache(lambda path: os.path.realpath(path, strict=True))
        self._person_columns: dict[str, Entry] = person_columns()
        self._people: Callable[[str], dict[str, Any]] = lru_cache(1024)(
            lambda path: read_toml(Path(path))
        )
        self._setting = cache(_check_setting)
        self._named = cache(self._catalogue_name)
        self._valid = cache(_check_person_file)
        self._landmarks = cache(_check_landmarks)

    def __call__(self, row: Row) -> Task | Refusal:
        try:
            payload = self._payload(row)
        except ColumnRefused as refusal:
            return Refusal(row.line, shown(row.name), refusal.column, str(refusal))
        return Task(row.line, row.name, payload, self._priority(row))

    def _payload(self, row: Row) -> dict[str, Any]:
        cells = row.cells
        for name in REQUIRED:
            if name not in cells:
                raise ColumnRefused(name, f"{name} is empty.")
        if not ID.fullmatch(row.name):
            raise ColumnRefused(
                "order_id",
                f"order_id is {row.name[:80]!r}; it may be 1 to 64 letters, digits, '.', '_' and "
                "'-', the first a letter or digit.",
            )
        for name, allowed in CHOICES.items():
            if cells.get(name, allowed[0]) not in allowed:
                raise ColumnRefused(
                    name, f"{name} is {cells[name][:80]!r}; it may be {', '.join(allowed)}."
                )
        self._priority(row)
        payload: dict[str, Any] = {
            "template": self._named("template", cells.get("template", DEFAULT_TEMPLATE)),
            "material": self._named("material", cells.get("material", DEFAULT_MATERIAL)),
            "passed": {name: self._passed(name, cells[name]) for name in PASSED if name in cells},
        }
        for name in ("side", "unit"):
            payload[name] = cells.get(name)
        payload["cast"] = self._named("cast", cells["cast"]) if "cast" in cells else None
        for name in FILES:
            payload[name] = self._file(name, cells[name]) if name in cells else None
        if payload["landmarks"] and (refusal := self._landmarks(payload["landmarks"])):
            raise ColumnRefused("landmarks", refusal)
        payload["settings"] = {
            name.removeprefix(SETTING): self._set(name, payload["template"], text)
            for name, text in cells.items()
            if name.startswith(SETTING)
        }
        payload["person_columns"] = self._person(row, payload["person"])
        return payload

    def _set(self, column: str, template: str, text: str) -> str:
        refusal = self._setting(template, column.removeprefix(SETTING), text)
        if refusal:
            raise ColumnRefused(column, refusal)
        return text

    def _person(self, row: Row, file: str | None) -> dict[str, Any]:
        """The entries that stand in columns, checked together with the file's."""
        columns = {
            name: typed(name, self._person_columns[name], text)
            for name, text in row.cells.items()
            if name in self._person_columns
        }
        if file is None and not columns:
            raise ColumnRefused("person", "There is neither a person file nor a person column.")
        try:
            if file is not None and not columns:
                refusal = self._valid(file)
                if refusal:
                    raise ColumnRefused("person", refusal)
                return {}
            tables = merged(self._people(file) if file else {}, columns, str(file))
            person_from_mapping(tables)
        except ColumnRefused:
            raise
        except InputRefused as refusal:
            words = str(refusal)
            column = next((name for name in columns if words.startswith(name)), "person")
            raise ColumnRefused(column, words) from None
        return columns

    def _catalogue_name(self, kind: str, name: str) -> str:
        """A name of the catalogue, or the path of a file of one's own."""
        load = {"template": load_template, "material": load_material, "cast": load_preset}[kind]
        own = self._file(kind, name) if is_file(name) else name
        try:
            load(own)
        except InputRefused as refusal:
            raise ColumnRefused(kind, str(refusal)) from None
        return own

    def _file(self, column: str, text: str) -> str:
        """The file that a cell names, which is there and below the root."""
        if "\0" in text or len(text) > 1024:
            raise ColumnRefused(column, f"{column} is no path: {text[:40]!r}.")
        path = os.path.join(self._folder, text)
        outside = f"{column} {text!r} lies outside {self._root}. Give its folder with --root."
        if not os.path.normpath(path).startswith((self._prefix, self._folder + os.sep)):
            raise ColumnRefused(column, outside)
        try:
            real, found = self._place(path)
        except (OSError, RuntimeError, ValueError) as error:
            words = getattr(error, "strerror", None) or error
            raise ColumnRefused(column, f"{column} {text!r} cannot be read: {words}.") from None
        if not real.startswith(self._prefix):
            raise ColumnRefused(column, outside)
        if not stat.S_ISREG(found.st_mode):
            raise ColumnRefused(column, f"{column} {text!r} is no file.")
        if found.st_size == 0:
            raise ColumnRefused(column, f"{column} {text!r} is an empty file.")
        if column == "scan" and os.path.splitext(real)[1].lower().lstrip(".") not in READERS:
            known = ", ".join(f".{ending}" for ending in READERS)
            raise ColumnRefused(column, f"{column} {text!r} does not end in one of {known}.")
        return real

    def _place(self, path: str) -> tuple[str, os.stat_result]:
        """The path with every link followed, and what is there; folders are looked up once."""
        above, name = os.path.split(path)
        if name not in ("", ".", ".."):
            path = os.path.join(self._real(above), name)
            found = os.lstat(path)
            if not stat.S_ISLNK(found.st_mode):
                return path, found
        real = os.path.realpath(path, strict=True)
        return real, os.stat(real)

    def _passed(self, name: str, text: str) -> str:
        if len(text) > LONGEST_TEXT or not text.isprintable():
            raise ColumnRefused(
                name, f"{name} is {text[:40]!r}; it may be {LONGEST_TEXT} printable characters."
            )
        if text[0] in "=+-@" and len(text) > 1:
            raise ColumnRefused(
                name, f"{name} is {text[:40]!r}, which a spreadsheet would compute; begin with "
                "another character than =, +, - and @."
            )  # fmt: skip
        most = {"quantity": MOST_PIECES, "revision": MOST_REVISIONS}.get(name)
        if most and not (re.fullmatch(r"[0-9]{1,5}", text) and 1 <= int(text) <= most):
            raise ColumnRefused(name, f"{name} is {text!r}; it may be 1 to {most}.")
        if name == "orientation_locked":
            return str(typed(name, _FLAG, text)).lower()
        return text

    def _priority(self, row: Row) -> float:
        value = float(typed("priority", _NUMBER, row.cells.get("priority", "0")))
        if not math.isfinite(value):
            raise ColumnRefused("priority", f"priority is {value}; it may be any finite number.")
        return value


_FLAG, _NUMBER = Entry("flag", ""), Entry("number", "")


def _check_setting(template: str, key: str, text: str) -> str:
    """What is wrong with a parameter's value; "" when nothing is."""
    try:
        load_template(template)[0].chosen.with_values({key: text}, "user")
    except InputRefused as refusal:
        return str(refusal)
    return ""


def _check_person_file(path: str) -> str:
    try:
        person_from_mapping(read_toml(Path(path)))
    except (EntryRefused, InputRefused) as refusal:
        return f"{path}: {refusal}" if path not in str(refusal) else str(refusal)
    return ""


def _check_landmarks(path: str) -> str:
    try:
        read_landmarks(Path(path), 1.0)
    except InputRefused as refusal:
        return str(refusal)
    return ""
