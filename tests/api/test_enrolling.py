"""Codes and links make phones devices, once, again after a lost answer, and never for a guess."""

import time
from uuid import uuid4

import pytest
from desk import AT, a_desk, bearer
from flask import Flask
from flask.testing import FlaskClient
from gates import an_id
from sqlalchemy import select

from api.brake import GUESSES
from api.routes.push import EXAMPLE
from badges import qr
from event.people.enrolment import invite
from event.people.tokens import create_token
from event.tables import subscription

Tokens = dict[str, dict[str, str]]


def enrol(
    client: FlaskClient, code: str, device: str, **body: str
) -> tuple[int, dict[str, object]]:
    answer = client.post("/v1/enrol", json={"code": code, "device": device} | body)
    assert answer.headers["Cache-Control"] in {"private, no-store", "no-store"}
    return answer.status_code, answer.get_json()


def test_a_code_makes_one_phone_a_device_and_a_lost_answer_loses_nothing(
    client: FlaskClient, tokens: Tokens
) -> None:
    client.put("/v1/gates/main", json={"name": {"en": "M"}}, headers=tokens["organiser"])
    body = {"role": "gate", "gates": ["main"], "shift_ends_at": "2025-06-03T14:00:00+02:00"}
    made = client.post("/v1/enrolments", json=body, headers=tokens["organiser"])
    assert made.status_code == 201
    code, phone = made.get_json()["code"], str(uuid4())
    assert made.get_json()["url"] == f"http://localhost/door#{code}"
    assert made.get_json()["expires_at"] == "2025-06-04T09:00:00+02:00"

    status, first = enrol(client, code.lower().replace("-", " "), phone, label="Main door 1")
    assert status == 200
    assert (first["role"], first["gates"], first["attendee_id"]) == ("gate", ["main"], None)
    assert first["shift_ends_at"] == "2025-06-03T14:00:00+02:00"
    assert first["server_time"] == "2025-06-03T09:00:00+02:00"
    assert first["event"] == client.get("/v1/event").get_json()["event"]["uuid"]
    _, again = enrol(client, code, phone.upper())
    assert again["device"] == first["device"]
    for token, wanted in ((first["token"], 401), (again["token"], 403)):
        assert client.get("/v1/me", headers=bearer(str(token))).status_code == wanted

    status, problem = enrol(client, code, str(uuid4()))
    assert (status, problem["code"]) == (410, "code-used")
    listed = client.get("/v1/devices", headers=tokens["organiser"]).get_json()["devices"]
    assert [(d["uuid"], d["label"], d["revoked_at"]) for d in listed] == [
        (phone, "Main door 1", None)
    ]


def test_a_device_that_is_locked_out_reads_nothing_and_does_not_come_back(
    app: Flask, client: FlaskClient, tokens: Tokens
) -> None:
    desk = a_desk(app)
    phone = str(uuid4())
    _, body = enrol(client, desk.link, phone)
    assert client.get("/v1/me", headers=bearer(str(body["token"]))).status_code == 200
    address = f"/v1/devices/{body['device']['id']}?stolen=true"  # type: ignore[index]
    for _ in range(2):
        assert client.delete(address, headers=tokens["organiser"]).status_code == 204
    assert client.get("/v1/me", headers=bearer(str(body["token"]))).status_code == 401
    assert enrol(client, desk.link, phone)[1]["code"] == "locked-out"
    listed = client.get("/v1/devices", headers=tokens["organiser"]).get_json()["devices"]
    assert [d["stolen"] for d in listed if d["uuid"] == phone] == [True]
    assert client.delete("/v1/devices/0", headers=tokens["organiser"]).status_code == 404


def test_who_signs_out_ends_this_phones_token_alone_and_may_come_back(
    app: Flask, client: FlaskClient
) -> None:
    desk, phone = a_desk(app), str(uuid4())
    _, first = enrol(client, desk.link, phone)
    own = bearer(str(first["token"]))
    assert client.put("/v1/me/push", json=EXAMPLE, headers=own).status_code == 204
    sent = outbox_of(phone)
    assert client.delete("/v1/me/token", headers=own).status_code == 204
    for method, path in (("GET", "/v1/me"), ("DELETE", "/v1/me/token")):
        assert client.open(path, method=method, headers=own).status_code == 401
    with app.extensions["eventday"].db.read() as db:
        assert db.execute(select(subscription.c.id)).all() == []
    assert client.get("/v1/me", headers=desk.ada_phone).status_code == 200
    # What was on its way when its phone signed out is still taken.
    receipts = client.post("/v1/sync/outbox", json=sent, headers=own).get_json()["receipts"]
    assert [receipt["status"] for receipt in receipts] == ["stored"]
    _, again = enrol(client, desk.link, phone)
    assert again["device"] == first["device"]
    assert client.get("/v1/me", headers=bearer(str(again["token"]))).status_code == 200


def outbox_of(phone: str) -> dict[str, object]:
    now = time.time_ns() // 1_000_000
    item = {
        "id": an_id(1, at=now),
        "n": 1,
        "kind": "bookmark",
        "payload": {"session": 1, "on": True},
    }
    return {"device": phone, "boot": "b", "sent_at": now, "sent_mono": 0, "items": [item]}


def test_a_withdrawn_code_and_an_old_one_say_so(
    app: Flask, client: FlaskClient, tokens: Tokens
) -> None:
    with app.extensions["eventday"].db.write() as db:
        old = invite(db, role="gate", at=AT - 7201, lasts=7200).secret
        shift = invite(db, role="gate", at=AT - 60, shift_ends_at=AT).secret
    for code in (old, shift):
        assert enrol(client, code, str(uuid4()))[1]["code"] == "code-expired"
    made = client.post(
        "/v1/enrolments", json={"role": "gate"}, headers=tokens["organiser"]
    ).get_json()
    address = f"/v1/enrolments/{made['id']}"
    assert client.delete(address, headers=tokens["helpdesk"]).status_code == 404
    assert client.delete(address, headers=tokens["organiser"]).status_code == 204
    assert enrol(client, made["code"], str(uuid4()))[1]["code"] == "code-revoked"


def test_the_help_desk_invites_attendees_and_nobody_else(
    app: Flask, client: FlaskClient, tokens: Tokens
) -> None:
    desk = a_desk(app)
    for role in ("organiser", "helpdesk", "gate"):
        answer = client.post("/v1/enrolments", json={"role": role}, headers=tokens["helpdesk"])
        assert answer.status_code == 403
    body = {"role": "attendee", "attendee_id": desk.jan.id}
    made = client.post("/v1/enrolments", json=body, headers=tokens["helpdesk"]).get_json()
    assert made["url"] == f"http://localhost/link#{made['code']}"
    _, phone = enrol(client, made["code"], str(uuid4()))
    me = client.get("/v1/me", headers=bearer(str(phone["token"]))).get_json()
    assert me["given_name"] == "Jan"


@pytest.mark.parametrize(
    "body",
    [
        {"role": "attendee"},
        {"role": "gate", "attendee_id": 1},
        {"role": "king"},
        {"role": "gate", "gates": ["Main door"]},
        {"role": "gate", "shift_ends_at": "2025-06-03T09:00:00+02:00"},
        {"role": "gate", "hours": 0},
        {"role": "gate", "label": "\x00"},
        {"role": "gate", "secret": "x"},
    ],
)
def test_an_invitation_that_breaks_a_rule_makes_no_code(
    client: FlaskClient, tokens: Tokens, body: dict[str, object]
) -> None:
    answer = client.post("/v1/enrolments", json=body, headers=tokens["organiser"])
    assert answer.status_code == 422, answer.text


def test_guessing_codes_is_braked_and_links_go_on_working(app: Flask, client: FlaskClient) -> None:
    desk = a_desk(app)
    guesses = [enrol(client, f"AAAA-BBBB-{n:04}", str(uuid4()))[0] for n in range(GUESSES)]
    assert guesses == [404] * GUESSES
    answer = client.post("/v1/enrol", json={"code": desk.code, "device": str(uuid4())})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert enrol(client, desk.link, str(uuid4()))[0] == 200
    elsewhere = {"REMOTE_ADDR": "198.51.100.7"}
    answer = client.post(
        "/v1/enrol", json={"code": desk.code, "device": str(uuid4())}, environ_base=elsewhere
    )
    assert answer.status_code == 200


def test_an_attendee_who_is_replaced_loses_phones_and_links(
    app: Flask, client: FlaskClient, tokens: Tokens
) -> None:
    desk = a_desk(app)
    body = {"guid": str(uuid4()), "person": {"given_name": "Ewa"}}
    address = f"/v1/attendees/{desk.ada.id}/substitute"
    assert client.post(address, json=body, headers=tokens["helpdesk"]).status_code == 201
    assert client.get("/v1/me", headers=desk.ada_phone).status_code == 401
    assert enrol(client, desk.link, str(uuid4()))[1]["code"] == "code-revoked"


def test_the_picture_of_a_code_leads_to_the_page_and_uses_nothing_up(
    app: Flask, client: FlaskClient
) -> None:
    desk = a_desk(app)
    answer = client.post("/v1/enrol/qr", json={"code": desk.link})
    assert answer.mimetype == "image/svg+xml"
    assert answer.text == qr.svg(f"http://localhost/link#{desk.link}")
    assert client.post("/v1/enrol/qr", json={"code": "a b"}).status_code == 422
    assert enrol(client, desk.link, str(uuid4()))[0] == 200


def test_a_token_without_a_phone_is_nobody(client: FlaskClient, app: Flask) -> None:
    with app.extensions["eventday"].db.write() as db:
        token = create_token(db, role="attendee", label="", at=AT)
    for address in ("/v1/me", "/v1/me/consents", "/v1/me/badge.svg"):
        assert client.get(address, headers=bearer(token)).status_code == 403
