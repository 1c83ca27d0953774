"""Gates over HTTP: what organisers set up, and what doors are told."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING
from desk import bearer
from flask import Flask
from flask.testing import FlaskClient
from gates import AT, a_device, a_gate, a_hall, an_id, scanned
from werkzeug.test import TestResponse

from event import tables
from event.agenda.edit import edit_session, moved
from event.database import Database
from sync.publish import publish

Tokens = dict[str, dict[str, str]]


@pytest.fixture
def db(app: Flask) -> Database:
    """Return the application's database."""
    database: Database = app.extensions["eventday"].db
    return database


def put(client: FlaskClient, tokens: Tokens, slug: str = "main", **body: Any) -> TestResponse:
    return client.put(f"/v1/gates/{slug}", json=body, headers=tokens["organiser"])


def test_a_gate_is_set_up_changed_and_listed(client: FlaskClient, tokens: Tokens) -> None:
    made = put(client, tokens, name={"en": "Main door", "pl": "Wejście"}, position=1)
    assert made.status_code == 200
    assert made.get_json() | {"id": 0} == {
        "id": 0,
        "slug": "main",
        "name": {"en": "Main door", "pl": "Wejście"},
        "policy": "first_entry",
        "categories": [],
        "days": 65535,
        "opens_at": None,
        "closes_at": None,
        "session_id": None,
        "capacity": None,
        "needs_booking": False,
        "departure": False,
        "free_flow": False,
        "ended_at": None,
        "position": 1,
        "now": {"opens_at": None, "closes_at": None, "capacity": None, "ended": False},
        "missing": [],
    }
    changed = put(client, tokens, free_flow=True)
    assert changed.get_json() == made.get_json() | {"free_flow": True}
    put(client, tokens, "dinner", name={"en": "Dinner"}, policy="once", categories=["vip"])
    listed = client.get("/v1/gates", headers=tokens["helpdesk"]).get_json()["gates"]
    assert [gate["slug"] for gate in listed] == ["dinner", "main"]


def test_a_door_is_told_of_its_own_gates(client: FlaskClient, tokens: Tokens, db: Database) -> None:
    for slug in ("main", "side"):
        put(client, tokens, slug, name={"en": slug})
    for gates, wanted in ((["side"], ["side"]), ([], ["main", "side"])):
        _, token = a_device(db, gates=gates)
        listed = client.get("/v1/gates", headers=bearer(token)).get_json()["gates"]
        assert [gate["slug"] for gate in listed] == wanted


def test_the_gate_of_a_session_moves_with_it(
    client: FlaskClient, tokens: Tokens, db: Database
) -> None:
    made = put(client, tokens, name={"en": "Room"}, session_id=1, policy="in_and_out")
    assert made.get_json()["now"]["opens_at"] == "2025-06-03T08:30:00+02:00"
    edit = partial(
        edit_session,
        session_id=1,
        change=partial(moved, starts_at=OPENING + timedelta(hours=1)),
        at=OPENING,
    )
    publish(db, edit, at=OPENING, by="organiser/test")
    (gate,) = client.get("/v1/gates", headers=tokens["helpdesk"]).get_json()["gates"]
    assert gate["opens_at"] is None
    assert gate["now"]["opens_at"] == "2025-06-03T09:30:00+02:00"
    assert gate["now"]["closes_at"] == "2025-06-03T11:00:00+02:00"


def test_who_is_missing_at_a_departure_is_told_and_departed_closes_it(
    client: FlaskClient, tokens: Tokens, db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        a_gate(tx, "bus", session_id=1, needs_booking=True, departure=True, policy="once")
        for person in hall.people[:2]:
            row = {"session_id": 1, "attendee_id": person.id, "state": "booked", "at": AT}
            tx.execute(tables.booking.insert(), row)
        scanned(tx, 1, hall.code(1), gate="bus")
    _, token = a_device(db, gates=["bus"])
    answer = client.get("/v1/gates/bus/manifest", headers=bearer(token)).get_json()
    assert answer["missing"] == 1
    assert [(one["surname"], one["is_here"]) for one in answer["people"]] == [
        ("Person 0", False),
        ("Person 1", True),
    ]
    other = bearer(a_device(db, gates=["main"])[1])
    assert client.get("/v1/gates/bus/manifest", headers=other).status_code == 403
    gone = put(client, tokens, "bus", ended_at=OPENING.isoformat())
    assert gone.get_json()["now"]["ended"]
    assert [one["surname"] for one in gone.get_json()["missing"]] == ["Person 0"]
    back = put(client, tokens, "bus", ended_at=None)
    assert back.get_json()["missing"] == []
    put(client, tokens, "bus", ended_at=OPENING.isoformat())
    late = {"id": an_id(2), "text": hall.code()}
    body = client.post("/v1/gates/bus/scans", json=late, headers=bearer(token)).get_json()
    assert (body["outcome"], body["reason"]) == ("refused", "too_late")


@pytest.mark.parametrize(
    ("slug", "body", "status"),
    [
        ("main", {}, 422),
        ("Main", {"name": {"en": "X"}}, 422),
        ("main", {"name": {}}, 422),
        ("main", {"name": {"en": "X"}, "policy": "sometimes"}, 422),
        ("main", {"name": {"en": "X"}, "categories": ["nobody"]}, 422),
        ("main", {"name": {"en": "X"}, "session_id": 99}, 422),
        ("main", {"name": {"en": "X"}, "needs_booking": True}, 422),
        ("main", {"name": {"en": "X"}, "id": 7}, 422),
        ("main", {"name": {"en": "X"}, "capacity": -1}, 422),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_gate_that_breaks_a_rule_is_refused(
    client: FlaskClient, tokens: Tokens, slug: str, body: dict[str, Any], status: int
) -> None:
    assert put(client, tokens, slug, **body).status_code == status
    assert client.get("/v1/gates", headers=tokens["helpdesk"]).get_json() == {"gates": []}


def test_the_policy_of_a_used_gate_stays(
    client: FlaskClient, tokens: Tokens, db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path)
    with db.write() as tx:
        scanned(tx, 1, hall.code())
    assert put(client, tokens, policy="once").status_code == 409
    assert put(client, tokens, policy="first_entry", capacity=5).status_code == 200


def test_practice_never_counts(
    client: FlaskClient, tokens: Tokens, db: Database, tmp_path: Path
) -> None:
    hall = a_hall(db, tmp_path)
    put(client, tokens, "practice", name={"en": "Practice"}, policy="practice")
    for number in (1, 2):
        body = {"id": an_id(number), "text": hall.code()}
        answer = client.post("/v1/gates/practice/scans", json=body, headers=tokens["helpdesk"])
        assert answer.get_json()["reason"] == ""
    with db.read() as tx:
        assert tx.execute(tables.passage.select()).all() == []


def test_a_slug_that_no_database_can_hold_is_not_found(client: FlaskClient, tokens: Tokens) -> None:
    for path in ("/v1/gates/%00/inside", "/v1/gates/main%0c/manifest"):
        answer = client.get(path, headers=tokens["organiser"])
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")
