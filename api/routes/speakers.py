"""Speakers who are listed."""

from typing import Any

import marshmallow as ma
from flask import g

from api import bodies
from api.caching import public
from api.published import Edition
from api.rest import Blueprint
from api.routes.queries import Answer, LanguageQuery
from api.shapes import SCHEMAS
from event.agenda.model import Media, Speaker
from event.errors import NotFound

blp = Blueprint("Speakers", __name__, url_prefix="/v1", description="Who speaks.")


class SpeakerDetail(SCHEMAS[Speaker]):  # type: ignore[misc, valid-type]
    """A speaker with picture and sessions."""

    picture = ma.fields.Nested(SCHEMAS[Media], required=True, allow_none=True)
    session_ids = ma.fields.List(ma.fields.Integer(), required=True)


class SpeakersAnswer(Answer):
    """All speakers of published sessions, by id."""

    speakers = ma.fields.List(ma.fields.Nested(SpeakerDetail), required=True)


class SpeakerAnswer(Answer):
    """One speaker."""

    speaker = ma.fields.Nested(SpeakerDetail, required=True)


@blp.route("/speakers")
@blp.response(200, SpeakersAnswer)
@blp.problems(404, 422)
@public()
@blp.arguments(LanguageQuery, location="query")
def speakers(_: dict[str, Any]) -> dict[str, Any]:
    """Get all speakers."""
    edition: Edition = g.edition
    every = [bodies.speaker(item, edition.agenda, g.context) for item in edition.agenda.speakers]
    return bodies.head(edition, g.context) | {"speakers": every}


@blp.route("/speakers/<int:speaker_id>")
@blp.response(200, SpeakerAnswer)
@blp.problems(404, 422)
@public(hot=False)
@blp.arguments(LanguageQuery, location="query")
def speaker(_: dict[str, Any], speaker_id: int) -> dict[str, Any]:
    """Get one speaker."""
    edition: Edition = g.edition
    for item in edition.agenda.speakers:
        if item.id == speaker_id:
            body = bodies.speaker(item, edition.agenda, g.context)
            return bodies.head(edition, g.context) | {"speaker": body}
    raise NotFound(f"There is no listed speaker {speaker_id}.")
