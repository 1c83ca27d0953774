"""What every request needs, held by the application it belongs to: no global database or clock."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Semaphore
from typing import TypeVar, cast

from flask import current_app, g
from sqlalchemy import Connection

from api.brake import Brake
from api.clock import Clock, real_time
from api.doors import Doors
from api.live import Live
from api.published import Publications
from api.settings import Settings
from api.together import Together
from event.database import Database
from event.door.admit import Answer, Asked
from event.errors import EventdayError, NotFound
from event.times import from_seconds, rfc3339, to_milliseconds, to_seconds, zone
from sync.door import DOOR
from sync.epoch import follow
from sync.feed import PUBLIC, Feed
from sync.publish import Published, publish
from sync.signing import Behind, SignedHead, Signer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Service:
    """One event being served."""

    settings: Settings
    db: Database
    now: Clock
    publications: Publications
    signer: Signer
    doors: Doors
    door_signer: Signer
    brake: Brake
    live: Live
    scans: Together[Asked, Answer | EventdayError]
    batches: Semaphore

    def seconds(self) -> int:
        """Return the event's time in UTC seconds."""
        return to_seconds(self.now())

    def milliseconds(self) -> int:
        """Return the event's time in Unix milliseconds."""
        return to_milliseconds(self.now())

    def local(self, seconds: int | None) -> str | None:
        """Return UTC seconds as the venue's clock shows them, RFC 3339; null stays null.

        Raises NotFound without an event.
        """
        if seconds is None:
            return None
        tz = zone(self.publications.edition().agenda.event.timezone)
        return rfc3339(from_seconds(seconds), tz)

    def publish(
        self, edit: Callable[[Connection], T], *, reason: Mapping[str, str] | None = None
    ) -> Published[T]:
        """Publish an edit of whoever makes this request, and know of it at once."""
        done = publish(
            self.db,
            edit,
            at=self.now(),
            by=g.bearer.by,
            reason=reason,
            issued_at=real_time(),
        )
        self.publications.published(done.clock)
        return done

    def head(self, feed: Feed = PUBLIC) -> SignedHead:
        """Return the signed head of what is published; a database gone back gets a new epoch.

        Raises NotFound in a database without an event.
        """
        known: Doors | Publications = self.doors if feed is DOOR else self.publications
        signer = self.signer_of(feed)
        clock = known.clock()
        if clock.seq == 0:
            raise NotFound("Nothing is published yet; import an agenda.", code="no-event")
        while True:
            try:
                if clock.head:
                    return signer.signed(clock)
                last = signer.last()
            except Behind as behind:
                last = behind.last
            # It may only be that another process has published since the clock was read.
            clock = follow(self.db, last, at=self.now(), issued_at=real_time(), feed=feed)
            known.forget()

    def signer_of(self, feed: Feed) -> Signer:
        """Return what signs the heads of a feed."""
        return self.door_signer if feed is DOOR else self.signer


def service() -> Service:
    """Return the service of the application that handles this request."""
    return cast("Service", current_app.extensions["eventday"])
