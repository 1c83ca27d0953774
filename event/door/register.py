"""Registrations at the door: a blank badge becomes somebody's, also when nobody could be asked.

Each is a fact with a moment, and whoever was written down becomes an attendee. Of several for one
blank the first by repaired time and id has it, in whatever order they arrive.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection, bindparam, select, update

from event.database import take_turns
from event.door.incidents import note_registrations
from event.door.scans import Scan, scan_of, store
from event.people.attendees import add_all
from event.people.holders import new_holders
from event.people.model import Attendee
from event.tables import attendee, holder, scan

KIND = "register"
"""What the log of scans calls a registration; its id is the guid of the attendee it made."""


def register(
    db: Connection, scans: Sequence[Scan], people: Mapping[str, Attendee], *, at: int
) -> None:
    """Store registrations and bind their blanks; `people` is who was written down, by scan.

    Whoever does not get the badge is an attendee too, with one yet to be printed. A badge that is
    no blank of ours stays whose it is. What comes again changes nothing. `at` is UTC seconds.
    """
    take_turns(db)
    stored = store(db, scans)
    known = set(db.execute(_KNOWN, {"guids": list(stored)}).scalars())
    new = [replace(people[name], guid=name, source="blank") for name in stored.keys() - known]
    add_all(db, new, at=at)
    for number in sorted({item.holder for item in stored.values() if item.holder is not None}):
        said = [scan_of(row) for row in db.execute(_SAID, {"wanted": number})]
        is_blank = _bind(db, number, said, at=at)
        note_registrations(db, number, said, is_blank=is_blank)


def _bind(db: Connection, number: int, said: Sequence[Scan], *, at: int) -> bool:
    """Give a blank to the first who was written down for it; say whether it is one."""
    blank = db.execute(_BLANK, {"wanted": number}).first()
    if blank is None:
        return False
    ids = {row.guid: row.id for row in db.execute(_IDS, {"guids": [item.id for item in said]})}
    first, now = ids.get(said[0].id), blank.attendee_id
    if first is not None and now != first and (now is None or now in ids.values()):
        # Each attendee has one holder; nobody has seen the one they got when they were added.
        db.execute(_SPARE, {"wanted": first})
        db.execute(_GIVE, {"wanted": number, "to": first})
        new_holders(db, [] if now is None else [now], at=at)
    return True


_KNOWN = select(attendee.c.guid).where(attendee.c.guid.in_(bindparam("guids", expanding=True)))
_IDS = select(attendee.c.guid, attendee.c.id).where(
    attendee.c.guid.in_(bindparam("guids", expanding=True))
)
_SAID = (
    select(scan)
    .where(scan.c.kind == KIND, scan.c.holder == bindparam("wanted"), scan.c.gate_id.is_(None))
    .order_by(scan.c.t_est, scan.c.id)
)
_BLANK = select(holder.c.attendee_id).where(
    holder.c.number == bindparam("wanted"), holder.c.blank == 1
)
_SPARE = holder.delete().where(holder.c.attendee_id == bindparam("wanted"))
_GIVE = (
    update(holder).where(holder.c.number == bindparam("wanted")).values(attendee_id=bindparam("to"))
)
