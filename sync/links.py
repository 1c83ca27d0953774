"""Rotating the key of the feed: each key signs the next, so that no phone is left behind."""

import base64
import os
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, delete, select

from event import tables
from event.database import Database
from event.errors import NotFound
from event.text import dump
from event.times import to_seconds
from sync.keys import key_in, public_text
from sync.upkeep import reissue


def rotate(database: Database, folder: Path, *, at: datetime, issued_at: datetime) -> str:
    """Replace the key in a folder and return the new public one; safe to repeat after a crash.

    The link is committed before the key is used: a phone never meets a key that nothing leads to.
    Raises NotFound without an event.
    """
    old, new = key_in(folder, "feed.pem"), key_in(folder, "feed-next.pem")
    with database.write() as db:
        event = _event(db)
        link = {
            "from_key": public_text(old),
            "to_key": public_text(new),
            "signature": _signed(old, event, public_text(new)),
            "at": to_seconds(at),
        }
        # A rotation that broke off before the key was in use may have left one.
        db.execute(delete(_LINK).where(_LINK.c.from_key == link["from_key"]))
        db.execute(_LINK.insert(), link)
    os.replace(folder / "feed-next.pem", folder / "feed.pem")  # noqa: PTH105
    with database.write() as db:
        reissue(db, issued_at=issued_at)
    return public_text(new)


def content(db: Connection) -> bytes:
    """Return the file `keys` (docs/sync.md, "Keys"). Raises NotFound without an event."""
    rows = {row["from_key"]: row for row in db.execute(select(_LINK)).mappings()}
    links = []
    key = next(iter(rows.keys() - {row["to_key"] for row in rows.values()}), "")
    while key in rows:
        row = rows.pop(key)
        links.append({"from": key, "to": row["to_key"], "sig": row["signature"]})
        key = row["to_key"]
    return dump({"v": 1, "event": _event(db), "links": links}).encode()


def _signed(key: Ed25519PrivateKey, event: str, following: str) -> str:
    signature = key.sign(f"eventday-key-v1\n{event}\n{following}".encode())
    return base64.urlsafe_b64encode(signature).rstrip(b"=").decode()


def _event(db: Connection) -> str:
    uuid: str | None = db.execute(select(tables.PUBLIC["event"].c.uuid)).scalar()
    if uuid is None:
        raise NotFound("Nothing is published yet; import an agenda.", code="no-event")
    return uuid


_LINK = tables.key_link
