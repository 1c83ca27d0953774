"""Doors for tests: an event with a badge key, people with codes, gates, phones that scan."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from builders import OPENING, an_agenda, publish_agenda
from sqlalchemy import Connection

from badges.code import Medium
from event.database import Database
from event.door.admit import Answer, Reading, admit
from event.door.gates import set_gate
from event.door.scans import Scan
from event.people.attendees import add_all
from event.people.codes import Signer, signer_of
from event.people.enrolment import enrol, invite
from event.people.holders import new_holders
from event.people.model import Attendee
from event.people.tokens import Sender, sender_of
from event.times import to_seconds

AT = to_seconds(OPENING)
NOW = AT * 1000
"""The opening in milliseconds."""


def an_id(number: int, *, at: int = NOW) -> str:
    """Return a UUIDv7 of a moment in milliseconds."""
    raw = f"{at:012x}7{0:03x}8{number:015x}"
    return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"


@dataclass(frozen=True, slots=True)
class Hall:
    """An event with a main door, and what signs its badges."""

    signer: Signer
    people: list[Attendee]
    blanks: list[int]

    def code(self, person: int = 0, medium: Medium = Medium.PAPER) -> str:
        """Return the code of a person's badge."""
        return self.signer.code(self.people[person], medium)


def a_hall(db: Database, folder: Path, people: Iterable[Attendee] | int = 3) -> Hall:
    """Make an event with a gate `main`, people and two blanks."""
    publish_agenda(db, an_agenda())
    if isinstance(people, int):
        people = [Attendee(id=0, guid="", surname=f"Person {n}") for n in range(people)]
    with db.write() as tx:
        signer = signer_of(tx, folder / "keys", at=AT)
        made = add_all(tx, list(people), at=AT)
        blanks = new_holders(tx, [None, None], at=AT)
        a_gate(tx)
    return Hall(signer, made, blanks)


def a_gate(tx: Connection, slug: str = "main", **values: Any) -> int:
    """Set up a gate and return its id."""
    return set_gate(tx, slug, {"name": {"en": slug}} | values).id


def a_device(db: Database, role: str = "gate", **fields: Any) -> tuple[str, str]:
    """Enrol a phone; return its UUID and its token."""
    uuid = fields.pop("uuid", None) or str(uuid4())
    at = fields.pop("at", AT)
    with db.write() as tx:
        _, token = enrol(tx, invite(tx, role=role, at=at, **fields).secret, uuid=uuid, at=at)
    return uuid, token


def a_sender(db: Database, role: str = "gate", **fields: Any) -> tuple[str, Sender]:
    """Enrol a phone; return its UUID and who it is to the outbox."""
    uuid, token = a_device(db, role, **fields)
    with db.read() as tx:
        sender = sender_of(tx, token, device=uuid, at=AT)
    assert sender is not None
    return uuid, sender


def scanned(
    tx: Connection,
    number: int,
    text: str = "",
    *,
    gate: str = "main",
    device: str = "one",
    after: float = 0,
    trusted: bool = False,
    **reading: Any,
) -> Answer:
    """Scan online, so many seconds after the opening."""
    at = NOW + round(after * 1000)
    what = Reading(id=an_id(number), text=text, **reading)
    return admit(tx, gate, what, device=device, trusted=trusted, t=at, at=at)


def verdict(answer: Answer | Scan) -> tuple[str, str]:
    """Return outcome and reason."""
    scan = answer.scan if isinstance(answer, Answer) else answer
    return scan.outcome, scan.reason
