"""What schedule.xml and schedule.json write is valid and stable, and reads back as it was."""

import dataclasses
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from builders import OPENING, a_part, a_room, a_session, a_speaker, an_agenda, an_event
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft6Validator, FormatChecker
from lxml import etree

from event.agenda.merge import merge
from event.agenda.model import Agenda, Link, Role, Session, SessionType, State, Track
from event.formats.schedule import json as schedule_json
from event.formats.schedule import xml as schedule_xml
from event.text import Text, pick, text

FORMATS = pytest.mark.parametrize("fmt", [schedule_xml, schedule_json])
SHARED = Path(__file__).parents[4] / "shared" / "data"
REAL = [
    (schedule_xml if path.suffix == ".xml" else schedule_json, path)
    for pattern in ("*.xml", "*democon.json", "*everything.json")
    for path in sorted((SHARED / "schedules").glob(pattern))
]

one_line = st.text("aĄ<>&\"'?!-]ł é—🙂b1", min_size=1, max_size=12).map(
    lambda words: " ".join(words.split()) or "?"
)
lines = st.text("aż<b>&amp;;\n \t]]>?'\"-", max_size=40)


def texts(words: st.SearchStrategy[str], *, least: int = 0) -> st.SearchStrategy[Any]:
    tags = st.sampled_from(["en", "pl", "de", "pt-BR"])
    return st.dictionaries(tags, words, min_size=least, max_size=3).map(text)


addresses = st.one_of(
    st.sampled_from(
        [
            "https://example.org/a?b=1&c=%zz#d#e",
            "http://example.org/żółw [1] {2}",
            "HTTPS://EXAMPLE.ORG",
        ]
    ),
    st.sampled_from(["/files/a b.pdf", "slides.pdf", "https://demo.example.org/#session-1"]),
)
links = st.lists(
    st.builds(lambda url, title: Link(url=url, title=title), addresses, texts(one_line)),
    max_size=2,
).map(tuple)


@st.composite
def sessions(draw: Callable[[Any], Any], number: int) -> Session:
    starts_at = OPENING + timedelta(seconds=draw(st.integers(-200_000, 200_000)))
    seconds = st.one_of(st.integers(0, 90_000), st.sampled_from([1500, 86_340, 86_400, 198_180]))
    speakers = st.lists(
        st.builds(Role, speaker_id=st.integers(1, 3), role=st.sampled_from(["speaker", "host"])),
        max_size=3,
        unique_by=lambda role: role.speaker_id,
    ).map(tuple)
    session = a_session(
        number,
        title=draw(texts(one_line, least=1)),
        subtitle=draw(texts(one_line)),
        abstract=draw(texts(lines)),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(seconds=draw(seconds)),
        room_id=draw(st.sampled_from([None, 1, 2, 3])),
        track_id=draw(st.sampled_from([None, 1, 2])),
        type_id=draw(st.sampled_from([None, 1, 2])),
        slug=draw(
            st.sampled_from(["", "kept_it-slug", f"demo2025-{number}-own", "Ünfit", "demo-x_-"])
        ),
        languages=draw(st.sampled_from([(), ("en",), ("pl", "en"), ("uk",)])),
        links=draw(links),
        attachments=draw(links),
        url=draw(st.just("") | addresses),
        feedback_url=draw(st.just("") | addresses),
        recording_license=draw(st.sampled_from(["", "CC BY 4.0"])),
        recording_optout=draw(st.sampled_from([None, True, False])),
        state=draw(st.sampled_from([s for s in State if s is not State.DRAFT])),
        speakers=draw(speakers),
    )
    part = a_part(number, session, speakers=draw(speakers), state=draw(st.sampled_from([*State])))
    return dataclasses.replace(session, parts=(part,))


@st.composite
def agendas(draw: Callable[[Any], Any]) -> Agenda:
    count = draw(st.integers(0, 4))
    names = texts(st.one_of(one_line, st.just("Room 1")), least=1)
    starts_on = date(2025, 6, 3) + timedelta(days=draw(st.integers(-2, 2)))
    event = an_event(
        title=draw(names),
        acronym=draw(st.sampled_from(["demo2025", "a", "", "Clusters Meet", "fosdem-2026"])),
        url=draw(st.sampled_from(["", "https://demo.example.org/", "ftp://example.org"])),
        timezone=draw(st.sampled_from(["Europe/Warsaw", "US/Eastern", "Asia/Kathmandu", "UTC"])),
        languages=draw(st.sampled_from([("en",), ("pl", "en")])),
        starts_on=starts_on,
        ends_on=starts_on + timedelta(days=draw(st.integers(0, 3))),
    )
    return an_agenda(
        event=event,
        rooms=tuple(
            a_room(n, name=draw(names), capacity=draw(st.sampled_from([None, 40])))
            for n in (1, 2, 3)
        ),
        tracks=tuple(
            Track(id=n, name=draw(names), color=draw(st.sampled_from(["", "#0a7f3f"])))
            for n in (1, 2)
        ),
        types=tuple(SessionType(id=n, name=draw(names)) for n in (1, 2)),
        speakers=tuple(
            a_speaker(n, name=draw(st.sampled_from(["Ada", "Łucja"]))) for n in (1, 2, 3)
        ),
        sessions=tuple(draw(sessions(n)) for n in range(1, count + 1)),
    )


def values(item: object, fields: frozenset[str], one: Callable[[Text], Text]) -> dict[str, Any]:
    """Return the carried fields of something, its texts as the file has them."""

    def value(name: str) -> Any:
        found = getattr(item, name)
        return one(found) if isinstance(found, dict) else found

    return {name: value(name) for name in sorted(fields) if hasattr(item, name)}


def told(agenda: Agenda, carries: Any, one: Callable[[Text], Text]) -> dict[str, Any]:
    """Return all that a file tells of an agenda, by GUIDs and names instead of ids."""
    rooms = {room.id: (room.guid, values(room, carries["room"], one)) for room in agenda.rooms}
    tracks = {track.id: values(track, carries["track"], one) for track in agenda.tracks}
    types = {type_.id: values(type_, carries["sessiontype"], one) for type_ in agenda.types}
    people = {p.id: (p.guid, values(p, carries["speaker"], one)) for p in agenda.speakers}
    references = {"room_id": rooms, "track_id": tracks, "type_id": types}
    found = {}
    for session in agenda.sessions:
        found[session.guid] = values(session, carries["session"], one) | {
            name: listed.get(getattr(session, name)) for name, listed in references.items()
        }
        found[session.guid]["speakers"] = [(people[r.speaker_id], r.role) for r in session.speakers]
    return {"event": values(agenda.event, carries["event"], one), "sessions": found}


def in_file(fmt: ModuleType, agenda: Agenda) -> Callable[[Text], Text]:
    """Return what a format makes of a text: JSON has all languages, XML the event's first."""

    def one(given: Text) -> Text:
        words, language = pick(given, agenda.event.languages)
        return {language: words} if words else {}

    return one if fmt is schedule_xml else dict


def with_ids_of(agenda: Agenda, read: Agenda) -> Agenda:
    """Return a read agenda with the ids the things have in the agenda that was written."""
    ids = {session.guid: session.id for session in agenda.sessions}
    people = {person.guid: person.id for person in agenda.speakers}
    known = {person.id: people[person.guid] for person in read.speakers}
    sessions = (
        dataclasses.replace(
            session,
            id=ids[session.guid],
            speakers=tuple(
                dataclasses.replace(role, speaker_id=known[role.speaker_id])
                for role in session.speakers
            ),
        )
        for session in read.sessions
    )
    speakers = (dataclasses.replace(p, id=known[p.id]) for p in read.speakers)
    return dataclasses.replace(read, sessions=tuple(sessions), speakers=tuple(speakers))


@FORMATS
@given(agenda=agendas())
def test_what_is_written_is_read_back_as_it_was(fmt: ModuleType, agenda: Agenda) -> None:
    written = fmt.write(agenda, version="1", cancelled="keep")
    imported = fmt.read(written)
    one = in_file(fmt, agenda)
    assert told(imported.agenda, imported.carries, dict) == told(agenda, imported.carries, one)
    assert not imported.repairs


@FORMATS
@given(agenda=agendas())
def test_what_was_read_is_written_again_byte_by_byte(fmt: ModuleType, agenda: Agenda) -> None:
    without_parts = (dataclasses.replace(session, parts=()) for session in agenda.sessions)
    agenda = dataclasses.replace(agenda, sessions=tuple(without_parts))
    written = fmt.write(agenda, version="1", cancelled="keep")
    again = with_ids_of(agenda, fmt.read(written).agenda)
    assert fmt.write(again, version="1", cancelled="keep") == written


@FORMATS
@given(agenda=agendas())
def test_importing_our_own_file_changes_nothing(fmt: ModuleType, agenda: Agenda) -> None:
    # A merge knows tracks and types by their names alone, so here no two are alike.
    agenda = dataclasses.replace(
        agenda,
        sessions=tuple(sorted(agenda.sessions, key=lambda s: (s.starts_at, s.id))),
        tracks=tuple(Track(id=n, name={"en": f"Track {n}", "pl": f"Ścieżka {n}"}) for n in (1, 2)),
        types=tuple(SessionType(id=n, name={"pl": f"Typ {n}"}) for n in (1, 2)),
    )
    imported = fmt.read(fmt.write(agenda, version="1"))
    assert merge(agenda, imported, at=OPENING, first_id=100).sessions == agenda.sessions


def schema_errors(fmt: ModuleType, written: bytes) -> list[str]:
    """Return what the format's own schema says against a file; nothing where it is not at hand."""
    schemas = SHARED / "schemas"
    if fmt is schedule_xml and (schemas / "schedule.xml.xsd").exists():
        schema = etree.XMLSchema(etree.parse(schemas / "schedule.xml.xsd"))
        schema.validate(etree.fromstring(written))
        return [error.message for error in schema.error_log]
    if fmt is schedule_json and (schemas / "schedule-v1.schema.json").exists():
        rules = json.loads((schemas / "schedule-v1.schema.json").read_bytes())
        found = Draft6Validator(rules, format_checker=FormatChecker())
        return [error.message for error in found.iter_errors(json.loads(written))]
    return []


def events(fmt: ModuleType, written: bytes) -> list[dict[str, Any]]:
    """Return what the events of a file say of id, guid, slug, times, addresses and persons."""
    if fmt is schedule_json:
        days = json.loads(written)["schedule"]["conference"]["days"]
        return [e for day in days for listed in day["rooms"].values() for e in listed]
    found = etree.fromstring(written).iterfind("day/room/event")
    return [{c.tag: c.text or "" for c in e} | dict(e.items()) for e in found]


@FORMATS
@given(agenda=agendas())
def test_whatever_is_written_is_valid(fmt: ModuleType, agenda: Agenda) -> None:
    written = fmt.write(agenda, version="v <1> " * 300, cancelled="keep")
    assert schema_errors(fmt, written) == []
    found = events(fmt, written)
    assert len(found) == len(agenda.sessions)
    for key in ("id", "guid", "slug"):
        assert len({event[key] for event in found}) == len(found)
    for event in found:
        assert re.fullmatch(r"[a-z0-9_]{4,}-[a-z0-9_-]{3,}[a-z0-9]", event["slug"])
        assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", event["start"])
        assert re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", event["duration"])
        assert re.fullmatch(r"2025-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", event["date"])
        assert event["room"]
        assert all(event[k].startswith("http") for k in ("url", "feedback_url") if k in event)


if REAL:  # without the files there is no such test, not a skipped one

    @pytest.mark.parametrize(("fmt", "path"), REAL, ids=lambda value: getattr(value, "stem", ""))
    @pytest.mark.parametrize("into", [schedule_xml, schedule_json])
    def test_a_real_agenda_survives_our_formats(
        fmt: ModuleType, path: Path, into: ModuleType
    ) -> None:
        agenda = fmt.read(path.read_bytes(), timezone="Europe/Brussels").agenda
        written = into.write(agenda, version="1")
        assert schema_errors(into, written) == []
        imported = into.read(written)
        assert not imported.repairs
        one = in_file(into, agenda)
        assert told(imported.agenda, imported.carries, dict) == told(agenda, imported.carries, one)
        assert into.write(with_ids_of(agenda, imported.agenda), version="1") == written
