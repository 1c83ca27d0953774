"""A shared schedule over HTTP: what was chosen and nothing beside it, to whoever has its secret."""

import logging
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING
from desk import AT, JAN, Desk, a_desk, bearer, ids
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from api.brake import GUESSES
from event import tables
from event.database import Database
from event.people.attendees import change
from event.people.substitutes import substitute
from event.people.tokens import create_token
from event.schedule.appointments import answer
from event.schedule.bookings import Wish, book
from event.schedule.bookmarks import mark
from event.schedule.meetings import Answer, add_meeting
from event.schedule.rules import Question, set_rule
from event.schedule.shared import SECTIONS
from event.schedule.speaking import set_speaking
from sync.publish import publish

NOW = AT * 1000
LATER = (OPENING + timedelta(days=1)).isoformat()


@pytest.fixture
def db(app: Flask) -> Database:
    found: Database = app.extensions["eventday"].db
    return found


def new_link(client: FlaskClient, headers: dict[str, str], **body: Any) -> str:
    """Share a schedule and return the secret of its link."""
    body = {"kind": "schedule", "sections": list(SECTIONS)} | body
    made = client.post("/v1/me/shares", headers=headers, json=body)
    assert made.status_code == 201, made.text
    start, _, secret = made.get_json()["url"].partition("#share=")
    assert (start, len(secret), secret[:4]) == ("http://localhost/app", 47, "evs_")
    return str(secret)


def read(client: FlaskClient, secret: str, query: str = "") -> Any:
    found = client.get(f"/v1/shared{query}", headers=bearer(secret))
    assert found.status_code == 200, found.text
    return found.get_json()


def seen(client: FlaskClient, secret: str) -> dict[str, tuple[list[str], str, bool, int]]:
    """Return what a link shows, by title: why, state, whether it is sure, how many clashes."""
    return {
        one["title"]: (one["why"], one["state"], one["sure"], len(one["clashes"]))
        for one in read(client, secret)["entries"]
    }


def busy(client: FlaskClient, desk: Desk, db: Database) -> tuple[int, int, int]:
    """Give Ada a star, a place in a waitlist with an answer, a talk, and three meetings."""
    one, two, three = ids(client)
    speaker = client.get("/v1/speakers").get_json()["speakers"][0]["id"]
    both = [desk.ada.id, desk.jan.id]
    question = Question("passport", {"en": "Passport"}, required=True)
    with db.write() as tx:
        set_rule(tx, two, {"places": 1, "questions": [question]})
        for person in (desk.jan, desk.ada):
            book(tx, Wish(two, person.id, on=True, answers={"passport": "X-canary"}), at=NOW)
        mark(tx, desk.ada.id, one, on=True, at=NOW)
        mark(tx, desk.ada.id, two, on=True, at=NOW)
        set_speaking(tx, speaker, desk.ada.id)
        steel = {"session_id": one, "after": 600, "title": "Steel canary", "place": "12"}
        met = add_meeting(tx, steel, both, guid="", at=AT)
        gone = add_meeting(tx, {"starts_at": AT, "title": "Not me"}, both, guid="", at=AT)
        add_meeting(tx, {"starts_at": AT + 3600}, both, guid="", at=AT)
        answer(tx, met.id, desk.ada.id, Answer.ACCEPTED, at=AT)
        answer(tx, gone.id, desk.ada.id, Answer.DECLINED, at=AT)
    return one, two, three


def test_each_section_shows_what_stands_there_for_that_reason_and_no_other_reason(
    client: FlaskClient, desk: Desk, db: Database
) -> None:
    busy(client, desk, db)
    found = {
        name: seen(client, new_link(client, desk.ada_phone, sections=[name])) for name in SECTIONS
    }
    assert found["bookmark"] == {
        "Session 1": (["bookmark"], "confirmed", True, 0),
        "Session 2": (["bookmark"], "confirmed", True, 0),
    }
    assert found["booking"] == {"Session 2": (["booking"], "confirmed", False, 0)}
    assert found["meeting"] == {"Meeting": (["meeting"], "confirmed", False, 0)}
    whole = seen(client, new_link(client, desk.ada_phone))
    assert set(whole) >= {"Session 1", "Session 2", "Meeting"}
    for name, entries in found.items():
        for title, (why, *_) in entries.items():
            assert why == [name]
            assert name in whole[title][0]


def test_a_meeting_says_when_and_where_and_nothing_of_whom(
    client: FlaskClient, desk: Desk, db: Database
) -> None:
    one, *_ = busy(client, desk, db)
    body = read(client, new_link(client, desk.ada_phone), "?lang=*")
    first, second = (entry for entry in body["entries"] if entry["kind"] == "meeting")
    assert first == {
        "kind": "meeting",
        "meeting_id": 1,
        "session_id": one,
        "why": ["meeting"],
        "title": {"en": "Meeting", "pl": "Spotkanie"},
        "starts_at": "2025-06-03T09:10:00+02:00",
        "ends_at": "2025-06-03T09:40:00+02:00",
        "room": first["room"],
        "venue": first["venue"],
        "state": "confirmed",
        "reason": {},
        "public": False,
        "clashes": first["clashes"],
        "table": "12",
        "sure": True,
    }
    assert (second["meeting_id"], second["sure"]) == (2, False)
    text = str(body).lower()
    assert body["name"] == ""
    for secret in ("canary", "żak", "jan", "passport", "ext-"):
        assert secret not in text
    assert body["sections"] == list(SECTIONS)
    named = read(client, new_link(client, desk.ada_phone, sections=["bookmark"], named=True))
    assert (named["name"], named["expires_at"]) == ("Ada Łoś-Canary", None)


def test_it_follows_moves_cancellations_and_clashes_among_what_is_shown(
    client: FlaskClient, desk: Desk, db: Database, tokens: dict[str, dict[str, str]]
) -> None:
    one, two, three = busy(client, desk, db)
    client.put(f"/v1/me/bookmarks/{three}", headers=desk.ada_phone)
    secret = new_link(client, desk.ada_phone, sections=["bookmark"])
    only = new_link(client, desk.ada_phone, sections=["booking"])
    headers = tokens["organiser"] | {"If-Match": "*"}
    start = client.get(f"/v1/sessions/{three}").get_json()["session"]["starts_at"]
    move = {"starts_at": start}
    assert client.patch(f"/v1/sessions/{two}", headers=headers, json=move).status_code == 200
    by_id = {entry["session_id"]: entry for entry in read(client, secret)["entries"]}
    assert by_id[two]["starts_at"] == start
    assert by_id[two]["clashes"] == [{"kind": "overlap", "session_id": three, "minutes": 0}]
    assert by_id[three]["clashes"] == [{"kind": "overlap", "session_id": two, "minutes": 0}]
    # It clashes with what is not shown by this link.
    assert read(client, only)["entries"][0]["clashes"] == []
    off = {"state": "cancelled", "reason": {"en": "Ill"}}
    assert client.patch(f"/v1/sessions/{three}", headers=headers, json=off).status_code == 200
    stop = {"state": "suspended"}
    assert client.patch(f"/v1/sessions/{one}", headers=headers, json=stop).status_code == 200
    by_id = {entry["session_id"]: entry for entry in read(client, secret)["entries"]}
    assert (by_id[three]["state"], by_id[three]["reason"]) == ("cancelled", "Ill")
    assert by_id[two]["clashes"] == by_id[three]["clashes"] == []
    assert (by_id[one]["state"], by_id[one]["ends_at"]) == ("suspended", None)


def test_what_only_some_may_know_of_is_never_shown(
    client: FlaskClient, desk: Desk, db: Database
) -> None:
    one, *_ = ids(client)
    own = tables.session.c.id == one
    hide = update(tables.session).where(own).values(visibility='["vip"]')
    publish(db, lambda tx: tx.execute(hide), at=OPENING, by="organiser/test")
    client.application.extensions["eventday"].publications.forget()
    with db.write() as tx:
        mark(tx, desk.ada.id, one, on=True, at=NOW)
        change(tx, desk.ada.id, {"category": "vip"}, at=AT)
    mine = client.get("/v1/me/schedule", headers=desk.ada_phone).get_json()
    assert [entry["title"] for entry in mine["entries"]] == ["Session 1"]
    assert seen(client, new_link(client, desk.ada_phone)) == {}


def test_it_is_kept_by_nobody_and_found_by_no_search(client: FlaskClient, desk: Desk) -> None:
    found = client.get("/v1/shared", headers=bearer(new_link(client, desk.ada_phone)))
    headers = found.headers
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex"
    assert headers["Vary"] == "Authorization, Accept-Language"
    assert "Access-Control-Allow-Origin" not in headers
    assert "ETag" not in headers


def test_revoked_ended_and_unknown_are_404_the_same_in_every_way(
    client: FlaskClient, desk: Desk, db: Database
) -> None:
    owners = (desk.ada_phone, desk.ada_phone, desk.jan_phone)
    taken, ended, replaced = (new_link(client, phone, expires_at=LATER) for phone in owners)
    listed = client.get("/v1/me/shares", headers=desk.ada_phone).get_json()["shares"]
    assert [(one["kind"], one["named"], one["expires_at"]) for one in listed] == [
        ("schedule", False, "2025-06-04T09:00:00+02:00")
    ] * 2
    client.delete(f"/v1/me/shares/{listed[0]['id']}", headers=desk.ada_phone)
    with db.write() as tx:
        is_ended = tables.share.c.id == listed[1]["id"]
        tx.execute(update(tables.share).where(is_ended).values(expires_at=AT))
        substitute(tx, desk.jan.id, replace(JAN, guid=""), at=AT)
    assert client.get("/v1/me/shares", headers=desk.ada_phone).get_json() == {"shares": []}
    secrets = (taken, ended, replaced, "evs_" + "A" * 43, "", "evs_\xff")
    headers = [bearer(secret) for secret in secrets] + [{}, {"Authorization": f"Basic {taken}"}]
    answers = [client.get("/v1/shared", headers=one) for one in headers]
    (same,) = {(found.status_code, found.text, str(found.headers)) for found in answers}
    assert same[0] == 404


SECRETS = ("calendar", "schedule", "jan", "phone", "organiser")


@given(
    kind=st.sampled_from(SECRETS),
    cut=st.integers(0, 47),
    case=st.sampled_from(["as it is", "swapped"]),
    prefix=st.sampled_from(["", "evd_", "evs_", "evl_"]),
)
def test_no_other_secret_reads_a_schedule(
    app: Flask, client: FlaskClient, kind: str, cut: int, case: str, prefix: str
) -> None:
    """Secrets of every kind, whole or cut, in another case or with another kind's prefix."""
    app.extensions["eventday"].brake.guesses = 10**9
    known: dict[str, str] | None = getattr(app, "secrets", None)
    if known is None:
        desk = a_desk(app)
        body = {"kind": "calendar"}
        made = client.post("/v1/me/shares", headers=desk.ada_phone, json=body).get_json()["url"]
        with app.extensions["eventday"].db.write() as tx:
            organiser = create_token(tx, role="organiser", label="", at=AT)
        known = {
            "calendar": made.rpartition("/")[2].removesuffix(".ics"),
            "schedule": new_link(client, desk.ada_phone, named=True),
            "jan": new_link(client, desk.jan_phone, named=True),
            "phone": desk.ada_phone["Authorization"].removeprefix("Bearer "),
            "organiser": organiser,
        }
        app.secrets = known  # type: ignore[attr-defined]
    whole = known[kind]
    tried = whole[:cut] if not prefix else prefix + whole[4:][:cut]
    tried = tried.swapcase() if case == "swapped" else tried
    shared = client.get("/v1/shared", headers=bearer(tried))
    names = {known["schedule"]: "Ada Łoś-Canary", known["jan"]: "Jan Żak"}
    if tried in names:
        assert shared.get_json()["name"] == names[tried]
    else:
        assert shared.status_code == 404
        assert "canary" not in shared.text.lower()
    feed = client.get(f"/v1/calendars/{tried}.ics")
    assert feed.status_code == (200 if tried == known["calendar"] else 404)
    if tried.startswith("evs_"):
        assert client.get("/v1/me/schedule", headers=bearer(tried)).status_code == 401


def test_guessing_is_slowed_down_and_a_valid_link_is_not(client: FlaskClient, desk: Desk) -> None:
    secret = new_link(client, desk.ada_phone)
    wrong = [client.get("/v1/shared", headers=bearer("evs_x")) for _ in range(GUESSES + 1)]
    assert [found.status_code for found in wrong] == [404] * GUESSES + [429]
    assert 0 < int(wrong[-1].headers["Retry-After"]) <= 61
    assert client.get("/v1/shared", headers=bearer(secret)).status_code == 200


def test_its_secret_is_in_no_row_and_no_log(
    client: FlaskClient, desk: Desk, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    secret = new_link(client, desk.ada_phone)
    read(client, secret)
    client.get("/v1/shared", headers=bearer(secret[:-1]))
    with db.read() as tx:
        rows = [tx.execute(select(table)).all() for table in tables.metadata.sorted_tables]
    listed = client.get("/v1/me/shares", headers=desk.ada_phone).text
    for text in (str(rows), caplog.text, listed):
        assert secret[:-1] not in text


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "schedule"},
        {"kind": "schedule", "sections": []},
        {"kind": "schedule", "sections": ["answers"]},
        {"kind": "calendar", "sections": ["bookmark"]},
        {"kind": "schedule", "sections": ["bookmark"], "expires_at": OPENING.isoformat()},
    ],
)
def test_a_share_that_says_nothing_or_has_ended_is_refused(
    client: FlaskClient, desk: Desk, body: dict[str, Any]
) -> None:
    refused = client.post("/v1/me/shares", headers=desk.ada_phone, json=body)
    assert refused.status_code == 422
    assert client.get("/v1/me/shares", headers=desk.ada_phone).get_json() == {"shares": []}
