"""Doors and courses as the test vectors have them, read into what Python decides by."""

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from badges.code import Medium
from event.door.decide import (
    Badge,
    Door,
    Gate,
    Key,
    Outcome,
    Passage,
    Policy,
    Standing,
    Verdict,
    decide,
    decide_holder,
    event_day,
)
from event.door.history import Course, Double, Entry, course_of

_FOLDER = Path(__file__).parents[1] / "openapi" / "vectors"
DECISIONS = json.loads((_FOLDER / "decisions.json").read_text())
COURSES = json.loads((_FOLDER / "courses.json").read_text())


def door_of(case: Any) -> Door:
    """Return the door of a decision: what all have in common, and what differs from it."""
    base = DECISIONS["door"]
    said = base | case["door"]
    rules = base["gate"] | case["gate"]
    return Door(
        event=UUID(said["event"]),
        days=tuple((start, end) for start, end in said["days"]),
        keys={int(slot): _key(one) for slot, one in said["keys"].items()},
        badges={
            int(number): Badge(**one | {"standing": Standing(one["standing"])})
            for number, one in said["badges"].items()
        },
        gate=Gate(
            **rules
            | {"policy": Policy(rules["policy"]), "categories": frozenset(rules["categories"])}
        ),
        passages={int(number): Passage(**one) for number, one in said["passages"].items()},
        booked=set(said["booked"]),
        inside=said["inside"],
        complete=said["complete"],
    )


def decided(case: Any) -> Verdict:
    """Return what the rule says of a decision's scan."""
    how = {name: case[name] for name in ("at", "device", "leaving")}
    if "holder" in case:
        return decide_holder(case["holder"], door_of(case), **how)
    return decide(case["text"], door_of(case), **how)


def verdict_of(case: Any) -> Verdict:
    """Return the verdict a decision should have."""
    said = case["verdict"]
    medium = None if said["medium"] is None else Medium(said["medium"])
    return Verdict(**said | {"outcome": Outcome(said["outcome"]), "medium": medium})


def course(case: Any) -> Course | None:
    """Return what the rule makes of a course's entries."""
    days = tuple((start, end) for start, end in COURSES["days"])
    return course_of(
        [Entry(**one) for one in case["entries"]],
        case["cleared"],
        policy=Policy(case["policy"]),
        day_of=lambda at: event_day(days, at // 1000),
    )


def wanted_course(case: Any) -> Course | None:
    """Return what a course should come to."""
    said = case["course"]
    return said and Course(**said | {"doubles": tuple(Double(**one) for one in said["doubles"])})


def _key(said: Any) -> Key:
    raw = base64.urlsafe_b64decode(said["public"] + "=")
    return Key(**said | {"public": raw})
