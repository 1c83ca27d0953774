"""A server that is killed in a storm of scans: no answer was wrong, and nobody counts twice."""

import json
import os
from pathlib import Path
from typing import Any

from gates import Hall, a_device, a_hall
from processes import killed_after
from sqlalchemy import select

from event import tables
from event.database import Database
from event.door.scans import scan_of
from event.door.settle import settle

KILLS = int(os.environ.get("KILLS", "5"))
THREADS = 3
SERVER = """
import json, random, sys, threading, time
from pathlib import Path
from uuid import UUID
from api.app import create_app
from api.settings import Settings

given = json.loads(sys.stdin.read())
app = create_app(Settings(home=Path(given["home"]), database=given["url"]))
headers = {"Authorization": "Bearer " + given["token"]}

def post(client, name, text):
    body = {"id": name, "text": text}
    answer = client.post("/v1/gates/main/scans", json=body, headers=headers).get_json()
    sys.stdout.write(json.dumps([name, text, answer["outcome"], answer["reason"]]) + "\\n")
    sys.stdout.flush()

def storm():
    client, chance = app.test_client(), random.Random()
    while True:
        bits = time.time_ns() // 1_000_000 << 80 | 7 << 76 | 2 << 62 | chance.getrandbits(62)
        post(client, str(UUID(int=bits)), chance.choice(given["codes"]))

client = app.test_client()
for name, text in given["again"]:
    post(client, name, text)
print("[]", flush=True)
for _ in range(given["threads"]):
    threading.Thread(target=storm).start()
"""


def served_until_killed(given: dict[str, Any], *, lines: int) -> tuple[list[Any], list[Any]]:
    """Serve until it has answered so many, and kill it; return answers to repeated and new."""
    lines += len(given["again"]) + 1
    told = killed_after(SERVER, lines=lines, given=json.dumps(given))
    answers = [json.loads(line) for line in told]
    cut = answers.index([])
    return answers[:cut], answers[cut + 1 :]


def rows(db: Database, table: Any) -> list[Any]:
    with db.read() as tx:
        return sorted(tuple(row) for row in tx.execute(select(table)))


def test_every_answered_scan_is_there_once_after_each_kill(
    database_url: str, tmp_path: Path
) -> None:
    db = Database(database_url)
    hall: Hall = a_hall(db, tmp_path, 20)
    given = {
        "home": str(tmp_path), "url": database_url, "token": a_device(db)[1],
        "codes": [hall.code(n) for n in range(20)], "threads": THREADS, "again": [],
    }  # fmt: skip
    told: list[Any] = []
    for number in range(KILLS):
        again, new = served_until_killed(given, lines=3 + 7 * (number % 5))
        assert again == told[-len(given["again"]) or len(told) :]
        told += new
        given["again"] = [answer[:2] for answer in told[-10:]]
        with db.read() as tx:
            scans = {row.id: scan_of(row) for row in tx.execute(select(tables.scan))}
        assert [[a, scans[a].outcome, scans[a].reason] for a, *_ in told] == [
            [name, outcome, reason] for name, _, outcome, reason in told
        ]
        # Of what was not answered each thread may have stored one.
        assert len(scans) - len(told) <= THREADS * (number + 1)
    assert len({name for name, *_ in told}) == len(told)
    counted = sum(scan.reason != "repeat" for scan in scans.values())
    assert sum(row[2] for row in rows(db, tables.passage)) == counted
    before = rows(db, tables.passage)
    with db.write() as tx:
        settle(tx, scans.values())
    assert rows(db, tables.passage) == before
    db.close()
