"""Errors are problem documents, in the asked language."""

import re
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from api.problems import PROBLEMS

CASES = [
    ("GET", "/nowhere", 404, "not-found"),
    ("GET", "/v1/sessions/0", 404, "not-found"),
    ("GET", "/v1/sessions/99999999999999999999999", 404, "not-found"),
    ("GET", "/v1/sessions/-1", 404, "not-found"),
    ("GET", "/v1/speakers/0", 404, "not-found"),
    ("DELETE", "/v1/agenda", 405, "method-not-allowed"),
    ("POST", "/v1/sessions/1", 405, "method-not-allowed"),
    ("GET", "/v1/sessions?day=2025-13-01", 422, "invalid"),
    ("GET", "/v1/sessions?day=-1", 422, "invalid"),
    ("GET", "/v1/sessions?room=0", 422, "invalid"),
    ("GET", "/v1/sessions?room=" + "9" * 400, 422, "invalid"),
    ("GET", "/v1/sessions?q=%00", 422, "invalid"),
    ("GET", "/v1/sessions?cursor=%FF", 422, "invalid"),
    ("GET", "/v1/sessions?cursor=abc", 422, "invalid"),
    ("GET", "/v1/sessions?limit=201", 422, "invalid"),
    ("GET", "/v1/sessions?unknown=1", 422, "invalid"),
    ("GET", "/v1/agenda?lang=english", 422, "invalid"),
    ("GET", "/v1/now?at=2025-06-03", 422, "invalid"),
    ("GET", "/v1/now?at=9999-12-31T23:59:59Z", 422, "invalid"),
    ("GET", "/v1/now?at=0001-01-01T00:00:00%2B14:00", 422, "invalid"),
    ("GET", "/v1/changes?since=-1", 422, "invalid"),
    ("GET", "/v1/changes?since=1e5", 422, "invalid"),
    ("GET", "/v1/sessions?" + "track=1&" * 10_000, 414, "uri-too-long"),
    ("GET", "/schedule.xml?cancelled=maybe", 422, "invalid"),
]

DOCS = Path(__file__).parents[2] / "docs" / "problems.md"


def test_an_error_is_a_problem_document(client: FlaskClient) -> None:
    for method, address, status, code in CASES:
        answer = client.open(address, method=method)
        assert answer.status_code == status, (address[:80], answer.data)
        assert answer.content_type == "application/problem+json"
        body = answer.get_json()
        assert (body["status"], body["code"]) == (status, code)
        assert body["type"] == f"/docs/problems#{code}"
        assert body["title"] == PROBLEMS[code].title["en"]
        assert body["detail"]
        assert "Traceback" not in answer.text


def test_a_405_says_what_is_allowed(client: FlaskClient) -> None:
    allowed = client.delete("/v1/agenda").headers["Allow"]
    assert set(allowed.split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_problems_speak_polish(client: FlaskClient) -> None:
    answer = client.get("/nowhere", headers={"Accept-Language": "pl"})
    assert answer.headers["Content-Language"] == "pl"
    assert answer.get_json()["title"] == "Niczego tu nie ma"
    assert client.get("/nowhere?lang=pl").get_json()["title"] == "Niczego tu nie ma"
    specific = client.get("/v1/sessions/0?lang=pl").get_json()
    assert specific["detail"] == PROBLEMS["not-found"].detail["pl"]
    assert "session 0" in specific["detail_en"]


def test_bodies_are_limited_and_must_be_json(
    client: FlaskClient, tokens: dict[str, dict[str, str]]
) -> None:
    organiser = tokens["organiser"]

    def post(data: bytes, content_type: str = "application/json") -> tuple[int, str]:
        answer = client.post(
            "/v1/sessions", data=data, content_type=content_type, headers=organiser
        )
        return answer.status_code, answer.get_json()["code"]

    assert post(b'{"title": "' + b"x" * 1_000_001 + b'"}') == (413, "too-large")
    assert post(b"a=b", "application/x-www-form-urlencoded") == (415, "unsupported-media-type")
    assert post(b"{}", "") == (415, "unsupported-media-type")
    assert post(b"{") == (400, "bad-request")
    assert post(b"\xff") == (400, "bad-request")
    assert post(b"null") == (422, "invalid")
    assert post(b"[" * 100_000) == (400, "bad-request")
    assert post(b'{"capacity": ' + b"9" * 5_000 + b"}") == (400, "bad-request")


def test_a_method_that_is_not_offered_is_405_whatever_the_body(client: FlaskClient) -> None:
    answer = client.put("/v1/sessions", data=b"x", content_type="text/plain")
    assert answer.status_code == 405


def test_no_event_is_a_404_that_says_how_to_make_one(app: Flask) -> None:
    for address in ("/v1/agenda", "/v1/bootstrap", "/readyz", "/schedule.xml"):
        answer = app.test_client().get(address)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "no-event")
        assert "eventday import" in answer.get_json()["detail"]
    assert app.test_client().get("/healthz").status_code == 200


def test_a_database_that_is_away_is_a_503(app: Flask, client: FlaskClient) -> None:
    tag = client.get("/v1/agenda").headers["ETag"]
    engine = app.extensions["eventday"].db.engine

    def fail(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    engine.connect = fail
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
        assert client.get("/v1/changes").status_code == 503
        # What is published is in memory: phones are served all the same.
        assert client.get("/v1/agenda").status_code == 200
        assert client.get("/v1/agenda", headers={"If-None-Match": tag}).status_code == 304
    finally:
        del engine.connect


def test_a_bug_is_a_500_without_a_trace(app: Flask, client: FlaskClient) -> None:
    app.testing = False

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("CANARY")

    app.view_functions["Start.healthz"] = fail
    answer = client.get("/healthz")
    assert (answer.status_code, answer.get_json()["code"]) == (500, "internal")
    assert "CANARY" not in answer.text


def test_every_problem_has_a_heading_in_the_docs_and_no_more() -> None:
    headings = re.findall(r"^## `([a-z-]+)` \((\d+)\)$", DOCS.read_text(), re.MULTILINE)
    assert headings == [(code, str(problem.status)) for code, problem in PROBLEMS.items()]


def test_every_problem_is_worded_in_both_languages() -> None:
    for problem in PROBLEMS.values():
        assert set(problem.title) == set(problem.detail) == {"en", "pl"}


def test_the_page_of_problems_has_them_all(client: FlaskClient) -> None:
    page = client.get("/docs/problems").text
    assert all(f"id={code}>" in page for code in PROBLEMS)
