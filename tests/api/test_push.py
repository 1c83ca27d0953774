"""A change wakes a phone: encrypted for it alone, signed as ours, once, replaced by the newer."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from builders import an_agenda, publish_agenda
from cryptography.hazmat.primitives.asymmetric import ec
from desk import Desk, a_desk
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from receivers import (
    Browser,
    Receiver,
    base64url,
    claims_of,
    serving,
    subscribed,
    unbase64url,
)
from sqlalchemy import select
from telling import AT, a_courier, a_crowd, due_again, stands, worked

from api.deliver.push import (
    LONGEST_BODY,
    authorization,
    encrypted,
    point_of,
    public_of,
    shortened,
)
from api.routes.push import EXAMPLE
from event import tables
from event.database import Database
from event.keys import push_key
from event.people.privacy import erase, export
from event.told.subscriptions import MOST, Keys

WATERMELON = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
BROWSER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
AUTH, SALT = "BTBZMqHH6r4Tts7J_aSIgg", "DGv6ra1nlYgDCS1FRnbzlw"
SENDERS_POINT = (
    "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"
)
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)
"""RFC 8291, section 5 and appendix A."""
TOKEN = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQi"
    "LCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0"
)
SIGNATURE = "i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA"
KEY = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
"""RFC 8292, section 2.4."""


def a_key(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(unbase64url(text), "big"), ec.SECP256R1())


@pytest.fixture
def service() -> Iterator[Receiver]:
    with serving(Receiver()) as server:
        yield server


@pytest.fixture
def desk(app: Flask) -> Desk:
    publish_agenda(app.extensions["eventday"].db, an_agenda())
    return a_desk(app)


def test_a_message_is_encrypted_as_in_the_example_of_rfc_8291() -> None:
    browser = Browser(a_key(BROWSER), unbase64url(AUTH))
    sender = a_key(SENDER)
    assert base64url(point_of(sender)) == SENDERS_POINT
    body = encrypted(
        WATERMELON, Keys(browser.point, browser.auth), sender=sender, salt=unbase64url(SALT)
    )
    assert base64url(body) == BODY
    assert browser.read(body) == WATERMELON


def test_we_are_identified_as_in_the_example_of_rfc_8292() -> None:
    # Another key than the example's, whose private half is not in the RFC; the rest is equal.
    key = ec.generate_private_key(ec.SECP256R1())
    made = authorization(
        key,
        "https://push.example.net/p/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
        subject="mailto:push@example.com",
        expires=1453523768,
    )
    assert made.startswith(f"vapid t={TOKEN}.")
    assert claims_of(made, public_of(key))["exp"] == 1453523768
    # What checks it in these tests takes the example itself.
    assert claims_of(f"vapid t={TOKEN}.{SIGNATURE}, k={KEY}", KEY)["aud"].endswith("example.net")


def test_a_push_service_is_named_by_its_origin_however_its_address_is_written() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    for address, origin in (
        ("https://Push.Example.net:443/p", "https://push.example.net"),
        ("https://push.example.net:8443/p", "https://push.example.net:8443"),
    ):
        made = authorization(key, address, subject="", expires=1453523768)
        assert claims_of(made, public_of(key))["aud"] == origin


@given(st.text(), st.integers(4, 40))
def test_a_shortened_text_is_a_beginning(text: str, most: int) -> None:
    short = shortened(text, most)
    assert len(short.encode()) <= most
    assert text.startswith(short.removesuffix("…")) or short == text


def test_a_move_wakes_each_phone_once_in_its_owners_language(app: Flask, service: Receiver) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {"language": "pl"}, {})
    browsers = [
        subscribed(crowd.db, person.id, f"{service.url}/{n}")
        for n, person in enumerate([crowd.people[0], *crowd.people])
    ]
    crowd.move(pl="Zepsuł się rzutnik.")
    worked(a_courier(app))
    assert stands(app) == [("push", "sent", "")] * 3
    came = sorted(service.received, key=lambda one: one.path)
    assert [one.path for one in came] == ["/0", "/1", "/2"]
    said = [json.loads(browser.read(one.body)) for browser, one in zip(browsers, came, strict=True)]
    assert said[0] == {
        "title": "Przeniesione: Sesja 1",
        "body": "3 cze 09:00 → 09:15, Room 1 → Sala B. Zepsuł się rzutnik",
        "lang": "pl",
        "tag": "session-1",
        "url": "app#news",
    }
    assert said[0] == said[1]
    assert said[2]["title"] == "Moved: Session 1"
    headers = came[0].headers
    assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "high")
    assert re.fullmatch("[A-Za-z0-9_-]{32}", headers["topic"])
    assert len({one.headers["topic"] for one in came}) == 3
    assert 86_000 < int(headers["ttl"]) <= 86_400
    key = app.test_client().get("/v1/push/key").get_json()["key"]
    claims = claims_of(headers["authorization"], key)
    assert (claims["aud"], claims["sub"]) == (service.url, "mailto:agenda@example.org")


def test_a_push_service_replaces_what_is_of_the_same_session(app: Flask, service: Receiver) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {})
    subscribed(crowd.db, crowd.people[0].id, service.url)
    courier = a_courier(app)
    for minutes in (1, 2):
        crowd.move(minutes)
        worked(courier)
    notice = {"id": 900, "guid": "n", "title": '{"en": "Notice"}', "starts_at": AT}
    crowd.edit(lambda tx: tx.execute(tables.announcement.insert(), notice).close())
    worked(courier)
    first, second, other = (one.headers["topic"] for one in service.received)
    assert first == second != other


def test_long_words_are_cut_below_what_services_take(app: Flask, service: Receiver) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {})
    browser = subscribed(crowd.db, crowd.people[0].id, service.url)
    crowd.move(en='"ż' * 5_000)
    worked(a_courier(app))
    (came,) = service.received
    said = json.loads(browser.read(came.body))
    assert len(came.body) < 3_000
    assert len(said["body"].encode()) <= LONGEST_BODY
    assert said["body"].endswith("…")


@pytest.mark.parametrize(
    ("status", "stand"),
    [(201, ["sent"]), (202, ["sent"]), (404, []), (410, []), (413, ["failed"]), (400, ["failed"]),
     (403, ["failed"]), (307, ["failed"]), (429, ["waiting"]), (503, ["waiting"])],
)  # fmt: skip
def test_what_a_push_service_answers_is_heeded(
    app: Flask, service: Receiver, status: int, stand: list[str]
) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {})
    subscribed(crowd.db, crowd.people[0].id, service.url)
    crowd.move()
    service.status, service.more = status, {"Retry-After": "7"}
    courier = a_courier(app)
    worked(courier)
    assert [state for _, state, _ in stands(app)] == stand
    with crowd.db.read() as tx:
        assert len(tx.execute(select(tables.subscription)).all()) == (1 if stand else 0)
    service.status = 201
    due_again(app)
    worked(courier)
    assert len(service.received) == (2 if stand == ["waiting"] else 1)


def test_who_took_a_locked_out_phone_reads_nothing(app: Flask, service: Receiver) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {})
    subscribed(crowd.db, crowd.people[0].id, service.url)
    crowd.move()
    courier = a_courier(app)
    service.status = 503
    worked(courier)
    with crowd.db.write() as tx:
        tx.execute(tables.device.update().values(revoked_at=1))
    service.status = 201
    due_again(app)
    worked(courier)
    assert stands(app) == [("push", "failed", "locked-out")]
    assert len(service.received) == 1


def test_addresses_inside_are_never_posted_to(app: Flask, service: Receiver) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {})
    subscribed(crowd.db, crowd.people[0].id, service.url)
    crowd.move()
    worked(a_courier(app, private=frozenset({"webhook"})))
    assert stands(app) == [("push", "waiting", "private-address")]
    assert service.received == []


def endpoints(db: Database) -> list[str]:
    with db.read() as tx:
        found = tx.execute(select(tables.subscription.c.endpoint).order_by("id"))
        return [endpoint.rpartition("/")[2] for endpoint in found.scalars()]


def put(app: Flask, headers: dict[str, str], name: str, **more: Any) -> Any:
    body = EXAMPLE | {"endpoint": f"https://push.example.org/{name}"} | more
    return app.test_client().put("/v1/me/push", json=body, headers=headers)


def test_a_phone_is_told_at_one_address_the_last_it_said(app: Flask, desk: Desk) -> None:
    db = app.extensions["eventday"].db
    assert put(app, desk.ada_phone, "a").status_code == 204
    assert put(app, desk.ada_phone, "a").status_code == 204
    assert endpoints(db) == ["a"]
    put(app, desk.ada_phone, "b")
    assert endpoints(db) == ["b"]
    # A browser that became Jan's tells Ada nothing any more.
    put(app, desk.jan_phone, "b")
    with db.read() as tx:
        assert tx.execute(select(tables.subscription.c.attendee_id)).scalars().all() == [
            desk.jan.id
        ]
    gone = app.test_client().delete("/v1/me/push", headers=desk.jan_phone)
    again = app.test_client().delete("/v1/me/push", headers=desk.jan_phone)
    assert (gone.status_code, again.status_code, endpoints(db)) == (204, 204, [])


def test_of_one_person_the_last_few_phones_are_told(app: Flask, desk: Desk) -> None:
    db = app.extensions["eventday"].db
    client = app.test_client()
    for n in range(MOST + 2):
        said = {"code": desk.link, "device": str(uuid4())}
        token = client.post("/v1/enrol", json=said).get_json()["token"]
        assert put(app, {"Authorization": f"Bearer {token}"}, str(n)).status_code == 204
    assert endpoints(db) == [str(n) for n in range(2, MOST + 2)]


def test_a_subscription_is_in_the_export_and_gone_after_erasing(app: Flask, desk: Desk) -> None:
    put(app, desk.ada_phone, "a")
    db = app.extensions["eventday"].db
    with db.write() as tx:
        (held,) = export(tx, desk.ada.id, 0)["subscription"]
        assert held["endpoint"] == "https://push.example.org/a"
        erase(tx, desk.ada.id, 0)
    assert endpoints(db) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "http://push.example.org/a"},
        {"endpoint": "https://127.0.0.1/a"},
        {"endpoint": "https://169.254.169.254/latest"},
        {"endpoint": "https://push.example.org/" + "a" * 1_000},
        {"keys": EXAMPLE["keys"] | {"p256dh": "B" * 87}},  # type: ignore[operator]
        {"keys": EXAMPLE["keys"] | {"auth": "A" * 21}},  # type: ignore[operator]
        {"keys": {}},
    ],
)
def test_what_cannot_be_pushed_to_is_refused(app: Flask, desk: Desk, wrong: Any) -> None:
    answer = put(app, desk.ada_phone, "a", **wrong)
    assert answer.status_code == 422
    assert endpoints(app.extensions["eventday"].db) == []


def test_the_key_is_made_once_and_lies_beside_the_others(app: Flask, client: FlaskClient) -> None:
    first, second = (client.get("/v1/push/key").get_json()["key"] for _ in range(2))
    folder = app.extensions["eventday"].settings.home / "keys"
    assert first == second == public_of(push_key(folder))
    assert (folder / "push.pem").stat().st_mode & 0o777 == 0o600
