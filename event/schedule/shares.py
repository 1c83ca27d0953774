"""Shares: secrets with which what is somebody's own can be read; only hashes are kept."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, update

from event.errors import Conflict, Invalid, NotFound
from event.schedule.shared import SECTIONS
from event.tables import share as table
from event.text import clean, dump, parse

CALENDAR, SCHEDULE = "calendar", "schedule"
"""Kinds of shares: one that a calendar follows, and one that people look at."""
PREFIX = "evs_"
MOST, LONGEST_LABEL = 20, 100


@dataclass(frozen=True, slots=True)
class Share:
    """A share that is valid, as its owner calls it; moments in UTC seconds.

    A schedule shows its `sections` until `expires_at`, and with `named` whose it is.
    """

    id: int
    attendee_id: int
    kind: str
    label: str
    sections: tuple[str, ...]
    named: bool
    created_at: int
    expires_at: int | None


def share(
    db: Connection,
    attendee_id: int,
    *,
    kind: str,
    label: str = "",
    sections: Collection[str] = (),
    named: bool = False,
    expires_at: int | None = None,
    at: int,
) -> tuple[Share, str]:
    """Return a new share with its secret, evs_ and 43 characters, which cannot be read again.

    Raises Invalid for sections that are none, and Conflict when somebody has too many shares.
    """
    if (kind == SCHEDULE) != bool(sections) or not set(sections) <= set(SECTIONS):
        raise Invalid(f"Choose what a schedule shows: {', '.join(SECTIONS)}; a calendar shows all.")
    if expires_at is not None and expires_at <= at:
        raise Invalid("Name an end that is still to come.")
    if len(shares(db, attendee_id, at=at)) >= MOST:
        raise Conflict(f"You have {MOST} shares; take one back first.")
    secret = PREFIX + secrets.token_urlsafe(32)
    row = {
        "sha256": _hash(secret),
        "attendee_id": attendee_id,
        "kind": kind,
        "label": clean(label)[:LONGEST_LABEL],
        "sections": dump([name for name in SECTIONS if name in sections]),
        "named": int(named),
        "created_at": at,
        "expires_at": expires_at,
    }
    db.execute(table.insert(), row)
    return shared(db, secret, kind=kind, at=at), secret


def shares(db: Connection, attendee_id: int, *, at: int) -> list[Share]:
    """Return somebody's shares that are valid, oldest first."""
    return [_share(row) for row in db.execute(_OF, {"attendee": attendee_id, "at": at})]


def shared(db: Connection, secret: str, *, kind: str, at: int) -> Share:
    """Return the share of a secret. Raises NotFound for an ended one, another kind, no share."""
    row = db.execute(_BY_HASH, {"sha256": _hash(secret), "kind": kind, "at": at}).first()
    if row is None:
        raise NotFound("There is no such share, or it was taken back.")
    return _share(row)


def take_back(db: Connection, attendee_id: int, number: int, *, at: int) -> None:
    """Make a share useless; once more changes nothing. Raises NotFound for others' shares too."""
    named = {"number": number, "attendee": attendee_id}
    if db.execute(_OWN, named).first() is None:
        raise NotFound("You have no such share.")
    db.execute(_TAKE_BACK, named | {"moment": at})


def _hash(secret: str) -> str:
    return sha256(secret.encode("utf-8", "replace")).hexdigest()


def _share(row: Any) -> Share:
    values = row._asdict()
    return Share(**values | {"sections": tuple(parse(row.sections)), "named": bool(row.named)})


_VALID = select(*(table.c[field.name] for field in fields(Share))).where(
    table.c.revoked_at.is_(None),
    or_(table.c.expires_at.is_(None), table.c.expires_at > bindparam("at")),
)
_OF = _VALID.where(table.c.attendee_id == bindparam("attendee")).order_by(table.c.id)
_BY_HASH = _VALID.where(table.c.sha256 == bindparam("sha256"), table.c.kind == bindparam("kind"))
_IS_OWN = (table.c.id == bindparam("number")) & (table.c.attendee_id == bindparam("attendee"))
_OWN = select(table.c.id).where(_IS_OWN)
_TAKE_BACK = (
    update(table)
    .where(_IS_OWN, table.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("moment"))
)
