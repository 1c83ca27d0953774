"""What an import would change, told to a person before it does."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING, a_room, a_session, a_speaker, an_agenda, an_event

from event.agenda.differences import differences
from event.agenda.model import Agenda, Media, State

HOUR = timedelta(hours=1)
NOW = OPENING - timedelta(days=30)


def found(before: Agenda, after: Agenda, *, now: Any = NOW) -> list[str]:
    """Return the lines, with a mark before those that must be named."""
    return [
        f"{'!' if difference.must_be_named else ''}{difference}"
        for difference in differences(before, after, now=now)
    ]


def changed(agenda: Agenda, **fields: Any) -> Agenda:
    """Return the agenda with other fields in its first session."""
    first, *rest = agenda.sessions
    return dataclasses.replace(agenda, sessions=(dataclasses.replace(first, **fields), *rest))


def test_an_agenda_does_not_differ_from_itself() -> None:
    agenda = an_agenda()
    assert found(agenda, agenda) == []
    assert found(agenda, changed(agenda, version=7, sequence=3, changed_at=OPENING)) == []


def test_a_removal_must_be_named() -> None:
    agenda = an_agenda()
    assert found(agenda, changed(agenda, state=State.DRAFT)) == [
        "!removed session 1 “Session 1”: 2025-06-03 09:00–09:45 Room 2"
    ]


def test_a_session_that_comes_or_comes_back_is_added() -> None:
    agenda = an_agenda()
    without = dataclasses.replace(agenda, sessions=agenda.sessions[1:])
    line = ["added session 1 “Session 1”: 2025-06-03 09:00–09:45 Room 2"]
    assert found(without, agenda) == line
    assert found(changed(agenda, state=State.DRAFT), agenda) == line


def test_a_move_says_from_where_to_where() -> None:
    agenda = an_agenda()
    first = agenda.sessions[0]
    later = changed(
        agenda, starts_at=first.starts_at + HOUR, ends_at=first.ends_at + HOUR, room_id=1
    )
    assert found(agenda, later) == [
        "moved session 1 “Session 1”: 2025-06-03 09:00–09:45 Room 2 → 2025-06-03 10:00–10:45 Room 1"
    ]


@pytest.mark.parametrize(
    ("hours_before", "named"), [(25, False), (24, True), (1, True), (0, True), (-1, False)]
)
def test_a_move_of_what_starts_within_a_day_must_be_named(
    hours_before: int, *, named: bool
) -> None:
    agenda = an_agenda()
    now = OPENING - hours_before * HOUR
    (line,) = differences(agenda, changed(agenda, room_id=None), now=now)
    assert line.must_be_named is named


def test_a_move_into_the_next_day_must_be_named() -> None:
    agenda = an_agenda()
    far = changed(agenda, starts_at=OPENING + 99 * HOUR, ends_at=OPENING + 100 * HOUR)
    for before, after in ((far, agenda), (agenda, far)):
        assert [d.must_be_named for d in differences(before, after, now=OPENING - HOUR)] == [True]


def test_other_fields_are_listed_by_name() -> None:
    agenda = an_agenda()
    new = changed(agenda, capacity=3, abstract={"en": "x"}, state=State.CANCELLED, version=2)
    assert found(agenda, new) == ["changed session 1 “Session 1”: abstract, capacity, state"]


def test_a_change_of_a_draft_is_a_difference_too() -> None:
    agenda = changed(an_agenda(), state=State.DRAFT)
    assert len(found(agenda, changed(agenda, title={"en": "Other"}))) == 1
    without = dataclasses.replace(agenda, sessions=agenda.sessions[1:])
    assert len(found(without, agenda)) == 1
    assert not any(d.must_be_named for d in differences(without, agenda, now=OPENING - HOUR))


def test_everything_else_is_listed_after_the_sessions() -> None:
    agenda = an_agenda(1)
    new = dataclasses.replace(
        changed(agenda, capacity=3),
        event=an_event(title={"en": "Other"}, url="https://example.org"),
        rooms=(a_room(2, name={"pl": "Sala"}), a_room(3)),
        speakers=(a_speaker(1, organisation="PRz"),),
        tracks=(),
    )
    assert found(agenda, new) == [
        "changed session 1 “Session 1”: capacity",
        "changed event 1 “Other”: title, url",
        "changed room 2 “Sala”: name",
        "added room 3 “Room 3”",
        "removed room 1 “Room 1”",
        "removed track 1 “Hydrogen”",
        "changed speaker 1 “Łucja 1”: organisation",
    ]


def test_another_order_is_a_difference() -> None:
    agenda = an_agenda()
    assert len(found(agenda, dataclasses.replace(agenda, rooms=agenda.rooms[::-1]))) == 1


def test_bytes_that_a_reader_left_out_are_no_difference() -> None:
    picture = Media(
        id=1, kind="map", sha256="1", media_type="image/png", bytes=1, width=1, height=1,
        content=b"1",
    )  # fmt: skip
    agenda = an_agenda(0, media=(picture,))
    bare = dataclasses.replace(agenda, media=(dataclasses.replace(picture, content=None),))
    assert found(agenda, bare) == []


def test_a_session_in_a_room_of_no_known_name_is_still_told() -> None:
    agenda = Agenda(event=an_event(), sessions=(a_session(1),))
    assert found(agenda, changed(agenda, state=State.DRAFT)) == [
        "!removed session 1 “Session 1”: 2025-06-03 09:00–09:45"
    ]
