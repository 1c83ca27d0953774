"""`eventday badges` and `eventday keys badge`: from attendees to pages, read again."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from builders import OPENING, an_agenda, publish_agenda
from click.testing import CliRunner, Result
from faces import HARD_NAMES, a_logo, codes, pages, sizes, texts
from PIL import Image
from sqlalchemy import select

from api.command import main
from badges.code import Claim, Flag, Medium, read, verifies
from event.database import Database
from event.door.decide import PRACTISED
from event.door.sentences import sentence
from event.people.attendees import add, add_all, change, everyone, find
from event.people.badge_keys import badge_keys
from event.people.codes import event_uuid
from event.people.consents import Answer, answer
from event.people.holders import find_holder, reissues
from event.people.model import Attendee
from event.tables import holder
from event.times import to_seconds

AT = to_seconds(OPENING)


class Desk:
    """An event, and the command line on it."""

    def __init__(self, db: Database, folder: Path) -> None:
        self.db, self.folder = db, folder
        self.environment = {
            "EVENTDAY_HOME": str(folder / "home"),
            "EVENTDAY_DATABASE": db.url.render_as_string(hide_password=False),
            "EVENTDAY_CLOCK": "2025-06-03T09:00+02:00,0",
        }
        publish_agenda(db, an_agenda())

    def __call__(self, *words: object) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], env=self.environment)

    def done(self, *words: object) -> Result:
        result = self(*words)
        assert result.exit_code == 0, result.output
        return result

    def add(self, *names: tuple[str, str], **values: Any) -> list[Attendee]:
        people = [
            Attendee(id=0, guid="", given_name=given, surname=surname, **values)
            for given, surname in names
        ]
        with self.db.write() as tx:
            return add_all(tx, people, at=AT)

    def verified(self, *found: str) -> list[Claim]:
        """Return what codes say, all of which must verify."""
        with self.db.read() as tx:
            keys, event = {key.slot: key.raw for key in badge_keys(tx)}, event_uuid(tx)
        read_codes = [read(text) for text in found]
        assert all(verifies(code, event, keys[code.claim.slot]) for code in read_codes)
        return [code.claim for code in read_codes]

    def claims(self, file: Path) -> list[Claim]:
        return self.verified(*(code for page in pages(file.read_bytes()) for code in codes(page)))


@pytest.fixture
def desk(db: Database, tmp_path: Path) -> Desk:
    return Desk(db, tmp_path)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.pdf"


def refused(result: Result, *words: str) -> None:
    assert result.exit_code in {1, 2}, result.output
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Traceback" not in result.output
    for word in words:
        assert word in result.stderr


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_two_hundred_badges_are_printed_and_every_code_verifies(desk: Desk, out: Path) -> None:
    names = [(f"{given} {n}", surname) for n in range(20) for given, surname in HARD_NAMES[:9] * 2]
    people = desk.add(*names[:200])
    result = desk("badges", "print", out)
    # Some of these names are too long for A6, and that is said.
    assert result.exit_code == 3
    assert "it ends in an ellipsis" in result.stderr
    document = pypdfium2.PdfDocument(out)
    read_again = [
        barcode.text
        for page in document
        for barcode in zxingcpp.read_barcodes(page.render(scale=2, grayscale=True).to_pil())
    ]
    claims = desk.verified(*read_again)
    assert len(document) == 200
    assert sorted(claim.holder for claim in claims) == sorted(p.holder for p in people)
    assert {(c.medium, c.generation, c.category, c.flags) for c in claims} == {
        (Medium.PAPER, 1, 1, Flag(0))
    }


def test_badges_are_in_the_order_asked_for(desk: Desk, out: Path) -> None:
    people = desk.add(("A", "Żak"), ("B", "Łoś"), ("C", "Lot"))
    holders = [person.holder for person in people]
    for order, wanted in (("surname", [1, 2, 0]), ("id", [0, 1, 2])):
        desk.done("badges", "print", out, "--sort", order)
        assert [claim.holder for claim in desk.claims(out)] == [holders[n] for n in wanted]
    refused(desk("badges", "print", out, "--sort", "luck"), "organisation")


def test_only_who_comes_and_is_chosen_is_printed(desk: Desk, out: Path) -> None:
    ada, jan, ewa = desk.add(("Ada", "A"), ("Jan", "B"), ("Ewa", "C"))
    (press,) = desk.add(("Pia", "D"), category="press")
    with desk.db.write() as tx:
        change(tx, jan.id, {"status": "cancelled"}, at=AT)
        change(tx, ewa.id, {"surname": "Cc"}, at=AT + 60)

    def printed(*options: object) -> set[int]:
        desk.done("badges", "print", out, *options)
        return {claim.holder for claim in desk.claims(out)}

    assert printed() == {ada.holder, ewa.holder, press.holder}
    assert printed("--category", "press") == {press.holder}
    assert printed("--category", "press", "--category", "delegate") == printed()
    assert printed("--only", f" {ada.id},{press.id}, ") == {ada.holder, press.holder}
    for moment in ("2025-06-03T09:01+02:00", "2025-06-03T09:01", "2025-06-03T07:01Z"):
        assert printed("--since", moment) == {ewa.holder}
    before = out.read_bytes()
    refused(desk("badges", "print", out, "--only", jan.id), "cancelled")
    refused(desk("badges", "print", out, "--only", "99"), "no such attendee")
    refused(desk("badges", "print", out, "--only", "Ada"), "“Ada” is no id")
    refused(desk("badges", "print", out, "--only", "²"), "is no id")
    refused(desk("badges", "print", out, "--category", "king"), "choose one of: delegate, speaker")
    refused(desk("badges", "print", out, "--since", "noon"), "2025-06-02T18:00")
    refused(desk("badges", "print", out, "--since", "0001-01-01T00:00"), "2025-06-02T18:00")
    refused(desk("badges", "print", out, "--since", "2030-01-01"), "Nobody")
    assert out.read_bytes() == before


def test_the_page_says_who_where_and_what_in_the_language_asked_for(desk: Desk, out: Path) -> None:
    (jan,) = desk.add(("Jan", "Żak"), organisation="Klaster")
    desk.done("badges", "slots")
    desk.done("badges", "print", out, "--language", "pl")
    (text,) = texts(out.read_bytes())
    for words in ("Jan", "Żak", "Klaster", "Uczestnik", "Wydarzenie demo", "A-1", "czerwca 2025"):
        assert words in text
    desk.done("badges", "print", out)
    assert "Delegate" in texts(out.read_bytes())[0]
    with desk.db.write() as tx:
        answer(tx, jan.id, Answer("photo", given=False, text_version="1", language="pl", at=AT,
                                  by="test"))  # fmt: skip
    before = out.read_bytes()
    desk.done("badges", "print", out)
    assert out.read_bytes() != before


def test_what_is_lost_is_said_and_is_exit_code_3(desk: Desk, out: Path) -> None:
    (ana,) = desk.add(("Ana 🎉", "Sky"))
    for options in ([out], ["--preflight"]):
        result = desk("badges", "print", *options)
        assert result.exit_code == 3
        assert f"attendee {ana.id}: given name: the font has no 🎉 (U+1F389)" in result.stderr
        assert "Badges: 1, findings: 1." in result.stderr
    assert "🎉" not in texts(out.read_bytes())[0]
    out.unlink()
    assert desk("badges", "print", out, "--preflight").exit_code == 3
    assert not out.exists()


def test_layouts_sheets_a_logo_and_a_find_list(desk: Desk, out: Path, tmp_path: Path) -> None:
    desk.add(("Jan", "Żak"), ("Ada", "Łoś"))
    logo, found = tmp_path / "logo.png", tmp_path / "find.pdf"
    logo.write_bytes(a_logo())
    desk.done("badges", "print", out, "--layout", "90x54", "--a4", "--find-list", found)
    assert sizes(out.read_bytes()) == [(210, 297)]
    assert len(desk.claims(out)) == 2
    assert "Łoś" in texts(found.read_bytes())[0]
    assert {file.stat().st_mode & 0o777 for file in (out, found)} == {0o600}
    desk.done("badges", "print", out, "--logo", logo)
    assert (0, 128, 0) in {color for _, color in pages(out.read_bytes())[0].getcolors(100_000)}
    own = tmp_path / "own.toml"
    own.write_text(
        '[page]\nwidth = 50\nheight = 50\n[[front]]\ndraw = "qr"\nx = 6\ny = 6\ndots = 6'
    )
    desk.done("badges", "print", out, "--layout", own)
    assert sizes(out.read_bytes()) == [(50, 50)] * 2
    refused(desk("badges", "print", out, "--layout", "a5"), "a6-folded, a7")
    refused(desk("badges", "print", out, "--logo", own), "PNG or JPEG")
    own.write_text(own.read_text().replace("50", "400"))
    refused(desk("badges", "print", out, "--a4", "--layout", own), "larger than A4")


def test_labels_are_one_bit_a_dot(desk: Desk, out: Path, tmp_path: Path) -> None:
    people = desk.add(("Jan", "Żak"), ("Ada", "Łoś"))
    desk.done("badges", "print", out, "--label", "--separate", tmp_path / "labels")
    assert len(sizes(out.read_bytes())) == 2
    assert {claim.holder for claim in desk.claims(out)} == {person.holder for person in people}
    files = sorted((tmp_path / "labels").iterdir())
    assert [file.name for file in files] == [f"attendee-{person.id}.png" for person in people]
    for file in files:
        with Image.open(file) as image:
            assert image.mode == "1"
    refused(desk("badges", "print", out, "--label", "--a4"), "leave out --a4 or --label")
    desk.add(*[("A", "B")] * 200)
    refused(desk("badges", "print", out, "--label"), "at most 200")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("count", [2, 60])
def test_a_file_each_holds_that_badge_alone(desk: Desk, tmp_path: Path, count: int) -> None:
    people = desk.add(*[("Jan", f"Żak {number}") for number in range(count)])
    folder = tmp_path / "apart" / "mail"
    desk.done("badges", "print", "--separate", folder)
    assert {file.name for file in folder.iterdir()} == {f"attendee-{p.id}.pdf" for p in people}
    for person in people[:2]:
        (claim,) = desk.claims(file := folder / f"attendee-{person.id}.pdf")
        assert file.stat().st_mode & 0o777 == 0o600
        assert claim.holder == person.holder


def test_blanks_are_other_ones_each_time_and_known(desk: Desk, out: Path) -> None:
    desk.add(("Jan", "Żak"))
    desk.done("badges", "print", out, "--blank", 3, "--category", "vip")
    first = desk.claims(out)
    desk.done("badges", "print", out, "--blank", 3, "--category", "vip")
    claims = first + desk.claims(out)
    assert len({claim.holder for claim in claims}) == 6
    assert {(claim.flags, claim.category) for claim in claims} == {(Flag.BLANK, 5)}
    with desk.db.read() as tx:
        found = [find_holder(tx, claim.holder) for claim in claims]
        assert {(one.blank, one.attendee_id) for one in found} == {(True, None)}
        assert len(everyone(tx)) == 1
    refused(desk("badges", "print", out, "--blank", 3, "--only", "1"), "--blank goes with")
    refused(desk("badges", "print", out, "--blank", 0))
    refused(desk("badges", "print", out, "--blank", 3, "--category", "king"), "king")
    with desk.db.read() as tx:
        assert len(tx.execute(select(holder)).all()) == 7


@pytest.mark.parametrize("language", ["en", "pl"])
def test_cards_for_practice_are_whole_and_always_the_same(
    desk: Desk, out: Path, language: str
) -> None:
    done = desk.done("badges", "practice", out, "--language", language)
    assert "findings: 0" in done.stderr
    claims = desk.claims(out)
    assert [claim.category for claim in claims] == [*range(len(PRACTISED))]
    assert {(claim.holder, claim.flags) for claim in claims} == {(0, Flag.PRACTICE)}
    shown = texts(out.read_bytes())
    for number, page in enumerate(shown):
        outcome, _, reason = PRACTISED[number].partition(" ")
        assert "".join(sentence(outcome, reason, [language]).split()) in "".join(page.split())
    first = out.read_bytes()
    desk.done("badges", "practice", out, "--language", language)
    assert out.read_bytes() == first


def test_a_reprint_keeps_the_code_and_a_lost_badge_gets_another(desk: Desk, out: Path) -> None:
    (ada,) = desk.add(("Ada", "Los"))
    desk.done("badges", "print", out)
    first = codes(pages(out.read_bytes())[0])
    with desk.db.write() as tx:
        change(tx, ada.id, {"surname": "Łoś"}, at=AT)
    desk.done("badges", "reprint", ada.id, out)
    assert "Łoś" in texts(out.read_bytes())[0]
    assert codes(pages(out.read_bytes())[0]) == first
    desk.done("badges", "lost", ada.id, out)
    (claim,) = desk.claims(out)
    assert claim == replace(read(first[0]).claim, generation=2)
    with desk.db.read() as tx:
        assert (find(tx, ada.id).paper, find(tx, ada.id).phone) == (2, 1)
        assert [(r.medium, r.by) for r in reissues(tx, ada.holder)] == [
            (Medium.PAPER, "organiser/command line")
        ]
    desk.done("badges", "reprint", ada.id, out, "--label")
    assert desk.claims(out) == [claim]


def test_the_old_badge_lives_until_the_new_one_is_written(desk: Desk, tmp_path: Path) -> None:
    (ada,) = desk.add(("Ada", "Łoś"))
    refused(desk("badges", "lost", ada.id, tmp_path / "no" / "out.pdf"), "cannot be written")
    with desk.db.read() as tx:
        assert find(tx, ada.id).paper == 1
        assert reissues(tx, ada.holder) == []
    for command in ("lost", "reprint"):
        refused(desk("badges", command, 99, tmp_path / "out.pdf"), "no such attendee")
        refused(desk("badges", command, 10**30, tmp_path / "out.pdf"), "range")


def test_slots_are_given_once(desk: Desk) -> None:
    desk.add(("Jan", "Żak"), ("Ada", "Łoś"))
    assert desk.done("badges", "slots").stdout == "Box slots given: 2.\n"
    assert desk.done("badges", "slots").stdout == "Box slots given: 0.\n"
    with desk.db.read() as tx:
        assert [person.box_slot for person in everyone(tx)] == ["A-2", "A-1"]


def test_keys_are_shown_rotated_and_revoked(desk: Desk, out: Path) -> None:
    desk.add(("Jan", "Żak"))

    def shown() -> list[tuple[str, str]]:
        lines = desk.done("keys", "badge", "show").stdout.splitlines()
        found = [
            re.fullmatch(r"(\d)  [\w-]{43}  (?:from the beginning|2025-06-03T07:00:00.*)  (.+)", x)
            for x in lines
        ]
        return [match.group(1, 2) for match in found if match]

    assert shown() == shown() == [("0", "current")]
    assert "key 1" in desk.done("keys", "badge", "rotate").stdout
    assert shown() == [("0", "verify-only"), ("1", "current")]
    desk.done("badges", "print", out)
    assert [claim.slot for claim in desk.claims(out)] == [1]
    assert desk("keys", "badge", "revoke", "1").exit_code == 1
    assert shown() == [("0", "verify-only"), ("1", "current")]
    desk.done("keys", "badge", "revoke", "1", "--yes")
    assert shown() == [("0", "verify-only"), ("1", "revoked"), ("2", "current")]
    refused(desk("keys", "badge", "revoke", "7", "--yes"), "no badge key 7")


def test_it_has_to_be_said_where_to_print_and_there_must_be_an_event(
    desk: Desk, tmp_path: Path
) -> None:
    refused(desk("badges", "print"), "OUT.pdf")
    empty = {"EVENTDAY_HOME": str(tmp_path / "empty"), "EVENTDAY_DATABASE": ""}
    result = CliRunner().invoke(main, ["badges", "print", str(tmp_path / "x.pdf")], env=empty)
    refused(result, "no event")
    with desk.db.write() as tx:
        add(tx, Attendee(id=0, guid="", given_name="Jan"), at=AT)
    (tmp_path / "file").write_text("")
    refused(desk("badges", "print", "--separate", tmp_path / "file" / "x"), "cannot be written")
    refused(desk("badges", "print", tmp_path / "file" / "x.pdf"), "cannot be written")


def test_a_file_is_named_after_what_it_is(desk: Desk, tmp_path: Path) -> None:
    (ada,) = desk.add(("Ada", "Łoś"))
    wrong, list_ = tmp_path / "out.png", tmp_path / "list.csv"
    for words in (
        ("print", wrong, "--label"), ("print", wrong), ("print", "--find-list", list_),
        ("reprint", ada.id, wrong), ("lost", ada.id, wrong),
    ):  # fmt: skip
        result = desk("badges", *words)
        assert result.exit_code == 2
        assert "would be a PDF; name it" in result.output
    assert not wrong.exists()
    with desk.db.read() as tx:
        assert find(tx, ada.id).paper == 1
    desk.done("badges", "print", tmp_path / "OUT.PDF")
