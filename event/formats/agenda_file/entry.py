"""Reads one entry of our own agenda file, key by key, and collects what is wrong with it.

It knows no file: where a value stands in it, the reader of the file tells by `locate`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo

from event.errors import Invalid
from event.formats.agenda_file import values
from event.formats.agenda_file.fields import NESTED, Field, Kind, Section
from event.formats.agenda_file.values import Wrong, hint, shown
from event.formats.imported import Report
from event.formats.schedule.document import is_web, web_address
from event.times import zone

Spot = tuple[str | int, ...]
"""Where something stands in the tree: ("sessions", 3, "starts")."""

Record = dict[str, Any]
"""The attributes of one thing to be."""

Reader = Callable[["Reading", Any, Spot, Field], Any]
"""Reads one value of the tree, with where it stands and the field it belongs to."""

MOST, ENOUGH = 20, 100
"""So many problems are told, and after so many nobody looks for more."""


class Problems:
    """Collects what is wrong with a file, so that one reading shows it all."""

    def __init__(self, locate: Callable[[Spot], str]) -> None:
        self.locate = locate
        self._lines: list[str] = []
        self._count = 0

    def add(self, spot: Spot, what: str) -> None:
        """Note what is wrong at a spot."""
        self._count += 1
        if self._count <= MOST:
            self._lines.append(f"{self.locate(spot)}: {what}{'' if what[-1] in '.?' else '.'}")
        if self._count >= ENOUGH:
            self.refuse()

    @contextmanager
    def at(self, spot: Spot) -> Iterator[None]:
        """Note what turns out to be wrong inside the block."""
        try:
            yield
        except Wrong as wrong:
            self.add(spot, str(wrong))

    def refuse(self) -> None:
        """Raise Invalid with a line for each problem, unless there is none."""
        if self._count:
            more = [f"… and {self._count - MOST} more."] if self._count > MOST else []
            what = "a problem" if self._count == 1 else f"{self._count} problems"
            raise Invalid("\n".join([f"The agenda file has {what}:", *self._lines, *more]))


@dataclass(slots=True)
class Reading:
    """One reading under way: what the keys of the file stand for, and what was met so far."""

    problems: Problems
    report: Report
    language: str
    keys: Mapping[str, Mapping[str, int]]
    tz: ZoneInfo = field(default_factory=lambda: zone("Etc/UTC"))
    day: date | None = None
    """The day last named in this entry: a time alone is meant on it."""
    languages: set[str] = field(default_factory=set)
    """All languages that texts were written in."""

    def repaired(self, spot: Spot, what: str, done: str) -> None:
        """Report something that was put right."""
        self.report.repaired(self.problems.locate(spot), what, done)


def record(reading: Reading, section: Section, entry: Any, spot: Spot) -> Record:
    """Return the attributes that an entry gives, by the model's names; problems are noted."""
    if not isinstance(entry, dict):
        what = f"{shown(entry)} stands where the keys of a {section.singular} belong"
        reading.problems.add(spot, what)
        return {}
    names = [key.name for key in section.fields]
    for name in entry:
        if name not in names:
            reading.problems.add((*spot, name), f"this key is unknown{hint(name, names)}")
    found: Record = {}
    for key in section.fields:
        where = (*spot, key.name)
        if key.name in entry:
            with reading.problems.at(where):
                if key.required and _is_blank(entry[key.name]):
                    raise Wrong("is empty")
                value = _READERS[key.kind](reading, entry[key.name], where, key)
                found[key.attribute or key.name] = value
        elif key.required:
            reading.problems.add(where, "is missing")
    return found


def _is_blank(value: Any) -> bool:
    words = value.values() if isinstance(value, dict) else [value]
    return all(isinstance(word, str) and not word.strip() for word in words)


def _simple(read: Callable[[Any], Any]) -> Reader:
    return lambda _reading, value, _spot, _key: read(value)


def _text(reading: Reading, value: Any, spot: Spot, _key: Field) -> dict[str, str]:
    found = {}
    translations = value if isinstance(value, dict) else {reading.language: value}
    for language, words in translations.items():
        with reading.problems.at((*spot, language) if translations is value else spot):
            found[values.language(language)] = values.string(words)
    reading.languages.update(language for language in found if found[language])
    return {language: found[language] for language in sorted(found) if found[language]}


def _url(reading: Reading, value: Any, spot: Spot, _key: Field) -> str:
    words = values.string(value)
    address = words if is_web(words) else web_address(words)
    if words and not address:
        where = reading.problems.locate(spot)
        reading.report.lost(where, f"{shown(words)} is no web address", "left it out")
    return address


def _degrees(_reading: Reading, value: Any, _spot: Spot, key: Field) -> int:
    return values.degrees(value, 90 if key.name == "latitude" else 180)


def _number(_reading: Reading, value: Any, _spot: Spot, key: Field) -> int:
    return values.number(value, least=1 if key.name in ("id", "width", "height") else 0)


def _word(_reading: Reading, value: Any, _spot: Spot, key: Field) -> str:
    return values.word(value, key.of)


def _moment(reading: Reading, value: Any, spot: Spot, _key: Field) -> datetime:
    moment, decided = values.moment(value, reading.tz, reading.day)
    reading.day = moment.astimezone(reading.tz).date()
    if decided:
        what, done = _DECIDED[decided]
        reading.repaired(spot, f"{shown(value)} {what}", done)
    return moment


def _reference(reading: Reading, value: Any, _spot: Spot, key: Field) -> int:
    known, wanted = reading.keys[key.of[0]], values.string(value)
    if wanted not in known:
        raise Wrong(f"none of the {key.of[0]} has the key {shown(wanted)}{hint(wanted, known)}")
    return known[wanted]


def _languages(reading: Reading, value: Any, spot: Spot, _key: Field) -> tuple[str, ...]:
    found = []
    for where, item in _items(value, spot):
        with reading.problems.at(where):
            found.append(values.language(item))
    return _once(found)


def _audience(reading: Reading, value: Any, spot: Spot, key: Field) -> tuple[str, ...]:
    found = [values.string(item) for _, item in _items(value, spot)]
    if not found or "" in found:
        raise Wrong(f"is empty; write {' or '.join(key.of)}, or a list of categories")
    for category in found:
        if category in key.of and len(found) > 1:
            raise Wrong(f"{category} must stand alone, or the others would mean nothing")
        near = get_close_matches(category[:40], key.of, 1, 0.8)
        if near and category not in key.of:
            done = f"took it for a category of attendees; did you mean {near[0]}?"
            reading.repaired(spot, f"{shown(category)} is like {near[0]}", done)
    return _once(found)


def _nested(reading: Reading, value: Any, spot: Spot, key: Field) -> tuple[Any, ...]:
    section = NESTED[key.kind]
    first = section.fields[0]
    found = []
    for where, item in _items(value, spot):
        entry = item if isinstance(item, dict | list) else {first.name: item}
        attributes = record(reading, section, entry, where)
        # An address that was left out leaves no link; what was wrong is noted already.
        if attributes.get(first.attribute):
            found.append(section.model(**attributes))
    return _once(found) if key.kind is Kind.ROLES else tuple(found)


def _parts(reading: Reading, value: Any, spot: Spot, key: Field) -> list[Record]:
    return [record(reading, NESTED[key.kind], item, where) for where, item in _items(value, spot)]


def _items(value: Any, spot: Spot) -> Iterator[tuple[Spot, Any]]:
    """Yield the items of a list and where they stand; a single one needs no list."""
    if isinstance(value, list):
        yield from (((*spot, index), item) for index, item in enumerate(value))
    else:
        yield spot, value


def _once(found: list[Any]) -> tuple[Any, ...]:
    if len(set(found)) < len(found):
        raise Wrong("names the same twice; delete one of them")
    return tuple(found)


_DECIDED = {
    "gap": ("is skipped by the clocks that night", "moved it forward by the hour"),
    "overlap": ("comes twice that night", "took the first; write an offset such as +01:00"),
}
_READERS: Mapping[Kind, Reader] = {
    Kind.STRING: _simple(values.string),
    Kind.KEY: _simple(values.key),
    Kind.GUID: _simple(values.guid),
    Kind.COLOR: _simple(values.color),
    Kind.LANGUAGE: _simple(values.language),
    Kind.FLAG: _simple(values.flag),
    Kind.DAY: _simple(values.day),
    Kind.TEXT: _text,
    Kind.URL: _url,
    Kind.DEGREES: _degrees,
    Kind.NUMBER: _number,
    Kind.WORD: _word,
    Kind.MOMENT: _moment,
    Kind.REFERENCE: _reference,
    Kind.LANGUAGES: _languages,
    Kind.AUDIENCE: _audience,
    Kind.LINKS: _nested,
    Kind.INTERPRETATION: _nested,
    Kind.ROLES: _nested,
    Kind.PARTS: _parts,
}
