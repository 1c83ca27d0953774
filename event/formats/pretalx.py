"""Reads the JSON of pretalx's API: submissions and their slots, however the answer wraps them.

It knows no HTTP and fetches nothing; answers, tags and notes are the organisers' own business.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from event.agenda.model import Link, Role, State
from event.errors import Invalid
from event.formats.builder import Builder
from event.formats.imported import Imported, Report
from event.formats.loose import (
    bare_event,
    by_id,
    finished,
    load,
    moment,
    objects,
    prose,
    web_links,
)
from event.formats.schedule.document import Document, words
from event.text import LANGUAGE, pick
from event.times import zone

_STATES = {
    "": State.CONFIRMED,  # the public API tells of nothing else and may leave the state out
    "confirmed": State.CONFIRMED,
    "accepted": State.TENTATIVE,
    "canceled": State.CANCELLED,
    "cancelled": State.CANCELLED,
}
_EXPAND = "?expand=speakers,track,submission_type,slots,slots.room,resources"
_TABLES = ("rooms", "speakers", "tracks", "submission_types", "slots", "resources")
_MONTH = 31 * 24 * 60


@dataclass(frozen=True, slots=True)
class _File:
    """One file under way: what it lists by id, and the kinds of which it tells nothing but ids."""

    builder: Builder
    tables: Mapping[str, Mapping[str, Document]]
    untold: set[str] = field(default_factory=set)

    def row(self, kind: str, value: object) -> Document:
        """Return what the file says of an object or the id of one; {} if it says nothing."""
        given = value if isinstance(value, dict) else {}
        key = words(given, "code", "id") if given else words({"id": value}, "id")
        listed = self.tables[kind].get(key, {})
        if key and not given and not listed:
            self.untold.add(kind)
        return {**listed, **given}

    def rows(self, kind: str, value: object) -> list[Document]:
        """Return the same for each of a list."""
        found = (self.row(kind, item) for item in (value if isinstance(value, list) else []))
        return [row for row in found if row]

    def name(self, kind: str, value: object) -> dict[str, str]:
        """Return the name of a thing given as its object, its id or just that name."""
        if isinstance(value, str) and value not in self.tables[kind]:
            return self.text(value)
        row = self.row(kind, value)
        return self.text(row.get("name", row))

    def text(self, value: object, language: str = "") -> dict[str, str]:
        """Return a `Text` of a string or of {language: string}: pretalx writes either."""
        pairs = value if isinstance(value, dict) else {language or self.builder.language: value}
        tags = {self.builder.language_of(tag): words(pairs, tag) for tag in pairs}
        return self.builder.text({tag: said for tag, said in tags.items() if tag})

    def prose(self, where: str, values: Iterable[object], language: str = "") -> dict[str, str]:
        """Return several of those as one, without HTML."""
        texts = [self.text(value, language) for value in values]
        joined: dict[str, str] = {}
        for tag in dict.fromkeys(tag for said in texts for tag in said):
            paragraphs = dict.fromkeys(said[tag] for said in texts if tag in said)
            joined[tag] = prose(self.builder.report, where, "\n\n".join(paragraphs))
        return self.builder.text(joined)


def read(data: bytes, *, timezone: str = "", language: str = "") -> Imported:
    """Return the agenda in an answer of pretalx's API about its submissions or talks.

    Takes {"results": […]}, a bare list and dumps that nest the same objects by day, time and room;
    speakers, rooms, tracks and types may be objects or ids of a table in the file. A submission
    with several slots becomes several sessions. Raises Invalid when nothing of it can be used.
    """
    document = load(data)
    beside = {}
    if isinstance(document, dict) and "schedule" in document:
        # A website's dump: what is not in its schedule is no item of the agenda.
        kept = {"schedule", *_TABLES}
        rest = {key: value for key, value in document.items() if key not in kept}
        beside = {key: list(objects(value, "title")) for key, value in rest.items()}
        document = {key: value for key, value in document.items() if key in kept}
    items = list(objects(document, "title"))
    if not any("code" in item for item in items):
        raise Invalid(
            "The file holds no submissions; save the answer of "
            f"/api/events/<event>/submissions/{_EXPAND} and import that."
        )
    report = Report()
    locales = Counter(words(item, "content_locale").partition("-")[0] for item in items)
    usual = next((tag for tag, _ in locales.most_common() if LANGUAGE.fullmatch(tag)), "en")
    language = language or usual
    event = bare_event(report, timezone=timezone, language=language)
    builder = Builder(report, source="pretalx", language=language)
    file = _File(builder, {kind: by_id(document, kind) for kind in _TABLES})
    for room in file.tables["rooms"].values():
        _room(file, room)
    for item in items:
        _submission(file, item, zone(event.timezone))
    for key, found in beside.items():
        if found:
            report.lost(key, f"{len(found)} of its entries stand beside the schedule", "left out")
    if file.untold:
        kinds = ", ".join(sorted(file.untold)).replace("_", " ")
        report.lost("file", f"of some {kinds} it tells only ids", f"left out; ask for {_EXPAND}")
    if isinstance(document, dict) and document.get("next"):
        report.lost("file", "it is one page of several", "read this one; ask for all with ?limit=")
    return finished(builder, event, kind="pretalx", carries=_carries(file, items))


def _carries(file: _File, items: list[Document]) -> dict[str, frozenset[str]]:
    session = {"title", "starts_at", "ends_at", "abstract", "room_id", "track_id", "type_id"}
    session |= {"languages", "state", "speakers"}
    optional = {"resources": "attachments", "do_not_record": "recording_optout"}
    session |= {name for key, name in optional.items() if any(key in item for item in items)}
    slots = [slot for item in items for slot in _slots(file, item)]
    rooms = [*file.tables["rooms"].values(), *(file.row("rooms", s.get("room")) for s in slots)]
    tracks = [file.row("tracks", item.get("track")) for item in items]
    return {
        "session": frozenset(session),
        "speaker": frozenset({"name", "biography"}),
        "room": frozenset({"name"} | _told(rooms, {"capacity", "description"})),
        "track": frozenset({"name"} | _told(tracks, {"color"})),
    }


def _told(rows: list[Document], keys: set[str]) -> set[str]:
    return {key for key in keys if any(key in row for row in rows)}


def _submission(file: _File, item: Document, tz: ZoneInfo) -> None:
    builder, report = file.builder, file.builder.report
    code, status = words(item, "code"), words(item, "state")
    language = builder.language_of(words(item, "content_locale")) or builder.language
    title = file.text(item["title"], language)
    named = f"“{' '.join(pick(title, [language])[0].split())}”"
    if not code:
        where = f"{words(item, 'id')} {named}".lstrip()
        report.lost(where, "it is no submission: it has no code", "left it out")
        return
    where = f"session {code} {named}"
    state = _STATES.get(status.lower())
    if state is None:
        report.repaired(where, f"it is {status}", "left it out")
        return
    slots = _slots(file, item)
    starts = [(moment(report, where, slot.get("start"), tz), slot) for slot in slots]
    timed = sorted(((at, slot) for at, slot in starts if at), key=lambda pair: pair[0])
    count = item.get("slot_count")
    if not timed:
        note = report.repaired if state is State.CANCELLED else report.lost
        note(where, "it has no time", "left it out")
    elif len(timed) < max(len(slots), count if isinstance(count, int) else 0):
        report.lost(where, f"only {len(timed)} of its slots have a time", "left out the others")
    optout = item.get("do_not_record")
    roles = [_speaker(file, row) for row in file.rows("speakers", item.get("speakers"))]
    abstract = file.prose(where, (item.get("abstract"), item.get("description")), language)
    # The API gives slots new ids with each version of the schedule; their order is steadier.
    for number, (starts_at, slot) in enumerate(timed, start=1):
        builder.session(
            where,
            title=title,
            source_id=code if number == 1 else f"{code}-{number}",
            starts_at=starts_at,
            ends_at=_end(report, where, slot, starts_at, minutes=item.get("duration"), tz=tz),
            abstract=abstract,
            room_id=_room(file, slot.get("room") or slot.get("room_id")),
            track_id=_track(file, item.get("track")),
            type_id=builder.type(file.name("submission_types", item.get("submission_type"))),
            languages=(language,) if words(item, "content_locale") else (),
            attachments=_attachments(file, where, item.get("resources")),
            speakers=tuple(Role(speaker_id=id_) for id_ in dict.fromkeys(roles) if id_),
            state=state,
            recording_optout=optout if isinstance(optout, bool) else None,
        )


def _slots(file: _File, item: Document) -> list[Document]:
    slots = file.rows("slots", item.get("slots") or [item.get("slot")])
    return [slot for slot in slots if slot.get("is_visible") is not False]


def _end(
    report: Report,
    where: str,
    slot: Document,
    starts_at: datetime,
    *,
    minutes: object,
    tz: ZoneInfo,
) -> datetime:
    ends_at = moment(report, where, slot.get("end"), tz)
    minutes = slot.get("duration") or minutes
    if ends_at is None and isinstance(minutes, int) and 0 < minutes <= _MONTH:
        ends_at = starts_at + timedelta(minutes=minutes)
    if ends_at is None:
        report.repaired(where, "it has no end", "gave it no length")
    return ends_at or starts_at


def _room(file: _File, value: object) -> int | None:
    row = file.row("rooms", value) if isinstance(value, dict) else {}
    capacity = row.get("capacity")
    sane = type(capacity) is int and 0 < capacity < 1_000_000
    name = file.name("rooms", value)
    return file.builder.room(
        name,
        guid=words(row, "guid"),
        capacity=capacity if sane else None,
        description=file.prose(f"room {pick(name, [])[0]}", [row.get("description")]),
    )


def _track(file: _File, value: object) -> int | None:
    color = words(file.row("tracks", value), "color") if isinstance(value, (dict, int)) else ""
    return file.builder.track(file.name("tracks", value), color=color)


def _speaker(file: _File, row: Document) -> int | None:
    name = words(row, "name")
    biography = file.prose(f"speaker {name}", [row.get("biography")])
    return file.builder.speaker(name, source_id=words(row, "code"), biography=biography)


def _attachments(file: _File, where: str, value: object) -> tuple[Link, ...]:
    found = (row for row in file.rows("resources", value) if row.get("is_public") is not False)
    return tuple(
        replace(link, title=file.text(row.get("description")))
        for row in found
        for link in web_links(file.builder.report, where, (words(row, "resource", "link"), ""))
    )
