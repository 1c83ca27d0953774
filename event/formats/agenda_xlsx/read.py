"""Reads an agenda workbook: what agenda_xlsx_write wrote and people have edited since.

People move columns, add rows and type dates as text; what can be understood is taken, with a line
in the report. The pictures themselves are in no workbook.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from event.agenda.model import Agenda
from event.errors import Invalid
from event.formats.agenda_file.entry import Problems, Spot
from event.formats.agenda_file.fields import EVENT, NESTED, SECTIONS, Field, Kind, Section
from event.formats.agenda_file.read import carried, read_tree
from event.formats.agenda_file.values import hint, shown
from event.formats.agenda_xlsx.cells import SHEETS, split, unpair
from event.formats.agenda_xlsx.typed import typed
from event.formats.agenda_xlsx.workbook import Cell, Sheet, open_sheets
from event.formats.imported import Imported, Report

_HEADER = re.compile(r"(\w+)(?:\.([\w-]+))?(?: \+(\d{1,4}))?", re.ASCII)
_MODELS: Mapping[str, Section] = {
    "Event": EVENT,
    "Parts": NESTED[Kind.PARTS],
    **{name.capitalize(): section for name, section in SECTIONS.items()},
}

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Column:
    """What one column holds: a field, in one language ("" if not said), and which piece of it."""

    index: int
    header: str
    field: Field
    language: str
    piece: int


@dataclass(slots=True)
class _Reading:
    epoch: datetime
    report: Report = field(default_factory=Report)
    places: dict[Spot, str] = field(default_factory=lambda: {(): "The workbook"})
    problems: Problems = field(init=False)

    def __post_init__(self) -> None:
        self.problems = Problems(self.locate)

    def locate(self, spot: Spot) -> str:
        """Return sheet, row and column of a spot."""
        known = next(spot[:n] for n in range(len(spot), -1, -1) if spot[:n] in self.places)
        rest = ".".join(str(step) for step in spot[len(known) :])
        return f"{self.places[known]}, {rest}" if rest else self.places[known]


def read(data: bytes, *, timezone: str = "", language: str = "") -> Imported:
    """Return the agenda of a workbook with the sheets and columns that the export has.

    `timezone` and `language` stand in for what the Event sheet does not say. A column that is not
    there is not carried; a sheet must be there, as its absence would mean that all of it is to go.
    Raises Invalid with a line for each problem, with sheet and row.
    """
    sheets, epoch = open_sheets(data)
    reading = _Reading(epoch)
    known = {}
    for title, sheet in sheets.items():
        name = title.strip().capitalize()
        if name in SHEETS:
            known[name] = sheet
        else:
            reading.report.lost(f"Sheet {title}", "is none of the agenda's", "left it out")
    if not known:
        raise Invalid(
            "This is no agenda's workbook: none of its sheets is there. Fill in the one that "
            "“eventday export agenda.xlsx” writes; docs/agenda-file.md says how to begin one."
        )
    tree: dict[str, Any] = {}
    columns: dict[str, list[_Column]] = {}
    for name in SHEETS:
        reading.places[(name.lower(),)] = f"Sheet {name}"
        if name in known:
            columns[name] = _columns(reading, name, known[name])
            tree[name.lower()] = _entries(reading, name, columns[name], known[name][1:])
        else:
            reading.problems.add((name.lower(),), "is missing; keep it, if only with its first row")
    reading.problems.refuse()
    if len(tree["event"]) != 1:
        reading.problems.add(("event",), f"has {len(tree['event'])} rows; it needs exactly one")
        reading.problems.refuse()
    (tree["event"],) = tree["event"]
    reading.places[("event",)] = reading.places.pop(("event", 0))
    _move_parts(reading, tree)
    agenda = read_tree(tree, reading.problems, reading.report, timezone=timezone, language=language)
    return Imported(
        agenda=agenda,
        carries=_carried(agenda, columns),
        repairs=tuple(reading.report),
        complete=True,
        format="agenda-xlsx",
    )


def _carried(agenda: Agenda, columns: Mapping[str, list[_Column]]) -> dict[str, frozenset[str]]:
    """Return what a merge may take: the fields that have a column, and the parts of sessions."""
    every = carried(agenda)
    kinds = {name: _MODELS[name].model.__name__.lower() for name in columns}
    present = {
        kinds[name]: {column.field.attribute for column in columns[name]} for name in columns
    }
    present["session"].add("parts")
    return {kind: every[kind] & attributes for kind, attributes in present.items()}


def _columns(reading: _Reading, name: str, sheet: Sheet) -> list[_Column]:
    """Return what the columns of a sheet hold, by its first row."""
    fields = {known.name: known for known in SHEETS[name]}
    columns: list[_Column] = []
    for index, (value, _) in enumerate(sheet[0][1] if sheet else []):
        header = str(value).strip() if value is not None else ""
        if not header:
            continue
        match = _HEADER.fullmatch(header)
        known = fields.get(match[1].lower()) if match else None
        several = known is not None and known.kind in (Kind.TEXT, Kind.LINKS)
        if match is None or known is None or (match[2] and not several):
            what = f"is unknown{hint(header, fields)}"
            reading.report.lost(f"Sheet {name}, column {shown(header)}", what, "left it out")
        else:
            column = _Column(index, header, known, match[2] or "", int(match[3] or 1))
            columns.append(column)
    names = [(column.field.name, column.language, column.piece) for column in columns]
    for column, place in zip(columns, names, strict=True):
        if names.count(place) > 1:
            reading.problems.add((name.lower(),), f"has the column {column.header} twice")
            break
    for known in fields.values():
        if (known.required or known.kind is Kind.GUID) and known not in {c.field for c in columns}:
            what = f"has no column {known.name}; export the workbook again to see all columns"
            reading.problems.add((name.lower(),), what)
    return columns


def _entries(reading: _Reading, name: str, columns: list[_Column], sheet: Sheet) -> list[Entry]:
    entries: list[Entry] = []
    for number, cells in sheet:
        spot: Spot = (name.lower(), len(entries))
        reading.places[spot] = f"{name} row {number}"
        if entry := _entry(reading, columns, cells, spot):
            entries.append(entry)
    return entries


def _entry(reading: _Reading, columns: list[_Column], cells: list[Cell], spot: Spot) -> Entry:
    """Return what a row says, as the tree has it."""
    pieces: dict[tuple[Field, str], dict[int, Any]] = {}
    for column in columns:
        if column.index >= len(cells) or cells[column.index][0] is None:
            continue
        where = (*spot, column.header)
        with reading.problems.at(where):
            value, odd = typed(cells[column.index], column.field.kind, reading.epoch)
            if odd:
                reading.report.repaired(reading.locate(where), odd, f"took {shown(value)}")
            pieces.setdefault((column.field, column.language), {})[column.piece] = value
    found: dict[Field, dict[str, Any]] = {}
    for (known, language), values in pieces.items():
        value = values[min(values)]
        if len(values) > 1:
            value = "".join(str(values[number]) for number in sorted(values))
        if not isinstance(value, str) or value.strip():
            found.setdefault(known, {})[language] = value
    return {known.name: _value(known, values) for known, values in found.items()}


def _value(known: Field, values: dict[str, Any]) -> Any:
    """Return the value of one field, by the languages of its columns."""
    if known.kind is Kind.TEXT:
        return values[""] if values.keys() == {""} else values
    value = values.get("", "")
    if known.kind is Kind.LINKS:
        urls = split(value)
        titles = {tag: split(words) for tag, words in values.items() if tag}
        number = max([len(urls), *map(len, titles.values())])
        return [
            {
                "url": urls[index] if index < len(urls) else "",
                "title": {tag: words[index] for tag, words in titles.items() if index < len(words)},
            }
            for index in range(number)
        ]
    if known.kind in (Kind.ROLES, Kind.INTERPRETATION):
        names = [inner.name for inner in NESTED[known.kind].fields]
        return [
            {name: word for name, word in zip(names, unpair(item), strict=True) if word is not None}
            for item in split(value)
            if item
        ]
    if known.kind in (Kind.LANGUAGES, Kind.AUDIENCE):
        return [item for item in split(value) if item]
    return value


def _move_parts(reading: _Reading, tree: dict[str, Any]) -> None:
    """Put each part into the session whose key it names."""
    sessions: dict[str, int] = {}
    for index, session in enumerate(tree["sessions"]):
        sessions.setdefault(session.get("key", ""), index)
    for number, part in enumerate(tree.pop("parts")):
        key = part.pop("session", "")
        if key in sessions:
            parts = tree["sessions"][sessions[key]].setdefault("parts", [])
            spot = ("sessions", sessions[key], "parts", len(parts))
            reading.places[spot] = reading.places["parts", number]
            parts.append(part)
        else:
            what = f"no session has the key {shown(key)}{hint(key, sessions)}"
            reading.problems.add(("parts", number, "session"), what)
