"""What phones send back: every item is stored once, or kept in quarantine; it knows no HTTP.

Nothing here trusts a phone's clock or its word. An item is a fact: its id makes it the same item,
so that batches may be lost, repeated, cut and shuffled. docs/sync.md is the contract.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from itertools import accumulate
from typing import Any, TypeGuard

from sqlalchemy import Connection, Table, bindparam, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from event import tables
from event.database import Database
from event.errors import Invalid
from event.text import dump, has_unwanted, parse
from sync.publish import Clock, read_clock

MOST = 200
"""Items in one batch."""
LARGEST = 2**53 - 1
"""The largest integer every JSON reader keeps exactly (RFC 8259, section 6)."""
LONGEST_PAYLOAD = 10_000
"""Characters of canonical JSON."""
DEEPEST = 32
"""Levels of lists and objects in an item; Python's reader and writer of JSON recurse."""
SKEWED = 120_000
"""Milliseconds by which a phone's clock may be off before its items are marked."""
UUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"

_CLASH = "id_clash"
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""RFC 9562, section 5.7."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a phone sends at once; its times are milliseconds, the items as they came."""

    device: str
    boot: str
    sent_at: int
    sent_mono: int
    items: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Item:
    """A row of `outbox_item`; the payload is canonical JSON."""

    id: str
    device: str
    n: int
    kind: str
    payload: str
    t: int
    boot: str
    mono: int
    t_est: int
    skewed: int
    received_at: int

    @property
    def fact(self) -> tuple[object, ...]:
        """What must be equal wherever the id is: who did what, and when by their own clock."""
        return self.device, self.n, self.kind, self.payload, self.t


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to one item: its id as it was sent, and why it is in quarantine, if it is."""

    id: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of item: what is wrong with a payload, and what follows from items once stored.

    `check` returns a code or None. `apply` gets stored items of one device, known ones again too.
    """

    name: str
    check: Callable[[Mapping[str, Any], Clock], str | None]
    apply: Callable[[Connection, Sequence[Item]], None]


def receive(db: Database, batch: Batch, *, at: int) -> list[Receipt]:
    """Store a batch, all of it or nothing; return one receipt an item, in order.

    `at` is the server's time in Unix milliseconds. Whatever is sent again changes nothing. Raises
    Invalid when an item is nested too deeply to be kept.
    """
    _check_depth(batch.items)
    batch = replace(batch, device=batch.device.lower())
    with db.write() as tx:
        clock = read_clock(tx)
        read = [_read(raw, batch, clock, at=at) for raw in batch.items]
        stored = _store(tx, [item for item in read if isinstance(item, Item)])
        codes = [_code(item, stored) for item in read]
        bad = [(raw, code) for raw, code in zip(batch.items, codes, strict=True) if code]
        _quarantine(tx, batch.device, bad, at=at)
        good = {
            item.id: stored[item.id]
            for item, code in zip(read, codes, strict=True)
            if isinstance(item, Item) and code is None
        }
        for kind in KINDS.values():
            if items := [item for item in good.values() if item.kind == kind.name]:
                kind.apply(tx, items)
    # A clash has no code here: it would tell that somebody else's item has that id.
    return [
        Receipt(_id(raw), None if code == _CLASH else code)
        for raw, code in zip(batch.items, codes, strict=True)
    ]


def seen_counts(db: Connection, epoch: int) -> list[tuple[int, int]]:
    """Return (seq, how many phones have shown it or a later one) for each seq a phone stands at."""
    rows = db.execute(_SEEN_COUNTS, {"epoch": epoch}).all()
    totals = accumulate(phones for _, phones in rows)
    return [(seq, total) for (seq, _), total in zip(rows, totals, strict=True)][::-1]


def _check_depth(items: Sequence[Any]) -> None:
    level = list(items)
    for _ in range(DEEPEST):
        level = [
            below
            for value in level
            if isinstance(value, (dict, list))
            for below in (value.values() if isinstance(value, dict) else value)
        ]
    if level:
        raise Invalid(f"An item has more than {DEEPEST} levels; send it flatter.")


def _read(raw: Any, batch: Batch, clock: Clock, *, at: int) -> Item | str:
    """Return an item as it is to be stored, or the code of what is wrong with it."""
    if not isinstance(raw, dict):
        return "not-an-object"
    if raw.keys() - _FIELDS.keys():
        return "unknown-field"
    raw = _completed(raw, batch)
    for name, (wrong, is_good) in _FIELDS.items():
        if not is_good(raw.get(name)):
            return wrong
    payload = dump(raw["payload"])
    if len(payload) > LONGEST_PAYLOAD:
        return "too-large"
    if code := KINDS[raw["kind"]].check(raw["payload"], clock):
        return code
    # The time since start is right whatever was done to the phone's clock; a restart ends it.
    is_same_start = raw["boot"] == batch.boot
    ago = batch.sent_mono - raw["mono"] if is_same_start else batch.sent_at - raw["t"]
    return Item(
        **raw
        | {
            "id": raw["id"].lower(),
            "device": batch.device,
            "payload": payload,
            "t_est": min(max(at - ago, 0), at),
            "skewed": int(abs(batch.sent_at - at) > SKEWED),
            "received_at": at,
        }
    )


def _completed(raw: dict[str, Any], batch: Batch) -> dict[str, Any]:
    """Return an item with what it may leave out: most times follow from its id and the batch."""
    name = raw.get("id")
    made = int(name.replace("-", "")[:12], 16) if _is_uuid7(name) else None
    t = raw.get("t", made)
    ago = batch.sent_at - t if type(t) is int else 0
    return {"t": t, "boot": batch.boot, "mono": max(batch.sent_mono - ago, 0)} | raw


def _is_uuid7(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and bool(_UUID7.fullmatch(value.lower()))


def _store(tx: Connection, items: Sequence[Item]) -> dict[str, Item]:
    """Store the items whose ids are new, the first of each; return what is stored, by id."""
    if not items:
        return {}
    firsts = {item.id: item for item in reversed(items)}
    # In one order everywhere: transactions that share ids must not wait in a circle.
    tx.execute(_INSERT[tx.dialect.name], [asdict(firsts[name]) for name in sorted(firsts)])
    rows = tx.execute(_BY_ID, {"ids": list(firsts)}).mappings()
    return {row["id"]: Item(**row) for row in rows}


def _code(item: Item | str, stored: Mapping[str, Item]) -> str | None:
    """Return why an item goes to quarantine, None when it is what is stored under its id."""
    if isinstance(item, str):
        return item
    return None if item.fact == stored[item.id].fact else _CLASH


def _quarantine(tx: Connection, device: str, bad: Sequence[tuple[Any, str]], *, at: int) -> None:
    """Keep items with their codes, each once, whole and as it came."""
    rows: dict[str, dict[str, object]] = {}
    for raw, code in bad:
        # ASCII: half a surrogate pair can be sent and escaped, but not stored.
        item = json.dumps(raw, separators=(",", ":"), sort_keys=True)
        digest = sha256(f"{device}\n{item}".encode()).hexdigest()
        row = {"device": device, "code": code, "item": item, "sha256": digest, "received_at": at}
        rows.setdefault(digest, row)
    if rows:
        tx.execute(_QUARANTINE[tx.dialect.name], [rows[digest] for digest in sorted(rows)])


def _id(raw: Any) -> str | None:
    name = raw.get("id") if isinstance(raw, dict) else None
    return name if isinstance(name, str) else None


def _whole(least: int) -> Callable[[Any], bool]:
    # Not isinstance: True is an int to Python.
    return lambda value: type(value) is int and least <= value <= LARGEST


def _is_plain(value: Any) -> bool:
    """Say whether canonical JSON can carry a value: no fractions, nothing that is no text."""
    match value:
        case dict():
            return all(_is_plain(name) and _is_plain(below) for name, below in value.items())
        case list():
            return all(map(_is_plain, value))
        case str():
            return not has_unwanted(value)
        case int():
            return abs(value) <= LARGEST
    return value is None


_FIELDS: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "id": ("bad-id", _is_uuid7),
    "n": ("bad-number", _whole(1)),
    "kind": ("unknown-kind", lambda v: isinstance(v, str) and v in KINDS),
    "t": ("bad-time", _whole(0)),
    "boot": ("bad-boot", lambda v: isinstance(v, str) and 0 < len(v) <= 100 and _is_plain(v)),
    "mono": ("bad-boot", _whole(0)),
    "payload": ("bad-payload", lambda v: isinstance(v, dict) and _is_plain(v)),
}
"""What an item consists of; the code when a field is missing or wrong."""


def _check_seen(payload: Mapping[str, Any], clock: Clock) -> str | None:
    epoch, seq = payload.get("epoch"), payload.get("seq")
    if not (_whole(1)(epoch) and _whole(1)(seq)):
        return "bad-payload"
    return "not-published" if (epoch, seq) > (clock.epoch, clock.seq) else None


def _apply_seen(tx: Connection, items: Sequence[Item]) -> None:
    payloads = [parse(item.payload) for item in items]
    epoch, seq = max((payload["epoch"], payload["seq"]) for payload in payloads)
    newest = {"device": items[0].device, "epoch": epoch, "seq": seq}
    tx.execute(_SEE[tx.dialect.name], newest)


KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (Kind(name="seen", check=_check_seen, apply=_apply_seen),)
}
"""Every kind of item that phones may send."""

_INSERTS: Mapping[str, Callable[..., Any]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}


def _unless_known(table: Table) -> dict[str, Any]:
    return {name: insert(table).on_conflict_do_nothing() for name, insert in _INSERTS.items()}


def _unless_older(table: Table) -> dict[str, Any]:
    statements = {}
    for name, insert in _INSERTS.items():
        new = insert(table)
        is_newer = tuple_(new.excluded.epoch, new.excluded.seq) > tuple_(table.c.epoch, table.c.seq)
        values = {"epoch": new.excluded.epoch, "seq": new.excluded.seq}
        statements[name] = new.on_conflict_do_update(
            index_elements=["device"], set_=values, where=is_newer
        )
    return statements


_INSERT = _unless_known(tables.outbox_item)
_QUARANTINE = _unless_known(tables.quarantined_item)
_SEE = _unless_older(tables.seen)
_BY_ID = select(tables.outbox_item).where(
    tables.outbox_item.c.id.in_(bindparam("ids", expanding=True))
)
_SEEN_COUNTS = (
    select(tables.seen.c.seq, func.count())
    .where(tables.seen.c.epoch == bindparam("epoch"))
    .group_by(tables.seen.c.seq)
    .order_by(tables.seen.c.seq.desc())
)
