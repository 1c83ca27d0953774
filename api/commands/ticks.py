"""Ticks from paper lists, typed in or read from a file."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TextIO

import click

from api.commands.opened import BY, SOMETHING_LOST, opened
from event.door.gates import find_gate
from event.door.ticks import tick
from event.times import to_milliseconds


@click.command()
@click.argument("gate")
@click.argument("codes", nargs=-1)
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Of which event day; else today.")
@click.option("--file", type=click.File(), default="-", help="A code a line; else what is typed.")
def ticks(gate: str, codes: Sequence[str], day: datetime | None, file: TextIO) -> None:
    """Store that people were ticked off at GATE, by the short CODES in their rows.

    Without codes they are read line by line from --file or standard input. Whoever is typed again
    counts once, so that it does no harm to start over.

    Exit code: 0 done, 1 refused, 3 done but for codes that name nobody, which are listed.
    """
    codes = codes or [line.strip() for line in file if line.strip()]
    with opened() as (_, db, now), db.write() as tx:
        item, when = find_gate(tx, gate), day and day.date()
        found = tick(tx, item, codes, device=BY, at=to_milliseconds(now()), day=when)
    for code in found.wrong:
        click.echo(f"names nobody, look at it again: {code}", err=True)
    click.echo(f"{found.new} new, {found.known} known already, {len(found.wrong)} wrong.")
    sys.exit(SOMETHING_LOST if found.wrong else 0)
