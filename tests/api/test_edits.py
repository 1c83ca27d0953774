"""Lists of edits over HTTP: previewed, published, held, repeated, undone."""

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from desk import Headers
from flask import Flask
from flask.testing import FlaskClient

from api.worker import Worker
from event.people.attendees import add_all
from event.people.model import Attendee, guid_of
from event.tables import bookmark
from sync.holds import publish_due

WHY = {"en": "the train is late", "pl": "pociąg się spóźnia"}


def sessions(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/sessions").get_json()["sessions"]
    return found


def edit(
    client: FlaskClient, organiser: dict[str, str], *operations: dict[str, Any], **more: Any
) -> Any:
    body = {"operations": list(operations)} | more
    return client.post("/v1/agenda/edits", json=body, headers=organiser)


def seq(client: FlaskClient) -> int:
    number: int = client.get("/v1/event").get_json()["seq"]
    return number


def test_a_dry_run_answers_what_the_publish_then_does(
    client: FlaskClient, organiser: dict[str, str]
) -> None:
    first, second, third = sessions(client)
    operations = (
        {"op": "delay", "all": True, "minutes": 15},
        {"op": "cancel", "session": second["id"], "reason": {"en": "ill"}},
        {"op": "room", "session": third["id"], "room": second["room_id"]},
        {"op": "text", "session": first["id"], "title": {"en": "New", "pl": "Nowa"}},
    )
    said = edit(client, organiser, *operations, reason=WHY, dry_run=True)
    assert said.status_code == 200, said.text
    assert seq(client) == 1
    done = edit(client, organiser, *operations, reason=WHY)
    assert done.get_json() == said.get_json()
    assert done.get_json()["seq"] == seq(client) == 2
    assert done.get_json()["held"] is None
    told = {(c["session_id"], c["kind"]): c["reason"] for c in done.get_json()["changes"]}
    assert told[second["id"], "cancelled"] == "ill"
    assert told[third["id"], "moved"] == "the train is late"
    assert client.get("/v1/changes?since=1").get_json()["changes"] == done.get_json()["changes"]


def test_every_fault_is_pointed_at_and_nothing_is_done(
    client: FlaskClient, organiser: dict[str, str]
) -> None:
    first = sessions(client)[0]["id"]
    answer = edit(
        client,
        organiser,
        {"op": "cancel", "session": first},
        {"op": "move", "session": first, "room": 1},
        {"op": "cancel", "session": 999_999},
    )
    assert answer.status_code == 422
    assert [e["pointer"] for e in answer.get_json()["errors"]] == ["/operations/1", "/operations/2"]
    assert seq(client) == 1
    bad = edit(client, organiser, {"op": "cancel", "sesion": 1}, {"op": "explode"}, 7)
    assert [e["pointer"] for e in bad.get_json()["errors"]] == [
        "/json/operations/0/sesion",
        "/json/operations/1/op",
        "/json/operations/2/op",
    ]
    too_many = edit(client, organiser, *({"op": "cancel", "session": 1} for _ in range(501)))
    assert too_many.status_code == 422


def test_a_colleagues_edit_is_412(client: FlaskClient, organiser: dict[str, str]) -> None:
    first = sessions(client)[0]
    guard = [{"session": first["id"], "version": first["version"]}]
    words = {"op": "text", "session": first["id"], "title": {"en": "Mine"}}
    assert edit(client, organiser, words, if_version=guard).status_code == 200
    answer = edit(client, organiser, words, if_version=guard)
    assert (answer.status_code, answer.get_json()["code"]) == (412, "stale")
    assert answer.get_json()["touched"] == [f"session {first['id']}"]


def test_a_repeated_request_is_done_once_and_answered_alike(
    client: FlaskClient, organiser: dict[str, str]
) -> None:
    late = {"op": "delay", "session": sessions(client)[0]["id"], "minutes": 20}
    key = str(uuid4())
    first = edit(client, organiser, late, id=key)
    again = edit(client, organiser, late, id=key)
    assert first.get_json() == again.get_json()
    assert seq(client) == 2
    other = edit(client, organiser, late, id=key, reason=WHY)
    assert other.status_code == 409
    assert edit(client, organiser, late, id=key, dry_run=True).get_json()["seq"] == 3
    # Where nothing changed, nothing is published, the second time neither.
    same = {"op": "room", "session": late["session"], "room": sessions(client)[0]["room_id"]}
    key = str(uuid4())
    for _ in range(2):
        assert edit(client, organiser, same, id=key).get_json()["seq"] is None


def test_a_publish_is_undone_in_one_call(client: FlaskClient, organiser: dict[str, str]) -> None:
    before = sessions(client)
    edit(client, organiser, {"op": "swap", "a": before[0]["id"], "b": before[1]["id"]})
    assert sessions(client) != before
    answer = client.post("/v1/publishes/2/undo", headers=organiser)
    assert answer.status_code == 200
    assert answer.get_json()["seq"] == 3
    assert [c["kind"] for c in answer.get_json()["changes"]] == ["moved", "moved"]
    times = [(s["starts_at"], s["room_id"]) for s in sessions(client)]
    assert times == [(s["starts_at"], s["room_id"]) for s in before]
    again = client.post("/v1/publishes/2/undo", headers=organiser)
    assert (again.status_code, len(again.get_json()["touched"])) == (412, 2)
    assert client.post("/v1/publishes/9/undo", headers=organiser).status_code == 404


def test_what_is_held_may_be_taken_back_before_anybody_knows(
    client: FlaskClient, organiser: dict[str, str]
) -> None:
    cancel = {"op": "cancel", "session": sessions(client)[0]["id"]}
    held = edit(client, organiser, cancel, hold=60, reason=WHY).get_json()["held"]
    assert (held["operations"], held["due"]) == (1, "2025-06-03T09:01:00+02:00")
    assert held["reason"] == "the train is late"
    assert client.get("/v1/holds", headers=organiser).get_json() == {"holds": [held]}
    assert seq(client) == 1
    gone = client.delete(f"/v1/holds/{held['id']}", headers=organiser)
    assert gone.status_code == 204
    assert client.delete(f"/v1/holds/{held['id']}", headers=organiser).status_code == 204
    assert client.delete(f"/v1/holds/{uuid4()}", headers=organiser).status_code == 404
    publish = client.post(f"/v1/holds/{held['id']}/publish", headers=organiser)
    assert publish.status_code == 404
    assert seq(client) == 1


def test_what_is_held_is_published_at_once_when_asked(
    client: FlaskClient, organiser: dict[str, str]
) -> None:
    cancel = {"op": "cancel", "session": sessions(client)[0]["id"]}
    key = str(uuid4())
    held = edit(client, organiser, cancel, hold=60, id=key).get_json()["held"]
    assert edit(client, organiser, cancel, hold=60, id=key).get_json()["held"] == held
    done = client.post(f"/v1/holds/{key}/publish", headers=organiser)
    assert (done.get_json()["seq"], done.get_json()["changes"][0]["kind"]) == (2, "cancelled")
    assert client.delete(f"/v1/holds/{key}", headers=organiser).status_code == 409
    # Whoever did not hear of it sends it again, and it is not held again.
    assert edit(client, organiser, cancel, hold=60, id=key).get_json()["held"] is None
    assert client.get("/v1/holds", headers=organiser).get_json() == {"holds": []}


def test_an_id_that_is_held_names_no_other_edits(
    client: FlaskClient, organiser: dict[str, str]
) -> None:
    first, second, _ = sessions(client)
    late = {"op": "delay", "session": first["id"], "minutes": 15, "cascade": False}
    key = str(uuid4())
    edit(client, organiser, late, hold=60, id=key)
    other = {"op": "cancel", "session": second["id"]}
    for refused in (
        edit(client, organiser, late, id=key),
        edit(client, organiser, other, hold=60, id=key),
    ):
        assert refused.status_code == 409
        assert f"/v1/holds/{key}/publish" in refused.get_json()["detail"]
    done = client.post(f"/v1/holds/{key}/publish", headers=organiser)
    assert [change["session_id"] for change in done.get_json()["changes"]] == [first["id"]]
    assert sessions(client)[0]["starts_at"].endswith("09:15:00+02:00")


def test_the_worker_publishes_what_is_due_and_says_why_it_cannot(
    app: Flask, client: FlaskClient, organiser: dict[str, str]
) -> None:
    service = app.extensions["eventday"]
    first, second, _ = sessions(client)
    edit(client, organiser, {"op": "cancel", "session": first["id"]}, hold=1)
    edit(client, organiser, {"op": "cancel", "session": second["id"]}, hold=2)
    edit(client, organiser, {"op": "announce", "title": {"en": "Hello"}}, hold=3_600)
    # A colleague does not know of the hold.
    client.patch(
        f"/v1/sessions/{second['id']}",
        json={"title": {"en": "Other"}},
        headers=organiser | {"If-Match": "*"},
    )
    assert "holds" not in Worker(service).tick()
    later = service.now() + timedelta(seconds=2)
    assert len(publish_due(service.db, at=later, issued_at=later)) == 2
    service.publications.forget()
    assert [s["state"] for s in sessions(client)][:2] == ["cancelled", "confirmed"]
    left = client.get("/v1/holds", headers=organiser).get_json()["holds"]
    assert "edited session" in left[0]["fault"]
    assert publish_due(service.db, at=later, issued_at=later) == []


@pytest.mark.parametrize("seconds", [0, 60])
def test_there_and_back_within_the_hold_is_nothing(
    client: FlaskClient, organiser: dict[str, str], seconds: int
) -> None:
    first = sessions(client)[0]
    there = {"op": "move", "session": first["id"], "starts_at": "2025-06-03T15:00:00+02:00"}
    back = there | {"starts_at": first["starts_at"]}
    edit(client, organiser, there, hold=60, reason=WHY)
    answer = edit(client, organiser, back, hold=seconds)
    assert (answer.get_json()["held"], answer.get_json()["seq"]) == (None, None)
    assert client.get("/v1/holds", headers=organiser).get_json() == {"holds": []}
    assert (seq(client), sessions(client)[0]) == (1, first)


def test_what_is_held_of_other_things_stays_held(
    client: FlaskClient, organiser: dict[str, str]
) -> None:
    first, second, _ = sessions(client)
    edit(client, organiser, {"op": "cancel", "session": first["id"]}, hold=60)
    edit(client, organiser, {"op": "text", "session": second["id"], "title": {"en": "New"}})
    assert sessions(client)[0]["state"] == "confirmed"
    assert len(client.get("/v1/holds", headers=organiser).get_json()["holds"]) == 1
    # Of the same session, it comes first and both are one publish.
    edit(client, organiser, {"op": "text", "session": first["id"], "title": {"en": "Gone"}})
    assert sessions(client)[0]["state"] == "cancelled"
    assert seq(client) == 3


@pytest.mark.parametrize("seconds", [0, 60])
def test_what_is_held_of_another_version_goes_with_no_later_edit(
    client: FlaskClient, organiser: dict[str, str], seconds: int
) -> None:
    first = sessions(client)[0]
    edit(client, organiser, {"op": "cancel", "session": first["id"]}, hold=60)
    client.patch(
        f"/v1/sessions/{first['id']}",
        json={"title": {"en": "Other"}},
        headers=organiser | {"If-Match": "*"},
    )
    late = {"op": "delay", "session": first["id"], "minutes": 15, "cascade": False}
    held = edit(client, organiser, late, hold=seconds).get_json()["held"]
    if held:
        client.post(f"/v1/holds/{held['id']}/publish", headers=organiser)
    now = sessions(client)[0]
    assert (now["state"], now["starts_at"][11:16]) == ("confirmed", "09:15")
    (left,) = client.get("/v1/holds", headers=organiser).get_json()["holds"]
    refused = client.post(f"/v1/holds/{left['id']}/publish", headers=organiser)
    assert refused.status_code == 412


def test_what_went_on_with_later_edits_is_not_taken_back_alone(
    client: FlaskClient, organiser: dict[str, str]
) -> None:
    first = sessions(client)[0]
    there = {"op": "move", "session": first["id"], "starts_at": "2025-06-03T15:00:00+02:00"}
    alone, both = (
        edit(client, organiser, operation, hold=60).get_json()["held"]["id"]
        for operation in (there, {"op": "cancel", "session": first["id"]})
    )
    refused = client.delete(f"/v1/holds/{alone}", headers=organiser)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "conflict")
    (left,) = client.get("/v1/holds", headers=organiser).get_json()["holds"]
    assert (left["id"], left["operations"]) == (both, 2)
    assert client.delete(f"/v1/holds/{both}", headers=organiser).status_code == 204
    assert (seq(client), sessions(client)[0]) == (1, first)


def test_two_announcements_that_are_held_are_two(
    client: FlaskClient, organiser: dict[str, str]
) -> None:
    for _ in range(2):
        edit(client, organiser, {"op": "announce", "title": {"en": "Hello"}}, hold=60)
    assert len(client.get("/v1/holds", headers=organiser).get_json()["holds"]) == 2


def test_edits_at_once_are_each_done(
    app: Flask, client: FlaskClient, tokens: dict[str, Headers]
) -> None:
    first = sessions(client)[0]["id"]
    statuses: list[int] = []

    def late() -> None:
        answer = edit(
            app.test_client(), tokens["organiser"], {"op": "delay", "session": first, "minutes": 1}
        )
        statuses.append(answer.status_code)

    threads = [threading.Thread(target=late) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    app.extensions["eventday"].publications.forget()
    assert statuses == [200] * 8
    assert [s["starts_at"] for s in sessions(client) if s["id"] == first] == [
        "2025-06-03T09:08:00+02:00"
    ]


def test_the_answer_counts_who_is_told_and_the_reach_who_has_seen_it(
    app: Flask, client: FlaskClient, organiser: dict[str, str]
) -> None:
    first, second, _ = sessions(client)
    with app.extensions["eventday"].db.write() as tx:
        new = [Attendee(0, guid_of(""), surname=f"P{n}") for n in range(3)]
        people = add_all(tx, new, at=0)
        star = {"attendee_id": people[0].id, "session_id": first["id"], "marked": 1, "t_est": 1}
        tx.execute(bookmark.insert(), star)
    operation = {"op": "delay", "session": first["id"], "minutes": 5}
    dry = edit(client, organiser, operation, dry_run=True).get_json()["told"]
    assert dry == edit(client, organiser, operation).get_json()["told"]
    assert (dry["people"], dry["by_reason"]["bookmark"], dry["by_channel"]["none"]) == (1, 1, 1)
    number = seq(client)
    answer = client.get(f"/v1/publishes/{number}/reach", headers=organiser)
    assert answer.get_json() == {
        "seq": number, "people": 1, "seen": 0, "offline": 0, "unreachable": 1,
        "by_channel": dry["by_channel"],
    }  # fmt: skip
    assert client.get("/v1/publishes/99/reach", headers=organiser).status_code == 404
    text = {"op": "text", "session": second["id"], "title": {"en": "Other"}}
    assert edit(client, organiser, text).get_json()["told"]["people"] == 0
