"""Certificates of attendance of all who came."""

import sys
from pathlib import Path

import click

from api.commands.opened import SOMETHING_LOST, opened
from api.commands.written import Outside, write
from event.agenda.rows import load
from event.door.certificate_page import render, undrawn
from event.door.certificates import certificates as certificates_of
from event.errors import Invalid
from event.people.codes import signer_of
from event.people.occasion import occasion_of
from event.times import event_day, to_seconds, zone


@click.command()
@click.argument("out", metavar="OUT.pdf|DIR", type=Outside(is_folder=True, is_file=True))
@click.option("--server", default="", metavar="URL", help="Where it is verified.")
def certificates(out: Path, server: str) -> None:
    """Print a certificate of attendance for each who came, by surname, in English and Polish.

    OUT.pdf has a page for each; a folder gets a file for each, to attach to a mail. Their QR codes
    lead to --server, or else to EVENTDAY_URL. A name with letters that the font lacks is left out
    for a pen.

    Exit code: 0 done, 1 refused, 3 done but a name is to be written by hand.
    """
    with opened() as (settings, db, now):
        address = (server or settings.url).rstrip("/")
        if not address.startswith(("https://", "http://")):
            raise Invalid("Say where they are verified: EVENTDAY_URL=https://event.example.org")
        with db.write() as tx:
            signer = signer_of(tx, settings.home / "keys", at=to_seconds(now()))
        with db.read() as tx:
            agenda = load(tx, public=True, media=True)
            today = event_day(now(), zone(agenda.event.timezone))
            found = certificates_of(tx, agenda, signer, on=today)
    if not found:
        raise click.ClickException("No gate let anybody in on a day of the event yet.")
    address += "/verify"
    occasion = occasion_of(agenda, agenda.event.languages[0])
    if out.suffix.lower() == ".pdf":
        pages = [(made, code) for _, made, code in found]
        write(out, render(pages, occasion, address=address), mode=0o600)
    else:
        out.mkdir(parents=True, exist_ok=True)
        for person, made, code in found:
            page = render([(made, code)], occasion, address=address)
            write(out / f"attendee-{person.id}.pdf", page, mode=0o600)
    lost = [(person, letters) for person, made, _ in found if (letters := undrawn(made))]
    for person, letters in lost:
        missing = " ".join(dict.fromkeys(letters))
        click.echo(
            f"attendee {person.id}: write the name by hand, no letters for {missing}", err=True
        )
    click.echo(f"{out}: certificates for {len(found)}", err=True)
    sys.exit(SOMETHING_LOST if lost else 0)
