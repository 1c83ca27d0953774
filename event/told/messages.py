"""Messages: one publish, told to each mailbox, phone and webhook of those whom it touches."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from event.agenda.model import PUBLIC
from event.tables import change, message, publish, webhook
from event.tables import told as told_table
from event.text import dump, parse
from event.told.channels import MAIL, PUSH, WEBHOOK, mailboxes
from event.told.queue import REPLACED, WAITING
from event.told.subscriptions import PHONES
from event.told.told import Told, told_of

NEWS = 3_600
"""Seconds after a publish in which it is news: what was published longer ago is not told."""


def untold(db: Connection) -> list[tuple[int, int, int]]:
    """Return epoch, seq and moment of publishes whose messages are to be made, oldest first."""
    return [(row.epoch, row.seq, row.at) for row in db.execute(_UNTOLD)]


def messages_of(
    db: Connection, epoch: int, seq: int, *, at: int, real: int, mail: bool
) -> list[dict[str, Any]]:
    """Return the rows of `message` that tell of a publish.

    `at` is the moment of the publish by the event's clock, `real` the present one; `mail` says
    whether we send any.
    """
    boxes = mailboxes(db) if mail else set[int]()
    phones = defaultdict(list)
    for phone in db.execute(PHONES):
        phones[phone.attendee_id].append(phone)
    hooks = db.execute(_WEBHOOKS).all()
    if not (boxes or phones or hooks):
        return []
    changes = {row["number"]: row for row in changes_of(db, epoch, seq)}
    found = told_of(db, list(changes.values()), at=at)
    common = {"epoch": epoch, "seq": seq, "state": WAITING, "at": real, "due": real}
    rows = [common | row for row in _to_people(found, boxes, phones, changes)]
    rows += [
        common | _NOBODY | {"webhook_id": hook.id, "lane": f"{WEBHOOK}/{hook.id}"}
        for hook in hooks
        if known_to(hook.recipients, found, changes)
    ]
    return rows


def known_to(
    recipients: str, found: Sequence[Told], changes: Mapping[int, Mapping[str, Any]]
) -> set[int]:
    """Return the numbers of changes that a webhook may know of, among those people are told of.

    One that cannot say to whom something matters would say it to all.
    """
    numbers = {number for one in found for number in one.numbers}
    if recipients != "none":
        return numbers
    return {one for one in numbers if parse(changes[one]["visibility"]) == list(PUBLIC)}


def add(db: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Add messages, but for those that are there already, to be marked told when all are added.

    Pushes about the same that still wait are replaced.
    """
    pushed = [
        {"phone": row["subscription_id"], "about": row["topic"], "own_epoch": row["epoch"],
         "own_seq": row["seq"]}
        for row in rows if row["subscription_id"]
    ]  # fmt: skip
    if pushed:
        db.execute(_REPLACE, pushed)
    if rows:
        db.execute(_ADD[db.dialect.name], rows)


def mark_told(db: Connection, epoch: int, seq: int) -> None:
    """Make no more messages of a publish: all are made, or it is no news."""
    db.execute(_MARK[db.dialect.name], {"epoch": epoch, "seq": seq})


def _to_people(
    found: Sequence[Told],
    boxes: Collection[int],
    phones: Mapping[int, Sequence[Any]],
    changes: Mapping[int, Mapping[str, Any]],
) -> Iterator[dict[str, Any]]:
    """Yield the rows of mails and pushes; who is told by phone and mail has one of each."""
    for one in found:
        kind, number = one.person.key
        if kind != "attendee":
            continue
        row = _NOBODY | {
            "attendee_id": number,
            "language": one.person.language,
            "numbers": dump(one.numbers),
        }
        if number in boxes:
            yield row | {"lane": MAIL}
        for phone in phones.get(number, ()):
            yield row | {
                "subscription_id": phone.id,
                "lane": f"{PUSH}/{urlsplit(phone.endpoint).hostname}",
                "topic": _topic([changes[wanted] for wanted in one.numbers]),
            }


def _topic(changes: Sequence[Mapping[str, Any]]) -> str:
    """Return what changes are about, so that the newer replaces the older."""
    about = {
        f"session-{one['session_id']}"
        if one["session_id"] is not None
        else f"{one['subject']}-{one['subject_id']}"
        for one in changes
    }
    return about.pop() if len(about) == 1 else f"publish-{changes[0]['seq']}"


def changes_of(db: Connection, epoch: int, seq: int) -> list[dict[str, Any]]:
    """Return a publish's rows of `change`, by number."""
    found = db.execute(_CHANGES, {"epoch": epoch, "seq": seq})
    return [dict(row) for row in found.mappings()]


_NOBODY: dict[str, Any] = {"attendee_id": None, "subscription_id": None, "webhook_id": None,
                           "topic": "", "language": "", "numbers": "[]"}  # fmt: skip
_MARK, _ADD = (
    {
        "sqlite": sqlite.insert(table).on_conflict_do_nothing(),
        "postgresql": postgresql.insert(table).on_conflict_do_nothing(),
    }
    for table in (told_table, message)
)
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
_WEBHOOKS = (
    select(webhook.c.id, webhook.c.recipients)
    .where(webhook.c.gone_at.is_(None))
    .order_by(webhook.c.id)
)
_REPLACE = (
    update(message)
    .where(
        message.c.subscription_id == bindparam("phone"),
        message.c.topic == bindparam("about"),
        message.c.state == WAITING,
        (message.c.epoch < bindparam("own_epoch"))
        | ((message.c.epoch == bindparam("own_epoch")) & (message.c.seq < bindparam("own_seq"))),
    )
    .values(state=REPLACED)
)
