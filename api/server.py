"""Serving the application with granian; which server and why: docs/decisions/0002."""

import socket
from pathlib import Path

from flask import Flask
from granian import Granian
from granian.constants import Interfaces

from api.app import create_app
from api.settings import from_environment

THREADS = 4


def application() -> Flask:
    """Return the application of the environment's settings; each worker process makes its own."""
    return create_app(from_environment())


def serve(host: str, port: int, *, workers: int) -> None:
    """Serve until told to stop."""
    Granian(
        "api.server:application",
        factory=True,
        interface=Interfaces.WSGI,
        address=host,
        port=port,
        workers=workers,
        blocking_threads=THREADS,
        log_access=False,
        websockets=False,
    ).serve()


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
