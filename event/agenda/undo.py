"""What a publish did to the agenda's rows, taken back."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Text,
    bindparam,
    cast,
    delete,
    func,
    literal,
    or_,
    select,
    union,
    update,
)
from sqlalchemy.exc import IntegrityError

from event import tables
from event.agenda.model import State
from event.agenda.rows import Row, Rows, is_row, write
from event.errors import Conflict, NotFound, Stale
from event.tables.many import among
from event.text import parse, pick
from event.times import to_seconds

NOTHING_PUBLIC = -1
"""The seq of what was overwritten without anybody seeing it."""

PENDING = 0
"""The seq of what was overwritten in a transaction until it is published."""

Before = dict[tuple[str, str], Row | None]
"""What rows were, by table and key."""

_COUNTERS = {"version", "sequence", "changed_at"}
_REVISED = {"starts_at", "ends_at", "room_id", "state"}
PUBLISHES, DAYS = 500, 30
"""How far undo reaches back: to whichever of both is later."""
RETRIES = 7
"""Days for which the answer to edits is kept for whoever sends them again."""

_TABLES = {table.name: table for table in tables.AGENDA}


def note(db: Connection, *, seq: int) -> None:
    """Say that what was overwritten in this transaction, and its edits, belong to a publish."""
    for statement in _NOTES:
        db.execute(statement, {"to": seq})


def overwritten_by(db: Connection, seq: int) -> Before:
    """Return what was overwritten by a publish, or with `PENDING` in this transaction, until now.

    By table and key (as JSON): the columns that differed as they were, all of a row that went, and
    None for one that came.
    """
    before: Before = {}
    # Of a row that was overwritten twice in one publish, the first note is what it was before.
    for table, key, row in reversed(list(db.execute(_OF_PUBLISH, {"seq": seq}))):
        before[table, key] = _merged(before.get((table, key), {}), row)
    return before


def undo(db: Connection, seq: int, *, at: datetime) -> None:
    """Make the agenda's rows what they were before a publish; their versions go on.

    A session that it added, and that people or gates refer to by now, becomes a draft: nobody sees
    it any more, and nothing of theirs is lost. Raises NotFound when there is no such publish or it
    cannot be undone, Stale when something it touched was changed since, naming that, and Conflict
    when something else holds on to what it added.
    """
    before = overwritten_by(db, seq)
    if not before or seq <= PENDING:
        raise NotFound(
            f"There is no publish {seq} that can be undone; see GET /v1/changes. Undo reaches back "
            f"{PUBLISHES} publishes and {DAYS} days."
        )
    last = max(number for (number,) in db.execute(_LAST, {"seq": seq}))
    _refuse_if_touched(db, before, since=last, seq=seq)
    before = _without_what_is_held(db, before)
    now, then = _rows(db, before, at=at)
    try:
        write(db, now, then)
    except IntegrityError:
        raise Conflict(
            f"Publish {seq} added what other things refer to by now; edit it instead."
        ) from None


def forget(db: Connection, *, at: int) -> int:
    """Forget what no undo and no retry needs any more (`at` is UTC seconds); return the rows.

    Of a publish all notes go with those before it: to undo one takes all that came after.
    """
    oldest = {"publishes": PUBLISHES, "before": at - DAYS * 86_400}
    last = db.execute(_FORGOTTEN, oldest).scalar()
    gone = 0 if last is None else db.execute(_FORGET, {"last": last}).rowcount
    return gone + db.execute(_FORGET_EDITS, {"before": at - RETRIES * 86_400}).rowcount


def _without_what_is_held(db: Connection, before: Before) -> Before:
    """Return what rows were, but drafts in place of the sessions that would take others along."""
    added = [parse(key)[0] for (table, key), row in before.items()
             if table == "session" and row is None]  # fmt: skip
    held = set(db.execute(_HELD, {"wanted": added}).scalars()) if added else set()
    parts = set(db.execute(_PARTS, {"wanted": list(held)}).scalars())
    kept: Before = {}
    for (table, written), row in before.items():
        number = parse(written)[0]
        if table == "session" and number in held:
            kept[table, written] = {"state": str(State.DRAFT)}
        elif number not in {"part": parts, "session_speaker": held}.get(table, ()):
            kept[table, written] = row
    return kept


def _merged(later: Row | None, row: str | None) -> Row | None:
    return None if row is None else (later or {}) | parse(row)


def _refuse_if_touched(
    db: Connection, before: Iterable[tuple[str, str]], *, since: int, seq: int
) -> None:
    """Raise Stale unless these rows are what the publish left; there and back is no change."""
    left: dict[tuple[str, str], Row | None] = {}
    by: dict[tuple[str, str], set[int]] = defaultdict(set)
    for table, key, row, later in db.execute(_SINCE, {"since": since}):
        if (table, key) in before:
            left[table, key] = _merged(left.get((table, key), {}), row)
            by[table, key].add(later)
    touched = [one for one, row in left.items() if not _is_still(db, one, row)]
    if not touched:
        return
    names = dict.fromkeys(_named(db, table, parse(key)) for table, key in touched)
    later = sorted({number for one in touched for number in by[one] if number > 0})
    who = f" by publish {', '.join(map(str, later))}" if later else ""
    raise Stale(
        f"{', '.join(names)} changed since publish {seq}{who}; undo that first, or edit it.",
        touched=list(names),
    )


def _is_still(db: Connection, one: tuple[str, str], row: Row | None) -> bool:
    """Say whether a row is, or is not, there with these values; its versions go on anyway."""
    now = _current(db, *one)
    if now is None or row is None:
        return now is row
    return all(now[name] == value for name, value in row.items() if name not in _COUNTERS)


def _current(db: Connection, name: str, key: str) -> Row | None:
    table = _TABLES[name]
    row = db.execute(select(table).where(is_row(table, tuple(parse(key))))).mappings().first()
    return None if row is None else {n: v for n, v in row.items() if n != "content"}


def _named(db: Connection, table: str, key: list[Any]) -> str:
    """Return what a row is called, as people find it: speakers of a session are that session."""
    name, number = ("session", key[0]) if table == "session_speaker" else (table, key[0])
    columns = _TABLES[name].c
    words = next((columns[n] for n in ("title", "name") if n in columns), None)
    found = (
        None if words is None else db.execute(select(words).where(columns.id == number)).scalar()
    )
    called = "" if found is None else f" “{_words(found)}”"
    return f"{name.replace('_', ' ')} {number}{called}"


def _words(value: str) -> str:
    return pick(parse(value), ("en",))[0] if value.startswith("{") else value


def _rows(db: Connection, before: Before, *, at: datetime) -> tuple[Rows, Rows]:
    """Return the rows as they are and as they were, the latter with versions that go on."""
    now: Rows = defaultdict(dict)
    then: Rows = defaultdict(dict)
    for (name, written), row in before.items():
        key = tuple(parse(written))
        current = _current(db, name, written)
        known = current or {}
        if current is not None:
            now[name][key] = known
        if row is None:
            continue
        if name == "media" and current is None:
            raise Conflict(f"The bytes of picture {key[0]} are gone; import it again.")
        wanted = known | row
        if name == "session" and current is not None:
            wanted |= _counted(known, wanted, at)
        then[name][key] = wanted
    return dict(now), dict(then)


def _counted(known: Row, wanted: Row, at: datetime) -> Row:
    """Return the counters of a session that is edited back (RFC 5545: they never go back)."""
    revised = any(known[name] != wanted[name] for name in _REVISED)
    return {
        "version": known["version"] + 1,
        "sequence": known["sequence"] + revised,
        "changed_at": to_seconds(at) if revised else known["changed_at"],
    }


_HELD = union(
    *(
        select(table.c.session_id).where(among(table.c.session_id, "wanted"))
        for table in (
            tables.bookmark, tables.booking, tables.booking_rule, tables.feedback, tables.gate,
            tables.meeting,
        )
    )
)  # fmt: skip
_PARTS = select(tables.part.c.id).where(among(tables.part.c.session_id, "wanted"))
_TABLE = tables.overwritten
_NOTES = [
    update(table).where(table.c.seq == PENDING).values(seq=bindparam("to"))
    for table in (_TABLE, tables.edits)
]
_OF_PUBLISH = (
    select(_TABLE.c.table, _TABLE.c.key, _TABLE.c.row)
    .where(_TABLE.c.seq == bindparam("seq"))
    .order_by(_TABLE.c.number)
)
_LAST = select(func.max(_TABLE.c.number)).where(_TABLE.c.seq == bindparam("seq"))
# Publishes come one after the other, and so do their notes; -1 are edits between them.
_PUBLISHED = _TABLE.c.seq > PENDING
_FORGOTTEN = select(func.max(_TABLE.c.number)).where(
    _PUBLISHED,
    or_(
        _TABLE.c.seq
        <= select(func.max(_TABLE.c.seq)).scalar_subquery()
        - bindparam("publishes", type_=BigInteger),
        _TABLE.c.seq.in_(
            select(tables.publish.c.seq)
            .group_by(tables.publish.c.seq)
            .having(func.max(tables.publish.c.at) < bindparam("before"))
        ),
    ),
)
_FORGET = delete(_TABLE).where(_TABLE.c.number <= bindparam("last"))
# That a plan was fired is known for as long as there is the plan.
_FORGET_EDITS = delete(tables.edits).where(
    tables.edits.c.at < bindparam("before"),
    or_(
        tables.edits.c.id.not_like("plan/%"),
        tables.edits.c.id.not_in(select(literal("plan/").concat(cast(tables.plan.c.id, Text)))),
    ),
)
_SINCE = (
    select(_TABLE.c.table, _TABLE.c.key, _TABLE.c.row, _TABLE.c.seq)
    .where(_TABLE.c.number > bindparam("since"))
    .order_by(_TABLE.c.number.desc())
)
