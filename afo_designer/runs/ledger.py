"""Ledger: what a batch has to do and has done, in one SQLite file that its runner alone writes.

Write-ahead log, every commit flushed (3 ms, measured). Every write is a transaction that first
compares the fencing token (`ledger_lease`) and the file's identity, so a runner that was
succeeded, or whose folder was taken away beneath it, writes nothing. Times are for reading; order
is by number.
Its tables stand in `ledger_form`.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from afo_designer.runs.disk import Disk
from afo_designer.runs.job import Ending
from afo_designer.runs.ledger_form import (
    FUNCTIONS,
    SCHEMA,
    STATES,
    TASKS,
    VERSION,
    misfit,
    missing_column,
)
from afo_designer.runs.ledger_lease import LeaseLost
from afo_designer.runs.workspace import StorageFailed

NAME = "ledger.sqlite"
PATIENCE_S = 10.0  # waiting for another process's transaction


class LedgerRefused(StorageFailed):
    """A ledger that cannot be read: damaged, or of a newer version."""


class LedgerLocked(StorageFailed):
    """Another process has been writing to the ledger for longer than `PATIENCE_S`."""


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: what, under which name, and what happened to it so far."""

    number: int
    name: str
    payload: Mapping[str, Any]
    priority: float = 0.0
    suspect: bool = False
    attempts: int = 0
    strikes: int = 0
    kills: int = 0
    memory_doublings: int = 0


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is no task: its line, the name it gave, the column and why."""

    line: int
    name: str
    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a task became: a status, a reason for machines, words, and figures."""

    status: str
    reason: str = ""
    message: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Filed:
    """A delivered file: path inside its folder, SHA-256 and size."""

    path: str
    sha256: str
    bytes: int


class Ledger:
    """An open ledger; `token` is the owner's number, 0 for one who only reads."""

    def __init__(self, path: Path, disk: Disk, token: int = 0) -> None:
        self.path, self.token, self._disk = path, token, disk
        try:
            self._db = sqlite3.connect(path, timeout=PATIENCE_S, isolation_level=None)
            self._db.row_factory = sqlite3.Row
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            version = self._db.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            raise LedgerRefused(f"{path} cannot be used as a ledger: {error}.") from error
        if version > VERSION:
            raise LedgerRefused(
                f"{path} has version {version}; this program knows {VERSION}. Use the newer one."
            )
        if version < 1:
            raise LedgerRefused(f"{path} is no ledger of this program.")
        try:
            column = missing_column(self._db)
        except sqlite3.Error as error:
            raise LedgerRefused(f"{path} cannot be used as a ledger: {error}.") from error
        if column:
            raise self.unusable(f"there is no column {column}")
        if not self.fact("token").isdecimal():
            raise self.unusable(f"the fact 'token' is {self.fact('token')!r}, no number")
        self._inode = path.stat().st_ino

    # -- owners ----------------------------------------------------------------------------------

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One durable transaction of the owner. Raises `LeaseLost` or `StorageFailed`."""
        with self._transaction() as db:
            held = db.execute("SELECT value FROM facts WHERE name = 'token'").fetchone()
            if held is None or int(held[0]) != self.token:
                raise LeaseLost(
                    f"Another runner has taken {self.path.parent} over; nothing more was written "
                    "by this one."
                )
            yield db

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            if self.path.stat().st_ino != self._inode:
                raise StorageFailed(f"{self.path} was replaced while it was in use.")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._disk.commit(self._db, self.path)
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None) or 0
            locked = code & 0xFF == sqlite3.SQLITE_BUSY  # an extended code's low byte is its kind
            kind = LedgerLocked if locked else StorageFailed
            raise kind(f"{self.path} cannot be written: {error}.") from error
        except OSError as error:
            place = error.filename or self.path
            raise StorageFailed(f"{place} cannot be written: {error.strerror}.") from error

    def own(self, token: int) -> None:
        """Makes `token` the owner's; it must be one more than the last."""
        with self._transaction() as db:
            last = db.execute("SELECT value FROM facts WHERE name = 'token'").fetchone()
            if int(last[0]) != token - 1:
                raise LeaseLost(f"Another runner is taking {self.path.parent} over at this moment.")
            db.execute("UPDATE facts SET value = ? WHERE name = 'token'", (str(token),))
        self.token = token

    def owner(self) -> int:
        """The last owner's token."""
        return int(self.fact("token"))

    # -- contents --------------------------------------------------------------------------------

    def facts(self) -> dict[str, str]:
        """What holds for the whole batch."""
        return {row["name"]: row["value"] for row in self._read("SELECT * FROM facts")}

    def fact(self, name: str, allowed: tuple[str, ...] = ()) -> str:
        """One of them. Raises `LedgerRefused` where it is gone or none of `allowed`."""
        value = self.facts().get(name)
        if value is None:
            raise self.unusable(f"the fact {name!r} is missing")
        if allowed and value not in allowed:
            words = " or ".join(map(repr, allowed))
            raise self.unusable(f"the fact {name!r} is {value[:40]!r}; it may be {words}")
        return value

    def check_tasks(
        self,
        columns: Mapping[str, str] = TASKS,
        functions: Mapping[str, Callable[..., bool]] = FUNCTIONS,
    ) -> None:
        """Raises `LedgerRefused` for a task with a column that does not hold, see `misfit`."""
        try:
            found = misfit(self._db, columns, functions)
        except sqlite3.Error as error:
            raise self.unusable(str(error)) from error
        if found:
            raise self.unusable(found)

    def unusable(self, why: str) -> LedgerRefused:
        """What somebody else has written in, in words."""
        return LedgerRefused(
            f"{self.path} cannot be used as a ledger: {why}, as if another program had changed it; "
            "put a backup in its place, or order what is not done in a new folder."
        )

    def _read(self, query: str, values: Iterable[Any] = ()) -> list[sqlite3.Row]:
        try:
            return self._db.execute(query, tuple(values)).fetchall()
        except sqlite3.Error as error:
            raise LedgerRefused(f"{self.path} cannot be used as a ledger: {error}.") from error

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every task in the order of its number, a row at a time."""
        yield from map(dict, self._db.execute("SELECT * FROM tasks ORDER BY number"))

    def row(self, number: int) -> dict[str, Any]:
        return dict(self._read("SELECT * FROM tasks WHERE number = ?", (number,))[0])

    def numbers(self, *states: str) -> list[int]:
        """The tasks in these states."""
        marks = ",".join("?" * len(states))
        query = f"SELECT number FROM tasks WHERE state IN ({marks}) ORDER BY number"
        return [row["number"] for row in self._read(query, states)]

    def names(self) -> set[str]:
        return {row["name"] for row in self._read("SELECT name FROM tasks")}

    def counts(self) -> dict[str, int]:
        """Tasks by state."""
        found = {
            row["state"]: row["n"]
            for row in self._read("SELECT state, count(*) AS n FROM tasks GROUP BY state")
        }
        return {state: found.get(state, 0) for state in STATES}

    def statuses(self) -> dict[str, int]:
        """Ended tasks by status."""
        return {
            row["status"]: row["n"]
            for row in self._read(
                "SELECT status, count(*) AS n FROM tasks WHERE state IN ('done', 'failed') "
                "GROUP BY status ORDER BY status"
            )
        }

    def refusals(self) -> list[Refusal]:
        return [Refusal(*row) for row in self._read("SELECT * FROM refusals ORDER BY line, rowid")]

    def attempts(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self._read("SELECT * FROM attempts ORDER BY number")]

    def files(self, number: int) -> list[Filed]:
        """The files of a task that is publishing or done."""
        query = "SELECT path, sha256, bytes FROM files WHERE task = ? ORDER BY path"
        return [Filed(*row) for row in self._read(query, (number,))]

    def waiting(self, suspect: bool, only: frozenset[str] | None, beside: set[int]) -> Task | None:
        """The next task to start, none of `beside`: by priority, then number."""
        cursor = self._db.execute(
            "SELECT * FROM tasks WHERE state = 'waiting' AND suspect = ? "
            "ORDER BY priority DESC, number",
            (int(suspect),),
        )
        with contextlib.closing(cursor):
            for row in cursor:
                if row["number"] not in beside and (only is None or row["name"] in only):
                    return _task(row)
        return None

    def delivered(self, key: str) -> dict[str, Any] | None:
        """A done task of these contents."""
        rows = self._read(
            "SELECT * FROM tasks WHERE key = ? AND state = 'done' ORDER BY number LIMIT 1", (key,)
        )
        return dict(rows[0]) if rows else None

    def beginning(self, task: Task, key: str, folder: str) -> int:
        """A task starts; the attempt's number."""
        with self.write() as db:
            db.execute(
                "UPDATE tasks SET state = 'running', key = ?, folder = ?, attempts = attempts + 1 "
                "WHERE number = ?",
                (key, folder, task.number),
            )
            cursor = db.execute(
                "INSERT INTO attempts (task, token, begun_utc) VALUES (?, ?, ?)",
                (task.number, self.token, utc()),
            )
            return int(cursor.lastrowid or 0)

    def publishing(
        self, task: Task, key: str, folder: str, code: int, finding: Finding, files: Iterable[Filed]
    ) -> None:
        """The intent to deliver, with everything that the delivery will be."""
        with self.write() as db:
            _set_outcome(db, task.number, "publishing", key, folder, code, finding)
            db.execute("DELETE FROM files WHERE task = ?", (task.number,))
            db.executemany(
                "INSERT INTO files VALUES (?, ?, ?, ?)",
                [(task.number, one.path, one.sha256, one.bytes) for one in files],
            )

    @contextmanager
    def delivering(self, number: int) -> Iterator[None]:
        """A task becomes done when the block ends, which puts its folder into its place.

        The block runs inside the transaction: a runner that was succeeded does not enter it, and
        one that is stopped inside cannot be succeeded, because it holds the file's lock.
        """
        with self.write() as db:
            yield
            db.execute(
                "UPDATE tasks SET state = 'done', folder = NULL, deliveries = deliveries + 1 "
                "WHERE number = ? AND state = 'publishing'",
                (number,),
            )

    @contextmanager
    def failing(self, task: Task, key: str, code: int, finding: Finding) -> Iterator[None]:
        """A task ends for good without a folder; the block takes away what stood in its place."""
        with self.write() as db:
            yield
            _set_outcome(db, task.number, "failed", key, None, code, finding)
            db.execute("DELETE FROM files WHERE task = ?", (task.number,))

    def ended(self, attempt: int, number: int, ending: Ending, alone: bool) -> None:
        """How an attempt ended, before anything is made of it."""
        with self.write() as db:
            db.execute(
                "UPDATE attempts SET alone = ?, cause = ?, code = ?, signal = ?, seconds = ?, "
                "peak_mb = ? WHERE number = ?",
                (int(alone), ending.cause.value, ending.code, ending.signal, ending.seconds,
                 ending.peak_mb, attempt),
            )  # fmt: skip
            db.execute(
                "UPDATE tasks SET seconds = seconds + ? WHERE number = ?", (ending.seconds, number)
            )

    @contextmanager
    def rejecting(self, number: int) -> Iterator[None]:
        """A delivered task waits again; the block takes its folder away."""
        with self.write() as db:
            yield
            db.execute(
                "UPDATE tasks SET state = 'waiting', folder = NULL WHERE number = ?", (number,)
            )

    def retry(self, names: frozenset[str]) -> int:
        """Failed tasks of these names wait again, with a clean slate; how many."""
        with self.write() as db:
            return sum(
                db.execute(
                    "UPDATE tasks SET state = 'waiting', suspect = 0, strikes = 0, kills = 0, "
                    "memory_doublings = 0, exit_code = NULL, status = NULL, reason = NULL, "
                    "message = NULL WHERE name = ? AND state = 'failed'",
                    (name,),
                ).rowcount
                for name in sorted(names)
            )

    def again(
        self,
        number: int,
        *,
        suspect: bool = False,
        strikes: int = 0,
        kills: int = 0,
        doublings: int = 0,
    ) -> None:
        """Back among the waiting, with what is held against it from now on."""
        with self.write() as db:
            db.execute(
                "UPDATE tasks SET state = 'waiting', folder = NULL, suspect = max(suspect, ?), "
                "strikes = strikes + ?, kills = kills + ?, memory_doublings = memory_doublings + ?,"
                " exit_code = NULL, status = NULL, reason = NULL, message = NULL WHERE number = ?",
                (int(suspect), strikes, kills, doublings, number),
            )

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._db.close()


def open_ledger(folder: Path, disk: Disk) -> Ledger:
    """The ledger of a batch folder, to be read until it is owned."""
    if not (folder / NAME).is_file():
        raise StorageFailed(f"{folder} holds no ledger ({NAME}); it is no batch folder.")
    return Ledger(folder / NAME, disk)


def _set_outcome(
    db: sqlite3.Connection,
    number: int,
    state: str,
    key: str,
    folder: str | None,
    code: int,
    finding: Finding,
) -> None:
    db.execute(
        "UPDATE tasks SET state = ?, key = ?, folder = ?, exit_code = ?, status = ?, reason = ?, "
        "message = ?, findings = ? WHERE number = ?",
        (state, key, folder, code, finding.status, finding.reason, finding.message,
         json.dumps(dict(finding.figures), sort_keys=True), number),
    )  # fmt: skip


def _task(row: sqlite3.Row) -> Task:
    try:
        payload = json.loads(row["payload"])
    except ValueError as error:
        words = f"The ledger's entry of {row['name']} is damaged: {error}."
        raise LedgerRefused(words) from error
    return Task(
        row["number"],
        row["name"],
        payload,
        row["priority"],
        bool(row["suspect"]),
        row["attempts"],
        row["strikes"],
        row["kills"],
        row["memory_doublings"],
    )


def create_ledger(
    path: Path, disk: Disk, facts: Mapping[str, str], entries: Iterable[Task | Refusal]
) -> None:
    """A new ledger, complete or absent: made aside, flushed and renamed.

    `entries` may be generated: a hundred thousand rows are never in memory together.
    """
    draft = path.with_name(f".{path.name}.part")
    for leftover in path.parent.glob(f"{draft.name}*"):
        leftover.unlink()
    try:
        disk.before("write", path)
        db = sqlite3.connect(draft, isolation_level=None)
        with contextlib.closing(db):
            db.execute("PRAGMA synchronous = FULL")
            db.executescript(SCHEMA)
            db.execute(f"PRAGMA user_version = {VERSION}")
            db.execute("BEGIN")
            told = {**facts, "token": "0", "made_utc": utc()}
            db.executemany("INSERT INTO facts VALUES (?, ?)", told.items())
            for entry in entries:
                _enter(db, entry)
            disk.commit(db, draft)
        disk.sync(draft)
        disk.rename(draft, path)
    except sqlite3.Error as error:
        raise StorageFailed(f"{path} cannot be written: {error}.") from error
    except OSError as error:
        raise StorageFailed(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _enter(db: sqlite3.Connection, entry: Task | Refusal) -> None:
    if isinstance(entry, Refusal):
        db.execute(
            "INSERT INTO refusals VALUES (?, ?, ?, ?)",
            (entry.line, entry.name, entry.field, entry.message),
        )
    else:
        db.execute(
            "INSERT INTO tasks (number, name, payload, priority) VALUES (?, ?, ?, ?)",
            (entry.number, entry.name, json.dumps(dict(entry.payload)), entry.priority),
        )


def utc() -> str:
    """Now, for reading only."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
