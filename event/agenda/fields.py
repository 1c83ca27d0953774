"""Fields of the model and columns of its tables: a pair of functions for each type."""

import dataclasses
from collections.abc import Callable, Iterable
from datetime import date, datetime
from enum import Enum
from functools import cache, partial
from typing import Any, get_args, get_origin, get_type_hints

from event.agenda.model import Part, Session
from event.text import Text, dump, parse
from event.times import from_seconds, to_seconds

Names = tuple[str, ...]
Values = tuple[Any, ...]
Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]]
"""What makes a column's value of a field's, and back."""

_ELSEWHERE = {Session: {"speakers", "parts"}, Part: {"speakers"}}
"""Fields that are rows of their own."""


def encode(item: Any) -> dict[str, Any]:
    """Return the columns that a thing has."""
    kind: Any = type(item)
    codecs = _codecs(kind)
    return {name: write(getattr(item, name)) for name, (write, _) in codecs.items()}


def fields(kind: Any, names: Names, row: Values) -> dict[str, Any]:
    """Return what a row with columns of these names says of the fields of a kind."""
    values = dict(zip(names, row, strict=True))
    codecs = _codecs(kind).items()
    return {name: read(values[name]) for name, (_, read) in codecs if name in values}


def _same(value: Any) -> Any:
    return value


def _optional(convert: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else convert(value)


def _encode_item(item: Any) -> Any:
    return dataclasses.asdict(item) if dataclasses.is_dataclass(item) else item  # type: ignore[arg-type]


def _encode_items(items: Iterable[Any]) -> str:
    return dump([_encode_item(item) for item in items])


def _decode_items(kind: Any, value: str) -> tuple[Any, ...]:
    is_plain = not dataclasses.is_dataclass(kind)
    return tuple(item if is_plain else kind(**item) for item in parse(value))


_PLAIN: dict[Any, Codec] = {
    datetime: (to_seconds, from_seconds),
    date: (date.isoformat, date.fromisoformat),
    bool: (int, bool),
    Text: (dump, parse),
}


def _codec(hint: Any) -> Codec:
    """Return how a field of that type is encoded and decoded."""
    arguments = get_args(hint)
    if type(None) in arguments:
        encode, decode = _codec(next(a for a in arguments if a is not type(None)))
        return partial(_optional, encode), partial(_optional, decode)
    if get_origin(hint) is tuple:
        return _encode_items, partial(_decode_items, arguments[0])
    if isinstance(hint, type) and issubclass(hint, Enum):
        return str, hint
    return _PLAIN.get(hint, (_same, _same))


@cache
def _codecs(kind: Any) -> dict[str, Codec]:
    elsewhere = _ELSEWHERE.get(kind, set())
    hints = get_type_hints(kind)
    return {name: _codec(hint) for name, hint in hints.items() if name not in elsewhere}
