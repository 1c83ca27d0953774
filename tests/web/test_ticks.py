"""Ticks typed in from paper, in Chromium: stored once, whatever the network does."""

from collections.abc import Callable
from os import environ
from pathlib import Path

import pytest
from entrance import Entrance, Server
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from event.tables import scan

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def page(a_page: Callable[..., Page], camera: Browser, server: Server, entrance: Entrance) -> Page:
    """Return the page on a laptop that a code of the help desk has opened."""
    made = a_page(camera, viewport={"width": 900, "height": 800})
    made.goto(f"http://127.0.0.1:{server.port}/ticks#{entrance.desk_code}")
    made.get_by_role("button", name="Use this device").click()
    expect(made.get_by_label("List of")).to_have_value("main")
    return made


def types(page: Page, code: str) -> None:
    page.get_by_label("Code of a ticked row").fill(code)
    page.keyboard.press("Enter")


def sums(page: Page, new: int, known: int, waiting: int) -> None:
    expect(page.locator("#sums")).to_have_text(
        f"New: {new} · known already: {known} · waiting for a network: {waiting}"
    )


def ticked(app: Flask) -> list[tuple[str, int]]:
    with app.extensions["eventday"].db.read() as db:
        return [tuple(row) for row in db.execute(select(scan.c.via, scan.c.gate_id))]


def test_what_is_typed_is_stored_once_and_what_names_nobody_is_told(
    page: Page, app: Flask, entrance: Entrance
) -> None:
    assert entrance.desk_code not in page.url
    assert page.get_by_label("List of").locator("option").all_inner_texts() == ["Main door", "Hall"]
    assert page.get_by_label("Day").locator("option").all_inner_texts() == ["Tue 3 June"]
    code = entrance.short["Zofia"]
    types(page, code.lower())
    sums(page, 1, 0, 0)
    types(page, f"{code[:4]} {code[4:]}")
    sums(page, 1, 1, 0)
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    types(page, wrong)
    expect(page.locator("#said")).to_contain_text("a character is wrong")
    types(page, "00000000")
    expect(page.locator("#said")).to_contain_text("names nobody")
    assert ticked(app) == [("paper", 1)]
    if folder := environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / "ticks.png")


def test_nothing_is_cut_on_a_narrow_phone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for name in ("List of", "Day"):
        field = page.get_by_label(name)
        box = field.bounding_box()
        assert box is not None
        field.evaluate("(field) => (field.style.width = 'max-content')")
        wanted = field.bounding_box()
        assert wanted is not None
        assert wanted["width"] <= box["width"]


def test_without_a_network_everything_waits_also_over_a_reload(
    page: Page, app: Flask, server: Server, entrance: Entrance
) -> None:
    server.stop()
    for name in ("Zofia", "Jan"):
        types(page, entrance.short[name])
    sums(page, 0, 0, 2)
    expect(page.locator("#said")).to_contain_text("No connection")
    server.start()
    page.reload()
    sums(page, 2, 0, 0)
    assert len(ticked(app)) == 2


def test_a_code_for_a_gate_is_refused(page: Page, entrance: Entrance) -> None:
    page.evaluate("localStorage.clear()")
    page.goto("about:blank")
    page.go_back()
    page.reload()
    for code, advice in (
        (entrance.desk_code, "cannot be used any more"),
        (entrance.gate_code, "--role helpdesk"),
    ):
        page.get_by_label("Code for this device").fill(code)
        page.get_by_role("button", name="Use this device").click()
        expect(page.get_by_role("alert")).to_contain_text(advice)
