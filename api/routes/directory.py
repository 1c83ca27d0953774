"""The directory: attendees who agreed to be found by others, and what each of them shows."""

from dataclasses import asdict
from typing import Any

import marshmallow as ma
from flask import Response, jsonify

from api.auth import own, requires
from api.inputs import Input, Line, Whole
from api.rest import Blueprint
from api.service import service
from api.shapes import Schema
from event.people.attendees import find
from event.people.model import Status
from event.schedule.directory import (
    FIELDS,
    LONGEST_ABOUT,
    Profile,
    is_listed,
    listed,
    profile,
    set_profile,
)

blp = Blueprint("Directory", __name__, url_prefix="/v1", description="Who wants to be found.")

MOST = 100
"""People on a page."""


class ProfileInput(Input):
    """What others are shown of me beside my name, once I agreed to be listed."""

    fields_ = ma.fields.List(
        ma.fields.String(validate=ma.validate.OneOf(FIELDS)),
        required=True,
        data_key="fields",
        validate=ma.validate.Length(max=len(FIELDS)),
    )
    about = Line(longest=LONGEST_ABOUT, load_default="")


class ProfileAnswer(Schema):
    """What others are shown of me, if I am listed: the consent of that name says so."""

    listed = ma.fields.Boolean(required=True)
    fields_ = ma.fields.List(ma.fields.String(), required=True, data_key="fields")
    about = ma.fields.String(required=True)


class PageQuery(Input):
    """Which page."""

    cursor = Whole(least=0, most=10**6, load_default=0, metadata={"description": "From `next`."})
    limit = Whole(least=1, most=MOST, load_default=MOST)


class SearchInput(PageQuery):
    """What to look for."""

    q = Line(required=True, longest=200, metadata={"description": "Words in any spelling."})


class ListedSchema(Schema):
    """Somebody who wants to be found; what they do not show is empty."""

    name = ma.fields.String(required=True)
    organisation = ma.fields.String(required=True)
    position = ma.fields.String(required=True)
    country = ma.fields.String(required=True)
    email = ma.fields.String(required=True)
    about = ma.fields.String(required=True)


class DirectoryAnswer(Schema):
    """A page of the directory, by surname."""

    people = ma.fields.List(ma.fields.Nested(ListedSchema), required=True)
    next = ma.fields.Integer(
        required=True, allow_none=True, metadata={"description": "null on the last page."}
    )


@blp.route("/me/profile")
@blp.response(200, ProfileAnswer)
@blp.problems(401, 403, 404, 429)
@requires("attendee")
def my_profile() -> Response:
    """Get what others are shown of me."""
    with service().db.read() as db:
        return _shown(profile(db, own()), listed=is_listed(db, own()))


@blp.route("/me/profile", methods=["PUT"])
@blp.response(200, ProfileAnswer)
@blp.problems(400, 401, 403, 404, 413, 415, 422, 429)
@requires("attendee")
@blp.arguments(ProfileInput, example={"fields": ["organisation"], "about": "Hydrogen valves"})
def put_profile(body: dict[str, Any]) -> Response:
    """Choose what others are shown of me; nobody is shown anything before I agree to be listed."""
    chosen = Profile(tuple(body["fields_"]), body["about"])
    with service().db.write() as db:
        kept = set_profile(db, own(), chosen)
        return _shown(kept, listed=is_listed(db, own()))


@blp.route("/directory")
@blp.response(200, DirectoryAnswer)
@blp.problems(401, 403, 422, 429)
@requires("attendee")
@blp.arguments(PageQuery, location="query")
def directory(query: dict[str, Any]) -> Response:
    """Get who wants to be found, page by page."""
    return _page("", **query)


@blp.route("/directory/search", methods=["POST"])
@blp.response(200, DirectoryAnswer)
@blp.problems(400, 401, 403, 413, 415, 422, 429)
@requires("attendee")
@blp.arguments(SearchInput, example={"q": "lodz"})
def search(body: dict[str, Any]) -> Response:
    """Find people by words in what they show; names have no place in an address."""
    return _page(body.pop("q"), **body)


def _page(words: str, *, cursor: int, limit: int) -> Response:
    with service().db.read() as db:
        # Who stands for nobody, or does not come, finds nobody.
        comes = find(db, own()).status is Status.REGISTERED
        found = listed(db, words) if comes else []
    end = cursor + limit
    people = [asdict(one) for one in found[cursor:end]]
    return jsonify({"people": people, "next": end if end < len(found) else None})


def _shown(chosen: Profile, *, listed: bool) -> Response:
    return jsonify({"listed": listed, "fields": list(chosen.fields), "about": chosen.about})
