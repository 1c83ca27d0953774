"""All channels at once: each person by each of theirs once, and nobody held up by anybody."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from receivers import Receiver, Sink, claims_of, serving, signed_by, subscribed
from sqlalchemy import update
from telling import AT, Crowd, a_courier, a_crowd, due_again, stands, worked

from api.deliver import courier as couriers
from event import tables
from event.told.messages import add, messages_of
from event.told.webhooks import register

ROOT = Path(__file__).parents[2]
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ONE_ROUND = """
from api.app import create_app, service_of
from api.deliver.courier import Courier
from api.settings import from_environment
courier = Courier(service_of(create_app(from_environment())))
while courier.tick():
    courier.wait(10)
"""


@pytest.fixture
def servers() -> Iterator[tuple[Sink, Receiver, Receiver]]:
    """Yield a mail server, a push service and a gateway."""
    with ExitStack() as stack:
        service, gateway = (stack.enter_context(serving(Receiver())) for _ in range(2))
        yield stack.enter_context(serving(Sink())), service, gateway


def a_webhook(crowd: Crowd, url: str, slug: str = "sms") -> None:
    with crowd.db.write() as tx:
        register(tx, slug, url=url, recipients="holders", secret=SECRET, renew=False, at=AT)


def test_a_publish_arrives_by_push_mail_and_webhook_and_each_is_read_and_checked(
    app: Flask, tokens: dict[str, dict[str, str]], servers: tuple[Sink, Receiver, Receiver]
) -> None:
    """From the organiser's call to three servers, which decrypt and verify."""
    sink, service, gateway = servers
    db, client = app.extensions["eventday"].db, app.test_client()
    crowd = a_crowd(db, {"email": "ada@example.org", "language": "pl"}, {})
    app.extensions["eventday"].publications.forget()
    browser = subscribed(db, crowd.people[0].id, f"{service.url}/ada")
    a_webhook(crowd, f"{gateway.url}/hook")
    courier = a_courier(app, smtp=sink.url)
    moved = {
        "operations": [{"op": "delay", "session": 1, "minutes": 15}],
        "reason": {"en": "The train is late", "pl": "Pociąg się spóźnia"},
    }
    headers = tokens["organiser"]
    tried = client.post("/v1/agenda/edits", json=moved | {"dry_run": True}, headers=headers)
    worked(courier)
    assert (sink.mails, service.received, gateway.received) == ([], [], [])
    done = client.post("/v1/agenda/edits", json=moved, headers=headers).get_json()
    # This application mails nobody, its courier here does.
    counts = {"push": 1, "mail": 0, "webhook": 2, "none": 0}
    assert done["told"]["by_channel"] == tried.get_json()["told"]["by_channel"] == counts
    reach = client.get(f"/v1/publishes/{done['seq']}/reach", headers=headers).get_json()
    assert reach["by_channel"] == counts
    for _ in range(2):
        worked(courier)

    (mail,), (push,), (call,) = sink.mails, service.received, gateway.received
    title = "Przeniesione: Sesja 1"
    assert (mail["To"], mail["Subject"]) == ("ada@example.org", title)
    said = json.loads(browser.read(push.body))
    assert (said["title"], said["tag"], len(push.headers["topic"])) == (title, "session-1", 32)
    assert "Pociąg się spóźnia" in said["body"]
    assert "Pociąg się spóźnia" in mail.get_content()
    key = client.get("/v1/push/key").get_json()["key"]
    assert claims_of(push.headers["authorization"], key)["aud"] == service.url
    assert signed_by(SECRET, call)
    data = json.loads(call.body)["data"]
    assert data["changes"][0]["text"]["pl"]["title"] == title
    assert [group["holders"] for group in data["recipients"]] == [
        [crowd.people[0].holder], [crowd.people[1].holder],
    ]  # fmt: skip
    assert sorted(stands(app)) == [(name, "sent", "") for name in ("mail", "push", "webhook")]


def test_slow_gateways_hold_up_no_other(app: Flask) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {})
    with ExitStack() as stack:
        quick, *slow = [stack.enter_context(serving(Receiver())) for _ in range(6)]
        for number, server in enumerate((quick, *slow)):
            a_webhook(crowd, server.url, f"hook-{number}")
        for server in slow:
            server.open.clear()
        courier = a_courier(app)
        for minutes in range(1, 16):
            crowd.move(minutes)
        while len(quick.received) < 15:
            courier.tick()
            courier.wait(1)
        assert {len(server.received) for server in slow} == {couriers.ABREAST}
        for server in slow:
            server.open.set()
        worked(courier)
        assert {len(server.received) for server in slow} == {15}
    assert {state for _, state, _ in stands(app)} == {"sent"}


def test_servers_that_deliver_at_once_send_each_message_once(app: Flask) -> None:
    crowd = a_crowd(
        app.extensions["eventday"].db, *[{"email": f"{n}@example.org"} for n in range(9)]
    )
    with serving(Sink()) as sink, serving(Receiver()) as gateway:
        a_webhook(crowd, gateway.url)
        for minutes in range(1, 5):
            crowd.move(minutes)
        three = [a_courier(app, smtp=sink.url) for _ in range(3)]
        servers = [threading.Thread(target=worked, args=(one,)) for one in three]
        for server in servers:
            server.start()
        for server in servers:
            server.join()
        assert len(sink.mails) == len({mail["Message-ID"] for mail in sink.mails}) == 36
        ids = [came.headers["webhook-id"] for came in gateway.received]
        assert len(ids) == len(set(ids)) == 4


def test_who_is_killed_between_sending_and_writing_down_repeats_the_same_ids(
    app: Flask, database_url: str, tmp_path: Path, servers: tuple[Sink, Receiver, Receiver]
) -> None:
    sink, service, gateway = servers
    crowd = a_crowd(app.extensions["eventday"].db, {"email": "a@example.org"})
    browser = subscribed(crowd.db, crowd.people[0].id, service.url)
    a_webhook(crowd, gateway.url)
    crowd.move()
    environment = os.environ | {
        "EVENTDAY_HOME": str(tmp_path), "EVENTDAY_DATABASE": database_url,
        "EVENTDAY_SMTP": sink.url, "EVENTDAY_SENDER": "agenda@example.org",
        "EVENTDAY_PRIVATE": "push,webhook", "EVENTDAY_CLOCK": "2025-06-03T08:30+02:00",
    }  # fmt: skip
    for server in servers:
        server.open.clear()
    first = subprocess.Popen([sys.executable, "-c", ONE_ROUND], cwd=ROOT, env=environment)
    while not (sink.mails and service.received and gateway.received):
        assert first.poll() is None
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert {state for _, state, _ in stands(app)} == {"waiting"}
    for server in servers:
        server.open.set()
    due_again(app)
    subprocess.run([sys.executable, "-c", ONE_ROUND], cwd=ROOT, env=environment, check=True)
    assert [state for _, state, _ in stands(app)] == ["sent"] * 3
    assert len({mail["Message-ID"] for mail in sink.mails}) == 1
    assert len({came.headers["webhook-id"] for came in gateway.received}) == 1
    assert len({came.headers["topic"] for came in service.received}) == 1
    assert len({browser.read(came.body) for came in service.received}) == 1
    assert [len(one) for one in (sink.mails, gateway.received, service.received)] == [2, 2, 2]


def test_who_is_killed_while_making_messages_makes_the_rest(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, *[{"email": f"{n}@example.org"} for n in "abc"])
    published = crowd.move()
    with crowd.db.write() as tx:
        (one, *_) = messages_of(tx, *published, at=AT, real=AT, mail=True)
        add(tx, [one])
    monkeypatch.setattr(couriers, "MADE_AT_ONCE", 2)
    with serving(Sink()) as sink:
        worked(a_courier(app, smtp=sink.url))
        assert sorted(str(mail["To"]) for mail in sink.mails) == [
            "a@example.org", "b@example.org", "c@example.org",
        ]  # fmt: skip


def test_a_publish_that_cannot_be_told_holds_up_no_other(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {"email": "a@example.org"})
    _, broken = crowd.move(1)
    with crowd.db.write() as tx:
        of_it = tables.change.c.seq == broken
        tx.execute(update(tables.change).where(of_it).values(audience="{"))
    crowd.move(2)
    with serving(Sink()) as sink:
        worked(a_courier(app, smtp=sink.url))
        assert len(sink.mails) == 1
    assert f"Publish {broken} could not be told" in caplog.text


def test_a_fault_of_ours_is_logged_without_a_word_of_anybody(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {})
    subscribed(crowd.db, crowd.people[0].id, "https://secret.example.org/capability")
    crowd.move()
    with crowd.db.write() as tx:
        tx.execute(update(tables.subscription).values(p256dh="broken"))
    worked(a_courier(app))
    assert stands(app) == [("push", "waiting", "Invalid")]
    assert "A message by push failed: Invalid" in caplog.text
    assert "secret.example.org" not in caplog.text
