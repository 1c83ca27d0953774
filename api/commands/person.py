"""One person's data, and how long everybody's is kept."""

import json
import os
from pathlib import Path

import click

from api.commands.opened import opened
from api.commands.written import Outside
from event.database import Database
from event.people.attendees import find
from event.people.copies import copies_of
from event.people.privacy import erase as erased
from event.people.privacy import export as exported
from event.people.retention import purge as purged
from event.times import to_seconds

NUMBER = click.IntRange(1, 2**53 - 1)


@click.group()
def person() -> None:
    """Give out all that is held of a person, or erase it."""


@person.command()
@click.argument("id", type=NUMBER)
@click.argument("file", required=False, type=Outside())
def export(id: int, file: Path | None) -> None:  # noqa: A002
    """Write all that is held of the attendee ID as JSON, into a new FILE that only you can read."""
    with opened() as (_, db, now), db.read() as tx:
        held = exported(tx, id, to_seconds(now()))
    text = json.dumps(held, ensure_ascii=False, indent=2)
    if file is None:
        click.echo(text)
        return
    try:
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise click.ClickException(f"{file} is there already; choose another name.") from None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
    with os.fdopen(number, "w", encoding="utf-8") as out:
        out.write(text + "\n")


@person.command()
@click.argument("id", type=NUMBER)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--copies", is_flag=True, help="Delete files in EVENTDAY_HOME that may hold them.")
def erase(id: int, *, yes: bool, copies: bool) -> None:  # noqa: A002
    """Erase the attendee ID from the database and its files; nothing brings them back.

    First EVENTDAY_HOME is searched, packed files too: nothing is erased while a file there holds
    them, or cannot be searched. Copies elsewhere are yours to delete: backups, lists, badges.
    """
    with opened() as (settings, db, now):
        with db.read() as tx:
            known = find(tx, id)
        held = copies_of(known, settings.home, but=_own(db))
        for copy in held:
            click.echo(f"{_MAY_HOLD if copy.sealed else 'Holds them:'} {copy.path}", err=True)
        if not yes:
            click.confirm(f"Erase attendee {id} for good?", abort=True)
            if held and not copies:
                copies = click.confirm(f"Delete these {len(held)} files too?")
        if held and not copies:
            raise click.ClickException(
                "Nothing was erased: move these files out of EVENTDAY_HOME, or delete them with "
                "--copies."
            )
        # Before the database, so that whoever is interrupted can do it again.
        for copy in held:
            _delete(copy.path)
        with db.write() as tx:
            erased(tx, id, to_seconds(now()))
        db.scrub()
    click.echo(f"Attendee {id} is erased; the scan log keeps a number without a name.", err=True)
    if not db.is_sqlite:
        click.echo(
            "PostgreSQL keeps the past in its write-ahead log, archives and replicas until these "
            "are recycled.",
            err=True,
        )


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would end.")
def purge(*, dry_run: bool) -> None:
    """End what has been kept long enough after the event; the server does so once a day.

    docs/privacy.md lists what is kept for how long.
    """
    with opened() as (settings, db, now):
        with db.write() as tx:
            counts = purged(tx, to_seconds(now()), settings.keep)
            if dry_run:
                tx.rollback()
        if not dry_run:
            # Always: an earlier erasure may have been cut off before this.
            db.scrub()
    for purpose, count in counts.items():
        click.echo(f"{purpose}: {count}")
    if not counts:
        click.echo("Nothing has been kept long enough yet.", err=True)


def _own(db: Database) -> set[Path]:
    """Return the files of the database in use."""
    suffixes = ("", "-wal", "-shm", "-journal") if db.is_sqlite else ()
    return {Path(f"{db.path}{suffix}").resolve() for suffix in suffixes}


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise click.ClickException(
            f"{path} cannot be deleted: {error.strerror}; nothing was erased."
        ) from None
    click.echo(f"Deleted: {path}", err=True)


_MAY_HOLD = "Cannot be searched, may hold them:"
