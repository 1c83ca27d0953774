"""The agenda as JSON: one reading of the model makes both the schemas and the bodies.

A field's name is the model's, its words here are the API's documentation. Every field is always
present; what is unknown is null, what is empty is "" or [].
"""

import dataclasses
from collections.abc import Callable, Mapping
from datetime import date, datetime
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import marshmallow as ma

from event.agenda import model
from event.text import Text, pick
from event.times import rfc3339

HIDDEN = {"source_id", "visibility", "listed", "content"}

WORDS = {
    "abstract": "What it is about.",
    "accessibility": "Steps, lifts, induction loops and the like.",
    "acronym": "Short name of the event, used in file names and feeds.",
    "alt": "What the picture shows, for those who do not see it.",
    "attachments": "Files that belong to the session.",
    "audience": 'Whom it is for: ["everyone"], ["choice"] or categories of attendees.',
    "bytes": "Size in bytes.",
    "capacity": "Number of places, null when it does not matter.",
    "changed_at": "When time, room or state last changed.",
    "color": "#rrggbb, or empty.",
    "ends_at": "End, with the venue's offset; the planned one while suspended.",
    "ends_on": "Last event day.",
    "expires_at": "From then on it is no longer shown; null for never.",
    "feedback_url": "Where feedback on the session can be given.",
    "floor": "The floor as signs at the venue call it.",
    "guid": "UUID that stays with the thing in every export.",
    "hosts": "Who invites.",
    "id": "Positive integer; never given to anything else.",
    "interpretation": "Languages the session is brought into, and how.",
    "kind": "What kind of thing it is.",
    "languages": "Language tags; an event's first is its default.",
    "latitude": "Microdegrees north (WGS 84).",
    "longitude": "Microdegrees east (WGS 84).",
    "media_type": "Media type of the bytes.",
    "minimum_app_version": "Apps older than this should ask to be updated; empty for none.",
    "notice": "Shown on every first page.",
    "organisation": "Where the speaker works.",
    "parts": "What the session consists of, each with times and a state of its own.",
    "position": "What the speaker does there.",
    "priority": "Lower is fetched first.",
    "reason": "Why it is where and as it is; empty when nothing was said.",
    "recording_license": "Licence of the recording, when there is one.",
    "recording_optout": "true when it must not be recorded, null when unknown.",
    "sequence": "Grows with each change of time, room or state (iCalendar SEQUENCE).",
    "severity": "How loud it is.",
    "sha256": "SHA-256 of the bytes, in hex.",
    "slug": "For addresses; stable.",
    "speakers": "Who speaks, in which role.",
    "starts_at": "Start, with the venue's offset.",
    "starts_on": "First event day.",
    "state": "tentative, confirmed, suspended (end unknown) or cancelled.",
    "timezone": "IANA time zone of the venue; show venue time, not phone time.",
    "version": "Grows with every edit; a legal text's is free text.",
    "wifi": "How to get onto the Wi-Fi.",
}
"""What a field means, wherever it occurs."""


class Schema(ma.Schema):
    """What we answer: new fields may come, so that old apps must not refuse them."""

    class Meta:
        """Unknown fields are let through."""

        unknown = ma.INCLUDE


class Words(ma.fields.Raw):
    """Text for people: a string in the answer's language, or with ?lang=* one per language."""

    def __init__(self, **kwargs: Any) -> None:
        metadata = {
            "oneOf": [
                {"type": "string"},
                {"type": "object", "additionalProperties": {"type": "string"}},
            ],
            "description": "In the answer's language; with ?lang=* one string per language.",
        }
        super().__init__(metadata=metadata | kwargs.pop("metadata", {}), **kwargs)


@dataclasses.dataclass(frozen=True, slots=True)
class Context:
    """How an answer is written: its language (or `*`), the fallbacks, and the venue's zone."""

    language: str
    languages: tuple[str, ...]
    tz: ZoneInfo

    def words(self, text: Text) -> str | dict[str, str]:
        """Return a text as this answer shows it."""
        if self.language == "*":
            return dict(text)
        return pick(text, (self.language, *self.languages))[0]

    def moment(self, moment: datetime) -> str:
        """Return a moment as this answer shows it."""
        return rfc3339(moment, self.tz)


def shown(item: Any, context: Context) -> dict[str, Any]:
    """Return an item of the model as JSON shows it."""
    return {name: show(getattr(item, name), context) for name, show in _SHOWN[type(item)]}


def schema_of(kind: type, **more: ma.fields.Field[Any]) -> type[Schema]:
    """Return the schema of what `shown` makes of a class of the model, with more fields."""
    fields: dict[str, Any] = {
        name: _field(name, hint)
        for name, hint in get_type_hints(kind).items()
        if name not in HIDDEN
    }
    return Schema.from_dict(fields | more, name=kind.__name__)  # type: ignore[return-value]


def words(name: str) -> dict[str, Any]:
    """Return the metadata that documents a field."""
    return {"description": WORDS[name]} if name in WORDS else {}


def _field(name: str, hint: Any) -> ma.fields.Field[Any]:
    arguments = get_args(hint)
    options: dict[str, Any] = {"required": True, "metadata": words(name)}
    if type(None) in arguments:
        options["allow_none"] = True
        hint = next(argument for argument in arguments if argument is not type(None))
    if hint == Text:
        return Words(required=True, metadata=words(name))
    if get_origin(hint) is tuple:
        inner = get_args(hint)[0]
        item = (
            ma.fields.Nested(SCHEMAS[inner])
            if dataclasses.is_dataclass(inner)
            else ma.fields.String()
        )
        return ma.fields.List(item, **options)
    if isinstance(hint, type) and issubclass(hint, Enum):
        values = [str(value) for value in hint]
        return ma.fields.String(validate=ma.validate.OneOf(values), **options)
    return _FIELDS[hint](**options)


_FIELDS: Mapping[Any, type[ma.fields.Field[Any]]] = {
    str: ma.fields.String,
    int: ma.fields.Integer,
    bool: ma.fields.Boolean,
    date: ma.fields.Date,
    datetime: ma.fields.AwareDateTime,
}


def _shower(hint: Any) -> Callable[[Any, Context], Any]:
    arguments = get_args(hint)
    if type(None) in arguments:
        show = _shower(next(argument for argument in arguments if argument is not type(None)))
        return lambda value, context: None if value is None else show(value, context)
    if hint == Text:
        return lambda value, context: context.words(value)
    if hint is datetime:
        return lambda value, context: context.moment(value)
    if hint is date:
        return lambda value, _: value.isoformat()
    if get_origin(hint) is tuple:
        if dataclasses.is_dataclass(arguments[0]):
            return lambda value, context: [shown(item, context) for item in value]
        return lambda value, _: list(value)
    return lambda value, _: value


_KINDS = (
    model.Link, model.Interpretation, model.Role, model.Part, model.Session, model.Speaker,
    model.Track, model.SessionType, model.Room, model.Venue, model.PointOfInterest, model.Media,
    model.Announcement, model.LegalText, model.Event,
)  # fmt: skip

_SHOWN = {
    kind: [
        (name, _shower(hint)) for name, hint in get_type_hints(kind).items() if name not in HIDDEN
    ]
    for kind in _KINDS
}

_NAME = ma.fields.String(required=True, metadata={"description": "The speaker's name."})
_DAY = ma.fields.Date(
    required=True, metadata={"description": "Event day; it ends at 04:00 venue time."}
)
_URL = ma.fields.String(required=True, metadata={"description": "Where the bytes are."})
MORE: Mapping[Any, Mapping[str, ma.fields.Field[Any]]] = {
    model.Role: {"name": _NAME},
    model.Session: {"day": _DAY},
    model.Media: {"url": _URL},
}
"""What an answer adds to the model."""

SCHEMAS: dict[Any, type[Schema]] = {}
for _kind in _KINDS:
    SCHEMAS[_kind] = schema_of(_kind, **MORE.get(_kind, {}))
