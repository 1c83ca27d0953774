"""Reads CSV and XLSX of unknown origin into rows of text; it does not know what they mean."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from event.errors import Invalid
from event.formats.agenda_xlsx.workbook import open_sheets
from event.formats.imported import MAX_BYTES, Report
from event.text import clean

MOST_ROWS = 20_000
_GUARDED = re.compile(r"'[=+\-@\t]")
"""What a spreadsheet must not take for a formula has an apostrophe before it."""


@dataclass(frozen=True, slots=True)
class Table:
    """Names of columns, and rows with where they stand; every row has a cell for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


def read_table(path: Path, report: Report) -> Table:
    """Return the table in a file; what cannot be kept goes into the report.

    Raises Invalid for what is no table, is too large, or cannot be read.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Invalid(f"The file is larger than {MAX_BYTES // 1_000_000} MB; is it a list?")
        data = path.read_bytes()
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None
    rows = _xlsx(data, report) if data.startswith(b"PK") else _csv(data)
    if not rows:
        raise Invalid("The file has no rows; the first one must name the columns.")
    (_, names), *rest = rows
    width = max(len(cells) for _, cells in rows)
    columns = [*names, *[""] * (width - len(names))]
    if len(rest) > MOST_ROWS:
        raise Invalid(f"The file has more than {MOST_ROWS:,} rows; split it.")
    return Table(
        tuple(name or f"column {number}" for number, name in enumerate(columns, 1)),
        tuple((where, (*cells, *[""] * (width - len(cells)))) for where, cells in rest),
    )


def guarded(value: str) -> str:
    """Return a value as it may stand in a cell: no spreadsheet runs it, and we read it back."""
    return f"'{value}" if re.match(r"[=+\-@\t']", value) else value


def _cell(value: str) -> str:
    text = clean(value)
    return text[1:] if _GUARDED.match(text) or text.startswith("''") else text


def _csv(data: bytes) -> list[tuple[str, list[str]]]:
    text = _decoded(data)
    if "\0" in text:
        raise Invalid("The file is neither CSV nor XLSX.")
    head = text.partition("\n")[0]
    delimiter = max(";\t,", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        return [
            (f"line {reader.line_num}", [_cell(cell) for cell in cells])
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise Invalid(f"The file is no CSV: {error} at line {reader.line_num}.") from None


def _decoded(data: bytes) -> str:
    """Return text in UTF-8, UTF-16 with its mark, or else Windows-1250 (Excel in Poland)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1250", "replace")


def _xlsx(data: bytes, report: Report) -> list[tuple[str, list[str]]]:
    sheets, _ = open_sheets(data)
    filled = {name: rows for name, rows in sheets.items() if rows}
    if not filled:
        return []
    _, rows = next(iter(filled.items()))
    for other in list(filled)[1:]:
        report.lost(f"sheet {other}", "only the first sheet is read", "left out")
    return [(f"row {number}", _shown(number, cells, report)) for number, cells in rows]


def _shown(number: int, cells: Sequence[tuple[Any, str]], report: Report) -> list[str]:
    texts = []
    width = max(
        (place for place, (value, _) in enumerate(cells, 1) if value is not None), default=0
    )
    for column, (value, kind) in enumerate(cells[:width], 1):
        if kind in {"f", "e"}:
            report.lost(f"row {number}, column {column}", "a formula or an error", "left empty")
            value = None  # noqa: PLW2901
        texts.append(_cell(_text(value)))
    return texts


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return value.isoformat()
    return str(value)
