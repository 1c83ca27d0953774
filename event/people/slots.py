"""Box slots: where each printed badge waits, such as `C-214`."""

import re

from sqlalchemy import Connection

from event.database import take_turns
from event.people.attendees import change, everyone
from event.people.faces import surname_order
from event.people.model import Status

BOX = 250
"""Badges in a box, when all are put into boxes for the first time."""

_SLOT = re.compile(r"([A-Z])-([0-9]{1,6})")


def assign_slots(db: Connection, *, at: int) -> int:
    """Give everybody who comes and has no slot one; return how many they were.

    The first time, boxes are filled in the order of surnames, 250 badges a box, the rest in Z. Who
    comes later gets the next number in the box of whom they follow: no badge is ever moved.
    """
    take_turns(db)
    people = everyone(db)
    ends: dict[str, int] = {}
    for person in people:
        if slot := _SLOT.fullmatch(person.box_slot):
            ends[slot[1]] = max(int(slot[2]), ends.get(slot[1], 0))
    is_first, box, given = not ends, min(ends, default="A"), 0
    coming = (person for person in people if person.status is Status.REGISTERED)
    for place, person in enumerate(sorted(coming, key=surname_order)):
        if person.box_slot:
            slot = _SLOT.fullmatch(person.box_slot)
            box = slot[1] if slot else box
            continue
        if is_first:
            box = chr(ord("A") + min(place // BOX, 25))
        ends[box] = ends.get(box, 0) + 1
        change(db, person.id, {"box_slot": f"{box}-{ends[box]}"}, at=at)
        given += 1
    return given
