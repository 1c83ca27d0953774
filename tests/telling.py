"""An event whose people are told things, in tests."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from builders import OPENING, a_session, an_agenda, publish_agenda
from flask import Flask
from sqlalchemy import Connection, select, update

from api.deliver.courier import Courier
from event import tables
from event.database import Database
from event.people.attendees import add_all
from event.people.consents import Answer, answer
from event.people.model import Attendee, guid_of
from event.times import to_seconds
from event.told.messages import add, mark_told, messages_of
from event.told.queue import Message, take
from event.told.webhooks import register
from sync.publish import publish

AT = to_seconds(OPENING)
HALL_B = {"en": "Hall B", "pl": "Sala B"}


@dataclass(frozen=True, slots=True)
class Crowd:
    """An event where session 1 is for everyone, and people who are told of it."""

    db: Database
    people: tuple[Attendee, ...]
    rooms: tuple[int, ...]

    def move(self, minutes: int = 15, **reason: str) -> tuple[int, int]:
        """Move session 1 into Hall B, so much later; return epoch and seq."""
        row = {"room_id": self.rooms[1], "starts_at": tables.session.c.starts_at + minutes * 60}
        return self.edit(lambda tx: set_session(tx, 1, **row), reason)

    def edit(self, edit: Callable[[Connection], None], reason: Any = None) -> tuple[int, int]:
        """Publish an edit; return epoch and seq."""
        clock = publish(self.db, edit, at=OPENING, by="organiser/test", reason=reason).clock
        return clock.epoch, clock.seq


def set_session(tx: Connection, number: int, **values: Any) -> None:
    tx.execute(update(tables.session).where(tables.session.c.id == number).values(values))


def a_crowd(db: Database, *people: dict[str, Any]) -> Crowd:
    """Make the event; each of the people has the fields of an attendee, all agree to be mailed."""
    sessions = tuple(a_session(n, room_id=1, audience=audience)
                     for n, audience in ((1, ("everyone",)), (2, ("choice",))))  # fmt: skip
    agenda = replace(an_agenda(2), sessions=sessions)
    hall_b = replace(agenda.rooms[1], name=HALL_B)
    made = publish_agenda(db, replace(agenda, rooms=(agenda.rooms[0], hall_b)))
    rooms = tuple(room.id for room in made.rooms)
    with db.write() as tx:
        new = [Attendee(0, guid_of(""), **({"surname": f"P{n}"} | fields))
               for n, fields in enumerate(people)]  # fmt: skip
        added = tuple(add_all(tx, new, at=AT))
        for person in added:
            answer(tx, person.id, Answer("contact", True, "1", "en", AT, "helpdesk/test"))
    return Crowd(db, added, rooms)


def a_courier(app: Flask, **settings: Any) -> Courier:
    """Return a courier that may post to this machine."""
    service = app.extensions["eventday"]
    more = {"private": frozenset({"push", "webhook"}), "sender": "agenda@example.org"} | settings
    return Courier(replace(service, settings=replace(service.settings, **more)))


def worked(courier: Courier) -> None:
    """Let a courier work until nothing is under way."""
    while courier.tick():
        courier.wait(10)


def stands(app: Flask) -> list[tuple[str, str, str]]:
    """Return channel, state and fault of all messages."""
    with app.extensions["eventday"].db.read() as tx:
        return [(row.lane.partition("/")[0], row.state, row.fault) for row in rows(tx)]


def due_again(app: Flask) -> None:
    """Let the time pass until all that waits is due."""
    with app.extensions["eventday"].db.write() as tx:
        tx.execute(update(tables.message).values(due=0))


def made(crowd: Crowd, publish: tuple[int, int], *, mail: bool = True) -> int:
    """Make the messages of a publish; return how many there are more."""
    with crowd.db.write() as tx:
        before = len(rows(tx))
        add(tx, messages_of(tx, *publish, at=AT, real=AT, mail=mail))
        mark_told(tx, *publish)
        return len(rows(tx)) - before


def taken(tx: Any, at: int = AT, going: tuple[Message, ...] = ()) -> list[Message]:
    return take(tx, at=at, most=9, wide=9, going=going)


def a_webhook(db: Database) -> None:
    with db.write() as tx:
        register(tx, "sms", url="https://sms.example.org/", recipients="none",
                 secret="whsec_AAAA", renew=False, at=AT)  # fmt: skip


def rows(tx: Any) -> list[Any]:
    return list(tx.execute(select(tables.message).order_by(tables.message.c.id)))
