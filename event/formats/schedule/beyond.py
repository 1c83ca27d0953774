"""What an agenda says beyond schedule.xml and schedule.json, so that our own files read back whole.

It rides in `conference.meta` of the JSON and in a processing instruction of the XML, and is what a
reader of the rest would miss or mistake. A text is kept as a merge patch (RFC 7396), so that an
edit of its words in the file stands; anything else as the pair of what the file itself says and
what is meant, which counts only while the file still says it.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from event.agenda.model import Agenda, Event, Link, Role, Session, State
from event.errors import Invalid
from event.formats.imported import Report
from event.formats.schedule.document import uri
from event.text import LANGUAGE, Text, clean, text
from event.times import zone

BROKEN = (Invalid, ValueError, TypeError, KeyError, AttributeError, OverflowError, IndexError)

TEXTS = ("title", "subtitle", "abstract")
_LISTS = ("rooms", "tracks", "types")


@dataclass(frozen=True, slots=True)
class Beyond:
    """What one of our files says of itself: its language, its event, and the names it gave.

    `types` are the names of the session types in their order, for which the formats have no list.
    """

    language: str
    event: Event
    no_room: str
    types: tuple[str, ...]
    names: Mapping[str, Any]
    sessions: Mapping[str, Any]


def facts(event: Event) -> dict[str, Any]:
    """Return the event as the file keeps it."""
    return {
        "uuid": event.uuid,
        "acronym": event.acronym,
        "title": dict(event.title),
        "timezone": event.timezone,
        "starts_on": event.starts_on.isoformat(),
        "ends_on": event.ends_on.isoformat(),
        "languages": list(event.languages),
        "url": event.url,
    }


def parse(value: object) -> Beyond | None:
    """Return what a file of ours says of itself, None when it is no file of ours."""
    if not isinstance(value, dict):
        return None
    try:
        given = value["event"]
        event = Event(
            uuid=str(UUID(given["uuid"])),
            acronym=clean(given["acronym"]),
            title=text(given["title"]),
            timezone=zone(given["timezone"]).key,
            starts_on=date.fromisoformat(given["starts_on"]),
            ends_on=date.fromisoformat(given["ends_on"]),
            languages=_tags(given["languages"]),
            url=clean(given["url"]),
        )
        return Beyond(
            language=_tags([value["language"]])[0],
            event=event,
            no_room=clean(value["no_room"]),
            types=tuple(clean(name) for name in value["types"]),
            names=dict(value["names"]),
            sessions=dict(value["sessions"]),
        )
    except BROKEN:
        return None


def patch(said: Text, meant: Text) -> dict[str, str | None]:
    """Return the merge patch (RFC 7396) that makes of one text the other."""
    gone = dict.fromkeys(language for language in said if language not in meant)
    return gone | {tag: words for tag, words in meant.items() if said.get(tag) != words}


def patched(said: Text, changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return a text with a merge patch applied. Raises Invalid, TypeError, … when it is broken."""
    return text({tag: words for tag, words in (dict(said) | dict(changes)).items() if words})


def names(things: Iterable[Any], said: Mapping[Any, str], language: str) -> dict[str, Any]:
    """Return, by the name a thing has in the file, what makes of that its names."""
    patches = {said[thing.id]: patch({language: said[thing.id]}, thing.name) for thing in things}
    return {name: changes for name, changes in patches.items() if changes}


def differences(meant: Agenda, said: Agenda) -> dict[str, dict[str, Any]]:
    """Return, by GUID, what the sessions mean beyond what a file says of them."""
    read = {session.guid: session for session in said.sessions}
    people = [{person.id: person.guid for person in agenda.speakers} for agenda in (meant, said)]
    found = {}
    for session in meant.sessions:
        if (plain := read.get(session.guid)) is None:
            continue
        texts = {name: patch(getattr(plain, name), getattr(session, name)) for name in TEXTS}
        beyond: dict[str, Any] = {name: changes for name, changes in texts.items() if changes}
        for name, (write, _) in _CODECS.items():
            pair = [
                write(getattr(plain, name), people[1]),
                write(getattr(session, name), people[0]),
            ]
            if pair[0] != pair[1]:
                beyond[name] = pair
        if beyond:
            found[session.guid] = beyond
    return found


def language_of(beyond: Beyond, guid: str) -> str:
    """Return the language in which one of our files writes of a session."""
    changes = beyond.sessions.get(guid)
    given = changes.get("language") if isinstance(changes, dict) else None
    return given if isinstance(given, str) and LANGUAGE.fullmatch(given) else beyond.language


def completed(agenda: Agenda, beyond: Beyond, report: Report) -> Agenda:
    """Return an agenda read from a file of ours with what the file says beyond the format."""
    speakers = {person.guid: person.id for person in agenda.speakers}
    guids = {id_: guid for guid, id_ in speakers.items()}

    def complete(session: Session) -> Session:
        changes = beyond.sessions.get(session.guid, {})
        try:
            new: dict[str, Any] = {
                name: patched(getattr(session, name), changes.get(name, {})) for name in TEXTS
            }
            for name, (write, parse_) in _CODECS.items():
                if name not in changes:
                    continue
                said, meant = changes[name]
                if said == write(getattr(session, name), guids):
                    new[name] = parse_(meant, speakers)
            full = dataclasses.replace(session, **new)
            if not full.title or full.ends_at < full.starts_at:
                raise Invalid("A session has a title, and ends after it starts.")
        except BROKEN:
            where = f"session {session.source_id}"
            report.lost(where, "what the file says beyond the format is broken", "left that out")
            return session
        return full

    named = {
        list_: tuple(_named(item, beyond, list_, report) for item in getattr(agenda, list_))
        for list_ in _LISTS
    }
    event = dataclasses.replace(
        agenda.event,
        starts_on=beyond.event.starts_on,
        ends_on=beyond.event.ends_on,
        languages=beyond.event.languages,
    )
    sessions = tuple(complete(session) for session in agenda.sessions)
    return dataclasses.replace(agenda, event=event, sessions=sessions, **named)


def _named(item: Any, beyond: Beyond, list_: str, report: Report) -> Any:
    name = item.name.get(beyond.language, "")
    try:
        names = patched(item.name, beyond.names.get(list_, {}).get(name, {}))
    except BROKEN:
        report.lost(f"{list_} “{name}”", "its other names are broken", "left them out")
        return item
    return dataclasses.replace(item, name=names or item.name)


def _tags(value: Any) -> tuple[str, ...]:
    if not (isinstance(value, list) and all(LANGUAGE.fullmatch(tag) for tag in value)):
        raise Invalid("Languages are a list of tags such as en, pl or pt-BR.")
    return tuple(dict.fromkeys(value))


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


def _address(value: str) -> str:
    """Return an address that is ours to show: on the web, or a path below the event's own."""
    address = clean(value)
    if not uri(address, "https://eventday.invalid/"):
        raise Invalid("An address starts with https:// or is a path.")
    return address


def _links(value: Any) -> tuple[Link, ...]:
    return tuple(Link(url=_address(item["url"]), title=text(item["title"])) for item in value)


def _visible_to(value: Any) -> tuple[str, ...]:
    if not value or not all(isinstance(item, str) and item for item in value):
        raise Invalid("A session is visible to somebody.")
    return tuple(value)


def _optout(value: Any) -> bool | None:
    if value not in (True, False, None):
        raise Invalid("An opt-out is given, not given, or not known.")
    return None if value is None else bool(value)


_Write = Callable[[Any, Mapping[int, str]], Any]
_Parse = Callable[[Any, Mapping[str, int]], Any]


def _plainly(value: Any, _: object) -> Any:
    return value


def _written_links(value: tuple[Link, ...], _: object) -> list[dict[str, Any]]:
    return [{"url": link.url, "title": dict(link.title)} for link in value]


_LINKS: tuple[_Write, _Parse] = (_written_links, lambda value, _: _links(value))
_WORDS: tuple[_Write, _Parse] = (_plainly, lambda value, _: clean(value))
_ADDRESS: tuple[_Write, _Parse] = (_plainly, lambda value, _: _address(value))
_CODECS: Mapping[str, tuple[_Write, _Parse]] = {
    "ends_at": (lambda value, _: value.isoformat(), lambda value, _: _moment(value)),
    "slug": _WORDS,
    "languages": (lambda value, _: list(value), lambda value, _: _tags(value)),
    "links": _LINKS,
    "attachments": _LINKS,
    "url": _ADDRESS,
    "feedback_url": _ADDRESS,
    "recording_license": _WORDS,
    "recording_optout": (_plainly, lambda value, _: _optout(value)),
    "speakers": (
        lambda roles, guids: [[guids[role.speaker_id], role.role] for role in roles],
        lambda value, ids: tuple(Role(speaker_id=ids[guid], role=clean(r)) for guid, r in value),
    ),
    "state": (lambda value, _: str(value), lambda value, _: State(value)),
    "visibility": (lambda value, _: list(value), lambda value, _: _visible_to(value)),
}

SESSION = frozenset({*TEXTS, *_CODECS, "starts_at", "room_id", "track_id", "type_id"})
"""The fields of a session that a file of ours carries."""
