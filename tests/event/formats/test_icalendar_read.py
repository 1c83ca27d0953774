"""iCalendar as it is read: what each property becomes, and what is lost with a report."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from builders import OPENING, reports
from hypothesis import given
from hypothesis import strategies as st

from event.agenda.model import Role, Session, State
from event.errors import Invalid
from event.formats.icalendar.read import read

REAL = sorted((Path(__file__).parents[4] / "shared/data/schedules").glob("*.ics"))
UID = "0b8f5c1e-94a4-4f6e-8d53-0f5f6d1c2a77"
SESSION = f"""
UID:{UID}
DTSTART:20250603T070000Z
DTEND:20250603T074500Z
SUMMARY:Hydrogen on rails
"""
UNKNOWN_ZONE = """
BEGIN:VTIMEZONE
TZID:Our own
BEGIN:DAYLIGHT
DTSTART:16010101T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:16010101T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
"""


def a_calendar(*sessions: str, head: str = "X-WR-TIMEZONE:Europe/Warsaw\n") -> bytes:
    entries = "".join(f"BEGIN:VEVENT{session}END:VEVENT\n" for session in sessions or [SESSION])
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\n{head.lstrip()}{entries}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def with_lines(*lines: str) -> str:
    """Return the session with these lines in place of its own; "DTEND-" takes one away."""
    names = {re.split("[;:]", line)[0].removesuffix("-") for line in lines}
    kept = [line for line in SESSION.strip().split("\n") if line.split(":")[0] not in names]
    return "\n" + "\n".join([*kept, *(line for line in lines if not line.endswith("-"))]) + "\n"


def one(*lines: str, head: str = "X-WR-TIMEZONE:Europe/Warsaw\n") -> Session:
    (session,) = read(a_calendar(with_lines(*lines), head=head)).agenda.sessions
    return session


def lost(*lines: str) -> list[str]:
    """Return what the report calls lost of such a session beside one that is whole."""
    other = with_lines("UID:other", *lines)
    return reports(read(a_calendar(SESSION, other)), lost=True)


def test_an_entry_becomes_a_session() -> None:
    lines = (
        r"DESCRIPTION:Trains\, tanks\nand <b>more</b> in C:\\New",
        "LOCATION:Great Hall",
        "CATEGORIES:Mobility",
        "URL:https://example.org/rails",
        "SEQUENCE:3",
    )
    imported = read(a_calendar(with_lines(*lines), head="X-WR-CALNAME:Rail days\n"), language="pl")
    agenda = imported.agenda
    (session,) = agenda.sessions
    assert session.title == {"pl": "Hydrogen on rails"}
    assert session.abstract == {"pl": "Trains, tanks\nand more in C:\\New"}
    assert (session.guid, session.source_id) == (UID, UID)
    assert (session.starts_at, session.ends_at) == (OPENING, OPENING + timedelta(minutes=45))
    assert agenda.rooms[0].name == {"pl": "Great Hall"}
    assert agenda.tracks[0].name == {"pl": "Mobility"}
    assert (session.room_id, session.track_id, session.sequence) == (1, 1, 3)
    assert session.url == "https://example.org/rails"
    assert (agenda.event.title, agenda.event.acronym) == ({"pl": "Rail days"}, "rail_days")
    assert (agenda.event.starts_on, agenda.event.ends_on) == (date(2025, 6, 3), date(2025, 6, 3))
    assert imported.carries["session"] == {
        "title", "starts_at", "ends_at", "state", "room_id", "track_id", "abstract", "url",
    }  # fmt: skip


def test_only_what_the_file_tells_is_carried() -> None:
    carried = read(a_calendar()).carries["session"]
    assert carried == {"title", "starts_at", "ends_at", "state"}


@pytest.mark.parametrize("uid", [UID, f"{UID}@example.org", f"urn:uuid:{UID.upper()}"])
def test_a_uuid_in_the_uid_is_the_guid(uid: str) -> None:
    assert one(f"UID:{uid}").guid == UID


def test_another_uid_makes_a_guid_and_is_the_source_id() -> None:
    first, again = one("UID:460@example"), one("UID:460@example", "SUMMARY:Renamed")
    assert first.source_id == "460@example"
    assert first.guid == again.guid != one("UID:461@example").guid


def test_an_entry_without_a_uid_is_kept_and_reported() -> None:
    imported = read(a_calendar(with_lines("UID-")))
    assert imported.agenda.sessions[0].source_id == ""
    assert "entry “Hydrogen on rails” 20250603T070000Z: it has no UID" in reports(imported)[1]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("CONFIRMED", State.CONFIRMED),
        ("tentative", State.TENTATIVE),
        ("CANCELLED", State.CANCELLED),
        ("BUSY", State.CONFIRMED),
    ],
)
def test_the_status_is_the_state(status: str, state: State) -> None:
    assert one(f"STATUS:{status}").state is state


def test_a_calendar_that_cancels_cancels_all() -> None:
    assert one(head="METHOD:CANCEL\n").state is State.CANCELLED


def test_a_title_keeps_its_prefix_in_a_file_of_somebody_else() -> None:
    assert one("STATUS:CANCELLED", "SUMMARY:CANCELLED: Rails").title == {"en": "CANCELLED: Rails"}


def test_private_entries_become_drafts() -> None:
    assert one("CLASS:PRIVATE").state is State.DRAFT


@pytest.mark.parametrize(
    ("start", "hour"),
    [
        ("DTSTART;TZID=Europe/London:20250603T090000", 8),
        ('DTSTART;TZID="Europe/London":20250603T090000', 8),
        ("DTSTART;TZID=GMT Standard Time:20250603T090000", 8),
        ("DTSTART;TZID=/vendor.example/20250101_1/Europe/London:20250603T090000", 8),
        ("DTSTART;TZID=Our own:20250603T090000", 7),
        ("DTSTART;TZID=Our own:20251203T090000", 8),
        ("DTSTART:20250603T090000", 7),
        ("DTSTART:20250603T090000Z", 9),
        ("DTSTART;TZID=Nowhere:20250603T090000", 7),
    ],
)
def test_a_time_is_of_its_zone_or_of_the_calendars(start: str, hour: int) -> None:
    head = "X-WR-TIMEZONE:Europe/Warsaw" + UNKNOWN_ZONE
    assert one(start, "DTEND-", "DURATION:PT1H", head=head).starts_at.hour == hour


def test_two_files_may_call_different_zones_the_same() -> None:
    for offset, hour in (("+0100", 8), ("+0500", 4)):
        zone = f"""BEGIN:VTIMEZONE
TZID:Here
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:{offset}
TZOFFSETTO:{offset}
END:STANDARD
END:VTIMEZONE
"""
        start = "DTSTART;TZID=Here:20250603T090000"
        assert one(start, "DTEND-", head=zone).starts_at.hour == hour


def test_a_rule_for_every_second_does_not_hold_the_reader_up() -> None:
    zone = UNKNOWN_ZONE.replace("FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU", "FREQ=SECONDLY")
    assert one("DTSTART;TZID=Our own:20250603T090000", "DTEND-", head=zone).starts_at.hour == 8


def test_the_zone_of_the_event_is_the_calendars_then_the_entries_then_the_given() -> None:
    berlin = with_lines("DTSTART;TZID=Europe/Berlin:20250603T090000", "DTEND-")

    def zone_of(session: str, head: str) -> str:
        return read(a_calendar(session, head=head), timezone="Asia/Tokyo").agenda.event.timezone

    assert zone_of(berlin, "X-WR-TIMEZONE:Europe/Warsaw\n") == "Europe/Warsaw"
    assert zone_of(berlin, "") == "Europe/Berlin"
    assert zone_of(SESSION, "") == "Asia/Tokyo"
    assert read(a_calendar(head="")).agenda.event.timezone == "Etc/UTC"


def test_unknown_and_missing_zones_are_reported_once() -> None:
    sessions = [
        with_lines(f"UID:{n}", f"DTSTART{zone}:20250603T0{n}0000", "DTEND-", "DURATION:PT1H")
        for n, zone in enumerate([";TZID=Nowhere", ";TZID=Nowhere", "", ""])
    ]
    assert reports(read(a_calendar(*sessions)))[1:] == [
        "file: it uses an unknown time zone “Nowhere”; took Europe/Warsaw",
        "file: some of its times name no time zone; took Europe/Warsaw",
    ]


def test_times_that_the_clocks_skip_or_repeat_are_reported() -> None:
    skipped = with_lines("DTSTART;TZID=Europe/Warsaw:20250330T023000", "DTEND-")
    imported = read(a_calendar(skipped))
    assert imported.agenda.sessions[0].starts_at == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)
    assert "is skipped when clocks go forward" in reports(imported)[1]


@pytest.mark.parametrize(
    ("duration", "minutes"),
    [("PT45M", 45), ("P1DT2H", 26 * 60), ("P1W", 7 * 24 * 60), ("-PT5M", 0)],
)
def test_a_duration_stands_for_the_end(duration: str, minutes: int) -> None:
    session = one("DTEND-", f"DURATION:{duration}")
    assert session.ends_at - session.starts_at == timedelta(minutes=minutes)


def test_an_entry_for_the_whole_day_is_lost() -> None:
    assert lost("DTSTART;VALUE=DATE:20250603", "DTEND;VALUE=DATE:20250604") == [
        "entry “Hydrogen on rails” 20250603: it lasts all day; left it out; it needs a time of day"
    ]


def test_an_entry_without_a_start_is_lost() -> None:
    assert lost("DTSTART-") == [
        "entry “Hydrogen on rails”: it has no time; left it out; it needs a time of day"
    ]


def test_of_a_series_the_first_date_is_kept_and_the_rest_lost() -> None:
    imported = read(a_calendar(with_lines("RRULE:FREQ=DAILY;COUNT=3")))
    assert imported.agenda.sessions[0].starts_at == OPENING
    assert reports(imported, lost=True) == [
        "entry “Hydrogen on rails” 20250603T070000Z: it is a series; kept its first date only"
    ]


def test_a_changed_date_of_a_series_is_a_session_of_its_own() -> None:
    first = with_lines("RECURRENCE-ID:20250603T070000Z", "SUMMARY:Moved", "LOCATION:Attic")
    later = with_lines("RECURRENCE-ID:20250604T070000Z", "DTSTART:20250604T080000Z", "DTEND-")
    master = with_lines("RRULE:FREQ=DAILY;COUNT=3")
    imported = read(a_calendar(master, first, later))
    sessions = imported.agenda.sessions
    assert "it is a series" in reports(imported, lost=True)[0]
    assert [session.title["en"] for session in sessions] == ["Moved", "Hydrogen on rails"]
    assert [session.source_id for session in sessions] == [UID, f"{UID} 20250604T070000Z"]
    assert sessions[0].guid == UID != sessions[1].guid


def test_the_last_revision_of_an_entry_counts() -> None:
    old, new = with_lines("SEQUENCE:1", "SUMMARY:Old"), with_lines("SEQUENCE:2", "SUMMARY:New")
    for sessions in ([old, new], [new, old]):
        imported = read(a_calendar(*sessions))
        assert [s.title for s in imported.agenda.sessions] == [{"en": "New"}]
        line = "entry “Old” 20250603T070000Z: the file holds a later revision; left out this one"
        assert line in reports(imported)


def test_entries_that_share_a_uid_by_mistake_are_all_kept() -> None:
    second = with_lines("DTSTART:20250603T100000Z", "DTEND:20250603T110000Z", "SUMMARY:Second")
    sessions = read(a_calendar(SESSION, second)).agenda.sessions
    assert len({session.guid for session in sessions}) == 2


def test_people_invited_by_address_are_no_speakers_and_nowhere_kept() -> None:
    lines = (
        "ATTENDEE;CN=Jan Kowalski:mailto:jan@example.org",
        "ATTENDEE;CN=jan@example.org:invalid:nomail",
        "ORGANIZER;CN=Ewa:mailto:ewa@example.org",
    )
    imported = read(a_calendar(with_lines(*lines), head="X-WR-CALNAME:ewa@example.org\n"))
    assert imported.agenda.speakers == ()
    assert "example.org" not in repr(imported)
    assert "Jan" not in repr(imported)
    assert "file: it invites people, 2 times; left them out" in reports(imported, lost=False)
    assert imported.agenda.event.title == {"en": "Imported agenda"}


def test_who_is_named_without_an_address_is_a_speaker() -> None:
    imported = read(a_calendar(with_lines('ATTENDEE;CN="Łucja Nowak, PhD":invalid:nomail')))
    assert [speaker.name for speaker in imported.agenda.speakers] == ["Łucja Nowak, PhD"]
    assert imported.agenda.sessions[0].speakers == (Role(speaker_id=1),)
    assert "speakers" in imported.carries["session"]


def test_of_several_categories_the_first_is_the_track() -> None:
    imported = read(a_calendar(with_lines(r"CATEGORIES:Rail\, road,Energy")))
    assert [track.name for track in imported.agenda.tracks] == [{"en": "Rail, road"}]
    (line,) = reports(imported, lost=True)
    assert line.endswith(": it is in 2 categories; took the first for its track")


def test_an_address_that_is_not_on_the_web_is_lost() -> None:
    assert "“javascript:alert(1)” is no web address" in lost("URL:javascript:alert(1)")[0]


def test_the_language_is_given_or_that_of_the_product() -> None:
    head = "PRODID:-//Somebody//Something//DE\n"
    assert read(a_calendar(head=head)).text_language == "de"
    assert read(a_calendar(head=head), language="pl").text_language == "pl"
    assert read(a_calendar(head="PRODID:something\n")).text_language == "en"


def test_a_property_may_say_its_own_language() -> None:
    assert one("SUMMARY;LANGUAGE=pl:Wodór").title == {"pl": "Wodór"}


def test_a_line_folded_within_a_character_is_read() -> None:
    data = a_calendar(with_lines("SUMMARY:Łódź")).replace("Ł".encode(), b"\xc5\r\n \x81")
    assert read(data).agenda.sessions[0].title == {"en": "Łódź"}


def test_a_file_with_a_bom_or_in_windows_1252_is_read() -> None:
    data = a_calendar(with_lines("SUMMARY:Grün"))
    assert read(b"\xef\xbb\xbf" + data).agenda.sessions[0].title == {"en": "Grün"}
    imported = read(data.decode().encode("cp1252"))
    assert imported.agenda.sessions[0].title == {"en": "Grün"}
    assert "file: it is not in UTF-8; read it as Windows-1252" in reports(imported)


def test_broken_lines_and_missing_ends_are_got_over() -> None:
    data = a_calendar("\nnonsense" + SESSION, SESSION).replace(b"END:VEVENT\r\n", b"", 1)
    imported = read(data)
    assert len(imported.agenda.sessions) == 1
    assert reports(imported, lost=True) == ["file: “nonsense” is no line of a calendar; skipped it"]


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00", b"hello", b"BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT", b"BEGIN:VCALENDAR", b"END:X"],
)
def test_a_file_without_sessions_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"no calendar|No session"):
        read(data)


def test_a_calendar_without_entries_is_refused() -> None:
    head = b"BEGIN:VCALENDAR\r\nNAME:Rail days\r\nX-WR-TIMEZONE:Europe/Warsaw\r\n"
    with pytest.raises(Invalid, match="No session of the file can be kept; export it again"):
        read(head + b"END:VCALENDAR\r\n")


@given(data=st.data())
def test_a_file_with_broken_bytes_is_an_agenda_or_invalid(data: st.DataObject) -> None:
    zoned = with_lines("DTSTART;TZID=Our own:20250603T090000", "RECURRENCE-ID:20250603T090000")
    whole = bytearray(a_calendar(zoned, with_lines("DURATION:PT1H", "RRULE:X"), head=UNKNOWN_ZONE))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Invalid):
        assert read(bytes(whole)).agenda.sessions


PROPERTY = st.sampled_from([
    "UID", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "SEQUENCE", "STATUS", "BEGIN",
    "SUMMARY", "CATEGORIES", "ATTENDEE", "LOCATION", "URL", "END", "TZID", "TZOFFSETTO", "METHOD",
    "X-WR-TIMEZONE",
])  # fmt: skip
PARAMETER = st.sampled_from(
    ["", ";TZID=Our own", ";VALUE=DATE", ";CN=A", ";LANGUAGE=!", ';X="', ";="]
)
VALUE = st.text(max_size=8) | st.sampled_from(
    ["00010101T000000", "99991231T235959Z", "20250230T000000", "VEVENT", "VTIMEZONE", "STANDARD"]
)


@given(lines=st.lists(st.tuples(PROPERTY, PARAMETER, VALUE), max_size=6))
def test_whatever_the_lines_are_it_is_an_agenda_or_invalid(lines: list[tuple[str, ...]]) -> None:
    odd = "".join(f"{name}{parameter}:{value}\n" for name, parameter, value in lines)
    with suppress(Invalid):
        text = a_calendar(f"{SESSION}{odd}", SESSION, head=f"{UNKNOWN_ZONE.lstrip()}{odd}")
        assert read(text).agenda.sessions


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_a_real_calendar_is_read_whole(path: Path) -> None:
    imported = read(path.read_bytes(), timezone="Europe/Berlin")
    assert len(imported.agenda.sessions) == path.read_bytes().count(b"BEGIN:VEVENT")
    assert reports(imported, lost=True) == []
    assert "<b>" not in repr(imported.agenda)
    assert len(imported.agenda.rooms) == 4
    assert imported.text_language == "de"
