"""Plans: edits prepared in calm, checked after every publish, fired with one tap."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from sqlalchemy import Connection, bindparam, delete, select, update

from event import tables
from event.agenda.model import Agenda
from event.agenda.rows import load
from event.errors import Conflict, EventdayError, NotFound, Stale
from event.text import Text, dump, parse, pick
from sync.edits import (
    Edited,
    Edits,
    applied,
    differing,
    edit,
    from_documents,
    remember,
    to_documents,
)
from sync.publish import read_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Prepared edits, and the versions of the sessions they would touch as they were then.

    It was last checked after the publish `checked`, and has not fitted since `stale_since`.
    """

    id: int
    name: Text
    edits: Edits
    versions: dict[int, int]
    by: str
    fired: int = 0
    """The publish it was fired with, negative when that changed nothing public."""
    checked: int = 0
    stale_since: int | None = None


def prepare(db: Connection, name: Text, edits: Edits, *, by: str) -> Plan:
    """Keep edits as a plan. Raises Invalid when they could not be done now."""
    before = load(db, public=False)
    after = applied(before, [edits], ids=count(-1, -1), at=edits.at)
    touched = differing(before, after)
    versions = {s.id: s.version for s in before.sessions if ("sessions", s.id) in touched}
    (document,) = to_documents([edits])
    row = {
        "name": dump(dict(name)),
        "operations": dump(document["operations"]),
        "reason": dump(document["reason"]),
        "versions": dump({str(number): version for number, version in versions.items()}),
        "at": document["at"],
        "by": by,
        "checked": read_clock(db).seq,
    }
    return find(db, db.execute(_TABLE.insert().returning(_TABLE.c.id), row).scalar_one())


def plans(db: Connection) -> list[Plan]:
    """Return all plans, the oldest first."""
    fired = {key.removeprefix(_PLAN): seq for key, seq in db.execute(_FIRED)}
    return [
        Plan(
            id=row.id,
            name=parse(row.name),
            edits=from_documents(
                [{"operations": parse(row.operations), "reason": parse(row.reason), "at": row.at}]
            )[0],
            versions={int(number): version for number, version in parse(row.versions).items()},
            by=row.by,
            fired=fired.get(str(row.id), 0),
            checked=row.checked,
            stale_since=row.stale_since,
        )
        for row in db.execute(_PLANS)
    ]


def faults(agenda: Agenda, plan: Plan, *, at: datetime) -> tuple[list[str], list[str]]:
    """Return why a plan could not be fired at that moment, and what of it was edited since."""
    sessions = {session.id: session for session in agenda.sessions}
    edited = [
        f"Session {number} “{pick(sessions[number].title, agenda.event.languages)[0]}” was edited."
        for number, version in sorted(plan.versions.items())
        if number in sessions and sessions[number].version != version
    ]
    try:
        applied(agenda, [_at(plan, at)], ids=count(-1, -1), at=at)
    except EventdayError as error:
        found = error.fields.get("errors")
        return [e["detail"] for e in found] if isinstance(found, list) else [error.detail], edited
    return [], edited


def check(db: Connection, *, at: datetime) -> bool:
    """Note of each plan whether it still fits after the last publish; say if any was looked at."""
    seq = read_clock(db).seq
    due = [plan for plan in plans(db) if not plan.fired and plan.checked != seq]
    if not due:
        return False
    agenda = load(db, public=False)
    for plan in due:
        since = plan.stale_since or seq if any(faults(agenda, plan, at=at)) else None
        db.execute(_CHECKED, {"wanted": plan.id, "seq": seq, "since": since})
    return True


def fire(
    db: Connection,
    plan_id: int,
    *,
    at: datetime,
    even_if_edited: bool,
    versions: Mapping[int, int],
) -> Edited:
    """Do what a plan says. Fired twice it has been fired once.

    `versions` are those of sessions as whoever fires it saw them, none where nobody looked.
    Raises NotFound; Conflict when it was fired; Stale when sessions it touches were edited since it
    was prepared, unless that is said to be meant, or since it was looked at; Invalid when it
    cannot be done.
    """
    plan = find(db, plan_id)
    if plan.fired:
        raise Conflict(f"Plan {plan_id} was fired already; undo that publish, or prepare another.")
    before = load(db, public=False)
    _, edited = faults(before, plan, at=at)
    if edited and not even_if_edited:
        raise Stale(
            f"{' '.join(edited)} Look at the plan with dry_run, then fire it with even_if_edited."
        )
    edits = dataclasses.replace(_at(plan, at), versions=versions)
    done = edit(db, [edits], at=at, before=before)
    remember(db, f"{_PLAN}{plan_id}", digest="", at=at, clashes=done.clashes)
    return done


def find(db: Connection, plan_id: int) -> Plan:
    """Return a plan. Raises NotFound."""
    for plan in plans(db):
        if plan.id == plan_id:
            return plan
    raise NotFound(f"There is no plan {plan_id}; see GET /v1/plans.")


def drop(db: Connection, plan_id: int) -> None:
    """Delete a plan. Raises NotFound."""
    if not db.execute(_DROP, {"id": plan_id}).rowcount:
        raise NotFound(f"There is no plan {plan_id}; see GET /v1/plans.")


def _at(plan: Plan, at: datetime) -> Edits:
    return dataclasses.replace(plan.edits, at=at)


_PLAN = "plan/"
_TABLE = tables.plan
_PLANS = select(_TABLE).order_by(_TABLE.c.id)
_CHECKED = (
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("wanted"))
    .values(checked=bindparam("seq"), stale_since=bindparam("since"))
)
_DROP = delete(_TABLE).where(_TABLE.c.id == bindparam("id"))
_FIRED = select(tables.edits.c.id, tables.edits.c.seq).where(
    tables.edits.c.id.startswith(_PLAN, autoescape=True)
)
