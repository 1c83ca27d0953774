"""A private calendar over HTTP: all that is mine, as it is now, until its address is taken back."""

import logging
from dataclasses import replace
from typing import Any

import pytest
from builders import OPENING
from desk import AT, JAN, Desk, ids
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy import select, update

from event import tables
from event.database import Database
from event.people.attendees import change
from event.people.substitutes import substitute
from event.schedule.appointments import answer
from event.schedule.bookings import Wish, book
from event.schedule.bookmarks import mark
from event.schedule.meetings import Answer, add_meeting
from event.schedule.rules import set_rule
from event.schedule.shares import MOST
from sync.publish import publish

NOW = AT * 1000


@pytest.fixture
def db(app: Flask) -> Database:
    found: Database = app.extensions["eventday"].db
    return found


def new_share(client: FlaskClient, headers: dict[str, str]) -> dict[str, Any]:
    answer = client.post("/v1/me/shares", headers=headers, json={"kind": "calendar"})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.get_json()
    return made


def path_of(made: dict[str, Any]) -> str:
    return "/v1/" + str(made["url"]).partition("/v1/")[2]


def entries(client: FlaskClient, path: str) -> dict[str, Any]:
    """Return what a calendar shows: start, status and revision, by summary."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    found = Calendar.from_ical(answer.get_data())
    assert [str(zone["TZID"]) for zone in found.walk("VTIMEZONE")] == ["Europe/Warsaw"]
    return {
        str(one["SUMMARY"]): (f"{one['DTSTART'].dt:%H:%M}", str(one["STATUS"]), one["SEQUENCE"])
        for one in found.walk("VEVENT")
    }


def test_a_calendar_has_sessions_bookings_and_meetings_and_follows_them(
    client: FlaskClient, desk: Desk, db: Database, tokens: dict[str, dict[str, str]]
) -> None:
    one, two, three = ids(client)
    both = [desk.ada.id, desk.jan.id]
    with db.write() as tx:
        set_rule(tx, two, {"places": 1})
        for person in (desk.jan, desk.ada):
            book(tx, Wish(two, person.id, on=True), at=NOW)
        mark(tx, desk.ada.id, one, on=True, at=NOW)
        # Ada may know of what delegates may know of.
        own = tables.session.c.id == three
        tx.execute(update(tables.session).where(own).values(visibility='["delegate"]'))
        mark(tx, desk.ada.id, three, on=True, at=NOW)
        add_meeting(tx, {"session_id": one, "after": 600, "title": "Steel", "place": "12"}, both,
                    guid="", at=AT)  # fmt: skip
        met = add_meeting(tx, {"starts_at": AT}, [desk.ada.id], guid="", at=AT)
        gone = add_meeting(tx, {"starts_at": AT, "title": "Not me"}, both, guid="", at=AT)
        answer(tx, met.id, desk.ada.id, Answer.ACCEPTED, at=AT)
        answer(tx, gone.id, desk.ada.id, Answer.DECLINED, at=AT)
    path = path_of(new_share(client, desk.ada_phone))
    assert entries(client, path) == {
        "Sesja 1": ("09:00", "CONFIRMED", 0),
        "Sesja 2": ("10:00", "TENTATIVE", 0),
        "Sesja 3": ("11:00", "CONFIRMED", 0),
        "Steel": ("09:10", "TENTATIVE", 0),
        "Spotkanie": ("09:00", "CONFIRMED", 0),
    }
    text = client.get(path).text
    assert "Stolik 12" in text
    assert "Jan Żak" in text
    assert "canary" not in text.lower()
    before = {str(e["SUMMARY"]): str(e["UID"]) for e in Calendar.from_ical(text).walk("VEVENT")}
    headers = tokens["organiser"] | {"If-Match": "*"}
    move = {"starts_at": "2025-06-03T09:30:00+02:00"}
    assert client.patch(f"/v1/sessions/{one}", headers=headers, json=move).status_code == 200
    off = {"state": "cancelled", "reason": {"en": "Ill"}}
    assert client.patch(f"/v1/sessions/{three}", headers=headers, json=off).status_code == 200
    now = entries(client, path)
    assert (now["Sesja 1"], now["Steel"]) == (("09:30", "CONFIRMED", 1), ("09:40", "TENTATIVE", 1))
    assert now["ODWOŁANE: Sesja 3"] == ("11:00", "CANCELLED", 1)
    after = {str(e["SUMMARY"]): str(e["UID"])
             for e in Calendar.from_ical(client.get(path).text).walk("VEVENT")}  # fmt: skip
    assert after["Steel"] == before["Steel"]
    assert after["ODWOŁANE: Sesja 3"] == before["Sesja 3"]


def test_what_only_some_may_know_of_is_in_their_calendars_alone(
    client: FlaskClient, desk: Desk, db: Database
) -> None:
    one, *_ = ids(client)
    own = tables.session.c.id == one
    hide = update(tables.session).where(own).values(visibility='["vip"]')
    publish(db, lambda tx: tx.execute(hide), at=OPENING, by="organiser/test")
    client.application.extensions["eventday"].publications.forget()
    with db.write() as tx:
        for person in (desk.ada, desk.jan):
            mark(tx, person.id, one, on=True, at=NOW)
        change(tx, desk.ada.id, {"category": "vip"}, at=AT)
    mine, his = (path_of(new_share(client, who)) for who in (desk.ada_phone, desk.jan_phone))
    assert list(entries(client, mine)) == ["Sesja 1"]
    assert entries(client, his) == {}


def test_it_is_asked_for_again_with_its_tag(client: FlaskClient, desk: Desk) -> None:
    path = path_of(new_share(client, desk.ada_phone))
    answer = client.get(path)
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    known = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(path, headers=known).status_code == 304
    client.put(f"/v1/me/bookmarks/{ids(client)[0]}", headers=desk.ada_phone)
    assert client.get(path, headers=known).status_code == 200


def test_an_address_that_was_taken_back_is_404_and_so_is_any_other(
    client: FlaskClient, desk: Desk
) -> None:
    made, other = (new_share(client, desk.ada_phone) for _ in range(2))
    path = path_of(made)
    assert client.delete(f"/v1/me/shares/{made['id']}", headers=desk.jan_phone).status_code == 404
    assert client.get(path).status_code == 200
    for _ in range(2):
        answer = client.delete(f"/v1/me/shares/{made['id']}", headers=desk.ada_phone)
        assert answer.status_code == 204
    wrong = "/v1/calendars/evs_" + "A" * 43 + ".ics"
    token = desk.ada_phone["Authorization"].removeprefix("Bearer ")
    for address in (path, wrong, f"/v1/calendars/{token}.ics"):
        assert client.get(address).status_code == 404
    listed = client.get("/v1/me/shares", headers=desk.ada_phone).get_json()["shares"]
    assert listed == [{name: value for name, value in other.items() if name != "url"}]
    assert client.get("/v1/me/shares", headers=desk.jan_phone).get_json() == {"shares": []}
    # A calendar's secret opens nothing else.
    secret = {"Authorization": f"Bearer {path.rpartition('/')[2].removesuffix('.ics')}"}
    assert client.get("/v1/me/schedule", headers=secret).status_code == 401


def test_who_is_replaced_shares_nothing_any_more(
    client: FlaskClient, desk: Desk, db: Database
) -> None:
    path = path_of(new_share(client, desk.ada_phone))
    with db.write() as tx:
        substitute(tx, desk.ada.id, replace(JAN, guid=""), at=AT)
    assert client.get(path).status_code == 404


def test_the_secret_is_in_no_row_and_no_log(
    client: FlaskClient, desk: Desk, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = path_of(new_share(client, desk.ada_phone))
    secret = path.rpartition("/")[2].removesuffix(".ics")
    assert (len(secret), secret[:4]) == (47, "evs_")
    client.get(path)
    with db.read() as tx:
        rows = [tx.execute(select(table)).all() for table in tables.metadata.sorted_tables]
    for text in (str(rows), caplog.text, client.get("/v1/me/shares", headers=desk.ada_phone).text):
        assert secret not in text


def test_nobody_has_more_shares_than_a_list_holds(client: FlaskClient, desk: Desk) -> None:
    for _ in range(MOST):
        last = new_share(client, desk.ada_phone)
    body = {"kind": "calendar", "label": "one more"}
    refused = client.post("/v1/me/shares", headers=desk.ada_phone, json=body)
    assert refused.status_code == 409
    client.delete(f"/v1/me/shares/{last['id']}", headers=desk.ada_phone)
    answer = client.post("/v1/me/shares", headers=desk.ada_phone, json=body)
    assert (answer.status_code, answer.get_json()["label"]) == (201, "one more")
