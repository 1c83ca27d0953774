"""Importing and exporting the agenda."""

import sys
from collections import Counter
from datetime import datetime
from functools import partial
from pathlib import Path

import click
from sqlalchemy import Connection, select

from api.clock import real_time
from api.commands.opened import BY, NOT_APPLIED, SOMETHING_LOST, opened
from api.commands.written import write
from event import tables
from event.agenda.differences import Difference, differences
from event.agenda.importing import import_agenda, merged, present
from event.agenda.model import Agenda
from event.agenda.reviews import add_review
from event.agenda.rows import load
from event.database import Database
from event.errors import Conflict
from event.formats.imported import Cancelled, Imported
from sync.publish import publish, read_clock


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--apply", "apply", is_flag=True, help="Make the changes that are listed.")
@click.option("--review", is_flag=True, help="Keep what is listed for an organiser to decide on.")
@click.option("--confirm", default="", metavar="ID,ID", help="Sessions that may go, or move soon.")
@click.option("--timezone", default="", help="Where a file does not say its time zone.")
@click.option("--language", default="", help="Language of a file that knows only one.")
def import_(
    file: Path, confirm: str, timezone: str, language: str, *, apply: bool, review: bool
) -> None:
    """Import an agenda FILE; into an empty home it creates the event.

    Into an event with sessions it lists the differences and changes nothing without --apply.
    Removals, and moves of what starts within 24 hours, must be named with --confirm. With --review
    they wait to be accepted or refused row by row: GET /v1/reviews.

    Exit code: 0 done, 1 refused, 3 done but something of the file was lost, 4 not applied.
    """
    from event.formats.files import read_file  # noqa: PLC0415

    with opened() as (_, db, now):
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
            if review:
                _keep_for_review(db, file, imported, timezone or zone_now or "", language, now())
                return
            _refuse_unless(found, apply=apply, confirm=confirm)
        if current is None or found:
            click.echo("Storing …", err=True)
            edit = partial(_import, current=current, imported=imported, at=now())
            done = publish(db, edit, at=now(), by=BY, issued_at=real_time())
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


def _keep_for_review(
    db: Database, file: Path, imported: Imported, timezone: str, language: str, at: datetime
) -> None:
    from event.formats.files import write_file  # noqa: PLC0415

    # Pictures that lie beside a YAML file must not be missing when it is read again.
    is_yaml = imported.format == "agenda-yaml"
    content = (
        write_file("agenda.yaml", imported.agenda, version="", language=None, cancelled="keep")
        if is_yaml
        else file.read_bytes()
    )
    with db.write() as tx:
        kept = add_review(
            tx, content, name=file.name, timezone=timezone, language=language, at=at, by=BY
        )
    click.echo(f"Nothing was changed. Review {kept.id} waits: GET /v1/reviews/{kept.id}")


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
STANDARD = Path("-")


@click.command()
@click.argument("format", type=click.Choice(EXPORTS), metavar="FORMAT")
@click.argument("file", type=click.Path(path_type=Path), default=STANDARD)
@click.option("--language", default=None, help="Language of a format that knows only one.")
@click.option("--cancelled", type=click.Choice(["omit", "keep"]), default="omit", show_default=True)
def export(format: str, file: Path, language: str | None, cancelled: Cancelled) -> None:  # noqa: A002
    """Export the agenda as FORMAT to FILE; to standard output without one or with -.

    FORMAT is schedule.xml, schedule.json, agenda.ics (what is public), agenda.yaml or agenda.xlsx
    (everything, drafts too).
    """
    from event.formats.files import write_file  # noqa: PLC0415

    with opened() as (_, db, _now), db.read() as tx:
        clock = read_clock(tx)
        private = format in {"agenda.yaml", "agenda.xlsx"}
        agenda = load(tx, public=not private, media=format == "agenda.yaml")
    data = write_file(
        format, agenda, version=f"{clock.epoch}.{clock.seq}", language=language, cancelled=cancelled
    )
    if file == STANDARD:
        sys.stdout.buffer.write(data)
        return
    write(file, data)
    click.echo(f"{_counted(agenda)} to {file}, {len(data):,} bytes", err=True)
