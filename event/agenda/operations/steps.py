"""What each operation does: from the agenda so far to the items that become different."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any

from event.agenda.edit import ABSENT, moved, with_part, with_state
from event.agenda.model import Announcement, Part, Role, Session, State
from event.agenda.operations.alternatives import with_alternatives
from event.agenda.operations.kinds import (
    Announce,
    Cancel,
    CloseRoom,
    Delay,
    Move,
    New,
    OnItem,
    OnMany,
    Operation,
    RenameRoom,
    ReplaceSpeaker,
    Restore,
    Resume,
    Reword,
    Shorten,
    Suspend,
    Swap,
)
from event.agenda.operations.later import delayed, gone_on
from event.agenda.operations.sketch import Item, Sketch
from event.errors import Conflict, Invalid, NotFound
from event.text import Text
from event.times import event_day


def step(sketch: Sketch, operation: Operation) -> Iterable[Item]:
    """Return the items that an operation makes different. Raises what the domain does."""
    for kind, does in _STEPS.items():
        if isinstance(operation, kind):
            return does(sketch, operation)
    raise TypeError(type(operation))


def _move(sketch: Sketch, op: Move) -> Iterator[Item]:
    session = _on(sketch.session(op.session))
    if (op.starts_at, op.ends_at, op.room) == (None, None, None):
        raise Invalid("Say where to: starts_at, ends_at, room, or several of them.")
    room = session.room_id if op.room is None else sketch.room(op.room).id
    yield _why(moved(session, starts_at=op.starts_at, ends_at=op.ends_at, room_id=room), op.reason)


def _delay(sketch: Sketch, op: Delay) -> Iterator[Item]:
    by = timedelta(minutes=op.minutes)
    for session in _many(sketch, op, lambda s: s.state not in ABSENT and s.ends_at > sketch.at):
        yield _why(delayed(session, by, at=sketch.at), op.reason)


def _shorten(sketch: Sketch, op: Shorten) -> Iterator[Item]:
    session = _on(sketch.session(op.session))
    end = session.ends_at - timedelta(minutes=op.minutes)
    if end <= session.starts_at:
        raise Invalid(f"Nothing would be left of session {session.id}; cancel it instead.")
    yield _why(moved(session, ends_at=end), op.reason)


def _cancel(sketch: Sketch, op: Cancel) -> Iterator[Item]:
    replaced, repeated = (
        None if number is None else _on(sketch.session(number))
        for number in (op.replaced_by, op.repeated_by)
    )
    reason = with_alternatives(op.reason, sketch.agenda, replaced_by=replaced, repeated_by=repeated)
    yield _one(sketch, op, lambda item: with_state(item, State.CANCELLED, reason=reason))


def _suspend(sketch: Sketch, op: Suspend) -> Iterator[Item]:
    def can(session: Session) -> bool:
        going = {State.TENTATIVE, State.CONFIRMED}
        return session.state in going and session.ends_at > sketch.at

    for session in _many(sketch, op, can):
        yield with_state(session, State.SUSPENDED, reason=op.reason)


def _resume(sketch: Sketch, op: Resume) -> Iterator[Item]:
    by = None if op.minutes is None else timedelta(minutes=op.minutes)
    for session in _many(sketch, op, lambda s: s.state is State.SUSPENDED):
        yield dataclasses.replace(gone_on(session, at=sketch.at, by=by), reason=op.reason)


def _restore(sketch: Sketch, op: Restore) -> Iterator[Item]:
    def restored(item: Any) -> Any:
        if item.state is not State.CANCELLED:
            raise Conflict(
                f"Only what is cancelled can be restored; this is {item.state}, leave it."
            )
        return with_state(item, State.CONFIRMED, reason=op.reason)

    yield _one(sketch, op, restored)


def _replace_speaker(sketch: Sketch, op: ReplaceSpeaker) -> Iterator[Item]:
    if op.new is not None and all(one.id != op.new for one in sketch.agenda.speakers):
        raise NotFound(f"There is no speaker {op.new}; look them up in GET /v1/speakers.")

    def others(roles: tuple[Role, ...]) -> tuple[Role, ...]:
        kept = (
            dataclasses.replace(role, speaker_id=op.new or 0) if role.speaker_id == op.old else role
            for role in roles
        )
        return tuple(dict.fromkeys(role for role in kept if role.speaker_id))

    def replaced(item: Any) -> Any:
        new = dataclasses.replace(item, speakers=others(item.speakers))
        if isinstance(new, Session):
            parts = (dataclasses.replace(p, speakers=others(p.speakers)) for p in new.parts)
            new = dataclasses.replace(new, parts=tuple(parts))
        if new == item:
            raise Conflict(f"Speaker {op.old} does not speak there; look it up in GET /v1/agenda.")
        return dataclasses.replace(new, reason=op.reason or new.reason)

    yield _one(sketch, op, replaced)


def _swap(sketch: Sketch, op: Swap) -> Iterator[Item]:
    if op.a == op.b:
        raise Invalid("Name two sessions.")
    a, b = _on(sketch.session(op.a)), _on(sketch.session(op.b))
    for session, other in ((a, b), (b, a)):
        yield _why(moved(session, starts_at=other.starts_at, room_id=other.room_id), op.reason)


def _new(sketch: Sketch, op: New) -> Iterator[Item]:
    taken = next((s for s in sketch.sessions.values() if s.guid == op.guid), None)
    if taken:
        raise Conflict(f"Session {taken.id} already has the guid {op.guid}; edit that one.")
    agenda = sketch.agenda
    wanted: list[tuple[str, int | None, tuple[Any, ...]]] = [
        ("track", op.track, agenda.tracks),
        ("type", op.type, agenda.types),
    ]
    wanted += [("speaker", role.speaker_id, agenda.speakers) for role in op.speakers]
    for what, number, items in wanted:
        if number is not None and all(item.id != number for item in items):
            raise NotFound(f"There is no {what} {number}; look it up in GET /v1/agenda.")
    yield Session(
        id=next(sketch.ids),
        guid=op.guid,
        title=op.title,
        subtitle=op.subtitle,
        abstract=op.abstract,
        starts_at=op.starts_at,
        ends_at=op.ends_at,
        room_id=None if op.room is None else sketch.room(op.room).id,
        track_id=op.track,
        type_id=op.type,
        capacity=op.capacity,
        languages=op.languages,
        audience=op.audience,
        speakers=op.speakers,
        reason=op.reason,
        changed_at=sketch.at,
    )


def _reword(sketch: Sketch, op: Reword) -> Iterator[Item]:
    said = {"title": op.title, "subtitle": op.subtitle, "abstract": op.abstract}
    words: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
    if not words:
        raise Invalid("Send the words: title, subtitle or abstract.")

    def reworded(item: Any) -> Any:
        if isinstance(item, Part) and "subtitle" in words:
            raise Invalid("A part has no subtitle; send its title or abstract.")
        return dataclasses.replace(item, **words, reason=op.reason or item.reason)

    yield _one(sketch, op, reworded)


def _close_room(sketch: Sketch, op: CloseRoom) -> Iterator[Item]:
    here = sketch.room(op.room)
    to = None if op.to is None else sketch.room(op.to)
    if here == to:
        raise Invalid("Name another room to move to.")
    for session in list(sketch.sessions.values()):
        is_there = session.room_id == here.id and session.state not in ABSENT
        if not is_there or session.ends_at <= sketch.at:
            continue
        if op.until is not None and session.starts_at >= op.until:
            continue
        if to:
            yield _why(dataclasses.replace(session, room_id=to.id), op.reason)
        else:
            yield with_state(session, State.SUSPENDED, reason=op.reason)


def _rename_room(sketch: Sketch, op: RenameRoom) -> Iterator[Item]:
    yield dataclasses.replace(sketch.room(op.room), name=op.name)


def _announce(sketch: Sketch, op: Announce) -> Iterator[Item]:
    starts_at = op.starts_at or sketch.at
    if op.expires_at is not None and op.expires_at <= max(starts_at, sketch.at):
        raise Invalid("It would expire before anybody sees it; send a later expires_at.")
    if any(item.guid == op.guid for item in sketch.announcements.values()):
        raise Conflict(f"There is an announcement with the guid {op.guid} already; send another.")
    yield Announcement(
        id=next(sketch.ids),
        guid=op.guid,
        title=op.title,
        body=op.body,
        severity=op.severity,
        starts_at=starts_at,
        expires_at=op.expires_at,
        audience=op.audience,
    )


def _one(sketch: Sketch, op: OnItem, change: Callable[[Any], Any]) -> Session:
    """Return the session after a change of itself, or of one of its parts."""
    if op.part is not None and op.session is None:
        return with_part(sketch.session_of(op.part), op.part, change)
    if op.session is None or op.part is not None:
        raise Invalid("Name a session or a part.")
    changed: Session = change(sketch.session(op.session))
    return changed


def _many(sketch: Sketch, op: OnMany, can: Callable[[Session], bool]) -> list[Session]:
    """Return the sessions that an operation is meant for, by start. Raises Conflict for none."""
    named = [name for name in ("session", "room", "track") if getattr(op, name) is not None]
    if len(named) + op.all != 1:
        raise Invalid("Name one of session, room, track or all.")
    if op.session is not None:
        session = sketch.session(op.session)
        if not can(session):
            state = session.state if session.state in ABSENT | {State.SUSPENDED} else "not so"
            over = session.ends_at <= sketch.at
            raise Conflict(
                f"Session {session.id} is {'over' if over else state}; get it and look at it."
            )
        return [session]
    if op.room is not None:
        sketch.room(op.room)
    if op.track is not None and all(track.id != op.track for track in sketch.agenda.tracks):
        raise NotFound(f"There is no track {op.track}; look it up in GET /v1/agenda.")
    day = op.day or sketch.today()
    found = [
        session
        for session in sketch.sessions.values()
        if can(session)
        and event_day(session.starts_at, sketch.tz) == day
        and (op.room is None or session.room_id == op.room)
        and (op.track is None or session.track_id == op.track)
    ]
    if not found:
        raise Conflict(f"On {day} nothing is left that this could be done to; name another day.")
    return sorted(found, key=lambda session: (session.starts_at, session.id))


def _on(session: Session) -> Session:
    """Return a session that takes place. Raises Conflict for a cancelled one."""
    if session.state is State.CANCELLED:
        raise Conflict(f"Session {session.id} is cancelled; restore it first.")
    return session


def _why(session: Session, reason: Text) -> Session:
    """Return a session elsewhere: to be elsewhere without a reason is to have none."""
    return dataclasses.replace(session, reason=reason)


_STEPS: dict[type[Operation], Callable[[Sketch, Any], Iterable[Item]]] = {
    Move: _move,
    Delay: _delay,
    Shorten: _shorten,
    Cancel: _cancel,
    Suspend: _suspend,
    Resume: _resume,
    Restore: _restore,
    ReplaceSpeaker: _replace_speaker,
    Swap: _swap,
    New: _new,
    Reword: _reword,
    CloseRoom: _close_room,
    RenameRoom: _rename_room,
    Announce: _announce,
}
"""What each kind of operation does."""
