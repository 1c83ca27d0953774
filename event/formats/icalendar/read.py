"""Reads iCalendar (RFC 5545, RFC 7986), anybody's and our own; guests are left out."""

import calendar
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar.parser import split_on_unescaped_comma
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from event.agenda.model import Role, State
from event.errors import Invalid
from event.formats.builder import Builder
from event.formats.icalendar.components import Component, Property, parsed
from event.formats.icalendar.write import PREFIXES, PRODUCT
from event.formats.imported import Imported, Report
from event.formats.loose import bare_event, finished, moment, prose, web_links
from event.text import LANGUAGE, clean
from event.times import zone

_STATES = {"CANCELLED": State.CANCELLED, "TENTATIVE": State.TENTATIVE}
_UUID = re.compile(
    r"(?:urn:uuid:)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:@\S*)?", re.IGNORECASE
)
_DURATION = re.compile(
    r"\+?P(?:(\d{1,2})W)?(?:(\d{1,2})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:\d+S)?)?"
)
_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)")
_NTH = re.compile(r"([+-]?[1-5])(MO|TU|WE|TH|FR|SA|SU)")
_ALWAYS = {"title", "starts_at", "ends_at", "state"}
_OPTIONAL = {
    "CATEGORIES": "track_id", "DESCRIPTION": "abstract", "LOCATION": "room_id", "URL": "url",
}  # fmt: skip
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


_Zone = ZoneInfo | Component
"""A time zone known by its name, or what the file itself says of one (VTIMEZONE)."""


@dataclass(frozen=True, slots=True)
class _File:
    """What the entries of one file share."""

    builder: Builder
    ours: bool
    tz: ZoneInfo
    zones: Mapping[str, _Zone | None]

    def text(self, given: Property, words: str | None = None) -> dict[str, str]:
        tag = given.parameters.get("LANGUAGE", "")
        tag = tag if LANGUAGE.fullmatch(tag) else self.builder.language_of(tag)
        return self.builder.text(given.text if words is None else words, tag)

    def plain(self, label: str, text: dict[str, str]) -> dict[str, str]:
        report = self.builder.report
        return self.builder.text({tag: prose(report, label, text[tag]) for tag in text})

    def moment(self, entry: Component, name: str) -> datetime | None:
        """Return a time of an entry as UTC, None when it has none or only a day."""
        given = entry.first(name)
        known = self.zones.get(_tzid(given))
        if isinstance(known, Component):
            local = _local(given.value)
            offset = _offset(known, local) if local and local.year in range(1970, 2201) else None
            if local and offset is not None:
                return (local - offset).replace(tzinfo=UTC)
            known = None
        return moment(self.builder.report, entry.label, given.value, known or self.tz)


def read(data: bytes, *, timezone: str = "", language: str = "") -> Imported:
    """Return the agenda in a calendar file.

    A series counts once, at its first date; an entry that only has a day is left out. Times without
    a zone are of the calendar's, else of `timezone`. Of a file of ours only those fields are
    carried that it tells in full. Raises Invalid when nothing of the file can be used.
    """
    report = Report()
    calendars = parsed(report, data).named("VCALENDAR")
    if not calendars:
        raise Invalid("The file holds no calendar; export it again as iCalendar (.ics).")
    whole, product = calendars[0], calendars[0].first("PRODID").text
    entries = [entry for found in calendars for entry in found.named("VEVENT")]
    timezones = [zone_ for found in calendars for zone_ in found.named("VTIMEZONE")]
    used = Counter(_tzid(entry.first("DTSTART")) for entry in entries)
    zones = {name: _zone(name, timezones) for name in used}
    said = [_zone(whole.first("X-WR-TIMEZONE").text, [])]
    said += [zones[name] for name, _ in used.most_common()]
    tz = next((known for known in said if isinstance(known, ZoneInfo)), None)
    title = whole.first("NAME", "X-WR-CALNAME").text
    event = bare_event(
        report,
        timezone=tz.key if tz else timezone,
        language=language or _language(product.rpartition("//")[2]) or "en",
        title="" if "@" in title else title,  # the calendar of a person is named by an address
    )
    builder = Builder(report, source="icalendar", language=event.languages[0])
    file = _File(builder, product.startswith(PRODUCT), zone(event.timezone), zones)
    for name in sorted(name for name, known in zones.items() if name and not known):
        report.repaired("file", f"it uses an unknown time zone “{name}”", f"took {event.timezone}")
    if any(_local(e.first("DTSTART").value) for e in entries if not _tzid(e.first("DTSTART"))):
        report.repaired("file", "some of its times name no time zone", f"took {event.timezone}")
    for entry, source_id in _present(file, entries):
        _entry(file, entry, source_id, cancelled=whole.word("METHOD") == "CANCEL")
    guests = [guest for e in entries for guest in e.properties.get("ATTENDEE", [])]
    if invited := sum(not _is_speaker(guest) for guest in guests):
        report.repaired("file", f"it invites people, {invited} times", "left them out")
    return finished(builder, event, kind="icalendar", carries=_carries(file, entries))


def _present(file: _File, entries: list[Component]) -> Iterator[tuple[Component, str]]:
    """Yield the entries that count with their ids: the last revision of each date of a series."""
    report = file.builder.report
    keys = [(e.first("UID").text, e.first("RECURRENCE-ID").value) for e in entries]
    last: dict[tuple[str, str], int] = {}
    for entry, key in zip(entries, keys, strict=True):
        last[key] = max(last.get(key, 0), entry.sequence)
    firsts = {
        (uid, entry.first("DTSTART").value)
        for entry, (uid, date) in zip(entries, keys, strict=True)
        if not date
    }
    for entry, (uid, date) in zip(entries, keys, strict=True):
        start = entry.first("DTSTART").value
        if entry.properties.keys() & {"RRULE", "RDATE"}:
            report.lost(entry.label, "it is a series", "kept its first date only")
        if not uid:
            report.repaired(entry.label, "it has no UID", "made one of its title and time")
            yield entry, ""
        elif entry.sequence < last[uid, date]:
            report.repaired(entry.label, "the file holds a later revision", "left out this one")
        elif not date and start and (uid, start) in last:
            continue  # the file tells of the first date by itself
        else:
            yield entry, uid if not date or (uid, date) in firsts else f"{uid} {date}"


def _entry(file: _File, entry: Component, source_id: str, *, cancelled: bool) -> None:
    builder, report, label = file.builder, file.builder.report, entry.label
    starts_at = file.moment(entry, "DTSTART")
    if starts_at is None:
        lasts = re.fullmatch(r"\d{8}", entry.first("DTSTART").value) is not None
        what = "it lasts all day" if lasts else "it has no time"
        report.lost(label, what, "left it out; it needs a time of day")
        return
    ends_at = file.moment(entry, "DTEND") or _after(starts_at, entry.word("DURATION"))
    if ends_at is None:
        report.repaired(label, "it has no end", "gave it no length")
    state = State.CANCELLED if cancelled else _STATES.get(entry.word("STATUS"), State.CONFIRMED)
    if entry.word("CLASS") in ("PRIVATE", "CONFIDENTIAL"):
        report.repaired(label, "it is private", "made it a draft, which is never published")
        state = State.DRAFT
    title, room = file.text(entry.first("SUMMARY")), entry.first("LOCATION")
    if file.ours:
        state = State.SUSPENDED if entry.word("X-EVENTDAY-STATE") == "SUSPENDED" else state
        title = {tag: _without_prefix(words, state) for tag, words in title.items()}
        room = entry.first("X-EVENTDAY-ROOM", "LOCATION")
    tracks = [
        file.text(given, name)
        for given in entry.properties.get("CATEGORIES", [])
        for name in split_on_unescaped_comma(given.value)
    ]
    if len(tracks) > 1:
        report.lost(label, f"it is in {len(tracks)} categories", "took the first for its track")
    abstract = file.text(entry.first("DESCRIPTION"))
    guests = entry.properties.get("ATTENDEE", [])
    speakers = [builder.speaker(g.parameters["CN"]) for g in guests if _is_speaker(g)]
    links = web_links(report, label, (clean(entry.first("URL").value), ""))
    uuid = _UUID.fullmatch(entry.first("UID").text)
    builder.session(
        label,
        title=title,
        guid=uuid[1] if uuid and uuid[0] == source_id else None,
        source_id="" if file.ours and uuid else source_id,
        starts_at=starts_at,
        ends_at=ends_at or starts_at,
        abstract=abstract if file.ours else file.plain(label, abstract),
        room_id=builder.room(file.text(room)),
        track_id=builder.track(tracks[0]) if tracks else None,
        url=links[0].url if links else "",
        speakers=tuple(Role(speaker_id=id_) for id_ in dict.fromkeys(speakers) if id_),
        state=state,
        sequence=entry.sequence,
    )


def _carries(file: _File, entries: list[Component]) -> dict[str, frozenset[str]]:
    # Our DESCRIPTION is made of several fields, and an address is written as RFC 3986 wants it.
    if file.ours:
        return {"session": frozenset(_ALWAYS | {"room_id", "track_id"})}
    told = {name for entry in entries for name in entry.properties}
    session = _ALWAYS | {field for name, field in _OPTIONAL.items() if name in told}
    if any(_is_speaker(guest) for e in entries for guest in e.properties.get("ATTENDEE", [])):
        session |= {"speakers"}
    return {"session": frozenset(session), "speaker": frozenset({"name"})}


def _is_speaker(guest: Property) -> bool:
    """Say whether an ATTENDEE is a speaker as frab and pentabarf write one: a name, no address."""
    name = guest.parameters.get("CN", "")
    return guest.value.lower() == "invalid:nomail" and name != "" and "@" not in name


def _without_prefix(title: str, state: State) -> str:
    prefixes = (f"{prefix}: " for prefix in PREFIXES.get(state, {}).values())
    return title.removeprefix(next((p for p in prefixes if title.startswith(p)), ""))


def _language(tag: str) -> str:
    """Return the language at the end of a PRODID, in our way of writing it."""
    tag = tag.lower() if re.fullmatch(r"[A-Z]{2}", tag) else tag
    return tag if LANGUAGE.fullmatch(tag) else ""


def _local(value: str) -> datetime | None:
    """Return a time of day without a zone, None when it is something else."""
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return None
    return None if parsed.tzinfo or len(value) <= len("2025-06-03") else parsed


def _after(starts_at: datetime, value: str) -> datetime | None:
    match = _DURATION.fullmatch(value)
    if match is None:
        return None
    weeks, days, hours, minutes = (int(group or 0) for group in match.groups())
    return starts_at + timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes)


# Time zones


def _tzid(given: Property) -> str:
    return given.parameters.get("TZID", "")


def _zone(name: str, timezones: list[Component]) -> _Zone | None:
    """Return the time zone of a TZID: an IANA or Windows name, or what the file itself says."""
    own = next((found for found in timezones if found.first("TZID").value == name), None)
    place = own.first("X-LIC-LOCATION").value if own else ""
    path = name.strip("/").split("/")
    ends = ("/".join(path[-length:]) for length in (3, 2, 1))
    for candidate in (name, WINDOWS_TO_OLSON.get(name, ""), place, *ends):
        try:
            return zone(candidate)
        except Invalid:
            continue
    return own


def _offset(timezone: Component, local: datetime) -> timedelta | None:
    """Return the offset at a local time by a VTIMEZONE: that of the change last before it."""
    changes = timezone.named("STANDARD", "DAYLIGHT")[:100]
    onsets = [(onset, change) for change in changes if (onset := _onset(change, local))]
    if not onsets:
        return None
    _, change = max(onsets, key=lambda pair: pair[0])
    match = _OFFSET.match(change.first("TZOFFSETTO").value)
    if match is None:
        return None
    length = timedelta(hours=int(match[2]), minutes=int(match[3]))
    return -length if match[1] == "-" else length


def _onset(change: Component, local: datetime) -> datetime | None:
    """Return when an observance last began before `local`; of rules it takes “last Sunday in …”."""
    start = _local(change.first("DTSTART").value)
    if start is None or start > local:
        return None
    rule = dict(pair.split("=", 1) for pair in change.word("RRULE").split(";") if "=" in pair)
    nth, month = _NTH.fullmatch(rule.get("BYDAY", "")), rule.get("BYMONTH", "")
    if nth is None or not re.fullmatch(r"0?[1-9]|1[0-2]", month):
        return start
    until = _local(rule.get("UNTIL", "").rstrip("Z")) or local
    weekday, number = _WEEKDAYS.index(nth[2]), int(nth[1])
    onsets = [start]
    for year in (local.year - 1, local.year):
        weeks = calendar.monthcalendar(year, int(month))
        days = [week[weekday] for week in weeks if week[weekday]]
        day = days[max(number, -len(days)) if number < 0 else min(number, len(days)) - 1]
        onsets.append(start.replace(year=year, month=int(month), day=day))
    return max(onset for onset in onsets if onset <= min(local, until) or onset == start)
