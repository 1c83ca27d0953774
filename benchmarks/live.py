"""How soon phones that listen hear of a publish, and what they cost a server they listen to."""

import asyncio
import json
import resource
import statistics
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from corpus import make_agenda
from feed import Row
from processes import FOLDER, Server, memory, run, started

from event.agenda.rows import store
from event.database import Database, migrate
from event.people.tokens import create_token
from sync.publish import publish

PHONES, PUBLISHES = 2_000, 12
ROUNDS, SECONDS, CONNECTIONS = 8, 0.25, 4
AT_ONCE, LONGEST_WAIT = 50, 60
SERVE = ("-m", "api.command", "serve", "--port", "PORT")
LISTEN = b"GET /v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Phones:
    """Connections that listen, and when each of them heard of a publish."""

    def __init__(self) -> None:
        self._heard: defaultdict[int, list[float]] = defaultdict(list)
        self._all: defaultdict[int, asyncio.Event] = defaultdict(asyncio.Event)

    async def listen(self, port: int) -> None:
        """Note each publish until this is cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(LISTEN)
            while line := await reader.readline():
                if line.startswith(b"id: "):
                    seq = int(line.rpartition(b"-")[2])
                    self._heard[seq].append(time.perf_counter())
                    if len(self._heard[seq]) == PHONES:
                        self._all[seq].set()
        finally:
            writer.close()

    async def all_heard(self, seq: int) -> list[float]:
        """Wait until every phone heard of a publish; return when each did."""
        await asyncio.wait_for(self._all[seq].wait(), LONGEST_WAIT)
        return self._heard[seq]


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[Phones]:
    """Have all phones listen while a block lasts; they come a few at a time."""
    phones = Phones()
    tasks: list[asyncio.Task[None]] = []
    for _ in range(PHONES // AT_ONCE):
        tasks += [asyncio.create_task(phones.listen(port)) for _ in range(AT_ONCE)]
        await asyncio.sleep(0.02)
    await phones.all_heard(1)
    yield phones
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def edited(port: int, token: str, number: int) -> tuple[float, int]:
    """Publish one edit as an organiser does; return when the 200 came, and the publish."""
    title = {"en": f"Title {number}", "pl": f"Tytuł {number}"}
    body = json.dumps({"operations": [{"op": "text", "session": 1, "title": title}]}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST /v1/agenda/edits HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        b"Content-Type: application/json\r\nAuthorization: Bearer %s\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (token.encode(), len(body), body)
    )
    head = await reader.readuntil(b"\r\n\r\n")
    at = time.perf_counter()
    if b" 200 " not in head[:20]:
        raise RuntimeError(head)
    seq = json.loads(await reader.read())["seq"]
    writer.close()
    return at, seq


async def agenda_rate(port: int, home: Path) -> float:
    """Return how often a second the agenda is answered in full."""
    question = "GET /v1/agenda HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip, br\r\n\r\n"
    plan = {
        "rounds": ROUNDS, "seconds": SECONDS, "connections": CONNECTIONS,
        "requests": {"agenda": [port, question]},
    }  # fmt: skip
    found = await asyncio.to_thread(run, str(FOLDER / "load.py"), home=home, given=json.dumps(plan))
    return statistics.median(json.loads(found)["agenda"])


async def measured(server: Server, home: Path, token: str) -> list[Row]:
    """Return the rows of one server: alone, listened to, and alone again."""
    before, alone = await agenda_rate(server.port, home), memory(server.pid)
    async with listening(server.port) as phones:
        busy, listened_to = await agenda_rate(server.port, home), memory(server.pid)
        waits, last = [], []
        for number in range(PUBLISHES):
            at, seq = await edited(server.port, token, number)
            took = sorted(max(0, each - at) for each in await phones.all_heard(seq))
            waits += took
            last.append(took[-1])
    after = await agenda_rate(server.port, home)
    waits.sort()
    return [
        Row("live.phones", PHONES, "streams", f"value >= {PHONES}"),
        Row("live.p50", statistics.median(waits), "s", "", "0.1 between two looks"),
        Row("live.p99", waits[len(waits) * 99 // 100], "s", "value <= 1", "", "a poll's interval"),
        Row("live.last", max(last), "s", "value <= 1"),
        Row("live.agenda", busy, "requests/s", "ratio >= 0.6", reference=(before + after) / 2),
        Row("live.memory", listened_to, "MB", "", f"{alone:.0f} without streams"),
    ]


def rows(folder: Path) -> Iterator[Row]:
    """Yield every row."""
    home = folder / "live"
    home.mkdir()
    db, now = Database(f"sqlite:///{home / 'eventday.db'}"), datetime.now(UTC)
    migrate(db)
    publish(db, lambda tx: store(tx, None, make_agenda(1000)), at=now, by="organiser/benchmark")
    with db.write() as tx:
        token = create_token(tx, role="organiser", label="live", at=int(now.timestamp()))
    db.close()
    # Every stream is a file to each side; the server inherits this.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 4 * PHONES), most))
    with started(*SERVE, home=home) as server:
        yield from asyncio.run(measured(server, home, token))
