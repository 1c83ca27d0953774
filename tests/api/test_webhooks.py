"""An organisation's gateway is told of a publish: signed, with as little of people as it needs."""

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from builders import OPENING
from desk import Headers
from flask import Flask
from receivers import Receiver, serving, signed_by
from sqlalchemy import select, update
from telling import AT, HALL_B, a_courier, a_crowd, due_again, set_session, stands, worked

from api.deliver.webhook import signatures
from api.routes.webhooks import EXAMPLE
from event import tables
from event.agenda.edit import edit_session, moved
from event.agenda.model import Session
from event.people.consents import Answer, answer
from event.told.webhooks import MOST, OVERLAP, Webhook, find_webhook, register

URL = EXAMPLE["url"]


@pytest.fixture
def gateway() -> Iterator[Receiver]:
    with serving(Receiver()) as server:
        yield server


@pytest.fixture
def organiser(app: Flask, tokens: dict[str, Headers]) -> Any:
    """Return what makes an organiser's requests to /v1/webhooks…"""

    def ask(method: str, path: str = "", body: Any = None) -> Any:
        client, headers = app.test_client(), tokens["organiser"]
        return client.open(f"/v1/webhooks{path}", method=method, json=body, headers=headers)

    return ask


def registered(app: Flask, url: str, recipients: str = "none") -> str:
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    with app.extensions["eventday"].db.write() as tx:
        register(tx, "sms", url=url, recipients=recipients, secret=secret, renew=False, at=AT)
    return secret


def not_taken(organiser: Any) -> tuple[int, str | None]:
    """Return how many messages the one webhook did not take, and since when."""
    (found,) = organiser("GET").get_json()["webhooks"]
    return found["not_taken"], found["not_taken_since"]


def test_a_message_is_signed_as_standard_webhooks_says() -> None:
    # The secret, the message and the signature of its own reference libraries' tests.
    webhook = Webhook(1, "x", URL, "none", ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",), None)
    signed = signatures(
        webhook, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_gateway_hears_what_changed_in_each_language_and_of_nobody(
    app: Flask, gateway: Receiver
) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {"email": "a@example.org"}, {"language": "pl"})
    secret = registered(app, f"{gateway.url}/hook")
    epoch, seq = crowd.move(en="The projector is broken.", pl="Zepsuł się rzutnik.")
    worked(a_courier(app))
    assert stands(app) == [("webhook", "sent", "")]
    (came,) = gateway.received
    assert signed_by(secret, came)
    assert (came.path, came.headers["content-type"]) == ("/hook", "application/json")
    assert came.headers["webhook-id"].startswith(f"eventday-{epoch}-{seq}-")
    told = json.loads(came.body)
    reason = {"en": "The projector is broken.", "pl": "Zepsuł się rzutnik."}
    said = {
        "en": {"title": "Moved: Session 1",
               "body": "3 Jun 09:00 → 09:15, Room 1 → Hall B. The projector is broken"},
        "pl": {"title": "Przeniesione: Sesja 1",
               "body": "3 cze 09:00 → 09:15, Room 1 → Sala B. Zepsuł się rzutnik"},
    }  # fmt: skip
    change = {"number": 1, "kind": "moved", "subject": "session", "session_id": 1, "id": 1,
              "reason": reason, "text": said}  # fmt: skip
    assert told["data"] | {"event": ""} == {
        "event": "", "epoch": epoch, "seq": seq, "people": 2, "changes": [change],
    }  # fmt: skip
    assert (told["type"], told["timestamp"]) == ("agenda.changed", "2025-06-03T09:00:00+02:00")
    assert HALL_B["en"] in said["en"]["body"]
    assert b"@" not in came.body


def test_recipients_are_those_who_agreed_to_be_written_to(app: Flask, gateway: Receiver) -> None:
    people: tuple[Any, ...] = (
        {"email": "a@example.org", "external_id": "R-17"},
        {"language": "pl"},
        {},
    )
    crowd = a_crowd(app.extensions["eventday"].db, *people)
    with crowd.db.write() as tx:
        answer(tx, crowd.people[2].id, Answer("contact", False, "1", "en", AT, "attendee/x"))
    registered(app, gateway.url, "holders")
    crowd.move()
    worked(a_courier(app))
    registered(app, gateway.url, "contacts")
    crowd.move(30)
    worked(a_courier(app))
    first, second = (json.loads(came.body)["data"] for came in gateway.received)
    ada, jan, _ = (person.holder for person in crowd.people)
    assert (first["people"], second["people"]) == (3, 3)
    assert first["recipients"] == [
        {"language": "", "changes": [1], "holders": [ada]},
        {"language": "pl", "changes": [1], "holders": [jan]},
    ]
    assert second["recipients"][0]["contacts"] == [
        {"holder": ada, "external_id": "R-17", "email": "a@example.org"}
    ]
    assert second["recipients"][1]["contacts"] == [
        {"holder": jan, "external_id": None, "email": ""}
    ]


def test_what_only_some_may_know_of_is_told_where_they_are_named(
    app: Flask, gateway: Receiver
) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {"category": "vip"}, {"category": "press"})
    vips = {"visibility": '["vip"]', "audience": '["vip"]'}
    crowd.edit(lambda tx: set_session(tx, 1, **vips))
    courier = a_courier(app)
    worked(courier)

    def later(session: Session) -> Session:
        moment = session.starts_at + timedelta(minutes=15)
        return moved(session, starts_at=moment)  # type: ignore[no-any-return]

    def move() -> None:
        crowd.edit(lambda tx: edit_session(tx, 1, later, at=OPENING) and None)
        worked(courier)

    registered(app, gateway.url)
    move()
    assert gateway.received == []
    registered(app, gateway.url, "holders")
    move()
    (came,) = gateway.received
    told = json.loads(came.body)["data"]
    assert [group["holders"] for group in told["recipients"]] == [[crowd.people[0].holder]]
    assert (told["people"], len(told["changes"])) == (1, 1)


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_a_gateway_that_does_not_take_it_is_tried_again_with_the_same_id(
    app: Flask, gateway: Receiver, organiser: Any, status: int
) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {})
    secret = registered(app, gateway.url)
    assert not_taken(organiser) == (0, None)
    crowd.move()
    gateway.status = status
    courier = a_courier(app)
    worked(courier)
    assert stands(app) == [("webhook", "waiting", str(status))]
    assert not_taken(organiser) == (
        1,
        organiser("GET", "/sms").get_json()["undelivered"][0]["at"],
    )
    gateway.status = 204
    due_again(app)
    worked(courier)
    assert stands(app) == [("webhook", "sent", "")]
    assert not_taken(organiser) == (0, None)
    first, second = gateway.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert signed_by(secret, second)


def test_an_organiser_sees_what_is_dead_and_why_and_sends_it_again(
    app: Flask, gateway: Receiver, organiser: Any
) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {})
    registered(app, gateway.url)
    _, seq = crowd.move()
    gateway.status = 500
    courier = a_courier(app)
    worked(courier)
    with crowd.db.write() as tx:
        tx.execute(update(tables.message).values(at=0, due=0))
    worked(courier)
    found = organiser("GET", "/sms").get_json()
    (dead,) = found["undelivered"]
    assert (found["waiting"], found["sent"], found["dead"]) == (0, 0, 1)
    assert not_taken(organiser) == (1, "1970-01-01T00:00:00+00:00")
    assert (dead["seq"], dead["state"], dead["attempts"], dead["fault"]) == (
        seq, "expired", 2, "500",
    )  # fmt: skip
    gateway.status = 200
    assert organiser("POST", "/sms/again").get_json() == {"again": 1}
    worked(courier)
    found = organiser("GET", "/sms").get_json()
    assert (found["sent"], found["dead"], found["undelivered"]) == (1, 0, [])
    assert len({came.headers["webhook-id"] for came in gateway.received}) == 1
    assert organiser("POST", "/sms/again").get_json() == {"again": 0}


def test_a_gateway_that_is_gone_is_told_no_more(
    app: Flask, gateway: Receiver, organiser: Any
) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {})
    registered(app, gateway.url)
    crowd.move()
    gateway.status = 410
    courier = a_courier(app)
    worked(courier)
    crowd.move(30)
    worked(courier)
    assert len(gateway.received) == 1
    (found,) = organiser("GET").get_json()["webhooks"]
    assert (found["dead"], found["gone_at"] is None) == (1, False)
    gateway.status = 200
    organiser("POST", "/sms/again")
    crowd.move(45)
    worked(courier)
    assert len(gateway.received) == 3


def test_what_touches_nobody_is_not_told(app: Flask, gateway: Receiver) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {})
    registered(app, gateway.url)
    crowd.edit(lambda tx: set_session(tx, 1, abstract='{"en": "Other words"}'))
    worked(a_courier(app))
    assert stands(app) == []


def test_a_secret_is_shown_once_and_renewed_without_a_gap(app: Flask, organiser: Any) -> None:
    put = organiser("PUT", "/sms", EXAMPLE)
    first = put.get_json()["secret"]
    assert put.get_json()["recipients"] == "holders"
    assert len(base64.b64decode(first.removeprefix("whsec_"))) == 32
    assert organiser("PUT", "/sms", {"url": URL}).get_json()["secret"] is None
    for path in ("", "/sms"):
        assert first not in organiser("GET", path).text
    second = organiser("PUT", "/sms", {"url": URL, "new_secret": True}).get_json()["secret"]
    with app.extensions["eventday"].db.read() as tx:
        renewed = tx.execute(select(tables.webhook.c.renewed_at)).scalar_one()
        now, then = (find_webhook(tx, "sms", at=renewed + n) for n in (OVERLAP - 1, OVERLAP))
    assert (now.secrets, then.secrets) == ((second, first), (second,))
    both = signatures(now, "id", 1, b"{}").split(" ")
    assert both == [signatures(then, "id", 1, b"{}"),
                    signatures(Webhook(1, "", "", "", (first,), None), "id", 1, b"{}")]  # fmt: skip


def test_webhooks_are_few_and_have_names(organiser: Any) -> None:
    for n in range(MOST):
        assert organiser("PUT", f"/hook-{n}", {"url": URL}).status_code == 200
    assert organiser("PUT", "/one-more", {"url": URL}).status_code == 409
    assert organiser("PUT", "/No%20name", {"url": URL}).status_code == 422
    assert organiser("DELETE", "/hook-1").status_code == 204
    assert organiser("DELETE", "/hook-1").status_code == 404
    assert organiser("GET", "/hook-1").status_code == 404
    assert organiser("POST", "/hook-1/again").status_code == 404
    assert len(organiser("GET").get_json()["webhooks"]) == MOST - 1


@pytest.mark.parametrize(
    "url",
    ["http://sms.example.org/", "https://10.0.0.1/", "https://localhost/", "https://a:b@c.org/",
     "https://x.org/#a", "ftp://x.org", "https://x.org/" + "a" * 2_000, "https://x.org/\n"],
)  # fmt: skip
def test_an_address_that_is_none_of_ours_to_post_to_is_refused(organiser: Any, url: str) -> None:
    assert organiser("PUT", "/sms", {"url": url}).status_code == 422
    assert organiser("GET").get_json() == {"webhooks": []}


def test_a_deleted_webhook_is_told_nothing_that_waited(
    app: Flask, gateway: Receiver, organiser: Any
) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {})
    registered(app, gateway.url)
    crowd.move()
    gateway.status = 500
    courier = a_courier(app)
    worked(courier)
    organiser("DELETE", "/sms")
    due_again(app)
    worked(courier)
    assert (stands(app), len(gateway.received)) == ([], 1)
