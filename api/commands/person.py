"""One person's data, and how long everybody's is kept."""

import json
import mmap
import os
from collections.abc import Iterable
from pathlib import Path

import click

from api.commands.opened import opened
from event.people.attendees import find
from event.people.model import Attendee
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
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False))
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
@click.option("--copies", is_flag=True, help="Delete the backups in EVENTDAY_HOME that hold them.")
def erase(id: int, *, yes: bool, copies: bool) -> None:  # noqa: A002
    """Erase the attendee ID from the database and its files; nothing brings them back.

    Copies that lie elsewhere are yours to delete: backups, exports, printed badges.
    """
    with opened() as (settings, db, now):
        with db.read() as tx:
            known = find(tx, id)
        if not yes:
            click.confirm(f"Erase attendee {id} for good?", abort=True)
        with db.write() as tx:
            erased(tx, id, to_seconds(now()))
        db.scrub()
        held = _files_with(settings.home, known.guid)
        if held and not copies and not yes:
            click.echo("\n".join(map(str, held)), err=True)
            copies = click.confirm(f"Delete these {len(held)} files too, which still hold them?")
    for path in held:
        if copies:
            path.unlink(missing_ok=True)
        click.echo(f"{'Deleted' if copies else 'Still holds them'}: {path}", err=True)
    if held and not copies:
        click.echo("Delete these files yourself, or keep them safe and not for long.", err=True)
    for path in _lists_with(settings.home, known, held):
        click.echo(f"Look at it yourself, it may hold them beside others: {path}", err=True)
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


def _files_with(home: Path, guid: str) -> list[Path]:
    """Return the files that hold an attendee: copies of the database, exports.

    The random guid tells them: a name could stand in a file by chance.
    """
    return sorted(path for path in home.rglob("*") if path.is_file() and _holds(path, guid))


def _lists_with(home: Path, known: Attendee, held: Iterable[Path]) -> list[Path]:
    """Return lists, links and badges that may name an attendee; what is packed cannot be searched.

    They hold other people too, so that deleting them is no answer.
    """
    names = (known.email, known.name, f"{known.given_name},{known.surname}")
    said = [text for text in names if len(text) > 1]
    return sorted(
        path
        for path in {*home.rglob("*")} - {*held}
        if path.is_file()
        and (path.suffix.lower() in _PACKED or any(_holds(path, text) for text in said))
    )


def _holds(path: Path, text: str) -> bool:
    if not path.exists() or not path.stat().st_size:
        return False  # a server at work replaces files
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(text.encode()) >= 0


_PACKED = {".pdf", ".png", ".xlsx"}
"""What eventday writes of people whose bytes are compressed."""
