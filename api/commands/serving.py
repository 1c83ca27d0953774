"""Serving the API, and the demo event."""

import os
import ssl
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from api.clock import real_time
from api.commands.opened import BY, opened
from api.settings import Settings
from badges import qr
from event.agenda.importing import import_agenda
from event.agenda.rows import load
from event.database import Database
from event.door.decide import Policy
from event.door.gates import set_gate
from event.people.tokens import create_token
from event.times import to_seconds
from sync.publish import publish, read_clock

DEMO_CLOCK = "2025-06-03T08:30+02:00"
DEMO_GATES: dict[str, dict[str, Any]] = {
    "main": {"name": {"en": "Main door", "pl": "Wejście główne"}},
    "desk": {
        "name": {"en": "Badge desk", "pl": "Wydawanie identyfikatorów"},
        "policy": Policy.PICKUP,
    },
    "room-b": {
        "name": {"en": "Room B", "pl": "Sala B"},
        "policy": Policy.IN_AND_OUT,
        "session_id": 6,
    },
    "bus": {
        "name": {"en": "Buses to the dinner", "pl": "Autobusy na kolację"},
        "policy": Policy.ONCE,
        "session_id": 17,
        "departure": True,
    },
    "dinner": {
        "name": {"en": "Dinner", "pl": "Kolacja"},
        "policy": Policy.ONCE,
        "session_id": 18,
    },
    "practice": {"name": {"en": "Practice", "pl": "Ćwiczenia"}, "policy": Policy.PRACTICE},
}
"""One of each kind: a door, a desk, a room with few places, a bus, a meal, a place to practise."""
_PAGES = {"attendees": "app", "volunteers": "door", "organisers": "desk", "documentation": "docs"}

PEM = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option("--host", default="127.0.0.1", envvar="HOST", show_default=True)
@click.option(
    "--port", default=8000, envvar="PORT", show_default=True, type=click.IntRange(1, 65535)
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--certificate", type=PEM, help="Serve https with this certificate chain (PEM).")
@click.option("--key", type=PEM, help="The private key of the certificate (PEM).")
@click.option("--demo", is_flag=True, help="Serve the demo event on its own day.")
def serve(
    host: str, port: int, workers: int, certificate: Path | None, key: Path | None, *, demo: bool
) -> None:
    """Serve the API; several workers need PostgreSQL."""
    from api import server  # noqa: PLC0415  # other commands need no server

    tls = _https(certificate, key)
    if not server.is_free(host, port):
        raise click.ClickException(
            f"Port {port} is taken; choose another: PORT={port + 1} make run, or --port {port + 1}"
        )
    if demo:
        os.environ.setdefault("EVENTDAY_CLOCK", DEMO_CLOCK)
    with opened() as (settings, db, now):
        if workers > 1 and db.is_sqlite:
            raise click.ClickException("SQLite is served by one worker; use PostgreSQL for more.")
        token = prepare_demo(settings, db, now, server.EXAMPLE) if demo else None
        with db.read() as tx:
            load(tx, public=True)
    _announce(host, port, server.local_address, token, is_secure=tls is not None)
    server.serve(host, port, workers=workers, tls=tls)


def prepare_demo(
    settings: Settings, db: Database, now: Callable[[], datetime], example: Path
) -> Path:
    """Make the demo event in an empty home; return where its organiser token lies."""
    from event.formats.files import read_file  # noqa: PLC0415

    with db.read() as tx:
        is_new = read_clock(tx).seq == 0
    path = settings.home / "demo-organiser-token"
    if not is_new and not path.exists():
        raise click.ClickException(
            f"{settings.home} holds an event of its own; serve it with: eventday serve"
        )
    if is_new:
        path.unlink(missing_ok=True)
        with db.write() as tx:
            token = create_token(tx, role="organiser", label="demo", at=to_seconds(now()))
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token + "\n")
        click.echo(f"Creating the demo event from {example.name} …", err=True)
        imported = read_file(example)
        publish(
            db,
            lambda tx: import_agenda(tx, imported, at=now()),
            at=now(),
            by=BY,
            issued_at=real_time(),
        )
        with db.write() as tx:
            for position, (slug, values) in enumerate(DEMO_GATES.items()):
                set_gate(tx, slug, values | {"position": position})
    return path


def _https(certificate: Path | None, key: Path | None) -> tuple[Path, Path] | None:
    """Return what https is served with, if it is; fails for what is no pair."""
    if certificate is None or key is None:
        if certificate or key:
            raise click.UsageError("https needs both: --certificate FILE --key FILE")
        return None
    try:
        # An empty password: else it would be asked for, where perhaps nobody sits.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except OSError as error:
        raise click.ClickException(
            f"{certificate} and {key} are no certificate with its key, both PEM, the key without a "
            f"password: {error.strerror or error}"
        ) from None
    return certificate, key


def _announce(
    host: str,
    port: int,
    local_address: Callable[[], str],
    token: Path | None,
    *,
    is_secure: bool,
) -> None:
    everywhere = host in {"0.0.0.0", "::"}  # noqa: S104  # compared, not bound
    scheme, page = ("https", "app") if is_secure else ("http", "docs")
    address = f"{scheme}://{local_address() if everywhere else host}:{port}"
    for whom, name in _PAGES.items():
        click.echo(f"{whom:15} {address}/{name}")
    if token:
        click.echo(f"organiser token in {token}")
    if everywhere:
        click.echo(f"\nScan to open {address}/{page} on a phone in this network:\n")
        click.echo(qr.terminal(f"{address}/{page}"))
        if not is_secure:
            click.echo("On phones /app and /door need https: docs/deploy.md")
    sys.stdout.flush()


@click.command()
def openapi() -> None:
    """Print the OpenAPI document."""
    import json  # noqa: PLC0415
    import tempfile  # noqa: PLC0415

    from api.app import create_app  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        app = create_app(Settings(home=home, database=f"sqlite:///{home / 'eventday.db'}"))
        document = app.test_client().get("/openapi.json").get_json()
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))
