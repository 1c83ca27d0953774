"""Incidents at the doors: listed, resolved, and taken back."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from gates import NOW, Hall, a_gate, a_hall, an_id

from event.database import Database
from event.door.gates import find_gate
from event.door.scans import Scan, store
from event.door.settle import settle


@pytest.fixture
def client(app: Flask, tmp_path: Path, tokens: dict[str, dict[str, str]]) -> FlaskClient:
    """Return an organiser after three people were admitted twice, with gaps of 1, 60 and 600 s."""
    db: Database = app.extensions["eventday"].db
    hall = a_hall(db, tmp_path)
    app.extensions["eventday"].publications.forget()
    with db.write() as tx:
        a_gate(tx, "side")
        offline(tx, hall, 1, 0, after=0)
        offline(tx, hall, 2, 0, after=600, device="two")
        offline(tx, hall, 3, 1, after=0)
        offline(tx, hall, 4, 1, after=1, device="two", skewed=True)
        offline(tx, hall, 5, 2, after=0, gate="side")
        offline(tx, hall, 6, 2, after=60, gate="side", device="two")
    made = app.test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = tokens["organiser"]["Authorization"]
    return made


def offline(
    tx: Any, hall: Hall, number: int, person: int, *, after: int, device: str = "one",
    gate: str = "main", **fields: Any,
) -> None:  # fmt: skip
    at = NOW + after * 1000
    made = Scan(
        id=an_id(number), gate_id=find_gate(tx, gate).id, holder=hall.people[person].holder,
        outcome="admitted", device=device, t=at, t_est=at, received_at=at, **fields,
    )  # fmt: skip
    settle(tx, store(tx, [made]).values())


def listed(client: FlaskClient, query: str = "") -> list[tuple[str, str]]:
    body = client.get(f"/v1/incidents{query}").get_json()
    assert body["count"] == len(body["incidents"])
    return [(item["kind"], item["id"].partition(":")[2]) for item in body["incidents"]]


DOUBLES = [("double_admission", an_id(number)) for number in (4, 6, 2)]


def test_the_shortest_gap_comes_first(client: FlaskClient) -> None:
    assert listed(client) == [("clock_suspect", an_id(4)), *DOUBLES]
    assert listed(client, "?kind=double_admission&gate=main") == [DOUBLES[0], DOUBLES[2]]
    assert listed(client, "?kind=double_admission&gap_below=60000") == DOUBLES[:1]
    first = client.get("/v1/incidents?kind=double_admission&limit=1").get_json()
    assert (first["count"], len(first["incidents"])) == (3, 1)
    item = first["incidents"][0]
    assert (item["surname"], item["device"], item["other_device"], item["gap"]) == (
        "Person 1", "two", "one", 1000,
    )  # fmt: skip
    assert item["at"] == "2025-06-03T09:00:01+02:00"
    assert item["other_at"] == "2025-06-03T09:00:00+02:00"


def test_one_is_resolved_and_the_last_word_counts(client: FlaskClient) -> None:
    address = f"/v1/incidents/double_admission:{an_id(2)}/resolve"
    for resolution in ("badge_lent", "badge_lent", "same_person"):
        answer = client.post(address, json={"resolution": resolution})
        assert answer.get_json()["resolution"] == resolution
    assert answer.get_json()["resolved_by"] == "organiser/test"
    assert DOUBLES[2] not in listed(client)
    assert listed(client, "?resolved=true") == [DOUBLES[2]]
    gone = client.post("/v1/incidents/x/resolve", json={"resolution": "clock"})
    assert gone.status_code == 404
    assert client.post(address, json={"resolution": "whatever"}).status_code == 422


def test_many_are_resolved_at_once_and_that_is_taken_back(client: FlaskClient) -> None:
    like = {"resolution": "same_person", "kind": "double_admission", "gap_below": 100_000}
    ids = client.post("/v1/incidents/resolve", json=like).get_json()["ids"]
    assert ids == [f"double_admission:{an_id(number)}" for number in (4, 6)]
    assert client.post("/v1/incidents/resolve", json=like).get_json() == {"ids": []}
    assert listed(client, "?kind=double_admission") == DOUBLES[2:]
    assert client.post("/v1/incidents/reopen", json={"ids": ids}).get_json() == {"ids": ids}
    assert client.post("/v1/incidents/reopen", json={"ids": ids}).get_json() == {"ids": []}
    assert listed(client, "?kind=double_admission") == DOUBLES
    named = {"resolution": "badge_lent", "ids": ids[:1]}
    assert client.post("/v1/incidents/resolve", json=named).get_json() == {"ids": ids[:1]}


def test_nothing_is_resolved_by_accident(client: FlaskClient) -> None:
    everything = {"resolution": "clock"}
    assert client.post("/v1/incidents/resolve", json=everything).status_code == 422
    both = everything | {"ids": ["x"], "kind": "clock_suspect"}
    assert client.post("/v1/incidents/resolve", json=both).status_code == 422
    assert len(listed(client)) == 4


def test_what_was_said_stays_when_more_is_known(client: FlaskClient, app: Flask) -> None:
    client.post(f"/v1/incidents/double_admission:{an_id(2)}/resolve",
                json={"resolution": "badge_copied"})  # fmt: skip
    db: Database = app.extensions["eventday"].db
    with db.write() as tx:
        # A scan that comes late changes what the second one is beside.
        number = client.get("/v1/incidents?resolved=true").get_json()["incidents"][0]["holder"]
        at = NOW + 300_000
        made = Scan(id=an_id(7), gate_id=find_gate(tx, "main").id, holder=number,
                    outcome="admitted", device="three", t=at, t_est=at, received_at=at)  # fmt: skip
        settle(tx, store(tx, [made]).values())
    (item,) = client.get("/v1/incidents?resolved=true").get_json()["incidents"]
    assert (item["gap"], item["resolution"]) == (300_000, "badge_copied")
    assert ("double_admission", an_id(7)) in listed(client)
