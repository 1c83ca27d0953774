"""Checks the single values of our own agenda file and turns each into what the model holds.

Each reader takes a value of the tree and raises Wrong with half a sentence that says what to do.
"""

import base64
import difflib
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from event.formats.agenda_file.fields import KEY, LARGEST
from event.formats.agenda_file.media import MAX_CONTENT
from event.text import LANGUAGE, clean, has_unwanted
from event.times import EARLIEST, LATEST, from_local

_MOMENT = re.compile(
    r"(?:(\d{4}-\d\d-\d\d)[Tt ])?(\d{1,2}:\d\d)(:\d\d)? ?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DEGREES = re.compile(r"[+-]?\d{1,3}(\.\d{1,15})?", re.ASCII)


class Wrong(Exception):
    """A value cannot be taken; the message completes “where: …”."""


def shown(value: Any) -> str:
    """Return a value as a message quotes it: in full if short, by its kind if it is no word."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    words = " ".join(clean(str(value)[:200]).split())
    return f"“{words[:60]}…”" if len(words) > 60 else f"“{words}”"


def hint(word: str, known: Iterable[str]) -> str:
    """Return a question for the known word most like `word`, or all of few, else “”."""
    known = list(islice(known, 2000))
    near = difflib.get_close_matches(word[:80].casefold(), known, 1)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; it is one of {', '.join(known)}" if 0 < len(known) <= 24 else ""


def string(value: Any) -> str:
    """Return a cleaned string; a whole number is taken as it was written."""
    if isinstance(value, bool):
        raise Wrong(f"{shown(value)} is no text; put it in quotes if it is")
    if value is None:
        raise Wrong("is empty; write a value (in quotes if it starts with #) or delete the line")
    if not isinstance(value, str | int):
        raise Wrong(f"{shown(value)} stands where one text belongs")
    words = str(value)
    if has_unwanted(words):
        raise Wrong("holds a control character; delete it")
    return clean(words)


def _token(value: Any) -> str:
    """Return a text that is no prose, exactly as it stands."""
    words = string(value)
    if words != str(value):
        raise Wrong(f"{shown(value)} has spaces around it; delete them")
    return words


def word(value: Any, known: Sequence[str]) -> str:
    """Return one of the known words, as the member of its enum if it is one."""
    chosen = _token(value)
    if chosen not in known:
        raise Wrong(f"{shown(value)} is not known here{hint(chosen, known)}")
    return known[known.index(chosen)]


def key(value: Any) -> str:
    """Return a key, the short name by which entries refer to each other."""
    chosen = _token(value)
    if not KEY.fullmatch(chosen):
        raise Wrong(f"{shown(value)} is no key; use letters a–z, digits and hyphens")
    return chosen


def language(value: Any) -> str:
    """Return a language tag."""
    tag = _token(value)
    if not LANGUAGE.fullmatch(tag):
        raise Wrong(f"{shown(value)} is no language tag; write en, pl or pt-BR")
    return tag


def number(value: Any, *, least: int = 0) -> int:
    """Return a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise Wrong(f"{shown(value)} is no whole number")
    if not least <= value <= LARGEST:
        raise Wrong(f"{shown(value)} is too {'small' if value < least else 'large'}")
    return value


def degrees(value: Any, limit: int) -> int:
    """Return microdegrees of a latitude (limit 90) or longitude (limit 180)."""
    words = _token(value)
    if not _DEGREES.fullmatch(words) or abs(Decimal(words)) > limit:
        raise Wrong(f"{shown(value)} is no coordinate; write decimal degrees such as 50.110432")
    return int(Decimal(words).scaleb(6).to_integral_value())


def flag(value: Any) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise Wrong(f"{shown(value)} is neither true nor false")
    return value


def guid(value: Any) -> str:
    """Return a GUID in its usual form."""
    try:
        return str(UUID(string(value)))
    except ValueError:
        raise Wrong(f"{shown(value)} is no GUID; delete it and one is made") from None


def color(value: Any) -> str:
    """Return a colour as #rrggbb; the # may be missing, as YAML takes it for a comment."""
    words = _token(value).lower().removeprefix("#")
    if not re.fullmatch(r"[0-9a-f]{6}", words):
        raise Wrong(f"{shown(value)} is no colour; write it in quotes as '#0a7f3f'")
    return f"#{words}"


def day(value: Any) -> date:
    """Return a day."""
    words = _token(value)
    try:
        chosen = date.fromisoformat(words) if _DAY.fullmatch(words) else None
    except ValueError:
        chosen = None
    if chosen is None or not EARLIEST.date() <= chosen <= LATEST.date():
        raise Wrong(f"{shown(value)} is no day; write 2025-06-03")
    return chosen


def moment(value: Any, tz: ZoneInfo, on: date | None) -> tuple[datetime, str]:
    """Return the UTC moment of a local time, or of one with an offset, and what was decided.

    A time alone is taken on the day `on`. The second value is that of `event.times.from_local`.
    """
    match = _MOMENT.fullmatch(_token(value))
    wrong = Wrong(f"{shown(value)} is no time; write 2025-06-03 09:30")
    if match is None or (match[1] is None and on is None):
        raise wrong
    clock = f"{match[2]:0>5}{match[3] or ''}"
    try:
        local = datetime.fromisoformat(f"{match[1] or on}T{clock}{(match[4] or '').upper()}")
    except ValueError:
        raise wrong from None
    if not EARLIEST.date() <= local.date() < LATEST.date():
        raise wrong
    return from_local(local, tz) if local.tzinfo is None else (local.astimezone(UTC), "")


def encoded(value: Any) -> bytes:
    """Return the bytes that a base64 text stands for."""
    letters = "".join(string(value).split())
    if len(letters) > MAX_CONTENT * 4 / 3 + 4:
        raise Wrong(f"is larger than {MAX_CONTENT // 1_000_000} MB; make the picture smaller")
    try:
        return base64.b64decode(letters, validate=True)
    except ValueError:
        raise Wrong("is no base64; write file: and the picture's name instead") from None


def file_content(value: Any, folder: Path | None) -> bytes:
    """Return the bytes of a file inside the folder of the agenda file, and of none outside it."""
    name = string(value)
    if folder is None:
        raise Wrong("files can only be read beside an agenda file on disk; write data: instead")
    parts = PurePosixPath(name).parts
    if not parts or "\\" in name or name.startswith("/") or ".." in parts:
        raise Wrong(f"{shown(name)} must name a file in the folder of the agenda file")
    try:
        path = (folder / name).resolve(strict=True)
        if not path.is_relative_to(folder.resolve()):
            raise Wrong(f"{shown(name)} is a link out of the folder of the agenda file")
        if not path.is_file():
            raise Wrong(f"{shown(name)} is no file")
        with path.open("rb") as file:
            return file.read(MAX_CONTENT + 1)
    except (OSError, RuntimeError):
        raise Wrong(f"{shown(name)} cannot be read; is it in the agenda file's folder?") from None
