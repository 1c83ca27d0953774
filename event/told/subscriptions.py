"""Subscriptions: where phones take push messages, one a phone, some a person."""

import base64
import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Connection, bindparam, delete, select

from event.database import take_turns
from event.errors import Invalid
from event.tables import device, subscription

MOST = 5
"""Phones of one person that are told; with one more the oldest is told no longer."""
LONGEST_ENDPOINT = 1_000


@dataclass(frozen=True, slots=True)
class Keys:
    """What a message is encrypted for: a point on P-256, and 16 bytes (RFC 8291, section 3.1)."""

    p256dh: bytes
    auth: bytes


@dataclass(frozen=True, slots=True)
class Subscription:
    """A phone's address at its push service; whoever has it may send there."""

    id: int
    endpoint: str
    keys: Keys


def keys_of(p256dh: str, auth: str) -> Keys:
    """Return the keys that a browser gives in base64url. Raises Invalid."""
    keys = Keys(_bytes(p256dh), _bytes(auth))
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), keys.p256dh)
    except ValueError:
        raise Invalid("p256dh is no point on P-256; send what the browser gave.") from None
    if len(keys.auth) != 16 or len(keys.p256dh) != 65:
        raise Invalid("auth has 16 bytes and p256dh 65; send what the browser gave.")
    return keys


def subscribe(
    db: Connection, attendee_id: int, device_id: int, *, endpoint: str, p256dh: str, auth: str,
    at: int,
) -> None:  # fmt: skip
    """Let a phone be told at an endpoint, whoever was told there or where it was told before.

    Raises Invalid for keys that are none.
    """
    keys_of(p256dh, auth)
    take_turns(db)
    row = {"attendee_id": attendee_id, "device_id": device_id, "endpoint": endpoint,
           "p256dh": p256dh, "auth": auth, "created_at": at}  # fmt: skip
    known = db.execute(_OF_DEVICE, {"device": device_id}).first()
    if known and (known.endpoint, known.p256dh, known.auth) == (endpoint, p256dh, auth):
        return
    db.execute(_TAKE_OVER, {"device": device_id, "endpoint": endpoint})
    db.execute(subscription.insert(), row)
    older = db.execute(_OF_ATTENDEE, {"attendee": attendee_id}).scalars().all()[MOST:]
    db.execute(_REMOVE, {"numbers": older})


def unsubscribe(db: Connection, device_id: int) -> None:
    """Tell a phone no more."""
    db.execute(_TAKE_OVER, {"device": device_id, "endpoint": ""})


def remove(db: Connection, number: int) -> None:
    """Forget a subscription that its push service does not know any more."""
    db.execute(_REMOVE, {"numbers": [number]})


def subscription_of(db: Connection, number: int) -> Subscription | None:
    """Return a subscription, None when it is gone or its phone is locked out."""
    row = db.execute(_ONE, {"wanted": number}).first()
    if row is None:
        return None
    return Subscription(row.id, row.endpoint, keys_of(row.p256dh, row.auth))


def _bytes(text: str) -> bytes:
    """Return what base64url spells, with padding or without. Raises Invalid."""
    bare = text.rstrip("=")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", bare) or len(bare) % 4 == 1:
        raise Invalid("The keys are base64url; send what the browser gave.")
    return base64.urlsafe_b64decode(bare + "=" * (-len(bare) % 4))


PHONES = (
    select(
        subscription.c.id, subscription.c.attendee_id, subscription.c.endpoint,
        subscription.c.p256dh, subscription.c.auth,
    )
    .join(device, device.c.id == subscription.c.device_id)
    .where(device.c.revoked_at.is_(None))
    .order_by(subscription.c.id)
)  # fmt: skip
"""The phones that are told; one that was locked out is not."""
_ONE = PHONES.where(subscription.c.id == bindparam("wanted"))
_OF_DEVICE = select(subscription).where(subscription.c.device_id == bindparam("device"))
_TAKE_OVER = delete(subscription).where(
    (subscription.c.device_id == bindparam("device"))
    | (subscription.c.endpoint == bindparam("endpoint"))
)
_OF_ATTENDEE = (
    select(subscription.c.id)
    .where(subscription.c.attendee_id == bindparam("attendee"))
    .order_by(subscription.c.id.desc())
)
_REMOVE = delete(subscription).where(subscription.c.id.in_(bindparam("numbers", expanding=True)))
