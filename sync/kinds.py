"""Kinds of items that phones may send: what is wrong with one, and what follows from them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from event.door.gates import Gate
from event.people.tokens import Sender
from sync.publish import Clock

Payload = Mapping[str, Any]

LARGEST = 2**53 - 1
"""The largest integer every JSON reader keeps exactly (RFC 8259, section 6)."""


@dataclass(frozen=True, slots=True)
class Item:
    """A row of `outbox_item`; the payload is canonical JSON without badge codes."""

    id: str
    device: str
    n: int
    kind: str
    payload: str
    t: int
    boot: str
    mono: int
    t_est: int
    skewed: int
    received_at: int

    @property
    def fact(self) -> tuple[object, ...]:
        """What must be equal wherever the id is: who did what, and when by their own clock."""
        return self.device, self.n, self.kind, self.payload, self.t


@dataclass(frozen=True, slots=True)
class Told:
    """An item, what it says (its payload, read), and what came `beside` and is never kept.

    That is a badge code, or answers as JSON, or "".
    """

    item: Item
    said: Payload
    beside: str


@dataclass(frozen=True, slots=True)
class Known:
    """What items are judged by: where the feed stands, who sends, gates and categories by slug.

    `ahead` are the milliseconds by which the event's clock is ahead of the real one, and `at` what
    it shows now.
    """

    clock: Clock
    sender: Sender | None
    gates: Mapping[str, Gate]
    categories: frozenset[str]
    ahead: int
    at: int


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of item: what is wrong with a payload, and what follows from items once stored.

    `check` returns a code or None. `apply` gets stored items of one device, known ones again too.
    Those of `open` kinds need no token, those of `own` kinds an attendee's, all others that of a
    door.
    """

    check: Callable[[Payload, Known], str | None]
    apply: Callable[[Connection, Known, Sequence[Told]], None]
    open: bool = False
    own: bool = False


def is_whole(value: object, least: int = 1, most: int = LARGEST) -> bool:
    """Say whether a value is a whole number in a range. True is none, though Python says so."""
    return type(value) is int and least <= value <= most


def is_short(value: object, longest: int) -> bool:
    """Say whether a value is a text of at most so many characters."""
    return isinstance(value, str) and len(value) <= longest
