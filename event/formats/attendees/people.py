"""Rows of a list become people: checked one by one, each fault a line in the report."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from event.errors import Invalid
from event.formats.attendees.table import Table
from event.formats.imported import Report
from event.people.categories import LONGEST_NAME, can_be_meant
from event.people.consents import PURPOSES
from event.people.model import Attendee, Status
from event.people.needs import LONGEST as LONGEST_NEED
from event.people.rules import LONGEST, checked_attendee
from event.text import LANGUAGE, fold

_YES = {"yes", "y", "true", "1", "x", "tak", "t", "ja", "j", "zgoda", "agree", "accepted"}
_NO = {"no", "n", "false", "0", "nie", "nein", "brak", "declined"}
_NOTHING = {*_NO, "none", "n/a", "nie dotyczy", "keine", "-", "–"}
_STATUS = {
    **dict.fromkeys(
        ("cancelled", "canceled", "not attending", "withdrawn", "refunded", "expired", "rejected",
         "c", "anulowany", "anulowana", "anulowane", "odwolany", "odwolana", "rezygnacja",
         "storniert", "abgesagt"),
        Status.CANCELLED,
    ),
    **dict.fromkeys(
        ("registered", "confirmed", "paid", "complete", "completed", "attending", "checked in",
         "active", "p", "zarejestrowany", "zarejestrowana", "potwierdzony", "potwierdzona",
         "oplacony", "oplacona", "oplacone", "angemeldet", "bestatigt", "bezahlt"),
        Status.REGISTERED,
    ),
}  # fmt: skip
_LANGUAGES = {
    fold(word): tag
    for tag, words in {
        "cs": "czech, čeština, czeski, tschechisch",
        "de": "german, deutsch, niemiecki",
        "en": "english, angielski, englisch",
        "es": "spanish, español, hiszpański, spanisch",
        "fr": "french, français, francuski, französisch",
        "pl": "polish, polski, polnisch",
        "uk": "ukrainian, українська, ukraiński, ukrainisch",
    }.items()
    for word in words.split(", ")
}
_TEXTS = ("external_id", "given_name", "surname", "email", "organisation", "position", "country",
          "language", "box_slot", "note")  # fmt: skip
_LONGEST = LONGEST | {
    "party": LONGEST["organisation"],
    "category": LONGEST_NAME,
    "diet": LONGEST_NEED,
    "access": LONGEST_NEED,
}
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
    needs: tuple[str, str] = ("", "")
    consents: Mapping[str, bool] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, ...]:
        """What makes two rows the same person: the external id, else name and e-mail."""
        return key_of(self.attendee)


def key_of(person: Attendee) -> tuple[str, ...]:
    """Return what makes an attendee the same as a row of a list."""
    if person.external_id:
        return ("id", person.external_id)
    return name_of(person)


def name_of(person: Attendee) -> tuple[str, ...]:
    """Return what tells apart those of whom no external id is known."""
    name = fold(f"{person.given_name} {person.surname}")
    return ("name", name, person.email.casefold())


def people_of(table: Table, mapping: Mapping[int, str], report: Report) -> list[Person]:
    """Return the people of a table, each once; rows that name nobody are lost, with a line."""
    found = [
        person
        for where, cells in table.rows
        if (person := _person(where, {name: cells[n] for n, name in mapping.items()}, report))
    ]
    people: dict[tuple[str, ...], Person] = {}
    for person in _told_apart(found, report):
        if person.key in people:
            first = people[person.key].where
            report.lost(person.where, f"the same person as in {first}", "the first counts")
            continue
        people[person.key] = person
    _warn_of_shared(list(people.values()), report)
    return list(people.values())


def _told_apart(people: list[Person], report: Report) -> list[Person]:
    """Take ids away that stand beside several names: an order's, of all who came with it."""
    names: dict[str, set[tuple[str, ...]]] = {}
    for person in people:
        if number := person.attendee.external_id:
            names.setdefault(number, set()).add(name_of(person.attendee)[:2])
    shared = {number for number, found in names.items() if len(found) > 1}
    said: set[str] = set()
    apart = []
    for person in people:
        number = person.attendee.external_id or ""
        if number not in shared:
            apart.append(person)
            continue
        if number not in said:
            said.add(number)
            what = f"{len(names[number])} people have the external id {number}"
            report.repaired(person.where, what, "told apart by name and e-mail")
        attendee = replace(person.attendee, external_id=None)
        apart.append(replace(person, attendee=attendee, said=person.said - {"external_id"}))
    return apart


def _warn_of_shared(people: list[Person], report: Report) -> None:
    """Say which addresses several people have: one assistant registers twelve delegates."""
    counted = Counter(p.attendee.email.casefold() for p in people if p.attendee.email)
    for person in people:
        address = person.attendee.email.casefold()
        if counted.get(address, 0) > 1:
            others = counted.pop(address)
            report.repaired(person.where, f"{others} people share this e-mail", "all are kept")


def _person(where: str, values: dict[str, str], report: Report) -> Person | None:
    for name in ("name", "name_reversed"):
        if name in values:
            whole = _split(values.pop(name), surname_first=name == "name_reversed")
            values = whole | {name: value for name, value in values.items() if value}
    values |= {name: " ".join(values.get(name, "").split()) for name in _TEXTS}
    for name, longest in _LONGEST.items():
        if len(values.get(name, "")) > longest:
            report.lost(where, f"{name} has more than {longest} characters", "cut")
            values[name] = values[name][:longest].strip()
    if not (values["given_name"] or values["surname"]):
        report.lost(where, "no name", "left out; a delegation without names: attendees party")
        return None
    values["language"] = _language(where, values["language"], report)
    status = _status(where, values.get("status", ""), report)
    if values.get("category") and not can_be_meant(values["category"]):
        report.lost(where, "the category is no word", "left open")
        values["category"] = ""
    flags = {name: _yes(where, name, values, report) for name in ("minor", "look_at_id")}
    texts: dict[str, Any] = {name: values[name] for name in _TEXTS}
    attendee = Attendee(
        id=0,
        guid="",
        source="import",
        status=status or Status.REGISTERED,
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
    said = {name for name in _TEXTS if getattr(attendee, name)}
    said |= {name for name, flag in flags.items() if flag is not None}
    said |= {"status"} if status else set()
    answers = {name: _yes(where, name, values, report) for name in PURPOSES}
    return Person(
        where,
        attendee,
        frozenset(said),
        values.get("category", ""),
        values.get("party", ""),
        (_need(values.get("diet", "")), _need(values.get("access", ""))),
        {name: given for name, given in answers.items() if given is not None},
    )


def _split(name: str, *, surname_first: bool) -> dict[str, str]:
    """Return given name and surname of one text: “Surname, Given”, or parted by a space."""
    surname, comma, given = name.partition(",")
    if not comma and surname_first:
        surname, _, given = " ".join(name.split()).partition(" ")
    elif not comma:
        given, _, surname = " ".join(name.split()).rpartition(" ")
    return {"given_name": given.strip(), "surname": surname.strip()}


def _need(words: str) -> str:
    """Return what somebody needs, "" for the words of those who need nothing."""
    return "" if fold(words) in _NOTHING else words


def _language(where: str, words: str, report: Report) -> str:
    """Return the tag of a language: pl of PL, pl, Polish and polski, pt-BR of pt_br."""
    word = fold(words).replace("_", "-")
    language, *rest = word.split("-")
    parts = (part.title() if len(part) == 4 else part.upper() for part in rest)
    tag = _LANGUAGES.get(word) or "-".join((language, *parts))
    if not words or LANGUAGE.fullmatch(tag):
        return tag
    report.lost(where, "the language is no tag such as en", "left open")
    return ""


def _status(where: str, words: str, report: Report) -> Status | None:
    """Return whether somebody comes, None when a cell does not say it."""
    status = _STATUS.get(fold(words))
    if words and not status:
        report.lost(where, "the status is neither registered nor cancelled", "left open")
    return status


def _yes(where: str, name: str, values: Mapping[str, str], report: Report) -> bool | None:
    """Return what a cell says to a question, None when it says nothing."""
    word = fold(values.get(name, ""))
    if not word:
        return None
    if word in _YES or word in _NO:
        return word in _YES
    report.lost(where, f"{name} is neither yes nor no", "left open")
    return None
