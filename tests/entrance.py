"""An entrance for tests in a browser: gates, badges, a server that can go away, and a camera."""

import threading
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import qrcode
from builders import OPENING
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, expect
from werkzeug.serving import BaseWSGIServer, make_server

from badges.code import Medium
from badges.short import short_code
from event.door.decide import PRACTISED, Policy
from event.door.gates import set_gate
from event.keys import key_in
from event.people.attendees import add
from event.people.codes import event_uuid, signer_of
from event.people.enrolment import invite
from event.people.holders import new_holders
from event.people.model import Attendee, Status
from event.times import to_seconds
from sync.shift import shift_text

AT = to_seconds(OPENING)
TYPE = """(text) => {
  for (const key of [...text, "Enter"]) {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    if (!document.activeElement.dispatchEvent(event)) continue;
    if (key === "Enter") document.activeElement.form?.requestSubmit();
    else document.execCommand("insertText", false, key);
  }
}"""
PEOPLE = (
    Attendee(0, "", given_name="Zofia", surname="Wiśniewska", organisation="Klaster Wodorowy"),
    Attendee(0, "", given_name="Jan", surname="Żak", category="speaker", look_at_id=True),
    Attendee(0, "", given_name="Ada", surname="Łoś", note="Ask for the key"),
    Attendee(0, "", given_name="Ewa", surname="Nowak", status=Status.CANCELLED),
)


@dataclass(frozen=True, slots=True)
class Entrance:
    """A door with a hall behind it, codes to enrol with, and badges by first name.

    `shift_code` enrols until half an hour after the opening, and `lead` goes on for an hour.
    `cards` are for practice, by verdict.
    """

    gate_code: str
    shift_code: str
    desk_code: str
    lead: str
    cards: dict[str, str]
    badges: dict[str, str]
    short: dict[str, str]
    blank: str


def an_entrance(app: Flask, home: Path) -> Entrance:
    with app.extensions["eventday"].db.write() as db:
        set_gate(db, "main", {"name": {"en": "Main door", "pl": "Wejście główne"}})
        set_gate(db, "try", {"name": {"en": "Try it"}, "policy": Policy.PRACTICE, "position": 2})
        hall = {"name": {"en": "Hall"}, "policy": Policy.IN_AND_OUT, "position": 1}
        set_gate(db, "hall", hall)
        signer = signer_of(db, home / "keys", at=AT)
        guids = (f"0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2b{number:02x}" for number in range(len(PEOPLE)))
        made = [
            add(db, replace(person, guid=guid), at=AT)
            for person, guid in zip(PEOPLE, guids, strict=True)
        ]
        door: dict[str, Any] = {"role": "gate", "gates": ["main", "hall", "try"], "at": AT}
        key = key_in(home / "keys", "door.pem")
        return Entrance(
            gate_code=invite(db, label="A", **door).secret,
            shift_code=invite(db, label="B", shift_ends_at=AT + 1800, **door).secret,
            lead=shift_text(key, str(event_uuid(db)), "gate", AT + 3600),
            cards={said: signer.practice(number) for number, said in enumerate(PRACTISED)},
            desk_code=invite(db, role="helpdesk", label="Desk", at=AT).secret,
            badges={person.given_name: signer.code(person, Medium.PAPER) for person in made},
            short={person.given_name: short_code(person.holder) for person in made},
            blank=signer.blank(new_holders(db, [None], at=AT)[0]),
        )


@dataclass(slots=True)
class Server:
    """The application on a port of its own, which can go away and come back."""

    app: Flask
    port: int = 0
    _running: tuple[BaseWSGIServer, threading.Thread] | None = None

    def start(self) -> None:
        server = make_server("127.0.0.1", self.port, self.app, threaded=True)
        self.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        self._running = server, thread

    def stop(self) -> None:
        if self._running:
            server, thread = self._running
            server.shutdown()
            thread.join()
            server.server_close()
            self._running = None


def shoot(film: Path, text: str) -> None:
    """Make a film of somebody holding a badge into the camera, or of nobody."""
    frame = Image.new("RGB", (640, 480), "#808890")
    if text:
        code = qrcode.QRCode(box_size=6, border=4)
        code.add_data(text)
        badge = code.make_image().get_image().convert("RGB")
        frame.paste(badge, ((640 - badge.width) // 2, (480 - badge.height) // 2))
    picture = BytesIO()
    frame.save(picture, "JPEG", quality=90)
    film.write_bytes(picture.getvalue() * 10)


def reads(page: Page, text: str) -> None:
    """Read a badge with a scanner that is a keyboard, and quicker than a busy machine's.

    What has the focus gets what it types, as from any keyboard.
    """
    page.evaluate(TYPE, text)


def verdict(page: Page, look: str) -> None:
    """Wait for a verdict's look."""
    expect(page.locator("#verdict")).to_have_attribute("data-look", look)
