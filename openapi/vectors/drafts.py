"""A badge before a door, and words for what may differ: what decisions are written with."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

from known import EVENT, encoded, key

from badges.code import Claim, Flag, Medium, sign
from event.door.decide import (
    Badge,
    Door,
    Gate,
    Key,
    Passage,
    Standing,
    Verdict,
    decide,
    decide_holder,
)

HOLDER, STRANGER, DELEGATE, SPEAKER = 0x89ABCDEF, 0x01020304, 1, 3
NOW = 1748934000
"""09:00 in Rzeszów on the first of two days, which end at 04:00."""
DAYS = ((1748916000, 1749002400), (1749002400, 1749088800))
CLAIM = Claim(0, HOLDER, Medium.PAPER, 1, DELEGATE, 0b11, Flag(0))
BADGE = Badge(phone=1, paper=1, category=DELEGATE, days=0b11, standing=Standing(0))
HERE, THERE = "scanner-a", "scanner-b"
ENTERED = Passage(entries=1, days=0b01, inside=True, last_at=NOW - 3600, last_device=THERE)
PUBLIC = {slot: key(number).public_key().public_bytes_raw() for slot, number in ((0, 5), (1, 6))}
DOOR = Door(
    event=UUID(EVENT),
    days=DAYS,
    keys={slot: Key(public, NOW - 86400) for slot, public in PUBLIC.items()},
    badges={HOLDER: BADGE},
    gate=Gate(id=1),
    passages={},
    inside=10,
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A badge before a door: the code is signed when all that should be wrong with it is."""

    claim: Claim = CLAIM
    event: UUID = DOOR.event
    signer: int = 5
    spelled: Callable[[str], str] = str
    typed: int | None = None
    door: Door = DOOR
    at: int = NOW
    leaving: bool = False

    @property
    def text(self) -> str:
        """The text of the code."""
        return self.spelled(sign(self.claim, self.event, key(self.signer)))

    def decided(self) -> Verdict:
        """Return what the rule says."""
        if self.typed is None:
            return decide(self.text, self.door, at=self.at, device=HERE, leaving=self.leaving)
        return decide_holder(self.typed, self.door, at=self.at, device=HERE, leaving=self.leaving)


Change = Callable[[Draft], Draft]


def door(**values: Any) -> Change:
    """Return what changes a door."""
    return lambda draft: replace(draft, door=replace(draft.door, **values))


def gate(**values: Any) -> Change:
    """Return what changes the gate."""
    return lambda draft: door(gate=replace(draft.door.gate, **values))(draft)


def known(**values: Any) -> Change:
    """Return what changes what the door holds of the holder."""
    return lambda draft: door(badges={HOLDER: replace(draft.door.badges[HOLDER], **values)})(draft)


def stands(flag: Standing) -> Change:
    """Return what adds to the holder's standing."""
    return lambda draft: known(standing=draft.door.badges[HOLDER].standing | flag)(draft)


def keys(**values: Any) -> Change:
    """Return what changes the first key."""
    return lambda draft: door(keys={**DOOR.keys, 0: replace(draft.door.keys[0], **values)})(draft)


def passed(**values: Any) -> Change:
    """Return what changes the holder's passage, an entry an hour ago at another door."""
    return lambda draft: door(
        passages={HOLDER: replace(draft.door.passages.get(HOLDER, ENTERED), **values)}
    )(draft)


def claims(**values: Any) -> Change:
    """Return what changes what the code says."""
    return lambda draft: replace(draft, claim=replace(draft.claim, **values))


def scan(**values: Any) -> Change:
    """Return what changes the scan."""
    return lambda draft: replace(draft, **values)


def every(*changes: Change) -> Change:
    """Return all changes as one."""

    def change(draft: Draft) -> Draft:
        for one in changes:
            draft = one(draft)
        return draft

    return change


def shape(item: Door) -> dict[str, Any]:
    """Return a door as JSON."""
    return {
        "event": str(item.event),
        "days": item.days,
        "keys": {
            slot: {**asdict(one), "public": encoded(one.public)} for slot, one in item.keys.items()
        },
        "badges": {number: asdict(badge) for number, badge in item.badges.items()},
        "gate": {**asdict(item.gate), "categories": sorted(item.gate.categories)},
        "passages": {number: asdict(passage) for number, passage in item.passages.items()},
        "booked": list(item.booked),  # type: ignore[call-overload]
        "inside": item.inside,
        "complete": item.complete,
    }
