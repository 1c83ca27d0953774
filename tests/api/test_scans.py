"""Scanning with a network."""

from pathlib import Path
from typing import Any

import pytest
from desk import bearer
from flask import Flask
from flask.testing import FlaskClient
from gates import AT, NOW, Hall, a_device, a_gate, a_hall, an_id
from sqlalchemy import select
from werkzeug.test import TestResponse

from badges.short import short_code
from event import tables
from event.database import Database

ADDRESS = "/v1/gates/main/scans"


@pytest.fixture
def db(app: Flask) -> Database:
    """Return the application's database."""
    database: Database = app.extensions["eventday"].db
    return database


@pytest.fixture
def hall(db: Database, tmp_path: Path) -> Hall:
    """Return an event with a main door, three people and two blanks."""
    return a_hall(db, tmp_path)


@pytest.fixture
def door(app: Flask, hall: Hall, db: Database) -> FlaskClient:
    """Return a phone at the main door."""
    assert hall.people
    return a_phone(app, db, gates=["main"])


def a_phone(app: Flask, db: Database, role: str = "gate", **fields: Any) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = bearer(a_device(db, role, **fields)[1])[
        "Authorization"
    ]
    return client


def scan(client: FlaskClient, number: int, **body: Any) -> TestResponse:
    return client.post(ADDRESS, json={"id": an_id(number), **body})


def said(answer: TestResponse) -> tuple[str, str]:
    assert answer.status_code == 200, answer.text
    body = answer.get_json()
    return body["outcome"], body["reason"]


def test_a_scan_is_answered_with_a_verdict_a_name_and_a_sentence(
    door: FlaskClient, hall: Hall
) -> None:
    answer = door.post(
        ADDRESS,
        json={"id": an_id(1), "text": hall.code(), "t": 5},
        headers={"Accept-Language": "pl-PL, en;q=0.5"},
    )
    assert answer.get_json() == {
        "scan": an_id(1),
        "outcome": "admitted",
        "reason": "",
        "sentence": "Jedna osoba może wejść.",
        "holder": hall.people[0].holder,
        "person": {
            "given_name": "", "surname": "Person 0", "organisation": "",
            "category": "delegate", "note": "",
        },
        "inside": None,
        "received_at": NOW,
    }  # fmt: skip
    assert answer.headers["Cache-Control"] == "private, no-store"
    again = scan(door, 1, text=hall.code(1))
    assert again.get_json() == answer.get_json() | {"sentence": "One person may go in."}


def test_a_short_code_opens_no_name_at_a_gate(
    app: Flask, door: FlaskClient, hall: Hall, db: Database
) -> None:
    typed = {"text": short_code(hall.people[0].holder), "via": "typed"}
    assert scan(door, 1, **typed).get_json()["person"] is None
    desk = a_phone(app, db, role="helpdesk")
    assert scan(desk, 2, **typed).get_json()["person"]["surname"] == "Person 0"


def test_a_refused_scan_is_an_answer_and_no_problem(door: FlaskClient, hall: Hall) -> None:
    answer = scan(door, 1, text="https://example.org/menu")
    assert said(answer) == ("refused", "unreadable")
    assert answer.get_json()["person"] is None
    parcel = scan(door, 3, text="\x1d01095060001343\x1d\0")
    assert said(parcel) == ("refused", "unreadable")
    typed = short_code(hall.people[0].holder)
    assert said(scan(door, 2, text=typed, via="typed")) == ("ask", "look_at_id")


def test_who_goes_out_is_not_told_to_go_in(app: Flask, hall: Hall, db: Database) -> None:
    with db.write() as tx:
        a_gate(tx, "main", policy="in_and_out")
    room = a_phone(app, db, gates=["main"])
    assert scan(room, 1, text=hall.code()).get_json()["sentence"] == "One person may go in."
    left = scan(room, 2, text=hall.code(), leaving=True).get_json()
    assert (left["outcome"], left["sentence"]) == ("admitted", "Counted as outside.")


def test_a_question_is_answered_and_an_admission_taken_back(
    door: FlaskClient, hall: Hall, db: Database
) -> None:
    typed = short_code(hall.people[0].holder)
    scan(door, 1, text=typed)
    assert said(scan(door, 2, kind="answer", target=an_id(1), outcome="admitted")) == (
        "admitted",
        "",
    )
    assert inside(db) == [hall.people[0].holder]
    for _ in range(2):
        undone = scan(door, 3, kind="undo", target=an_id(1), note="wrong person")
        assert undone.status_code == 200
        assert undone.get_json()["sentence"].startswith("Taken back")
    assert inside(db) == []


def inside(db: Database) -> list[int]:
    with db.read() as tx:
        table = tables.passage
        return list(tx.execute(select(table.c.holder).where(table.c.inside == 1)).scalars())


def test_only_its_own_device_or_the_desk_takes_a_scan_back(
    app: Flask, door: FlaskClient, hall: Hall, db: Database
) -> None:
    scan(door, 1, text=hall.code())
    other, desk = a_phone(app, db), a_phone(app, db, "helpdesk")
    assert scan(other, 2, kind="undo", target=an_id(1)).status_code == 409
    assert scan(door, 3, kind="undo", target=an_id(9)).status_code == 404
    assert scan(door, 4, kind="answer", target=an_id(1), outcome="admitted").status_code == 409
    with db.write() as tx:
        tx.execute(tables.scan.update().values(t_est=NOW - 120_001))
    assert scan(door, 5, kind="undo", target=an_id(1)).status_code == 409
    assert scan(desk, 6, kind="undo", target=an_id(1)).status_code == 200
    assert inside(db) == []


def test_names_and_overrides_are_the_desks(
    app: Flask, door: FlaskClient, hall: Hall, db: Database
) -> None:
    desk = a_phone(app, db, "helpdesk")
    with db.write() as tx:
        a_gate(tx, "main", categories=("vip",))
    holder = hall.people[0].holder
    assert scan(door, 1, holder=holder).status_code == 403
    assert scan(door, 2, text=hall.code(), override="please").status_code == 403
    assert said(scan(desk, 3, holder=holder)) == ("refused", "wrong_gate")
    assert said(scan(desk, 4, holder=holder, override="a guest of the host")) == (
        "admitted",
        "override",
    )


def test_a_device_scans_at_its_own_gates(
    app: Flask, door: FlaskClient, hall: Hall, db: Database
) -> None:
    with db.write() as tx:
        a_gate(tx, "side")
    body = {"id": an_id(1), "text": hall.code()}
    assert door.post("/v1/gates/side/scans", json=body).status_code == 403
    anywhere = a_phone(app, db)
    assert anywhere.post("/v1/gates/side/scans", json=body).status_code == 200
    assert anywhere.post("/v1/gates/nowhere/scans", json=body).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"id": an_id(1)},
        {"id": an_id(1), "text": ""},
        {"id": "1", "text": "x"},
        {"id": "5f0c1c9e-6c1f-4b0e-9d55-0e2f3a1b7c44", "text": "x"},
        {"id": an_id(1), "text": "x", "holder": 1},
        {"id": an_id(1), "text": "x" * 4_001},
        {"id": an_id(1), "kind": "undo"},
        {"id": an_id(1), "kind": "answer", "target": an_id(2)},
        {"id": an_id(1), "kind": "answer", "target": an_id(2), "outcome": "ask"},
        {"id": an_id(1), "kind": "clear"},
        {"id": an_id(1), "text": "x", "extra": 1},
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_no_scan_is_refused(door: FlaskClient, body: dict[str, Any]) -> None:
    assert door.post(ADDRESS, json=body).status_code == 422


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_no_database_can_take_is_unreadable(door: FlaskClient) -> None:
    body = f'{{"id": "{an_id(1)}", "text": "\\ud800"}}'
    answer = door.post(ADDRESS, data=body, content_type="application/json")
    assert said(answer) == ("refused", "unreadable")


def test_an_id_is_one_devices(app: Flask, door: FlaskClient, hall: Hall, db: Database) -> None:
    scan(door, 1, text=hall.code())
    assert scan(a_phone(app, db), 1, text=hall.code()).status_code == 409


def test_what_a_phone_did_alone_comes_with_its_token(app: Flask, hall: Hall, db: Database) -> None:
    device, token = a_device(db, at=AT - 60)
    made = an_id(1, at=1_748_930_400_000)
    payload = {"gate": "main", "outcome": "admitted", "holder": hall.people[0].holder}
    item = {"id": made, "n": 1, "kind": "scan", "payload": payload}
    batch = {"device": device.upper(), "boot": "b1", "sent_at": 1_748_930_405_000,
             "sent_mono": 9_000_000, "items": [item]}  # fmt: skip
    client, receipts = app.test_client(), []
    for headers in ({}, bearer("evd_" + "A" * 43), bearer(token)):
        answer = client.post("/v1/sync/outbox", json=batch, headers=headers)
        receipts.append(answer.get_json()["receipts"][0].get("code"))
    assert receipts == ["not-enrolled", "not-enrolled", None]
    with db.read() as tx:
        (stored,) = tx.execute(select(tables.scan)).all()
    # By the event's clock, which stands still here.
    assert (stored.id, stored.device) == (made, device)
    assert stored.received_at - stored.t_est == 5_000
    assert abs(stored.received_at - NOW) < 1_000
