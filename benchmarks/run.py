"""Measures what eventday promises, one JSON line a figure; docs/benchmarks.md explains them.

What a machine does in a second says little, so a figure has a reference measured in turns with it.
"""

import json
import operator
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path

import door
import feed
import live
import printing
import replay
import roster
from corpus import OPENING, make_agenda
from feed import REAL
from processes import FOLDER, ask, memory, run, served_alike, started

from event.agenda.edit import edit_session, moved
from event.agenda.rows import store
from event.database import Database, migrate
from event.formats import files
from sync.publish import publish
from sync.upkeep import tend

Figure = dict[str, object]

FOSDEM_SIZE = 1_080
SERVE = ("-m", "api.command", "serve", "--port", "PORT")
HEAD = "/v1/sync/public/head"
BY = "organiser/benchmark"
ROUNDS, SECONDS, CONNECTIONS = 25, 0.15, 4
IMPORTS, PUBLISHES = 3, 100
LARGEST = {(1000, "br"): 385_000, (1000, "gzip"): 425_000, (60, "br"): 25_000, (60, "gzip"): 27_000}
"""Bytes of the agenda by sessions and encoding: a few percent above what it takes today."""


def figure(name: str, value: float, unit: str, goal: str = "", reference: float = 0) -> Figure:
    """Return a figure; a goal is such as "ratio >= 0.6" or "value <= 50"."""
    ratio = value / reference if reference else None
    met = True
    if goal:
        which, sign, limit = goal.split()
        compare = {">=": operator.ge, "<=": operator.le, "<": operator.lt}[sign]
        measured = ratio if which == "ratio" else value
        met = measured is not None and compare(measured, float(limit))
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "reference": round(reference, 6) if reference else None,
        "ratio": None if ratio is None else round(ratio, 3),
        "goal": goal or None,
        "ok": met,
    }


def serving(home: Path) -> Iterator[Figure]:
    """Yield how fast the agenda of 1,000 sessions is served, and in how much memory."""
    with (
        started(*SERVE, home=home) as server,
        served_alike(server, "empty:application", home=home) as empty,
    ):
        port = server.port
        head, _ = ask(port, "/v1/agenda", Accept_Encoding="br")
        tag = head.lower().partition("\r\netag: ")[2].partition("\r\n")[0]
        head, unchanged = ask(port, "/v1/agenda", If_None_Match=tag)
        if not head.startswith("HTTP/1.1 304"):
            sys.exit(f"A known tag gave no 304: {head}")
        accepts = "HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\n"
        plan = {
            "rounds": ROUNDS,
            "seconds": SECONDS,
            "connections": CONNECTIONS,
            "requests": {
                "empty": [empty.port, f"GET / {accepts}\r\n"],
                "304": [port, f"GET /v1/agenda {accepts}If-None-Match: {tag}\r\n\r\n"],
                "full": [port, f"GET /v1/agenda {accepts}\r\n"],
            },
        }
        found = json.loads(run(str(FOLDER / "load.py"), home=home, given=json.dumps(plan)))
        rates = {name: statistics.median(rounds) for name, rounds in found.items()}
        unit, reference = "requests/s", rates["empty"]
        yield figure("agenda.304", rates["304"], unit, "ratio >= 0.6", reference)
        yield figure("agenda.full", rates["full"], unit, "ratio >= 0.4", reference)
        yield figure("server.memory", memory(server.pid), "MB", "value < 150")
        yield figure("server.memory.rss", memory(server.pid, "Rss"), "MB")
        yield from sizes(port, 1000)
        yield figure("agenda.304.body", len(unchanged), "bytes", "value <= 0")
        head, _ = ask(port, HEAD)
        tag = head.lower().partition("\r\netag: ")[2].partition("\r\n")[0]
        head, unchanged = ask(port, HEAD, If_None_Match=tag)
        if not head.startswith("HTTP/1.1 304"):
            sys.exit(f"A known head gave no 304: {head}")
        yield figure("head.304.body", len(unchanged), "bytes", "value <= 0") | {
            "limit": "0", "best_elsewhere": "many servers never answer 304",
        }  # fmt: skip


def sizes(port: int, count: int) -> Iterator[Figure]:
    """Yield how many bytes a phone downloads."""
    for encoding in ("br", "gzip"):
        _, body = ask(port, "/v1/agenda", Accept_Encoding=encoding)
        goal = f"value <= {LARGEST[count, encoding]}"
        yield figure(f"agenda.{count}.{encoding}", len(body), "bytes", goal)


def importing(folder: Path) -> Iterator[Figure]:
    """Yield how long `eventday import` takes, against a loop of Python alone."""
    made = folder / "schedule.xml"
    agenda = make_agenda(FOSDEM_SIZE, abstract=1_500)
    made.write_bytes(
        files.write_file("schedule.xml", agenda, version="1", language=None, cancelled="keep")
    )
    agendas = {"import.made": made}
    if REAL.exists():
        agendas["import.fosdem2026"] = REAL
    for name, file in agendas.items():
        subject, reference = [], []
        for number in range(IMPORTS):
            home = folder / f"{file.name} {number}"
            home.mkdir()
            reference.append(took(loop))
            command = ("-m", "api.command", "import", str(file))
            subject.append(took(partial(run, *command, home=home)))
        middle = statistics.median(subject)
        yield figure(name, middle, "s", "value < 10", statistics.median(reference))


def publishing(db: Database, folder: Path) -> Iterator[Figure]:
    """Yield the p95 of publishing one move, against the p95 of the smallest commit."""
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE counter (n INTEGER)")
    bare.execute("INSERT INTO counter VALUES (0)")
    subject, reference = [], []
    for number in range(1, PUBLISHES + 1):
        reference.append(took(lambda: bare.execute("UPDATE counter SET n = n + 1")))
        at = OPENING + timedelta(seconds=number)
        later = OPENING + timedelta(minutes=5 * number)
        edit = partial(
            edit_session, session_id=number, change=partial(moved, starts_at=later), at=at
        )
        subject.append(took(partial(publish, db, edit, at=at, by=BY)))
    bare.close()
    value, least = p95(subject) * 1000, p95(reference) * 1000
    yield figure("publish.p95", value, "ms", "value <= 50", least)


def p95(values: list[float]) -> float:
    """Return what 95 % of the values stay below."""
    return statistics.quantiles(values, n=20)[-1]


def loop() -> None:
    """Count to five million."""
    for _ in range(5_000_000):
        pass


def took(action: Callable[[], object]) -> float:
    """Return how many seconds it takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def prepared(home: Path, count: int) -> Database:
    """Return a database in a new home with the event of so many sessions."""
    home.mkdir()
    db = Database(f"sqlite:///{home / 'eventday.db'}")
    migrate(db)
    publish(db, lambda tx: store(tx, None, make_agenda(count)), at=OPENING, by=BY)
    # A server that has been up for a minute: packing the snapshot is behind it.
    tend(db, issued_at=datetime.now(UTC))
    return db


def figures(folder: Path) -> Iterator[Figure]:
    """Yield all figures."""
    small, large = folder / "60", folder / "1000"
    prepared(small, 60).close()
    db = prepared(large, 1000)
    yield from serving(large)
    with started(*SERVE, home=small) as server:
        yield from sizes(server.port, 60)
    yield from importing(folder)
    yield from publishing(db, folder)
    db.close()
    parts = (feed.rows, printing.rows, roster.rows, door.rows, live.rows, replay.rows)
    for row in chain.from_iterable(part(folder) for part in parts):
        measured = figure(row.name, row.value, row.unit, row.goal, row.reference)
        yield measured | {"limit": row.limit, "best_elsewhere": row.elsewhere}


def main() -> None:
    """Print the figures; exit with 1 when a goal is missed."""
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for found in figures(Path(folder)):
            print(json.dumps(found), flush=True)
            missed = missed or not found["ok"]
    sys.exit(missed)


if __name__ == "__main__":
    main()
