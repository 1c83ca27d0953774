"""The door feed's published copies: what a device at a door holds, and nothing that names anybody.

`sync.door` alone writes them; docs/sync.md, "The door feed", says what each column means.
"""

from typing import Any

from sqlalchemy import BigInteger, Column, Integer, Table

from event.tables.agenda import LOCAL
from event.tables.columns import json, metadata, moment, number, words

_WHOLE = BigInteger().with_variant(Integer, "sqlite")

door_number = Table(
    "door_number",
    metadata,
    Column("n", _WHOLE, primary_key=True, autoincrement=False),
    Column("holder", BigInteger, nullable=False, unique=True),
)
"""A small number for each holder, which the door feed's rows say instead; none is used again."""


def _copy(name: str, *columns: Column[Any], **options: Any) -> Table:
    return Table(f"door_{name}", metadata, *columns, **options)


def _key(name: str) -> Column[int]:
    return Column(name, _WHOLE, primary_key=True, autoincrement=False)


DOOR = {
    "event": _copy("event", _key("id"), words("uuid"), words("timezone"), json("days", "[]")),
    "key": _copy(
        "key",
        _key("slot"),
        words("public"),
        moment("not_before"),
        moment("not_after", null=True),
        words("status"),
    ),
    "category": _copy("category", _key("number"), words("slug"), json("name"), words("color")),
    "gate": _copy(
        "gate",
        _key("id"),
        words("slug"),
        json("name"),
        words("policy"),
        json("categories", "[]"),
        number("days", default=0xFFFF),
        moment("opens_at", null=True),
        moment("closes_at", null=True),
        number("capacity"),
        number("needs_booking", default=0),
        number("departure", default=0),
        number("free_flow", default=0),
        number("ended", default=0),
        number("position", default=0),
    ),
    "badge": _copy(
        "badge",
        _key("n"),
        moment("holder"),
        # Here, and not at the end, it makes a snapshot of 5,000 badges 2 kB smaller.
        number("slot"),
        moment("packed"),
        words("box_slot", info=LOCAL),
        # Without hidden row numbers a snapshot of 5,000 badges is 4 kB smaller.
        info={"rowid": False},
    ),
    "passage": _copy("passage", _key("n"), json("gates", "[]")),
    "booked": _copy("booked", _key("gate_id"), _key("n")),
    "double": _copy("double", _key("gate_id"), _key("n"), moment("at")),
    "cleared": _copy("cleared", _key("gate_id"), moment("at")),
    "device": _copy("device", _key("id"), words("label"), moment("heard_at")),
}
"""The copies by the names that devices know."""
