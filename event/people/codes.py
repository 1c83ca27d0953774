"""The codes of this event's badges: who is on them becomes a claim, signed when it is needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select

from badges.code import Claim, Flag, Medium, sign
from event import tables
from event.errors import NotFound
from event.people.badge_keys import current_key
from event.people.categories import categories
from event.people.model import EVERY_DAY, Attendee


@dataclass(frozen=True, slots=True)
class Signer:
    """Makes codes: they are stored nowhere, the same badge always has the same."""

    event: UUID
    slot: int
    key: Ed25519PrivateKey
    categories: Mapping[str, int]

    def code(self, person: Attendee, medium: Medium) -> str:
        """Return the code of an attendee's badge, in the generation that is valid now."""
        return sign(self.claim(person, medium), self.event, self.key)

    def claim(self, person: Attendee, medium: Medium) -> Claim:
        """Return what the code of an attendee says."""
        return Claim(
            slot=self.slot,
            holder=person.holder,
            medium=medium,
            generation=person.paper if medium is Medium.PAPER else person.phone,
            category=self.categories.get(person.category, 0),
            days=person.days,
            flags=flags_of(person),
        )

    def blank(self, number: int, *, category: str = "delegate") -> str:
        """Return the code of a paper badge that nobody has yet."""
        claim = Claim(
            slot=self.slot,
            holder=number,
            medium=Medium.PAPER,
            generation=1,
            category=self.categories[category],
            days=EVERY_DAY,
            flags=Flag.BLANK,
        )
        return sign(claim, self.event, self.key)

    def practice(self, number: int) -> str:
        """Return the code of a card for practice, by the number of what it is to show."""
        claim = Claim(
            slot=self.slot,
            holder=0,
            medium=Medium.PAPER,
            generation=1,
            category=number,
            days=EVERY_DAY,
            flags=Flag.PRACTICE,
        )
        return sign(claim, self.event, self.key)


def flags_of(person: Any) -> Flag:
    """Return the flags of an attendee, or of a row of one."""
    flags = Flag(0)
    flags |= Flag.LOOK_AT_ID if person.look_at_id else Flag(0)
    flags |= Flag.MINOR if person.minor else Flag(0)
    flags |= Flag.STAFF if person.category == "staff" else Flag(0)
    return flags


def signer_of(db: Connection, folder: Path, *, at: int) -> Signer:
    """Return what signs this event's badges; its first key is made here, so `db` must write.

    Raises NotFound without an event, Invalid when the folder's key is not the database's.
    """
    slot, key = current_key(db, folder, at=at)
    numbers = {item.slug: item.number for item in categories(db)}
    return Signer(event_uuid(db), slot, key, numbers)


def event_uuid(db: Connection) -> UUID:
    """Return the event's UUID. Raises NotFound without an event."""
    uuid = db.execute(select(tables.event.c.uuid)).scalar()
    if uuid is None:
        raise NotFound("There is no event yet; import an agenda.", code="no-event")
    return UUID(uuid)
