"""STO tables: what is written is read again, and OpenSim's readers find what they ask for."""

import numpy as np
import pytest

from afo_designer.formats.sto import sto_bytes

COLUMNS = {"time": [0.0, 1.0, 2.0], "angle": [-0.1, 0.0, 0.25], "angle_moment": [1.5, 0.0, -3.0]}


def read(content: bytes) -> tuple[list[str], dict[str, str], dict[str, np.ndarray]]:
    """Header lines, values and columns, as OpenSim's own readers divide them."""
    head, body = content.decode("ascii").split("endheader\n")
    lines = head.splitlines()
    values = dict(line.split("=", 1) for line in lines if "=" in line)
    rows = [line.split("\t") for line in body.splitlines()]
    table = np.array(rows[1:], dtype=float)
    return lines, values, {name: table[:, n] for n, name in enumerate(rows[0])}


def test_what_is_written_is_read_again() -> None:
    content = sto_bytes("title", COLUMNS, ["A sentence."], {"key": "a=b"})
    lines, values, columns = read(content)
    assert lines[0] == "title"
    assert "A sentence." in lines
    assert values["key"] == "a=b"
    assert values["nRows"] == "3"
    assert values["nColumns"] == "3"
    assert values["inDegrees"] == "no"
    assert list(columns) == list(COLUMNS)
    for name, column in COLUMNS.items():
        np.testing.assert_allclose(columns[name], column, rtol=1e-9)
    assert sto_bytes("title", COLUMNS, ["A sentence."], {"key": "a=b"}) == content


@pytest.mark.parametrize(
    ("columns", "notes", "said"),
    [
        ({"angle": [0.0, 1.0]}, [], "column `time`"),
        ({"time": [0.0, 0.0], "angle": [0.0, 1.0]}, [], "rises"),
        ({"time": [0.0, 1.0], "angle": [0.0, np.nan]}, [], "finite"),
        (COLUMNS, ["range of the ankle"], "header"),
        (COLUMNS, ["units are metres"], "header"),
        (COLUMNS, ["in °"], "header"),
        (COLUMNS, ["k = 3"], "read as a value"),
    ],
)
def test_what_a_reader_would_misread_is_refused(
    columns: dict[str, list[float]], notes: list[str], said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        sto_bytes("title", columns, notes)
