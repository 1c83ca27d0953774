"""Writes an agenda as a workbook to edit and to read again: same agenda, same bytes.

It holds all of the agenda but the pictures themselves.
"""

import dataclasses
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import Cell, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from event.agenda.model import Agenda
from event.formats.agenda_file.fields import Field, Kind, new_key
from event.formats.agenda_file.write import tree
from event.formats.agenda_xlsx.cells import LONGEST, SHEETS, escape, join, pair
from event.text import pick
from event.times import from_local, zone

EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 -- a spreadsheet knows no zones
"""When every workbook says it was made: its bytes depend on the agenda alone."""

_TOO_LONG = 10**15
"""Spreadsheets keep 15 digits of a number; one with more is written as text."""

_HEAD = PatternFill("solid", fgColor="FFE2EFDA")
_TOP = Alignment(vertical="top")
_WIDTHS = {Kind.TEXT: 36, Kind.MOMENT: 19, Kind.GUID: 38, Kind.ROLES: 36, Kind.NUMBER: 11}
_FORMATS = {
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
    Kind.DAY: "yyyy-mm-dd",
    Kind.DEGREES: "0.000000",
} | dict.fromkeys((Kind.NUMBER, Kind.FLAG), "General")

Row = dict[str, Any]
"""The cells of one row, by the headers of their columns."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Context:
    languages: tuple[str, ...]
    tz: ZoneInfo


def write(agenda: Agenda) -> bytes:
    """Return the agenda as an XLSX workbook (ECMA-376) with a sheet for each kind of thing."""
    bare = tuple(dataclasses.replace(medium, content=None) for medium in agenda.media)
    document = tree(dataclasses.replace(agenda, media=bare))
    context = _Context(agenda.event.languages or ("en",), zone(agenda.event.timezone))
    document["event"] = [document["event"]]
    document["parts"] = _parts(document.get("sessions", []), context)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    workbook.properties.creator = "eventday"
    workbook.properties.created = workbook.properties.modified = EPOCH
    for name, fields in SHEETS.items():
        entries = document.get(name.lower(), [])
        rows = [dict(_cells(entry, fields, context)) for entry in entries]
        columns = list(_columns(fields, rows, context))
        _fill(workbook.create_sheet(name), columns, rows)
    return _saved(workbook)


def _parts(sessions: list[dict[str, Any]], context: _Context) -> list[dict[str, Any]]:
    """Give each session a key, and return the parts of all with the key of theirs."""
    taken: dict[str, int] = {}
    parts = []
    for number, session in enumerate(sessions, 1):
        title = pick(_translations(session["title"], context), context.languages)[0]
        session["key"] = new_key(title, taken, f"session-{number}")
        parts += [{"session": session["key"], **part} for part in session.get("parts", [])]
    return parts


def _translations(text: Any, context: _Context) -> dict[str, str]:
    return text if isinstance(text, dict) else {context.languages[0]: text}


def _cells(
    entry: dict[str, Any], fields: tuple[Field, ...], context: _Context
) -> Iterator[tuple[str, Any]]:
    """Yield header and value of each cell of an entry; long texts go on in further cells."""
    for field in fields:
        if field.name not in entry:
            continue
        for suffix, value in _values(entry[field.name], field, context):
            header = f"{field.name}{suffix}"
            if not isinstance(value, str):
                yield header, value
                continue
            yield header, escape(value[:LONGEST])
            for number, start in enumerate(range(LONGEST, len(value), LONGEST), 2):
                yield f"{header} +{number}", escape(value[start : start + LONGEST])


def _values(value: Any, field: Field, context: _Context) -> Iterator[tuple[str, Any]]:
    """Yield what the cells of one field hold, with what their headers add to its name."""
    if field.kind is Kind.TEXT:
        for language, words in _translations(value, context).items():
            yield f".{language}", words
    elif field.kind is Kind.LINKS:
        links = [link if isinstance(link, dict) else {"url": link} for link in value]
        yield "", join(link["url"] for link in links)
        titles = [_translations(link.get("title", {}), context) for link in links]
        for language in dict.fromkeys(tag for title in titles for tag in title):
            yield f".{language}", join(title.get(language, "") for title in titles)
    else:
        yield "", _value(value, field, context)


def _value(value: Any, field: Field, context: _Context) -> Any:
    """Return what the one cell of a field holds."""
    if isinstance(value, list):
        return join(pair(*item.values()) if isinstance(item, dict) else item for item in value)
    if field.kind is Kind.AUDIENCE:
        return join([value])
    if field.kind is Kind.MOMENT:
        return _moment(value, context.tz)
    if field.kind is Kind.DAY:
        return date.fromisoformat(value)
    if field.kind is Kind.DEGREES:
        return float(value)
    return str(value) if isinstance(value, int) and value >= _TOO_LONG else value


def _moment(value: str, tz: ZoneInfo) -> datetime | str:
    """Return a moment by the venue's clock, as text with its offset if that alone is exact."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        return moment
    local = moment.astimezone(tz).replace(tzinfo=None)
    return local if from_local(local, tz) == (moment, "") else value


def _columns(
    fields: tuple[Field, ...], rows: list[Row], context: _Context
) -> Iterator[tuple[str, Field]]:
    """Yield the headers of a sheet: each field's, in each language of the event or of a row."""
    used = dict.fromkeys(header for row in rows for header in row)
    for field in fields:
        headers = [field.name] if field.kind is not Kind.TEXT else []
        if field.kind is Kind.TEXT:
            headers = [f"{field.name}.{language}" for language in context.languages]
        own = re.compile(rf"{field.name}(\.[^ ]+)?( \+\d+)?")
        for header in dict.fromkeys([*headers, *sorted(filter(own.fullmatch, used))]):
            yield header, field


def _fill(sheet: Worksheet, columns: list[tuple[str, Field]], rows: list[Row]) -> None:
    """Write header and rows; cells and columns of text are text whatever they start with."""
    for number, (header, field) in enumerate(columns, 1):
        letter = get_column_letter(number)
        head = sheet.cell(1, number, header)
        head.font, head.fill = Font(bold=True), _HEAD
        form = _FORMATS.get(field.kind, "@")
        dimension = sheet.column_dimensions[letter]
        dimension.width, dimension.number_format = _WIDTHS.get(field.kind, 20), form
        for index, row in enumerate(rows, 2):
            if header in row:
                _set(sheet.cell(index, number, row[header]), form)
        if choices := _choices(field):
            rule = DataValidation(type="list", formula1=choices, allow_blank=True)
            rule.showErrorMessage = False
            rule.add(f"{letter}2:{letter}1000")
            sheet.add_data_validation(rule)
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(rows) + 1}"


def _set(cell: Cell | MergedCell, form: str) -> None:
    """Set how a cell shows its value; what looks like a formula or number stays text if edited."""
    cell.number_format, cell.alignment = form, _TOP
    if isinstance(cell.value, str):
        cell.data_type = "s"
        cell.quotePrefix = True
    elif isinstance(cell.value, datetime) and cell.value.second:
        cell.number_format = f"{form}:ss"


def _choices(field: Field) -> str:
    """Return the formula of what a cell may be chosen from, "" if it is free."""
    if field.kind is Kind.WORD:
        return f'"{",".join(field.of)}"'
    if field.kind is Kind.REFERENCE:
        return f"{field.of[0].capitalize()}!$A$2:$A$1000"
    return ""


def _saved(workbook: Workbook) -> bytes:
    """Return the workbook's bytes; openpyxl's own way to save writes the time of day into them."""
    packed, saved = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        ExcelWriter(workbook, archive).write_data()
    with zipfile.ZipFile(packed) as archive, zipfile.ZipFile(saved, "w") as result:
        for name in archive.namelist():
            member = zipfile.ZipInfo(name, EPOCH.timetuple()[:6])
            result.writestr(member, archive.read(name), zipfile.ZIP_DEFLATED)
    return saved.getvalue()
