"""Lists of edits: previewed, published as one, held, undone."""

from dataclasses import asdict
from datetime import timedelta
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import uuid4

import marshmallow as ma
from flask import Response, g, request
from sqlalchemy import Connection, select

from api.auth import requires
from api.caching import context_for, dumped
from api.clock import real_time
from api.edits import (
    ByChannel,
    EditsAnswer,
    EditsInput,
    HoldSchema,
    answer,
    answered,
    edits_of,
    published,
    shown_hold,
)
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event import tables
from event.agenda.undo import NOTHING_PUBLIC, undo
from event.told.reach import reach
from sync.edits import remembered
from sync.holds import edit_once, edit_with_held, hold, holds, publish_held, take_back
from sync.publish import read_clock, rehearse

blp = Blueprint("Edits", __name__, url_prefix="/v1", description="Changes at the last minute.")


class ReachAnswer(Schema):
    """Of the people a publish touches: how many have seen it, how many have a phone that has not.

    Unreachable are those with neither a phone here nor a channel; and whom each channel reaches.
    """

    seq = ma.fields.Integer(required=True)
    people = ma.fields.Integer(required=True)
    seen = ma.fields.Integer(required=True)
    offline = ma.fields.Integer(required=True)
    unreachable = ma.fields.Integer(required=True)
    by_channel = ma.fields.Nested(ByChannel, required=True)


class HoldsAnswer(Schema):
    """All that is held, the oldest first."""

    holds = ma.fields.List(ma.fields.Nested(HoldSchema), required=True)


@blp.route("/agenda/edits", methods=["POST"])
@blp.response(200, EditsAnswer)
@blp.problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(EditsInput)
def edit(body: dict[str, Any]) -> Response:
    """Do several operations as one publish; dry_run shows what would happen."""
    at, key = service().now().replace(microsecond=0), str(body.get("id") or uuid4())
    digest = sha256(request.get_data()).hexdigest()
    edits = edits_of(body, at)
    if body["hold"] and not body["dry_run"]:
        with service().db.write() as db:
            due = at + timedelta(seconds=body["hold"])
            held = hold(db, key, edits, due=due, by=g.bearer.by, digest=digest)
        return answer(None, held=held)

    if body["dry_run"]:
        trial = partial(edit_with_held, edits=edits, at=at)
        said = rehearse(service().db, trial, at=at, by=g.bearer.by, reason=edits.reason)
        return answered(said)
    once = partial(edit_once, key=key, edits=edits, at=at, digest=digest)
    done = service().publish(once, reason=edits.reason)
    return answered(done) if done.value else _again(key, digest)


@blp.route("/publishes/<int:seq>/undo", methods=["POST"])
@blp.response(200, EditsAnswer)
@blp.problems(401, 403, 404, 409, 412, 429)
@requires("organiser")
def undo_publish(seq: int) -> Response:
    """Take a publish back; 412 names what of it was changed since."""

    def back(db: Connection) -> int:
        undo(db, seq, at=service().now())
        return read_clock(db).seq

    return published(service().publish(back))


@blp.route("/publishes/<int:seq>/reach")
@blp.response(200, ReachAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def reach_of(seq: int) -> Response:
    """Get how many of the people a publish touches have seen it: counts, no names."""
    epoch = service().publications.edition().clock.epoch
    with service().db.read() as db:
        is_mailing = bool(service().settings.smtp)
        found = reach(db, epoch, seq, at=service().seconds(), mail=is_mailing)
    return Response(dumped(asdict(found)), content_type="application/json")


@blp.route("/holds")
@blp.response(200, HoldsAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def all_holds() -> Response:
    """Get the edits that wait."""
    context = context_for(service().publications.edition())
    with service().db.read() as db:
        body = {"holds": [shown_hold(one, context) for one in holds(db)]}
    return Response(dumped(body), content_type="application/json")


@blp.route("/holds/<hold_id>", methods=["DELETE"])
@blp.response(204)
@blp.problems(401, 403, 404, 409, 429)
@requires("organiser")
def take_hold_back(hold_id: str) -> None:
    """Take back edits that wait: nobody has heard of them."""
    with service().db.write() as db:
        take_back(db, hold_id, at=service().now())


@blp.route("/holds/<hold_id>/publish", methods=["POST"])
@blp.response(200, EditsAnswer)
@blp.problems(401, 403, 404, 409, 412, 422, 429)
@requires("organiser")
def publish_hold(hold_id: str) -> Response:
    """Publish edits that wait, now."""
    now = service().now()
    done = publish_held(service().db, hold_id, at=now, issued_at=real_time())
    service().publications.published(done.clock)
    return answered(done)


def _again(key: str, digest: str) -> Response:
    """Return the answer for edits that were done already."""
    with service().db.read() as db:
        seq, found = remembered(db, key, digest=digest) or (NOTHING_PUBLIC, [])
        wanted = select(tables.change).where(tables.change.c.seq == seq)
        rows = [dict(row) for row in db.execute(wanted.order_by(tables.change.c.number)).mappings()]
    return answer(seq if seq > 0 else None, rows, found)
