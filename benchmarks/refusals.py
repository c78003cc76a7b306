"""What must not be accepted, and what must not be left behind: exit codes, sentences, folders.

    python benchmarks/refusals.py [--scans FOLDER] [--only GLOB]

Every case is one `afo` command in a process of its own. A row passes when the exit code is the
contract's, the sentence names the cause (a word of it is looked for), there is no traceback, and
neither the output folder nor a draft of it is there afterwards. The rows are kept in
benchmarks/results/refusals.json.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LIMB, PERSON = ROOT / "scans" / "demo_limb.ply", ROOT / "scans" / "demo_person.toml"
PATIENCE_SECONDS = 600.0
# Smaller than a design's STL: the file system refuses the rest, as a full one does.
FILE_BLOCKS = 2000
# Long enough for the program to be at work, short enough that the design is not finished.
INTERRUPT_AFTER_SECONDS = 8.0


@dataclass(frozen=True)
class Stop:
    """A signal to the command: after so many seconds, or while its files are being written."""

    signal: signal.Signals
    seconds: float | None = None


@dataclass(frozen=True)
class Case:
    """A command that must end with `code`, saying one of `words`; `kept` is what was there."""

    name: str
    code: int
    words: tuple[str, ...]
    arguments: tuple[str, ...]
    output: Path
    kept: tuple[str, ...] | None = None
    limit: int | None = None
    stop: Stop | None = None


def cases(scans: Path, folder: Path) -> Iterator[Case]:
    """All cases; their files are made in `folder`."""
    yield from _scan_cases(scans, folder)
    yield from _person_cases(folder)
    yield from _name_cases(folder)
    yield from _folder_cases(folder)


def _design(
    name: str,
    code: int,
    words: tuple[str, ...],
    folder: Path,
    scan: Path = LIMB,
    person: Path = PERSON,
    more: tuple[str, ...] = (),
) -> Case:
    output = folder / f"out {name}"
    arguments = ("design", str(scan), "--person", str(person), "-o", str(output), *more)
    return Case(name, code, words, arguments, output)


def _scan_cases(scans: Path, folder: Path) -> Iterator[Case]:
    for path in sorted((scans / "not_a_leg").glob("*.stl")):
        yield _design(f"not a leg: {path.stem}", 3, ("foot", "leg"), folder, path)
    for name, words, suffix, content in _bad_files():
        path = folder / f"{name.replace(' ', '_')}{suffix}"
        path.write_bytes(content)
        yield _design(name, 3, words, folder, path)
    yield _design("scan not there", 3, ("no such file", "not exist"), folder, folder / "none.stl")
    yield _design("scan is a folder", 3, ("folder", "directory"), folder, folder)
    yield _design("other unit told", 3, ("unit", "inch"), folder, more=("--unit", "inch"))


def _bad_files() -> Iterator[tuple[str, tuple[str, ...], str, bytes]]:
    """(name, words, suffix, bytes) of files that are not scans."""
    ply = LIMB.read_bytes()
    head, mark, body = ply.partition(b"end_header\n")
    stl = _as_stl(ply)
    yield "empty", ("empty",), ".stl", b""
    yield "empty ply", ("empty",), ".ply", b""
    yield "truncated stl", ("truncat", "short", "bytes", "ends"), ".stl", stl[: len(stl) // 2]
    yield "truncated ply", ("truncat", "short", "bytes", "ends"), ".ply", ply[: len(ply) // 2]
    yield "header only", ("truncat", "short", "bytes", "ends"), ".ply", head + mark
    yield "nan ridden", ("finite", "nan"), ".stl", _with_nan(stl, range(0, 40_000, 3))
    huge = stl[:80] + struct.pack("<I", 2**32 - 1) + stl[84:]
    yield "4294967295 faces stl", ("4294967295", "4,294,967,295", "4 294 967 295"), ".stl", huge
    lines = [
        b"element face 4294967296" if line.startswith(b"element face") else line
        for line in head.split(b"\n")
    ]
    huge = b"\n".join(lines) + mark + body
    yield "4294967296 faces ply", ("4294967296", "4,294,967,296", "4 294 967 296"), ".ply", huge
    yield "text as stl", ("stl",), ".stl", b"Dear colleague, the scan follows by post.\n" * 40
    yield "text as ply", ("ply",), ".ply", b"Dear colleague, the scan follows by post.\n" * 40
    yield "picture as obj", ("obj",), ".obj", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
    yield "unknown format", ("format", "suffix", "extension", ".xyz"), ".xyz", stl
    yield "random bytes", ("stl", "byte"), ".stl", bytes((i * 7919) % 251 for i in range(50_000))
    flat = _with_flat(stl)
    yield "flat sheet", ("flat", "foot", "leg", "extent", "ratio"), ".stl", flat


def _as_stl(ply: bytes) -> bytes:
    """The demonstration limb as binary STL."""
    from afo_designer.formats.registry import read_mesh
    from afo_designer.formats.stl import stl_bytes

    with tempfile.NamedTemporaryFile(suffix=".ply") as stream:
        stream.write(ply)
        stream.flush()
        return stl_bytes(read_mesh(Path(stream.name)).mesh)


def _with_nan(stl: bytes, facets: range) -> bytes:
    spoilt = bytearray(stl)
    for facet in facets:
        place = 84 + 50 * facet + 12
        if place + 4 <= len(spoilt):
            spoilt[place : place + 4] = struct.pack("<f", float("nan"))
    return bytes(spoilt)


def _with_flat(stl: bytes) -> bytes:
    """Every z made zero."""
    spoilt = bytearray(stl)
    for facet in range((len(stl) - 84) // 50):
        for corner in range(3):
            place = 84 + 50 * facet + 12 + 12 * corner + 8
            spoilt[place : place + 4] = bytes(4)
    return bytes(spoilt)


def _person_cases(folder: Path) -> Iterator[Case]:
    changes: list[tuple[str, int, tuple[str, ...], str, str]] = [
        ("height 90", 3, ("height_mm",), "height_mm = 1700", "height_mm = 90"),
        ("height a word", 3, ("height_mm",), "height_mm = 1700", 'height_mm = "tall"'),
        ("mass negative", 3, ("mass_kg",), "mass_kg = 70", "mass_kg = -70"),
        ("mass nan", 3, ("mass_kg",), "mass_kg = 70", "mass_kg = nan"),
        ("mass missing", 3, ("mass_kg",), "mass_kg = 70", ""),
        ("side unknown", 3, ("side",), 'side = "left"', 'side = "links"'),
        ("side of the other leg", 3, ("left", "right"), 'side = "left"', 'side = "right"'),
        ("grade 6", 3, ("dorsiflexor_mmt",), 'dorsiflexor_mmt = "3"', 'dorsiflexor_mmt = "6"'),
        (
            "torque and grade disagree",
            3,
            ("torque",),
            'dorsiflexor_mmt = "3"',
            'dorsiflexor_mmt = "0"\ndorsiflexion_torque_nm = 30',
        ),
        ("unknown key", 3, ("mass_kg",), "mass_kg = 70", "mass_kg = 70\nmas_kg = 70"),
        ("unknown section", 3, ("footwear",), "[footwear]", "[footware]"),
        ("not toml", 3, ("toml",), "[person]", "[person"),
        (
            "no strength missing",
            4,
            ("no orthosis indicated",),
            'dorsiflexor_mmt = "3"',
            'dorsiflexor_mmt = "5"',
        ),
    ]
    text = PERSON.read_text("utf-8")
    for name, code, words, old, new in changes:
        if old not in text:
            raise ValueError(f"{PERSON} holds no {old!r}")
        path = folder / f"person_{name.replace(' ', '_')}.toml"
        path.write_text(text.replace(old, new, 1), "utf-8")
        yield _design(f"person: {name}", code, words, folder, person=path)
    missing = folder / "nobody.toml"
    yield _design("person file not there", 3, ("no such file",), folder, person=missing)
    binary = folder / "binary.toml"
    binary.write_bytes(bytes(range(256)))
    yield _design("person file binary", 3, ("utf-8", "text"), folder, person=binary)


def _name_cases(folder: Path) -> Iterator[Case]:
    def one(name: str, code: int, words: tuple[str, ...], *more: str) -> Case:
        return _design(name, code, words, folder, more=more)

    yield one("unknown template", 3, ("semi_solid",), "--template", "semisolid")
    yield one("unknown material", 3, ("pa12_mjf",), "--material", "pa12mjf")
    yield one("unknown key", 3, ("thickness_mm",), "--set", "shell.leaf.thicknes_mm=4")
    yield one("value out of range", 3, ("shell.leaf.thickness_mm",), "--set", _SET.format("400"))
    yield one("value a word", 3, ("shell.leaf.thickness_mm",), "--set", _SET.format("thick"))
    yield one("set without =", 2, ("key=value",), "--set", "shell.leaf.thickness_mm")
    yield one("unknown option", 2, ("no such option",), "--colour", "red")
    yield one("unknown side", 2, ("side",), "--side", "both")
    marks = folder / "marks.json"
    marks.write_text('{"lateral_maleolus": [1, 2, 3]}')
    yield one("unknown landmark", 3, ("lateral_malleolus",), "--landmarks", str(marks))
    afar = folder / "afar.json"
    afar.write_text('{"lateral_malleolus": [90000, 2, 3]}')
    yield one("landmark off the skin", 3, ("lateral_malleolus",), "--landmarks", str(afar))
    output = folder / "out no command"
    yield Case("no person", 2, ("--person",), ("design", str(LIMB), "-o", str(output)), output)


_SET = "shell.leaf.thickness_mm={}"


def _folder_cases(folder: Path) -> Iterator[Case]:
    def one(name: str, code: int, words: tuple[str, ...], output: Path, **rest: object) -> Case:
        arguments = ("design", str(LIMB), "--person", str(PERSON), "-o", str(output), "--fast")
        return Case(name, code, words, arguments, output, **rest)  # type: ignore[arg-type]

    yield one("missing parent", 6, ("does not exist",), folder / "no parent" / "out")
    closed = _closed(folder)
    if closed is not None:
        yield one("read-only folder", 6, ("cannot be written",), closed / "afo_out")
    file = folder / "a file"
    file.write_text("mine")
    yield one("parent is a file", 6, ("exist", "folder"), file / "out")
    yield one("output is a file", 2, ("is a file",), file, kept=())
    full = folder / "full"
    full.mkdir()
    (full / "mine.txt").write_text("mine")
    yield one("folder not empty", 2, ("--overwrite",), full, kept=("mine.txt",))
    yield one("disk full", 6, ("cannot be written",), folder / "cut", limit=FILE_BLOCKS)
    early, late = Stop(signal.SIGINT, INTERRUPT_AFTER_SECONDS), Stop(signal.SIGINT)
    yield one("interrupted at work", 130, ("interrupted",), folder / "cut", stop=early)
    yield one("interrupted while writing", 130, ("interrupted",), folder / "cut", stop=late)
    late = Stop(signal.SIGTERM)
    yield one("terminated while writing", 130, ("interrupted",), folder / "cut", stop=late)


def _closed(folder: Path) -> Path | None:
    """A folder in which this user may not write: for root one the kernel keeps."""
    closed = folder / "closed"
    closed.mkdir()
    closed.chmod(0o555)
    if not os.access(closed, os.W_OK):
        return closed
    return Path("/proc") if Path("/proc/version").exists() else None


def judged(case: Case, folder: Path) -> dict[str, object]:
    """Runs a case; what happened and what is wrong with it."""
    before = set(folder.iterdir())
    begun = time.perf_counter()
    child = subprocess.Popen(
        [*_limited(case.limit), sys.executable, "-m", "afo_designer", *case.arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    if case.stop is not None:
        _stop(child, case.stop, folder, before)
    try:
        out, said = child.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        out, said = child.communicate()
    wrong = list(_wrong(case, child.returncode, said, out, before, folder))
    return {
        "name": case.name,
        "expected": case.code,
        "exit": child.returncode,
        "seconds": round(time.perf_counter() - begun, 2),
        "said": " ".join(said.split()),
        "wrong": wrong,
    }


def _stop(child: subprocess.Popen[str], stop: Stop, folder: Path, before: set[Path]) -> None:
    """Sends the signal when it is time, unless the command has ended."""
    end = time.monotonic() + (stop.seconds or PATIENCE_SECONDS)
    while child.poll() is None and time.monotonic() < end:
        if stop.seconds is None and set(folder.iterdir()) - before:
            time.sleep(1.0)  # the draft is there: into the middle of the writing
            break
        time.sleep(0.05)  # polls another process: there is no event to wait for
    child.send_signal(stop.signal)


def _limited(limit: int | None) -> tuple[str, ...]:
    """The words before a command that may write files of so many 512-byte blocks only."""
    return () if limit is None else ("sh", "-c", f'ulimit -f {limit}; exec "$@"', "sh")


def _wrong(
    case: Case, code: int, said: str, out: str, before: set[Path], folder: Path
) -> Iterator[str]:
    if code != case.code:
        yield f"exit {code}"
    if "Traceback" in said:
        yield "a traceback"
    if not any(word.lower() in said.lower() for word in case.words):
        yield f"does not say {' or '.join(case.words)}"
    if len(said.strip().splitlines()) > 2:
        yield f"{len(said.strip().splitlines())} lines"
    if out.strip():
        yield "wrote to stdout"
    if case.kept is None and _exists(case.output):
        yield "left its folder"
    if case.kept and {path.name for path in case.output.iterdir()} != set(case.kept):
        yield "changed the folder"
    left = set(folder.iterdir()) - before - {case.output}
    if left:
        yield f"left {', '.join(sorted(path.name for path in left))}"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scans", type=Path, default=ROOT.parent / "shared" / "scans")
    parser.add_argument("--only", default="*", help="cases whose name matches the glob")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="refusals."))
    rows = []
    try:
        for case in list(cases(options.scans.resolve(), folder)):
            if not fnmatch.fnmatch(case.name, options.only):
                continue
            row = judged(case, folder)
            rows.append(row)
            verdict = "MISS " + "; ".join(row["wrong"]) if row["wrong"] else "ok"
            print(f"{row['name']:48s} exit {row['exit']:3d}  {row['seconds']:5.1f} s  {verdict}")
            print(f"    {row['said'][:300]}", flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    results = ROOT / "benchmarks" / "results"
    results.mkdir(parents=True, exist_ok=True)
    (results / "refusals.json").write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    missed = [row["name"] for row in rows if row["wrong"]]
    print(
        f"\n{len(rows) - len(missed)} of {len(rows)} as the contract has it"
        + (f"; not: {', '.join(map(str, missed))}" if missed else "")
    )
    return 1 if missed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
