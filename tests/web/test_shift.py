"""A volunteer's shift in Chromium: the self-test, practice, its end, and what is told meanwhile."""

from collections.abc import Callable

import pytest
from entrance import AT, Entrance, Server, reads, verdict
from flask import Flask
from gates import scanned
from playwright.sync_api import Page, expect
from sqlalchemy import select

from badges.face import grouped
from event import tables

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]

Enrol = Callable[..., Page]


def test_the_self_test_tries_all_that_a_door_needs(entrance: Entrance, enrol: Enrol) -> None:
    page = enrol(entrance.gate_code)
    page.locator("#menu").click()
    page.get_by_role("button", name="Self-test").click()
    lines = page.locator("#checks li")
    expect(lines).to_have_count(5)
    for line, said in zip(
        lines.all(),
        (
            "✓Camera: works",
            "✓Clock: is right",
            "✓Keys and list of badges: 5 badges, 3 gates",
            "✓A test badge: is read and verified",
            # A browser without anybody's habits gives a page no lasting place.
            "?Memory and queue: may be cleared",
        ),
        strict=True,
    ):
        expect(line).to_contain_text(said)


def test_cards_show_their_verdicts_where_one_practises_and_open_no_gate(
    app: Flask, entrance: Entrance, enrol: Enrol
) -> None:
    page = enrol(entrance.gate_code)
    reads(page, entrance.cards["admitted"])
    verdict(page, "refused")
    expect(page.locator("#sentence")).to_contain_text("lets nobody in")
    page.locator("#menu").click()
    page.get_by_role("button", name="Practise: nothing counts").click()
    expect(page.locator("#notice")).to_have_text("Practice: nothing counts")
    for said, look in (
        ("admitted", "admitted"),
        ("admitted repeat", "repeat"),
        ("refused replaced", "refused"),
        ("ask look_at_id", "ask"),
    ):
        reads(page, entrance.cards[said])
        verdict(page, look)
    page.get_by_role("button", name="Yes, let in").click()
    verdict(page, "admitted")
    expect(page.locator("#status")).to_have_text("Live", timeout=20_000)
    with app.extensions["eventday"].db.read() as db:
        scans = db.execute(select(tables.scan)).all()
        assert len(scans) == 6
        assert {scan.holder for scan in scans} == {None}
        assert db.execute(select(tables.passage)).all() == []


def test_a_link_that_the_camera_sees_is_offered_and_can_be_left(
    entrance: Entrance, enrol: Enrol, server: Server
) -> None:
    page = enrol(entrance.gate_code)
    reads(page, f"http://127.0.0.1:{server.port}/door#{entrance.desk_code}")
    expect(page.locator("#code")).to_have_value(entrance.desk_code)
    page.get_by_role("button", name="Back to scanning").click()
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    reads(page, f"http://127.0.0.1:{server.port}/door#{entrance.desk_code}")
    page.get_by_role("button", name="Use this phone").click()
    page.get_by_role("button", name="Start scanning").click()
    expect(page.locator("#search")).to_be_visible()


def test_a_shift_ends_and_a_lead_lets_it_go_on_without_a_network(
    app: Flask, entrance: Entrance, enrol: Enrol, server: Server
) -> None:
    page = enrol(entrance.shift_code, at=AT)
    server.stop()
    page.clock.fast_forward("20:00")
    expect(page.locator("#notice")).to_contain_text("Your shift ends at")
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    page.clock.fast_forward("11:00")
    expect(page.locator("#notice")).to_contain_text("Your shift is over")
    reads(page, entrance.badges["Zofia"])
    verdict(page, "refused")
    expect(page.locator("#sentence")).to_contain_text("Your shift is over")

    reads(page, entrance.lead[:-4] + "AAAA")
    expect(page.locator("#sentence")).to_contain_text("extends no shift")
    reads(page, entrance.lead)
    expect(page.locator("#sentence")).to_contain_text("Your shift goes on until")
    reads(page, entrance.badges["Zofia"])
    expect(page.locator("#word")).to_have_text("Welcome back")

    page.clock.fast_forward("59:00")
    expect(page.get_by_text("Your shift is over").first).to_be_visible()
    expect(page.locator("#enrol-form")).to_be_visible()
    kept = page.evaluate(KEPT_HERE)
    assert kept["rows"] == 0
    assert kept["names"] == 0
    assert kept["items"] == 2
    page.reload()
    expect(page.locator("#enrol-form")).to_be_visible()
    server.start()
    for _ in range(20):
        page.clock.fast_forward("00:30")
        with app.extensions["eventday"].db.read() as db:
            if len(db.execute(select(tables.scan)).all()) == 2:
                return
        page.wait_for_timeout(200)
    pytest.fail("What waited was not sent.")


def test_both_doors_see_whom_both_let_in(
    app: Flask, entrance: Entrance, enrol: Enrol, server: Server
) -> None:
    page = enrol(entrance.gate_code)
    server.stop()
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    with app.extensions["eventday"].db.write() as db:
        scanned(db, 1, entrance.badges["Zofia"], device="another")
    server.start()
    expect(page.locator("#notice")).to_contain_text("at another door", timeout=20_000)
    page.locator("#status").click()
    expect(page.locator("#facts")).to_contain_text(grouped(entrance.short["Zofia"]))
    page.get_by_role("button", name="Close").click()
    expect(page.locator("#notice")).to_be_hidden()


KEPT_HERE = """async () => {
  const [{ name }] = await indexedDB.databases();
  const open = indexedDB.open(name);
  await new Promise((done) => (open.onsuccess = done));
  const tx = open.result.transaction(["rows", "facts", "items"]);
  const ask = (request) => new Promise((done) => (request.onsuccess = () => done(request.result)));
  const rows = await ask(tx.objectStore("rows").count());
  const items = await ask(tx.objectStore("items").count());
  const names = await ask(tx.objectStore("facts").get("names"));
  open.result.close();
  return { rows, items, names: Object.keys(names?.boxes ?? {}).length };
}"""
"""Returns how much of the door a phone keeps."""
