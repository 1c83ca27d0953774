"""The agenda in the formats that other apps and calendars read."""

from typing import Any

import marshmallow as ma
from flask import g

from api.caching import public
from api.published import Edition
from api.rest import Blueprint
from api.routes.queries import LanguageQuery
from event.formats.icalendar import write as icalendar_write
from event.formats.schedule import json as schedule_json

blp = Blueprint("Feeds", __name__, description="For other apps and calendars.")

XML = "application/vnd.c3voc.schedule+xml"
ICS = "text/calendar; charset=utf-8"


class ScheduleQuery(LanguageQuery):
    """Whether cancelled sessions stay."""

    cancelled = ma.fields.String(
        validate=ma.validate.OneOf(["omit", "keep"]),
        load_default="omit",
        metadata={"description": "keep leaves cancelled sessions in, with a word before the title"},
    )


@blp.route("/schedule.xml")
@blp.response(200, content_type=XML)
@blp.problems(404, 422)
@public(content_type=XML)
@blp.arguments(ScheduleQuery, location="query")
def schedule_xml_feed(query: dict[str, Any]) -> bytes:
    """Get the agenda as schedule.xml (Giggity, EventFahrplan, ConfClerk)."""
    from event.formats.schedule import xml as schedule_xml  # noqa: PLC0415  # 4 MB for this alone

    return schedule_xml.write(g.edition.agenda, **_options(query))


@blp.route("/schedule.json")
@blp.response(200, content_type="application/json")
@blp.problems(404, 422)
@public()
@blp.arguments(ScheduleQuery, location="query")
def schedule_json_feed(query: dict[str, Any]) -> bytes:
    """Get the agenda as schedule.json v1."""
    return schedule_json.write(g.edition.agenda, **_options(query))


@blp.route("/agenda.ics")
@blp.response(200, content_type=ICS)
@blp.problems(404, 422)
@public(content_type=ICS)
@blp.arguments(LanguageQuery, location="query")
def agenda_ics(_: dict[str, Any]) -> bytes:
    """Get the agenda as iCalendar; cancelled sessions stay and say so."""
    edition: Edition = g.edition
    return icalendar_write.write(edition.agenda, language=_language())


def _options(query: dict[str, Any]) -> dict[str, Any]:
    edition: Edition = g.edition
    return {
        "version": f"{edition.clock.epoch}.{edition.clock.seq}",
        "cancelled": query["cancelled"],
        "language": _language(),
    }


def _language() -> str | None:
    return None if g.context.language == "*" else g.context.language
