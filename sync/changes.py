"""What a publish means to people: typed change records, derived from the rows that differ.

What is made of public rows speaks of nothing else; `sync.restricted` makes those of the others.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from event.agenda.model import PUBLIC, State
from event.text import parse
from sync.feed import JSON_COLUMNS, Difference

KINDS = (
    "added", "removed", "moved", "cancelled", "suspended", "resumed", "restored", "confirmed",
    "tentative", "speakers", "edited", "started",
)  # fmt: skip
SUBJECTS = ("session", "part", "event", "venue", "room", "announcement", "legal_text")

_PLACED = ("starts_at", "ends_at", "room_id")
_SILENT = {"id", "guid", "slug", "source_id", "version", "sequence", "changed_at",
           "position", "session_id", "state", *_PLACED}  # fmt: skip
_LONG = {"abstract", "description", "body"}
"""Texts whose old and new wording a record leaves out; the thing itself has the new one."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that became different: its kind, what it happened to, and old and new values.

    `reason` is the thing's own, of a move or a new state; `audience` is whom the thing, or its
    session, was or is for, nobody where that is not among the differences; `visibility` is who may
    know of it.
    """

    kind: str
    subject: str
    subject_id: int
    session_id: int | None
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    reason: Mapping[str, str] = field(default_factory=dict)
    audience: tuple[str, ...] = ()
    visibility: tuple[str, ...] = PUBLIC


def describe(found: list[Difference]) -> list[Change]:
    """Return the change records of one publish, sessions first, in the order of their ids.

    A part that only travels with its session, or comes and goes with it, has no record of its own.
    The record of what went names who spoke there.
    """
    sessions = {d.key[0]: d for d in found if d.table == "session"}
    parts = {d.key[0]: d for d in found if d.table == "part"}
    changes = [change for d in sessions.values() for change in _of_item(d, None)]
    for difference in parts.values():
        row = difference.new or difference.old or {}
        session = sessions.get(row["session_id"])
        if session and (session.old is None or session.new is None):
            continue
        changes.extend(_of_item(difference, row["session_id"], _shift(session)))
    whole = {key for key, d in sessions.items() if d.old is None or d.new is None}
    whole_parts = {key for key, d in parts.items() if d.old is None or d.new is None}
    changes.extend(_of_speakers(found, whole, whole_parts))
    others = (d for d in found if d.table in SUBJECTS and d.table not in {"session", "part"})
    changes.extend(change for d in others for change in _of_item(d, None))
    known = {(d.table, d.key[0]): _audience(d) for d in found}
    changes = [_with_context(change, known, found) for change in changes]
    return sorted(changes, key=lambda c: (SUBJECTS.index(c.subject), c.subject_id))


def _with_context(
    change: Change, audiences: Mapping[tuple[str, int], tuple[str, ...]], found: list[Difference]
) -> Change:
    """Return a record with whom it is for and, of what went, who spoke there."""
    of = (change.subject, change.subject_id)
    if change.session_id is not None:
        of = ("session", change.session_id)
    old = change.old
    if change.kind == "removed" and change.subject in {"session", "part"}:
        place = 0 if change.subject == "session" else 1
        gone = (d.key for d in found if d.table == "session_speaker" and d.new is None)
        spoke = {int(key[2]) for key in gone if key[place] == change.subject_id}
        old = {**old, "speaker_ids": sorted(spoke)} if spoke else old
    return replace(change, old=old, audience=audiences.get(of, ()))


def _audience(difference: Difference) -> tuple[str, ...]:
    """Return whom a thing was or is for."""
    sides = (
        row["audience"] for row in (difference.old, difference.new) if row and "audience" in row
    )
    return tuple(dict.fromkeys(one for side in sides for one in parse(side)))


def _of_item(
    difference: Difference, session_id: int | None, shift: Mapping[str, int] | None = None
) -> Iterator[Change]:
    old, new, table = difference.old, difference.new, difference.table
    number = int(difference.key[0])
    owner = number if table == "session" else session_id

    def change(kind: str, names: list[str]) -> Change:
        values = _values(table, old, names), _values(table, new, names)
        why = parse(new["reason"]) if new and is_told and "reason" in new else {}
        return Change(kind, table, number, owner, *values, why)

    is_told = (
        old is not None
        and new is not None
        and any(old.get(name) != new.get(name) for name in ("state", *_PLACED))
    )
    if old is None or new is None:
        names = [n for n in ("title", "name", "state", *_PLACED) if n in (new or old or {})]
        yield change("added" if old is None else "removed", names)
        return
    if old.get("state") != new.get("state"):
        yield change(_KIND_OF_STATE[State(old["state"]), State(new["state"])], ["state"])
    placed = [n for n in _PLACED if n in new and old[n] != new[n]]
    moved = {n: new[n] - old[n] for n in placed if n != "room_id"}
    if "room_id" in placed or moved != (shift or {}):
        yield change("moved", placed)
    edited = [n for n in new if n not in _SILENT and old[n] != new[n]]
    # The reason of a move or a new state stands in its record; alone it is an edit.
    if edited := [n for n in edited if n != "reason" or not is_told]:
        yield change("edited", edited)


def _shift(session: Difference | None) -> Mapping[str, int]:
    if session is None or session.old is None or session.new is None:
        return {}
    start = session.new["starts_at"] - session.old["starts_at"]
    return {"starts_at": start, "ends_at": start} if start else {}


def _of_speakers(found: list[Difference], sessions: set[Any], parts: set[Any]) -> Iterator[Change]:
    gone: dict[tuple[int, int], list[int]] = defaultdict(list)
    come: dict[tuple[int, int], list[int]] = defaultdict(list)
    for difference in found:
        if difference.table != "session_speaker":
            continue
        session_id, part_id, speaker_id, _ = (
            int(k) if i < 3 else k for i, k in enumerate(difference.key)
        )
        if session_id in sessions or part_id in parts:
            continue
        if difference.old is None:
            come[session_id, part_id].append(speaker_id)
        elif difference.new is None:
            gone[session_id, part_id].append(speaker_id)
    for key in sorted(gone.keys() | come.keys()):
        session_id, part_id = key
        subject, number = ("part", part_id) if part_id else ("session", session_id)
        yield Change(
            "speakers", subject, number, session_id,
            {"speaker_ids": sorted(gone[key])}, {"speaker_ids": sorted(come[key])},
        )  # fmt: skip


def _values(table: str, row: Mapping[str, Any] | None, names: list[str]) -> dict[str, Any]:
    if row is None:
        return {}
    short = [name for name in names if name not in _LONG]
    values = {n: parse(row[n]) if n in JSON_COLUMNS[table] else row[n] for n in short}
    return dict.fromkeys(names) | values


def _kind_of_state(old: State, new: State) -> str:
    if new in {State.CANCELLED, State.SUSPENDED}:
        return str(new)
    if old is State.CANCELLED:
        return "restored"
    return "resumed" if old is State.SUSPENDED else str(new)


_KIND_OF_STATE = {
    (old, new): _kind_of_state(old, new)
    for old in State for new in State if State.DRAFT not in {old, new}
}  # fmt: skip
