"""Numbers in text: strict, and in blocks, so that a large file never becomes a list of words."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from afo_designer.formats.gate import ScanRefused
from afo_designer.geometry.array import FloatArray, IntArray

# Text split at once: Python spends about ten bytes on every byte of a list of words.
BLOCK_BYTES = 1 << 24
# Stands for a line end among the numbers. No coordinate may be that large.
_LINE_END = -1.2345678901234567e306


def blocks(text: bytes, boundary: bytes) -> Iterator[bytes]:
    """The text in pieces of about `BLOCK_BYTES`, each but the last ending just after `boundary`."""
    start = 0
    while start < len(text):
        end = len(text)
        if end - start > BLOCK_BYTES:
            found = text.find(boundary, start + BLOCK_BYTES)
            end = len(text) if found < 0 else found + len(boundary)
        yield text[start:end]
        start = end


def to_floats(given: list[bytes], what: str) -> FloatArray:
    """Words as float64. Raises `ScanRefused` naming `what` and the word that is not a number."""
    try:
        values = np.fromiter(map(float, given), dtype=np.float64, count=len(given))
    except ValueError:
        wrong = next(word for word in given if not _is_number(word))
        shown = wrong[:24].decode("ascii", "backslashreplace")
        raise ScanRefused(f"{shown!r} stands where {what} is expected") from None
    return values


def numbers(text: bytes, what: str) -> FloatArray:
    """All numbers of a text, whatever white space is between them."""
    parts = [to_floats(words(block), what) for block in blocks(text, b"\n")]
    return np.concatenate(parts) if parts else np.zeros(0)


def rows(text: bytes, what: str) -> tuple[FloatArray, IntArray]:
    """Numbers line by line, empty lines left out.

    Returns all values and the starts of the lines: line i has those from `starts[i]` to
    `starts[i + 1]`.
    """
    parts = []
    mark = b" %r " % _LINE_END
    for block in blocks(text, b"\n"):
        closed = block if block.endswith(b"\n") else block + b"\n"
        parts.append(to_floats(words(closed.replace(b"\n", mark)), what))
    flat = np.concatenate(parts) if parts else np.zeros(0)
    is_end = flat == _LINE_END
    lengths = np.diff(np.flatnonzero(is_end), prepend=-1) - 1
    starts = np.concatenate([[0], np.cumsum(lengths[lengths > 0])])
    return flat[~is_end], starts.astype(np.int64)


def whole(values: FloatArray, what: str) -> IntArray:
    """Numbers as int64. Raises `ScanRefused` where one has a fraction or does not fit."""
    with np.errstate(invalid="ignore"):
        wrong = ~(np.abs(values) < 2.0**53) | (values != np.floor(values))
    if wrong.any():
        raise ScanRefused(f"{values[wrong][0]:g} stands where {what}, a whole number, is expected")
    return values.astype(np.int64)


def words(block: bytes) -> list[bytes]:
    """The words of a block of numbers. Raises `ScanRefused` where Python would be lenient."""
    if b"_" in block:  # Python reads 1_0 as ten; files do not
        raise ScanRefused("it has an underscore among its numbers")
    return block.split()


def _is_number(word: bytes) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
