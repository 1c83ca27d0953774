"""Plans over HTTP: prepared, checked whenever they are looked at, fired once."""

import threading
from typing import Any

import pytest
from desk import Headers
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from api.worker import Worker
from event import tables

NAME = {"en": "Hall A floods", "pl": "Zalana sala A"}


def first_session(client: FlaskClient) -> Any:
    return client.get("/v1/sessions").get_json()["sessions"][0]


def prepared(client: FlaskClient, organiser: Headers, *operations: dict[str, Any]) -> Any:
    body = {"name": NAME, "operations": list(operations), "reason": {"en": "water"}}
    return client.post("/v1/plans", json=body, headers=organiser)


def fired(client: FlaskClient, organiser: Headers, plan_id: int, **body: Any) -> Any:
    return client.post(f"/v1/plans/{plan_id}/fire", json=body, headers=organiser)


def the_plan(client: FlaskClient, organiser: Headers) -> Any:
    (plan,) = client.get("/v1/plans?lang=en", headers=organiser).get_json()["plans"]
    return plan


def test_a_plan_is_fired_once_with_one_call(client: FlaskClient, organiser: Headers) -> None:
    session = first_session(client)
    answer = prepared(client, organiser, {"op": "cancel", "session": session["id"]})
    plan = answer.get_json()
    assert (answer.status_code, plan["stale"], plan["fired"]) == (201, False, None)
    said = fired(client, organiser, plan["id"], dry_run=True)
    done = fired(client, organiser, plan["id"])
    assert said.get_json() == done.get_json()
    assert done.get_json()["seq"] == 2
    (change,) = done.get_json()["changes"]
    assert (change["kind"], change["reason"]) == ("cancelled", "water")
    assert the_plan(client, organiser)["fired"] == 2
    assert fired(client, organiser, plan["id"]).status_code == 409
    assert client.get("/v1/event").get_json()["seq"] == 2


def test_a_plan_that_is_fired_at_once_is_fired_once(
    app: Flask, client: FlaskClient, organiser: Headers
) -> None:
    session = first_session(client)
    operation = {"op": "delay", "session": session["id"], "minutes": 5}
    plan_id = prepared(client, organiser, operation).get_json()["id"]
    statuses: list[int] = []

    def tap() -> None:
        statuses.append(fired(app.test_client(), organiser, plan_id).status_code)

    threads = [threading.Thread(target=tap) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, *[409] * 5]
    app.extensions["eventday"].publications.forget()
    assert client.get("/v1/event").get_json()["seq"] == 2


def test_a_stale_plan_says_so_and_waits_for_a_word(client: FlaskClient, organiser: Headers) -> None:
    session = first_session(client)
    plan = prepared(client, organiser, {"op": "delay", "session": session["id"], "minutes": 5})
    client.patch(
        f"/v1/sessions/{session['id']}",
        json={"title": {"en": "Other"}},
        headers=organiser | {"If-Match": "*"},
    )
    plan_id = plan.get_json()["id"]
    found = the_plan(client, organiser)
    assert (found["stale"], found["faults"]) == (True, [])
    assert found["edited"] == [f"Session {session['id']} “Other” was edited."]
    assert fired(client, organiser, plan_id).status_code == 412
    assert fired(client, organiser, plan_id, even_if_edited=True).get_json()["seq"] == 3


def test_a_plan_is_not_fired_over_what_was_edited_since_somebody_looked(
    client: FlaskClient, organiser: Headers
) -> None:
    session = first_session(client)
    operation = {"op": "delay", "session": session["id"], "minutes": 5}
    plan_id = prepared(client, organiser, operation).get_json()["id"]
    seen = [{"session": session["id"], "version": session["version"]}]
    edits = {"operations": [operation]}
    assert client.post("/v1/agenda/edits", json=edits, headers=organiser).get_json()["seq"] == 2
    refused = fired(client, organiser, plan_id, if_version=seen, even_if_edited=True)
    assert refused.status_code == 412
    assert refused.get_json()["touched"] == [f"session {session['id']}"]
    assert the_plan(client, organiser)["fired"] is None
    seen = [{"session": session["id"], "version": first_session(client)["version"]}]
    done = fired(client, organiser, plan_id, if_version=seen, even_if_edited=True)
    assert done.get_json()["seq"] == 3


def test_a_plan_that_cannot_be_done_any_more_says_why(
    client: FlaskClient, organiser: Headers
) -> None:
    session = first_session(client)
    plan = prepared(client, organiser, {"op": "room", "session": session["id"], "room": 2})
    body = {"operations": [{"op": "cancel", "session": session["id"]}]}
    client.post("/v1/agenda/edits", json=body, headers=organiser)
    assert "restore it first" in the_plan(client, organiser)["faults"][0]
    answer = fired(client, organiser, plan.get_json()["id"], even_if_edited=True)
    assert answer.status_code == 422
    assert client.get("/v1/event").get_json()["seq"] == 2


def test_a_plan_must_be_possible_and_can_be_dropped(
    client: FlaskClient, organiser: Headers
) -> None:
    assert prepared(client, organiser, {"op": "cancel", "session": 999}).status_code == 422
    plan_id = prepared(client, organiser, {"op": "suspend", "all": True}).get_json()["id"]
    assert client.delete(f"/v1/plans/{plan_id}", headers=organiser).status_code == 204
    assert client.delete(f"/v1/plans/{plan_id}", headers=organiser).status_code == 404
    assert fired(client, organiser, plan_id).status_code == 404


def test_plans_are_checked_after_every_publish_and_say_since_when_one_does_not_fit(
    app: Flask, client: FlaskClient, organiser: Headers
) -> None:
    first, second, _ = client.get("/v1/sessions").get_json()["sessions"]
    prepared(client, organiser, {"op": "delay", "session": first["id"], "minutes": 5})
    worker = Worker(app.extensions["eventday"])

    def after(**operation: Any) -> tuple[int, int | None]:
        client.post("/v1/agenda/edits", json={"operations": [operation]}, headers=organiser)
        worker.tick()
        plan = the_plan(client, organiser)
        return plan["checked_seq"], plan["stale_since"]

    assert the_plan(client, organiser)["checked_seq"] == 1
    assert after(op="cancel", session=second["id"]) == (2, None)
    assert after(op="cancel", session=first["id"]) == (3, 3)
    assert after(op="restore", session=second["id"]) == (4, 3)
    assert "plans" not in worker.tick()
    for seq in (3, 4):
        client.post(f"/v1/publishes/{7 - seq}/undo", headers=organiser)
    worker.tick()
    plan = the_plan(client, organiser)
    assert (plan["checked_seq"], plan["faults"]) == (6, [])


def test_what_fails_in_a_tick_holds_up_nothing_else(
    app: Flask, client: FlaskClient, organiser: Headers, caplog: pytest.LogCaptureFixture
) -> None:
    first = first_session(client)["id"]
    prepared(client, organiser, {"op": "delay", "session": first, "minutes": 5})
    cancel = {"operations": [{"op": "cancel", "session": first}]}
    client.post("/v1/agenda/edits", json=cancel, headers=organiser)
    said = {"operations": [{"op": "announce", "title": {"en": "Hello"}}], "hold": 60}
    client.post("/v1/agenda/edits", json=said, headers=organiser)
    with app.extensions["eventday"].db.write() as tx:
        tx.execute(update(tables.hold).values(lists="{"))
    assert "plans" in Worker(app.extensions["eventday"]).tick()
    assert "tick failed" in caplog.text
    assert the_plan(client, organiser)["stale_since"] == 2
