"""What a publish means to people: pure records of rows that differ."""

from typing import Any

import pytest

from event.agenda.model import State
from event.text import dump
from sync.changes import KINDS, SUBJECTS, Change, describe
from sync.feed import Difference

SESSION: dict[str, Any] = {
    "id": 1, "guid": "g", "source_id": "", "slug": "", "title": dump({"en": "One"}),
    "subtitle": "{}", "abstract": "{}", "room_id": 2, "track_id": None, "type_id": None,
    "starts_at": 1000, "ends_at": 2000, "languages": "[]", "interpretation": "[]", "links": "[]",
    "attachments": "[]", "capacity": None, "audience": dump(["choice"]), "state": "confirmed",
    "reason": "{}", "url": "", "feedback_url": "", "recording_license": "",
    "recording_optout": None, "version": 1, "sequence": 0, "changed_at": None,
}  # fmt: skip
PART: dict[str, Any] = {
    "id": 5, "guid": "p", "session_id": 1, "title": dump({"en": "Part"}), "abstract": "{}",
    "starts_at": 1100, "ends_at": 1200, "state": "confirmed", "reason": "{}",
}  # fmt: skip
ROOM: dict[str, Any] = {
    "id": 2, "guid": "r", "name": dump({"en": "Room"}), "venue_id": None, "floor": "{}",
    "capacity": None, "description": "{}", "accessibility": "{}", "position": 0,
}  # fmt: skip


def session(**fields: Any) -> Difference:
    return Difference("session", (1,), SESSION, SESSION | fields)


def part(**fields: Any) -> Difference:
    return Difference("part", (5,), PART, PART | fields)


def role(speaker: int, *, came: bool, part_id: int = 0) -> Difference:
    key = (1, part_id, speaker, "speaker")
    names = ("session_id", "part_id", "speaker_id", "role")
    row = dict(zip(names, key, strict=True)) | {"position": 0}
    return Difference("session_speaker", key, None if came else row, row if came else None)


def test_nothing_different_is_nothing_to_tell() -> None:
    assert describe([]) == []
    assert describe([session(version=2, sequence=1, changed_at=5, slug="x", reason="{}")]) == []


def test_a_move_has_only_what_moved() -> None:
    assert describe([session(starts_at=1300)]) == [
        Change("moved", "session", 1, 1, {"starts_at": 1000}, {"starts_at": 1300}, {}, ("choice",))
    ]
    assert describe([session(room_id=None)]) == [
        Change("moved", "session", 1, 1, {"room_id": 2}, {"room_id": None}, {}, ("choice",))
    ]


def test_an_edit_has_old_and_new_but_not_of_long_texts() -> None:
    (change,) = describe([session(title=dump({"en": "Two"}), abstract=dump({"en": "x" * 9000}))])
    assert (change.kind, change.old, change.new) == (
        "edited",
        {"title": {"en": "One"}, "abstract": None},
        {"title": {"en": "Two"}, "abstract": None},
    )


def test_one_session_may_have_several_records() -> None:
    found = describe([session(state="cancelled", starts_at=0, title=dump({"en": "x"}))])
    assert [change.kind for change in found] == ["cancelled", "moved", "edited"]


@pytest.mark.parametrize("old", [state for state in State if state is not State.DRAFT])
@pytest.mark.parametrize("new", [state for state in State if state is not State.DRAFT])
def test_every_change_of_state_has_a_kind(old: State, new: State) -> None:
    row = SESSION | {"state": str(old)}
    found = describe([Difference("session", (1,), row, row | {"state": str(new)})])
    assert len(found) == (old is not new)
    assert all(change.kind in KINDS for change in found)


def test_what_comes_and_goes_says_where_and_when() -> None:
    place = {"title": {"en": "One"}, "state": "confirmed", "starts_at": 1000, "ends_at": 2000,
             "room_id": 2}  # fmt: skip
    (added,) = describe([Difference("session", (1,), None, SESSION)])
    (removed,) = describe([Difference("session", (1,), SESSION, None)])
    assert (added.kind, added.new) == ("added", place)
    assert (removed.kind, removed.old) == ("removed", place)
    assert set(added.old.values()) | set(removed.new.values()) <= {None}


def test_what_hangs_on_a_session_that_comes_or_goes_has_no_record() -> None:
    for old, new in ((None, SESSION), (SESSION, None)):
        came = new is not None
        row = (None, PART) if came else (PART, None)
        found = describe(
            [
                Difference("session", (1,), old, new),
                Difference("part", (5,), *row),
                role(7, came=came),
                role(8, came=came, part_id=5),
            ]
        )
        assert [(change.kind, change.subject) for change in found] == [
            ("added" if came else "removed", "session")
        ]


def test_a_part_that_travels_along_is_silent_and_one_that_does_not_speaks() -> None:
    travels = session(starts_at=1300, ends_at=2300)
    along = part(starts_at=1400, ends_at=1500)
    assert [c.subject for c in describe([travels, along])] == ["session"]
    assert [c.subject for c in describe([travels, part(starts_at=1500, ends_at=1600)])] == [
        "session",
        "part",
    ]
    assert [(c.subject, c.session_id) for c in describe([along])] == [("part", 1)]


def test_speakers_who_come_and_go_are_one_record_a_session_or_part() -> None:
    found = describe(
        [role(9, came=True), role(8, came=True), role(7, came=False),
         role(6, came=True, part_id=5)]
    )  # fmt: skip
    assert found == [
        Change("speakers", "session", 1, 1, {"speaker_ids": [7]}, {"speaker_ids": [8, 9]}),
        Change("speakers", "part", 5, 1, {"speaker_ids": []}, {"speaker_ids": [6]}),
    ]


def test_records_come_by_subject_and_id_and_rooms_are_told_of() -> None:
    found = describe(
        [
            Difference("room", (2,), ROOM, ROOM | {"name": dump({"en": "Hall"}), "position": 4}),
            Difference("room", (1,), ROOM | {"id": 1}, None),
            session(capacity=3),
        ]
    )
    assert [(c.subject, c.subject_id, c.kind) for c in found] == [
        ("session", 1, "edited"),
        ("room", 1, "removed"),
        ("room", 2, "edited"),
    ]
    assert found[2].new == {"name": {"en": "Hall"}}
    assert all(change.subject in SUBJECTS for change in found)


def test_another_order_of_rooms_is_nothing_to_tell() -> None:
    assert describe([Difference("room", (2,), ROOM, ROOM | {"position": 1})]) == []
