"""Writes lists of attendees, to be edited in a spreadsheet and imported again."""

import csv
import io
from collections.abc import Sequence

from openpyxl import Workbook
from sqlalchemy import Connection, select

from event.errors import Invalid
from event.formats.attendees.table import guarded
from event.people.attendees import everyone
from event.people.consents import PURPOSES, answers_to
from event.people.model import Status
from event.tables import need, party

_TEXTS = ("external_id", "given_name", "surname", "email", "organisation", "position", "country",
          "language", "category", "status", "box_slot", "note")  # fmt: skip
COLUMNS = (*_TEXTS, "party", "diet", "access", "minor", "look_at_id", *PURPOSES)
Rows = Sequence[Sequence[str]]


def table_of(db: Connection) -> Rows:
    """Return the names of columns and a row for each attendee who has a name and comes or came."""
    parties = {row.id: row.name for row in db.execute(select(party.c.id, party.c.name))}
    needs = {row.attendee_id: (row.diet, row.access) for row in db.execute(select(need))}
    answers = [answers_to(db, purpose) for purpose in PURPOSES]
    rows: list[Sequence[str]] = [COLUMNS]
    for person in everyone(db):
        if person.status is Status.REPLACED or not (person.given_name or person.surname):
            continue
        rows.append(
            (
                *(str(getattr(person, name) or "") for name in _TEXTS),
                parties.get(person.party_id or 0, ""),
                *needs.get(person.id, ("", "")),
                *("yes" if flag else "no" for flag in (person.minor, person.look_at_id)),
                *({True: "yes", False: "no"}.get(said[person.id], "") if person.id in said else ""
                  for said in answers),
            )
        )  # fmt: skip
    return rows


def written(suffix: str, rows: Rows) -> bytes:
    """Return rows as .csv (UTF-8 with a mark, for Excel) or .xlsx. Raises Invalid for others."""
    safe = [[guarded(cell) for cell in row] for row in rows]
    match suffix.lower():
        case ".csv":
            text = io.StringIO(newline="")
            csv.writer(text).writerows(safe)
            return text.getvalue().encode("utf-8-sig")
        case ".xlsx":
            book = Workbook(write_only=True)
            sheet = book.create_sheet("Attendees")
            for row in safe:
                sheet.append(row)
            data = io.BytesIO()
            book.save(data)
            return data.getvalue()
    raise Invalid("Name the file .csv or .xlsx.")
