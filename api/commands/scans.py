"""The log of scans as a file."""

import json
from pathlib import Path

import click

from api.commands.opened import opened
from api.commands.written import Outside, write
from event.door.log import as_csv, line, read_log, slugs


@click.group()
def scans() -> None:
    """Export the log of scans."""


@scans.command()
@click.argument("out", metavar="OUT.csv|OUT.json", type=Outside())
def export(out: Path) -> None:
    """Write every scan, undo, answer and clear, in the order in which they came, to OUT.

    It names nobody: badges are numbers.
    """
    kind = out.suffix.lower()
    if kind not in {".csv", ".json"}:
        raise click.ClickException(f"Name the file {out.stem}.csv or {out.stem}.json.")
    with opened() as (_, db, _now), db.read() as tx:
        gates = slugs(tx)
        lines = [line(item, gates) for item in read_log(tx)]
    text = as_csv(lines) if kind == ".csv" else json.dumps(lines, ensure_ascii=False)
    write(out, text.encode(), mode=0o600)
    click.echo(f"{out}: {len(lines)} lines", err=True)
