"""A job that costs nothing: it writes, sleeps, crashes, hangs or eats; see `fake_work`.

`fake_job.py ACT TEXT SECONDS OUT`, on the standard library alone.
"""

import errno
import json
import os
import signal
import sys
import time
from pathlib import Path

FILES = {
    "design.json": 1,
    "afo.stl": 400,
    "afo.3mf": 100,
    "views/lateral.png": 40,
}  # repetitions of the text


def go_wrong(act: str, text: str) -> None:
    """The acts that leave nothing; of others it returns."""
    if act == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if act == "hang":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        child = os.fork()  # a grandchild that would outlive its parent
        if child == 0:
            os.setsid()
        while True:
            time.sleep(60.0)
    if act == "end_worker" and not Path(text).exists():  # once: whoever holds the warden
        Path(text).touch()
        warden = Path(f"/proc/{os.getppid()}/stat").read_text("ascii")
        os.kill(int(warden.rpartition(")")[2].split()[1]), signal.SIGKILL)
        time.sleep(60.0)
    if act == "tell":
        Path(f"{text}.part").write_text(str(os.getpid()), "ascii")
        Path(f"{text}.part").rename(text)
        time.sleep(600.0)
    if act == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    if act == "eat":
        eaten = []
        while True:
            eaten.append(b"x" * (16 << 20))
            time.sleep(0.005)


def job(act: str, text: str, seconds: float, out: Path) -> int:
    """What the child does."""
    time.sleep(seconds)
    go_wrong(act, text)
    if act == "refuse":
        print(json.dumps({"exit_code": 3, "error": text}))
        return 3
    if act == "network":
        import socket

        try:
            socket.create_connection(("192.0.2.1", 9), timeout=5.0)
        except OSError as error:
            text = errno.errorcode.get(error.errno or 0, "timeout")
    out.mkdir()
    (out / "views").mkdir()
    for name, times in FILES.items():
        (out / name).write_text(f"{text}\n" * times, "utf-8")
    (out / "run.json").write_text(f"{time.time_ns()}\n", "ascii")
    return {"storage": 6, "internal": 70, "worker": 7, "infeasible": 4}.get(act, 0)


if __name__ == "__main__":
    sys.exit(job(sys.argv[1], sys.argv[2], float(sys.argv[3]), Path(sys.argv[4])))
