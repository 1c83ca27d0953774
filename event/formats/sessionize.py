"""Reads the JSON of Sessionize's API, and holds what formats share that are silent on the event.

It knows no HTTP and fetches nothing; answers to the organisers' questions are never looked at.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from event.agenda.model import CHOICE, EVERYONE, Event, Link, Role, State, guid_of
from event.errors import Invalid
from event.formats.builder import Builder
from event.formats.html import is_html, plain
from event.formats.imported import MAX_BYTES, Imported, Report
from event.formats.schedule.document import Document, made_acronym, records, web_address, words
from event.text import clean, fold, text
from event.times import from_local, zone

_MEANINGS = {
    "track_id": {"track", "tracks", "topic", "topics", "theme", "thema", "sciezka"},
    "languages": {"language", "languages", "sprache", "jezyk", "langue", "idioma", "lingua"},
    "type_id": {"type", "types", "typ", "format", "formats"},
}
_LANGUAGES = {
    name: tag
    for tag, names in {
        "bg": "bulgarian", "cs": "czech cestina", "da": "danish dansk", "de": "german deutsch",
        "el": "greek", "en": "english", "es": "spanish espanol castellano", "et": "estonian eesti",
        "fi": "finnish suomi", "fr": "french francais", "hr": "croatian hrvatski",
        "hu": "hungarian magyar", "it": "italian italiano", "lt": "lithuanian lietuviu",
        "lv": "latvian latviesu", "nl": "dutch nederlands", "no": "norwegian norsk",
        "pl": "polish polski", "pt": "portuguese portugues", "ro": "romanian romana",
        "sk": "slovak slovencina", "sl": "slovenian slovenscina", "sv": "swedish svenska",
        "uk": "ukrainian",
    }.items()
    for name in names.split()
}  # fmt: skip

Choice = tuple[str, str]
"""The title of a category and what was chosen in it."""


def read(data: bytes, *, timezone: str = "", language: str = "") -> Imported:
    """Return the agenda in an answer of Sessionize's API: its views All, Sessions or GridSmart.

    Times without an offset are of `timezone`. A category is a track, a type or a language by the
    words of its title. Raises Invalid when nothing of the file can be used.
    """
    document = load(data)
    found = list(objects(document, "startsAt"))
    if not found:
        raise Invalid(
            "The file holds no sessions; add an endpoint with the view “All” to Sessionize's API "
            "and import the JSON it answers with."
        )
    # A grid shows a session once a room and again once a time.
    items = list({json.dumps(item, sort_keys=True): item for item in found}.values())
    report = Report()
    event = bare_event(report, timezone=timezone, language=language or "en")
    builder = Builder(report, source="sessionize", language=event.languages[0])
    rooms, speakers, categories = (
        by_id(document, table) for table in ("rooms", "speakers", "categories")
    )
    for row in rooms.values():
        builder.room(words(row, "name"))
    choices = {
        words(choice, "id"): (words(category, "title"), words(choice, "name"))
        for category in categories.values()
        for choice in records(category.get("items"))
    }
    titles: set[str] = set()
    tz = zone(event.timezone)
    for item in items:
        room = words(rooms.get(words(item, "roomId"), {"name": words(item, "room")}), "name")
        chosen = _chosen(item, choices)
        titles |= {title for title, _ in chosen}
        _session(builder, item, chosen=chosen, room=room, speakers=speakers, tz=tz)
    meanings = {title: _meaning(title) for title in titles}
    for title in sorted(title for title in titles if not meanings[title]):
        report.lost(f"category “{title}”", "the agenda has no such field", "left it out")
    # Whom a session is for is told of plenaries only: what an organiser set otherwise stays.
    session = {"title", "starts_at", "ends_at", "abstract", "room_id", "state", "speakers"}
    session |= set(meanings.values()) - {""}
    session |= {"links"} if any("liveUrl" in item for item in items) else set()
    speaker = {"name", "position", "biography", "links"} if speakers else {"name"}
    carries = {"session": frozenset(session), "speaker": frozenset(speaker)}
    return finished(builder, event, kind="sessionize", carries=carries)


def _chosen(item: Document, choices: Mapping[str, Choice]) -> list[Choice]:
    """Return what a session chose in each category, which it has by id or, in a grid, spelt out."""
    ids = [words({"id": id_}, "id") for id_ in _list(item.get("categoryItems"))]
    spelt = [
        (words(category, "name"), words(choice, "name"))
        for category in records(item.get("categories"))
        for choice in records(category.get("categoryItems"))
    ]
    return [choices[id_] for id_ in ids if id_ in choices] + spelt


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _meaning(title: str) -> str:
    said = set(re.findall(r"\w+", fold(title)))
    return next((meaning for meaning, signs in _MEANINGS.items() if said & signs), "")


def _session(
    builder: Builder,
    item: Document,
    *,
    chosen: list[Choice],
    room: str,
    speakers: Mapping[str, Document],
    tz: ZoneInfo,
) -> None:
    report, status = builder.report, words(item, "status")
    title = " ".join(words(item, "title").split())
    where = f"session {words(item, 'id')} “{title}”"
    if status.lower() not in ("", "accepted"):
        report.repaired(where, f"it is {status}", "left it out")
        return
    starts_at = moment(report, where, item["startsAt"], tz)
    if starts_at is None:
        report.lost(where, "it has no time", "left it out")
        return
    ends_at = moment(report, where, item.get("endsAt"), tz)
    if ends_at is None:
        report.repaired(where, "it has no end", "gave it no length")
    one = {meaning: _one(report, where, chosen, meaning) for meaning in ("track_id", "type_id")}
    spoken = [choice for title, choice in chosen if _meaning(title) == "languages"]
    # Not confirmed says something only where speakers were asked to.
    unsure = item.get("isInformed") is True and item.get("isConfirmed") is False
    together = item.get("isPlenumSession") is True or item.get("isServiceSession") is True
    roles = [_speaker(builder, where, p, speakers) for p in _list(item.get("speakers"))]
    builder.session(
        where,
        title=title,
        source_id=words(item, "id"),
        starts_at=starts_at,
        ends_at=ends_at or starts_at,
        abstract=builder.text(prose(report, where, words(item, "description"))),
        room_id=builder.room(room),
        track_id=builder.track(one["track_id"]),
        type_id=builder.type(one["type_id"]),
        languages=tuple(dict.fromkeys(filter(None, (_tag(builder, where, s) for s in spoken)))),
        links=web_links(
            report, where, *((words(item, k), "") for k in ("liveUrl", "recordingUrl"))
        ),
        speakers=tuple(Role(speaker_id=id_) for id_ in dict.fromkeys(roles) if id_),
        audience=EVERYONE if together else CHOICE,
        state=State.TENTATIVE if unsure else State.CONFIRMED,
    )


def _one(report: Report, where: str, chosen: list[Choice], meaning: str) -> str:
    first, *others = [choice for title, choice in chosen if _meaning(title) == meaning] or [""]
    if others:
        report.lost(where, f"a session has one {meaning[:-3]}", f"left out {', '.join(others)}")
    return first


def _tag(builder: Builder, where: str, name: str) -> str:
    known = (_LANGUAGES.get(word.strip("(),;/")) for word in fold(name).split())
    return next(filter(None, known), "") or builder.language_of(name, where)


def _speaker(
    builder: Builder, where: str, value: object, speakers: Mapping[str, Document]
) -> int | None:
    row = value if isinstance(value, dict) else {"id": value}
    row = dict(speakers.get(words(row, "id"), {})) | row
    name = words(row, "fullName", "name") or f"{words(row, 'firstName')} {words(row, 'lastName')}"
    if not name.strip():
        builder.report.lost(where, "the file does not name one of its speakers", "left them out")
    where = f"speaker {name}"
    links = [(words(link, "url"), words(link, "title")) for link in records(row.get("links"))]
    return builder.speaker(
        name,
        source_id=words(row, "id"),
        guid=_uuid(words(row, "id")),
        position=builder.text(words(row, "tagLine")),
        biography=builder.text(prose(builder.report, where, words(row, "bio"))),
        links=web_links(builder.report, where, *links, language=builder.language),
    )


def _uuid(value: str) -> str | None:
    try:
        return str(UUID(value))
    except ValueError:
        return None


# What formats share that say nothing, or next to nothing, about the event.


def load(data: bytes) -> Any:
    """Return what a JSON file holds, with every string cleaned. Raises Invalid when it is none."""
    if len(data) > MAX_BYTES:
        raise Invalid(f"The file is larger than {MAX_BYTES} bytes; is it an agenda?")
    try:
        return _cleaned(json.loads(data))
    except (ValueError, RecursionError):
        raise Invalid(
            "The file is no JSON in UTF-8; export it again and import it whole."
        ) from None


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    return {clean(k): _cleaned(v) for k, v in value.items()} if isinstance(value, dict) else value


def objects(value: object, key: str, depth: int = 8) -> Iterator[Document]:
    """Yield the objects that have `key`, wherever in a document they are; none lies in another."""
    if isinstance(value, dict) and key in value:
        yield value
    elif isinstance(value, (dict, list)) and depth:
        for item in value.values() if isinstance(value, dict) else value:
            yield from objects(item, key, depth - 1)


def by_id(document: object, name: str) -> dict[str, Document]:
    """Return the table of that name in a document, a list or an object, by its rows' ids."""
    table = document.get(name) if isinstance(document, dict) else None
    listed = records(list(table.values()) if isinstance(table, dict) else table)
    return {words(row, "code", "id"): row for row in listed}


def moment(report: Report, where: str, value: object, tz: ZoneInfo) -> datetime | None:
    """Return a time in ISO 8601 as UTC, None when it is none; without an offset it is of `tz`."""
    if not isinstance(value, str) or len(value) <= len("2025-06-03"):
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    if not 1970 <= parsed.year <= 2200:
        return None
    if parsed.tzinfo:
        return parsed.astimezone(UTC)
    utc, decided = from_local(parsed, tz)
    if decided == "gap":
        report.repaired(where, f"{value} is skipped when clocks go forward", "moved it forward")
    elif decided == "overlap":
        report.repaired(where, f"{value} happens twice when clocks go back", "took the first")
    return utc


def prose(report: Report, where: str, value: str) -> str:
    """Return text for people without HTML, which is reported."""
    if not is_html(value):
        return value
    report.repaired(where, "its text is HTML", "made it plain text")
    return plain(value)


def web_links(
    report: Report, where: str, *links: tuple[str, str], language: str = ""
) -> tuple[Link, ...]:
    """Return links of addresses and titles; what is no address on the web is reported."""
    found = []
    for address, title in links:
        if url := web_address(address):
            found.append(Link(url=url, title={language: title} if title else {}))
        elif address:
            report.lost(where, f"“{address}” is no web address", "left it out")
    return tuple(found)


def bare_event(report: Report, *, timezone: str, language: str, title: str = "") -> Event:
    """Return an event of what is known; its days are set when its sessions are.

    Raises Invalid when `timezone` or `language` are none.
    """
    if not title:
        title = "Imported agenda"
        report.repaired("event", "the file does not say its title", f"called it “{title}”")
    if not timezone:
        timezone = "Etc/UTC"
        report.repaired("event", "the file does not say its time zone", f"took {timezone}")
    acronym = made_acronym(title[:40])
    return Event(
        uuid=guid_of("event", acronym),
        acronym=acronym,
        title=text({language: title}),
        timezone=zone(timezone).key,
        starts_on=date.max,
        ends_on=date.min,
        languages=(language,),
    )


def finished(
    builder: Builder, event: Event, *, kind: str, carries: Mapping[str, frozenset[str]]
) -> Imported:
    """Return what was read. Raises Invalid when no session is left."""
    # What is told of a speaker or room with each session is reported once.
    agenda, repairs = builder.agenda(event), tuple(dict.fromkeys(builder.report))
    if not agenda.sessions:
        causes = [str(repair) for repair in repairs if repair.where != "event"]
        why = f" because of {causes[-1]}" if causes else ""
        raise Invalid(f"No session of the file can be kept{why}; export it again with sessions.")
    names = dict.fromkeys(("room", "track", "sessiontype"), frozenset({"name"}))
    return Imported(
        agenda=agenda,
        carries=names | dict(carries),
        repairs=repairs,
        text_language=builder.language,
        format=kind,
    )
