"""The OpenAPI document is the API: valid, committed, and kept by every answer."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import schemathesis
from desk import AT, a_desk
from flask import Flask
from flask.testing import FlaskClient
from gates import a_gate
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator, validate
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from event.schedule.meetings import add_meeting
from event.schedule.rules import set_rule

COMMITTED = Path(__file__).parents[2] / "openapi" / "openapi.json"
CASES = int(os.environ.get("CASES", "25"))
"""Requests tried of each operation; make soak tries many."""
# OpenAPI cannot say between which years a moment lies; the description does.
schemathesis.openapi.format(
    "date-time",
    st.datetimes(datetime(1971, 1, 1), datetime(2199, 1, 1)).map(lambda t: f"{t.isoformat()}Z"),
)
ENDLESS = "/v1/live"
"""A stream, which tests/api/test_live.py listens to."""
BEYOND_A_SCHEMA = (
    "operations cannot be done", "are not as you saw them", "can be undone", "Nothing is held",
    "edited session",
    "would end before it starts", "would last more than", "stand alone", "has more than",
    "needs a given name or a surname", "There is no category", "The shift would be over",
    "Name an attendee for the role attendee", "A party needs a name",
    "A category has a name", "There is no such party", "Name the words",
    "would close before it opens", "There is no session", "can need bookings", "no such scan",
    "Send what was read or a holder", "Name the scan", "Say whether they may pass",
    "Name some, or", "is no day of the event", "has not begun yet", "There is no attendee",
    "There is no room", "There is no gate", "A meeting has a time", "Accept, decline, or propose",
    "Name two sessions", "with an id of its own", "Booking would close",
    "Choose what a schedule shows", "Name an end that is still to come",
    "The address is one", "The address is not public", "is no point on P-256",
)  # fmt: skip
"""Rules between fields, and of NFC, by which what keeps the schema may still be refused."""


@pytest.fixture
def document(app: Flask) -> dict[str, Any]:
    document: dict[str, Any] = app.test_client().get("/openapi.json").get_json()
    return document


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    validate(document, cls=OpenAPIV31SpecValidator)


def test_the_committed_document_is_what_the_application_says(document: dict[str, Any]) -> None:
    assert json.loads(COMMITTED.read_text()) == document, "run: make openapi"


def test_every_field_of_an_answer_is_described_or_plain(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        assert schema.get("additionalProperties", True) or not name.endswith("Answer"), name


def operations() -> list[Any]:
    """Return every operation with good requests, and with bad ones where a request can be bad."""
    document = json.loads(COMMITTED.read_text())
    methods = {"get", "post", "patch", "put", "delete"}
    return [
        pytest.param(method.upper(), path, mode, id=f"{method}-{path}-{mode.value}")
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in methods and path != ENDLESS
        for mode in GenerationMode
        if mode is GenerationMode.POSITIVE or _takes_something(operation)
    ]


def _takes_something(operation: dict[str, Any]) -> bool:
    inputs = [p for p in operation.get("parameters", []) if p.get("in") == "query"]
    return bool(inputs) or "requestBody" in operation


@pytest.fixture(scope="module")
def described() -> Any:
    """Return the committed document, read once, as what requests are made from."""
    return schemathesis.openapi.from_dict(json.loads(COMMITTED.read_text()))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("method", "path", "mode"), operations())
def test_every_operation_keeps_its_word(
    described: Any,
    app: Flask,
    client: FlaskClient,
    tokens: dict[str, dict[str, str]],
    method: str,
    path: str,
    mode: GenerationMode,
) -> None:
    """Generated requests, good and bad, get the answers the document promises."""
    app.extensions["eventday"].brake.guesses = 10**9  # bad tokens are part of this
    described.app = app
    operation = described[path][method]
    operation.app = app  # it may have been kept with the application of a test before
    session, desk = client.get("/v1/sessions").get_json()["sessions"][0], a_desk(app)
    with app.extensions["eventday"].db.write() as db:
        a_gate(db)
        set_rule(db, session["id"], {})
        when = {"session_id": session["id"]}
        meeting = add_meeting(db, when, [desk.ada.id, desk.jan.id], guid="", at=AT)
    known = {
        "session_id": session["id"],
        "speaker_id": session["speakers"][0]["speaker_id"],
        "attendee_id": desk.ada.id,
        "device_id": desk.ada_device,
        "enrolment_id": desk.jans_link,
        "party_id": desk.party,
        "meeting_id": meeting.id,
        "share_id": 1,
        "slug": "main",
        "webhook": "sms",
        "seq": 1,
        "plan_id": 1,
        "review_id": 1,
        "room_id": client.get("/v1/agenda").get_json()["rooms"][0]["id"],
    }
    fixed = {name: value for name, value in known.items() if f"{{{name}}}" in path}
    headers = {"Accept-Encoding": "identity"}
    if method == "PATCH" or path.endswith("/parts"):
        headers["If-Match"] = "*"
    needs_token = "security" in described.raw_schema["paths"][path][method.lower()]
    is_attendees = f"{path}/".startswith(("/v1/me/", "/v1/directory/"))
    phone = desk.ada_phone if is_attendees else tokens["organiser"]

    @settings(max_examples=CASES, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode, path_parameters=fixed, headers=headers))
    def check(case: schemathesis.Case) -> None:
        sent = phone if needs_token else {}
        answer = case.call(headers=sent, app=app)
        beyond = any(rule.encode() in answer.content for rule in BEYOND_A_SCHEMA)
        excluded: list[Any] = [positive_data_acceptance] if beyond else []
        written = parse_qs(urlsplit(str(answer.request.url)).query, keep_blank_values=True)
        # A parameter that is an empty list stands in no URL; 413 and 414 are refusals, too.
        if set(case.query or {}) - set(written) or answer.status_code in {413, 414}:
            excluded.append(negative_data_rejection)
        case.validate_response(answer, headers=sent, excluded_checks=excluded)

    check()
