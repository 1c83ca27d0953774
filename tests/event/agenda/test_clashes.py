"""What cannot be at once."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING, a_part, a_room, a_session, an_agenda
from hypothesis import given
from hypothesis import strategies as st

from event.agenda.clashes import Clash, Engagement, Known, clashes, new_clashes
from event.agenda.model import Agenda, Interpretation, Role, Session, State, Venue

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


def test_a_room_holds_whom_a_session_is_for() -> None:
    coming = Known(coming={"delegate": 5, "vip": 3})

    def too_many(*audience: str) -> int:
        plenary = session(1, 0, room_id=1, audience=audience)
        found = clashes(an_agenda_of(plenary, rooms=(a_room(1, capacity=2),)), coming)
        return sum(clash.people for clash in found)

    assert too_many("everyone") == 6
    assert too_many("vip", "press") == 1
    assert too_many("choice") == 0


def a_meeting(*people: int, hour: float = 0, **fields: Any) -> Engagement:
    start = OPENING + hour * HOUR
    return Engagement(frozenset(people), start, timedelta(minutes=30), **fields)


def test_people_who_are_expected_twice_are_counted() -> None:
    agenda = an_agenda_of(session(1, 0), session(2, 0.5), session(3, 5))
    booked = {1: frozenset({7, 8}), 2: frozenset({8, 9}), 3: frozenset({7})}
    meetings = (a_meeting(7, 8), a_meeting(7, 5, hour=0.5), a_meeting(9, hour=2))
    assert clashes(agenda, Known(booked=booked, engagements=meetings)) == [
        Clash("booking", (1, 2), people=1),
        Clash("meeting", (1,), people=2),
    ]


def test_who_speaks_is_expected_there_as_the_attendee_they_are() -> None:
    one, other = session(1, 0, speakers=(Role(speaker_id=1),)), session(2, 0.5)
    known = Known(booked={2: frozenset({7})}, speaking={1: 7}, engagements=(a_meeting(7),))
    assert clashes(an_agenda_of(one, other), known) == [
        Clash("booking", (1, 2), people=1),
        Clash("meeting", (1,), people=1),
    ]
    assert clashes(an_agenda_of(one, other), dataclasses.replace(known, speaking={})) == []


def test_a_meeting_moves_with_its_session_and_falls_out_with_it() -> None:
    lunch, talk = session(1, 0), session(2, 3)
    known = Known(booked={2: frozenset({7})}, engagements=(
        a_meeting(7, 8, hour=99, session_id=1, after=HOUR / 2),
        a_meeting(8, hour=3.25),
    ))  # fmt: skip
    before = an_agenda_of(lunch, talk)
    assert clashes(before, known) == []
    late = dataclasses.replace(lunch, starts_at=talk.starts_at, ends_at=talk.ends_at)
    assert new_clashes(before, an_agenda_of(late, talk), known) == [
        Clash("meeting", (1,), people=1),
        Clash("meeting", (1, 2), people=1),
    ]
    gone = dataclasses.replace(late, state=State.CANCELLED)
    assert new_clashes(before, an_agenda_of(gone, talk), known) == []


def test_the_way_to_another_venue_takes_its_time() -> None:
    venues = (
        Venue(id=1, name={"en": "A"}, latitude=50_037_000, longitude=22_004_000),
        Venue(id=2, name={"en": "B"}, latitude=50_047_000, longitude=22_004_000),
        Venue(id=3, name={"en": "nobody knows where"}),
    )
    rooms = tuple(a_room(n, venue_id=n) for n in (1, 2, 3))
    ada = (Role(speaker_id=1),)
    known = Known(booked={1: frozenset({7, 8}), 2: frozenset({7})}, engagements=(
        a_meeting(8, hour=1, room_id=2), a_meeting(7, hour=2.25, room_id=1)))  # fmt: skip

    def at(hour: float, room: int) -> Agenda:
        sessions = (session(1, 0, room_id=1, speakers=ada),
                    session(2, hour, room_id=room, speakers=ada))  # fmt: skip
        return an_agenda_of(*sessions, venues=venues, rooms=rooms)

    # 1.1 km are 20 minutes: attendee 7 and the speaker, and attendee 8 to their meeting.
    assert clashes(at(1.25, 2), known) == [
        Clash("travel", (1,), people=1),
        Clash("travel", (1, 2), people=2),
        Clash("travel", (2,), people=1),
    ]
    assert Clash("travel", (1, 2), people=2) not in clashes(at(1.5, 2), known)
    assert clashes(at(1, 3), known) == [Clash("travel", (1,), people=1)]


MOVES = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.sampled_from([0, 0.25, 0.5, 1, 1.25, 2]),
        st.sampled_from([None, 1, 2, 3]),
        st.sampled_from([State.CONFIRMED, State.CANCELLED, State.SUSPENDED]),
        st.sets(st.integers(1, 3), max_size=2),
        st.booleans(),
    ),
    max_size=5,
)
PEOPLE = st.frozensets(st.integers(10, 14), max_size=4)
MEETINGS = st.lists(
    st.tuples(PEOPLE, st.sampled_from([0, 0.5, 1.25]), st.sampled_from([None, 1, 2]),
              st.sampled_from([None, 1, 2])),
    max_size=3,
)  # fmt: skip


@given(MOVES, MOVES, st.dictionaries(st.integers(1, 5), PEOPLE), MEETINGS, st.integers(0, 9))
def test_what_is_touched_clashes_as_a_comparison_of_everything_says(
    first: Any, more: Any, booked: Any, meetings: Any, capacity: int
) -> None:
    venues = tuple(
        Venue(id=n, name={}, latitude=50_000_000 + n * 9_000, longitude=0) for n in (1, 2)
    )
    rooms = (a_room(1, venue_id=1), a_room(2, venue_id=2, capacity=2), a_room(3, venue_id=2))
    known = Known(booked=booked, speaking={1: 10, 2: 11}, engagements=tuple(
        a_meeting(*people, hour=hour, room_id=room, session_id=held)
        for people, hour, room, held in meetings))  # fmt: skip

    def after(moves: Any, room: Any) -> Agenda:
        polish = (Interpretation(language="pl"),)
        found = {
            number: session(number, hour, room_id=room, state=state, speakers=tuple(
                Role(speaker_id=n) for n in sorted(speakers)), interpretation=polish if pl else ())
            for number, hour, room, state, speakers, pl in moves
        }  # fmt: skip
        everything = {n: session(n, n, room_id=1) for n in range(1, 6)} | found
        return an_agenda_of(*everything.values(), venues=venues, rooms=(*rooms[:2], room))

    before, then = (
        after(first, rooms[2]),
        after([*first, *more], a_room(3, venue_id=2, capacity=capacity or None)),
    )
    old = {(c.kind, c.subject, c.sessions): c.people for c in clashes(before, known)}
    expected = [
        c for c in clashes(then, known)
        if c.kind != "interpreter" and c.people > old.get((c.kind, c.subject, c.sessions), -1)
    ]  # fmt: skip
    assert [c for c in new_clashes(before, then, known) if c.kind != "interpreter"] == expected


def test_a_gate_that_is_closed_by_then_is_said() -> None:
    agenda = an_agenda_of(session(1, 1))
    closed = Known(hours={1: (OPENING + 1.5 * HOUR, None)})
    assert clashes(agenda, closed) == [Clash("gate", (1,))]
    early = Known(hours={1: (None, OPENING + 1.5 * HOUR)})
    assert clashes(agenda, early) == [Clash("gate", (1,))]
    open_then = Known(hours={1: (OPENING, OPENING + 2 * HOUR)})
    assert clashes(agenda, open_then) == []
