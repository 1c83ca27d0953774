"""What is published, in memory: known without asking the database, loaded once a publish."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from api.encodings import Body
from event.agenda.model import Agenda
from event.agenda.rows import load
from event.database import Database
from event.text import fold
from sync.publish import Clock, read_clock

LOOK_AGAIN = 0.1
"""Seconds after which another process's publish is noticed at the latest."""


class Answer(NamedTuple):
    """A whole answer as a WSGI application gives it."""

    status: str
    headers: list[tuple[str, str]]
    body: tuple[bytes, ...]


@dataclass
class Edition:
    """The agenda as one publish left it, and the bodies that were made of it."""

    clock: Clock
    agenda: Agenda
    bodies: dict[tuple[str, ...], Body] = field(default_factory=dict)
    answers: dict[tuple[str | None, ...], Answer] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def body(self, key: tuple[str, ...], make: Callable[[], Body]) -> Body:
        """Return the body under a key, made once however many ask for it at the same time."""
        if key not in self.bodies:
            with self.lock:
                if key not in self.bodies:
                    self.bodies[key] = make()
        return self.bodies[key]

    @cached_property
    def searchable(self) -> dict[int, str]:
        """What can be found, folded, by session id."""
        agenda = self.agenda
        speakers = {
            speaker.id: f"{speaker.name} {speaker.organisation}" for speaker in agenda.speakers
        }
        venues = {venue.id: [*venue.name.values(), venue.city] for venue in agenda.venues}
        rooms = {
            room.id: " ".join([*room.name.values(), *venues.get(room.venue_id or 0, [])])
            for room in agenda.rooms
        }
        tracks = {track.id: " ".join(track.name.values()) for track in agenda.tracks}
        found = {}
        for session in agenda.sessions:
            parts = session.parts
            roles = [*session.speakers, *(role for part in parts for role in part.speakers)]
            texts = [session.title, session.subtitle, session.abstract, *(p.title for p in parts)]
            words = [word for text in texts for word in text.values()]
            words += [speakers.get(role.speaker_id, "") for role in roles]
            words += [rooms.get(session.room_id or 0, ""), tracks.get(session.track_id or 0, "")]
            found[session.id] = fold(" ".join(words))
        return found


class Publications:
    """Knows the present edition. Safe to ask from any thread; a look costs microseconds."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._watch = db.watch()
        self._lock = threading.Lock()
        self._edition: Edition | None = None
        self._clock: Clock | None = None
        self._looked = float("-inf")
        self._is_due = True

    def clock(self) -> Clock:
        """Return where the feed stands, as of 100 ms ago or later; own publishes at once."""
        now = time.monotonic()
        if self._clock is None or now - self._looked >= LOOK_AGAIN:
            with self._lock:
                if self._clock is None or now - self._looked >= LOOK_AGAIN:
                    self._look()
                    self._looked = now
        return self._clock  # type: ignore[return-value]

    def edition(self) -> Edition:
        """Return the present edition, loading it when it is new. Raises NotFound without event."""
        clock = self.clock()
        edition = self._edition
        if edition is None or edition.clock != clock:
            with self._lock:
                if self._edition is None or self._edition.clock != self._clock:
                    with self._db.read() as db:
                        # Both from one moment: the label must never be newer than the content.
                        self._edition = Edition(read_clock(db), load(db, public=True))
                    self._clock = self._edition.clock
                edition = self._edition
        return edition

    def known(self) -> Edition | None:
        """Return the present edition if it is in memory."""
        clock, edition = self.clock(), self._edition
        return edition if edition is not None and edition.clock == clock else None

    def published(self, clock: Clock) -> None:
        """Take note of a publish of this process."""
        with self._lock:
            if self._clock is None or (clock.epoch, clock.seq) > (
                self._clock.epoch,
                self._clock.seq,
            ):
                self._clock = clock

    def forget(self) -> None:
        """Read again at the next question, whether the watch has noticed anything or not."""
        self._looked, self._is_due = float("-inf"), True

    def close(self) -> None:
        """Give the watch's connection back."""
        self._watch.close()

    def _look(self) -> None:
        try:
            self._is_due = self._watch.changed() or self._is_due
            if self._is_due:
                with self._db.read() as db:
                    self._clock = read_clock(db)
                self._is_due = False
        except SQLAlchemyError:
            # With the database away, what is known stays true enough to serve.
            if self._clock is None:
                raise
