"""A real server on a real port: what the README says is what happens."""

import ctypes
import json
import os
import re
import signal
import ssl
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from builders import an_agenda, publish_agenda
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from processes import free_port, is_open, wait_for

from api.command import main
from event.database import Database

ROOT = Path(__file__).parents[2]
STAND_IN = ROOT / "tests" / "stand_in_curl.py"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path, str]]:
    """Yield port, folder and first words of a server of the demo event."""
    folder = tmp_path_factory.mktemp("demo")
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "EVENTDAY_HOME": str(folder / "var")}
    command = [sys.executable, "-m", "api.command", "serve", "--demo", "--port", str(port)]
    server = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    assert server.stdout is not None
    words = "".join(server.stdout.readline() for _ in range(5))
    wait_for(port, server)
    yield port, folder, words
    server.send_signal(signal.SIGTERM)
    server.wait(timeout=20)
    server.stdout.close()


def test_whoever_is_killed_outright_leaves_nobody_on_the_port(db: Database, tmp_path: Path) -> None:
    publish_agenda(db, an_agenda())
    port, workers = free_port(), "1" if db.is_sqlite else "2"
    environment = {
        "PATH": os.environ["PATH"],
        "EVENTDAY_HOME": str(tmp_path),
        "EVENTDAY_DATABASE": db.url.render_as_string(hide_password=False),
    }
    command = [sys.executable, "-m", "api.command", "serve", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--workers", workers],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as server:
        wait_for(port, server)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
                assert answer.status == 200
            server.kill()
            # Its output ends when the last process that writes there has ended.
            server.communicate(timeout=60)
            assert not is_open(port)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


def test_a_server_that_is_asked_for_nothing_holds_nothing_that_draws_or_imports() -> None:
    code = "import sys, api.app; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "flask" in loaded
    assert loaded.isdisjoint({"reportlab", "fontTools", "PIL", "qrcode", "openpyxl", "lxml"})


def test_a_signal_to_any_thread_stops_a_server(tmp_path: Path) -> None:
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "EVENTDAY_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "api.command", "serve", "--demo", "--port", str(port)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as server:
        wait_for(port, server)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz") as answer:
                assert answer.status == 200
            worker = int(Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text())
            threads = [int(one.name) for one in Path(f"/proc/{worker}/task").iterdir()]
            other = next(thread for thread in threads if thread != worker)
            ctypes.CDLL(None).tgkill(worker, other, int(signal.SIGTERM))
            # Without its only worker a server ends.
            server.wait(timeout=60)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


def test_it_says_where_it_is_and_where_the_token_lies(demo: tuple[int, Path, str]) -> None:
    port, folder, words = demo
    for page in ("app", "door", "desk", "docs"):
        assert f"http://127.0.0.1:{port}/{page}\n" in words
    path = folder / "var" / "demo-organiser-token"
    assert str(path) in words
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert re.fullmatch(r"evd_[\w-]{43}\n", path.read_text())
    assert stat.S_IMODE((folder / "var" / "keys" / "feed.pem").stat().st_mode) == 0o600


def test_the_story_of_the_readme_happens(demo: tuple[int, Path, str], tmp_path: Path) -> None:
    port, folder, _ = demo
    story = re.search(
        r"<!-- tested -->\n```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    assert story is not None
    script = story[1].replace(":8000", f":{port}").replace("var/", f"{folder}/var/")
    curl = tmp_path / "curl"
    curl.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')
    curl.chmod(0o755)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    found, rest = done.stdout.split("304\n")
    assert len(json.loads(found)["sessions"]) == 1
    edited, changes = re.findall(r"\{.*?\}(?=\{|$)", rest.strip(), re.DOTALL)
    assert json.loads(edited)["session"]["starts_at"] == "2025-06-03T09:15:00+02:00"
    assert json.loads(changes)["changes"][0]["reason"] == "Pociąg się spóźnia"


def test_the_demo_runs_on_its_own_day(demo: tuple[int, Path, str]) -> None:
    port, *_ = demo
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/bootstrap") as answer:
        assert json.load(answer)["server_time"].startswith("2025-06-03T08:3")


def test_the_documentation_needs_no_other_host(demo: tuple[int, Path, str]) -> None:
    port, *_ = demo
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/docs") as answer:
        page = answer.read().decode()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert addresses
    for address in addresses:
        assert not address.startswith(("http", "//"))
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{address}") as answer:
            assert answer.status == 200


def certificate_in(folder: Path) -> tuple[Path, Path]:
    """Write a certificate of this machine, signed by itself, and its key; return where they lie."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    here = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(
        made.add_extension(here, critical=False).sign(key, SHA256()).public_bytes(Encoding.PEM)
    )
    secret.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    return chain, secret


def test_it_serves_https_with_a_certificate_and_its_key(tmp_path: Path) -> None:
    chain, secret = certificate_in(tmp_path)
    port = free_port()
    environment = {"PATH": os.environ["PATH"], "EVENTDAY_HOME": str(tmp_path / "var")}
    command = [sys.executable, "-m", "api.command", "serve", "--demo", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--certificate", chain, "--key", secret],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        assert server.stdout.readline().split() == ["attendees", f"https://127.0.0.1:{port}/app"]
        wait_for(port, server)
        trusting = ssl.create_default_context(cafile=chain)
        with urllib.request.urlopen(f"https://127.0.0.1:{port}/app", context=trusting) as answer:
            assert answer.status == 200
        server.send_signal(signal.SIGTERM)
        server.wait(timeout=20)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--certificate", "chain.pem"), "--certificate FILE --key FILE"),
        (("--certificate", "chain.pem", "--key", "other/key.pem"), "no certificate with its key"),
        (("--certificate", "key.pem", "--key", "key.pem"), "no certificate with its key"),
    ],
)
def test_what_is_no_certificate_with_its_key_is_refused(
    tmp_path: Path, options: tuple[str, ...], said: str
) -> None:
    (tmp_path / "other").mkdir()
    for folder in (tmp_path, tmp_path / "other"):
        certificate_in(folder)
    words = ["serve", *(str(tmp_path / word) if ".pem" in word else word for word in options)]
    result = CliRunner().invoke(main, words, env={"EVENTDAY_HOME": str(tmp_path / "home")})
    assert result.exit_code != 0
    assert said in result.stderr
    assert not (tmp_path / "home").exists()
