"""The log of scans, page by page."""

from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from api.auth import requires
from api.inputs import Input, Moment, Pattern, Whole
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.door.log import line, read_log, slugs
from event.times import to_milliseconds

blp = Blueprint("Log", __name__, url_prefix="/v1/scans", description="Every scan, once.")

MOST = 1_000
_CURSOR = Pattern(r"^[0-9]{1,16}\.[0-9a-f-]{36}$", error="Send `next` as it came.")


class From(Input):
    """Where to begin."""

    since = Moment(metadata={"description": "What was received at that moment or later."})
    cursor = ma.fields.String(
        validate=_CURSOR, metadata={"description": "`next` of the page before; instead of `since`."}
    )
    holder = Whole(
        least=0, most=2**32 - 1, metadata={"description": "Only what is about this badge."}
    )
    limit = Whole(most=MOST, load_default=MOST)


class LogLine(Schema):
    """A scan, or what was said of one; moments are UTC with milliseconds."""

    id = ma.fields.String(required=True)
    at = ma.fields.String(required=True, metadata={"description": "When it was, repaired."})
    received_at = ma.fields.String(required=True)
    gate = ma.fields.String(required=True, allow_none=True)
    kind = ma.fields.String(required=True)
    outcome = ma.fields.String(required=True)
    reason = ma.fields.String(required=True)
    holder = ma.fields.Integer(required=True, allow_none=True)
    short_code = ma.fields.String(required=True, allow_none=True)
    medium = ma.fields.String(required=True, allow_none=True)
    generation = ma.fields.Integer(required=True, allow_none=True)
    leaving = ma.fields.Boolean(required=True)
    via = ma.fields.String(required=True)
    target = ma.fields.String(required=True)
    note = ma.fields.String(required=True)
    device = ma.fields.String(required=True)
    online = ma.fields.Boolean(required=True)
    trusted = ma.fields.Boolean(required=True)
    skewed = ma.fields.Boolean(required=True)
    late = ma.fields.String(required=True)


class LogAnswer(Schema):
    """A page of the log, in the order in which scans were received."""

    scans = ma.fields.List(ma.fields.Nested(LogLine), required=True)
    next = ma.fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Where the next page begins; null of an empty page."},
    )


@blp.route("")
@blp.response(200, LogAnswer)
@blp.problems(401, 403, 404, 422, 429)
@requires("organiser")
@blp.arguments(From, location="query")
def page(query: dict[str, Any]) -> Response:
    """Read the log; it names nobody.

    Two scans that are stored at the same moment may come in either order: for a final account begin
    again a minute earlier, ids stay the same.
    """
    since, after = 0, ""
    if "since" in query:
        since = to_milliseconds(query["since"])
    if "cursor" in query:
        moment, _, after = query["cursor"].partition(".")
        since = int(moment)
    with service().db.read() as db:
        gates = slugs(db)
        holder, limit = query.get("holder"), query["limit"]
        found = list(read_log(db, since=since, after=after, holder=holder, limit=limit))
    last = f"{found[-1].received_at}.{found[-1].id}" if found else None
    return jsonify({"scans": [line(item, gates) for item in found], "next": last})
