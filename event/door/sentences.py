"""What a volunteer reads: one sentence on each verdict that says what to do now."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from event.door.decide import Outcome
from event.text import Text, pick


def sentence(outcome: str, reason: str, languages: Iterable[str], *, leaving: bool = False) -> str:
    """Return the sentence on a verdict in the first of the languages that has one."""
    known = sentences()
    if leaving and outcome == Outcome.ADMITTED:
        reason = "left"
    found = known.get(f"{outcome} {reason}") or known.get(reason) or known.get(outcome, {})
    return pick(found, languages)[0]


@cache
def sentences() -> Mapping[str, Text]:
    """Return all sentences, by reason or else outcome, and by both where a reason has two."""
    found: Mapping[str, Text] = json.loads(
        files("event.door").joinpath("sentences.json").read_text(encoding="utf-8")
    )
    return found
