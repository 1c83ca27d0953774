"""Attendees and their badges as dataclasses."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid4

from event.errors import Invalid

EVERY_DAY = 0xFFFF
"""All bits of `days`."""


class Status(StrEnum):
    """Whether somebody comes; `replaced` is whom a colleague comes for, and stays so."""

    REGISTERED = "registered"
    CANCELLED = "cancelled"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True)
class Attendee:
    """A person with a badge, or a place in a party that has no name yet.

    `holder` is the number in the badge's code, `phone` and `paper` its valid generations there.
    `days` is a bitmap, bit 0 the first event day. `source` says how we know of them: import, desk,
    party or blank. Moments are UTC seconds.
    """

    id: int
    guid: str
    external_id: str | None = None
    source: str = "desk"
    given_name: str = ""
    surname: str = ""
    email: str = ""
    organisation: str = ""
    position: str = ""
    country: str = ""
    language: str = ""
    category: str = "delegate"
    status: Status = Status.REGISTERED
    party_id: int | None = None
    replaces_id: int | None = None
    box_slot: str = ""
    days: int = EVERY_DAY
    look_at_id: bool = False
    minor: bool = False
    note: str = ""
    version: int = 1
    registered_at: int = 0
    changed_at: int = 0
    holder: int = 0
    phone: int = 1
    paper: int = 1

    @property
    def name(self) -> str:
        """Given name and surname, or the organisation of somebody who has none yet."""
        return f"{self.given_name} {self.surname}".strip() or self.organisation


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of attendee: its number in codes, its name by language, its colour (#rrggbb)."""

    number: int
    slug: str
    name: dict[str, str]
    color: str


@dataclass(frozen=True, slots=True)
class Party:
    """A delegation: one contact, several attendees."""

    id: int
    guid: str
    name: str
    contact_name: str
    contact_email: str


def guid_of(value: str) -> str:
    """Return a UUID in lower case, a new one for "". Raises Invalid for what is none."""
    if not value:
        return str(uuid4())
    try:
        guid = str(UUID(value))
    except ValueError:
        guid = ""
    if guid != value.lower():
        raise Invalid("A guid is a UUID such as 5f0c1c9e-6c1f-4b0e-9d55-0e2f3a1b7c44.")
    return guid
