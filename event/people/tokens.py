"""Tokens: what a device or organiser authenticates with; only their hashes are kept."""

import secrets
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, bindparam, func, or_, select, update

from event import tables
from event.errors import Invalid, NotFound
from event.text import clean, parse

ROLES = ("organiser", "helpdesk", "gate", "attendee")
PREFIX = "evd_"
TELLS = 7 * 86_400
"""Seconds after a token has ended in which its device may still tell what it did before."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a token stands for; `device` is the UUID that a phone calls itself."""

    role: str
    label: str
    device_id: int | None = None
    attendee_id: int | None = None
    gates: tuple[str, ...] = ()
    device: str | None = None

    @property
    def by(self) -> str:
        """How the records name them: role/label."""
        return f"{self.role}/{self.label}"

    def may_scan_at(self, gate: str) -> bool:
        """Say whether this is one of their gates; a phone that names none is for all."""
        return self.role in TRUSTED or (self.role == "gate" and gate in (self.gates or {gate}))


TRUSTED = frozenset({"organiser", "helpdesk"})
"""Who may decide otherwise than the rule, at every gate."""

AT_DOORS = frozenset({*TRUSTED, "gate"})
"""Whose devices hold the door feed."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A device that tells what it did; `since` (UTC seconds) it has been able to do anything.

    Its gates are those of all its shifts. A stolen one is not `believed`.
    """

    bearer: Bearer
    since: int
    believed: bool


def create_token(
    db: Connection,
    *,
    role: str,
    label: str,
    at: int,
    device_id: int | None = None,
    expires_at: int | None = None,
) -> str:
    """Return a new token of 47 characters, evd_ and 43 of base64url; it cannot be read again.

    Raises Invalid for a role that does not exist.
    """
    if role not in ROLES:
        raise Invalid(f"There is no role “{role}”; choose one of: {', '.join(ROLES)}.")
    token = PREFIX + secrets.token_urlsafe(32)
    db.execute(
        tables.token.insert(),
        {
            "sha256": _hash(token),
            "role": role,
            "label": clean(label)[:100],
            "created_at": at,
            "device_id": device_id,
            "expires_at": expires_at,
        },
    )
    return token


def bearer_of(db: Connection, token: str, *, at: int) -> Bearer | None:
    """Return whom a token stands for, None when it is unknown, revoked or has expired."""
    row = db.execute(_BY_HASH, {"sha256": _hash(token), "at": at}).first()
    if row is None:
        return None
    return _bearer(row)


def sender_of(db: Connection, token: str, *, device: str, at: int) -> Sender | None:
    """Return who tells what the device of this UUID did, None when the token is not its own.

    One that expired or was revoked counts for seven days more: what was done before is still true.
    """
    row = db.execute(_SENDER, {"sha256": _hash(token), "uuid": device}).first()
    if row is None:
        return None
    ends = [moment for moment in (row.expires_at, row.revoked_at) if moment is not None]
    if ends and at >= min(ends) + TELLS:
        return None
    bearer = replace(_bearer(row), gates=_gates(db, device))
    return Sender(bearer, row.since, believed=not row.stolen)


def revoke_token(db: Connection, prefix: str, *, at: int) -> None:
    """Revoke the token whose SHA-256 starts so (8 or more hex digits). Raises NotFound."""
    table = tables.token
    wanted = table.c.sha256.startswith(prefix.lower(), autoescape=True)
    found = db.execute(select(table.c.sha256).where(wanted, table.c.revoked_at.is_(None))).all()
    if len(prefix) < 8 or len(found) != 1:
        raise NotFound(f"No single valid token has the id {prefix}; see: eventday token list")
    db.execute(update(table).where(table.c.sha256 == found[0][0]).values(revoked_at=at))


def _gates(db: Connection, uuid: str) -> tuple[str, ...]:
    """Return all gates that a phone was ever enrolled for, none when once that was for all."""
    shifts = [
        parse(row.gates) if row.role == "gate" else []
        for row in db.execute(_SHIFTS, {"uuid": uuid})
    ]
    return tuple({slug for gates in shifts for slug in gates}) if all(shifts) else ()


def _hash(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def _bearer(row: Any) -> Bearer:
    gates = tuple(parse(row.gates)) if row.gates else ()
    return Bearer(row.role, row.label, row.device_id, row.attendee_id, gates, row.uuid)


_WHO = (
    tables.token.c.role,
    tables.token.c.label,
    tables.token.c.device_id,
    tables.device.c.attendee_id,
    tables.device.c.gates,
    tables.device.c.uuid,
)
_BY_HASH = (
    select(*_WHO)
    .outerjoin(tables.device, tables.device.c.id == tables.token.c.device_id)
    .where(
        tables.token.c.sha256 == bindparam("sha256"),
        tables.token.c.revoked_at.is_(None),
        or_(tables.token.c.expires_at.is_(None), tables.token.c.expires_at > bindparam("at")),
    )
)
_same = tables.device.alias()
_SHIFTS = select(_same.c.role, _same.c.gates).where(
    _same.c.uuid == bindparam("uuid"), _same.c.attendee_id.is_(None)
)
_SENDER = (
    select(
        *_WHO,
        tables.token.c.expires_at,
        tables.token.c.revoked_at,
        tables.device.c.stolen,
        # A phone that was enrolled for another shift tells of the one before as well.
        select(func.min(_same.c.enrolled_at))
        .where(_same.c.uuid == bindparam("uuid"))
        .scalar_subquery()
        .label("since"),
    )
    .join(tables.device, tables.device.c.id == tables.token.c.device_id)
    .where(tables.token.c.sha256 == bindparam("sha256"), tables.device.c.uuid == bindparam("uuid"))
)
