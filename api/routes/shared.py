"""A schedule as somebody else reads it, with the secret of a link."""

from typing import Any

import marshmallow as ma
from flask import Response, g, request

from api.auth import guessed
from api.caching import context_for, dumped
from api.rest import Blueprint
from api.routes.queries import LanguageQuery
from api.schedules import EntrySchema, entry_body
from api.seats import settle_due
from api.service import service
from api.shapes import Schema
from event.errors import NotFound
from event.people.attendees import find
from event.people.tokens import Bearer
from event.schedule.own import mine
from event.schedule.schedule import Entry
from event.schedule.shared import SECTIONS, shared_schedule
from event.schedule.shares import SCHEDULE, Share, shared
from event.times import to_seconds

blp = Blueprint("Shared", __name__, url_prefix="/v1", description="Schedules that were shared.")


class SharedEntry(EntrySchema):
    """A session or a meeting; of a meeting only when and where, its id is good for clashes."""

    sure = ma.fields.Boolean(
        required=True,
        metadata={"description": "false: they wait for a seat, or have not answered yet."},
    )


class SharedAnswer(Schema):
    """What somebody chose to show of their schedule, in time order."""

    language = ma.fields.String(required=True)
    timezone = ma.fields.String(required=True)
    name = ma.fields.String(
        required=True, metadata={"description": "Whose it is; empty when they do not say."}
    )
    sections = ma.fields.List(ma.fields.String(validate=ma.validate.OneOf(SECTIONS)), required=True)
    expires_at = ma.fields.AwareDateTime(required=True, allow_none=True)
    entries = ma.fields.List(ma.fields.Nested(SharedEntry), required=True)


@blp.route("/shared")
@blp.response(200, SharedAnswer)
@blp.problems(404, 422, 429)
@blp.doc(security=[{"token": []}])
@blp.arguments(LanguageQuery, location="query")
def shared_with_me(_: dict[str, Any]) -> Response:
    """Read a schedule that was shared; its secret, evs_…, is the bearer token."""
    # As with other tokens, the answer is for whoever has it alone.
    g.bearer = Bearer("share", "")
    now = service().now()
    found = _share(at=to_seconds(now))
    settle_due(service().db, at=to_seconds(now))
    edition = service().publications.edition()
    context = context_for(edition)
    with service().db.read() as db:
        person, gathered = find(db, found.attendee_id), mine(db, found.attendee_id)
    schedule = shared_schedule(gathered, found.sections, agenda=edition.agenda, at=now)

    def shown(entry: Entry) -> dict[str, Any]:
        return entry_body(entry, context) | {"sure": entry.is_sure}

    body = {
        "language": context.language,
        "timezone": edition.agenda.event.timezone,
        "name": person.name if found.named else "",
        "sections": list(found.sections),
        "expires_at": service().local(found.expires_at),
        "entries": [shown(entry) for entry in schedule.entries],
    }
    answer = Response(dumped(body), content_type="application/json")
    answer.headers["Vary"] = "Authorization, Accept-Language"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _share(*, at: int) -> Share:
    """Return the share whose secret was sent. Raises NotFound, the same for whatever is none."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    wanted = secret.strip() if scheme.lower() == "bearer" else ""
    try:
        with service().db.read() as db:
            return shared(db, wanted, kind=SCHEDULE, at=at)
    except NotFound:
        guessed()
        raise
