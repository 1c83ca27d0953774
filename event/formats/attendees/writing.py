"""Writes a list of attendees, to be edited in a spreadsheet and imported again."""

import csv
import io
from collections.abc import Sequence

from openpyxl import Workbook

from event.errors import Invalid
from event.formats.agenda_xlsx.cells import escape
from event.formats.attendees.table import guarded

Rows = Sequence[Sequence[str]]


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
                sheet.append([escape(cell) for cell in row])
            data = io.BytesIO()
            book.save(data)
            return data.getvalue()
    raise Invalid("Name the file .csv or .xlsx.")
