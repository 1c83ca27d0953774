"""A schedule over HTTP: what is mine, told by my phone's token, and nobody else's."""

from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING
from desk import AT, Desk, ids
from flask import Flask
from flask.testing import FlaskClient
from gates import an_id
from sqlalchemy import select

from api.worker import Worker
from event import tables
from event.database import Database
from event.people.tokens import create_token
from event.schedule.bookings import Wish, book
from event.schedule.meetings import add_meeting
from event.schedule.rules import set_rule

NOW = AT * 1000


@pytest.fixture
def db(app: Flask) -> Database:
    found: Database = app.extensions["eventday"].db
    return found


def get(client: FlaskClient, headers: dict[str, str], query: str = "") -> Any:
    answer = client.get(f"/v1/me/schedule{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def booked(db: Database, session: int, *people: int, **rule: Any) -> None:
    with db.write() as tx:
        set_rule(tx, session, rule)
        for number, who in enumerate(people):
            book(tx, Wish(session, who, on=True), at=NOW - 90_000 + number)


def test_a_new_schedule_is_empty_and_not_asked_for_twice(client: FlaskClient, desk: Desk) -> None:
    answer = client.get("/v1/me/schedule", headers=desk.ada_phone)
    assert answer.get_json() == {
        "language": "en", "timezone": "Europe/Warsaw", "category": "delegate", "bookmarks": [],
        "bookings": [], "ended": [], "speaking": [], "speakers": [], "bookable": [], "entries": [],
        "next": None, "announcements": [],
    }  # fmt: skip
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer.headers["Vary"]
    known = desk.ada_phone | {"If-None-Match": answer.headers["ETag"]}
    again = client.get("/v1/me/schedule", headers=known)
    assert (again.status_code, again.get_data()) == (304, b"")
    client.put(f"/v1/me/bookmarks/{ids(client)[0]}", headers=desk.ada_phone)
    assert client.get("/v1/me/schedule", headers=known).status_code == 200


def test_a_bookmark_stands_in_my_schedule_and_in_nobody_elses(
    client: FlaskClient, desk: Desk
) -> None:
    one, two, _ = ids(client)
    for session in (two, one):
        answer = client.put(f"/v1/me/bookmarks/{session}", headers=desk.ada_phone)
    assert answer.get_json() == {"bookmarks": [one, two]}
    found = get(client, desk.ada_phone, "?lang=pl")
    (entry, other) = found["entries"]
    assert entry == {
        "kind": "session", "session_id": one, "why": ["bookmark"], "title": "Sesja 1",
        "starts_at": "2025-06-03T09:00:00+02:00", "ends_at": "2025-06-03T09:45:00+02:00",
        "room": {"id": entry["room"]["id"], "name": "Room 2", "floor": ""}, "venue": None,
        "state": "confirmed", "reason": "", "public": True, "clashes": [], "parts": [],
        "begins": entry["starts_at"], "finishes": entry["ends_at"], "spoken": True,
    }  # fmt: skip
    assert other["session_id"] == two
    assert found["next"] == {
        "session_id": two, "leave_at": "2025-06-03T10:00:00+02:00", "walk_minutes": 0,
    }  # fmt: skip
    assert get(client, desk.ada_phone, "?lang=*")["entries"][0]["title"] == {
        "en": "Session 1", "pl": "Sesja 1"}  # fmt: skip
    assert get(client, desk.jan_phone)["entries"] == []
    answer = client.delete(f"/v1/me/bookmarks/{one}", headers=desk.ada_phone)
    assert answer.get_json() == {"bookmarks": [two]}
    assert client.put("/v1/me/bookmarks/4711", headers=desk.ada_phone).status_code == 404


def test_what_moves_is_cancelled_or_suspended_does_so_in_a_schedule(
    client: FlaskClient, desk: Desk, db: Database, organiser: dict[str, str]
) -> None:
    one, two, _ = ids(client)
    with db.write() as tx:
        add_meeting(tx, {"session_id": two, "after": 600}, [desk.ada.id], guid="", at=AT)
    for session in (one, two):
        client.put(f"/v1/me/bookmarks/{session}", headers=desk.ada_phone)

    def edit(session: int, **body: Any) -> Any:
        headers = organiser | {"If-Match": "*"}
        answer = client.patch(f"/v1/sessions/{session}", headers=headers, json=body)
        assert answer.status_code == 200, answer.text
        return {
            (entry["kind"], entry.get("session_id")): (
                entry["starts_at"][11:16], entry["ends_at"] and entry["ends_at"][11:16],
                entry["state"], [clash.get("session_id") for clash in entry["clashes"]],
            )
            for entry in get(client, desk.ada_phone)["entries"]
        }  # fmt: skip

    meeting, early, late = ("meeting", two), ("session", one), ("session", two)
    assert edit(two, starts_at="2025-06-03T09:30:00+02:00") == {
        early: ("09:00", "09:45", "confirmed", [two, None]),
        late: ("09:30", "10:15", "confirmed", [one]),
        meeting: ("09:40", "10:10", "confirmed", [one]),
    }
    suspended = edit(two, state="suspended")
    assert suspended[late] == ("09:30", None, "suspended", [one])
    assert suspended[meeting] == ("09:40", None, "suspended", [one])
    cancelled = edit(two, state="cancelled")
    assert cancelled[late] == ("09:30", "10:15", "cancelled", [])
    assert cancelled[meeting] == ("09:40", "10:10", "cancelled", [])
    assert cancelled[early][3] == []


def test_a_session_for_some_is_in_the_schedules_of_those_alone(
    client: FlaskClient, desk: Desk, db: Database
) -> None:
    session = ids(client)[0]
    with db.write() as tx:
        made = dict(tx.execute(select(tables.session)).mappings().first() or {})
        hidden = {"id": 900, "guid": "hidden", "visibility": '["vip"]', "audience": '["vip"]',
                  "title": '{"en":"Breakfast"}'}  # fmt: skip
        tx.execute(tables.session.insert(), made | hidden)
        draft = hidden | {"id": 901, "guid": "draft", "state": "draft"}
        tx.execute(tables.session.insert(), made | draft)
        set_rule(tx, 900, {})
    for path in ("bookmarks/900", "bookmarks/901"):
        assert client.put(f"/v1/me/{path}", headers=desk.ada_phone).status_code == 404
    answer = client.put("/v1/me/bookings/900", headers=desk.ada_phone, json={})
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")
    assert get(client, desk.ada_phone)["bookable"] == []
    with db.write() as tx:
        tx.execute(tables.attendee.update().values(category="vip"))
    (entry,) = get(client, desk.ada_phone)["entries"]
    assert (entry["session_id"], entry["public"], entry["why"]) == (900, False, ["category"])
    assert get(client, desk.ada_phone)["bookable"][0]["session_id"] == 900
    assert client.put(f"/v1/me/bookmarks/{session}", headers=desk.ada_phone).status_code == 200
    assert client.put("/v1/me/bookings/900", headers=desk.ada_phone, json={}).status_code == 200


@pytest.mark.parametrize("hidden", [{"state": "draft"}, {"visibility": '["vip"]'}])
def test_what_was_hidden_meanwhile_is_given_back(
    client: FlaskClient, desk: Desk, db: Database, hidden: dict[str, str]
) -> None:
    one, two, _ = ids(client)
    booked(db, one, desk.ada.id, desk.jan.id, places=1)
    for session in (one, two):
        client.put(f"/v1/me/bookmarks/{session}", headers=desk.ada_phone)
    with db.write() as tx:
        tx.execute(tables.session.update().values(hidden))
        uuid = tx.execute(
            select(tables.device.c.uuid).where(tables.device.c.attendee_id == desk.jan.id)
        ).scalar_one()
    for path in (f"bookings/{one}", f"bookmarks/{one}", f"bookmarks/{two}"):
        answer = client.delete(f"/v1/me/{path}", headers=desk.ada_phone)
        assert answer.status_code == 200, answer.text
    item = {"id": an_id(1, at=NOW), "n": 1, "kind": "booking",
            "payload": {"session": one, "on": False}}  # fmt: skip
    sent = {"device": uuid, "boot": "b", "sent_at": NOW, "sent_mono": 1, "items": [item]}
    assert client.post("/v1/sync/outbox", headers=desk.jan_phone, json=sent).status_code == 200
    mine = get(client, desk.ada_phone)
    assert (mine["bookings"], mine["bookmarks"]) == ([], [])
    assert get(client, desk.jan_phone)["bookings"] == []
    for path in (f"bookings/{two}", f"bookmarks/{two}"):
        assert client.delete(f"/v1/me/{path}", headers=desk.jan_phone).status_code == 404


def test_what_is_announced_to_some_stands_in_the_schedules_of_those_alone(
    client: FlaskClient, desk: Desk, organiser: dict[str, str], db: Database
) -> None:
    def announce(title: str, audience: str, starts_at: str, **more: str) -> None:
        said = {"op": "announce", "title": {"en": title}, "audience": [audience],
                "starts_at": starts_at, **more}  # fmt: skip
        answer = client.post("/v1/agenda/edits", headers=organiser, json={"operations": [said]})
        assert answer.status_code == 200, answer.text

    begun = "2025-06-03T06:00:00+02:00"
    announce("To all", "everyone", begun)
    announce("Bus for speakers", "speaker", begun)
    announce("Dinner", "delegate", begun, expires_at="2025-06-04T23:00:00+02:00")
    announce("Later", "delegate", "2025-06-04T12:00:00+02:00")
    (told,) = get(client, desk.ada_phone)["announcements"]
    assert (told["title"], told["audience"]) == ("Dinner", ["delegate"])
    assert told["expires_at"] == "2025-06-04T23:00:00+02:00"
    public = client.get("/v1/announcements").get_json()["announcements"]
    assert [one["title"] for one in public] == ["To all"]
    with db.write() as tx:
        tx.execute(tables.announcement.update().values(expires_at=AT))
    assert get(client, desk.ada_phone)["announcements"] == []


def test_a_seat_is_booked_waited_for_offered_and_given_back(
    client: FlaskClient, desk: Desk, organiser: dict[str, str]
) -> None:
    session = ids(client)[1]
    rule = {
        "places": 1,
        "offer_seconds": 600,
        "closes_at": "2025-06-03T09:50:00+02:00",
        "questions": [{"id": "id-number", "label": {"en": "ID", "pl": "Dowód"}}],
    }
    address = f"/v1/me/bookings/{session}"
    assert client.put(address, headers=desk.ada_phone, json={}).status_code == 404
    made = client.put(f"/v1/sessions/{session}/booking", headers=organiser, json=rule)
    assert made.status_code == 200
    assert made.get_json()["questions"][0]["keep_days"] == 7
    assert get(client, desk.ada_phone, "?lang=pl")["bookable"] == [
        {
            "session_id": session, "left": 1, "waitlist": True, "opens_at": None,
            "closes_at": rule["closes_at"],
            "questions": [{"id": "id-number", "label": "Dowód", "required": True}],
        }
    ]  # fmt: skip
    refused = client.put(address, headers=desk.ada_phone, json={})
    assert (refused.status_code, "id-number" in refused.get_json()["detail"]) == (422, True)
    for phone, state, place in ((desk.ada_phone, "booked", None), (desk.jan_phone, "waiting", 1)):
        for _ in range(2):
            answer = client.put(address, headers=phone, json={"answers": {"id-number": "ABC"}})
            assert answer.get_json() == {
                "session_id": session, "state": state, "reason": "", "place": place,
                "offered_until": None,
            }  # fmt: skip
    assert get(client, desk.jan_phone)["bookings"][0]["place"] == 1
    answer = client.delete(address, headers=desk.ada_phone)
    assert answer.get_json()["state"] == "cancelled"
    (offer,) = get(client, desk.jan_phone)["bookings"]
    assert (offer["state"], offer["offered_until"]) == ("offered", "2025-06-03T09:10:00+02:00")
    listed = client.get(f"/v1/sessions/{session}/bookings", headers=organiser).get_json()
    assert [(one["name"], one["state"], one["answers"]) for one in listed["bookings"]] == [
        ("Ada Łoś-Canary", "cancelled", {}),
        ("Jan Żak", "offered", {"id-number": "ABC"}),
    ]


def test_an_offer_that_ran_out_is_never_shown_and_its_owner_is_told(
    client: FlaskClient, desk: Desk, db: Database
) -> None:
    session = ids(client)[1]
    booked(db, session, desk.ada.id, desk.jan.id, places=1, offer_seconds=5)
    with db.write() as tx:
        book(tx, Wish(session, desk.ada.id, on=False), at=NOW - 60_000)
    found = get(client, desk.jan_phone)
    assert (found["bookings"], found["entries"]) == ([], [])
    assert [(one["state"], one["reason"]) for one in found["ended"]] == [
        ("released", "offer_expired")]  # fmt: skip


def test_the_worker_moves_offers_on(
    app: Flask, client: FlaskClient, desk: Desk, db: Database
) -> None:
    session = ids(client)[1]
    booked(db, session, desk.ada.id, desk.jan.id, places=1, offer_seconds=5)
    with db.write() as tx:
        book(tx, Wish(session, desk.ada.id, on=False), at=NOW - 60_000)
    worker = Worker(app.extensions["eventday"])
    assert "seats" in worker.tick()
    assert "seats" not in worker.tick()
    with db.read() as tx:
        states = tx.execute(select(tables.booking.c.state)).scalars().all()
    assert sorted(states) == ["cancelled", "released"]


def test_two_seats_are_swapped_or_neither(client: FlaskClient, desk: Desk, db: Database) -> None:
    one, two, _ = ids(client)
    booked(db, one, desk.ada.id)
    booked(db, two, desk.jan.id, places=1)
    ask = {"headers": desk.ada_phone, "json": {"give": one, "take": two}}
    refused = client.post("/v1/me/bookings/swap", **ask)  # type: ignore[arg-type]
    assert (refused.status_code, refused.get_json()["code"]) == (409, "conflict")
    assert [b["state"] for b in get(client, desk.ada_phone)["bookings"]] == ["booked"]
    client.delete(f"/v1/me/bookings/{two}", headers=desk.jan_phone)
    answer = client.post("/v1/me/bookings/swap", **ask)  # type: ignore[arg-type]
    assert [answer.get_json()[name]["state"] for name in ("given", "taken")] == [
        "cancelled", "booked"]  # fmt: skip


def test_a_meeting_is_asked_for_answered_moved_and_nobody_elses(
    client: FlaskClient, desk: Desk, organiser: dict[str, str]
) -> None:
    body = {"guests": [desk.ada.id, desk.jan.id], "starts_at": "2025-06-03T09:20:00+02:00",
            "table": "12", "title": "Wodór"}  # fmt: skip
    made = client.post("/v1/meetings", headers=organiser, json=body)
    assert made.status_code == 201, made.text
    number = made.get_json()["id"]
    (entry,) = get(client, desk.ada_phone)["entries"]
    assert (entry["kind"], entry["meeting_id"], entry["table"], entry["with"]) == (
        "meeting", number, "12", ["Jan Żak"])  # fmt: skip
    address = f"/v1/me/meetings/{number}"
    proposal = {"answer": "proposed", "proposed_at": "2025-06-03T10:00:00+02:00"}
    answer = client.put(address, headers=desk.jan_phone, json=proposal)
    assert answer.get_json()["proposed_at"] == proposal["proposed_at"]
    listed = client.get("/v1/meetings", headers=organiser).get_json()["meetings"][0]
    assert [guest["answer"] for guest in listed["guests"]] == ["invited", "proposed"]
    change = {"starts_at": proposal["proposed_at"]}
    tag = made.headers["ETag"]
    moved = client.patch(f"/v1/meetings/{number}", headers=organiser | {"If-Match": tag},
                         json=change)  # fmt: skip
    assert [guest["answer"] for guest in moved.get_json()["guests"]] == ["invited", "accepted"]
    stale = client.patch(f"/v1/meetings/{number}", headers=organiser | {"If-Match": tag}, json={})
    assert stale.status_code == 412
    own = client.get(address, headers=desk.ada_phone)
    assert own.get_json()["others"] == [
        {"name": "Jan Żak", "organisation": "", "answer": "accepted"}
    ]
    client.patch(f"/v1/meetings/{number}", headers=organiser | {"If-Match": "*"},
                 json={"guests": [desk.jan.id]})  # fmt: skip
    assert client.get(address, headers=desk.ada_phone).status_code == 404
    assert get(client, desk.ada_phone)["entries"] == []


def test_a_speaker_sees_where_they_speak(
    client: FlaskClient, desk: Desk, organiser: dict[str, str]
) -> None:
    session = client.get("/v1/sessions").get_json()["sessions"][0]
    speaker = session["speakers"][0]["speaker_id"]
    address = f"/v1/speakers/{speaker}/attendee"
    client.put(address, headers=organiser, json={"attendee_id": desk.ada.id})
    found = get(client, desk.ada_phone)
    assert (found["speaking"], found["speakers"]) == ([session["id"]], [speaker])
    assert [entry["why"] for entry in found["entries"]] == [["speaking"]]
    client.put(address, headers=organiser, json={"attendee_id": None})
    assert get(client, desk.ada_phone)["entries"] == []


def test_a_bookmark_of_the_outbox_and_one_online_are_one(
    client: FlaskClient, desk: Desk, db: Database
) -> None:
    session = ids(client)[0]
    with db.read() as tx:
        uuid = tx.execute(
            select(tables.device.c.uuid).where(tables.device.c.attendee_id == desk.ada.id)
        ).scalar_one()
    at = int((OPENING - timedelta(hours=2)).timestamp() * 1000)
    item = {"id": an_id(1, at=at), "n": 1, "kind": "bookmark",
            "payload": {"session": session, "on": True}}  # fmt: skip
    batch = {"device": uuid, "boot": "b", "sent_at": at, "sent_mono": 1, "items": [item]}
    for expected in ([session], []):
        answer = client.post("/v1/sync/outbox", headers=desk.ada_phone, json=batch)
        assert answer.get_json()["receipts"] == [{"id": item["id"], "status": "stored"}]
        assert get(client, desk.ada_phone)["bookmarks"] == expected
        client.delete(f"/v1/me/bookmarks/{session}", headers=desk.ada_phone)


def test_a_token_without_a_person_has_no_schedule(client: FlaskClient, db: Database) -> None:
    with db.write() as tx:
        token = create_token(tx, role="attendee", label="", at=AT)
    headers = {"Authorization": f"Bearer {token}"}
    for path in ("schedule", "meetings/1"):
        assert client.get(f"/v1/me/{path}", headers=headers).status_code == 403
