"""Reads a layout from TOML, and says in one sentence what is wrong with it."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from badges.color import WHITE, contrast, is_color
from badges.fit import LEAST
from badges.layout import (
    CATEGORY,
    POINT,
    Align,
    Box,
    Draw,
    Layout,
    LayoutError,
    Line,
    Valign,
    qr_side,
)

FOLDER = Path(__file__).parent / "layouts"
FIELDS = (
    "given_name", "surname", "organisation", "position", "country", "category", "short_code",
    "box_slot", "title", "place_and_dates",
)  # fmt: skip
LARGEST_FILE, MOST_BOXES, MOST_TEXTS = 100_000, 40, 10

_Table = Mapping[str, Any]
_FILE = ("page", "colors", "front", "back")
_PAGE = ("width", "height", "margin", "fold")
_BOX = ("draw", "x", "y", "width", "height", "fill", "align", "valign", "text")
_QR = ("draw", "x", "y", "dots")
_PICTURE = ("draw", "x", "y", "width", "height", "align", "valign")
_LINE = ("field", "size", "bold", "color", "lines", "gap")


def names() -> list[str]:
    """Return the names of the layouts that come along."""
    return sorted(file.stem for file in FOLDER.glob("*.toml"))


def load(which: str | Path) -> Layout:
    """Return a layout by its name, such as `"a6"`, or from a file of the user's own.

    Raises LayoutError with one sentence that names the file and the key.
    """
    file = FOLDER / f"{which}.toml" if str(which) in names() else Path(which)
    try:
        content = file.read_bytes()
    except OSError as error:
        known = ", ".join(names())
        raise LayoutError(
            f"{which} is no layout: give a file or one of {known} ({error.strerror})."
        ) from None
    return read(content, file.stem)


def read(content: bytes, name: str) -> Layout:
    """Return the layout that a TOML file says. Raises LayoutError."""
    try:
        return _layout(content, name)
    except LayoutError as error:
        raise LayoutError(f"Layout {name}: {error}") from None


def _layout(content: bytes, name: str) -> Layout:
    if len(content) > LARGEST_FILE:
        raise LayoutError(f"the file is larger than {LARGEST_FILE} bytes.")
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise LayoutError(f"this is not TOML: {error}.") from None
    _known(table, "the file", _FILE)
    page = _table(table, "page", _PAGE)
    colors = _colors(table)
    width = _number(page, "page", "width", 20, 420)
    height = _number(page, "page", "height", 20, 420)
    margin = _number(page, "page", "margin", 0, min(width, height) / 4, default=5)
    fold = _boolean(page, "page", "fold")
    area = Box("text", margin, margin, width - 2 * margin, height - 2 * margin)
    front = _side(table, "front", area, colors)
    if not front:
        raise LayoutError("front must have at least one box.")
    back = front if table.get("back") == "front" else _side(table, "back", area, colors)
    layout = Layout(name, width, height, margin, fold, front, back)
    for side, boxes in (("front", front), ("back", back)):
        for number, box in enumerate(boxes, start=1):
            two_ems = max((2 * line.size * LEAST * POINT for line in box.text), default=0)
            if box.text and layout.span(box)[1] < two_ems:
                raise LayoutError(f"{side} {number}.width leaves no room for its texts.")
    return layout


def _colors(table: _Table) -> dict[str, str]:
    """Return the file's own colours by name."""
    colors = table.get("colors", {})
    if not isinstance(colors, dict):
        raise LayoutError('colors must be a table such as [colors] with lines grey = "#555555".')
    for key, value in colors.items():
        if not isinstance(value, str) or not is_color(value) or key == CATEGORY:
            raise LayoutError(f'colors.{key} must be a colour such as "#1b4f72".')
    return colors


def _side(table: _Table, side: str, area: Box, colors: _Table) -> tuple[Box, ...]:
    """Return the boxes of a side, which keep clear of each other."""
    given = table.get(side, [])
    if not isinstance(given, list) or len(given) > MOST_BOXES:
        also = ' or "front"' if side == "back" else ""
        raise LayoutError(f"{side} must be a list of [[{side}]] boxes{also}, at most {MOST_BOXES}.")
    boxes: list[Box] = []
    for number, value in enumerate(given, start=1):
        boxes.append(_box(value, f"{side} {number}", area, colors, boxes))
    return tuple(boxes)


def _box(value: object, where: str, area: Box, colors: _Table, earlier: Sequence[Box]) -> Box:
    """Return a box that fits the page and holds its texts however long they are."""
    if not isinstance(value, dict):
        raise LayoutError(f"{where} must be a table with x, y, width and height.")
    draw: Draw = _choice(value, where, "draw", get_args(Draw), "text")
    _known(value, where, {"qr": _QR, "text": _BOX}.get(draw, _PICTURE))
    right, bottom = area.x * 2 + area.width, area.y * 2 + area.height
    dots = int(_number(value, where, "dots", 4, 40, default=6, whole=True))
    fixed = qr_side(dots) if draw == "qr" else None
    box = Box(
        draw,
        x=_number(value, where, "x", 0, right),
        y=_number(value, where, "y", 0, bottom),
        width=fixed or _number(value, where, "width", 0.1, right),
        height=fixed or _number(value, where, "height", 0.1, bottom),
        fill=_fill(value, where, colors),
        align=_choice(value, where, "align", get_args(Align), "left"),
        valign=_choice(value, where, "valign", get_args(Valign), "top"),
        dots=dots,
    )
    ground = _ground(box, where, earlier)
    # A fill may reach the edge, its texts keep the margin at its sides; a code has a quiet zone.
    edge = 0.0 if box.fill or ground or draw == "qr" else area.x
    page = Box("text", edge, edge, right - 2 * edge, bottom - 2 * edge, fill=WHITE)
    if not box.lies_on(page):
        raise LayoutError(
            f"{where} reaches beyond the page or its margin: x from {edge:g} to {right - edge:g}, "
            f"y from {edge:g} to {bottom - edge:g} mm are free."
        )
    text = _texts(value, where, box.fill or ground, colors)
    box = replace(box, ground=ground, text=text)
    if box.least_height > box.height + 0.01:
        raise LayoutError(
            f"{where}.height must be at least {math.ceil(box.least_height * 10) / 10:g} mm for its "
            "texts; make it higher or the texts smaller."
        )
    return box


def _ground(box: Box, where: str, earlier: Sequence[Box]) -> str | None:
    """Return the fill that a text or a logo lies on; boxes must not meet in any other way."""
    ground = None
    for number, other in enumerate(earlier, start=1):
        if not box.overlaps(other):
            continue
        if box.draw not in {"text", "logo"} or box.fill or not box.lies_on(other):
            side = where.partition(" ")[0]
            raise LayoutError(f"{where} overlaps {side} {number}; move one or make it smaller.")
        ground = other.fill
    return ground


def _fill(value: _Table, where: str, colors: _Table) -> str | None:
    if "fill" not in value:
        return None
    return CATEGORY if value["fill"] == CATEGORY else _color(value, where, "fill", colors)


def _texts(value: _Table, where: str, fill: str | None, colors: _Table) -> tuple[Line, ...]:
    given = value.get("text", [])
    if not isinstance(given, list) or len(given) > MOST_TEXTS:
        raise LayoutError(f"{where}.text must be a list of at most {MOST_TEXTS} texts.")
    return tuple(
        _line(line, f"{where}.text {number}", fill, colors)
        for number, line in enumerate(given, start=1)
    )


def _line(value: object, where: str, fill: str | None, colors: _Table) -> Line:
    if not isinstance(value, dict):
        raise LayoutError(f'{where} must be a table such as {{ field = "surname", size = 20 }}.')
    _known(value, where, _LINE)
    fields = value.get("field")
    fields = [fields] if isinstance(fields, str) else fields
    if not isinstance(fields, list) or not fields or not all(isinstance(f, str) for f in fields):
        raise LayoutError(f"{where}.field must be the name of a field or a list of such names.")
    for field in fields:
        if field not in FIELDS:
            raise LayoutError(f"{where}.field “{field}” is not one of {', '.join(FIELDS)}.")
    color = _color(value, where, "color", colors) if "color" in value else None
    if color and fill == CATEGORY:
        raise LayoutError(f"{where}.color must be left out: categories have many colours.")
    if color and contrast(color, fill or "#ffffff") < 4.5:
        raise LayoutError(f"{where}.color cannot be read on its ground; choose more contrast.")
    return Line(
        fields=tuple(fields),
        size=_number(value, where, "size", 4, 200),
        bold=_boolean(value, where, "bold"),
        color=color,
        lines=int(_number(value, where, "lines", 1, 2, default=1, whole=True)),
        gap=_number(value, where, "gap", 0, 100, default=0),
    )


def _known(table: _Table, where: str, keys: tuple[str, ...]) -> None:
    """Refuse a key that nothing reads."""
    for key in table:
        if key not in keys:
            near = get_close_matches(key, keys, n=1)
            hint = f"; did you mean {near[0]}?" if near else f"; it takes {', '.join(keys)}."
            raise LayoutError(f"{where} has no key “{key}”{hint}")


def _table(table: _Table, key: str, keys: tuple[str, ...]) -> _Table:
    value = table.get(key)
    if not isinstance(value, dict):
        raise LayoutError(f"{key} is missing: write [{key}] with {', '.join(keys)}.")
    _known(value, key, keys)
    return value


def _number(
    table: _Table, where: str, key: str, low: float, high: float, *,
    default: float | None = None, whole: bool = False,
) -> float:  # fmt: skip
    value = table.get(key, default)
    kinds = int if whole else (int, float)
    if not isinstance(value, kinds) or isinstance(value, bool) or not low <= value <= high:
        kind = "a whole number" if whole else "a number"
        raise LayoutError(f"{where}.{key} must be {kind} from {low:g} to {high:g}.")
    return value


def _boolean(table: _Table, where: str, key: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise LayoutError(f"{where}.{key} must be true or false.")
    return value


def _choice(table: _Table, where: str, key: str, choices: tuple[str, ...], default: str) -> Any:
    value = table.get(key, default)
    if value not in choices:
        raise LayoutError(f"{where}.{key} must be one of {', '.join(choices)}.")
    return value


def _color(table: _Table, where: str, key: str, colors: _Table) -> str:
    value = table[key]
    if isinstance(value, str):
        value = colors.get(value, value)
        if is_color(value):
            return str(value)
    also = ' "category",' if key == "fill" else ""
    raise LayoutError(f'{where}.{key} must be{also} "#rrggbb" or a name from [colors].')
