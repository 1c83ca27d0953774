"""The agenda as data: what formats read and write, and what a phone is shown. It knows no database.

Text that people read is a `Text`, {"en": "…", "pl": "…"}; moments are aware UTC datetimes without
fractions; coordinates are microdegrees; a reference is the id of the other thing or None. The ids
of an agenda that was just read from a file only hold that file together (see `merge`).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

from event.text import Text

EVERYONE = ("everyone",)
CHOICE = ("choice",)
PUBLIC = ("public",)

_SOURCES = UUID("6ad1fd3c-7f5a-4d62-9d5e-3a9d8e1b2f10")


class State(StrEnum):
    """Where a session or part stands: a draft is never published, a suspended end is unknown."""

    DRAFT = "draft"
    TENTATIVE = "tentative"
    CONFIRMED = "confirmed"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class Severity(StrEnum):
    """How loud an announcement is."""

    INFO = "info"
    WARNING = "warning"
    URGENT = "urgent"


Content = bytes

LEGAL_KINDS = ("privacy", "photo", "accessibility", "imprint")
PLACES = (
    "entrance", "reception", "cloakroom", "toilet", "accessible-toilet", "first-aid", "exit",
    "assembly-point", "food", "water", "quiet", "prayer", "family", "charging", "smoking",
    "parking", "bus", "train", "taxi", "other",
)  # fmt: skip
INTERPRETATION = ("speech", "sign", "captions")
MEDIA_KINDS = ("map", "logo", "picture")
MEDIA_EXTENSIONS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/svg+xml": "svg",
}
"""How a file of each type of picture ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A web address with the words to show for it."""

    url: str
    title: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpretation:
    """A language a session is brought into, and how: speech, sign or captions."""

    language: str
    kind: str = "speech"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A speaker's role in a session or part: speaker, moderator, panellist, host, …"""

    speaker_id: int
    role: str = "speaker"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One item inside a session, with times, speakers and a state of its own."""

    id: int
    guid: str
    title: Text
    starts_at: datetime
    ends_at: datetime
    abstract: Text = field(default_factory=dict)
    state: State = State.CONFIRMED
    reason: Text = field(default_factory=dict)
    speakers: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One item on the agenda.

    `audience` is ("everyone",), ("choice",) or the categories it is for; `visibility` is
    ("public",) or the categories that may know of it. `version` counts every edit; `sequence` and
    `changed_at` only those of time, room and state (RFC 5545 SEQUENCE and LAST-MODIFIED).
    """

    id: int
    guid: str
    title: Text
    starts_at: datetime
    ends_at: datetime
    source_id: str = ""
    slug: str = ""
    subtitle: Text = field(default_factory=dict)
    abstract: Text = field(default_factory=dict)
    room_id: int | None = None
    track_id: int | None = None
    type_id: int | None = None
    languages: tuple[str, ...] = ()
    interpretation: tuple[Interpretation, ...] = ()
    links: tuple[Link, ...] = ()
    attachments: tuple[Link, ...] = ()
    capacity: int | None = None
    audience: tuple[str, ...] = CHOICE
    visibility: tuple[str, ...] = PUBLIC
    state: State = State.CONFIRMED
    reason: Text = field(default_factory=dict)
    url: str = ""
    feedback_url: str = ""
    recording_license: str = ""
    recording_optout: bool | None = None
    speakers: tuple[Role, ...] = ()
    parts: tuple[Part, ...] = ()
    version: int = 1
    sequence: int = 0
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Somebody who speaks; shown to the public only while `listed` and in a published session."""

    id: int
    guid: str
    name: str
    source_id: str = ""
    organisation: str = ""
    position: Text = field(default_factory=dict)
    biography: Text = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    picture_id: int | None = None
    listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """A thread of sessions; `color` is #rrggbb or empty."""

    id: int
    name: Text
    color: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionType:
    """A kind of session: plenary, panel, workshop, …"""

    id: int
    name: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A place where sessions happen; parallel tables are rooms."""

    id: int
    guid: str
    name: Text
    venue_id: int | None = None
    floor: Text = field(default_factory=dict)
    capacity: int | None = None
    description: Text = field(default_factory=dict)
    accessibility: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """A building of the event and all an attendee needs to find, enter, use and leave it."""

    id: int
    name: Text
    address: str = ""
    city: str = ""
    country: str = ""
    url: str = ""
    latitude: int | None = None
    longitude: int | None = None
    transport: Text = field(default_factory=dict)
    wifi_network: str = ""
    wifi_password: str = ""
    wifi: Text = field(default_factory=dict)
    emergency: Text = field(default_factory=dict)
    accessibility: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PointOfInterest:
    """A place that is no room: entrance, toilet, first aid, bus stop, … (`PLACES`)."""

    id: int
    venue_id: int
    kind: str
    name: Text
    description: Text = field(default_factory=dict)
    floor: Text = field(default_factory=dict)
    latitude: int | None = None
    longitude: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture or map, found by the sha256 of its bytes; lower `priority` is fetched first."""

    id: int
    kind: str
    sha256: str
    media_type: str
    bytes: int
    width: int
    height: int
    alt: Text = field(default_factory=dict)
    priority: int = 100
    venue_id: int | None = None
    floor: Text = field(default_factory=dict)
    content: Content | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """A word to all or to some categories, from `starts_at` until `expires_at`."""

    id: int
    guid: str
    title: Text
    starts_at: datetime
    body: Text = field(default_factory=dict)
    severity: Severity = Severity.INFO
    expires_at: datetime | None = None
    audience: tuple[str, ...] = EVERYONE


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalText:
    """One of the texts the law asks for (`LEGAL_KINDS`)."""

    id: int
    kind: str
    title: Text
    body: Text
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """The whole occasion; the first of `languages` is the default one."""

    uuid: str
    acronym: str
    title: Text
    timezone: str
    starts_on: date
    ends_on: date
    languages: tuple[str, ...] = ("en",)
    subtitle: Text = field(default_factory=dict)
    description: Text = field(default_factory=dict)
    notice: Text = field(default_factory=dict)
    hosts: Text = field(default_factory=dict)
    url: str = ""
    minimum_app_version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agenda:
    """An event with all that is published about it; the order of each tuple is the order shown."""

    event: Event
    venues: tuple[Venue, ...] = ()
    rooms: tuple[Room, ...] = ()
    places: tuple[PointOfInterest, ...] = ()
    media: tuple[Media, ...] = ()
    tracks: tuple[Track, ...] = ()
    types: tuple[SessionType, ...] = ()
    speakers: tuple[Speaker, ...] = ()
    sessions: tuple[Session, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    legal: tuple[LegalText, ...] = ()


def guid_of(source: str, source_id: str) -> str:
    """Return the GUID of a thing whose source gave it none: uuid5 of source and source id."""
    # Half a surrogate pair, which JSON lets through, is no character to hash.
    name = f"{source}\n{source_id}".encode(errors="replace").decode()
    return str(uuid5(_SOURCES, name))
