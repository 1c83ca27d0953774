"""The page that checks certificates, in Chromium: genuine or not, and what it cannot say."""

from collections.abc import Callable
from datetime import date
from os import environ
from pathlib import Path
from typing import Any

import pytest
from axe import serious
from entrance import Server
from flask import Flask
from flask.testing import FlaskClient
from gates import AT, a_gate, scanned
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import update

from badges.code import Medium
from event import tables
from event.agenda.rows import load
from event.door.certificates import certificate_of
from event.people.attendees import add
from event.people.badge_keys import revoke_badge_key
from event.people.codes import signer_of
from event.people.model import Attendee

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def code(app: Flask, client: FlaskClient) -> str:
    """Return the code of a certificate of somebody who came to the main door and a session."""
    assert client.application is app
    keys = app.extensions["eventday"].settings.home / "keys"
    person = Attendee(id=0, guid="", given_name="Zofia", surname="Łoś-李", language="en")
    with app.extensions["eventday"].db.write() as tx:
        made, signer = add(tx, person, at=AT), signer_of(tx, keys, at=AT)
        for number, (gate, session) in enumerate((("main", None), ("room", 1)), start=1):
            a_gate(tx, gate, session_id=session)
            scanned(tx, number, signer.code(made, Medium.PAPER), gate=gate)
        agenda = load(tx, public=True)
        return certificate_of(tx, agenda, made.id, signer, on=date(2025, 6, 4))[1]


@pytest.fixture
def page(a_page: Callable[..., Page], camera: Browser) -> Page:
    return a_page(camera, viewport={"width": 360, "height": 740})


def verdict(page: Page, words: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(words)


def test_a_genuine_one_is_read_out_and_its_name_never_sent(
    page: Page, server: Server, code: str
) -> None:
    sent: list[Any] = []
    page.on("request", lambda request: sent.append((request.url, request.post_data)))
    page.goto(f"http://127.0.0.1:{server.port}/verify#{code}")
    verdict(page, "This certificate is genuine")
    for words in ("Zofia Łoś-李", "Demo event", "3 June 2025", "1 · 45 min", "Session 1"):
        expect(page.locator("#verdict")).to_contain_text(words)
    assert not any(code in str(one) for one in sent if "/verify#" not in one[0])
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    if folder := environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / "verify.png", full_page=True)


def test_what_is_forged_of_another_event_or_no_code_is_said(
    app: Flask, page: Page, server: Server, code: str
) -> None:
    page.goto(f"http://127.0.0.1:{server.port}/verify")
    expect(page.locator("#verdict")).to_be_hidden()
    assert serious(page) == []
    forged = code[:30] + ("A" if code[30] != "A" else "B") + code[31:]
    for text, words in (
        (f"https://example.org/verify#{code}", "This certificate is genuine"),
        (forged, "This certificate is not genuine"),
        (code[:-1], "This is no code of a certificate"),
        (code.lower(), "This certificate is genuine"),
        ("hello", "This is no code of a certificate"),
    ):
        page.get_by_label("Code or link").fill(text)
        page.get_by_role("button", name="Check").click()
        verdict(page, words)
        if "not genuine" in words:
            expect(page.locator("#verdict")).not_to_contain_text("Zofia")
            assert serious(page) == []
            if folder := environ.get("SHOTS"):
                page.screenshot(path=Path(folder) / "forged.png", full_page=True)
    with app.extensions["eventday"].db.write() as tx:
        keys = app.extensions["eventday"].settings.home / "keys"
        revoke_badge_key(tx, keys, 0, at=AT)
    page.get_by_label("Code or link").fill(code)
    page.get_by_role("button", name="Check").click()
    verdict(page, "This certificate is no longer valid")
    with app.extensions["eventday"].db.write() as tx:
        other = "0b8f3c1e-6f0e-4f6a-9d0b-6b9f4d1c2a99"
        tx.execute(update(tables.event).values(uuid=other))
    page.get_by_role("button", name="Check").click()
    verdict(page, "This certificate is not genuine")


def test_without_a_network_it_says_that_it_cannot_say(
    page: Page, server: Server, code: str
) -> None:
    page.goto(f"http://127.0.0.1:{server.port}/verify")
    page.route("**/v1/certificates/keys", lambda route: route.abort())
    page.get_by_label("Code or link").fill(code)
    page.get_by_role("button", name="Check").click()
    verdict(page, "No connection")
    expect(page.locator("#verdict")).to_contain_text("says nothing about the certificate")


def test_what_was_said_of_one_code_is_never_said_of_the_next(
    page: Page, server: Server, code: str
) -> None:
    page.goto(f"http://127.0.0.1:{server.port}/verify#{code}")
    verdict(page, "This certificate is genuine")
    held: list[Route] = []

    def answered(route: Route) -> None:
        route.continue_() if held else held.append(route)

    page.route("**/v1/certificates/keys", answered)
    check(page, code[:-1])
    expect(page.locator("#verdict")).to_be_hidden()
    check(page, code)
    verdict(page, "This certificate is genuine")
    held[0].continue_()
    page.evaluate("fetch('v1/certificates/keys').then(() => new Promise(requestAnimationFrame))")
    verdict(page, "This certificate is genuine")


def test_a_browser_that_cannot_unpack_it_says_so(page: Page, server: Server, code: str) -> None:
    page.add_init_script("delete globalThis.DecompressionStream")
    page.goto(f"http://127.0.0.1:{server.port}/verify#{code}")
    verdict(page, "This browser cannot check it")


def check(page: Page, text: str) -> None:
    page.get_by_label("Code or link").fill(text)
    page.get_by_role("button", name="Check").click()


def test_it_speaks_polish(
    a_page: Callable[..., Page], camera: Browser, server: Server, code: str
) -> None:
    page = a_page(camera, locale="pl-PL", color_scheme="dark")
    page.goto(f"http://127.0.0.1:{server.port}/verify#{code}")
    verdict(page, "To zaświadczenie jest prawdziwe")
    expect(page.locator("#verdict")).to_contain_text("3 czerwca 2025")
    assert page.evaluate("document.documentElement.lang") == "pl"
    assert serious(page) == []
