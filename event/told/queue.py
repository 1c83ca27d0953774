"""The queue: each message is taken, tried and settled until somebody has it or it is too late."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from event.tables import message, webhook
from event.text import parse
from event.told.subscriptions import remove

WAITING, SENT, REPLACED, FAILED, EXPIRED = "waiting", "sent", "replaced", "failed", "expired"
GONE = "gone"
"""Said by a receiver that takes nothing any more: no state of a message, but the channel's end."""
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
