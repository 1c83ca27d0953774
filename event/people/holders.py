"""Holders: the numbers that badges name, their blanks, and what makes an old badge invalid."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, union, update

from badges.code import GENERATIONS, Medium
from event.database import take_turns
from event.errors import Conflict, Gone, NotFound
from event.tables import holder, reissue, scan
from event.tables.many import among


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a code names: an attendee, nobody yet (a blank), or nobody any more (ended)."""

    number: int
    attendee_id: int | None
    blank: bool
    phone: int
    paper: int
    ended_at: int | None

    def generation(self, medium: Medium) -> int:
        """Return the generation that is valid on a medium."""
        return self.paper if medium is Medium.PAPER else self.phone


@dataclass(frozen=True, slots=True)
class Reissue:
    """When and by whom a badge got another generation."""

    medium: Medium
    generation: int
    at: int
    by: str


def new_holders(db: Connection, attendees: Iterable[int | None], *, at: int) -> list[int]:
    """Give each attendee a holder of a random number; None makes a blank. Returns the numbers.

    A number under which a door has let somebody in is nobody else's, though no holder has it.
    """
    take_turns(db)
    wanted = list(attendees)
    numbers: list[int] = []
    while missing := len(wanted) - len(numbers):
        drawn = dict.fromkeys(secrets.randbits(32) for _ in range(missing))
        taken = {0, *numbers, *db.execute(_TAKEN, {"numbers": list(drawn)}).scalars()}
        numbers += [number for number in drawn if number not in taken]
    rows = [
        {"number": number, "attendee_id": attendee, "blank": int(attendee is None),
         "created_at": at}
        for number, attendee in zip(numbers, wanted, strict=True)
    ]  # fmt: skip
    if rows:
        db.execute(holder.insert(), rows)
    return numbers


def find_holder(db: Connection, number: int) -> Holder:
    """Return a holder. Raises NotFound."""
    row = db.execute(_HOLDER, {"holder": number}).first()
    if row is None:
        raise NotFound("No badge of this event has that number.")
    return Holder(row.number, row.attendee_id, bool(row.blank), row.phone, row.paper, row.ended_at)


def reissue_badge(
    db: Connection, number: int, medium: Medium, generation: int, *, at: int, by: str
) -> Holder:
    """Make a generation of one medium the valid one; badges of earlier ones die.

    `generation` is the present one plus one; the present one again changes nothing, so that a
    retry is harmless. Raises NotFound, Conflict for any other or when there are no more, and Gone
    when its attendee is erased.
    """
    take_turns(db)
    now = find_holder(db, number)
    if now.ended_at is not None:
        raise Gone("Whose badge this was is erased; register them anew.", code="gone")
    present = now.generation(medium)
    if generation == present:
        return now
    if generation != present + 1:
        raise Conflict(f"The valid generation is {present}; ask for {present + 1}.")
    if generation >= GENERATIONS:
        raise Conflict("This badge was reissued too often; substitute the attendee by themselves.")
    db.execute(_SET[medium], {"holder": number, "generation": generation})
    row = {"holder": number, "medium": int(medium), "generation": generation, "at": at, "by": by}
    db.execute(reissue.insert(), row)
    return find_holder(db, number)


def reissues(db: Connection, number: int) -> list[Reissue]:
    """Return how often a holder's badges were replaced, oldest first."""
    rows = db.execute(_REISSUES, {"holder": number})
    return [Reissue(Medium(row.medium), row.generation, row.at, row.by) for row in rows]


_TAKEN = union(
    select(holder.c.number).where(among(holder.c.number, "numbers")),
    select(scan.c.holder).where(among(scan.c.holder, "numbers")),
)
_HOLDER = select(holder).where(holder.c.number == bindparam("holder"))
_SET = {
    medium: update(holder)
    .where(holder.c.number == bindparam("holder"))
    .values({column: bindparam("generation")})
    for medium, column in ((Medium.PHONE, "phone"), (Medium.PAPER, "paper"))
}
_REISSUES = (
    select(reissue)
    .where(reissue.c.holder == bindparam("holder"))
    .order_by(reissue.c.at, reissue.c.medium, reissue.c.generation)
)
