"""Time that slips: delays, what gives way to them, and what goes on after an interruption."""

import dataclasses
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from event.agenda.edit import ABSENT, moved
from event.agenda.model import Part, Session, SessionType, State
from event.text import fold
from event.times import event_day

SHORTEST_BREAK = timedelta(minutes=10)
"""A break gives what it has beyond this."""

_MINUTE = timedelta(minutes=1)
_BREAKS = {"break", "przerwa", "pause", "pausa", "pauza"}


def delayed(session: Session, by: timedelta, *, at: datetime) -> Session:
    """Return the session so much later.

    One whose new start would already be past is under way: only what of it is to come is later.
    """
    if session.starts_at + by > at:
        return moved(session, starts_at=session.starts_at + by)
    return _prolonged(session, by, since=at)


def gone_on(session: Session, *, at: datetime, by: timedelta | None) -> Session:
    """Return a suspended session confirmed again, at the times that follow from `at`.

    One that was under way has still to come what it had when it was suspended; one that had not
    begun begins now, or when it should. With `by` it is later by that. Whole minutes, rounded up.
    """
    since = session.changed_at or at
    if by is None:
        by = _rounded(max(at - max(since, session.starts_at), timedelta(0)))
    if session.starts_at < since:
        session = _prolonged(session, by, since=since)
    else:
        session = moved(session, starts_at=session.starts_at + by)
    return dataclasses.replace(session, state=State.CONFIRMED)


def cascaded(
    before: Mapping[int, Session],
    changed: Mapping[int, Session],
    *,
    breaks: set[int],
    tz: ZoneInfo,
) -> dict[int, Session]:
    """Return what changed, and what gives way to it in the same rooms on the same event day.

    A session begins as much later as what came before it ends later, but no more than it must: a
    gap absorbs what it has, and a break (`breaks` are types) all but its last ten minutes.
    """
    result = dict(changed)
    old = [before[number] for number in changed]
    for place in {_place(session, tz) for session in old if session.room_id is not None}:
        there = [s for s in before.values() if _place(s, tz) == place and s.state not in ABSENT]
        fronts: list[tuple[datetime, datetime]] = []
        for session in sorted(there, key=lambda s: (s.starts_at, s.id)):
            new = result.get(session.id, session)
            free = (end for planned, end in fronts if planned <= session.starts_at)
            start = max(free, default=new.starts_at)
            if start > new.starts_at:
                can_give = session.type_id in breaks and not session.speakers
                new = _squeezed(new, start) if can_give else moved(new, starts_at=start)
            if new != session:
                result[session.id] = new
                fronts.append((session.ends_at, new.ends_at))
    return result


def break_types(types: tuple[SessionType, ...]) -> set[int]:
    """Return the ids of the types that are breaks, by their names."""
    return {
        kind.id
        for kind in types
        if any(_BREAKS & set(fold(name).split()) for name in kind.name.values())
    }


def _place(session: Session, tz: ZoneInfo) -> tuple[Any, ...]:
    return session.room_id, event_day(session.starts_at, tz)


def _prolonged(session: Session, by: timedelta, *, since: datetime) -> Session:
    """Return a session under way with all of it that comes after a moment later."""

    def later(part: Part) -> Part:
        if part.ends_at <= since:
            return part
        start = part.starts_at if part.starts_at < since else part.starts_at + by
        return dataclasses.replace(part, starts_at=start, ends_at=part.ends_at + by)

    parts = tuple(later(part) for part in session.parts)
    return dataclasses.replace(session, ends_at=session.ends_at + by, parts=parts)


def _squeezed(session: Session, start: datetime) -> Session:
    length = min(session.ends_at - session.starts_at, SHORTEST_BREAK)
    return dataclasses.replace(
        session, starts_at=start, ends_at=max(session.ends_at, start + length)
    )


def _rounded(elapsed: timedelta) -> timedelta:
    return -(-elapsed // _MINUTE) * _MINUTE
