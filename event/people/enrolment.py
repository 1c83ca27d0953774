"""Enrolment: a code that works once, or a personal link, makes a phone a device with a token."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import Connection, Row, and_, bindparam, exists, select, update

from event.database import take_turns
from event.errors import Gone, Invalid, NotFound
from event.people.attendees import find
from event.people.tokens import ROLES, create_token
from event.tables import device, enrolment, gate, token
from event.text import clean, dump, parse

LINK = "evl_"
LASTS = 86_400
"""Seconds for which a code can be used, if nothing else is said."""
AGAIN = 600
"""Seconds in which the phone that used a code may ask again: the answer may have been lost."""

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011", "- ")


@dataclass(frozen=True, slots=True)
class Invitation:
    """What makes a device of a role; `secret` is a code for the eye or `evl_…` for a link."""

    id: int
    secret: str


@dataclass(frozen=True, slots=True)
class Device:
    """An enrolled phone; `gates` are slugs, moments UTC seconds."""

    id: int
    uuid: str | None
    role: str
    label: str
    attendee_id: int | None
    gates: tuple[str, ...]
    shift_ends_at: int | None
    enrolled_at: int
    revoked_at: int | None
    stolen: bool


def invite(
    db: Connection,
    *,
    role: str,
    at: int,
    attendee_id: int | None = None,
    gates: Sequence[str] = (),
    shift_ends_at: int | None = None,
    label: str = "",
    lasts: int = LASTS,
) -> Invitation:
    """Return a new code of 12 characters that works once; it cannot be read again.

    Raises Invalid for a role that does not fit or a gate that is not there, NotFound for no such
    attendee.
    """
    if role not in ROLES:
        raise Invalid(f"There is no role “{role}”; choose one of: {', '.join(ROLES)}.")
    if (role == "attendee") != (attendee_id is not None):
        raise Invalid("Name an attendee for the role attendee, and for no other.")
    if attendee_id is not None:
        find(db, attendee_id)
    known = set(db.execute(_GATES).scalars()) if gates else set()
    if wrong := [slug for slug in gates if slug not in known]:
        choice = f"choose one of: {', '.join(sorted(known))}" if known else "make it first"
        raise Invalid(f"There is no gate “{wrong[0]}”; {choice}.")
    # 60 bits, which last a day and are braked, so that guessing them is hopeless.
    raw = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    row = {
        "role": role,
        "attendee_id": attendee_id,
        "gates": dump(list(gates)),
        "shift_ends_at": shift_ends_at,
        "label": clean(label)[:100],
        "expires_at": at + lasts,
    }
    number = _insert(db, raw, row, at=at)
    return Invitation(number, f"{raw[:4]}-{raw[4:8]}-{raw[8:]}")


def new_link(db: Connection, attendee_id: int, *, at: int) -> Invitation:
    """Return a new personal link's secret, which works again and again until it is revoked.

    Raises NotFound.
    """
    person = find(db, attendee_id)
    raw = LINK + secrets.token_urlsafe(24)
    row = {"role": "attendee", "attendee_id": person.id, "is_link": 1}
    return Invitation(_insert(db, raw, row, at=at), raw)


def enrol(
    db: Connection, secret: str, *, uuid: str, label: str = "", at: int
) -> tuple[Device, str]:
    """Make the phone that calls itself `uuid` a device; return it with its token.

    A code works once; the same phone may repeat itself for ten minutes. Raises NotFound for what
    is no code, Gone for one that was used, has expired or was revoked.
    """
    take_turns(db)
    row = db.execute(_BY_HASH, {"sha256": _hash(secret)}).first()
    if row is None:
        raise NotFound("There is no such code; ask for a new one.", code="no-such-code")
    if row.revoked_at is not None:
        raise Gone("This code was revoked; ask for a new one.", code="code-revoked")
    mine = db.execute(_MINE, {"enrolment": row.id, "uuid": uuid.lower()}).first()
    is_again = mine is not None and at <= (row.used_at or 0) + AGAIN
    if not row.is_link and not is_again:
        if row.expires_at < at:
            raise Gone("This code has expired; ask for a new one.", code="code-expired")
        if row.shift_ends_at is not None and row.shift_ends_at <= at:
            raise Gone("This code's shift is over; ask for a new one.", code="code-expired")
        if not db.execute(_USE, {"number": row.id, "moment": at}).rowcount:
            raise Gone("This code was used already; ask for a new one.", code="code-used")
    if mine is None:
        held = find_device(db, _new_device(db, row, uuid, label, at=at))
    else:
        held = find_device(db, mine.id)
    if held.revoked_at is not None:
        raise Gone("This phone was locked out; ask the help desk.", code="locked-out")
    db.execute(_REPLACE, {"device": held.id, "moment": at})
    made = create_token(
        db,
        role=held.role,
        label=held.label,
        at=at,
        device_id=held.id,
        expires_at=held.shift_ends_at,
    )
    return held, made


def find_device(db: Connection, id: int) -> Device:  # noqa: A002
    """Return a device. Raises NotFound."""
    row = db.execute(_DEVICE, {"id": id}).first()
    if row is None:
        raise NotFound("There is no such device.")
    return device_of(row)


def devices(db: Connection) -> list[Device]:
    """Return all devices, oldest first."""
    return [device_of(row) for row in db.execute(_DEVICES)]


def scanners(db: Connection) -> list[Device]:
    """Return the phones of doors and desks, each as it was enrolled last, oldest first."""
    return [device_of(row) for row in db.execute(_SCANNERS)]


def revoke_device(db: Connection, id: int, *, stolen: bool, at: int) -> Device:  # noqa: A002
    """Lock a device out; what a stolen one still sends is not believed. Raises NotFound."""
    find_device(db, id)
    db.execute(_REVOKE_DEVICE, {"number": id, "moment": at})
    if stolen:
        db.execute(_STOLEN, {"number": id})
    db.execute(_REPLACE, {"device": id, "moment": at})
    return find_device(db, id)


def sign_out(db: Connection, id: int, *, at: int) -> None:  # noqa: A002
    """End a device's token; the next code or link makes it anew. Once more changes nothing."""
    db.execute(_REPLACE, {"device": id, "moment": at})


def revoke_invitation(
    db: Connection,
    id: int,  # noqa: A002
    *,
    at: int,
    roles: Sequence[str] = ROLES,
) -> None:
    """Make a code or link for one of these roles useless; devices it made stay.

    Once more changes nothing. Raises NotFound.
    """
    named = {"number": id, "roles": list(roles)}
    if db.execute(_INVITATION, named).first() is None:
        raise NotFound("There is no such code; look at its id again.")
    db.execute(_REVOKE, named | {"moment": at})


def revoke_links(db: Connection, attendee_id: int, *, at: int) -> int:
    """Make all personal links of an attendee useless; return how many there were."""
    return db.execute(_REVOKE_LINKS, {"attendee": attendee_id, "moment": at}).rowcount


def device_of(row: Row[tuple[object, ...]]) -> Device:
    """Return the device of a row."""
    return Device(
        row.id, row.uuid, row.role, row.label, row.attendee_id, tuple(parse(row.gates)),
        row.shift_ends_at, row.enrolled_at, row.revoked_at, bool(row.stolen),
    )  # fmt: skip


def _insert(db: Connection, secret: str, row: Mapping[str, object], *, at: int) -> int:
    digest = _hash(secret)
    db.execute(enrolment.insert(), {**row, "sha256": digest, "created_at": at})
    return int(db.execute(_BY_HASH, {"sha256": digest}).one().id)


def _new_device(
    db: Connection, row: Row[tuple[object, ...]], uuid: str, label: str, *, at: int
) -> int:
    values = {
        "uuid": uuid.lower(),
        "role": row.role,
        "label": row.label or clean(label)[:100],
        "attendee_id": row.attendee_id,
        "enrolment_id": row.id,
        "gates": row.gates,
        "shift_ends_at": row.shift_ends_at,
        "enrolled_at": at,
    }
    (number,) = db.execute(device.insert(), values).inserted_primary_key or (0,)
    return int(number)


def _hash(secret: str) -> str:
    plain = secret.strip()
    if not plain.startswith(LINK):
        plain = re.sub(r"\s", "", plain).upper().translate(_MISREAD)
    return sha256(plain.encode("utf-8", "replace")).hexdigest()


_BY_HASH = select(enrolment).where(enrolment.c.sha256 == bindparam("sha256"))
_MINE = select(device.c.id).where(
    device.c.enrolment_id == bindparam("enrolment"), device.c.uuid == bindparam("uuid")
)
_USE = (
    update(enrolment)
    .where(enrolment.c.id == bindparam("number"), enrolment.c.used_at.is_(None))
    .values(used_at=bindparam("moment"))
)
_later = device.alias("later")
IS_SCANNER = and_(
    device.c.role != "attendee",
    ~exists().where(
        _later.c.uuid == device.c.uuid, _later.c.id > device.c.id, _later.c.role != "attendee"
    ),
)
"""Devices that are no attendee's and were not enrolled anew since."""
_DEVICES = select(device).order_by(device.c.id)
_SCANNERS = _DEVICES.where(IS_SCANNER)
_DEVICE = select(device).where(device.c.id == bindparam("id"))
_REPLACE = (
    update(token)
    .where(token.c.device_id == bindparam("device"), token.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("moment"))
)
_REVOKE_DEVICE = (
    update(device)
    .where(device.c.id == bindparam("number"), device.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("moment"))
)
_STOLEN = update(device).where(device.c.id == bindparam("number")).values(stolen=1)
_REVOKE = (
    update(enrolment)
    .where(
        enrolment.c.id == bindparam("number"),
        enrolment.c.role.in_(bindparam("roles", expanding=True)),
        enrolment.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("moment"))
)
_INVITATION = select(enrolment.c.id).where(
    enrolment.c.id == bindparam("number"), enrolment.c.role.in_(bindparam("roles", expanding=True))
)
_GATES = select(gate.c.slug)
_REVOKE_LINKS = (
    update(enrolment)
    .where(
        enrolment.c.attendee_id == bindparam("attendee"),
        enrolment.c.is_link == 1,
        enrolment.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("moment"))
)
