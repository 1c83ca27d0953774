"""What codes say of a holder, and what they said before: the printed badge is valid all the same.

Category, days and flags may change without another generation. What a badge's signature opens
(badges/sealed.py) must then be made for each text that may be in somebody's hands.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, select

from badges.code import Claim, Flag, Medium
from event.people.categories import categories
from event.people.codes import Signer, flags_of
from event.people.model import EVERY_DAY, Attendee
from event.tables import attendee, earlier_claim, holder
from event.tables.many import among

Said = tuple[int, int, int]
"""Category, days and flags."""


def remember(db: Connection, people: Iterable[Attendee]) -> None:
    """Keep what codes say, of those of whom they say something else once `people` are stored."""
    numbers = {item.slug: item.number for item in categories(db)}
    new = {
        person.id: (numbers.get(person.category, 0), person.days, int(flags_of(person)))
        for person in people
    }
    _keep(db, [
        (row.number, said)
        for row in db.execute(_NOW, {"ids": list(new)})
        if (said := (numbers.get(row.category, 0), row.days, int(flags_of(row)))) != new[row.id]
    ])  # fmt: skip


def remember_blanks(db: Connection, holders: Iterable[int], category: int) -> None:
    """Keep what the codes of blanks say, which go on saying so when they are somebody's."""
    _keep(db, [(number, (category, EVERY_DAY, int(Flag.BLANK))) for number in holders])


def earlier_claims(db: Connection) -> dict[int, list[Said]]:
    """Return what codes said before, by holder."""
    found: dict[int, list[Said]] = {}
    for number, *said in db.execute(_ALL):
        found.setdefault(number, []).append((said[0], said[1], said[2]))
    return found


def claims(
    signer: Signer, person: Attendee, medium: Medium, earlier: Sequence[Said] = ()
) -> list[Claim]:
    """Return what valid badges of a person may say, each once; what one would say now is first."""
    now = signer.claim(person, medium)
    before = (
        replace(now, category=category, days=days, flags=Flag(flags))
        for category, days, flags in earlier
    )
    return list(dict.fromkeys((now, *before)))


def _keep(db: Connection, said: Sequence[tuple[int, Said]]) -> None:
    known = earlier_claims(db) if said else {}
    rows = [
        {"holder": number, "category": category, "days": days, "flags": flags}
        for number, (category, days, flags) in dict.fromkeys(said)
        if (category, days, flags) not in known.get(number, ())
    ]
    if rows:
        db.execute(earlier_claim.insert(), rows)


_ALL = select(earlier_claim).order_by(*earlier_claim.c)
_NOW = (
    select(
        attendee.c.id,
        attendee.c.category,
        attendee.c.days,
        attendee.c.look_at_id,
        attendee.c.minor,
        holder.c.number,
    )
    .join(holder, holder.c.attendee_id == attendee.c.id)
    .where(among(attendee.c.id, "ids"))
)
