"""The public feed: which rows are public, and how they differ from what was last published.

The answer comes from the database, over all rows: nothing that edits the agenda has to remember to
say what it touched. (For 1,000 sessions that takes less time than the commit; docs/decisions/0003.)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, or_, select

from event import tables
from event.agenda.model import State
from event.tables import AGENDA, PUBLIC
from event.text import dump

FEED = "public"
"""The name of this feed, in addresses and in tables."""

_EVERYBODY, _EVERYONE = dump(["public"]), dump(["everyone"])


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that came, went (`new` is None) or changed; key and rows by column."""

    table: str
    key: tuple[Any, ...]
    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None

    @property
    def changed(self) -> dict[str, Any]:
        """The columns of `new` that differ from `old`, all but the key's when it came."""
        old = self.old or {}
        names = FEED_COLUMNS[self.table][len(self.key) :]
        return {
            name: self.new[name]
            for name in names
            if self.new and (self.old is None or old[name] != self.new[name])
        }

    @property
    def op(self) -> list[Any] | None:
        """What a phone replays: [table, key…, {column: value}], without the last to delete."""
        if self.new is None:
            return [self.table, *self.key]
        changed = self.changed
        return [self.table, *self.key, changed] if changed or self.old is None else None

    def hashed(self, row: Mapping[str, Any] | None) -> list[list[Any]]:
        """Return a row as the state counts it, as a list of one or none."""
        return [[self.table, *(row[name] for name in FEED_COLUMNS[self.table])]] if row else []


def differences(db: Connection) -> list[Difference]:
    """Return how what is public now differs from what was last published, parents first."""
    found: list[Difference] = []
    for table, (upserts, _) in _STATEMENTS.items():
        columns = PUBLIC[table].columns.keys()
        keys = len(PUBLIC[table].primary_key)
        for row in db.execute(upserts):
            new = dict(zip(columns, row[: len(columns)], strict=True))
            old = dict(zip(columns, row[len(columns) :], strict=True))
            # A left join gives a row of nulls where there was none; a key is never null.
            known = old if old[columns[0]] is not None else None
            found.append(Difference(table, tuple(row[:keys]), known, new))
    for table, (_, deletes) in reversed(_STATEMENTS.items()):
        columns = PUBLIC[table].columns.keys()
        keys = len(PUBLIC[table].primary_key)
        for row in db.execute(deletes):
            old = dict(zip(columns, row, strict=True))
            found.append(Difference(table, tuple(row[:keys]), old, None))
    return found


def store(db: Connection, found: list[Difference]) -> None:
    """Bring the published copies of the tables up to date."""
    inserts: dict[str, list[Mapping[str, Any]]] = {}
    for difference in found:
        table = PUBLIC[difference.table]
        same = and_(
            *(c == value for c, value in zip(table.primary_key, difference.key, strict=True))
        )
        if difference.new is None:
            db.execute(table.delete().where(same))
        elif difference.old is None:
            inserts.setdefault(difference.table, []).append(difference.new)
        else:
            changed = {n: v for n, v in difference.new.items() if difference.old[n] != v}
            db.execute(table.update().where(same).values(changed))
    for name, rows in inserts.items():
        db.execute(PUBLIC[name].insert(), rows)


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


def _statements(table: Table, condition: ColumnElement[bool] | None) -> tuple[Select[Any], ...]:
    copy = PUBLIC[table.name]
    shown = select(*(table.c[name] for name in copy.columns.keys()))  # noqa: SIM118
    now = (shown if condition is None else shown.where(condition)).subquery()
    keys = [column.name for column in copy.primary_key]
    same = and_(*(now.c[name] == copy.c[name] for name in keys))
    differs = or_(
        copy.c[keys[0]].is_(None),
        *(now.c[c.name].is_distinct_from(c) for c in copy.columns if c.name not in keys),
    )
    order = [now.c[name] for name in keys]
    upserts = select(*now.columns, *copy.columns).select_from(now.outerjoin(copy, same))
    deletes = select(*copy.columns).select_from(copy.outerjoin(now, same))
    return (
        upserts.where(differs).order_by(*order),
        deletes.where(now.c[keys[0]].is_(None)).order_by(*copy.primary_key),
    )


FEED_COLUMNS = {
    name: [c.name for c in table.columns if not c.info.get("local")]
    for name, table in PUBLIC.items()
}
"""The columns a phone holds, the key first."""

JSON_COLUMNS = {
    name: {c.name for c in table.columns if c.info.get("json")} for name, table in PUBLIC.items()
}

_CONDITIONS = _published()
_STATEMENTS = {t.name: _statements(t, _CONDITIONS.get(t.name)) for t in AGENDA}
