"""A number for a set of rows."""

import base64
import json
from hashlib import sha256

from hypothesis import given
from hypothesis import strategies as st

from sync.state import EMPTY, moved_on

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["room", "session"]), st.integers(1, 9), st.text('aż"\n', max_size=3)
    ).map(list),
    max_size=8,
)


def test_the_state_of_nothing_is_nought() -> None:
    assert EMPTY == "A" * 43
    assert moved_on(EMPTY, gone=[], come=[]) == EMPTY


def test_the_state_is_the_sum_of_the_hashes_of_the_rows() -> None:
    rows: list[list[object]] = [["room", 1, "ż", None], ["session", 2, 3]]
    texts = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows]
    total = sum(int(sha256(text.encode()).hexdigest(), 16) for text in texts) % 2**256
    found = moved_on(EMPTY, gone=[], come=rows)
    assert base64.urlsafe_b64decode(found + "=") == total.to_bytes(32)
    assert len(found) == 43


@given(rows=ROWS, more=ROWS)
def test_rows_that_come_in_any_order_and_go_again_leave_no_trace(
    rows: list[list[object]], more: list[list[object]]
) -> None:
    together = moved_on(EMPTY, gone=[], come=rows + more)
    one_by_one = EMPTY
    for row in reversed(rows + more):
        one_by_one = moved_on(one_by_one, gone=[], come=[row])
    assert one_by_one == together
    assert moved_on(together, gone=more, come=[]) == moved_on(EMPTY, gone=[], come=rows)
    assert moved_on(together, gone=rows, come=rows) == together


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_different_rows_have_different_states(one: tuple[str, str], other: tuple[str, str]) -> None:
    states = {moved_on(EMPTY, gone=[], come=[list(row)]) for row in (one, other)}
    assert len(states) == len({one, other})
