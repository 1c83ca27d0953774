"""What keeps the feed small and fresh after a publish: snapshots, encodings, a new date a day."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from event import tables
from event.commits import notify
from event.database import Database
from event.text import dump, parse
from event.times import to_seconds
from sync import head, packing, snapshot
from sync.feed import PUBLIC, Feed
from sync.publish import Clock, locked_clock, read_clock

REISSUE_AFTER = timedelta(days=1)
KEPT_SNAPSHOTS = 2
"""The newest ones; a phone may be in the middle of the one before."""


def tend(database: Database, *, issued_at: datetime, feed: Feed = PUBLIC) -> list[str]:
    """Do what is due and return what was done, such as "snapshot"; most calls find nothing."""
    with database.read() as db:
        clock = read_clock(db, feed)
    if not clock.head:
        return []
    duties: Mapping[str, Callable[[Database, datetime, Feed], None]] = {
        "snapshot": renew_snapshot,
        "encodings": _add_encodings,
        "date": _reissue,
    }
    due = {
        "snapshot": head.is_snapshot_due(parse(clock.head)),
        "encodings": bool(_missing(database, clock, feed)),
        "date": is_old(clock, issued_at),
    }
    done = [name for name in duties if due[name]]
    for name in done:
        duties[name](database, issued_at, feed)
    return done


def is_old(clock: Clock, now: datetime) -> bool:
    """Say whether a head is to be dated anew."""
    issued: int = parse(clock.head)["issued"]
    return to_seconds(now - REISSUE_AFTER) >= issued


def reissue(db: Connection, *, issued_at: datetime, feed: Feed = PUBLIC) -> None:
    """Date the head anew, which makes every server sign it again."""
    clock = locked_clock(db, feed)
    if clock.head:
        _write(db, _reissued(parse(clock.head), issued_at), feed)


def renew_snapshot(database: Database, issued_at: datetime, feed: Feed = PUBLIC) -> None:
    """Make a snapshot of what is published, in all encodings, and name it in the head."""
    with database.read() as db:
        clock = read_clock(db, feed)
        content = snapshot.build(db, feed)
    # Compressing takes seconds; nobody waits for it.
    packed = {suffix: packing.packed(suffix, content) for suffix in packing.ENCODERS}
    with database.write() as db:
        now = parse(locked_clock(db, feed).head)
        # Another process may have been faster, with a newer one.
        if now["epoch"] != clock.epoch or now["snapshot"]["seq"] >= clock.seq:
            return
        made = head.store_snapshot(
            db, content, packed=packed[".gz"], epoch=clock.epoch, seq=clock.seq, feed=feed
        )
        for suffix in (".zst", ".br"):
            name, data = made["name"] + suffix, packed[suffix]
            head.store_file(db, name, data, epoch=clock.epoch, seq=clock.seq, feed=feed)
        _forget_old(db, now, feed)
        _write(db, _reissued(now | {"snapshot": made}, issued_at), feed)


def _add_encodings(database: Database, _: datetime, feed: Feed) -> None:
    with database.read() as db:
        clock = read_clock(db, feed)
        made = parse(clock.head)["snapshot"]
        content = head.read_file(db, made["name"], feed) or b""
    missing = _missing(database, clock, feed)
    packed = {suffix: packing.packed(suffix, content) for suffix in missing}
    with database.write() as db:
        for suffix, data in packed.items():
            name, seq = made["name"] + suffix, made["seq"]
            head.store_file(db, name, data, epoch=clock.epoch, seq=seq, feed=feed)


def _reissue(database: Database, issued_at: datetime, feed: Feed) -> None:
    with database.write() as db:
        reissue(db, issued_at=issued_at, feed=feed)


def _missing(database: Database, clock: Clock, feed: Feed) -> list[str]:
    name = parse(clock.head)["snapshot"]["name"]
    with database.read() as db:
        there = {row.name for row in db.execute(_FILES, {"feed": feed.name, "like": name + ".%"})}
    return [suffix for suffix in packing.ENCODERS if name + suffix not in there]


def _reissued(made: dict[str, Any], issued_at: datetime) -> dict[str, Any]:
    """Return a head with a later date: two contents never have one date, which is in the tag."""
    later = max(issued_at.timestamp(), made["issued"] + 1)
    return head.reissued(made, datetime.fromtimestamp(later, issued_at.tzinfo))


def _forget_old(db: Connection, now: dict[str, Any], feed: Feed) -> None:
    """Delete snapshots but the newest, and segments of before the log and of other epochs."""
    rows = db.execute(_FILES, {"feed": feed.name, "like": "snapshot-%"}).all()
    numbers = sorted({(row.epoch, row.seq) for row in rows}, reverse=True)
    gone = [row.name for row in rows if (row.epoch, row.seq) in numbers[KEPT_SNAPSHOTS:]]
    gone += [
        row.name
        for row in db.execute(_FILES, {"feed": feed.name, "like": "log-%"})
        if row.epoch != now["epoch"] or row.seq <= now["log_from"]
    ]
    if gone:
        db.execute(delete(tables.feed_file).where(tables.feed_file.c.name.in_(gone)))


def _write(db: Connection, made: dict[str, Any], feed: Feed) -> None:
    db.execute(update(tables.clock).where(tables.clock.c.feed == feed.name).values(head=dump(made)))
    notify(db)


_FILE = tables.feed_file.c
_FILES = select(_FILE.name, _FILE.epoch, _FILE.seq).where(
    _FILE.feed == bindparam("feed"), _FILE.name.like(bindparam("like"))
)
