"""Records of what changed as JSON."""

from typing import Any

import marshmallow as ma

from api.shapes import Context, Schema, Words
from event.text import parse
from event.times import from_seconds
from sync.changes import KINDS, SUBJECTS
from sync.feed import JSON_COLUMNS


class ChangeSchema(Schema):
    """One thing that became different; `old` and `new` hold the fields that did."""

    seq = ma.fields.Integer(required=True, metadata={"description": "Publish it came with."})
    kind = ma.fields.String(required=True, validate=ma.validate.OneOf(KINDS))
    subject = ma.fields.String(required=True, validate=ma.validate.OneOf(SUBJECTS))
    id = ma.fields.Integer(required=True, metadata={"description": "Id of the subject."})
    session_id = ma.fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "The session it is, or is a part of."},
    )
    old = ma.fields.Dict(required=True)
    new = ma.fields.Dict(required=True)
    reason = Words(required=True)
    at = ma.fields.AwareDateTime(required=True)
    by = ma.fields.String(required=True, metadata={"description": "Role of who did it."})


def shown_change(row: Any, context: Context) -> dict[str, Any]:
    """Return a row of `change` as the API shows it."""
    return {
        "seq": row["seq"],
        "kind": row["kind"],
        "subject": row["subject"],
        "id": row["subject_id"],
        "session_id": row["session_id"],
        "old": _values(row["subject"], parse(row["old"]), context),
        "new": _values(row["subject"], parse(row["new"]), context),
        "reason": context.words(parse(row["reason"])),
        "at": context.moment(from_seconds(row["at"])),
        # The records know who it was; the public learns only the role.
        "by": row["by"].partition("/")[0],
    }


def _values(subject: str, values: dict[str, Any], context: Context) -> dict[str, Any]:
    def value(name: str, raw: Any) -> Any:
        if raw is not None and name in {"starts_at", "ends_at", "expires_at"}:
            return context.moment(from_seconds(raw))
        if name in JSON_COLUMNS[subject] and isinstance(raw, dict):
            return context.words(raw)
        return raw

    return {name: value(name, raw) for name, raw in values.items()}
