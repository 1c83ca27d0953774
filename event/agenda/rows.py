"""The agenda in its tables: dataclasses to rows and back, and only what differs is written."""

import dataclasses
from collections import defaultdict
from collections.abc import Container, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Result, Table, and_, select, update
from sqlalchemy import delete as delete_from

from event import tables
from event.agenda import model
from event.agenda.fields import Names, Values, encode, fields
from event.agenda.model import Agenda, Event, Media, Part, Role, Session
from event.errors import NotFound
from event.text import dump

Key = tuple[Any, ...]
Row = dict[str, Any]
Rows = dict[str, dict[Key, Row]]

LISTS: Mapping[str, tuple[type, Table]] = {
    "venues": (model.Venue, tables.venue),
    "rooms": (model.Room, tables.room),
    "places": (model.PointOfInterest, tables.point_of_interest),
    "media": (model.Media, tables.media),
    "tracks": (model.Track, tables.track),
    "types": (model.SessionType, tables.session_type),
    "speakers": (model.Speaker, tables.speaker),
    "sessions": (model.Session, tables.session),
    "announcements": (model.Announcement, tables.announcement),
    "legal": (model.LegalText, tables.legal_text),
}
"""The lists of an `Agenda`, what each holds and where it is kept."""

_EVENT_ID = 1


def load(db: Connection, *, public: bool, media: bool = False, sessions: bool = True) -> Agenda:
    """Return the whole agenda: what is published, or all there is; with `media` its bytes too.

    Without `sessions` it is what sessions refer to.

    Sessions come by start, then id. Raises NotFound in a database without an event.
    """
    source = tables.PUBLIC if public else {table.name: table for table in tables.AGENDA}
    event_row = db.execute(select(source["event"])).mappings().first()
    if event_row is None:
        raise NotFound(
            "There is no event yet; create one with: eventday import FILE", code="no-event"
        )
    lists = {
        name: _load_list(db, kind, source[table.name], media=media)
        for name, (kind, table) in LISTS.items()
        if kind is not Session
    }
    return Agenda(
        event=_item(Event, tuple(event_row.keys()), tuple(event_row.values())),
        sessions=_load_sessions(db, source) if sessions else (),
        **lists,
    )


def load_session(db: Connection, session_id: int) -> Session:
    """Return one session with its parts and speakers, whatever its state. Raises NotFound."""
    source = {table.name: table for table in tables.AGENDA}
    for session in _load_sessions(db, source, session_id=session_id):
        return session
    raise NotFound(f"There is no session {session_id}.")


def load_announcements(db: Connection) -> tuple[model.Announcement, ...]:
    """Return all announcements, whoever they are for and whenever they begin."""
    return _load_list(db, model.Announcement, tables.announcement, media=False)


def store(db: Connection, old: Agenda | None, new: Agenda) -> None:
    """Turn the rows of `old` into those of `new`; ids must be final."""
    same = _same_in(old, new) if old else {}
    write(
        db,
        _rows_of(old, without=same) if old else {},
        _rows_of(new, without=same),
        noted=old is not None,
    )


def store_session(db: Connection, old: Session | None, new: Session) -> None:
    """Turn the rows of one session into those of another with the same id."""
    write(db, _session_rows(old) if old else {}, _session_rows(new))


def next_id(db: Connection) -> int:
    """Return an id that no row of this event has had before."""
    clock = tables.clock
    taken = update(clock).where(clock.c.feed == "public").values(next_id=clock.c.next_id + 1)
    following: int = db.execute(taken.returning(clock.c.next_id)).scalar_one()
    return following - 1


def _load_list(db: Connection, kind: type, table: Table, *, media: bool) -> tuple[Any, ...]:
    columns = [c for c in table.columns if media or c.name != "content"]
    ordered = is_ordered(kind, table)
    order = (table.c.position, table.c.id) if ordered else (table.c.id,)
    rows = db.execute(select(*columns).order_by(*order))
    names = tuple(rows.keys())
    # Pictures are large, and read once.
    read = _item.__wrapped__ if media and kind is Media else _item
    return tuple(read(kind, names, tuple(row)) for row in rows.all())


def _load_sessions(
    db: Connection, source: Mapping[str, Table], session_id: int | None = None
) -> tuple[Session, ...]:
    session, part, speaker = (source[n] for n in ("session", "part", "session_speaker"))

    def rows(table: Table, column: str, *order: str) -> Result[Any]:
        statement = select(table).order_by(*(table.c[name] for name in order))
        if session_id is not None:
            statement = statement.where(table.c[column] == session_id)
        return db.execute(statement)

    roles: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    for one in rows(speaker, "session_id", "position", "speaker_id").all():
        roles[one.session_id].append((one.part_id, one.speaker_id, one.role))
    parts: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    found = rows(part, "session_id", "starts_at", "id")
    part_names = tuple(found.keys())
    for one in found.all():
        parts[one.session_id].append(tuple(one))
    found = rows(session, "id", "starts_at", "id")
    names = tuple(found.keys())
    return tuple(
        _session(names, tuple(one), part_names, tuple(parts[one.id]), tuple(roles[one.id]))
        for one in found.all()
    )


def _same_in(old: Agenda, new: Agenda) -> dict[str, set[int]]:
    """Return by list the ids of what is the same in both agendas, and at the same place."""
    same: dict[str, set[int]] = {}
    for name, (kind, table) in LISTS.items():
        ordered = is_ordered(kind, table)
        before = {item.id: (place, item) for place, item in enumerate(getattr(old, name))}
        same[name] = set()
        for place, item in enumerate(getattr(new, name)):
            at, known = before.get(item.id, (place, None))
            if (known is item or known == item) and (at == place or not ordered):
                same[name].add(item.id)
    return same


def _rows_of(agenda: Agenda, *, without: Mapping[str, Container[int]]) -> Rows:
    """Return the rows of an agenda, by list without those of the things with these ids."""
    rows: Rows = {"event": {(_EVENT_ID,): {"id": _EVENT_ID} | encode(agenda.event)}}
    for name, (kind, table) in LISTS.items():
        ordered = is_ordered(kind, table)
        kept = rows.setdefault(table.name, {})
        for position, item in enumerate(getattr(agenda, name)):
            if item.id in without.get(name, ()):
                continue
            if isinstance(item, Session):
                for table_name, found in _session_rows(item).items():
                    rows.setdefault(table_name, {}).update(found)
                continue
            row = encode(item)
            if isinstance(item, Media) and item.content is None:
                del row["content"]
            kept[item.id,] = row | ({"position": position} if ordered else {})
    return rows


def _session_rows(session: Session) -> Rows:
    rows: Rows = {"session": {(session.id,): encode(session)}, "part": {}, "session_speaker": {}}
    for part in session.parts:
        rows["part"][part.id,] = encode(part) | {"session_id": session.id}
    for part_id, roles in [(0, session.speakers), *((p.id, p.speakers) for p in session.parts)]:
        for position, role in enumerate(roles):
            key = (session.id, part_id, role.speaker_id, role.role)
            names = ("session_id", "part_id", "speaker_id", "role")
            rows["session_speaker"].setdefault(
                key, dict(zip(names, key, strict=True)) | {"position": position}
            )
    return rows


def write(db: Connection, old: Rows, new: Rows, *, noted: bool = True) -> None:
    """Turn rows into others, and note what they were, so that it can be undone."""
    overwritten: list[Row] = []

    def note(table: Table, key: Key, row: Row | None) -> None:
        kept = None if row is None else dump({n: v for n, v in row.items() if n != "content"})
        overwritten.append({"table": table.name, "key": dump(key), "row": kept})

    for table in tables.AGENDA:
        before, after = old.get(table.name, {}), new.get(table.name, {})
        if inserts := {key: row for key, row in after.items() if key not in before}:
            # Pictures may come without their bytes; one statement needs the same columns in each.
            columns = dict.fromkeys(name for row in inserts.values() for name in row)
            db.execute(table.insert(), [columns | row for row in inserts.values()])
            for key in inserts:
                note(table, key, None)
        for key, row in after.items():
            known = before.get(key, row)
            if changed := {name: v for name, v in row.items() if known.get(name) != v}:
                db.execute(update(table).where(is_row(table, key)).values(changed))
                note(table, key, {name: known.get(name) for name in changed})
    for table in reversed(tables.AGENDA):
        before, after = old.get(table.name, {}), new.get(table.name, {})
        for key in before.keys() - after.keys():
            db.execute(delete_from(table).where(is_row(table, key)))
            note(table, key, before[key])
    if noted and overwritten:
        db.execute(tables.overwritten.insert(), overwritten)


def is_row(table: Table, key: Key) -> Any:
    """Say that a row has that key."""
    return and_(*(column == value for column, value in zip(table.primary_key, key, strict=True)))


def is_ordered(kind: type, table: Table) -> bool:
    """Say whether the order of that list is kept; the others are ordered by id."""
    names = {field.name for field in dataclasses.fields(kind)}
    return "position" in table.columns and "position" not in names


# Of two agendas most rows are the same, and need not be read again.


@lru_cache(maxsize=16_384)
def _item(kind: Any, names: Names, row: Values) -> Any:
    """Return the thing that a row says."""
    return kind(**fields(kind, names, row))


@lru_cache(maxsize=16_384)
def _session(
    names: Names,
    row: Values,
    part_names: Names,
    parts: tuple[Values, ...],
    roles: tuple[tuple[int, int, str], ...],
) -> Session:
    """Return the session that rows say; roles are part (0 for none), speaker and role."""
    by_part: dict[int, list[Role]] = defaultdict(list)
    for part_id, speaker_id, role in roles:
        by_part[part_id].append(Role(speaker_id=speaker_id, role=role))
    found = [fields(Part, part_names, part) for part in parts]
    return Session(
        **fields(Session, names, row),
        speakers=tuple(by_part[0]),
        parts=tuple(Part(**fields, speakers=tuple(by_part[fields["id"]])) for fields in found),
    )
