"""Takes what people and spreadsheet programs put into a cell for what the column means by it."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl.utils.datetime import from_excel

from event.formats.agenda_file.fields import Kind
from event.formats.agenda_file.values import Wrong
from event.formats.agenda_xlsx.cells import unescape
from event.formats.agenda_xlsx.workbook import Cell

_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)
_EXACT = re.compile(r".*([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


def typed(cell: Cell, kind: Kind, epoch: datetime) -> tuple[Any, str]:
    """Return a cell's value as the tree has it, and what was odd about the cell ("" for nothing).

    `epoch` is the day that the workbook counts days from. Raises Wrong for formulas and errors.
    """
    value, letter = cell
    if letter == "f":
        raise Wrong("is a formula; copy the cell and paste it back as a value")
    if letter == "e":
        raise Wrong(f"shows {value}; type the value instead")
    if isinstance(value, str):
        return _of_text(unescape(value), kind)
    if kind in (Kind.MOMENT, Kind.DAY):
        return _of_date(value, kind, epoch)
    if isinstance(value, bool):
        return (value, "") if kind is Kind.FLAG else (str(value).upper(), "a truth value for text")
    if isinstance(value, int | float):
        return _of_number(value, kind)
    words = value.isoformat(" ") if isinstance(value, datetime) else str(value)
    return words.removesuffix(" 00:00:00"), "a date or time where text is expected"


def _of_text(text: str, kind: Kind) -> tuple[Any, str]:
    if kind in (Kind.TEXT, Kind.STRING):
        return text, ""
    text = text.strip()
    if kind in (Kind.MOMENT, Kind.DAY):
        # A moment with its offset is what the export itself writes as text.
        iso = _DOTTED.sub(lambda day: f"{day[3]}-{day[2]:0>2}-{day[1]:0>2}", text)
        return iso, "" if _EXACT.fullmatch(text) else "a date or time typed as text"
    if kind is Kind.NUMBER and _WHOLE.fullmatch(text):
        return int(text), "" if len(text) > 15 else "a number typed as text"
    if kind is Kind.FLAG and text.lower() in _FLAGS:
        return _FLAGS[text.lower()], "a truth value typed as text"
    return text, ""


def _of_number(value: float, kind: Kind) -> tuple[Any, str]:
    whole = isinstance(value, int) or value.is_integer()
    if kind is Kind.NUMBER and whole:
        return int(value), ""
    if kind is Kind.DEGREES:
        return f"{value:.6f}", ""
    return str(int(value) if whole else value), "a number where text is expected"


def _of_date(value: Any, kind: Kind, epoch: datetime) -> tuple[Any, str]:
    odd = ""
    if isinstance(value, int | float):
        odd = "a number where a date is expected"
        try:
            value = from_excel(value, epoch)
        except (ValueError, OverflowError):
            return str(value), ""
    if isinstance(value, datetime) and value.year < 9999:
        # Spreadsheets count in fractions of a day: 09:30 may be a millisecond off.
        value = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        return (str(value.date()) if kind is Kind.DAY else value.isoformat(" ")), odd
    if isinstance(value, time):
        return value.isoformat("seconds"), odd
    return value.isoformat() if isinstance(value, date) else str(value), odd
