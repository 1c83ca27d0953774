"""The keys that sign badges: show, rotate, revoke."""

import click

from api.commands.opened import opened
from event.people.badge_keys import badge_keys, current_key, revoke_badge_key, rotate_badge_key
from event.times import from_seconds, to_seconds


@click.group()
def badge() -> None:
    """Show, rotate and revoke the keys that sign badges."""


@badge.command()
def show() -> None:
    """List the keys that scanners verify with: slot, public key, since when, what it may do."""
    with opened() as (settings, db, now):
        with db.write() as tx:
            # The first one is made when it is first needed, and this is such a moment.
            current_key(tx, settings.home / "keys", at=to_seconds(now()))
        with db.read() as tx:
            known = badge_keys(tx)
    for key in known:
        since = from_seconds(key.not_before).isoformat() if key.not_before else "from the beginning"
        click.echo(f"{key.slot}  {key.public}  {since}  {key.status}")


@badge.command()
def rotate() -> None:
    """Sign with a new key from now on; badges that are printed stay valid."""
    with opened() as (settings, db, now), db.write() as tx:
        slot, _ = rotate_badge_key(tx, settings.home / "keys", at=to_seconds(now()))
    click.echo(f"Badges are signed with key {slot} from now on.")


@badge.command()
@click.argument("slot", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
def revoke(slot: int, *, yes: bool) -> None:
    """Make every badge that key SLOT signed invalid; all of them have to be printed again."""
    if not yes:
        click.confirm(f"Make every badge that key {slot} signed invalid?", abort=True)
    with opened() as (settings, db, now), db.write() as tx:
        revoke_badge_key(tx, settings.home / "keys", slot, at=to_seconds(now()))
    click.echo(f"Key {slot} is revoked; print the badges again.")
