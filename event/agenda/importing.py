"""An agenda file comes in: compared with what is there, then stored."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from event import tables
from event.agenda.merge import largest_id, merge
from event.agenda.model import Agenda
from event.agenda.rows import load, store
from event.errors import NotFound
from event.formats.imported import Imported


def present(db: Connection) -> Agenda | None:
    """Return the whole agenda as it is, None while there is no event."""
    try:
        return load(db, public=False)
    except NotFound:
        return None


def merged(db: Connection, imported: Imported, *, at: datetime) -> tuple[Agenda | None, Agenda]:
    """Return the agenda as it is and as it would be after the import; nothing is written."""
    current = present(db)
    first_id = db.execute(_FIRST_ID).scalar_one()
    return current, merge(current, imported, at=at, first_id=first_id)


def import_agenda(db: Connection, imported: Imported, *, at: datetime) -> Agenda:
    """Merge an imported agenda into the database; return the agenda that results."""
    current, new = merged(db, imported, at=at)
    keep(db, current, new)
    return new


def keep(db: Connection, current: Agenda | None, new: Agenda) -> None:
    """Store what a merge made of an agenda; ids that are given out later lie above its own."""
    store(db, current, new)
    # Ids kept from the source may lie above those given out so far.
    floor = largest_id(new) + 1
    db.execute(_ABOVE, {"floor": floor})


_CLOCK = tables.clock
_FIRST_ID = select(_CLOCK.c.next_id).where(_CLOCK.c.feed == "public")
_ABOVE = (
    update(_CLOCK)
    .where(_CLOCK.c.feed == "public", _CLOCK.c.next_id < bindparam("floor"))
    .values(next_id=bindparam("floor"))
)
