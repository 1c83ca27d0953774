"""The one way to commit what is public: edit, compare, number, record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, bindparam, select, update

from event import tables
from event.agenda.undo import NOTHING_PUBLIC, note
from event.database import Database, notify
from event.text import dump, parse
from event.times import to_seconds
from sync import head
from sync.changes import describe
from sync.feed import PUBLIC, Difference, Feed, differences, store
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
    """What an edit returned, where the feed stands after it, and its rows of `change`."""

    value: T
    clock: Clock
    changes: Sequence[Mapping[str, Any]] = ()


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
        found = differences(tx)
        if not found:
            note(tx, seq=NOTHING_PUBLIC)
            return Published(value, clock)
        after, ops = move_on(tx, PUBLIC, clock, found, at=at, issued_at=issued_at or at)
        note(tx, seq=after.seq)
        changes = _changes(after, found, at=at, by=by, why=reason)
        _record(tx, after, ops, changes, at=at, by=by)
    return Published(value, after, changes)


def rehearse(
    db: Database,
    edit: Callable[[Connection], T],
    *,
    at: datetime,
    by: str,
    reason: Mapping[str, str] | None = None,
) -> Published[T]:
    """Return what `publish` would, of the clock only the number; nothing is committed.

    Whatever `edit` raises passes through.
    """
    with db.write() as tx:
        clock = locked_clock(tx)
        value = edit(tx)
        found = differences(tx)
        tx.rollback()
    after = replace(clock, seq=clock.seq + bool(found))
    return Published(value, after, _changes(after, found, at=at, by=by, why=reason))


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


def _changes(
    clock: Clock,
    found: list[Difference],
    *,
    at: datetime,
    by: str,
    why: Mapping[str, str] | None,
) -> tuple[dict[str, object], ...]:
    """Return the rows of `change` for differences; a thing's own reason goes before `why`."""
    # The first publish is the agenda itself; there is nothing yet that it would change.
    changes = describe(found) if clock.seq > 1 else []
    return tuple(
        {
            "epoch": clock.epoch,
            "seq": clock.seq,
            "number": number,
            "kind": change.kind,
            "subject": change.subject,
            "subject_id": change.subject_id,
            "session_id": change.session_id,
            "old": dump(change.old),
            "new": dump(change.new),
            "reason": dump(change.reason or why or {}),
            "at": to_seconds(at),
            "by": by,
        }
        for number, change in enumerate(changes, start=1)
    )


def _record(
    tx: Connection,
    clock: Clock,
    ops: list[Any],
    changes: Sequence[Mapping[str, object]],
    *,
    at: datetime,
    by: str,
) -> None:
    tx.execute(
        tables.publish.insert(),
        {
            "epoch": clock.epoch,
            "seq": clock.seq,
            "at": to_seconds(at),
            "by": by,
            "state": clock.state,
            "ops": dump(ops),
        },
    )
    if changes:
        tx.execute(tables.change.insert(), changes)


_CLOCK = select(
    tables.clock.c.epoch,
    tables.clock.c.seq,
    tables.clock.c.state,
    tables.clock.c.modified,
    tables.clock.c.head,
).where(tables.clock.c.feed == bindparam("wanted"))
