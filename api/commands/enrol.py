"""Enrolment: codes that make phones devices, and the devices there are."""

import os
from datetime import datetime

import click

from api import server
from api.commands.opened import opened
from api.routes.pages import page_for
from api.settings import Settings
from badges import qr
from event.errors import Invalid
from event.keys import key_in
from event.people import enrolment
from event.people.codes import event_uuid
from event.people.shifts import extend_shifts
from event.people.tokens import AT_DOORS, ROLES
from event.times import from_seconds, to_seconds
from sync import links
from sync.door import DOOR
from sync.shift import shift_text

HOURS = click.IntRange(1, 14 * 24)


@click.command()
@click.option("--role", required=True, type=click.Choice(ROLES))
@click.option("--attendee", type=int, help="Whose phone it is; for the role attendee.")
@click.option("--gate", "gates", multiple=True, metavar="SLUG", help="Where it scans; may repeat.")
@click.option("--label", default="", help="How lists and records call the device.")
@click.option("--hours", default=24, show_default=True, type=HOURS, help="How long the code works.")
@click.option(
    "--until", metavar="MOMENT", help="When the shift and its token end: 2025-06-03T14:00+02:00."
)
def enrol(
    role: str,
    attendee: int | None,
    gates: tuple[str, ...],
    label: str,
    hours: int,
    until: str | None,
) -> None:
    """Print a code, once, that makes a phone a device, and the QR code to open with it."""
    with opened() as (settings, db, now):
        at = to_seconds(now())
        ends = _moment(until) if until else None
        if ends is not None and ends <= at:
            raise Invalid("That shift would be over already; --until lies in the past.")
        with db.write() as tx:
            made = enrolment.invite(
                tx,
                role=role,
                at=at,
                attendee_id=attendee,
                gates=gates,
                shift_ends_at=ends,
                label=label,
                lasts=hours * 3600,
            )
    address = f"{_url(settings)}/{page_for(role)}#{made.secret}"
    click.echo(f"{made.secret}\n{address}\n")
    click.echo(qr.terminal(address))


def _url(settings: Settings) -> str:
    """Return where phones reach the event, as far as anybody can tell here."""
    if settings.url:
        return settings.url
    click.echo(
        "EVENTDAY_URL is not set: the link is for phones in this network, and /door and /app need "
        "https (docs/deploy.md).",
        err=True,
    )
    return f"http://{server.local_address()}:{os.environ.get('PORT') or 8000}"


def _moment(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Invalid("--until is a moment with its offset: 2025-06-03T14:00+02:00")
    return to_seconds(moment)


@click.group()
def devices() -> None:
    """List and lock out enrolled phones."""


@devices.command("list")
def list_() -> None:
    """List phones: id, role, since when, whether valid, gates, label."""
    with opened() as (_, db, _now), db.read() as tx:
        found = enrolment.devices(tx)
    for device in found:
        state = "stolen" if device.stolen else "revoked" if device.revoked_at else "valid"
        since = from_seconds(device.enrolled_at).isoformat()
        what = ",".join(device.gates) or (device.attendee_id and f"#{device.attendee_id}") or "-"
        click.echo(f"{device.id}  {device.role}  {since}  {state}  {what}  {device.label}")


@devices.command()
@click.argument("id", type=int)
@click.option("--stolen", is_flag=True, help="Do not believe what it still sends.")
def revoke(id: int, *, stolen: bool) -> None:  # noqa: A002
    """Lock the phone with that ID out; its token ends at once."""
    with opened() as (_, db, now), db.write() as tx:
        enrolment.revoke_device(tx, id, stolen=stolen, at=to_seconds(now()))


@devices.command()
@click.option("--role", required=True, type=click.Choice(AT_DOORS))
@click.option("--until", required=True, metavar="MOMENT", help="2025-06-03T18:00+02:00")
def extend(role: str, until: str) -> None:
    """Let all devices of a role whose shift is not over go on, and print the QR code that says so.

    Hold it in front of those that have no network; it is the same for all of them.
    """
    ends = _moment(until)
    with opened() as (settings, db, now):
        if ends <= to_seconds(now()):
            raise Invalid("That lies in the past; say until when the shift is to go on.")
        key = key_in(settings.home / "keys", f"{DOOR.key}.pem")
        with db.write() as tx:
            link = links.link_to(key, settings.home / "keys", DOOR)
            text = shift_text(key, str(event_uuid(tx)), role, ends, link=link)
            count = extend_shifts(tx, role, ends_at=ends, at=to_seconds(now()))
    click.echo(f"{count} devices go on until {until}.\n{text}\n")
    click.echo(qr.terminal(text))
