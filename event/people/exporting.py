"""The list of attendees as rows of text, such as an import reads without a difference."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from event.people.attendees import everyone
from event.people.consents import PURPOSES, answers_to
from event.people.model import Status
from event.people.parties import parties
from event.tables import need

_TEXTS = ("given_name", "surname", "email", "organisation", "position", "country",
          "language", "category", "status", "box_slot", "note")  # fmt: skip
COLUMNS = ("external_id", *_TEXTS, "party", "diet", "access", "minor", "look_at_id", *PURPOSES)
_SAID = {True: "yes", False: "no", None: ""}


def table_of(db: Connection) -> list[Sequence[str]]:
    """Return the names of columns and a row for each attendee who has a name and comes or came.

    Whoever has no external id has their guid there: they are found again with another name.
    """
    names = {party.id: party.name for party in parties(db)}
    needs = {row.attendee_id: (row.diet, row.access) for row in db.execute(select(need))}
    answers = [answers_to(db, purpose) for purpose in PURPOSES]
    rows = [
        (
            person.external_id or person.guid,
            *(getattr(person, name) for name in _TEXTS),
            names.get(person.party_id or 0, ""),
            *needs.get(person.id, ("", "")),
            *(_SAID[flag] for flag in (person.minor, person.look_at_id)),
            *(_SAID[said.get(person.id)] for said in answers),
        )
        for person in everyone(db)
        if person.status is not Status.REPLACED and (person.given_name or person.surname)
    ]
    return [COLUMNS, *rows]
