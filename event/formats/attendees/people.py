"""Rows of a list become people: checked one by one, each fault a line in the report."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from event.errors import Invalid
from event.formats.attendees.table import Table
from event.formats.imported import Report
from event.people.consents import PURPOSES
from event.people.model import Attendee, Status
from event.people.rules import LONGEST, checked_attendee
from event.text import LANGUAGE, fold

_YES = {"yes", "y", "true", "1", "x", "tak", "t", "ja", "j", "zgoda", "agree", "accepted"}
_NO = {"no", "n", "false", "0", "nie", "nein", "brak", "declined"}
_CANCELLED = {"cancelled", "canceled", "anulowany", "anulowane", "rezygnacja", "storniert", "c"}
_TEXTS = ("external_id", "given_name", "surname", "email", "organisation", "position", "country",
          "language", "box_slot", "note")  # fmt: skip
PLACEHOLDER = "delegate"
"""The category of somebody of whom the list says none."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody as a list says: the attendee, which fields it says, and what is kept apart."""

    where: str
    attendee: Attendee
    said: frozenset[str]
    category: str = ""
    party: str = ""
    needs: tuple[str, str] | None = None
    consents: Mapping[str, bool] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two rows the same person: the external id, else name and e-mail."""
        return key_of(self.attendee)


def key_of(person: Attendee) -> tuple[str, ...]:
    """Return what makes an attendee the same as a row of a list."""
    if person.external_id:
        return ("id", person.external_id)
    name = fold(f"{person.given_name} {person.surname}")
    return ("name", name, person.email.casefold())


def people_of(table: Table, mapping: Mapping[int, str], report: Report) -> list[Person]:
    """Return the people of a table, each once; rows that name nobody are lost, with a line."""
    people: dict[tuple[str, ...], Person] = {}
    for where, cells in table.rows:
        values = {name: cells[place] for place, name in mapping.items()}
        person = _person(where, values, report)
        if person is None:
            continue
        if person.key in people:
            first = people[person.key].where
            report.lost(where, f"the same person as in {first}", "the first counts")
            continue
        people[person.key] = person
    _warn_of_shared(list(people.values()), report)
    return list(people.values())


def _warn_of_shared(people: list[Person], report: Report) -> None:
    """Say which addresses several people have: one assistant registers twelve delegates."""
    counted = Counter(p.attendee.email.casefold() for p in people if p.attendee.email)
    for person in people:
        address = person.attendee.email.casefold()
        if counted.get(address, 0) > 1:
            others = counted.pop(address)
            report.repaired(person.where, f"{others} people share this e-mail", "all are kept")


def _person(where: str, values: dict[str, str], report: Report) -> Person | None:
    if "name" in values:
        values |= _split(values.pop("name"))
    texts: dict[str, Any] = {name: " ".join(values.get(name, "").split()) for name in _TEXTS}
    for name, longest in LONGEST.items():
        if len(texts.get(name, "")) > longest:
            report.lost(where, f"{name} has more than {longest} characters", "cut")
            texts[name] = texts[name][:longest].strip()
    if not (texts["given_name"] or texts["surname"]):
        report.lost(where, "no name", "left out; a delegation without names: attendees party")
        return None
    if texts["language"] and not LANGUAGE.fullmatch(texts["language"]):
        short = texts["language"].strip().lower()[:2]
        texts["language"] = short if LANGUAGE.fullmatch(short) else ""
        report.repaired(where, "the language is no tag such as en", texts["language"] or "empty")
    cancelled = fold(values.get("status", "")) in _CANCELLED
    flags = {name: _yes(where, name, values, report) for name in ("minor", "look_at_id")}
    attendee = Attendee(
        id=0,
        guid="",
        source="import",
        status=Status.CANCELLED if cancelled else Status.REGISTERED,
        category=PLACEHOLDER,
        **texts,
        minor=bool(flags["minor"]),
        look_at_id=bool(flags["look_at_id"]),
    )
    try:
        attendee = checked_attendee(attendee, {PLACEHOLDER}, nameless=False)
    except Invalid:
        # All else was looked at above.
        report.lost(where, "the e-mail address is none", "left empty")
        attendee = checked_attendee(replace(attendee, email=""), {PLACEHOLDER}, nameless=False)
    said = {name for name in _TEXTS if texts[name]} | {n for n, v in flags.items() if v is not None}
    said |= {"status"} if values.get("status") else set()
    needs = (values.get("diet", ""), values.get("access", ""))
    answers = {name: _yes(where, name, values, report) for name in PURPOSES}
    return Person(
        where,
        attendee,
        frozenset(said),
        values.get("category", ""),
        values.get("party", ""),
        (needs[0][:200], needs[1][:200]) if {"diet", "access"} & values.keys() else None,
        {name: given for name, given in answers.items() if given is not None},
    )


def _split(name: str) -> dict[str, str]:
    """Return given name and surname of one text: “Surname, Given” or “Given Surname”."""
    surname, comma, given = name.partition(",")
    if not comma:
        given, _, surname = name.strip().rpartition(" ")
    return {"given_name": given.strip(), "surname": surname.strip()}


def _yes(where: str, name: str, values: Mapping[str, str], report: Report) -> bool | None:
    """Return what a cell says to a question, None when it says nothing."""
    word = fold(values.get(name, ""))
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    report.lost(where, f"{name} is neither yes nor no", "left open")
    return None
