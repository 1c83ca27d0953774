"""Batches: what a phone sends at once, and how each item of one is read."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from event.errors import Invalid
from event.people.tokens import Sender
from event.text import dump, has_unwanted
from sync.bookings import BOOKING
from sync.bookmarks import BOOKMARK
from sync.codes import may_hold_codes, without_codes
from sync.door_items import DOOR
from sync.feedback import FEEDBACK
from sync.kinds import LARGEST, Item, Kind, Known, Payload, Told, is_whole
from sync.seen import SEEN

MOST = 200
"""Items in one batch."""
LONGEST_PAYLOAD = 10_000
"""Characters of canonical JSON."""
DEEPEST = 32
"""Levels of lists and objects in an item that are looked through."""
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

_ABYSS = 200
"""Levels that can be walked through at all: Python recurses."""
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


def flattened(items: Sequence[Any]) -> Sequence[Any]:
    """Return items as they can be kept: what is nested in too deep ones stands as JSON text.

    They go to quarantine like all that is no item. Raises Invalid for what is too deep to be read.
    """
    depth = _depth(items)
    if depth > _ABYSS:
        raise Invalid(f"An item has more than {_ABYSS} levels; send it flatter.")
    if depth <= DEEPEST:
        return items
    return [raw if _depth([raw]) <= DEEPEST else _flat(raw) for raw in items]


def read_item(raw: Any, batch: Batch, known: Known, *, at: int) -> Told | str:
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
        said = kept(said)
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


def _beside(kind: str, said: Payload) -> str:
    """Return what came with an item, is looked at once and never kept: a code, or answers."""
    if kind == "booking":
        return dump(said.get(_ANSWERS) or {})
    return said.get("code", "") if kind == "scan" else ""


def kept(value: Any) -> Any:
    """Return what is kept of something sent: no badge codes, and nothing a booking asked for."""
    if not isinstance(value, dict):
        return without_codes(value)
    rest = {name: below for name, below in value.items() if name != _ANSWERS}
    if isinstance(rest.get("payload"), dict):
        rest["payload"] = kept(rest["payload"])
    return without_codes(rest)


def _flat(raw: Any) -> Any:
    """Return what is kept of an item, or of a list sent as one, with what is nested as text."""
    rest = kept(raw)
    if isinstance(rest, list):
        return json.dumps(rest)
    return {n: json.dumps(v) if isinstance(v, dict | list) else v for n, v in rest.items()}


def _depth(items: Sequence[Any]) -> int:
    """Return how many levels of lists and objects items have, at most one more than can be kept."""
    level, depth = list(items), 0
    while level and depth <= _ABYSS + 1:
        level = [
            below
            for value in level
            if isinstance(value, dict | list)
            for below in (value.values() if isinstance(value, dict) else value)
        ]
        depth += 1
    return depth - 1


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
