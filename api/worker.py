"""What happens without being asked: one tick a second, in one process at a time."""

import ctypes
import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from math import inf
from time import monotonic

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from api.clock import real_time
from api.seats import settle_due
from api.service import Service
from event.agenda.undo import forget
from event.people.retention import purge
from event.tables import lease
from event.times import to_seconds
from sync import upkeep
from sync.announcements import start_announcements
from sync.door import DOOR
from sync.feed import PUBLIC, Feed
from sync.holds import publish_due
from sync.plans import check

TICK = 1.0
LEASE = timedelta(minutes=5)
REST = 10
"""Seconds between looks at what keeps a feed small: in a storm of scans, one is always due."""
SCRUB_AGAIN = 60
"""Seconds until files that somebody was reading are scrubbed again."""

_NAME = "worker"
_log = logging.getLogger(__name__)


class Worker(threading.Thread):
    """Ticks until the process ends; what fails is reported, and the next tick comes."""

    def __init__(self, service: Service) -> None:
        super().__init__(name=_NAME, daemon=True)
        self._service = service
        self._ended = threading.Event()
        self._holder = f"{socket.gethostname()}/{os.getpid()}/{id(self)}"
        self._tended: dict[Feed, str] = {}
        self._rests: dict[Feed, float] = {}
        self._purged: date | None = None
        self._scrubs_at = inf
        self._checked = 0

    def run(self) -> None:
        """Tick until `end` is called."""
        while not self._ended.wait(TICK):
            if self.tick():
                _give_back()

    def end(self) -> None:
        """Let the thread end before its next tick."""
        self._ended.set()

    def tick(self) -> list[str]:
        """Do what is due and return its names; what another process has leased is left to it."""
        steps = (
            self._purge, self._settle, self._release, self._announce, self._check_plans,
            partial(self._tend, PUBLIC), partial(self._tend, DOOR),
        )  # fmt: skip
        return [name for step in steps for name in _done(step)]

    def _settle(self) -> list[str]:
        """Move on what seats are offered or released; two processes at once do it once."""
        return ["seats"] if settle_due(self._service.db, at=self._service.seconds()) else []

    def _purge(self) -> list[str]:
        """End, once a day, what has been kept long enough."""
        service, today = self._service, self._service.now().date()
        if today != self._purged and self._has_lease(to_seconds(real_time())):
            with service.db.write() as db:
                forget(db, at=service.seconds())
                ended = sum(purge(db, service.seconds(), service.settings.keep).values())
            self._purged = today
            self._scrubs_at = monotonic() if ended else self._scrubs_at
        if monotonic() < self._scrubs_at:
            return []
        # Whoever reads for long may be in the way: what is gone is to be gone from the files, too.
        self._scrubs_at = monotonic() + SCRUB_AGAIN
        service.db.scrub()
        self._scrubs_at = inf
        return ["purge"]

    def _release(self) -> list[str]:
        """Publish edits whose hold is over; whichever process comes first has done it."""
        service = self._service
        if not publish_due(service.db, at=service.now(), issued_at=real_time()):
            return []
        service.publications.forget()
        return ["holds"]

    def _announce(self) -> list[str]:
        """Publish that announcements begin; whichever process comes first has done it."""
        service = self._service
        if not start_announcements(service.db, at=service.now(), issued_at=real_time()):
            return []
        service.publications.forget()
        return ["announcements"]

    def _check_plans(self) -> list[str]:
        """Look, after a publish, whether plans still fit; a publish itself need not wait for it."""
        service, seq = self._service, self._service.publications.clock().seq
        if seq in {0, self._checked}:
            return []
        with service.db.write() as db:
            is_done = check(db, at=service.now())
        self._checked = seq
        return ["plans"] if is_done else []

    def _tend(self, feed: Feed) -> list[str]:
        """Do what is due for a feed; asking where the door's stands publishes what is new there."""
        service, now = self._service, real_time()
        clock = (service.doors if feed is DOOR else service.publications).clock()
        is_tended = clock.head == self._tended.get(feed)
        if clock.seq == 0 or (is_tended and not upkeep.is_old(clock, now)):
            return []
        service.head(feed)  # makes one where there is none, and notices a database gone back
        if monotonic() < self._rests.get(feed, 0) or not self._has_lease(to_seconds(now)):
            return []
        done = upkeep.tend(service.db, issued_at=now, feed=feed)
        self._rests[feed] = monotonic() + REST
        if not done:
            self._tended[feed] = clock.head
        return [feed.prefix + name for name in done]

    def _has_lease(self, now: int) -> bool:
        """Say whether this process does what must be done once; most times it need not write."""
        with self._service.db.read() as db:
            holder, until = read_lease(db)
        if until - now > LEASE.total_seconds() / 2:
            return holder == self._holder
        with self._service.db.write() as db:
            return take(db, self._holder, now)


def read_lease(db: Connection) -> tuple[str, int]:
    """Return who has the lease and until when."""
    row = db.execute(select(lease.c.holder, lease.c.until).where(lease.c.name == _NAME)).first()
    return (row.holder, row.until) if row else ("", 0)


def take(db: Connection, holder: str, now: int) -> bool:
    """Take the lease or prolong it; say whether the holder has it."""
    dialect = sqlite if db.dialect.name == "sqlite" else postgresql
    row = {"name": _NAME, "holder": holder, "until": 0}
    db.execute(dialect.insert(lease).values(row).on_conflict_do_nothing())
    mine = update(lease).where(
        lease.c.name == _NAME, or_(lease.c.holder == holder, lease.c.until < now)
    )
    until = now + int(LEASE.total_seconds())
    return bool(db.execute(mine.values(holder=holder, until=until)).rowcount)


def _give_back() -> None:
    """Give the system the memory that was needed for a moment; glibc would keep it."""
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)


def _done(step: Callable[[], list[str]]) -> list[str]:
    """Return the names of what a step did; what goes wrong there must hold up no other."""
    try:
        return step()
    except Exception:  # noqa: BLE001  # whatever it is, the next tick tries it again
        _log.exception("A part of the worker's tick failed; it is tried again.")
        return []
