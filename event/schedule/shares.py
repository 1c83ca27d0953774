"""Shares: secret addresses at which what is somebody's own can be read; only hashes are kept."""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, bindparam, select, update

from event.errors import Conflict, NotFound
from event.tables import share as table
from event.text import clean

CALENDAR = "calendar"
"""A share that a calendar follows."""
PREFIX = "evs_"
MOST, LONGEST_LABEL = 20, 100


@dataclass(frozen=True, slots=True)
class Share:
    """A share that is valid, as its owner calls it; `created_at` in UTC seconds."""

    id: int
    attendee_id: int
    kind: str
    label: str
    created_at: int


def share(
    db: Connection, attendee_id: int, *, kind: str, label: str = "", at: int
) -> tuple[Share, str]:
    """Return a new share with its secret, evs_ and 43 characters, which cannot be read again.

    Raises Conflict when somebody has too many.
    """
    if len(shares(db, attendee_id)) >= MOST:
        raise Conflict(f"You have {MOST} shares; take one back first.")
    secret = PREFIX + secrets.token_urlsafe(32)
    row = {"attendee_id": attendee_id, "kind": kind, "label": clean(label)[:LONGEST_LABEL]}
    db.execute(table.insert(), row | {"sha256": _hash(secret), "created_at": at})
    return shared(db, secret, kind=kind), secret


def shares(db: Connection, attendee_id: int) -> list[Share]:
    """Return somebody's shares that are valid, oldest first."""
    return [Share(*row) for row in db.execute(_OF, {"attendee": attendee_id})]


def shared(db: Connection, secret: str, *, kind: str) -> Share:
    """Return the share of a secret. Raises NotFound when it is none, or was taken back."""
    row = db.execute(_BY_HASH, {"sha256": _hash(secret), "kind": kind}).first()
    if row is None:
        raise NotFound("There is no such share, or it was taken back.")
    return Share(*row)


def take_back(db: Connection, attendee_id: int, number: int, *, at: int) -> None:
    """Make a share useless; once more changes nothing. Raises NotFound for others' shares too."""
    named = {"number": number, "attendee": attendee_id}
    if db.execute(_OWN, named).first() is None:
        raise NotFound("You have no such share.")
    db.execute(_TAKE_BACK, named | {"moment": at})


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


_VALID = select(
    table.c.id, table.c.attendee_id, table.c.kind, table.c.label, table.c.created_at
).where(table.c.revoked_at.is_(None))
_OF = _VALID.where(table.c.attendee_id == bindparam("attendee")).order_by(table.c.id)
_BY_HASH = _VALID.where(table.c.sha256 == bindparam("sha256"), table.c.kind == bindparam("kind"))
_IS_OWN = (table.c.id == bindparam("number")) & (table.c.attendee_id == bindparam("attendee"))
_OWN = select(table.c.id).where(_IS_OWN)
_TAKE_BACK = (
    update(table)
    .where(_IS_OWN, table.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("moment"))
)
