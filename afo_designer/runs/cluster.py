"""Cluster: a batch's jobs on the workers of a Dask scheduler.

The driver alone has the table, the ledger and the results. A job goes out as an `Errand`, its files
as tasks named by their SHA-256, so that the cluster holds a scan once however many jobs read it and
sends it again where a worker was lost. A job whose worker is lost is done again by another; one
that nobody wants any more, because the driver cancelled it or is gone, is killed. Whether a result
is delivered, once, is the ledger's matter alone. Where the scheduler is gone the batch is paused.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import re
import sys
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from afo_designer.runs.disk import files_below
from afo_designer.runs.errand import Answer, Errand, Sent, do_errand
from afo_designer.runs.job import Cause, Command, Ending, Limits
from afo_designer.runs.program import code_digest
from afo_designer.runs.site import LOOK_SECONDS, Here, Job, Site, SiteRefused
from afo_designer.runs.workspace import StorageFailed

if TYPE_CHECKING:
    from distributed import Client, Future

ADDRESS = re.compile(r"(tcp|tls|ws|wss|ucx)://(\[[0-9a-fA-F:.]+\]|[^\s/:\[\]]+):[0-9]{1,5}")
CONNECT_SECONDS = 5.0  # below the lease's patience of 10 s, or a successor would step in
PIECE = 4 << 20  # bytes a message; Dask warns of a task over 10 MB
KEPT_FILES = 16  # files that stay in the cluster for the next job


class SchedulerGone(StorageFailed):
    """Nobody answers at the scheduler's address any more."""


class WorkerUnfit(StorageFailed):
    """A worker that can do no job: another program, or no room for files."""


class RemoteJob:
    """A job on some worker. Its answer is fetched by Dask's thread, so that no one waits for it."""

    def __init__(self, cluster: Cluster, folder: Path, future: Future) -> None:
        self._cluster, self._folder, self._future = cluster, folder, future
        self._answer: Answer | None = None
        self._error: StorageFailed | None = None
        self._killed = False

    def kill(self) -> None:
        self._killed = True
        self._cluster.forget(self, self._future)

    def fetch(self) -> None:
        """Takes what the worker sent."""
        if not self._killed:
            try:
                self._answer = self._cluster.answer(self._future)
            except StorageFailed as error:
                self._error = error

    def ending(self) -> Ending:
        """Puts what the job left into its folder; the digests are compared.

        Raises `SchedulerGone` or `WorkerUnfit`.
        """
        if self._error and not self._killed:
            raise self._error
        if self._killed or self._answer is None or self._answer.ending is None:
            return Ending(Cause.KILLED, None, "", 0.0, 0.0, "")  # lost with its worker
        for one in self._answer.files:
            path = self._folder / _below(one)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(one.content)
        return self._answer.ending


def _below(one: Sent) -> PurePosixPath:
    """The path of a file below the job's folder, its contents as they left."""
    path = PurePosixPath(one.path)
    if path.is_absolute() or ".." in path.parts:
        raise WorkerUnfit(f"A worker sent a file for {one.path!r}, outside its job's folder.")
    if hashlib.sha256(one.content).hexdigest() != one.sha256:
        raise WorkerUnfit(f"The file {one.path} of a job was changed on its way from the worker.")
    return path


class Cluster:
    """The workers of one scheduler."""

    def __init__(self, client: Client, address: str, most: int, say: Callable[[str], None]) -> None:
        self._client, self._address, self._most, self._say = client, address, most, say
        self._ended: queue.SimpleQueue[RemoteJob] = queue.SimpleQueue()
        self._files: OrderedDict[str, list[Future]] = OrderedDict()
        self._threads: dict[str, int] = {}  # by worker
        self._at: dict[RemoteJob, str] = {}  # the workers that jobs were sent to
        self._places, self._looked, self._started = -1, -LOOK_SECONDS, 0

    def places(self) -> int:
        """Threads of all workers; 1 while there are none, for the scheduler keeps the job."""
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._looked = now
            self._threads = self._look()
            threads = sum(self._threads.values())
            if threads != self._places:
                self._places = threads
                self._say(f"{self._address} has room for {threads} jobs")
        return max(1, min(self._places, self._most or self._places))

    def _look(self) -> dict[str, int]:
        self._await_connection()
        try:
            return dict(self._client.nthreads())
        except Exception as error:  # Dask names no classes for a connection that breaks
            raise _gone(self._address, error) from error

    def _least_busy(self) -> str | None:
        """The worker with most room, by the jobs of this batch; None while there are none.

        The scheduler, left alone, now and then puts a job, or a file for it, behind another job
        while a worker is idle.
        """
        sent = Counter(self._at.values())
        room = {worker: threads - sent[worker] for worker, threads in self._threads.items()}
        return max(room, key=lambda worker: room[worker], default=None)

    def start(self, command: Command, folder: Path, limits: Limits) -> RemoteJob:
        self._await_connection()
        paths = [*command.inputs, *map(str, files_below(folder))]
        contents = {path: Path(path).read_bytes() for path in paths}
        digests = {path: hashlib.sha256(one).hexdigest() for path, one in contents.items()}
        worker = self._least_busy()
        at = {
            "workers": worker,
            "allow_other_workers": worker is not None,
        }  # where that one is lost
        pieces = {
            digests[path]: self._sent(digests[path], one, at) for path, one in contents.items()
        }
        errand = Errand(command, limits, str(folder), sys.executable, code_digest(), digests)
        self._started += 1
        name = f"afo-job-{self._client.id}-{self._started}"
        future = self._client.submit(_do, errand, pieces, key=name, pure=False, retries=0, **at)
        job = RemoteJob(self, folder, future)
        if worker is not None:
            self._at[job] = worker
        future.add_done_callback(lambda _: self._fetch(job))
        return job

    def _fetch(self, job: RemoteJob) -> None:
        job.fetch()
        self._ended.put(job)

    def _sent(self, sha256: str, content: bytes, at: dict[str, Any]) -> list[Future]:
        """A file in the cluster, in pieces; the last ones stay there for the next job."""
        pieces = self._files.pop(sha256, [])
        if not pieces or any(one.cancelled() for one in pieces):
            pieces = [
                self._client.submit(
                    bytes, content[begin : begin + PIECE], key=f"afo-file-{sha256}-{begin}", **at
                )
                for begin in range(0, max(1, len(content)), PIECE)
            ]
        self._files[sha256] = pieces
        while len(self._files) > KEPT_FILES:
            self._files.popitem(last=False)
        return pieces

    def wait(self, jobs: Sequence[Job], seconds: float) -> Sequence[Job]:
        """The ended; the workers keep the limits."""
        ended = []
        with suppress(queue.Empty):
            ended.append(self._ended.get(timeout=seconds) if seconds else self._ended.get_nowait())
            while True:
                ended.append(self._ended.get_nowait())
        if not ended:
            self._await_connection()
        for job in ended:
            self._at.pop(job, None)
        return ended

    def answer(self, future: Future) -> Answer | None:
        """What a worker answered; None where the job was lost with its worker.

        Raises `SchedulerGone` or `WorkerUnfit`.
        """
        from distributed import CancelledError, KilledWorker

        try:
            answer: Answer = future.result()
        except KilledWorker:
            return None
        except CancelledError:
            self._await_connection()
            return None
        except Exception as error:  # whatever a foreign machine's program may raise
            self._await_connection()
            raise WorkerUnfit(
                f"A worker of {self._address} could not begin a job ({type(error).__name__}: "
                f"{error}); install the same afo-designer on scheduler and workers."
            ) from error
        if answer.trouble:
            raise WorkerUnfit(f"A worker of {self._address} {answer.trouble}.")
        return answer

    def forget(self, job: RemoteJob, future: Future) -> None:
        """Nobody wants this job any more: its worker kills it."""
        self._at.pop(job, None)
        if self._client.status == "running":
            with suppress(Exception):  # the scheduler forgets a client that is gone by itself
                future.cancel()

    def _await_connection(self) -> None:
        """Raises `SchedulerGone` where the connection broke and did not come back."""
        end = time.monotonic() + CONNECT_SECONDS
        while self._client.status == "connecting" and time.monotonic() < end:
            time.sleep(0.05)  # the client tries to come back in a thread of its own
        if self._client.status != "running":
            raise _gone(self._address, None)


def _gone(address: str, error: BaseException | None) -> SchedulerGone:
    cause = f" ({error})" if error and str(error) else ""
    return SchedulerGone(f"The scheduler at {address} does not answer{cause}")


@contextmanager
def open_site(address: str, workers: int, say: Callable[[str], None]) -> Iterator[Site]:
    """The cluster of the scheduler at `address`, or this machine where that is empty.

    `workers`: jobs at a time; with a scheduler 0 means as many as it has room for. Raises
    `SiteRefused` without Dask or for what is no address, `SchedulerGone` where nobody answers.
    """
    if not address:
        yield Here(workers)
        return
    client = _client(address)
    try:
        yield Cluster(client, address, workers, say)
    finally:
        with suppress(Exception):  # an end that fails hides no other error
            client.close(timeout=CONNECT_SECONDS)


def _client(address: str) -> Client:
    if not ADDRESS.fullmatch(address):
        raise SiteRefused(
            f"{address[:80]!r} is no address of a Dask scheduler; it reads tcp://HOST:8786 or "
            "tls://HOST:8786."
        )
    try:
        from distributed import Client
    except ImportError:
        raise SiteRefused(
            "--scheduler needs Dask, which is not installed: pip install 'afo-designer[cluster]'."
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # its tracebacks are told in words
    try:
        return Client(address, timeout=CONNECT_SECONDS, set_as_default=False, name="afo-batch")
    except (OSError, TimeoutError) as error:
        raise _gone(address, error) from error


def _do(errand: Errand, pieces: dict[str, list[bytes]]) -> Answer:
    """On the worker."""
    from distributed import get_worker

    worker = get_worker()
    key = worker.get_current_task()

    def wanted() -> bool:
        task: Any = worker.state.tasks.get(key)
        return task is not None and task.state != "cancelled"

    contents = {sha256: b"".join(parts) for sha256, parts in pieces.items()}
    return do_errand(errand, contents, Path(worker.local_directory), wanted)
