"""The head: where the feed stands, which files make it up, and the last publishes themselves.

It is one line of canonical JSON beside the clock (docs/sync.md names its members). Whoever changes
it holds the clock row; it is signed only when it is given out.
"""

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, insert, select

from event import tables
from event.text import dump, parse
from event.times import to_seconds
from sync import packing, snapshot
from sync.feed import PUBLIC, Feed

Head = dict[str, Any]
Record = Mapping[str, Any]

LARGEST_TAIL = 1_000
"""Bytes of the records in the head itself, as canonical JSON."""
MOST_SEGMENTS = 4
LOG_LENGTH = 500
"""The log reaches back at least so many publishes."""
SNAPSHOT_DUE = 0.1
"""Part of a snapshot's size that what follows it may reach."""
VALID = timedelta(days=7)


def fresh(
    db: Connection, *, epoch: int, seq: int, state: str, issued_at: datetime, feed: Feed = PUBLIC
) -> Head:
    """Return a head with a new snapshot and no log, its files stored."""
    event = db.execute(select(feed.tables["event"].c.uuid)).scalar_one()
    content = snapshot.build(db, feed)
    return _dated(
        {
            "v": 1,
            "event": event,
            "epoch": epoch,
            "seq": seq,
            "schema": feed.schema,
            "state": state,
            "snapshot": store_snapshot(
                db,
                content,
                packed=packing.ENCODERS[".gz"](content),
                epoch=epoch,
                seq=seq,
                feed=feed,
            ),
            "log_from": seq,
            "log": [],
            "tail": [],
            "poll": list(feed.poll),
        },
        issued_at,
    )


def grown(
    db: Connection,
    head: Head,
    ops: list[Any],
    *,
    state: str,
    at: datetime,
    issued_at: datetime,
    feed: Feed = PUBLIC,
) -> Head:
    """Return the head after one more publish; what the tail cannot hold becomes a segment."""
    seq = head["seq"] + 1
    record = {"s": seq, "h": prefix(state), "ops": ops}
    log, tail = list(head["log"]), [*head["tail"], record]
    if len(dump(tail).encode()) > LARGEST_TAIL:
        # A phone that is one publish behind should need no segment: the newest stays, if it fits.
        kept = [record] if len(dump([record]).encode()) <= LARGEST_TAIL else []
        if moved := tail[: len(tail) - len(kept)]:
            log.append(_stored(db, head["epoch"], moved, feed))
        tail = kept
        log, log_from = _shortened(db, head, log, seq, at=at, feed=feed)
        head = head | {"log_from": log_from}
    return _dated(head | {"seq": seq, "state": state, "log": log, "tail": tail}, issued_at)


def reissued(head: Head, issued_at: datetime) -> Head:
    """Return the same head with a later date; a date never goes back."""
    return _dated(head, issued_at)


def prefix(state: str) -> str:
    """Return the first 16 hex digits of a state."""
    return base64.urlsafe_b64decode(state + "=")[:8].hex()


def is_snapshot_due(head: Head) -> bool:
    """Say whether what follows the snapshot has grown large beside it."""
    since = head["snapshot"]["seq"]
    follows = sum(size for _, to, _, size in head["log"] if to > since)
    follows += sum(len(dump(record)) for record in head["tail"] if record["s"] > since)
    return bool(follows > SNAPSHOT_DUE * head["snapshot"]["bytes"])


def store_snapshot(
    db: Connection, content: bytes, *, packed: bytes, epoch: int, seq: int, feed: Feed = PUBLIC
) -> dict[str, Any]:
    """Store a snapshot, plain and as .gz, and return what the head says of it."""
    name = f"snapshot-{epoch}-{seq}-{name_of(content)}.db"
    for suffix, data in (("", content), (".gz", packed)):
        store_file(db, name + suffix, data, epoch=epoch, seq=seq, feed=feed)
    return {"seq": seq, "name": name, "bytes": len(content), "wire": len(packed)}


def store_file(
    db: Connection, name: str, content: bytes, *, epoch: int, seq: int, feed: Feed = PUBLIC
) -> None:
    """Store a file of the feed; a name is never given twice, so one that is there is the same."""
    db.execute(delete(tables.feed_file).where(tables.feed_file.c.name == name))
    row = {"name": name, "feed": feed.name, "epoch": epoch, "seq": seq, "content": content}
    db.execute(insert(tables.feed_file), row)


def read_file(db: Connection, name: str, feed: Feed = PUBLIC) -> bytes | None:
    """Return the bytes of a file of the feed, None if there is none of that name."""
    content: bytes | None = db.execute(_FILE, {"wanted": name, "feed": feed.name}).scalar()
    return None if content is None else bytes(content)


def has_file(db: Connection, name: str, feed: Feed = PUBLIC) -> bool:
    """Say whether there is a file of that name."""
    return db.execute(_HAS_FILE, {"wanted": name, "feed": feed.name}).scalar() is not None


def segment_name(epoch: int, segment: Iterable[Any]) -> str:
    """Return the name of the file of a segment as the head lists it."""
    start, end, digest, _ = segment
    return f"log-{epoch}-{start}-{end}-{digest}.json"


def name_of(content: bytes) -> str:
    """Return the SHA-256 as names carry it: 43 characters of base64url."""
    return base64.urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode()


def _dated(head: Head, issued_at: datetime) -> Head:
    issued = max(to_seconds(issued_at), head.get("issued", 0))
    return head | {"issued": issued, "expires": issued + int(VALID.total_seconds())}


def _stored(db: Connection, epoch: int, records: list[Record], feed: Feed) -> list[Any]:
    content = dump(records).encode()
    start, end = records[0]["s"] - 1, records[-1]["s"]
    segment = [start, end, name_of(content), len(content)]
    store_file(db, segment_name(epoch, segment), content, epoch=epoch, seq=end, feed=feed)
    return segment


def _shortened(
    db: Connection, head: Head, log: list[Any], seq: int, *, at: datetime, feed: Feed
) -> tuple[list[Any], int]:
    """Return the log with few enough segments and without what is old, and where it begins."""
    epoch, start = head["epoch"], head["log_from"]
    # A phone that takes the snapshot needs all that follows it, however old.
    if log and log[0][1] <= min(seq - LOG_LENGTH, head["snapshot"]["seq"]):
        ended = select(tables.publish.c.at).where(
            tables.publish.c.epoch == epoch, tables.publish.c.seq == log[0][1]
        )
        if (db.execute(ended).scalar() or 0) < to_seconds(at - feed.log_age):
            start = log[0][1]
            log = log[1:]
    while len(log) > MOST_SEGMENTS:
        # The two neighbours that are smallest together: what is large is rarely written again.
        first = min(range(len(log) - 1), key=lambda i: log[i][3] + log[i + 1][3])
        pair = [parse(_content(db, epoch, segment, feed)) for segment in log[first : first + 2]]
        log[first : first + 2] = [_stored(db, epoch, [*pair[0], *pair[1]], feed)]
    return log, start


def _content(db: Connection, epoch: int, segment: list[Any], feed: Feed) -> str:
    return (read_file(db, segment_name(epoch, segment), feed) or b"").decode()


_IS_WANTED = and_(
    tables.feed_file.c.name == bindparam("wanted"), tables.feed_file.c.feed == bindparam("feed")
)
_FILE = select(tables.feed_file.c.content).where(_IS_WANTED)
_HAS_FILE = select(tables.feed_file.c.name).where(_IS_WANTED)
