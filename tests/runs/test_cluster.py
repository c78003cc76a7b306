"""A batch on a cluster leaves the bytes that it leaves at home, whoever is lost on the way.

The cluster is Dask's own on this machine, its workers processes that share nothing but the
scheduler; jobs are `fake_job.py`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast
from unittest.mock import MagicMock, patch

import pytest
from distributed import Client, LocalCluster
from fake_work import FakeWork, delivered, make_batch, rows, run_batch

from afo_designer.runs import cluster
from afo_designer.runs.batch import BatchPaused
from afo_designer.runs.cluster import SchedulerGone, open_site
from afo_designer.runs.job import Command, Limits
from afo_designer.runs.ledger import Finding, Task
from afo_designer.runs.site import SiteRefused

SCRIPT = Path(__file__).parents[1] / "fake_work.py"
TASKS = {f"o{n}": {"text": f"text {n}"} for n in range(6)}
PATIENCE_S = 60.0  # for what comes within a second on a quiet machine


def local_cluster(workers: int = 2) -> LocalCluster:
    return LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=":0",
        host="127.0.0.1",
    )  # fmt: skip


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    with local_cluster() as dask:
        yield dask.scheduler_address


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = make_batch(tmp_path_factory.mktemp("calm") / "batch", TASKS)
    run_batch(folder)
    return delivered(folder)


def each_once(folder: Path) -> bool:
    return all(row["state"] == "done" and row["deliveries"] == 1 for row in rows(folder).values())


def test_the_bytes_of_home(scheduler: str, tmp_path: Path, calm: dict[str, str]) -> None:
    said: list[str] = []
    folder = make_batch(tmp_path / "b", TASKS)
    run_batch(folder, workers=0, scheduler=scheduler, said=said)
    assert delivered(folder) == calm
    assert each_once(folder)
    assert f"{scheduler} has room for 2 jobs" in said
    assert list((folder / ".work").iterdir()) == []


def test_answers_and_causes_are_those_of_home(scheduler: str, tmp_path: Path) -> None:
    tasks = {
        "good": {},
        "refuse": {"act": "refuse", "text": "no such leg"},
        "segfault": {"act": "segfault"},
        "hang": {"act": "hang"},
    }
    folder = make_batch(tmp_path / "b", tasks)
    run_batch(folder, workers=0, seconds=3.0, scheduler=scheduler)
    found = rows(folder)
    assert {
        name: (row["state"], row["exit_code"], row["reason"]) for name, row in found.items()
    } == {
        "good": ("done", 0, "code_0"),
        "refuse": ("failed", 3, "code_3"),
        "segfault": ("failed", 7, "crashed:SIGSEGV"),
        "hang": ("failed", 7, "timeout:3s"),
    }


def test_a_lost_worker_costs_its_job_alone(tmp_path: Path, calm: dict[str, str]) -> None:
    """The job kills its worker the first time; it is done again, the others once."""
    mark = tmp_path / "mark"
    folder = make_batch(tmp_path / "b", TASKS | {"x": {"act": "end_worker", "text": str(mark)}})
    with local_cluster() as dask:
        run_batch(folder, workers=0, scheduler=dask.scheduler_address)
    assert mark.exists()
    assert each_once(folder)
    assert (folder / "orders" / "x" / "design.json").read_text("utf-8") == f"{mark}\n"
    assert {path: one for path, one in delivered(folder).items() if "x" not in path[:2]} == calm
    assert {row["strikes"] for row in rows(folder).values()} == {0}


class Copying(FakeWork):
    """A file of several messages goes out in the job's folder and comes back as its result."""

    CONTENT = bytes(range(251)) * 36_000

    def command(self, task: Task, folder: Path) -> Command:
        (folder / "large").write_bytes(self.CONTENT)
        program = "import os, shutil; os.mkdir('out'); shutil.copy('large', 'out/large')"
        return Command((sys.executable, "-I", "-S", "-c", program))


def test_files_of_many_messages_arrive_whole(scheduler: str, tmp_path: Path) -> None:
    assert len(Copying.CONTENT) > 2 * cluster.PIECE
    folder = make_batch(tmp_path / "b", {"o": {}})
    run_batch(folder, scheduler=scheduler, work=Copying())
    assert (folder / "orders" / "o" / "large").read_bytes() == Copying.CONTENT


def test_a_cluster_without_workers_is_waited_for(tmp_path: Path, calm: dict[str, str]) -> None:
    class Hiring(list[str]):
        """The log, which sends for a worker when there is none."""

        def append(self, words: str) -> None:
            super().append(words)
            if words.endswith("room for 0 jobs"):
                dask.scale(1)

    folder, said = make_batch(tmp_path / "b", TASKS), Hiring()
    with local_cluster(0) as dask:
        run_batch(folder, workers=0, scheduler=dask.scheduler_address, said=said)
    assert [words.rpartition(" ")[0][-3:] for words in said if "room" in words] == ["r 0", "r 1"]
    assert delivered(folder) == calm


class Closing(FakeWork):
    """Takes the cluster away after the first delivery's finding."""

    def __init__(self, dask: LocalCluster) -> None:
        self._dask = dask

    def finding(self, task: Task, folder: Path, code: int) -> Finding:
        self._dask.close()
        return super().finding(task, folder, code)


def test_a_scheduler_that_went_pauses_and_resume_finishes(
    scheduler: str, tmp_path: Path, calm: dict[str, str]
) -> None:
    folder = make_batch(tmp_path / "b", TASKS)
    with local_cluster() as dask:
        address = dask.scheduler_address
        with (
            patch.object(cluster, "CONNECT_SECONDS", 0.5),
            pytest.raises(BatchPaused, match=rf"{address} does not answer.*--resume") as caught,
        ):
            run_batch(folder, workers=1, scheduler=address, work=Closing(dask))
    assert "\n" not in str(caught.value)
    done = [row for row in rows(folder).values() if row["state"] == "done"]
    assert len(done) == 1
    assert {path: calm[path] for path in delivered(folder)} == delivered(folder)
    run_batch(folder, workers=0, scheduler=scheduler)
    assert each_once(folder)
    assert delivered(folder) == calm


def test_a_job_ends_with_its_driver(scheduler: str, tmp_path: Path) -> None:
    started = tmp_path / "started"
    folder = make_batch(tmp_path / "b", {"x": {"act": "tell", "text": str(started)}})
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(folder), f'{{"scheduler": "{scheduler}"}}'],
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stderr=subprocess.PIPE,
    )
    _await(started.exists)
    job = int(started.read_text("ascii"))
    assert Path(f"/proc/{job}").exists()
    process.kill()
    process.communicate()
    _await(lambda: not Path(f"/proc/{job}").exists())


def _await(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


class Recorded:
    """A client of two workers, which keeps what is asked of it."""

    id, status = "recorded", "running"

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def nthreads(self) -> dict[str, int]:
        return {"tcp://one": 1, "tcp://two": 1}

    def submit(self, *_: object, key: str, workers: str, **__: object) -> MagicMock:
        self.asked.append((key, workers))
        return MagicMock(cancelled=lambda: False)


def test_no_job_is_sent_behind_another_while_a_worker_is_idle(tmp_path: Path) -> None:
    client = Recorded()
    site = cluster.Cluster(cast(Client, client), "tcp://here", 0, lambda words: None)
    assert site.places() == 2
    (tmp_path / "scan").write_bytes(b"a leg")
    command = Command(("design",), inputs=(str(tmp_path / "scan"),))
    first, _ = (site.start(command, tmp_path / name, Limits()) for name in "ab")
    first.kill()
    site.start(command, tmp_path / "c", Limits())
    jobs = [worker for key, worker in client.asked if key.startswith("afo-job")]
    assert sorted(jobs[:2]) == ["tcp://one", "tcp://two"]
    assert jobs[2] == jobs[0]
    [file] = [worker for key, worker in client.asked if key.startswith("afo-file")]
    assert file == jobs[0]


# -- what cannot be used ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "kind", "words"),
    [
        ("tcp://127.0.0.1:1", SchedulerGone, "127.0.0.1:1 does not answer"),
        ("nowhere", SiteRefused, "no address"),
        ("http://127.0.0.1:8786", SiteRefused, "no address"),
    ],
)
def test_an_address_where_no_scheduler_is(address: str, kind: type, words: str) -> None:
    with (
        patch.object(cluster, "CONNECT_SECONDS", 0.5),
        pytest.raises(kind, match=words) as caught,
        open_site(address, 0, print),
    ):
        pass
    assert "\n" not in str(caught.value)


def test_without_dask_the_sentence_names_the_extra() -> None:
    with (
        patch.dict(sys.modules, {"distributed": None}),
        pytest.raises(SiteRefused, match=r"afo-designer\[cluster\]"),
        open_site("tcp://127.0.0.1:8786", 0, print),
    ):
        pass
