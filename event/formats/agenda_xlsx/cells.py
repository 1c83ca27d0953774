"""What the cells of an agenda workbook hold: lists, speakers with roles, and long texts in one."""

import re
from collections.abc import Iterable, Mapping

from event.formats.agenda_file.fields import EVENT, NESTED, SECTIONS, Field, Kind

_PARTS = (Field("session", Kind.KEY, "", required=True), *NESTED[Kind.PARTS].fields)
SHEETS: Mapping[str, tuple[Field, ...]] = {
    "Event": EVENT.fields,
    **{
        name: tuple(
            f for f in fields if f.kind is not Kind.PARTS and f.name not in ("file", "data")
        )
        for section, of in SECTIONS.items()
        for name, fields in ((section.capitalize(), of.fields), ("Parts", _PARTS))
        if name != "Parts" or section == "sessions"
    },
}
"""The sheets in their order and what their columns hold; a part names its session by key."""

LONGEST = 16_000
"""Longer texts go on in a further column: a cell holds 32,767 UTF-16 units, escapes included."""

_TOKEN = re.compile(r"\\([\\;])|(;)(?=\s|$)|(.)", re.DOTALL)
_PAIR = re.compile(r"(\S+)\s+\((.*)\)", re.DOTALL)
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x(005F|000D)_", re.IGNORECASE)


def join(items: Iterable[str]) -> str:
    r"""Return a list as one text: `en; pl`. A semicolon inside an item becomes `\;`."""
    return "; ".join(re.sub(r"[\\;]", r"\\\g<0>", item) for item in items)


def split(text: str) -> list[str]:
    """Return the items of a list in one text; a semicolon without a space after it parts none."""
    items = [""]
    for escaped, separator, plain in _TOKEN.findall(text):
        if separator:
            items.append("")
        else:
            items[-1] += escaped or plain
    return [item.strip() for item in items]


def pair(first: str, second: str | None) -> str:
    """Return a key with a word to it: `jan-kowalski (moderator)`, or the key alone."""
    return first if second is None else f"{first} ({second})"


def unpair(item: str) -> tuple[str, str | None]:
    """Return a key and the word in brackets behind it, None if there are no brackets."""
    match = _PAIR.fullmatch(item)
    return (match[1], match[2]) if match else (item, None)


def escape(text: str) -> str:
    """Return a text so that a spreadsheet does not take _x0041_ in it for an A.

    That is how it writes characters that XML cannot hold (ECMA-376 part 1, 22.4.2.4, bstr).
    """
    return _ESCAPE.sub("_x005F_", text)


def unescape(text: str) -> str:
    """Return what `escape` was given; a carriage return that a spreadsheet wrote is one again."""
    return _ESCAPED.sub(lambda match: "_" if match[1].upper() == "005F" else "\r", text)
