"""Tables as PDF: lists to find a badge with, or to tick off people at a door."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO

from badges import font
from badges.face import Occasion
from badges.fit import fit
from badges.layout import POINT, Align
from badges.marks import Mark, Text, rectangle, share
from badges.pdf import Page, canvas

_WIDTH, _HEIGHT, _MARGIN = 210.0, 297.0, 14.0
_TOP, _ROW, _TALL = 36.0, 6.0, 240.0
_SIZE, _SMALL, _TITLE = 9.5, 7.5, 14.0
INK, GREY, _BAND, RULE = "#202124", "#5f6368", "#f1f3f4", "#9aa0a6"
_LEAST = 0.8
"""How far a cell may shrink: lists are read in a hurry."""
_GAP, _BOX, _THIN = 2.0, 3.6, 0.25
_LEADING = 1.2


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, which share of the width it takes, and how its cells look.

    A `tick` column has an empty box in each row, and its cells are not printed.
    """

    heading: str
    share: float
    align: Align = "left"
    bold: bool = False
    tick: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A heading, columns, and rows with a cell a column, in the given order.

    `row` is the height of a row in millimetres, `size` that of its letters in points; where there
    is room for two lines, a cell may take them.
    """

    heading: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    row: float = _ROW
    size: float = _SIZE


def draw(tables: Iterable[Table], occasion: Occasion) -> bytes:
    """Return a PDF of A4 pages, each with its table's heading, the event's title and its number.

    Each table begins on a page of its own. What is too wide is printed smaller, then cut.
    """
    file = BytesIO()
    made = canvas(file, occasion)
    page = Page(made, (_WIDTH, _HEIGHT), None)
    for table in tables:
        most = int(_TALL / table.row)
        starts = range(0, len(table.rows) or 1, most)
        for number, start in enumerate(starts, start=1):
            page.draw(_head(occasion, table.heading, f"{number}/{len(starts)}"))
            page.draw(_rows(table, table.rows[start : start + most]))
            page.end()
    made.save()
    return file.getvalue()


def _head(occasion: Occasion, heading: str, number: str) -> Iterator[Mark]:
    """Yield what stands above the table."""
    room = _WIDTH - 2 * _MARGIN
    yield from line(heading, _MARGIN, 18, room, size=_TITLE, bold=True)
    below = " · ".join(part for part in (occasion.title, occasion.place_and_dates) if part)
    yield from line(below, _MARGIN, 24, room - 20, size=_SIZE, color=GREY)
    yield from line(number, _MARGIN, 24, room, size=_SIZE, align="right", color=GREY)


def _rows(table: Table, rows: Sequence[Sequence[str]]) -> Iterator[Mark]:
    """Yield the headings and the rows of one page."""
    columns, tall = table.columns, table.row
    room = _WIDTH - 2 * _MARGIN
    unit = (room - _GAP * (len(columns) - 1)) / sum(column.share for column in columns)
    x = _MARGIN
    places = []
    for column in columns:
        places.append((column, x, column.share * unit))
        x += column.share * unit + _GAP
    for column, left, width in places:
        yield from line(
            column.heading, left, _TOP - 2, width, size=_SMALL, align=column.align, color=GREY
        )
    yield rectangle(_MARGIN, _TOP - _THIN, room, _THIN, RULE)
    for number, row in enumerate(rows):
        y = _TOP + number * tall
        if number % 2:
            yield rectangle(_MARGIN - 1, y, room + 2, tall, _BAND)
        for (column, left, width), text in zip(places, row, strict=True):
            if column.tick:
                x = left + (width - _BOX) * share(column.align)
                yield from _tick_box(x, y + (tall - _BOX) / 2)
            else:
                yield from _in_row(text, column, left, width, y, table)


def _in_row(
    text: str, column: Column, x: float, room: float, y: float, table: Table
) -> Iterator[Mark]:
    """Yield a cell's text in the middle of its row, on two lines if it must and they fit."""
    tall = table.size * POINT * _LEADING
    drawn, _ = font.clean(text)
    fitted = fit(
        drawn, room / POINT, size=table.size, least=table.size * _LEAST,
        lines=2 if 2 * tall <= table.row else 1, bold=column.bold,
    )  # fmt: skip
    for number, one in enumerate(fitted.lines if drawn else ()):
        middle = y + table.row / 2 + (number - (len(fitted.lines) - 1) / 2) * tall
        baseline = middle + 0.35 * fitted.size * POINT
        width = font.width(one, bold=column.bold) * fitted.size * POINT
        left = x + (room - width) * share(column.align)
        yield Text(left, baseline, one, fitted.size, column.bold, INK)


def _tick_box(x: float, y: float) -> Iterator[Mark]:
    """Yield an empty box."""
    yield rectangle(x, y, _BOX, _BOX, INK)
    yield rectangle(x + _THIN, y + _THIN, _BOX - 2 * _THIN, _BOX - 2 * _THIN, "#ffffff")


def line(
    text: str, x: float, baseline: float, room: float, *, size: float, align: Align = "left",
    bold: bool = False, color: str = INK,
) -> Iterator[Mark]:  # fmt: skip
    """Yield a text on one line, if there is any: smaller when it is too wide, then cut."""
    drawn, _ = font.clean(text)
    if not drawn:
        return
    fitted = fit(drawn, room / POINT, size=size, least=size * _LEAST, bold=bold)
    (whole,) = fitted.lines
    width = font.width(whole, bold=bold) * fitted.size * POINT
    yield Text(x + (room - width) * share(align), baseline, whole, fitted.size, bold, color)
