"""Servers and processes beside a test: where they listen, what they said until they were killed."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from werkzeug.serving import BaseWSGIServer

ROOT = Path(__file__).parents[1]


@contextmanager
def listening(server: BaseWSGIServer | ThreadingHTTPServer) -> Iterator[str]:
    """Yield the address of a server's `/v1/` while it answers, in a thread."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(port: int, server: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    """Wait until a server listens."""
    pause = threading.Event()
    for _ in range(600):
        if is_open(port):
            return
        assert server.poll() is None, "the server ended"
        pause.wait(0.1)
    pytest.fail("the server did not answer within a minute")


def killed_after(program: str, *arguments: str, lines: int, given: str = "") -> list[str]:
    """Run a program until it has said so many lines, kill it; return all whole lines it said."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, *arguments], cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(given)
        process.stdin.close()
        told = [process.stdout.readline() for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
        told += process.stdout.read().splitlines(keepends=True)
    assert process.returncode == -signal.SIGKILL
    return [line for line in told if line.endswith("\n")]
