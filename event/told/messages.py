"""Messages: one publish, told to one mailbox, phone or webhook, tried until taken or too late."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite

from event.tables import change, message, publish, webhook
from event.tables import told as told_table
from event.text import dump, parse
from event.told.channels import MAIL, PUSH, WEBHOOK, mailboxes
from event.told.subscriptions import PHONES, remove
from event.told.told import Told, told_of

WAITING, SENT, REPLACED, FAILED, EXPIRED = "waiting", "sent", "replaced", "failed", "expired"
GONE = "gone"
"""Said by a receiver that takes nothing any more: no state of a message, but the channel's end."""
NEWS = 3_600
"""Seconds after a publish in which it is news: what was published longer ago is not told."""
GIVE_UP = 86_400
"""Seconds after which a message that nobody took is not sent any more."""
FIRST, LONGEST = 5, 3_600
"""Seconds before it is tried a second time; each time twice as long, at most an hour."""
HELD = 300
"""Seconds for which who took a message has it; then somebody else may try."""
_LOOKED_AT = 500
"""Messages that are due of which as many are taken as their lanes have room for."""


@dataclass(frozen=True, slots=True)
class Message:
    """One that is to be sent to an attendee's mailbox, to their phone, or to a webhook."""

    id: int
    epoch: int
    seq: int
    lane: str
    topic: str
    attendee_id: int | None
    subscription_id: int | None
    webhook_id: int | None
    language: str
    numbers: tuple[int, ...]
    attempts: int
    at: int

    @property
    def channel(self) -> str:
        """By which way it goes."""
        return self.lane.partition("/")[0]

    @property
    def key(self) -> str:
        """What receivers know it by, however often it is sent."""
        return f"eventday-{self.epoch}-{self.seq}-{self.id}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an attempt, and why; `after` it the receiver wants so many seconds of rest."""

    state: str
    fault: str = ""
    after: int = 0


def untold(db: Connection) -> list[tuple[int, int, int]]:
    """Return epoch, seq and moment of publishes whose messages are to be made, oldest first."""
    return [(row.epoch, row.seq, row.at) for row in db.execute(_UNTOLD)]


def make(db: Connection, epoch: int, seq: int, *, at: int, real: int, mail: bool) -> int:
    """Make the messages of a publish and return how many; a second time it makes none.

    `at` is the moment of the publish by the event's clock, `real` the present one; `mail` says
    whether we send any. Pushes of the same topic that still wait are replaced.
    """
    own = {"epoch": epoch, "seq": seq}
    if db.execute(_MARK[db.dialect.name], own).first() is None:
        return 0
    boxes = mailboxes(db) if mail else set[int]()
    phones = defaultdict(list)
    for phone in db.execute(PHONES):
        phones[phone.attendee_id].append(phone)
    hooks = list(db.execute(_WEBHOOKS).scalars())
    if not (boxes or phones or hooks):
        return 0
    changes = {row["number"]: row for row in changes_of(db, epoch, seq)}
    found = told_of(db, list(changes.values()), at=at)
    common = own | {"state": WAITING, "at": real, "due": real}
    rows = [common | row for row in _to_people(found, boxes, phones, changes)]
    if found:
        rows += [
            common | _NOBODY | {"webhook_id": one, "lane": f"{WEBHOOK}/{one}"} for one in hooks
        ]
    pushed = [{"phone": row["subscription_id"], "about": row["topic"]} for row in rows
              if row["subscription_id"]]  # fmt: skip
    if pushed:
        db.execute(_REPLACE, pushed)
    if rows:
        db.execute(message.insert(), rows)
    return len(rows)


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
    """Return what changes are about, in at most 32 characters of base64url (RFC 8030, 5.4)."""
    about = {
        f"session-{one['session_id']}"
        if one["session_id"] is not None
        else f"{one['subject']}-{one['subject_id']}"
        for one in changes
    }
    return about.pop() if len(about) == 1 else f"publish-{changes[0]['seq']}"


def skip(db: Connection, epoch: int, seq: int) -> None:
    """Tell nobody of a publish that is no news."""
    db.execute(_MARK[db.dialect.name], {"epoch": epoch, "seq": seq}).close()


def changes_of(db: Connection, epoch: int, seq: int) -> list[dict[str, Any]]:
    """Return a publish's rows of `change`, by number."""
    found = db.execute(_CHANGES, {"epoch": epoch, "seq": seq})
    return [dict(row) for row in found.mappings()]


def take(
    db: Connection, *, at: int, most: int, wide: int, going: Collection[Message] = ()
) -> list[Message]:
    """Take messages that are due, for `HELD` seconds; nobody else gets them meanwhile.

    With those that are `going` there are at most `most`, in one lane at most `wide`, and to one
    phone one after the other.
    """
    lanes = Counter(one.lane for one in going)
    phones = {one.subscription_id for one in going} - {None}
    full = [lane for lane, count in lanes.items() if count >= wide]
    taken: list[Message] = []
    for row in db.execute(_DUE, {"moment": at, "full": full}).all():
        if len(taken) + len(going) >= most:
            break
        if lanes[row.lane] < wide and row.subscription_id not in phones:
            lanes[row.lane] += 1
            phones |= {row.subscription_id} - {None}
            taken.append(_message(row))
    if taken:
        db.execute(_HOLD, {"then": at + HELD, "chosen": [one.id for one in taken]})
    return taken


def settle(db: Connection, one: Message, outcome: Outcome, *, at: int, spread: float) -> None:
    """Write down what became of an attempt: sent, failed for good, or waiting for another.

    `spread`, 0 to 1, is where in its span the next attempt falls. After a day there is none. A
    phone or webhook that is gone is told no more.
    """
    state, then = outcome.state, at
    if state == WAITING:
        then += max(pause(one.attempts, spread=spread), outcome.after)
        if then >= one.at + GIVE_UP:
            state = EXPIRED
    if state == GONE:
        state = FAILED
        if one.subscription_id is not None:
            remove(db, one.subscription_id)  # with its messages
        else:
            db.execute(_END, {"wanted": one.webhook_id, "moment": at})
            db.execute(_DROP, {"wanted": one.webhook_id, "why": outcome.fault})
    db.execute(_SETTLE, {"wanted": one.id, "now": state, "why": outcome.fault, "then": then})


def pause(attempts: int, *, spread: float) -> int:
    """Return how many seconds to wait after so many attempts before."""
    return int(min(LONGEST, FIRST * 2 ** min(attempts, 20)) * (0.5 + spread))


def _message(row: Any) -> Message:
    return Message(
        row.id, row.epoch, row.seq, row.lane, row.topic, row.attendee_id, row.subscription_id,
        row.webhook_id, row.language, tuple(parse(row.numbers)), row.attempts, row.at,
    )  # fmt: skip


_NOBODY: dict[str, Any] = {"attendee_id": None, "subscription_id": None, "webhook_id": None,
                           "topic": "", "language": "", "numbers": "[]"}  # fmt: skip
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
_WEBHOOKS = select(webhook.c.id).where(webhook.c.gone_at.is_(None)).order_by(webhook.c.id)
_REPLACE = (
    update(message)
    .where(
        message.c.subscription_id == bindparam("phone"),
        message.c.topic == bindparam("about"),
        message.c.state == WAITING,
    )
    .values(state=REPLACED)
)
_DUE = (
    select(message)
    .where(
        message.c.state == WAITING,
        message.c.due <= bindparam("moment"),
        message.c.lane.not_in(bindparam("full", expanding=True)),
    )
    .order_by(message.c.due, message.c.id)
    .limit(_LOOKED_AT)
    .with_for_update(skip_locked=True)
)
_HOLD = (
    update(message)
    .where(message.c.id.in_(bindparam("chosen", expanding=True)))
    .values(due=bindparam("then"))
)
_SETTLE = (
    update(message)
    .where(message.c.id == bindparam("wanted"), message.c.state == WAITING)
    .values(
        state=bindparam("now"),
        fault=bindparam("why"),
        due=bindparam("then"),
        attempts=message.c.attempts + 1,
    )
)
_END = (
    update(webhook).where(webhook.c.id == bindparam("wanted")).values(gone_at=bindparam("moment"))
)
_DROP = (
    update(message)
    .where(message.c.webhook_id == bindparam("wanted"), message.c.state == WAITING)
    .values(state=FAILED, fault=bindparam("why"))
)
