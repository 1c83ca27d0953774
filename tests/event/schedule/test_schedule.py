"""One's own schedule: why what stands in it, what clashes, and where to be next."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING, a_part, a_room, a_session, guid
from hypothesis import given
from hypothesis import strategies as st

from event.agenda.model import Role, Session, State, Venue
from event.schedule.appointments import Appointment
from event.schedule.bookings import Booking
from event.schedule.meetings import Answer
from event.schedule.schedule import Entry, Mine, Schedule, schedule_of
from event.schedule.seats import Seat

HALL = Venue(id=1, name={"en": "Hall"}, latitude=50_037_000, longitude=22_004_000)
PLANT = Venue(id=2, name={"en": "Plant"}, latitude=50_047_000, longitude=22_004_000)
"""1,112 metres apart: 1,446 on streets, 20 minutes."""
ROOMS = (a_room(1, venue_id=1), a_room(2, venue_id=2), a_room(3))
BUSY = Mine("delegate", bookmarks=frozenset({1, 2, 3}))


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


EARLY = OPENING - minutes(60)


def a_meeting(**fields: Any) -> Appointment:
    values: dict[str, Any] = {
        "id": 1, "title": {}, "place": "12", "room_id": 1, "session_id": None,
        "starts_at": OPENING, "ends_at": OPENING + minutes(20), "state": State.CONFIRMED,
        "reason": {}, "answer": Answer.INVITED, "proposed_at": None, "others": (),
        "guid": guid("meeting"), "version": 1, "sequence": 0, "changed_at": 0,
    }  # fmt: skip
    return Appointment(**values | fields)


def plan(mine: Mine, *sessions: Session, at: Any = EARLY) -> Schedule:
    return schedule_of(mine, sessions=sessions, rooms=ROOMS, venues=(HALL, PLANT), at=at)


def clashes(found: Schedule) -> set[tuple[str, int, str, int, int]]:
    return {
        (clash.kind, entry.key[1], clash.key[0], clash.key[1], clash.minutes)
        for entry in found.entries
        for clash in entry.clashes
    }


def pairs(found: Schedule) -> set[frozenset[tuple[str, int]]]:
    return {frozenset((one.key, clash.key)) for one in found.entries for clash in one.clashes}


def two(**later: Any) -> tuple[Session, Session]:
    """Return two sessions that overlap by 15 minutes, both for whoever chooses them."""
    one = a_session(1, room_id=1)
    values = {"starts_at": OPENING + minutes(30), "ends_at": OPENING + minutes(60), "room_id": 1}
    return one, a_session(2, **values | later)


@pytest.mark.parametrize(
    ("session", "mine", "why"),
    [
        ({"audience": ("everyone",)}, {}, ("everyone",)),
        ({"audience": ("delegate", "vip")}, {}, ("category",)),
        ({"audience": ("vip",)}, {}, None),
        ({}, {"bookmarks": frozenset({1})}, ("bookmark",)),
        ({"speakers": (Role(speaker_id=7),)}, {"speakers": frozenset({7})}, ("speaking",)),
        ({"audience": ("everyone",)}, {"bookmarks": frozenset({1})}, ("everyone", "bookmark")),
        ({}, {"bookmarks": frozenset({2})}, None),
    ],
)
def test_why_a_session_stands_in_a_schedule(
    session: dict[str, Any], mine: dict[str, Any], why: tuple[str, ...] | None
) -> None:
    found = plan(Mine("delegate", **mine), a_session(1, **session))
    assert [entry.why for entry in found.entries] == ([why] if why else [])


@pytest.mark.parametrize("state", list(Seat))
def test_a_booking_stands_there_as_long_as_there_is_hope(state: Seat) -> None:
    bookings = {1: Booking(1, 1, state, 0)}
    found = plan(Mine("delegate", bookings=bookings), a_session(1))
    is_live = state in {Seat.WAITING, Seat.OFFERED, Seat.BOOKED}
    assert len(found.entries) == is_live
    assert (found.next is not None) is (state is Seat.BOOKED)


def test_entries_come_in_time_order_with_rooms_and_venues() -> None:
    mine = replace(BUSY, meetings=[a_meeting(starts_at=OPENING - minutes(30), room_id=2)])
    found = plan(mine, a_session(3), a_session(1, room_id=1))
    assert [entry.key for entry in found.entries] == [("meeting", 1), ("session", 1),
                                                      ("session", 3)]  # fmt: skip
    assert [entry.venue and entry.venue.id for entry in found.entries] == [2, 1, None]


def test_what_overlaps_clashes_on_both_sides() -> None:
    assert clashes(plan(BUSY, *two())) == {("overlap", 1, "session", 2, 0),
                                           ("overlap", 2, "session", 1, 0)}  # fmt: skip
    touching = two(starts_at=OPENING + minutes(45))
    assert clashes(plan(BUSY, *touching)) == set()


def test_what_is_cancelled_declined_or_only_waited_for_clashes_with_nothing() -> None:
    one, other = two()
    found = plan(BUSY, one, replace(other, state=State.CANCELLED))
    assert clashes(found) == set()
    assert [entry.state for entry in found.entries] == [State.CONFIRMED, State.CANCELLED]
    declined = replace(BUSY, meetings=[a_meeting(answer=Answer.DECLINED)])
    assert clashes(plan(declined, one)) == set()
    for seat, count in ((Seat.WAITING, 0), (Seat.OFFERED, 1), (Seat.BOOKED, 1)):
        mine = Mine("delegate", bookmarks=frozenset({1}), bookings={2: Booking(2, 1, seat, 0)})
        assert len(pairs(plan(mine, one, other))) == count


def test_what_is_suspended_clashes_as_it_was_planned() -> None:
    one, other = two()
    assert len(pairs(plan(BUSY, replace(one, state=State.SUSPENDED), other))) == 1


def test_moving_a_session_ends_its_clash() -> None:
    one, other = two()
    later = replace(other, starts_at=OPENING + minutes(50), ends_at=OPENING + minutes(70))
    assert clashes(plan(BUSY, one, later)) == set()


def test_a_plenary_clashes_with_what_is_chosen_and_lunch_does_not() -> None:
    one, other = two(audience=("everyone",))
    chosen = Mine("delegate", bookmarks=frozenset({1}))
    assert clashes(plan(chosen, one, other)) == set()
    plenary = replace(other, speakers=(Role(speaker_id=1),))
    assert len(pairs(plan(chosen, one, plenary))) == 1
    part = a_part(1, other, speakers=(Role(speaker_id=1),))
    assert len(pairs(plan(chosen, one, replace(other, parts=(part,))))) == 1
    # Two of them are everybody's, and nobody's choice.
    assert clashes(plan(Mine("delegate"), replace(plenary, id=1), plenary)) == set()


def test_a_meeting_in_its_break_is_no_clash_but_one_beside_it_is() -> None:
    lunch = a_session(2, audience=("everyone",), speakers=(Role(speaker_id=1),))
    lunch = replace(lunch, starts_at=OPENING, ends_at=OPENING + minutes(60))
    within = Mine("delegate", meetings=[a_meeting(session_id=2)])
    assert clashes(plan(within, lunch)) == set()
    assert len(pairs(plan(Mine("delegate", meetings=[a_meeting()]), lunch))) == 1


def test_who_speaks_in_a_part_has_to_be_there_for_it_only() -> None:
    one, other = two()
    early = a_part(1, one, speakers=(Role(speaker_id=7),))
    late = replace(early, id=2, starts_at=OPENING + minutes(35), ends_at=OPENING + minutes(45))
    speaker = Mine("delegate", speakers=frozenset({7}), bookmarks=frozenset({2}))
    for part, count in (
        (early, 0),
        (late, 1),
        (replace(late, state=State.CANCELLED), 0),
        (replace(late, starts_at=OPENING, ends_at=OPENING + minutes(10)), 0),
    ):
        found = plan(speaker, replace(one, parts=(part,)), other)
        assert len(pairs(found)) == count, part
    # Who has marked the session as well stays for all of it.
    everywhere = replace(speaker, bookmarks=frozenset({1, 2}))
    assert len(pairs(plan(everywhere, replace(one, parts=(early,)), other))) == 1


@pytest.mark.parametrize(("gap", "is_clash"), [(0, True), (19, True), (20, False)])
def test_the_way_between_venues_takes_its_time(gap: int, *, is_clash: bool) -> None:
    start = OPENING + minutes(45 + gap)
    found = plan(BUSY, *two(starts_at=start, ends_at=start + minutes(30), room_id=2))
    expected = {("travel", 1, "session", 2, 20), ("travel", 2, "session", 1, 20)}
    assert clashes(found) == (expected if is_clash else set())


def test_what_is_next_says_when_to_leave_from_where_one_is() -> None:
    one, other = two(starts_at=OPENING + minutes(90), ends_at=OPENING + minutes(120), room_id=2)
    first = plan(BUSY, one, other).next
    assert first is not None
    assert (first.entry.key, first.minutes, first.leave_at) == (("session", 1), 0, OPENING)
    then = plan(BUSY, one, other, at=OPENING + minutes(10)).next
    assert then is not None
    assert (then.entry.key, then.minutes) == (("session", 2), 20)
    assert then.leave_at == OPENING + minutes(70)
    assert plan(BUSY, one, other, at=OPENING + minutes(90)).next is None
    cancelled = replace(other, state=State.CANCELLED)
    assert plan(BUSY, one, cancelled, at=OPENING + minutes(10)).next is None


def test_of_two_that_start_together_the_chosen_one_is_next() -> None:
    everyones = a_session(1, audience=("everyone",))
    mine = Mine("delegate", bookmarks=frozenset({2}))
    found = plan(mine, everyones, replace(everyones, id=2, audience=("choice",)))
    assert found.next is not None
    assert found.next.entry.key == ("session", 2)


@st.composite
def agendas(draw: st.DrawFn) -> list[Session]:
    sessions = []
    for number in range(1, draw(st.integers(1, 7)) + 1):
        start = OPENING + minutes(draw(st.integers(0, 200)))
        end = start + minutes(draw(st.integers(1, 90)))
        state = draw(st.sampled_from([State.CONFIRMED, State.CANCELLED, State.SUSPENDED]))
        room = draw(st.sampled_from([None, 1, 2, 3]))
        made = a_session(number, starts_at=start, ends_at=end, state=state, room_id=room)
        sessions.append(made)
    return sessions


def _meet(one: Entry, other: Entry) -> bool:
    """Say by another rule whether two clash: whether the way from one to the other is too short."""
    if State.CANCELLED in (one.state, other.state):
        return False
    way = 20 if {one.of.room_id, other.of.room_id} == {1, 2} else 0
    first, second = sorted((one, other), key=lambda e: (e.starts_at, e.key))
    return first.ends_at + minutes(way) > second.starts_at


@given(agendas(), st.randoms())
def test_clashes_are_mutual_and_those_of_the_oracle(sessions: list[Session], random: Any) -> None:
    mine = Mine("delegate", bookmarks=frozenset(range(1, 8)))
    found = plan(mine, *sessions)
    expected: Iterable[Any] = (
        frozenset((one.key, other.key))
        for one in found.entries
        for other in found.entries
        if one.key < other.key and _meet(one, other)
    )
    assert pairs(found) == set(expected)
    assert all(
        any(back.key == entry.key for back in other.clashes)
        for entry in found.entries
        for clash in entry.clashes
        for other in found.entries
        if other.key == clash.key
    )
    random.shuffle(sessions)
    assert plan(mine, *sessions) == found
