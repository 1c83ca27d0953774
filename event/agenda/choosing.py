"""Some of what an import would change, and not the rest: a pure function to the agenda."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any

from event.agenda.differences import ORDER, Difference, differences
from event.agenda.edit import moved, touched
from event.agenda.model import Agenda, Session
from event.agenda.rows import LISTS

_REFERENCES = {
    "speakers": ("media", "picture_id"), "rooms": ("venues", "venue_id"),
    "places": ("venues", "venue_id"), "media": ("venues", "venue_id"),
}  # fmt: skip
_NEEDED_LAST = ("speakers", "rooms", "tracks", "types", "places", "media", "venues")
"""Lists in the order in which it is known what is needed of them."""

Kinds = dict[tuple[str, int], set[str]]


def key_of(difference: Difference) -> str:
    """Return twelve hex digits that name a difference as long as it stays the same.

    What is new has no id yet that would last.
    """
    number = "" if difference.kind == "added" else str(difference.id)
    said = (difference.kind, difference.what, number, difference.title, difference.detail)
    return sha256("\n".join(said).encode(errors="replace")).hexdigest()[:12]


def chosen(current: Agenda, new: Agenda, keys: Collection[str], *, at: datetime) -> Agenda:
    """Return the agenda with those of the differences to `new` whose keys are given.

    What an accepted session needs, such as a new room, comes with it; what something refers to
    stays, even if its removal is accepted.
    """
    kinds: Kinds = defaultdict(set)
    for difference in differences(current, new, now=at):
        if key_of(difference) in keys:
            kind = ORDER if difference.detail == ORDER else difference.kind
            kinds[difference.what, difference.id].add(kind)
    sessions = _sessions(current, new, kinds, at)
    lists: dict[str, Any] = {"sessions": sessions}
    needed = _needed_by_sessions(sessions)
    for name in _NEEDED_LAST:
        lists[name] = _list(name, current, new, kinds, needed[name])
        if name in _REFERENCES:
            target, field = _REFERENCES[name]
            needed[target] |= {getattr(item, field) for item in lists[name]}
    for name in LISTS.keys() - lists.keys():
        lists[name] = _list(name, current, new, kinds, set())
    event = new.event if ("event", 1) in kinds else current.event
    return Agenda(event=event, **lists)


def _sessions(current: Agenda, new: Agenda, kinds: Kinds, at: datetime) -> tuple[Session, ...]:
    before = {session.id: session for session in current.sessions}
    found = []
    for session in new.sessions:
        accepted, old = kinds["session", session.id], before.get(session.id)
        if old is None:
            found += [session] if accepted else []
        elif not accepted:
            found.append(old)
        elif accepted == {"moved"}:
            there = _placed(old, session)
            found.append(touched(old, there, at=at))
        elif accepted == {"changed"}:
            found.append(touched(old, _placed(session, old), at=at))
        else:
            found.append(session)
    return tuple(sorted(found, key=lambda session: (session.starts_at, session.id)))


def _placed(session: Session, like: Session) -> Session:
    return moved(session, starts_at=like.starts_at, ends_at=like.ends_at, room_id=like.room_id)


def _needed_by_sessions(sessions: Iterable[Session]) -> dict[str, set[int | None]]:
    needed: dict[str, set[int | None]] = defaultdict(set)
    for session in sessions:
        needed["rooms"].add(session.room_id)
        needed["tracks"].add(session.track_id)
        needed["types"].add(session.type_id)
        for item in (session.speakers, *(part.speakers for part in session.parts)):
            needed["speakers"] |= {role.speaker_id for role in item}
    return needed


def _list(
    name: str, current: Agenda, new: Agenda, kinds: Kinds, needed: set[int | None]
) -> tuple[Any, ...]:
    what = LISTS[name][1].name.replace("_", " ")
    before = {item.id: item for item in getattr(current, name)}
    after = {item.id: item for item in getattr(new, name)}
    is_reordered = any(ORDER in kinds[what, number] for number in after)
    order = [*after, *before] if is_reordered else [*before, *after]
    found = []
    for number in dict.fromkeys(order):
        accepted = kinds[what, number]
        if number not in before:
            found += [after[number]] if accepted or number in needed else []
        elif number not in after:
            found += [] if "removed" in accepted and number not in needed else [before[number]]
        else:
            found.append(after[number] if "changed" in accepted else before[number])
    return tuple(found)
