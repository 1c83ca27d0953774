"""Lists of edits: previewed, published as one, held, undone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
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
from api.operations import operation
from api.published import Edition
from api.rest import Blueprint, Input, Truth, Whole, WordsInput
from api.routes.news import ChangeSchema, shown_change
from api.service import service
from api.shapes import Context, Schema, Words
from event import tables
from event.agenda import clashes
from event.agenda.clashes import Clash
from event.agenda.operations.apply import LARGEST
from event.agenda.rows import load
from event.agenda.undo import NOTHING_PUBLIC, undo
from event.text import text
from event.told.channels import CHANNELS, reached
from event.told.reach import NONE, counted, reach
from event.told.told import REASONS, told_of
from sync.edits import Edited, Edits, remembered
from sync.holds import Hold, edit_once, edit_with_held, hold, holds, publish_held, take_back
from sync.publish import Published, read_clock, rehearse

blp = Blueprint("Edits", __name__, url_prefix="/v1", description="Changes at the last minute.")

LONGEST_HOLD = 3_600
_NUMBER = tables.change.c.number


class VersionInput(Input):
    """A session, and its version as you saw it."""

    session = Whole(required=True)
    version = Whole(required=True)


def if_version() -> ma.fields.List[Any]:
    """Return the field that names the versions of sessions as they were looked at."""
    return ma.fields.List(
        ma.fields.Nested(VersionInput),
        validate=ma.validate.Length(max=20_000),
        metadata={"description": "Refuse when one of these sessions was edited since."},
    )


def versions_of(body: Mapping[str, Any]) -> dict[int, int]:
    """Return the versions of a body that was checked, by session."""
    return {one["session"]: one["version"] for one in body.get("if_version", [])}


class EditsInput(Input):
    """Operations that are done together, in their order, or not at all."""

    operations = ma.fields.List(
        operation(), required=True, validate=ma.validate.Length(min=1, max=LARGEST)
    )
    reason = WordsInput(metadata={"description": "Why; shown to everyone."})
    if_version = if_version()
    id = ma.fields.UUID(
        metadata={"description": "Makes a repeated request harmless: it gets the same answer."}
    )
    dry_run = Truth(load_default=False, metadata={"description": "Answer, but do nothing."})
    hold = Whole(
        least=0,
        most=LONGEST_HOLD,
        load_default=0,
        metadata={"description": "Seconds during which it can be taken back, before it is known."},
    )


class AgendaClashSchema(Schema):
    """What cannot be at once; `subject` is the id of the room or speaker, or the language."""

    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(clashes.KINDS))
    sessions = ma.fields.List(ma.fields.Integer(), required=True)
    subject = ma.fields.String(required=True)
    people = ma.fields.Integer(
        required=True, metadata={"description": "How many it touches, or are too many; 0 unknown."}
    )


class HoldSchema(Schema):
    """Edits that wait."""

    id = ma.fields.String(required=True)
    at = ma.fields.AwareDateTime(required=True)
    due = ma.fields.AwareDateTime(required=True)
    by = ma.fields.String(required=True)
    operations = ma.fields.Integer(required=True, metadata={"description": "How many."})
    reason = Words(required=True)
    fault = ma.fields.String(
        required=True, metadata={"description": "Why it could not be published when it was due."}
    )


def _counts(name: str, names: Sequence[str]) -> type[ma.Schema]:
    fields: dict[str, Any] = {one: ma.fields.Integer(required=True) for one in names}
    return Schema.from_dict(fields, name=name)


_ByReason = _counts("ToldByReason", REASONS)
_ByChannel = _counts("ToldByChannel", (*CHANNELS, NONE))


class ToldSchema(Schema):
    """How many people are told, each once by their first reason, and by all that reaches them."""

    people = ma.fields.Integer(required=True)
    by_reason = ma.fields.Nested(_ByReason, required=True)
    by_channel = ma.fields.Nested(_ByChannel, required=True)


class ReachAnswer(Schema):
    """Of the people a publish touches: how many have seen it, how many have a phone that has not.

    Unreachable are those with neither a phone here nor a channel; and whom each channel reaches.
    """

    seq = ma.fields.Integer(required=True)
    people = ma.fields.Integer(required=True)
    seen = ma.fields.Integer(required=True)
    offline = ma.fields.Integer(required=True)
    unreachable = ma.fields.Integer(required=True)
    by_channel = ma.fields.Nested(_ByChannel, required=True)


class EditsAnswer(Schema):
    """What the edits changed, or would: `seq` is null when nothing public becomes different."""

    seq = ma.fields.Integer(required=True, allow_none=True)
    changes = ma.fields.List(ma.fields.Nested(ChangeSchema), required=True)
    clashes = ma.fields.List(ma.fields.Nested(AgendaClashSchema), required=True)
    held = ma.fields.Nested(HoldSchema, required=True, allow_none=True)
    told = ma.fields.Nested(ToldSchema, required=True)


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
        return _answer(None, held=held)

    if body["dry_run"]:
        trial = partial(edit_with_held, edits=edits, at=at)
        said = rehearse(service().db, trial, at=at, by=g.bearer.by, reason=edits.reason)
        return answered(said)
    once = partial(edit_once, key=key, edits=edits, at=at, digest=digest)
    done = service().publish(once, reason=edits.reason)
    return answered(done) if done.value else _again(key, digest)


def edits_of(body: Mapping[str, Any], at: datetime) -> Edits:
    """Return the edits that a body which was checked says."""
    return Edits(
        operations=body["operations"],
        at=at,
        reason=text(body.get("reason", {})),
        versions=versions_of(body),
    )


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
        body = {"holds": [_shown_hold(one, context) for one in holds(db)]}
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


def published(done: Published[int]) -> Response:
    """Return the body for a publish that came after the one whose number it returned."""
    return _answer(done.clock.seq if done.clock.seq > done.value else None, done.changes)


def answered(done: Published[Any]) -> Response:
    """Return the body for edits that were published, or would be."""
    edited: Edited = done.value
    seq = done.clock.seq if done.clock.seq > edited.since else None
    return _answer(seq, done.changes, edited.clashes)


def _again(key: str, digest: str) -> Response:
    """Return the body for edits that were done already."""
    with service().db.read() as db:
        seq, found = remembered(db, key, digest=digest) or (NOTHING_PUBLIC, [])
        wanted = select(tables.change).where(tables.change.c.seq == seq)
        rows = [dict(row) for row in db.execute(wanted.order_by(_NUMBER)).mappings()]
    return _answer(seq if seq > 0 else None, rows, found)


def _answer(
    seq: int | None,
    changes: Sequence[Mapping[str, Any]] = (),
    found: Sequence[Clash] = (),
    held: Hold | None = None,
) -> Response:
    with service().db.read() as db:
        # The whole agenda as it is published now is read by whoever asks for it next.
        context = context_for(Edition(read_clock(db), load(db, public=False, sessions=False)))
        people = told_of(db, changes, at=service().seconds())
        channels = reached(db, mail=bool(service().settings.smtp))
    body = {
        "seq": seq,
        "changes": [shown_change(change, context) for change in changes],
        "clashes": [asdict(clash) for clash in found],
        "held": _shown_hold(held, context) if held else None,
        "told": counted(people, channels),
    }
    return Response(dumped(body), content_type="application/json")


def _shown_hold(held: Hold, context: Context) -> dict[str, Any]:
    return {
        "id": held.id,
        "at": context.moment(held.at),
        "due": context.moment(held.due),
        "by": held.by,
        "operations": sum(len(edits.operations) for edits in held.lists),
        "reason": context.words(held.lists[-1].reason),
        "fault": held.fault,
    }
