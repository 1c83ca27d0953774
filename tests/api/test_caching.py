"""Entity tags, 304 and encodings of what is public."""

import gzip
import re
from typing import Any

import brotli
import pytest
from builders import OPENING, a_session, an_agenda, publish_agenda
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from api.caching import build, tags

PUBLIC = (
    "/v1/event",
    "/v1/agenda",
    "/v1/sessions",
    "/v1/sessions?q=session",
    "/v1/speakers",
    "/v1/venue",
    "/v1/now",
    "/v1/announcements",
    "/v1/changes",
    "/v1/legal",
    "/v1/bootstrap",
    "/schedule.xml",
    "/schedule.json",
    "/agenda.ics",
)


def test_what_is_public_has_a_strong_tag_and_a_date(client: FlaskClient) -> None:
    for address in PUBLIC:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert re.fullmatch(r'"[^"]+"', answer.headers["ETag"]), address
        assert "Last-Modified" in answer.headers, address
        assert "Accept-Language" in answer.headers["Vary"], address


@pytest.mark.parametrize("form", ["{tag}", "W/{tag}", '"x", {tag}', "*", "{bare}"])
def test_a_known_tag_in_any_form_is_a_304_that_carries_it(client: FlaskClient, form: str) -> None:
    for address in PUBLIC:
        first = client.get(address)
        tag = first.headers["ETag"]
        sent = form.format(tag=tag, bare=tag.strip('"'))
        answer = client.get(address, headers={"If-None-Match": sent})
        assert (answer.status_code, answer.data) == (304, b""), address
        for name in ("ETag", "Last-Modified", "Cache-Control", "Vary", "Content-Language"):
            assert answer.headers[name] == first.headers[name], (address, name)


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_tag_got_with_a_compressed_body_is_known(client: FlaskClient, encoding: str) -> None:
    plain = client.get("/v1/agenda")
    packed = client.get("/v1/agenda", headers={"Accept-Encoding": encoding})
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress}[encoding]
    assert packed.headers["Content-Encoding"] == encoding
    assert unpack(packed.data) == plain.data
    assert packed.headers["ETag"] != plain.headers["ETag"]
    tag = packed.headers["ETag"]
    again = {"If-None-Match": tag, "Accept-Encoding": encoding}
    assert client.get("/v1/agenda", headers=again).status_code == 304


@pytest.mark.parametrize("appended", ["-gzip", ";br", ":zstd"])
def test_what_other_servers_append_to_a_tag_is_ignored(client: FlaskClient, appended: str) -> None:
    tag = client.get("/v1/agenda").headers["ETag"].strip('"')
    sent = {"If-None-Match": f'"{tag}{appended}"'}
    assert client.get("/v1/agenda", headers=sent).status_code == 304


def test_another_language_is_another_body(client: FlaskClient) -> None:
    english = client.get("/v1/agenda")
    polish = client.get("/v1/agenda", headers={"Accept-Language": "pl-PL,pl;q=0.9,en;q=0.5"})
    assert polish.headers["Content-Language"] == "pl"
    assert polish.get_json()["sessions"][0]["title"] == "Sesja 1"
    sent = {"If-None-Match": english.headers["ETag"], "Accept-Language": "pl"}
    assert client.get("/v1/agenda", headers=sent).status_code == 200


def test_a_date_is_enough_and_a_tag_goes_before_it(client: FlaskClient) -> None:
    date = client.get("/v1/agenda").headers["Last-Modified"]
    assert client.get("/v1/agenda", headers={"If-Modified-Since": date}).status_code == 304
    both = {"If-Modified-Since": date, "If-None-Match": '"other"'}
    assert client.get("/v1/agenda", headers=both).status_code == 200
    nonsense = {"If-Modified-Since": "yesterday"}
    assert client.get("/v1/agenda", headers=nonsense).status_code == 200


def test_two_publishes_in_one_second_have_two_dates(app: Flask, client: FlaskClient) -> None:
    first = client.get("/v1/agenda").headers["Last-Modified"]
    publish_agenda(app.extensions["eventday"].db, an_agenda(4), at=OPENING)
    app.extensions["eventday"].publications.forget()
    answer = client.get("/v1/agenda", headers={"If-Modified-Since": first})
    assert answer.status_code == 200
    assert answer.headers["Last-Modified"] != first


def test_a_publish_of_another_process_is_seen(app: Flask, client: FlaskClient) -> None:
    tag = client.get("/v1/agenda").headers["ETag"]
    publish_agenda(app.extensions["eventday"].db, an_agenda(4))
    app.extensions["eventday"].publications.forget()
    answer = client.get("/v1/agenda", headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert len(answer.get_json()["sessions"]) == 4


def test_a_304_asks_the_database_nothing(app: Flask, client: FlaskClient) -> None:
    tag = client.get("/v1/agenda").headers["ETag"]
    asked: list[str] = []
    engine = app.extensions["eventday"].db.engine
    event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert client.get("/v1/agenda", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/v1/agenda").status_code == 200
    assert asked == []


def test_a_session_has_a_tag_of_its_own(client: FlaskClient) -> None:
    addresses = [
        f"/v1/sessions/{session['id']}"
        for session in client.get("/v1/sessions").get_json()["sessions"]
    ]
    first, second = (client.get(address).headers["ETag"] for address in addresses[:2])
    assert first != second
    assert client.get(addresses[0], headers={"If-None-Match": first}).status_code == 304
    assert client.get(addresses[0], headers={"If-None-Match": second}).status_code == 200


@pytest.mark.parametrize(
    "condition", [{"If-None-Match": "*"}, {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}]
)
def test_what_does_not_exist_is_never_a_304(client: FlaskClient, condition: dict[str, str]) -> None:
    assert client.get("/v1/sessions/999999", headers=condition).status_code == 404
    assert client.get("/v1/sessions?day=x", headers=condition).status_code == 422


def test_now_is_another_answer_once_a_session_starts(client: FlaskClient) -> None:
    def tag(at: str) -> Any:
        return client.get("/v1/now", query_string={"at": at}).headers["ETag"]

    assert tag("2025-06-03T09:01:00+02:00") == tag("2025-06-03T09:44:59+02:00")
    assert tag("2025-06-03T09:44:59+02:00") != tag("2025-06-03T09:45:00+02:00")


def test_the_build_is_in_the_tag(client: FlaskClient) -> None:
    assert build() in client.get("/v1/agenda").headers["ETag"]


def test_an_organisers_view_is_not_to_be_kept(
    client: FlaskClient, tokens: dict[str, dict[str, str]]
) -> None:
    answer = client.get("/v1/sessions", headers=tokens["organiser"])
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Authorization" in client.get("/v1/sessions").headers["Vary"]


def test_large_bodies_are_compressed_and_small_ones_are_not(app: Flask) -> None:
    many = tuple(a_session(n) for n in range(1, 30))
    publish_agenda(app.extensions["eventday"].db, an_agenda(0, sessions=many))
    client = app.test_client()
    accept = {"Accept-Encoding": "gzip, br"}
    assert client.get("/v1/agenda", headers=accept).headers["Content-Encoding"] == "br"
    assert "Content-Encoding" not in client.get("/v1/legal", headers=accept).headers
    refused = {"Accept-Encoding": "br;q=0, gzip;q=0"}
    assert "Content-Encoding" not in client.get("/v1/agenda", headers=refused).headers


def test_tags_of_a_header_are_read_leniently() -> None:
    assert tags('W/"a.br", "b-gzip" , "c"') == (("a", "a.br"), ("b", "b-gzip"), ("c", "c"))
    assert tags("a, b") == (("a", "a"), ("b", "b"))
    assert tags("") == ()
