"""What an import would change, told to a person before it does."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from event.agenda.model import Agenda, Session, State
from event.agenda.rows import LISTS, is_ordered
from event.text import pick
from event.times import rfc3339, zone

NEAR = timedelta(hours=24)
"""A move this close to the old or new start has to be named before it is applied."""

ORDER = "the order of all"
"""What is different when the things of a list are the same, one after the other in another way."""

_COUNTERS = {"version", "sequence", "changed_at"}
_PLACED = {"starts_at", "ends_at", "room_id"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of the list: added, moved, removed or changed, what, and how.

    `must_be_named` marks what is not applied unless its id is given: a removal, because a quarter
    of those come back (docs/decisions/0004), and a move of what starts within 24 hours.
    """

    kind: str
    what: str
    id: int
    title: str
    detail: str
    must_be_named: bool = False

    def __str__(self) -> str:
        detail = f": {self.detail}" if self.detail else ""
        return f"{self.kind} {self.what} {self.id} “{self.title}”{detail}"


def differences(current: Agenda, new: Agenda, *, now: datetime) -> list[Difference]:
    """Return how `new` differs from `current`, sessions by start, then everything else."""
    before = {session.id: session for session in current.sessions}
    found = [
        difference
        for session in new.sessions
        for difference in _of_session(before.get(session.id), session, (current, new), now)
    ]
    if current.event != new.event:
        names = _changed(current.event, new.event)
        title = pick(new.event.title, new.event.languages)[0]
        found.append(Difference("changed", "event", 1, title, names))
    for name in LISTS:
        if name != "sessions":
            found.extend(_of_list(name, current, new))
    return found


def _of_session(
    old: Session | None, new: Session, agendas: tuple[Agenda, Agenda], now: datetime
) -> Iterator[Difference]:
    languages = agendas[1].event.languages
    title = pick(new.title, languages)[0]
    was_public = old is not None and old.state is not State.DRAFT
    is_public = new.state is not State.DRAFT
    if old is not None and was_public and not is_public:
        detail = _place(old, agendas[0])
        yield Difference("removed", "session", new.id, title, detail, must_be_named=True)
        return
    if old is None or was_public is not is_public:
        detail = _place(new, agendas[1]) + ("" if is_public else ", a draft")
        yield Difference("added", "session", new.id, title, detail)
        return
    changed = _fields(old, new)
    if changed & _PLACED:
        near = is_public and any(timedelta(0) <= s.starts_at - now <= NEAR for s in (old, new))
        detail = f"{_place(old, agendas[0])} → {_place(new, agendas[1])}"
        yield Difference("moved", "session", new.id, title, detail, must_be_named=near)
    if rest := changed - _PLACED - _COUNTERS:
        yield Difference("changed", "session", new.id, title, ", ".join(sorted(rest)))


def _of_list(name: str, current: Agenda, new: Agenda) -> Iterator[Difference]:
    what = LISTS[name][1].name.replace("_", " ")
    before = {item.id: item for item in getattr(current, name)}
    for item in getattr(new, name):
        old = before.pop(item.id, None)
        if old is None:
            yield Difference("added", what, item.id, _title(item, new), "")
        elif old != item and (fields := _changed(old, item)):
            yield Difference("changed", what, item.id, _title(item, new), fields)
    for item in before.values():
        yield Difference("removed", what, item.id, _title(item, new), "")
    if is_ordered(*LISTS[name]):
        orders = [[item.id for item in getattr(agenda, name)] for agenda in (current, new)]
        common = set(orders[0]) & set(orders[1])
        was, now_is = ([number for number in order if number in common] for order in orders)
        if was != now_is:
            first = next(item for item in getattr(new, name) if item.id in common)
            yield Difference("changed", what, first.id, _title(first, new), ORDER)


def _title(item: object, agenda: Agenda) -> str:
    for name in ("name", "title", "kind"):
        if words := getattr(item, name, None):
            return words if isinstance(words, str) else pick(words, agenda.event.languages)[0]
    return ""


def _place(session: Session, agenda: Agenda) -> str:
    tz = zone(agenda.event.timezone)
    names = {room.id: room.name for room in agenda.rooms}
    room = pick(names.get(session.room_id or 0, {}), agenda.event.languages)[0]
    end = session.ends_at.astimezone(tz)
    return f"{rfc3339(session.starts_at, tz)[:16].replace('T', ' ')}–{end:%H:%M} {room}".strip()


def _fields(old: object, new: object) -> set[str]:
    names = (field.name for field in dataclasses.fields(new))  # type: ignore[arg-type]
    return {name for name in names if getattr(old, name) != getattr(new, name)}


def _changed(old: object, new: object) -> str:
    # The bytes of a picture are named by its hash; a reader without them is no difference.
    return ", ".join(sorted(_fields(old, new) - {"content"}))
