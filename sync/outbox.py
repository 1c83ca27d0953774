"""What phones send back: every item is stored once, or kept in quarantine; it knows no HTTP.

Nothing here trusts a phone's clock or its word. An item is a fact: its id makes it the same item,
so that batches may be lost, repeated, cut and shuffled. docs/sync.md is the contract.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from event import tables
from event.database import Database
from event.door.gates import gates
from event.door.heard import hear
from event.door.scans import read_scans
from event.people.categories import categories
from event.people.tokens import Sender
from event.tables.many import among, insert_many, inserts
from sync.batch import KINDS, Batch, flattened, kept, read_item
from sync.door_items import DOOR
from sync.kinds import Item, Known, Told
from sync.publish import read_clock

_CLASH = "id_clash"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one item: its id as it was sent, and why it is in quarantine, if it is."""

    id: str | None
    code: str | None


def receive(
    db: Database, batch: Batch, *, at: int, sender: Sender | None = None, ahead: int = 0
) -> list[Receipt]:
    """Store a batch, all of it or nothing; return one receipt an item, in order.

    `at` is the server's time in Unix milliseconds, and the event's clock is `ahead` of it. Without
    a `sender` a phone can only say what it has seen. Whatever is sent again changes nothing. Raises
    Invalid when an item is nested too deeply to be kept.
    """
    batch = replace(batch, device=batch.device.lower(), items=flattened(batch.items))
    # Others write while this is read, which takes as long as storing it.
    with db.read() as tx:
        known = _known(tx, sender, ahead, at=at)
    read = [read_item(raw, batch, known, at=at) for raw in batch.items]
    with db.write() as tx:
        stored = _store(tx, [one.item for one in read if isinstance(one, Told)])
        codes = [_code(one, stored) for one in read]
        bad = [(raw, code) for raw, code in zip(batch.items, codes, strict=True) if code]
        _quarantine(tx, batch.device, bad, at=at)
        good = {
            one.item.id: replace(one, item=stored[one.item.id])
            for one, code in zip(read, codes, strict=True)
            if isinstance(one, Told) and code is None
        }
        # Those of the door follow from each other, so that they are applied together.
        for apply in {KINDS[one.item.kind].apply: None for one in good.values()}:
            apply(tx, known, [one for one in good.values() if KINDS[one.item.kind].apply is apply])
        _hear(tx, batch, sender, at=(at + ahead) // 1000)
    # A clash has no code here: it would tell that somebody else's item has that id.
    return [
        Receipt(_id(raw), None if code == _CLASH else code)
        for raw, code in zip(batch.items, codes, strict=True)
    ]


def _known(tx: Connection, sender: Sender | None, ahead: int, *, at: int) -> Known:
    """Return what items are judged by; without a sender nothing of the door is looked at."""
    clock = read_clock(tx)
    if sender is None:
        return Known(clock, None, {}, frozenset(), ahead, at + ahead)
    places = {gate.slug: gate for gate in gates(tx)}
    kinds = frozenset(item.slug for item in categories(tx))
    return Known(clock, sender, places, kinds, ahead, at + ahead)


def _hear(tx: Connection, batch: Batch, sender: Sender | None, *, at: int) -> None:
    """Write down that a device of ours was heard; where attendees are is not our business."""
    if sender is None or not sender.believed or sender.bearer.attendee_id is not None:
        return
    if sender.bearer.device_id is not None:
        hear(tx, sender.bearer.device_id, at=at, battery=batch.battery, waiting=batch.waiting)


def _store(tx: Connection, items: Sequence[Item]) -> dict[str, Item]:
    """Store the items whose ids are new, the first of each; return what is stored, by id.

    What another device asked online under the same id is not overwritten: its item is not stored.
    """
    if not items:
        return {}
    firsts = {item.id: item for item in reversed(items)}
    asked = read_scans(tx, [item.id for item in firsts.values() if item.kind in DOOR])
    new = [
        item
        for item in firsts.values()
        if item.id not in asked or asked[item.id].device == item.device
    ]
    # In one order everywhere: transactions that share ids must not wait in a circle.
    new.sort(key=attrgetter("id"))
    rows = [dict(zip(_COLUMNS, _VALUES(item), strict=True)) for item in new]
    if insert_many(tx, _INSERT, rows) == len(firsts):
        return firsts
    found = tx.execute(_BY_ID, {"ids": list(firsts)})
    return {row.id: Item(*row) for row in found}


def _code(one: Told | str, stored: Mapping[str, Item]) -> str | None:
    """Return why an item goes to quarantine, None when it is what is stored under its id."""
    if isinstance(one, str):
        return one
    known = stored.get(one.item.id)
    return None if known and one.item.fact == known.fact else _CLASH


def _quarantine(tx: Connection, device: str, bad: Sequence[tuple[Any, str]], *, at: int) -> None:
    """Keep items with what is wrong with them, each once, as it came but for badge codes."""
    rows: dict[str, dict[str, object]] = {}
    for raw, code in bad:
        # ASCII: half a surrogate pair can be sent and escaped, but not stored.
        item = json.dumps(kept(raw), separators=(",", ":"), sort_keys=True)
        digest = sha256(f"{device}\n{item}".encode()).hexdigest()
        row = {"device": device, "code": code, "item": item, "sha256": digest, "received_at": at}
        rows.setdefault(digest, row)
    if rows:
        tx.execute(_QUARANTINE[tx.dialect.name], [rows[digest] for digest in sorted(rows)])


def _id(raw: Any) -> str | None:
    name = raw.get("id") if isinstance(raw, dict) else None
    return name if isinstance(name, str) else None


_COLUMNS = tuple(field.name for field in fields(Item))
_VALUES = attrgetter(*_COLUMNS)
_INSERT = inserts(tables.outbox_item, lambda new: new.on_conflict_do_nothing())
_BY_ID = select(*(tables.outbox_item.c[name] for name in _COLUMNS)).where(
    among(tables.outbox_item.c.id, "ids")
)
_QUARANTINE: Mapping[str, Any] = {
    "sqlite": sqlite.insert(tables.quarantined_item).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(tables.quarantined_item).on_conflict_do_nothing(),
}
