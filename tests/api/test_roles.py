"""Every route against every kind of token: who may, who may not, and what nobody else reads."""

import shutil
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from builders import OPENING
from desk import AT, Desk, Headers, a_desk, bearer
from flask import Flask
from flask.testing import FlaskClient
from gates import NOW, a_gate, an_id
from sqlalchemy import Connection

from api.brake import GUESSES
from api.routes.push import EXAMPLE
from badges.short import short_code
from event.agenda.operations.kinds import Announce, Suspend
from event.agenda.reviews import add_review
from event.agenda.rows import load
from event.database import Database
from event.door.scans import Scan, store
from event.door.settle import settle
from event.formats.files import write_file
from event.people.enrolment import enrol, invite
from event.people.tokens import ROLES, create_token, revoke_token
from event.schedule.bookings import Wish, book
from event.schedule.meetings import add_meeting
from event.schedule.rules import set_rule
from event.schedule.shares import share
from event.told.webhooks import register
from sync.edits import Edits
from sync.holds import hold
from sync.plans import prepare

ORGANISER, DESK, ATTENDEE = {"organiser"}, {"organiser", "helpdesk"}, {"ada", "jan"}
DOOR = DESK | {"gate"}
OPEN = {"none", *ROLES, "ada", "jan"}

TABLE: dict[tuple[str, str], set[str]] = {
    ("GET", "/"): OPEN,
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/openapi.json"): OPEN,
    ("GET", "/docs"): OPEN,
    ("GET", "/docs/assets/<path:name>"): OPEN,
    ("GET", "/docs/problems"): OPEN,
    ("GET", "/link"): OPEN,
    ("GET", "/web/<folder>/<path:name>"): OPEN,
    ("GET", "/web/app/worker.js"): OPEN,
    ("GET", "/web/door/worker.js"): OPEN,
    ("GET", "/web/app/files.json"): OPEN,
    ("GET", "/web/door/files.json"): OPEN,
    ("GET", "/web/shared/sentences.json"): OPEN,
    ("GET", "/web/node_modules/<path:name>"): OPEN,
    ("GET", "/schedule.xml"): OPEN,
    ("GET", "/schedule.json"): OPEN,
    ("GET", "/agenda.ics"): OPEN,
    ("GET", "/v1/bootstrap"): OPEN,
    ("GET", "/v1/agenda"): OPEN,
    ("GET", "/v1/announcements"): OPEN,
    ("GET", "/v1/changes"): OPEN,
    ("GET", "/v1/event"): OPEN,
    ("GET", "/v1/legal"): OPEN,
    ("GET", "/v1/live"): OPEN,
    ("GET", "/v1/rooms/<int:room_id>/screen"): OPEN,
    ("GET", "/v1/rooms/<int:room_id>/sheet.pdf"): OPEN,
    ("GET", "/v1/rooms/sheets.pdf"): OPEN,
    ("GET", "/v1/changes.pdf"): OPEN,
    ("GET", "/v1/now"): OPEN,
    ("GET", "/v1/push/key"): OPEN,
    ("GET", "/v1/sessions"): OPEN,
    ("GET", "/v1/sessions/<int:session_id>"): OPEN,
    ("GET", "/v1/speakers"): OPEN,
    ("GET", "/v1/speakers/<int:speaker_id>"): OPEN,
    ("GET", "/v1/venue"): OPEN,
    ("GET", "/v1/sync/public/head"): OPEN,
    ("GET", "/v1/sync/public/keys"): OPEN,
    ("GET", "/v1/sync/public/log-<name>"): OPEN,
    ("GET", "/v1/sync/public/snapshot-<name>"): OPEN,
    ("GET", "/v1/sync/public/media-<name>"): OPEN,
    ("GET", "/v1/sync/public/rows"): OPEN,
    ("GET", "/v1/sync/door/head"): DOOR,
    ("GET", "/v1/sync/door/keys"): DOOR,
    ("GET", "/v1/sync/door/log-<name>"): DOOR,
    ("GET", "/v1/sync/door/snapshot-<name>"): DOOR,
    ("GET", "/v1/sync/door/rows"): DOOR,
    ("GET", "/v1/sync/door/sealed"): DOOR,
    ("POST", "/v1/sync/outbox"): OPEN,
    ("POST", "/v1/enrol"): OPEN,
    ("POST", "/v1/enrol/qr"): OPEN,
    ("POST", "/v1/sessions"): ORGANISER,
    ("PATCH", "/v1/sessions/<int:session_id>"): ORGANISER,
    ("POST", "/v1/sessions/<int:session_id>/parts"): ORGANISER,
    ("PATCH", "/v1/sessions/<int:session_id>/parts/<int:part_id>"): ORGANISER,
    ("POST", "/v1/agenda/edits"): ORGANISER,
    ("POST", "/v1/publishes/<int:seq>/undo"): ORGANISER,
    ("GET", "/v1/publishes/<int:seq>/reach"): ORGANISER,
    ("GET", "/v1/holds"): ORGANISER,
    ("DELETE", "/v1/holds/<hold_id>"): ORGANISER,
    ("POST", "/v1/holds/<hold_id>/publish"): ORGANISER,
    ("GET", "/v1/webhooks"): ORGANISER,
    ("GET", "/v1/webhooks/<webhook>"): ORGANISER,
    ("PUT", "/v1/webhooks/<webhook>"): ORGANISER,
    ("DELETE", "/v1/webhooks/<webhook>"): ORGANISER,
    ("POST", "/v1/webhooks/<webhook>/again"): ORGANISER,
    ("GET", "/v1/reviews"): ORGANISER,
    ("GET", "/v1/reviews/<int:review_id>"): ORGANISER,
    ("POST", "/v1/reviews/<int:review_id>"): ORGANISER,
    ("DELETE", "/v1/reviews/<int:review_id>"): ORGANISER,
    ("GET", "/v1/plans"): ORGANISER,
    ("POST", "/v1/plans"): ORGANISER,
    ("DELETE", "/v1/plans/<int:plan_id>"): ORGANISER,
    ("POST", "/v1/plans/<int:plan_id>/fire"): ORGANISER,
    ("POST", "/v1/enrolments"): DESK,
    ("DELETE", "/v1/enrolments/<int:enrolment_id>"): DESK,
    ("GET", "/v1/devices"): ORGANISER,
    ("DELETE", "/v1/devices/<int:device_id>"): ORGANISER,
    ("POST", "/v1/attendees/search"): DESK,
    ("POST", "/v1/attendees"): DESK,
    ("GET", "/v1/attendees/<int:attendee_id>"): DESK,
    ("PATCH", "/v1/attendees/<int:attendee_id>"): DESK,
    ("POST", "/v1/attendees/<int:attendee_id>/reissue"): DESK,
    ("POST", "/v1/attendees/<int:attendee_id>/substitute"): DESK,
    ("GET", "/v1/attendees/<int:attendee_id>/consents"): DESK,
    ("PUT", "/v1/attendees/<int:attendee_id>/consents/<purpose>"): DESK,
    ("POST", "/v1/attendees/<int:attendee_id>/link"): DESK,
    ("DELETE", "/v1/attendees/<int:attendee_id>/link"): DESK,
    ("PUT", "/v1/attendees/<int:attendee_id>/watch"): DESK,
    ("DELETE", "/v1/attendees/<int:attendee_id>/watch"): DESK,
    ("GET", "/v1/watches"): DESK,
    ("GET", "/v1/attendees/<int:attendee_id>/badge.pdf"): DESK,
    ("GET", "/v1/attendees/<int:attendee_id>/badge.svg"): DESK,
    ("GET", "/v1/categories"): DESK,
    ("POST", "/v1/categories"): ORGANISER,
    ("GET", "/v1/parties"): DESK,
    ("POST", "/v1/parties"): DESK,
    ("GET", "/v1/parties/<int:party_id>"): DESK,
    ("GET", "/v1/needs"): ORGANISER,
    ("GET", "/v1/gates"): DOOR,
    ("PUT", "/v1/gates/<slug>"): ORGANISER,
    ("GET", "/v1/gates/<slug>/manifest"): DOOR,
    ("POST", "/v1/gates/<slug>/scans"): DOOR,
    ("GET", "/v1/gates/counts"): DOOR,
    ("GET", "/v1/gates/<slug>/inside"): DESK,
    ("POST", "/v1/gates/<slug>/ticks"): DESK,
    ("POST", "/v1/gates/clear"): DOOR,
    ("GET", "/v1/incidents"): DESK,
    ("POST", "/v1/incidents/resolve"): ORGANISER,
    ("POST", "/v1/incidents/reopen"): ORGANISER,
    ("POST", "/v1/incidents/<incident_id>/resolve"): ORGANISER,
    ("GET", "/v1/scans"): ORGANISER,
    ("GET", "/v1/attendance"): ORGANISER,
    ("GET", "/v1/me"): ATTENDEE,
    ("GET", "/v1/me/consents"): ATTENDEE,
    ("PUT", "/v1/me/consents/<purpose>"): ATTENDEE,
    ("GET", "/v1/me/badge.png"): ATTENDEE,
    ("GET", "/v1/me/badge.svg"): ATTENDEE,
    ("GET", "/v1/me/badge.pdf"): ATTENDEE,
    ("DELETE", "/v1/me/token"): ATTENDEE,
    ("GET", "/v1/me/schedule"): ATTENDEE,
    ("PUT", "/v1/me/bookmarks/<int:session_id>"): ATTENDEE,
    ("DELETE", "/v1/me/bookmarks/<int:session_id>"): ATTENDEE,
    ("PUT", "/v1/me/bookings/<int:session_id>"): ATTENDEE,
    ("DELETE", "/v1/me/bookings/<int:session_id>"): ATTENDEE,
    ("POST", "/v1/me/bookings/swap"): ATTENDEE,
    ("GET", "/v1/me/meetings/<int:meeting_id>"): ATTENDEE,
    ("PUT", "/v1/me/meetings/<int:meeting_id>"): ATTENDEE,
    ("PUT", "/v1/me/feedback/<int:session_id>"): ATTENDEE,
    ("GET", "/v1/me/card.vcf"): ATTENDEE,
    ("GET", "/v1/me/card.svg"): ATTENDEE,
    ("GET", "/v1/me/card.png"): ATTENDEE,
    ("GET", "/v1/me/profile"): ATTENDEE,
    ("PUT", "/v1/me/profile"): ATTENDEE,
    ("GET", "/v1/directory"): ATTENDEE,
    ("POST", "/v1/directory/search"): ATTENDEE,
    ("GET", "/v1/me/shares"): ATTENDEE,
    ("POST", "/v1/me/shares"): ATTENDEE,
    ("DELETE", "/v1/me/shares/<int:share_id>"): ATTENDEE,
    ("PUT", "/v1/me/push"): ATTENDEE,
    ("DELETE", "/v1/me/push"): ATTENDEE,
    ("GET", "/v1/calendars/<token>.ics"): OPEN,
    ("GET", "/v1/shared"): OPEN,
    ("GET", "/v1/me/certificate.pdf"): ATTENDEE,
    ("GET", "/v1/attendees/<int:attendee_id>/certificate.pdf"): DESK,
    ("GET", "/v1/certificates/keys"): OPEN,
    ("POST", "/v1/certificates/verify"): OPEN,
    ("PUT", "/v1/speakers/<int:speaker_id>/attendee"): DESK,
    ("GET", "/v1/sessions/<int:session_id>/booking"): DESK,
    ("PUT", "/v1/sessions/<int:session_id>/booking"): ORGANISER,
    ("GET", "/v1/sessions/<int:session_id>/bookings"): ORGANISER,
    ("GET", "/v1/meetings"): DESK,
    ("POST", "/v1/meetings"): ORGANISER,
    ("PATCH", "/v1/meetings/<int:meeting_id>"): ORGANISER,
}
"""Who may ask each route; everyone else, and whoever has no valid token, is refused."""
SIGN_OUT = ("DELETE", "/v1/me/token")
CALLERS = ("none", *ROLES, "ada", "jan", "expired", "revoked", "stolen", "foreign", "guessed")
INCIDENT = f"clock_suspect:{an_id(3)}"
SAY = {"op": "announce", "title": {"en": "Hello"}}
CONSENT = {"given": True, "text_version": "1", "language": "pl"}


def bodies(desk: Desk) -> dict[tuple[str, str], Any]:
    """Return what makes each request one that would be done, were it allowed."""
    attendee = "/v1/attendees/<int:attendee_id>"
    guid = str(uuid4())
    return {
        ("POST", "/v1/enrol"): {"code": desk.code, "device": guid},
        ("POST", "/v1/enrol/qr"): {"code": desk.link},
        ("POST", "/v1/enrolments"): {"role": "attendee", "attendee_id": desk.ada.id},
        ("POST", "/v1/attendees/search"): {"q": "canary"},
        ("POST", "/v1/attendees"): {"given_name": "Ola"},
        ("PATCH", attendee): {"position": "Keeper"},
        ("POST", f"{attendee}/reissue"): {"medium": "paper", "generation": 2},
        ("POST", f"{attendee}/substitute"): {"guid": guid, "person": {"given_name": "Ewa"}},
        ("PUT", f"{attendee}/consents/<purpose>"): CONSENT,
        ("PUT", "/v1/me/consents/<purpose>"): CONSENT,
        ("POST", "/v1/categories"): {"slug": "jury", "name": {"en": "Jury"}, "color": "#000000"},
        ("POST", "/v1/parties"): {"guid": guid, "name": "Party", "size": 1},
        ("POST", "/v1/agenda/edits"): {"operations": [SAY]},
        ("POST", "/v1/reviews/<int:review_id>"): {"accept": []},
        ("POST", "/v1/plans"): {"name": {"en": "B"}, "operations": [SAY]},
        ("PUT", "/v1/gates/<slug>"): {"name": {"en": "Main"}},
        ("POST", "/v1/gates/<slug>/scans"): {"id": an_id(1), "text": "x"},
        ("POST", "/v1/gates/<slug>/ticks"): {"codes": [short_code(desk.ada.holder)]},
        ("POST", "/v1/gates/clear"): {"id": an_id(2)},
        ("PUT", "/v1/me/feedback/<int:session_id>"): {"rating": 4},
        ("POST", "/v1/me/shares"): {"kind": "calendar"},
        ("POST", "/v1/certificates/verify"): {"code": "C"},
        ("PUT", "/v1/me/push"): EXAMPLE,
        ("PUT", "/v1/webhooks/<webhook>"): {"url": "https://sms.example.org/canary"},
        ("PUT", "/v1/me/profile"): {"fields": ["email"]},
        ("POST", "/v1/directory/search"): {"q": "canary"},
        ("POST", "/v1/me/bookings/swap"): {"give": 1, "take": 2},
        ("PUT", "/v1/me/meetings/<int:meeting_id>"): {"answer": "accepted"},
        ("PUT", "/v1/speakers/<int:speaker_id>/attendee"): {"attendee_id": desk.ada.id},
        ("POST", "/v1/meetings"): {
            "guests": [desk.ada.id],
            "starts_at": "2025-06-03T13:00:00+02:00",
        },
        ("POST", "/v1/incidents/resolve"): {"resolution": "clock", "kind": "clock_suspect"},
        ("POST", "/v1/incidents/reopen"): {"ids": [INCIDENT]},
        ("POST", "/v1/incidents/<incident_id>/resolve"): {"resolution": "clock"},
    }


def plain(rule: str) -> str:
    """Return a rule whose choices are only named: <any(a, b):purpose> is <purpose>."""
    start, found, rest = rule.partition("<any(")
    return f"{start}<{rest.partition('):')[2]}" if found else rule


def routes(app: Flask) -> set[tuple[str, str]]:
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "pages.page"]
    found = {
        (method, plain(rule.rule))
        for rule in rules
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    return found | {("GET", "/link")}


def ask(client: FlaskClient, desk: Desk, route: tuple[str, str], headers: Headers) -> Any:
    method, rule = route
    names = {
        "<int:session_id>": 1,
        "<int:part_id>": 1,
        "<int:speaker_id>": client.get("/v1/speakers").get_json()["speakers"][0]["id"],
        "<int:attendee_id>": desk.ada.id,
        "<int:enrolment_id>": desk.jans_link,
        "<int:device_id>": desk.ada_device,
        "<int:party_id>": desk.party,
        "<int:room_id>": 1,
        "<int:share_id>": 2 if headers == desk.jan_phone else 1,
        "<int:meeting_id>": 2 if headers == desk.jan_phone else 1,
        "<purpose>": "photo",
        "<slug>": "main",
        "<int:seq>": 1 if method == "GET" else 2,
        "<hold_id>": method,
        "<webhook>": method.lower(),
        "<int:review_id>": 1 if method == "DELETE" else 2,
        "<int:plan_id>": 1 if method == "DELETE" else 2,
        "<incident_id>": INCIDENT,
        "<folder>": "shared",
        "<path:name>": "x",
        "<name>": "x",
    }
    for name, value in names.items():
        rule = rule.replace(name, str(value))
    body = {} if method in {"GET", "DELETE"} else {"json": bodies(desk).get(route, {})}
    return client.open(rule, method=method, headers=headers | {"If-Match": "*"}, **body)


def tokens_of(app: Flask, desk: Desk, tmp_path: Path, template: Path) -> dict[str, Headers]:
    shutil.copy(template, tmp_path / "other.db")
    other = Database(f"sqlite:///{tmp_path / 'other.db'}")
    with other.write() as db:
        foreign = create_token(db, role="organiser", label="", at=AT)
    other.close()
    with app.extensions["eventday"].db.write() as db:
        main = a_gate(db)
        let_in(db, 3, main, desk.ada.holder)
        let_in(db, 4, main, desk.jan.holder)
        plan(db, desk)
        for name in ("DELETE", "POST"):
            say = Edits(operations=[Announce(guid=name, title={"en": "Hello"})], at=OPENING)
            hold(db, name, say, due=OPENING, by="", digest="")
            say = Edits(operations=[Suspend(all=True)], at=OPENING)
            prepare(db, {"en": name}, say, by="")
            file = write_file(
                "schedule.xml", load(db, public=False), version="", language=None, cancelled="keep"
            )
            add_review(db, file, name="x", timezone="", language="", at=OPENING, by="")
        for name in ("get", "delete", "post"):
            register(db, name, url="https://sms.example.org/canary", recipients="contacts",
                     secret="", renew=False, at=AT)  # fmt: skip
        made = {role: create_token(db, role=role, label="test", at=AT) for role in ROLES}
        code = invite(db, role="helpdesk", at=AT - 10, shift_ends_at=AT).secret
        _, expired = enrol(db, code, uuid=str(uuid4()), at=AT - 10)
        code = invite(db, role="organiser", at=AT).secret
        device, stolen = enrol(db, code, uuid=str(uuid4()), at=AT)
        revoked = create_token(db, role="organiser", label="", at=AT)
        revoke_token(db, sha256(revoked.encode()).hexdigest(), at=AT)
    with app.test_client() as client:
        stop = client.delete(
            f"/v1/devices/{device.id}?stolen=true", headers=bearer(made["organiser"])
        )
        assert stop.status_code == 204
    more = {"expired": expired, "revoked": revoked, "stolen": stolen, "foreign": foreign,
            "guessed": "evd_" + "A" * 43}  # fmt: skip
    headers = {name: bearer(token) for name, token in (made | more).items()}
    return headers | {"none": {}, "ada": desk.ada_phone, "jan": desk.jan_phone}


def plan(db: Connection, desk: Desk) -> None:
    """Let two sessions be booked, and give Ada and Jan a seat and a meeting each."""
    for session in (1, 2):
        set_rule(db, session, {})
    for person in (desk.ada, desk.jan):
        book(db, Wish(2, person.id, on=True), at=NOW)
        add_meeting(db, {"starts_at": AT}, [person.id], guid="", at=AT)
        share(db, person.id, kind="calendar", at=AT)


def let_in(db: Connection, number: int, gate_id: int, holder: int) -> None:
    """Let somebody in by a phone whose clock is wrong."""
    scan = Scan(id=an_id(number), gate_id=gate_id, holder=holder, outcome="admitted", device="one",
                t_est=NOW, received_at=NOW, skewed=True)  # fmt: skip
    settle(db, store(db, [scan]).values())


def test_the_table_knows_every_route(app: Flask) -> None:
    assert routes(app) == set(TABLE)


@pytest.mark.parametrize("caller", CALLERS)
def test_nobody_but_who_may_reads_anything_of_anybody(
    app: Flask, client: FlaskClient, tmp_path: Path, sqlite_template: Path, caller: str
) -> None:
    app.extensions["eventday"].brake.guesses = 10**9
    app.extensions["eventday"].live.close()  # a stream would go on for ever
    desk = a_desk(app)
    headers = tokens_of(app, desk, tmp_path, sqlite_template)[caller]
    # What changes things comes late, so that reading is tried on what is there; then one signs out.
    for route in sorted(TABLE, key=lambda route: (route == SIGN_OUT, route[0] != "GET", route)):
        answer = ask(client, desk, route, headers)
        said = answer.get_data(as_text=False).decode("utf-8", "replace")
        answer.close()
        if caller in TABLE[route]:
            assert answer.status_code not in {401, 403}, (route, answer.text)
            # Sessions and files of a feed are asked for elsewhere; everything else here is done.
            is_done = answer.status_code < 400 or TABLE[route] is OPEN
            is_done |= "sessions" in route[1] or "-<name>" in route[1]
            assert is_done, (route, answer.text)
        elif TABLE[route] is not OPEN:
            wanted = 403 if caller in OPEN - {"none"} else 401
            assert answer.status_code == wanted, (route, answer.status_code)
        if caller not in DESK | {"ada"} and route != ("POST", "/v1/enrol/qr"):
            assert "canary" not in said.lower(), route
        assert "vegan canary" not in said or route == ("GET", "/v1/needs"), route
        if TABLE[route] is not OPEN and answer.status_code < 400:
            assert answer.headers["Cache-Control"].startswith("private"), route
            assert "Access-Control-Allow-Origin" not in answer.headers, route


def test_those_who_may_do_read(client: FlaskClient, app: Flask) -> None:
    desk = a_desk(app)
    with app.extensions["eventday"].db.write() as db:
        helpdesk = bearer(create_token(db, role="helpdesk", label="test", at=AT))
    body = client.get(f"/v1/attendees/{desk.ada.id}", headers=helpdesk).get_json()
    assert (body["given_name"], body["note"]) == ("Ada", "Canary note")
    assert "canary" in client.get("/v1/me", headers=desk.ada_phone).get_json()["email"]
    assert client.get("/v1/me", headers=desk.jan_phone).get_json()["given_name"] == "Jan"


@pytest.mark.parametrize(
    "value", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer evd_" + "A" * 43, "Bearer evd_\xff"]
)
def test_a_token_that_is_not_valid_is_401(client: FlaskClient, value: str) -> None:
    for address in ("/v1/sessions", "/v1/attendees"):
        answer = client.post(address, json={}, headers={"Authorization": value})
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert client.get("/v1/sessions", headers={"Authorization": value}).status_code == 401


def test_guessing_is_slowed_down_and_a_valid_token_is_not(
    client: FlaskClient, tokens: dict[str, dict[str, str]]
) -> None:
    wrong = {"Authorization": "Bearer evd_wrong"}
    statuses = [client.get("/v1/sessions", headers=wrong).status_code for _ in range(GUESSES + 1)]
    assert statuses == [401] * GUESSES + [429]
    answer = client.get("/v1/sessions", headers=wrong)
    assert 0 < int(answer.headers["Retry-After"]) <= 61
    assert client.get("/v1/sessions", headers=tokens["organiser"]).status_code == 200


def test_a_proxy_on_this_machine_says_who_guesses_and_nobody_else_can(
    client: FlaskClient,
) -> None:
    def guess(said: str, sender: str) -> int:
        headers = {"Authorization": "Bearer evd_wrong", "X-Forwarded-For": said}
        environ = {"REMOTE_ADDR": sender}
        return client.get("/v1/sessions", headers=headers, environ_base=environ).status_code

    for _ in range(GUESSES):
        guess("192.0.2.1", "127.0.0.1")
    assert guess("192.0.2.1", "127.0.0.1") == 429
    assert guess("192.0.2.9, 192.0.2.1", "127.0.0.1") == 429
    assert guess("192.0.2.2", "127.0.0.1") == 401
    assert {guess(f"192.0.2.{n}", "198.51.100.7") for n in range(GUESSES)} == {401}
    assert guess("192.0.2.99", "198.51.100.7") == 429
