"""What an organiser can do to the agenda: one class an operation, as data that can be kept.

Sessions, parts, rooms, tracks, types and speakers are named by their ids. Every operation may have
a reason of its own.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, get_args, get_origin, get_type_hints

from event.agenda.model import EVERYONE, Role, Severity
from event.text import Text
from event.times import from_seconds, to_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One change of the agenda, and why."""

    reason: Text = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnItem(Operation):
    """Something that happens to a session or to a part of one."""

    session: int | None = None
    part: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnMany(Operation):
    """Something that happens to a session, or to all of a day that are not over.

    Those are the sessions of a room, of a track, or all there are; the day is today, or the first
    one while the event is to come.
    """

    session: int | None = None
    room: int | None = None
    track: int | None = None
    all: bool = False
    day: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Move(Operation):
    """Put a session at another time, into another room, or both; it keeps its length."""

    session: int
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    room: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay(OnMany):
    """Let sessions begin, or what is under way end, so many minutes later.

    With `cascade` what follows in their rooms gives way until a break absorbs the delay.
    """

    minutes: int
    cascade: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Shorten(Operation):
    """Let a session end so many minutes earlier."""

    session: int
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(OnItem):
    """Cancel; `replaced_by` and `repeated_by` are sessions to go to instead."""

    replaced_by: int | None = None
    repeated_by: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspend(OnMany):
    """Interrupt, or hold back, with an unknown end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume(OnMany):
    """Go on with what was suspended, later by the time that went by, or by `minutes`.

    With `cascade` what follows in their rooms gives way until a break absorbs the delay.
    """

    minutes: int | None = None
    cascade: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore(OnItem):
    """Take a cancellation back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceSpeaker(OnItem):
    """Let somebody else speak, or with `new` None nobody; of a session in all its parts."""

    old: int
    new: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap(Operation):
    """Let two sessions change starts and rooms; each keeps its length."""

    a: int
    b: int


@dataclass(frozen=True, slots=True, kw_only=True)
class New(Operation):
    """Add a session."""

    guid: str
    title: Text
    starts_at: datetime
    ends_at: datetime
    subtitle: Text = field(default_factory=dict)
    abstract: Text = field(default_factory=dict)
    room: int | None = None
    track: int | None = None
    type: int | None = None
    capacity: int | None = None
    languages: tuple[str, ...] = ()
    audience: tuple[str, ...] = ("choice",)
    speakers: tuple[Role, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reword(OnItem):
    """Replace texts; parts have no subtitle."""

    title: Text | None = None
    subtitle: Text | None = None
    abstract: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseRoom(Operation):
    """Move what is to come in a room, until a moment, to another; without one it is suspended."""

    room: int
    to: int | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameRoom(Operation):
    """Give a room another name."""

    room: int
    name: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce(Operation):
    """Say something to all or to some categories, now or from `starts_at`."""

    guid: str
    title: Text
    body: Text = field(default_factory=dict)
    severity: Severity = Severity.INFO
    starts_at: datetime | None = None
    expires_at: datetime | None = None
    audience: tuple[str, ...] = EVERYONE


OPERATIONS: Mapping[str, type[Operation]] = {
    "move": Move,
    "delay": Delay,
    "shorten": Shorten,
    "cancel": Cancel,
    "suspend": Suspend,
    "resume": Resume,
    "restore": Restore,
    "replace_speaker": ReplaceSpeaker,
    "swap": Swap,
    "new": New,
    "text": Reword,
    "room_closed": CloseRoom,
    "room_renamed": RenameRoom,
    "announce": Announce,
}
"""Every operation by the name it has outside."""

_NAMES = {kind: name for name, kind in OPERATIONS.items()}


def to_document(operation: Operation) -> dict[str, Any]:
    """Return an operation as JSON can keep it: moments as UTC seconds, days as ISO 8601."""
    values = dataclasses.asdict(operation)
    known = {name: _written(value) for name, value in values.items() if value not in (None, {}, ())}
    return {"op": _NAMES[type(operation)]} | known


def from_document(document: Mapping[str, Any]) -> Operation:
    """Return the operation that `to_document` wrote."""
    kind = OPERATIONS[document["op"]]
    hints = get_type_hints(kind)
    values = {name: _read(hints[name], v) for name, v in document.items() if name != "op"}
    return kind(**values)


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_seconds(value)
    return value.isoformat() if isinstance(value, date) else value


def _read(hint: Any, value: Any) -> Any:
    kinds = {hint, *get_args(hint)}
    if datetime in kinds:
        return from_seconds(value)
    if date in kinds:
        return date.fromisoformat(value)
    if Severity in kinds:
        return Severity(value)
    if get_origin(hint) is tuple:
        return tuple(Role(**item) if Role in kinds else item for item in value)
    return value
