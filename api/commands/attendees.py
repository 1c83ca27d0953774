"""Attendees: the organiser's spreadsheet in and out, substitutes, delegations, links, needs."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from uuid import uuid4

import click

from api.commands.opened import NOT_APPLIED, SOMETHING_LOST, opened
from api.commands.written import Outside, write
from event.errors import Invalid
from event.people import attendees as people
from event.people import substitutes
from event.people.enrolment import new_link
from event.people.exporting import table_of
from event.people.importing import Plan, carry_out, planned
from event.people.model import Attendee, Status
from event.people.needs import counts
from event.people.parties import add_party
from event.times import to_seconds


@click.group()
def attendees() -> None:
    """Import, export, list and substitute attendees."""


@attendees.command("import")
@click.argument("file", type=Outside())
@click.option("--map", "said", multiple=True, metavar="COLUMN=FIELD", help="What a column is.")
@click.option("--ignore", multiple=True, metavar="COLUMN", help="A column to leave out.")
@click.option("--apply", "apply", is_flag=True, help="Make the changes that are listed.")
@click.option("--cancel-missing", is_flag=True, help="Cancel who is not on the list any more.")
def import_(
    file: Path,
    said: Sequence[str],
    ignore: Sequence[str],
    *,
    apply: bool,
    cancel_missing: bool,
) -> None:
    """Import a list of attendees, FILE as CSV or XLSX, with any names of columns.

    The first list is stored at once. A later one is compared, and nothing changes without --apply.
    An empty cell never erases what is known.

    Exit code: 0 done, 1 refused, 3 done but something of the file was lost, 4 not applied.
    """
    from event.formats.attendees.columns import mapping_of  # noqa: PLC0415
    from event.formats.attendees.people import people_of  # noqa: PLC0415
    from event.formats.attendees.table import read_table  # noqa: PLC0415
    from event.formats.imported import Report  # noqa: PLC0415

    report = Report()
    click.echo(f"Reading {file} …", err=True)
    table = read_table(file, report)
    mapping = mapping_of(table.columns, said=said_by(said), ignored=ignore)
    for place, name in enumerate(table.columns):
        click.echo(f"  {name} → {_MEANT.get(field := mapping.get(place, ''), field)}", err=True)
    found = people_of(table, mapping, report)
    for repair in report:
        click.echo(f"{'lost    ' if repair.lost else 'repaired'} {repair}", err=True)
    with opened() as (_, db, now):
        click.echo("Comparing …", err=True)
        with db.read() as tx:
            plan = planned(tx, found)
        is_nothing = not (plan.added or plan.changed or (plan.missing and cancel_missing))
        for word in plan.categories:
            click.echo(f"new category {word}", err=True)
        if not plan.is_first:
            _show(plan)
        if not is_nothing and not (plan.is_first or apply):
            click.echo("Nothing was changed. To apply: eventday attendees import FILE --apply")
            sys.exit(NOT_APPLIED)
        if is_nothing:
            click.echo("Nothing changed.")
        else:
            click.echo("Storing …", err=True)
            with db.write() as tx:
                at = to_seconds(now())
                carry_out(tx, found, plan, cancel_missing=cancel_missing, at=at)
            gone = len(plan.missing) if cancel_missing else 0
            click.echo(f"{len(plan.added)} added, {len(plan.changed)} changed, {gone} cancelled.")
    if any(repair.lost for repair in report):
        sys.exit(SOMETHING_LOST)


@attendees.command()
@click.argument("file", type=Outside())
def export(file: Path) -> None:
    """Export all attendees to FILE, .csv or .xlsx, to be edited and imported again."""
    from event.formats.attendees.writing import written  # noqa: PLC0415

    with opened() as (_, db, _now), db.read() as tx:
        rows = table_of(tx)
    write(file, written(file.suffix, rows), mode=0o600)
    click.echo(f"{len(rows) - 1} attendees to {file}", err=True)


@attendees.command("list")
@click.argument("text", default="")
def list_(text: str) -> None:
    """List attendees in whom TEXT is found: lodz finds Łódź."""
    with opened() as (_, db, _now), db.read() as tx:
        for person in people.search(tx, text, limit=people.MOST_FOUND if text else 100_000):
            # Who has no name yet is called by the organisation.
            who = ", ".join(dict.fromkeys(filter(None, (person.name, person.organisation))))
            state = "" if person.status is Status.REGISTERED else f"  {person.status}"
            click.echo(
                f"{person.id:>6}  {who}  {person.category}  {person.box_slot}{state}".rstrip()
            )


@attendees.command()
def needs() -> None:
    """Print how many need which diet and access, for caterers and helpers."""
    with opened() as (_, db, _now), db.read() as tx:
        for kind, counted in counts(tx).items():
            for what, count in counted:
                click.echo(f"{kind}  {count:>5}  {what}")


@attendees.command()
@click.argument("file", type=Outside())
@click.option("--server", default="", metavar="URL", help="What links begin with.")
def links(file: Path, server: str) -> None:
    """Write a new personal link for each attendee to FILE, a CSV for a mail merge.

    Links of before go on working. They begin with --server, or else with EVENTDAY_URL.
    """
    from event.formats.attendees.writing import written  # noqa: PLC0415

    with opened() as (settings, db, now), db.write() as tx:
        address = (server or settings.url).rstrip("/")
        if not address.startswith(("https://", "http://")):
            raise Invalid("Say what the links begin with: EVENTDAY_URL=https://event.example.org")
        rows: list[Sequence[str]] = [("name", "email", "language", "link")]
        for person in people.everyone(tx):
            if person.status is Status.REGISTERED and (person.given_name or person.surname):
                secret = new_link(tx, person.id, at=to_seconds(now())).secret
                link = f"{address}/link#{secret}"
                rows.append((person.name, person.email, person.language, link))
        write(file, written(".csv", rows), mode=0o600)
    click.echo(f"{len(rows) - 1} links to {file}", err=True)


@attendees.command()
@click.argument("id", type=int)
@click.option("--given", "given_name", default="", help="Given name of who comes instead.")
@click.option("--surname", default="")
@click.option("--email", default="")
def substitute(id: int, given_name: str, surname: str, email: str) -> None:  # noqa: A002
    """Let somebody come instead of the attendee with that ID, whose badge dies."""
    person = Attendee(id=0, guid=str(uuid4()), given_name=given_name, surname=surname, email=email)
    with opened() as (_, db, now), db.write() as tx:
        made = substitutes.substitute(tx, id, person, at=to_seconds(now()))
    click.echo(f"{made.name} has the id {made.id}; print: eventday badges print --only {made.id}")


@attendees.command()
@click.argument("name")
@click.option("--size", required=True, type=int, help="How many come.")
@click.option("--contact-name", default="")
@click.option("--contact-email", default="")
@click.option("--category", default="delegate", show_default=True)
def party(name: str, size: int, contact_name: str, contact_email: str, category: str) -> None:
    """Add a delegation: NAME and its size; names of its members may follow later."""
    with opened() as (_, db, now), db.write() as tx:
        made = add_party(
            tx,
            name=name,
            contact_name=contact_name,
            contact_email=contact_email,
            size=size,
            category=category,
            guid=str(uuid4()),
            at=to_seconds(now()),
        )
    click.echo(f"{made.name} has the id {made.id} and {size} places.")


def said_by(pairs: Sequence[str]) -> dict[str, str]:
    """Return the fields that --map names, by column. Raises Invalid."""
    said = dict(pair.rpartition("=")[::2] for pair in pairs)
    if "" in said:
        raise Invalid("Write --map as COLUMN=FIELD, such as --map 'Name on badge=name'.")
    return said


def _show(plan: Plan) -> None:
    for person in plan.added:
        click.echo(f"added    {person.attendee.name} ({person.where})")
    for change in plan.changed:
        said = ", ".join(_difference(name, *pair) for name, pair in change.fields.items())
        click.echo(f"changed  {change.attendee.id} {change.attendee.name}: {said}")
    for missing in plan.missing:
        click.echo(f"missing  {missing.id} {missing.name}")
    for kept in plan.kept:
        name, where = kept.person.attendee.name, kept.person.where
        click.echo(f"kept     {kept.attendee.id} {name} ({where}): {kept.why}")


def _difference(name: str, old: object, new: object) -> str:
    """Return a change in words; what somebody needs is shown to nobody."""
    if name in {"diet", "access"}:
        return name
    return f"{name}: {_WORDS.get(old, old)} → {_WORDS.get(new, new)}"


_WORDS: Mapping[object, str] = {True: "yes", False: "no", None: "–", "": "–"}
_MEANT = {"": "not used", "name": "name (“Surname, Given”, else the last word is the surname)",
          "name_reversed": "name_reversed (the first word is the surname)"}  # fmt: skip
