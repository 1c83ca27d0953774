"""Substitutes: who comes instead of an attendee, and what of theirs passes on or ends."""

import dataclasses

from sqlalchemy import Connection, bindparam, delete, select, update

from event.database import take_turns
from event.errors import Conflict
from event.people.attendees import add, find, of_guid, store
from event.people.model import Attendee, Status
from event.tables import (
    booking,
    booking_answer,
    device,
    enrolment,
    meeting_guest,
    share,
    token,
)


def substitute(
    db: Connection,
    id: int,  # noqa: A002
    person: Attendee,
    *,
    at: int,
) -> Attendee:
    """Let a new person come instead: a new badge for them, the old one dies, with its phones.

    Organisation, category, days, party and bookings pass on. Answers to what bookings ask end, for
    they say who comes; meetings are declined, for they are with a person. The guid of an earlier
    substitute returns that one: a retry is harmless. Raises NotFound, Invalid, and Conflict when
    somebody else comes instead already, or the guid is another attendee's.
    """
    take_turns(db)
    old = find(db, id)
    if known := of_guid(db, person.guid):
        if known.replaces_id != id:
            raise Conflict("Another attendee has this guid; leave it out for a new one.")
        return known
    if old.status is Status.REPLACED:
        raise Conflict("Somebody comes instead already; substitute that one.")
    passed_on = ("category", "days", "party_id", "source", "language", "country")
    new = dataclasses.replace(
        person,
        organisation=person.organisation or old.organisation,
        replaces_id=old.id,
        **{name: getattr(old, name) for name in passed_on},
    )
    # The list they come from still names the old one; the id passes on, so that it finds the new.
    store(db, dataclasses.replace(old, status=Status.REPLACED, external_id=None), at=at)
    added = add(db, dataclasses.replace(new, external_id=old.external_id), at=at)
    db.execute(_PASS_ON, {"old": id, "new": added.id})
    db.execute(_FORGET_ANSWERS, {"old": id})
    db.execute(_DECLINE, {"old": id, "moment": at})
    lock_out(db, id, at=at)
    return added


def lock_out(db: Connection, id: int, *, at: int) -> None:  # noqa: A002
    """Revoke the phones, links and shares of an attendee."""
    for statement in _LOCK_OUT:
        db.execute(statement, {"attendee": id, "moment": at})


_PASS_ON = (
    update(booking)
    .where(booking.c.attendee_id == bindparam("old"))
    .values(attendee_id=bindparam("new"))
)
_FORGET_ANSWERS = delete(booking_answer).where(booking_answer.c.attendee_id == bindparam("old"))
_DECLINE = (
    update(meeting_guest)
    .where(meeting_guest.c.attendee_id == bindparam("old"))
    # As event.schedule.meetings has it, which itself knows of attendees.
    .values(answer="declined", proposed_at=None, answered_at=bindparam("moment"))
)
_DEVICES = select(device.c.id).where(device.c.attendee_id == bindparam("attendee"))
_LOCK_OUT = (
    update(token)
    .where(token.c.device_id.in_(_DEVICES), token.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("moment")),
    update(device)
    .where(device.c.attendee_id == bindparam("attendee"), device.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("moment")),
    update(enrolment)
    .where(enrolment.c.attendee_id == bindparam("attendee"), enrolment.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("moment")),
    update(share)
    .where(share.c.attendee_id == bindparam("attendee"), share.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("moment")),
)
