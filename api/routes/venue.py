"""The venue: where to go, how to get in, whom to call."""

from typing import Any

import marshmallow as ma
from flask import g

from api import bodies
from api.caching import public
from api.rest import Blueprint
from api.routes.queries import Answer, LanguageQuery
from api.shapes import SCHEMAS, shown
from event.agenda.model import Media, PointOfInterest, Room, Venue

blp = Blueprint("Venue", __name__, url_prefix="/v1", description="The buildings and their maps.")


class VenueDetail(SCHEMAS[Venue]):  # type: ignore[misc, valid-type]
    """A building with its rooms, floors, points of interest and maps."""

    floors = ma.fields.List(
        ma.fields.Raw(
            metadata={
                "oneOf": [
                    {"type": "string"},
                    {"type": "object", "additionalProperties": {"type": "string"}},
                ]
            }
        ),
        required=True,
        metadata={"description": "Names of the floors that have rooms, places or maps."},
    )
    rooms = ma.fields.List(ma.fields.Nested(SCHEMAS[Room]), required=True)
    points_of_interest = ma.fields.List(ma.fields.Nested(SCHEMAS[PointOfInterest]), required=True)
    maps = ma.fields.List(ma.fields.Nested(SCHEMAS[Media]), required=True)


class VenueAnswer(Answer):
    """All buildings; rooms of no building stand in `rooms`."""

    venues = ma.fields.List(ma.fields.Nested(VenueDetail), required=True)
    rooms = ma.fields.List(ma.fields.Nested(SCHEMAS[Room]), required=True)


@blp.route("/venue")
@blp.response(200, VenueAnswer)
@blp.problems(404, 422)
@public()
@blp.arguments(LanguageQuery, location="query")
def venue(_: dict[str, Any]) -> dict[str, Any]:
    """Get address, rooms, floors, maps, places, transport, Wi-Fi, emergency, accessibility."""
    agenda, context = g.edition.agenda, g.context
    venues = []
    for item in agenda.venues:
        rooms = [room for room in agenda.rooms if room.venue_id == item.id]
        places = [place for place in agenda.places if place.venue_id == item.id]
        maps = [m for m in agenda.media if m.kind == "map" and m.venue_id == item.id]
        floors = {
            str(thing.floor): thing.floor for thing in (*rooms, *places, *maps) if thing.floor
        }
        venues.append(
            shown(item, context)
            | {
                "floors": [context.words(floor) for floor in floors.values()],
                "rooms": [shown(room, context) for room in rooms],
                "points_of_interest": [shown(place, context) for place in places],
                "maps": bodies.media(maps, context),
            }
        )
    return bodies.head(g.edition, context) | {
        "venues": venues,
        "rooms": [shown(room, context) for room in agenda.rooms if room.venue_id is None],
    }
