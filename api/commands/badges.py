"""Printing badges, replacing lost ones, and giving them places in boxes."""

import re
import sys
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from api.commands.opened import BY, SOMETHING_LOST, opened
from api.commands.printing import PDF, look_of, look_options, print_apart, print_together, report
from api.commands.written import Outside, write
from badges.code import Medium
from badges.face import Face
from badges.lists import find_list as find_list_of
from badges.short import short_code
from event.agenda.rows import load
from event.door.practice import practice_faces
from event.errors import Invalid
from event.people.attendees import everyone, find
from event.people.categories import categories
from event.people.claims import remember_blanks
from event.people.codes import Signer, signer_of
from event.people.faces import ORDERS, blank_face, faces_of
from event.people.holders import new_holders, reissue_badge
from event.people.model import Attendee, Status
from event.people.slots import assign_slots
from event.times import from_local, to_seconds, zone

MOST_BLANK = 2000


@click.group()
def badges() -> None:
    """Print badges, replace lost ones, give them places in boxes."""


@badges.command("print")
@click.argument("out", metavar="[OUT.pdf]", type=PDF, required=False)
@look_options
@click.option("--a4", is_flag=True, help="As many as fit on A4, with marks to cut along.")
@click.option("--sort", type=click.Choice([*ORDERS]), default="surname", show_default=True)
@click.option("--category", "slugs", multiple=True, help="Only this one; may be repeated.")
@click.option("--only", default="", metavar="ID,ID", help="Only these attendees.")
@click.option("--since", default="", metavar="MOMENT", help="Only who was added or changed since.")
@click.option("--find-list", type=PDF, metavar="FILE.pdf", help="By surname: box slot, code.")
@click.option("--separate", type=Outside(is_folder=True), metavar="DIR",
              help="A file for each badge, to attach to a mail.")  # fmt: skip
@click.option("--blank", type=click.IntRange(1, MOST_BLANK), help="So many badges of nobody yet.")
@click.option("--preflight", "only_report", is_flag=True, help="Only say what would be lost.")
def print_(
    *, out: Path | None, a4: bool, sort: str, slugs: tuple[str, ...], only: str, since: str,
    find_list: Path | None, separate: Path | None, blank: int | None, only_report: bool,
    **options: Any,
) -> None:  # fmt: skip
    """Print the badges of all who come, or of those that options choose, into OUT.pdf.

    Files are written whole or not at all. --blank signs badges that the desk gives to people who
    are not registered; each time it makes other ones.

    Exit code: 0 done, 1 refused, 3 done but something of a badge is cut or cannot be drawn.
    """
    if not (out or find_list or separate or only_report):
        raise click.UsageError("Give OUT.pdf, --separate, --find-list or --preflight.")
    if blank and (only or since or find_list or only_report or len(slugs) > 1):
        raise click.UsageError("--blank goes with one --category at most, and without a choice.")
    look = look_of(**options)
    if a4 and look.label:
        raise click.UsageError("A label printer takes no A4: leave out --a4 or --label.")
    with opened() as (settings, db, now):
        with db.write() as tx:
            signer = signer_of(tx, settings.home / "keys", at=to_seconds(now()))
        with db.write() if blank else db.read() as tx:
            agenda = load(tx, public=True, media=True, sessions=False)
            occasion = look.occasion(agenda)
            if blank:
                numbers = new_holders(tx, [None] * blank, at=to_seconds(now()))
                faces = _blanks(tx, numbers, signer, *slugs, language=occasion.language)
            else:
                moment = _seconds(since, agenda.event.timezone)
                people = sorted(_chosen(tx, slugs, only, moment), key=ORDERS[sort])
                faces = _faces(tx, people, signer, language=occasion.language)
    if not faces:
        raise click.ClickException("Nobody who comes is among those chosen; leave out an option.")
    is_lost = report(faces, look, occasion)
    if out and not only_report:
        print_together(out, faces, look, occasion, on_a4=a4)
    if separate and not only_report:
        print_apart(separate, faces, look, occasion)
    if find_list and not only_report:
        write(find_list, find_list_of(faces.values(), occasion), mode=0o600)
    sys.exit(SOMETHING_LOST if is_lost else 0)


@badges.command()
@click.argument("id", type=click.IntRange(1, 2**63 - 1))
@click.argument("out", metavar="OUT.pdf", type=PDF)
@look_options
def reprint(*, id: int, out: Path, **options: Any) -> None:  # noqa: A002
    """Print the badge of attendee ID again, with a corrected name; the old one stays valid."""
    _print_one(id, out, is_lost=False, **options)


@badges.command()
@click.argument("id", type=click.IntRange(1, 2**63 - 1))
@click.argument("out", metavar="OUT.pdf", type=PDF)
@look_options
def lost(*, id: int, out: Path, **options: Any) -> None:  # noqa: A002
    """Print a new badge for attendee ID, who lost theirs; doors refuse the old one from now on.

    The code on their phone stays valid.
    """
    _print_one(id, out, is_lost=True, **options)


@badges.command()
@click.argument("out", metavar="OUT.pdf", type=PDF)
@click.option("--a4", is_flag=True, help="Four on A4, with marks to cut along.")
@click.option("--language", default="", help="en or pl; else the event's.")
def practice(*, out: Path, a4: bool, language: str) -> None:
    """Print a card for each verdict at the door, to practise with at a practice gate.

    No other gate lets such a card in. Those of one badge key are always the same.
    """
    look = look_of(layout="practice", label=False, language=language, logo=None)
    with opened() as (settings, db, now), db.write() as tx:
        signer = signer_of(tx, settings.home / "keys", at=to_seconds(now()))
        occasion = look.occasion(load(tx, public=True, media=True, sessions=False))
    faces = practice_faces(signer, language=occasion.language)
    is_lost = report(faces, look, occasion)
    print_together(out, faces, look, occasion, on_a4=a4)
    sys.exit(SOMETHING_LOST if is_lost else 0)


@badges.command()
def slots() -> None:
    """Give everybody who comes and has no box slot one, such as C-214; others keep theirs."""
    with opened() as (_, db, now), db.write() as tx:
        given = assign_slots(tx, at=to_seconds(now()))
    click.echo(f"Box slots given: {given}.")


def _print_one(id: int, out: Path, *, is_lost: bool, **options: Any) -> None:  # noqa: A002
    look = look_of(**options)
    # In one transaction, so that the old badge dies only when the new one is printed.
    with opened() as (settings, db, now), db.write() as tx:
        at = to_seconds(now())
        signer = signer_of(tx, settings.home / "keys", at=at)
        occasion = look.occasion(load(tx, public=True, media=True, sessions=False))
        person = find(tx, id)
        if is_lost:
            reissue_badge(tx, person.holder, Medium.PAPER, person.paper + 1, at=at, by=BY)
        faces = _faces(tx, [find(tx, id)], signer, language=occasion.language)
        found = report(faces, look, occasion)
        print_together(out, faces, look, occasion)
    sys.exit(SOMETHING_LOST if found else 0)


def _faces(
    db: Connection, people: list[Attendee], signer: Signer, *, language: str
) -> dict[str, Face]:
    """Return the faces of paper badges, by what reports and files call them."""
    faces = faces_of(db, people, signer, Medium.PAPER, language=language)
    return {f"attendee {p.id}": face for p, face in zip(people, faces, strict=True)}


def _blanks(
    db: Connection, numbers: list[int], signer: Signer, slug: str = "delegate", *, language: str
) -> dict[str, Face]:
    known = {category.slug: category for category in categories(db)}
    _known(slug, known)
    remember_blanks(db, numbers, known[slug].number)
    return {
        f"blank {short_code(number)}": blank_face(number, signer, known[slug], language=language)
        for number in numbers
    }


def _chosen(db: Connection, slugs: tuple[str, ...], only: str, since: int) -> list[Attendee]:
    """Return who comes and is chosen. Raises NotFound for an id, Invalid for a word of no use."""
    known = [category.slug for category in categories(db)]
    for slug in slugs:
        _known(slug, known)
    ids = {part.strip() for part in only.split(",") if part.strip()}
    if wrong := next((id for id in ids if not re.fullmatch("[0-9]{1,18}", id)), None):  # noqa: A001
        raise Invalid(f"“{wrong}” is no id of an attendee; write --only 17,18.")
    people = [find(db, int(id)) for id in ids] if ids else everyone(db)  # noqa: A001
    return [
        person
        for person in people
        # Who is named but does not come is refused rather than left out.
        if (ids or person.status is Status.REGISTERED)
        and (not slugs or person.category in slugs)
        and person.changed_at >= since
    ]


def _known(slug: str, known: Collection[str]) -> None:
    if slug not in known:
        raise Invalid(f"There is no category “{slug}”; choose one of: {', '.join(known)}.")


def _seconds(moment: str, timezone: str) -> int:
    """Return a moment as UTC seconds; without an offset it is the venue's time."""
    if not moment:
        return 0
    try:
        given = datetime.fromisoformat(moment)
        return to_seconds(given if given.tzinfo else from_local(given, zone(timezone))[0])
    except (ValueError, OverflowError):
        raise Invalid("--since is a moment such as 2025-06-02T18:00.") from None
