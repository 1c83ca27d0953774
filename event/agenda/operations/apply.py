"""Operations applied to an agenda: all of them, or none with every fault named."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from event.agenda.edit import checked, touched
from event.agenda.model import Agenda, Announcement, Room, Session
from event.agenda.operations.kinds import (
    Cancel,
    Delay,
    Move,
    OnMany,
    Operation,
    Resume,
    Shorten,
    Swap,
)
from event.agenda.operations.later import break_types, cascaded
from event.agenda.operations.sketch import Item, Sketch
from event.agenda.operations.steps import step
from event.errors import Conflict, EventdayError, Invalid
from event.times import day_bounds, event_day, rfc3339

Aspect = tuple[str, str, str]
Said = dict[Aspect, tuple[int, int]]
"""By thing, id and aspect: the operation that decided about it, and what."""

LARGEST = 500
"""Operations at once."""

_ASPECTS = {
    "starts_at": "time", "ends_at": "time", "room_id": "room", "state": "state", "title": "title",
    "subtitle": "subtitle", "abstract": "abstract", "speakers": "speakers", "name": "name",
}  # fmt: skip


def apply(
    agenda: Agenda, operations: Sequence[Operation], *, at: datetime, ids: Iterator[int]
) -> Agenda:
    """Return the agenda after operations, in their order; `ids` gives those of what is new.

    Two operations that would set the same thing of the same session contradict each other. Nothing
    may leave the event's days, and no delay its event day. Raises Invalid, whose `errors` name each
    fault by the index of its operation.
    """
    sketch = Sketch.of(agenda, at=at, ids=ids)
    said: Said = {}
    errors = []
    for index, operation in enumerate(operations):
        try:
            _apply(sketch, operation, index, said)
        except EventdayError as error:
            errors.append({"pointer": f"/operations/{index}", "detail": error.detail})
    if errors:
        raise Invalid(
            f"{len(errors)} of {len(operations)} operations cannot be done, so none was; "
            f"number {errors[0]['pointer'].rpartition('/')[2]}: {errors[0]['detail']}",
            errors=errors,
        )
    return _counted(agenda, sketch)


def _apply(sketch: Sketch, operation: Operation, index: int, said: Said) -> None:
    """Do one operation. Whatever it raises, nothing of it has happened."""
    before = sketch.sessions
    items = list(step(sketch, operation))
    claims = _claims(sketch, operation, items, index)
    for aspect, claim in claims.items():
        earlier, value = said.get(aspect, (index, claim))
        if value != claim:
            raise Conflict(
                f"It contradicts number {earlier}: both say what becomes of {' '.join(aspect)}. "
                "Send one of them, or one after the other."
            )
    changed = {item.id: item for item in items if isinstance(item, Session)}
    if isinstance(operation, Delay | Resume) and operation.cascade:
        breaks = break_types(sketch.agenda.types)
        changed = cascaded(before, changed, breaks=breaks, tz=sketch.tz)
    for session in changed.values():
        _check(sketch, before.get(session.id), session, same_day=isinstance(operation, OnMany))
    sketch.put([*changed.values(), *(item for item in items if not isinstance(item, Session))])
    said.update({aspect: (index, claim) for aspect, claim in claims.items()})


def _claims(
    sketch: Sketch, operation: Operation, items: Iterable[Item], index: int
) -> dict[Aspect, int]:
    """Return what an operation decides about; no other may, but of a cancellation the same."""
    claims: dict[Aspect, int] = {}
    for item in items:
        old = sketch.get(item)
        if old is None:
            continue
        what = type(item).__name__.lower()
        claims |= {(what, str(item.id), aspect): index for aspect in _differing(old, item)}
        if isinstance(old, Session) and isinstance(item, Session):
            parts = {part.id: part for part in old.parts}
            for part in item.parts:
                differing = _differing(parts[part.id], part) - {"time"}
                claims |= {("part", str(part.id), aspect): index for aspect in differing}
    # Who moves a session by name expects it to take place.
    is_on = not isinstance(operation, Cancel)
    return claims | {("session", str(number), "itself"): is_on for number in _named(operation)}


def _named(operation: Operation) -> list[int]:
    match operation:
        case Swap():
            return [operation.a, operation.b]
        case Move() | Shorten():
            return [operation.session]
        case Delay() | Cancel() if operation.session is not None:
            return [operation.session]
    return []


def _differing(old: object, new: object) -> set[str]:
    names = (field.name for field in dataclasses.fields(new))  # type: ignore[arg-type]
    return {_ASPECTS[n] for n in names if n in _ASPECTS and getattr(old, n) != getattr(new, n)}


def _check(sketch: Sketch, old: Session | None, new: Session, *, same_day: bool) -> None:
    """Refuse what makes no sense, leaves the event's days or, by a delay, its event day."""
    checked(new)
    event = sketch.agenda.event
    if old and (old.starts_at, old.ends_at) == (new.starts_at, new.ends_at):
        return
    opens, closes = (
        day_bounds(event.starts_on, sketch.tz)[0],
        day_bounds(event.ends_on, sketch.tz)[1],
    )
    place = f"{rfc3339(new.starts_at, sketch.tz)[:16]} to {rfc3339(new.ends_at, sketch.tz)[:16]}"
    if not opens <= new.starts_at <= new.ends_at <= closes:
        raise Invalid(
            f"Session {new.id} would lie outside the event's days, {place}; "
            "choose another time, shorten or cancel it."
        )
    if old is None or not same_day:
        return
    ends = day_bounds(event_day(old.starts_at, sketch.tz), sketch.tz)[1]
    if new.starts_at >= ends or old.ends_at <= ends < new.ends_at:
        raise Invalid(
            f"Session {new.id} would run into the next day, {place}; "
            "move, shorten or cancel it first."
        )


def _counted(agenda: Agenda, sketch: Sketch) -> Agenda:
    """Return the agenda that a sketch shows, versions moved on."""
    known = {session.id: session for session in agenda.sessions}
    sessions = (
        touched(known[number], new, at=sketch.at) if number in known else new
        for number, new in sketch.sessions.items()
    )
    rooms: Iterable[Room] = sketch.rooms.values()
    announcements: Iterable[Announcement] = sketch.announcements.values()
    return dataclasses.replace(
        agenda,
        sessions=tuple(sorted(sessions, key=lambda session: (session.starts_at, session.id))),
        rooms=tuple(rooms),
        announcements=tuple(announcements),
    )
