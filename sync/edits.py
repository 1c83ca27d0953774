"""Lists of edits become publishes: all of a list or nothing, once."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from event import tables
from event.agenda.clashes import Clash, concerned, new_clashes
from event.agenda.edit import touched
from event.agenda.known import known
from event.agenda.model import Agenda, Session
from event.agenda.operations.apply import apply
from event.agenda.operations.kinds import Operation, from_document, to_document
from event.agenda.rows import load, next_id, store
from event.agenda.undo import PENDING
from event.errors import Conflict, Stale
from event.text import Text, dump, parse
from event.times import from_seconds, to_seconds
from sync.publish import read_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Edits:
    """Operations that belong together: why, since when they count, and of which versions.

    `reason` is that of operations without one of their own; `versions` are those of sessions as
    whoever edits saw them.
    """

    operations: Sequence[Operation]
    at: datetime
    reason: Text = field(default_factory=dict)
    versions: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edited:
    """The agenda before and after edits, what clashes now, and the publish before them."""

    before: Agenda
    after: Agenda
    clashes: list[Clash]
    since: int


def edit(
    db: Connection, lists: Sequence[Edits], *, at: datetime, before: Agenda | None = None
) -> Edited:
    """Change the agenda's rows by lists of edits, one after the other.

    `before` is the whole agenda as it is, where that was read already. What they do together
    counts: there and back is no change. Raises Invalid with every fault of a list, Stale naming the
    sessions that are not at the version they were edited at.
    """
    before = before or load(db, public=False)
    for edits in lists:
        refuse_stale(before, edits.versions)
    after = applied(before, lists, ids=_new_ids(db), at=at)
    store(db, before, after)
    clashes = new_clashes(before, after, known(db, concerned(before, after)))
    return Edited(before, after, clashes, read_clock(db).seq)


def applied(before: Agenda, lists: Sequence[Edits], *, ids: Iterator[int], at: datetime) -> Agenda:
    """Return the agenda after lists of edits, each version counted once. Raises Invalid."""
    after = before
    for edits in lists:
        operations = [
            operation if operation.reason else dataclasses.replace(operation, reason=edits.reason)
            for operation in edits.operations
        ]
        after = apply(after, operations, at=edits.at, ids=ids)
    known_before = {session.id: session for session in before.sessions}
    sessions = [
        _counted(known_before[session.id], session, at) if session.id in known_before else session
        for session in after.sessions
    ]
    return dataclasses.replace(after, sessions=tuple(sessions))


def differing(before: Agenda, after: Agenda) -> set[tuple[str, int]]:
    """Return which sessions, rooms and announcements are not what they were."""
    return {
        (name, number)
        for name in ("sessions", "rooms", "announcements")
        for old, new in [(_by_id(before, name), _by_id(after, name))]
        for number in old.keys() | new.keys()
        if old.get(number) != new.get(number)
    }


def refuse_stale(agenda: Agenda, versions: Mapping[int, int]) -> None:
    """Raise Stale naming the sessions that are not at these versions."""
    now = {session.id: session.version for session in agenda.sessions}
    stale = sorted(number for number, version in versions.items() if now.get(number) != version)
    if stale:
        names = ", ".join(map(str, stale))
        raise Stale(
            f"Somebody edited session {names} since; get it again and repeat your edit.",
            touched=[f"session {number}" for number in stale],
        )


def remember(
    db: Connection,
    key: str,
    *,
    digest: str,
    at: datetime,
    clashes: Sequence[Clash] = (),
    seq: int = PENDING,
) -> None:
    """Keep what is answered to the edits with that id.

    Without `seq` they belong to the publish of this transaction.
    """
    kept = dump([dataclasses.asdict(clash) for clash in clashes])
    row = {"id": key, "sha256": digest, "clashes": kept, "at": to_seconds(at), "seq": seq}
    db.execute(tables.edits.insert(), row)


def remembered(db: Connection, key: str, *, digest: str) -> tuple[int, list[Clash]] | None:
    """Return the publish and the clashes of edits that were done already, None if they were not.

    The publish is negative when nothing public changed. Raises Conflict when that id named others.
    """
    row = db.execute(_REMEMBERED, {"id": key}).first()
    if row is None:
        return None
    if row.sha256 != digest:
        raise Conflict("That id named other edits; send a new one.")
    clashes = [Clash(**c | {"sessions": tuple(c["sessions"])}) for c in parse(row.clashes)]
    return row.seq, clashes


def to_documents(lists: Sequence[Edits]) -> list[dict[str, Any]]:
    """Return lists of edits as JSON can keep them; versions are checked, not kept."""
    return [
        {
            "operations": [to_document(operation) for operation in edits.operations],
            "reason": dict(edits.reason),
            "at": to_seconds(edits.at),
        }
        for edits in lists
    ]


def from_documents(documents: Sequence[Mapping[str, Any]]) -> list[Edits]:
    """Return the lists of edits that `to_documents` wrote."""
    return [
        Edits(
            operations=[from_document(operation) for operation in document["operations"]],
            reason=document["reason"],
            at=from_seconds(document["at"]),
        )
        for document in documents
    ]


def _counted(old: Session, new: Session, at: datetime) -> Session:
    """Return a session with its version moved on once; back where it was it has its old reason."""
    if (new := touched(old, new, at=at)) is old:
        return old
    as_before = touched(old, dataclasses.replace(new, reason=old.reason), at=at)
    return old if as_before == old else new


def _by_id(agenda: Agenda, name: str) -> dict[int, Any]:
    return {item.id: item for item in getattr(agenda, name)}


def _new_ids(db: Connection) -> Iterator[int]:
    while True:
        yield next_id(db)


_REMEMBERED = select(tables.edits).where(tables.edits.c.id == bindparam("id"))
