"""What public routes may be asked, and the words their answers share."""

import marshmallow as ma

from api.inputs import ASKED_LANGUAGE, Input, Line, Moment, Pattern, Whole
from api.shapes import Schema


class LanguageQuery(Input):
    """Every public route knows this."""

    lang = ma.fields.String(
        validate=ASKED_LANGUAGE,
        metadata={
            "description": "Language of the answer, * for all; else Accept-Language decides.",
            "example": "pl",
        },
    )


class SessionsQuery(LanguageQuery):
    """Filters of the list of sessions; all must hold."""

    day = ma.fields.Date(metadata={"description": "Event day; it ends at 04:00 venue time."})
    room = Whole(metadata={"description": "Id of the room."})
    track = Whole(metadata={"description": "Id of the track."})
    type = Whole(metadata={"description": "Id of the session type."})
    speaker = Whole(metadata={"description": "Id of somebody who speaks in it."})
    language = Line(longest=20, metadata={"description": "Language it is held in or brought into."})
    q = Line(
        longest=200,
        metadata={"description": "Words it must contain, without regard to case and diacritics."},
    )
    cursor = ma.fields.String(
        validate=Pattern(r"^[0-9]{1,12}-[0-9]{1,16}$"),
        metadata={"description": "`next` of the page before."},
    )
    limit = Whole(most=200, load_default=50, metadata={"description": "Sessions on a page."})


class NowQuery(LanguageQuery):
    """At which moment."""

    at = Moment(
        metadata={"description": "Moment with offset; the event's clock decides without it."}
    )


class ChangesQuery(LanguageQuery):
    """Since which publish."""

    since = Whole(least=0, load_default=0, metadata={"description": "Seq the app has shown."})
    limit = Whole(most=500, load_default=100, metadata={"description": "Changes on a page."})


class Answer(Schema):
    """What every answer of a list begins with."""

    epoch = ma.fields.Integer(required=True, metadata={"description": "Lineage of the database."})
    seq = ma.fields.Integer(required=True, metadata={"description": "Number of the last publish."})
    language = ma.fields.String(required=True, metadata={"description": "Language of the texts."})
