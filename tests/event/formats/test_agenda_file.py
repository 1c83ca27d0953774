"""What an agenda file may say: times, words, keys, and what is told about those that are wrong."""

from datetime import UTC, date, datetime

import pytest
from builders import a_session, an_agenda

from event.agenda.model import Interpretation, Link, Role, Session, State, Track, guid_of
from event.errors import Invalid
from event.formats.agenda_file.fields import new_key
from event.formats.agenda_yaml.read import read
from event.formats.agenda_yaml.write import write
from event.formats.imported import MAX_SESSIONS

HEAD = """\
event:
  acronym: demo2025
  title: Demo event
  timezone: Europe/Warsaw
"""


def sessions_of(text: str) -> tuple[Session, ...]:
    return read((HEAD + text).encode()).agenda.sessions


def problems_of(text: str) -> list[str]:
    """Return the lines that say what is wrong with a file."""
    with pytest.raises(Invalid) as caught:
        read(text.encode())
    return caught.value.detail.split("\n")


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2025, 6, 3, 7, 30, tzinfo=UTC), "2025-06-03 09:30"),
        (datetime(2025, 6, 3, 7, 30, 1, tzinfo=UTC), "2025-06-03T09:30:01+02:00"),
        (datetime(2025, 10, 26, 0, 30, tzinfo=UTC), "2025-10-26T02:30:00+02:00"),
        (datetime(2025, 10, 26, 1, 30, tzinfo=UTC), "2025-10-26T02:30:00+01:00"),
        (datetime(2025, 3, 30, 1, 0, tzinfo=UTC), "2025-03-30 03:00"),
    ],
)
def test_a_time_is_written_by_the_venues_clock_and_always_exact(
    moment: datetime, written: str
) -> None:
    agenda = an_agenda(0, sessions=(a_session(1, starts_at=moment, ends_at=moment),))
    assert f"starts: {written}\n" in write(agenda).decode()
    assert read(write(agenda)).agenda.sessions[0].starts_at == moment


@pytest.mark.parametrize(
    ("written", "hour", "minute"),
    [
        ("2025-06-03 09:30", 7, 30),
        ("2025-06-03T09:30", 7, 30),
        ("2025-06-03 9:30", 7, 30),
        ("2025-06-03 09:30:00", 7, 30),
        ("2025-06-03T09:30:00Z", 9, 30),
        ("2025-06-03T09:30+00:00", 9, 30),
        ("'2025-06-03 09:30'", 7, 30),
    ],
)
def test_a_time_may_be_written_in_many_ways(written: str, hour: int, minute: int) -> None:
    text = f"sessions: [{{starts: {written}, ends: 2025-06-03 12:00, title: A}}]"
    (session,) = sessions_of(text)
    assert session.starts_at == datetime(2025, 6, 3, hour, minute, tzinfo=UTC)


def test_a_time_alone_is_on_the_day_named_before() -> None:
    (session,) = sessions_of("""
sessions:
  - title: Panel
    starts: 2025-06-04 09:30
    ends: 10:30
    parts:
      - {starts: 09:35, ends: 9:50, title: Keynote}
""")
    assert session.ends_at == datetime(2025, 6, 4, 8, 30, tzinfo=UTC)
    assert session.parts[0].starts_at == datetime(2025, 6, 4, 7, 35, tzinfo=UTC)
    assert session.parts[0].ends_at == datetime(2025, 6, 4, 7, 50, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_or_repeat_is_reported() -> None:
    imported = read(
        (
            HEAD
            + """\
  starts_on: 2025-03-29
  ends_on: 2025-10-26
sessions:
  - {title: Spring, starts: 2025-03-30 02:30, ends: 04:00}
  - {title: Autumn, starts: 2025-10-26 02:30, ends: 04:00}
"""
        ).encode()
    )
    starts = [session.starts_at for session in imported.agenda.sessions]
    assert starts == [
        datetime(2025, 3, 30, 1, 30, tzinfo=UTC),
        datetime(2025, 10, 26, 0, 30, tzinfo=UTC),
    ]
    assert [(repair.what, repair.done) for repair in imported.repairs] == [
        (
            "“2025-03-30 02:30” is skipped by the clocks that night",
            "moved it forward by the hour",
        ),
        (
            "“2025-10-26 02:30” comes twice that night",
            "took the first; write an offset such as +01:00",
        ),
    ]
    assert imported.repairs[0].where == "line 8, sessions[0].starts"


def test_days_and_languages_follow_from_the_sessions_when_left_out() -> None:
    event = read(
        (
            HEAD
            + """
sessions:
  - {title: {pl: Kolacja}, starts: 2025-06-03 19:00, ends: 2025-06-04 00:30}
  - {title: Party, starts: 2025-06-04 00:30, ends: 02:00}
"""
        ).encode()
    ).agenda.event
    assert (event.starts_on, event.ends_on) == (date(2025, 6, 3), date(2025, 6, 3))
    assert event.languages == ("en", "pl")


def test_a_session_on_no_day_of_the_event_is_kept_and_reported() -> None:
    head = HEAD + "  starts_on: 2025-06-03\n  ends_on: 2025-06-04\n"
    text = "sessions: [{title: A, starts: 2052-06-03 09:00, ends: 10:00}]\n"
    imported = read((head + text).encode())
    assert len(imported.agenda.sessions) == 1
    assert [str(repair) for repair in imported.repairs] == [
        "line 7, sessions[0].starts: 2052-06-03 is no day of the event; kept it"
    ]


def test_zone_and_language_come_from_outside_when_the_file_has_none() -> None:
    data = b"event: {acronym: demo, title: Tytul, starts_on: 2025-06-03, ends_on: 2025-06-03}"
    event = read(data, timezone="Europe/Warsaw", language="pl").agenda.event
    assert (event.timezone, event.languages, event.title) == (
        "Europe/Warsaw",
        ("pl",),
        {"pl": "Tytul"},
    )


def test_words_stay_words_whatever_yaml_makes_of_them() -> None:
    titles = ["no", "10:30", "2025-06-03", "007", "0x1F", "1e3", "1_000", "12", "~5", ".inf", "<<"]
    items = "".join(
        f"  - {{title: {title}, starts: 2025-06-03 09:30, ends: 10:00}}\n" for title in titles
    )
    sessions = sessions_of(f"sessions:\n{items}")
    assert [session.title for session in sessions] == [{"en": title} for title in titles]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("title: true", "true is no text; put it in quotes if it is"),
        ("title:", "is empty; write a value (in quotes if it starts with #) or delete the line"),
        ("title: '  '", "is empty"),
        ("title: [a]", "a list stands where one text belongs"),
        ("title: {polish: a}", "“polish” is no language tag; write en, pl or pt-BR"),
        ("title: {en: [a]}", "a list stands where one text belongs"),
        ('title: "a\\0b"', "holds a control character; delete it"),
        ("starts: 3 June", "“3 June” is no time; write 2025-06-03 09:30"),
        ("starts: 2025-02-30 09:30", "“2025-02-30 09:30” is no time; write 2025-06-03 09:30"),
        ("starts: 0001-01-01 00:00", "“0001-01-01 00:00” is no time; write 2025-06-03 09:30"),
        ("starts: 2025-06-03", "“2025-06-03” is no time; write 2025-06-03 09:30"),
        ("starts: ' 2025-06-03 09:30'", "“2025-06-03 09:30” has spaces around it; delete them"),
        ("ends: 08:00", "is before the start; if it ends on another day, write that day too"),
        ("ends: 2026-06-03 08:00", "is more than 31 days after the start"),
        ("room: mian", "none of the rooms has the key “mian”; did you mean main?"),
        ("track: any", "none of the tracks has the key “any”"),
        ("capacity: many", "“many” is no whole number"),
        ("capacity: -1", "“-1” is too small"),
        ("capacity: 1.5", "“1.5” is no whole number"),
        ("capacity: 9007199254740992", "“9007199254740992” is too large"),
        ("id: 0", "“0” is too small"),
        ("state: Confirmed", "“Confirmed” is not known here; did you mean confirmed?"),
        ("recording_optout: perhaps", "“perhaps” is neither true nor false"),
        ("guid: abc", "“abc” is no GUID; delete it and one is made"),
        ("audience: []", "is empty; write everyone or choice, or a list of categories"),
        (
            "audience: [everyone, vip]",
            "everyone must stand alone, or the others would mean nothing",
        ),
        ("visibility: [vip, vip]", "names the same twice; delete one of them"),
        ("languages: [en, en]", "names the same twice; delete one of them"),
        ("speakers: [jan, {speaker: jan}]", "names the same twice; delete one of them"),
        ("parts: none", "“none” stands where the keys of a part belong"),
        ("rooom: main", "this key is unknown; did you mean room?"),
        ("zzz: 1", "this key is unknown"),
    ],
)
def test_a_wrong_value_is_refused_with_line_key_and_advice(line: str, problem: str) -> None:
    key = line.partition(":")[0]
    given = {"title": "A", "starts": "2025-06-03 09:30", "ends": "2025-06-03 10:00"}
    given.pop(key, None)
    others = "".join(f"    {name}: {value}\n" for name, value in given.items())
    text = (
        f"{HEAD}rooms: [{{key: main, name: Main}}]\nspeakers: [{{key: jan, name: Jan}}]\n"
        f"sessions:\n  - source_id: x\n{others}    {line}\n"
    )
    title, found, *rest = problems_of(text)
    assert title == "The agenda file has a problem:"
    assert rest == []
    number = text.count("\n")
    assert found.startswith(f"line {number}, sessions[0].{key}")
    assert found.partition(": ")[2].rstrip(".") == problem


def test_all_problems_are_told_at_once_up_to_twenty() -> None:
    title, *lines = problems_of(HEAD + "sessions:\n" + "  - {title: A}\n" * 15)
    assert title == "The agenda file has 30 problems:"
    assert lines[0] == "line 6, sessions[0].starts: is missing."
    assert lines[1] == "line 6, sessions[0].ends: is missing."
    assert len(lines) == 21
    assert lines[-1] == "… and 10 more."


def test_nobody_looks_for_more_than_a_hundred_problems() -> None:
    keys = "".join(f"  - {{name: A, key: a{n}}}\n" for n in range(5000))
    sessions = "  - {title: A, starts: 2025-06-03 09:30, ends: 10:00, room: b}\n" * 5000
    title, *lines = problems_of(f"{HEAD}rooms:\n{keys}sessions:\n{sessions}")
    assert title == "The agenda file has 100 problems:"
    assert lines[-1] == "… and 80 more."


def test_a_huge_number_is_refused() -> None:
    title, line = problems_of(f"{HEAD}rooms: [{{name: A, capacity: {'9' * 400}}}]")[:2]
    assert title == "The agenda file has 3 problems:"
    assert line.startswith("line 5, rooms[0].capacity: “9999")


def test_a_colour_needs_no_hash_as_yaml_takes_it_for_a_comment() -> None:
    text = HEAD + "  starts_on: 2025-06-03\n  ends_on: 2025-06-03\n"
    tracks = "tracks: [{name: A, color: '#0A7F3F'}, {name: B, color: 112233}]"
    agenda = read((text + tracks).encode()).agenda
    assert agenda.tracks == (
        Track(id=1, name={"en": "A"}, color="#0a7f3f"),
        Track(id=2, name={"en": "B"}, color="#112233"),
    )
    lines = problems_of(text + "tracks:\n  - name: A\n    color: #0a7f3f\n")
    assert lines[1].startswith("line 9, tracks[0].color: is empty;")


def test_what_is_one_needs_no_list() -> None:
    (session,) = sessions_of("""
speakers: [{name: Jan Kowalski}]
sessions:
  - title: A
    starts: 2025-06-03 09:30
    ends: 10:00
    languages: pl
    interpretation: en
    audience: vip
    speakers: {speaker: jan-kowalski, role: host}
    links: https://example.org
    attachments: {url: https://example.org/a.pdf, title: Slides}
""")
    assert session.languages == ("pl",)
    assert session.interpretation == (Interpretation(language="en"),)
    assert session.audience == ("vip",)
    assert session.speakers == (Role(speaker_id=1, role="host"),)
    assert session.links == (Link(url="https://example.org"),)
    assert session.attachments == (Link(url="https://example.org/a.pdf", title={"en": "Slides"}),)


def test_an_address_that_a_phone_must_not_follow_is_left_out() -> None:
    imported = read(
        (
            HEAD
            + """
sessions:
  - title: A
    starts: 2025-06-03 09:30
    ends: 10:00
    url: "javascript:alert(1)"
    links: [mailto:jan@example.org, www.example.org/a]
"""
        ).encode()
    )
    (session,) = imported.agenda.sessions
    assert (session.url, session.links) == ("", (Link(url="https://www.example.org/a"),))
    assert [(repair.what, repair.lost) for repair in imported.repairs] == [
        ("“mailto:jan@example.org” is no web address", True),
        ("“javascript:alert(1)” is no web address", True),
    ]


def test_a_category_that_is_nearly_everyone_is_reported() -> None:
    text = "sessions: [{title: A, starts: 2025-06-03 09:30, ends: 10:00, audience: everyon}]"
    imported = read((HEAD + text).encode())
    assert imported.agenda.sessions[0].audience == ("everyon",)
    assert "did you mean everyone?" in str(imported.repairs[0])


def test_entries_refer_to_each_other_by_keys_chosen_or_made() -> None:
    agenda = read(
        (
            HEAD
            + """
venues: [{key: aero, name: Aeropolis}]
rooms:
  - {name: Sala Główna, venue: aero}
  - {name: {en: Main Hall, pl: Sala Główna}}
  - {key: main-hall, name: Main Hall}
  - {name: Лекційна}
sessions:
  - {title: A, starts: 2025-06-03 09:30, ends: 10:00, room: sala-glowna}
  - {title: B, starts: 2025-06-03 09:30, ends: 10:00, room: main-hall}
  - {title: C, starts: 2025-06-03 09:30, ends: 10:00, room: main-hall-2}
  - {title: D, starts: 2025-06-03 09:30, ends: 10:00, room: room-4}
"""
        ).encode()
    ).agenda
    assert agenda.rooms[0].venue_id == 1
    assert [session.room_id for session in agenda.sessions] == [1, 3, 2, 4]


def test_a_missing_guid_is_made_from_acronym_and_key() -> None:
    text = "sessions: [{key: opening, title: A, starts: 2025-06-03 09:30, ends: 10:00, parts: [{title: Keynote speech, starts: 09:30, ends: 09:40}]}]"  # noqa: E501
    (session,) = sessions_of(text)
    assert session.guid == guid_of("demo2025", "session opening")
    assert session.parts[0].guid == guid_of(session.guid, "part keynote-speech")
    (moved,) = sessions_of(text.replace("09:30", "09:00").replace("title: A", "title: B"))
    assert moved.guid == session.guid


def test_a_session_without_a_key_is_known_by_its_title() -> None:
    sessions = sessions_of("""
sessions:
  - {title: Coffee, starts: 2025-06-03 09:30, ends: 10:00}
  - {title: Coffee, starts: 2025-06-03 11:30, ends: 12:00}
""")
    assert [session.guid for session in sessions] == [
        guid_of("demo2025", "session coffee"),
        guid_of("demo2025", "session coffee-2"),
    ]


def test_a_session_keeps_its_number_and_new_ones_follow() -> None:
    sessions = sessions_of("""
sessions:
  - {title: A, starts: 2025-06-03 09:30, ends: 10:00}
  - {title: B, starts: 2025-06-03 09:30, ends: 10:00, id: 7, source_id: PRETALX-1}
  - {title: C, starts: 2025-06-03 09:30, ends: 10:00}
""")
    assert [session.id for session in sessions] == [8, 7, 9]
    assert [session.source_id for session in sessions] == ["", "PRETALX-1", ""]


def test_ids_guids_and_keys_that_clash_are_refused() -> None:
    guid = "11111111-1111-4111-8111-111111111111"
    lines = problems_of(f"""{HEAD}
rooms: [{{key: a, name: A}}, {{key: a, name: B}}]
sessions:
  - {{title: A, starts: 2025-06-03 09:30, ends: 10:00, id: 7, guid: {guid}}}
  - {{title: B, starts: 2025-06-03 09:30, ends: 10:00, id: 7, guid: "{{{guid}}}"}}
""")
    advice = "; delete it in the newer entry."
    assert lines == [
        "The agenda file has 3 problems:",
        "line 6, rooms[1].key: “a” is taken; each of the rooms needs its own key.",
        f"line 9, sessions[1].guid: “{guid}” is also given at line 8, sessions[0].guid{advice}",
        f"line 9, sessions[1].id: “7” is also given at line 8, sessions[0].id{advice}",
    ]


def test_many_equal_names_get_keys_in_no_time() -> None:
    taken: dict[str, int] = {}
    keys = [new_key("Coffee break", taken, "x") for _ in range(MAX_SESSIONS)]
    assert len(set(keys)) == MAX_SESSIONS
    assert keys[-1] == f"coffee-break-{MAX_SESSIONS}"


def test_states_are_states_and_not_just_words() -> None:
    text = "sessions: [{title: A, starts: 2025-06-03 09:30, ends: 10:00, state: cancelled}]"
    assert sessions_of(text)[0].state is State.CANCELLED
