"""Turns an agenda into the plain tree that the YAML file and the workbook write down.

It knows no file: the tree is mappings, lists, strings, numbers and truth values.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from event.agenda.model import Agenda, Event
from event.formats.agenda_file.fields import (
    EVENT,
    NESTED,
    SECTIONS,
    Field,
    Kind,
    Section,
    defaults,
    new_key,
)
from event.text import Text, pick
from event.times import from_local, zone

_OF_CONTENT = {"sha256", "media_type", "bytes", "width", "height"}


class Plain(str):
    """A moment, day or coordinate in the tree: it is no word, yet needs no quotes."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Context:
    tz: ZoneInfo
    languages: tuple[str, ...]
    keys: Mapping[str, Mapping[int, str]]


def tree(agenda: Agenda) -> dict[str, Any]:
    """Return the whole agenda as a tree: `event`, then each section that has entries.

    What the model has as a default is left out, and so is a reference to what is not there.
    Sessions have no key, as nothing refers to them.
    """
    languages = agenda.event.languages or ("en",)
    keys = {
        name: _keys(getattr(agenda, name), section, languages)
        for name, section in SECTIONS.items()
        if section.fields[0].kind is Kind.KEY and name != "sessions"
    }
    context = _Context(zone(agenda.event.timezone), languages, keys)
    # The languages are written even when they are the model's default, which is not the reader's.
    usual = defaults(Event) | {"languages": ()}
    written: dict[str, Any] = {"event": _entry(EVENT, agenda.event, usual, context)}
    for name, section in SECTIONS.items():
        usual = defaults(section.model)
        written[name] = [
            ({"key": keys[name][thing.id]} if name in keys else {})
            | _entry(section, thing, usual, context)
            for thing in getattr(agenda, name)
        ]
    return {name: section for name, section in written.items() if section}


def moment_text(moment: datetime, tz: ZoneInfo) -> str:
    """Return a moment by the venue's clock, with an offset only where the clock alone is unclear.

    That is in the autumn hour that happens twice, and where seconds matter.
    """
    local = moment.astimezone(tz)
    naive = local.replace(tzinfo=None)
    if not local.second and from_local(naive, tz) == (moment, ""):
        return naive.isoformat(" ", timespec="minutes")
    # RFC 3339 has no offsets with seconds; some zones had them until 1972.
    odd = (local.utcoffset() or timedelta()).seconds % 60
    return (moment.astimezone(UTC) if odd else local).isoformat(timespec="seconds")


def _keys(things: tuple[Any, ...], section: Section, languages: tuple[str, ...]) -> dict[int, str]:
    taken: dict[str, int] = {}
    attribute = "alt" if section.singular == "medium" else "name"
    keys = {}
    for number, thing in enumerate(things, 1):
        words = getattr(thing, attribute)
        words = words if isinstance(words, str) else pick(words, languages)[0]
        keys[thing.id] = new_key(words, taken, f"{section.singular}-{number}")
    return keys


def _entry(
    section: Section, thing: Any, usual: Mapping[str, Any], context: _Context
) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    derived = _OF_CONTENT if getattr(thing, "content", None) is not None else set()
    for field in section.fields:
        if not field.attribute or field.name in derived:
            continue
        value = getattr(thing, field.attribute)
        if field.attribute in usual and value == usual[field.attribute]:
            continue
        written = _WRITERS.get(field.kind, _as_is)(value, field, context)
        if written is not None:
            entry[field.name] = written
    return entry


def _as_is(value: Any, _field: Field, _context: _Context) -> Any:
    return base64.encodebytes(value).decode().strip() if isinstance(value, bytes) else value


def _text(value: Text, _field: Field, context: _Context) -> Any:
    if set(value) == {context.languages[0]}:
        return value[context.languages[0]]
    order = dict.fromkeys([*context.languages, *sorted(value)])
    return {language: value[language] for language in order if language in value}


def _degrees(value: int, _field: Field, _context: _Context) -> str:
    return Plain(f"{Decimal(value).scaleb(-6):f}")


def _moment(value: datetime, _field: Field, context: _Context) -> str:
    return Plain(moment_text(value, context.tz))


def _day(value: date, _field: Field, _context: _Context) -> str:
    return Plain(value.isoformat())


def _word(value: str, _field: Field, _context: _Context) -> str:
    return str(value)


def _reference(value: int, field: Field, context: _Context) -> str | None:
    return context.keys[field.of[0]].get(value)


def _list(value: tuple[str, ...], _field: Field, _context: _Context) -> list[str]:
    return list(value)


def _audience(value: tuple[str, ...], field: Field, _context: _Context) -> str | list[str]:
    return value[0] if len(value) == 1 and value[0] in field.of else list(value)


def _nested(value: tuple[Any, ...], field: Field, context: _Context) -> list[Any]:
    """Return the items of a list inside an entry, those with their first key alone as just that."""
    section = NESTED[field.kind]
    first = section.fields[0].name
    usual = defaults(section.model)
    items = [_entry(section, item, usual, context) for item in value]
    return [item[first] if len(item) == 1 else item for item in items if first in item]


_WRITERS: dict[Kind, Callable[[Any, Field, _Context], Any]] = {
    Kind.TEXT: _text,
    Kind.DEGREES: _degrees,
    Kind.MOMENT: _moment,
    Kind.DAY: _day,
    Kind.WORD: _word,
    Kind.REFERENCE: _reference,
    Kind.LANGUAGES: _list,
    Kind.AUDIENCE: _audience,
    Kind.LINKS: _nested,
    Kind.INTERPRETATION: _nested,
    Kind.ROLES: _nested,
    Kind.PARTS: _nested,
}
