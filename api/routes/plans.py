"""Plans: edits prepared in the calm week, fired with one tap."""

from typing import Any

import marshmallow as ma
from flask import Response, g
from sqlalchemy import Connection

from api.auth import requires
from api.caching import context_for, dumped
from api.edits import EditsAnswer, answered, if_version, versions_of
from api.inputs import Input, Truth, WordsInput
from api.operations import operation
from api.rest import Blueprint
from api.service import service
from api.shapes import Context, Schema, Words
from event.agenda.model import Agenda
from event.agenda.operations.apply import LARGEST
from event.agenda.rows import load
from event.text import text
from sync.edits import Edited, Edits
from sync.plans import Plan, drop, faults, find, fire, plans, prepare
from sync.publish import rehearse

blp = Blueprint("Plans", __name__, url_prefix="/v1", description="Changes prepared in calm.")


class PlanInput(Input):
    """A name, and what is done together when the plan is fired."""

    name = WordsInput(required=True, needed=True)
    operations = ma.fields.List(
        operation(), required=True, validate=ma.validate.Length(min=1, max=LARGEST)
    )
    reason = WordsInput(metadata={"description": "Why; shown to everyone when it is fired."})


class FireInput(Input):
    """How a plan is fired."""

    dry_run = Truth(load_default=False, metadata={"description": "Answer, but do nothing."})
    even_if_edited = Truth(
        load_default=False,
        metadata={"description": "Fire it although sessions it touches were edited since."},
    )
    if_version = if_version()


class PlanSchema(Schema):
    """A plan, as it stands on the agenda of now: stale when it cannot be done, or was edited."""

    id = ma.fields.Integer(required=True)
    name = Words(required=True)
    operations = ma.fields.Integer(required=True, metadata={"description": "How many."})
    reason = Words(required=True)
    by = ma.fields.String(required=True)
    prepared_at = ma.fields.AwareDateTime(required=True)
    stale = ma.fields.Boolean(required=True)
    faults = ma.fields.List(
        ma.fields.String(), required=True, metadata={"description": "Why it cannot be fired."}
    )
    edited = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "What it touches that was edited since it was prepared."},
    )
    checked_seq = ma.fields.Integer(
        required=True, metadata={"description": "Publish after which the server last checked it."}
    )
    stale_since = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Publish after which it did not fit any more."},
    )
    fired = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "Publish it was fired with; 0 when nothing became different."},
    )


class PlansAnswer(Schema):
    """All plans, the oldest first."""

    plans = ma.fields.List(ma.fields.Nested(PlanSchema), required=True)


@blp.route("/plans")
@blp.response(200, PlansAnswer)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def all_plans() -> Response:
    """Get the plans, each checked against the agenda as it is now."""
    context = context_for(service().publications.edition())
    with service().db.read() as db:
        found = plans(db)
        agenda = load(db, public=False, sessions=any(not plan.fired for plan in found))
        shown = [_shown(plan, agenda, context) for plan in found]
    return Response(dumped({"plans": shown}), content_type="application/json")


@blp.route("/plans", methods=["POST"])
@blp.response(201, PlanSchema)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(PlanInput)
def add_plan(body: dict[str, Any]) -> Response:
    """Prepare a plan; it must be possible now."""
    context = context_for(service().publications.edition())
    edits = Edits(
        operations=body["operations"],
        at=service().now().replace(microsecond=0),
        reason=text(body.get("reason", {})),
    )
    with service().db.write() as db:
        plan = prepare(db, text(body["name"]), edits, by=g.bearer.by)
        shown = _shown(plan, load(db, public=False), context)
    return Response(dumped(shown), status=201, content_type="application/json")


@blp.route("/plans/<int:plan_id>", methods=["DELETE"])
@blp.response(204)
@blp.problems(401, 403, 404, 429)
@requires("organiser")
def drop_plan(plan_id: int) -> None:
    """Delete a plan."""
    with service().db.write() as db:
        drop(db, plan_id)


@blp.route("/plans/<int:plan_id>/fire", methods=["POST"])
@blp.response(200, EditsAnswer)
@blp.problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(FireInput)
def fire_plan(body: dict[str, Any], plan_id: int) -> Response:
    """Fire a plan: one publish. Fired again, it says that it was."""
    at = service().now().replace(microsecond=0)
    with service().db.read() as db:
        reason = find(db, plan_id).edits.reason

    def change(db: Connection) -> Edited:
        return fire(
            db,
            plan_id,
            at=at,
            even_if_edited=body["even_if_edited"] or body["dry_run"],
            versions=versions_of(body),
        )

    if body["dry_run"]:
        done = rehearse(service().db, change, at=at, by=g.bearer.by, reason=reason)
        return answered(done)
    return answered(service().publish(change, reason=reason))


def _shown(plan: Plan, agenda: Agenda, context: Context) -> dict[str, Any]:
    found, edited = ([], []) if plan.fired else faults(agenda, plan, at=service().now())
    return {
        "id": plan.id,
        "name": context.words(plan.name),
        "operations": len(plan.edits.operations),
        "reason": context.words(plan.edits.reason),
        "by": plan.by,
        "prepared_at": context.moment(plan.edits.at),
        "stale": bool(found or edited),
        "faults": found,
        "edited": edited,
        "checked_seq": plan.checked,
        "stale_since": plan.stale_since,
        "fired": max(plan.fired, 0) if plan.fired else None,
    }
