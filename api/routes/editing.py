"""An organiser's edits of sessions and parts; each is one publish."""

import dataclasses
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import marshmallow as ma
from flask import Response, g, url_for
from sqlalchemy import Connection

from api import bodies
from api.auth import requires
from api.caching import context_for, dumped, required_versions
from api.inputs import SLUG, TAG, Input, Line, Moment, Pattern, Whole, WordsInput
from api.published import Edition
from api.rest import Blueprint
from api.routes.sessions import SessionAnswer
from api.service import service
from event.agenda.edit import add_session, edit_session, moved, resumed, with_part, with_state
from event.agenda.model import INTERPRETATION, Interpretation, Link, Part, Role, Session, State
from event.agenda.rows import load, next_id
from event.errors import Invalid
from event.text import text
from sync.publish import Clock

blp = Blueprint("Editing", __name__, url_prefix="/v1", description="What organisers change.")

_TEXTS = {"title", "subtitle", "abstract", "reason"}
_CATEGORY = ma.fields.String(validate=SLUG)
_ADDRESS = r"^(?:https?://[^\x00-\x20<>\"]{1,2000})?$"


class LinkInput(Input):
    """A web address with the words to show for it."""

    url = ma.fields.String(required=True, validate=Pattern(_ADDRESS[:-2] + "$"))
    title = WordsInput(load_default=dict)


class InterpretationInput(Input):
    """A language the session is brought into."""

    language = ma.fields.String(required=True, validate=TAG)
    kind = ma.fields.String(load_default="speech", validate=ma.validate.OneOf(INTERPRETATION))


class RoleInput(Input):
    """Who speaks, in which role."""

    speaker_id = Whole(required=True)
    role = Line(longest=50, load_default="speaker", needed=True)


class _Item(Input):
    title = WordsInput(needed=True)
    abstract = WordsInput()
    starts_at = Moment()
    ends_at = Moment()
    state = ma.fields.String(
        validate=ma.validate.OneOf([str(state) for state in State]),
        metadata={
            "description": "cancelled, suspended, or confirmed again: with a reason, please. "
            "draft takes it out of the agenda."
        },
    )
    reason = WordsInput(metadata={"description": "Why; shown to everyone."})
    speakers = ma.fields.List(ma.fields.Nested(RoleInput), validate=ma.validate.Length(max=100))


class SessionPatch(_Item):
    """What to change; what is left out stays. With starts_at alone it keeps its length."""

    subtitle = WordsInput()
    room_id = Whole(allow_none=True)
    track_id = Whole(allow_none=True)
    type_id = Whole(allow_none=True)
    languages = ma.fields.List(ma.fields.String(validate=TAG), validate=ma.validate.Length(max=20))
    interpretation = ma.fields.List(
        ma.fields.Nested(InterpretationInput), validate=ma.validate.Length(max=50)
    )
    links = ma.fields.List(ma.fields.Nested(LinkInput), validate=ma.validate.Length(max=50))
    attachments = ma.fields.List(ma.fields.Nested(LinkInput), validate=ma.validate.Length(max=50))
    capacity = Whole(least=0, most=1_000_000, allow_none=True)
    audience = ma.fields.List(_CATEGORY, validate=ma.validate.Length(min=1, max=50))
    visibility = ma.fields.List(_CATEGORY, validate=ma.validate.Length(min=1, max=50))
    url = ma.fields.String(validate=Pattern(_ADDRESS))
    feedback_url = ma.fields.String(validate=Pattern(_ADDRESS))


class PartPatch(_Item):
    """What to change of a part; what is left out stays."""


class NewPart(PartPatch):
    """A part to add."""

    title = WordsInput(required=True, needed=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)


class NewSession(SessionPatch):
    """A session to add; with a guid of your own a repeated request cannot add it twice."""

    guid = ma.fields.UUID()
    title = WordsInput(required=True, needed=True)
    starts_at = Moment(required=True)
    ends_at = Moment(required=True)


IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": True,
    "schema": {"type": "string"},
    "description": "ETag of the session as you saw it, or * for whatever is there.",
    "example": '"s12-3"',
}


@blp.route("/sessions", methods=["POST"])
@blp.response(201, SessionAnswer)
@blp.problems(400, 401, 403, 404, 409, 413, 415, 422, 429)
@requires("organiser")
@blp.arguments(NewSession)
def add(body: dict[str, Any]) -> Response:
    """Add a session; `state` draft keeps it to the organisers."""
    guid = str(body.pop("guid", None) or uuid4())
    fields = {"state": State.CONFIRMED} | _values(body)
    session = Session(id=0, guid=guid, **fields)
    service().publications.edition()  # refuses while there is no event
    done = service().publish(
        lambda db: add_session(db, session, at=service().now()), reason=session.reason
    )
    answer = _answer(done.value, done.clock, status=201)
    answer.headers["Location"] = url_for("Sessions.session", session_id=done.value.id)
    return answer


@blp.route("/sessions/<int:session_id>", methods=["PATCH"])
@blp.response(200, SessionAnswer)
@blp.problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)
@blp.doc(parameters=[IF_MATCH])
@requires("organiser")
@blp.arguments(SessionPatch)
def edit(body: dict[str, Any], session_id: int) -> Response:
    """Move, cancel, suspend, resume or change a session; If-Match names the version you saw."""
    return _edit(session_id, body, lambda session, _: _changed_session(session, body))


@blp.route("/sessions/<int:session_id>/parts", methods=["POST"])
@blp.response(201, SessionAnswer)
@blp.problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)
@blp.doc(parameters=[IF_MATCH])
@requires("organiser")
@blp.arguments(NewPart)
def add_part(body: dict[str, Any], session_id: int) -> Response:
    """Add a part to a session."""
    values = {"state": State.CONFIRMED} | _values(body)

    def with_new_part(session: Session, db: Connection) -> Session:
        part = Part(id=next_id(db), guid=str(uuid4()), **values)
        parts = sorted([*session.parts, part], key=lambda p: (p.starts_at, p.id))
        return dataclasses.replace(session, parts=tuple(parts))

    return _edit(session_id, body, with_new_part, status=201)


@blp.route("/sessions/<int:session_id>/parts/<int:part_id>", methods=["PATCH"])
@blp.response(200, SessionAnswer)
@blp.problems(400, 401, 403, 404, 409, 412, 413, 415, 422, 428, 429)
@blp.doc(parameters=[IF_MATCH])
@requires("organiser")
@blp.arguments(PartPatch)
def edit_part(body: dict[str, Any], session_id: int, part_id: int) -> Response:
    """Move, cancel or change a part; If-Match names the version of its session you saw."""
    return _edit(
        session_id,
        body,
        lambda session, _: with_part(session, part_id, lambda part: _changed_part(part, body)),
    )


def _edit(
    session_id: int,
    body: dict[str, Any],
    change: Callable[[Session, Connection], Session],
    *,
    status: int = 200,
) -> Response:
    versions, at = required_versions(f"s{session_id}-"), service().now()

    def edit(db: Connection) -> Session:
        return edit_session(
            db, session_id, lambda session: change(session, db), at=at, if_version=versions
        )

    done = service().publish(edit, reason=text(body.get("reason", {})))
    return _answer(done.value, done.clock, status=status)


def _changed_session(session: Session, body: dict[str, Any]) -> Any:
    times = {name: body[name].replace(microsecond=0) for name in ("starts_at", "ends_at")
             if name in body}  # fmt: skip
    rest = {name: value for name, value in body.items() if name not in times}
    if times:
        rest = {"reason": {}} | rest
    return _changed(moved(session, **times), rest)


def _changed_part(part: Part, body: dict[str, Any]) -> Any:
    length = part.ends_at - part.starts_at
    if "starts_at" in body:
        body = {"ends_at": body["starts_at"] + length} | body
    return _changed(part, body)


def _changed(item: Any, body: dict[str, Any]) -> Any:
    """Return a session or part with what the body says; a new state goes by its rules."""
    values = _values(body)
    state = values.pop("state", item.state)
    # A reason belongs to what it was given for: to be elsewhere without one is to have none.
    is_other = state is not item.state or {"starts_at", "ends_at", "room_id"} & values.keys()
    reason = values.pop("reason", {} if is_other else item.reason)
    item = dataclasses.replace(item, reason=reason, **values)
    if state is item.state:
        return item
    if item.state is State.SUSPENDED and state is State.CONFIRMED:
        return resumed(item, ends_at=values.get("ends_at"), reason=reason)
    return with_state(item, state, reason=reason)


def _values(body: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a body as the model holds them."""
    convert: dict[str, Callable[[Any], Any]] = {
        "starts_at": lambda moment: moment.replace(microsecond=0),
        "ends_at": lambda moment: moment.replace(microsecond=0),
        "state": State,
        "languages": tuple,
        "audience": _whom("everyone", "choice"),
        "visibility": _whom("public"),
        "speakers": lambda roles: tuple(dict.fromkeys(Role(**role) for role in roles)),
        "interpretation": lambda items: tuple(Interpretation(**item) for item in items),
        "links": _links,
        "attachments": _links,
    }
    convert |= dict.fromkeys(_TEXTS, text)
    return {name: convert.get(name, lambda v: v)(value) for name, value in body.items()}


def _links(items: list[dict[str, Any]]) -> tuple[Link, ...]:
    return tuple(Link(url=item["url"], title=text(item["title"])) for item in items)


def _whom(*alone: str) -> Callable[[list[str]], tuple[str, ...]]:
    """Return what reads a list of categories, or one of these words, which stand alone."""

    def read(values: list[str]) -> tuple[str, ...]:
        said = {"everyone", "choice", "public"} & set(values)
        if said and (len(values) > 1 or said.isdisjoint(alone)):
            raise Invalid(f"Name categories, or one word: {' or '.join(alone)} stand alone.")
        return tuple(dict.fromkeys(values))

    return read


def _answer(session: Session, clock: Clock, *, status: int = 200) -> Response:
    with service().db.read() as db:
        edition = Edition(clock, load(db, public=False, sessions=False))
    g.edition = edition
    context = context_for(edition)
    body = bodies.session(session, edition.agenda, context)
    document = bodies.head(edition, context) | {"session": body}
    answer = Response(dumped(document), status=status, content_type="application/json")
    tail = f"{clock.epoch}-{clock.seq}-{context.language}"
    answer.headers["ETag"] = f'"s{session.id}-{session.version}-{tail}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
