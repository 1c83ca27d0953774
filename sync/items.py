"""Items of a phone's outbox: made, and shortened to be sent ("Outbox"); pure functions."""

import gzip
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from sync.replica import Row, json_of

ITEM_BYTES, BATCH_BYTES = 10_000, 900_000


def new_item(
    kind: str, payload: Mapping[str, Any], times: Row, bits: Callable[[int], int]
) -> tuple[str, str]:
    """Return an item's id, a UUIDv7 (RFC 9562, section 5.7), and its JSON; `bits` are random.

    `times` are `t`, `boot` and `mono`. Raises ValueError when it is too large or no JSON.
    """
    number = times["t"] << 80 | 7 << 76 | bits(12) << 64 | 2 << 62 | bits(62)
    item = {"id": str(uuid.UUID(int=number)), "kind": kind, "payload": payload}
    text = json.dumps(item | times, ensure_ascii=False, allow_nan=False)
    if len(text.encode()) > ITEM_BYTES:
        raise ValueError
    return str(item["id"]), text


def packed(items: list[Row], batch: Row) -> tuple[list[Row], bytes]:
    """Return as many of the items as one request takes, and its body."""
    while len(json_of(items).encode()) > BATCH_BYTES:
        items = items[: len(items) // 2]
    body = json_of(batch | {"items": [short(item, batch) for item in items]})
    return items, gzip.compress(body.encode())


def short(item: Row, batch: Row) -> Row:
    """Return an item without the times that follow from its id and its batch."""
    known = {"t"}
    if item["boot"] == batch["boot"]:
        known.add("boot")
        moved = item["t"] - item["mono"] - batch["sent_at"] + batch["sent_mono"]
        known |= {"mono"} if abs(moved) <= 50 else set()
    return {name: value for name, value in item.items() if name not in known}
