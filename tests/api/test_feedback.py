"""Feedback over HTTP, and where the organiser reads it."""

from typing import Any

from desk import Desk, a_desk
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from event.schedule.feedback import rated
from event.tables import session


def test_what_is_said_last_counts(app: Flask, client: FlaskClient) -> None:
    desk, db = a_desk(app), app.extensions["eventday"].db
    one = client.get("/v1/sessions").get_json()["sessions"][0]["id"]
    for rating, text in ((1, "Cold"), (4, "Warm now")):
        answer = put(client, desk, one, {"rating": rating, "text": text})
        assert answer.get_json() == {"session_id": one, "rating": rating, "text": text}
    with db.read() as tx:
        (found,) = rated(tx)
    assert (found.counts, found.texts) == ((0, 0, 0, 1, 0), ("Warm now",))
    assert put(client, desk, one, {"rating": 5}).status_code == 200
    with db.read() as tx:
        assert rated(tx)[0].texts == ()


def test_a_session_is_rated_once_it_has_begun(app: Flask, client: FlaskClient) -> None:
    desk = a_desk(app)
    _, second, _ = client.get("/v1/sessions").get_json()["sessions"]
    refused = put(client, desk, second["id"], {"rating": 5})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "conflict")
    with app.extensions["eventday"].db.write() as tx:
        assert rated(tx) == []
        tx.execute(update(session).values(starts_at=session.c.starts_at - 3600))
    assert put(client, desk, second["id"], {"rating": 5}).status_code == 200


def test_nobody_rates_what_they_may_not_know_of(app: Flask, client: FlaskClient) -> None:
    desk, db = a_desk(app), app.extensions["eventday"].db
    one = client.get("/v1/sessions").get_json()["sessions"][0]["id"]
    with db.write() as tx:
        tx.execute(update(session).where(session.c.id == one).values(visibility='["vip"]'))
    assert put(client, desk, one, {"rating": 5}).status_code == 404
    assert put(client, desk, 4711, {"rating": 5}).status_code == 404
    assert put(client, desk, one, {"rating": 6}).status_code == 422
    with db.read() as tx:
        assert rated(tx) == []


def put(client: FlaskClient, desk: Desk, number: int, body: dict[str, object]) -> Any:
    return client.put(f"/v1/me/feedback/{number}", headers=desk.ada_phone, json=body)
