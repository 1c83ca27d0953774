"""Edits of one session: pure rules beside the one function that writes."""

import dataclasses
from collections.abc import Callable, Container
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, select

from event import tables
from event.agenda.model import Part, Session, State
from event.agenda.rows import load_session, next_id, store_session
from event.errors import Conflict, Invalid, NotFound, Stale
from event.formats.builder import LONGEST
from event.text import Text

ABSENT = {State.CANCELLED, State.DRAFT}
"""What takes up no room."""

_COUNTED = {"version", "sequence", "changed_at"}


def touched(old: Session, new: Session, *, at: datetime) -> Session:
    """Return `new` with its counters moved on from `old`'s, or `old` itself if nothing differs.

    Every difference counts as a version; one of time, room or state also as a calendar revision
    (RFC 5545, section 3.8.7.4).
    """
    if new is old:
        return old
    same = dataclasses.replace(new, **{name: getattr(old, name) for name in _COUNTED})
    if same == old:
        return old
    revised = any(
        getattr(old, name) != getattr(new, name)
        for name in ("starts_at", "ends_at", "room_id", "state")
    )
    return dataclasses.replace(
        same,
        version=old.version + 1,
        sequence=old.sequence + revised,
        changed_at=at if revised else old.changed_at,
    )


def checked(session: Session) -> Session:
    """Return the session if it makes sense by itself.

    Raises Invalid when it, or a part, has no title, ends before it starts or lasts over a month.
    """
    items: list[tuple[str, Session | Part]] = [("session", session)]
    items += [("part", part) for part in session.parts]
    for name, item in items:
        if not item.title:
            raise Invalid(f"A {name} needs a title in at least one language.")
        if item.ends_at < item.starts_at:
            raise Invalid(f"The {name} would end before it starts; send both times.")
        if item.ends_at - item.starts_at > LONGEST:
            raise Invalid(
                f"The {name} would last more than {LONGEST.days} days; send an earlier end."
            )
    return session


def edit_session(
    db: Connection,
    session_id: int,
    change: Callable[[Session], Session],
    *,
    at: datetime,
    if_version: Container[int] | None = None,
) -> Session:
    """Apply a pure change to one session and store it; return the session as it is now.

    Raises NotFound; Stale when its version is none of `if_version`; Invalid when the outcome makes
    no sense; Conflict when it names a room, track, type or speaker that does not exist.
    """
    old = load_session(db, session_id)
    if if_version is not None and old.version not in if_version:
        raise Stale(
            f"Session {session_id} is at version {old.version}, your edit was made on another; "
            "get it again and repeat your edit.",
            version=old.version,
        )
    new = touched(old, checked(change(old)), at=at)
    _check_references(db, new)
    store_session(db, old, new)
    return new


def add_session(db: Connection, session: Session, *, at: datetime) -> Session:
    """Store a new session under an id of its own, its parts likewise; return it.

    Raises Conflict when its guid is taken, and what `edit_session` does.
    """
    taken = select(tables.session.c.id).where(tables.session.c.guid == session.guid)
    if (known := db.execute(taken).scalar()) is not None:
        raise Conflict(
            f"Session {known} already has the guid {session.guid}; edit that one, or leave the "
            "guid out to add another.",
            session_id=known,
        )
    parts = tuple(dataclasses.replace(part, id=next_id(db)) for part in session.parts)
    session = dataclasses.replace(session, id=next_id(db), parts=parts, changed_at=at)
    _check_references(db, checked(session))
    store_session(db, None, session)
    return session


def with_state(item: Session | Part, state: State, *, reason: Text) -> Any:
    """Return a session or part in another state.

    Raises Conflict when it cannot go there: only what is suspended resumes, a cancelled one is
    restored, a draft is neither cancelled nor suspended.
    """
    allowed = {
        State.CANCELLED: {State.TENTATIVE, State.CONFIRMED, State.SUSPENDED, State.CANCELLED},
        State.SUSPENDED: {State.TENTATIVE, State.CONFIRMED, State.SUSPENDED},
    }
    if state in allowed and item.state not in allowed[state]:
        raise Conflict(
            f"What is {item.state} cannot become {state}; get it and look at it.",
            state=str(item.state),
        )
    return dataclasses.replace(item, state=state, reason=reason)


def resumed(item: Session | Part, *, ends_at: datetime | None, reason: Text) -> Any:
    """Return a suspended session or part confirmed again, with a new end if one is given.

    Raises Conflict when it is not suspended.
    """
    if item.state is not State.SUSPENDED:
        raise Conflict(
            f"Only what is suspended can resume; this is {item.state}, get it and look at it."
        )
    return dataclasses.replace(
        item, state=State.CONFIRMED, reason=reason, ends_at=ends_at or item.ends_at
    )


def moved(
    session: Session,
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    **fields: Any,
) -> Session:
    """Return the session at another time or in another room; its parts keep their distance.

    Without `ends_at` it keeps its length. Of one that becomes shorter the parts end with it; raises
    Conflict if one would begin later.
    """
    start = starts_at or session.starts_at
    shift = start - session.starts_at
    parts = tuple(
        dataclasses.replace(p, starts_at=p.starts_at + shift, ends_at=p.ends_at + shift)
        for p in session.parts
    )
    end = ends_at or session.ends_at + shift
    if start <= end < session.ends_at + shift:
        parts = tuple(_ended_by(part, end) for part in parts)
    return dataclasses.replace(session, starts_at=start, ends_at=end, parts=parts, **fields)


def _ended_by(part: Part, end: datetime) -> Part:
    """Return a part that is over when its session is."""
    if part.starts_at >= end and part.state not in ABSENT:
        raise Conflict(f"Part {part.id} would begin after the end; move or cancel it first.")
    return dataclasses.replace(
        part, starts_at=min(part.starts_at, end), ends_at=min(part.ends_at, end)
    )


def with_part(session: Session, part_id: int, change: Callable[[Part], Part]) -> Session:
    """Return the session with one of its parts changed. Raises NotFound."""
    if all(part.id != part_id for part in session.parts):
        raise NotFound(f"Session {session.id} has no part {part_id}; look it up in GET /v1/agenda.")
    parts = (change(part) if part.id == part_id else part for part in session.parts)
    return dataclasses.replace(
        session, parts=tuple(sorted(parts, key=lambda part: (part.starts_at, part.id)))
    )


def _check_references(db: Connection, session: Session) -> None:
    roles = [*session.speakers, *(role for part in session.parts for role in part.speakers)]
    wanted: list[tuple[str, Table, set[int | None]]] = [
        ("room", tables.room, {session.room_id}),
        ("track", tables.track, {session.track_id}),
        ("type", tables.session_type, {session.type_id}),
        ("speaker", tables.speaker, {role.speaker_id for role in roles}),
    ]
    for name, table, ids in wanted:
        known = set(db.execute(select(table.c.id).where(table.c.id.in_(ids))).scalars())
        for missing in sorted(i for i in ids - known if i is not None):
            raise Conflict(f"There is no {name} {missing}; look it up in GET /v1/agenda.")
