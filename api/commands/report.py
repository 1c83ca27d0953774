"""The report on who came, for whoever paid for the event."""

from pathlib import Path

import click

from api.commands.opened import opened
from api.commands.written import write
from event.agenda.rows import load
from event.door.report import report as report_of


@click.command()
@click.argument("out", metavar="OUT.html|OUT.xlsx", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--language", default="", help="en or pl; else the event's.")
@click.option("--words", is_flag=True, help="Add what attendees wrote; read it before others do.")
def report(out: Path, language: str, *, words: bool) -> None:
    """Write how many came: each day, by country, category and session, and when most arrived.

    OUT.html is one file with its pictures, ready to print; OUT.xlsx has the same numbers. Everybody
    counts once in each, and nobody is named. How sessions were rated stands there too.
    """
    from event.formats.report.html import page  # noqa: PLC0415
    from event.formats.report.xlsx import workbook  # noqa: PLC0415

    kind = out.suffix.lower()
    if kind not in {".html", ".xlsx"}:
        raise click.ClickException(f"Name the file {out.stem}.html or {out.stem}.xlsx.")
    with opened() as (_, db, now), db.read() as tx:
        event = load(tx, public=False, sessions=False).event
        found, at = report_of(tx), now()
    chosen = language or event.languages[0]
    if kind == ".html":
        write(out, page(found, event, language=chosen, at=at, words=words).encode())
    else:
        write(out, workbook(found, event, language=chosen, at=at, words=words))
    click.echo(f"{out}: {found.came} of {found.registered} came", err=True)
