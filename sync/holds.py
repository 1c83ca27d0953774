"""Edits that wait: published when they are due or at once, or taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy import Connection, bindparam, delete, select, update

from event import tables
from event.agenda.clashes import Clash
from event.agenda.model import Agenda
from event.agenda.rows import load
from event.agenda.undo import NOTHING_PUBLIC, PENDING
from event.database import Database
from event.errors import Conflict, EventdayError, NotFound
from event.text import dump, parse
from event.times import from_seconds, to_seconds
from sync.edits import (
    Edited,
    Edits,
    applied,
    differing,
    edit,
    from_documents,
    refuse_stale,
    remember,
    remembered,
    to_documents,
)
from sync.publish import Published, locked_clock, publish

JOINED = -2
"""The seq of what was held and went on with later edits of the same things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Lists of edits that wait until `due`; `fault` says why they could not be published then."""

    id: str
    sha256: str
    at: datetime
    due: datetime
    by: str
    lists: Sequence[Edits]
    versions: dict[int, int]
    fault: str = ""


def edit_with_held(db: Connection, edits: Edits, *, at: datetime) -> Edited:
    """Change the agenda by edits, and by what is held of the same things, which comes first.

    So there and back within the hold is no change. Raises what `edit` does.
    """
    before = load(db, public=False)
    joined = _joined(db, before, edits)
    done = edit(db, [*_lists(joined), edits], at=at, before=before)
    for held in joined:
        _end(db, held, at=at, seq=PENDING)
    return done


def edit_once(
    db: Connection, key: str, edits: Edits, *, at: datetime, digest: str
) -> Edited | None:
    """Do edits as `edit_with_held` does; None when they were done under that id already.

    Raises what that does, and Conflict when the id named other edits.
    """
    if remembered(db, key, digest=digest):
        return None
    _known(db, key, digest=digest)
    done = edit_with_held(db, edits, at=at)
    remember(db, key, digest=digest, at=at, clashes=done.clashes)
    return done


def hold(
    db: Connection,
    key: str,
    edits: Edits,
    *,
    due: datetime,
    by: str,
    digest: str,
) -> Hold | None:
    """Keep edits until they are due, together with what is held of the same things.

    Returns None when nothing is left of them together, or when they were held and ended before.
    The same id again is the same hold. Raises what `edit` does.
    """
    locked_clock(db)
    if remembered(db, key, digest=digest):
        return None
    if known := _known(db, key, digest=digest):
        return known
    before = load(db, public=False)
    refuse_stale(before, edits.versions)
    joined = _joined(db, before, edits)
    lists = [*_lists(joined), edits]
    after = applied(before, lists, ids=count(-1, -1), at=edits.at)
    touched = differing(before, after)
    for one in joined:
        _end(db, one, at=edits.at, seq=JOINED if touched else NOTHING_PUBLIC)
    if not touched:
        remember(db, key, digest=digest, at=edits.at, seq=NOTHING_PUBLIC)
        return None
    versions = {s.id: s.version for s in before.sessions if ("sessions", s.id) in touched}
    held = Hold(id=key, sha256=digest, at=edits.at, due=due, by=by, lists=lists, versions=versions)
    row = {
        "id": key,
        "sha256": digest,
        "at": to_seconds(held.at),
        "due": to_seconds(due),
        "by": by,
        "lists": dump(to_documents(lists)),
        "versions": dump({str(number): version for number, version in versions.items()}),
    }
    db.execute(tables.hold.insert(), row)
    return held


def holds(db: Connection) -> list[Hold]:
    """Return what is held, the oldest first."""
    return [
        Hold(
            id=row.id,
            sha256=row.sha256,
            at=from_seconds(row.at),
            due=from_seconds(row.due),
            by=row.by,
            lists=from_documents(parse(row.lists)),
            versions={int(number): version for number, version in parse(row.versions).items()},
            fault=row.fault,
        )
        for row in db.execute(_HOLDS)
    ]


def take_back(db: Connection, key: str, *, at: datetime) -> None:
    """Forget edits that are held; those that were taken back already are so still.

    Raises NotFound for an id that nobody knows, Conflict when they are published or go with others.
    """
    locked_clock(db)
    if seq := db.execute(_ENDED, {"id": key}).scalar():
        if seq > 0:
            raise Conflict(f"That was published; undo it: POST /v1/publishes/{seq}/undo")
        if seq == JOINED:
            raise Conflict("Later edits of the same things took it along; see GET /v1/holds")
        return
    _end(db, _held(db, key), at=at, seq=NOTHING_PUBLIC)


def publish_held(
    database: Database,
    key: str,
    *,
    at: datetime,
    issued_at: datetime,
) -> Published[Edited]:
    """Publish edits that are held, as whoever made them.

    Raises NotFound, Stale when a session they touch was edited since, and Invalid.
    """
    with database.read() as db:
        by = _held(db, key).by

    def release(db: Connection) -> Edited:
        held = _held(db, key)
        before = load(db, public=False)
        refuse_stale(before, held.versions)
        done = edit(db, held.lists, at=at, before=before)
        _end(db, held, at=at, seq=PENDING, clashes=done.clashes)
        return done

    return publish(database, release, at=at, by=by, issued_at=issued_at)


def publish_due(database: Database, *, at: datetime, issued_at: datetime) -> list[str]:
    """Publish all that is due; return the ids. What cannot be published stays, with its fault."""
    with database.read() as db:
        due = [held.id for held in holds(db) if held.due <= at and not held.fault]
    for number in due:
        try:
            publish_held(database, number, at=at, issued_at=issued_at)
        except EventdayError as error:
            with database.write() as db:
                db.execute(_FAULT, {"key": number, "said": error.detail})
    return due


def _known(db: Connection, key: str, *, digest: str) -> Hold | None:
    """Return what is held under an id. Raises Conflict when that is another request."""
    held = next((one for one in holds(db) if one.id == key), None)
    if held and held.sha256 != digest:
        raise Conflict(
            "Edits with that id are held already: send those with a new id, or publish these: "
            f"POST /v1/holds/{key}/publish"
        )
    return held


def _held(db: Connection, key: str) -> Hold:
    for held in holds(db):
        if held.id == key:
            return held
    raise NotFound("Nothing is held under that id; it was published or taken back.")


def _joined(db: Connection, before: Agenda, edits: Edits) -> list[Hold]:
    """Return what is held of the things that edits are about, and of what that is about.

    What cannot be published by itself, as sessions were edited since, goes with nothing.
    """
    agenda, found, ids = before, [], count(-1, -1)
    for held in holds(db):
        try:
            refuse_stale(before, held.versions)
            after = applied(agenda, held.lists, ids=ids, at=edits.at)
        except EventdayError:
            continue
        found.append((held, differing(agenda, after)))
        agenda = after
    if not found:
        return []
    touched = differing(agenda, applied(agenda, [edits], ids=ids, at=edits.at))
    joined: list[Hold] = []
    for held, about in reversed(found):
        if about & touched:
            joined.insert(0, held)
            touched |= about
    return joined


def _lists(held: Sequence[Hold]) -> list[Edits]:
    return [edits for one in held for edits in one.lists]


def _end(
    db: Connection, held: Hold, *, at: datetime, seq: int, clashes: Sequence[Clash] = ()
) -> None:
    """Forget what is held, but not that it was: its sender may not have heard."""
    db.execute(_FORGET, {"id": held.id})
    remember(db, held.id, digest=held.sha256, at=at, clashes=clashes, seq=seq)


_TABLE = tables.hold
_HOLDS = select(_TABLE).order_by(_TABLE.c.number)
_ENDED = select(tables.edits.c.seq).where(tables.edits.c.id == bindparam("id"))
_FORGET = delete(_TABLE).where(_TABLE.c.id == bindparam("id"))
_FAULT = update(_TABLE).where(_TABLE.c.id == bindparam("key")).values(fault=bindparam("said"))
