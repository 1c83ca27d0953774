"""What all scans of a holder come to, beyond what its vectors say."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from event.door.decide import Policy
from event.door.history import Course, Double, Entry, course_of, followed

MINUTE = 60_000
names = st.sampled_from("abcdefgh")
scans = st.builds(
    Entry,
    id=names,
    kind=st.just("scan"),
    at=st.integers(0, 20).map(MINUTE.__mul__),
    device=st.sampled_from(["one", "two"]),
    outcome=st.sampled_from(["admitted", "admitted", "ask", "refused"]),
    reason=st.sampled_from(["", "reentry", "repeat", "override", "look_at_id"]),
    leaving=st.booleans(),
)
others = st.builds(
    Entry,
    id=st.sampled_from("stuvwxyz"),
    kind=st.sampled_from(["undo", "answer"]),
    at=st.integers(0, 20).map(MINUTE.__mul__),
    device=st.sampled_from(["one", "two"]),
    outcome=st.sampled_from(["admitted", "refused"]),
    target=names,
    trusted=st.booleans(),
)
entries = st.lists(scans | others, unique_by=lambda entry: entry.id)
clears = st.lists(st.integers(0, 20).map(MINUTE.__mul__)).map(sorted)
policies = st.sampled_from(Policy)


def day_of(at: int) -> int | None:
    return at // (10 * MINUTE) if at < 20 * MINUTE else None


def course(items: Sequence[Entry], cleared: Sequence[int], policy: Policy) -> Course | None:
    return course_of(items, cleared, policy=policy, day_of=day_of)


@given(st.data(), entries, clears, policies)
def test_the_order_in_which_scans_arrive_does_not_matter(
    data: st.DataObject, items: list[Entry], cleared: list[int], policy: Policy
) -> None:
    shuffled = data.draw(st.permutations(items))
    assert course(shuffled, cleared, policy) == course(items, cleared, policy)


@given(entries, clears, policies)
def test_a_known_reentry_is_no_double_and_doubles_name_two_admissions(
    items: list[Entry], cleared: list[int], policy: Policy
) -> None:
    made = course(items, cleared, policy)
    by_id = {entry.id: entry for entry in items}
    for double in made.doubles if made else ():
        scan, other = by_id[double.scan], by_id[double.other]
        assert scan.reason not in {"reentry", "repeat", "override"}
        assert {scan.kind, other.kind} == {"scan"}
        assert "refused" not in {scan.outcome, other.outcome}
        assert double.gap == scan.at - other.at >= 0


@given(entries, policies)
def test_after_the_last_alarm_nobody_is_inside(items: list[Entry], policy: Policy) -> None:
    made = course(items, [21 * MINUTE], policy)
    assert made is None or (made.entries, made.days, made.inside) == (0, 0, False)


@given(entries, clears, policies)
def test_a_help_desk_can_undo_everything(
    items: list[Entry], cleared: list[int], policy: Policy
) -> None:
    undone = [
        replace(entry, id=f"undo {entry.id}", kind="undo", target=entry.id, trusted=True)
        for entry in items
    ]
    assert course(items + undone, cleared, policy) is None


def test_only_who_asked_or_the_desk_answers() -> None:
    asked = Entry("a", "scan", 0, "one", "ask", "look_at_id")
    yes = Entry("b", "answer", 1, "two", "admitted", target="a")
    assert course([asked, yes], [], Policy.FIRST_ENTRY) is None
    for own in (replace(yes, device="one"), replace(yes, trusted=True)):
        passed = course([asked, own], [], Policy.FIRST_ENTRY)
        assert passed is not None
        assert passed.entries == 1


@given(entries, clears, policies)
def test_refusals_and_undos_of_nothing_change_nothing(
    items: list[Entry], cleared: list[int], policy: Policy
) -> None:
    counted = [entry for entry in items if (entry.kind, entry.outcome) != ("scan", "refused")]
    stray = Entry("stray", "undo", at=0, device="one", outcome="", target="none", trusted=True)
    assert course([*counted, stray], cleared, policy) == course(items, cleared, policy)


@given(st.lists(scans, unique_by=lambda entry: entry.id), clears, policies, st.integers(0, 8))
def test_what_is_followed_is_what_all_scans_come_to(
    items: list[Entry], cleared: list[int], policy: Policy, cut: int
) -> None:
    policy = Policy.FIRST_ENTRY if policy is Policy.PRACTICE else policy
    before, new = items[:cut], [item for item in items[cut:] if item.outcome == "admitted"]
    made = followed(
        course(before, cleared, policy),
        new,
        cleared=max(cleared, default=0),
        policy=policy,
        day_of=day_of,
    )
    wanted = course([*before, *new], cleared, policy)
    known = len(wanted.doubles) if wanted else 0
    if made is None:
        # Only for a reason: nobody was added, or something is not later, or a double is new.
        none = all(item.reason == "repeat" for item in new)
        last = max((item.at for item in before), default=-1)
        late = any(item.at <= max(last, *cleared, -1) for item in new)
        same = len({item.at for item in new}) < len(new)
        assert none or late or same or known
    elif wanted:
        assert made == replace(wanted, doubles=made.doubles)
        assert known == len(doubles_of(course(before, cleared, policy)))


def doubles_of(made: Course | None) -> tuple[Double, ...]:
    return made.doubles if made else ()
