"""What a publish did to the agenda's rows, taken back."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, bindparam, func, select, update
from sqlalchemy.exc import IntegrityError

from event import tables
from event.agenda.rows import Key, Row, Rows, write
from event.errors import Conflict, NotFound, Stale
from event.text import parse, pick
from event.times import to_seconds

NOTHING_PUBLIC = -1
"""The seq of what was overwritten without anybody seeing it."""

PENDING = 0
"""The seq of what was overwritten in a transaction until it is published."""

_COUNTERS = {"version", "sequence", "changed_at"}
_REVISED = {"starts_at", "ends_at", "room_id", "state"}
_TABLES = {table.name: table for table in tables.AGENDA}


def note(db: Connection, *, seq: int) -> None:
    """Say that what was overwritten in this transaction, and its edits, belong to a publish."""
    for statement in _NOTES:
        db.execute(statement, {"to": seq})


def undo(db: Connection, seq: int, *, at: datetime) -> None:
    """Make the agenda's rows what they were before a publish; their versions go on.

    Raises NotFound when there is no such publish or it cannot be undone, Stale when something it
    touched was changed since, naming that, and Conflict when people hold on to what it added.
    """
    noted = list(db.execute(_OF_PUBLISH, {"seq": seq}))
    if not noted or seq <= PENDING:
        raise NotFound(f"There is no publish {seq} that can be undone; see GET /v1/changes.")
    before: dict[tuple[str, str], Row | None] = {}
    # Of a row that was overwritten twice in one publish, the first note is what it was before.
    for table, key, row in reversed(noted):
        before[table, key] = _merged(before.get((table, key), {}), row)
    last = max(number for (number,) in db.execute(_LAST, {"seq": seq}))
    _refuse_if_touched(db, before, since=last, seq=seq)
    now, then = _rows(db, before, at=at)
    try:
        write(db, now, then)
    except IntegrityError:
        raise Conflict(
            f"Publish {seq} added what people or gates refer to by now; cancel it instead."
        ) from None


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
    row = db.execute(select(table).where(_is(table, tuple(parse(key))))).mappings().first()
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


def _rows(
    db: Connection, before: dict[tuple[str, str], Row | None], *, at: datetime
) -> tuple[Rows, Rows]:
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


def _is(table: Table, key: Key) -> Any:
    return and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))


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
_SINCE = (
    select(_TABLE.c.table, _TABLE.c.key, _TABLE.c.row, _TABLE.c.seq)
    .where(_TABLE.c.number > bindparam("since"))
    .order_by(_TABLE.c.number.desc())
)
