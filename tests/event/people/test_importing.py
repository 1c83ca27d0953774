"""A list of people against those who are there."""

import tempfile
from pathlib import Path

import pytest
from builders import OPENING, an_agenda, publish_agenda
from hypothesis import given
from hypothesis import strategies as st

from event.database import Database
from event.errors import Conflict
from event.formats.attendees.columns import mapping_of
from event.formats.attendees.people import Person, people_of
from event.formats.attendees.table import Table, read_table
from event.formats.attendees.writing import written
from event.formats.imported import Report
from event.people import attendees, consents, needs, parties
from event.people.exporting import table_of
from event.people.importing import Plan, carry_out, planned
from event.people.model import Attendee, Status
from event.people.substitutes import substitute
from event.text import clean
from event.times import to_seconds

AT = to_seconds(OPENING)
HEADER = ["nr", "imię", "nazwisko", "email", "kategoria", "dieta", "zdjęcia", "delegacja"]


def read(rows: list[list[str]], folder: Path) -> list[Person]:
    path = folder / "list.csv"
    path.write_bytes(written(".csv", rows))
    table, report = read_table(path, Report()), Report()
    names = {"zdjęcia": "photo"} if "zdjęcia" in table.columns else {}
    return people_of(table, mapping_of(table.columns, said=names, ignored=()), report)


def run(db: Database, people: list[Person], *, cancel_missing: bool = False) -> Plan:
    with db.write() as tx:
        plan = planned(tx, people)
        carry_out(tx, people, plan, cancel_missing=cancel_missing, at=AT)
    return plan


def everyone(db: Database) -> list[Attendee]:
    with db.read() as tx:
        return attendees.everyone(tx)


@pytest.fixture
def event(db: Database) -> Database:
    publish_agenda(db, an_agenda())
    return db


@pytest.fixture
def full(event: Database, tmp_path: Path) -> Database:
    rows = [
        HEADER,
        ["1", "Ada", "Łoś", "desk@x.pl", "Prelegent", "wegańska", "nie", "Podkarpackie"],
        ["2", "Jan", "Żak", "desk@x.pl", "Wystawca", "", "tak", "Podkarpackie"],
        ["", "Ewa", "Ćma", "e@x.pl", "", "", "", ""],
    ]
    run(event, read(rows, tmp_path))
    return event


def test_a_first_list_brings_everything_it_says(full: Database) -> None:
    ada, jan, ewa = everyone(full)
    assert (ada.external_id, ada.name, ada.category, ada.source) == ("1", "Ada Łoś", "speaker",
                                                                     "import")  # fmt: skip
    assert (jan.category, jan.party_id) == ("wystawca", ada.party_id)
    assert (ewa.category, ewa.party_id, ewa.external_id) == ("delegate", None, None)
    assert len({ada.holder, jan.holder, ewa.holder} - {0}) == 3
    with full.read() as tx:
        assert consents.answers_to(tx, "photo") == {ada.id: False, jan.id: True}
        assert needs.counts(tx) == {"diet": [("wegańska", 1)], "access": []}


def test_the_same_list_again_changes_nothing(full: Database, tmp_path: Path) -> None:
    before = everyone(full)
    with full.read() as tx:
        rows = table_of(tx)
    plan = run(full, read([list(row) for row in rows], tmp_path))
    assert (plan.added, plan.changed, plan.missing) == ((), (), ())
    assert everyone(full) == before


def test_a_later_list_is_told_apart_from_who_is_there(full: Database, tmp_path: Path) -> None:
    ada, jan, ewa = everyone(full)
    rows = [
        HEADER,
        ["1", "Ada", "Łoś-Nowa", "", "", "", "tak", ""],
        ["7", "Ewa", "Ćma", "e@x.pl", "", "", "", ""],
        ["8", "Ola", "Nowa", "", "press", "", "", "Łódzkie"],
    ]
    plan = run(full, read(rows, tmp_path))
    assert [p.attendee.name for p in plan.added] == ["Ola Nowa"]
    assert {c.attendee.id: dict(c.fields) for c in plan.changed} == {
        ada.id: {"surname": ("Łoś", "Łoś-Nowa"), "photo": (False, True)},
        ewa.id: {"external_id": (None, "7")},
    }
    assert [p.id for p in plan.missing] == [jan.id]
    now = {p.id: p for p in everyone(full)}
    # An empty cell never erases what is known.
    assert (now[ada.id].email, now[ada.id].category) == ("desk@x.pl", "speaker")
    assert now[jan.id].status is Status.REGISTERED
    with full.read() as tx:
        assert consents.answers_to(tx, "photo")[ada.id] is True
        assert needs.counts(tx) == {"diet": [("wegańska", 1)], "access": []}


def test_who_is_missing_is_cancelled_only_when_asked(full: Database, tmp_path: Path) -> None:
    rows = [HEADER, ["1", "Ada", "Łoś", "", "", "", "", ""]]
    run(full, read(rows, tmp_path), cancel_missing=True)
    states = {p.given_name: p.status for p in everyone(full)}
    assert states == {
        "Ada": Status.REGISTERED,
        "Jan": Status.CANCELLED,
        "Ewa": Status.CANCELLED,
    }
    # Cancelled already: nobody is missing twice.
    with full.read() as tx:
        assert planned(tx, read(rows, tmp_path)).missing == ()


def test_who_was_added_at_the_desk_is_never_missing(full: Database, tmp_path: Path) -> None:
    with full.write() as tx:
        attendees.add(tx, Attendee(id=0, guid="", given_name="Walk-in"), at=AT)
    rows = [HEADER, ["1", "Ada", "Łoś", "", "", "", "", ""]]
    with full.read() as tx:
        missing = planned(tx, read(rows, tmp_path)).missing
    assert [p.given_name for p in missing] == ["Jan", "Ewa"]


def test_two_of_one_name_and_address_stay_two(full: Database, tmp_path: Path) -> None:
    rows = [HEADER, ["1", "Ada", "Łoś", "desk@x.pl", "", "", "", ""],
            ["9", "Ada", "Łoś", "desk@x.pl", "", "", "", ""]]  # fmt: skip
    plan = run(full, read(rows, tmp_path))
    assert [p.attendee.external_id for p in plan.added] == ["9"]


def test_a_list_is_stored_as_it_was_shown_or_not_at_all(full: Database, tmp_path: Path) -> None:
    people = read([HEADER, ["1", "Ada", "Nowa", "", "Nowi", "", "", "Inni"]], tmp_path)
    with full.read() as tx:
        plan = planned(tx, people)
    with full.write() as tx:
        attendees.change(tx, everyone(full)[0].id, {"surname": "Stara"}, at=AT)
    before = everyone(full)
    with pytest.raises(Conflict, match="import the file again"), full.write() as tx:
        carry_out(tx, people, plan, cancel_missing=False, at=AT)
    assert everyone(full) == before


def test_a_substitute_takes_over_the_number_on_the_list(full: Database, tmp_path: Path) -> None:
    ada = everyone(full)[0]
    person = Attendee(id=0, guid="", given_name="Iga", surname="Nowa")
    with full.write() as tx:
        substitute(tx, ada.id, person, at=AT)
    people = read([HEADER, ["1", "Ada", "Łoś", "", "", "", "", ""]], tmp_path)
    plan = run(full, people)
    assert (plan.added, plan.changed) == ((), ())
    assert [kept.why for kept in plan.kept] == ["Iga Nowa comes instead"]
    # A list that has heard of it may correct her.
    people = read([HEADER, ["1", "Iga", "Nowak", "", "", "", "", ""]], tmp_path)
    assert [dict(c.fields) for c in run(full, people).changed] == [{"surname": ("Nowa", "Nowak")}]


def test_who_was_replaced_does_not_come_back_with_the_list(full: Database, tmp_path: Path) -> None:
    ada, _, ewa = everyone(full)
    with full.write() as tx:
        for person in (ada, ewa):
            iga = Attendee(id=0, guid="", given_name="Iga", surname=f"For {person.given_name}")
            last = substitute(tx, person.id, iga, at=AT)
            ola = Attendee(id=0, guid="", given_name="Ola", surname=f"For {person.given_name}")
            substitute(tx, last.id, ola, at=AT)
    rows = [HEADER, ["1", "Ada", "Łoś", "desk@x.pl", "", "", "", ""],
            ["", "Ewa", "Ćma", "E@X.PL", "", "", "", ""]]  # fmt: skip
    with full.read() as tx:
        plan = planned(tx, read(rows, tmp_path))
    assert (plan.added, plan.changed) == ((), ())
    assert [p.given_name for p in plan.missing] == ["Jan"]
    assert [(kept.person.attendee.name, kept.attendee.name) for kept in plan.kept] == [
        ("Ada Łoś", "Ola For Ada"),
        ("Ewa Ćma", "Ola For Ewa"),
    ]


def test_who_is_cancelled_stays_so_until_the_list_says_otherwise(
    full: Database, tmp_path: Path
) -> None:
    with full.write() as tx:
        attendees.change(tx, everyone(full)[0].id, {"status": "cancelled"}, at=AT)
    with full.read() as tx:
        plan = planned(tx, read([["nr", "name"], ["1", "Ada Łoś"]], tmp_path))
    assert (plan.changed, [kept.person.where for kept in plan.kept]) == ((), ["line 2"])
    rows = [["nr", "name", "status"], ["1", "Ada Łoś", "confirmed"]]
    assert run(full, read(rows, tmp_path)).kept == ()
    assert everyone(full)[0].status is Status.REGISTERED


def test_an_id_finds_somebody_before_a_name_does(full: Database, tmp_path: Path) -> None:
    rows = [HEADER, ["", "Ada", "Łoś", "desk@x.pl", "", "", "", ""],
            ["1", "Adam", "Łoś", "desk@x.pl", "", "", "", ""]]  # fmt: skip
    plan = run(full, read(rows, tmp_path))
    assert [change.person.attendee.given_name for change in plan.changed] == ["Adam"]
    assert [person.attendee.given_name for person in plan.added] == ["Ada"]
    again = run(full, read(rows, tmp_path))
    assert (again.added, again.changed) == ((), ())


def test_a_list_for_those_added_at_the_desk_is_no_first_one(
    event: Database, tmp_path: Path
) -> None:
    with event.write() as tx:
        attendees.add(tx, Attendee(id=0, guid="", given_name="Ada", surname="Łoś"), at=AT)
        plan = planned(tx, read([["name", "firma"], ["Ada Łoś", "ABC"]], tmp_path))
        assert not plan.is_first
        assert planned(tx, read([["name"], ["Jan Żak"]], tmp_path)).is_first


def test_a_change_of_needs_alone_makes_no_new_version(full: Database, tmp_path: Path) -> None:
    before = everyone(full)[0]
    people = read([["nr", "name", "access"], ["1", "Ada Łoś", "ramp"]], tmp_path)
    (change,) = run(full, people).changed
    assert change.fields == {"access": ("", "ramp")}
    assert everyone(full)[0].version == before.version
    with full.read() as tx:
        assert needs.counts(tx) == {"diet": [("wegańska", 1)], "access": [("ramp", 1)]}


def test_categories_are_found_however_spelt_and_new_ones_are_said(
    full: Database, tmp_path: Path
) -> None:
    rows = [["name", "kategoria"], ["A A", "VIP!"], ["B B", " prelegent"], ["C C", "Гость 1"],
            ["D D", "Гость 2"], ["E E", "y" * 90]]  # fmt: skip
    people = read(rows, tmp_path)
    plan = run(full, people)
    assert plan.categories == ("y" * 90, "Гость 1", "Гость 2")
    slugs = [p.category for p in everyone(full)[3:]]
    assert slugs[:2] == ["vip", "speaker"]
    assert len(set(slugs)) == 5
    again = run(full, people)
    assert (again.added, again.changed, again.categories) == ((), (), ())


CELL = st.text(max_size=12) | st.sampled_from(
    ["", "VIP!", "Гость", "tak", "no", "x" * 300, "a@b.pl", "Łoś, Jan", "=1", "#N/A", "paid"]
)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@given(rows=st.lists(st.lists(CELL, min_size=12, max_size=12), max_size=4))
def test_any_list_comes_back_as_nothing_new(event: Database, rows: list[list[str]]) -> None:
    header = ["nr", "name", "email", "organisation", "category", "status", "party", "diet",
              "access", "photo", "language", "note"]  # fmt: skip
    cells = [tuple(clean(cell) for cell in row) for row in rows]
    read_ = Table(tuple(header), tuple((f"row {n}", row) for n, row in enumerate(cells, 2)))
    people = people_of(read_, mapping_of(header, said={}, ignored=()), Report())
    with event.write() as tx:
        for name in ("need", "consent", "holder", "attendee", "party", "category"):
            tx.exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608
        carry_out(tx, people, planned(tx, people), cancel_missing=True, at=AT)
        again = planned(tx, people)
        exported = table_of(tx)
    assert (again.added, again.changed, again.missing) == ((), (), ())
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".csv", ".xlsx"):
            path, report = Path(folder) / f"list{suffix}", Report()
            path.write_bytes(written(suffix, exported))
            table = read_table(path, report)
            found = people_of(table, mapping_of(table.columns, said={}, ignored=()), report)
            assert len(found) == len(people)
            assert not any(repair.lost for repair in report)
            with event.read() as tx:
                plan = planned(tx, found)
            assert (plan.added, plan.changed, plan.missing) == ((), (), ())


def test_a_list_never_overrules_what_somebody_said_themselves(
    full: Database, tmp_path: Path
) -> None:
    jan = everyone(full)[1]
    with full.write() as tx:
        no = consents.Answer("photo", False, "1", "pl", AT, "attendee/phone")
        consents.answer(tx, jan.id, no)
    plan = run(full, read([HEADER, ["2", "Jan", "Żak", "", "", "", "tak", ""]], tmp_path))
    assert [(kept.attendee.id, kept.why) for kept in plan.kept] == [
        (jan.id, "has answered on photo since")
    ]
    with full.read() as tx:
        assert consents.answers_to(tx, "photo")[jan.id] is False


def test_an_exported_list_finds_people_again_with_another_name(
    full: Database, tmp_path: Path
) -> None:
    with full.read() as tx:
        rows = [list(row) for row in table_of(tx)]
    place = rows[0].index("surname")
    for row in rows[1:]:
        row[place] += "-Nowa"
    plan = run(full, read(rows, tmp_path))
    assert (plan.added, plan.missing) == ((), ())
    assert [set(c.fields) for c in plan.changed] == [{"surname"}] * 3
    assert [p.surname for p in everyone(full)] == ["Łoś-Nowa", "Żak-Nowa", "Ćma-Nowa"]
    assert everyone(full)[2].external_id is None


def test_names_that_come_later_take_the_places_of_their_party(
    event: Database, tmp_path: Path
) -> None:
    with event.write() as tx:
        parties.add_party(tx, name="Łódzkie", contact_name="", contact_email="", size=2,
                          category="vip", guid="", at=AT)  # fmt: skip
    before = everyone(event)
    rows = [HEADER, *(["", name, "Nowa", "", "", "", "", "Łódzkie"] for name in ("A", "B", "C"))]
    plan = run(event, read(rows, tmp_path))
    assert ([c.attendee.id for c in plan.changed], len(plan.added)) == ([p.id for p in before], 1)
    now = everyone(event)
    assert [p.given_name for p in now] == ["A", "B", "C"]
    assert [p.holder for p in now[:2]] == [p.holder for p in before]
    again = run(event, read(rows, tmp_path))
    assert (again.added, again.changed) == ((), ())


WORD = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20).map(clean)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@given(
    people=st.lists(
        st.tuples(WORD.filter(bool), WORD, WORD, st.booleans(), st.sampled_from(["", "vip"])),
        max_size=6,
    )
)
def test_what_is_exported_comes_back_as_nothing_new(
    event: Database, people: list[tuple[str, str, str, bool, str]]
) -> None:
    with event.write() as tx:
        tx.exec_driver_sql("DELETE FROM holder")
        tx.exec_driver_sql("DELETE FROM attendee")
        made = [
            Attendee(id=0, guid="", external_id=f"x{n}", surname=surname, note=note,
                     organisation=organisation, minor=minor, category=category or "delegate")
            for n, (surname, organisation, note, minor, category) in enumerate(people)
        ]  # fmt: skip
        attendees.add_all(tx, made, at=AT)
        rows = table_of(tx)
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".csv", ".xlsx"):
            path = Path(folder) / f"list{suffix}"
            path.write_bytes(written(suffix, rows))
            table = read_table(path, Report())
            mapping = mapping_of(table.columns, said={}, ignored=())
            found = people_of(table, mapping, Report())
            with event.read() as tx:
                plan = planned(tx, found)
            assert len(found) == len(people)
            assert (plan.added, plan.changed, plan.missing) == ((), (), ())


def with_ids(folder: Path, *people: tuple[str, str]) -> list[Person]:
    rows = [[number, *name.split(), f"{name[0]}@x.pl"] for number, name in people]
    return read([["nr", "imię", "nazwisko", "email"], *rows], folder)


def test_who_lost_the_zeros_of_their_id_is_found_and_keeps_it(
    event: Database, tmp_path: Path
) -> None:
    run(event, with_ids(tmp_path, ("007", "Jan Żak"), ("8", "Ewa Ćma"), ("A01", "Ola Łoś")))
    before = everyone(event)
    people = with_ids(tmp_path, ("7", "JAN ŻAK"), ("008", "Ewa Ćma"), ("A1", "Iga Bąk"))
    plan = run(event, people)
    assert [person.attendee.name for person in plan.added] == ["Iga Bąk"]
    assert [(kept.attendee.name, kept.why) for kept in plan.kept] == [
        ("Jan Żak", "id 007; the list has 7"),
        ("Ewa Ćma", "id 8; the list has 008"),
    ]
    assert [person.external_id for person in everyone(event)] == ["007", "8", "A01", "A1"]
    assert {missing.name for missing in plan.missing} == {"Ola Łoś"}
    assert everyone(event)[1] == before[1]


def test_an_id_without_its_zeros_is_never_taken_for_somebody_elses(
    event: Database, tmp_path: Path
) -> None:
    run(event, with_ids(tmp_path, ("007", "Jan Żak"), ("08", "Ewa Ćma"), ("008", "Ewa Ćma")))
    people = with_ids(tmp_path, ("7", "Ola Łoś"), ("8", "Ewa Ćma"))
    plan = run(event, people)
    assert [person.attendee.name for person in plan.added] == ["Ola Łoś", "Ewa Ćma"]
    both = with_ids(tmp_path, ("8", "Ewa Ćma"), ("07", "Jan Żak"), ("007", "Jan Żak"))
    assert [person.where for person in run(event, both).added] == ["line 3"]


def test_a_first_list_that_finds_somebody_of_the_desk_is_shown_first(
    event: Database, tmp_path: Path
) -> None:
    with event.write() as tx:
        jan = Attendee(id=0, guid="", external_id="007", given_name="Jan", surname="Żak",
                       email="J@x.pl")  # fmt: skip
        attendees.add(tx, jan, at=AT)
    plan = run(event, with_ids(tmp_path, ("7", "Jan Żak")))
    assert (plan.added, plan.changed, len(plan.kept), plan.is_first) == ((), (), 1, False)
