"""What the help desk does with attendees, over HTTP."""

from typing import Any
from uuid import uuid4

import pytest
from desk import Desk, Headers
from flask import Flask
from flask.testing import FlaskClient

from badges.short import short_code
from event.people.attendees import everyone


@pytest.fixture
def helpdesk(tokens: dict[str, Headers]) -> Headers:
    return tokens["helpdesk"]


def found(client: FlaskClient, headers: Headers, **body: Any) -> list[int]:
    answer = client.post("/v1/attendees/search", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return [person["id"] for person in answer.get_json()["attendees"]]


def test_people_are_found_however_they_are_spelt(
    client: FlaskClient, desk: Desk, helpdesk: Headers
) -> None:
    for words in ("los", "ŁOŚ ada", "canary@example", "ext-canary", short_code(desk.ada.holder)):
        assert found(client, helpdesk, q=words) == [desk.ada.id], words
    assert found(client, helpdesk, q="żak ada") == []
    assert len(found(client, helpdesk)) == 4
    assert len(found(client, helpdesk, limit=1)) == 1
    assert found(client, helpdesk, q="%") == found(client, helpdesk, q="_") == []


@pytest.mark.usefixtures("desk")
def test_somebody_is_added_once_however_often_it_is_asked(
    client: FlaskClient, helpdesk: Headers
) -> None:
    body = {"guid": str(uuid4()), "given_name": " Ola ", "surname": "Da\u0328b", "days": 2}
    first = client.post("/v1/attendees", json=body, headers=helpdesk)
    assert first.status_code == 201
    made = first.get_json()
    assert (made["given_name"], made["surname"], made["source"]) == ("Ola", "D\u0105b", "desk")
    again = client.post("/v1/attendees", json=body, headers=helpdesk).get_json()
    assert again == made
    assert first.headers["Location"] == f"/v1/attendees/{made['id']}"
    assert client.get(first.headers["Location"], headers=helpdesk).get_json() == made
    taken = client.post(
        "/v1/attendees", json={"surname": "B", "external_id": "ext-canary"}, headers=helpdesk
    )
    assert taken.status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"given_name": "  "},
        {"given_name": "a" * 101},
        {"given_name": "a\x00"},
        {"given_name": 7},
        {"surname": "A", "email": "nobody"},
        {"surname": "A", "language": "polish"},
        {"surname": "A", "category": "king"},
        {"surname": "A", "days": 65_536},
        {"surname": "A", "minor": 1},
        {"surname": "A", "status": "replaced"},
        {"surname": "A", "party_id": 10**9},
        {"surname": "A", "id": 1},
        {"surname": "A", "diet": "vegan"},
        {"surname": "A", "guid": "1"},
    ],
)
@pytest.mark.usefixtures("desk")
def test_what_breaks_a_rule_adds_nobody(
    client: FlaskClient, helpdesk: Headers, body: dict[str, Any]
) -> None:
    before = found(client, helpdesk)
    answer = client.post("/v1/attendees", json=body, headers=helpdesk)
    assert answer.status_code == 422, answer.text
    assert found(client, helpdesk) == before


def test_a_change_needs_the_version_that_was_seen(
    client: FlaskClient, desk: Desk, helpdesk: Headers
) -> None:
    address = f"/v1/attendees/{desk.ada.id}"
    tag = client.get(address, headers=helpdesk).headers["ETag"]
    assert tag == f'"a{desk.ada.id}-1"'
    body = {"surname": "Łoś-Kowalska", "box_slot": "C-214", "party_id": None}
    assert client.patch(address, json=body, headers=helpdesk).status_code == 428
    seen = helpdesk | {"If-Match": tag}
    changed = client.patch(address, json=body, headers=seen)
    assert changed.headers["ETag"] == f'"a{desk.ada.id}-2"'
    assert {name: changed.get_json()[name] for name in body} == body
    assert client.patch(address, json={"surname": "X"}, headers=seen).status_code == 412
    jans = helpdesk | {"If-Match": f'"a{desk.jan.id}-2"'}
    assert client.patch(address, json={"surname": "X"}, headers=jans).status_code == 412
    assert client.get(address, headers=helpdesk).get_json() == changed.get_json()


def test_who_cancels_has_no_badge_until_they_come_after_all(
    client: FlaskClient, desk: Desk, helpdesk: Headers
) -> None:
    address, match = f"/v1/attendees/{desk.ada.id}", helpdesk | {"If-Match": "*"}
    assert client.patch(address, json={"status": "cancelled"}, headers=match).status_code == 200
    assert client.get(f"{address}/badge.svg", headers=helpdesk).status_code == 409
    assert client.get("/v1/me/badge.svg", headers=desk.ada_phone).status_code == 409
    assert client.get("/v1/me", headers=desk.ada_phone).get_json()["status"] == "cancelled"
    assert client.patch(address, json={"status": "registered"}, headers=match).status_code == 200
    assert client.get(f"{address}/badge.svg", headers=helpdesk).status_code == 200


def test_a_lost_badge_gets_the_next_generation_of_its_medium(
    client: FlaskClient, desk: Desk, helpdesk: Headers
) -> None:
    address = f"/v1/attendees/{desk.ada.id}/reissue"
    body = {"medium": "paper", "generation": 2}
    for _ in range(2):
        answer = client.post(address, json=body, headers=helpdesk)
        assert (answer.status_code, answer.get_json()["paper"]) == (200, 2)
    assert answer.get_json()["phone"] == 1
    for generation, status in ((1, 409), (4, 409), (0, 422), (128, 422)):
        body = {"medium": "paper", "generation": generation}
        assert client.post(address, json=body, headers=helpdesk).status_code == status


def test_a_colleague_comes_instead_once(client: FlaskClient, desk: Desk, helpdesk: Headers) -> None:
    address = f"/v1/attendees/{desk.ada.id}"
    body = {"guid": str(uuid4()), "person": {"given_name": "Ewa", "surname": "Żuk"}}
    first = client.post(f"{address}/substitute", json=body, headers=helpdesk)
    ewa = first.get_json()
    assert (first.status_code, ewa["replaces_id"], ewa["organisation"], ewa["party_id"]) == (
        201, desk.ada.id, "Klaster Canary", desk.party)  # fmt: skip
    assert ewa["holder"] != desk.ada.holder
    again = client.post(f"{address}/substitute", json=body, headers=helpdesk)
    assert again.get_json() == ewa
    assert client.get(address, headers=helpdesk).get_json()["status"] == "replaced"
    other = body | {"guid": str(uuid4())}
    assert client.post(f"{address}/substitute", json=other, headers=helpdesk).status_code == 409
    match = helpdesk | {"If-Match": "*"}
    assert client.patch(address, json={"surname": "X"}, headers=match).status_code == 409


def test_consents_are_recorded_with_their_words_and_none_is_lost(
    client: FlaskClient, desk: Desk, helpdesk: Headers
) -> None:
    mine = {"given": True, "text_version": "2025-05", "language": "pl"}
    assert (
        client.get("/v1/me/consents", headers=desk.ada_phone).get_json()["history"][0]["given"]
        is False
    )
    for _ in range(2):
        put = client.put("/v1/me/consents/photo", json=mine, headers=desk.ada_phone)
        assert put.status_code == 200
    address = f"/v1/attendees/{desk.ada.id}/consents"
    body = client.get(address, headers=helpdesk).get_json()
    assert [said["given"] for said in body["history"]] == [False, True]
    assert body["consents"]["photo"] == body["history"][1]
    assert body["history"][1]["by"].startswith("attendee/")
    withdrawn = client.put(f"{address}/photo", json=mine | {"given": False}, headers=helpdesk)
    assert withdrawn.get_json()["consents"]["photo"]["by"] == "helpdesk/test"
    assert client.put(f"{address}/else", json=mine, headers=helpdesk).status_code == 404
    assert client.put(f"{address}/photo", json={"given": 1}, headers=helpdesk).status_code == 422
    assert client.get("/v1/attendees/0/consents", headers=helpdesk).status_code == 404


def test_links_are_made_and_all_withdrawn_at_once(
    client: FlaskClient, desk: Desk, helpdesk: Headers
) -> None:
    address = f"/v1/attendees/{desk.jan.id}/link"
    urls = [client.post(address, headers=helpdesk).get_json()["url"] for _ in range(2)]
    assert all(url.startswith("http://localhost/link#evl_") for url in urls)
    codes = [url.partition("#")[2] for url in urls]

    def enrol(code: str) -> int:
        body = {"code": code, "device": str(uuid4())}
        return client.post("/v1/enrol", json=body).status_code

    assert [enrol(code) for code in (*codes, *codes)] == [200] * 4
    for _ in range(2):
        assert client.delete(address, headers=helpdesk).status_code == 204
    assert [enrol(code) for code in codes] == [410, 410]
    assert enrol(desk.link) == 200


def test_the_desk_asks_to_be_told_who_arrives(
    client: FlaskClient, desk: Desk, tokens: dict[str, Headers]
) -> None:
    address, helpdesk = f"/v1/attendees/{desk.ada.id}/watch", tokens["helpdesk"]
    for _ in range(2):
        assert client.put(address, headers=helpdesk).status_code == 204
    (wish,) = client.get("/v1/watches", headers=helpdesk).get_json()["watches"]
    assert (wish["attendee"]["id"], wish["arrived_at"]) == (desk.ada.id, None)
    assert wish["asked_at"] == "2025-06-03T09:00:00+02:00"
    assert client.get("/v1/watches", headers=tokens["organiser"]).get_json() == {"watches": []}
    for _ in range(2):
        assert client.delete(address, headers=helpdesk).status_code == 204
    assert client.get("/v1/watches", headers=helpdesk).get_json() == {"watches": []}
    assert client.put("/v1/attendees/0/watch", headers=helpdesk).status_code == 404


def test_nothing_is_stored_that_cannot_be_answered(app: Flask, tokens: dict[str, Headers]) -> None:
    answer = app.test_client().post(
        "/v1/attendees", json={"surname": "A"}, headers=tokens["helpdesk"]
    )
    assert answer.get_json()["code"] == "no-event"
    with app.extensions["eventday"].db.read() as db:
        assert everyone(db) == []
