"""Scanners for tests: real ones, whose network to a real application can be cut and can lose."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from builders import OPENING
from flask import Flask
from processes import listening
from werkzeug.serving import make_server

from api.app import service_of
from api.doors import Doors
from api.worker import Worker
from event.people.enrolment import invite
from event.times import from_seconds, to_seconds
from sync.phone import Headers
from sync.scanner import Scanner
from sync.transport import plain

AT = to_seconds(OPENING)


class Network:
    """A transport to an application without sockets; `fault` is lost, unanswered, login or none."""

    def __init__(self, app: Flask) -> None:
        self.client, self.fault = app.test_client(), ""
        self.paths: list[str] = []

    def __call__(
        self, path: str, headers: Headers, body: bytes | None
    ) -> tuple[int, Headers, Iterator[bytes]]:
        if self.fault == "lost":
            raise ConnectionError(self.fault)
        self.paths.append(path)
        if self.fault == "login":
            return 401, {}, iter(())
        method = "GET" if body is None else "POST"
        answer = self.client.open(f"/v1/{path}", method=method, headers=dict(headers), data=body)
        if self.fault == "unanswered":
            raise ConnectionError(self.fault)
        names = {name.lower(): value for name, value in answer.headers.items()}
        pieces = plain(iter([answer.data]), names.get("content-encoding", ""))
        return answer.status_code, names, pieces


class Clock:
    """The true time; a device's own clock is the real one, or wrong by `off` seconds."""

    def __init__(self) -> None:
        self.now, self.off, self.started = float(AT), time.time() - AT, AT - 100.0

    def wall(self) -> float:
        return self.now + self.off

    def mono(self) -> float:
        return self.now - self.started

    def event(self) -> datetime:
        return from_seconds(AT) + timedelta(seconds=self.now - AT)


def keep_time(app: Flask, clock: Clock) -> None:
    """Let the server's time be the true one."""
    before = service_of(app)
    before.doors.close()
    doors = Doors(before.db, clock.event)
    app.extensions["eventday"] = replace(before, now=clock.event, doors=doors)


def a_scanner(folder: Path, network: Any, clock: Clock, *, boot: str = "b1") -> Scanner:
    return Scanner(folder, network, boot=boot, monotonic=clock.mono, clock=clock.wall)


def published(app: Flask) -> None:
    """Let the server do what it does each second."""
    service_of(app).doors.forget()
    Worker(service_of(app)).tick()
    service_of(app).doors.forget()


def a_code(app: Flask, role: str = "gate", **fields: Any) -> str:
    """Return a code that makes a device of a role."""
    with service_of(app).db.write() as db:
        return invite(db, role=role, at=service_of(app).seconds(), **fields).secret


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[str]:
    """Yield the address of the application's `/v1/` on a real server."""
    with listening(make_server("127.0.0.1", port, app, threaded=True)) as address:
        yield address
