"""Bookings: nobody gets more than there is, and everybody gets it in turn."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from plans import AT, NOW, a_plan, line, seats
from sqlalchemy import select

from event import tables
from event.database import Database
from event.errors import Conflict, Invalid, NotFound
from event.people.attendees import change
from event.people.model import Attendee
from event.people.privacy import erase
from event.people.substitutes import substitute
from event.schedule.answers import answers_in, unanswered
from event.schedule.appointments import appointments
from event.schedule.bookings import Wish, book, bookings_of, say, swap
from event.schedule.meetings import add_meeting, meetings
from event.schedule.rules import Question, find_rule, set_rule
from event.schedule.seats import settle

QUESTION = Question("id-number", {"en": "ID number"}, keep_days=3)


def booked(db: Database, session: int, who: int, *, at: int = NOW, **fields: Any) -> str:
    with db.write() as tx:
        return str(book(tx, Wish(session, who, on=True, **fields), at=at).state)


def given_back(db: Database, session: int, who: int, *, at: int = NOW) -> None:
    with db.write() as tx:
        book(tx, Wish(session, who, on=False), at=at)


def settled(db: Database, session: int, *, at: int) -> None:
    with db.write() as tx:
        settle(tx, session, at=at)


def test_a_hundred_at_once_share_the_last_ten_places(db: Database) -> None:
    plan = a_plan(db, people=100, places=10)
    others = [Database(db.url.render_as_string(hide_password=False)) for _ in range(4)]

    def one(number: int) -> str:
        return booked(others[number % 4], plan.sessions[0], plan.people[number])

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(one, range(100)))
    for other in others:
        other.close()
    assert (found.count("booked"), found.count("waiting")) == (10, 90)
    stored = seats(db, plan.sessions[0])
    assert sorted(stored.values()).count("booked") == 10
    waiting = line(db, plan.sessions[0])
    assert len(set(waiting)) == 90
    with db.read() as tx:
        queued = tx.execute(select(tables.booking.c.queued_at).where(
            tables.booking.c.state == "waiting")).scalars().all()  # fmt: skip
    assert len(set(queued)) == 90


def test_a_seat_given_back_is_offered_to_the_next_and_an_expired_offer_moves_on(
    db: Database,
) -> None:
    plan = a_plan(db, people=4, places=1, offer_seconds=600)
    session, (one, two, three, four) = plan.sessions[0], plan.people
    early = NOW - 7_200_000
    for number, who in enumerate(plan.people):
        booked(db, session, who, at=early + number)
    assert line(db, session) == [two, three, four]
    given_back(db, session, one, at=early + 10_000)
    assert seats(db, session) == {one: "cancelled", two: "offered", three: "waiting",
                                  four: "waiting"}  # fmt: skip
    with db.read() as tx:
        (own,) = bookings_of(tx, two)
        assert own.offered_until == early // 1000 + 10 + 600
    settled(db, session, at=early // 1000 + 609)
    assert seats(db, session)[two] == "offered"
    settled(db, session, at=early // 1000 + 610)
    assert seats(db, session) == {one: "cancelled", two: "released", three: "offered",
                                  four: "waiting"}  # fmt: skip
    # Who says yes in time has it; who lost it stands at the end.
    assert booked(db, session, three, at=early + 700_000) == "booked"
    assert booked(db, session, two, at=early + 700_000) == "waiting"
    assert line(db, session) == [four, two]


def test_saying_it_again_changes_nothing(db: Database) -> None:
    plan = a_plan(db, places=1)
    session, (one, two, _) = plan.sessions[0], plan.people
    for _ in range(2):
        assert booked(db, session, one, at=NOW - 5000) == "booked"
        assert booked(db, session, two, at=NOW - 4000) == "waiting"
    with db.read() as tx:
        (own,) = bookings_of(tx, two)
        assert (own.queued_at, own.place) == (NOW - 4000, 1)


def test_without_an_offer_the_next_has_the_seat_at_once(db: Database) -> None:
    plan = a_plan(db, places=1)
    session, (one, two, three) = plan.sessions[0], plan.people
    for who in plan.people:
        booked(db, session, who, at=NOW - 5000)
    given_back(db, session, one, at=NOW - 4000)
    assert seats(db, session) == {one: "cancelled", two: "booked", three: "waiting"}


def test_more_places_move_the_line_up_and_fewer_throw_nobody_out(db: Database) -> None:
    plan = a_plan(db, places=1)
    session = plan.sessions[0]
    for who in plan.people:
        booked(db, session, who, at=NOW - 5000)
    for places, count in ((3, 3), (1, 3)):
        with db.write() as tx:
            set_rule(tx, session, {"places": places})
        settled(db, session, at=AT - 4)
        assert list(seats(db, session).values()).count("booked") == count


def test_a_session_has_its_capacity_or_no_limit(db: Database) -> None:
    plan = a_plan(db, bookable=2)
    with db.write() as tx:
        tx.execute(tables.session.update().where(tables.session.c.id == plan.sessions[0]),
                   {"capacity": 1})  # fmt: skip
    states = [booked(db, plan.sessions[0], who, at=NOW - 5000) for who in plan.people]
    assert states == ["booked", "waiting", "waiting"]
    assert {booked(db, plan.sessions[1], who) for who in plan.people} == {"booked"}


@pytest.mark.parametrize(
    ("rule", "at", "reason"),
    [
        ({"closes_at": AT - 60}, AT - 60, "closed"),
        ({"opens_at": AT - 60}, AT - 61, "not_open"),
        ({}, AT + 2700, "over"),
        ({"places": 0, "waitlist": False}, AT - 60, "full"),
    ],
)
def test_what_cannot_be_booked_is_refused_with_a_reason_and_nothing_is_kept(
    db: Database, rule: dict[str, Any], at: int, reason: str
) -> None:
    plan = a_plan(db, **rule)
    with pytest.raises(Conflict) as refused:
        booked(db, plan.sessions[0], plan.people[0], at=at * 1000)
    assert refused.value.fields == {"reason": reason}
    assert seats(db, plan.sessions[0]) == {}


def test_a_session_without_a_rule_or_cancelled_is_not_booked(db: Database) -> None:
    plan = a_plan(db)
    with pytest.raises(NotFound, match="just come"):
        booked(db, plan.sessions[1], plan.people[0])
    with db.write() as tx:
        tx.execute(tables.session.update().values(state="cancelled"))
    with pytest.raises(Conflict, match="not held"):
        booked(db, plan.sessions[0], plan.people[0])


def test_after_the_cut_off_one_may_still_leave_and_the_line_moves(db: Database) -> None:
    plan = a_plan(db, places=1, closes_at=AT - 60)
    session, (one, two, _) = plan.sessions[0], plan.people
    booked(db, session, one, at=NOW - 120_000)
    booked(db, session, two, at=NOW - 110_000)
    assert booked(db, session, one, at=NOW) == "booked"
    given_back(db, session, one, at=NOW + 1000)
    assert seats(db, session) == {one: "cancelled", two: "booked"}


def test_questions_must_be_answered_and_answers_go_with_the_seat(db: Database) -> None:
    plan = a_plan(db, questions=(QUESTION,), closes_at=AT - 60)
    session, (one, two, _) = plan.sessions[0], plan.people
    for answers in ({}, {"id-number": "  "}, {"other": "x"}):
        with pytest.raises(Invalid, match="id-number"):
            booked(db, session, one, answers=answers, at=NOW - 120_000)
    for who, said in ((one, "ABC 1"), (two, "XYZ")):
        booked(db, session, who, answers={"id-number": said, "other": "x"}, at=NOW - 120_000)
    with db.read() as tx:
        assert answers_in(tx, session) == {one: {"id-number": "ABC 1"}, two: {"id-number": "XYZ"}}
        ends = tx.execute(select(tables.booking_answer.c.delete_at)).scalars().all()
        assert set(ends) == {AT + 2700 + 3 * 86_400}
    booked(db, session, one, answers={"id-number": "ABC 2"}, at=NOW - 110_000)
    given_back(db, session, two, at=NOW - 100_000)
    # The list is with the plant: what is said too late changes nothing of it.
    booked(db, session, one, answers={"id-number": "ABC 3"}, at=NOW)
    with db.read() as tx:
        assert answers_in(tx, session) == {one: {"id-number": "ABC 2"}}


def test_two_seats_are_swapped_in_one_step_or_not_at_all(db: Database) -> None:
    plan = a_plan(db, bookable=2, places=1)
    (give, take, _), (one, two, three) = plan.sessions, plan.people
    booked(db, give, one, at=NOW - 9000)
    booked(db, give, two, at=NOW - 8000)
    booked(db, take, three, at=NOW - 8000)
    with pytest.raises(Conflict, match="you keep"), db.write() as tx:
        swap(tx, one, give, Wish(take, one, on=True), at=NOW - 7000)
    given_back(db, take, three, at=NOW - 7000)
    for _ in range(2):
        with db.write() as tx:
            given, taken = swap(tx, one, give, Wish(take, one, on=True), at=NOW - 6000)
        assert (str(given.state), str(taken.state)) == ("cancelled", "booked")
    assert seats(db, give) == {one: "cancelled", two: "booked"}
    with pytest.raises(Conflict, match="no seat there"), db.write() as tx:
        swap(tx, three, give, Wish(take, three, on=True), at=NOW - 5000)
    with pytest.raises(Invalid), db.write() as tx:
        swap(tx, one, take, Wish(take, one, on=True), at=NOW - 5000)


def test_a_swap_that_fails_leaves_no_trace(db: Database) -> None:
    plan = a_plan(db, bookable=2, places=1)
    (give, take, _), (one, two, _) = plan.sessions, plan.people
    booked(db, give, one, at=NOW - 9000)
    booked(db, take, two, at=NOW - 9000)
    with pytest.raises(Conflict), db.write() as tx:
        swap(tx, one, give, Wish(take, one, on=True), at=NOW - 5000)
    assert (seats(db, give), seats(db, take)) == ({one: "booked"}, {two: "booked"})


def test_seats_of_who_does_not_come_go_to_the_next(db: Database) -> None:
    plan = a_plan(db, people=4, places=2)
    session, (one, two, three, four) = plan.sessions[0], plan.people
    for number, who in enumerate(plan.people):
        booked(db, session, who, at=NOW - 9000 + number)
    with db.write() as tx:
        change(tx, one, {"status": "cancelled"}, at=AT)
        erase(tx, two, AT)
    settled(db, session, at=AT)
    assert seats(db, session) == {one: "released", three: "booked", four: "booked"}


def test_a_substitute_has_the_seat_and_is_asked_what_was_answered(db: Database) -> None:
    plan = a_plan(db, questions=(QUESTION,), places=1)
    session, one = plan.sessions[0], plan.people[0]
    booked(db, session, one, answers={"id-number": "ABC"}, at=NOW - 9000)
    with db.write() as tx:
        new = substitute(tx, one, Attendee(0, "", given_name="Jan"), at=AT - 5)
        settle(tx, session, at=AT - 4)
        assert answers_in(tx, session) == {}
        rule = find_rule(tx, session)
        assert unanswered(tx, new.id, [rule]) == {session: ["id-number"]}
    # Their phone says only that a seat is wanted: it stays theirs.
    with pytest.raises(Invalid, match="id-number"):
        booked(db, session, new.id)
    assert seats(db, session) == {new.id: "booked"}
    assert booked(db, session, new.id, answers={"id-number": "XYZ"}) == "booked"
    with db.read() as tx:
        assert answers_in(tx, session) == {new.id: {"id-number": "XYZ"}}
        assert unanswered(tx, new.id, [rule]) == {session: []}


def test_a_word_without_answers_from_a_phone_that_was_away_costs_nobody_their_seat(
    db: Database,
) -> None:
    plan = a_plan(db, questions=(QUESTION,), places=1)
    session, (one, two, three) = plan.sessions[0], plan.people
    for number, person in enumerate((one, two)):
        booked(db, session, person, answers={"id-number": f"N {person}"}, at=NOW - 9000 + number)
    with db.write() as tx:
        for person in plan.people:
            say(tx, Wish(session, person, on=True, t_est=NOW, item="word"), at=NOW)
    assert seats(db, session) == {one: "booked", two: "waiting", three: "refused"}
    with db.read() as tx:
        kept = {person: {"id-number": f"N {person}"} for person in (one, two)}
        assert answers_in(tx, session) == kept
        (own,) = bookings_of(tx, one)
        assert own.t_est < NOW


def test_who_is_cancelled_books_nothing(db: Database) -> None:
    plan = a_plan(db, places=3)
    session, one = plan.sessions[0], plan.people[0]
    with db.write() as tx:
        change(tx, one, {"status": "cancelled"}, at=AT)
    with pytest.raises(Conflict, match="registration is cancelled"):
        booked(db, session, one)
    assert seats(db, session) == {}
    with db.write() as tx:
        refused = say(tx, Wish(session, one, on=True, t_est=NOW, item="word"), at=NOW)
        assert refused is not None
        assert (refused.state, refused.reason) == ("refused", "not_coming")


def test_after_the_cut_off_a_substitute_answers_once_and_nobody_else(db: Database) -> None:
    plan = a_plan(db, questions=(QUESTION,), places=2, closes_at=AT)
    session, (one, two, _) = plan.sessions[0], plan.people
    for person in (one, two):
        booked(db, session, person, answers={"id-number": f"N {person}"}, at=NOW - 9000)
    with db.write() as tx:
        new = substitute(tx, one, Attendee(0, "", given_name="Jan"), at=AT + 1)
    for person in (new.id, two):
        for value in ("", "XYZ", "ABC"):
            assert (
                booked(db, session, person, answers={"id-number": value}, at=NOW + 9000) == "booked"
            )
    with db.read() as tx:
        assert answers_in(tx, session) == {
            two: {"id-number": f"N {two}"}, new.id: {"id-number": "XYZ"},
        }  # fmt: skip


def test_who_is_replaced_declines_their_meetings_and_nobody_inherits_them(db: Database) -> None:
    plan = a_plan(db)
    one, two, _ = plan.people
    with db.write() as tx:
        add_meeting(tx, {"starts_at": AT}, [one, two], guid="", at=AT)
        new = substitute(tx, one, Attendee(0, "", given_name="Jan"), at=AT + 1)
        ((met),) = meetings(tx)
        said = {guest.attendee_id: (str(guest.answer), guest.answered_at) for guest in met.guests}
        assert said == {one: ("declined", AT + 1), two: ("invited", None)}
        assert appointments(tx, new.id) == []


def test_an_older_word_changes_nothing_but_is_no_error(db: Database) -> None:
    plan = a_plan(db)
    session, one = plan.sessions[0], plan.people[0]
    with db.write() as tx:
        for t_est, on in ((NOW - 50, True), (NOW - 60, False), (NOW - 50, True)):
            found = say(tx, Wish(session, one, on, t_est=t_est, item="a"), at=NOW)
            assert found is not None
            assert str(found.state) == "booked"
        assert say(tx, Wish(plan.sessions[1], one, on=True, t_est=1, item="a"), at=NOW) is None


def test_an_offer_is_not_taken_by_what_was_said_before_it(db: Database) -> None:
    plan = a_plan(db, places=1, offer_seconds=600)
    session, (one, two, _) = plan.sessions[0], plan.people
    booked(db, session, one, at=NOW - 90_000)
    booked(db, session, two, at=NOW - 80_000)
    given_back(db, session, one, at=NOW - 60_000)
    for t_est, state in ((NOW - 70_000, "offered"), (NOW - 50_000, "booked")):
        with db.write() as tx:
            say(tx, Wish(session, two, on=True, t_est=t_est, item="a"), at=NOW)
        assert seats(db, session)[two] == state


def test_an_offer_is_taken_after_the_cut_off_without_answering_again(db: Database) -> None:
    plan = a_plan(db, questions=(QUESTION,), places=1, offer_seconds=600, closes_at=AT - 30)
    session, (one, two, _) = plan.sessions[0], plan.people
    for number, who in enumerate((one, two)):
        booked(db, session, who, answers={"id-number": "A1"}, at=NOW - 90_000 + number)
    given_back(db, session, one, at=NOW - 60_000)
    assert seats(db, session)[two] == "offered"
    with db.write() as tx:
        say(tx, Wish(session, two, on=True, t_est=NOW - 10_000, item="a"), at=NOW)
    assert seats(db, session)[two] == "booked"
    with db.read() as tx:
        assert answers_in(tx, session) == {two: {"id-number": "A1"}}
