"""The door's page in Chromium: from the link to the first green, and on without a network."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from entrance import AT, Entrance, Server, reads, shoot, verdict
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from event import tables
from event.people.enrolment import devices, revoke_device

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
WITHOUT_ED25519 = """
const importKey = crypto.subtle.importKey.bind(crypto.subtle);
crypto.subtle.importKey = (format, key, name, ...rest) =>
  name === "Ed25519" ? Promise.reject(new Error()) : importKey(format, key, name, ...rest);
"""

Enrol = Callable[..., Page]


def log(app: Flask) -> list[Any]:
    with app.extensions["eventday"].db.read() as db:
        return list(db.execute(select(tables.scan).order_by(tables.scan.c.id)))


def all_sent(page: Page) -> None:
    expect(page.locator("#status")).to_have_text("Live", timeout=20_000)


def test_from_the_link_to_the_first_green(
    app: Flask, entrance: Entrance, enrol: Enrol, server: Server
) -> None:
    page = enrol(entrance.gate_code, shows=entrance.badges["Zofia"])
    verdict(page, "admitted")
    expect(page.locator("#name")).to_have_text("Zofia Wiśniewska")
    expect(page.locator("#kind")).to_contain_text("Klaster Wodorowy")
    expect(page.locator("#sentence")).to_have_text("One person may go in.")
    assert page.url == f"http://127.0.0.1:{server.port}/door"
    all_sent(page)
    (scan,) = log(app)
    assert (scan.outcome, scan.reason, scan.holder is not None) == ("admitted", "", True)


def test_a_server_that_goes_away_stops_nobody(
    app: Flask, entrance: Entrance, enrol: Enrol, server: Server, film: Path
) -> None:
    page = enrol(entrance.gate_code)
    server.stop()
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    expect(page.locator("#name")).to_have_text("Zofia Wiśniewska")
    reads(page, entrance.badges["Ewa"])
    verdict(page, "refused")
    expect(page.locator("#status")).to_contain_text("2 to send")
    expect(page.locator("#status")).to_contain_text("Offline", timeout=10_000)

    shoot(film, entrance.badges["Ada"])
    page.reload()
    verdict(page, "ask")
    expect(page.locator("#note")).to_have_text("Ask for the key")
    page.get_by_role("button", name="No", exact=True).click()
    reads(page, entrance.badges["Zofia"])
    verdict(page, "repeat")
    expect(page.locator("#status")).to_contain_text("5 to send")

    server.start()
    all_sent(page)
    said = [(scan.outcome, scan.reason) for scan in log(app)]
    assert said == [
        ("admitted", ""),
        ("refused", "cancelled"),
        ("ask", "note"),
        ("refused", ""),
        ("admitted", "repeat"),
    ]
    with app.extensions["eventday"].db.read() as db:
        (passage,) = db.execute(select(tables.passage))
    assert (passage.entries, passage.inside) == (1, 1)


def test_a_question_is_answered_and_an_entry_taken_back(
    app: Flask, entrance: Entrance, enrol: Enrol
) -> None:
    page = enrol(entrance.gate_code)
    page.get_by_role("button", name="Type").click()
    page.get_by_label("The 8 characters").fill(entrance.short["Jan"].lower())
    page.get_by_role("button", name="Check").click()
    verdict(page, "ask")
    reads(page, entrance.badges["Zofia"])
    expect(page.locator("#sentence")).to_have_text("Look at an ID. Is it this person?")
    page.get_by_role("button", name="Yes, let in").click()
    verdict(page, "admitted")
    page.locator("#undo").click()
    expect(page.locator("#word")).to_have_text("Taken back")
    all_sent(page)
    assert [scan.kind for scan in log(app)] == ["scan", "answer", "undo"]
    with app.extensions["eventday"].db.read() as db:
        assert db.execute(select(tables.passage)).all() == []


def test_a_mistyped_code_is_corrected_where_it_stands(entrance: Entrance, enrol: Enrol) -> None:
    page = enrol(entrance.gate_code)
    right = entrance.short["Jan"]
    wrong = ("1" if right[0] != "1" else "2") + right[1:]
    page.get_by_role("button", name="Type").click()
    field = page.get_by_label("The 8 characters")
    for text in (wrong, right[:7]):
        field.fill(text)
        page.get_by_role("button", name="Check").click()
        message = field.evaluate("field => field.validationMessage")
        assert message == "No badge has this code: look at each character again."
    field.fill(f"{right[:4].lower()}-{right[4:]}")
    page.get_by_role("button", name="Check").click()
    verdict(page, "ask")


def test_nobody_is_let_in_unseen(entrance: Entrance, enrol: Enrol) -> None:
    page = enrol(entrance.desk_code)
    page.locator("#status").click()
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    expect(page.locator("#status-dialog")).to_be_hidden()
    reads(page, entrance.blank)
    page.get_by_role("button", name="Write a name").click()
    page.get_by_label("Surname").fill("Nowa")
    for text in (entrance.badges["Zofia"], entrance.lead):
        reads(page, text)
        expect(page.locator("#register-form .warning")).to_contain_text("Finish or close this")
        expect(page.get_by_label("Surname")).to_have_value("Nowa")
        expect(page.locator("#choices")).to_be_visible()
    page.get_by_role("button", name="Register and let in").click()
    expect(page.locator("#name")).to_have_text("Nowa")


def test_a_badge_is_read_into_no_field(entrance: Entrance, enrol: Enrol) -> None:
    page = enrol(entrance.desk_code)
    for button, label in (("Type", "The 8 characters"), ("Search", "A part of the name")):
        page.get_by_role("button", name=button).click()
        page.get_by_label(label).fill("nowa")
        reads(page, entrance.badges["Ewa"])
        verdict(page, "refused")
        expect(page.locator("#name")).to_have_text("Ewa Nowak")
        expect(page.locator("dialog[open]")).to_have_count(0)
    page.get_by_role("button", name="Let in all the same").click()
    page.get_by_label("Why?").fill("The organiser ")
    reads(page, entrance.badges["Zofia"])
    expect(page.get_by_role("alert")).to_contain_text("Finish or close this first")
    expect(page.get_by_label("Why?")).to_have_value("The organiser ")
    expect(page.locator("#name")).to_have_text("Ewa Nowak")
    page.keyboard.type("knows", delay=100)
    page.keyboard.press("Enter")
    verdict(page, "admitted")
    expect(page.locator("#name")).to_have_text("Ewa Nowak")


def test_a_hall_is_left_and_cleared(entrance: Entrance, enrol: Enrol) -> None:
    page = enrol(entrance.gate_code)
    page.locator("#gate").click()
    page.get_by_role("button", name="Hall").click()
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    page.get_by_role("button", name="Coming in").click()
    reads(page, entrance.badges["Zofia"])
    expect(page.locator("#word")).to_have_text("Goodbye")
    expect(page.locator("#sentence")).to_have_text("Counted as outside.")
    page.get_by_role("button", name="Going out").click()
    reads(page, entrance.badges["Zofia"])
    expect(page.locator("#word")).to_have_text("Come in")
    page.locator("#status").click()
    expect(page.locator("#facts")).to_contain_text("Inside this gate1")
    page.get_by_role("button", name="Close").click()

    page.locator("#menu").click()
    page.locator("#clear").focus()
    page.keyboard.down("Space")
    expect(page.locator("#cleared")).to_have_text("Done: everybody counts as outside.")
    page.keyboard.up("Space")
    page.get_by_role("button", name="Close").click()
    page.locator("#status").click()
    expect(page.locator("#facts")).to_contain_text("Inside this gate0")


def test_a_browser_without_ed25519_verifies_all_the_same(entrance: Entrance, enrol: Enrol) -> None:
    page = enrol(entrance.gate_code, before=WITHOUT_ED25519)
    expect(page.locator("#verdict")).to_have_attribute("data-look", "idle")
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    reads(page, entrance.badges["Zofia"][:-8] + "A" * 8)
    verdict(page, "refused")
    expect(page.locator("#sentence")).to_contain_text("not genuine")


def test_the_desk_writes_a_name_to_a_blank(app: Flask, entrance: Entrance, enrol: Enrol) -> None:
    page = enrol(entrance.desk_code)
    reads(page, entrance.blank)
    verdict(page, "ask")
    page.get_by_role("button", name="Write a name").click()
    for surname in (" ", "Nowa"):
        verdict(page, "ask")  # nobody is let in without a name
        page.get_by_label("Surname").fill(surname)
        page.get_by_role("button", name="Register and let in").click()
    verdict(page, "admitted")
    expect(page.locator("#name")).to_have_text("Nowa")
    all_sent(page)
    with app.extensions["eventday"].db.read() as db:
        names = db.execute(select(tables.attendee.c.surname)).scalars().all()
    assert "Nowa" in names


def test_the_desk_finds_a_name_and_lets_in_all_the_same(
    app: Flask, entrance: Entrance, enrol: Enrol
) -> None:
    page = enrol(entrance.desk_code)
    page.get_by_role("button", name="Search").click()
    page.get_by_label("A part of the name").fill("nowak")
    page.locator("#search-form").get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Ewa Nowak").click()
    verdict(page, "refused")
    expect(page.locator("#name")).to_have_text("Ewa Nowak")
    page.get_by_role("button", name="Let in all the same").click()
    for reason in (" ", "The organiser knows"):
        verdict(page, "refused")
        page.get_by_label("Why?").fill(reason)
        page.get_by_role("button", name="Let in", exact=True).click()
    verdict(page, "admitted")
    expect(page.locator("#name")).to_have_text("Ewa Nowak")
    assert [scan.reason for scan in log(app) if scan.outcome == "admitted"] == ["override"]
    page.locator("#undo").click()
    expect(page.locator("#word")).to_have_text("Taken back")
    all_sent(page)
    with app.extensions["eventday"].db.read() as db:
        assert db.execute(select(tables.passage)).all() == []


def test_a_device_that_was_withdrawn_forgets_the_door(
    app: Flask, entrance: Entrance, enrol: Enrol
) -> None:
    page = enrol(entrance.gate_code)
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    all_sent(page)
    with app.extensions["eventday"].db.write() as db:
        for device in devices(db):
            revoke_device(db, device.id, stolen=False, at=AT)
    expect(page.get_by_text("takes this phone no more")).to_be_visible()
    page.locator("#code").fill(entrance.desk_code)
    page.get_by_role("button", name="Use this phone").click()
    page.get_by_role("button", name="Start scanning").click()
    expect(page.locator("#gate")).to_have_text("Main door")
    reads(page, entrance.badges["Zofia"])
    verdict(page, "repeat")  # what was done here is known here


def test_nobody_is_shut_out_by_how_it_looks(entrance: Entrance, enrol: Enrol) -> None:
    assert AXE.is_file(), "Run: make web"
    page = enrol(entrance.desk_code)

    def look() -> None:
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run().then(({ violations }) => violations)")
        serious = [one for one in found if one["impact"] in {"serious", "critical"}]
        assert [(one["id"], one["nodes"][0]["html"]) for one in serious] == []

    for text, look_of in (
        (entrance.badges["Zofia"], "admitted"),
        (entrance.badges["Zofia"], "repeat"),
        (entrance.badges["Ewa"], "refused"),
        (entrance.badges["Ada"], "ask"),
    ):
        reads(page, text)
        verdict(page, look_of)
        look()
    for opener in ("#menu", "#gate", "#status"):
        page.locator(opener).click()
        look()
        page.keyboard.press("Escape")


def test_it_speaks_polish_and_fits_the_smallest_phone(entrance: Entrance, enrol: Enrol) -> None:
    page = enrol(entrance.desk_code)
    page.locator("#menu").click()
    page.get_by_role("button", name="Po polsku").click()
    expect(page.locator("#gate")).to_have_text("Wejście główne")
    page.set_viewport_size({"width": 320, "height": 568})
    reads(page, entrance.badges["Ada"])
    expect(page.get_by_role("button", name="Tak, wpuść")).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("Ada Łoś")).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("Ask for the key")).to_be_in_viewport(ratio=1)
    for button in page.get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_time_to_take_back_runs_from_the_scan_as_on_the_server(
    entrance: Entrance, enrol: Enrol, server: Server
) -> None:
    page = enrol(entrance.gate_code, at=AT)
    server.stop()
    page.get_by_role("button", name="Type").click()
    page.get_by_label("The 8 characters").fill(entrance.short["Jan"].lower())
    page.get_by_role("button", name="Check").click()
    verdict(page, "ask")
    page.clock.fast_forward("01:50")
    page.get_by_role("button", name="Yes, let in").click()
    verdict(page, "admitted")
    expect(page.locator("#undo")).to_be_enabled()
    page.clock.fast_forward("00:11")
    expect(page.locator("#undo")).to_be_disabled()


def test_a_green_is_gone_before_the_next_could_take_it_for_theirs(
    entrance: Entrance, enrol: Enrol
) -> None:
    page = enrol(entrance.gate_code, at=AT)
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    page.clock.fast_forward("00:09")
    verdict(page, "idle")
    expect(page.locator("#undo")).to_be_enabled()
    reads(page, entrance.badges["Ewa"])
    verdict(page, "refused")
    page.clock.fast_forward("00:59")
    verdict(page, "refused")
