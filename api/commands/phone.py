"""Trying the reference client: a phone in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from sync.phone import Phone, PhoneError, over_http

FAILED = {"refused", "outdated", "unreachable", "unwritable"}


@click.group()
@click.option("--server", default="http://127.0.0.1:8000", show_default=True, help="Its address.")
@click.option(
    "--dir",
    "folder",
    default="phone",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the phone keeps what it knows.",
)
@click.option("--lang", default="en", show_default=True, help="Language to show texts in.")
@click.pass_context
def phone(ctx: click.Context, server: str, folder: Path, lang: str) -> None:
    """Be a phone: keep an event's agenda in a folder, and read it without a network."""
    ctx.obj = (server, folder, lang)


@contextmanager
def _phone(ctx: click.Context) -> Iterator[tuple[Phone, str]]:
    server, folder, language = ctx.obj
    try:
        held = Phone(folder, over_http(f"{server.rstrip('/')}/v1/"))
        try:
            yield held, language
        finally:
            held.close()
    except PhoneError as error:
        raise click.ClickException(str(error)) from None


@phone.command()
@click.pass_context
def sync(ctx: click.Context) -> None:
    """Ask for what is new, and send what waits."""
    with _phone(ctx) as (held, _):
        for result in (held.sync(), held.flush()):
            if result.outcome in FAILED:
                raise click.ClickException(result.sentence)
            if result.requests:
                click.echo(
                    f"{result.outcome}: {result.sentence} "
                    f"Requests: {result.requests}, bytes: {result.body_bytes:,}."
                )


@phone.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """Say how fresh it is and what waits to be sent."""
    with _phone(ctx) as (held, _):
        now = held.status()
        if now.age is None:
            click.echo("Nothing is here yet; run: eventday phone sync")
            return
        click.echo(f"Publish {now.seq} of epoch {now.epoch}, checked {now.age:.0f} s ago.")
        if now.banner:
            click.echo(now.banner)
        click.echo(f"Waiting to be sent: {now.unsent}.")


@phone.command()
@click.pass_context
def new(ctx: click.Context) -> None:
    """Show what is new since this was last asked."""
    with _phone(ctx) as (held, language):
        news = held.new(language)
        sentences = [change.sentence for change in news.changes if change.sentence]
        for sentence in sentences:
            click.echo(sentence)
        if rest := len(news.changes) - len(sentences):
            click.echo(f"{rest} other rows changed." if sentences else f"{rest} rows changed.")
        if not news.changes:
            click.echo("Nothing is new.")
        held.shown(news)


@phone.command()
@click.argument("text")
@click.pass_context
def search(ctx: click.Context, text: str) -> None:
    """Show the sessions that TEXT is found in: lodz finds Łódź."""
    with _phone(ctx) as (held, language):
        _show(held.search(text), language, held.zone())


@phone.command()
@click.pass_context
def agenda(ctx: click.Context) -> None:
    """Show the agenda."""
    with _phone(ctx) as (held, language):
        _show(held.agenda(), language, held.zone())


def _show(sessions: list[dict[str, Any]], language: str, zone: str) -> None:
    day = None
    for session in sessions:
        tz = ZoneInfo(zone) if zone else UTC
        start = datetime.fromtimestamp(session["starts_at"], tz)
        if start.date() != day:
            day = start.date()
            click.echo(f"{day:%A %d %B %Y}")
        title = _in(session["title"], language)
        state = "" if session["state"] == "confirmed" else f" ({session['state']})"
        click.echo(f"  {start:%H:%M}  {title}{state}  {_in(session['room'], language)}".rstrip())
    if not sessions:
        click.echo("Nothing.")


def _in(texts: dict[str, str], language: str) -> str:
    return texts.get(language) or next(iter(texts.values()), "")
