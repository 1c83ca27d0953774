"""The door feed over HTTP: what devices at doors are told, how soon, and what nobody is."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from desk import ADA, JAN, a_desk, bearer
from flask import Flask
from flask.testing import FlaskClient
from gates import AT, NOW, Hall, a_device, a_hall, an_id
from reading import Rows, apply, read_snapshot, state_of, verified

from api.doors import Doors
from badges.code import Medium, read
from badges.sealed import opened, sealed_id
from event import tables
from event.database import Database
from event.door.heard import all_heard
from event.people.attendees import change
from event.people.badge_keys import revoke_badge_key, rotate_badge_key
from event.people.codes import signer_of
from event.people.tokens import create_token
from sync import upkeep
from sync.backup import back_up, restore
from sync.door import DOOR
from sync.publish import read_clock

FOLDER = "/v1/sync/door"


@pytest.fixture
def service(app: Flask) -> Any:
    return app.extensions["eventday"]


@pytest.fixture
def hall(service: Any, tmp_path: Path) -> Hall:
    """Return an event with a main door and three people, one of them Ada."""
    return a_hall(service.db, tmp_path, [ADA, JAN, replace(JAN, guid="", surname="Ząb")])


Door = Callable[..., Any]


@pytest.fixture
def door(app: Flask, service: Any, hall: Hall) -> Door:
    """Return what asks the feed as a device that looks a second later than all before."""
    assert hall.people
    token = a_device(service.db, label="Door A")[1]
    return asking(app, bearer(token))


def asking(app: Flask, headers: dict[str, str]) -> Door:
    def ask(name: str, **more: str) -> Any:
        app.extensions["eventday"].doors.forget()
        more = {key.replace("_", "-"): value for key, value in more.items()}
        return app.test_client().get(f"{FOLDER}/{name}", headers=headers | more)

    return ask


def admitted(app: Flask, hall: Hall, person: int, *, number: int = 1) -> None:
    """Let somebody in by another device."""
    token = a_device(app.extensions["eventday"].db, role="helpdesk")[1]
    body = {"id": an_id(number), "text": hall.code(person), "override": "Known to us"}
    answer = app.test_client().post("/v1/gates/main/scans", json=body, headers=bearer(token))
    assert answer.get_json()["outcome"] == "admitted"


def opened_head(service: Any, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200
    head: dict[str, Any] = verified(answer.data, service.door_signer.public())
    return head


def held_of(rows: Any) -> tuple[dict[str, Any], Rows]:
    """Return what /rows says as a device holds it: the layout by table, and the rows."""
    layout = {name: (keys, columns) for name, keys, columns in rows["tables"]}
    held = {
        (name, *values[: layout[name][0]]): dict(zip(layout[name][1], values, strict=True))
        for name, *values in rows["rows"]
    }
    return layout, held


def records_of(door: Door, head: Any, *, after: int) -> list[Any]:
    records = []
    for start, end, sha, _ in head["log"]:
        answer = door(f"log-{head['epoch']}-{start}-{end}-{sha}.json")
        records += json.loads(answer.data)
    return [record for record in [*records, *head["tail"]] if record["s"] > after]


def test_head_rows_log_and_snapshot_tell_the_same(
    app: Flask, service: Any, hall: Hall, door: Door
) -> None:
    first = opened_head(service, door("head"))
    rows = door("rows").get_json()
    assert (rows["epoch"], rows["seq"], rows["state"]) == (
        first["epoch"], first["seq"], first["state"],
    )  # fmt: skip
    layout, held = held_of(rows)
    assert state_of(layout, held) == first["state"]
    with service.db.write() as tx:
        for person in range(3):
            change(tx, hall.people[person].id, {"box_slot": f"C-{person}", "days": 3}, at=AT)
    for person in range(3):
        admitted(app, hall, person, number=person + 1)
        door("head")
    upkeep.renew_snapshot(service.db, service.now(), DOOR)
    head = opened_head(service, door("head"))
    apply(layout, held, records_of(door, head, after=rows["seq"]))
    assert state_of(layout, held) == head["state"]
    for name, headers in (("", {}), (".gz", {}), ("", {"Accept_Encoding": "br"})):
        answer = door(head["snapshot"]["name"] + name, **headers)
        assert answer.status_code == 200
        assert answer.headers["Cache-Control"] == "private, max-age=86400, immutable"
    snapshot = door(head["snapshot"]["name"]).data
    assert read_snapshot(snapshot) == (layout, held)
    assert held_of(door("rows").get_json()) == (layout, held)


def test_a_scan_here_is_known_at_the_next_look_there(app: Flask, hall: Hall, door: Door) -> None:
    tag = door("head").headers["ETag"]
    admitted(app, hall, 1)
    app.extensions["eventday"].doors.forget()
    answer = door("head", If_None_Match=tag)
    assert answer.status_code == 200
    (record,) = json.loads(answer.data.partition(b"\n")[0])["tail"]
    assert "passage" in {op[0] for op in record["ops"]}


def test_a_device_that_knows_all_is_told_only_the_time(door: Door) -> None:
    for name in ("head", "keys", "rows", "sealed"):
        whole = door(name, Accept_Encoding="gzip")
        answer = door(name, If_None_Match=whole.headers["ETag"])
        assert (answer.status_code, answer.data) == (304, b"")
        for given in (whole, answer):
            assert given.headers["Eventday-Now"] == str(NOW)
            assert given.headers["Cache-Control"] == "private, no-cache"
            assert "Authorization" in given.headers["Vary"]
    assert door("log-1-1-2-AAAA.json").headers["Eventday-Now"] == str(NOW)


def test_between_two_looks_nothing_is_published(app: Flask, hall: Hall, service: Any) -> None:
    token = a_device(service.db)[1]
    client, headers = app.test_client(), bearer(token)
    before = client.get(f"{FOLDER}/head", headers=headers).headers["ETag"]
    service.doors._looked = float("inf")  # noqa: SLF001  # the second is not over
    admitted(app, hall, 0)
    assert client.get(f"{FOLDER}/head", headers=headers).headers["ETag"] == before


def test_of_two_processes_the_one_that_was_first_goes_on(
    app: Flask, service: Any, hall: Hall
) -> None:
    db = Database(service.settings.database)
    other = Doors(db, service.now)
    assert service.doors.clock() == other.clock()
    for number in range(2):
        admitted(app, hall, number, number=number + 1)
        service.doors.forget()
        after = service.doors.clock()
        other.forget()
        assert other.clock() == after
    assert after.seq == 3
    admitted(app, hall, 2, number=3)
    for _ in range(2):
        other.forget()
        other.clock()
    assert other.clock().seq == 4
    other.close()
    db.close()


def test_asking_is_being_heard(service: Any, door: Door) -> None:
    door("head")
    with service.db.read() as tx:
        (heard,) = all_heard(tx).values()
    assert heard.at == AT
    (row,) = [row for row in door("rows").get_json()["rows"] if row[0] == "device"]
    assert row[2:] == ["Door A", AT - AT % 60]


def test_whoever_enrols_at_a_door_is_told_the_key_and_nobody_else(
    app: Flask, client: FlaskClient, service: Any
) -> None:
    desk = a_desk(app)
    for code, is_told in ((desk.code, True), (desk.link, False)):
        answer = client.post("/v1/enrol", json={"code": code, "device": str(uuid4())}).get_json()
        assert answer.get("door_key") == (service.door_signer.public() if is_told else None)
    assert service.door_signer.public() != service.signer.public()


def sealed_in(answer: Any) -> dict[str, bytes]:
    return {
        name: base64.urlsafe_b64decode(box + "=" * (-len(box) % 4))
        for name, box in answer.get_json()["names"].items()
    }


def opens(code: str, event: UUID, boxes: dict[str, bytes]) -> Any:
    """Return what a badge in front of a camera opens."""
    signature = read(code).signature
    box = boxes.get(sealed_id(signature, event).hex())
    return box and json.loads(opened(signature, event, box) or "null")


def test_a_badge_opens_its_own_name_and_no_other(hall: Hall, door: Door) -> None:
    boxes = sealed_in(door("sealed"))
    assert len(boxes) == 2 * len(hall.people)
    for medium in Medium:
        assert opens(hall.code(0, medium), hall.signer.event, boxes) == {
            "g": "Ada", "s": "Łoś-Canary", "o": "Klaster Canary", "n": "Canary note",
        }  # fmt: skip
    assert opens(hall.code(1), hall.signer.event, boxes) == {"g": "Jan", "s": "Żak"}
    ada = read(hall.code(0)).signature
    jan = boxes[sealed_id(read(hall.code(1)).signature, hall.signer.event).hex()]
    assert opened(ada, hall.signer.event, jan) is None


def test_a_corrected_name_is_in_the_box_at_once(service: Any, hall: Hall, door: Door) -> None:
    tag = door("sealed").headers["ETag"]
    with service.db.write() as tx:
        change(tx, hall.people[1].id, {"given_name": "Janina"}, at=AT)
    answer = door("sealed", If_None_Match=tag)
    assert opens(hall.code(1), hall.signer.event, sealed_in(answer))["g"] == "Janina"
    assert answer.headers["ETag"] != tag


def test_old_badges_open_until_their_key_is_revoked(
    service: Any, hall: Hall, door: Door, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    with service.db.write() as tx:
        rotate_badge_key(tx, keys, at=AT)
        new = signer_of(tx, keys, at=AT).code(hall.people[0], Medium.PAPER)
    boxes = sealed_in(door("sealed"))
    for code in (hall.code(0), new):
        assert opens(code, hall.signer.event, boxes)["g"] == "Ada"
    with service.db.write() as tx:
        revoke_badge_key(tx, keys, 0, at=AT)
    boxes = sealed_in(door("sealed"))
    assert opens(hall.code(0), hall.signer.event, boxes) is None
    assert opens(new, hall.signer.event, boxes)["g"] == "Ada"


def test_no_byte_of_the_feed_names_anybody(
    app: Flask, service: Any, hall: Hall, door: Door
) -> None:
    for person in range(3):
        admitted(app, hall, person, number=person + 1)
        door("head")
    head = opened_head(service, door("head"))
    names = ["head", "keys", "rows", "sealed", head["snapshot"]["name"]]
    names += [f"log-{head['epoch']}-{a}-{b}-{sha}.json" for a, b, sha, _ in head["log"]]
    said = b"".join(door(name).data for name in names)
    for secret in ("Ada", "Jan", "Łoś", "Canary", "canary", "Klaster", "example.org", "Ząb"):
        assert secret.encode() not in said


def test_a_restore_begins_a_new_epoch_for_doors_too(
    app: Flask, service: Any, hall: Hall, door: Door, tmp_path: Path
) -> None:
    door("head")
    back_up(service.db, tmp_path / "backup.db")
    admitted(app, hall, 0)
    before = opened_head(service, door("head"))
    restore(service.db, tmp_path / "backup.db", after=0, at=service.now(), issued_at=service.now())
    after = opened_head(service, door("head"))
    assert after["epoch"] > before["epoch"]
    layout, held = read_snapshot(door(after["snapshot"]["name"]).data)
    assert not [key for key in held if key[0] == "passage"]
    apply(layout, held, records_of(door, after, after=after["snapshot"]["seq"]))
    assert state_of(layout, held) == after["state"]


def test_an_older_copy_put_in_place_is_noticed(
    app: Flask, service: Any, hall: Hall, door: Door
) -> None:
    door("head")
    with service.db.read() as tx:
        old = read_clock(tx, DOOR)
        rows = {name: [dict(row) for row in tx.execute(t.select()).mappings()]
                for name, t in DOOR.tables.items()}  # fmt: skip
    admitted(app, hall, 0)
    newest = opened_head(service, door("head"))
    with service.db.write() as tx:
        for name, table in DOOR.tables.items():
            tx.execute(table.delete())
            if rows[name]:
                tx.execute(table.insert(), rows[name])
        values = {"epoch": old.epoch, "seq": old.seq, "state": old.state, "head": old.head}
        tx.execute(tables.clock.update().where(tables.clock.c.feed == "door").values(values))
    after = opened_head(service, door("head"))
    assert after["epoch"] > newest["epoch"]


def test_without_an_event_there_is_no_door_feed(app: Flask, service: Any) -> None:
    with service.db.write() as tx:
        token = create_token(tx, role="organiser", label="", at=AT)
    for name in ("head", "keys", "rows", "sealed"):
        answer = asking(app, bearer(token))(name)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "no-event")
        assert answer.headers["Eventday-Now"] == str(NOW)
