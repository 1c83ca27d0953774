"""The YAML agenda file: what is written is read again, and what is no such file is refused."""

import contextlib
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from agendas import agendas, renumbered
from builders import a_part, a_room, a_session, a_speaker, an_agenda, an_event
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from event.agenda.model import Interpretation, Link, Role, SessionType, Venue
from event.errors import Invalid
from event.formats import agenda_file
from event.formats.agenda_file.entry import Problems
from event.formats.agenda_file.fields import EVENT, NESTED, SECTIONS
from event.formats.agenda_file.read import read_tree
from event.formats.agenda_yaml.read import load, read
from event.formats.agenda_yaml.write import write
from event.formats.imported import MAX_SESSIONS, Report

SCHEMA = json.loads(
    Path(agenda_file.__file__).with_name("agenda.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)
HEAD = """\
event:
  acronym: demo2025
  title: Demo event
  timezone: Europe/Warsaw
"""


@given(agendas())
def test_every_agenda_comes_back_as_it_was(agenda: Any) -> None:
    written = write(agenda)
    imported = read(written)
    assert imported.agenda == renumbered(agenda)
    assert not [repair for repair in imported.repairs if repair.lost]
    assert write(imported.agenda) == written


@given(agendas())
def test_the_schema_accepts_every_file_we_write(agenda: Any) -> None:
    assert list(VALIDATOR.iter_errors(load(write(agenda))[0])) == []


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from([10**400, "", "x", "en", "10:30", "2025-06-03 09:30", "#0a7f3f", [], {}]),
    st.text(max_size=5),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)


@given(agendas(), st.data())
def test_the_schema_accepts_whatever_the_reader_accepts(agenda: Any, data: st.DataObject) -> None:
    tree = load(write(agenda))[0]
    for _ in range(data.draw(st.integers(1, 3))):
        node = tree
        while True:
            steps = sorted(node) if isinstance(node, dict) else list(range(len(node)))
            if not steps:
                break
            step = data.draw(st.sampled_from(steps))
            if isinstance(node[step], dict | list) and data.draw(st.integers(0, 5)):
                node = node[step]
                continue
            node[step] = data.draw(JUNK)
            break
    try:
        read_tree(tree, Problems(str), Report())
    except Invalid:
        return
    assert list(VALIDATOR.iter_errors(tree)) == []


def test_the_schema_is_a_schema_and_knows_every_key() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    known = {"event": EVENT} | dict(SECTIONS)
    assert list(SCHEMA["properties"]) == list(known)
    for name, section in known.items():
        entry = SCHEMA["properties"][name]
        if name != "event":
            entry = SCHEMA["$defs"][entry["items"]["$ref"].removeprefix("#/$defs/")]
        assert list(entry["properties"]) == [field.name for field in section.fields]
        assert all(entry["properties"][field.name]["description"] for field in section.fields)


def test_every_field_of_the_model_stands_in_the_file() -> None:
    for section in (EVENT, *SECTIONS.values(), *NESTED.values()):
        attributes = {field.attribute for field in section.fields} - {"", "id"}
        counted = {"id"} | (
            {"version", "sequence", "changed_at"} if "parts" in attributes else set()
        )
        assert attributes == {field.name for field in dataclasses.fields(section.model)} - counted


def test_a_file_is_pretty_and_leaves_defaults_out() -> None:
    session = a_session(
        1,
        title={"en": "Opening: the day", "pl": "Otwarcie"},
        abstract={"en": "First paragraph.\n\nSecond one."},
        room_id=1,
        track_id=1,
        type_id=1,
        speakers=(Role(speaker_id=1), Role(speaker_id=2, role="moderator")),
        interpretation=(Interpretation(language="en"), Interpretation(language="pl", kind="sign")),
        links=(Link(url="https://example.org"),),
        audience=("everyone",),
    )
    part = a_part(1, session)
    agenda = an_agenda(
        0,
        event=an_event(uuid="6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b"),
        venues=(Venue(id=5, name={"en": "AEROPOLIS"}, latitude=50_105_433, longitude=-5),),
        rooms=(a_room(1, name={"en": "Main Hall"}, venue_id=5, capacity=300),),
        types=(SessionType(id=1, name={"en": "Plenary"}),),
        speakers=(a_speaker(1, name="Łucja Żak"), a_speaker(2, name="no")),
        sessions=(dataclasses.replace(session, parts=(part,)),),
    )
    assert (
        write(agenda).decode()
        == f"""\
# An agenda file of eventday; docs/agenda-file.md says what can stand in it.

event:
  acronym: demo2025
  title: {{en: Demo event, pl: Wydarzenie demo}}
  timezone: Europe/Warsaw
  starts_on: 2025-06-03
  ends_on: 2025-06-04
  languages: [en, pl]
  uuid: 6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b

venues:
  - key: aeropolis
    name: AEROPOLIS
    latitude: 50.105433
    longitude: -0.000005

rooms:
  - key: main-hall
    name: Main Hall
    venue: aeropolis
    capacity: 300
    guid: {agenda.rooms[0].guid}

tracks:
  - key: hydrogen
    name: {{en: Hydrogen, pl: Wodór}}
    color: "#0a7f3f"

types:
  - key: plenary
    name: Plenary

speakers:
  - key: lucja-zak
    name: Łucja Żak
    guid: {agenda.speakers[0].guid}
  - key: "no"
    name: "no"
    guid: {agenda.speakers[1].guid}

sessions:
  - starts: 2025-06-03 09:00
    ends: 2025-06-03 09:45
    title: {{en: "Opening: the day", pl: Otwarcie}}
    abstract: |-
      First paragraph.

      Second one.
    room: main-hall
    track: hydrogen
    type: plenary
    speakers: [lucja-zak, {{speaker: "no", role: moderator}}]
    interpretation: [en, {{language: pl, kind: sign}}]
    audience: everyone
    links: [https://example.org]
    id: 1
    guid: {session.guid}
    parts:
      - starts: 2025-06-03 09:00
        ends: 2025-06-03 09:10
        title: Part 1
        guid: {part.guid}
"""
    )


def test_a_long_text_is_folded_into_lines() -> None:
    words = "word " * 60 + "end"
    written = write(an_agenda(1, event=an_event(description={"en": words}))).decode()
    lines = written.split("\n")
    assert "  description: >-" in lines
    assert max(map(len, lines)) <= 100
    assert read(written.encode()).agenda.event.description == {"en": words}


def test_a_file_speaks_for_all_that_it_could_hold() -> None:
    imported = read(write(an_agenda()))
    assert imported.complete
    assert imported.text_language == ""
    assert {"title", "room_id", "parts", "guid"} <= imported.carries["session"]
    assert "id" not in imported.carries["session"]
    assert "content" in imported.carries["media"]
    assert set(imported.carries) == {
        "event", "venue", "room", "pointofinterest", "track", "sessiontype", "speaker", "session",
        "part", "announcement", "legaltext", "media",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "start it with “event:”"),
        (b"# nothing\n", "start it with “event:”"),
        (b"[]", "start it with “event:”"),
        (b"just words", "start it with “event:”"),
        (b"event: []", "start it with “event:”"),
        (b"\xff\xfee\x00", "Line 1 is not UTF-8; save the file as UTF-8 text."),
        (b"event:\n  title: \xa3\n", "Line 2 is not UTF-8; save the file as UTF-8 text."),
        (b"event:\n  title: a\x00b\n", "Line 2 holds a character no text needs; delete it."),
        (b"event:\n  \xc5\xbc: \x07\n", "Line 2 holds a character no text needs; delete it."),
        (b"event:\n\ttitle: a\n", "Line 2, column 1: no valid YAML"),
        (b"event:\n  title: a: b\n", "Line 2, column 11: no valid YAML"),
        (b"event:\n  title: 'a\n", "a quote or bracket before it is not closed"),
        (b"event: {title: a\n", "a bracket before it is not closed"),
        (b"event: {}\n---\nevent: {}\n", "Line 2, column 1: a second document starts"),
        (b"event: &a {}\n", "Line 1, column 8: & and * are no shorthand here"),
        (b"event: {}\nrooms: *a\n", "Line 2, column 8: & and * are no shorthand here"),
        (b"event: !!python/object:os.system {}\n", "Line 1, column 8: a text that starts with !"),
        (b"event:\n  title: a\n  title: b\n", "the key title stands already in line 2; delete one"),
        (b"event: {[a]: b}\n", "Line 1, column 9: a key must be a word"),
        (b"[" * 100_000, "this is deeper or longer than an agenda can be"),
        (b"event: {}\nevents: []\n", "line 2, events: is unknown; did you mean event?"),
        (b"event: {}\nrooms: main\n", "line 2, rooms: “main” stands where a list belongs"),
        (b"event: {timezone: Mars}", "“Mars” is not an IANA time zone"),
        (b"event: {timezone: ../../etc/passwd}", "is not an IANA time zone"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_advice(data: bytes, sentence: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(data)
    assert sentence in caught.value.detail


def test_a_bom_and_windows_line_ends_do_no_harm() -> None:
    text = HEAD + "sessions:\n  - {title: A, starts: 2025-06-03 09:30, ends: 10:00}\n"
    data = b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()
    assert read(data).agenda == read(text.encode()).agenda


def test_too_many_entries_are_refused() -> None:
    with pytest.raises(Invalid, match="more than 20000 rooms"):
        read((HEAD + "rooms: [" + "a," * (MAX_SESSIONS + 1) + "]").encode())


GOOD = write(an_agenda(2))


@given(st.binary(max_size=40), st.integers(0, len(GOOD)), st.integers(0, 40))
def test_no_bytes_at_all_raise_anything_but_invalid(noise: bytes, at: int, cut: int) -> None:
    for data in (noise, GOOD[:at] + noise + GOOD[at + cut :]):
        with contextlib.suppress(Invalid):
            read(data)
