"""How many bytes a device at a door takes along: everybody's badge, and who passed where."""

import gzip
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from corpus import make_agenda
from feed import Row
from sqlalchemy import insert

from event.agenda.rows import store
from event.database import Database, migrate
from event.door.gates import set_gate
from event.people.attendees import add_all
from event.people.codes import signer_of
from event.people.model import Attendee
from event.tables import passage
from sync import snapshot
from sync.door import DOOR, publish_door
from sync.publish import publish

PEOPLE, GATES, HOURS = 5_000, 4, 8
MOST_BEFORE, MOST_AFTER = 60_000, 120_000
NOW = datetime(2025, 6, 3, 7, tzinfo=UTC)


def rows(folder: Path) -> Iterator[Row]:
    """Yield the snapshot's bytes before doors open, and after everybody passed every gate."""
    db, chance = Database(f"sqlite:///{folder / 'roster.db'}"), random.Random(5)  # noqa: S311
    migrate(db)
    publish(db, lambda tx: store(tx, None, make_agenda(60)), at=NOW, by="organiser/benchmark")
    at = int(NOW.timestamp())
    with db.write() as tx:
        signer_of(tx, folder / "keys", at=at)
        made = add_all(tx, [_somebody(number, chance) for number in range(PEOPLE)], at=at)
        gates = [set_gate(tx, f"door-{n}", {"name": {"en": f"Door {n}"}}).id for n in range(GATES)]
    yield Row("door.bytes.before", _size(db), "bytes", f"value <= {MOST_BEFORE}", "20,000")
    passed = [
        {"gate_id": gate, "holder": person.holder, "entries": 1, "days": 1, "inside": 1,
         "first_at": moment, "last_at": moment, "last_device": ""}
        for person in made
        for gate in gates
        for moment in [(at + chance.randrange(HOURS * 3600)) * 1000]
    ]  # fmt: skip
    with db.write() as tx:
        tx.execute(insert(passage), passed)
    yield Row("door.bytes.after", _size(db), "bytes", f"value <= {MOST_AFTER}")
    db.close()


def _size(db: Database) -> int:
    publish_door(db, at=NOW, issued_at=NOW)
    with db.read() as tx:
        return len(gzip.compress(snapshot.build(tx, DOOR), 9, mtime=0))


def _somebody(number: int, chance: random.Random) -> Attendee:
    """Return one of many: most delegates, some for one day, a few to be looked at."""
    category = chance.choices(["delegate", "speaker", "press", "vip"], [80, 12, 5, 3])[0]
    return Attendee(
        id=0,
        guid="",
        surname=f"Person {number}",
        category=category,
        days=chance.choices([0xFFFF, 1, 2], [80, 10, 10])[0],
        look_at_id=chance.random() < 0.03,
        note="Look" if chance.random() < 0.02 else "",
        box_slot=f"{'ABCDEFG'[number % 7]}-{number // 7}",
    )
