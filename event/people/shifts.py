"""Shifts: until when devices may do what they were enrolled for, and that it may be longer."""

from sqlalchemy import Connection, bindparam, select, update

from event.tables import device, token

GRACE = 1_800
"""Seconds after a shift's end in which its device still holds what it needs to go on."""


def extend_shifts(db: Connection, role: str, *, ends_at: int, at: int) -> int:
    """Let all devices of a role whose shift is not over go on until a moment; return how many.

    None ends earlier than it did, and whose shift was over long before comes back by no lead.
    """
    wanted = {"wanted": role, "ends_at": ends_at, "over": at - GRACE}
    numbers = list(db.execute(_DEVICES, wanted).scalars())
    for statement in (_SHIFTS, _TOKENS):
        db.execute(statement, {"numbers": numbers, "until": ends_at})
    return len(numbers)


_DEVICES = select(device.c.id).where(
    device.c.role == bindparam("wanted"),
    device.c.revoked_at.is_(None),
    device.c.shift_ends_at > bindparam("over"),
    device.c.shift_ends_at < bindparam("ends_at"),
)
_SHIFTS = (
    update(device)
    .where(device.c.id.in_(bindparam("numbers", expanding=True)))
    .values(shift_ends_at=bindparam("until"))
)
_TOKENS = (
    update(token)
    .where(
        token.c.device_id.in_(bindparam("numbers", expanding=True)), token.c.revoked_at.is_(None)
    )
    .values(expires_at=bindparam("until"))
)
