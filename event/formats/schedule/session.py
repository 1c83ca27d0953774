"""Takes one session of a schedule document, with its speakers and links, into the agenda."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo

from event.agenda.model import Link, Role
from event.formats.builder import Builder
from event.formats.html import is_html, plain
from event.formats.schedule import beyond as schedule_beyond
from event.formats.schedule.beyond import Beyond
from event.formats.schedule.document import (
    SLUG,
    Document,
    no_page,
    slug_start,
    uri,
    web_address,
    words,
)
from event.formats.schedule.times import end_of, start_of
from event.text import clean

FIELDS: Mapping[str, tuple[str, ...]] = {
    "subtitle": ("subtitle",),
    "abstract": ("abstract", "description"),
    "track_id": ("track",),
    "type_id": ("type",),
    "languages": ("language",),
    "speakers": ("persons",),
    "links": ("links",),
    "attachments": ("attachments",),
    "slug": ("slug",),
    "url": ("url", "href", "full_conf_url"),
    "feedback_url": ("feedback_url",),
    "recording_license": ("recording_license",),
    "recording_optout": ("do_not_record",),
}
"""Which keys of a session in a document say which field of ours."""

_LISTS = ("persons", "links", "attachments")
_WORDS = {"id", "guid", "title", "date", "start", "duration", "room"} | {
    key for keys in FIELDS.values() for key in keys
} - {*_LISTS, "do_not_record"}
_LONGEST_ID = 100
_EMAIL = re.compile(r"[<(]?(?<![\w.@+-])[\w.+-]+@[\w-]+\.[\w.-]+[>)]?")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class File:
    """A file that is being read: what all its sessions share.

    `ours` if it is of our own making, `people` what it says of speakers apart from the sessions,
    `biographies` what was made of them so far.
    """

    builder: Builder
    tz: ZoneInfo
    day_starts: timedelta
    base: str
    acronym: str
    ours: Beyond | None
    people: Mapping[str, Document]
    biographies: dict[str, str] = field(default_factory=dict)


def add_session(file: File, session: Document, *, day: str, room_id: int | None) -> None:
    """Add a session to the file's builder, or report why it cannot be kept."""
    builder, report = file.builder, file.builder.report
    title, source_id = words(session, "title"), _id(session, "id", "code")
    where = f"session {source_id} “{title[:60]}”"
    for key in sorted(_WORDS & session.keys()):
        value = session[key]
        if isinstance(value, bool) or not isinstance(value, (str, int, float, type(None))):
            report.lost(where, f"its {key} is no text", "left it out")
    for key in _LISTS:
        if not isinstance(session.get(key), (list, type(None))):
            report.lost(where, f"its {key} are no list", "left them out")
    starts_at = start_of(report, where, session, day=day, day_starts=file.day_starts, tz=file.tz)
    if starts_at is None:
        return
    if room_id is None and not file.ours:
        report.repaired(where, "it has no room", "left it without")
    tags = [
        builder.language_of(tag, where) for tag in re.split(r"[,;/\s]+", words(session, "language"))
    ]
    languages = tuple(dict.fromkeys(filter(None, tags)))
    if file.ours:
        language = schedule_beyond.language_of(file.ours, words(session, "guid"))
    else:
        language = next(iter(languages), builder.language)
    people = session.get("persons") if isinstance(session.get("persons"), list) else []
    speakers = [_speaker(file, where, person) for person in people or []]
    builder.session(
        where,
        starts_at=starts_at,
        ends_at=end_of(report, where, session, starts_at),
        title=title,
        text_language=language,
        guid=words(session, "guid") or None,
        source_id=source_id,
        slug=_slug(file, session, source_id),
        subtitle=builder.text(words(session, "subtitle"), language),
        abstract=builder.text(_abstract(file, where, session), language),
        room_id=room_id,
        track_id=builder.track(words(session, "track")),
        type_id=builder.type(words(session, "type")),
        languages=languages,
        links=_links(file, where, session, "links", language),
        attachments=_links(file, where, session, "attachments", language),
        url=_address(file, where, _page(file, session, source_id), "address"),
        feedback_url=_address(file, where, words(session, "feedback_url"), "feedback address"),
        recording_license=clean(words(session, "recording_license")),
        recording_optout=_flag(session.get("do_not_record")),
        speakers=tuple(Role(speaker_id=id_) for id_ in dict.fromkeys(speakers) if id_),
    )


def has_odd_slug(session: Document) -> bool:
    """Say whether a session has a slug that schedule.xml's schema would not take."""
    slug = words(session, "slug")
    return bool(slug) and not SLUG.fullmatch(slug)


def _id(record: Document, *keys: str) -> str:
    """Return the first id that is one: old wikis give every guest the id 0."""
    ids = (words(record, key) for key in keys)
    return next((id_ for id_ in ids if id_ not in ("", "0") and len(id_) <= _LONGEST_ID), "")


def _slug(file: File, session: Document, source_id: str) -> str:
    slug = words(session, "slug")
    made = file.ours is not None and slug.startswith(slug_start(file.acronym, source_id))
    return "" if made or has_odd_slug(session) else slug


def _page(file: File, session: Document, source_id: str) -> str:
    page = words(session, *FIELDS["url"])
    return "" if file.ours and page == no_page(file.base, source_id) else page


def _abstract(file: File, where: str, session: Document) -> str:
    texts = [words(session, key) for key in FIELDS["abstract"]]
    if not file.ours and any(is_html(text) for text in texts):
        file.builder.report.repaired(where, "its text is HTML", "made it plain")
        texts = [plain(text) if is_html(text) else text for text in texts]
    return "\n\n".join(dict.fromkeys(text for text in map(clean, texts) if text))


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else _FLAGS.get(str(value).strip().lower())


def _address(file: File, where: str, value: str, what: str, *, host: bool = True) -> str:
    address = web_address(value, file.base, host=host)
    if value and not address:
        file.builder.report.lost(where, f"its {what} is not on the web", "left it out")
    elif address != uri(clean(value)):
        file.builder.report.repaired(where, f"its {what} is not complete", f"took {address}")
    return address


def _links(file: File, where: str, session: Document, key: str, language: str) -> tuple[Link, ...]:
    """Return the links of a session; where a link has no address its words are the address."""
    given = session.get(key)
    found = []
    for item in given if isinstance(given, list) else []:
        record = item if isinstance(item, dict) else {"url": item}
        title, url = words(record, "title"), words(record, "url", "title")
        address = _address(file, where, url, key.removesuffix("s"), host=key == "links")
        if address:
            shown = {} if title in (url, address) else file.builder.text(title, language)
            found.append(Link(url=address, title=shown))
    return tuple(found)


def _speaker(file: File, where: str, person: object) -> int | None:
    """Return the id of a speaker; whoever is named by an e-mail address alone is left out."""
    if not isinstance(person, dict):
        file.builder.report.lost(where, "a speaker is no record", "left out")
        return None
    given = words(person, "public_name", "name", "full_public_name")
    name = " ".join(_EMAIL.sub("", given).split())
    if name != " ".join(given.split()):
        file.builder.report.lost(where, "a speaker is named by an e-mail address", "left it out")
    source_id = _id(person, "id", "code", "guid")
    known = file.people.get(source_id, {})
    biography = _biography(file, name, words(person, "biography") or words(known, "biography"))
    page = _address(file, where, words(person, "url"), "speaker's page") if name else ""
    return file.builder.speaker(
        name,
        source_id=source_id,
        guid=words(person, "guid") or None,
        biography=file.builder.text(biography),
        links=(Link(url=page),) if page else (),
    )


def _biography(file: File, name: str, given: str) -> str:
    # A speaker stands in every session, so that the same words come again and again.
    if given not in file.biographies:
        html = is_html(given)
        if html:
            file.builder.report.repaired(
                f"speaker {name}", "the biography is HTML", "made it plain"
            )
        file.biographies[given] = plain(given) if html else given
    return file.biographies[given]
