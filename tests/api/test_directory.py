"""The directory over HTTP: only who agreed, only what they chose, and nothing to guess at."""

from typing import Any

from desk import AT, Desk
from flask import Flask
from flask.testing import FlaskClient

from event.people.attendees import change

YES = {"given": True, "text_version": "1", "language": "pl"}


def agree(client: FlaskClient, headers: dict[str, str], *, given: bool = True) -> None:
    body = YES | {"given": given}
    answer = client.put("/v1/me/consents/listed", headers=headers, json=body)
    assert answer.status_code == 200, answer.text


def choose(client: FlaskClient, headers: dict[str, str], *fields: str, about: str = "") -> Any:
    body = {"fields": fields, "about": about}
    return client.put("/v1/me/profile", headers=headers, json=body)


def found(client: FlaskClient, desk: Desk, words: str) -> list[str]:
    answer = client.post("/v1/directory/search", headers=desk.jan_phone, json={"q": words})
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.get_json()["people"]]


def people(client: FlaskClient, desk: Desk, query: str = "") -> Any:
    return client.get(f"/v1/directory{query}", headers=desk.jan_phone).get_json()


def test_only_who_agreed_is_found_and_no_longer_than_they_do(
    client: FlaskClient, desk: Desk
) -> None:
    choose(client, desk.ada_phone, "organisation", about="Ring me")
    assert people(client, desk) == {"people": [], "next": None}
    agree(client, desk.ada_phone)
    assert people(client, desk)["people"] == [{
        "name": "Ada Łoś-Canary", "organisation": "Klaster Canary", "position": "", "country": "",
        "email": "", "about": "Ring me",
    }]  # fmt: skip
    agree(client, desk.ada_phone, given=False)
    assert people(client, desk)["people"] == []
    assert found(client, desk, "ada") == []


def test_only_what_was_chosen_is_shown_or_searched(client: FlaskClient, desk: Desk) -> None:
    agree(client, desk.ada_phone)
    assert people(client, desk)["people"][0] == {
        "name": "Ada Łoś-Canary", "organisation": "", "position": "", "country": "", "email": "",
        "about": "",
    }  # fmt: skip
    hidden = ("klaster", "keeper", "example.org", "ext-canary", "note")
    assert [found(client, desk, word) for word in hidden] == [[]] * len(hidden)
    choose(client, desk.ada_phone, "email", "position")
    for words in ("los", "ŁOŚ ada", "keeper", "ada.canary@example.org", ""):
        assert found(client, desk, words) == ["Ada Łoś-Canary"], words
    assert found(client, desk, "klaster") == found(client, desk, "ada klaster") == []


def test_who_does_not_come_is_not_found(app: Flask, client: FlaskClient, desk: Desk) -> None:
    agree(client, desk.ada_phone)
    with app.extensions["eventday"].db.write() as tx:
        change(tx, desk.ada.id, {"status": "cancelled"}, at=AT)
    assert people(client, desk)["people"] == []


def test_who_does_not_come_finds_nobody(app: Flask, client: FlaskClient, desk: Desk) -> None:
    agree(client, desk.ada_phone)
    with app.extensions["eventday"].db.write() as tx:
        change(tx, desk.jan.id, {"status": "cancelled"}, at=AT)
    assert people(client, desk)["people"] == []
    assert found(client, desk, "ada") == []
    with app.extensions["eventday"].db.write() as tx:
        change(tx, desk.jan.id, {"status": "registered"}, at=AT)
    assert found(client, desk, "ada") == ["Ada Łoś-Canary"]


def test_pages_hold_everybody_once_by_surname(client: FlaskClient, desk: Desk) -> None:
    for headers in (desk.jan_phone, desk.ada_phone):
        agree(client, headers)
    first = people(client, desk, "?limit=1")
    second = people(client, desk, f"?limit=1&cursor={first['next']}")
    assert [page["people"][0]["name"] for page in (first, second)] == ["Ada Łoś-Canary", "Jan Żak"]
    assert (first["next"], second["next"]) == (1, None)


def test_what_i_chose_is_mine_to_see_and_to_change(client: FlaskClient, desk: Desk) -> None:
    def mine(headers: dict[str, str]) -> Any:
        return client.get("/v1/me/profile", headers=headers).get_json()

    assert mine(desk.ada_phone) == {"listed": False, "fields": [], "about": ""}
    agree(client, desk.ada_phone)
    for _ in range(2):
        answer = choose(client, desk.ada_phone, "email", "organisation", about=" Valves ")
    wanted = {"listed": True, "fields": ["organisation", "email"], "about": "Valves"}
    assert answer.get_json() == mine(desk.ada_phone) == wanted
    assert mine(desk.jan_phone)["fields"] == []
    assert choose(client, desk.ada_phone, "note").status_code == 422
    assert choose(client, desk.ada_phone, about="x" * 1001).status_code == 422
    assert mine(desk.ada_phone) == wanted
