"""Agendas of every kind for properties: all that the model can hold, in texts that trip readers."""

import dataclasses
import hashlib
import io
import itertools
import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from PIL import Image

from event.agenda.model import (
    INTERPRETATION,
    LEGAL_KINDS,
    MEDIA_KINDS,
    PLACES,
    Agenda,
    Announcement,
    Event,
    Interpretation,
    LegalText,
    Link,
    Media,
    Part,
    PointOfInterest,
    Role,
    Room,
    Session,
    SessionType,
    Severity,
    Speaker,
    State,
    Track,
    Venue,
)
from event.text import clean

TRICKY = (
    "no", "Yes", "null", "~", "true", "007", "12", "1e3", "0x1F", "10:30", "2025-06-03", "=1+1",
    "=cmd|' /C calc'!A0", "+48 123", "-1", "@here", "#1 thing", "a # b", "a: b", "- item", "? key",
    "!tag", "&anchor", "*alias", "%directive", "`tick`", "'quoted'", '"double"', "{a: b}", "[a, b]",
    "a,b", "a; b", "a;b;", "a\\", "a\\; b", "key (role)", "a|b", ">-", "|", "---", "...", "é",
    "😀 party", "a\u2028b", "a\u0085b", "\ufeffbom", "a\u00a0b", "a\tb", "two\nlines", "a\n\n  b",
    "ends:", "a :b", "_x0041_", "_x005F_", "_x000D_", "x005F_", "#N/A", "1/2", "TRUE", "1,5", "a:?",
    "-", ":", "?", "<b>&amp;</b>", "first paragraph, quite long " * 8 + "end.\n\nSecond one.",
    "a sentence that goes on and on without breaks " * 6 + "and ends", "x" * 130, "日本", "Львів",
)  # fmt: skip
ZONES = ("Europe/Warsaw", "Etc/UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "Africa/Monrovia")
OVERLAP = datetime(2025, 10, 26, 0, 0, tzinfo=UTC)
"""In the two hours from here the clocks of Warsaw show each time twice."""

words = st.one_of(st.sampled_from(TRICKY), st.text(max_size=30)).map(clean).filter(bool)
URLS = (
    "https://example.org", "http://example.org/a;b; c#d", "https://example.org/ż?q=1,2",
)  # fmt: skip
TAGS = ("en", "pl", "pso", "pt-BR", "no")
PICTURES = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "SVG": "image/svg+xml",
}


def agendas() -> st.SearchStrategy[Agenda]:
    """Any agenda: three things of each kind at most, every field of the model set or not.

    The words are drawn and shrink; the rest follows from a number, which is a hundred times faster.
    """
    return st.builds(
        lambda pool, seed: _Maker(pool, seed).agenda(),
        st.lists(words, min_size=1, max_size=12),
        st.integers(0, 2**32 - 1),
    )


@cache
def a_picture(kind: str, width: int) -> bytes:
    """Return the bytes of a small picture."""
    if kind == "SVG":
        return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 7"/>'.encode()
    file = io.BytesIO()
    Image.new("1" if kind == "PNG" else "RGB", (width, 7)).save(file, kind)
    return file.getvalue()


class _Maker:
    """Makes one agenda of a pool of words and a number."""

    def __init__(self, pool: list[str], seed: int) -> None:
        self.pool = pool
        self.dice = random.Random(seed)  # noqa: S311 -- no secret comes of it
        self.lists: dict[str, tuple[Any, ...]] = {}

    def agenda(self) -> Agenda:
        self.some("venues", self.venue)
        self.some("rooms", self.room)
        self.some("places", self.place if self.lists["venues"] else None)
        self.some("tracks", self.track)
        self.some("types", lambda number: SessionType(id=number, name=self.text()))
        self.some("media", self.media)
        self.some("speakers", self.speaker)
        self.some("sessions", self.session)
        self.some("announcements", self.announcement)
        self.some("legal", self.legal)
        event = Event(
            uuid=self.guid(),
            acronym=self.word(),
            title=self.text(),
            timezone=self.dice.choice(ZONES),
            starts_on=date(2025, 6, 3) - timedelta(days=self.dice.randrange(3)),
            ends_on=date(2025, 6, 4) + timedelta(days=self.dice.randrange(3)),
            languages=tuple(self.dice.sample(TAGS, self.dice.randint(1, 3))),
            subtitle=self.maybe(self.text, {}),
            description=self.maybe(self.text, {}),
            notice=self.maybe(self.text, {}),
            hosts=self.maybe(self.text, {}),
            url=self.maybe(self.url, ""),
            minimum_app_version=self.maybe(self.word, ""),
        )
        return Agenda(event=event, **self.lists)

    def some(self, section: str, make: Callable[[int], Any] | None) -> None:
        """Make some things with ids that neither start at 1 nor follow each other."""
        number = self.dice.randrange(4) if make else 0
        ids = {self.dice.choice([self.dice.randrange(1, 50), 2**53 - 1]) for _ in range(number)}
        self.lists[section] = tuple(make(n) for n in self.dice.sample(sorted(ids), len(ids)))

    def maybe(self, make: Callable[[], Any], otherwise: Any = None) -> Any:
        return make() if self.dice.random() < 0.6 else otherwise

    def word(self) -> str:
        return self.dice.choice(self.pool)

    def text(self) -> dict[str, str]:
        tags = self.dice.sample(TAGS, self.dice.choice([1, 1, 2, 3]))
        return {tag: self.word() for tag in sorted(tags)}

    def url(self) -> str:
        return self.dice.choice(URLS)

    def guid(self) -> str:
        return str(UUID(int=self.dice.getrandbits(128)))

    def number(self) -> int:
        return self.dice.choice([0, 1, 250, 2**53 - 1])

    def degrees(self) -> int:
        return self.dice.choice([0, 1, -1, 90_000_000, -90_000_000, 50_110_432])

    def moment(self) -> datetime:
        return self.dice.choice(
            [
                datetime(2025, 6, 3, 22, tzinfo=UTC)
                - timedelta(minutes=15 * self.dice.randrange(99)),
                OVERLAP + timedelta(seconds=self.dice.randrange(7200)),
                OVERLAP + timedelta(minutes=30 * self.dice.randrange(-3, 6)),
                datetime(1970, 1, 3, tzinfo=UTC)
                + timedelta(seconds=self.dice.randrange(7 * 10**9)),
            ]
        )

    def times(self) -> dict[str, datetime]:
        starts_at = self.moment()
        length = timedelta(seconds=self.dice.choice([0, 1, 900, 2700, 86_400, 31 * 86_400]))
        return {"starts_at": starts_at, "ends_at": starts_at + length}

    def one_of(self, section: str) -> int | None:
        things = self.lists[section]
        return self.maybe(lambda: self.dice.choice(things).id) if things else None

    def links(self) -> tuple[Link, ...]:
        return tuple(
            Link(url=self.url(), title=self.maybe(self.text, {}))
            for _ in range(self.dice.randrange(3))
        )

    def audience(self, *usual: str) -> tuple[str, ...]:
        categories = self.dice.sample(sorted({"vip", *self.pool}), 1)
        return self.maybe(lambda: (self.dice.choice(usual),), (*categories, "press"))

    def roles(self) -> tuple[Role, ...]:
        roles = [
            Role(speaker_id=speaker.id, role=self.dice.choice(["speaker", "host", "", self.word()]))
            for speaker in self.lists["speakers"]
            for _ in range(self.dice.randrange(3))
        ]
        return tuple(dict.fromkeys(roles))

    def where(self) -> dict[str, Any]:
        return {
            "latitude": self.maybe(self.degrees),
            "longitude": self.maybe(lambda: 2 * self.degrees()),
        }

    def venue(self, number: int) -> Venue:
        return Venue(
            id=number,
            name=self.text(),
            address=self.maybe(self.word, ""),
            city=self.maybe(self.word, ""),
            country=self.maybe(self.word, ""),
            url=self.maybe(self.url, ""),
            transport=self.maybe(self.text, {}),
            wifi_network=self.maybe(self.word, ""),
            wifi_password=self.maybe(self.word, ""),
            wifi=self.maybe(self.text, {}),
            emergency=self.maybe(self.text, {}),
            accessibility=self.maybe(self.text, {}),
            **self.where(),
        )

    def room(self, number: int) -> Room:
        return Room(
            id=number,
            guid=self.guid(),
            name=self.text(),
            venue_id=self.one_of("venues"),
            floor=self.maybe(self.text, {}),
            capacity=self.maybe(self.number),
            description=self.maybe(self.text, {}),
            accessibility=self.maybe(self.text, {}),
        )

    def place(self, number: int) -> PointOfInterest:
        return PointOfInterest(
            id=number,
            venue_id=self.dice.choice(self.lists["venues"]).id,
            kind=self.dice.choice(PLACES),
            name=self.text(),
            description=self.maybe(self.text, {}),
            floor=self.maybe(self.text, {}),
            **self.where(),
        )

    def track(self, number: int) -> Track:
        color = self.dice.choice(["", "#0a7f3f", "#000000", "#123456", "#12e456"])
        return Track(id=number, name=self.text(), color=color)

    def media(self, number: int) -> Media:
        kind, width = self.dice.choice(sorted(PICTURES)), self.dice.randint(1, 3)
        content = a_picture(kind, width)
        return Media(
            id=number,
            kind=self.dice.choice(MEDIA_KINDS),
            sha256=hashlib.sha256(content).hexdigest(),
            media_type=PICTURES[kind],
            bytes=len(content),
            width=width,
            height=7,
            alt=self.maybe(self.text, {}),
            priority=self.dice.choice([0, 100, 7]),
            venue_id=self.one_of("venues"),
            floor=self.maybe(self.text, {}),
            content=self.maybe(lambda: content),
        )

    def speaker(self, number: int) -> Speaker:
        return Speaker(
            id=number,
            guid=self.guid(),
            name=self.word(),
            source_id=self.maybe(self.word, ""),
            organisation=self.maybe(self.word, ""),
            position=self.maybe(self.text, {}),
            biography=self.maybe(self.text, {}),
            links=self.links(),
            picture_id=self.one_of("media"),
            listed=self.dice.random() < 0.5,
        )

    def part(self) -> Part:
        return Part(
            id=0,
            guid=self.guid(),
            title=self.text(),
            abstract=self.maybe(self.text, {}),
            state=self.dice.choice(list(State)),
            reason=self.maybe(self.text, {}),
            speakers=self.roles(),
            **self.times(),
        )

    def session(self, number: int) -> Session:
        return Session(
            id=number,
            guid=self.guid(),
            title=self.text(),
            source_id=self.maybe(lambda: f"{self.word()} {number}", ""),
            slug=self.maybe(lambda: f"slug-{number}", ""),
            subtitle=self.maybe(self.text, {}),
            abstract=self.maybe(self.text, {}),
            room_id=self.one_of("rooms"),
            track_id=self.one_of("tracks"),
            type_id=self.one_of("types"),
            languages=tuple(self.dice.sample(TAGS, self.dice.randrange(3))),
            interpretation=tuple(
                Interpretation(language=tag, kind=self.dice.choice(INTERPRETATION))
                for tag in self.dice.sample(TAGS, self.dice.randrange(3))
            ),
            links=self.links(),
            attachments=self.links(),
            capacity=self.maybe(self.number),
            audience=self.audience("everyone", "choice"),
            visibility=self.audience("public"),
            state=self.dice.choice(list(State)),
            reason=self.maybe(self.text, {}),
            url=self.maybe(self.url, ""),
            feedback_url=self.maybe(self.url, ""),
            recording_license=self.maybe(self.word, ""),
            recording_optout=self.dice.choice([None, True, False]),
            speakers=self.roles(),
            parts=tuple(self.part() for _ in range(self.dice.randrange(3))),
            **self.times(),
        )

    def announcement(self, number: int) -> Announcement:
        return Announcement(
            id=number,
            guid=self.guid(),
            title=self.text(),
            starts_at=self.moment(),
            body=self.maybe(self.text, {}),
            severity=self.dice.choice(list(Severity)),
            expires_at=self.maybe(self.moment),
            audience=self.audience("everyone"),
        )

    def legal(self, number: int) -> LegalText:
        return LegalText(
            id=number,
            kind=self.dice.choice(LEGAL_KINDS),
            title=self.text(),
            body=self.text(),
            version=self.maybe(self.word, ""),
        )


def public(agenda: Agenda) -> Agenda:
    """Return what of an agenda the formats that are read by all are made from."""
    listed = {speaker.id for speaker in agenda.speakers if speaker.listed}

    def roles(item: Any) -> tuple[Role, ...]:
        return tuple(role for role in item.speakers if role.speaker_id in listed)

    sessions = tuple(
        dataclasses.replace(
            session,
            speakers=roles(session),
            parts=tuple(
                dataclasses.replace(part, speakers=roles(part))
                for part in session.parts
                if part.state is not State.DRAFT
            ),
        )
        for session in agenda.sessions
        if session.state is not State.DRAFT and session.visibility == ("public",)
    )
    return dataclasses.replace(agenda, sessions=sessions)


def renumbered(agenda: Agenda) -> Agenda:
    """Return the agenda with the ids that hold it together counted from 1, sessions' apart."""
    ids = {
        name: {thing.id: number for number, thing in enumerate(getattr(agenda, name), 1)}
        for name in ("venues", "rooms", "tracks", "types", "speakers", "media")
    }

    def again(thing: Any, name: str, number: int) -> Any:
        changes: dict[str, Any] = {"id": number}
        for attribute, target in _REFERENCES.items():
            if getattr(thing, attribute, None) is not None:
                changes[attribute] = ids[target][getattr(thing, attribute)]
        if name == "sessions":
            changes |= {"id": thing.id, "speakers": roles(thing)}
        return dataclasses.replace(thing, **changes)

    def roles(thing: Any) -> tuple[Role, ...]:
        return tuple(
            dataclasses.replace(role, speaker_id=ids["speakers"][role.speaker_id])
            for role in thing.speakers
        )

    lists = {
        field.name: tuple(
            again(thing, field.name, number)
            for number, thing in enumerate(getattr(agenda, field.name), 1)
        )
        for field in dataclasses.fields(agenda)
        if field.name != "event"
    }
    part_ids = itertools.count(1)
    lists["sessions"] = tuple(
        dataclasses.replace(
            session,
            parts=tuple(
                dataclasses.replace(part, id=next(part_ids), speakers=roles(part))
                for part in session.parts
            ),
        )
        for session in lists["sessions"]
    )
    return dataclasses.replace(agenda, **lists)


_REFERENCES = {
    "venue_id": "venues",
    "room_id": "rooms",
    "track_id": "tracks",
    "type_id": "types",
    "picture_id": "media",
}
