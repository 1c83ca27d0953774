"""What goes wrong with a phone at the door: camera, clock, memory, a second tab, a new version."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from entrance import Entrance, Server, reads, verdict
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from promises import wait_until
from sqlalchemy import select

from api.routes import pages
from event import tables

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
MINUTE = 60
NO_CAMERA = """
navigator.mediaDevices.getUserMedia = () =>
  globalThis.allowed ? allowed() : Promise.reject(new DOMException("", "{name}"));
"""
A_CLOCK = """
const now = Date.now;
Date.now = () => now() + Number(sessionStorage.getItem("wrong") ?? 0);
"""
ASLEEP = """(woken) => {
  for (const hidden of [true, false]) {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
    sessionStorage.setItem("wrong", woken);
  }
}"""
A_FULL_DISK = """
const put = IDBObjectStore.prototype.put;
IDBObjectStore.prototype.put = function (...row) {
  const request = put.apply(this, row);
  if (globalThis.full) this.transaction.abort();
  return request;
};
"""
CACHES = "caches.keys().then((names) => names.filter((name) => name.includes('/door@')).length)"

Enrol = Callable[..., Page]


def scans(app: Flask) -> list[tuple[str, str]]:
    with app.extensions["eventday"].db.read() as db:
        found = db.execute(select(tables.scan).order_by(tables.scan.c.id)).all()
    return [(scan.outcome, scan.reason) for scan in found]


def all_sent(page: Page) -> None:
    expect(page.locator("#status")).to_have_text("Live", timeout=20_000)


def test_within_a_minute_the_first_green_without_a_network(
    entrance: Entrance, enrol: Enrol, server: Server
) -> None:
    began = time.monotonic()
    page = enrol(entrance.gate_code, shows=entrance.badges["Zofia"], away=server.stop)
    verdict(page, "admitted")
    assert time.monotonic() - began < MINUTE
    expect(page.locator("#name")).to_have_text("Zofia Wiśniewska")
    expect(page.locator("#status")).to_contain_text("1 to send")


@pytest.mark.parametrize(
    ("name", "tested", "hint"),
    [
        ("NotAllowedError", "is not allowed. Allow it", "The camera is not allowed"),
        ("NotFoundError", "cannot be read here", "No camera: type"),
    ],
)
def test_without_a_camera_one_types(
    entrance: Entrance, enrol: Enrol, name: str, tested: str, hint: str
) -> None:
    page = enrol(entrance.gate_code, before=NO_CAMERA.replace("{name}", name))
    expect(page.locator("#hint")).to_contain_text(hint)
    page.get_by_role("button", name="Type").click()
    page.get_by_label("The 8 characters").fill(entrance.short["Zofia"])
    page.get_by_role("button", name="Check").click()
    verdict(page, "ask")
    expect(page.locator("#hint")).to_have_text("Paused: answer first")
    page.get_by_role("button", name="Yes, let in").click()
    verdict(page, "admitted")
    expect(page.locator("#hint")).to_contain_text(hint)
    page.locator("#menu").click()
    page.get_by_role("button", name="Self-test").click()
    expect(page.locator("#checks li").first).to_contain_text(tested)


def test_a_camera_that_was_taken_away_looks_again(entrance: Entrance, enrol: Enrol) -> None:
    page = enrol(entrance.gate_code)
    page.evaluate("""() => {
      const track = document.getElementById("video").srcObject.getTracks()[0];
      globalThis.before = track.id;
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }""")
    page.wait_for_function("""() => {
      const track = document.getElementById("video").srcObject?.getTracks()[0];
      return track?.readyState === "live" && track.id !== globalThis.before;
    }""")
    expect(page.locator("#hint")).to_have_text("")


def test_a_full_phone_lets_nobody_in_and_says_why(
    app: Flask, entrance: Entrance, enrol: Enrol
) -> None:
    page = enrol(entrance.gate_code, before=A_FULL_DISK)
    reads(page, entrance.badges["Ada"])
    verdict(page, "ask")
    page.evaluate("full = true")
    page.get_by_role("button", name="Yes, let in").click()
    expect(page.locator("#notice")).to_contain_text("The phone cannot store")
    verdict(page, "ask")
    page.evaluate("full = false")
    page.get_by_role("button", name="No", exact=True).click()
    verdict(page, "refused")
    expect(page.locator("#notice")).to_be_hidden()

    page.evaluate("full = true")
    reads(page, entrance.badges["Zofia"])
    verdict(page, "refused")
    expect(page.locator("#sentence")).to_contain_text("Nobody was counted")
    page.evaluate("full = false")
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    all_sent(page)
    assert scans(app) == [("ask", "note"), ("refused", ""), ("admitted", "")]


def test_a_code_is_not_used_up_by_a_phone_that_cannot_keep_what_comes_of_it(
    a_page: Callable[..., Page], entrance: Entrance, camera: Browser, server: Server
) -> None:
    page = a_page(camera)
    page.goto(f"http://127.0.0.1:{server.port}/door#{entrance.gate_code}")
    devtools = page.context.new_cdp_session(page)
    origin = {"origin": f"http://127.0.0.1:{server.port}"}
    expect(page.locator("#enrol-form")).to_be_visible()
    devtools.send("Storage.overrideQuotaForOrigin", origin | {"quotaSize": 1})
    page.locator("#enrol-form button").click()
    expect(page.locator("#enrol-trouble")).to_contain_text("cannot store anything")
    devtools.send("Storage.overrideQuotaForOrigin", origin)
    page.locator("#enrol-form button").click()
    expect(page.locator("#checks li")).to_have_count(5)


def test_a_login_page_finds_nobody_and_lets_nobody_in(entrance: Entrance, enrol: Enrol) -> None:
    page = enrol(entrance.desk_code)
    reads(page, entrance.badges["Ewa"])
    verdict(page, "refused")
    page.evaluate("""() => { globalThis.fetch = async () => new Response("<h1>Log in</h1>"); }""")
    page.get_by_role("button", name="Let in all the same").click()
    page.get_by_label("Why?").fill("The organiser knows")
    page.get_by_role("button", name="Let in", exact=True).click()
    expect(page.locator("#reason-form .warning")).to_contain_text("This needs a network")
    verdict(page, "refused")
    page.locator("#reason-dialog").get_by_role("button", name="Close").click()
    page.get_by_role("button", name="Search").click()
    page.get_by_label("A part of the name").fill("nowak")
    page.locator("#search-form").get_by_role("button", name="Search").click()
    expect(page.locator("#search-form .warning")).to_contain_text("This needs a network")


def test_two_tabs_are_one_scanner(app: Flask, entrance: Entrance, enrol: Enrol) -> None:
    page = enrol(entrance.gate_code)
    other = page.context.new_page()
    other.goto(page.url)
    expect(other.get_by_text("open in another tab")).to_be_visible()
    reads(other, entrance.badges["Zofia"])
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    all_sent(page)
    page.close()
    other.reload()
    reads_when_ready(other, entrance.badges["Ewa"])
    verdict(other, "refused")
    all_sent(other)
    assert scans(app) == [("admitted", ""), ("refused", "cancelled")]


def reads_when_ready(page: Page, text: str) -> None:
    expect(page.locator("#gate")).to_have_text("Main door")
    reads(page, text)


def test_a_clock_in_the_far_future_changes_nothing_now_or_later(
    entrance: Entrance, enrol: Enrol, server: Server
) -> None:
    page = enrol(entrance.gate_code, before=A_CLOCK)
    server.stop()
    set_clock = "(years) => sessionStorage.setItem('wrong', years * 31_557_600_000)"
    page.evaluate(set_clock, 75)
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    reads(page, entrance.badges["Zofia"])
    verdict(page, "repeat")
    page.reload()
    reads_when_ready(page, entrance.badges["Zofia"])
    verdict(page, "repeat")
    expect(page.locator("#notice")).to_contain_text("clock is wrong")
    expect(page.locator("#status")).to_contain_text("Offline\n")  # since when, nobody can know
    page.evaluate(set_clock, 0)
    page.reload()
    reads_when_ready(page, entrance.badges["Zofia"])
    verdict(page, "repeat")
    expect(page.locator("#notice")).to_be_hidden()


def test_a_phone_that_slept_asks_its_clock_and_one_in_sight_does_not(
    entrance: Entrance, enrol: Enrol, server: Server
) -> None:
    page = enrol(entrance.gate_code, before=A_CLOCK)
    server.stop()
    reads(page, entrance.badges["Zofia"])
    verdict(page, "admitted")
    page.evaluate("sessionStorage.setItem('wrong', 60_000)")
    reads(page, entrance.badges["Zofia"])
    verdict(page, "repeat")
    page.evaluate(ASLEEP, 120_000)
    reads(page, entrance.badges["Zofia"])
    expect(page.locator("#word")).to_have_text("Welcome back")


def test_no_page_runs_on_files_of_two_versions(
    app: Flask,
    entrance: Entrance,
    enrol: Enrol,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    web = tmp_path / "web"
    shutil.copytree(pages.WEB, web, ignore=shutil.ignore_patterns("node_modules"))
    (web / "node_modules").symlink_to(pages.WEB / "node_modules")
    monkeypatch.setattr(pages, "WEB", web)
    page = enrol(entrance.gate_code)
    words = web / "door" / "words.js"
    words.write_text(words.read_text().replace("The door", "The new door"))
    said = "fetch('web/door/words.js').then((answer) => answer.text())"

    page.reload()
    wait_until(page, f"{CACHES}.then((count) => count === 2)")
    assert page.title() == "The door"
    assert "The new door" not in page.evaluate(said)
    wait_until_whole(page)
    page.reload()
    expect(page).to_have_title("The new door")
    assert "The new door" in page.evaluate(said)

    files: Any = app.view_functions["pages.files"]

    def while_it_is_changed(page: str) -> object:
        answer = files(page)
        answer.set_data(answer.get_data(as_text=True).replace('"version":"', '"version":"0'))
        return answer

    monkeypatch.setitem(app.view_functions, "pages.files", while_it_is_changed)
    words.write_text(words.read_text().replace("The new door", "Half a door"))
    for _ in range(2):
        with page.expect_request(lambda request: request.url.endswith("/sentences.json")):
            page.reload()
    expect(page).to_have_title("The new door")


def wait_until_whole(page: Page) -> None:
    wait_until(
        page,
        """(async () => {
      for (const name of await caches.keys()) {
        const list = await (await caches.open(name)).match("web/door/files.json");
        if (name.includes("/door@") && !list) return false;
      }
      return true;
    })()""",
    )
