"""Messages: mails about one publish, one a person, tried until they are taken or too late."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from event.people.consents import answers_to
from event.tables import attendee, change, message, publish
from event.tables import told as told_table
from event.text import dump, parse
from event.told.told import told_of

WAITING, SENT, FAILED, EXPIRED = "waiting", "sent", "failed", "expired"
NEWS = 3_600
"""Seconds after a publish in which it is news: what was published longer ago is not mailed."""
GIVE_UP = 86_400
"""Seconds after which a message that nobody took is not sent any more."""
FIRST, LONGEST = 5, 3_600
"""Seconds before it is tried a second time; each time twice as long, at most an hour."""
HELD = 300
"""Seconds for which who took a message has it; then somebody else may try."""


@dataclass(frozen=True, slots=True)
class Message:
    """One that is to be sent; `to` is "" when they may not be written to any more."""

    id: int
    epoch: int
    seq: int
    to: str
    language: str
    numbers: tuple[int, ...]
    attempts: int
    at: int


def mailboxes(db: Connection) -> set[int]:
    """Return the attendees who have an address and agreed to be written to."""
    agreed = {who for who, given in answers_to(db, "contact").items() if given}
    return agreed & set(db.execute(_MAILBOXES).scalars())


def untold(db: Connection) -> list[tuple[int, int, int]]:
    """Return epoch, seq and moment of publishes whose messages are to be made, oldest first."""
    return [(row.epoch, row.seq, row.at) for row in db.execute(_UNTOLD)]


def make(db: Connection, epoch: int, seq: int, *, at: int, real: int) -> int:
    """Make the messages of a publish and return how many; a second time it makes none.

    `at` is the moment of the publish by the event's clock, `real` the present one.
    """
    own = {"epoch": epoch, "seq": seq}
    if db.execute(_MARK[db.dialect.name], own).first() is None:
        return 0
    changes = [dict(row) for row in db.execute(_CHANGES, own).mappings()]
    reached = mailboxes(db)
    rows = [
        own
        | {
            "attendee_id": one.person.key[1],
            "language": one.person.language,
            "numbers": dump(one.numbers),
            "state": WAITING,
            "at": real,
            "due": real,
        }
        for one in told_of(db, changes, at=at)
        if one.person.key[0] == "attendee" and one.person.key[1] in reached
    ]
    if rows:
        db.execute(message.insert(), rows)
    return len(rows)


def skip(db: Connection, epoch: int, seq: int) -> None:
    """Tell nobody of a publish that is no news."""
    db.execute(_MARK[db.dialect.name], {"epoch": epoch, "seq": seq}).close()


def take(db: Connection, *, at: int, most: int) -> list[Message]:
    """Take messages that are due, for `HELD` seconds; nobody else gets them meanwhile."""
    rows = db.execute(_DUE, {"moment": at, "most": most}).all()
    reached = mailboxes(db) if rows else set()
    for row in rows:
        db.execute(_HOLD, {"wanted": row.id, "then": at + HELD})
    return [
        Message(
            id=row.id,
            epoch=row.epoch,
            seq=row.seq,
            to=row.email if row.attendee_id in reached else "",
            language=row.language,
            numbers=tuple(parse(row.numbers)),
            attempts=row.attempts,
            at=row.at,
        )
        for row in rows
    ]


def settle(
    db: Connection, one: Message, state: str, *, fault: str = "", at: int, spread: float
) -> None:
    """Write down what became of an attempt: sent, failed for good, or waiting for another.

    `spread`, 0 to 1, is where in its span the next attempt falls. After a day there is none.
    """
    then = at + pause(one.attempts, spread=spread) if state == WAITING else at
    if then >= one.at + GIVE_UP and state == WAITING:
        state = EXPIRED
    db.execute(_SETTLE, {"wanted": one.id, "now": state, "why": fault, "then": then})


def pause(attempts: int, *, spread: float) -> int:
    """Return how many seconds to wait after so many attempts before."""
    return int(min(LONGEST, FIRST * 2 ** min(attempts, 20)) * (0.5 + spread))


_OWN: dict[str, Any] = {"epoch": bindparam("epoch"), "seq": bindparam("seq")}
_MARK = {
    name: new.values(_OWN).on_conflict_do_nothing().returning(told_table.c.seq)
    for name, new in (
        ("sqlite", sqlite.insert(told_table)),
        ("postgresql", postgresql.insert(told_table)),
    )
}
_UNTOLD = (
    select(publish.c.epoch, publish.c.seq, publish.c.at)
    .outerjoin(
        told_table,
        (told_table.c.epoch == publish.c.epoch) & (told_table.c.seq == publish.c.seq),
    )
    .where(told_table.c.seq.is_(None))
    .order_by(publish.c.epoch, publish.c.seq)
)
_CHANGES = (
    select(change)
    .where(change.c.epoch == bindparam("epoch"), change.c.seq == bindparam("seq"))
    .order_by(change.c.number)
)
_MAILBOXES = select(attendee.c.id).where(attendee.c.email != "")
_DUE = (
    select(message, attendee.c.email)
    .join(attendee, attendee.c.id == message.c.attendee_id)
    .where(message.c.state == WAITING, message.c.due <= bindparam("moment"))
    .order_by(message.c.due, message.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=message, skip_locked=True)
)
_ONE = update(message).where(message.c.id == bindparam("wanted"))
_HOLD = _ONE.values(due=bindparam("then"))
_SETTLE = _ONE.values(
    state=bindparam("now"),
    fault=bindparam("why"),
    due=bindparam("then"),
    attempts=message.c.attempts + 1,
)
