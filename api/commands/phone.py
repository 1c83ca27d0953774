"""Trying the reference client: a phone in a folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from event.text import parse, pick
from sync.phone import News, Phone
from sync.replica import Key, Row
from sync.transport import Http, boot_of, since_boot
from sync.trouble import FAILED, PhoneError

TOLD = ("session", "part", "session_speaker")


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
def _phone(ctx: click.Context) -> Iterator[tuple[Phone, Http]]:
    server, folder, _ = ctx.obj
    try:
        transport = Http(f"{server.rstrip('/')}/v1/")
        held = Phone(folder, transport, boot=boot_of(), monotonic=since_boot)
        with alone(folder):
            yield held, transport
    except PhoneError as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def alone(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Keep other commands out of a folder, or wait; an app on a phone is alone anyway."""
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise click.ClickException("Another program keeps this folder; close it first.") from None
    finally:
        os.close(lock)


@phone.command()
@click.pass_context
def sync(ctx: click.Context) -> None:
    """Ask for what is new, and send what waits."""
    with _phone(ctx) as (held, transport):
        for work in (held.sync, held.flush):
            transport.requests = transport.received = 0
            result = work()
            if result.outcome in FAILED:
                raise click.ClickException(result.sentence)
            if transport.requests:
                click.echo(
                    f"{result.outcome}: {result.sentence} "
                    f"Requests: {transport.requests}, bytes: {transport.received:,}."
                )


@phone.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """Say how fresh it is and what waits to be sent."""
    with _phone(ctx) as (held, _):
        now = held.status()
        if now["age"] is None:
            click.echo("Nothing is here yet; run: eventday phone sync")
            return
        age = f"{now['age']:.0f} s" if now["age"] < 3600 else f"{now['age'] / 3600:.0f} hours"
        click.echo(f"Publish {now['seq']} of epoch {now['epoch']}, checked {age} ago.")
        if now["is_old"]:
            click.echo("That is long ago: changes may be missing.")
        click.echo(f"Waiting to be sent: {now['unsent']}.")


@phone.command()
@click.pass_context
def new(ctx: click.Context) -> None:
    """Show what is new since this was last asked."""
    with _phone(ctx) as (held, _):
        news = held.new()
        told = sentences(held, news, ctx.obj[2])
        for sentence in told.values():
            click.echo(sentence)
        if rest := sum(key[0] not in TOLD for key in news[1]):
            click.echo(f"{rest} other rows changed." if told else f"{rest} rows changed.")
        if not news[1]:
            click.echo("Nothing is new.")
        held.shown(news)


@phone.command()
@click.argument("text")
@click.pass_context
def search(ctx: click.Context, text: str) -> None:
    """Show the sessions that TEXT is found in: lodz finds Łódź."""
    with _phone(ctx) as (held, _):
        found = held.search(text)
        _show(held, [row for row in _sessions(held) if row["id"] in found], ctx.obj[2])


@phone.command()
@click.pass_context
def agenda(ctx: click.Context) -> None:
    """Show the agenda."""
    with _phone(ctx) as (held, _):
        _show(held, _sessions(held), ctx.obj[2])


def sentences(held: Phone, news: News, language: str) -> dict[Key, str]:
    """Return what happened to each session and part that is new or different, in words.

    A part that comes, goes or moves with its session has no sentence of its own.
    """
    told: dict[Key, str] = {}
    for table in TOLD:
        for key, (old, new) in news[1].items():
            subject = ("session" if table == "session_speaker" else table, key[1])
            owner = ("session", (new or old or {}).get("session_id"))
            is_own = table == "part" and old and new and old["state"] != new["state"]
            if key[0] != table or subject in told or (owner in told and not is_own):
                continue
            row = held.rows.get(subject)
            before = row if table == "session_speaker" else old
            title = _in((row or old or {}).get("title", "{}"), language)
            told[subject] = f"“{title}” {_happened(held, before, row, language)}"
    return told


def _happened(held: Phone, old: Row | None, new: Row | None, language: str) -> str:
    if new is None:
        return "is no longer on the agenda."
    start = datetime.fromtimestamp(new["starts_at"], _zone(held))
    place = ", ".join(filter(None, (f"{start:%Y-%m-%d %H:%M}", _room(held, new, language))))
    if old is None:
        return f"is new: {place}."
    if old == new:
        return "has other speakers."
    if old["state"] != new["state"]:
        return f"is {new['state']}."
    if any(old.get(name) != new.get(name) for name in ("starts_at", "ends_at", "room_id")):
        return f"has moved: {place}."
    return "was changed."


def _sessions(held: Phone) -> list[Row]:
    sessions = [row for key, row in held.rows.items() if key[0] == "session"]
    return sorted(sessions, key=lambda row: (row["starts_at"], row["ends_at"], row["id"]))


def _zone(held: Phone) -> tzinfo:
    zones = [row["timezone"] for key, row in held.rows.items() if key[0] == "event"]
    return ZoneInfo(zones[0]) if zones else UTC


def _room(held: Phone, row: Row, language: str) -> str:
    session = held.rows.get(("session", row.get("session_id")), row)
    room = held.rows.get(("room", session.get("room_id")), {})
    return _in(room.get("name", "{}"), language)


def _in(texts: str, language: str) -> str:
    return pick(parse(texts), [language])[0]


def _show(held: Phone, sessions: list[Row], language: str) -> None:
    day, zone = None, _zone(held)
    for session in sessions:
        start = datetime.fromtimestamp(session["starts_at"], zone)
        if start.date() != day:
            day = start.date()
            click.echo(f"{day:%A %d %B %Y}")
        title, room = _in(session["title"], language), _room(held, session, language)
        state = "" if session["state"] == "confirmed" else f" ({session['state']})"
        click.echo(f"  {start:%H:%M}  {title}{state}  {room}".rstrip())
    if not sessions:
        click.echo("Nothing.")
