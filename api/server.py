"""Serving the application with granian; which server and why: docs/decisions/0002."""

import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from flask import Flask

from api.settings import from_environment

THREADS = 4
SWITCH = 0.0001
"""Seconds for which a thread may keep the interpreter while others wait for it.

Who writes gives it away at each statement; at Python's 5 ms they would wait that long for each.
"""
_LOOK = 0.5
"""Seconds between two looks at whether the process that started this one is there."""


def application() -> Flask:
    """Return the application of the environment's settings; each server process makes its own."""
    # The process that starts the others needs none of this.
    from api.app import create_app, service_of  # noqa: PLC0415
    from api.deliver.courier import Courier  # noqa: PLC0415
    from api.worker import Worker  # noqa: PLC0415

    sys.setswitchinterval(SWITCH)
    app = create_app(from_environment())
    service = service_of(app)
    Worker(service).start()
    Courier(service).start()
    _when_told_to_stop(service.live.close)
    _stop_when_alone()
    # What stays for good is looked through no more: that took 130 ms, and nobody was answered.
    gc.collect()
    gc.freeze()
    return app


def _when_told_to_stop(end: Callable[[], None]) -> None:
    """Run something at the first signal; what handles signals itself comes later, and stays."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)

    def wait() -> None:
        (number,) = os.read(reader, 1)
        end()
        # It may have come to another thread than the main one, which alone acts on it, and sleeps.
        signal.pthread_kill(threading.main_thread().ident or 0, number)

    threading.Thread(target=wait, name="signals", daemon=True).start()


def _stop_when_alone() -> None:
    """Tell this process to stop once the one that started it is gone, which frees the port.

    Whoever is killed outright cannot tell it.
    """
    starter = multiprocessing.parent_process()
    if starter is None:
        return

    def watch() -> None:
        while True:
            time.sleep(_LOOK)
            if os.getppid() != starter.pid:
                # Each time: a server that is about to start does not hear the first.
                os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="starter", daemon=True).start()


def serve(host: str, port: int, *, workers: int, tls: tuple[Path, Path] | None = None) -> NoReturn:
    """Become the server until told to stop; of https with a certificate and its key, `tls`.

    A process of its own keeps none of what the preparations loaded: 40 MB less beside each worker.
    """
    most = THREADS + from_environment().live
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": str(port),
        "--workers": str(workers),
        "--blocking-threads": str(most),
        "--backpressure": str(most),
        # At each start it would warn of so many threads; those of streams sleep.
        "--log-level": "error",
    }
    if tls:
        options |= {"--ssl-certificate": str(tls[0]), "--ssl-keyfile": str(tls[1])}
    pairs = [word for option in options.items() for word in option]
    command = [sys.executable, "-m", "granian", "--factory", "--no-ws", *pairs]
    environment = _MEMORY | os.environ
    os.execve(sys.executable, [*command, "api.server:application"], environment)  # noqa: S606


_MEMORY = {
    # Each thread would keep an arena of its own for the large bodies it once made.
    "MALLOC_ARENA_MAX": "2",
    # What is large goes back as soon as it is free; left alone, glibc raises both to 32 and 64 MB.
    "MALLOC_MMAP_THRESHOLD_": "131072",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""How glibc keeps memory (mallopt(3)): so that a server stays below 150 MB."""


def is_free(host: str, port: int) -> bool:
    """Say whether the address can be listened on."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def local_address() -> str:
    """Return this machine's address in the local network, 127.0.0.1 when it is in none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing; it only chooses the way out.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


EXAMPLE = Path(__file__).parents[1] / "examples" / "rzeszow" / "agenda.yaml"
"""The demo event."""
