"""The pages come with a policy that lets nothing of anybody else run."""

import re

import pytest
from flask.testing import FlaskClient

from api.routes.pages import OFFLINE, PAGES, SHARED, WEB
from event.door.sentences import sentences


def test_a_page_is_not_kept_and_runs_nothing_but_our_files(client: FlaskClient) -> None:
    answer = client.get("/link")
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    policy = dict(
        part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; ")
    )
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not {"script-src", "style-src", "connect-src"} & policy.keys()
    # What a page names is beside it: no script or style in the page, nothing of other hosts.
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|//", answer.text) == []
    for name in re.findall(r'(?:src|href)="(web/[^"]+)"', answer.text):
        with client.get(f"/{name}") as asset:
            assert asset.status_code == 200, name
            assert asset.headers["ETag"]


def test_the_bare_address_leads_to_the_attendees_page(client: FlaskClient) -> None:
    answer = client.get("/")
    # Relative: whoever serves us below a folder of theirs is led there too.
    assert (answer.status_code, answer.headers["Location"]) == (302, "app")


def test_the_door_may_also_run_webassembly_and_nothing_else(client: FlaskClient) -> None:
    answer = client.get("/door")
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert policy[0] == "script-src 'self' 'wasm-unsafe-eval'"
    assert "default-src 'self'" in policy
    assert re.findall(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|//", answer.text) == []


@pytest.mark.parametrize("page", OFFLINE)
def test_a_page_lists_all_that_it_needs_without_a_network(client: FlaskClient, page: str) -> None:
    listed = client.get(f"/web/{page}/files.json").get_json()
    assert re.fullmatch("[0-9a-f]{16}", listed["version"])
    for name in listed["files"]:
        with client.get(f"/{name}") as answer:
            assert answer.status_code == 200, name
    here = {f"web/{folder}/{path.name}" for folder in (page, SHARED)
            for path in (WEB / folder).iterdir()}  # fmt: skip
    assert here - set(listed["files"]) == {f"web/{page}/index.html", "web/shared/worker.js"}
    with client.get(f"/web/{page}/worker.js") as worker:
        assert worker.headers["Service-Worker-Allowed"] == f"../../{page}"


def test_the_doors_sentences_are_those_of_the_api(client: FlaskClient) -> None:
    with client.get("/web/shared/sentences.json") as answer:
        assert answer.get_json() == sentences()


def test_every_module_that_is_imported_is_there(client: FlaskClient) -> None:
    for path in (path for folder in (*PAGES, SHARED) for path in (WEB / folder).glob("*.js")):
        for name in re.findall(r'from "(\.[^"]+)"', path.read_text()):
            asked = (path.parent / name).resolve().relative_to(WEB)
            with client.get(f"/web/{asked}") as answer:
                assert answer.content_type == "text/javascript; charset=utf-8"


def test_nothing_else_is_given_out(client: FlaskClient) -> None:
    for address in (
        "/link/",
        "/link/index.html",
        "/web/",
        "/web/../pyproject.toml",
        "/web/link/x.js",
        "/web/package.json",
        "/web/node_modules/axe-core/axe.js",
    ):
        assert client.get(address).status_code == 404
