"""A new epoch: phones leave what they replayed and take a snapshot, because history changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, update

from event import tables
from event.commits import notify
from event.database import Database
from event.text import dump
from event.times import to_seconds
from sync import head
from sync.feed import PUBLIC, Feed
from sync.publish import Clock, locked_clock, read_clock


@dataclass(frozen=True, slots=True)
class Last:
    """What is known of the newest head that was given out."""

    epoch: int
    seq: int
    issued: int
    state: str

    def is_ahead_of(self, clock: Clock) -> bool:
        """Say whether a database at `clock` is an older copy, or another one from then on."""
        here, there = (clock.epoch, clock.seq), (self.epoch, self.seq)
        return here < there or (here == there and clock.state != self.state)


def renew(
    db: Connection, *, after: int, at: datetime, issued_at: datetime, feed: Feed = PUBLIC
) -> Clock:
    """Give a feed an epoch later than `after` and its own, with a snapshot of what is published.

    The number of the last publish stays.
    """
    clock = locked_clock(db, feed)
    epoch = max(clock.epoch + 1, after + 1, to_seconds(at))
    return _write(db, clock, epoch, issued_at, feed)


def follow(
    database: Database, last: Last, *, at: datetime, issued_at: datetime, feed: Feed = PUBLIC
) -> Clock:
    """Renew the epoch if the database is behind `last`; make a head if it has none yet."""
    with database.write() as db:
        clock = locked_clock(db, feed)
        if clock.seq and last.is_ahead_of(clock):
            return renew(db, after=last.epoch, at=at, issued_at=issued_at, feed=feed)
        if clock.seq and not clock.head:
            return _write(db, clock, clock.epoch, issued_at, feed)
    return clock


def _write(db: Connection, clock: Clock, epoch: int, issued_at: datetime, feed: Feed) -> Clock:
    made = head.fresh(
        db, epoch=epoch, seq=clock.seq, state=clock.state, issued_at=issued_at, feed=feed
    )
    db.execute(
        update(tables.clock)
        .where(tables.clock.c.feed == feed.name)
        .values(epoch=epoch, head=dump(made), modified=clock.modified + 1)
    )
    notify(db)
    return read_clock(db, feed)
