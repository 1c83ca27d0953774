"""The feed's files over HTTP: what caches may keep, pieces, encodings, and heads after anything."""

import gzip
import json
from pathlib import Path
from time import monotonic
from typing import Any

import brotli
import pytest
import zstandard
from builders import OPENING, an_agenda, publish_agenda
from flask import Flask
from flask.testing import FlaskClient
from reading import read_snapshot, state_of, verified
from sqlalchemy import event

from api.app import close, create_app
from api.settings import Settings
from api.worker import LEASE, REST, Worker, take
from event import tables
from event.commits import notify
from event.database import Database
from sync import links, upkeep
from sync.mirror import mirror
from sync.signing import Signer

FOLDER = "/v1/sync/public"


@pytest.fixture
def service(app: Flask) -> Any:
    return app.extensions["eventday"]


def publish_more(service: Any, count: int) -> None:
    publish_agenda(service.db, an_agenda(count))
    service.publications.forget()


def head_of(client: FlaskClient) -> Any:
    key = client.get("/v1/bootstrap").get_json()["keys"][0]["public"]
    return verified(client.get(f"{FOLDER}/head").data, key)


def test_the_head_is_signed_and_names_what_there_is(client: FlaskClient) -> None:
    answer = client.get(f"{FOLDER}/head")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == (
        "public, max-age=5, stale-while-revalidate=30, stale-if-error=86400"
    )
    made = head_of(client)
    assert client.get("/v1/bootstrap").get_json()["event"]["uuid"] == made["event"]
    content = client.get(f"{FOLDER}/{made['snapshot']['name']}")
    layout, rows = read_snapshot(content.data)
    assert state_of(layout, rows) == made["state"]


def test_the_head_is_the_same_for_every_language(client: FlaskClient) -> None:
    answers = [
        client.get(f"{FOLDER}/head", headers={"Accept-Language": language})
        for language in ("en", "pl")
    ]
    assert answers[0].data == answers[1].data
    assert answers[0].headers["ETag"] == answers[1].headers["ETag"]
    assert answers[0].headers["Vary"] == "Accept-Encoding"


def test_a_known_head_is_a_304_that_asks_the_database_nothing(
    client: FlaskClient, service: Any
) -> None:
    tag = client.get(f"{FOLDER}/head", headers={"Accept-Encoding": "gzip"}).headers["ETag"]
    asked: list[str] = []
    event.listen(service.db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    for _ in range(2):
        answer = client.get(f"{FOLDER}/head", headers={"If-None-Match": tag})
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["Cache-Control"].startswith("public, max-age=5,")
    assert asked == []


def test_a_publish_is_a_new_head(client: FlaskClient, service: Any) -> None:
    tag = client.get(f"{FOLDER}/head").headers["ETag"]
    publish_more(service, 4)
    answer = client.get(f"{FOLDER}/head", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert head_of(client)["seq"] == 2


def test_a_segment_never_changes(client: FlaskClient, service: Any) -> None:
    publish_more(service, 9)
    ((start, end, sha, size),) = head_of(client)["log"]
    name = f"{FOLDER}/log-{head_of(client)['epoch']}-{start}-{end}-{sha}.json"
    answer = client.get(name)
    assert len(answer.data) == size
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    packed = client.get(name, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == answer.data
    again = client.get(name, headers={"If-None-Match": packed.headers["ETag"]})
    assert again.status_code == 304


UNPACK = {
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompress(data),
    "gzip": gzip.decompress,
}


def test_a_snapshot_comes_in_the_encoding_that_is_asked_for(
    client: FlaskClient, service: Any
) -> None:
    upkeep.tend(service.db, issued_at=OPENING)
    name = f"{FOLDER}/{head_of(client)['snapshot']['name']}"
    plain = client.get(name)
    assert "Content-Encoding" not in plain.headers
    for coding, unpack in UNPACK.items():
        answer = client.get(name, headers={"Accept-Encoding": coding})
        assert answer.headers["Content-Encoding"] == coding
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert unpack(answer.data) == plain.data
    for suffix, coding in ((".gz", "gzip"), (".zst", "zstd")):
        answer = client.get(f"{name}{suffix}", headers={"Accept-Encoding": "br, gzip, zstd"})
        assert "Content-Encoding" not in answer.headers
        assert UNPACK[coding](answer.data) == plain.data


def test_an_opaque_snapshot_comes_in_pieces(client: FlaskClient) -> None:
    name = f"{FOLDER}/{head_of(client)['snapshot']['name']}.gz"
    whole = client.get(name)
    assert whole.headers["Accept-Ranges"] == "bytes"
    first = client.get(name, headers={"Range": "bytes=0-99"})
    rest = client.get(name, headers={"Range": "bytes=100-", "If-Range": first.headers["ETag"]})
    assert (first.status_code, rest.status_code) == (206, 206)
    assert first.data + rest.data == whole.data
    changed = client.get(name, headers={"Range": "bytes=100-", "If-Range": '"other"'})
    assert (changed.status_code, changed.data) == (200, whole.data)
    beyond = client.get(name, headers={"Range": f"bytes={len(whole.data)}-"})
    assert (beyond.status_code, beyond.content_type) == (416, "application/problem+json")


@pytest.mark.parametrize(
    "name",
    [
        "log-1-1-2-AAAA.json",
        "snapshot-1-1-AAAA.db",
        "snapshot-1-1-AAAA.db.gz",
        "media-abc.png",
        "anything",
    ],
)
def test_what_is_not_there_is_a_problem(client: FlaskClient, name: str) -> None:
    answer = client.get(f"{FOLDER}/{name}")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")


def test_rows_are_what_the_snapshot_holds(client: FlaskClient) -> None:
    answer = client.get(f"{FOLDER}/rows")
    rows, made = answer.get_json(), head_of(client)
    assert {name: rows[name] for name in ("epoch", "seq", "state")} == {
        name: made[name] for name in ("epoch", "seq", "state")
    }
    layout, held = read_snapshot(client.get(f"{FOLDER}/{made['snapshot']['name']}").data)
    assert {name: (keys, columns) for name, keys, columns in rows["tables"]} == layout
    said = {
        (name, *values[: layout[name][0]]): dict(zip(layout[name][1], values, strict=True))
        for name, *values in rows["rows"]
    }
    assert said == held
    again = client.get(f"{FOLDER}/rows", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.headers["Cache-Control"]) == (
        304,
        answer.headers["Cache-Control"],
    )


def test_without_an_event_there_is_no_feed(app: Flask) -> None:
    for name in ("head", "keys", "rows"):
        answer = app.test_client().get(f"{FOLDER}/{name}")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "no-event")


def test_the_mirror_and_the_api_agree_byte_for_byte(
    client: FlaskClient, service: Any, tmp_path: Path
) -> None:
    publish_more(service, 9)
    upkeep.tend(service.db, issued_at=OPENING)
    service.publications.forget()
    folder = tmp_path / "www"
    written = mirror(service.db, Signer(tmp_path), folder)
    compared = 0
    for name in written:
        stem, _, suffix = name.rpartition(".")
        if suffix == "br":
            headers = {"Accept-Encoding": "br"}
            answer = client.get(f"{FOLDER}/{stem}", headers=headers)
            assert answer.headers["Content-Encoding"] == "br"
        else:
            answer = client.get(f"{FOLDER}/{name}")
        assert answer.data == (folder / name).read_bytes(), name
        compared += 1
    for path in folder.glob("log-*.json.gz"):
        answer = client.get(f"{FOLDER}/{path.stem}", headers={"Accept-Encoding": "gzip"})
        assert answer.data == path.read_bytes()
        compared += 1
    assert compared >= 7


def test_a_rotated_key_signs_at_once(client: FlaskClient, service: Any, tmp_path: Path) -> None:
    before = client.get("/v1/bootstrap").get_json()["keys"][0]["public"]
    new = links.rotate(service.db, tmp_path / "keys", issued_at=OPENING)
    service.publications.forget()
    assert client.get("/v1/bootstrap").get_json()["keys"][0]["public"] == new != before
    verified(client.get(f"{FOLDER}/head").data, new)
    (link,) = client.get(f"{FOLDER}/keys").get_json()["links"]
    assert (link["from"], link["to"]) == (before, new)


def test_a_server_that_starts_on_an_older_copy_begins_a_new_epoch(tmp_path: Path) -> None:
    path = tmp_path / "eventday.db"
    settings = Settings(tmp_path, f"sqlite:///{path}", clock=OPENING, clock_speed=0)
    first = create_app(settings)
    publish_agenda(first.extensions["eventday"].db, an_agenda(2))
    first.extensions["eventday"].publications.forget()
    old = head_of(first.test_client())
    copy = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    publish_agenda(first.extensions["eventday"].db, an_agenda(3))
    first.extensions["eventday"].publications.forget()
    newest = head_of(first.test_client())
    close(first)
    path.write_bytes(copy[0])
    Path(f"{path}-wal").write_bytes(copy[1])
    Path(f"{path}-shm").unlink(missing_ok=True)
    second = create_app(settings)
    after = head_of(second.test_client())
    close(second)
    assert (after["seq"], after["state"]) == (old["seq"], old["state"])
    assert after["epoch"] > newest["epoch"]


def test_a_copy_put_in_place_while_serving_is_noticed(client: FlaskClient, service: Any) -> None:
    publish_more(service, 4)
    newest = head_of(client)
    with service.db.write() as tx:
        clock = tables.clock
        older = json.loads(json.dumps(newest)) | {"seq": 1}
        tx.execute(clock.update().values(seq=1, head=json.dumps(older)))
        notify(tx)
    service.publications.forget()
    after = head_of(client)
    assert (after["epoch"] > newest["epoch"], after["seq"]) == (True, 1)


def test_the_worker_does_what_is_due_and_then_rests(
    client: FlaskClient, service: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(service)
    # The test's heads were issued long ago, the door's just now.
    assert worker.tick() == ["encodings", "date", "door-encodings"]
    for source in (service.publications, service.doors):
        source.forget()
    assert worker.tick() == []
    asked: list[str] = []
    event.listen(service.db.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    service.doors.forget()
    assert worker.tick() == []
    # It looks what is due, and writes nothing.
    assert {one.split()[0] for one in asked} <= {"BEGIN", "SELECT"}
    publish_more(service, 30)
    assert "snapshot" not in worker.tick()
    rested = monotonic() + REST
    monkeypatch.setattr("api.worker.monotonic", lambda: rested)
    assert "snapshot" in worker.tick()
    service.publications.forget()
    assert head_of(client)["snapshot"]["seq"] == 2


def test_one_process_at_a_time_has_the_lease(db: Database) -> None:
    later = int(LEASE.total_seconds())
    with db.write() as tx:
        assert take(tx, "one", 1000)
        assert not take(tx, "two", 1000 + later)
        assert take(tx, "one", 1000 + later)
        assert not take(tx, "two", 1000 + 2 * later)
        assert take(tx, "two", 1001 + 2 * later)
