"""The feed and its keeping: mirror, keys, backup, restore."""

import itertools
import time
from pathlib import Path

import click

from api.clock import real_time
from api.commands.opened import opened
from event.database import Database
from event.keys import key_in, public_text
from event.times import from_seconds
from sync import backup as backups
from sync import links
from sync.mirror import mirror as mirrored
from sync.publish import read_clock
from sync.signing import Signer
from sync.upkeep import tend

FEEDS = {feed.name: feed for feed in backups.FEEDS}
LOOK_AGAIN, TEND_AGAIN = 0.5, 3600
"""Seconds between two looks of `mirror --watch`, and two makings of what is due."""


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option("--watch", is_flag=True, help="Go on, and follow every publish within a second.")
def mirror(folder: Path, *, watch: bool) -> None:
    """Write the feed's files into DIR, for nginx or object storage; deploy/nginx.conf serves them.

    Immutable files come first and `head` last, each whole or not at all.
    """
    with opened() as (settings, db, _):
        signer = Signer(settings.home)
        click.echo("Making what is due …", err=True)
        tend(db, issued_at=real_time())
        changes = db.watch()
        try:
            changes.changed()
            _mirror_once(db, signer, folder)
            tended = time.monotonic()
            while watch:
                time.sleep(LOOK_AGAIN)
                is_due = time.monotonic() - tended > TEND_AGAIN
                if is_due:
                    tended = time.monotonic()
                    tend(db, issued_at=real_time())
                if changes.changed() or is_due:
                    _mirror_watched(db, signer, folder)
        except KeyboardInterrupt:
            click.echo("Stopped.", err=True)
        finally:
            changes.close()


def _mirror_once(db: Database, signer: Signer, folder: Path) -> None:
    try:
        written = mirrored(db, signer, folder)
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written: {error.strerror}.") from None
    if written:
        click.echo(f"{len(written)} files to {folder}: {', '.join(written[-3:])}", err=True)


def _mirror_watched(db: Database, signer: Signer, folder: Path) -> None:
    """Mirror, and go on when it fails: there may be room again an hour later."""
    try:
        _mirror_once(db, signer, folder)
    except click.ClickException as error:
        error.show()


which = click.option(
    "--feed",
    "name",
    type=click.Choice(list(FEEDS)),
    default="public",
    show_default=True,
    help="Whose key: the public feed's, or that of the doors.",
)


@click.group()
def keys() -> None:
    """Show and rotate the keys that sign the feeds."""


@keys.command()
@which
def show(name: str) -> None:
    """Print the public key that phones verify with."""
    with opened() as (settings, _db, _now):
        click.echo(public_text(key_in(settings.home / "keys", f"{FEEDS[name].key}.pem")))


@keys.command()
@which
def rotate(name: str) -> None:
    """Replace the key; phones find the way from the old one by themselves, however late.

    Several machines: rotate on one, then copy the folder keys to the others.
    """
    with opened() as (settings, db, _now):
        folder = settings.home / "keys"
        public = links.rotate(db, folder, issued_at=real_time(), feed=FEEDS[name])
    click.echo(public)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Write everything the database holds into FILE, also while serving.

    The signing keys are not in it: keep EVENTDAY_HOME/keys apart, and safe.
    """
    with opened() as (_, db, _now):
        try:
            backups.back_up(db, file)
        except OSError as error:
            raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
        with db.read() as tx:
            clock = read_clock(tx)
    click.echo(f"Publish {clock.seq} to {file}, {file.stat().st_size:,} bytes", err=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(file: Path, *, yes: bool) -> None:
    """Replace everything by a backup FILE; phones notice and follow.

    What is there is written to a backup of its own first.
    """
    with opened() as (settings, db, now):
        with db.read() as tx:
            clock = read_clock(tx)
        with backups.opened(file):
            pass  # a file that is no backup is found before anything is done
        if clock.seq:
            if not yes:
                click.confirm(f"Replace the event as of publish {clock.seq}?", abort=True)
            name = f"before-restore-{clock.epoch}-{clock.seq}"
            names = (settings.home / f"{name}-{number}.db" for number in itertools.count(1))
            kept = next(path for path in names if not path.exists())
            backups.back_up(db, kept)
            click.echo(f"What was there is in {kept}", err=True)
        last = max(Signer(settings.home, feed).last().epoch for feed in backups.FEEDS)
        after = backups.restore(db, file, after=last, at=now(), issued_at=real_time())
        since = from_seconds(after.epoch).isoformat()
        click.echo(f"Restored publish {after.seq}; epoch {after.epoch} ({since}).", err=True)
