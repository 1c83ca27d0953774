"""Reads CSV and XLSX of unknown origin into rows of text; it does not know what they mean."""

import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from event.errors import Invalid
from event.formats.agenda_xlsx.cells import unescape
from event.formats.agenda_xlsx.workbook import open_sheets
from event.formats.imported import MAX_BYTES, Report
from event.text import clean

MOST_ROWS = 20_000
MOST_COLUMNS = 500
_GUARDED = re.compile(r"'[=+\-@\t#]")
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
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > MAX_BYTES:
        raise Invalid(f"The file is larger than {MAX_BYTES // 1_000_000} MB; is it a list?")
    rows = _xlsx(data, report) if data.startswith(b"PK\x03\x04") else _csv(data, report)
    if not rows:
        raise Invalid("The file has no rows; the first one must name the columns.")
    (_, names), *rest = rows
    width = max(len(cells) for _, cells in rows)
    if width > MOST_COLUMNS:
        raise Invalid(f"The file has more than {MOST_COLUMNS} columns; leave out what is no list.")
    columns = [*names, *[""] * (width - len(names))]
    if len(rest) > MOST_ROWS:
        raise Invalid(f"The file has more than {MOST_ROWS:,} rows; split it.")
    return Table(
        tuple(name or f"column {number}" for number, name in enumerate(columns, 1)),
        tuple((where, (*cells, *[""] * (width - len(cells)))) for where, cells in rest),
    )


def guarded(value: str) -> str:
    """Return a value as it may stand in a cell: no spreadsheet runs it, and we read it back."""
    return f"'{value}" if re.match(r"[=+\-@\t'#]", value) else value


def _cell(value: str) -> str:
    text = clean(value)
    return text[1:] if _GUARDED.match(text) or text.startswith("''") else text


def _csv(data: bytes, report: Report) -> list[tuple[str, list[str]]]:
    text = _decoded(data, report)
    if "\0" in text:
        raise Invalid("The file is neither CSV nor XLSX; save it again as one of them.")
    head = next(filter(str.strip, io.StringIO(text)), "")
    # Excel may say the delimiter in a line of its own.
    said = re.match(r"sep=([;\t,])\s*$", head)
    delimiter = said[1] if said else max(";\t,", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        rows = [
            (f"line {reader.line_num}", [_cell(cell) for cell in cells])
            for cells in reader
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise Invalid(f"The file is no CSV: {error} at line {reader.line_num}.") from None
    for where, cells in rows:
        if any("\N{REPLACEMENT CHARACTER}" in cell for cell in cells):
            report.lost(
                where, "a character that cannot be read", "kept as \N{REPLACEMENT CHARACTER}"
            )
    return rows[1:] if said else rows


def _decoded(data: bytes, report: Report) -> str:
    """Return text in UTF-8, UTF-16, or else Windows-1250 (Excel in Poland).

    Lists that were pasted together may have lines of both kinds.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if data[1:2] == b"\0":
        return data.decode("utf-16-le", "replace")
    data = data.removeprefix(b"\xef\xbb\xbf")
    with suppress(UnicodeDecodeError):
        return data.decode()
    lines, others, is_mixed = [], [], False
    for number, line in enumerate(data.split(b"\n"), 1):
        try:
            lines.append(line.decode())
            is_mixed |= not line.isascii()
        except UnicodeDecodeError:
            lines.append(line.decode("cp1250", "replace"))
            others.append(number)
    for number in others if is_mixed else ():
        report.repaired(f"line {number}", "not in UTF-8 as other lines", "read as Windows-1250")
    if not is_mixed:
        report.repaired("the file", "not in UTF-8", "read as Windows-1250; look at the names")
    return "\n".join(lines)


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
    return unescape(str(value))
