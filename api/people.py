"""Attendees as JSON: what the desk takes and is shown, and what somebody sees of themselves.

Diet and access needs are in none of it.
"""

import dataclasses
from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from api.inputs import SLUG, TAG, Input, Line, Pattern, Truth, Whole
from api.service import service
from api.shapes import Schema
from badges.short import short_code
from event.people import rules
from event.people.consents import PURPOSES, Answer
from event.people.model import EVERY_DAY, Attendee, Status
from event.people.rules import LONGEST
from event.text import LANGUAGE

EMAIL = f"^(?:{rules.EMAIL})?$"
_LANGUAGE = f"^(?:{LANGUAGE.pattern})?$"


def _line(name: str, words: str, **kwargs: Any) -> Line:
    return Line(longest=LONGEST[name], metadata={"description": words}, **kwargs)


class Person(Input):
    """Who somebody is, as it stands on the badge."""

    given_name = _line("given_name", "May be empty when there is a surname.")
    surname = _line("surname", "May be empty when there is a given name.")
    email = ma.fields.String(
        validate=[ma.validate.Length(max=LONGEST["email"]), Pattern(EMAIL)],
        metadata={"description": "Several people may share one; empty when unknown."},
    )
    organisation = _line("organisation", "For whom they come.")
    position = _line("position", "What they do there.")
    note = _line("note", "For the desk and the door: what to tell them on arrival.")
    look_at_id = Truth(metadata={"description": "Whether the door looks at an identity card."})
    minor = Truth(metadata={"description": "Whether they are under age."})


class AttendeePatch(Person):
    """What to change; what is left out stays."""

    country = _line("country", "As it is printed.")
    language = ma.fields.String(
        validate=Pattern(_LANGUAGE, error="Write a language tag such as en or pl."),
        metadata={"description": "What their badge and letters are in; empty when unknown."},
    )
    category = ma.fields.String(
        validate=SLUG, metadata={"description": "Slug; GET /v1/categories."}
    )
    external_id = _line("external_id", "Their id in the registration.", allow_none=True)
    box_slot = _line("box_slot", "Where the printed badge waits, such as C-214.")
    days = Whole(
        least=0, most=EVERY_DAY, metadata={"description": "Bitmap, bit 0 the first event day."}
    )
    party_id = Whole(allow_none=True, metadata={"description": "The delegation they belong to."})
    status = ma.fields.String(
        validate=ma.validate.OneOf([str(Status.REGISTERED), str(Status.CANCELLED)]),
        metadata={"description": "cancelled when they do not come, registered when they do again."},
    )


class AttendeeSchema(Schema):
    """An attendee as the desk sees them."""

    id = ma.fields.Integer(required=True)
    guid = ma.fields.String(required=True)
    external_id = ma.fields.String(required=True, allow_none=True)
    source = ma.fields.String(
        required=True, metadata={"description": "How we know of them: import, desk, party, blank."}
    )
    given_name = ma.fields.String(required=True)
    surname = ma.fields.String(required=True)
    email = ma.fields.String(required=True)
    organisation = ma.fields.String(required=True)
    position = ma.fields.String(required=True)
    country = ma.fields.String(required=True)
    language = ma.fields.String(required=True)
    category = ma.fields.String(required=True)
    status = ma.fields.String(
        required=True, validate=ma.validate.OneOf([str(status) for status in Status])
    )
    party_id = ma.fields.Integer(required=True, allow_none=True)
    replaces_id = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "Instead of whom they come."}
    )
    box_slot = ma.fields.String(required=True)
    days = ma.fields.Integer(required=True)
    look_at_id = ma.fields.Boolean(required=True)
    minor = ma.fields.Boolean(required=True)
    note = ma.fields.String(required=True)
    version = ma.fields.Integer(required=True, metadata={"description": "Grows with every edit."})
    registered_at = ma.fields.AwareDateTime(required=True)
    changed_at = ma.fields.AwareDateTime(required=True)
    holder = ma.fields.Integer(
        required=True, metadata={"description": "The number in the badge's code."}
    )
    phone = ma.fields.Integer(
        required=True, metadata={"description": "Generation that is valid on a phone."}
    )
    paper = ma.fields.Integer(
        required=True, metadata={"description": "Generation that is valid on paper."}
    )
    short_code = ma.fields.String(
        required=True, metadata={"description": "The holder's number for eyes and keyboards."}
    )


_SHOWN = [field.name for field in dataclasses.fields(Attendee)]
_OWN = ("id", "given_name", "surname", "email", "organisation", "position", "country", "language",
        "category", "status", "box_slot", "days", "registered_at", "short_code")  # fmt: skip


class MeSchema(AttendeeSchema):
    """An attendee as they see themselves."""

    class Meta(Schema.Meta):
        """Nothing that is the desk's alone."""

        fields = _OWN


class ConsentInput(Input):
    """An answer, and to which words it was given."""

    given = Truth(required=True)
    text_version = Line(
        required=True, longest=50, needed=True, metadata={"description": "Names the words."}
    )
    language = ma.fields.String(
        required=True, validate=TAG, metadata={"description": "That they were read in."}
    )


class ConsentSchema(Schema):
    """An answer that was given."""

    purpose = ma.fields.String(required=True, validate=ma.validate.OneOf(PURPOSES))
    given = ma.fields.Boolean(required=True)
    text_version = ma.fields.String(required=True)
    language = ma.fields.String(required=True)
    at = ma.fields.AwareDateTime(required=True)
    by = ma.fields.String(required=True, metadata={"description": "role/label"})


class ConsentsAnswer(Schema):
    """All answers of an attendee; who was never asked has none."""

    consents = ma.fields.Dict(
        required=True,
        keys=ma.fields.String(),
        values=ma.fields.Nested(ConsentSchema),
        metadata={"description": "The answer that counts, by purpose."},
    )
    history = ma.fields.List(
        ma.fields.Nested(ConsentSchema),
        required=True,
        metadata={"description": "Every answer, oldest first."},
    )


PURPOSE = f"<any({', '.join(PURPOSES)}):purpose>"
"""How a path names a purpose of consent."""


def shown(person: Attendee) -> dict[str, Any]:
    """Return an attendee as the desk sees them."""
    body = {name: getattr(person, name) for name in _SHOWN}
    moments = {name: service().local(body[name]) for name in ("registered_at", "changed_at")}
    return body | moments | {"short_code": short_code(person.holder)}


def shown_to_self(person: Attendee) -> dict[str, Any]:
    """Return an attendee as they see themselves."""
    body = shown(person)
    return {name: body[name] for name in _OWN}


def shown_consents(history: list[Answer]) -> Response:
    """Return the answer with an attendee's answers."""
    bodies = [
        {
            "purpose": said.purpose,
            "given": said.given,
            "text_version": said.text_version,
            "language": said.language,
            "at": service().local(said.at),
            "by": said.by,
        }
        for said in history
    ]
    return jsonify({"consents": {body["purpose"]: body for body in bodies}, "history": bodies})


def with_tag(person: Attendee, *, status: int = 200) -> Response:
    """Return the answer with an attendee, and the tag that an edit sends back in If-Match."""
    answer = jsonify(shown(person))
    answer.status_code = status
    answer.headers["ETag"] = f'"a{person.id}-{person.version}"'
    return answer
