"""The command line: `eventday`."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, select
from sqlalchemy.exc import ArgumentError, DBAPIError

from api.clock import clock_of
from api.settings import Settings, from_environment
from badges import qr
from event import tables
from event.agenda.differences import Difference, differences
from event.agenda.importing import import_agenda, merged, present
from event.agenda.model import Agenda
from event.agenda.rows import load
from event.database import Database, migrate
from event.errors import Conflict, EventdayError
from event.formats.imported import Cancelled, Imported
from event.people.tokens import ROLES, create_token, revoke_token
from event.times import from_seconds
from sync.publish import publish, read_clock

BY = "organiser/command line"
DEMO_CLOCK = "2025-06-03T08:30+02:00"

SOMETHING_LOST, NOT_APPLIED = 3, 4
"""Exit codes of `import`, beside 0 and 1 for an error."""


class Group(click.Group):
    """Says a refusal in one sentence instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except EventdayError as error:
            raise click.ClickException(error.detail) from None
        except DBAPIError as error:
            what = " ".join(str(error.orig).split())
            raise click.ClickException(f"EVENTDAY_DATABASE cannot be used: {what}.") from None


@click.group(cls=Group)
@click.version_option(package_name="eventday")
def main() -> None:
    """Run eventday: agenda, badges, door and last-minute changes of one event.

    Settings are environment variables: EVENTDAY_HOME (default var), EVENTDAY_DATABASE,
    EVENTDAY_CLOCK.
    """


@contextmanager
def _open() -> Iterator[tuple[Settings, Database, Callable[[], datetime]]]:
    settings = from_environment()
    try:
        db = Database(settings.database)
    except (ArgumentError, ValueError) as error:
        raise click.ClickException(f"EVENTDAY_DATABASE is no address: {error}.") from None
    try:
        migrate(db)
        yield settings, db, clock_of(settings)
    finally:
        db.close()


@main.command()
@click.option("--host", default="127.0.0.1", envvar="HOST", show_default=True)
@click.option(
    "--port", default=8000, envvar="PORT", show_default=True, type=click.IntRange(1, 65535)
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64))
@click.option("--demo", is_flag=True, help="Serve the demo event on its own day.")
def serve(host: str, port: int, workers: int, *, demo: bool) -> None:
    """Serve the API; several workers need PostgreSQL."""
    from api import server  # noqa: PLC0415  # other commands need no server

    if not server.is_free(host, port):
        raise click.ClickException(
            f"Port {port} is taken; choose another: PORT={port + 1} make run, or --port {port + 1}"
        )
    if demo:
        os.environ.setdefault("EVENTDAY_CLOCK", DEMO_CLOCK)
    with _open() as (settings, db, now):
        if workers > 1 and db.is_sqlite:
            raise click.ClickException("SQLite is served by one worker; use PostgreSQL for more.")
        token = _prepare_demo(settings, db, now, server.EXAMPLE) if demo else None
        with db.read() as tx:
            load(tx, public=True)
    _announce(host, port, server.local_address, token)
    server.serve(host, port, workers=workers)


def _prepare_demo(
    settings: Settings, db: Database, now: Callable[[], datetime], example: Path
) -> Path:
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
            token = create_token(tx, role="organiser", label="demo", at=now())
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token + "\n")
        click.echo(f"Creating the demo event from {example.name} …", err=True)
        imported = read_file(example)
        publish(db, lambda tx: import_agenda(tx, imported, at=now()), at=now(), by=BY)
    return path


def _announce(host: str, port: int, local_address: Callable[[], str], token: Path | None) -> None:
    everywhere = host in {"0.0.0.0", "::"}  # noqa: S104  # compared, not bound
    address = f"http://{local_address() if everywhere else host}:{port}"
    click.echo(f"eventday        {address}/v1/agenda")
    click.echo(f"documentation   {address}/docs")
    if token:
        click.echo(f"organiser token in {token}")
    if everywhere:
        click.echo(f"\nScan to open {address}/docs on a phone in this network:\n")
        click.echo(qr.terminal(f"{address}/docs"))
    sys.stdout.flush()


@main.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--apply", "apply", is_flag=True, help="Make the changes that are listed.")
@click.option("--confirm", default="", metavar="ID,ID", help="Sessions that may go, or move soon.")
@click.option("--timezone", default="", help="Where a file does not say its time zone.")
@click.option("--language", default="", help="Language of a file that knows only one.")
def import_(file: Path, confirm: str, timezone: str, language: str, *, apply: bool) -> None:
    """Import an agenda FILE; into an empty home it creates the event.

    Into an event with sessions it lists the differences and changes nothing without --apply.
    Removals, and moves of what starts within 24 hours, must be named with --confirm.

    Exit code: 0 done, 1 refused, 3 done but something of the file was lost, 4 not applied.
    """
    from event.formats.files import read_file  # noqa: PLC0415

    with _open() as (_, db, now):
        with db.read() as tx:
            zone_now = tx.execute(select(tables.event.c.timezone)).scalar()
        click.echo(f"Reading {file} …", err=True)
        imported = read_file(file, timezone=timezone or zone_now or "", language=language)
        _report(imported)
        click.echo("Comparing …", err=True)
        with db.read() as tx:
            current, new = merged(tx, imported, at=now())
        found = differences(current, new, now=now()) if current else []
        if current and current.sessions and found:
            _show(found)
            _refuse_unless(found, apply=apply, confirm=confirm)
        if current is None or found:
            click.echo("Storing …", err=True)
            edit = partial(_import, current=current, imported=imported, at=now())
            done = publish(db, edit, at=now(), by=BY)
            click.echo(f"{_counted(done.value)}. Publish {done.clock.seq}.")
        else:
            click.echo("Nothing changed.")
    if any(repair.lost for repair in imported.repairs):
        sys.exit(SOMETHING_LOST)


def _import(tx: Connection, *, current: Agenda | None, imported: Imported, at: datetime) -> Agenda:
    """Import what was shown, if it is still what would happen."""
    if present(tx) != current:
        raise Conflict("The agenda was changed in the meantime; import the file again.")
    return import_agenda(tx, imported, at=at)


def _report(imported: Imported) -> None:
    for repair in imported.repairs:
        click.echo(f"{'lost    ' if repair.lost else 'repaired'} {repair}", err=True)
    if imported.repairs:
        lost = sum(repair.lost for repair in imported.repairs)
        click.echo(f"{len(imported.repairs) - lost} repaired, {lost} lost.", err=True)


def _show(found: list[Difference]) -> None:
    for difference in found:
        mark = "!" if difference.must_be_named else " "
        click.echo(f"{mark} {difference}")
    kinds = Counter(difference.kind for difference in found)
    click.echo(", ".join(f"{count} {kind}" for kind, count in kinds.items()) + ".")


def _refuse_unless(found: list[Difference], *, apply: bool, confirm: str) -> None:
    """Stop unless the changes were asked for and the dangerous ones named."""
    named = {part.strip() for part in confirm.split(",")}
    unnamed = [d.id for d in found if d.must_be_named and str(d.id) not in named]
    if apply and not unnamed:
        return
    option = f" --confirm {','.join(map(str, unnamed))}" if unnamed else ""
    click.echo(f"Nothing was changed. To apply: eventday import FILE --apply{option}")
    sys.exit(NOT_APPLIED)


def _counted(agenda: Agenda) -> str:
    counts = (
        (len(agenda.sessions), "sessions"),
        (len(agenda.speakers), "speakers"),
        (len(agenda.rooms), "rooms"),
    )
    return ", ".join(f"{count} {name}" for count, name in counts)


EXPORTS = ("schedule.xml", "schedule.json", "agenda.ics", "agenda.yaml", "agenda.xlsx")


@main.command()
@click.argument("format", type=click.Choice(EXPORTS), metavar="FORMAT")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--language", default=None, help="Language of a format that knows only one.")
@click.option("--cancelled", type=click.Choice(["omit", "keep"]), default="omit", show_default=True)
def export(format: str, file: Path | None, language: str | None, cancelled: Cancelled) -> None:  # noqa: A002
    """Export the agenda as FORMAT to FILE, or to standard output.

    FORMAT is schedule.xml, schedule.json, agenda.ics (what is public), agenda.yaml or agenda.xlsx
    (everything, drafts too).
    """
    from event.formats.files import write_file  # noqa: PLC0415

    with _open() as (_, db, _now), db.read() as tx:
        clock = read_clock(tx)
        private = format in {"agenda.yaml", "agenda.xlsx"}
        agenda = load(tx, public=not private, media=format == "agenda.yaml")
    data = write_file(
        format, agenda, version=f"{clock.epoch}.{clock.seq}", language=language, cancelled=cancelled
    )
    if file is None:
        sys.stdout.buffer.write(data)
        return
    _write(file, data)
    click.echo(f"{_counted(agenda)} to {file}, {len(data):,} bytes", err=True)


def _write(file: Path, data: bytes) -> None:
    """Write a file whole or not at all; what is no file, such as a pipe, is written into."""
    is_special = file.exists() and not file.is_file()
    part = file if is_special else file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        if not is_special:
            with suppress(OSError):
                part.unlink()
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None


@main.group()
def token() -> None:
    """Make, list and revoke tokens."""


@token.command()
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--label", default="", help="Whose it is; shown in the list and in records.")
def create(role: str, label: str) -> None:
    """Print a new token, which cannot be shown again."""
    with _open() as (_, db, now), db.write() as tx:
        made = create_token(tx, role=role, label=label, at=now())
    click.echo(made)


@token.command("list")
def list_() -> None:
    """List tokens: id, role, since when, label."""
    with _open() as (_, db, _now), db.read() as tx:
        rows = tx.execute(tables.token.select().order_by(tables.token.c.created_at)).mappings()
        for row in rows:
            state = "revoked" if row["revoked_at"] else "valid"
            since = from_seconds(row["created_at"]).isoformat()
            click.echo(f"{row['sha256'][:12]}  {row['role']}  {since}  {state}  {row['label']}")


@token.command()
@click.argument("id")
def revoke(id: str) -> None:  # noqa: A002
    """Revoke the token with that ID."""
    with _open() as (_, db, now), db.write() as tx:
        revoke_token(tx, id, at=now())


@main.command()
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


if __name__ == "__main__":
    main()
