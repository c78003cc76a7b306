"""Every family on 24 legs in three materials: whether the job ends, and how.

    python benchmarks/library.py [--sample] [--workers N] [--only GLOB] [--accept N] [--summary]

24 legs: the sixteen of the makehuman set (a toddler to a tall man, both sides, straight and hanging
feet), the real one, seven of the population. Each is designed by `afo design --fast` in a process
of its own. `--sample` makes a third of it: one material a leg, in turn. A row is appended to
benchmarks/results/library.jsonl as soon as it is there; what has one at this commit is not run
again. `--accept N`: every Nth finished design also goes through `acceptance.py`.

Complete: exit 0, or exit 4 with every file written and the checks or stops that failed named.
Refused: exit 3 or 4 with a sentence and nothing written. Anything else is a crash. The target is
that 99 % are complete and that every other row is a refusal with its reason.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from campaign import RESULTS, ROOT, Ran, commit, person_toml, rows_so_far, run, stature
from shared_legs import Case, cases

from afo_designer.runs.catalogue import template_names

MATERIALS = ("pa12_mjf", "pa11", "pa12_cf")
GRADES = ("0", "2", "3")
POPULATION = tuple(f"{number:03d}" for number in range(0, 49, 7))
ROWS = RESULTS / "library.jsonl"
FOLDERS = RESULTS / "library"
NOT_FOR_PRINT = "NOT_FOR_PRINT_"


def legs(scans: Path) -> list[Case]:
    found = [c for c in cases(scans) if "clean" in c.groups or c.name in POPULATION]
    if len(found) != 24:
        raise SystemExit(f"{scans} holds {len(found)} of the 24 legs.")
    return found


def orders(options: argparse.Namespace) -> Iterator[tuple[str, int, Case, str]]:
    """(family, leg's number, leg, material): of the sample, one material a leg, in turn."""
    for number, case in enumerate(legs(options.scans)):
        for place, family in enumerate(template_names()):
            for turn, material in enumerate(MATERIALS):
                if options.sample and (number + place) % len(MATERIALS) != turn:
                    continue
                yield family, number, case, material


def measured(
    order: tuple[str, int, Case, str], options: argparse.Namespace, accept: bool
) -> dict[str, Any]:
    """The row of one design."""
    family, number, case, material = order
    name = f"{family}.{case.name}.{material}"
    person, target = FOLDERS / f"{name}.toml", FOLDERS / name
    person.write_text(
        person_toml(stature(case, options.scans), case.side, GRADES[number % 3]), "utf-8"
    )
    arguments = ["design", str(case.path), "--person", str(person), "-o", str(target), "--fast"]
    arguments += ["--overwrite", "--template", family, "--material", material]
    made = run(arguments)
    row = {"name": name, "family": family, "leg": case.name, "material": material}
    row |= {"commit": options.commit, "exit": made.code, "seconds": made.seconds}
    row |= {"cpu_seconds": made.cpu_seconds, **_verdict(made, target)}
    if accept and row["complete"]:
        row["accepted"] = accepted(target)
    shutil.rmtree(target, ignore_errors=True)
    return row


def _verdict(made: Ran, target: Path) -> dict[str, Any]:
    record = made.document or {}
    if "checks" not in record:
        reason = record.get("error") or made.stderr.strip()[-300:]
        refused = made.code in (3, 4) and bool(record.get("error")) and not target.exists()
        return {"complete": False, "refused": refused, "reason": reason}
    failed = [check for check in record["checks"] if check["verdict"] == "fail"]
    stops = record["prescription"].get("stops", [])
    reasons = [f"{check['id']}: {check['message']}" for check in failed]
    reasons += [stop["message"] for stop in stops]
    whole = all((target / item["path"]).is_file() for item in record["outputs"])
    names = [item["path"] for item in record["outputs"]]
    prefix = NOT_FOR_PRINT if record["status"] == "failed" else ""
    for kind in ("stl", "step", "3mf"):
        parts = [one for one in names if one.endswith(f".{kind}") and "afo" in one]
        whole = whole and bool(parts) and all(one.startswith(f"{prefix}afo") for one in parts)
    sound = record["print"]["watertight"] and record["print"]["self_intersections"] == 0
    ended = made.code == 0 or (made.code == 4 and bool(reasons))
    return {
        "complete": bool(whole and sound and ended),
        "refused": False,
        "status": record["status"],
        "failed": [check["id"] for check in failed],
        "reason": "; ".join(reasons),
        "mass_g": record["print"]["mass_g"],
        "stiffness": record["stiffness"].get("plantarflexion"),
    }


def accepted(folder: Path) -> list[str]:
    """What `acceptance.py` held against a design; in a process of its own: gmsh may fall."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "acceptance.py"), str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line.strip() for line in done.stdout.splitlines() if "FAIL" in line]
    return lines if done.returncode in (0, 1) else [done.stderr.strip()[-200:]]


def go_on(options: argparse.Namespace) -> None:
    """Makes the designs that have no row of this commit yet."""
    FOLDERS.mkdir(parents=True, exist_ok=True)
    done = {row["name"] for row in rows_so_far(ROWS) if row["commit"] == options.commit}
    todo = [
        order
        for order in orders(options)
        if fnmatch.fnmatch(name := f"{order[0]}.{order[2].name}.{order[3]}", options.only)
        and name not in done
    ]
    lock = threading.Lock()

    def one(item: tuple[int, tuple[str, int, Case, str]]) -> None:
        count, order = item
        row = measured(order, options, bool(options.accept) and count % options.accept == 0)
        with lock, ROWS.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")
        print(
            f"{count + 1}/{len(todo)} {row['name']:58s} exit {row['exit']} "
            f"{row['seconds']:5.1f} s {row['reason'][:100]}",
            flush=True,
        )

    with ThreadPoolExecutor(options.workers) as pool:
        list(pool.map(one, enumerate(todo)))


def summary(rows: list[dict[str, Any]]) -> bool:
    complete = sum(row["complete"] for row in rows)
    share = 100.0 * complete / len(rows)
    others = [row for row in rows if not row["complete"] and not row["refused"]]
    checked = [row for row in rows if "accepted" in row]
    faulty = [row for row in checked if row["accepted"]]
    print(f"\n{len(rows)} designs, commits {', '.join(sorted({r['commit'] for r in rows}))}")
    print(f"{'ok  ' if share >= 99.0 else 'MISS'}  complete {complete} ({share:.1f} %)")
    print(f"{'ok  ' if not others else 'MISS'}  neither complete nor refused: {len(others)}")
    sound = len(checked) - len(faulty)
    print(f"{'ok  ' if not faulty else 'MISS'}  accepted {sound} of {len(checked)}")
    for family in sorted({row["family"] for row in rows}):
        mine = [row for row in rows if row["family"] == family]
        codes = dict(sorted(Counter(row["exit"] for row in mine).items()))
        failed = Counter(name for row in mine for name in row.get("failed", []))
        common = ", ".join(f"{name} {count}" for name, count in failed.most_common(5))
        print(f"  {family:24s} exit codes {codes}  failed: {common or 'none'}")
    for row in rows:
        if not row["complete"]:
            print(f"  {row['name']:58s} exit {row['exit']}  {row['reason'][:220]}")
    for row in faulty:
        print(f"  {row['name']}: {'; '.join(row['accepted'])[:300]}")
    return share >= 99.0 and not others and not faulty


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--scans", type=Path, default=ROOT.parent / "shared" / "scans")
    parser.add_argument("--sample", action="store_true", help="one material a leg")
    parser.add_argument("--only", default="*", help="FAMILY.LEG.MATERIAL matches the glob")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--accept", type=int, default=0, help="every Nth design is accepted too")
    parser.add_argument("--commit", default=commit(), help="what the rows are of")
    parser.add_argument("--summary", action="store_true", help="only print what was measured")
    options = parser.parse_args()
    options.scans = options.scans.resolve()
    if not options.summary:
        go_on(options)
    rows = [row for row in rows_so_far(ROWS) if fnmatch.fnmatch(row["name"], options.only)]
    if not rows:
        print(f"{ROWS} holds no rows.")
        return 1
    return 0 if summary(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
