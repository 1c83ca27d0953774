"""The keys that sign badges: private halves in files, public ones in the database, by slot."""

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, bindparam, delete, select, update

from badges.code import SLOTS
from event.database import take_turns
from event.errors import Conflict, Invalid, NotFound
from event.keys import key_in, public_text
from event.tables import badge_key

CURRENT, VERIFY_ONLY, REVOKED = "current", "verify-only", "revoked"


@dataclass(frozen=True, slots=True)
class BadgeKey:
    """What a scanner needs of a key: `public` is base64url, moments are UTC seconds."""

    slot: int
    public: str
    not_before: int
    not_after: int | None
    status: str

    @property
    def raw(self) -> bytes:
        """The public key's 32 bytes."""
        return base64.urlsafe_b64decode(self.public + "=")


def badge_keys(db: Connection) -> list[BadgeKey]:
    """Return all keys by slot."""
    return [key_at(row) for row in db.execute(_ALL)]


def key_at(row: Any) -> BadgeKey:
    """Return the key of a row, which may hold more than `KEY`."""
    return BadgeKey(row.slot, row.public, row.not_before, row.not_after, row.status)


def current_key(db: Connection, folder: Path, *, at: int) -> tuple[int, Ed25519PrivateKey]:
    """Return slot and private key that sign now; the first is made here.

    Raises Invalid when the folder's key is not the database's.
    """
    if known := _current(db):
        return known.slot, private_key(folder, known)
    take_turns(db)
    if known := _current(db):  # another process made the first one in the meantime
        return known.slot, private_key(folder, known)
    return rotate_badge_key(db, folder, at=at)


def private_key(folder: Path, known: BadgeKey) -> Ed25519PrivateKey:
    """Return the private half of a key. Raises Invalid when the folder has another."""
    # A slot that is used again has a file of another name: the one before may be needed until
    # the transaction that says so is committed.
    name = f"badge-{known.slot}-{known.not_before}.pem"
    if not (folder / name).exists():
        name = f"badge-{known.slot}.pem"
    key = key_in(folder, name)
    if public_text(key) != known.public:
        raise Invalid(f"{folder}/{name} is not this event's key; restore keys/ from a backup.")
    return key


def rotate_badge_key(db: Connection, folder: Path, *, at: int) -> tuple[int, Ed25519PrivateKey]:
    """Sign with a new key in the next slot; badges of the one before stay valid.

    After the eighth, the slot that was revoked first is used again: what its old key signed is then
    refused as forged. Raises Conflict when none is revoked.
    """
    take_turns(db)
    known = badge_keys(db)
    # The first signs all there is, whatever the clock was that it was made by.
    slot, not_before, name = len(known), at if known else 0, f"badge-{len(known)}.pem"
    if slot == SLOTS:
        revoked = [key for key in known if key.status == REVOKED]
        if not revoked:
            raise Conflict(
                "All eight slots for badge keys are used up; revoke one, or go on with the last."
            )
        again = min(revoked, key=lambda key: (key.not_after, key.slot))
        slot, not_before = again.slot, max(at, again.not_before + 1)
        name = f"badge-{slot}-{not_before}.pem"
        db.execute(_FREE, {"wanted": slot})
    key = key_in(folder, name)
    db.execute(_RETIRE)
    row = {"slot": slot, "public": public_text(key), "not_before": not_before, "status": CURRENT}
    db.execute(badge_key.insert(), row)
    return slot, key


def revoke_badge_key(db: Connection, folder: Path, slot: int, *, at: int) -> None:
    """Make every badge that a key signed invalid; the desk prints them again.

    The current key is followed by a new one. Raises NotFound.
    """
    take_turns(db)
    known = {key.slot: key for key in badge_keys(db)}
    if slot not in known:
        raise NotFound(f"There is no badge key {slot}; see: eventday keys badge show")
    db.execute(_REVOKE, {"wanted": slot, "moment": at})
    if known[slot].status == CURRENT:
        rotate_badge_key(db, folder, at=at)


def _current(db: Connection) -> BadgeKey | None:
    return next((key for key in badge_keys(db) if key.status == CURRENT), None)


KEY = tuple(badge_key.c)
"""The columns of a key."""
_ALL = select(*KEY).order_by(badge_key.c.slot)
_RETIRE = update(badge_key).where(badge_key.c.status == CURRENT).values(status=VERIFY_ONLY)
_FREE = delete(badge_key).where(badge_key.c.slot == bindparam("wanted"))
_REVOKE = (
    update(badge_key)
    .where(badge_key.c.slot == bindparam("wanted"), badge_key.c.status != REVOKED)
    .values(status=REVOKED, not_after=bindparam("moment"))
)
