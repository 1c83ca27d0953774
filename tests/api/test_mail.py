"""A change becomes a mail at a real SMTP server, once, in the person's language."""

from collections.abc import Iterator

import pytest
from flask import Flask
from receivers import Sink, serving
from telling import a_courier, a_crowd, stands, worked

from api.deliver import mail
from event import tables
from event.told.queue import Outcome


@pytest.fixture
def sink() -> Iterator[Sink]:
    with serving(Sink()) as server:
        yield server


def test_a_move_is_one_mail_to_each_in_their_language(app: Flask, sink: Sink) -> None:
    people = ({"email": "a@example.org"}, {"email": "b@example.org", "language": "pl"})
    crowd = a_crowd(app.extensions["eventday"].db, *people)
    epoch, seq = crowd.move(en="The projector is broken.", pl="Zepsuł się rzutnik.")
    worked(a_courier(app, smtp=sink.url))
    assert a_courier(app, smtp=sink.url).tick() == 0
    assert stands(app) == [("mail", "sent", "")] * 2
    first, second = sorted(sink.mails, key=lambda one: str(one["To"]))
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
    worked(a_courier(app, smtp=sink.url))
    assert stands(app) == [("mail", state, answer[:3])]
    assert sink.mails == []


def test_a_server_that_is_away_is_tried_again(app: Flask) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {"email": "a@example.org"})
    crowd.move()
    with Sink() as closed:
        courier = a_courier(app, smtp=closed.url)
    worked(courier)
    assert stands(app) == [("mail", "waiting", "ConnectionRefusedError")]


def test_an_address_that_is_none_fails_for_good(app: Flask, sink: Sink) -> None:
    crowd = a_crowd(app.extensions["eventday"].db, {"email": "a@example.org"})
    with crowd.db.write() as tx:
        tx.execute(tables.attendee.update().values(email="a@example.org\nBcc: x@example.org"))
    crowd.move()
    worked(a_courier(app, smtp=sink.url))
    assert stands(app) == [("mail", "failed", "no-address")]
    assert sink.mails == []


def test_a_password_is_not_sent_in_the_clear(sink: Sink) -> None:
    letter = mail.written(("T", "B"), sender="a@example.org", to="b@example.org", language="",
                          key="k", at=0)  # fmt: skip
    address = sink.url.replace("//", "//user:secret@")
    assert mail.send(address, letter) == Outcome("waiting", "SMTPNotSupportedError")
    assert sink.mails == []
