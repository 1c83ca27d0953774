"""Messages are made once a publish and receiver."""

from receivers import subscribed
from sqlalchemy import select
from telling import AT, a_crowd, a_webhook, made, rows, set_session, taken

from event import tables
from event.database import Database
from event.people.consents import Answer, answer
from event.people.enrolment import revoke_device
from event.told.channels import mailbox_of
from event.told.messages import add, mark_told, messages_of, untold
from event.told.queue import REPLACED, WAITING

MAIL = {"email": "p@example.org"}
NO = Answer("contact", False, "1", "en", AT, "attendee/x")


def test_each_person_has_one_message_however_often_they_are_made(db: Database) -> None:
    crowd = a_crowd(db, MAIL, MAIL | {"language": "pl"})
    moved = crowd.move()
    assert [made(crowd, moved), made(crowd, moved)] == [2, 0]
    with db.write() as tx:
        found = rows(tx)
        assert [seq for _, seq, _ in untold(tx)] == [1]  # the agenda itself
        mark_told(tx, moved[0], 1)
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


def test_an_older_publish_that_is_made_again_replaces_nothing_newer(db: Database) -> None:
    crowd = a_crowd(db, {})
    subscribed(db, crowd.people[0].id, "https://push.example.org/a")
    older, newer = crowd.move(1), crowd.move(2)
    assert [made(crowd, older), made(crowd, newer)] == [1, 1]
    with db.write() as tx:
        add(tx, messages_of(tx, *older, at=AT, real=AT, mail=True))
        assert [row.state for row in rows(tx)] == [REPLACED, WAITING]


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
