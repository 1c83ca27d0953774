"""What our own agenda file says: its sections, their keys, and what kind of value each key takes.

The YAML file and the workbook share this vocabulary; docs/agenda-file.md explains it to people.
"""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass
from enum import StrEnum
from typing import Any

from event.agenda.model import (
    INTERPRETATION,
    LEGAL_KINDS,
    MEDIA_KINDS,
    PLACES,
    Announcement,
    Event,
    Interpretation,
    LegalText,
    Link,
    Media,
    Part,
    PointOfInterest,
    Role,
    Room,
    Session,
    SessionType,
    Severity,
    Speaker,
    State,
    Track,
    Venue,
)
from event.text import fold

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
"""What a key looks like: how one entry of the file names another."""

LARGEST = 2**53 - 1
"""The largest number that every phone can read."""


class Kind(StrEnum):
    """How a value is written."""

    STRING = "string"
    TEXT = "text"
    """One string in the event's first language, or a mapping of languages to strings."""
    KEY = "key"
    GUID = "guid"
    URL = "url"
    COLOR = "color"
    LANGUAGE = "language"
    LANGUAGES = "languages"
    NUMBER = "number"
    DEGREES = "degrees"
    FLAG = "flag"
    MOMENT = "moment"
    DAY = "day"
    WORD = "word"
    """One of the words in `Field.of`."""
    REFERENCE = "reference"
    """The key of an entry in the section `Field.of` names."""
    AUDIENCE = "audience"
    """Categories of attendees, or one of the words in `Field.of` alone."""
    LINKS = "links"
    INTERPRETATION = "interpretation"
    ROLES = "roles"
    PARTS = "parts"


@dataclass(frozen=True, slots=True)
class Field:
    """One key of an entry; `attribute` is the model's name for it, "" if the model has none."""

    name: str
    kind: Kind
    attribute: str
    required: bool = False
    of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """What entries of one class consist of; `singular` is the word for one of them."""

    model: type
    singular: str
    fields: tuple[Field, ...]


_OF: Mapping[str, tuple[Kind, tuple[str, ...]]] = {
    "state": (Kind.WORD, tuple(State)),
    "severity": (Kind.WORD, tuple(Severity)),
    "place": (Kind.WORD, PLACES),
    "legal": (Kind.WORD, LEGAL_KINDS),
    "medium": (Kind.WORD, MEDIA_KINDS),
    "picture": (Kind.WORD, ("image/png", "image/jpeg", "image/webp", "image/svg+xml")),
    "spoken": (Kind.WORD, INTERPRETATION),
    "audience": (Kind.AUDIENCE, ("everyone", "choice")),
    "receivers": (Kind.AUDIENCE, ("everyone",)),
    "visibility": (Kind.AUDIENCE, ("public",)),
}
_ATTRIBUTES = {
    "key": "",
    "file": "",
    "data": "content",
    "starts": "starts_at",
    "ends": "ends_at",
    "expires": "expires_at",
}


def _section(model: type, singular: str, fields: str) -> Section:
    """Return a section from a line of fields: `name`, `name:kind`, `name!:kind` if required.

    The kind is a string unless it is said; a kind in the plural is a reference to that section.
    """
    parsed = []
    for item in fields.split():
        name, _, kind = item.partition(":")
        plain = name.rstrip("!")
        attribute = _ATTRIBUTES.get(plain, plain)
        if kind in ("venues", "rooms", "tracks", "types", "speakers", "media"):
            parsed.append(Field(plain, Kind.REFERENCE, f"{plain}_id", plain != name, (kind,)))
        else:
            meant, of = _OF.get(kind) or (Kind(kind or "string"), ())
            parsed.append(Field(plain, meant, attribute, plain != name, of))
    return Section(model, singular, tuple(parsed))


EVENT = _section(
    Event,
    "event",
    """acronym! title!:text subtitle:text timezone starts_on:day ends_on:day languages:languages
    url:url description:text notice:text hosts:text minimum_app_version uuid:guid""",
)
SECTIONS: Mapping[str, Section] = {
    "venues": _section(
        Venue,
        "venue",
        """key:key name!:text address city country url:url latitude:degrees longitude:degrees
        transport:text wifi_network wifi_password wifi:text emergency:text accessibility:text""",
    ),
    "rooms": _section(
        Room,
        "room",
        """key:key name!:text venue:venues floor:text capacity:number description:text
        accessibility:text guid:guid""",
    ),
    "places": _section(
        PointOfInterest,
        "place",
        """kind!:place name!:text venue!:venues floor:text description:text latitude:degrees
        longitude:degrees""",
    ),
    "tracks": _section(Track, "track", "key:key name!:text color:color"),
    "types": _section(SessionType, "type", "key:key name!:text"),
    "speakers": _section(
        Speaker,
        "speaker",
        """key:key name! organisation position:text biography:text links:links picture:media
        listed:flag source_id guid:guid""",
    ),
    "sessions": _section(
        Session,
        "session",
        """key:key starts!:moment ends!:moment title!:text subtitle:text abstract:text room:rooms
        track:tracks type:types speakers:roles languages:languages interpretation:interpretation
        capacity:number audience:audience visibility:visibility state:state reason:text
        links:links attachments:links url:url feedback_url:url recording_license
        recording_optout:flag slug source_id id:number guid:guid parts:parts""",
    ),
    "announcements": _section(
        Announcement,
        "announcement",
        """starts!:moment expires:moment title!:text body:text severity:severity
        audience:receivers guid:guid""",
    ),
    "legal": _section(LegalText, "legal text", "kind!:legal title!:text body!:text version"),
    "media": _section(
        Media,
        "medium",
        """key:key kind!:medium alt:text priority:number venue:venues floor:text file sha256
        media_type:picture bytes:number width:number height:number data""",
    ),
}
"""The sections after `event`, by their names in the file and in the agenda."""

NESTED = {
    Kind.LINKS: _section(Link, "link", "url!:url title:text"),
    Kind.INTERPRETATION: _section(
        Interpretation, "interpretation", "language!:language kind:spoken"
    ),
    Kind.ROLES: _section(Role, "speaker", "speaker!:speakers role"),
    Kind.PARTS: _section(
        Part,
        "part",
        """starts!:moment ends!:moment title!:text abstract:text state:state reason:text
        speakers:roles guid:guid""",
    ),
}
"""What the lists inside an entry hold; an item with its first key alone may be just that value."""


def defaults(model: type) -> dict[str, Any]:
    """Return the model's default values, by attribute; those without one are not in it."""
    return {
        field.name: field.default if field.default_factory is MISSING else field.default_factory()
        for field in dataclasses.fields(model)
        if (field.default, field.default_factory) != (MISSING, MISSING)
    }


def new_key(words: str, taken: dict[str, int], spare: str) -> str:
    """Return a key made from words that people read; `spare` if they hold no Latin letter.

    One that is taken gets a number: meeting-room, meeting-room-2. The key is added to `taken`.
    """
    key = re.sub(r"[^a-z0-9]+", "-", fold(words)).strip("-")[:40].rstrip("-") or spare
    unique = key
    while unique in taken:
        taken[key] += 1
        unique = f"{key}-{taken[key]}"
    taken[unique] = 1
    return unique
