"""Edits as JSON: what an organiser sends of them, and what comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import marshmallow as ma
from flask import Response

from api.caching import context_for, dumped
from api.changes import ChangeSchema, shown_change
from api.inputs import Input, Truth, Whole, WordsInput
from api.operations import operation
from api.published import Edition
from api.service import service
from api.shapes import Context, Schema, Words
from event.agenda import clashes
from event.agenda.clashes import Clash
from event.agenda.operations.apply import LARGEST
from event.agenda.rows import load
from event.text import text
from event.told.channels import CHANNELS, reached
from event.told.reach import NONE, counted
from event.told.told import REASONS, told_of
from sync.edits import Edited, Edits
from sync.holds import Hold
from sync.publish import Published, read_clock

LONGEST_HOLD = 3_600


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
ByChannel = _counts("ToldByChannel", (*CHANNELS, NONE))


class ToldSchema(Schema):
    """How many people are told, each once by their first reason, and by all that reaches them."""

    people = ma.fields.Integer(required=True)
    by_reason = ma.fields.Nested(_ByReason, required=True)
    by_channel = ma.fields.Nested(ByChannel, required=True)


class EditsAnswer(Schema):
    """What the edits changed, or would: `seq` is null when nothing public becomes different."""

    seq = ma.fields.Integer(required=True, allow_none=True)
    changes = ma.fields.List(ma.fields.Nested(ChangeSchema), required=True)
    clashes = ma.fields.List(ma.fields.Nested(AgendaClashSchema), required=True)
    held = ma.fields.Nested(HoldSchema, required=True, allow_none=True)
    told = ma.fields.Nested(ToldSchema, required=True)


def edits_of(body: Mapping[str, Any], at: datetime) -> Edits:
    """Return the edits that a body which was checked says."""
    return Edits(
        operations=body["operations"],
        at=at,
        reason=text(body.get("reason", {})),
        versions=versions_of(body),
    )


def published(done: Published[int]) -> Response:
    """Return the answer for a publish that came after the one whose number it returned."""
    return answer(done.clock.seq if done.clock.seq > done.value else None, done.changes)


def answered(done: Published[Any]) -> Response:
    """Return the answer for edits that were published, or would be."""
    edited: Edited = done.value
    seq = done.clock.seq if done.clock.seq > edited.since else None
    return answer(seq, done.changes, edited.clashes)


def answer(
    seq: int | None,
    changes: Sequence[Mapping[str, Any]] = (),
    found: Sequence[Clash] = (),
    held: Hold | None = None,
) -> Response:
    """Return the answer with what edits changed under a number, or would change without one."""
    with service().db.read() as db:
        # The whole agenda as it is published now is read by whoever asks for it next.
        context = context_for(Edition(read_clock(db), load(db, public=False, sessions=False)))
        people = told_of(db, changes, at=service().seconds())
        channels = reached(db, mail=bool(service().settings.smtp))
    body = {
        "seq": seq,
        "changes": [shown_change(change, context) for change in changes],
        "clashes": [asdict(clash) for clash in found],
        "held": shown_hold(held, context) if held else None,
        "told": counted(people, channels),
    }
    return Response(dumped(body), content_type="application/json")


def shown_hold(held: Hold, context: Context) -> dict[str, Any]:
    """Return edits that wait as the API shows them."""
    return {
        "id": held.id,
        "at": context.moment(held.at),
        "due": context.moment(held.due),
        "by": held.by,
        "operations": sum(len(edits.operations) for edits in held.lists),
        "reason": context.words(held.lists[-1].reason),
        "fault": held.fault,
    }
