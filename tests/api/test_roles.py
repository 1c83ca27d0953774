"""Every route against every kind of token."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from api.brake import GUESSES
from event.people.tokens import ROLES

ORGANISERS = {
    ("POST", "/v1/sessions"),
    ("PATCH", "/v1/sessions/<int:session_id>"),
    ("POST", "/v1/sessions/<int:session_id>/parts"),
    ("PATCH", "/v1/sessions/<int:session_id>/parts/<int:part_id>"),
}
"""The routes that need a token; every other one is open to all."""
OPEN = {("POST", "/v1/sync/outbox")}
"""The routes that store something and need none, because those who use them have none."""


def routes(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def ask(client: FlaskClient, method: str, rule: str, headers: dict[str, str]) -> Any:
    session = client.get("/v1/sessions").get_json()["sessions"][0]
    names = {"session_id": session["id"], "part_id": 1, "speaker_id": 1, "name": "x", "path": "x"}
    address = rule
    for name, value in names.items():
        for kind in ("<int:", "<path:", "<"):
            address = address.replace(f"{kind}{name}>", str(value))
    body = {"json": {}} if method in {"POST", "PATCH"} else {}
    return client.open(address, method=method, headers=headers | {"If-Match": "*"}, **body)


def test_the_list_of_guarded_routes_is_complete(app: Flask) -> None:
    assert {route for route in routes(app) if route[0] != "GET"} == ORGANISERS | OPEN


@pytest.mark.parametrize("role", ["none", *ROLES])
def test_every_route_lets_through_whom_it_should(
    app: Flask, client: FlaskClient, tokens: dict[str, dict[str, str]], role: str
) -> None:
    headers = tokens.get(role, {})
    for method, rule in sorted(routes(app)):
        status = ask(client, method, rule, headers).status_code
        if (method, rule) in OPEN:
            assert status == 422, (method, rule, status)  # {} is no batch
        elif (method, rule) not in ORGANISERS:
            assert status in {200, 404}, (method, rule, status)
        elif role == "none":
            assert status == 401, (method, rule)
        elif role == "organiser":
            assert status in {200, 404, 422}, (method, rule)
        else:
            assert status == 403, (method, rule)


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer evd_" + "A" * 43, "Bearer evd_\xff"]
)
def test_a_token_that_is_not_valid_is_401(client: FlaskClient, value: str) -> None:
    answer = client.post("/v1/sessions", json={}, headers={"Authorization": value})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert client.get("/v1/sessions", headers={"Authorization": value}).status_code == 401


def test_guessing_is_slowed_down_and_a_valid_token_is_not(
    client: FlaskClient, tokens: dict[str, dict[str, str]]
) -> None:
    wrong = {"Authorization": "Bearer evd_wrong"}
    statuses = [client.get("/v1/sessions", headers=wrong).status_code for _ in range(GUESSES + 1)]
    assert statuses == [401] * GUESSES + [429]
    answer = client.get("/v1/sessions", headers=wrong)
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert client.get("/v1/sessions", headers=tokens["organiser"]).status_code == 200
