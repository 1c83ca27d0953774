"""Certificates over HTTP: for who attended, checked by anybody, kept by nobody."""

import base64
import logging
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from desk import AT, Desk, a_desk, bearer
from flask import Flask
from flask.testing import FlaskClient
from gates import a_gate, an_id, scanned
from sqlalchemy import select

from badges.certificate import plain, read, verified
from badges.code import Medium
from event import tables
from event.database import Database
from event.door.afterwards import tell
from event.door.scans import Scan
from event.people.attendees import change
from event.people.badge_keys import rotate_badge_key
from event.people.codes import event_uuid, signer_of


@pytest.fixture
def db(app: Flask) -> Database:
    found: Database = app.extensions["eventday"].db
    return found


@pytest.fixture
def desk(app: Flask, client: FlaskClient, db: Database) -> Desk:
    """Return Ada, whom the main door let in, and Jan, who stayed away."""
    assert client.application is app
    made = a_desk(app)
    keys = app.extensions["eventday"].settings.home / "keys"
    with db.write() as tx:
        change(tx, made.ada.id, {"note": ""}, at=AT)  # or the door would ask first
        a_gate(tx)
        a_gate(tx, "room", session_id=1)
        code = signer_of(tx, keys, at=AT).code(made.ada, Medium.PAPER)
        for number, gate in enumerate(("main", "room"), start=1):
            assert scanned(tx, number, code, gate=gate).scan.outcome == "admitted"
    return made


def link_of(pdf: bytes) -> tuple[str, str]:
    """Return address and code in the QR code of a page."""
    (page,) = pypdfium2.PdfDocument(pdf)
    (found,) = zxingcpp.read_barcodes(page.render(scale=200 / 72).to_pil())
    address, _, code = found.text.partition("#")
    return address, code


def check(client: FlaskClient, code: str) -> Any:
    answer = client.post("/v1/certificates/verify", json={"code": code})
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_who_attended_gets_one_that_anybody_can_check(
    client: FlaskClient, desk: Desk, db: Database
) -> None:
    answer = client.get("/v1/me/certificate.pdf", headers=desk.ada_phone)
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    address, code = link_of(answer.get_data())
    assert address == "http://localhost/verify"
    said = check(client, code)
    assert (said["valid"], said["reason"]) == (True, "")
    assert said["certificate"] == {
        "name": "Ada Łoś-Canary",
        "event": {"en": "Demo event", "pl": "Wydarzenie demo"},
        "organiser": {},
        "place": "",
        "dates": ["2025-06-03", "2025-06-04"],
        "days": ["2025-06-03"],
        "sessions": [["2025-06-03T09:00", 45, "Sesja 1"]],
        "more": 0,
        "minutes": 45,
        "issued": "2025-06-03",
    }
    # What is published checks it as well, without asking with the code.
    keys = client.get("/v1/certificates/keys").get_json()
    (key,) = keys["keys"]
    public = base64.urlsafe_b64decode(key["public"] + "=")
    with db.read() as tx:
        assert keys["event"] == str(event_uuid(tx))
        found = verified(read(code), event_uuid(tx), public)
    assert found is not None
    assert plain(found) == said["certificate"]


def test_it_is_asked_for_again_with_its_tag_and_follows_a_new_name(
    client: FlaskClient, desk: Desk, db: Database
) -> None:
    first = client.get("/v1/me/certificate.pdf", headers=desk.ada_phone)
    known = desk.ada_phone | {"If-None-Match": first.headers["ETag"]}
    assert client.get("/v1/me/certificate.pdf", headers=known).status_code == 304
    with db.write() as tx:
        change(tx, desk.ada.id, {"surname": "Nowak"}, at=AT)
    second = client.get("/v1/me/certificate.pdf", headers=known)
    assert second.headers["Cache-Control"].startswith("private")
    assert check(client, link_of(second.get_data())[1])["certificate"]["name"] == "Ada Nowak"
    # The paper of before was true when it was made.
    assert check(client, link_of(first.get_data())[1])["valid"]


def test_who_attended_nothing_is_told_so_and_undoing_takes_it_away(
    client: FlaskClient, desk: Desk, db: Database, tokens: dict[str, dict[str, str]]
) -> None:
    for path, headers in (("me", desk.jan_phone), (f"attendees/{desk.jan.id}", tokens["helpdesk"])):
        refused = client.get(f"/v1/{path}/certificate.pdf", headers=headers)
        assert refused.status_code == 409
        assert "nothing to certify" in refused.get_json()["detail"]
    missing = client.get("/v1/attendees/999/certificate.pdf", headers=tokens["helpdesk"])
    assert missing.status_code == 404
    with db.write() as tx:
        for number, gate in ((1, "main"), (2, "room")):
            undo = Scan(id=an_id(10 + number), kind="undo", target=an_id(number), device="desk",
                        trusted=True)  # fmt: skip
            tell(tx, gate, undo)
    assert client.get("/v1/me/certificate.pdf", headers=desk.ada_phone).status_code == 409


def test_the_desk_gets_the_same(
    client: FlaskClient, desk: Desk, tokens: dict[str, dict[str, str]]
) -> None:
    mine = client.get("/v1/me/certificate.pdf", headers=desk.ada_phone)
    path = f"/v1/attendees/{desk.ada.id}/certificate.pdf"
    assert client.get(path, headers=tokens["organiser"]).get_data() == mine.get_data()
    assert client.get(path, headers=desk.ada_phone).status_code == 403


def test_a_rotated_key_still_checks_what_it_signed(
    client: FlaskClient, desk: Desk, db: Database
) -> None:
    answer = client.get("/v1/me/certificate.pdf", headers=desk.ada_phone)
    with db.write() as tx:
        rotate_badge_key(
            tx, client.application.extensions["eventday"].settings.home / "keys", at=AT
        )
    assert check(client, link_of(answer.get_data())[1])["valid"]
    keys = client.get("/v1/certificates/keys").get_json()["keys"]
    assert [key["status"] for key in keys] == ["verify-only", "current"]


@pytest.mark.parametrize("code", ["", "C", "EAAA", "C" * 19_999, "ł", "evs_x"])
def test_what_is_no_code_is_no_error(client: FlaskClient, desk: Desk, code: str) -> None:
    assert desk
    said = check(client, code)
    assert said == {"valid": False, "reason": "unreadable", "certificate": None}


def test_nothing_of_it_is_stored_or_logged(
    client: FlaskClient, desk: Desk, db: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    def rows() -> str:
        with db.read() as tx:
            return str([tx.execute(select(table)).all() for table in tables.metadata.sorted_tables])

    before = rows()
    pdf = client.get("/v1/me/certificate.pdf", headers=desk.ada_phone).get_data()
    _, code = link_of(pdf)
    answer = client.post("/v1/certificates/verify", json={"code": code})
    assert answer.headers["Cache-Control"] == "no-store"
    assert rows() == before
    for word in (code, "Canary", "Łoś"):
        assert word not in caplog.text


def test_a_phone_of_somebody_else_or_none_gets_none(client: FlaskClient, desk: Desk) -> None:
    assert desk
    strangers: tuple[dict[str, str], ...] = ({}, bearer("evd_" + "A" * 43))
    for headers in strangers:
        assert client.get("/v1/me/certificate.pdf", headers=headers).status_code == 401
