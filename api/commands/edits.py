"""Lists of edits from a file, as organisers send them over HTTP: on the server's own console."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import IO, Any
from uuid import uuid4

import click

from api.clock import real_time
from api.commands.opened import BY, opened
from event.agenda.model import Agenda
from event.database import Database
from event.errors import Invalid
from event.text import parse, pick
from event.times import from_seconds, zone
from event.told.reach import counted
from event.told.told import told_of
from sync.edits import Edited
from sync.holds import edit_once, edit_with_held, hold
from sync.publish import Published, publish, rehearse

_FIRST = "starts_at ends_at room_id"


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="Say what would happen, and do nothing.")
def edits(file: IO[bytes], *, dry_run: bool) -> None:
    """Do the operations of a JSON FILE as one publish; - reads standard input.

    FILE is what POST /v1/agenda/edits takes: {"operations": [...], "reason": {...}}. All of it is
    done, or nothing and every fault is listed.
    """
    from api.edits import edits_of  # noqa: PLC0415

    content = file.read()
    with opened() as (_, db, now), _faults_listed():
        body, at = _body(content), now().replace(microsecond=0)
        key, digest = str(body.get("id") or uuid4()), sha256(content).hexdigest()
        wanted = edits_of(body, at)
        if dry_run or body["dry_run"]:
            trial = partial(edit_with_held, edits=wanted, at=at)
            _show(db, rehearse(db, trial, at=at, by=BY, reason=wanted.reason))
            click.echo("Nothing was changed.")
        elif body["hold"]:
            with db.write() as tx:
                due = at + timedelta(seconds=body["hold"])
                held = hold(tx, key, wanted, due=due, by=BY, digest=digest)
            click.echo(f"Held as {held.id} until {held.due}." if held else "Nothing is left of it.")
        else:
            edit = partial(edit_once, key=key, edits=wanted, at=at, digest=digest)
            done = publish(db, edit, at=at, by=BY, reason=wanted.reason, issued_at=real_time())
            if done.value is None:
                click.echo("That was done already.")
                return
            _show(db, done)
            is_new = done.clock.seq > done.value.since
            click.echo(f"Publish {done.clock.seq}." if is_new else "Nothing became different.")


def _body(content: bytes) -> dict[str, Any]:
    """Return what a file says, checked as the route checks it. Raises Invalid."""
    import marshmallow as ma  # noqa: PLC0415

    from api.edits import EditsInput  # noqa: PLC0415
    from api.problems import pointers  # noqa: PLC0415

    try:
        said = json.loads(content)
        if not isinstance(said, dict):
            raise Invalid('The file is no list of edits; begin it with {"operations": [')
        body: dict[str, Any] = EditsInput().load(said)
    except ma.ValidationError as error:
        raise Invalid("The file breaks rules.", errors=list(pointers(error.messages))) from None
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The file is no JSON in UTF-8: {error}.") from None
    return body


@contextmanager
def _faults_listed() -> Iterator[None]:
    """Print every fault before the sentence that sums them up."""
    try:
        yield
    except Invalid as invalid:
        faults: Any = invalid.fields.get("errors", ())
        for fault in faults:
            click.echo(f"{fault['pointer']}: {fault['detail']}", err=True)
        raise


def _show(db: Database, done: Published[Any]) -> None:
    """Print what became different, what clashes, and how many people are told."""
    edited: Edited = done.value
    for change in done.changes:
        click.echo(f"{change['kind']:<9} {_change(change, edited.after)}")
    for clash in edited.clashes:
        of = ", ".join(map(str, clash.sessions))
        people = f", {clash.people} people" if clash.people else ""
        click.echo(f"clash     {clash.kind} {clash.subject}: sessions {of}{people}")
    with db.read() as tx:
        at = done.changes[0]["at"] if done.changes else 0
        told = counted(told_of(tx, done.changes, at=at), {})
    reasons = (f"{count} {why}" for why, count in told["by_reason"].items() if count)
    click.echo(f"{told['people']} people are told: {', '.join(reasons) or 'nobody'}.")


def _change(change: Any, after: Agenda) -> str:
    """Return one change in a line: what it is about, and from what to what."""
    tz = zone(after.event.timezone)
    rooms = {room.id: pick(room.name, after.event.languages)[0] for room in after.rooms}
    titles = {session.id: session.title for session in after.sessions}
    old, new = parse(change["old"]), parse(change["new"])

    def shown(name: str, value: Any) -> str:
        if name in {"starts_at", "ends_at"} and value is not None:
            return f"{from_seconds(value).astimezone(tz):%d.%m. %H:%M}"
        if name == "room_id":
            return rooms.get(value, "no room")
        return pick(value, after.event.languages)[0] if isinstance(value, dict) else str(value)

    title = titles.get(change["session_id"]) or new.get("title") or old.get("title") or {}
    name = f"{change['subject']} {change['subject_id']} “{pick(title, after.event.languages)[0]}”"
    if not (old and new):
        return name
    names = sorted(new, key=lambda name: (name not in _FIRST, _FIRST.find(name), name))
    sides = (f"{shown(one, old.get(one))} → {shown(one, new.get(one))}" for one in names)
    return f"{name}: {', '.join(sides)}"
