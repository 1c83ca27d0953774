"""pretalx's submissions become sessions: expanded or by id, in one slot or several."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builders import reports
from hypothesis import given
from hypothesis import strategies as st

from event.agenda.model import Link, Session, State
from event.errors import Invalid
from event.formats.imported import Imported
from event.formats.pretalx import read

REAL = sorted(
    (Path(__file__).parents[4] / "shared/data/schedules").glob("pyconfr2024_pretalx_api.json")
)
ROOM = {
    "id": 4,
    "guid": "0b8f5c1e-94a4-4f6e-8d53-0f5f6d1c2a77",
    "name": {"en": "Great Hall", "pl": "Wielka sala"},
    "description": {"en": "On the <b>first</b> floor"},
    "capacity": 200,
}
SLOT = {
    "id": 99,
    "room": ROOM,
    "start": "2025-06-03T09:00:00+02:00",
    "end": "2025-06-03T09:45:00+02:00",
    "duration": 45,
}
PERSON = {
    "code": "LUCJA1",
    "name": "Łucja Nowak",
    "email": "lucja@example.org",
    "biography": "Builds trains.",
}
SUBMISSION = {
    "code": "ABCDEF",
    "title": "Wodór na szynach",
    "speakers": [PERSON],
    "submission_type": {"id": 1, "name": {"en": "Keynote", "pl": "Wykład"}},
    "track": {"id": 2, "name": {"en": "Mobility"}, "color": "#0A7F3F"},
    "state": "confirmed",
    "abstract": "W skrócie.",
    "description": "Dużo dłużej.",
    "duration": 45,
    "slot_count": 1,
    "content_locale": "pl",
    "do_not_record": True,
    "internal_notes": "call lucja@example.org",
    "resources": [
        {"id": 1, "resource": "https://example.org/slides.pdf", "description": "Slajdy"},
        {"id": 2, "resource": "https://example.org/draft.pdf", "is_public": False},
    ],
    "slots": [SLOT],
}


def reading(document: object, timezone: str = "Europe/Warsaw", language: str = "") -> Imported:
    return read(json.dumps(document).encode(), timezone=timezone, language=language)


def one(**changes: Any) -> Session:
    (session,) = reading([SUBMISSION | changes]).agenda.sessions
    return session


def test_an_expanded_submission_comes_with_everything() -> None:
    imported = reading({"count": 1, "next": None, "results": [SUBMISSION]})
    agenda = imported.agenda
    (session,), (room,), (speaker,) = agenda.sessions, agenda.rooms, agenda.speakers
    assert session.title == {"pl": "Wodór na szynach"}
    assert session.abstract == {"pl": "W skrócie.\n\nDużo dłużej."}
    assert (session.source_id, session.state) == ("ABCDEF", State.CONFIRMED)
    assert session.starts_at == datetime(2025, 6, 3, 7, 0, tzinfo=UTC)
    assert session.ends_at == datetime(2025, 6, 3, 7, 45, tzinfo=UTC)
    assert (session.languages, session.recording_optout) == (("pl",), True)
    assert session.attachments == (
        Link(url="https://example.org/slides.pdf", title={"pl": "Slajdy"}),
    )
    assert room.name == {"en": "Great Hall", "pl": "Wielka sala"}
    assert (room.guid, room.capacity) == (ROOM["guid"], 200)
    assert room.description == {"en": "On the first floor"}
    assert (agenda.tracks[0].name, agenda.tracks[0].color) == ({"en": "Mobility"}, "#0a7f3f")
    assert agenda.types[0].name == {"en": "Keynote", "pl": "Wykład"}
    assert (speaker.name, speaker.source_id) == ("Łucja Nowak", "LUCJA1")
    assert speaker.biography == {"pl": "Builds trains."}
    assert (session.room_id, session.track_id, session.type_id) == (1, 1, 1)
    assert [role.speaker_id for role in session.speakers] == [1]
    assert reports(imported) == [
        "event: the file does not say its title; called it “Imported agenda”",
        "room Great Hall: its text is HTML; made it plain text",
    ]


def test_what_is_repaired_in_a_room_or_speaker_is_reported_once() -> None:
    person = PERSON | {"biography": "<p>Builds trains.</p>"}
    items = [SUBMISSION | {"code": code, "speakers": [person]} for code in ("A", "B")]
    assert reports(reading(items))[1:] == [
        "speaker Łucja Nowak: its text is HTML; made it plain text",
        "room Great Hall: its text is HTML; made it plain text",
    ]


def test_no_mail_address_is_kept() -> None:
    assert "@" not in repr(reading([SUBMISSION]))


def test_the_older_talks_answer_says_the_same() -> None:
    old = SUBMISSION | {
        "submission_type": {"en": "Keynote", "pl": "Wykład"},
        "track": {"en": "Mobility"},
        "slot": {
            "room_id": 4,
            "room": ROOM["name"],
            "start": "2025-06-03T07:00:00Z",
            "end": "2025-06-03T07:45:00Z",
        },
    }
    del old["slots"]
    new, agenda = reading([SUBMISSION]).agenda, reading([old]).agenda
    assert agenda.sessions == new.sessions
    assert [room.name for room in agenda.rooms] == [room.name for room in new.rooms]
    assert [type_.name for type_ in agenda.types] == [type_.name for type_ in new.types]


def test_a_dump_by_day_and_time_says_the_same() -> None:
    dump = {
        "schedule": {"2025-06-03": {"540": {"4": SUBMISSION}, "600": {}}},
        "rooms": [ROOM],
        "extra": {"2025-06-03": {"750": {"id": "lunch", "title": {"en": "Lunch"}}}},
        "speakers": {"LUCJA1": PERSON},
    }
    imported = reading(dump)
    assert imported.agenda.sessions == reading([SUBMISSION]).agenda.sessions
    assert reports(imported, lost=True) == [
        "extra: 1 of its entries stand beside the schedule; left out"
    ]


def test_ids_are_looked_up_in_the_tables_of_the_file() -> None:
    by_id = SUBMISSION | {"speakers": ["LUCJA1"], "track": 2, "submission_type": 1}
    by_id["slots"] = [SLOT | {"room": 4}]
    by_id["resources"] = []
    tables = {
        "rooms": [ROOM],
        "speakers": [PERSON],
        "tracks": [SUBMISSION["track"]],
        "submission_types": [SUBMISSION["submission_type"]],
    }
    imported = reading({"results": [by_id], **tables})
    whole = reading([SUBMISSION]).agenda
    assert imported.agenda.speakers == whole.speakers
    assert imported.agenda.tracks == whole.tracks
    assert imported.agenda.types == whole.types
    assert imported.agenda.rooms == whole.rooms
    assert reports(imported, lost=True) == []


def test_ids_without_a_table_are_lost_and_the_report_says_what_to_ask_for() -> None:
    by_id = SUBMISSION | {"speakers": ["LUCJA1"], "track": 2, "submission_type": 1}
    imported = reading([by_id])
    (session,) = imported.agenda.sessions
    assert (session.speakers, session.track_id, session.type_id) == ((), None, None)
    (line,) = reports(imported, lost=True)
    assert line.startswith("file: of some speakers, submission types, tracks it tells only ids;")
    assert "?expand=speakers,track" in line


def test_each_slot_becomes_a_session_in_the_order_of_time() -> None:
    second = SLOT | {"start": "2025-06-04T09:00:00+02:00", "end": "2025-06-04T09:45:00+02:00"}
    first, again = reading([SUBMISSION | {"slots": [second, SLOT]}]).agenda.sessions
    assert (first.source_id, again.source_id) == ("ABCDEF", "ABCDEF-2")
    assert first.starts_at < again.starts_at
    assert first.guid != again.guid


def test_slots_that_have_no_time_or_are_hidden_are_left_out() -> None:
    slots = [SLOT, SLOT | {"start": None, "end": None}]
    imported = reading([SUBMISSION | {"slots": slots, "slot_count": 2}])
    assert len(imported.agenda.sessions) == 1
    assert "only 1 of its slots have a time" in reports(imported, lost=True)[0]
    hidden = SLOT | {"is_visible": False, "start": "2025-06-05T09:00:00Z"}
    assert len(reading([SUBMISSION | {"slots": [hidden, SLOT]}]).agenda.sessions) == 1


@pytest.mark.parametrize(
    ("state", "ours"),
    [
        ("confirmed", State.CONFIRMED),
        ("accepted", State.TENTATIVE),
        ("canceled", State.CANCELLED),
        (None, State.CONFIRMED),
    ],
)
def test_a_state_of_theirs_is_one_of_ours(state: str | None, ours: State) -> None:
    assert one(state=state).state is ours


@pytest.mark.parametrize("state", ["submitted", "rejected", "withdrawn", "draft", "deleted"])
def test_what_is_not_accepted_is_left_out_and_not_lost(state: str) -> None:
    imported = reading([SUBMISSION, SUBMISSION | {"code": "GHIJKL", "state": state}])
    assert [session.source_id for session in imported.agenda.sessions] == ["ABCDEF"]
    line = f"session GHIJKL “Wodór na szynach”: it is {state}; left it out"
    assert line in reports(imported, lost=False)


@pytest.mark.parametrize(("state", "lost"), [("confirmed", True), ("canceled", False)])
def test_without_a_time_only_what_was_to_happen_is_lost(state: str, lost: bool) -> None:  # noqa: FBT001
    unscheduled = SUBMISSION | {"code": "GHIJKL", "state": state, "slots": [], "slot": None}
    imported = reading([SUBMISSION, unscheduled])
    assert len(imported.agenda.sessions) == 1
    line = "session GHIJKL “Wodór na szynach”: it has no time; left it out"
    assert line in reports(imported, lost=lost)


def test_an_end_follows_from_the_duration() -> None:
    slot = SLOT | {"end": None, "duration": None}
    assert one(slots=[slot]).ends_at == one().ends_at
    assert one(slots=[slot], duration=10**400).ends_at == one().starts_at


def test_a_page_of_several_is_reported_as_lost() -> None:
    imported = reading({"next": "https://example.org/?page=2", "results": [SUBMISSION]})
    assert "it is one page of several" in reports(imported, lost=True)[0]


def test_the_usual_language_of_the_file_is_its_language() -> None:
    imported = reading([SUBMISSION, SUBMISSION | {"code": "X", "content_locale": "de-formal"}])
    assert imported.text_language == "pl"
    assert [session.title for session in imported.agenda.sessions] == [
        {"pl": "Wodór na szynach"},
        {"de": "Wodór na szynach"},
    ]
    assert reading([SUBMISSION | {"content_locale": None}]).text_language == "en"
    assert reading([SUBMISSION], language="de").agenda.event.languages == ("de", "pl")


def test_only_what_the_answer_holds_is_carried() -> None:
    whole = reading([SUBMISSION]).carries
    assert whole["session"] >= {"attachments", "recording_optout", "abstract", "track_id"}
    assert not whole["session"] & {"guid", "source_id", "subtitle", "parts", "audience"}
    assert whole["room"] == {"name", "capacity", "description"}
    assert whole["track"] == {"name", "color"}
    lean = {k: v for k, v in SUBMISSION.items() if k not in ("resources", "do_not_record")}
    carried = reading([lean | {"track": None, "slots": [SLOT | {"room": {"en": "Hall"}}]}]).carries
    assert not carried["session"] & {"attachments", "recording_optout"}
    assert carried["room"] == {"name"}
    assert carried["track"] == {"name"}


@pytest.mark.parametrize(
    "data",
    [b"", b"nope", b"null", b"[]", b"{}", b'{"results": []}', b"[" * 100_000, b"9" * 5000],
)
def test_a_file_that_is_no_answer_is_refused_with_advice(data: bytes) -> None:
    with pytest.raises(Invalid, match="import"):
        read(data)


def test_a_file_of_nothing_but_unusable_submissions_is_refused() -> None:
    with pytest.raises(Invalid, match="it is rejected"):
        reading([SUBMISSION | {"state": "rejected"}])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from(["2025-06-03T09:00:00", "9999-12-31T23:59:59-14:00", 10**400, "\ud800"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from([*SUBMISSION, *SLOT, *ROOM, "en", "pl"]), inner),
    max_leaves=8,
)  # fmt: skip


@given(
    changes=st.dictionaries(st.sampled_from([*SUBMISSION]), JSON),
    slot=st.dictionaries(st.sampled_from([*SLOT]), JSON),
    tables=st.dictionaries(st.sampled_from(["rooms", "speakers", "tracks", "slots"]), JSON),
)
def test_whatever_the_values_are_it_is_an_agenda_or_invalid(
    changes: dict[str, Any], slot: dict[str, Any], tables: dict[str, Any]
) -> None:
    submission = SUBMISSION | {"slots": [SLOT | slot, SLOT]} | changes
    with suppress(Invalid):
        assert reading({"results": [submission], **tables}).agenda.sessions


@given(document=JSON)
def test_any_json_is_an_agenda_or_invalid(document: object) -> None:
    with suppress(Invalid):
        assert reading(document).agenda.sessions


@given(data=st.data())
def test_a_file_with_a_broken_byte_is_an_agenda_or_invalid(data: st.DataObject) -> None:
    whole = bytearray(json.dumps([SUBMISSION]).encode())
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    with suppress(Invalid):
        assert read(bytes(whole)).agenda.sessions


@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_a_real_dump_is_read_without_what_stands_beside_its_schedule(path: Path) -> None:
    imported = read(path.read_bytes(), timezone="Europe/Paris")
    agenda = imported.agenda
    assert (len(agenda.sessions), len(agenda.speakers), len(agenda.rooms)) == (68, 72, 11)
    assert agenda.event.languages == ("fr", "en")
    beside = "of its entries stand beside the schedule; left out"
    assert sorted(reports(imported, lost=True)) == [f"extra: 5 {beside}", f"sprints: 8 {beside}"]
