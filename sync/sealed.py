"""Sealed names for doors: the name on each badge in a box that only this badge opens.

There is a box for each medium, each key that doors accept and each text that a valid badge may
have since something of it changed: nobody knows which will be shown.
"""

import base64
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, func, select

from badges.code import Claim, Medium, signature_of
from badges.sealed import seal, sealed_id
from event.people.attendees import everyone
from event.people.badge_keys import REVOKED, badge_keys, private_key
from event.people.categories import categories
from event.people.claims import claims, earlier_claims
from event.people.codes import Signer, event_uuid
from event.people.model import Attendee
from event.tables import attendee, badge_key, earlier_claim, holder
from event.text import dump

Boxes = Mapping[tuple[str, Claim, str], tuple[str, str]]
"""The hex name and the base64url box by public key, claim and text."""


def sealed_names(db: Connection, folder: Path, known: Boxes) -> Boxes:
    """Return the boxes of all who have a name; those that are known are not made again (60 µs).

    `folder` has the private keys. Raises NotFound without an event, Invalid when a key is missing.
    """
    event, numbers = event_uuid(db), {item.slug: item.number for item in categories(db)}
    signers = [
        (key.public, Signer(event, key.slot, private_key(folder, key), numbers))
        for key in badge_keys(db)
        if key.status != REVOKED
    ]
    boxes, before = {}, earlier_claims(db)
    for person in everyone(db):
        text = _text(person)
        earlier = before.get(person.holder, ())
        for public, signer in signers if person.given_name or person.surname else ():
            for medium in Medium:
                for claim in claims(signer, person, medium, earlier):
                    what = (public, claim, text)
                    boxes[what] = known.get(what) or _box(signer, claim, text)
    return boxes


def names_tag(db: Connection) -> str:
    """Return a text that changes whenever a name, a badge or a key does; it tells nothing else."""
    return "-".join(
        str(number or 0) for statement in _TAG for number in db.execute(statement).one()
    )


def _box(signer: Signer, claim: Claim, text: str) -> tuple[str, str]:
    signature = signature_of(claim, signer.event, signer.key)
    box = base64.urlsafe_b64encode(seal(signature, signer.event, text)).rstrip(b"=")
    return sealed_id(signature, signer.event).hex(), box.decode()


def _text(person: Attendee) -> str:
    """Return what a badge opens, in short (docs/sync.md, "Sealed names")."""
    said = {
        "g": person.given_name,
        "s": person.surname,
        "o": person.organisation,
        "n": person.note,
    }
    return dump({name: value for name, value in said.items() if value})


_TAG = (
    # An id is never given again and a version only grows.
    select(func.count(), func.max(attendee.c.id), func.sum(attendee.c.version)),
    select(func.sum(holder.c.phone), func.sum(holder.c.paper)),
    # A slot may be used again, by a key that begins later.
    select(func.count(), func.count(badge_key.c.not_after), func.sum(badge_key.c.not_before)),
    select(func.count()).select_from(earlier_claim),
)
