"""Diet and access needs, apart from everything else: only counts of them are given out."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, bindparam, select

from event.database import take_turns
from event.errors import Invalid, NotFound
from event.people.model import Status
from event.tables import attendee, need
from event.text import clean

LONGEST = 200


def set_needs(db: Connection, needs: Iterable[tuple[int, str, str]]) -> None:
    """Keep (attendee id, diet, access); two empty texts forget, of two for one the last counts.

    Raises Invalid for a text that is too long, NotFound for no such attendee.
    """
    last = {number: (clean(diet), clean(access)) for number, diet, access in needs}
    rows: list[dict[str, Any]] = [
        {"attendee_id": number, "diet": diet, "access": access}
        for number, (diet, access) in last.items()
    ]
    if any(len(row[name]) > LONGEST for row in rows for name in ("diet", "access")):
        raise Invalid(f"A need has at most {LONGEST} characters; shorten it.")
    take_turns(db)
    if last.keys() - set(db.execute(select(attendee.c.id)).scalars()):
        raise NotFound("There is no such attendee; search by name.")
    if rows:
        db.execute(_FORGET, [{"attendee": number} for number in last])
    if kept := [row for row in rows if row["diet"] or row["access"]]:
        db.execute(need.insert(), kept)


def counts(db: Connection) -> dict[str, list[tuple[str, int]]]:
    """Return how many who come need what, most frequent first, under `diet` and `access`."""
    rows = db.execute(_COMING, {"status": str(Status.REGISTERED)}).all()
    return {name: _counted(getattr(row, name) for row in rows) for name in ("diet", "access")}


def _counted(values: Iterable[str]) -> list[tuple[str, int]]:
    """Count texts without regard to case; the spelling met first stands for all."""
    spelt: dict[str, str] = {}
    counted: Counter[str] = Counter()
    for value in filter(None, values):
        counted[spelt.setdefault(value.casefold(), value)] += 1
    return counted.most_common()


_FORGET = need.delete().where(need.c.attendee_id == bindparam("attendee"))
_COMING = (
    select(need.c.diet, need.c.access)
    .join(attendee, attendee.c.id == need.c.attendee_id)
    .where(attendee.c.status == bindparam("status"))
    .order_by(need.c.attendee_id)
)
