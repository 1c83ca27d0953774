"""Messages are tried until they end, and nobody waits for anybody else's."""

from hypothesis import given
from hypothesis import strategies as st
from receivers import subscribed
from sqlalchemy import select
from telling import AT, a_crowd, a_webhook, made, rows, set_session, taken

from event import tables
from event.database import Database
from event.told.queue import (
    EXPIRED,
    FAILED,
    FIRST,
    GIVE_UP,
    GONE,
    HELD,
    LONGEST,
    REPLACED,
    SENT,
    WAITING,
    Outcome,
    pause,
    settle,
    take,
)
from event.told.webhooks import send_again, stand_of, undelivered

MAIL = {"email": "p@example.org"}
LATER = Outcome(WAITING, "451")


def test_what_somebody_took_nobody_else_gets_until_they_gave_it_up(db: Database) -> None:
    crowd = a_crowd(db, MAIL, MAIL, MAIL)
    made(crowd, crowd.move())
    with db.write() as tx:
        first, rest = take(tx, at=AT, most=2, wide=9), taken(tx)
        assert len({one.id for one in (*first, *rest)}) == len(first) + len(rest) == 3
        assert taken(tx, AT + HELD - 1) == []
        assert len(taken(tx, AT + HELD)) == 3


def test_a_lane_that_is_full_holds_up_no_other(db: Database) -> None:
    crowd = a_crowd(db, MAIL, MAIL, MAIL)
    a_webhook(db)
    made(crowd, crowd.move())
    with db.write() as tx:
        first = take(tx, at=AT, most=9, wide=1)
        assert [one.lane for one in first] == ["mail", "webhook/1"]
        assert take(tx, at=AT, most=9, wide=1, going=first) == []
        assert take(tx, at=AT, most=2, wide=9, going=first) == []
        assert len(take(tx, at=AT, most=9, wide=9, going=first)) == 2


def test_one_phone_is_told_one_after_the_other(db: Database) -> None:
    crowd = a_crowd(db, {})
    subscribed(db, crowd.people[0].id, "https://push.example.org/a")
    made(crowd, crowd.move())
    made(crowd, crowd.edit(lambda tx: set_session(tx, 1, state="cancelled")))
    with db.write() as tx:
        tx.execute(tables.message.update().values(state=WAITING))
        first = taken(tx)
        assert len(first) == 1
        assert taken(tx, going=tuple(first)) == []


def test_what_was_replaced_while_it_was_under_way_does_not_come_back(db: Database) -> None:
    crowd = a_crowd(db, {})
    subscribed(db, crowd.people[0].id, "https://push.example.org/a")
    made(crowd, crowd.move())
    with db.write() as tx:
        (one,) = taken(tx)
    made(crowd, crowd.move())
    with db.write() as tx:
        settle(tx, one, LATER, at=AT, spread=0.5)
        assert [row.state for row in rows(tx)] == [REPLACED, WAITING]


def test_what_failed_for_now_is_tried_later_and_given_up_after_a_day(db: Database) -> None:
    crowd = a_crowd(db, MAIL)
    made(crowd, crowd.move())
    at, tries, state = AT, 0, WAITING
    while state == WAITING:
        tries += 1
        with db.write() as tx:
            (one,) = taken(tx, at)
            settle(tx, one, LATER, at=at, spread=0.5)
            row = tx.execute(select(tables.message)).one()
            assert taken(tx, at) == []
        last, at, state = at, row.due, row.state
    assert (state, row.fault, row.attempts) == (EXPIRED, "451", tries)
    assert AT + GIVE_UP - 2 * LONGEST < last < AT + GIVE_UP
    assert 25 < tries < 45


def test_a_receiver_that_wants_rest_has_it(db: Database) -> None:
    crowd = a_crowd(db, MAIL)
    made(crowd, crowd.move())
    with db.write() as tx:
        (one,) = taken(tx)
        settle(tx, one, Outcome(WAITING, "429", after=600), at=AT, spread=0.5)
        assert taken(tx, AT + 599) == []
        assert len(taken(tx, AT + 600)) == 1


def test_what_was_sent_or_refused_for_good_is_not_tried_again(db: Database) -> None:
    crowd = a_crowd(db, MAIL)
    for state in (SENT, FAILED):
        made(crowd, crowd.move())
        with db.write() as tx:
            (one,) = taken(tx)
            settle(tx, one, Outcome(state), at=AT, spread=0.5)
            assert taken(tx, AT + GIVE_UP) == []


def test_a_phone_that_is_gone_is_forgotten_with_its_messages(db: Database) -> None:
    crowd = a_crowd(db, MAIL)
    subscribed(db, crowd.people[0].id, "https://push.example.org/a")
    made(crowd, crowd.move())
    with db.write() as tx:
        (one,) = [one for one in taken(tx) if one.subscription_id]
        settle(tx, one, Outcome(GONE, "410"), at=AT, spread=0.5)
        assert tx.execute(select(tables.subscription)).all() == []
        assert [row.lane for row in rows(tx)] == ["mail"]
    assert made(crowd, crowd.move()) == 1


def test_a_webhook_that_is_gone_is_told_again_when_an_organiser_says_so(db: Database) -> None:
    crowd = a_crowd(db, {})
    a_webhook(db)
    for minutes in (1, 2):
        made(crowd, crowd.move(minutes))
    with db.write() as tx:
        one, _ = taken(tx)
        settle(tx, one, Outcome(GONE, "410"), at=AT, spread=0.5)
        assert [(row.state, row.fault) for row in rows(tx)] == [(FAILED, "410")] * 2
        assert (stand_of(tx, 1).dead, len(undelivered(tx, 1))) == (2, 2)
    assert made(crowd, crowd.move(3)) == 0
    with db.write() as tx:
        assert send_again(tx, 1, at=AT) == 2
        assert {one.id for one in taken(tx)} == {row.id for row in rows(tx)}
    assert made(crowd, crowd.move(4)) == 1


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_pauses_grow_to_an_hour(attempts: int, spread: float) -> None:
    assert pause(attempts, spread=spread) <= 1.5 * LONGEST
    assert FIRST // 2 <= pause(0, spread=spread) <= 2 * FIRST
    assert pause(attempts + 1, spread=spread) >= pause(attempts, spread=spread)
