"""iCalendar as it is written: what clients want; and what of it comes back when it is read."""

import dataclasses
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from agendas import agendas
from builders import OPENING, a_part, a_session, a_speaker, an_agenda, an_event, guid
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from event.agenda.merge import merge
from event.agenda.model import Agenda, Role, Room, Session, State, Track, Venue
from event.formats.icalendar.read import read
from event.formats.icalendar.write import write
from event.text import fold, pick


def lines_of(agenda: Agenda, **options: Any) -> list[str]:
    """Return the unfolded lines of the calendar of an agenda."""
    return write(agenda, **options).decode().replace("\r\n ", "").split("\r\n")[:-1]


def entries_of(data: bytes) -> list[Any]:
    """Return the entries of a calendar as the icalendar library reads them."""
    return Calendar.from_ical(data).walk("VEVENT")


def of_one(session: Session, **options: Any) -> dict[str, str]:
    """Return the properties of the calendar of one session, by name with parameters."""
    people = tuple(a_speaker(number) for number in (1, 2, 3))
    agenda = an_agenda(sessions=(session,), speakers=people)
    written = lines_of(agenda, **options)
    start = written.index("BEGIN:VEVENT")
    return dict(line.split(":", 1) for line in written[start:-1])


def test_a_session_is_written_with_all_that_clients_want() -> None:
    moved = datetime(2025, 5, 1, 12, 30, tzinfo=UTC)
    session = a_session(1, room_id=1, track_id=1, sequence=2, changed_at=moved)
    assert of_one(session) == {
        "BEGIN": "VEVENT",
        "UID": guid("session 1"),
        "DTSTAMP": "20250501T123000Z",
        "LAST-MODIFIED": "20250501T123000Z",
        "SEQUENCE": "2",
        "DTSTART;TZID=Europe/Warsaw": "20250603T090000",
        "DTEND;TZID=Europe/Warsaw": "20250603T094500",
        "STATUS": "CONFIRMED",
        "SUMMARY": "Session 1",
        "LOCATION": "Room 1",
        "CATEGORIES": "Hydrogen",
        "END": "VEVENT",
    }


def test_the_calendar_says_what_it_is_and_when_to_come_again() -> None:
    written = lines_of(an_agenda(), language="pl", base_url="https://example.org/demo")
    assert written[:9] == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//eventday//agenda//pl",
        "CALSCALE:GREGORIAN",
        "NAME:Wydarzenie demo",
        "X-WR-CALNAME:Wydarzenie demo",
        "X-WR-TIMEZONE:Europe/Warsaw",
        "REFRESH-INTERVAL;VALUE=DURATION:PT15M",
        "SOURCE;VALUE=URI:https://example.org/demo/agenda.ics",
    ]
    assert written[-1] == "END:VCALENDAR"
    assert not any(line.startswith(("METHOD", "BEGIN:VALARM")) for line in written)
    own = lines_of(an_agenda(), base_url="https://example.org/my/secret.ics")
    assert "SOURCE;VALUE=URI:https://example.org/my/secret.ics" in own
    assert not any(line.startswith("SOURCE") for line in lines_of(an_agenda()))


def test_the_same_agenda_gives_the_same_bytes() -> None:
    assert write(an_agenda()) == write(an_agenda())
    assert write(an_agenda(), language="en") == write(an_agenda())


def test_what_never_moved_changed_a_year_before_the_event() -> None:
    assert of_one(a_session(1))["DTSTAMP"] == "20240603T000000Z"


def test_the_clocks_of_warsaw_change_at_two_and_at_three() -> None:
    written = lines_of(an_agenda())
    assert written[written.index("BEGIN:VTIMEZONE") : written.index("END:VTIMEZONE") + 1] == [
        "BEGIN:VTIMEZONE",
        "TZID:Europe/Warsaw",
        "BEGIN:DAYLIGHT",
        "DTSTART:19700329T020000",
        "TZOFFSETFROM:+0100",
        "TZOFFSETTO:+0200",
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
        "TZNAME:CEST",
        "END:DAYLIGHT",
        "BEGIN:STANDARD",
        "DTSTART:19701025T030000",
        "TZOFFSETFROM:+0200",
        "TZOFFSETTO:+0100",
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
        "TZNAME:CET",
        "END:STANDARD",
        "END:VTIMEZONE",
    ]


def test_a_zone_that_never_changes_has_one_observance() -> None:
    written = lines_of(an_agenda(event=an_event(timezone="Asia/Kathmandu")))
    assert written.count("BEGIN:STANDARD") == 1
    assert "TZOFFSETTO:+0545" in written
    assert not any(line.startswith(("BEGIN:DAYLIGHT", "RRULE")) for line in written)


def test_utc_needs_no_zone() -> None:
    written = lines_of(an_agenda(1, event=an_event(timezone="Etc/UTC")))
    assert "DTSTART:20250603T070000Z" in written
    assert "BEGIN:VTIMEZONE" not in written


@pytest.mark.parametrize("number", range(24))
@pytest.mark.parametrize(
    "name",
    [
        "Europe/Warsaw", "America/New_York", "America/Santiago", "Asia/Jerusalem", "Africa/Cairo",
        "Africa/Casablanca", "Australia/Lord_Howe", "Asia/Kathmandu", "Europe/Dublin",
    ],
)  # fmt: skip
def test_another_reader_of_the_zone_gets_the_same_moments(name: str, number: int) -> None:
    starts_at = datetime(2025, 1, 1, 12, tzinfo=UTC) + timedelta(days=15.2 * number)
    session = a_session(1, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
    data = write(an_agenda(sessions=(session,), event=an_event(timezone=name)))
    # Under a name nobody knows, only what the file itself says of the zone counts.
    data = data.replace(f"TZID:{name}".encode(), f"TZID:Test {name}".encode())
    data = data.replace(f"TZID={name}".encode(), f"TZID=Test {name}".encode())
    (entry,) = entries_of(data)
    assert entry["DTSTART"].dt.astimezone(UTC) == starts_at


def test_the_second_of_two_equal_local_times_is_written_in_utc() -> None:
    second = datetime(2025, 10, 26, 1, 30, tzinfo=UTC)
    session = a_session(1, starts_at=second - timedelta(hours=1), ends_at=second)
    written = of_one(session)
    assert written["DTSTART;TZID=Europe/Warsaw"] == "20251026T023000"
    assert written["DTEND"] == "20251026T013000Z"


@pytest.mark.parametrize(
    ("state", "language", "status", "summary"),
    [
        (State.CANCELLED, "en", "CANCELLED", "CANCELLED: Session 1"),
        (State.CANCELLED, "pl", "CANCELLED", "ODWOŁANE: Sesja 1"),
        (State.CANCELLED, "lt", "CANCELLED", "CANCELLED: Session 1"),
        (State.SUSPENDED, "pl", "CONFIRMED", "WSTRZYMANE: Sesja 1"),
        (State.TENTATIVE, "pl", "TENTATIVE", "Sesja 1"),
    ],
)
def test_a_summary_says_what_does_not_go_ahead(
    state: State, language: str, status: str, summary: str
) -> None:
    written = of_one(a_session(1, state=state), language=language)
    said = next(value for name, value in written.items() if name.startswith("SUMMARY"))
    assert (written["STATUS"], said) == (status, summary)


def test_a_text_in_another_language_than_asked_for_says_so() -> None:
    written = of_one(a_session(1, title={"en": "Rails"}, room_id=1), language="pl")
    assert written["SUMMARY;LANGUAGE=en"] == "Rails"
    assert written["LOCATION;LANGUAGE=en"] == "Room 1"


def test_the_description_holds_reason_subtitle_abstract_speakers_and_parts() -> None:
    session = a_session(
        1,
        subtitle={"en": "Subtitle"},
        abstract={"en": "First; second,\nthird"},
        reason={"en": "Train late"},
        state=State.CANCELLED,
        speakers=(Role(speaker_id=1),),
    )
    parts = (
        a_part(1, session, speakers=(Role(speaker_id=2), Role(speaker_id=3))),
        a_part(2, session, state=State.CANCELLED, reason={"en": "ill"}),
        a_part(3, session, state=State.DRAFT, title={"en": "Surprise"}),
    )
    assert of_one(dataclasses.replace(session, parts=parts))["DESCRIPTION"] == (
        "Train late\\n\\nSubtitle\\n\\nFirst\\; second\\,\\nthird\\n\\nŁucja 1\\n\\n"
        "09:00–09:10 Part 1 – Łucja 2\\, Łucja 3\\n09:00–09:10 CANCELLED: Part 2 – ill"
    )


def test_a_reason_is_told_only_while_it_applies() -> None:
    assert "DESCRIPTION" not in of_one(a_session(1, reason={"en": "Train late"}))


def test_only_listed_speakers_are_named() -> None:
    people = (
        a_speaker(1, organisation="Politechnika"),
        a_speaker(2, listed=False),
    )
    roles = tuple(Role(speaker_id=number) for number in (1, 2))
    agenda = an_agenda(sessions=(a_session(1, speakers=roles),), speakers=people)
    assert "DESCRIPTION:Łucja 1 (Politechnika)" in lines_of(agenda)


def test_the_location_names_room_and_venue_and_where_it_is() -> None:
    venue = Venue(id=1, name={"en": "Expo"}, latitude=50_110_432, longitude=-1)
    room = Room(id=1, guid=guid("room 1"), name={"en": "Hall, 1"}, venue_id=1)
    sessions = (a_session(1, room_id=1), a_session(2))
    written = lines_of(an_agenda(venues=(venue,), rooms=(room,), sessions=sessions))
    assert [line for line in written if line.startswith(("LOCATION", "X-EVENTDAY", "GEO"))] == [
        r"LOCATION:Hall\, 1\, Expo",
        r"X-EVENTDAY-ROOM:Hall\, 1",
        "GEO:50.110432;-0.000001",
        "LOCATION:Expo",
        "X-EVENTDAY-ROOM:",
        "GEO:50.110432;-0.000001",
    ]


def test_an_address_is_written_as_a_uri() -> None:
    session = a_session(1, url="https://example.org/ż;a")
    assert of_one(session)["URL"] == "https://example.org/%C5%BC;a"
    relative = of_one(a_session(1, url="s/1"), base_url="https://example.org/demo")
    assert relative["URL"] == "https://example.org/demo/s/1"


def test_drafts_are_never_written_and_the_private_only_on_request() -> None:
    sessions = (
        a_session(1),
        a_session(2, state=State.DRAFT),
        a_session(3, visibility=("vip",)),
        a_session(4, state=State.CANCELLED),
    )
    agenda = an_agenda(sessions=sessions)

    def written(**options: Any) -> list[str]:
        return [line[4:] for line in lines_of(agenda, **options) if line.startswith("UID:")]

    assert written() == [guid("session 1"), guid("session 4")]
    assert written(public=False) == [guid(f"session {number}") for number in (1, 3, 4)]


# There and back


@given(agenda=agendas(), language=st.sampled_from(["en", "pl", "no", "zh-Hant"]))
def test_every_calendar_is_well_formed_and_means_the_agenda(agenda: Agenda, language: str) -> None:
    data = write(agenda, language=language, base_url="https://example.org")
    assert data == write(agenda, language=language, base_url="https://example.org")
    for line in data.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(line) <= 75
        assert not re.search(rb"[\x00-\x08\n-\x1f\x7f]", line)
        line.decode()
    entries = entries_of(data)
    published = published_of(agenda)
    best = pick({tag: tag for tag in agenda.event.languages}, [language])[0]
    languages = [best, *agenda.event.languages]
    assert [str(entry["UID"]) for entry in entries] == [session.guid for session in published]
    # Moments in two zones never compare equal while the clock of one shows a time twice.
    starts = [entry["DTSTART"].dt.timestamp() for entry in entries]
    ends = [entry["DTEND"].dt.timestamp() for entry in entries]
    assert starts == [session.starts_at.timestamp() for session in published]
    assert ends == [session.ends_at.timestamp() for session in published]
    for entry, session in zip(entries, published, strict=True):
        title = pick(session.title, languages)[0]
        assert str(entry["SUMMARY"]).endswith(title)
        assert str(entry["DTSTAMP"].dt) == str(entry["LAST-MODIFIED"].dt)
        assert "LOCATION" in entry


def published_of(agenda: Agenda) -> list[Session]:
    sessions = [session for session in agenda.sessions if session.visibility == ("public",)]
    return [session for session in sessions if session.state is not State.DRAFT]


@given(agenda=agendas(), language=st.sampled_from(["en", "pl", "no", "zh-Hant"]))
def test_what_is_carried_comes_back_as_it_went(agenda: Agenda, language: str) -> None:
    published = published_of(agenda)
    if not published:
        return
    imported = read(write(agenda, language=language))
    assert imported.carries["session"] == {
        "title", "starts_at", "ends_at", "state", "room_id", "track_id",
    }  # fmt: skip
    assert imported.agenda.event.timezone == agenda.event.timezone
    assert (
        imported.text_language == pick({tag: tag for tag in agenda.event.languages}, [language])[0]
    )
    assert not any(repair.lost for repair in imported.repairs)
    languages = [imported.text_language, *agenda.event.languages]
    for before, after in zip(published, imported.agenda.sessions, strict=True):
        words, tag = pick(before.title, languages)
        assert after.title == {tag: words}
        for field in ("guid", "starts_at", "ends_at", "state", "sequence"):
            assert getattr(after, field) == getattr(before, field)
        for field, name in (("room_id", "rooms"), ("track_id", "tracks")):
            assert names(imported.agenda, name, getattr(after, field), languages) == names(
                agenda, name, getattr(before, field), languages
            )


def names(agenda: Agenda, list_: str, id_: int | None, languages: list[str]) -> str:
    found = {item.id: item.name for item in getattr(agenda, list_)}
    return fold(pick(found.get(id_, {}), languages)[0])


@pytest.mark.parametrize("language", ["en", "pl", "de"])
def test_our_own_calendar_changes_nothing_when_it_is_imported(language: str) -> None:
    sessions = (
        a_session(1, room_id=1, track_id=1, abstract={"en": "a"}, speakers=(Role(speaker_id=1),)),
        a_session(2, state=State.CANCELLED, reason={"en": "ill"}, title={"en": "CANCELLED: x"}),
        a_session(3, room_id=2, state=State.SUSPENDED, url="s/1", source_id="x"),
        a_session(4, visibility=("vip",)),
    )
    venues = (Venue(id=1, name={"en": "Expo"}),)
    rooms = tuple(
        Room(id=n, guid=guid(f"room {n}"), name={"en": f"Hall, {n}"}, venue_id=1) for n in (1, 2)
    )
    tracks = (Track(id=1, name={"en": "Rail; road", "pl": "Szyny"}),)
    stored = tuple(dataclasses.replace(session, changed_at=OPENING) for session in sessions)
    agenda = an_agenda(sessions=stored, venues=venues, rooms=rooms, tracks=tracks)
    imported = read(write(agenda, language=language))
    assert merge(agenda, imported, at=OPENING, first_id=1000) == agenda
