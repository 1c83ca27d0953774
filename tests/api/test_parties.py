"""Categories, parties and counts of needs."""

from uuid import uuid4

from desk import a_desk
from flask import Flask
from flask.testing import FlaskClient

Tokens = dict[str, dict[str, str]]


def test_a_category_is_added_and_recoloured_under_its_number(
    client: FlaskClient, tokens: Tokens
) -> None:
    body = {"slug": "uczestnik", "name": {"en": "Jury", "pl": "Jury"}, "color": "#0f766e"}
    for color in ("#0f766e", "#000000"):
        made = client.post(
            "/v1/categories", json=body | {"color": color}, headers=tokens["organiser"]
        )
        assert made.status_code == 201
        assert made.get_json() == body | {"color": color, "number": 6}
    listed = client.get("/v1/categories", headers=tokens["helpdesk"]).get_json()["categories"]
    assert [item["slug"] for item in listed] == [
        "delegate", "speaker", "staff", "press", "vip", "uczestnik"]  # fmt: skip
    for wrong in ({"slug": "A b"}, {"color": "red"}, {"name": {}}, {"number": 1}):
        answer = client.post("/v1/categories", json=body | wrong, headers=tokens["organiser"])
        assert answer.status_code == 422


def test_a_delegation_gets_its_badges_before_its_names(client: FlaskClient, tokens: Tokens) -> None:
    helpdesk = tokens["helpdesk"]
    body = {"guid": str(uuid4()), "name": "Klaster", "contact_name": "Ada", "size": 12}
    first = client.post("/v1/parties", json=body, headers=helpdesk)
    assert first.status_code == 201
    party = first.get_json()
    assert len({place["holder"] for place in party["attendees"]}) == 12
    assert client.post("/v1/parties", json=body, headers=helpdesk).get_json() == party
    place = party["attendees"][0]["id"]
    match = helpdesk | {"If-Match": "*"}
    named = client.patch(f"/v1/attendees/{place}", json={"surname": "Żak"}, headers=match)
    assert (named.status_code, named.get_json()["party_id"]) == (200, party["id"])
    now = client.get(first.headers["Location"], headers=helpdesk).get_json()
    assert [p["surname"] for p in now["attendees"]] == ["Żak", *[""] * 11]
    listed = client.get("/v1/parties", headers=helpdesk).get_json()["parties"]
    assert [item["name"] for item in listed] == ["Klaster"]
    assert client.get("/v1/parties/0", headers=helpdesk).status_code == 404
    for wrong in ({"size": 0}, {"size": 501}, {"name": " "}, {"contact_email": "x"}):
        other = body | {"guid": str(uuid4())} | wrong
        assert client.post("/v1/parties", json=other, headers=helpdesk).status_code == 422


def test_needs_are_counted_and_are_nobodys(app: Flask, client: FlaskClient, tokens: Tokens) -> None:
    a_desk(app)
    assert client.get("/v1/needs", headers=tokens["organiser"]).get_json() == {
        "diet": [{"need": "vegan canary", "attendees": 1}],
        "access": [{"need": "ramp canary", "attendees": 1}],
    }
