"""A process that is killed while it publishes the door feed: what is there is whole."""

import json
from pathlib import Path

from builders import OPENING
from gates import AT, a_hall
from processes import killed_after
from reading import apply, read_snapshot, state_of

from event.database import Database
from event.tables import passage
from event.text import parse
from sync import head, snapshot
from sync.door import DOOR, publish_door
from sync.publish import Clock, read_clock

KILLS = 3
PUBLISHER = """
import sys
from builders import OPENING
from event.database import Database
from event.tables import passage
from sync.door import publish_door

db, number = Database(sys.argv[1]), int(sys.argv[2])
while True:
    number += 1
    with db.write() as tx:
        tx.execute(passage.update().values(last_at=number * 60_000, entries=1))
    print(publish_door(db, at=OPENING, issued_at=OPENING).seq, flush=True)
"""


def followed(db: Database) -> Clock:
    """Hold what follows from the first snapshot and the log to be what is published."""
    with db.read() as tx:
        clock = read_clock(tx, DOOR)
        made = parse(clock.head)
        layout, rows = read_snapshot(head.read_file(tx, made["snapshot"]["name"], DOOR) or b"")
        records = []
        for segment in made["log"]:
            name = head.segment_name(made["epoch"], segment)
            records += json.loads(head.read_file(tx, name, DOOR) or b"")
        apply(layout, rows, [*records, *made["tail"]])
        assert rows == read_snapshot(snapshot.build(tx, DOOR))[1]
    assert state_of(layout, rows) == clock.state == made["state"]
    return clock


def test_what_a_killed_process_published_is_whole(database_url: str, tmp_path: Path) -> None:
    db = Database(database_url)
    hall = a_hall(db, tmp_path, 30)
    row = {"gate_id": 1, "entries": 1, "days": 1, "inside": 1, "first_at": AT * 1000,
           "last_at": AT * 1000, "last_device": ""}  # fmt: skip
    with db.write() as tx:
        tx.execute(passage.insert(), [row | {"holder": person.holder} for person in hall.people])
    last = publish_door(db, at=OPENING, issued_at=OPENING).seq
    for number in range(KILLS):
        begin = str(10_000 * (number + 1))
        lines = killed_after(PUBLISHER, database_url, begin, lines=2 + number)
        told = [int(line) for line in lines]
        assert told == list(range(told[0], told[-1] + 1))
        assert told[0] == last + 1
        clock = followed(db)
        assert told[-1] <= clock.seq <= told[-1] + 1
        last = clock.seq
    db.close()
