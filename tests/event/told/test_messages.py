"""Messages are made once a publish and person, and tried until they end."""

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from telling import AT, Crowd, a_crowd

from event import tables
from event.database import Database
from event.people.consents import Answer, answer
from event.told.messages import (
    EXPIRED,
    FAILED,
    FIRST,
    GIVE_UP,
    HELD,
    LONGEST,
    SENT,
    WAITING,
    make,
    pause,
    settle,
    skip,
    take,
    untold,
)

MAIL = {"email": "p@example.org"}
NO = Answer("contact", False, "1", "en", AT, "attendee/x")


def made(crowd: Crowd, moved: tuple[int, int]) -> int:
    with crowd.db.write() as tx:
        return make(tx, *moved, at=AT, real=AT)


def test_each_person_has_one_message_however_often_they_are_made(db: Database) -> None:
    crowd = a_crowd(db, MAIL, MAIL | {"language": "pl"})
    moved = crowd.move()
    assert [made(crowd, moved), made(crowd, moved)] == [2, 0]
    with db.write() as tx:
        rows = tx.execute(select(tables.message)).all()
        assert [seq for _, seq, _ in untold(tx)] == [1]  # the agenda itself
        skip(tx, moved[0], 1)
        assert untold(tx) == []
    assert [row.attendee_id for row in rows] == [person.id for person in crowd.people]
    assert [(row.language, row.numbers) for row in rows] == [("", "[1]"), ("pl", "[1]")]


def test_nobody_is_mailed_without_an_address_or_consent_or_who_took_it_back(db: Database) -> None:
    crowd = a_crowd(db, MAIL, MAIL, MAIL, {})
    never = tables.consent.c.attendee_id == crowd.people[1].id
    with db.write() as tx:
        answer(tx, crowd.people[0].id, NO)
        tx.execute(tables.consent.delete().where(never))
    assert made(crowd, crowd.move()) == 1
    with db.write() as tx:
        assert [one.to for one in take(tx, at=AT, most=9)] == ["p@example.org"]
        answer(tx, crowd.people[2].id, NO)
        assert [one.to for one in take(tx, at=AT + HELD, most=9)] == [""]


def test_what_somebody_took_nobody_else_gets_until_they_gave_it_up(db: Database) -> None:
    crowd = a_crowd(db, MAIL, MAIL, MAIL)
    made(crowd, crowd.move())
    with db.write() as tx:
        first, rest = take(tx, at=AT, most=2), take(tx, at=AT, most=9)
        assert len({one.id for one in (*first, *rest)}) == len(first) + len(rest) == 3
        assert take(tx, at=AT + HELD - 1, most=9) == []
        assert len(take(tx, at=AT + HELD, most=9)) == 3


def test_what_failed_for_now_is_tried_later_and_given_up_after_a_day(db: Database) -> None:
    crowd = a_crowd(db, MAIL)
    made(crowd, crowd.move())
    at, tries, state = AT, 0, WAITING
    while state == WAITING:
        tries += 1
        with db.write() as tx:
            (one,) = take(tx, at=at, most=9)
            settle(tx, one, WAITING, fault="451", at=at, spread=0.5)
            row = tx.execute(select(tables.message)).one()
            assert take(tx, at=at, most=9) == []
        last, at, state = at, row.due, row.state
    assert (state, row.fault, row.attempts) == (EXPIRED, "451", tries)
    assert AT + GIVE_UP - 2 * LONGEST < last < AT + GIVE_UP
    assert 25 < tries < 45


def test_what_was_sent_or_refused_for_good_is_not_tried_again(db: Database) -> None:
    crowd = a_crowd(db, MAIL)
    for state in (SENT, FAILED):
        made(crowd, crowd.move())
        with db.write() as tx:
            (one,) = take(tx, at=AT, most=9)
            settle(tx, one, state, at=AT, spread=0.5)
            assert take(tx, at=AT + GIVE_UP, most=9) == []


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_pauses_grow_to_an_hour(attempts: int, spread: float) -> None:
    assert pause(attempts, spread=spread) <= 1.5 * LONGEST
    assert FIRST // 2 <= pause(0, spread=spread) <= 2 * FIRST
    assert pause(attempts + 1, spread=spread) >= pause(attempts, spread=spread)
