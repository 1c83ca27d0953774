"""Small agendas and people for tests, in one line each."""

import dataclasses
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from event.agenda.importing import import_agenda
from event.agenda.model import Agenda, Event, Part, Role, Room, Session, Speaker, Track
from event.agenda.rows import LISTS
from event.database import Database
from event.formats.imported import Imported
from event.people.model import Attendee
from sync.publish import publish

NAMESPACE = UUID("11111111-1111-4111-8111-111111111111")
OPENING = datetime(2025, 6, 3, 7, 0, tzinfo=UTC)
"""09:00 in Rzeszów on the first day."""


@contextmanager
def fresh(template: Path) -> Iterator[Database]:
    """Yield a SQLite database of its own for one example of a property."""
    with tempfile.TemporaryDirectory() as folder:
        db = Database(f"sqlite:///{shutil.copy(template, folder)}")
        yield db
        db.close()


def guid(name: str) -> str:
    return str(uuid5(NAMESPACE, name))


def an_event(**fields: Any) -> Event:
    return dataclasses.replace(
        Event(
            uuid=guid("event"),
            acronym="demo2025",
            title={"en": "Demo event", "pl": "Wydarzenie demo"},
            timezone="Europe/Warsaw",
            starts_on=date(2025, 6, 3),
            ends_on=date(2025, 6, 4),
            languages=("en", "pl"),
        ),
        **fields,
    )


def a_session(number: int, **fields: Any) -> Session:
    starts_at = OPENING + timedelta(hours=number - 1)
    defaults: dict[str, Any] = {
        "id": number,
        "guid": guid(f"session {number}"),
        "title": {"en": f"Session {number}", "pl": f"Sesja {number}"},
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=45),
    }
    return Session(**(defaults | fields))


def a_part(number: int, session: Session, **fields: Any) -> Part:
    defaults: dict[str, Any] = {
        "id": number,
        "guid": guid(f"part {number}"),
        "title": {"en": f"Part {number}"},
        "starts_at": session.starts_at,
        "ends_at": session.starts_at + timedelta(minutes=10),
    }
    return Part(**(defaults | fields))


def a_room(number: int, **fields: Any) -> Room:
    return Room(
        **(
            {"id": number, "guid": guid(f"room {number}"), "name": {"en": f"Room {number}"}}
            | fields
        )
    )


def a_speaker(number: int, **fields: Any) -> Speaker:
    return Speaker(
        **({"id": number, "guid": guid(f"speaker {number}"), "name": f"Łucja {number}"} | fields)
    )


def an_agenda(count: int = 3, /, **fields: Any) -> Agenda:
    """Return an agenda of so many sessions in two rooms, with one speaker each."""
    defaults: dict[str, Any] = {
        "event": an_event(),
        "rooms": (a_room(1), a_room(2)),
        "tracks": (Track(id=1, name={"en": "Hydrogen", "pl": "Wodór"}, color="#0a7f3f"),),
        "speakers": tuple(a_speaker(n) for n in range(1, count + 1)),
        "sessions": tuple(
            a_session(n, room_id=1 + n % 2, track_id=1, speakers=(Role(speaker_id=n),))
            for n in range(1, count + 1)
        ),
    }
    return Agenda(**(defaults | fields))


def all_fields() -> dict[str, frozenset[str]]:
    """Return what a format carries that can say everything."""
    kinds = [*(kind for kind, _ in LISTS.values()), Event]
    counted = {"id", "version", "sequence", "changed_at"}
    return {
        kind.__name__.lower(): frozenset(f.name for f in dataclasses.fields(kind)) - counted
        for kind in kinds
    }


def imported(agenda: Agenda, **fields: Any) -> Imported:
    """Return an agenda as a format that can say everything would read it."""
    return Imported(**({"agenda": agenda, "carries": all_fields(), "complete": True} | fields))


def reports(imported: Imported, *, lost: bool | None = None) -> list[str]:
    """Return what was repaired, or of that what was `lost` or not."""
    return [str(r) for r in imported.repairs if lost is None or r.lost is lost]


def publish_agenda(db: Database, agenda: Agenda, *, at: datetime = OPENING) -> Agenda:
    """Import an agenda and publish it; return it with its final ids."""
    edit = partial(import_agenda, imported=imported(agenda), at=at)
    return publish(db, edit, at=at, by="organiser/test").value


def a_person(**fields: Any) -> Attendee:
    """Return an attendee who is not stored yet: Ada, unless the fields say otherwise."""
    return Attendee(**({"id": 0, "guid": "", "given_name": "Ada", "surname": "Łoś"} | fields))
