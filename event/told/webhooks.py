"""Webhooks: addresses of an organisation's own gateway, and how messages to them stand."""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete, func, select, update

from event.database import take_turns
from event.errors import Conflict, Invalid, NotFound
from event.people.categories import SLUG
from event.tables import message, webhook
from event.told.queue import EXPIRED, FAILED, SENT, WAITING

RECIPIENTS = ("none", "holders", "contacts")
"""What a gateway learns of people: how many; whose badge, by its number; also how to reach them.

The last two tell only of those who agreed to be written to.
"""
MOST = 10
"""Webhooks of an event."""
OVERLAP = 86_400
"""Seconds for which the secret before signs too, so that a receiver can change in its own time."""
SECRET = "whsec_"  # noqa: S105  # how Standard Webhooks has a secret begin
_LISTED = 100


@dataclass(frozen=True, slots=True)
class Webhook:
    """One that was registered; moments are UTC seconds of the real time.

    `secrets` are what signs now, the newest first; `gone_at` is when it refused to be told more.
    """

    id: int
    slug: str
    url: str
    recipients: str
    secrets: tuple[str, ...]
    gone_at: int | None


@dataclass(frozen=True, slots=True)
class Stand:
    """How many messages wait, were taken, are dead, met a fault and were not taken since.

    `since` is when the oldest of the last was made, None when there is none.
    """

    waiting: int
    sent: int
    dead: int
    not_taken: int
    since: int | None


@dataclass(frozen=True, slots=True)
class Undelivered:
    """A message that waits after a fault, or is dead; `at` is when it was made."""

    id: int
    seq: int
    state: str
    attempts: int
    fault: str
    at: int


def new_secret(random: Callable[[int], bytes]) -> str:
    """Return a secret of 32 bytes in base64 behind its prefix (Standard Webhooks 1.0.0)."""
    return SECRET + base64.b64encode(random(32)).decode()


def register(
    db: Connection, slug: str, *, url: str, recipients: str, secret: str, renew: bool, at: int
) -> bool:
    """Register a webhook or change one; say whether it is `secret` that signs from now on.

    One that is known keeps its own unless that is to be renewed; one that was gone is told again.
    Raises Invalid for a name that is none, Conflict when there are too many.
    """
    if not re.fullmatch(SLUG, slug):
        raise Invalid("A webhook's name has small letters, digits and hyphens, such as sms.")
    take_turns(db)
    known = db.execute(_BY_SLUG, {"wanted": slug}).first()
    values: dict[str, Any] = {"url": url, "recipients": recipients, "gone_at": None}
    if known is None:
        if db.execute(_COUNT).scalar_one() >= MOST:
            raise Conflict(f"There are {MOST} webhooks already; delete one first.")
        db.execute(webhook.insert(), values | {"slug": slug, "secret": secret, "renewed_at": at})
        return True
    if renew:
        values |= {"secret": secret, "former_secret": known.secret, "renewed_at": at}
    db.execute(_CHANGE, values | {"number": known.id})
    return renew


def webhooks(db: Connection, *, at: int) -> list[Webhook]:
    """Return all webhooks by name, with what signs at a moment."""
    return [_webhook(row, at) for row in db.execute(_ALL)]


def find_webhook(db: Connection, slug: str, *, at: int) -> Webhook:
    """Return a webhook by its name, with what signs at a moment. Raises NotFound."""
    row = db.execute(_BY_SLUG, {"wanted": slug}).first()
    if row is None:
        raise NotFound(f"There is no webhook “{slug}”; see: GET /v1/webhooks")
    return _webhook(row, at)


def webhook_of(db: Connection, number: int, *, at: int) -> Webhook | None:
    """Return a webhook by its number, None when it was deleted."""
    row = db.execute(_BY_ID, {"wanted": number}).first()
    return _webhook(row, at) if row else None


def delete_webhook(db: Connection, slug: str) -> None:
    """Tell a webhook no more, and forget it with all that it was told. Raises NotFound."""
    if not db.execute(_DELETE, {"wanted": slug}).rowcount:
        raise NotFound(f"There is no webhook “{slug}”; see: GET /v1/webhooks")


def stand_of(db: Connection, number: int) -> Stand:
    """Return how the messages to a webhook stand."""
    row: Any = db.execute(_STAND, {"wanted": number}).one()
    return Stand(*row)


def undelivered(db: Connection, number: int) -> list[Undelivered]:
    """Return the messages to a webhook that met a fault and were not taken since, newest first."""
    return [Undelivered(*row) for row in db.execute(_UNDELIVERED, {"wanted": number})]


def send_again(db: Connection, number: int, *, at: int) -> int:
    """Try dead messages and those that wait again, from now on; return how many.

    They keep their ids: a receiver that had one before knows it.
    """
    db.execute(_BACK, {"number": number})
    return db.execute(_AGAIN, {"wanted": number, "moment": at}).rowcount


def _webhook(row: Any, at: int) -> Webhook:
    former = (row.former_secret,) if row.former_secret and at < row.renewed_at + OVERLAP else ()
    return Webhook(row.id, row.slug, row.url, row.recipients, (row.secret, *former), row.gone_at)


_ALL = select(webhook).order_by(webhook.c.slug)
_BY_SLUG = select(webhook).where(webhook.c.slug == bindparam("wanted"))
_BY_ID = select(webhook).where(webhook.c.id == bindparam("wanted"))
_COUNT = select(func.count()).select_from(webhook)
_CHANGE = update(webhook).where(webhook.c.id == bindparam("number"))
_BACK = _CHANGE.values(gone_at=None)
_DELETE = delete(webhook).where(webhook.c.slug == bindparam("wanted"))
_OWN = message.c.webhook_id == bindparam("wanted")
_IS_DEAD = message.c.state.in_((FAILED, EXPIRED))
_HAS_FAULT = _IS_DEAD | ((message.c.state == WAITING) & (message.c.fault != ""))
_STAND = select(
    *(func.coalesce(func.sum(case((one, 1), else_=0)), 0)
      for one in (message.c.state == WAITING, message.c.state == SENT, _IS_DEAD, _HAS_FAULT)),
    func.min(case((_HAS_FAULT, message.c.at))),
).where(_OWN)  # fmt: skip
_UNDELIVERED = (
    select(
        message.c.id, message.c.seq, message.c.state, message.c.attempts, message.c.fault,
        message.c.at,
    )
    .where(_OWN, _HAS_FAULT)
    .order_by(message.c.id.desc())
    .limit(_LISTED)
)  # fmt: skip
_AGAIN = (
    update(message)
    .where(_OWN, _HAS_FAULT)
    .values(state=WAITING, attempts=0, at=bindparam("moment"), due=bindparam("moment"))
)
