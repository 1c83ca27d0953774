"""Makes an agenda of a schedule document, whatever the dialect; it knows neither XML nor JSON."""

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta

from event.agenda.model import Event, guid_of
from event.errors import Invalid
from event.formats.builder import Builder
from event.formats.imported import Imported, Report
from event.formats.schedule import beyond as schedule_beyond
from event.formats.schedule.document import Document, made_acronym, records, web_address, words
from event.formats.schedule.session import FIELDS, File, add_session, has_odd_slug
from event.formats.schedule.times import clock, day_of
from event.text import LANGUAGE, clean
from event.times import DAY_STARTS, EARLIEST, LATEST, zone


def read_document(
    document: Document, *, kind: str, timezone: str, language: str, multilingual: bool = False
) -> Imported:
    """Return the agenda of a document that was read from a file of that kind.

    `multilingual` says that a file of our own making holds every language. Raises Invalid when the
    document has no conference, or when neither it nor the arguments tell enough.
    """
    conference = document.get("conference")
    if not isinstance(conference, dict) or not any(records(conference.get("days"))):
        raise Invalid(
            "The file holds no conference with days; export it as schedule.xml or as schedule.json "
            "in version 1, and import that."
        )
    meta = conference.get("meta")
    ours = schedule_beyond.parse(meta.get("eventday") if isinstance(meta, dict) else None)
    sessions = [
        session
        for day in records(conference.get("days"))
        for room in records(day.get("rooms"))
        for session in records(room.get("events"))
    ]
    report = Report()
    language = ours.language if ours else _language(language, sessions)
    base = words(conference, "base_url") or words(document, "base_url")
    facts = conference | ({"base_url": base} if base else {})
    event = ours.event if ours else _event(report, facts, timezone=timezone, language=language)
    starts = clock(words(conference, "day_change"))
    file = File(
        builder=Builder(report, source=event.acronym, language=language),
        tz=zone(event.timezone),
        day_starts=timedelta(hours=DAY_STARTS.hour) if starts is None else starts,
        base=web_address(words(facts, "base_url", "url")),
        acronym=words(conference, "acronym"),
        ours=ours,
        people={words(person, "id"): person for person in records(conference.get("persons"))},
    )
    _lists(file, conference)
    _days(file, conference)
    if odd := 0 if ours else sum(map(has_odd_slug, sessions)):
        report.repaired("file", f"{odd} slugs are not as the format wants them", "left them out")
    agenda = file.builder.agenda(event)
    if ours:
        agenda = schedule_beyond.completed(agenda, ours, report)
    elif agenda.event.starts_on > agenda.event.ends_on:
        raise Invalid("The file holds no session and no dates; is it the right one?")
    return Imported(
        agenda=agenda,
        carries=_carries(facts, sessions, ours=ours is not None),
        repairs=tuple(report),
        text_language="" if ours and multilingual else language,
        format=kind,
    )


def _language(given: str, sessions: list[Document]) -> str:
    """Return the language of a file: the one asked for, or that of most of its sessions."""
    if given and not LANGUAGE.fullmatch(given):
        raise Invalid(f"“{given}” is not a language tag such as en, pl or pt-BR.")
    said = Counter(words(session, "language") for session in sessions)
    tags = (tag for tag, _ in said.most_common() if LANGUAGE.fullmatch(tag))
    return given or next(tags, "en")


def _event(report: Report, facts: Document, *, timezone: str, language: str) -> Event:
    title, acronym = clean(words(facts, "title")), clean(words(facts, "acronym"))
    if not title:
        report.repaired("file", "the event has no title", "called it by its acronym or “?”")
    starts_on, ends_on = (_date(report, facts, key) for key in ("start", "end"))
    if starts_on and ends_on and starts_on > ends_on:
        report.repaired("file", "the event ends before it starts", "took it the other way round")
        starts_on, ends_on = ends_on, starts_on
    # Without dates those of the sessions count: the builder widens what is there.
    return Event(
        uuid=guid_of("event", acronym or title),
        acronym=acronym or made_acronym(title),
        title={language: title or acronym or "?"},
        timezone=_timezone(report, facts, timezone),
        starts_on=starts_on or ends_on or date.max,
        ends_on=ends_on or starts_on or date.min,
        languages=(language,),
        url=web_address(words(facts, "base_url", "url")),
    )


def _date(report: Report, facts: Document, key: str) -> date | None:
    given = words(facts, key)
    day = day_of(given)
    if day and EARLIEST.year <= day.year < LATEST.year:
        return day
    if given:
        report.lost("file", f"its {key} “{given}” is no date", "took that of its sessions")
    return None


def _timezone(report: Report, facts: Document, given: str) -> str:
    name, fallback = words(facts, "time_zone_name"), zone(given or "Etc/UTC").key
    try:
        if name:
            return zone(name).key
    except Invalid as problem:
        report.lost("file", problem.detail, f"took {fallback}")
        return fallback
    if not given:
        report.repaired("file", "it names no time zone", "took Etc/UTC; name one with --timezone")
    return fallback


def _lists(file: File, conference: Document) -> None:
    """Add the rooms, tracks and types that the file lists by themselves."""
    for room in records(conference.get("rooms")):
        capacity, description = room.get("capacity"), room.get("description")
        file.builder.room(
            words(room, "name"),
            guid=words(room, "guid") or None,
            capacity=capacity if type(capacity) is int and 0 <= capacity < 2**53 else None,
            description=file.builder.text(description if isinstance(description, str) else ""),
        )
    for track in records(conference.get("tracks")):
        file.builder.track(words(track, "name"), color=words(track, "color"))
    for name in file.ours.types if file.ours else ():
        file.builder.type(name)


def _days(file: File, conference: Document) -> None:
    days = [(day, list(records(day.get("rooms")))) for day in records(conference.get("days"))]
    for day, _ in days:
        if not isinstance(day.get("rooms"), list):
            where = f"day {words(day, 'date', 'index')}"
            file.builder.report.lost(where, "its rooms are no list", "left them out")
    used = {words(room, "name") for _, rooms in days for room in rooms if room.get("events")}
    for day, rooms in days:
        for room in rooms:
            name, guid = words(room, "name"), words(room, "guid")
            nowhere = name not in used or (file.ours is not None and name == file.ours.no_room)
            room_id = None if nowhere else file.builder.room(name, guid=guid or None)
            given = room.get("events")
            found = list(records(given))
            if not isinstance(given, list) or len(found) != len(given):
                where = f"{words(day, 'date')} {name}".strip()
                file.builder.report.lost(where, "not all of it are sessions", "left out the rest")
            for session in found:
                place = room_id if name else file.builder.room(words(session, "room"))
                add_session(file, session, day=words(day, "date"), room_id=place)


_EVENT_FIELDS: Mapping[str, tuple[str, ...]] = {
    "acronym": ("acronym",),
    "title": ("title",),
    "timezone": ("time_zone_name",),
    "starts_on": ("start",),
    "ends_on": ("end",),
    "url": ("base_url", "url"),
}


def _carries(facts: Document, sessions: list[Document], *, ours: bool) -> dict[str, frozenset[str]]:
    """Return what a file speaks of: what it never mentions stays as it is."""
    persons = [person for session in sessions for person in records(session.get("persons"))]
    persons += records(facts.get("persons"))
    mentioned = {
        "event": _mentioned([facts], _EVENT_FIELDS),
        "session": _mentioned(sessions, FIELDS) | {"title", "starts_at", "ends_at", "room_id"},
        "speaker": _mentioned(persons, {"biography": ("biography",), "links": ("url",)}) | {"name"},
    }
    if ours:
        mentioned = {
            "event": {*_EVENT_FIELDS},
            "session": {*schedule_beyond.SESSION},
            "speaker": {"name"},
        }
    rooms, tracks = list(records(facts.get("rooms"))), list(records(facts.get("tracks")))
    mentioned["room"] = {"name"} | _mentioned(
        rooms, {key: (key,) for key in ("capacity", "description")}
    )
    mentioned["track"] = {"name"} | _mentioned(tracks, {"color": ("color",)})
    mentioned["sessiontype"] = {"name"}
    return {kind: frozenset(fields) for kind, fields in mentioned.items()}


def _mentioned(records_: list[Document], fields: Mapping[str, tuple[str, ...]]) -> set[str]:
    said = {key for record in records_ for key in record}
    return {field for field, keys in fields.items() if said.intersection(keys)}
