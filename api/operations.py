"""Operations as JSON: one schema each, told apart by `op`."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import marshmallow as ma

from api.inputs import SLUG, TAG, Choice, Input, Line, Moment, Truth, Whole, WordsInput
from event.agenda.model import Role, Severity
from event.agenda.operations.kinds import OPERATIONS, Move, Operation
from event.text import text

LONGEST_DELAY = 1_440
"""Minutes."""

_CATEGORIES = ma.fields.String(validate=SLUG)
_TEXTS = {"title", "subtitle", "abstract", "body", "name", "reason"}
_TUPLES = {"languages", "audience"}
_MOMENTS = {"starts_at", "ends_at", "expires_at", "until"}


class _Operation(Input):
    reason = WordsInput(
        metadata={"description": "Why; shown to everyone. Without one it is that of the list."}
    )


class _OnItem(_Operation):
    session = Whole(metadata={"description": "A session …"})
    part = Whole(metadata={"description": "… or a part of one."})


class _OnMany(_Operation):
    session = Whole(metadata={"description": "One session, even if it is not today; or …"})
    room = Whole(metadata={"description": "… what is left of the day in a room, or …"})
    track = Whole(metadata={"description": "… in a track, or …"})
    all = Truth(metadata={"description": "… everywhere."})
    day = ma.fields.Date(metadata={"description": "Event day, if not today."})


class MoveInput(_Operation):
    """Move a session in time, to another room, or both; it keeps its length."""

    session = Whole(required=True)
    starts_at = Moment()
    ends_at = Moment()
    room = Whole()


class RoomInput(_Operation):
    """Move a session to another room."""

    session = Whole(required=True)
    room = Whole(required=True)


class DelayInput(_OnMany):
    """Let sessions begin later; what is under way ends later."""

    minutes = Whole(required=True, most=LONGEST_DELAY)
    cascade = Truth(
        metadata={"description": "What follows in the room gives way until a break absorbs it."}
    )


class ShortenInput(_Operation):
    """Let a session end earlier."""

    session = Whole(required=True)
    minutes = Whole(required=True, most=LONGEST_DELAY)


class CancelInput(_OnItem):
    """Cancel a session or a part."""

    replaced_by = Whole(metadata={"description": "Session to go to instead."})
    repeated_by = Whole(
        metadata={"description": "Session with the same content, such as tomorrow."}
    )


class SuspendInput(_OnMany):
    """Interrupt or hold back, with an unknown end."""


class ResumeInput(_OnMany):
    """Go on with what was suspended, later by the time that went by."""

    minutes = Whole(
        least=0, most=LONGEST_DELAY, metadata={"description": "How much later, if not by that."}
    )
    cascade = Truth(
        metadata={"description": "What follows in the room gives way until a break absorbs it."}
    )


class RestoreInput(_OnItem):
    """Take a cancellation back."""


class ReplaceSpeakerInput(_OnItem):
    """Let somebody else speak; of a session also in its parts."""

    old = Whole(required=True)
    new = Whole(metadata={"description": "Nobody when left out."})


class SwapInput(_Operation):
    """Let two sessions change starts and rooms."""

    a = Whole(required=True)
    b = Whole(required=True)


class RoleInOperation(Input):
    """Who speaks, in which role."""

    speaker_id = Whole(required=True)
    role = Line(longest=50, load_default="speaker", needed=True)


class NewInput(_Operation):
    """Add a session; with a guid of your own a repeated request cannot add it twice."""

    guid = ma.fields.UUID()
    title = WordsInput(required=True, needed=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)
    subtitle = WordsInput()
    abstract = WordsInput()
    room = Whole()
    track = Whole()
    type = Whole()
    capacity = Whole(least=0, most=1_000_000)
    languages = ma.fields.List(ma.fields.String(validate=TAG), validate=ma.validate.Length(max=20))
    audience = ma.fields.List(_CATEGORIES, validate=ma.validate.Length(min=1, max=50))
    speakers = ma.fields.List(
        ma.fields.Nested(RoleInOperation), validate=ma.validate.Length(max=100)
    )


class TextInput(_OnItem):
    """Replace words; a part has no subtitle."""

    title = WordsInput(needed=True)
    subtitle = WordsInput()
    abstract = WordsInput()


class RoomClosedInput(_Operation):
    """Move what is to come in a room to another; without one it is suspended."""

    room = Whole(required=True)
    to = Whole()
    until = Moment()


class RoomRenamedInput(_Operation):
    """Give a room another name."""

    room = Whole(required=True)
    name = WordsInput(required=True, needed=True)


class AnnounceInput(_Operation):
    """Say something to all, or to some categories."""

    guid = ma.fields.UUID()
    title = WordsInput(required=True, needed=True)
    body = WordsInput()
    severity = ma.fields.String(validate=ma.validate.OneOf([str(s) for s in Severity]))
    starts_at = Moment()
    expires_at = Moment()
    audience = ma.fields.List(_CATEGORIES, validate=ma.validate.Length(min=1, max=50))


INPUTS: Mapping[str, type[Input]] = {
    name: kind.from_dict(  # type: ignore[misc]
        {"op": ma.fields.String(required=True, validate=ma.validate.OneOf([name]))},
        name=kind.__name__.replace("Input", "Operation"),
    )
    for name, kind in {
        "move": MoveInput,
        "room": RoomInput,
        "delay": DelayInput,
        "shorten": ShortenInput,
        "cancel": CancelInput,
        "suspend": SuspendInput,
        "resume": ResumeInput,
        "restore": RestoreInput,
        "replace_speaker": ReplaceSpeakerInput,
        "swap": SwapInput,
        "new": NewInput,
        "text": TextInput,
        "room_closed": RoomClosedInput,
        "room_renamed": RoomRenamedInput,
        "announce": AnnounceInput,
    }.items()
}


def operation() -> Choice:
    """Return the field of an operation."""
    return Choice(INPUTS, _operation, by="op")


def _operation(name: str, values: dict[str, Any]) -> Operation:
    del values["op"]
    if name in {"new", "announce"}:
        values["guid"] = str(values.get("guid") or uuid4())
    for field in values.keys() & _TEXTS:
        values[field] = text(values[field])
    for field in values.keys() & _MOMENTS:
        values[field] = values[field].replace(microsecond=0)
    for field in values.keys() & _TUPLES:
        values[field] = tuple(dict.fromkeys(values[field]))
    if "speakers" in values:
        values["speakers"] = tuple(dict.fromkeys(Role(**role) for role in values["speakers"]))
    if "severity" in values:
        values["severity"] = Severity(values["severity"])
    kind = Move if name == "room" else OPERATIONS[name]
    return kind(**values)
