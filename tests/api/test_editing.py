"""An organiser's edits."""

import threading
from typing import Any

import pytest
from builders import guid
from flask import Flask
from flask.testing import FlaskClient


def first_session(client: FlaskClient) -> dict[str, Any]:
    session: dict[str, Any] = client.get("/v1/sessions").get_json()["sessions"][0]
    return session


def edit(
    client: FlaskClient, organiser: dict[str, str], session: dict[str, Any], **body: Any
) -> Any:
    address = f"/v1/sessions/{session['id']}"
    tag = client.get(address, headers=organiser).headers["ETag"]
    return client.patch(address, json=body, headers=organiser | {"If-Match": tag})


def changes(client: FlaskClient, since: int = 1) -> list[dict[str, Any]]:
    answer = client.get("/v1/changes", query_string={"since": since})
    found: list[dict[str, Any]] = answer.get_json()["changes"]
    return found


def test_a_move_keeps_the_length_and_is_told(
    client: FlaskClient, organiser: dict[str, str]
) -> None:
    session = first_session(client)
    answer = edit(
        client,
        organiser,
        session,
        starts_at="2025-06-03T10:00:00+02:00",
        reason={"en": "the train is late", "pl": "pociąg się spóźnia"},
    )
    assert answer.status_code == 200
    assert answer.get_json()["session"]["ends_at"] == "2025-06-03T10:45:00+02:00"
    assert answer.get_json()["session"]["version"] == 2
    assert first_session(client)["id"] != session["id"] or first_session(client)["version"] == 2
    (change,) = changes(client)
    assert change["kind"] == "moved"
    assert change["old"]["starts_at"] == "2025-06-03T09:00:00+02:00"
    assert change["new"]["starts_at"] == "2025-06-03T10:00:00+02:00"
    assert (change["reason"], change["by"]) == ("the train is late", "organiser")
    polish = client.get("/v1/changes?since=1&lang=pl").get_json()["changes"][0]
    assert polish["reason"] == "pociąg się spóźnia"


def test_the_life_of_a_session(client: FlaskClient, organiser: dict[str, str]) -> None:
    session = first_session(client)
    for state, kind in [
        ("suspended", "suspended"),
        ("confirmed", "resumed"),
        ("cancelled", "cancelled"),
        ("confirmed", "restored"),
        ("draft", "removed"),
        ("confirmed", "added"),
    ]:
        before = client.get("/v1/event").get_json()["seq"]
        answer = edit(client, organiser, session, state=state, reason={"en": "because"})
        assert answer.status_code == 200, answer.get_json()
        assert [change["kind"] for change in changes(client, before)] == [kind]


def test_a_draft_is_seen_by_organisers_only(client: FlaskClient, organiser: dict[str, str]) -> None:
    session = first_session(client)
    edit(client, organiser, session, state="draft")
    assert client.get(f"/v1/sessions/{session['id']}").status_code == 404
    seen = client.get(f"/v1/sessions/{session['id']}", headers=organiser)
    assert seen.get_json()["session"]["state"] == "draft"


def test_resuming_may_set_a_new_end(client: FlaskClient, organiser: dict[str, str]) -> None:
    session = first_session(client)
    edit(client, organiser, session, state="suspended")
    end = "2025-06-03T10:15:00+02:00"
    answer = edit(client, organiser, session, state="confirmed", ends_at=end)
    assert answer.get_json()["session"]["ends_at"] == end
    assert answer.get_json()["session"]["starts_at"] == session["starts_at"]


def test_a_session_is_created_once(client: FlaskClient, organiser: dict[str, str]) -> None:
    body = {
        "guid": guid("new"),
        "title": {"en": "New", "pl": "Nowa"},
        "starts_at": "2025-06-03T16:00:00+02:00",
        "ends_at": "2025-06-03T17:00:00+02:00",
    }
    first = client.post("/v1/sessions", json=body, headers=organiser)
    assert first.status_code == 201
    assert client.get(first.headers["Location"]).get_json()["session"]["title"] == "New"
    again = client.post("/v1/sessions", json=body, headers=organiser)
    assert again.status_code == 409
    assert again.get_json()["session_id"] == first.get_json()["session"]["id"]
    assert [change["kind"] for change in changes(client)] == ["added"]


def test_the_tag_of_an_answer_serves_the_next_edit(
    client: FlaskClient, organiser: dict[str, str]
) -> None:
    session = first_session(client)
    first = edit(client, organiser, session, title={"en": "One"})
    address = f"/v1/sessions/{session['id']}"
    headers = organiser | {"If-Match": first.headers["ETag"]}
    assert client.patch(address, json={"title": {"en": "Two"}}, headers=headers).status_code == 200


@pytest.mark.parametrize("appended", ["", ".br", "-gzip"])
@pytest.mark.parametrize("language", ["en", "pl", "*"])
def test_if_match_ignores_language_encoding_and_other_publishes(
    client: FlaskClient, organiser: dict[str, str], language: str, appended: str
) -> None:
    one, two, *_ = client.get("/v1/sessions").get_json()["sessions"]
    address = f"/v1/sessions/{one['id']}"
    tag = client.get(f"{address}?lang={language}").headers["ETag"].strip('"')
    edit(client, organiser, two, title={"en": "Another publish"})
    headers = organiser | {"If-Match": f'"{tag}{appended}"'}
    assert client.patch(address, json={"title": {"en": "x"}}, headers=headers).status_code == 200


@pytest.mark.parametrize("tag", ['"s999-1"', '"x"', "", '"s{id}-99-1"', '"s{id}"'])
def test_a_tag_of_something_else_is_412(
    client: FlaskClient, organiser: dict[str, str], tag: str
) -> None:
    session = first_session(client)
    headers = organiser | {"If-Match": tag.format(id=session["id"])}
    answer = client.patch(f"/v1/sessions/{session['id']}", json={"url": ""}, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (412, "stale")


def test_without_if_match_it_is_428(client: FlaskClient, organiser: dict[str, str]) -> None:
    session = first_session(client)
    for address in (f"/v1/sessions/{session['id']}", f"/v1/sessions/{session['id']}/parts/1"):
        answer = client.patch(address, json={"title": {"en": "x"}}, headers=organiser)
        assert (answer.status_code, answer.get_json()["code"]) == (428, "precondition-required")


def test_parts_are_added_moved_and_cancelled(
    client: FlaskClient, organiser: dict[str, str]
) -> None:
    session = first_session(client)
    address = f"/v1/sessions/{session['id']}"
    body = {
        "title": {"en": "Keynote"},
        "starts_at": "2025-06-03T09:10:00+02:00",
        "ends_at": "2025-06-03T09:30:00+02:00",
        "speakers": [{"speaker_id": session["speakers"][0]["speaker_id"], "role": "keynote"}],
    }
    any_version = organiser | {"If-Match": "*"}
    added = client.post(f"{address}/parts", json=body, headers=any_version)
    assert added.status_code == 201
    (part,) = added.get_json()["session"]["parts"]
    assert part["speakers"][0]["name"] == "Łucja 1"
    body = {"starts_at": "2025-06-03T09:20:00+02:00"}
    later = client.patch(f"{address}/parts/{part['id']}", json=body, headers=any_version)
    assert later.get_json()["session"]["parts"][0]["ends_at"] == "2025-06-03T09:40:00+02:00"
    body = {"state": "cancelled", "reason": {"en": "ill"}}
    gone = client.patch(f"{address}/parts/{part['id']}", json=body, headers=any_version)
    assert gone.get_json()["session"]["parts"][0]["state"] == "cancelled"
    assert gone.get_json()["session"]["state"] == "confirmed"
    kinds = [(change["kind"], change["subject"]) for change in changes(client)]
    assert kinds == [("added", "part"), ("moved", "part"), ("cancelled", "part")]
    body = {"state": "confirmed"}
    client.patch(f"{address}/parts/{part['id']}", json=body, headers=any_version)
    body = {"ends_at": "2025-06-03T09:15:00+02:00"}
    early = client.patch(address, json=body, headers=any_version)
    assert (early.status_code, "would begin after the end" in early.text) == (409, True)
    body = {"ends_at": "2025-06-03T09:30:00+02:00"}
    shorter = client.patch(address, json=body, headers=any_version).get_json()["session"]
    assert shorter["parts"][0]["ends_at"] == shorter["ends_at"] == body["ends_at"]
    missing = client.patch(f"{address}/parts/999999", json={}, headers=any_version)
    assert missing.status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"ends_at": "2025-06-03T08:00:00+02:00"}, 422),
        ({"title": {}}, 422),
        ({"title": {"en": "a\x00b"}}, 422),
        ({"title": {"english": "x"}}, 422),
        ({"title": "x"}, 422),
        ({"capacity": 10**400}, 422),
        ({"capacity": -1}, 422),
        ({"capacity": 1.5}, 422),
        ({"room_id": 999_999}, 409),
        ({"speakers": [{"speaker_id": 999_999}]}, 409),
        ({"starts_at": "2025-06-03T09:00:00"}, 422),
        ({"starts_at": "9999-06-03T09:00:00+02:00"}, 422),
        ({"state": "gone"}, 422),
        ({"links": [{"url": "javascript:alert(1)"}]}, 422),
        ({"audience": ["everyone", "vip"]}, 422),
        ({"nonsense": 1}, 422),
        ([], 422),
    ],
)
def test_bad_input_is_a_sentence_and_changes_nothing(
    client: FlaskClient, organiser: dict[str, str], body: Any, status: int
) -> None:
    before = client.get("/v1/agenda").data
    session = first_session(client)
    answer = client.patch(
        f"/v1/sessions/{session['id']}", json=body, headers=organiser | {"If-Match": "*"}
    )
    assert answer.status_code == status, answer.get_json()
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["detail"]
    assert client.get("/v1/agenda").data == before


def test_what_cannot_follow_is_a_conflict(client: FlaskClient, organiser: dict[str, str]) -> None:
    session = first_session(client)
    edit(client, organiser, session, state="cancelled")
    assert edit(client, organiser, session, state="suspended").status_code == 409


def test_two_concurrent_edits_are_a_200_and_a_412(
    app: Flask, client: FlaskClient, organiser: dict[str, str]
) -> None:
    session = first_session(client)
    address = f"/v1/sessions/{session['id']}"
    tag = client.get(address).headers["ETag"]
    barrier = threading.Barrier(2)
    statuses: list[int] = []

    def attempt(title: str) -> None:
        barrier.wait()
        answer = app.test_client().patch(
            address, json={"title": {"en": title}}, headers=organiser | {"If-Match": tag}
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=attempt, args=(title,)) for title in ("A", "B")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 412]
    after = client.get(address).get_json()["session"]
    assert after["version"] == 2
    assert after["title"] in {"A", "B"}
