"""Listening: publishes arrive by themselves, verified like any head, and never without an end."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPResponse

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from api.app import service_of
from event.agenda.edit import edit_session, moved
from sync.publish import publish


@pytest.fixture
def port(app: Flask, client: FlaskClient) -> Iterator[int]:
    """Yield where the application listens, with an event in it."""
    assert client.get("/v1/event").status_code == 200
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server.server_port
    service_of(app).live.close()
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def listening(port: int, last: str = "") -> Iterator[HTTPResponse]:
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/v1/live", headers={"Last-Event-ID": last} if last else {})
    answer = connection.getresponse()
    yield answer
    # The answer holds the socket, too: only both let go of it.
    answer.close()
    connection.close()


def heard(answer: HTTPResponse) -> dict[str, list[str]]:
    """Return the fields of the next event."""
    found: dict[str, list[str]] = {}
    while True:
        line = answer.readline().decode().rstrip("\n")
        if not line and "data" in found:
            return found
        if not line:
            found = {}
        name, _, value = line.partition(": ")
        found.setdefault(name, []).append(value)


def edit(app: Flask, title: str) -> int:
    """Publish as another process would; return its seq."""
    service = service_of(app)
    first = service.publications.edition().agenda.sessions[0]
    done = publish(
        service.db,
        lambda db: edit_session(
            db, first.id, lambda one: moved(one, title={"en": title}), at=service.now()
        ),
        at=service.now(),
        by="organiser/test",
    )
    return done.clock.seq


def head(client: FlaskClient) -> list[str]:
    return client.get("/v1/sync/public/head").text.splitlines()


def test_a_publish_arrives_as_the_signed_head(app: Flask, client: FlaskClient, port: int) -> None:
    with listening(port) as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert answer.headers["Cache-Control"] == "no-store"
        first = heard(answer)
        assert first["data"] == head(client)
        seq = edit(app, "Another")
        told = heard(answer)
    assert told["event"] == ["head"]
    assert told["id"][0].rpartition("-")[2] == str(seq)
    assert told["data"] == head(client) != first["data"]


def test_who_comes_back_is_told_only_what_is_new(app: Flask, port: int) -> None:
    with listening(port) as answer:
        known = heard(answer)["id"][0]
    with listening(port, known) as answer:
        seq = edit(app, "While away")
        assert heard(answer)["id"] == [f"{known.partition('-')[0]}-{seq}"]
    with listening(port, "nonsense") as answer:
        assert heard(answer)["id"] == [f"{known.partition('-')[0]}-{seq}"]


def test_who_comes_when_nobody_listened_is_told_nothing_old(
    app: Flask, client: FlaskClient
) -> None:
    assert client.get("/v1/event").status_code == 200
    live = service_of(app).live

    def first() -> bytes:
        assert live.enter()
        stream = live.stream("")
        told = [next(stream), next(stream)][1]
        live.leave()
        for thread in threading.enumerate():
            if thread.name == "live":
                thread.join()
        return told

    assert first().startswith(b"id: ")
    seq = edit(app, "While nobody listened")
    service_of(app).publications.forget()  # which it does by itself a moment later
    assert first().partition(b"\n")[0].endswith(b"-%d" % seq)


def test_there_is_an_end_to_those_who_may_listen(app: Flask, port: int) -> None:
    live = service_of(app).live
    places = 0
    while live.enter():
        places += 1
    assert places == service_of(app).settings.live
    with listening(port) as answer:
        assert answer.status == 503
        assert b"too-many-streams" in answer.read()
    live.leave()
    with listening(port) as answer:
        assert answer.status == 200


def test_streams_end_when_the_server_does(app: Flask, port: int) -> None:
    with listening(port) as answer:
        heard(answer)
        service_of(app).live.close()
        assert answer.read() == b""
    with listening(port) as answer:
        assert answer.status == 503


def test_there_is_nothing_to_listen_to_without_an_event(app: Flask) -> None:
    answer = app.test_client().get("/v1/live")
    assert answer.status_code == 404
    assert answer.get_json()["code"] == "no-event"
