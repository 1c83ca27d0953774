"""Which attendee is which speaker, so that what they speak in stands in their schedule."""

from sqlalchemy import Connection, bindparam, delete, select

from event.errors import NotFound
from event.people.attendees import find
from event.tables import speaker, speaking


def set_speaking(db: Connection, speaker_id: int, attendee_id: int | None) -> None:
    """Say which attendee a speaker is, None for nobody. Raises NotFound."""
    if db.execute(_SPEAKER.with_for_update(), {"wanted": speaker_id}).first() is None:
        raise NotFound(f"There is no speaker {speaker_id}.")
    db.execute(_FORGET, {"wanted": speaker_id})
    if attendee_id is not None:
        row = {"speaker_id": speaker_id, "attendee_id": find(db, attendee_id).id}
        db.execute(speaking.insert(), row)


def speakers_of(db: Connection, attendee_id: int) -> frozenset[int]:
    """Return the ids of the speakers that somebody is."""
    return frozenset(db.execute(_OF, {"attendee": attendee_id}).scalars())


_SPEAKER = select(speaker.c.id).where(speaker.c.id == bindparam("wanted"))
_FORGET = delete(speaking).where(speaking.c.speaker_id == bindparam("wanted"))
_OF = select(speaking.c.speaker_id).where(speaking.c.attendee_id == bindparam("attendee"))
