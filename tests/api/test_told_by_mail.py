"""Restricted sessions, words that begin later and sessions taken back reach whom they are for."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING
from flask import Flask
from flask.testing import FlaskClient
from receivers import Sink, serving
from sqlalchemy import insert
from telling import AT, Crowd, a_courier, a_crowd, set_session, worked

from event import tables
from sync.announcements import start_announcements

PEOPLE = [
    {"email": f"{name}@example.org", "category": category}
    for name, category in (("vip", "vip"), ("press", "press"), ("star", "delegate"))
]


@pytest.fixture
def crowd(app: Flask) -> Crowd:
    made = a_crowd(app.extensions["eventday"].db, *PEOPLE)
    app.extensions["eventday"].publications.forget()
    return made


@pytest.fixture
def sink() -> Iterator[Sink]:
    with serving(Sink()) as server:
        yield server


@pytest.fixture
def client(app: Flask, crowd: Crowd) -> FlaskClient:  # noqa: ARG001  # the event comes first
    return app.test_client()


def mailed(app: Flask, sink: Sink) -> list[tuple[str, str]]:
    """Return to whom what was mailed since this was last asked."""
    worked(a_courier(app, smtp=sink.url))
    found = sorted((mail["To"], mail["Subject"]) for mail in sink.mails)
    sink.mails.clear()
    return found


def edited(client: FlaskClient, organiser: dict[str, str], *operations: dict[str, Any]) -> Any:
    body = {"operations": list(operations)}
    return client.post("/v1/agenda/edits", json=body, headers=organiser).get_json()


def test_a_restricted_session_is_told_to_its_audience_and_in_no_public_answer(
    app: Flask, client: FlaskClient, organiser: dict[str, str], crowd: Crowd, sink: Sink
) -> None:
    with crowd.db.write() as tx:
        hidden = {"visibility": '["vip"]', "audience": '["vip"]', "title": '{"en":"Breakfast"}'}
        set_session(tx, 2, **hidden)
    crowd.edit(lambda _: None)
    mailed(app, sink)
    done = edited(client, organiser, {"op": "cancel", "session": 2})
    assert done["told"]["by_reason"]["category"] == 1
    assert done["told"]["people"] == 1
    assert mailed(app, sink) == [("vip@example.org", "Cancelled: Breakfast")]
    assert "Breakfast" not in client.get("/v1/changes?lang=*").text
    reach = client.get(f"/v1/publishes/{done['seq']}/reach", headers=organiser).get_json()
    assert reach["people"] == 1
    assert client.post(f"/v1/publishes/{done['seq']}/undo", headers=organiser).status_code == 200
    assert mailed(app, sink) == [("vip@example.org", "Takes place after all: Breakfast")]


def test_words_to_a_category_are_told_to_it_when_they_begin(
    app: Flask, client: FlaskClient, organiser: dict[str, str], crowd: Crowd, sink: Sink
) -> None:
    begins = (OPENING + timedelta(minutes=5)).isoformat()
    said = {"op": "announce", "title": {"en": "To the press"}, "audience": ["press"]}
    done = edited(client, organiser, said | {"starts_at": begins})
    assert (done["told"]["people"], mailed(app, sink)) == (0, [])
    for minutes in (4, 5, 6):
        at = OPENING + timedelta(minutes=minutes)
        start_announcements(crowd.db, at=at, issued_at=at)
    assert mailed(app, sink) == [("press@example.org", "To the press")]
    assert edited(client, organiser, said)["told"]["people"] == 1
    assert mailed(app, sink) == [("press@example.org", "To the press")]


def test_a_session_that_is_taken_back_is_told_to_whom_it_was_for_and_who_had_it(
    app: Flask, client: FlaskClient, organiser: dict[str, str], crowd: Crowd, sink: Sink
) -> None:
    new = {"op": "new", "title": {"en": "Extra"}, "audience": ["press"],
           "starts_at": OPENING.isoformat(), "ends_at": OPENING.isoformat()}  # fmt: skip
    done = edited(client, organiser, new)
    number = done["changes"][0]["session_id"]
    star = {"attendee_id": crowd.people[2].id, "session_id": number, "marked": 1, "t_est": AT}
    with crowd.db.write() as tx:
        tx.execute(insert(tables.bookmark), star)
    assert mailed(app, sink) == []
    undone = client.post(f"/v1/publishes/{done['seq']}/undo", headers=organiser).get_json()
    assert (undone["told"]["people"], undone["told"]["by_reason"]["bookmark"]) == (2, 1)
    gone = "No longer in the agenda: Extra"
    assert mailed(app, sink) == [("press@example.org", gone), ("star@example.org", gone)]
