"""Meetings: the organiser's list of who meets whom."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy import Connection, select

from api.commands.attendees import said_by
from api.commands.opened import NOT_APPLIED, SOMETHING_LOST, opened
from api.commands.written import Outside
from event import tables
from event.errors import NotFound
from event.schedule import importing
from event.schedule.meetings import meetings as all_meetings
from event.times import from_seconds, to_seconds, zone


@click.group()
def meetings() -> None:
    """Import and list meetings."""


@meetings.command("import")
@click.argument("file", type=Outside())
@click.option("--map", "said", multiple=True, metavar="COLUMN=FIELD", help="What a column is.")
@click.option("--ignore", multiple=True, metavar="COLUMN", help="A column to leave out.")
@click.option("--apply", "apply", is_flag=True, help="Make the changes that are listed.")
@click.option("--cancel-missing", is_flag=True, help="Cancel what is not on the list any more.")
def import_(
    file: Path,
    said: Sequence[str],
    ignore: Sequence[str],
    *,
    apply: bool,
    cancel_missing: bool,
) -> None:
    """Import a list of meetings, FILE as CSV or XLSX: who, when, at which table.

    People are named by e-mail, external id or name, the break they meet in by its title. The first
    list is stored at once. A later one is compared, and nothing changes without --apply.

    Exit code: 0 done, 1 refused, 3 done but something of the file was lost, 4 not applied.
    """
    from event.formats.attendees.table import read_table  # noqa: PLC0415
    from event.formats.imported import Report  # noqa: PLC0415
    from event.formats.meetings import mapping_of, rows_of  # noqa: PLC0415

    report = Report()
    table = read_table(file, report)
    mapping = mapping_of(table.columns, said=said_by(said), ignored=ignore)
    for place, name in enumerate(table.columns):
        click.echo(f"  {name} → {mapping.get(place, 'not used')}", err=True)
    with opened() as (_, db, now):
        with db.read() as tx:
            timezone = tx.execute(select(tables.event.c.timezone)).scalar()
            if timezone is None:
                raise NotFound("There is no event yet; import an agenda.", code="no-event")
            plan = importing.planned(tx, rows_of(table, mapping, zone(timezone), report), report)
            for repair in report:
                click.echo(f"{'lost    ' if repair.lost else 'repaired'} {repair}", err=True)
            if not plan.is_first:
                _show(tx, plan)
        gone = len(plan.missing) if cancel_missing else 0
        if not (plan.added or plan.changed or gone):
            click.echo("Nothing changed.")
        elif not (plan.is_first or apply):
            click.echo("Nothing was changed. To apply: eventday meetings import FILE --apply")
            sys.exit(NOT_APPLIED)
        else:
            with db.write() as tx:
                at = to_seconds(now())
                importing.carry_out(tx, plan, cancel_missing=cancel_missing, at=at)
            click.echo(f"{len(plan.added)} added, {len(plan.changed)} changed, {gone} cancelled.")
    if any(repair.lost for repair in report):
        sys.exit(SOMETHING_LOST)


@meetings.command("list")
def list_() -> None:
    """List the meetings with what their guests answered."""
    with opened() as (_, db, _now), db.read() as tx:
        timezone = tx.execute(select(tables.event.c.timezone)).scalar()
        for one in all_meetings(tx):
            begins = _local(one.starts_at, timezone or "UTC")
            guests = ", ".join(f"{guest.name} ({guest.answer})" for guest in one.guests)
            click.echo(f"{one.id:>6}  {begins}  {one.minutes} min  {one.place}  {guests}")


def _show(db: Connection, plan: importing.Plan) -> None:
    for one in plan.added:
        click.echo(f"added    {one.where}")
    for old, new in plan.changed:
        click.echo(f"changed  {old.id} ({new.where}): {importing.shown(db, old, new)}")
    for old in plan.missing:
        click.echo(f"missing  {old.id}")


def _local(seconds: int, timezone: str) -> str:
    return f"{from_seconds(seconds).astimezone(zone(timezone)):%Y-%m-%d %H:%M}"
