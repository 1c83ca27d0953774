"""What cannot be at once."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING, a_part, a_room, a_session, an_agenda

from event.agenda.clashes import Clash, Engagement, Known, clashes, new_clashes
from event.agenda.model import Agenda, Interpretation, Role, Session, State

HOUR = timedelta(hours=1)
NOTHING = Known()


def session(number: int, hour: float, **fields: Any) -> Session:
    start = OPENING + hour * HOUR
    return a_session(number, starts_at=start, ends_at=start + HOUR, **fields)


def an_agenda_of(*sessions: Session, **fields: Any) -> Agenda:
    return an_agenda(sessions=sessions, **fields)


def test_two_in_one_room_clash_while_they_overlap() -> None:
    one = session(1, 0, room_id=1)
    assert clashes(an_agenda_of(one, session(2, 0.5, room_id=1)), NOTHING) == [
        Clash("room", (1, 2), "1")
    ]
    assert clashes(an_agenda_of(one, session(2, 1, room_id=1)), NOTHING) == []
    assert clashes(an_agenda_of(one, session(2, 0, room_id=2)), NOTHING) == []
    assert clashes(an_agenda_of(session(1, 0), session(2, 0)), NOTHING) == []


@pytest.mark.parametrize("state", [State.CANCELLED, State.DRAFT])
def test_what_does_not_take_place_takes_up_nothing(state: State) -> None:
    gone = session(2, 0, room_id=1, state=state)
    assert clashes(an_agenda_of(session(1, 0, room_id=1), gone), NOTHING) == []


def test_a_speaker_cannot_be_in_two_places_but_is_free_after_their_part() -> None:
    ada = (Role(speaker_id=1),)
    one, other = session(1, 0, speakers=ada), session(2, 0.5)
    late = a_part(22, other, speakers=ada)
    assert clashes(an_agenda_of(one, dataclasses.replace(other, parts=(late,))), NOTHING) == [
        Clash("speaker", (1, 2), "1")
    ]
    early = dataclasses.replace(
        one, speakers=(), parts=(a_part(11, one, speakers=ada),)
    )  # the first ten minutes
    with_part = dataclasses.replace(other, parts=(late,))
    assert clashes(an_agenda_of(early, with_part), NOTHING) == []
    cancelled = dataclasses.replace(late, state=State.CANCELLED)
    with_none = dataclasses.replace(other, parts=(cancelled,))
    assert clashes(an_agenda_of(one, with_none), NOTHING) == []


def test_interpreters_clash_when_more_are_needed_at_once_than_before() -> None:
    polish = (Interpretation(language="pl"),)
    one, other = (session(n, 2 * n, interpretation=polish) for n in (1, 2))
    third = session(3, 2, interpretation=(Interpretation(language="pl", kind="sign"),))
    before = an_agenda_of(one, other, third)
    at_once = dataclasses.replace(other, starts_at=one.starts_at, ends_at=one.ends_at)
    after = an_agenda_of(one, at_once, third)
    assert new_clashes(before, after, NOTHING) == [Clash("interpreter", (1, 2), "pl speech")]
    # As many at once as there were: the same teams, elsewhere.
    swapped = an_agenda_of(
        dataclasses.replace(one, starts_at=third.starts_at + HOUR, ends_at=third.ends_at + HOUR),
        dataclasses.replace(other, starts_at=third.starts_at + HOUR, ends_at=third.ends_at + HOUR),
    )
    assert new_clashes(after, swapped, NOTHING) == []


def test_a_room_may_be_too_small_for_the_places_or_the_bookings() -> None:
    rooms = (a_room(1, capacity=2),)
    agenda = an_agenda_of(session(1, 0, room_id=1), rooms=rooms)
    booked = Known(booked={1: frozenset({7, 8, 9})})
    assert clashes(agenda, booked) == [Clash("capacity", (1,), "1", 1)]
    large = an_agenda_of(session(1, 0, room_id=1, capacity=12), rooms=rooms)
    assert clashes(large, NOTHING) == [Clash("capacity", (1,), "1", 10)]
    assert new_clashes(agenda, large, booked) == [Clash("capacity", (1,), "1", 10)]
    assert new_clashes(large, agenda, booked) == []


def test_people_with_seats_in_both_or_busy_elsewhere_are_counted() -> None:
    booked = Known(
        booked={1: frozenset({7, 8}), 2: frozenset({8, 9})},
        engagements=(
            Engagement("meeting", 7, OPENING, OPENING + HOUR),
            Engagement("meeting", 7, OPENING, OPENING + HOUR),
            Engagement("travel", 9, OPENING + HOUR, OPENING + 3 * HOUR),
        ),
    )
    agenda = an_agenda_of(session(1, 0), session(2, 0.5))
    assert clashes(agenda, booked) == [
        Clash("booking", (1, 2), people=1),
        Clash("meeting", (1,), people=1),
        Clash("travel", (2,), people=1),
    ]


def test_a_gate_that_is_closed_by_then_is_said() -> None:
    agenda = an_agenda_of(session(1, 1))
    closed = Known(hours={1: (OPENING + 1.5 * HOUR, None)})
    assert clashes(agenda, closed) == [Clash("gate", (1,))]
    early = Known(hours={1: (None, OPENING + 1.5 * HOUR)})
    assert clashes(agenda, early) == [Clash("gate", (1,))]
    open_then = Known(hours={1: (OPENING, OPENING + 2 * HOUR)})
    assert clashes(agenda, open_then) == []
