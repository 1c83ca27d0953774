"""Step 2: a read-only phone on the signed feed, as docs/sync.md says; it needs `cryptography`.

python feed.py http://127.0.0.1:8010 FOLDER [LANGUAGE]
"""

import base64
import json
import sqlite3
import sys
import time
import zlib
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from operator import itemgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agenda import UNREACHABLE, at, get, read, save
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PATIENCE = 600  # seconds between two repairs by a snapshot

canonical = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Refused(Exception):
    """What came is not what the event signed; what is kept stays."""


def sync(api: str, file: Path) -> str:
    """Bring the file up to date and say how; after an exception it is as it was."""
    kept, feed = read(file) or first(api), f"{api}/v1/sync/public"
    tag, content = get(f"{feed}/head", {"If-None-Match": kept["tag"]})
    if not content:
        return "Nothing new."
    head = verified(feed, kept, content)
    kept["stale"] = kept["stale"] + 1 if at(head) < at(kept["head"]) else 0
    if kept["stale"] == 3:
        tag, content = get(f"{feed}/head", {"Cache-Control": "no-cache"})
        head, kept["stale"] = verified(feed, kept, content), 0
    if at(head) < at(kept["head"]):
        save(file, kept)
        return "An old copy came; ignored."
    how = follow(feed, kept, head)
    save(file, kept | {"head": head, "tag": tag})
    return f"Publish {head['seq']}, from {how}."


def first(api: str) -> Any:
    """Trust the event and the key that the server names: once, over TLS."""
    bootstrap = json.loads(get(f"{api}/v1/bootstrap", {})[1])
    key = next(key["public"] for key in bootstrap["keys"] if key["purpose"] == "feed")
    nothing = {"epoch": 0, "seq": 0}
    return {"event": bootstrap["event"]["uuid"], "key": key, "tag": "", "stale": 0, "head": nothing}


def verified(feed: str, kept: Any, content: bytes) -> Any:
    """Return the head, if the key we trust has signed it, or one that this key leads to."""
    line, _, signature = content.partition(b"\n")
    message, key = b"eventday-head-v1\n" + line, kept["key"]
    if not has_signed(key, message, signature):
        for link in json.loads(get(f"{feed}/keys", {})[1])["links"]:
            following = f"eventday-key-v1\n{kept['event']}\n{link['to']}".encode()
            if link["from"] == key and has_signed(key, following, link["sig"].encode()):
                key = link["to"]
        if not has_signed(key, message, signature):
            raise Refused("The head is not signed by this event")
    head = json.loads(line)
    if head["v"] != 1:
        raise Refused("The head is for a newer app")
    if head["event"] != kept["event"]:
        raise Refused("The head is of another event")
    kept["key"] = key
    return head


def has_signed(key: str, message: bytes, signature: bytes) -> bool:
    """Say whether a key signed a message."""
    try:
        Ed25519PublicKey.from_public_bytes(raw(key)).verify(raw(signature.decode()), message)
    except (InvalidSignature, ValueError):
        return False
    return True


def follow(feed: str, kept: Any, head: Any) -> str:
    """Bring the rows to where the head is, by the log if it reaches back to us."""
    here, now = kept["head"], time.time()
    if here["epoch"] == head["epoch"] and here["seq"] >= head["log_from"]:
        records = log(feed, head, here["seq"])
        if replay(kept["tables"], kept["rows"], here["state"], records, head["state"]):
            return "the log"
        if now - kept.get("repaired", 0) < PATIENCE:
            raise Refused("The rows do not fit together")
        kept["repaired"] = int(now)
    kept["tables"], kept["rows"] = snapshot(feed, head)
    records = log(feed, head, head["snapshot"]["seq"])
    if not replay(kept["tables"], kept["rows"], "", records, head["state"]):
        raise Refused("Snapshot and log do not fit together")
    return "a snapshot"


def log(feed: str, head: Any, seq: int) -> list[Any]:
    """Return every record after `seq`; what is wrong here only means later."""
    records = []
    for start, end, digest, size in head["log"]:
        if end > seq:
            name = f"log-{head['epoch']}-{start}-{end}-{digest}.json"
            content = get(f"{feed}/{name}", {}, size)[1]
            if sha256(content).digest() != raw(digest):
                raise Refused("A segment is not what the head names")
            records += json.loads(content)
    records = [record for record in records + head["tail"] if record["s"] > seq]
    if [record["s"] for record in records] != list(range(seq + 1, head["seq"] + 1)):
        raise Refused("Records are missing")
    return records


def snapshot(feed: str, head: Any) -> tuple[Any, Any]:
    """Return the tables, each with its number of key columns and its columns; and rows by key."""
    name, size = head["snapshot"]["name"], head["snapshot"]["bytes"]
    packed = get(f"{feed}/{name}.gz", {}, size + 1000)[1]
    try:
        content = zlib.decompressobj(31).decompress(packed, size + 1)
    except zlib.error:
        content = b""
    if sha256(content).digest() != raw(name[-46:-3]):
        raise Refused("The snapshot is not what the head names")
    with closing(sqlite3.connect(":memory:")) as db:
        db.deserialize(content)
        (text,) = db.execute("SELECT value FROM sync_meta WHERE name = 'tables'").fetchone()
        tables = {table: (keys, columns) for table, keys, columns in json.loads(text)}
        rows: Any = {table: {} for table in tables}
        for table, (keys, columns) in tables.items():
            for row in db.execute(f"SELECT {', '.join(columns)} FROM {table}"):
                rows[table][canonical(row[:keys])] = dict(zip(columns, row, strict=True))
    return tables, rows


def replay(tables: Any, rows: Any, state: str, records: list[Any], last: str) -> bool:
    """Apply records to rows of a state ("": to be computed); say whether all fits to the last."""
    total = int.from_bytes(raw(state))
    for table, (_, columns) in ({} if state else tables).items():
        total += sum(hashed(table, columns, row) for row in rows[table].values())
    for record in records:
        for table, *op in record["ops"]:
            keys, columns = tables[table]
            old = rows[table].pop(canonical(op[:keys]), {})
            total -= hashed(table, columns, old)
            if op[keys:]:
                new = dict(zip(columns, op[:keys], strict=False)) | old | op[keys]
                rows[table][canonical(op[:keys])] = new
                total += hashed(table, columns, new)
        if f"{total % 2**256:064x}"[:16] != record["h"]:
            return False
    return total % 2**256 == int.from_bytes(raw(last))


def hashed(table: str, columns: list[str], row: Any) -> int:
    """Return what a row adds to the state."""
    line = canonical([table, *map(row.get, columns)])
    return int.from_bytes(sha256(line.encode()).digest()) if row else 0


def raw(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "==")


def show(rows: Any, language: str) -> None:
    """Print sessions and their parts, at the venue's time."""
    zone = ZoneInfo(*[event["timezone"] for event in rows["event"].values()])

    def told(value: str) -> str:
        texts = json.loads(value)
        return texts.get(language) or next(iter(texts.values()), "")

    rooms = {room["id"]: f", {told(room['name'])}" for room in rows["room"].values()}
    in_order = itemgetter("starts_at", "id")
    parts = sorted(rows["part"].values(), key=in_order)
    for session in sorted(rows["session"].values(), key=in_order):
        day = datetime.fromtimestamp(session["starts_at"] - 4 * 3600, zone)
        for item in (session, *(part for part in parts if part["session_id"] == session["id"])):
            start, room = datetime.fromtimestamp(item["starts_at"], zone), item.get("room_id")
            state = (
                "" if item["state"] == "confirmed" else f" – {item['state']} {told(item['reason'])}"
            )
            print(f"{day:%F} {start:%H:%M} {told(item['title'])}{rooms.get(room, '')}{state}")


def main(api: str, folder: str, language: str = "en") -> None:
    """Say how the agenda is kept up to date, and show it."""
    file = Path(folder) / "feed.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        print(sync(api, file))
    except Refused as refusal:
        print(f"{refusal}; what is kept stays.")
    except UNREACHABLE:
        print("Offline; what is kept stays.")
    kept = read(file)
    if kept and kept["head"]["seq"]:
        show(kept["rows"], language)
        if time.time() > kept["head"]["expires"]:
            print("This agenda is more than a week old.")


if __name__ == "__main__":
    main(*sys.argv[1:]) if len(sys.argv) in {3, 4} else sys.exit(__doc__)
