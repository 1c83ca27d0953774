"""Paper for the doors: whom to tick off by hand when no device works any more."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from api.commands.opened import opened
from api.commands.written import Outside, write
from badges.face import Face
from badges.lists import DoorList
from badges.lists import door_lists as pdf_of
from badges.short import short_code
from event.agenda.rows import load
from event.door.expected import Expected, expected
from event.door.gates import find_gate, gates
from event.people.occasion import occasion_of
from event.text import pick

_WEEKDAYS = {
    "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
    "pl": ("pon.", "wt.", "śr.", "czw.", "pt.", "sob.", "niedz."),
}


@click.command("door-lists")
@click.argument("out", metavar="OUT.pdf", type=Outside(ending=".pdf"))
@click.option("--gate", "slugs", multiple=True, metavar="SLUG", help="Only this; may repeat.")
@click.option("--language", default="", help="Of headings and gates; else the event's.")
def door_lists(out: Path, slugs: Sequence[str], language: str) -> None:
    """Print a list of people for each gate, with a box to tick a day, into OUT.pdf.

    The last resort, should all devices fail: print it the evening before, keep it in a closed
    folder at the door. What was ticked is typed in afterwards at /ticks or with: eventday ticks
    """
    with opened() as (_, db, _now), db.read() as tx:
        agenda = load(tx, public=True, sessions=False)
        occasion = occasion_of(agenda, language or agenda.event.languages[0])
        found = expected(tx, [find_gate(tx, slug) for slug in slugs] or gates(tx))
    if not any(item.people for item in found):
        raise click.ClickException(
            "There is nobody to list; add gates and people: eventday gates set, attendees import."
        )
    write(out, pdf_of((_list(item, occasion.language) for item in found), occasion), mode=0o600)
    people = sum(len(item.people) for item in found)
    click.echo(f"{out}: {len(found)} gates, {people} lines", err=True)


def _list(item: Expected, language: str) -> DoorList:
    """Return a gate's list in a language."""
    faces = [
        Face(code="", short_code=short_code(one.holder), given_name=one.given_name,
             surname=one.surname, organisation=one.organisation)
        for one in item.people
    ]  # fmt: skip
    return DoorList(
        pick(item.gate.name, [language])[0], [_day(d, language) for d in item.days], faces
    )


def _day(day: date, language: str) -> str:
    words = _WEEKDAYS.get(language, _WEEKDAYS["en"])
    return f"{words[day.weekday()]} {day.day}"
