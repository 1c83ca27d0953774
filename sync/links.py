"""Rotating the key of the feed: each key signs the next, so that no phone is left behind.

The links lie beside the key, not in the database: a backup that is restored must not lose them.
"""

import base64
import json
import os
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Connection, select

from event.database import Database
from event.errors import NotFound
from event.keys import key_in, public_text
from event.text import dump
from sync.feed import PUBLIC, Feed
from sync.files import write_whole
from sync.upkeep import reissue

Link = dict[str, str]


def rotate(database: Database, folder: Path, *, issued_at: datetime, feed: Feed = PUBLIC) -> str:
    """Replace the key in a folder and return the new public one; safe to repeat after a crash.

    The link is on the disk before the key is used: a phone never meets a key that nothing leads
    to. Raises NotFound without an event.
    """
    old, new = key_in(folder, f"{feed.key}.pem"), key_in(folder, f"{feed.key}-next.pem")
    with database.read() as db:
        event = _event(db, feed)
    said = f"eventday-key-v1\n{event}\n{public_text(new)}".encode()
    signature = base64.urlsafe_b64encode(old.sign(said)).rstrip(b"=").decode()
    link = {"from": public_text(old), "to": public_text(new), "sig": signature}
    # A rotation that broke off before the key was in use may have left one.
    before = [known for known in _links(folder, feed) if known["from"] != link["from"]]
    write_whole(_file(folder, feed), dump([*before, link]).encode(), durable=True)
    os.replace(folder / f"{feed.key}-next.pem", folder / f"{feed.key}.pem")  # noqa: PTH105
    with database.write() as db:
        reissue(db, issued_at=issued_at, feed=feed)
    return public_text(new)


def content(db: Connection, folder: Path, feed: Feed = PUBLIC) -> bytes:
    """Return the file `keys` (docs/sync.md, "Keys"). Raises NotFound without an event."""
    return dump({"v": 1, "event": _event(db, feed), "links": _links(folder, feed)}).encode()


def link_to(key: Ed25519PrivateKey, folder: Path, feed: Feed = PUBLIC) -> Link | None:
    """Return the link from the key before to this one, None for the first."""
    return next((link for link in _links(folder, feed) if link["to"] == public_text(key)), None)


def _file(folder: Path, feed: Feed) -> Path:
    return folder / f"{feed.prefix}links.json"


def _links(folder: Path, feed: Feed) -> list[Link]:
    try:
        links: list[Link] = json.loads(_file(folder, feed).read_bytes())
    except FileNotFoundError:
        return []
    return links


def _event(db: Connection, feed: Feed) -> str:
    uuid: str | None = db.execute(select(feed.tables["event"].c.uuid)).scalar()
    if uuid is None:
        raise NotFound("Nothing is published yet; import an agenda.", code="no-event")
    return uuid
