"""Gates: where badges are scanned, from the command line as over HTTP."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlalchemy import Connection

from api.commands.opened import opened
from event.agenda.rows import load
from event.door.decide import Policy
from event.door.gates import Gate, event_days, rules_of, set_gate
from event.door.gates import gates as all_gates
from event.door.manifest import missing
from event.errors import Invalid
from event.people.model import EVERY_DAY
from event.text import pick
from event.times import from_local, from_seconds, to_seconds, zone

NONE = "none"
_MOMENTS = ("opens_at", "closes_at", "ended_at")
_WHOLE = {"session_id": "session", "capacity": "capacity"}


@click.group()
def gates() -> None:
    """List gates, add them and change them."""


@gates.command("list")
def list_() -> None:
    """List gates: slug, policy, hours, who, how many, name."""
    with opened() as (_, db, _now), db.read() as tx:
        lines = [_line(tx, item) for item in all_gates(tx)]
    if not lines:
        click.echo(
            "There are no gates yet: eventday gates set main --name en='Main door'", err=True
        )
    for line in lines:
        click.echo(line)


@gates.command("set")
@click.argument("slug")
@click.option("--name", "names", multiple=True, metavar="LANGUAGE=NAME",
              help="As volunteers know it; may repeat, replaces all.")  # fmt: skip
@click.option("--policy", type=click.Choice(list(map(str, Policy))), help="How often one may pass.")
@click.option("--category", "categories", multiple=True, metavar="SLUG|none",
              help="Only for these; may repeat.")  # fmt: skip
@click.option("--days", metavar="1,2|none", help="Only on these event days.")
@click.option("--opens", "opens_at", metavar="MOMENT|none", help="2025-06-03T18:00, venue time.")
@click.option("--closes", "closes_at", metavar="MOMENT|none")
@click.option("--ended", "ended_at", metavar="MOMENT|now|none", help="Departed, closed for good.")
@click.option("--session", "session_id", metavar="ID|none", help="Whose times and capacity it has.")
@click.option("--capacity", metavar="N|none", help="How many may be inside.")
@click.option("--needs-booking/--no-booking", default=None, help="Only who booked the session.")
@click.option("--departure/--no-departure", default=None, help="A bus: it has a manifest.")
@click.option("--free-flow/--no-free-flow", default=None, help="Count everybody, stop nobody.")
@click.option("--position", type=click.IntRange(0, 100_000), help="Where lists show it.")
def set_(slug: str, **said: Any) -> None:
    """Add the gate SLUG, or change what is named of it; the rest stays as it is.

    `none` takes a value away. Once a bus has left (--ended now), who is missing is listed.
    """
    with opened() as (_, db, now), db.write() as tx:
        days = len(event_days(tx))
        item = set_gate(tx, slug, _values(said, _zone(tx), now(), days))
        line = _line(tx, item)
        left = missing(tx, item)
    click.echo(line)
    for person in left:
        click.echo(f"missing: {f'{person.given_name} {person.surname}'.strip()}")


def _values(said: Mapping[str, Any], tz: ZoneInfo, now: datetime, days: int) -> dict[str, Any]:
    """Return what options say of a gate, in the domain's words."""
    values = {name: value for name, value in said.items() if value not in (None, ())}
    if names := values.pop("names", ()):
        values["name"] = dict(_name(text) for text in names)
    if "policy" in values:
        values["policy"] = Policy(values["policy"])
    if categories := values.get("categories"):
        values["categories"] = () if categories == (NONE,) else categories
    if "days" in values:
        values["days"] = EVERY_DAY if values["days"] == NONE else _bitmap(values["days"], days)
    for name in values.keys() & set(_MOMENTS):
        values[name] = _moment(name, values[name], tz, now)
    for name in values.keys() & _WHOLE.keys():
        text = values[name]
        if text != NONE and not (text.isascii() and text.isdigit() and len(text) < 16):
            raise Invalid(f"--{_WHOLE[name]} is a whole number, or none.")
        values[name] = None if text == NONE else int(text)
    return values


def _name(text: str) -> tuple[str, str]:
    language, found, name = text.partition("=")
    if not found:
        raise Invalid(f"Write --name en='{text}', with the language of the name.")
    return language, name


def _bitmap(text: str, count: int) -> int:
    days = {part.strip() for part in text.split(",")}
    if not days <= {str(number) for number in range(1, count + 1)}:
        raise Invalid(f"--days are numbers of event days, 1 to {count}, such as 1,2; or none.")
    return sum(1 << int(day) - 1 for day in days)


def _numbers(days: int) -> str:
    return ",".join(str(day + 1) for day in range(days.bit_length()) if days >> day & 1)


def _zone(db: Connection) -> ZoneInfo:
    """Return the venue's time zone. Raises NotFound without an event."""
    return zone(load(db, public=False, sessions=False).event.timezone)


def _moment(name: str, text: str, tz: ZoneInfo, now: datetime) -> int | None:
    """Return a moment as UTC seconds; without an offset it is the venue's time."""
    if text == NONE:
        return None
    if text == "now" and name == "ended_at":
        return to_seconds(now)
    try:
        given = datetime.fromisoformat(text)
        return to_seconds(given if given.tzinfo else from_local(given, tz)[0])
    except (ValueError, OverflowError):
        option = name.removesuffix("_at")
        raise Invalid(f"--{option} is a moment such as 2025-06-03T18:00, or none.") from None


def _line(db: Connection, item: Gate) -> str:
    rules, tz = rules_of(db, item), _zone(db)
    hours = "–".join(
        f"{from_seconds(at).astimezone(tz):%Y-%m-%d %H:%M}" if at is not None else ""
        for at in (rules.opens_at, rules.closes_at)
    )
    words = [
        item.slug,
        str(item.policy),
        hours if hours != "–" else "always",
        ",".join(item.categories) or "everyone",
        "" if item.days == EVERY_DAY else f"days {_numbers(item.days)}",
        "" if rules.capacity is None else f"{rules.capacity} places",
        "" if item.session_id is None else f"session {item.session_id}",
        *(name.replace("_", " ") for name in ("needs_booking", "departure", "free_flow")
          if getattr(item, name)),
        "ended" if rules.ended else "",
        pick(item.name, ["en"])[0],
    ]  # fmt: skip
    return "  ".join(word for word in words if word)
