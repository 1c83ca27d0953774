"""Phones for tests: the reference client on a feed whose network can be broken."""

from hashlib import sha256
from pathlib import Path
from typing import Any

from feeds import NOW, Feed, state_of
from hypothesis import settings

from sync.phone import Phone, Transport

A_QUARTER = settings(max_examples=max(1, settings().max_examples // 4))
MOVED = ["session", 2, {"room_id": 2}]
BACK = ["session", 2, {"room_id": 1}]


class Clock:
    """A clock that stands until it is told to move."""

    now: float = NOW

    def __call__(self) -> float:
        return self.now


def a_phone(folder: Path, transport: Transport, **options: Any) -> Phone:
    defaults = {"boot": "b", "monotonic": lambda: 50.0, "clock": Clock()}
    return Phone(folder, transport, **(defaults | options))


def held(folder: Path, feed: Feed) -> tuple[int, int]:
    """Return which publish is on the disk, after comparing all of it; (0, 0) for none."""
    if not (folder / "mine.db").exists():
        return 0, 0
    phone = a_phone(folder, feed)
    status = phone.status()
    at = status["epoch"], status["seq"]
    rows = {key: [*row.values()] for key, row in phone.rows.items()}
    assert rows == feed.versions.get(at, {})
    assert at == (0, 0) or status["state"] == state_of(rows)
    return at


def sessions(phone: Phone) -> list[dict[str, Any]]:
    return [row for key, row in sorted(phone.rows.items(), key=repr) if key[0] == "session"]


def asked(phone: Phone, feed: Feed) -> int:
    """Return how many requests one sync makes."""
    before = len(feed.requests)
    phone.sync()
    return len(feed.requests) - before


def names(feed: Feed) -> list[str]:
    """Return what was asked for since the phone was made, without what is long in a name."""
    return [request.path.removeprefix("sync/public/").split("-")[0] for request in feed.requests]


def picture(feed: Feed, number: int, content: bytes, priority: int = 1) -> list[Any]:
    digest = sha256(content).hexdigest()
    feed.files[f"media-{digest}.png"] = content
    columns = {"media_type": "image/png", "bytes": len(content), "priority": priority}
    return ["media", number, {"sha256": digest, **columns}]


def kept_media(phone: Phone) -> set[bytes]:
    return {path.read_bytes() for path in phone.folder.glob("media-*") if path.suffix != ".part"}
