"""An entrance of many doors in a bad network: what really happened, and what the server was told.

Doors are cut off, their clocks are wrong and jump, they restart; requests and answers are lost,
batches come twice and in any order. All of it follows from a seed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from gates import NOW, a_device, a_gate, a_hall, an_id

from badges.code import Medium, fingerprint
from event.database import Database
from event.door.admit import Reading, admit
from event.door.decide import Badge, Key, Outcome, Passage, Verdict, decide, event_day
from event.door.decide import Door as Knowledge
from event.door.decide import Gate as Rules
from event.door.gates import event_days, find_gate, rules_of
from event.door.history import UNDO_WITHIN
from event.door.roster import all_badges, keys_of
from event.people.attendees import change
from event.people.codes import Signer
from event.people.holders import reissue_badge
from event.people.model import Attendee
from event.people.tokens import sender_of
from event.tables import passage
from sync.batch import MOST, SKEWED, Batch
from sync.outbox import receive

MINUTE, HOUR = 60_000, 3_600_000
POLICIES = {"main": "first_entry", "dinner": "once", "lunch": "once_per_day", "hall": "in_and_out"}
NOBODIES = (1, 2, 3)
"""Numbers that no badge has."""
OFTEN = ("main", "main", "dinner", "hall", "main", "lunch", "hall", "main", "dinner", "lunch")


@dataclass(frozen=True, slots=True)
class Fact:
    """What a door did, at which true moment, and when the server should believe that it was."""

    id: str
    kind: str
    device: str
    gate: str = ""
    holder: int | None = None
    generation: int = 1
    outcome: str = ""
    reason: str = ""
    target: str = ""
    leaving: bool = False
    trusted: bool = False
    online: bool = False
    happened: int = 0
    believed: int | None = None
    skewed: bool = False


@dataclass(slots=True)
class Door:
    """A device: its clock is `off` the true one by so many milliseconds."""

    uuid: str
    token: str
    gate: str
    role: str
    leaves_at: int
    off: int
    started: int
    boot: int = 1
    connected: bool = False
    waiting: list[dict[str, Any]] = field(default_factory=list)
    badges: Mapping[int, Badge] = field(default_factory=dict)
    passages: dict[int, Passage] = field(default_factory=dict)


class Entrance:
    """Doors, people and a server; `run` lets two event days pass."""

    def __init__(self, db: Database, folder: Path, *, seed: int, doors: int, people: int) -> None:
        self.db, self.random, self.now = db, Random(seed), NOW  # noqa: S311
        guests = [
            Attendee(id=0, guid="", surname=f"Guest {n}", look_at_id=n % 9 == 0)
            for n in range(people)
        ]
        hall = a_hall(db, folder, guests)
        self.signer: Signer = hall.signer
        self.people = {person.holder: person for person in hall.people}
        self.facts: dict[str, Fact] = {}
        self.cancelled: dict[int, int] = {}
        self.reissued: dict[int, int] = {}
        self._codes: dict[tuple[int, int], str] = {}
        with db.write() as tx:
            for slug, policy in list(POLICIES.items())[1:]:
                a_gate(tx, slug, policy=policy)
            self.rules: dict[str, Rules] = {s: rules_of(tx, find_gate(tx, s)) for s in POLICIES}
            self.keys: dict[int, Key] = keys_of(tx)
            self.days = event_days(tx)
        self.doors = [self._door(number) for number in range(doors)]

    def run(self, visits: int) -> None:
        """Let so many things happen, half of them on each day, then everybody come home."""
        for number in range(visits):
            self.now += self.random.randrange(1, 20 * HOUR // visits)
            if number == visits // 2:
                self.now = max(self.now, NOW + 24 * HOUR)
            self._happen()
        for door in self.doors:
            door.connected = True
            while door.waiting:
                self._upload(door)

    def _door(self, number: int) -> Door:
        role, leaves_at = ("helpdesk" if number % 4 == 3 else "gate"), NOW + 48 * HOUR
        if number % 4 == 1:
            leaves_at = NOW + 11 * HOUR  # what it did not send by then comes after its shift
        uuid, token = a_device(self.db, role, shift_ends_at=leaves_at // 1000)
        off = self.random.choice([0, 0, 900, -9 * MINUTE, 10 * MINUTE])
        made = Door(uuid, token, OFTEN[number % len(OFTEN)], role, leaves_at, off, NOW)
        self._learn(made)
        return made

    def _happen(self) -> None:
        """Let one thing happen somewhere."""
        door = self.random.choice([door for door in self.doors if door.leaves_at > self.now])
        things: dict[Callable[[Door], None], int] = {
            self._scan: 60, self._take_back: 10, self._answer: 6, self._meet: 12,
            self._switch: 8, self._restart: 1, self._step: 1, self._cancel: 3, self._reissue: 3,
            self._edit: 3, self._believe: 3,
        }  # fmt: skip
        (thing,) = self.random.choices(list(things), list(things.values()))
        thing(door)
        if self.random.random() < 2 / len(self.people):
            self._keep(door, Fact(self._id(door), "clear", door.uuid,
                                  gate=self.random.choice(["", door.gate])))  # fmt: skip

    def _scan(self, door: Door, holder: int | None = None) -> None:
        holder = holder or self.random.choice(list(self.people))
        newest = 2 if holder in self.reissued else 1
        generation = self.random.choice([newest, newest, 1])
        leaving = door.gate == "hall" and self.random.random() < 0.4
        text, name = self._code(holder, generation), self._id(door)
        believed = None
        if door.connected and self.random.random() < 0.5:
            online = self._ask(door, name, text, leaving=leaving)
            if self.random.random() < 0.7:
                self.facts[name] = online
                return
            # The answer was too late: the door decides by itself, and says so afterwards.
            believed = self.now
        verdict = self._decide(door, text, leaving=leaving)
        fact = Fact(
            name, "scan", door.uuid, door.gate, holder, generation, str(verdict.outcome),
            verdict.reason, leaving=leaving, believed=believed,
        )  # fmt: skip
        said = {"medium": 1, "generation": generation, "fp": fingerprint(text), "holder": holder}
        self._keep(door, fact, said if verdict.outcome != Outcome.REFUSED else {"code": text})
        if self.random.random() < 0.1 + 60 / len(self.people):
            self._walk_round(door, holder)

    def _believe(self, door: Door) -> None:
        """Let somebody in whose number nobody has, now and again the same one."""
        holder = self.random.choice(NOBODIES)
        fact = Fact(self._id(door), "scan", door.uuid, door.gate, holder, 1, "admitted")
        self._keep(door, fact, {"medium": 1, "generation": 1, "holder": holder})

    def _walk_round(self, door: Door, holder: int) -> None:
        """Let somebody come again soon, through the same door or another."""
        self.now += self.random.choice([5_000, 5_000, 40_000, 4 * MINUTE])
        ways = [other for other in self.doors
                if other.gate == door.gate and other.leaves_at > self.now]  # fmt: skip
        if ways:
            self._scan(self.random.choice(ways), holder)

    def _ask(self, door: Door, name: str, text: str, *, leaving: bool) -> Fact:
        reading = Reading(name, text, leaving=leaving)
        with self.db.write() as tx:
            answer = admit(
                tx, door.gate, reading, device=door.uuid, trusted=door.role == "helpdesk",
                t=self.now + door.off, at=self.now,
            )  # fmt: skip
        scan = answer.scan
        return Fact(
            name, "scan", door.uuid, door.gate, scan.holder, scan.generation or 0, scan.outcome,
            scan.reason, leaving=leaving, online=True, happened=self.now, believed=self.now,
        )  # fmt: skip

    def _decide(self, door: Door, text: str, *, leaving: bool) -> Verdict:
        """Return what a door says by what it knows, and let it know that."""
        at = (self.now + door.off) // 1000
        knowledge = Knowledge(
            self.signer.event, self.days, self.keys, door.badges, self.rules[door.gate],
            door.passages,
        )  # fmt: skip
        verdict = decide(text, knowledge, at=at, device=door.uuid, leaving=leaving)
        if verdict.outcome is Outcome.ADMITTED and verdict.holder is not None:
            before = door.passages.get(verdict.holder)
            day = event_day(self.days, at)
            days = (before.days if before else 0) | (0 if day is None else 1 << day)
            entries = (before.entries if before else 0) + 1
            door.passages[verdict.holder] = Passage(entries, days, not leaving, at, door.uuid)
        return verdict

    def _take_back(self, door: Door) -> None:
        """Undo something: one's own or somebody else's, of now or of a while ago."""
        scans = [fact for fact in self.facts.values() if fact.kind == "scan"]
        own = [fact for fact in scans if fact.device == door.uuid]
        self._about(door, "undo", self.random.choice([own[-1:], own[-3:], scans[-40:]]))

    def _answer(self, door: Door) -> None:
        questions = [fact for fact in self.facts.values() if fact.outcome == Outcome.ASK]
        self._about(door, "answer", [fact for fact in questions if fact.device == door.uuid][-5:])

    def _about(self, door: Door, kind: str, facts: list[Fact]) -> None:
        if facts:
            outcome = self.random.choice(["admitted", "refused"]) if kind == "answer" else ""
            target = self.random.choice(facts).id
            made = Fact(self._id(door), kind, door.uuid, outcome=outcome, target=target)
            self._keep(door, made, {"scan": target})

    def _meet(self, door: Door) -> None:
        """Send what waits and hear what is new, if there is a network."""
        if door.connected:
            self._upload(door)
            self._learn(door)

    def _switch(self, door: Door) -> None:
        """Cut some doors off, or bring them back."""
        for other in [door, *self.random.sample(self.doors, len(self.doors) // 3)]:
            other.connected = self.random.random() < 0.5

    def _restart(self, door: Door) -> None:
        door.boot, door.started = door.boot + 1, self.now

    def _step(self, door: Door) -> None:
        door.off = self.random.randrange(-10 * MINUTE, 10 * MINUTE)

    def _cancel(self, _: Door) -> None:
        holder = self.random.choice(list(self.people))
        if holder not in self.cancelled and holder not in self.reissued:
            self.cancelled[holder] = self.now // 1000
            with self.db.write() as tx:
                change(tx, self.people[holder].id, {"status": "cancelled"}, at=self.now // 1000)

    def _reissue(self, _: Door) -> None:
        holder = self.random.choice(list(self.people))
        if holder not in self.cancelled and holder not in self.reissued:
            self.reissued[holder] = self.now // 1000
            with self.db.write() as tx:
                reissue_badge(tx, holder, Medium.PAPER, 2, at=self.now // 1000, by="desk")

    def _edit(self, _: Door) -> None:
        """Spell somebody otherwise, also one who was cancelled."""
        holder = self.random.choice([*self.cancelled, *self.people])
        with self.db.write() as tx:
            spelt = {"surname": f"Guest {self.now}"}
            change(tx, self.people[holder].id, spelt, at=self.now // 1000)

    def _learn(self, door: Door) -> None:
        """Let a door know what the server knows; what it has not sent yet it knows better."""
        own = {item["payload"].get("holder") for item in door.waiting}
        with self.db.read() as tx:
            door.badges = all_badges(tx)
            gate_id = find_gate(tx, door.gate).id
            rows = tx.execute(passage.select().where(passage.c.gate_id == gate_id)).all()
        heard = {
            row.holder: Passage(
                row.entries, row.days, bool(row.inside), row.last_at // 1000, row.last_device
            )
            for row in rows
        }
        kept = {holder: known for holder, known in door.passages.items() if holder in own}
        door.passages = heard | kept

    def _upload(self, door: Door) -> None:
        """Send some of what waits; the request, the answer, or nothing may be lost."""
        items = door.waiting[: self.random.randrange(1, MOST)]
        if self.random.random() < 0.5:
            self.random.shuffle(items)
        fate = self.random.choice(["fine", "fine", "fine", "lost", "unanswered", "doubled"])
        for _ in range({"lost": 0, "doubled": 2}.get(fate, 1)):
            self._receive(door, items)
            self.now += 1_500
        if fate in {"fine", "doubled"}:
            sent = {item["id"] for item in items}
            door.waiting = [item for item in door.waiting if item["id"] not in sent]

    def _receive(self, door: Door, items: list[dict[str, Any]]) -> None:
        sent_at, sent_mono = self.now + door.off, self.now - door.started
        batch = Batch(door.uuid, f"b{door.boot}", sent_at, sent_mono, items)
        with self.db.read() as tx:
            sender = sender_of(tx, door.token, device=door.uuid, at=self.now // 1000)
        receipts = receive(self.db, batch, at=self.now, sender=sender)
        wrong = [(said.code, item) for said, item in zip(receipts, items, strict=True) if said.code]
        assert not wrong, wrong
        for item in items:
            fact = self.facts[item["id"]]
            if fact.believed is None:
                # The time since its start is the truth; after a restart, only the clock is left.
                same = item["boot"] == batch.boot
                believed = fact.happened if same else item["t"] - door.off
                believed = min(max(believed, NOW), self.now)
                off = max(abs(door.off), abs(item["t"] - believed))
                self.facts[fact.id] = replace(fact, believed=believed, skewed=off > SKEWED)

    def _keep(self, door: Door, fact: Fact, said: Mapping[str, Any] | None = None) -> None:
        """Put what a door did into its outbox."""
        trusted = door.role == "helpdesk"
        self.facts[fact.id] = replace(fact, happened=self.now, trusted=trusted)
        told = {"gate": fact.gate, "outcome": fact.outcome, "reason": fact.reason}
        payload = {name: value for name, value in told.items() if value} | dict(said or {})
        payload |= {"leaving": True} if fact.leaving else {}
        door.waiting.append({
            "id": fact.id, "n": len(self.facts), "kind": fact.kind, "t": self.now + door.off,
            "boot": f"b{door.boot}", "mono": self.now - door.started, "payload": payload,
        })  # fmt: skip

    def _id(self, door: Door) -> str:
        return an_id(self.random.randrange(16**15), at=self.now + door.off)

    def _code(self, holder: int, generation: int) -> str:
        person = replace(self.people[holder], paper=generation)
        key = holder, generation
        if key not in self._codes:
            self._codes[key] = self.signer.code(person, Medium.PAPER)
        return self._codes[key]


def is_undone(fact: Fact, facts: Mapping[str, list[Fact]]) -> bool:
    """Say whether somebody took a scan back who may."""
    return any(
        undo.trusted
        or (undo.device == fact.device and _moment(undo) - _moment(fact) <= UNDO_WITHIN)
        for undo in facts.get(fact.id, [])
        if undo.kind == "undo"
    )


def _moment(fact: Fact) -> int:
    assert fact.believed is not None
    return fact.believed
