"""Shifts that go on: of whom, and of whom not."""

from gates import AT, a_device

from event.database import Database
from event.people.enrolment import devices, revoke_device
from event.people.shifts import GRACE, extend_shifts
from event.people.tokens import bearer_of


def test_a_shift_goes_on_for_those_whose_shift_it_is(db: Database) -> None:
    ends = [AT + 60, AT - GRACE, AT - GRACE + 1, AT + 7200, None, AT + 60]
    tokens = [a_device(db, at=AT - 86_400, shift_ends_at=end)[1] for end in ends]
    a_device(db, "helpdesk", at=AT - 86_400, shift_ends_at=AT + 60)
    with db.write() as tx:
        revoke_device(tx, devices(tx)[5].id, stolen=False, at=AT)
        assert extend_shifts(tx, "gate", ends_at=AT + 3600, at=AT) == 2
        found = [device.shift_ends_at for device in devices(tx)]
        are_valid = [bearer_of(tx, token, at=AT + 3599) is not None for token in tokens]
    on = AT + 3600
    assert found == [on, AT - GRACE, on, AT + 7200, None, AT + 60, AT + 60]
    assert are_valid == [True, False, True, True, True, False]
