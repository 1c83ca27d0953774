"""What phones download, in bytes: each row of the table in docs/benchmarks.md."""

import gzip
import hashlib
import json
import os
import random
import re
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import brotli
from corpus import OPENING, make_agenda
from processes import ROOT

from event.agenda.edit import edit_session, moved, with_state
from event.agenda.importing import import_agenda
from event.agenda.model import Agenda, Session, State
from event.agenda.rows import load, store
from event.database import Database, migrate
from event.formats.files import read_file
from event.formats.schedule.published import in_one_language
from event.keys import key_in, public_text
from event.tables import PUBLIC
from event.text import dump
from sync import head, snapshot, upkeep
from sync.feed import PUBLIC as FEED
from sync.phone import Headers, Phone
from sync.publish import publish, read_clock
from sync.signing import Signer

BY = "organiser/benchmark"
PUBLISHES, APPLIED, BATCH = 120, 60, 200
REAL = ROOT.parent / "shared" / "data" / "schedules" / "fosdem2026.xml"


@dataclass(frozen=True)
class Row:
    """A figure with the least that is possible and the best known elsewhere."""

    name: str
    value: float
    unit: str
    goal: str
    limit: str = ""
    elsewhere: str = ""
    reference: float = 0


def packed(content: bytes) -> int:
    """Return the bytes of a body as a phone gets it that knows gzip."""
    return len(gzip.compress(content, compresslevel=9, mtime=0))


class Feed:
    """One event's feed, and what it takes to follow it."""

    def __init__(self, folder: Path, agenda: Agenda | Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        self.db = Database(f"sqlite:///{folder / 'eventday.db'}")
        self.signer = Signer(folder)
        migrate(self.db)
        if isinstance(agenda, Path):
            read = read_file(agenda)
            edit: Callable[..., object] = partial(import_agenda, imported=read, at=OPENING)
        else:
            edit = partial(store, old=None, new=agenda)
        publish(self.db, edit, at=OPENING, by=BY)
        upkeep.tend(self.db, issued_at=OPENING)
        with self.db.read() as tx:
            self.agenda = load(tx, public=True)

    def head(self) -> tuple[Any, int]:
        """Return the head and the bytes it takes."""
        with self.db.read() as tx:
            signed = self.signer.signed(read_clock(tx))
        return json.loads(signed.content.partition(b"\n")[0]), packed(signed.content)

    def follow(self, seq: int) -> tuple[int, int]:
        """Return the bytes and the requests it takes from a seq to the present."""
        made, size = self.head()
        assert seq >= made["log_from"], "a snapshot was needed"
        requests = 1
        for segment in made["log"]:
            if segment[1] > seq:
                size += packed(self.file(head.segment_name(made["epoch"], segment)))
                requests += 1
        return size, requests

    def file(self, name: str) -> bytes:
        """Return a file of the feed."""
        with self.db.read() as tx:
            return head.read_file(tx, name) or b""

    def edit(self, session: int, change: Callable[[Session], Session], number: int) -> None:
        """Publish one edit."""
        at = OPENING + timedelta(minutes=number)
        publish(
            self.db,
            partial(edit_session, session_id=session, change=change, at=at),
            at=at,
            by=BY,
        )


def day(feed: Feed) -> Iterator[tuple[int, Callable[[Session], Session]]]:
    """Yield the edits of a day such as real agendas have: most move or rename one session."""
    chance = random.Random(PUBLISHES)  # noqa: S311  # the same day each time is the point
    rooms = [room.id for room in feed.agenda.rooms]
    sessions = [s for s in feed.agenda.sessions if s.state is State.CONFIRMED]
    for _ in range(PUBLISHES):
        session = chance.choice(sessions)
        kind = chance.random()
        if kind < 0.7:
            later = timedelta(minutes=5 * chance.randint(1, 12))
            yield session.id, lambda s, later=later: moved(s, starts_at=s.starts_at + later)
        elif kind < 0.85:
            yield session.id, partial(moved, room_id=chance.choice(rooms))
        elif kind < 0.95:
            words = {"en": " ".join(chance.choices(["new", "title", "of", "the", "session"], k=6))}
            yield session.id, lambda s, words=words: replace(s, title=words)
        else:
            reason = {"en": "The speaker is ill."}
            yield session.id, partial(with_state, state=State.CANCELLED, reason=reason)
            sessions.remove(session)


def followed(name: str, feed: Feed) -> Iterator[Row]:
    """Yield what it takes to follow a feed through a day, always near and once after all of it."""
    sizes = []
    for number, (session, change) in enumerate(day(feed), start=1):
        seq = feed.head()[0]["seq"]
        feed.edit(session, change, number)
        if feed.head()[0]["seq"] == seq:
            continue  # moved to where it was
        sizes.append(feed.follow(seq)[0])
    elsewhere = "255835 (a conference app of 2019 that fetches its file again)"
    limit = "about 70"
    yield Row(f"{name}.moved.first", sizes[0], "bytes", "value <= 450", limit, elsewhere)
    sizes.sort()
    yield Row(
        f"{name}.moved.median", sizes[len(sizes) // 2], "bytes", "value <= 900", limit, elsewhere
    )
    p95 = sizes[len(sizes) * 95 // 100]
    yield Row(f"{name}.moved.p95", p95, "bytes", "value <= 1600", limit, elsewhere)
    away, requests = feed.follow(1)
    yield Row(f"{name}.day", away, "bytes", "value <= 10000", "about 6800", "10200")
    yield Row(f"{name}.day.requests", requests, "requests", "value <= 5", "1", "")
    seq = feed.head()[0]["seq"]
    upkeep.renew_snapshot(feed.db, OPENING)
    extra = feed.follow(seq)[0] - feed.head()[1]
    yield Row(f"{name}.snapshot.extra", extra, "bytes", "value <= 0", "0", "the whole file")


def downloaded(name: str, feed: Feed, largest: int) -> Iterator[Row]:
    """Yield what a first download takes."""
    made, size = feed.head()
    content = feed.file(made["snapshot"]["name"] + ".br")
    total = size + len(content)
    plain = canonical_rows(feed)
    least = len(brotli.compress(plain, quality=11))
    if largest:
        yield Row(
            f"{name}.first", total, "bytes", f"value <= {largest}",
            f"{least} (the rows as canonical JSON, brotli 11)", "670000 (1,000 sessions)",
        )  # fmt: skip
    else:
        yield Row(
            f"{name}.first", total, "bytes", "ratio <= 1.15",
            "1 (the rows as canonical JSON, brotli 11)", "670000 (1,000 sessions)", least,
        )  # fmt: skip


def applied(name: str, feed: Feed, folder: Path) -> Iterator[Row]:
    """Yield how long a phone takes to apply one change, against the smallest durable commit."""

    def answer(path: str, *_: object) -> tuple[int, Headers, Iterator[bytes]]:
        wanted = path.rpartition("/")[2]
        return 200, {}, iter([prepared if wanted == "head" else feed.file(wanted)])

    def signed() -> bytes:
        with feed.db.read() as tx:
            return feed.signer.signed(read_clock(tx)).content

    prepared = signed()
    phone = Phone(folder, answer, boot="b", monotonic=time.monotonic)
    phone.pin(feed.agenda.event.uuid, public_text(key_in(feed.folder / "keys", "feed.pem")))
    assert phone.sync().outcome == "snapshot"
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE counter (n INTEGER)")
    bare.execute("INSERT INTO counter VALUES (0)")
    subject, reference = [], []
    for number in range(1, APPLIED + 1):
        session = feed.agenda.sessions[number % len(feed.agenda.sessions)]
        later = session.starts_at + timedelta(minutes=5)
        feed.edit(session.id, partial(moved, starts_at=later), number)
        prepared = signed()
        began = time.perf_counter()
        assert phone.sync().outcome == "updated"
        subject.append(time.perf_counter() - began)
        began = time.perf_counter()
        bare.execute("UPDATE counter SET n = n + 1")
        reference.append(time.perf_counter() - began)
    bare.close()
    middle, least = (statistics.median(found) * 1000 for found in (subject, reference))
    yield Row(f"{name}.apply", middle, "ms", "value <= 5", "one fsync", "0.4 to 3 ms", least)


def same(folder: Path) -> Iterator[Row]:
    """Yield how many files the same content makes, written in two orders, edited and reverted."""
    agenda = make_agenda(200)
    backwards = replace(agenda, sessions=agenda.sessions[::-1], speakers=agenda.speakers[::-1])
    feeds = [Feed(folder / "one", agenda), Feed(folder / "other", backwards)]
    session = agenda.sessions[0]
    for change in (
        lambda s: replace(s, title={"en": "Another"}),
        lambda s: replace(s, title=session.title),
    ):
        feeds[0].edit(session.id, change, 1)
    digests = set()
    for feed in feeds:
        with feed.db.read() as tx:
            digests.add(hashlib.sha256(snapshot.build(tx)).hexdigest())
    yield Row("snapshot.files", len(digests), "files", "value <= 1", "1", "nobody claims it")


def outbox() -> Iterator[Row]:
    """Yield the bytes of one scan in a full batch, as docs/sync.md sends it."""
    chance = random.Random(1)  # noqa: S311
    at, items = 1_748_934_000_000, []
    for number in range(1, BATCH + 1):
        at += chance.randint(700, 9000)
        bits = (at << 80) | (7 << 76) | (chance.getrandbits(12) << 64) | (2 << 62)
        payload = {
            "gate": 1, "holder": chance.randint(1, 5000), "medium": 0, "generation": 0,
            "verdict": "admitted", "code": f"{chance.getrandbits(64):016x}",
        }  # fmt: skip
        item = str(UUID(int=bits | chance.getrandbits(62)))
        items.append({"id": item, "n": number, "kind": "scan", "payload": payload})
    envelope = {"device": str(UUID(int=chance.getrandbits(128))), "boot": "b1",
                "sent_at": at + 5000, "sent_mono": 9_000_000, "items": items}  # fmt: skip
    size = packed(json.dumps(envelope, separators=(",", ":")).encode())
    yield Row("outbox.scan", size / BATCH, "bytes", "value <= 40", "32", "one POST each")


def torn() -> Iterator[Row]:
    """Yield how many tests of histories, faults and kills find a state that is wrong."""
    tests = ROOT / "tests" / "sync"
    chosen = "converge or killed or publish_at_once"
    command = [sys.executable, "-m", "pytest", "-q", "-k", chosen, str(tests)]
    environment = os.environ | {"EXAMPLES": "20", "KILLS": "20"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    found = re.findall(r"^FAILED", done.stdout, re.MULTILINE)
    wrong = len(found) if done.returncode in {0, 1} else 1
    yield Row("phone.torn", wrong, "states", "value <= 0", "0", "")


def rows(folder: Path) -> Iterator[Row]:
    """Yield every row."""
    sizes = ((1000, 400_000), (60, 40_000))
    feeds: list[tuple[str, Agenda | Path, int]] = [
        (f"feed.{count}", in_one_language(make_agenda(count), ("en",)), largest)
        for count, largest in sizes
    ]
    if REAL.exists():
        feeds.append(("feed.fosdem2026", REAL, 0))
    for name, agenda, largest in feeds:
        feed = Feed(folder / name, agenda)
        yield from downloaded(name, feed, largest)
        yield from followed(name, feed)
        yield from applied(name, feed, folder / f"{name} phone")
        feed.db.close()
    yield from same(folder)
    yield from outbox()
    yield from torn()


def canonical_rows(feed: Feed) -> bytes:
    """Return all rows of a feed as canonical JSON."""
    with feed.db.read() as tx:
        rows = {
            name: [
                [row[column] for column in FEED.columns(name)]
                for row in tx.execute(table.select().order_by(*table.primary_key)).mappings()
            ]
            for name, table in PUBLIC.items()
        }
    return dump(rows).encode()
