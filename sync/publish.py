"""The one way to commit what is public: edit, compare, number, record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import Connection, select, update

from event import tables
from event.database import Database, notify
from event.text import dump
from event.times import to_seconds
from sync import feed
from sync.changes import Change, describe
from sync.state import moved_on

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Clock:
    """Where the public feed stands; `modified` are UTC seconds that grow with every publish."""

    epoch: int
    seq: int
    state: str
    modified: int


@dataclass(frozen=True, slots=True)
class Published(Generic[T]):
    """What an edit returned, and where the feed stands after it."""

    value: T
    clock: Clock


def read_clock(db: Connection) -> Clock:
    """Return where the public feed stands."""
    return Clock(*db.execute(_CLOCK).one())


def publish(
    db: Database,
    edit: Callable[[Connection], T],
    *,
    at: datetime,
    by: str,
    reason: Mapping[str, str] | None = None,
) -> Published[T]:
    """Run an edit and publish what became different; all of it is committed, or nothing.

    `by` is role/label of who did it and `reason` a `Text` why. An edit that changes nothing public
    (a draft, the same values again) is committed without a number. Whatever `edit` raises passes
    through, and nothing has happened.
    """
    with db.write() as tx:
        clock = Clock(*tx.execute(_CLOCK.with_for_update()).one())
        value = edit(tx)
        found = feed.differences(tx)
        if not found:
            return Published(value, clock)
        feed.store(tx, found)
        after = Clock(
            epoch=clock.epoch or to_seconds(at),
            seq=clock.seq + 1,
            state=moved_on(
                clock.state,
                gone=[row for d in found for row in d.hashed(d.old)],
                come=[row for d in found for row in d.hashed(d.new)],
            ),
            # Last-Modified counts seconds; two publishes in one second must still differ.
            modified=max(clock.modified + 1, to_seconds(at)),
        )
        # The first publish is the agenda itself; there is nothing yet that it would change.
        _record(tx, after, found, describe(found) if clock.seq else [], at=at, by=by, why=reason)
        notify(tx)
    return Published(value, after)


def _record(
    tx: Connection,
    clock: Clock,
    found: list[feed.Difference],
    changes: list[Change],
    *,
    at: datetime,
    by: str,
    why: Mapping[str, str] | None,
) -> None:
    moved = {"epoch": clock.epoch, "seq": clock.seq}
    tx.execute(
        update(tables.clock)
        .where(tables.clock.c.feed == "public")
        .values(**moved, state=clock.state, modified=clock.modified)
    )
    ops = dump([op for difference in found if (op := difference.op)])
    tx.execute(
        tables.publish.insert(),
        moved | {"at": to_seconds(at), "by": by, "state": clock.state, "ops": ops},
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
    tables.clock.c.epoch, tables.clock.c.seq, tables.clock.c.state, tables.clock.c.modified
).where(tables.clock.c.feed == "public")
