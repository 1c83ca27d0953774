"""The agenda as people read and search it."""

import json
import sqlite3
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from sync.kept.storage import Key, Row

SEARCHED = {"session": ("title", "subtitle", "abstract"), "part": ("title",), "room": ("name",),
            "track": ("name",), "speaker": ("name", "organisation")}  # fmt: skip
"""Columns whose words find a session."""
_LETTERS = str.maketrans(
    {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_SESSIONS = """
SELECT s.id, s.title, s.starts_at, s.ends_at, s.state, r.name, t.name FROM session s
LEFT JOIN room r ON r.id = s.room_id LEFT JOIN track t ON t.id = s.track_id
ORDER BY s.starts_at, s.ends_at, s.id
"""
_SPEAKERS = """
SELECT r.session_id, s.name FROM session_speaker r JOIN speaker s ON s.id = r.speaker_id
ORDER BY r.part_id, r.position, s.id
"""
_FIND = """
WITH hit AS (SELECT name, id FROM local_search WHERE instr(folded, ?))
SELECT id FROM session WHERE id IN (SELECT id FROM hit WHERE name = 'session')
    OR room_id IN (SELECT id FROM hit WHERE name = 'room')
    OR track_id IN (SELECT id FROM hit WHERE name = 'track')
UNION SELECT session_id FROM part WHERE id IN (SELECT id FROM hit WHERE name = 'part')
UNION SELECT session_id FROM session_speaker
    WHERE speaker_id IN (SELECT id FROM hit WHERE name = 'speaker')
"""


def fold(text: str) -> str:
    """Return text as it is compared: lower case, no diacritics, single spaces; łódź is lodz."""
    # Decomposed first, because ǿ hides an ø; nothing decomposes ł, đ and their like.
    lower = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    letters = unicodedata.normalize("NFKD", lower)
    return " ".join("".join(c for c in letters if not unicodedata.combining(c)).split())


def texts_of(value: str | None) -> dict[str, str]:
    """Return the texts in a column by language, a plain one under ""."""
    with suppress(ValueError):
        if isinstance(texts := json.loads(value or "{}"), dict):
            return {language: str(text) for language, text in texts.items()}
    return {"": value or ""}


def picked(texts: Mapping[str, str], language: str) -> str:
    """Return a text in a language, or in any."""
    return texts.get(language) or next(iter(texts.values()), "")


def sessions_of(db: sqlite3.Connection) -> list[Row]:
    """Return the sessions by time, as the reading side shows them."""
    names: dict[int, dict[str, None]] = {}
    for session_id, name in db.execute(_SPEAKERS):
        names.setdefault(session_id, {})[name] = None
    return [
        {
            "id": number,
            "title": texts_of(title),
            "starts_at": starts_at,
            "ends_at": ends_at,
            "state": state,
            "room": texts_of(room),
            "track": texts_of(track),
            "speakers": [*names.get(number, ())],
        }
        for number, title, starts_at, ends_at, state, room, track in db.execute(_SESSIONS)
    ]


def found(db: sqlite3.Connection, text: str) -> list[Row]:
    """Return the sessions that have every word, or what it is a part of, however spelt."""
    words = fold(text).split()
    if not words:
        return []
    hits = [{row[0] for row in db.execute(_FIND, (word,))} for word in words]
    return [row for row in sessions_of(db) if row["id"] in set.intersection(*hits)]


def zone_of(db: sqlite3.Connection) -> tzinfo:
    """Return the venue's time zone."""
    for (name,) in db.execute("SELECT timezone FROM event"):
        with suppress(ValueError, LookupError, OSError):
            return ZoneInfo(name)
    return UTC


def sentence_of(
    key: Key,
    old: Row | None,
    new: Row | None,
    sessions: Mapping[int, Row],
    zone: tzinfo,
    language: str,
) -> str:
    """Return what happened to a session, in words and venue time."""
    session = sessions.get(key[1])
    title = (
        f"“{picked(session['title'] if session else texts_of((old or {}).get('title')), language)}”"
    )
    if session is None:
        return f"{title} is no longer on the agenda."
    start = datetime.fromtimestamp(min(session["starts_at"], 1 << 37), zone)
    place = ", ".join(filter(None, (f"{start:%Y-%m-%d %H:%M}", picked(session["room"], language))))
    if key[0] == "session_speaker":
        return f"{title} has other speakers."
    if old is None or new is None:
        return f"{title} is new: {place}."
    if "state" in new:
        return f"{title} is {new['state']}."
    if new.keys() & {"starts_at", "ends_at", "room_id"}:
        return f"{title} has moved: {place}."
    return f"{title} was changed."
