"""Every dialect of schedule.json is read, and ours holds what the schema wants and no more."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING, a_session, a_speaker, an_agenda, an_event, guid, reports
from hypothesis import given
from hypothesis import strategies as st

from event.agenda.model import Link, Role, guid_of
from event.errors import Invalid
from event.formats.imported import MAX_BYTES
from event.formats.schedule.json import read, write

SCHEDULES = Path(__file__).parents[4] / "shared" / "data" / "schedules"
REAL = [
    (SCHEDULES / name, counts)
    for name, counts in {
        "pretalx_democon.json": (36, 27, 2),
        "camp2019_everything.json": (606, 282, 61),
    }.items()
    if (SCHEDULES / name).exists()
]
REQUIRED = {
    "abstract", "date", "duration", "guid", "id", "language", "links", "persons", "room", "slug",
    "start", "subtitle", "title", "track", "type", "url",
}  # fmt: skip


def a_session_of(**fields: Any) -> dict[str, Any]:
    return {
        "id": 7,
        "title": "Hydrogen",
        "date": "2025-06-03T09:00:00+02:00",
        "start": "09:00",
        "duration": "00:45",
        "room": "Aula",
    } | fields


def a_file(*sessions: object, **conference: Any) -> bytes:
    day = {"index": 1, "date": "2025-06-03", "rooms": {"Aula": sessions, "Empty": []}}
    facts = {
        "acronym": "demo2025",
        "title": "Demo",
        "start": "2025-06-03",
        "end": "2025-06-04",
        "time_zone_name": "Europe/Warsaw",
        "days": [day],
    }
    return json.dumps({"schedule": {"version": "1", "conference": facts | conference}}).encode()


def schedule(data: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(data)["schedule"]
    return found


def events(data: bytes) -> list[dict[str, Any]]:
    days = schedule(data)["conference"]["days"]
    return [event for day in days for found in day["rooms"].values() for event in found]


def test_a_frab_session_is_read_with_all_it_says() -> None:
    session = a_session_of(
        guid=guid("session"),
        slug="demo2025-7-hydrogen",
        language="pl",
        track="Energy",
        type="lecture",
        abstract="Krótko.",
        description=None,
        do_not_record=True,
        recording_license="CC0",
        persons=[{"id": 3, "public_name": "Ada", "url": "https://example.org/ada"}],
        links=["https://example.org/a", {"url": "https://example.org/b", "title": "B"}],
        attachments=[{"url": "/files/a.pdf", "title": ""}],
        answers=[{"answer": "+48 000 000 000"}],
    )
    imported = read(a_file(session, base_url="https://example.org/2025/"))
    (found,) = imported.agenda.sessions
    assert (found.guid, found.source_id, found.slug) == (
        guid("session"),
        "7",
        "demo2025-7-hydrogen",
    )
    assert (found.title, found.abstract) == ({"pl": "Hydrogen"}, {"pl": "Krótko."})
    assert (found.starts_at, found.ends_at) == (OPENING, OPENING + timedelta(minutes=45))
    assert found.links == (
        Link(url="https://example.org/a"),
        Link(url="https://example.org/b", title={"pl": "B"}),
    )
    assert found.attachments == (Link(url="https://example.org/files/a.pdf"),)
    assert (found.recording_license, found.recording_optout) == ("CC0", True)
    (speaker,) = imported.agenda.speakers
    assert (speaker.name, speaker.links) == ("Ada", (Link(url="https://example.org/ada"),))
    assert [room.name for room in imported.agenda.rooms] == [{"pl": "Aula"}]


def test_pretalx_lists_rooms_tracks_and_biographies() -> None:
    person = {"code": "ABCDEF", "id": None, "name": "Ada", "biography": "<p>Wrote &amp; read.</p>"}
    imported = read(
        a_file(
            a_session_of(persons=[person]),
            rooms=[{"name": "Aula", "guid": guid("aula"), "capacity": 0, "description": "Big"}],
            tracks=[{"name": "Energy", "color": "#0a7f3f"}],
        )
    )
    (room,) = imported.agenda.rooms
    assert (room.guid, room.capacity, room.description) == (guid("aula"), 0, {"en": "Big"})
    assert imported.agenda.tracks[0].color == "#0a7f3f"
    assert imported.agenda.speakers[0].biography == {"en": "Wrote & read."}
    assert imported.carries["room"] == {"name", "capacity", "description"}
    assert imported.carries["speaker"] == {"name", "biography"}


def test_a_name_comes_in_any_of_three_keys() -> None:
    keys = ("public_name", "name", "full_public_name")
    people = [{"id": n, key: f"Ada {n}"} for n, key in enumerate(keys, start=1)]
    imported = read(a_file(a_session_of(persons=people)))
    assert [speaker.name for speaker in imported.agenda.speakers] == ["Ada 1", "Ada 2", "Ada 3"]


def test_doubles_and_clashes_are_repaired_one_line_each() -> None:
    first = a_session_of(guid=guid("a"))
    again = first | {"date": "2025-06-03T15:00:00+02:00"}
    imported = read(a_file(first, first, again))
    assert len(imported.agenda.sessions) == 2
    assert reports(imported) == [
        "session 7 “Hydrogen”: it stands in the file twice; kept the first",
        "session 7 “Hydrogen”: its GUID is another session's; made a new one",
        "session 7 “Hydrogen”: its id 7 is used twice; gave it a new one",
    ]


def test_wrong_types_are_reported_and_left_out() -> None:
    session = a_session_of(abstract=["a"], persons={"id": 1}, links=[None, 3], room=7, slug=True)
    imported = read(a_file(session, "no session", None))
    assert len(imported.agenda.sessions) == 1
    assert [line.partition(": ")[2] for line in reports(imported)] == [
        "not all of it are sessions; left out the rest",
        "its abstract is no text; left it out",
        "its slug is no text; left it out",
        "its persons are no list; left them out",
        "its link is not on the web; left it out",
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"{", "Line 1 "),
        (b"[1,\n2", "Line 2 "),
        (b'{"a":\n"\xff"}', "Line 2 "),
        (b"[" * 200_000, "nested"),
        (b'{"schedule":' + b"9" * 5000 + b"}", "number"),
        (b"null", "no conference"),
        (b'{"schedule": [{"conference": {}}]}', "no conference"),
        (b'{"schedule": {"conference": {"days": 3}}}', "no conference"),
        (b'{"schedule": {"conference": {"days": [{"rooms": []}]}}}', "no session"),
        (b" " * (MAX_BYTES + 1) + b"{", "MB"),
    ],
    ids=range(11),
)
def test_a_file_that_cannot_be_used_is_refused_with_a_reason(data: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        read(data)


anything = st.recursive(
    st.sampled_from([None, True, -1, 10**400, 1e300, "", "x", "0", "\ud800\x00", "25:00", "<p>"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=3,
)


@given(st.dictionaries(st.sampled_from([*sorted(REQUIRED), "attachments"]), anything), anything)
def test_no_file_brings_the_reader_down(fields: dict[str, Any], other: Any) -> None:
    data = a_file(
        a_session_of(**fields), a_session_of(persons=[other], links=[other]), tracks=other
    )
    imported = read(data)
    assert len(imported.agenda.sessions) + len(imported.repairs) > 0
    meta = {"eventday": {"event": fields, "sessions": other, "names": other}}
    assert read(a_file(a_session_of(), rooms=[other], meta=meta)).agenda.sessions


def test_a_byte_order_mark_is_no_matter() -> None:
    assert read(b"\xef\xbb\xbf" + a_file(a_session_of())).agenda.sessions


def test_the_root_and_every_session_hold_what_the_schema_wants_and_no_more() -> None:
    data = write(an_agenda(), version="7")
    assert list(json.loads(data)) == ["$schema", "generator", "schedule"]
    assert json.loads(data)["generator"] == {"name": "eventday"}
    assert schedule(data)["version"] == "7"
    for event in events(data):
        assert event.keys() == REQUIRED
        assert all(isinstance(event[key], str) for key in REQUIRED - {"id", "links", "persons"})
        assert event["persons"] == [
            {"guid": guid(f"speaker {event['id']}"), "name": f"Łucja {event['id']}"}
        ]


def test_what_is_known_is_written_too() -> None:
    files = (Link(url="https://example.org/a.pdf", title={"en": "Slides"}),)
    session = a_session(1, attachments=files, recording_license="CC0", feedback_url="https://a.b/")
    (event,) = events(write(an_agenda(sessions=(session,)), version="7"))
    assert event["attachments"] == [{"url": "https://example.org/a.pdf", "title": "Slides"}]
    assert (event["recording_license"], event["do_not_record"]) == ("CC0", False)
    assert event["feedback_url"] == "https://a.b/"


def test_a_session_without_an_address_gets_one_for_others_only() -> None:
    agenda = an_agenda(1, event=an_event(url="https://example.org/2025"))
    data = write(agenda, version="7")
    assert [event["url"] for event in events(data)] == ["https://example.org/2025#session-1"]
    assert read(data).agenda.sessions[0].url == ""


@pytest.mark.parametrize(
    ("name", "kept"), [("Europe/Warsaw", True), ("Etc/UTC", True), ("EST", False)]
)
def test_a_time_zone_the_schema_does_not_take_is_in_meta(name: str, kept: bool) -> None:  # noqa: FBT001
    data = write(an_agenda(event=an_event(timezone=name)), version="7")
    assert ("time_zone_name" in schedule(data)["conference"]) is kept
    assert read(data).agenda.event.timezone == name


def test_people_of_one_name_stay_two_people() -> None:
    people = (a_speaker(1, name="Jan"), a_speaker(2, name="Jan"))
    session = a_session(1, speakers=(Role(speaker_id=1), Role(speaker_id=2)))
    again = read(write(an_agenda(sessions=(session,), speakers=people), version="7")).agenda
    assert [speaker.guid for speaker in again.speakers] == [person.guid for person in people]


if REAL:  # without the files there is no such test, not a skipped one

    @pytest.mark.parametrize(("path", "counts"), REAL, ids=lambda value: getattr(value, "stem", ""))
    def test_real_files_are_read_in_full(path: Path, counts: tuple[int, int, int]) -> None:
        agenda = read(path.read_bytes(), timezone="Europe/Berlin").agenda
        assert (len(agenda.sessions), len(agenda.speakers), len(agenda.rooms)) == counts


def test_half_a_surrogate_pair_makes_a_guid_too() -> None:
    assert guid_of("demo", "\ud800") == guid_of("demo", "?")
