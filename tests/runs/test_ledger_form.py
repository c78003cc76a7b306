"""A ledger that somebody has written in by hand is refused in a sentence, before anything is done.

Each edit once made an internal error, a batch that never ended, or a folder outside the results.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from demo_run import PERSON, SCAN

from afo_designer.runs.batch import Settings
from afo_designer.runs.ledger import NAME, LedgerRefused
from afo_designer.runs.orders_batch import begin_batch, run_orders

SET = "UPDATE tasks SET "
DONE = "state = 'done', exit_code = 0, status = 'ok'"


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("orders")
    table = folder / "orders.csv"
    table.write_text(f"order_id,scan,person\na,{SCAN.name},{PERSON.name}\n", "utf-8")
    for path in (SCAN, PERSON):
        (folder / path.name).symlink_to(path)
    begin_batch(table, folder / "b", fast=True, root=SCAN.parent)
    return (folder / "b" / NAME).read_bytes()


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        ("DELETE FROM facts WHERE name = 'fast'", "'fast' is missing"),
        ("DELETE FROM facts WHERE name = 'code'", "'code' is missing"),
        ("DELETE FROM facts WHERE name = 'kind'", "no known kind"),
        ("DELETE FROM facts WHERE name = 'token'", "'token' is missing"),
        ("UPDATE facts SET value = 'abc' WHERE name = 'token'", "'token' is 'abc'"),
        ("UPDATE facts SET value = 'yes' WHERE name = 'fast'", "'fast' is 'yes'.*'0' or '1'"),
        ("DROP TABLE attempts", "no column attempts.number"),
        ("ALTER TABLE tasks DROP COLUMN findings", "no column tasks.findings"),
        (SET + "payload = '{'", "payload of 'a' is damaged"),
        (SET + "payload = '[]'", "payload of 'a' is damaged"),
        (SET + "payload = json_remove(payload, '$.scan')", "payload of 'a'"),
        (SET + "payload = json_set(payload, '$.scan', 7)", "payload of 'a'"),
        (SET + "payload = json_set(payload, '$.settings', 'x')", "payload of 'a'"),
        (SET + "payload = json_set(payload, '$.passed.quantity', 'x')", "payload of 'a'"),
        (SET + "name = '../../x'", r"name of '\.\./\.\./x' is damaged"),
        (SET + "state = 'gone'", "state of 'a'"),
        (SET + "priority = 'high'", "priority of 'a'"),
        (SET + "kills = 'x'", "kills of 'a'"),
        (SET + "findings = '[1]'", "findings of 'a'"),
        (SET + DONE, "findings of 'a'"),
        (SET + "state = 'failed'", "exit_code of 'a'"),
    ],
)
def test_an_edited_ledger_is_refused(ledger: bytes, tmp_path: Path, edit: str, named: str) -> None:
    (tmp_path / NAME).write_bytes(ledger)
    with closing(sqlite3.connect(tmp_path / NAME)) as db:
        db.execute(edit)
        db.commit()
    with pytest.raises(LedgerRefused, match=named) as caught:
        run_orders(tmp_path, Settings())
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "orders").exists()
