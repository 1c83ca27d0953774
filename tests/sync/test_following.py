"""Phones that follow the real server through histories, faults, restores and rotations."""

import dataclasses
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from builders import OPENING, an_agenda, publish_agenda
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from reading import read_snapshot

from api.app import close, create_app
from api.settings import Settings
from event.agenda.edit import edit_session
from event.agenda.model import State
from sync import links, snapshot, upkeep
from sync.backup import back_up, restore
from sync.phone import Headers, Phone, Transport
from sync.publish import publish, read_clock
from sync.transport import plain

PHONES = 4
Answer = tuple[int, Headers, Iterator[bytes]]
ROOT = Path(__file__).parents[2]


class World:
    """One event behind a real application, and what was published at each (epoch, seq)."""

    def __init__(self, folder: Path, template: Path) -> None:
        self.folder = folder
        shutil.copy(template, folder / "eventday.db")
        settings = Settings(folder, f"sqlite:///{folder}/eventday.db", OPENING, 0)
        self.app: Flask = create_app(settings)
        self.service: Any = self.app.extensions["eventday"]
        self.agenda = publish_agenda(self.service.db, an_agenda(5))
        self.published: dict[tuple[int, int], Any] = {}
        self.backups: list[Path] = []
        self.fault = ""
        self.old_head = b""
        self.note()

    def note(self) -> None:
        self.service.publications.forget()
        with self.service.db.read() as tx:
            clock = read_clock(tx)
            rows = read_snapshot(snapshot.build(tx))[1]
        self.published[clock.epoch, clock.seq] = rows
        self.now = clock.epoch, clock.seq

    def transport(self, path: str, headers: Headers, body: bytes | None) -> Answer:
        fault, self.fault = self.fault, ""
        if fault == "down":
            raise ConnectionError(fault)
        status, answered, data = ask(self.app, path, headers, body)
        if path.endswith("head") and status == 200:
            if fault == "stale" and self.old_head:
                data, answered = self.old_head, answered | {"content-encoding": "identity"}
            elif "content-encoding" not in answered:
                self.old_head = data
        if fault == "portal":
            return 200, {"content-type": "text/html"}, iter([b"<html>Log in</html>"])
        if fault == "busy":
            return 503, {"retry-after": "3"}, iter([b"{}"])
        if fault == "cut":
            data = data[: len(data) // 2]
        if fault == "flipped" and data:
            place = len(data) * 2 // 3
            data = data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]
        return status, answered, plain(iter([data]), answered.get("content-encoding", ""))

    def edit(self, number: int, kind: str) -> None:
        session = self.agenda.sessions[number].id
        changes: dict[str, Any] = {
            "title": lambda s: dataclasses.replace(s, title={"en": f"{s.title.get('en')}!"[-30:]}),
            "long": lambda s: dataclasses.replace(s, abstract={"en": f"{s.id}" * 1500}),
            "hide": lambda s: dataclasses.replace(s, visibility=("vip",)),
            "show": lambda s: dataclasses.replace(s, visibility=("public",)),
            "draft": lambda s: dataclasses.replace(s, state=State.DRAFT),
            "move": lambda s: dataclasses.replace(
                s,
                starts_at=s.starts_at + timedelta(minutes=5),
                ends_at=s.ends_at + timedelta(minutes=5),
            ),
        }
        publish(
            self.service.db,
            lambda tx: edit_session(tx, session, changes[kind], at=OPENING),
            at=OPENING,
            by="organiser/test",
        )

    def step(self, name: str, number: int, kind: str) -> None:
        db, signer = self.service.db, self.service.signer
        if name == "edit":
            self.edit(number, kind)
        elif name == "tend":
            upkeep.tend(db, issued_at=OPENING)
        elif name == "snapshot":
            upkeep.renew_snapshot(db, OPENING)
        elif name == "rotate":
            links.rotate(db, self.folder / "keys", issued_at=OPENING)
        elif name == "backup":
            self.backups.append(self.folder / f"backup-{len(self.backups)}.db")
            back_up(db, self.backups[-1])
        elif name == "restore" and self.backups:
            last = signer.last().epoch
            restore(db, self.backups[-1], after=last, at=OPENING, issued_at=OPENING)
        self.note()


def ask(
    app: Flask, path: str, headers: Headers, body: bytes | None
) -> tuple[int, dict[str, str], bytes]:
    packing = {} if "Range" in headers else {"Accept-Encoding": "gzip"}
    answer = app.test_client().open(
        f"/v1/{path}", method="POST" if body else "GET", headers={**packing, **headers}, data=body
    )
    names = {name.lower(): value for name, value in answer.headers}
    return answer.status_code, names, answer.data


def a_phone(folder: Path, transport: Transport, **options: Any) -> Phone:
    return Phone(folder, transport, boot="b", monotonic=lambda: 50.0, **options)


@contextmanager
def world(template: Path) -> Iterator[World]:
    with tempfile.TemporaryDirectory() as folder:
        made = World(Path(folder), template)
        yield made
        close(made.app)


def held(phone: Phone) -> tuple[tuple[int, int], Any]:
    status = phone.status()
    return (status["epoch"], status["seq"]), phone.rows


EDITS = st.tuples(
    st.sampled_from(["edit"] * 8 + ["tend", "snapshot", "rotate", "backup", "restore"]),
    st.integers(0, 4),
    st.sampled_from(["title", "move", "long", "hide", "show", "draft"]),
)
SYNCS = st.tuples(
    st.just("sync"),
    st.integers(0, PHONES - 1),
    st.sampled_from(["", "", "", "down", "stale", "portal", "busy", "cut", "flipped"]),
)


@settings(max_examples=-(-settings().max_examples // 2))
@given(steps=st.lists(EDITS | SYNCS, min_size=5, max_size=30))
def test_four_phones_hold_what_was_published_and_all_converge(
    sqlite_template: Path, steps: list[tuple[str, int, str]]
) -> None:
    with world(sqlite_template) as made:
        names = [made.folder / f"phone {number}" for number in range(PHONES)]
        clock = [1_800_000_000.0]

        def phone(number: int) -> Phone:
            return a_phone(
                names[number],
                made.transport,
                clock=lambda: clock[0],
                random=Random(number),  # noqa: S311
            )

        reached = [(0, 0)] * PHONES
        for name, number, what in steps:
            clock[0] += 700
            if name != "sync":
                made.step(name, number, what)
                continue
            made.fault = what
            phone(number).sync()
            at, rows = held(phone(number))  # as it lies on the disk
            assert at >= reached[number]
            assert rows == (made.published[at] if at != (0, 0) else {})
            reached[number] = at
        made.fault = ""
        for number in range(PHONES):
            clock[0] += 700
            one = phone(number)
            one.put("seen", {"epoch": made.now[0], "seq": made.now[1]})
            result = one.sync()
            assert result.outcome in {"unchanged", "updated", "snapshot"}, result
            assert held(phone(number)) == (made.now, made.published[made.now])
            assert one.flush().outcome == "sent"
            assert one.status()["unsent"] == 0


PUBLISHER = """
import sys
from datetime import datetime, UTC
from dataclasses import replace
from event.agenda.edit import edit_session
from event.database import Database
from sync.publish import publish

url, name, count, *ids = sys.argv[1:]
db = Database(url)
at = datetime(2025, 6, 3, 7, tzinfo=UTC)
print("ready", flush=True)
sys.stdin.readline()
for number in range(int(count)):
    session = int(ids[number % len(ids)])
    title = {"en": f"{name} {number}"}
    edit = lambda tx: edit_session(tx, session, lambda s: replace(s, title=title), at=at)
    publish(db, edit, at=at, by="organiser/test")
"""


def test_phones_follow_four_processes_that_publish_at_once(
    app: Flask, database_url: str, tmp_path: Path
) -> None:
    service = app.extensions["eventday"]
    agenda = publish_agenda(service.db, an_agenda(4))
    service.publications.forget()
    ids = [str(session.id) for session in agenda.sessions]
    each = 12
    publishers = [
        subprocess.Popen(
            [sys.executable, "-c", PUBLISHER, database_url, name, str(each), *ids],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in "abcd"
    ]

    def transport(path: str, headers: Headers, body: bytes | None) -> Answer:
        service.publications.forget()
        status, answered, data = ask(app, path, headers, body)
        return status, answered, plain(iter([data]), answered.get("content-encoding", ""))

    phone = a_phone(tmp_path / "phone", transport)
    assert phone.sync().outcome == "snapshot"
    for process in publishers:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in publishers:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.close()
    reached = [1]
    while reached[-1] < 1 + 4 * each:
        # Only forward, only by the log, and what the phone has is what the state says.
        assert phone.sync().outcome in {"updated", "unchanged"}
        reached.append(phone.status()["seq"])
        assert reached[-1] >= reached[-2]
    for process in publishers:
        assert process.wait(60) == 0
        assert process.stdout is not None
        process.stdout.close()
    at, rows = held(a_phone(tmp_path / "phone", transport))
    with service.db.read() as tx:
        assert rows == read_snapshot(snapshot.build(tx))[1]
    assert at[1] == 1 + 4 * each
