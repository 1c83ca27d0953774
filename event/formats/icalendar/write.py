"""Writes the agenda as iCalendar (RFC 5545, RFC 7986), byte for byte the same for the same agenda.

It knows no clock: what was never moved counts as changed a year before the event. Text is escaped
by hand, as the icalendar library takes a backslash before an N in the text for a line end.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from event.agenda.model import (
    PUBLIC,
    Agenda,
    Part,
    Role,
    Room,
    Session,
    Speaker,
    State,
    Track,
    Venue,
)
from event.formats.icalendar.zone import is_utc, vtimezone
from event.formats.schedule.document import uri
from event.text import Text, clean, pick
from event.times import zone

PRODUCT = "-//eventday//agenda//"
PREFIXES = {
    State.CANCELLED: {
        "de": "ABGESAGT", "en": "CANCELLED", "fr": "ANNULÉ", "pl": "ODWOŁANE", "uk": "СКАСОВАНО",
    },
    State.SUSPENDED: {
        "de": "UNTERBROCHEN", "en": "SUSPENDED", "fr": "INTERROMPU", "pl": "WSTRZYMANE",
        "uk": "ПРИЗУПИНЕНО",
    },
}  # fmt: skip
"""What a summary begins with, before a colon, when a session does not go ahead as planned."""

_STATUS = {State.CANCELLED: "CANCELLED", State.TENTATIVE: "TENTATIVE"}


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the sessions of one calendar share."""

    agenda: Agenda
    languages: Sequence[str]
    tz: ZoneInfo
    address: str
    rooms: Mapping[int | None, Room]
    venues: Mapping[int | None, Venue]
    tracks: Mapping[int | None, Track]
    speakers: Mapping[int, Speaker]

    def say(self, text: Text) -> str:
        return pick(text, self.languages)[0]

    def title(self, item: Session | Part) -> str:
        prefix = pick(PREFIXES.get(item.state, {}), [self.languages[0], "en"])[0]
        return f"{prefix}: {self.say(item.title)}" if prefix else self.say(item.title)

    def reason(self, item: Session | Part) -> str:
        return self.say(item.reason) if item.state in PREFIXES else ""

    def names(self, roles: Sequence[Role]) -> list[str]:
        people = [
            self.speakers[role.speaker_id] for role in roles if role.speaker_id in self.speakers
        ]
        return [f"{p.name} ({p.organisation})" if p.organisation else p.name for p in people]


def write(
    agenda: Agenda, *, language: str | None = None, base_url: str = "", public: bool = True
) -> bytes:
    """Return the calendar of an agenda in the event's language next to `language`, or its first.

    `base_url` is where `agenda.ics` lies, or the address of the very file if it ends in .ics.
    Drafts are left out, and unless `public` is off all that is not for the public. A UID is the
    session's GUID, as RFC 7986, section 5.3 wants it.
    """
    event = agenda.event
    language = pick({tag: tag for tag in event.languages}, [language or ""])[0]
    address = base_url if base_url.endswith(".ics") else f"{base_url.rstrip('/')}/agenda.ics"
    frame = _Frame(
        agenda=agenda,
        languages=[language, *event.languages],
        tz=zone(event.timezone),
        address=address,
        rooms={room.id: room for room in agenda.rooms},
        venues={venue.id: venue for venue in agenda.venues},
        tracks={track.id: track for track in agenda.tracks},
        speakers={speaker.id: speaker for speaker in agenda.speakers if speaker.listed},
    )
    sessions = [
        session
        for session in agenda.sessions
        if session.state is not State.DRAFT and (session.visibility == PUBLIC or not public)
    ]
    years = [event.starts_on.year, event.ends_on.year, *(s.starts_at.year for s in sessions)]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        _line("PRODID", f"{PRODUCT}{language}"),
        "CALSCALE:GREGORIAN",
        _line("NAME", event.title, frame),
        _line("X-WR-CALNAME", event.title, frame),
        f"X-WR-TIMEZONE:{event.timezone}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        *([f"SOURCE;VALUE=URI:{uri(address)}"] if uri(address) else []),
        *vtimezone(event.timezone, min(years), max(years)),
        *(line for session in sessions for line in _session(frame, session)),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _session(frame: _Frame, session: Session) -> Iterator[str]:
    opening = datetime.combine(frame.agenda.event.starts_on, time(), UTC)
    changed = _utc(session.changed_at or opening - timedelta(days=365))
    room, track = frame.rooms.get(session.room_id), frame.tracks.get(session.track_id)
    venue = frame.venues.get(room.venue_id if room else None)
    if room is None and len(frame.venues) == 1:
        (venue,) = frame.venues.values()
    room_name = frame.say(room.name) if room else ""
    place = ", ".join(filter(None, [room_name, frame.say(venue.name) if venue else ""]))
    yield "BEGIN:VEVENT"
    yield _line("UID", session.guid)
    yield f"DTSTAMP:{changed}"
    yield f"LAST-MODIFIED:{changed}"
    yield f"SEQUENCE:{session.sequence}"
    yield _moment("DTSTART", session.starts_at, frame.tz)
    yield _moment("DTEND", session.ends_at, frame.tz)
    yield f"STATUS:{_STATUS.get(session.state, 'CONFIRMED')}"
    yield _line("SUMMARY", session.title, frame, frame.title(session))
    yield _line("LOCATION", room.name if room else {}, frame, place)
    if place != room_name:
        yield _line("X-EVENTDAY-ROOM", room.name if room else {}, frame)
    if session.state is State.SUSPENDED:
        yield f"X-EVENTDAY-STATE:{session.state}"
    if venue and venue.latitude is not None and venue.longitude is not None:
        yield f"GEO:{venue.latitude / 1e6:.6f};{venue.longitude / 1e6:.6f}"
    if track:
        yield _line("CATEGORIES", track.name, frame)
    if url := uri(session.url, frame.address):
        yield f"URL:{url}"
    if description := _description(frame, session):
        yield _line("DESCRIPTION", description)
    yield "END:VEVENT"


def _description(frame: _Frame, session: Session) -> str:
    parts = [_part(frame, part) for part in session.parts if part.state is not State.DRAFT]
    paragraphs = [
        frame.reason(session),
        frame.say(session.subtitle),
        frame.say(session.abstract),
        "\n".join(frame.names(session.speakers)),
        "\n".join(parts),
    ]
    return "\n\n".join(filter(None, paragraphs))


def _part(frame: _Frame, part: Part) -> str:
    starts, ends = (moment.astimezone(frame.tz) for moment in (part.starts_at, part.ends_at))
    words = f"{starts:%H:%M}–{ends:%H:%M} {frame.title(part)}"
    return " – ".join(
        filter(None, [words, ", ".join(frame.names(part.speakers)), frame.reason(part)])
    )


def _moment(name: str, moment: datetime, tz: ZoneInfo) -> str:
    """Return a time property: local, but UTC where the venue's clock shows that time twice.

    A TZID names the first of the two (RFC 5545, section 3.3.5), so the second has no other form.
    """
    local = moment.astimezone(tz)
    if local.fold or is_utc(tz):
        return f"{name}:{_utc(moment)}"
    return f"{name};TZID={tz.key}:{local:%Y%m%dT%H%M%S}"


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _line(name: str, text: str | Text, frame: _Frame | None = None, shown: str = "") -> str:
    """Return a property of text, escaped; it names a language that is not the calendar's."""
    if frame is None or isinstance(text, str):
        words, parameter = str(text), ""
    else:
        words, language = pick(text, frame.languages)
        parameter = f";LANGUAGE={language}" if language not in ("", frame.languages[0]) else ""
    words = clean(shown or words).replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return f"{name}{parameter}:" + words.replace("\n", "\\n")


def _folded(line: str) -> bytes:
    """Return a line in pieces of 75 octets at most, parted between characters (section 3.1)."""
    octets, pieces, start, room = line.encode(), [], 0, 75
    while len(octets) - start > room:
        end = start + room
        while octets[end] & 0xC0 == 0x80:
            end -= 1
        # Some readers unfold after they unescape: an escape is not parted either.
        piece = octets[start:end]
        end -= (len(piece) - len(piece.rstrip(b"\\"))) % 2
        pieces.append(octets[start:end])
        start, room = end, 74
    return b"\r\n ".join([*pieces, octets[start:]]) + b"\r\n"
