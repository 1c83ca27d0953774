"""Debian's nginx with deploy/nginx.conf, a mirrored folder, and no API: a phone still follows."""

import gzip
import http.client
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from builders import OPENING, an_agenda, publish_agenda
from flask import Flask

from sync.mirror import mirror
from sync.phone import Phone
from sync.signing import Signer
from sync.transport import Http, boot_of, since_boot
from sync.upkeep import renew_snapshot, tend

pytestmark = pytest.mark.nginx

CONFIGURATION = Path(__file__).parents[2] / "deploy" / "nginx.conf"
FOLDER = "/v1/sync/public"


@contextmanager
def nginx(prefix: Path) -> Iterator[int]:
    """Serve a prefix with the committed configuration, on a port of its own."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
    assert program, "install Debian's nginx-light: apt-get install nginx-light"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration = prefix / "nginx.conf"
    # Only where it listens, and which API is not there, differ from what is committed.
    text = CONFIGURATION.read_text().replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    configuration.write_text(text.replace("127.0.0.1:8000", "127.0.0.1:1"))
    (prefix / "tmp").mkdir()
    options = ["-p", prefix, "-c", configuration, "-g", f"daemon off; user {_me()};"]
    process = subprocess.Popen([program, *options], stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 20
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, (prefix / "error.log").read_text()
                assert time.monotonic() < until
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _me() -> str:
    return subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()


def get(port: int, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", path, headers=named)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, {k.lower(): v for k, v in answer.getheaders()}, body


@pytest.fixture
def service(app: Flask) -> Any:
    service = app.extensions["eventday"]
    publish_agenda(service.db, an_agenda(5))
    tend(service.db, issued_at=OPENING)
    service.publications.forget()
    return service


def sessions(phone: Phone) -> int:
    return sum(key[0] == "session" for key in phone.rows)


def test_a_phone_follows_a_mirror_while_the_api_is_away(service: Any, tmp_path: Path) -> None:
    signer, folder = Signer(tmp_path), tmp_path / "mirror"
    mirror(service.db, signer, folder)
    with nginx(tmp_path) as port:
        assert get(port, "/v1/agenda")[0] == 502
        transport = Http(f"http://127.0.0.1:{port}/v1/")
        phone = Phone(tmp_path / "phone", transport, boot=boot_of(), monotonic=since_boot)
        phone.pin(service.publications.edition().agenda.event.uuid, service.head().key)
        assert (phone.sync().outcome, sessions(phone)) == ("snapshot", 5)
        assert phone.sync().outcome == "unchanged"
        publish_agenda(service.db, an_agenda(9))
        mirror(service.db, signer, folder)
        assert (phone.sync().outcome, sessions(phone)) == ("updated", 9)
        held = [*phone.folder.glob("snapshot-*")]
        renew_snapshot(service.db, OPENING)
        mirror(service.db, signer, folder)
        assert phone.sync().outcome == "unchanged"
        assert [*phone.folder.glob("snapshot-*")] == held


def test_nginx_and_the_api_give_the_same_bytes_and_headers(
    app: Flask, service: Any, tmp_path: Path
) -> None:
    publish_agenda(service.db, an_agenda(9))
    tend(service.db, issued_at=OPENING)
    service.publications.forget()
    written = mirror(service.db, Signer(tmp_path), tmp_path / "mirror")
    client = app.test_client()
    compared = []
    with nginx(tmp_path) as port:
        for name in written:
            if name.endswith(".br"):
                continue
            ours = client.get(f"{FOLDER}/{name}")
            status, headers, body = get(port, f"{FOLDER}/{name}")
            assert (status, body) == (ours.status_code, ours.data), name
            assert headers["cache-control"] == ours.headers["Cache-Control"], name
            assert headers["content-type"] == ours.content_type, name
            assert headers["access-control-allow-origin"] == "*"
            compared.append(name)
        for name in [n for n in written if n.endswith((".db", ".json"))]:
            ours = client.get(f"{FOLDER}/{name}", headers={"Accept-Encoding": "gzip"})
            _, headers, body = get(port, f"{FOLDER}/{name}", Accept_Encoding="gzip")
            assert (headers["content-encoding"], body) == ("gzip", ours.data), name
            compared.append(name)
        _, headers, body = get(port, f"{FOLDER}/head", Accept_Encoding="gzip")
        assert gzip.decompress(body) == client.get(f"{FOLDER}/head").data
        assert get(port, f"{FOLDER}/head", If_None_Match=headers["etag"])[0] == 304
        (packed,) = [name for name in written if name.endswith(".gz")][-1:]
        status, headers, body = get(port, f"{FOLDER}/{packed}", Range="bytes=100-199")
        assert (status, len(body)) == (206, 100)
        for hidden in (".lock", "..%2fnginx.conf", "nothing"):
            assert get(port, f"{FOLDER}/{hidden}")[0] in {400, 404, 502}
    assert len(compared) >= 6
