"""Ada's strings, and where they must never be: public answers, files, exports, logs, addresses."""

import gzip
import json
import logging
import re
from pathlib import Path
from typing import Any

import brotli
import pytest
import zstandard
from builders import a_session, an_agenda, publish_agenda
from canaries import ADA, AT, found_in, known_everywhere
from flask import Flask
from sqlalchemy import insert

from api.commands.agenda import EXPORTS
from api.worker import Worker
from event import tables
from event.agenda.rows import load
from event.database import Database
from event.formats.files import write_file
from event.people.model import Attendee
from sync.mirror import mirror

_UNPACK = {
    ".gz": gzip.decompress,
    ".br": brotli.decompress,
    ".zst": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}
_ENCODED = {"gzip": ".gz", "br": ".br", "zstd": ".zst"}


@pytest.fixture
def ada(app: Flask) -> Attendee:
    """Return Ada, who is everywhere, of an event that was published again since."""
    service = app.extensions["eventday"]
    ada, _ = known_everywhere(service.db)
    publish_agenda(service.db, an_agenda(3, sessions=tuple(map(a_session, range(1, 4)))))
    service.publications.forget()
    Worker(service).tick()
    service.publications.forget()
    return ada


def plain(name: str, content: bytes) -> bytes:
    """Return a file and, where it is packed, what is in it."""
    unpack = _UNPACK.get(Path(name).suffix)
    return content + (unpack(content) if unpack else b"")


def test_no_public_answer_holds_a_string_of_an_attendee(
    app: Flask, ada: Attendee, tokens: dict[str, Any]
) -> None:
    client, asked = app.test_client(), 0
    app.extensions["eventday"].live.close()  # a stream would go on for ever
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()):
            continue
        url = re.sub(r"<[^>]+>", "1", rule.rule)
        for query in ("?q=kanarek", "?lang=*"):
            with client.get(url + query) as answer:
                packed = _ENCODED.get(answer.headers.get("Content-Encoding", ""), "")
                said = plain(packed, answer.data) + str(answer.headers).encode()
                asked += answer.status_code == 200
            assert not found_in(said, ada.guid), url
    assert asked > 20
    found = client.post("/v1/attendees/search", json={"q": "kanarek"}, headers=tokens["helpdesk"])
    assert found_in(found.data)


def test_no_file_of_the_feed_or_mirror_holds_one(app: Flask, ada: Attendee, tmp_path: Path) -> None:
    service = app.extensions["eventday"]
    mirror(service.db, service.signer, tmp_path / "mirror")
    files = [path for path in (tmp_path / "mirror").rglob("*") if path.is_file()]
    assert any(path.name.startswith("snapshot-") for path in files)
    for path in files:
        assert not found_in(plain(path.name, path.read_bytes()), ada.guid), path
    with service.db.read() as tx:
        for row in tx.execute(tables.feed_file.select()):
            assert not found_in(plain(row.name, bytes(row.content)), ada.guid), row.name


def test_no_export_of_the_agenda_holds_one(db: Database) -> None:
    ada, _ = known_everywhere(db)
    with db.read() as tx:
        agendas = [load(tx, public=public) for public in (True, False)]
    for name in EXPORTS:
        for agenda in agendas:
            data = write_file(name, agenda, version="1", language=None, cancelled="keep")
            assert not found_in(data, ada.guid), name


def test_no_log_and_no_address_holds_one(
    app: Flask, ada: Attendee, tokens: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    app.testing = False
    client, desk = app.test_client(), tokens["helpdesk"]
    body = {
        "given_name": "Ådelaïde",
        "surname": "Łoś-Kanarek",
        "email": ADA.email,
        "note": "canarynote",
    }
    made = client.post("/v1/attendees", json=body | {"external_id": "e2"}, headers=desk)
    assert made.status_code == 201
    for answer in (
        made,
        client.post("/v1/attendees/search", json={"q": "Kanarek"}, headers=desk),
        client.post("/v1/attendees", json=body | {"external_id": "ext-canary"}, headers=desk),
        client.post("/v1/attendees", json=body | {"days": "canarynote"}, headers=desk),
        client.post("/v1/attendees", json=body, headers=tokens["gate"]),
        client.post("/v1/attendees", data=json.dumps(body)[:-1], headers=desk),
        client.get(f"/v1/attendees/{ada.id}", headers=desk),
        client.get(f"/v1/attendees/{ada.id}/badge.pdf", headers=desk),
    ):
        assert answer.status_code < 500
        assert not found_in(str(answer.headers).encode()), answer.request.path
    assert not found_in(caplog.text.encode())


def test_not_even_when_the_database_refuses_a_row(
    app: Flask, ada: Attendee, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        row = {"guid": ada.guid, "external_id": ADA.external_id, "given_name": ADA.given_name,
               "surname": ADA.surname, "registered_at": AT, "changed_at": AT}  # fmt: skip
        with app.extensions["eventday"].db.write() as tx:
            tx.execute(insert(tables.attendee), row)
        return ""

    app.add_url_rule("/broken", view_func=broken)
    app.testing = False
    assert app.test_client().get("/broken").status_code == 500
    assert "unexpected IntegrityError at broken" in caplog.text
    assert "in broken" in caplog.text
    assert not found_in(caplog.text.encode(), ada.guid)
