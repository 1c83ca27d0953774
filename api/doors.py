"""Keeps the door feed up: whoever asks publishes what is new, at most once a second."""

import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from api.clock import Clock as EventClock
from api.clock import real_time
from api.encodings import Body
from event.database import Database
from sync.door import DOOR, publish_door
from sync.publish import Clock, read_clock
from sync.sealed import Boxes

LOOK_AGAIN = 1.0
"""Seconds between two looks: an admission is known to other doors so much later at most."""


class Doors:
    """Knows where the door feed stands. Safe to ask from any thread.

    A look costs microseconds while nothing is committed. Of several processes the one that was
    first goes on: those that find its publish look again a second later. Scans never wait.
    """

    def __init__(self, db: Database, now: EventClock) -> None:
        self._db, self._now = db, now
        self._watch = db.watch(scans=True)
        self._lock = threading.Lock()
        self._clock: Clock | None = None
        self._is_due = False
        self._looked = float("-inf")
        self._bodies: dict[str, tuple[str, Body]] = {}
        self._making = threading.Lock()
        self.boxes: Boxes = {}

    def clock(self) -> Clock:
        """Return where the feed stands, as of a second ago or later."""
        is_old = self._clock is None or time.monotonic() - self._looked >= LOOK_AGAIN
        # Whoever comes while another looks is given what is known: scans need the threads.
        if is_old and self._lock.acquire(blocking=self._clock is None):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._clock  # type: ignore[return-value]

    def body(self, name: str, tag: str, make: Callable[[], Body]) -> Body:
        """Return the body of this name and tag, made once however many ask; the last is kept."""
        with self._making:
            if self._bodies.get(name, ("",))[0] != tag:
                self._bodies[name] = tag, make()
            return self._bodies[name][1]

    def forget(self) -> None:
        """Look again at the next question, instead of within a second."""
        self._looked = float("-inf")

    def close(self) -> None:
        """Give the watch's connection back."""
        self._watch.close()

    def _look(self) -> None:
        try:
            self._is_due = self._watch.changed() or self._is_due
            if self._is_due:
                with self._db.read() as db:
                    clock = read_clock(db, DOOR)
                if clock == self._clock or self._clock is None:
                    clock = publish_door(self._db, at=self._now(), issued_at=real_time())
                    self._is_due = False
                self._clock = clock
        except SQLAlchemyError:
            # With the database away, what is known stays true enough to serve.
            if self._clock is None:
                raise
        self._looked = time.monotonic()
