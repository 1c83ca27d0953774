"""The one way to commit what is public: edit, compare, number, record."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, bindparam, select, update

from event import tables
from event.database import Database, notify
from event.text import dump, parse
from event.times import to_seconds
from sync import head
from sync.changes import Change, describe
from sync.feed import PUBLIC, Difference, Feed, store
from sync.state import moved_on

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a feed stands; `modified` are UTC seconds that grow with every publish.

    `head` is what phones fetch, before it is signed (`sync.head`).
    """

    epoch: int
    seq: int
    state: str
    modified: int
    head: str = ""


@dataclass(frozen=True, slots=True)
class Published(Generic[T]):
    """What an edit returned, and where the feed stands after it."""

    value: T
    clock: Clock


def read_clock(db: Connection, feed: Feed = PUBLIC) -> Clock:
    """Return where a feed stands."""
    return Clock(*db.execute(_CLOCK, {"wanted": feed.name}).one())


def locked_clock(db: Connection, feed: Feed = PUBLIC) -> Clock:
    """Return where a feed stands, and let nobody else move it until this is committed."""
    return Clock(*db.execute(_CLOCK.with_for_update(), {"wanted": feed.name}).one())


def publish(
    db: Database,
    edit: Callable[[Connection], T],
    *,
    at: datetime,
    by: str,
    reason: Mapping[str, str] | None = None,
    issued_at: datetime | None = None,
) -> Published[T]:
    """Run an edit and publish what became different; all of it is committed, or nothing.

    `by` is role/label of who did it and `reason` a `Text` why. The head says that it was issued
    at `issued_at`: the real time, where `at` is that of a demo. An edit that changes nothing public
    (a draft, the same values again) is committed without a number. Whatever `edit` raises passes
    through, and nothing has happened.
    """
    with db.write() as tx:
        clock = locked_clock(tx)
        value = edit(tx)
        found = PUBLIC.differences(tx)
        if not found:
            return Published(value, clock)
        after, ops = move_on(tx, PUBLIC, clock, found, at=at, issued_at=issued_at or at)
        # The first publish is the agenda itself; there is nothing yet that it would change.
        _record(tx, after, ops, describe(found) if clock.seq else [], at=at, by=by, why=reason)
    return Published(value, after)


def move_on(
    tx: Connection,
    feed: Feed,
    clock: Clock,
    found: list[Difference],
    *,
    at: datetime,
    issued_at: datetime,
) -> tuple[Clock, list[Any]]:
    """Publish differences in a feed whose clock is locked; return where it stands, and the ops."""
    store(tx, found, feed)
    ops = [op for difference in found if (op := feed.op(difference))]
    state = moved_on(
        clock.state,
        gone=[row for d in found for row in feed.counted(d.table, d.old)],
        come=[row for d in found for row in feed.counted(d.table, d.new)],
    )
    epoch = clock.epoch or to_seconds(at)
    if clock.head:
        made = head.grown(
            tx, parse(clock.head), ops, state=state, at=at, issued_at=issued_at, feed=feed
        )
    else:
        seq = clock.seq + 1
        made = head.fresh(tx, epoch=epoch, seq=seq, state=state, issued_at=issued_at, feed=feed)
    # Last-Modified counts seconds; two publishes in one second must still differ.
    modified = max(clock.modified + 1, to_seconds(at))
    after = Clock(epoch, clock.seq + 1, state, modified, dump(made))
    tx.execute(update(tables.clock).where(tables.clock.c.feed == feed.name).values(asdict(after)))
    notify(tx)
    return after, ops


def _record(
    tx: Connection,
    clock: Clock,
    ops: list[Any],
    changes: list[Change],
    *,
    at: datetime,
    by: str,
    why: Mapping[str, str] | None,
) -> None:
    moved = {"epoch": clock.epoch, "seq": clock.seq}
    tx.execute(
        tables.publish.insert(),
        moved | {"at": to_seconds(at), "by": by, "state": clock.state, "ops": dump(ops)},
    )
    rows: list[dict[str, object]] = [
        {
            **moved,
            "number": number,
            "kind": change.kind,
            "subject": change.subject,
            "subject_id": change.subject_id,
            "session_id": change.session_id,
            "old": dump(change.old),
            "new": dump(change.new),
            "reason": dump(why or {}),
            "at": to_seconds(at),
            "by": by,
        }
        for number, change in enumerate(changes, start=1)
    ]
    if rows:
        tx.execute(tables.change.insert(), rows)


_CLOCK = select(
    tables.clock.c.epoch,
    tables.clock.c.seq,
    tables.clock.c.state,
    tables.clock.c.modified,
    tables.clock.c.head,
).where(tables.clock.c.feed == bindparam("wanted"))
