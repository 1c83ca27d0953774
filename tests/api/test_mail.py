"""A change becomes a mail at a real SMTP server, once, in the person's language."""

import email.policy
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from telling import a_crowd

from api.deliver import mail
from api.deliver.courier import Courier
from event import tables


class Sink(socketserver.ThreadingTCPServer):
    """An SMTP server that keeps mails, and answers to RCPT as told."""

    allow_reuse_address = True
    daemon_threads = True
    answer = "250 ok"

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.mails: list[EmailMessage] = []

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.server_address[1]}"


class Session(socketserver.StreamRequestHandler):
    server: Sink

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 sink")
        while line := self.rfile.readline():
            match line[:4].upper().strip():
                case b"RCPT":
                    self.say(self.server.answer)
                case b"DATA":
                    self.say("354 go on")
                    self.keep()
                case b"QUIT":
                    return self.say("221 bye")
                case _:
                    self.say("250 ok")
        return None

    def keep(self) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        read: Any = message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.mails.append(read)
        self.say("250 kept")


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def a_courier(app: Flask, sink: Sink) -> Courier:
    service = app.extensions["eventday"]
    settings = replace(service.settings, smtp=sink.url, sender="agenda@example.org")
    return Courier(replace(service, settings=settings))


def stands(app: Flask) -> list[tuple[str, str]]:
    with app.extensions["eventday"].db.read() as tx:
        rows = tx.execute(select(tables.message).order_by(tables.message.c.id))
        return [(row.state, row.fault) for row in rows]


def test_a_move_is_one_mail_to_each_in_their_language(app: Flask, sink: Sink) -> None:
    people = ({"email": "a@example.org"}, {"email": "b@example.org", "language": "pl"})
    crowd = a_crowd(app.extensions["eventday"].db, *people)
    epoch, seq = crowd.move(en="The projector is broken.", pl="Zepsuł się rzutnik.")
    courier = a_courier(app, sink)
    assert [courier.tick(), courier.tick(), a_courier(app, sink).tick()] == [2, 0, 0]
    assert stands(app) == [("sent", "")] * 2
    first, second = sink.mails
    assert (first["To"], first["Subject"]) == ("a@example.org", "Moved: Session 1")
    assert (second["To"], second["Subject"]) == ("b@example.org", "Przeniesione: Sesja 1")
    body = "3 cze 09:00 → 09:15, Room 1 → Sala B. Zepsuł się rzutnik"
    assert (second.get_content().strip(), second["Content-Language"]) == (body, "pl")
    assert first["From"] == "agenda@example.org"
    assert first["Message-ID"].startswith(f"<eventday-{epoch}-{seq}-")
    assert first["Message-ID"] != second["Message-ID"]


@pytest.mark.parametrize(("answer", "state"), [("550 unknown", "failed"), ("451 later", "waiting")])
def test_a_refusal_is_final_or_not_as_the_server_says_and_names_nobody(
    app: Flask, sink: Sink, answer: str, state: str
) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {"email": "a@example.org"})
    crowd.move()
    sink.answer = f"{answer} a@example.org"
    assert a_courier(app, sink).tick() == 1
    assert stands(app) == [(state, answer[:3])]
    assert sink.mails == []


def test_a_server_that_is_away_is_tried_again(app: Flask) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {"email": "a@example.org"})
    crowd.move()
    with Sink() as closed:
        courier = a_courier(app, closed)
    courier.tick()
    assert stands(app) == [("waiting", "ConnectionRefusedError")]


def test_an_address_that_is_none_fails_for_good(app: Flask, sink: Sink) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {"email": "a@example.org"})
    with crowd.db.write() as tx:
        tx.execute(tables.attendee.update().values(email="a@example.org\nBcc: x@example.org"))
    crowd.move()
    a_courier(app, sink).tick()
    assert stands(app) == [("failed", "no-address")]
    assert sink.mails == []


def test_a_password_is_not_sent_in_the_clear(sink: Sink) -> None:
    letter = mail.written(("T", "B"), sender="a@example.org", to="b@example.org", language="",
                          key="k", at=0)  # fmt: skip
    address = sink.url.replace("//", "//user:secret@")
    assert mail.send(address, letter) == ("waiting", "SMTPNotSupportedError")
    assert sink.mails == []
