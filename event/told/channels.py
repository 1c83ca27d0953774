"""Channels: by which ways people are told, each of them by every way that they chose."""

from sqlalchemy import Connection, bindparam, exists, select

from event.people.consents import answers_to
from event.tables import attendee, webhook
from event.told.subscriptions import PHONES

PUSH, MAIL, WEBHOOK = "push", "mail", "webhook"
CHANNELS = (PUSH, MAIL, WEBHOOK)


def mailboxes(db: Connection) -> set[int]:
    """Return the attendees who have an address and agreed to be written to."""
    return writable(db) & set(db.execute(_MAILBOXES).scalars())


def mailbox_of(db: Connection, attendee_id: int) -> str:
    """Return somebody's address, "" when they may not be written to any more."""
    if attendee_id not in writable(db):
        return ""
    return db.execute(_MAILBOX, {"wanted": attendee_id}).scalar() or ""


def writable(db: Connection) -> set[int]:
    """Return the attendees who agreed to be written to, by us or by the organisation's gateway."""
    return {who for who, given in answers_to(db, "contact").items() if given}


def reached(db: Connection, *, mail: bool) -> dict[str, set[int]]:
    """Return the attendees that each channel reaches now; `mail` says whether we send any.

    A webhook that learns of nobody reaches whom its gateway knows, which we do not.
    """
    return {
        PUSH: {row.attendee_id for row in db.execute(PHONES)},
        MAIL: mailboxes(db) if mail else set(),
        WEBHOOK: writable(db) if db.execute(_TAKES_PEOPLE).scalar() else set(),
    }


_MAILBOXES = select(attendee.c.id).where(attendee.c.email != "")
_MAILBOX = select(attendee.c.email).where(attendee.c.id == bindparam("wanted"))
_TAKES_PEOPLE = select(exists().where(webhook.c.recipients != "none", webhook.c.gone_at.is_(None)))
