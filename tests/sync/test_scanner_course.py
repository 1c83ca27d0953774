"""Whatever two scanners do, without a network and again with one, comes to what really happened."""

import itertools
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from gates import a_gate, a_hall
from hypothesis import given, settings
from hypothesis import strategies as st
from scanners import Clock, Network, a_code, a_scanner, keep_time, published
from sqlalchemy import select

from api.app import service_of
from badges.code import Medium
from event.door.decide import Door, Outcome, Passage, Policy, decide, event_day
from event.door.gates import event_days, find_gate, rules_of
from event.door.history import Course, Entry, course_of
from event.door.roster import all_badges, keys_of
from event.people.attendees import add_all
from event.people.codes import Signer
from event.people.model import Attendee
from event.tables import incident, passage, quarantined_item, scan
from sync.known import door_of
from sync.past import Past
from sync.scanner import Scanner
from sync.trouble import PhoneError

POLICIES = {"main": Policy.FIRST_ENTRY, "dinner": Policy.ONCE, "hall": Policy.IN_AND_OUT}
RIGHT = 17_300_000.0
"""By how much devices' clocks are ahead of the event's, as in a rehearsal."""
STEPS = (600, -600, 2_366_841_600, -1_748_900_000, 3, 0)
"""Seconds by which somebody sets a clock: a little, to 2100, to 1970."""
MINUTE = 61
"""Seconds after which the feed, which knows minutes, tells what was later."""


@dataclass(slots=True)
class Device:
    """A scanner with a network of its own."""

    scanner: Scanner
    network: Network


class World:
    """Two doors at three gates, two people, a server, and what really happened."""

    def __init__(
        self, app: Flask, signer: Signer, clock: Clock, folder: Path, *, restarts: bool
    ) -> None:
        self.app, self.clock, self.restarts = app, clock, restarts
        self.facts: list[tuple[str, int | None, Entry]] = []
        self.cleared: dict[str, list[int]] = defaultdict(list)
        self._last, self._boots = 0, itertools.count(2)
        guests = [Attendee(0, "", surname="Nowak"), Attendee(0, "", surname="Żak", look_at_id=True)]
        with service_of(app).db.write() as db:
            people = add_all(db, guests, at=service_of(app).seconds())
            self.gates = {f"{name}-{uuid4()}": policy for name, policy in POLICIES.items()}
            for slug, policy in self.gates.items():
                a_gate(db, slug, policy=policy)
        self.codes = {person.holder: signer.code(person, Medium.PAPER) for person in people}
        self.devices = [self._device(folder / name) for name in "AB"]

    def do(self, who: int, what: str, which: int) -> None:
        """Let one device do something: five seconds after it did the last, or another a minute."""
        self.clock.now += 5 if self._last == who else MINUTE
        self._last = who
        with suppress(PhoneError):  # nothing to undo, nothing to answer
            getattr(self, f"_{what}")(self.devices[who], which)

    def come_home(self) -> None:
        """Let everybody send and hear everything."""
        for _ in range(2):
            for device in self.devices:
                device.network.fault = ""
                device.scanner.meet()
            self.clock.now += MINUTE
            published(self.app)
        for device in self.devices:
            assert device.scanner.meet().outcome in {"unchanged", "updated", "snapshot"}

    def course(self, gate: str, holder: int) -> Course | None:
        """Return what happened to somebody at a gate."""
        with service_of(self.app).db.read() as db:
            days = event_days(db)
        return course_of(
            [entry for slug, number, entry in self.facts if (slug, number) == (gate, holder)],
            self.cleared[gate],
            policy=self.gates[gate],
            day_of=lambda at: event_day(days, at // 1000),
        )

    def _device(self, folder: Path) -> Device:
        network = Network(self.app)
        made = Device(a_scanner(folder, network, self.clock), network)
        made.scanner.enrol(a_code(self.app, label=folder.name))
        published(self.app)
        assert made.scanner.meet().outcome == "snapshot"
        return made

    def _scan(self, device: Device, which: int, *, leaving: bool = False) -> None:
        gate, holder = [*self.gates][which % 3], [*self.codes][which // 3]
        made = device.scanner.scan(self.codes[holder], gate, leaving=leaving)
        outcome, reason = made.verdict.outcome, made.verdict.reason
        self._note(device, made.scan, "scan", gate, holder, outcome=outcome, reason=reason,
                   leaving=leaving)  # fmt: skip

    def _leave(self, device: Device, which: int) -> None:
        self._scan(device, which // 3 * 3 + 2, leaving=True)

    def _undo(self, device: Device, _: int) -> None:
        self._about(device, "undo", device.scanner.undo())

    def _answer(self, device: Device, which: int) -> None:
        outcome = [Outcome.ADMITTED, Outcome.REFUSED][which % 2]
        self._about(device, "answer", device.scanner.answer(outcome), outcome)

    def _clear(self, device: Device, which: int) -> None:
        some = [*self.gates][which : which + 1]
        device.scanner.clear(*some)
        for gate in some or self.gates:
            self.cleared[gate].append(round(self.clock.now * 1000))

    def _meet(self, device: Device, _: int) -> None:
        device.scanner.meet()

    def _publish(self, _: Device, __: int) -> None:
        published(self.app)

    def _network(self, device: Device, which: int) -> None:
        device.network.fault = ["lost", "unanswered", ""][which % 3]

    def _restart(self, device: Device, which: int) -> None:
        """Start the program again, or all of the device."""
        boot = f"b{next(self._boots)}" if which % 2 and self.restarts else "b1"
        folder = device.scanner.folder
        device.scanner = a_scanner(folder, device.network, self.clock, boot=boot)

    def _step(self, _: Device, which: int) -> None:
        """Set the devices' clocks, where no restart leaves but them to tell."""
        if not self.restarts:
            self.clock.off = RIGHT + STEPS[which]

    def _about(self, device: Device, kind: str, target: str, outcome: str = "") -> None:
        gate, holder = next(fact[:2] for fact in self.facts if fact[2].id == target)
        name = f"{kind} {len(self.facts)}"
        self._note(device, name, kind, gate, holder, outcome=outcome, target=target)

    def _note(
        self, device: Device, name: str, kind: str, gate: str, holder: int | None, **said: Any
    ) -> None:
        uuid, at = device.scanner.settings["device"], round(self.clock.now * 1000)
        self.facts.append((gate, holder, Entry(name, kind, at, uuid, **said)))


@pytest.fixture
def signer(app: Flask, clock: Clock, tmp_path: Path) -> Signer:
    keep_time(app, clock)
    return a_hall(service_of(app).db, tmp_path).signer


@pytest.fixture
def clock() -> Clock:
    return Clock()


OFTEN = {"scan": 10, "leave": 2, "meet": 4, "publish": 2, "network": 2, "undo": 1, "answer": 2,
         "restart": 1, "clear": 1, "step": 2}  # fmt: skip
THINGS = st.tuples(
    st.integers(0, 1),
    st.sampled_from([name for name, times in OFTEN.items() for _ in range(times)]),
    st.integers(0, 5),
)


@given(things=st.lists(THINGS, min_size=5, max_size=40), restarts=st.booleans())
@settings(max_examples=max(1, settings().max_examples // 4))
def test_what_two_doors_did_comes_to_what_happened(
    app: Flask,
    signer: Signer,
    clock: Clock,
    tmp_path_factory: pytest.TempPathFactory,
    things: list[tuple[int, str, int]],
    *,
    restarts: bool,
) -> None:
    clock.off = RIGHT
    world = World(app, signer, clock, tmp_path_factory.mktemp("world"), restarts=restarts)
    for thing in things:
        world.do(*thing)
    world.come_home()
    check_scans(world)
    check_courses(world)
    check_doors(world)


def check_scans(world: World) -> None:
    """Find every scan stored once, with the verdict that its door gave."""
    scans = {entry.id: (entry.outcome, entry.reason, entry.at)
             for _, _, entry in world.facts if entry.kind == "scan"}  # fmt: skip
    with service_of(world.app).db.read() as db:
        rows = db.execute(select(scan).where(scan.c.id.in_(scans))).all()
        assert db.execute(select(quarantined_item)).all() == []
    assert {row.id: (row.outcome, row.reason) for row in rows} == {
        name: (outcome, reason) for name, (outcome, reason, _) in scans.items()
    }
    assert all(abs(row.t_est - scans[row.id][2]) <= 2 for row in rows)


def check_courses(world: World) -> None:
    """Find what really happened in what follows from the scans, and every double admission."""
    with service_of(world.app).db.read() as db:
        numbers = {slug: find_gate(db, slug).id for slug in world.gates}
        passages = {(row.gate_id, row.holder): row for row in db.execute(select(passage))}
        doubles = {
            (row.scan_id, row.other_id)
            for row in db.execute(select(incident).where(incident.c.kind == "double_admission"))
        }
    wanted = set()
    for gate, number in numbers.items():
        for holder in world.codes:
            course, row = world.course(gate, holder), passages.get((number, holder))
            assert (row is None) == (course is None)
            if course and row:
                said = course.entries, course.days, course.inside
                assert (row.entries, row.days, bool(row.inside)) == said
                wanted |= {(double.scan, double.other) for double in course.doubles}
    own = {entry.id for _, _, entry in world.facts}
    assert {pair for pair in doubles if pair[0] in own} == wanted


def check_doors(world: World) -> None:
    """Let both doors decide, as the server would."""
    at = round(world.clock.now)
    with service_of(world.app).db.read() as db:
        rules = {slug: rules_of(db, find_gate(db, slug)) for slug in world.gates}
        keys, badges, days = keys_of(db), all_badges(db), event_days(db)
        rows = db.execute(select(passage)).all()
    for device in world.devices:
        known = device.scanner.known
        assert known is not None
        for slug, gate in rules.items():
            passages = {
                row.holder: Passage(
                    row.entries, row.days, bool(row.inside), row.last_at // 1000, ""
                )
                for row in rows
                if row.gate_id == gate.id
            }
            server = Door(known.event, days, keys, badges, gate, passages, complete=True)
            for holder, text in world.codes.items():
                wanted = decide(text, server, at=at, device="")
                assert device.scanner.scan(text, slug).verdict == wanted
                # Without its own records the feed tells it the same.
                alone = door_of(known, known.places[slug], Past(""), holder, at)
                assert decide(text, alone, at=at, device="") == wanted
