"""Consents: what people said yes or no to, to which words, when; records that are only added to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, func, select

from event.database import take_turns
from event.errors import Invalid
from event.people import attendees
from event.tables import consent
from event.text import LANGUAGE, clean

PURPOSES = ("listed", "photo", "sharing", "contact")
"""To stand in the directory, to be in pictures, to be passed to co-organisers, to be written to."""

LONGEST_VERSION = 100


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer; `text_version` names the words it was given to, in `language`."""

    purpose: str
    given: bool
    text_version: str
    language: str
    at: int
    by: str


def answer(db: Connection, attendee_id: int, said: Answer) -> None:
    """Record an answer; the same as the last one, to the same words, is not recorded again.

    Raises NotFound, and Invalid for a purpose that does not exist or words that nobody can name.
    """
    if said.purpose not in PURPOSES:
        raise Invalid(f"“{said.purpose}” is no purpose; choose one of: {', '.join(PURPOSES)}.")
    version = clean(said.text_version)
    if not version or len(version) > LONGEST_VERSION:
        raise Invalid(
            f"Name the words that were agreed to, in at most {LONGEST_VERSION} characters."
        )
    if said.language and not LANGUAGE.fullmatch(said.language):
        raise Invalid(f"“{said.language}” is not a language tag such as en or pl.")
    take_turns(db)
    attendees.find(db, attendee_id)
    last = present(db, attendee_id).get(said.purpose)
    if last and (last.given, last.text_version) == (said.given, version):
        return
    record(db, [(attendee_id, replace(said, text_version=version))])


def record(db: Connection, answers: Iterable[tuple[int, Answer]]) -> None:
    """Record answers that were checked, each of the attendee of that id."""
    rows = [
        {
            "attendee_id": attendee_id,
            "purpose": said.purpose,
            "given": int(said.given),
            "text_version": said.text_version,
            "language": said.language,
            "at": said.at,
            "by": said.by,
        }
        for attendee_id, said in answers
    ]
    if rows:
        db.execute(consent.insert(), rows)


def history(db: Connection, attendee_id: int) -> list[Answer]:
    """Return every answer of an attendee, oldest first."""
    rows = db.execute(_HISTORY, {"attendee": attendee_id})
    return [
        Answer(row.purpose, bool(row.given), row.text_version, row.language, row.at, row.by)
        for row in rows
    ]


def present(db: Connection, attendee_id: int) -> Mapping[str, Answer]:
    """Return the answers that count now, by purpose; who was never asked has none."""
    return {said.purpose: said for said in history(db, attendee_id)}


def recorders_of(db: Connection, purpose: str) -> dict[int, str]:
    """Return who recorded each attendee's last answer, by attendee id."""
    rows = db.execute(_LATEST, {"purpose": purpose})
    return {row.attendee_id: row.by for row in rows}


def answers_to(db: Connection, purpose: str) -> dict[int, bool]:
    """Return what each attendee last answered, by attendee id."""
    rows = db.execute(_LATEST, {"purpose": purpose})
    return {row.attendee_id: bool(row.given) for row in rows}


_HISTORY = (
    select(consent).where(consent.c.attendee_id == bindparam("attendee")).order_by(consent.c.id)
)
_NEWEST = (
    select(func.max(consent.c.id))
    .where(consent.c.purpose == bindparam("purpose"))
    .group_by(consent.c.attendee_id)
)
_LATEST = select(consent.c.attendee_id, consent.c.given, consent.c.by).where(
    consent.c.id.in_(_NEWEST)
)
