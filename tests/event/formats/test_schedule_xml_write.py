"""What schedule.xml shows, and how, for the apps that are there already."""

import dataclasses
from datetime import date, timedelta
from typing import Any

import pytest
from builders import OPENING, a_part, a_room, a_session, a_speaker, an_agenda, an_event, guid
from lxml import etree

from event.agenda.model import Agenda, Link, Role, SessionType, State
from event.errors import Invalid
from event.formats.schedule.xml import read, write


def written(agenda: Agenda, **how: Any) -> etree._Element:
    return etree.fromstring(write(agenda, version="7", **how))


def of_one(**fields: Any) -> Agenda:
    return an_agenda(sessions=(a_session(1, **fields),), speakers=(a_speaker(1), a_speaker(2)))


def said(root: etree._Element, path: str) -> list[str | None]:
    return [element.text for element in root.iterfind(f"day/room/event/{path}")]


def test_apps_that_look_at_the_ends_of_a_file_know_it() -> None:
    data = write(an_agenda(), version="v" * 5000)
    assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<schedule>")
    assert b"<conference>" in data[:1000]
    assert data.endswith(b"</schedule>")
    assert b"<!DOCTYPE" not in data


def test_the_elements_stand_in_the_order_of_the_schema() -> None:
    root = written(an_agenda())
    tags = [child.tag for child in root.iterchildren(tag=etree.Element)]
    assert tags == ["generator", "version", "conference", "day", "day"]
    assert [child.tag for child in root.find("conference")] == [
        "acronym", "title", "start", "end", "timeslot_duration", "time_zone_name", "days",
        "base_url", "track",
    ]  # fmt: skip
    assert root.find("generator").get("name") == "eventday"
    assert dict(root.find("conference/track").items()) == {"name": "Hydrogen", "color": "#0a7f3f"}


def test_a_session_is_written_in_the_venue_s_time() -> None:
    root = written(of_one(starts_at=OPENING, ends_at=OPENING + timedelta(minutes=45), room_id=1))
    (event,) = root.iterfind("day/room/event")
    assert (event.get("id"), event.get("guid")) == ("1", guid("session 1"))
    assert event.findtext("date") == "2025-06-03T09:00:00+02:00"
    assert event.findtext("start") == "09:00"
    assert event.findtext("duration") == "00:45"
    assert event.findtext("room") == event.getparent().get("name") == "Room 1"
    assert event.findtext("slug") == "demo2025-1-session_1"
    assert {tag: event.findtext(tag) for tag in ("subtitle", "track", "type", "abstract")} == {
        "subtitle": "", "track": "", "type": "", "abstract": "",
    }  # fmt: skip
    absent = ("url", "feedback_url", "recording", "links", "attachments", "logo")
    assert not any(event.find(tag) is not None for tag in absent)


def test_every_day_is_there_from_four_to_four() -> None:
    agenda = dataclasses.replace(
        of_one(starts_at=OPENING + timedelta(hours=15), ends_at=OPENING + timedelta(hours=16)),
        event=an_event(ends_on=date(2025, 6, 5)),
    )
    days = list(written(agenda).iterfind("day"))
    assert [dict(day.items()) for day in days[:2]] == [
        {"index": str(n), "date": f"2025-06-0{n + 2}", "start": f"2025-06-0{n + 2}T04:00:00+02:00",
         "end": f"2025-06-0{n + 3}T04:00:00+02:00"}
        for n in (1, 2)
    ]  # fmt: skip
    assert [len(list(day.iterfind("room/event"))) for day in days] == [1, 0, 0]


def test_an_endless_event_lists_no_endless_days() -> None:
    agenda = an_agenda(event=an_event(ends_on=date(2199, 1, 1)))
    assert len(list(written(agenda).iterfind("day"))) < 200


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": State.DRAFT, "title": {"en": "Secret"}}, b"Secret"),
        ({"visibility": ("vip",), "title": {"en": "Secret"}}, b"Secret"),
        ({"visibility": ("vip",), "room_id": 2}, b"Room 2"),
        ({"visibility": ("vip",), "track_id": 1}, b"Hydrogen"),
        ({"visibility": ("vip",), "speakers": (Role(speaker_id=1),)}, guid("speaker 1").encode()),
        ({"state": State.CANCELLED, "title": {"en": "Secret"}}, b"Secret"),
    ],
)
def test_what_is_hidden_is_in_no_byte(fields: dict[str, Any], words: bytes) -> None:
    agenda = of_one(**fields)
    assert words not in write(agenda, version="7")
    everything = write(agenda, version="7", public=False, cancelled="keep")
    assert words in everything
    session = read(everything).agenda.sessions[0]
    assert (session.state, session.visibility) == (
        agenda.sessions[0].state,
        agenda.sessions[0].visibility,
    )


def test_a_speaker_who_is_not_listed_is_in_no_byte() -> None:
    people = (a_speaker(1), a_speaker(2, listed=False))
    session = a_session(1, speakers=(Role(speaker_id=1), Role(speaker_id=2)))
    agenda = an_agenda(sessions=(session,), speakers=people)
    data = write(agenda, version="7")
    assert people[0].name.encode() in data
    assert people[1].name.encode() not in data
    assert people[1].guid.encode() not in data


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "CANCELLED: Session 1"), ("pl", "ODWOŁANE: Sesja 1"), ("de", "CANCELLED: Session 1")],
)
def test_a_cancelled_session_may_be_kept_and_says_so(language: str, title: str) -> None:
    agenda = of_one(state=State.CANCELLED)
    root = written(agenda, cancelled="keep", language=language)
    assert said(root, "title") == [title]
    assert said(written(agenda), "title") == []


def test_a_language_that_is_none_is_refused() -> None:
    with pytest.raises(Invalid, match="language tag"):
        write(an_agenda(), version="7", language="klingon")


def test_a_long_session_is_cut_for_others_and_whole_for_us() -> None:
    ends_at = OPENING + timedelta(hours=55, minutes=23, seconds=7)
    agenda = of_one(starts_at=OPENING, ends_at=ends_at)
    assert said(written(agenda), "duration") == ["23:59"]
    assert read(write(agenda, version="7")).agenda.sessions[0].ends_at == ends_at


def test_a_session_without_a_room_is_somewhere_for_others_and_nowhere_for_us() -> None:
    agenda = of_one(room_id=None)
    assert said(written(agenda), "room") == ["To be announced"]
    assert said(written(agenda, language="pl"), "room") == ["Do ustalenia"]
    again = read(write(agenda, version="7")).agenda
    assert (again.sessions[0].room_id, again.rooms) == (None, ())


def test_rooms_of_the_same_name_stay_two_rooms() -> None:
    name = {"en": "Table 1"}
    sessions = (a_session(1, room_id=1), a_session(2, room_id=2), a_session(3))
    rooms = (a_room(1, name=name), a_room(2, name=name), a_room(3, name={"en": "To be announced"}))
    agenda = an_agenda(sessions=(*sessions, a_session(4, room_id=3)), rooms=rooms)
    assert said(written(agenda), "room") == [
        "Table 1", "Table 1 (2)", "To be announced", "To be announced (2)",
    ]  # fmt: skip
    again = read(write(agenda, version="7")).agenda
    assert [room.name for room in again.rooms] == [room.name for room in rooms]
    assert [room.guid for room in again.rooms] == [room.guid for room in rooms]


def test_those_who_speak_in_a_part_are_listed_with_the_session() -> None:
    session = a_session(1, speakers=(Role(speaker_id=2, role="moderator"),))
    keynote = a_part(1, session, speakers=(Role(speaker_id=1),))
    fallen = a_part(2, session, speakers=(Role(speaker_id=3),), state=State.CANCELLED)
    agenda = an_agenda(sessions=(dataclasses.replace(session, parts=(keynote, fallen)),))
    agenda = dataclasses.replace(agenda, speakers=tuple(a_speaker(n) for n in (1, 2, 3)))
    persons = list(written(agenda).iterfind("day/room/event/persons/person"))
    assert [(p.get("id"), p.text) for p in persons] == [("2", "Łucja 2"), ("1", "Łucja 1")]
    again = read(write(agenda, version="7")).agenda
    moderator = next(person for person in again.speakers if person.name == "Łucja 2")
    assert again.sessions[0].speakers == (Role(speaker_id=moderator.id, role="moderator"),)


def test_only_addresses_on_the_web_are_written() -> None:
    links = tuple(Link(url=url) for url in ("javascript:alert(1)", "/a b.pdf", "http://h/ż"))
    fields = {"url": "ftp://example.org", "feedback_url": "/ask", "links": links}
    agenda = dataclasses.replace(of_one(**fields), event=an_event(url="https://example.org/2025/"))
    root = written(agenda)
    assert said(root, "url") == []
    assert said(root, "feedback_url") == ["https://example.org/ask"]
    hrefs = [link.get("href") for link in root.iterfind("day/room/event/links/link")]
    assert hrefs == ["https://example.org/a%20b.pdf", "http://h/%C5%BC"]


@pytest.mark.parametrize(
    ("acronym", "expected"),
    [("FOSDEM-2026", "fosdem-2026"), ("Łódź 25", "lodz_25"), ("a", "a_event"), ("…", "event")],
)
def test_an_acronym_is_made_valid(acronym: str, expected: str) -> None:
    agenda = dataclasses.replace(an_agenda(), event=an_event(acronym=acronym))
    assert written(agenda).findtext("conference/acronym") == expected
    assert read(write(agenda, version="7")).agenda.event.acronym == acronym


def test_slugs_are_kept_or_made_and_never_twice() -> None:
    sessions = (
        a_session(1, slug="demo2025-2-session_2"),
        a_session(2),
        a_session(3, slug="Ünfit"),
        a_session(4, title={"en": "日本"}),
    )
    agenda = an_agenda(sessions=sessions, types=(SessionType(id=1, name={"en": "Panel"}),))
    assert said(written(agenda), "slug") == [
        "demo2025-2-session_2", "demo2025-2-session_2_2", "demo2025-3-session_3",
        "demo2025-4-session",
    ]  # fmt: skip
    assert said(written(agenda), "slug") == said(written(agenda, language="pl"), "slug")
