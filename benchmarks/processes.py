"""Servers on loopback, each for as long as a block lasts; only what was started here is ended."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = Path(__file__).parent
OURS = "api.server:application"
TO_START = 30
TO_STOP = 10


def run(*command: str, home: Path, given: str = "") -> str:
    """Run Python with these arguments in a home; return what it prints, stop if it fails."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=_environment(home),
        input=given,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if done.returncode not in {0, 3}:  # 3: imported, and something of the file was lost
        sys.exit(f"{' '.join(command)} failed: {done.stderr[-2000:]}")
    return done.stdout


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens, and its process."""

    port: int
    pid: int


@contextmanager
def started(
    *command: str, home: Path, environment: dict[str, str] | None = None
) -> Iterator[Server]:
    """Start Python with these arguments, PORT being a free port, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    log = home / f"{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *(str(port) if word == "PORT" else word for word in command)],
            cwd=ROOT,
            env=environment or _environment(home),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _await(port, process, log)
        yield Server(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(TO_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def served_alike(server: Server, application: str, *, home: Path) -> Iterator[Server]:
    """Serve another application with the command and the environment of a running server."""
    process = Path(f"/proc/{server.pid}")
    words = process.joinpath("cmdline").read_text().split("\0")[1:-1]
    if OURS not in words:
        sys.exit(f"The server's command line does not name {OURS}: {words}")
    other = {OURS: application, str(server.port): "PORT"}
    pairs = process.joinpath("environ").read_text().split("\0")[:-1]
    with started(
        *(other.get(word, word) for word in words),
        home=home,
        environment=dict(pair.split("=", 1) for pair in pairs),
    ) as alike:
        yield alike


def ask(port: int, path: str, **headers: str) -> tuple[str, bytes]:
    """Return head and body of one answer as they came; a header's name with _ for -."""
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    question = (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{''.join(lines)}\r\n"
    )
    answer = b""
    with socket.create_connection(("127.0.0.1", port), timeout=TO_START) as line:
        line.sendall(question.encode())
        while piece := line.recv(1 << 16):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode("latin-1"), body


def memory(pid: int, kind: str = "Pss") -> float:
    """Return the MB that a process and all below it hold (Linux: smaps_rollup of /proc).

    Pss counts a page that several of them share once in all, Rss once for each of them.
    """
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if facts := _facts(folder):
            children.setdefault(int(facts["PPid"]), []).append(int(folder.name))
    tree = [pid]
    for member in tree:
        tree += children.get(member, [])
    files = (Path(f"/proc/{member}") for member in tree)
    kilobytes = (_facts(file, "smaps_rollup").get(kind, "0 kB") for file in files)
    return sum(int(text.split()[0]) for text in kilobytes) * 1024 / 1e6


def _facts(folder: Path, name: str = "status") -> dict[str, str]:
    try:
        lines = (folder / name).read_text().splitlines()
    except OSError:  # it ended in the meantime
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    latest = time.monotonic() + TO_START
    while time.monotonic() < latest and process.poll() is None:
        try:
            if ask(port, "/")[0]:
                return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"A server did not start: {log.read_text()[-2000:]}")


def _environment(home: Path) -> dict[str, str]:
    others = {name: value for name, value in os.environ.items() if not name.startswith("EVENTDAY_")}
    path = os.pathsep.join([str(FOLDER), *filter(None, [others.get("PYTHONPATH")])])
    return others | {"EVENTDAY_HOME": str(home), "PYTHONPATH": path}
