"""An event served in this process, and phones that follow it, by a clock that is set.

Changes are sent as an organiser sends them; the phones are `sync.phone` and ask the application.
"""

import heapq
import time
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, islice
from pathlib import Path
from random import Random
from typing import Any

from flask import Flask
from histories import Change, Editor, guid_of
from sqlalchemy import select

from api.app import close, create_app, service_of
from api.settings import Settings
from api.worker import Worker
from event import tables
from event.agenda.rows import store
from event.people.attendees import add_all
from event.people.consents import Answer, answer
from event.people.model import Attendee
from event.people.tokens import create_token
from event.text import parse
from event.told.messages import add, mark_told, messages_of, untold
from sync.phone import Headers, Phone
from sync.publish import publish

PEOPLE = 5
"""Attendees who get mail; each session is for everyone."""
PIECES = 3
"""What a stream says at most before it tells of a publish: how to come back, that it is alive."""


class Occasion:
    """An event that is served in this process, by a clock that shows the moment of what is next."""

    def __init__(self, folder: Path, editor: Editor, *, at: datetime, database: str = "") -> None:
        self.now, self.editor, self._turns = at, editor, count()
        self._next: list[tuple[datetime, int, Callable[[], None]]] = []
        url = database or f"sqlite:///{folder / 'eventday.db'}"
        self.app: Flask = create_app(Settings(home=folder, database=url, clock=at, clock_speed=0))
        service = replace(service_of(self.app), now=lambda: self.now)
        self.app.extensions["eventday"] = self.service = service
        self.db, self._worker, self.client = service.db, Worker(service), self.app.test_client()
        publish(self.db, lambda tx: store(tx, None, editor.agenda), at=at, by="organiser/replay")
        service.publications.forget()
        seconds = int(at.timestamp())
        with self.db.write() as tx:
            token = create_token(tx, role="organiser", label="replay", at=seconds)
            people = [
                Attendee(0, guid_of(f"person {n}"), surname=f"P{n}", email=f"p{n}@example.org")
                for n in range(PEOPLE)
            ]
            for one in add_all(tx, people, at=seconds):
                answer(tx, one.id, Answer("contact", True, "1", "en", seconds, "helpdesk/replay"))
        self._organiser = {"Authorization": f"Bearer {token}"}
        if editor.opening:
            self.edit(editor.opening)
            self.run()

    def then(self, at: datetime, action: Callable[[], None]) -> None:
        """Let something happen at a moment."""
        heapq.heappush(self._next, (at, next(self._turns), action))

    def run(self) -> None:
        """Let everything happen, in the order of its moments."""
        while self._next:
            self.now, _, action = heapq.heappop(self._next)
            action()

    def edit(self, operations: list[dict[str, Any]], hold: timedelta = timedelta()) -> int | None:
        """Send operations as an organiser; return the publish. The worker ticks when it is due."""
        body = {"operations": operations, "hold": int(hold.total_seconds())}
        made = self.client.post("/v1/agenda/edits", json=body, headers=self._organiser)
        assert made.status_code == 200, made.text
        agenda = self.service.publications.edition().agenda
        self.editor.ids |= {session.guid: session.id for session in agenda.sessions}
        seq: int | None = made.get_json()["seq"]
        self.then(self.now + hold, self.tick)
        return seq

    def tick(self) -> None:
        """Do what the worker and the courier do each second: publish what is due, tell people."""
        self._worker.tick()
        with self.db.write() as tx:
            for epoch, seq, at in untold(tx):
                add(tx, messages_of(tx, epoch, seq, at=at, real=at, mail=True))
                mark_told(tx, epoch, seq)

    def messages(self) -> Iterator[tuple[int, datetime]]:
        """Yield each message by the sessions it speaks of, with the moment of its publish."""
        with self.db.read() as tx:
            changes = {(row.seq, row.number): row for row in tx.execute(select(tables.change))}
            for row in tx.execute(select(tables.message)):
                for number in parse(row.numbers):
                    change = changes[row.seq, number]
                    yield change.session_id, datetime.fromtimestamp(change.at, UTC)

    def close(self) -> None:
        """Give back what the application holds."""
        close(self.app)


class Follower:
    """The reference client on a phone at an occasion, and when it showed which publish."""

    def __init__(self, folder: Path, occasion: Occasion, chance: Random) -> None:
        self._occasion = occasion
        self._phone = Phone(
            folder, self._asked, boot="b", random=chance, monotonic=self._seconds,
            clock=self._seconds,
        )  # fmt: skip
        self._stream: Iterator[bytes] = iter(())
        self.showed: list[tuple[int, datetime]] = []
        self.show()

    def show(self, late: float = 0) -> float:
        """Ask, and show what is new so many seconds later; return in how many to ask again."""
        result = self._phone.sync()
        assert result.outcome in {"unchanged", "updated", "snapshot"}, result
        if result.outcome != "unchanged":
            news = self._phone.new()
            self._phone.shown(news)
            self.showed.append((news[0][1], self._occasion.now + timedelta(seconds=late)))
        return result.wait

    def poll(self, every: timedelta | None = None, *, until: datetime) -> None:
        """Ask now and again: as the head says, or at an interval."""
        wait = self.show()
        then = self._occasion.now + (every or timedelta(seconds=wait))
        if then < until:
            self._occasion.then(then, lambda: self.poll(every, until=until))

    def knew(self, change: Change, seq: int) -> bool:
        """Say whether this showed a publish before the change in it began."""
        later = bisect_left(self.showed, (seq,))
        return later < len(self.showed) and self.showed[later][1] < change.until

    def listen(self) -> None:
        """Open a stream."""
        self._stream = self._occasion.client.get("/v1/live").iter_encoded()
        self._hear()

    def woken(self, since: float) -> None:
        """Wait for what the stream says of a publish, and show it."""
        self._hear()
        self.show(time.perf_counter() - since)

    def _seconds(self) -> float:
        return self._occasion.now.timestamp()

    def _hear(self) -> None:
        heard = islice(self._stream, PIECES)
        assert any(b"event: head" in piece for piece in heard), "the stream says nothing"

    def _asked(
        self, path: str, headers: Headers, body: bytes | None
    ) -> tuple[int, Headers, Iterator[bytes]]:
        assert body is None
        made = self._occasion.client.get(f"/v1/{path}", headers=dict(headers))
        names = {name.lower(): value for name, value in made.headers.items()}
        return made.status_code, names, iter([made.data])
