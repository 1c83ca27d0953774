"""Messages are made once a publish and receiver, and tried until they end."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from receivers import subscribed
from sqlalchemy import select
from telling import AT, Crowd, a_crowd, set_session

from event import tables
from event.database import Database
from event.people.consents import Answer, answer
from event.people.enrolment import revoke_device
from event.told.channels import mailbox_of
from event.told.messages import (
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
    Message,
    Outcome,
    make,
    pause,
    settle,
    skip,
    take,
    untold,
)
from event.told.webhooks import register, send_again, stand_of, undelivered

MAIL = {"email": "p@example.org"}
NO = Answer("contact", False, "1", "en", AT, "attendee/x")
LATER = Outcome(WAITING, "451")


def made(crowd: Crowd, moved: tuple[int, int], *, mail: bool = True) -> int:
    with crowd.db.write() as tx:
        return make(tx, *moved, at=AT, real=AT, mail=mail)


def taken(tx: Any, at: int = AT, going: tuple[Message, ...] = ()) -> list[Message]:
    return take(tx, at=at, most=9, wide=9, going=going)


def a_webhook(db: Database, slug: str = "sms", recipients: str = "none") -> None:
    with db.write() as tx:
        register(tx, slug, url="https://sms.example.org/", recipients=recipients,
                 secret="whsec_AAAA", renew=False, at=AT)  # fmt: skip


def rows(tx: Any) -> list[Any]:
    return list(tx.execute(select(tables.message).order_by(tables.message.c.id)))


def test_each_person_has_one_message_however_often_they_are_made(db: Database) -> None:
    crowd = a_crowd(db, MAIL, MAIL | {"language": "pl"})
    moved = crowd.move()
    assert [made(crowd, moved), made(crowd, moved)] == [2, 0]
    with db.write() as tx:
        found = rows(tx)
        assert [seq for _, seq, _ in untold(tx)] == [1]  # the agenda itself
        skip(tx, moved[0], 1)
        assert untold(tx) == []
    assert [row.attendee_id for row in found] == [person.id for person in crowd.people]
    assert [(row.language, row.numbers) for row in found] == [("", "[1]"), ("pl", "[1]")]


def test_who_has_a_mailbox_and_two_phones_has_one_message_at_each(db: Database) -> None:
    crowd = a_crowd(db, MAIL, {})
    for name in "ab":
        subscribed(db, crowd.people[0].id, f"https://push.example.org/{name}")
    a_webhook(db)
    assert made(crowd, crowd.move()) == 4
    with db.read() as tx:
        found = [(row.lane, row.attendee_id, row.topic) for row in rows(tx)]
    who, phone = crowd.people[0].id, "push/push.example.org"
    assert found == [
        ("mail", who, ""),
        (phone, who, "session-1"),
        (phone, who, "session-1"),
        ("webhook/1", None, ""),
    ]


def test_what_touches_nobody_is_told_nowhere(db: Database) -> None:
    crowd = a_crowd(db, MAIL)
    a_webhook(db)
    nobodys = crowd.edit(lambda tx: set_session(tx, 2, starts_at=AT + 60))
    assert made(crowd, nobodys) == 0


def test_without_a_mail_server_no_mails_are_made(db: Database) -> None:
    crowd = a_crowd(db, MAIL)
    assert made(crowd, crowd.move(), mail=False) == 0


def test_a_phone_that_is_locked_out_is_not_told(db: Database) -> None:
    crowd = a_crowd(db, {})
    subscribed(db, crowd.people[0].id, "https://push.example.org/a")
    with db.write() as tx:
        device = tx.execute(select(tables.device.c.id)).scalar_one()
        revoke_device(tx, device, stolen=False, at=AT)
    assert made(crowd, crowd.move()) == 0


def test_nobody_is_mailed_without_an_address_or_consent_or_who_took_it_back(db: Database) -> None:
    crowd = a_crowd(db, MAIL, MAIL, MAIL, {})
    never = tables.consent.c.attendee_id == crowd.people[1].id
    with db.write() as tx:
        answer(tx, crowd.people[0].id, NO)
        tx.execute(tables.consent.delete().where(never))
    assert made(crowd, crowd.move()) == 1
    with db.write() as tx:
        (one,) = taken(tx)
        assert mailbox_of(tx, one.attendee_id or 0) == "p@example.org"
        answer(tx, crowd.people[2].id, NO)
        assert mailbox_of(tx, one.attendee_id or 0) == ""


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


def test_six_moves_that_wait_are_one_push(db: Database) -> None:
    crowd = a_crowd(db, MAIL)
    subscribed(db, crowd.people[0].id, "https://push.example.org/a")
    for minutes in range(1, 7):
        made(crowd, crowd.move(minutes))
    with db.write() as tx:
        of_phone = [row for row in rows(tx) if row.subscription_id]
        assert [row.state for row in of_phone] == [REPLACED] * 5 + [WAITING]
        (one,) = [one for one in taken(tx) if one.subscription_id]
        assert one.id == of_phone[-1].id


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
