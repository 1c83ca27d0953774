"""The one way to commit what is public: edit, compare, number, record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, bindparam, select, update

from event import tables
from event.agenda.undo import NOTHING_PUBLIC, note
from event.commits import notify
from event.database import Database
from event.tables.many import among
from event.text import dump, parse
from event.times import to_seconds
from sync import head
from sync.changes import Change, describe
from sync.feed import PUBLIC, Difference, Feed, differences, store
from sync.restricted import restricted_changes
from sync.state import moved_on

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Step:
    """A feed's next publish before it has a number: rows, what phones replay, the state then."""

    found: list[Difference]
    ops: list[Any]
    state: str


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
    """What an edit returned, where the feed stands after it, and its rows of `change`.

    Those whose `visibility` is not public are for organisers alone.
    """

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
    also: Callable[[Connection], Sequence[Change]] | None = None,
) -> Published[T]:
    """Run an edit and publish what became different; all of it is committed, or nothing.

    `by` is role/label of who did it and `reason` a `Text` why. The head says that it was issued
    at `issued_at`: the real time, where `at` is that of a demo. What only some may know of gets a
    number too, though no op, and what is `also` to be told. An edit that changes nothing anybody is
    shown (a draft, the same values again) is committed without one. Whatever `edit` raises passes
    through, and nothing has happened.
    """
    with db.write() as tx:
        clock = locked_clock(tx)
        value = edit(tx)
        found = differences(tx)
        more = [*restricted_changes(tx), *(also(tx) if also else ())]
        if not found and not more:
            note(tx, seq=NOTHING_PUBLIC)
            return Published(value, clock)
        step = step_from(PUBLIC, clock, found)
        after = move_on(tx, PUBLIC, clock, step, at=at, issued_at=issued_at or at)
        note(tx, seq=after.seq)
        changes = _changes(tx, after, found, more, at=at, by=by, why=reason)
        _record(tx, after, step.ops, changes, at=at, by=by)
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
        found, more = differences(tx), restricted_changes(tx)
        after = replace(clock, seq=clock.seq + bool(found or more))
        changes = _changes(tx, after, found, more, at=at, by=by, why=reason)
        tx.rollback()
    return Published(value, after, changes)


def step_from(feed: Feed, clock: Clock, found: list[Difference]) -> Step:
    """Return what a feed comes to after differences, without looking at the database."""
    state = moved_on(
        clock.state,
        gone=[row for d in found for row in feed.counted(d.table, d.old)],
        come=[row for d in found for row in feed.counted(d.table, d.new)],
    )
    return Step(found, [op for difference in found if (op := feed.op(difference))], state)


def move_on(
    tx: Connection, feed: Feed, clock: Clock, step: Step, *, at: datetime, issued_at: datetime
) -> Clock:
    """Take a step from where a feed's clock is locked; return where it stands."""
    store(tx, step.found, feed)
    epoch = clock.epoch or to_seconds(at)
    if clock.head:
        made = head.grown(
            tx, parse(clock.head), step.ops, state=step.state, at=at, issued_at=issued_at, feed=feed
        )
    else:
        seq = clock.seq + 1
        made = head.fresh(
            tx, epoch=epoch, seq=seq, state=step.state, issued_at=issued_at, feed=feed
        )
    # Last-Modified counts seconds; two publishes in one second must still differ.
    modified = max(clock.modified + 1, to_seconds(at))
    after = Clock(epoch, clock.seq + 1, step.state, modified, dump(made))
    tx.execute(update(tables.clock).where(tables.clock.c.feed == feed.name).values(asdict(after)))
    notify(tx)
    return after


def _changes(
    tx: Connection,
    clock: Clock,
    found: list[Difference],
    more: Sequence[Change],
    *,
    at: datetime,
    by: str,
    why: Mapping[str, str] | None,
) -> tuple[dict[str, object], ...]:
    """Return the rows of `change` for differences and `more`; a thing's own reason goes before."""
    # The first publish is the agenda itself; there is nothing yet that it would change.
    changes = [*describe(found), *more] if clock.seq > 1 else []
    unsaid = {change.session_id for change in changes if change.session_id and not change.audience}
    rows = tx.execute(_AUDIENCES, {"wanted": list(unsaid)}) if unsaid else ()
    audiences = {row.id: row.audience for row in rows}
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
            "audience": (
                dump(list(change.audience))
                if change.audience
                else audiences.get(change.session_id, dump([]))
            ),
            "visibility": dump(list(change.visibility)),
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


_AUDIENCES = select(tables.session.c.id, tables.session.c.audience).where(
    among(tables.session.c.id, "wanted")
)
_CLOCK = select(
    tables.clock.c.epoch,
    tables.clock.c.seq,
    tables.clock.c.state,
    tables.clock.c.modified,
    tables.clock.c.head,
).where(tables.clock.c.feed == bindparam("wanted"))
