"""Sessionize's views become an agenda: tables by id, spelt out in a grid, or broken."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import reports
from hypothesis import given
from hypothesis import strategies as st

from event.agenda.model import CHOICE, EVERYONE, Link, Session, State
from event.errors import Invalid
from event.formats.imported import Imported
from event.formats.sessionize import read
from event.text import fold

REAL = sorted((Path(__file__).parents[4] / "shared/data/schedules").glob("scottishsummit2026.json"))
SPEAKER = "0b8f5c1e-94a4-4f6e-8d53-0f5f6d1c2a77"
SESSION = {
    "id": "7001",
    "title": "Hydrogen on rails",
    "description": "Trains & tanks",
    "startsAt": "2025-06-03T09:00:00",
    "endsAt": "2025-06-03T09:45:00",
    "isServiceSession": False,
    "isPlenumSession": False,
    "speakers": [SPEAKER],
    "categoryItems": [11, 21, 31],
    "roomId": 5,
    "liveUrl": None,
    "status": "Accepted",
    "isInformed": True,
    "isConfirmed": True,
}
PERSON = {
    "id": SPEAKER,
    "firstName": "Łucja",
    "lastName": "Nowak",
    "fullName": "Łucja Nowak",
    "email": "lucja@example.org",
    "bio": "Builds trains.",
    "tagLine": "Engineer",
    "links": [{"title": "Blog", "url": "https://example.org/lucja", "linkType": "Blog"}],
}
CATEGORIES = [
    {"id": 1, "title": "Track", "items": [{"id": 11, "name": "Mobility"}]},
    {"id": 2, "title": "Session format", "items": [{"id": 21, "name": "Keynote"}]},
    {"id": 3, "title": "Language", "items": [{"id": 31, "name": "Polish"}]},
    {"id": 4, "title": "Level", "items": [{"id": 41, "name": "Expert"}]},
]


def an_answer(*sessions: dict[str, Any], **tables: Any) -> dict[str, Any]:
    rooms = [{"id": 5, "name": "Great Hall"}, {"id": 6, "name": "Attic"}]
    tables = {"speakers": [PERSON], "rooms": rooms, "categories": CATEGORIES} | tables
    return {"sessions": sessions or [SESSION], **tables}


def reading(document: object, timezone: str = "Europe/Warsaw", language: str = "") -> Imported:
    return read(json.dumps(document).encode(), timezone=timezone, language=language)


def one(**changes: Any) -> Session:
    (session,) = reading(an_answer(SESSION | changes)).agenda.sessions
    return session


def test_a_session_comes_with_all_that_the_tables_tell_of_it() -> None:
    agenda = reading(an_answer()).agenda
    (session,), (speaker,) = agenda.sessions, agenda.speakers
    assert session.title == {"en": "Hydrogen on rails"}
    assert session.abstract == {"en": "Trains & tanks"}
    assert session.source_id == "7001"
    assert session.starts_at == datetime(2025, 6, 3, 7, 0, tzinfo=UTC)
    assert session.ends_at == datetime(2025, 6, 3, 7, 45, tzinfo=UTC)
    assert session.languages == ("pl",)
    assert [room.name for room in agenda.rooms] == [{"en": "Great Hall"}, {"en": "Attic"}]
    assert session.room_id == agenda.rooms[0].id
    assert [track.name for track in agenda.tracks] == [{"en": "Mobility"}]
    assert [type_.name for type_ in agenda.types] == [{"en": "Keynote"}]
    assert (session.track_id, session.type_id) == (1, 1)
    assert [role.speaker_id for role in session.speakers] == [speaker.id]
    assert (speaker.name, speaker.guid, speaker.source_id) == ("Łucja Nowak", SPEAKER, SPEAKER)
    assert (speaker.position, speaker.biography) == ({"en": "Engineer"}, {"en": "Builds trains."})
    assert speaker.links == (Link(url="https://example.org/lucja", title={"en": "Blog"}),)


def test_no_mail_address_of_a_speaker_is_kept() -> None:
    assert "@" not in repr(reading(an_answer()))


def test_without_a_zone_times_are_utc_and_the_report_says_so() -> None:
    imported = reading(an_answer(), timezone="")
    assert imported.agenda.event.timezone == "Etc/UTC"
    assert imported.agenda.sessions[0].starts_at == datetime(2025, 6, 3, 9, 0, tzinfo=UTC)
    assert reports(imported) == [
        "event: the file does not say its title; called it “Imported agenda”",
        "event: the file does not say its time zone; took Etc/UTC",
    ]


def test_the_event_is_made_of_what_is_known() -> None:
    event = reading(an_answer(), language="pl").agenda.event
    assert event.title == {"pl": "Imported agenda"}
    assert event.acronym == "imported_agenda"
    assert (event.starts_on, event.ends_on) == (date(2025, 6, 3), date(2025, 6, 3))
    assert (event.timezone, event.languages) == ("Europe/Warsaw", ("pl",))


def test_an_offset_in_the_file_counts() -> None:
    assert one(startsAt="2025-06-03T06:00:00Z").starts_at.hour == 6


def test_a_time_that_clocks_skip_moves_forward_and_is_reported() -> None:
    times = {"startsAt": "2025-03-30T02:30:00", "endsAt": "2025-03-30T04:00:00"}
    imported = reading(an_answer(SESSION | times))
    assert imported.agenda.sessions[0].starts_at == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
    assert "2025-03-30T02:30:00 is skipped" in reports(imported)[1]


def test_only_accepted_sessions_come_in() -> None:
    imported = reading(an_answer(SESSION, SESSION | {"id": "2", "status": "Nominated"}))
    assert [session.source_id for session in imported.agenda.sessions] == ["7001"]
    assert reports(imported)[1:] == ["session 2 “Hydrogen on rails”: it is Nominated; left it out"]
    assert reports(imported, lost=True) == []


def test_a_session_without_a_time_is_lost() -> None:
    imported = reading(an_answer(SESSION, SESSION | {"id": "2", "startsAt": None}))
    assert len(imported.agenda.sessions) == 1
    assert reports(imported, lost=True) == [
        "session 2 “Hydrogen on rails”: it has no time; left it out"
    ]


def test_a_speaker_who_was_asked_and_has_not_confirmed_makes_it_tentative() -> None:
    assert one(isConfirmed=False).state is State.TENTATIVE
    assert one(isInformed=False, isConfirmed=False).state is State.CONFIRMED


def test_plenaries_and_breaks_are_for_everyone() -> None:
    assert one(isPlenumSession=True).audience == EVERYONE
    assert one(isServiceSession=True, status=None, speakers=[]).audience == EVERYONE
    assert one().audience == CHOICE
    assert "audience" not in reading(an_answer()).carries["session"]


def test_a_category_we_have_no_field_for_is_lost_once() -> None:
    sessions = [SESSION | {"id": n, "categoryItems": [11, 41]} for n in (1, 2)]
    imported = reading(an_answer(*sessions))
    assert reports(imported, lost=True) == [
        "category “Level”: the agenda has no such field; left it out"
    ]
    assert imported.carries["session"] >= {"track_id", "links"}
    assert not imported.carries["session"] & {"type_id", "languages"}


def test_a_second_track_is_lost() -> None:
    categories = [{"id": 1, "title": "Which track?", "items": [
        {"id": 11, "name": "Mobility"}, {"id": 12, "name": "Energy"}]}]  # fmt: skip
    answer = an_answer(SESSION | {"categoryItems": [12, 11]}, categories=categories)
    imported = reading(answer)
    assert [track.name for track in imported.agenda.tracks] == [{"en": "Energy"}]
    assert "a session has one track; left out Mobility" in reports(imported, lost=True)[0]


@pytest.mark.parametrize(
    ("name", "tag"), [("English", "en"), ("Deutsch (German)", "de"), ("pt-br", "pt-BR")]
)
def test_languages_are_known_by_name_or_tag(name: str, tag: str) -> None:
    categories = [{"id": 3, "title": "Język", "items": [{"id": 31, "name": name}]}]
    (session,) = reading(an_answer(categories=categories)).agenda.sessions
    assert session.languages == (tag,)


def test_a_language_nobody_knows_is_lost() -> None:
    categories = [{"id": 3, "title": "Language", "items": [{"id": 31, "name": "Klingon"}]}]
    imported = reading(an_answer(categories=categories))
    assert "“Klingon” is no language tag" in reports(imported, lost=True)[0]


def test_a_speaker_the_file_does_not_name_is_lost() -> None:
    imported = reading(an_answer(speakers=[]))
    assert imported.agenda.speakers == ()
    assert "does not name one of its speakers" in reports(imported, lost=True)[0]
    assert imported.carries["speaker"] == {"name"}


def test_html_becomes_plain_text_and_bad_links_are_lost() -> None:
    answer = an_answer(SESSION | {"description": "<p>Trains</p>", "liveUrl": "javascript:alert(1)"})
    imported = reading(answer)
    assert imported.agenda.sessions[0].abstract == {"en": "Trains"}
    assert imported.agenda.sessions[0].links == ()
    assert "“javascript:alert(1)” is no web address" in reports(imported, lost=True)[0]


def in_a_grid(session: dict[str, Any]) -> dict[str, Any]:
    spelt = {
        "room": "Great Hall",
        "speakers": [{"id": SPEAKER, "name": "Łucja Nowak"}],
        "categories": [
            {"id": 1, "name": "Track", "categoryItems": [{"id": 11, "name": "Mobility"}]}
        ],
    }
    del session["categoryItems"]
    return session | spelt


def test_a_grid_says_the_same_and_a_session_shown_twice_counts_once() -> None:
    session = in_a_grid(dict(SESSION))
    room = {"id": 5, "name": "Great Hall", "session": session}
    grid = [
        {
            "date": "2025-06-03T00:00:00",
            "rooms": [{"id": 5, "name": "Great Hall", "sessions": [session]}],
            "timeSlots": [{"slotStart": "09:00:00", "rooms": [room]}],
        }
    ]
    agenda = reading(grid).agenda
    assert [s.source_id for s in agenda.sessions] == ["7001"]
    assert [r.name for r in agenda.rooms] == [{"en": "Great Hall"}]
    assert [t.name for t in agenda.tracks] == [{"en": "Mobility"}]
    assert [(s.name, s.guid) for s in agenda.speakers] == [("Łucja Nowak", SPEAKER)]


def test_the_list_of_groups_says_the_same() -> None:
    groups = [{"groupId": 1, "groupName": "All", "sessions": [in_a_grid(dict(SESSION))]}]
    assert [s.source_id for s in reading(groups).agenda.sessions] == ["7001"]


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"null", b"[]", b"{}", b"[" * 100_000, b"\xff\xfe\x00", b"9" * 5000, b'"\xb3"'],
)
def test_a_file_that_is_no_answer_is_refused_with_advice(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"import|export"):
        read(data)


def test_a_file_of_nothing_but_unusable_sessions_is_refused() -> None:
    with pytest.raises(Invalid, match="No session of the file can be kept"):
        reading(an_answer(SESSION | {"startsAt": "soon"}))


def test_what_is_no_zone_or_language_is_refused() -> None:
    with pytest.raises(Invalid, match="not an IANA time zone"):
        reading(an_answer(), timezone="Mars/Olympus")
    with pytest.raises(Invalid, match="not a language tag"):
        reading(an_answer(), language="Polish")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["2025-06-03T09:00:00", "0001-01-01T00:00:00+14:00", 10**400, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from([*SESSION, *PERSON, "items", "name", "url"]), inner),
    max_leaves=8,
)  # fmt: skip


@given(changes=st.dictionaries(st.sampled_from([*SESSION]), JSON), people=JSON, rooms=JSON)
def test_whatever_the_values_are_it_is_an_agenda_or_invalid(
    changes: dict[str, Any], people: Any, rooms: Any
) -> None:
    with suppress(Invalid):
        assert reading(an_answer(SESSION | changes, speakers=people, rooms=rooms)).agenda.sessions


@given(document=JSON)
def test_any_json_is_an_agenda_or_invalid(document: object) -> None:
    with suppress(Invalid):
        assert reading(document).agenda.sessions


@given(data=st.data())
def test_a_file_with_a_broken_byte_is_an_agenda_or_invalid(data: st.DataObject) -> None:
    whole = bytearray(json.dumps(an_answer()).encode())
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Invalid):
        assert read(bytes(whole)).agenda.sessions


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_a_real_answer_is_read_whole(path: Path) -> None:
    imported = read(path.read_bytes(), timezone="Europe/London")
    agenda = imported.agenda
    assert (len(agenda.sessions), len(agenda.speakers), len(agenda.rooms)) == (61, 76, 7)
    assert all(session.room_id and session.track_id for session in agenda.sessions)
    assert len({fold(speaker.name) for speaker in agenda.speakers}) == 76
    assert imported.text_language == "en"
