"""What somebody shares: an address for calendars, a link to some of their schedule."""

from typing import Any

import marshmallow as ma
from flask import Response, jsonify, request

from api.auth import own, requires
from api.inputs import Input, Line, Moment, Truth
from api.private import kept
from api.rest import Blueprint
from api.routes.feeds import ICS
from api.seats import settle_due
from api.service import service
from api.shapes import Schema
from event.people.attendees import find
from event.schedule.calendar import calendar
from event.schedule.own import known, mine, restricted
from event.schedule.schedule import schedule_of
from event.schedule.shared import SECTIONS
from event.schedule.shares import (
    CALENDAR,
    LONGEST_LABEL,
    SCHEDULE,
    Share,
    share,
    shared,
    shares,
    take_back,
)
from event.times import to_seconds

KIND, SECTION = ma.validate.OneOf([CALENDAR, SCHEDULE]), ma.validate.OneOf(SECTIONS)

blp = Blueprint("Shares", __name__, url_prefix="/v1", description="My schedule, elsewhere.")


class ShareInput(Input):
    """What to share, and for what."""

    kind = ma.fields.String(required=True, validate=KIND)
    label = Line(longest=LONGEST_LABEL, load_default="", metadata={"description": "For my list."})
    sections = ma.fields.List(
        ma.fields.String(validate=SECTION),
        load_default=(),
        metadata={"description": "What a schedule shows; of meetings only when and where."},
    )
    named = Truth(load_default=False, metadata={"description": "Whether it says whose it is."})
    expires_at = Moment(load_default=None, allow_none=True)


class ShareSchema(Schema):
    """A share that is valid."""

    id = ma.fields.Integer(required=True)
    kind = ma.fields.String(required=True, validate=KIND)
    label = ma.fields.String(required=True)
    sections = ma.fields.List(ma.fields.String(validate=SECTION), required=True)
    named = ma.fields.Boolean(required=True)
    created_at = ma.fields.AwareDateTime(required=True)
    expires_at = ma.fields.AwareDateTime(required=True, allow_none=True)


class NewShareAnswer(ShareSchema):
    """A share with its address, which cannot be shown again."""

    url = ma.fields.String(
        required=True, metadata={"description": "Whoever has it reads all; keep it to yourself."}
    )


class SharesAnswer(Schema):
    """All shares that are valid."""

    shares = ma.fields.List(ma.fields.Nested(ShareSchema), required=True)


@blp.route("/me/shares")
@blp.response(200, SharesAnswer)
@blp.problems(401, 403, 404, 429)
@requires("attendee")
def my_shares() -> Response:
    """Get what I share, without the secrets."""
    with service().db.read() as db:
        mine = shares(db, own(), at=service().seconds())
    return jsonify({"shares": [_body(one) for one in mine]})


@blp.route("/me/shares", methods=["POST"])
@blp.response(201, NewShareAnswer)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("attendee")
@blp.arguments(ShareInput, example={"kind": CALENDAR, "label": "My laptop"})
def new_share(body: dict[str, Any]) -> Response:
    """Make an address at which a calendar reads all my schedule, or a link to some of it."""
    service().publications.edition()
    end = body["expires_at"]
    given = body | {"expires_at": end and to_seconds(end), "at": service().seconds()}
    with service().db.write() as db:
        made, secret = share(db, own(), **given)
    base = service().settings.url or request.url_root.rstrip("/")
    # What stands behind # reaches no server; calendars send no other secret than their address.
    path = f"v1/calendars/{secret}.ics" if made.kind == CALENDAR else f"app#share={secret}"
    answer = jsonify(_body(made) | {"url": f"{base}/{path}"})
    answer.status_code = 201
    return answer


@blp.route("/me/shares/<int:share_id>", methods=["DELETE"])
@blp.response(204)
@blp.problems(401, 403, 404, 429)
@requires("attendee")
def delete_share(share_id: int) -> None:
    """Take back what I shared: its address is 404 from now on."""
    with service().db.write() as db:
        take_back(db, own(), share_id, at=service().seconds())


@blp.route("/calendars/<token>.ics")
@blp.response(200, content_type=ICS)
@blp.problems(404)
def own_calendar(token: str) -> Response:
    """Read somebody's schedule as a calendar; ask again with its ETag."""
    with service().db.read() as db:
        who = shared(db, token, kind=CALENDAR, at=service().seconds()).attendee_id
    settle_due(service().db, at=service().seconds())
    agenda = service().publications.edition().agenda
    with service().db.read() as db:
        person, gathered = find(db, who), mine(db, who)
        hidden = restricted(db, gathered.category)
    found = schedule_of(
        gathered,
        sessions=known(agenda, hidden),
        restricted={session.id for session in hidden},
        rooms=agenda.rooms,
        venues=agenda.venues,
        at=service().now(),
    )
    body = calendar(agenda, found, language=person.language or None)
    answer = kept(body.decode(), lambda: body, ICS)
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer


def _body(made: Share) -> dict[str, Any]:
    return {
        "id": made.id,
        "kind": made.kind,
        "label": made.label,
        "sections": list(made.sections),
        "named": made.named,
        "created_at": service().local(made.created_at),
        "expires_at": service().local(made.expires_at),
    }
