"""Writes an agenda as our own YAML agenda file: the same agenda always gives the same bytes."""

import json
import re
import textwrap
from collections.abc import Iterator
from typing import Any

from event.agenda.model import Agenda
from event.formats.agenda_file.write import Plain, tree

WIDTH = 100

_HEAD = "# An agenda file of eventday; docs/agenda-file.md says what can stand in it."
_NO_WORD = re.compile(
    r"true|false|yes|no|on|off|y|n|null|[\d_.,:+-]+(e[\d+-]*)?|0[xo][\da-f]+", re.IGNORECASE
)
"""What some reader of YAML would take for a number, a time or a truth value."""

_ODD = re.compile(
    r"[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""What YAML 1.1 does not print (section 5.1), takes for a line's end, or editors change (tabs)."""


def write(agenda: Agenda) -> bytes:
    """Return the whole agenda as a YAML agenda file in UTF-8, pictures included."""
    return "".join(f"{line}\n" for line in _document(tree(agenda))).encode()


def _document(document: dict[str, Any]) -> Iterator[str]:
    yield _HEAD
    for name, section in document.items():
        yield from ("", f"{name}:")
        if isinstance(section, dict):
            yield from _mapping(section, "  ")
            continue
        entries = [list(_entry(entry, "  ")) for entry in section]
        apart = max(map(len, entries)) > 4
        for number, lines in enumerate(entries):
            yield from [""] if apart and number else []
            yield from lines


def _mapping(mapping: dict[str, Any], pad: str) -> Iterator[str]:
    for key, value in mapping.items():
        yield from _value(f"{pad}{_word(key)}:", value, f"{pad}  ")


def _entry(entry: dict[str, Any], pad: str) -> Iterator[str]:
    """Yield the lines of a mapping in a list; its first key stands behind the hyphen."""
    for number, line in enumerate(_mapping(entry, f"{pad}  ")):
        yield line if number else f"{pad}- {line.lstrip()}"


def _value(head: str, value: Any, pad: str) -> Iterator[str]:
    """Yield the lines of a value behind its key or hyphen; further lines start with `pad`."""
    inline = _inline(value)
    is_short = len(head) + len(inline) < WIDTH and not _has_lines(value)
    if is_short or not (isinstance(value, dict | list) or _is_prose(value)):
        yield f"{head} {inline}"
    elif isinstance(value, str):
        yield f"{head} {'|-' if chr(10) in value else '>-'}"
        yield from (f"{pad}{line}" if line else "" for line in _lines(value, WIDTH - len(pad)))
    elif isinstance(value, dict):
        yield head
        yield from _mapping(value, pad)
    else:
        yield head
        for item in value:
            as_entry = isinstance(item, dict) and len(pad) + len(_inline(item)) + 2 > WIDTH
            yield from _entry(item, pad) if as_entry else _value(f"{pad}-", item, f"{pad}  ")


def _has_lines(value: Any) -> bool:
    """Say whether a value holds a text that is best shown in lines of its own."""
    if isinstance(value, dict):
        return any(_has_lines(inner) for inner in value.values())
    if isinstance(value, list):
        return any(_has_lines(inner) for inner in value)
    return isinstance(value, str) and "\n" in value and _is_prose(value)


def _is_prose(value: Any) -> bool:
    """Say whether a text reads the same from a block; YAML folds lines at single spaces only."""
    if not isinstance(value, str) or value != value.strip() or _ODD.search(value):
        return False
    return "\n" in value or "  " not in value


def _lines(text: str, width: int) -> list[str]:
    """Return the lines of a literal text, or those that a long one-line text is folded into."""
    if "\n" in text:
        return text.split("\n")
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _inline(value: Any) -> str:
    """Return a value in one line."""
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_word(k, flow=True)}: {_inner(v)}' for k, v in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inner, value))}]"
    return _word(value)


def _inner(value: Any) -> str:
    return _inline(value) if isinstance(value, dict | list) else _word(value, flow=True)


def _word(value: Any, *, flow: bool = False) -> str:
    """Return a scalar: without quotes if every reader takes it for the same words, else in JSON.

    JSON's strings are YAML's double-quoted ones (YAML 1.2, section 1.3); `flow` is inside brackets.
    """
    if isinstance(value, Plain | int):
        return str(value).lower() if isinstance(value, bool) else str(value)
    unclear = re.compile(r":(\s|$)|\s#|\s$" + (r"|[,\[\]{}]|:\?" if flow else ""))
    if value[:1].isalnum() and not (
        _NO_WORD.fullmatch(value) or _ODD.search(value) or unclear.search(value) or "\n" in value
    ):
        return str(value)
    quoted = json.dumps(value, ensure_ascii=False)
    return _ODD.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
