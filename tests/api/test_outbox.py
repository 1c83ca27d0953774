"""Uploading what a phone did while it was away."""

import gzip
import json
import time
import zlib
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from api.app import LARGEST_BODY
from api.routes.outbox import EXAMPLE
from event import tables

ADDRESS = "/v1/sync/outbox"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what is the same on every database."""


def an_item(client: FlaskClient, number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return an item about the present publish."""
    event = client.get("/v1/event").get_json()
    return EXAMPLE["items"][0] | {
        "id": f"019733f0-3c00-7000-8000-{number:012x}",
        "n": number,
        "payload": {"epoch": event["epoch"], "seq": event["seq"]},
        **fields,
    }


def a_batch(*items: Any, **fields: Any) -> dict[str, Any]:
    return EXAMPLE | {"items": list(items)} | fields


def post(client: FlaskClient, data: bytes, encoding: str = "") -> TestResponse:
    headers = {"Content-Encoding": encoding} if encoding else {}
    return client.post(ADDRESS, data=data, content_type="application/json", headers=headers)


def outcome(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def stored(app: Flask) -> list[str]:
    with app.extensions["eventday"].db.read() as tx:
        return list(tx.execute(select(tables.outbox_item.c.id).order_by("id")).scalars())


def test_a_batch_is_stored_and_answered_with_receipts(app: Flask, client: FlaskClient) -> None:
    good, bad = an_item(client), an_item(client, 2, kind="dance")
    answer = client.post(ADDRESS, json=a_batch(good, bad, None))
    assert answer.status_code == 200
    assert answer.get_json()["receipts"] == [
        {"id": good["id"], "status": "stored"},
        {"id": bad["id"], "status": "quarantined", "code": "unknown-kind"},
        {"id": None, "status": "quarantined", "code": "not-an-object"},
    ]
    assert stored(app) == [good["id"]]
    again = client.post(ADDRESS, json=a_batch(good, bad, None))
    assert again.get_json()["receipts"] == answer.get_json()["receipts"]
    assert stored(app) == [good["id"]]


@ON_SQLITE
def test_the_example_in_the_docs_is_good(client: FlaskClient) -> None:
    receipts = client.post(ADDRESS, json=EXAMPLE).get_json()["receipts"]
    assert receipts == [{"id": EXAMPLE["items"][0]["id"], "status": "stored"}]


@ON_SQLITE
def test_a_receipt_tells_the_real_time_whatever_the_events_clock(client: FlaskClient) -> None:
    before = time.time_ns() // 1_000_000
    received_at = client.post(ADDRESS, json=a_batch()).get_json()["received_at"]
    assert before <= received_at <= time.time_ns() // 1_000_000


@ON_SQLITE
def test_no_token_is_needed_and_a_wrong_one_does_no_harm(client: FlaskClient) -> None:
    for token in ("", "Bearer", "Bearer evd_wrong", "Basic eDp5", "\xff"):
        headers = {"Authorization": token}
        answer = client.post(ADDRESS, json=a_batch(an_item(client)), headers=headers)
        assert answer.status_code == 200
        assert answer.get_json()["receipts"][0]["status"] == "stored"


def test_a_batch_may_come_before_there_is_an_event(app: Flask) -> None:
    answer = app.test_client().post(ADDRESS, json=EXAMPLE)
    assert answer.get_json()["receipts"][0]["code"] == "not-published"


@ON_SQLITE
def test_a_body_may_be_gzip(app: Flask, client: FlaskClient) -> None:
    for number, encoding in enumerate(("gzip", "GZIP", "x-gzip", "identity"), start=1):
        body = json.dumps(a_batch(an_item(client, number))).encode()
        sent = body if encoding == "identity" else gzip.compress(body)
        assert post(client, sent, encoding).status_code == 200
        assert len(stored(app)) == number


@ON_SQLITE
def test_another_encoding_is_refused_and_says_which_is_taken(client: FlaskClient) -> None:
    for encoding in ("deflate", "br", "gzip, gzip"):
        answer = post(client, zlib.compress(b"{}"), encoding)
        assert outcome(answer) == (415, "unsupported-media-type")
        assert answer.headers["Accept-Encoding"] == "gzip"


@ON_SQLITE
def test_a_body_that_is_no_whole_gzip_is_refused(client: FlaskClient) -> None:
    body = gzip.compress(json.dumps(a_batch()).encode())
    for broken in (b"", b"{}", body[:-1], body[:12], body + b"x", body[:-8] + b"\0" * 8):
        assert outcome(post(client, broken, "gzip")) == (400, "bad-request"), broken


@ON_SQLITE
def test_a_body_is_at_most_1_mb_when_unpacked(client: FlaskClient) -> None:
    body = json.dumps(a_batch()).encode()
    largest = body + b" " * (LARGEST_BODY - len(body))
    assert post(client, gzip.compress(largest), "gzip").status_code == 200
    assert outcome(post(client, gzip.compress(largest + b" "), "gzip")) == (413, "split")
    assert outcome(post(client, gzip.compress(b" " * 50_000_000), "gzip")) == (413, "split")
    assert outcome(post(client, largest + b" ")) == (413, "split")


@ON_SQLITE
def test_an_envelope_that_breaks_a_rule_stores_nothing(app: Flask, client: FlaskClient) -> None:
    good = an_item(client)
    for fields in (
        {"extra": 1},
        {"device": "mine"},
        {"device": EXAMPLE["device"] + "\n"},
        {"device": None},
        {"boot": ""},
        {"boot": "b\x00"},
        {"sent_at": True},
        {"sent_at": 1.5},
        {"sent_at": "0"},
        {"sent_at": -1},
        {"sent_at": 10**400},
        {"sent_mono": None},
        {"items": {"0": good}},
    ):
        answer = client.post(ADDRESS, json=a_batch(good, **fields))
        assert outcome(answer) == (422, "invalid"), fields
        assert answer.get_json()["errors"][0]["pointer"].startswith(f"/json/{next(iter(fields))}")
    for name in EXAMPLE:
        batch = {other: value for other, value in EXAMPLE.items() if other != name}
        assert outcome(client.post(ADDRESS, json=batch)) == (422, "invalid")
    assert stored(app) == []


@ON_SQLITE
def test_too_many_items_are_to_be_split(app: Flask, client: FlaskClient) -> None:
    for count in (201, 10_000):
        answer = client.post(ADDRESS, json=a_batch(*[an_item(client)] * count))
        assert outcome(answer) == (413, "split")
        assert "200" in answer.get_json()["detail"]
    assert stored(app) == []


@ON_SQLITE
def test_a_full_batch_is_taken(app: Flask, client: FlaskClient) -> None:
    first = an_item(client)
    items = [first | {"id": first["id"][:-3] + f"{n:03x}", "n": n} for n in range(1, 201)]
    answer = client.post(ADDRESS, json=a_batch(*items))
    assert {receipt["status"] for receipt in answer.get_json()["receipts"]} == {"stored"}
    assert stored(app) == [item["id"] for item in items]


def test_what_no_database_or_reader_can_take_is_no_bug(app: Flask, client: FlaskClient) -> None:
    def send(item: str) -> TestResponse:
        return post(client, json.dumps(a_batch("X")).replace('"X"', item).encode())

    for item in (
        r'{"id": "\ud800", "\udfff": "\u0000"}',
        r'"\u0000"',
        "1e400",
        "NaN",
        "-Infinity",
        "9" * 4_000,
        json.dumps(an_item(client, boot="\x00\ud800")),
        json.dumps(an_item(client, payload={"epoch": 1, "seq": 1, "\ud800": "\x00"})),
        "[" * 31 + "]" * 31,
        "[" * 199 + "]" * 199,
    ):
        answer = send(item)
        assert answer.status_code == 200, item
        assert answer.get_json()["receipts"][0]["status"] == "quarantined"
    for levels in (300, 400, 800, 900, 1_000):
        assert send("[" * levels + "]" * levels).status_code in {400, 422}
    for item in ("[" * 100_000 + "]" * 100_000, "9" * 5_000, '"\\u12"', "{"):
        assert outcome(send(item)) == (400, "bad-request"), item[:20]
    assert outcome(post(client, b"\xff")) == (400, "bad-request")
    assert outcome(client.post(ADDRESS, data=b"a=b")) == (415, "unsupported-media-type")
    assert stored(app) == []
