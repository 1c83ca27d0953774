"""A process that publishes is killed: what it acknowledged is there, whole and in order."""

from typing import Any

from builders import an_agenda, publish_agenda
from processes import killed_after
from sqlalchemy import select

from event import tables
from event.database import Database
from event.text import parse
from sync import feed
from sync.publish import read_clock
from sync.state import EMPTY, moved_on

PUBLISHER = """
import sys
from datetime import timedelta
from builders import OPENING
from event.agenda.edit import edit_session, moved
from event.database import Database
from sync.publish import publish

db, session_id = Database(sys.argv[1]), int(sys.argv[2])
minute = int(sys.argv[3])
while True:
    minute += 1
    start = OPENING + timedelta(minutes=minute)
    edit = lambda tx: edit_session(tx, session_id, lambda s: moved(s, starts_at=start), at=start)
    print(publish(db, edit, at=start, by="organiser/test").clock.seq, flush=True)
"""


def acknowledged_of(url: str, session_id: int, *, lines: int, minute: int) -> list[int]:
    """Publish in a process until it has acknowledged so many, kill it; return all it said."""
    return [
        int(line)
        for line in killed_after(PUBLISHER, url, str(session_id), str(minute), lines=lines)
    ]


def state_of_published(db: Database) -> str:
    with db.read() as tx:
        rows = [
            [name, *(row[column] for column in feed.PUBLIC.columns(name))]
            for name, table in tables.PUBLIC.items()
            for row in tx.execute(select(table)).mappings()
        ]
    return moved_on(EMPTY, gone=[], come=rows)


def history(db: Database) -> list[Any]:
    with db.read() as tx:
        return list(tx.execute(select(tables.publish).order_by(tables.publish.c.seq)).mappings())


def test_what_was_acknowledged_survives_a_kill(database_url: str) -> None:
    db = Database(database_url)
    session = publish_agenda(db, an_agenda()).sessions[0]
    acknowledged = [1]
    for number, lines in enumerate([1, 5, 25], start=1):
        told = acknowledged_of(database_url, session.id, lines=lines, minute=number * 100_000)
        assert len(told) >= lines
        assert told == list(range(told[0], told[0] + len(told)))
        # Of what was not acknowledged one publish at most may be there.
        with db.read() as tx:
            clock = read_clock(tx)
        assert told[0] - acknowledged[-1] in {1, 2}
        assert clock.seq - told[-1] in {0, 1}
        acknowledged += told
    rows = history(db)
    assert [row["seq"] for row in rows] == list(range(1, clock.seq + 1))
    assert set(acknowledged) <= {row["seq"] for row in rows}
    assert rows[-1]["state"] == clock.state == state_of_published(db)
    with db.read() as tx:
        assert feed.differences(tx) == []
        changes = tx.execute(select(tables.change.c.seq)).scalars().all()
    assert sorted(changes) == list(range(2, clock.seq + 1))
    assert all(parse(row["ops"]) for row in rows)
    db.close()


def test_a_killed_publisher_keeps_no_lock(database_url: str) -> None:
    db = Database(database_url)
    agenda = publish_agenda(db, an_agenda())
    told = acknowledged_of(database_url, agenda.sessions[0].id, lines=3, minute=0)
    publish_agenda(db, an_agenda(1))
    with db.read() as tx:
        assert read_clock(tx).seq > told[-1]
    db.close()
