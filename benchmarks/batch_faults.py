"""Faults of a batch: what dies, fails or is cut off, and whether every order is delivered once.

    python benchmarks/batch_faults.py [--only GLOB] [--again] [--orders N] [--real N] [--summary]

Every case is a row in benchmarks/results/batch_faults.jsonl, with its figures beside the issue's
target; a case that has a row is not run again without `--again`. Jobs are those of
tests/fake_job.py, which write, sleep, crash, hang or eat; `--real N` adds the cases with designs of
N generated limbs (never one of the patients kept apart, 990 to 999): `real`, kills among
`afo batch --fast`; `rate_fast`, one worker and two; `rate_full`, the default profile at two.

`kills`: SIGKILL of 50 jobs (the job or its warden) and of 5 runners at random times among
1 000 orders. `operations`: every write, fsync, rename, link, removal and commit of a small batch,
in turn, killed before it, failed with ENOSPC and with EIO; then resumed. `poison`: a segfaulting, a
hanging and a memory-eating order among 200. `full`, `limited`, `readonly`, `vanished`: storage.
`two_runners`: one stopped and continued 20 times, the other takes over. `throughput`, `rows`:
what the runner itself costs. `dask`: the same orders on a Dask cluster of this machine.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import fnmatch
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import fake_work  # noqa: E402
from fake_work import FaultyDisk, delivered, make_batch, rows, run_batch  # noqa: E402

from afo_designer.runs.batch import BatchPaused, owned_ledger  # noqa: E402
from afo_designer.runs.disk import Disk  # noqa: E402
from afo_designer.runs.ledger import NAME, Ledger  # noqa: E402
from afo_designer.runs.orders_batch import begin_batch, preview_batch  # noqa: E402
from afo_designer.runs.workspace import StorageFailed  # noqa: E402

RESULTS = ROOT / "benchmarks" / "results" / "batch_faults.jsonl"
JOB_KILLS, RUNNER_KILLS, ROUNDS = 50, 5, 20
RESUME_SECONDS = 5.0
WORKERS = 2
Row = dict[str, Any]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}


def runner(folder: Path, **options: object) -> subprocess.Popen[bytes]:
    """A runner of its own, with fake jobs."""
    words = [sys.executable, fake_work.__file__, str(folder), json.dumps(options)]
    return subprocess.Popen(words, env=ENVIRONMENT, stderr=subprocess.DEVNULL)


def real_runner(folder: Path, workers: int = WORKERS) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "afo_designer", "batch", "--resume", str(folder)]
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [*words, "--workers", str(workers)], env=ENVIRONMENT, stdout=quiet, stderr=quiet
    )


def processes(folder: Path) -> list[int]:
    """Processes at work in a batch's drafts: wardens, jobs and what those started."""
    wanted, found = f"{folder}/.work".encode(), []
    for one in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if wanted in one.read_bytes():
                found.append(int(one.parent.name))
    return sorted(found)


def once(folder: Path) -> bool:
    """Whether every order is there, delivered once."""
    return all(row["state"] == "done" and row["deliveries"] == 1 for row in rows(folder).values())


def tasks(count: int, seconds: float, seed: int = 1) -> dict[str, Row]:
    """Writers that take `seconds` in the mean."""
    draw = random.Random(seed)
    return {
        f"o{n:04d}": {"text": f"text {n}", "seconds": round(draw.uniform(0.2, 1.8) * seconds, 3)}
        for n in range(count)
    }


# -- kills -----------------------------------------------------------------------------------------


def kills(folder: Path, count: int) -> Row:
    """Fake jobs: a calm run, then one among kills."""
    one = tasks(count, 0.1)
    calm = make_batch(folder / "calm", one)
    begun = time.monotonic()
    run_batch(calm, WORKERS)
    quiet = time.monotonic() - begun
    stormy = make_batch(folder / "storm", one)
    found = _storm(stormy, lambda: runner(stormy, workers=WORKERS), 0.5 * quiet, count)
    return {"orders": count, "calm_s": quiet, **found, **_judged(calm, stormy)}


def real(folder: Path, count: int) -> Row:
    """`afo design --fast` on generated limbs: the same."""
    table = _limbs(folder / "in", count)
    for name in ("calm", "storm"):
        begin_batch(table, folder / name, fast=True)
    begun = time.monotonic()
    code = real_runner(folder / "calm").wait()
    quiet = time.monotonic() - begun
    storm = folder / "storm"
    found = _storm(storm, lambda: real_runner(storm), 0.6 * quiet, count)
    return {
        "orders": count,
        "calm_s": quiet,
        "calm_code": code,
        "designs_per_hour": 3600.0 * count / quiet,
        **found,
        **_judged(folder / "calm", storm),
    }


def _limbs(folder: Path, count: int) -> Path:
    folder.mkdir()
    lines = [
        "order_id,scan,person.mass_kg,person.height_mm,person.side,examination.dorsiflexor_mmt"
    ]
    for patient in range(count):
        path = folder / f"leg{patient:04d}.ply"
        words = [sys.executable, "-m", "afo_designer", "limb", "--patient", str(patient), "--json"]
        done = subprocess.run(
            [*words, "-o", str(path)], env=ENVIRONMENT, capture_output=True, check=True
        )
        known = json.loads(done.stdout)
        body = known["parameters"]
        lines.append(
            f"p{patient:04d},{path.name},{body['mass_kg']:g},{body['height_mm']:g},"
            f"{known['side']},{patient % 4}"
        )
    (folder / "orders.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder / "orders.csv"


def _storm(
    folder: Path, start: Callable[[], subprocess.Popen[bytes]], span: float, count: int
) -> Row:
    """Runs a batch to its end among kills spread over `span` seconds; how often they landed.

    Of a few orders two jobs each are killed in the mean: ten kills would condemn one.
    """
    draw = random.Random(2)
    moments = sorted(draw.uniform(0.0, span) for _ in range(min(JOB_KILLS, 2 * count)))
    runners = min(RUNNER_KILLS, max(1, count // 2))
    ends = sorted(draw.uniform(0.2, 0.9) * span for _ in range(runners))
    landed = orphans = 0
    resumes: list[float] = []
    process, begun = start(), time.monotonic()
    while process.poll() is None:
        now = time.monotonic() - begun
        if ends and now > ends[0]:
            ends.pop(0)
            process.kill()
            process.wait()
            time.sleep(0.5)  # the children end after their parent: none may be left by now
            orphans += len(processes(folder))
            again = time.monotonic()
            process = start()
            while process.poll() is None and not processes(folder):
                time.sleep(0.01)  # polls another process's children: there is no event to wait for
            resumes.append(time.monotonic() - again)
        elif moments and now > moments[0]:
            running = processes(folder)
            if running:
                moments.pop(0)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(draw.choice(running), signal.SIGKILL)
                    landed += 1
        time.sleep(0.02)  # polls the clock and another process: kills come at drawn moments
    return {
        "code": process.returncode,
        "stormy_s": time.monotonic() - begun,
        "job_kills": landed,
        "runner_kills": len(resumes),
        "orphans": orphans,
        "longest_resume_s": max(resumes, default=0.0),
    }


def _judged(calm: Path, other: Path) -> Row:
    mine = rows(other)
    attempts = [row["attempts"] for row in mine.values()]
    return {
        "each_once": once(other) if once(calm) else {
            name: (row["state"], row["deliveries"]) for name, row in mine.items()
        } == {name: (row["state"], row["deliveries"]) for name, row in rows(calm).items()},
        "same_bytes": delivered(calm) == delivered(other),
        "most_attempts": max(attempts),
        "repeated": sum(one > 1 for one in attempts),
        "condemned": sum(row["status"] == "crashed" for row in mine.values()),
    }  # fmt: skip


# -- every operation -------------------------------------------------------------------------------


def operations(folder: Path, count: int) -> Row:
    """Each operation of two orders killed and failed in turn."""
    one = tasks(2, 0.0)
    calm = make_batch(folder / "calm", one)
    counter = FaultyDisk()
    run_batch(calm, 1, disk=counter)
    wanted, seen = delivered(calm), counter.seen
    torn, lost, slowest = [], [], 0.0
    for fault, error in (("kill", -signal.SIGKILL), ("ENOSPC", errno.ENOSPC), ("EIO", errno.EIO)):
        for at, operation in enumerate(seen):
            tried = make_batch(folder / "try", one)
            _fail(tried, at, error)
            now = delivered(tried) if (tried / "orders").is_dir() else {}
            # A draft's name begins with a dot: no one takes it for a result.
            whole = {path: one for path, one in now.items() if not Path(path).name.startswith(".")}
            if any(wanted.get(path) != one for path, one in whole.items()):
                torn.append(f"{fault} {operation} {at}")
            begun = time.monotonic()
            run_batch(tried, 1)
            slowest = max(slowest, time.monotonic() - begun)
            if not once(tried) or delivered(tried) != wanted or any((tried / ".work").iterdir()):
                lost.append(f"{fault} {operation} {at}")
            shutil.rmtree(tried)
    kinds = {kind: seen.count(kind) for kind in sorted(set(seen))}
    return {"operations": kinds, "runs": 3 * len(seen), "torn": torn, "lost": lost,
            "longest_resume_with_jobs_s": slowest}  # fmt: skip


def _fail(folder: Path, at: int, error: int) -> None:
    if error < 0:
        runner(folder, workers=1, fault={"at": at, "error": error}).wait()
        return
    with contextlib.suppress(BatchPaused, StorageFailed):
        run_batch(folder, 1, disk=FaultyDisk(at, error))


# -- jobs that go wrong ----------------------------------------------------------------------------


def poison(folder: Path, count: int) -> Row:
    """Three bad orders among 200: the cost beyond the good ones'."""
    limit = 10.0
    good = tasks(200, 0.1)
    calm = make_batch(folder / "calm", good)
    begun = time.monotonic()
    run_batch(calm, WORKERS, limit)
    quiet = time.monotonic() - begun
    bad = {name: {"act": name, "priority": 1.0} for name in ("segfault", "hang", "eat")}
    other = make_batch(folder / "poison", good | bad)
    begun = time.monotonic()
    run_batch(other, WORKERS, limit)
    took = time.monotonic() - begun
    found = rows(other)
    return {
        "calm_s": quiet,
        "with_bad_s": took,
        "limit_s": limit,
        "overhead_limits": (took - quiet) / limit,
        "good_done": sum(found[name]["state"] == "done" for name in good),
        "causes": {name: found[name]["reason"] for name in bad},
        "left_behind": len(processes(folder)),
    }


# -- storage ---------------------------------------------------------------------------------------


def full(folder: Path, count: int) -> Row:
    """A tmpfs of 1 MB that is full, then larger; in a mount namespace of its own."""
    return _in_namespace("full_inside", folder)


def readonly(folder: Path, count: int) -> Row:
    """A batch folder on a file system that becomes read-only."""
    return _in_namespace("readonly_inside", folder)


def _in_namespace(name: str, folder: Path) -> Row:
    words = ["unshare", "-rm", sys.executable, __file__, "--inside", name, str(folder)]
    done = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"not_run": done.stderr.strip().splitlines()[-1:]}
    return json.loads(done.stdout)


def full_inside(folder: Path) -> Row:
    disk = folder / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    one = tasks(60, 0.0)
    make_batch(disk / "b", one)
    pauses = 0
    words = ""
    for size in ("1m", "1m", "2m", "64m"):
        subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)
        try:
            run_batch(disk / "b", WORKERS)
        except StorageFailed as error:
            pauses, words = pauses + 1, str(error)
    calm = make_batch(folder / "calm", one)
    run_batch(calm, WORKERS)
    return {"pauses": pauses, "words": words, **_judged(calm, disk / "b")}


def readonly_inside(folder: Path) -> Row:
    subprocess.run(["mount", "--bind", str(folder), str(folder)], check=True)
    make_batch(folder / "b", tasks(4, 0.0))
    subprocess.run(["mount", "-o", "remount,bind,ro", str(folder)], check=True)
    words = ""
    try:
        run_batch(folder / "b")
    except StorageFailed as error:
        words = str(error)
    subprocess.run(["mount", "-o", "remount,bind,rw", str(folder)], check=True)
    run_batch(folder / "b")
    return {"refused": bool(words), "words": words, "each_once": once(folder / "b")}


def limited(folder: Path, count: int) -> Row:
    """Files may not grow beyond 3 kB in the runner and its jobs; then they may."""
    tried = make_batch(folder / "b", {"a": {"text": "text of some length"}, "b": {"text": "b"}})
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    process = subprocess.Popen(
        ["prlimit", "--fsize=3000", sys.executable, fake_work.__file__, str(tried), "{}"],
        env=ENVIRONMENT, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    _, words = process.communicate()
    run_batch(tried)
    assert resource.getrlimit(resource.RLIMIT_FSIZE) == kept
    return {"code": process.returncode, "words": words.strip().splitlines()[-1:],
            "each_once": once(tried)}  # fmt: skip


def vanished(folder: Path, count: int) -> Row:
    """The folder is taken away while jobs run, and put back."""
    one = tasks(20, 0.2)
    tried = make_batch(folder / "b", one)
    process = runner(tried, workers=WORKERS)
    time.sleep(1.5)  # into the middle of the work: the jobs take longer together
    tried.rename(folder / "away")
    code = process.wait(60)
    made_again = tried.exists()
    (folder / "away").rename(tried)
    run_batch(tried, WORKERS)
    return {"code": code, "made_again": made_again, "each_once": once(tried)}


# -- two runners -----------------------------------------------------------------------------------


def two_runners(folder: Path, count: int) -> Row:
    """One is stopped, the other takes over, the first goes on; in turns."""
    draw = random.Random(3)
    one = tasks(600, 0.2)
    tried = make_batch(folder / "b", one)
    owner = runner(tried, workers=WORKERS, stale_seconds=0.5)
    succeeded = locked = fenced = finished = 0
    _await_token(tried, 1)
    for _ in range(ROUNDS):
        time.sleep(draw.uniform(0.3, 1.0))  # a drawn moment of the owner's work is what is tried
        os.kill(owner.pid, signal.SIGSTOP)
        token = _token(tried)
        other = runner(tried, workers=WORKERS, stale_seconds=0.5)
        while other.poll() is None and _token(tried) == token:
            time.sleep(0.02)  # polls another process: there is no event to wait for
        time.sleep(draw.uniform(0.0, 0.5))  # and of the successor's
        os.kill(owner.pid, signal.SIGCONT)
        if other.poll() is not None:  # stopped inside a transaction: it cannot be succeeded
            locked += other.returncode != 0
            finished += other.returncode == 0
        else:
            succeeded += 1
            fenced += owner.wait(60) == 6
            owner = other
    stopped_with = sum(row["state"] == "waiting" for row in rows(tried).values())
    owner.terminate()
    owner.wait(60)
    begun = time.monotonic()
    run_batch(tried, 4)
    mine = rows(tried)
    expected = {name: one[name]["text"] for name in one}
    return {
        "rounds": ROUNDS,
        "succeeded": succeeded,
        "stale_owner_refused": fenced,
        "not_succeeded_in_transaction": locked,
        "waiting_at_the_end_of_rounds": stopped_with,
        "rest_s": time.monotonic() - begun,
        "each_once": once(tried),
        "double": sum(row["deliveries"] > 1 for row in mine.values()),
        "right_contents": all(
            (tried / "orders" / name / "design.json").read_text("utf-8") == f"{text}\n"
            for name, text in expected.items()
        ),
    }


def _token(folder: Path) -> int:
    with contextlib.closing(Ledger(folder / NAME, Disk())) as ledger:
        return ledger.owner()


def _await_token(folder: Path, token: int) -> None:
    while _token(folder) < token:
        time.sleep(0.02)  # polls another process: there is no event to wait for


# -- what the runner costs -------------------------------------------------------------------------


def throughput(folder: Path, count: int) -> Row:
    """Jobs of a second asleep: two workers against one, and the runner's own share."""
    seconds = {}
    for workers in (1, 2):
        one = make_batch(folder / f"w{workers}", {f"o{n}": {"seconds": 1.0, "text": f"{n}"}
                                                  for n in range(20)})  # fmt: skip
        begun = time.monotonic()
        run_batch(one, workers)
        seconds[workers] = time.monotonic() - begun
    own = resource.getrusage(resource.RUSAGE_SELF)
    return {"one_s": seconds[1], "two_s": seconds[2], "ratio": seconds[1] / seconds[2],
            "overhead_per_job_s": seconds[1] / 20 - 1.0,
            "runner_processor_s_per_job": (own.ru_utime + own.ru_stime) / 40}  # fmt: skip


def dask(folder: Path, count: int) -> Row:
    """Jobs of a second asleep: two workers of a Dask cluster against two of the runner's own.

    Local, Dask, Dask, local: what the machine does beside weighs on both alike.
    """
    from distributed import LocalCluster

    jobs = {f"o{n}": {"seconds": 1.0, "text": f"{n}"} for n in range(20)}
    seconds: dict[str, list[float]] = {"local": [], "dask": []}
    bytes_of = []
    with LocalCluster(
        n_workers=WORKERS, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0"
    ) as cluster:
        run_batch(make_batch(folder / "first", {"o": {}}), 0, scheduler=cluster.scheduler_address)
        for turn, kind in enumerate(("local", "dask", "dask", "local")):
            one = make_batch(folder / f"{kind}{turn}", jobs)
            scheduler = cluster.scheduler_address if kind == "dask" else ""
            begun = time.monotonic()
            run_batch(one, WORKERS, scheduler=scheduler)
            seconds[kind].append(time.monotonic() - begun)
            bytes_of.append(delivered(one))
    return {**{f"{kind}_s": took for kind, took in seconds.items()},
            "ratio": sum(seconds["dask"]) / sum(seconds["local"]),
            "same_bytes": all(one == bytes_of[0] for one in bytes_of)}  # fmt: skip


def rate_fast(folder: Path, count: int) -> Row:
    """`afo batch --fast`: designs an hour with one worker and with two."""
    one, two = (_rate(folder, count, workers, fast=True) for workers in (1, 2))
    return {"orders": count, "one": one, "two": two,
            "ratio": two["designs_per_hour"] / one["designs_per_hour"]}  # fmt: skip


def rate_full(folder: Path, count: int) -> Row:
    """`afo batch`, the default profile: designs an hour with two workers."""
    return {"orders": count, "two": _rate(folder, count, 2, fast=False)}


def _rate(folder: Path, count: int, workers: int, fast: bool) -> Row:
    source = folder / "in"
    table = source / "orders.csv" if source.exists() else _limbs(source, count)
    begin_batch(table, folder / f"w{workers}", fast=fast)
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    code = real_runner(folder / f"w{workers}", workers).wait()
    took = time.monotonic() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found = rows(folder / f"w{workers}").values()
    statuses = [str(row["status"]) for row in found]
    return {"seconds": took, "code": code, "designs_per_hour": 3600.0 * count / took,
            "processor_s_per_design": processor / count,
            "seconds_per_design": sum(float(row["seconds"]) for row in found) / count,
            "statuses": {one: statuses.count(one) for one in sorted(set(statuses))}}  # fmt: skip


def rows_100k(folder: Path, count: int) -> Row:
    """A table of 100 000 orders: checked, written, opened again."""
    source = folder / "in"
    source.mkdir()
    shutil.copy(ROOT / "scans" / "demo_limb.ply", source / "leg.ply")
    shutil.copy(ROOT / "scans" / "demo_person.toml", source / "p.toml")
    with (source / "orders.csv").open("w", encoding="utf-8") as stream:
        stream.write("order_id,scan,person,priority\n")
        stream.writelines(f"o{n},leg.ply,p.toml,{n % 3}\n" for n in range(100_000))
    begun = time.monotonic()
    begin_batch(source / "orders.csv", folder / "b", fast=True)
    made = time.monotonic() - begun
    begun = time.monotonic()
    with owned_ledger(folder / "b", Disk()) as (ledger, _):
        ledger.waiting(False, None, set())
        opened = time.monotonic() - begun
    waiting = len(preview_batch(folder / "b", None).tasks)
    return {"begin_s": made, "open_and_claim_s": opened, "waiting": waiting,
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
            "ledger_mb": (folder / "b" / NAME).stat().st_size / (1 << 20)}  # fmt: skip


CASES: dict[str, tuple[Callable[[Path, int], Row], str, Callable[[Row], bool]]] = {
    "rows": (rows_100k, "100 000 rows as a user would hope", lambda r: r["waiting"] == 100_000),
    "throughput": (throughput, ">= 1.8 x at two workers", lambda r: r["ratio"] >= 1.8),
    "dask": (dask, "Dask within 10 % of local", lambda r: r["ratio"] <= 1.1 and r["same_bytes"]),
    "operations": (
        operations,
        "old or new, never torn; resume <= 5 s and the interrupted jobs",
        lambda r: not r["torn"] and not r["lost"],
    ),
    "poison": (
        poison,
        "others done, three named, overhead <= 2 x their limit",
        lambda r: r["good_done"] == 200 and r["overhead_limits"] <= 2.0 and not r["left_behind"],
    ),
    "full": (
        full,
        "paused, nothing lost",
        lambda r: r.get("pauses", 0) >= 1 and r["each_once"] and r["same_bytes"],
    ),
    "limited": (
        limited,
        "paused or refused, nothing lost",
        lambda r: r["code"] == 6 and r["each_once"],
    ),
    "readonly": (
        readonly,
        "refused in one sentence, nothing lost",
        lambda r: r.get("refused", False) and r["each_once"],
    ),
    "vanished": (
        vanished,
        "paused, nothing lost",
        lambda r: r["code"] == 6 and r["each_once"] and not r["made_again"],
    ),
    "two_runners": (
        two_runners,
        "no double delivery",
        lambda r: (
            r["each_once"]
            and not r["double"]
            and r["right_contents"]
            and r["stale_owner_refused"] == r["succeeded"]
        ),
    ),
    "kills": (
        kills,
        "each once, every byte as in a calm run",
        lambda r: (
            r["each_once"]
            and r["same_bytes"]
            and not r["condemned"]
            and r["longest_resume_s"] <= RESUME_SECONDS
            and not r["orphans"]
        ),
    ),
    "real": (
        real,
        "each once, every byte as in a calm run",
        lambda r: r["each_once"] and r["same_bytes"] and not r["orphans"],
    ),
    "rate_fast": (
        rate_fast,
        ">= 300 designs an hour on two cores, two workers >= 1.8 x one",
        lambda r: r["two"]["designs_per_hour"] >= 300.0 and r["ratio"] >= 1.8,
    ),
    "rate_full": (rate_full, "measured", lambda r: True),
}
REAL = ("real", "rate_fast", "rate_full")  # fmt: skip


def known() -> dict[str, Row]:
    """Rows of earlier runs by case; the last of each counts."""
    if not RESULTS.exists():
        return {}
    lines = RESULTS.read_text("utf-8").splitlines()
    return {row["case"]: row for row in map(json.loads, lines)}


def measured(name: str, count: int) -> Row:
    """One case in a folder of its own."""
    case, target, met = CASES[name]
    with tempfile.TemporaryDirectory(prefix=f"faults_{name}_", dir=os.environ.get("FAULTS")) as at:
        begun = time.monotonic()
        row = case(Path(at), count)
    took = time.monotonic() - begun
    ok = "not_run" not in row and met(row)
    return {"case": name, "target": target, "met": ok, "took_s": round(took, 1), **row}


def said(row: Row) -> None:
    figures = {
        key: round(value, 3) if isinstance(value, float) else value
        for key, value in row.items()
        if key not in ("case", "target", "met")
    }
    mark = "met   " if row["met"] else "MISSED"
    print(f"{mark} {row['case']:12s} {row['target']}\n       {json.dumps(figures)}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="*")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--orders", type=int, default=1000)
    parser.add_argument("--real", type=int, default=0)
    parser.add_argument("--summary", action="store_true")
    parser.add_argument("--inside", nargs=2)
    options = parser.parse_args()
    if options.inside:
        name, folder = options.inside
        print(json.dumps(globals()[name](Path(folder))))
        return 0
    RESULTS.parent.mkdir(exist_ok=True)
    earlier = known()
    chosen = [
        name
        for name in CASES
        if fnmatch.fnmatch(name, options.only) and (name not in REAL or options.real)
    ]
    for name in chosen:
        if name not in earlier or options.again:
            if options.summary:
                continue
            row = measured(name, options.real if name in REAL else options.orders)
            with RESULTS.open("a", encoding="utf-8") as stream:
                stream.write(json.dumps(row) + "\n")
            earlier[name] = row
        said(earlier[name])
    return 0 if all(earlier[name]["met"] for name in chosen if name in earlier) else 1


if __name__ == "__main__":
    sys.exit(main())
