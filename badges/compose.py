"""Puts a face into a layout: the marks to draw on each side, and what could not be drawn."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from badges import font, qr
from badges.color import WHITE, readable_on
from badges.face import Face, Occasion, grouped
from badges.fit import LEAST, Fitted, fit
from badges.font import ASCENT, CAPITAL, LEADING
from badges.layout import CATEGORY, DOT, POINT, Box, Layout, Line
from badges.marks import Code, Logo, Mark, Text, no_photo, rectangle, share

_INK, _RULE = "#202124", "#9aa0a6"
_WRITTEN = ("given_name", "surname", "organisation")
"""What is written by hand on a blank badge."""
_ROW, _BELOW, _THIN = 15.0, 2.0, 0.25
"""Millimetres at most between lines to write on, at least below them, and their thickness."""
_STEPS = 20


@dataclass(frozen=True, slots=True)
class Loss:
    """What of a field is not drawn: it was `cut`, or holds a `glyph` or `accent` we lack.

    Of a `name` we lack all.
    """

    field: str
    kind: Literal["cut", "glyph", "accent", "name"]
    text: str


@dataclass(frozen=True, slots=True)
class Side:
    """The marks of one side and what it lost."""

    marks: tuple[Mark, ...]
    losses: tuple[Loss, ...]


def compose(face: Face, layout: Layout, occasion: Occasion) -> list[Side]:
    """Return the sides of a badge. Raises ValueError when its code is none."""
    modules = qr.matrix(face.code)
    front = side(face, layout, layout.front, occasion, modules)
    if not layout.back:
        return [front]
    if layout.back == layout.front:
        return [front, front]
    return [front, side(face, layout, layout.back, occasion, modules)]


def side(
    face: Face, layout: Layout, boxes: Sequence[Box], occasion: Occasion, modules: qr.Matrix
) -> Side:
    """Return one side of a badge; a name that cannot be drawn at all is left to be written."""
    marks: list[Mark] = []
    losses: list[Loss] = []
    name = f"{face.given_name} {face.surname}".strip()
    if name and not font.clean(name)[0]:
        losses.append(Loss("given_name" if face.given_name else "surname", "name", name))
        face = replace(face, given_name="", surname="", blank=True)
    for box in boxes:
        if box.draw == "qr":
            # Whole dots from the corner: a 300-dpi printer then draws every module alike.
            x, y = (
                round(place / DOT) * DOT + qr.QUIET * box.dots * DOT for place in (box.x, box.y)
            )
            marks.append(Code(x, y, box.dots, modules))
        elif box.draw == "logo":
            marks.append(Logo(box.x, box.y, box.width, box.height, box.align, box.valign))
        elif box.draw == "photo":
            marks += [] if face.photo else _no_photo(box)
        else:
            marks += _filled(box, face, layout, occasion, losses)
    return Side(tuple(marks), tuple(losses))


def _no_photo(box: Box) -> Sequence[Mark]:
    size = min(box.width, box.height)
    x = box.x + (box.width - size) * share(box.align)
    return no_photo(x, box.y + (box.height - size) * share(box.valign), size)


def _filled(
    box: Box, face: Face, layout: Layout, occasion: Occasion, losses: list[Loss]
) -> Iterator[Mark]:
    """Yield a box's fill and texts; note what they lost."""
    fill = face.color if box.fill == CATEGORY else box.fill
    left, room = layout.span(box)
    if fill:
        yield rectangle(box.x, box.y, box.width, box.height, fill)
    ground = fill or (face.color if box.ground == CATEGORY else box.ground) or WHITE
    ink = _INK if ground == WHITE else readable_on(ground)
    texts, gap = [], 0.0
    for line in box.text:
        text, lost = _value(line, face, occasion)
        losses += lost
        # The gap above a text that is not there stays above the next one.
        gap = max(gap, line.gap)
        if text:
            texts.append((replace(line, gap=gap), text))
            gap = 0.0
    fitted = _arranged(box, texts, room)
    losses += [
        Loss(line.fields[0], "cut", text)
        for (line, text), lines in zip(texts, fitted, strict=True)
        if lines.cut
    ]
    by_hand = [
        field
        for line in box.text
        for field in line.fields
        if face.blank and field in _WRITTEN and not getattr(face, field)
    ]
    y = box.y + box.padding + _above(box, texts, fitted)
    if by_hand:
        # What is known stands below the lines.
        known = _height(texts, fitted)
        yield from _rules(box, left, room, len(by_hand), box.height - known)
        y = box.y + box.height - box.padding - known
    for number, ((line, _), lines) in enumerate(zip(texts, fitted, strict=True)):
        y += line.gap if number else 0
        for text in lines.lines:
            width = font.width(text, bold=line.bold) * lines.size * POINT
            x = left + (room - width) * share(box.align)
            baseline = y + ASCENT * lines.size * POINT
            yield Text(x, baseline, text, lines.size, line.bold, line.color or ink)
            y += LEADING * lines.size * POINT


def _value(line: Line, face: Face, occasion: Occasion) -> tuple[str, list[Loss]]:
    """Return the text of a line as it can be drawn, and what had to be left out."""
    parts, losses = [], []
    for field in line.fields:
        given = getattr(occasion if field in {"title", "place_and_dates"} else face, field)
        drawn, missing = font.clean(grouped(given) if field == "short_code" else given)
        losses += [
            Loss(field, "accent" if unicodedata.combining(character) else "glyph", character)
            for character in missing
        ]
        parts.append(drawn)
    return " · ".join(part for part in parts if part), losses


def _arranged(box: Box, texts: list[tuple[Line, str]], room: float) -> list[Fitted]:
    """Return all texts so that they fit their box: as large as they may be, then smaller alike."""
    for step in range(_STEPS + 1):
        scale = 1 - (1 - LEAST) * step / _STEPS
        fitted = [
            fit(
                text, room / POINT, size=line.size * scale, least=line.size * LEAST,
                lines=line.lines, bold=line.bold,
            )
            for line, text in texts
        ]  # fmt: skip
        if _height(texts, fitted) <= box.height - 2 * box.padding:
            break
    return fitted


def _height(texts: list[tuple[Line, str]], fitted: list[Fitted]) -> float:
    """Return the height of all lines and the gaps between texts."""
    lines = sum(len(each.lines) * each.size for each in fitted) * LEADING * POINT
    return lines + sum(line.gap for line, _ in texts[1:])


def _above(box: Box, texts: list[tuple[Line, str]], fitted: list[Fitted]) -> float:
    """Return the room above the first line.

    In the middle, it is capitals and baseline that stand in the middle, not ascent and descent.
    """
    spare = box.height - 2 * box.padding - _height(texts, fitted)
    if box.valign != "middle" or not fitted:
        return spare * share(box.valign)
    below, above = (LEADING - ASCENT) * fitted[-1].size, (ASCENT - CAPITAL) * fitted[0].size
    return min(spare, spare / 2 + (below - above) / 2 * POINT)


def _rules(box: Box, left: float, room: float, count: int, height: float) -> Iterator[Mark]:
    """Yield so many lines to write on, in the upper part of a box."""
    row = min((height - _BELOW) / count, _ROW)
    above = (height - _BELOW - row * count) * share(box.valign)
    for number in range(1, count + 1):
        yield rectangle(left, box.y + above + row * number - _THIN, room, _THIN, _RULE)
