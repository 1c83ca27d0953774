"""An attendee's phone for tests in a browser: whose it is, and what they may ask the server."""

from pathlib import Path

from builders import OPENING
from flask import Flask
from playwright.sync_api import Page, ViewportSize, expect

from api.app import service_of
from event.people.enrolment import enrol, new_link
from event.times import to_seconds

PHONE: ViewportSize = {"width": 390, "height": 844}
KEPT = """new Promise((kept) => {
  const worker = navigator.serviceWorker;
  worker.controller ? kept() : worker.addEventListener("controllerchange", kept);
})"""
"""Waits until the page works without a network."""


def becomes(app: Flask, page: Page, attendee_id: int) -> dict[str, str]:
    """Make the phone that shows the page an attendee's; return what it asks the server with."""
    at = to_seconds(OPENING)
    uuid = page.evaluate("localStorage.getItem('eventday:/device') ?? crypto.randomUUID()")
    with service_of(app).db.write() as db:
        _, token = enrol(db, new_link(db, attendee_id, at=at).secret, uuid=uuid, at=at)
    page.evaluate(
        "([uuid, token]) => (localStorage.setItem('eventday:/device', uuid), "
        "localStorage.setItem('eventday:/token', token))",
        [uuid, token],
    )
    page.reload()
    expect(page.locator("#status")).to_have_text("Up to date", timeout=20_000)
    return {"Authorization": f"Bearer {token}"}


def tab(page: Page, name: str) -> None:
    page.locator(f'nav a[href="#{name}"]').click()


def saved(page: Page, button: str) -> bytes:
    """Return the file that a button hands to the phone."""
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    return Path(download.value.path()).read_bytes()
