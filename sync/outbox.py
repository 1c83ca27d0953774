"""What phones send back: every item is stored once, or kept in quarantine; it knows no HTTP.

Nothing here trusts a phone's clock or its word. An item is a fact: its id makes it the same item,
so that batches may be lost, repeated, cut and shuffled. docs/sync.md is the contract.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from hashlib import sha256
from operator import attrgetter
from typing import Any, TypeGuard

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from event import tables
from event.database import Database
from event.door.gates import gates
from event.door.heard import hear
from event.door.scans import read_scans
from event.errors import Invalid
from event.people.categories import categories
from event.people.tokens import Sender
from event.tables.many import among, insert_many, inserts
from event.text import dump, has_unwanted
from sync.bookings import BOOKING
from sync.bookmarks import BOOKMARK
from sync.codes import may_hold_codes, without_codes
from sync.door_items import DOOR
from sync.feedback import FEEDBACK
from sync.kinds import LARGEST, Item, Kind, Known, Payload, Told, is_whole
from sync.publish import read_clock
from sync.seen import SEEN

MOST = 200
"""Items in one batch."""
LONGEST_PAYLOAD = 10_000
"""Characters of canonical JSON."""
DEEPEST = 32
"""Levels of lists and objects in an item; Python's reader and writer of JSON recurse."""
SKEWED = 120_000
"""Milliseconds by which a phone's clock may be off before its items are marked."""
UUID = r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
KINDS: Mapping[str, Kind] = {
    "seen": SEEN,
    "bookmark": BOOKMARK,
    "booking": BOOKING,
    "feedback": FEEDBACK,
    **DOOR,
}
"""Every kind of item that phones may send."""

_CLASH = "id_clash"
_ANSWERS = "answers"
_UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""RFC 9562, section 5.7."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a phone sends at once; its times are milliseconds, the items as they came.

    `battery` (per cent) and `waiting` (items not sent yet) are what it says of itself, if it does.
    """

    device: str
    boot: str
    sent_at: int
    sent_mono: int
    items: Sequence[Any]
    battery: int | None = None
    waiting: int | None = None


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
    _check_depth(batch.items)
    batch = replace(batch, device=batch.device.lower())
    with db.write() as tx:
        known = _known(tx, sender, ahead, at=at)
        read = [_read(raw, batch, known, at=at) for raw in batch.items]
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
    slugs = {gate.slug: gate.id for gate in gates(tx)}
    kinds = frozenset(item.slug for item in categories(tx))
    return Known(clock, sender, slugs, kinds, ahead, at + ahead)


def _hear(tx: Connection, batch: Batch, sender: Sender | None, *, at: int) -> None:
    """Write down that a device of ours was heard; where attendees are is not our business."""
    if sender is None or not sender.believed or sender.bearer.attendee_id is not None:
        return
    if sender.bearer.device_id is not None:
        hear(tx, sender.bearer.device_id, at=at, battery=batch.battery, waiting=batch.waiting)


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


def _read(raw: Any, batch: Batch, known: Known, *, at: int) -> Told | str:
    """Return an item as it is to be stored, or the code of what is wrong with it."""
    if not isinstance(raw, dict):
        return "not-an-object"
    if raw.keys() - _FIELDS.keys():
        return "unknown-field"
    raw = _completed(raw, batch)
    for name, (wrong, is_good) in _FIELDS.items():
        if not is_good(raw.get(name)):
            return wrong
    said = raw["payload"]
    payload = dump(said)
    if len(payload) > LONGEST_PAYLOAD:
        return "too-large"
    kind = KINDS[raw["kind"]]
    if code := _distrust(kind, known.sender) or kind.check(said, known):
        return code
    beside = _beside(raw["kind"], said)
    if may_hold_codes(payload) or _ANSWERS in said:
        said = _kept(said)
        payload = dump(said)
    # The time since start is right whatever was done to the phone's clock; a restart ends it.
    is_same_start = raw["boot"] == batch.boot
    ago = batch.sent_mono - raw["mono"] if is_same_start else batch.sent_at - raw["t"]
    # Nothing was done before the phone could do anything, or after we were told.
    since = known.sender.since * 1000 - known.ahead if known.sender else 0
    t_est = min(max(at - ago, since, 0), at)
    off = max(abs(batch.sent_at - at), abs(raw["t"] - t_est))
    item = Item(
        id=raw["id"].lower(),
        device=batch.device,
        n=raw["n"],
        kind=raw["kind"],
        payload=payload,
        t=raw["t"],
        boot=raw["boot"],
        mono=raw["mono"],
        t_est=t_est,
        skewed=int(off > SKEWED),
        received_at=at,
    )
    return Told(item, said, beside)


def _distrust(kind: Kind, sender: Sender | None) -> str | None:
    """Return why nothing of this kind is taken from who sends it."""
    if kind.open:
        return None
    if sender is None:
        return "not-enrolled"
    if not sender.believed:
        return "not-believed"
    return None if kind.own is (sender.bearer.attendee_id is not None) else "not-allowed"


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
        item = json.dumps(_kept(raw), separators=(",", ":"), sort_keys=True)
        digest = sha256(f"{device}\n{item}".encode()).hexdigest()
        row = {"device": device, "code": code, "item": item, "sha256": digest, "received_at": at}
        rows.setdefault(digest, row)
    if rows:
        tx.execute(_QUARANTINE[tx.dialect.name], [rows[digest] for digest in sorted(rows)])


def _id(raw: Any) -> str | None:
    name = raw.get("id") if isinstance(raw, dict) else None
    return name if isinstance(name, str) else None


def _beside(kind: str, said: Payload) -> str:
    """Return what came with an item, is looked at once and never kept: a code, or answers."""
    if kind == "booking":
        return dump(said.get(_ANSWERS) or {})
    return said.get("code", "") if kind == "scan" else ""


def _kept(value: Any) -> Any:
    """Return what is kept of something sent: no badge codes, and nothing a booking asked for."""
    if not isinstance(value, dict):
        return without_codes(value)
    rest = {name: below for name, below in value.items() if name != _ANSWERS}
    if isinstance(rest.get("payload"), dict):
        rest["payload"] = _kept(rest["payload"])
    return without_codes(rest)


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
    "n": ("bad-number", is_whole),
    "kind": ("unknown-kind", lambda v: isinstance(v, str) and v in KINDS),
    "t": ("bad-time", lambda v: is_whole(v, 0)),
    "boot": ("bad-boot", lambda v: isinstance(v, str) and 0 < len(v) <= 100 and _is_plain(v)),
    "mono": ("bad-boot", lambda v: is_whole(v, 0)),
    "payload": ("bad-payload", lambda v: isinstance(v, dict) and _is_plain(v)),
}
"""What an item consists of; the code when a field is missing or wrong."""


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
