"""A reader of the feed for tests, written from docs/sync.md alone: rows in, rows out."""

import base64
import hashlib
import json
import sqlite3
from contextlib import closing
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Rows = dict[tuple[Any, ...], dict[str, Any]]
"""Rows by table and key."""


def unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def name_of(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def verified(head: bytes, key: str) -> dict[str, Any]:
    line, signature = head.split(b"\n")
    public = Ed25519PublicKey.from_public_bytes(unbase64(key))
    public.verify(unbase64(signature.decode()), b"eventday-head-v1\n" + line)
    payload: dict[str, Any] = json.loads(line)
    assert canonical(payload) == line
    return payload


def read_snapshot(content: bytes) -> tuple[dict[str, Any], Rows]:
    """Return the layout by table, and the rows."""
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(content)
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        meta = dict(db.execute("SELECT name, value FROM sync_meta"))
        assert meta["schema"] == "1"
        layout = {name: (keys, columns) for name, keys, columns in json.loads(meta["tables"])}
        rows: Rows = {}
        for name, (keys, columns) in layout.items():
            for row in db.execute(f"SELECT {', '.join(columns)} FROM {name}"):  # noqa: S608
                rows[(name, *row[:keys])] = dict(zip(columns, row, strict=True))
    return layout, rows


def apply(layout: dict[str, Any], rows: Rows, records: list[Any]) -> None:
    for record in records:
        for name, *rest in record["ops"]:
            keys, columns = layout[name]
            key = (name, *rest[:keys])
            if len(rest) == keys:
                del rows[key]
            else:
                fresh = dict(zip(columns[:keys], rest[:keys], strict=True))
                rows[key] = {**rows.get(key, fresh), **rest[keys]}
        assert state_of(layout, rows, raw=True).hex()[:16] == record["h"]


def state_of(layout: dict[str, Any], rows: Rows, *, raw: bool = False) -> Any:
    total = sum(
        int.from_bytes(
            hashlib.sha256(canonical([name, *(row[c] for c in layout[name][1])])).digest()
        )
        for (name, *_), row in rows.items()
    )
    digest = (total % 2**256).to_bytes(32)
    return digest if raw else base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
