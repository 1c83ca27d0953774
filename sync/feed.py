"""Feeds: which rows a phone may hold, and how they differ from what was last published.

The answer comes from the database, over all rows: nothing that edits the agenda has to remember to
say what it touched. (For 1,000 sessions that takes less time than the commit; docs/decisions/0003.)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Select,
    Table,
    and_,
    bindparam,
    or_,
    select,
)

from event import tables
from event.agenda.model import State
from event.tables import AGENDA
from event.tables import PUBLIC as PUBLIC_TABLES
from event.tables.many import insert_many, inserts
from event.text import dump

_WANTED = "wanted_"
_EVERYBODY, _EVERYONE = dump(["public"]), dump(["everyone"])


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that came, went (`new` is None) or changed; key and rows by column."""

    table: str
    key: tuple[Any, ...]
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, eq=False)
class Feed:
    """All that tells one feed from another; what makes and keeps it is the same for all.

    `tables` are the published copies under the names that phones know. `schema` is their number: a
    phone that knows another must be updated, so it is a new epoch. `key` and `prefix` begin the
    names of the files of its key, and of what lies beside it. The log reaches back `log_age` at
    least; `poll` is what heads say.
    """

    name: str
    schema: int
    tables: Mapping[str, Table]
    key: str
    prefix: str
    log_age: timedelta
    poll: tuple[int, int]

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the columns of a table that a phone holds, the key first."""
        return _columns(self.tables[table])

    def layout(self) -> list[list[object]]:
        """Return what `sync_meta` says of the tables: name, number of key columns, columns."""
        return [
            [name, len(table.primary_key), list(_columns(table))]
            for name, table in self.tables.items()
        ]

    def op(self, difference: Difference) -> list[Any] | None:
        """Return what a phone replays (docs/sync.md, "Head"), None when it holds nothing of it."""
        old, new, key = difference.old, difference.new, difference.key
        if new is None:
            return [difference.table, *key]
        names = self.columns(difference.table)[len(key) :]
        changed = {n: new[n] for n in names if old is None or old[n] != new[n]}
        return [difference.table, *key, changed] if changed or old is None else None

    def counted(self, table: str, row: Mapping[str, Any] | None) -> list[list[Any]]:
        """Return a row as the state counts it, as a list of one or none."""
        return [[table, *(row[name] for name in self.columns(table))]] if row else []


@dataclass(frozen=True, slots=True)
class Comparison:
    """What finds the differences between a table's published copy and what there is now."""

    name: str
    copy: Table
    upserts: Select[Any]
    deletes: Select[Any]

    def came(self, db: Connection) -> list[Difference]:
        """Return the rows that are new or have changed."""
        keys, columns = len(self.copy.primary_key), self.copy.columns.keys()
        names = [column.name for column in self.upserts.selected_columns][: -len(columns)]
        found = []
        for row in db.execute(self.upserts).all():
            new = dict(zip(names, row, strict=False))
            old = dict(zip(columns, row[len(names) :], strict=True))
            # A left join gives a row of nulls where there was none; a key is never null.
            known = old if old[columns[0]] is not None else None
            found.append(Difference(self.name, tuple(row[:keys]), known, new))
        return found

    def went(self, db: Connection) -> list[Difference]:
        """Return the rows that are there no more."""
        keys, columns = len(self.copy.primary_key), self.copy.columns.keys()
        return [
            Difference(self.name, tuple(row[:keys]), dict(zip(columns, row, strict=True)), new=None)
            for row in db.execute(self.deletes)
        ]


def compare(name: str, copy: Table, now: Select[Any]) -> Comparison:
    """Return how a copy is compared with rows that have its columns, or some, the key first."""
    keys = [column.name for column in copy.primary_key]
    rows, named = now.subquery(), _only(now, keys).subquery()
    same = and_(*(rows.c[name] == copy.c[name] for name in keys))
    values = (column for column in rows.c if column.name not in keys)
    differs = or_(
        copy.c[keys[0]].is_(None),
        *(column.is_distinct_from(copy.c[column.name]) for column in values),
    )
    upserts = select(*rows.columns, *copy.columns).select_from(rows.outerjoin(copy, same))
    is_there = and_(*(named.c[name] == copy.c[name] for name in keys))
    deletes = select(*copy.columns).select_from(copy.outerjoin(named, is_there))
    return Comparison(
        name,
        copy,
        upserts.where(differs).order_by(*(rows.c[name] for name in keys)),
        deletes.where(named.c[keys[0]].is_(None)).order_by(*copy.primary_key),
    )


def _only(now: Select[Any], names: list[str]) -> Select[Any]:
    """Return the same rows with fewer columns: what is expensive to know is asked once."""
    columns = [now.selected_columns[name] for name in names]
    return now.with_only_columns(*columns, maintain_column_froms=True)


def published(db: Connection, feed: Feed) -> Iterator[list[Any]]:
    """Yield every row that is published, as the state counts it: its table, then its columns."""
    for name, table in feed.tables.items():
        columns = [table.c[column] for column in feed.columns(name)]
        for row in db.execute(select(*columns).order_by(*table.primary_key)):
            yield [name, *row]


def store(db: Connection, found: list[Difference], feed: Feed) -> None:
    """Bring the published copies of the tables up to date, each in two statements at most."""
    gone: dict[str, list[Mapping[str, Any]]] = {}
    come: dict[str, list[Mapping[str, Any]]] = {}
    for one in found:
        if one.new is None:
            names = (_WANTED + column.name for column in feed.tables[one.table].primary_key)
            gone.setdefault(one.table, []).append(dict(zip(names, one.key, strict=True)))
        else:
            come.setdefault(one.table, []).append(one.new)
    for name, rows in gone.items():
        db.execute(_delete(feed.tables[name]), rows)
    for name, rows in come.items():
        insert_many(db, _upsert(feed.tables[name]), rows)


@cache
def _delete(table: Table) -> Delete:
    return table.delete().where(*(c == bindparam(_WANTED + c.name) for c in table.primary_key))


@cache
def _upsert(table: Table) -> Mapping[str, Any]:
    values = [column.name for column in table.c if not column.primary_key]

    def resolve(new: Any) -> Any:
        if not values:
            return new.on_conflict_do_nothing()
        return new.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={name: new.excluded[name] for name in values},
        )

    return inserts(table, resolve)


@cache
def _columns(table: Table) -> tuple[str, ...]:
    return tuple(c.name for c in table.columns if not c.info.get("local"))


def differences(db: Connection) -> list[Difference]:
    """Return how what is public now differs from what was last published, parents first."""
    came = [found for one in _COMPARISONS for found in one.came(db)]
    return came + [found for one in reversed(_COMPARISONS) for found in one.went(db)]


def _published() -> dict[str, ColumnElement[bool] | None]:
    """Return, for each table, the condition under which a row is public."""
    session, part, role = tables.session, tables.part, tables.session_speaker
    is_public = and_(session.c.state != State.DRAFT, session.c.visibility == _EVERYBODY)
    sessions = select(session.c.id).where(is_public)
    part_is_public = and_(part.c.state != State.DRAFT, part.c.session_id.in_(sessions))
    parts = select(part.c.id).where(part_is_public)
    listed = select(tables.speaker.c.id).where(tables.speaker.c.listed == 1)
    role_is_public = and_(
        role.c.session_id.in_(sessions),
        or_(role.c.part_id == 0, role.c.part_id.in_(parts)),
        role.c.speaker_id.in_(listed),
    )
    speaks = select(role.c.speaker_id).where(role_is_public)
    pictures = select(tables.speaker.c.picture_id).where(
        tables.speaker.c.id.in_(speaks), tables.speaker.c.picture_id.is_not(None)
    )
    return {
        "session": is_public,
        "part": part_is_public,
        "session_speaker": role_is_public,
        "speaker": tables.speaker.c.id.in_(speaks),
        "media": or_(tables.media.c.kind != "picture", tables.media.c.id.in_(pictures)),
        "track": tables.track.c.id.in_(select(session.c.track_id).where(is_public)),
        "session_type": tables.session_type.c.id.in_(select(session.c.type_id).where(is_public)),
        "announcement": tables.announcement.c.audience == _EVERYONE,
    }


def _comparison(table: Table) -> Comparison:
    copy, condition = PUBLIC_TABLES[table.name], _CONDITIONS.get(table.name)
    shown = select(*(table.c[name] for name in copy.columns.keys()))  # noqa: SIM118
    return compare(table.name, copy, shown if condition is None else shown.where(condition))


_CONDITIONS = _published()
_COMPARISONS = [_comparison(table) for table in AGENDA]

PUBLIC = Feed(
    name="public",
    schema=1,
    tables=PUBLIC_TABLES,
    key="feed",
    prefix="",
    log_age=timedelta(hours=48),
    poll=(60, 30),
)
"""What anybody may read: agenda, venue, announcements."""

JSON_COLUMNS = {
    name: {c.name for c in table.columns if c.info.get("json")}
    for name, table in PUBLIC_TABLES.items()
}
