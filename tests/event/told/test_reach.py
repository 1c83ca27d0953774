"""How many of the people a publish touches have seen it."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from builders import OPENING, a_session, an_agenda, publish_agenda
from sqlalchemy import Connection, insert, update

from event import tables
from event.database import Database
from event.errors import NotFound
from event.people.attendees import add_all
from event.people.consents import Answer, answer
from event.people.model import Attendee, guid_of
from event.times import to_seconds
from event.told.reach import Reach, reach
from sync.publish import publish

AT = to_seconds(OPENING)


def moved(db: Database) -> tuple[int, int]:
    """Publish an agenda for everyone and a move; return the move's epoch and seq."""
    sessions = (a_session(1, audience=("everyone",)),)
    publish_agenda(db, replace(an_agenda(1), sessions=sessions))

    def later(tx: Connection) -> None:
        tx.execute(update(tables.session).values(starts_at=AT + 60))

    clock = publish(db, later, at=OPENING, by="organiser/test").clock
    return clock.epoch, clock.seq


def a_phone(tx: Connection, person: int, shown: tuple[int, int] | None, **fields: Any) -> None:
    uuid = str(uuid4())
    row = {"uuid": uuid, "role": "attendee", "attendee_id": person, "enrolled_at": AT}
    tx.execute(insert(tables.device), row | fields)
    if shown:
        tx.execute(insert(tables.seen), {"device": uuid, "epoch": shown[0], "seq": shown[1]})


def test_people_are_counted_once_by_the_phone_that_is_furthest(db: Database) -> None:
    epoch, seq = moved(db)
    with db.write() as tx:
        new = [Attendee(0, guid_of(""), surname=f"P{n}") for n in range(5)]
        one, two, three, four, _ = (person.id for person in add_all(tx, new, at=AT))
        a_phone(tx, one, (epoch, seq))
        a_phone(tx, one, (epoch, seq - 1))
        a_phone(tx, two, (epoch, seq - 1))
        a_phone(tx, two, (epoch - 1, seq + 5))
        a_phone(tx, three, (epoch, seq + 1))
        a_phone(tx, four, (epoch, seq), revoked_at=AT)
    with db.read() as tx:
        found = reach(tx, epoch, seq, at=AT, mail=True)
        none = {"push": 0, "mail": 0, "webhook": 0, "none": 5}
        assert found == Reach(seq, people=5, seen=2, offline=1, unreachable=2, by_channel=none)
        with pytest.raises(NotFound, match=f"no publish {seq + 1}"):
            reach(tx, epoch, seq + 1, at=AT, mail=True)


def test_who_has_no_phone_but_a_channel_is_reachable(db: Database) -> None:
    epoch, seq = moved(db)
    with db.write() as tx:
        new = [Attendee(0, guid_of(""), surname=f"P{n}", email=f"{n}@example.org") for n in "ab"]
        ada, _ = (person.id for person in add_all(tx, new, at=AT))
        answer(tx, ada, Answer("contact", True, "1", "en", AT, "helpdesk/test"))
    with db.read() as tx:
        counts = [
            (found.seen, found.offline, found.unreachable, found.by_channel["mail"])
            for mail in (True, False)
            for found in [reach(tx, epoch, seq, at=AT, mail=mail)]
        ]
    assert counts == [(0, 0, 1, 1), (0, 0, 2, 0)]
