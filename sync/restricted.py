"""What changed of things that only some may know of: nothing public shows it, yet they are told."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from event import tables
from event.agenda.model import EVERYONE, PUBLIC, State
from event.agenda.rows import Key, Row
from event.agenda.undo import PENDING, overwritten_by
from event.tables.many import among
from event.text import parse
from sync.changes import Change, describe
from sync.feed import Difference

Sides = tuple[Row | None, Row | None]
"""A row before and after, None where nobody is shown one."""
Noted = Mapping[str, Mapping[Key, Row | None]]
"""What rows were, by table and key (see `overwritten_by`)."""


def restricted_changes(db: Connection) -> list[Change]:
    """Return what this transaction changed of restricted sessions and of announcements to some.

    Each says who may know of it: of a session those who could before and still can. Whoever no
    longer can learns that it is gone, and nothing else.
    """
    noted: dict[str, dict[Key, Row | None]] = {name: {} for name in _BY_ID}
    noted["session_speaker"] = {}
    for (table, key), row in overwritten_by(db, PENDING).items():
        if table in noted:
            noted[table][tuple(parse(key))] = row
    return [*_of_sessions(db, noted), *_of_announcements(db, noted)]


def _of_sessions(db: Connection, noted: Noted) -> Iterator[Change]:
    ids = {key[0] for name in ("session", "session_speaker") for key in noted[name]}
    parts = _sides(db, "part", noted, [key[0] for key in noted["part"]])
    ids |= {side["session_id"] for sides in parts.values() for side in sides if side}
    sessions = {
        number: sides
        for number, sides in _sides(db, "session", noted, ids).items()
        if any(side and _visibility(side) != PUBLIC for side in sides)
    }
    if not sessions:
        return
    found = [Difference("session", (n,), *sides) for n, sides in sessions.items()]
    for number, sides in parts.items():
        if any(side and side["session_id"] in sessions for side in sides):
            found.append(Difference("part", (number,), *sides))
    found += _of_roles(db, noted, sessions)
    for change in describe([one for one in found if one.old != one.new]):
        if still := _still(*sessions[change.session_id or 0]):
            # Nothing that anybody may read says what it is called.
            of = parts if change.subject == "part" else sessions
            old, new = of.get(change.subject_id, (None, None))
            called = {"title": parse(row["title"])} if (row := old or new) else {}
            yield replace(change, old=called | {**change.old}, visibility=still)
    for number, (old, new) in sorted(sessions.items()):
        if lost := _lost(old, new):
            (gone,) = describe([Difference("session", (number,), old, None)])
            yield replace(gone, visibility=lost)


def _of_roles(db: Connection, noted: Noted, sessions: Mapping[int, Sides]) -> Iterator[Difference]:
    """Yield who came or went of those who are listed, where they are shown."""
    before = {key: row for key, row in noted["session_speaker"].items() if key[0] in sessions}
    there = {tuple(row) for row in db.execute(_ROLES, {"wanted": list(sessions)})}
    keys = sorted(there | before.keys())
    listed = set(db.execute(_LISTED, {"wanted": [key[2] for key in keys]}).scalars())
    shown = _sides(db, "part", noted, {key[1] for key in keys})
    for key in keys:
        is_shown = key[1] == 0 or any(shown.get(key[1], ()))
        was = before[key] is not None if key in before else True
        # With a session that is shown no more all go who spoke there.
        is_now = key in there and sessions[key[0]][1] is not None
        if key[2] in listed and is_shown and was is not is_now:
            yield Difference("session_speaker", key, {} if was else None, {} if is_now else None)


def _of_announcements(db: Connection, noted: Noted) -> Iterator[Change]:
    sides = _sides(db, "announcement", noted, [key[0] for key in noted["announcement"]])
    for number, (old, new) in sorted(sides.items()):
        audience = tuple(parse(row["audience"])) if (row := new or old) else EVERYONE
        if audience != EVERYONE and old != new:
            for change in describe([Difference("announcement", (number,), old, new)]):
                yield replace(change, audience=audience, visibility=audience)


def _sides(db: Connection, table: str, noted: Noted, ids: Collection[int]) -> dict[int, Sides]:
    """Return rows before and after, by id, of those that were or are there; no drafts."""
    if not ids:
        return {}
    now = {
        row["id"]: dict(row) for row in db.execute(_BY_ID[table], {"wanted": list(ids)}).mappings()
    }
    was = dict(now)
    for number in ids:
        if (number,) in noted[table]:
            row = noted[table][number,]
            was[number] = None if row is None else now.get(number, {}) | row
    return {n: (_shown(was.get(n)), _shown(now.get(n))) for n in {*now, *was}}


def _shown(row: Row | None) -> Row | None:
    return None if row is None or row.get("state") == State.DRAFT else row


def _visibility(row: Row) -> tuple[str, ...]:
    return tuple(parse(row["visibility"]))


def _still(old: Row | None, new: Row | None) -> tuple[str, ...]:
    """Return who may know of a session before and after; of one that came or went who may once."""
    was, now = (_visibility(side) if side else PUBLIC for side in (old, new))
    if PUBLIC in {was, now}:
        return now if was == PUBLIC else was
    return tuple(one for one in was if one in now)


def _lost(old: Row | None, new: Row | None) -> tuple[str, ...]:
    """Return who may no longer know of a session; that it is public no more is a public record."""
    if old is None or new is None or PUBLIC in {_visibility(old), _visibility(new)}:
        return ()
    return tuple(one for one in _visibility(old) if one not in _visibility(new))


_BY_ID: Mapping[str, Any] = {
    table.name: select(table).where(among(table.c.id, "wanted"))
    for table in (tables.session, tables.part, tables.announcement)
}
_ROLE = tables.session_speaker
_ROLES = select(*_ROLE.primary_key).where(among(_ROLE.c.session_id, "wanted"))
_LISTED = select(tables.speaker.c.id).where(
    among(tables.speaker.c.id, "wanted"), tables.speaker.c.listed == 1
)
