"""What organisers see of the doors, over HTTP."""

from pathlib import Path
from typing import Any

import pytest
from desk import Headers, bearer
from flask import Flask
from gates import AT, NOW, Hall, a_device, a_gate, a_hall, a_sender, an_id, scanned

from badges.short import short_code
from event import tables
from event.database import Database
from event.door.afterwards import tell
from event.door.scans import Scan
from event.people.tokens import sender_of
from sync.outbox import Batch, receive


@pytest.fixture
def db(app: Flask) -> Database:
    database: Database = app.extensions["eventday"].db
    return database


@pytest.fixture
def hall(app: Flask, db: Database, tmp_path: Path) -> Hall:
    made = a_hall(db, tmp_path, 6)
    with db.write() as tx:
        # Badges were printed before today.
        tx.execute(tables.badge_key.update().values(not_before=0))
    app.extensions["eventday"].publications.forget()
    return made


def seen(app: Flask, headers: Headers) -> dict[str, Any]:
    answer = app.test_client().get("/v1/gates/counts", headers=headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.get_json()
    return body


def numbers(count: dict[str, Any]) -> tuple[int, int, int]:
    return count["inside"], count["today"], count["ever"]


def test_everybody_is_counted_once_however_often_they_are_scanned(
    app: Flask, hall: Hall, db: Database, tokens: dict[str, Headers]
) -> None:
    with db.write() as tx:
        a_gate(tx, "desk", policy="pickup")
        a_gate(tx, "try", policy="practice")
        a_gate(tx, "dinner", policy="once")
        scanned(tx, 1, hall.code(0), after=-3000)
        scanned(tx, 2, hall.code(0), device="two", after=-600)  # a re-entry
        scanned(tx, 3, hall.code(0), gate="dinner", after=-100)
        scanned(tx, 4, hall.code(0), gate="dinner", after=-90, device="two")  # refused
        scanned(tx, 5, hall.code(1), gate="dinner", after=-10)
        scanned(tx, 6, hall.code(2), gate="desk", after=-5)
        scanned(tx, 7, hall.code(3), gate="try", after=-5)
        scanned(tx, 8, hall.code(4), after=-24 * 3600)  # yesterday
        scanned(tx, 9, "no badge", after=-4)
        scanned(tx, 10, hall.code(5), after=-3)
        tell(tx, "main", Scan(id=an_id(11), kind="undo", target=an_id(10), device="one",
                              t_est=NOW - 1000, received_at=NOW))  # fmt: skip
    body = seen(app, tokens["organiser"])
    gates = {item["slug"]: item for item in body["gates"]}
    assert gates.keys() == {"main", "desk", "dinner"}
    assert numbers(body["all"]) == (2, 3, 4)
    assert numbers(gates["main"]) == (1, 1, 2)
    assert numbers(gates["dinner"]) == (2, 2, 2)
    assert numbers(gates["desk"])[1:] == (1, 1)
    assert gates["dinner"]["refusals"] == {"already_admitted": 1}
    assert body["all"]["refusals"] == {"already_admitted": 1, "unreadable": 1}
    assert (gates["dinner"]["per_minute_5"], gates["main"]["per_minute_15"]) == (0.4, 0.1)
    assert gates["main"]["arrivals"] == [
        {"at": "2025-06-03T08:10:00+02:00", "people": 1},
        {"at": "2025-06-03T08:50:00+02:00", "people": 1},
    ]


def test_counts_cost_nothing_until_something_happens(
    app: Flask, hall: Hall, db: Database, tokens: dict[str, Headers]
) -> None:
    client, headers = app.test_client(), tokens["helpdesk"]
    first = client.get("/v1/gates/counts", headers=headers)
    known = headers | {"If-None-Match": first.headers["ETag"]}
    assert client.get("/v1/gates/counts", headers=known).status_code == 304
    with db.write() as tx:
        scanned(tx, 1, hall.code(0))
    assert client.get("/v1/gates/counts", headers=known).get_json()["all"]["inside"] == 1
    assert first.headers["Cache-Control"].startswith("private")


def test_how_fresh_each_device_is_can_be_seen(
    app: Flask, hall: Hall, db: Database, tokens: dict[str, Headers]
) -> None:
    uuid, sender = a_sender(db, label="Door A", gates=["main"])
    silent, _ = a_device(db, label="Door B", gates=["main"])
    a_device(db, "attendee", attendee_id=hall.people[0].id)
    receive(db, Batch(uuid, "b", NOW, 0, [], battery=41, waiting=3), at=NOW - 60_000, sender=sender)
    with db.write() as tx:
        scanned(tx, 1, hall.code(0), device=silent, after=-30)
    found = {item["label"]: item for item in seen(app, tokens["organiser"])["devices"]}
    assert found.keys() == {"Door A", "Door B"}
    told = ("heard_at", "battery", "waiting", "scans")
    assert [found["Door A"][name] for name in told] == ["2025-06-03T08:59:00+02:00", 41, 3, 0]
    assert [found["Door B"][name] for name in told] == ["2025-06-03T08:59:30+02:00", None, None, 1]


@pytest.mark.usefixtures("hall")
def test_devices_of_yesterday_are_not_shown_unless_they_kept_something(
    app: Flask, db: Database, tokens: dict[str, Headers]
) -> None:
    for label, waiting in (("sent all", 0), ("kept some", 2), ("never heard", None)):
        uuid, token = a_device(db, label=label, shift_ends_at=AT, at=AT - 3600)
        with db.read() as tx:
            sender = sender_of(tx, token, device=uuid, at=AT - 60)
        if waiting is not None:
            batch = Batch(uuid, "b", NOW, 0, [], waiting=waiting)
            receive(db, batch, at=NOW - 60_000, sender=sender)
    found = seen(app, tokens["organiser"])["devices"]
    assert [item["label"] for item in found] == ["kept some"]


def test_a_phone_at_a_gate_sees_its_own_gates(app: Flask, hall: Hall, db: Database) -> None:
    with db.write() as tx:
        a_gate(tx, "side")
        scanned(tx, 1, hall.code(0))
    a_device(db, label="Main", gates=["main"])
    _, token = a_device(db, label="Side", gates=["side"])
    body = seen(app, bearer(token))
    assert [item["slug"] for item in body["gates"]] == ["side"]
    assert (body["all"]["inside"], [item["label"] for item in body["devices"]]) == (0, ["Side"])


def test_who_is_inside_is_listed_until_everybody_is_sent_out(
    app: Flask, hall: Hall, db: Database, tokens: dict[str, Headers]
) -> None:
    client, headers = app.test_client(), tokens["organiser"]
    with db.write() as tx:
        a_gate(tx, "side")
        scanned(tx, 1, hall.code(1), after=-20)
        scanned(tx, 2, hall.code(0), after=-10)
        scanned(tx, 3, hall.code(2), gate="side", after=-10)
        scanned(tx, 4, hall.code(3), after=-24 * 3600)

    def inside(slug: str = "main") -> list[str]:
        answer = client.get(f"/v1/gates/{slug}/inside", headers=headers)
        return [person["surname"] for person in answer.get_json()["people"]]

    assert inside() == ["Person 0", "Person 1"]
    sent = {"id": an_id(9), "gate": "main"}
    first = client.post("/v1/gates/clear", headers=headers, json=sent)
    again = client.post("/v1/gates/clear", headers=headers, json=sent)
    assert (first.status_code, again.get_json()) == (200, first.get_json())
    assert (inside(), inside("side")) == ([], ["Person 2"])
    other = sent | {"gate": "side"}
    assert client.post("/v1/gates/clear", headers=headers, json=other).status_code == 409
    client.post("/v1/gates/clear", headers=headers, json={"id": an_id(10)})
    assert inside("side") == []
    assert seen(app, headers)["all"]["inside"] == 0


def test_ticks_from_paper_count_once_whoever_types_them_in(
    app: Flask, hall: Hall, tokens: dict[str, Headers]
) -> None:
    client = app.test_client()
    codes = [short_code(person.holder) for person in hall.people[:3]]
    typed = [codes[0].lower(), f"{codes[1][:4]} {codes[1][4:]}", codes[0], "00000000", "nonsense"]
    body = {"codes": typed, "day": "2025-06-03"}
    first = client.post("/v1/gates/main/ticks", headers=tokens["helpdesk"], json=body)
    assert first.get_json() == {"new": 2, "known": 0, "wrong": ["nonsense", "00000000"]}
    body = {"codes": codes}
    again = client.post("/v1/gates/main/ticks", headers=tokens["organiser"], json=body)
    assert again.get_json() == {"new": 1, "known": 2, "wrong": []}
    assert numbers(seen(app, tokens["organiser"])["all"]) == (3, 3, 3)
    for day in ("2025-06-02", "2025-06-04"):
        early = client.post(
            "/v1/gates/main/ticks", headers=tokens["organiser"], json={"codes": codes, "day": day}
        )
        assert early.status_code == 422
    assert not client.get("/v1/incidents", headers=tokens["organiser"]).get_json()["count"]


def test_a_tick_beside_a_scan_is_looked_into_only_where_one_may_come_once(
    app: Flask, hall: Hall, db: Database, tokens: dict[str, Headers]
) -> None:
    with db.write() as tx:
        a_gate(tx, "dinner", policy="once")
        for number, slug in enumerate(("main", "dinner")):
            scanned(tx, number, hall.code(), gate=slug, after=-60)
    client, headers = app.test_client(), tokens["organiser"]
    for slug in ("main", "dinner"):
        body = {"codes": [short_code(hall.people[0].holder)]}
        client.post(f"/v1/gates/{slug}/ticks", headers=headers, json=body)
    (found,) = client.get("/v1/incidents", headers=headers).get_json()["incidents"]
    assert (found["kind"], found["gate"]) == ("double_admission", "dinner")


def test_attendance_is_told_by_session(
    app: Flask, hall: Hall, db: Database, tokens: dict[str, Headers]
) -> None:
    with db.write() as tx:
        for number, slug in enumerate(("hall", "back")):
            a_gate(tx, slug, session_id=1)
            scanned(tx, number, hall.code(0), gate=slug)
        scanned(tx, 9, hall.code(1), gate="hall")
    answer = app.test_client().get("/v1/attendance", headers=tokens["organiser"])
    (session,) = answer.get_json()["sessions"]
    assert (session["session_id"], session["booked"], session["came"]) == (1, 0, 2)


def test_the_log_is_read_page_by_page_and_names_nobody(
    app: Flask, hall: Hall, db: Database, tokens: dict[str, Headers]
) -> None:
    with db.write() as tx:
        for number in range(5):
            scanned(tx, number, hall.code(number % 2), after=number)
    client, found, cursor = app.test_client(), [], ""
    while True:
        address = f"/v1/scans?limit=2{cursor}"
        page = client.get(address, headers=tokens["organiser"]).get_json()
        if not page["scans"]:
            break
        found += page["scans"]
        cursor = f"&cursor={page['next']}"
    assert [item["id"] for item in found] == [an_id(number) for number in range(5)]
    assert found[0]["gate"] == "main"
    assert found[0]["at"] == "2025-06-03T07:00:00.000Z"
    assert "Person" not in str(found)
    late = client.get("/v1/scans?since=2025-06-03T07:00:03Z", headers=tokens["organiser"])
    assert [item["id"] for item in late.get_json()["scans"]] == [an_id(3), an_id(4)]
    theirs = client.get(f"/v1/scans?holder={found[0]['holder']}", headers=tokens["organiser"])
    assert [item["id"] for item in theirs.get_json()["scans"]] == [an_id(n) for n in (0, 2, 4)]
    assert client.get("/v1/scans?cursor=x", headers=tokens["organiser"]).status_code == 422
    assert AT == NOW // 1000
