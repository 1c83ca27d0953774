"""Reads the JSON of Sessionize's API.

It knows no HTTP and fetches nothing; answers to the organisers' questions are never looked at.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from event.agenda.model import CHOICE, EVERYONE, Role, State
from event.errors import Invalid
from event.formats.builder import Builder
from event.formats.imported import Imported, Report
from event.formats.loose import bare_event, by_id, finished, load, moment, objects, prose, web_links
from event.formats.schedule.document import Document, records, words
from event.text import fold
from event.times import zone

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
