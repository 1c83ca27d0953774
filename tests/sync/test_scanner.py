"""The reference scanner at the door of a real application, with and without a network."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from alone import files_of
from builders import OPENING
from disks import no_file_above, read_only
from flask import Flask
from gates import Hall, a_gate, a_hall
from scanners import (
    AT,
    Clock,
    Network,
    a_code,
    a_scanner,
    keep_time,
    published,
    serving,
)
from sqlalchemy import select

from api.app import service_of
from badges.code import Medium
from badges.short import short_code
from event.door.decide import Outcome, Policy
from event.keys import key_in
from event.people.attendees import add, change
from event.people.enrolment import revoke_device
from event.people.holders import reissue_badge
from event.people.model import Attendee
from event.tables import attendee, incident, outbox_item, passage, quarantined_item, scan, token
from sync import links
from sync.device import GRACE, LOCKED
from sync.door import DOOR
from sync.epoch import renew
from sync.mine import opened
from sync.scanner import Answer, Scanner
from sync.shift import shift_text
from sync.transport import Http, boot_of, since_boot
from sync.trouble import PhoneError

ADA = Attendee(id=0, guid="", given_name="Ada", surname="Łoś", organisation="Klaster", note="VIP")
JAN = Attendee(id=0, guid="", surname="Żak", look_at_id=True)
EWA = Attendee(id=0, guid="", surname="Nowak")
KILLS = int(os.environ.get("KILLS", "3"))
YES, NO, ASK = Outcome.ADMITTED, Outcome.REFUSED, Outcome.ASK


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hall(app: Flask, clock: Clock, tmp_path: Path) -> Hall:
    keep_time(app, clock)
    it = a_hall(service_of(app).db, tmp_path, [ADA, JAN, EWA])
    with service_of(app).db.write() as db:
        a_gate(db, "hall", policy=Policy.IN_AND_OUT, position=1)
        a_gate(db, "dinner", policy=Policy.ONCE, position=2)
    return it


@pytest.fixture
def network(app: Flask) -> Network:
    return Network(app)


Make = Callable[..., Scanner]


@pytest.fixture
def make(
    app: Flask,
    hall: Hall,  # noqa: ARG001  # there has to be an event
    network: Network,
    clock: Clock,
    tmp_path: Path,
) -> Make:
    """Return what makes a scanner that is enrolled and has met the server."""

    def made(name: str = "A", role: str = "gate", **fields: Any) -> Scanner:
        it = a_scanner(tmp_path / name, network, clock)
        it.enrol(a_code(app, role, label=name, **fields))
        published(app)
        assert it.meet().outcome == "snapshot"
        return it

    return made


@pytest.fixture
def scanner(make: Make) -> Scanner:
    return make(gates=["main"])


def again(scanner: Scanner, network: Any, clock: Clock, *, boot: str = "b1") -> Scanner:
    """Return the scanner as a new process finds it on the disk."""
    return a_scanner(scanner.folder, network, clock, boot=boot)


def said(answer: Answer) -> tuple[Outcome, str]:
    return answer.verdict.outcome, answer.verdict.reason


def rows(app: Flask, table: Any) -> list[Any]:
    with service_of(app).db.read() as db:
        return list(db.execute(select(table)))


def test_what_was_scanned_without_a_network_is_told_with_one(
    app: Flask, scanner: Scanner, hall: Hall, network: Network
) -> None:
    network.fault = "lost"
    made = scanner.scan(hall.code(2))
    assert said(made) == (YES, "")
    assert scanner.meet().outcome == "unreachable"
    assert (scanner.status()["unsent"], rows(app, scan)) == (1, [])
    network.fault = ""
    assert scanner.meet().outcome == "unchanged"
    assert scanner.status()["unsent"] == 0
    (row,) = rows(app, scan)
    assert (row.id, row.outcome, row.reason, row.holder) == (
        made.scan, "admitted", "", hall.people[2].holder,
    )  # fmt: skip
    assert row.t_est == AT * 1000


def test_a_badge_tells_its_name_and_no_other(scanner: Scanner, hall: Hall) -> None:
    made = scanner.scan(hall.code())
    assert said(made) == (ASK, "note")
    assert made.person == {
        "given_name": "Ada", "surname": "Łoś", "organisation": "Klaster", "note": "VIP",
    }  # fmt: skip
    kept = b"".join(path.read_bytes() for path in scanner.folder.iterdir())
    assert "Łoś".encode() not in kept
    assert b"Klaster" not in kept
    by_hand = scanner.scan(short_code(hall.people[0].holder))
    assert (said(by_hand), by_hand.person) == ((ASK, "look_at_id"), None)


def test_what_was_done_here_counts_after_a_restart_and_after_it_was_sent(
    app: Flask, scanner: Scanner, hall: Hall, network: Network, clock: Clock
) -> None:
    assert said(scanner.scan(hall.code(2))) == (YES, "")
    clock.now += 20
    assert said(again(scanner, network, clock).scan(hall.code(2))) == (YES, "repeat")
    clock.now += 31
    scanner = again(scanner, network, clock, boot="b2")
    assert said(scanner.scan(hall.code(2))) == (YES, "reentry")
    scanner.meet()
    published(app)
    scanner.meet()
    clock.now += 31
    assert said(again(scanner, network, clock).scan(hall.code(2))) == (YES, "reentry")
    assert [row.entries for row in rows(app, passage)] == [2]


def test_what_another_door_did_is_known_after_a_meeting(app: Flask, make: Make, hall: Hall) -> None:
    one, other = make("A"), make("B")
    assert said(one.scan(hall.code(2), "dinner")) == (YES, "")
    one.meet()
    published(app)
    other.meet()
    assert said(other.scan(hall.code(2), "dinner")) == (NO, "already_admitted")
    assert said(other.scan(hall.code(2), "main")) == (YES, "")


def test_the_roster_goes_before_the_code(
    app: Flask, scanner: Scanner, hall: Hall, network: Network
) -> None:
    late = Attendee(id=0, guid="", surname="Late")
    with service_of(app).db.write() as db:
        change(db, hall.people[2].id, {"status": "cancelled"}, at=AT)
        reissue_badge(db, hall.people[0].holder, Medium.PAPER, 2, at=AT, by="desk")
        late = add(db, late, at=AT)
    code = hall.signer.code(late, Medium.PAPER)
    assert said(scanner.scan(hall.code(2))) == (YES, "")
    published(app)
    network.fault = "lost"
    scanner.meet()
    assert said(scanner.scan(code)) == (YES, "")  # nobody here has heard of them: it is signed
    network.fault = ""
    assert scanner.meet().outcome == "updated"
    assert said(scanner.scan(hall.code(2))) == (NO, "cancelled")
    assert said(scanner.scan(hall.code())) == (NO, "replaced")
    scanner.meet()
    by_code = {row.fingerprint: row for row in rows(app, scan) if row.holder == late.holder}
    assert len(by_code) == 1


def test_full_codes_go_once_they_have_been_told(app: Flask, scanner: Scanner, hall: Hall) -> None:
    with service_of(app).db.write() as db:
        change(db, hall.people[2].id, {"status": "cancelled"}, at=AT)
    published(app)
    scanner.meet()
    scanner.scan(hall.code(2))
    scanner.scan("https://example.org/a-boarding-pass")
    with opened(scanner.folder, "BEGIN") as db:
        (kept, link) = [item for (item,) in db.execute("SELECT item FROM item ORDER BY n")]
    assert hall.code(2) in kept
    assert "boarding" not in link
    scanner.meet()
    files = b"".join(path.read_bytes() for path in scanner.folder.iterdir())
    assert json.loads(kept)["payload"]["fp"].encode() in files
    with opened(scanner.folder, "BEGIN") as db:
        assert all(
            "code" not in json.loads(i)["payload"] for (i,) in db.execute("SELECT item FROM item")
        )
    assert {row.outcome for row in rows(app, scan)} == {"refused"}
    assert rows(app, quarantined_item) == []


def test_an_undone_entry_does_not_count_before_the_server_knows(
    scanner: Scanner, hall: Hall, clock: Clock
) -> None:
    made = scanner.scan(hall.code(2))
    clock.now += 5
    assert said(scanner.scan(hall.code(2))) == (YES, "repeat")
    assert scanner.inside() == 1
    assert scanner.undo(note="turned round") == made.scan
    assert scanner.inside() == 0
    with pytest.raises(PhoneError, match="let nobody in"):
        scanner.undo()
    assert said(scanner.scan(hall.code(2))) == (YES, "")
    clock.now += 121
    with pytest.raises(PhoneError, match="two minutes"):
        scanner.undo()


def test_an_undone_entry_that_the_feed_still_counts_does_not_count_here(
    app: Flask, scanner: Scanner, hall: Hall
) -> None:
    scanner.scan(hall.code(2))
    scanner.meet()
    published(app)
    scanner.meet()
    scanner.undo()
    assert said(scanner.scan(hall.code(2))) == (YES, "")


def test_whom_another_door_let_in_after_an_undo_here_is_not_let_in_again(
    app: Flask, make: Make, hall: Hall, clock: Clock
) -> None:
    one, two = make("A"), make("B")
    one.scan(hall.code(2), "dinner")
    one.undo()
    one.meet()
    clock.now += 5
    assert said(two.scan(hall.code(2), "dinner")) == (YES, "")
    two.meet()
    published(app)
    one.meet()
    assert said(one.scan(hall.code(2), "dinner")) == (NO, "already_admitted")
    one = again(one, Network(app), clock)
    assert said(one.scan(hall.code(2), "dinner")) == (NO, "already_admitted")


def test_a_question_is_answered(app: Flask, scanner: Scanner, hall: Hall, clock: Clock) -> None:
    asked = scanner.scan(hall.code(1))
    assert said(asked) == (ASK, "look_at_id")
    assert scanner.inside() == 0
    assert scanner.answer(YES) == asked.scan
    assert scanner.inside() == 1
    with pytest.raises(PhoneError, match="No question"):
        scanner.answer(YES)
    clock.now += 60
    assert said(scanner.scan(hall.code(1))) == (YES, "reentry")
    scanner.meet()
    (row,) = rows(app, passage)
    assert (row.entries, row.inside) == (2, 1)


def test_a_question_answered_no_lets_nobody_in(
    app: Flask, scanner: Scanner, hall: Hall, clock: Clock
) -> None:
    scanner.scan(hall.code(1))
    scanner.answer(NO)
    clock.now += 60
    assert said(scanner.scan(hall.code(1))) == (ASK, "look_at_id")
    scanner.meet()
    assert rows(app, passage) == []


def test_whom_this_door_asked_and_another_let_in_is_not_let_in_again(
    app: Flask, make: Make, hall: Hall, clock: Clock
) -> None:
    asking, other = make("A"), make("B")
    assert said(asking.scan(short_code(hall.people[2].holder), "dinner")) == (ASK, "look_at_id")
    assert said(other.scan(hall.code(2), "dinner")) == (YES, "")
    for scanner in (asking, other):
        scanner.meet()
    published(app)
    asking.meet()
    clock.now += 600
    assert said(asking.scan(hall.code(2), "dinner")) == (NO, "already_admitted")


def test_whoever_went_out_by_another_door_within_a_minute_may_come_back(
    app: Flask, make: Make, hall: Hall, clock: Clock
) -> None:
    one, two = make("A"), make("B")
    clock.now += 30
    assert said(one.scan(hall.code(2), "hall")) == (YES, "")
    clock.now += 5
    assert two.scan(hall.code(2), "hall", leaving=True).leaving
    for scanner in (one, two):
        scanner.meet()
    published(app)
    one.meet()
    assert one.inside("hall") == 0
    assert said(one.scan(hall.code(2), "hall")) == (YES, "")


def test_a_blank_is_bound_once(app: Flask, make: Make, hall: Hall, network: Network) -> None:
    desk = make("Desk", "helpdesk")
    network.fault = "lost"
    blank = hall.signer.blank(hall.blanks[0])
    assert said(desk.scan(blank, "main")) == (ASK, "question")
    with pytest.raises(PhoneError, match="Write a given name"):
        desk.register({"surname": " ", "organisation": "Klaster"})
    desk.register({"given_name": "Iga", "surname": "Świt"})
    with pytest.raises(PhoneError, match="blank"):
        desk.register({"surname": "Other"})
    network.fault = ""
    desk.meet()
    assert [row.surname for row in rows(app, attendee)].count("Świt") == 1
    assert len(rows(app, incident)) == 0
    assert said(desk.scan(blank, "hall")) == (YES, "")


def test_everybody_is_outside_after_a_clear(
    app: Flask, make: Make, hall: Hall, clock: Clock
) -> None:
    one, other = make("A"), make("B")
    one.scan(hall.code(2), "hall")
    one.meet()
    published(app)
    other.meet()
    assert (one.inside("hall"), other.inside("hall")) == (1, 1)
    clock.now += 120
    other.clear()
    assert other.inside("hall") == 0
    assert said(other.scan(hall.code(2), "hall")) == (YES, "")
    other.meet()
    published(app)
    one.meet()
    assert one.inside("hall") == 1
    assert said(one.scan(hall.code(2), "hall")) == (NO, "already_inside")


def test_both_ways(make: Make, hall: Hall, clock: Clock) -> None:
    it = make("B")
    assert said(it.scan(hall.code(2), "hall")) == (YES, "")
    clock.now += 60
    assert said(it.scan(hall.code(2), "hall")) == (NO, "already_inside")
    assert said(it.scan(hall.code(2), "hall", leaving=True)) == (YES, "")
    assert it.inside("hall") == 0
    assert said(it.scan(hall.code(2), "hall")) == (YES, "")
    assert said(it.scan(hall.code(2), "main", leaving=True)) == (YES, "")
    assert it.inside("main") == 1  # whoever leaves there is not counted


def test_an_answer_that_was_lost_costs_nothing(
    app: Flask, scanner: Scanner, hall: Hall, network: Network
) -> None:
    scanner.scan(hall.code(2))
    network.fault = "unanswered"
    assert scanner.meet().outcome == "unreachable"
    assert (scanner.status()["unsent"], len(rows(app, scan))) == (1, 1)
    network.fault = ""
    scanner.meet()
    assert (scanner.status()["unsent"], len(rows(app, outbox_item))) == (0, 1)
    assert rows(app, quarantined_item) == []


def test_a_device_decides_by_the_events_clock_whatever_its_own_says(
    app: Flask, scanner: Scanner, hall: Hall, network: Network, clock: Clock
) -> None:
    clock.off += 3600
    assert abs(scanner.now() - clock.now * 1000) < 2000  # the time since its start is not set
    made = scanner.scan(hall.code(2))
    clock.now += 10
    scanner = again(scanner, network, clock, boot="b2")
    assert said(scanner.scan(hall.code(2))) != (YES, "repeat")  # a restart leaves but the clock
    scanner.meet()
    assert abs(scanner.now() - clock.now * 1000) < 2000
    moments = {row.id: row.t_est for row in rows(app, scan)}
    assert abs(moments[made.scan] - AT * 1000) < 2000


def test_two_doors_that_let_in_one_badge_learn_of_it(
    app: Flask, make: Make, hall: Hall, network: Network, clock: Clock
) -> None:
    one, other, third = make("A"), make("B"), make("C")
    network.fault = "lost"
    assert said(one.scan(hall.code(2), "dinner")) == (YES, "")
    clock.now += 90
    assert said(other.scan(hall.code(2), "dinner")) == (YES, "")
    network.fault = ""
    for it in (one, other):
        it.meet()
    published(app)
    for it in (one, other, third):
        it.meet()
    (found,) = rows(app, incident)
    assert (found.kind, found.gap) == ("double_admission", 90_000)
    wanted = ("dinner", hall.people[2].holder, AT + 60)
    assert one.status()["doubles"] == other.status()["doubles"] == [wanted]
    assert third.status()["doubles"] == []
    assert [row.entries for row in rows(app, passage)] == [2]
    with service_of(app).db.write() as db:
        db.execute(incident.update().values(resolved_at=AT + 100))
    published(app)
    one.meet()
    assert one.status()["doubles"] == []


def test_doors_that_are_silent_are_named(
    app: Flask, make: Make, network: Network, clock: Clock
) -> None:
    one, other = make("A"), make("B")
    other.meet()
    published(app)
    one.meet()
    assert one.status()["silent"] == []
    clock.now += 240
    one.meet()
    published(app)
    one.meet()
    assert one.status()["silent"] == [("B", 240)]
    network.fault = "lost"
    clock.now += 60
    one.meet()
    assert one.status()["age"] == pytest.approx(60, abs=1)


def test_a_shift_ends_goes_on_and_is_forgotten(
    app: Flask, make: Make, hall: Hall, network: Network, clock: Clock, tmp_path: Path
) -> None:
    it = make("A", shift_ends_at=AT + 600)
    it.scan(hall.code(2), "main")
    it.meet()
    network.fault = "lost"
    it.scan(hall.code(1), "main")
    clock.now += 601
    with pytest.raises(PhoneError, match="shift is over"):
        it.scan(hall.code(2), "main")
    key = key_in(service_of(app).settings.home / "keys", "door.pem")
    for wrong in (
        "",
        "eventday-shift:gate:1:x",
        shift_text(key, str(hall.signer.event), "helpdesk", AT + 3600),
        shift_text(key_in(tmp_path, "other.pem"), str(hall.signer.event), "gate", AT + 3600),
    ):
        with pytest.raises(PhoneError):
            it.extend(wrong)
    assert it.extend(shift_text(key, str(hall.signer.event), "gate", AT + 1200)) == AT + 1200
    assert said(it.scan(hall.code(2), "main")) == (YES, "reentry")
    it.extend(shift_text(key, str(hall.signer.event), "gate", AT + 900))  # an old one ends nothing
    assert not it.is_over
    clock.now = AT + 1200 + GRACE
    it = again(it, network, clock)
    assert (it.known, it.status()["unsent"]) == (None, 2)
    assert {path.name for path in it.folder.iterdir()} == {"mine.db"}
    with opened(it.folder, "BEGIN") as db:
        assert db.execute("SELECT count(*) FROM name").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM item").fetchone() == (2,)
    network.fault = ""
    it.meet()
    assert it.status()["unsent"] == 0
    assert len(rows(app, scan)) == 3
    assert rows(app, quarantined_item) == []
    with opened(it.folder, "BEGIN") as db:
        assert db.execute("SELECT count(*) FROM item").fetchone() == (0,)
    it.enrol(a_code(app, label="A"))
    published(app)
    assert it.meet().outcome == "snapshot"
    assert said(it.scan(hall.code(2), "main")) == (YES, "reentry")


def test_a_device_that_was_locked_out_says_so_and_still_sends(
    app: Flask, scanner: Scanner, hall: Hall
) -> None:
    scanner.scan(hall.code(2))
    with service_of(app).db.write() as db:
        revoke_device(db, scanner.settings["number"], stolen=False, at=AT)
    for _ in range(2):
        result = scanner.meet()
        assert (result.outcome, result.sentence) == ("refused", LOCKED)
    assert len(rows(app, scan)) == 1
    assert {path.name for path in scanner.folder.iterdir()} == {"mine.db"}
    with pytest.raises(PhoneError, match="Nothing is known"):
        scanner.scan(hall.code(1))
    with opened(scanner.folder, "BEGIN") as db:
        assert db.execute("SELECT count(*) FROM item").fetchone() == (1,)  # not even what was told
    scanner.enrol(a_code(app))
    assert scanner.meet().outcome == "snapshot"
    assert said(scanner.scan(hall.code(2), "main")) == (YES, "repeat")


def test_what_was_put_aside_and_is_taken_later_is_no_trouble_any_more(
    app: Flask, scanner: Scanner, hall: Hall
) -> None:
    with service_of(app).db.write() as db:
        db.execute(token.update().values(sha256=token.c.sha256 + "?"))  # a backup without them
    scanner.scan(hall.code(2))
    scanner.meet()
    assert scanner.status()["troubles"] == {"not-enrolled": 1}
    with service_of(app).db.write() as db:
        renew(db, after=0, at=OPENING, issued_at=OPENING, feed=DOOR)
    published(app)
    scanner.enrol(a_code(app))
    for _ in range(2):
        scanner.meet()
    assert (scanner.status()["troubles"], len(rows(app, scan))) == ({}, 1)


def test_a_login_page_that_answers_401_withdraws_nobody(
    scanner: Scanner, hall: Hall, network: Network
) -> None:
    network.fault = "login"
    assert scanner.meet().outcome == "refused"
    assert said(scanner.scan(hall.code(2))) == (YES, "")


def test_the_server_may_end_a_shift_a_little_earlier(
    app: Flask, make: Make, hall: Hall, clock: Clock
) -> None:
    it = make("A", shift_ends_at=AT + 600)
    clock.now += 599
    with service_of(app).db.write() as db:
        revoke_device(db, it.settings["number"], stolen=False, at=AT)
    assert it.meet().outcome == "refused"
    assert it.known is not None
    clock.now += 2
    key = key_in(service_of(app).settings.home / "keys", "door.pem")
    it.extend(shift_text(key, str(hall.signer.event), "gate", AT + 1200))
    assert said(it.scan(hall.code(2), "main")) == (YES, "")


def test_a_lead_goes_on_with_a_key_that_nobody_here_has_heard_of(
    app: Flask, make: Make, hall: Hall, network: Network, clock: Clock
) -> None:
    it, event = make("A", shift_ends_at=AT + 600), str(hall.signer.event)
    network.fault = "lost"
    folder = service_of(app).settings.home / "keys"
    old = key_in(folder, "door.pem")
    assert links.link_to(old, folder, DOOR) is None
    ends = iter(range(AT + 700, AT + 1000))

    def rotated() -> str:
        links.rotate(service_of(app).db, folder, issued_at=clock.event(), feed=DOOR)
        key = key_in(folder, "door.pem")
        return shift_text(key, event, "gate", next(ends), link=links.link_to(key, folder, DOOR))

    good = rotated()
    for wrong in (
        good.replace(":gate:", ":helpdesk:"),
        good[:-4] + "AAAA",
        good.rpartition(":")[0],
    ):
        with pytest.raises(PhoneError):
            it.extend(wrong)
    assert it.extend(good) == AT + 700
    with pytest.raises(PhoneError):  # two keys later
        it.extend(rotated())
    network.fault = ""
    published(app)
    it.meet()
    assert it.extend(rotated()) == AT + 702


def test_what_a_stolen_device_sends_is_put_aside(app: Flask, scanner: Scanner, hall: Hall) -> None:
    scanner.scan(hall.code(2))
    with service_of(app).db.write() as db:
        revoke_device(db, scanner.settings["number"], stolen=True, at=AT)
    scanner.meet()
    assert (scanner.status()["troubles"], rows(app, scan)) == ({"not-believed": 1}, [])


def test_codes_that_do_not_enrol(
    app: Flask, hall: Hall, network: Network, clock: Clock, tmp_path: Path
) -> None:
    it = a_scanner(tmp_path / "x", network, clock)
    assert "no scanner yet" in it.meet().sentence
    for use in (it.places, lambda: it.scan("x"), it.undo):
        with pytest.raises(PhoneError, match="no scanner yet"):
            use()
    with pytest.raises(PhoneError, match="no such code"):
        it.enrol("7K3M-9QXR-2TFB")
    code = a_code(app, gates=["main"])
    a_scanner(tmp_path / "y", network, clock).enrol(f"https://example.org/door#{code}")
    with pytest.raises(PhoneError, match="was used"):
        it.enrol(code)
    with pytest.raises(PhoneError, match="attendee"):
        it.enrol(a_code(app, "attendee", attendee_id=hall.people[0].id))
    network.fault = "lost"
    with pytest.raises(PhoneError, match="No answer"):
        it.enrol(a_code(app))
    network.fault = ""
    it.enrol(a_code(app))
    with pytest.raises(PhoneError, match="find a network"):
        it.scan(hall.code())


def test_a_gate_has_to_be_named_where_there_are_several(make: Make, hall: Hall) -> None:
    it = make("A", gates=["main", "hall"])
    for wrong in ("", "dinner", "cellar"):
        with pytest.raises(PhoneError, match=r"main, hall\."):
            it.scan(hall.code(), wrong)
    assert [*make("B", "helpdesk").places()] == ["main", "hall", "dinner"]


def test_names_are_asked_for_again_when_one_is_missed(
    app: Flask, scanner: Scanner, hall: Hall, network: Network
) -> None:
    with service_of(app).db.write() as db:
        reissue_badge(db, hall.people[2].holder, Medium.PAPER, 2, at=AT, by="desk")
    published(app)
    code = hall.signer.code(replace(hall.people[2], paper=2), Medium.PAPER)
    network.paths.clear()
    scanner.meet()
    assert network.paths == ["sync/door/head"]
    assert scanner.scan(code).person is None
    scanner.meet()
    made = scanner.scan(code)
    assert made.person is not None
    assert made.person["surname"] == "Nowak"


def test_what_cannot_be_stored_is_not_answered(
    scanner: Scanner, hall: Hall, network: Network, clock: Clock
) -> None:
    with no_file_above(0), pytest.raises(PhoneError, match="free some space"):
        scanner.scan(hall.code(2))
    assert scanner.status()["unsent"] == 0
    # Not in pytest's own folder, which nobody else may enter.
    folder = Path(tempfile.mkdtemp())
    shutil.copytree(scanner.folder, folder, dirs_exist_ok=True)
    with read_only(folder):
        it = a_scanner(folder, network, clock)
        assert (it.meet().outcome, it.status()["unsent"]) == ("unwritable", 0)
        with pytest.raises(PhoneError, match="allow writing"):
            it.scan(hall.code(2))
    assert said(a_scanner(folder, network, clock).scan(hall.code(2))) == (YES, "")
    shutil.rmtree(folder)


def test_the_scanner_needs_no_server_of_ours() -> None:
    """What it imports is the standard library, cryptography and pure files, however deep."""
    counted = files_of("sync.scanner", packages=frozenset({"badges", "event"}))
    assert {name for name in counted if name.startswith("event.")} == {
        "event.door.decide", "event.door.history",
    }  # fmt: skip
    assert max(counted["sync.scanner"], counted["sync.device"]) < 280


DIES = """
import os, signal, sys
from pathlib import Path
from sync.scanner import Scanner
def nowhere(*_):
    raise ConnectionError
folder, code, now, mono = Path(sys.argv[1]), sys.argv[2], *map(float, sys.argv[3:])
it = Scanner(folder, nowhere, boot="b1", clock=lambda: now, monotonic=lambda: mono)
it.scan(code, "dinner")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_scan_that_was_stored_and_not_answered_is_neither_lost_nor_doubled(
    app: Flask, make: Make, hall: Hall, network: Network, clock: Clock
) -> None:
    it = make("A")
    words = [
        sys.executable,
        "-c",
        DIES,
        it.folder,
        hall.code(2),
        f"{clock.wall()}",
        f"{clock.mono()}",
    ]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    it = again(it, network, clock)
    assert it.status()["unsent"] == 1
    assert said(it.scan(hall.code(2), "dinner")) == (YES, "repeat")
    clock.now += 31
    assert said(it.scan(hall.code(2), "dinner")) == (NO, "already_admitted")
    it.meet()
    assert sorted(row.reason for row in rows(app, scan)) == ["", "already_admitted", "repeat"]
    assert [row.entries for row in rows(app, passage)] == [1]


BUSY = """
import sys
from pathlib import Path
from sync.scanner import Scanner
from sync.transport import Http, boot_of, since_boot
it = Scanner(Path(sys.argv[1]), Http(sys.argv[2]), boot=boot_of(), monotonic=since_boot)
for code in sys.argv[3:]:
    print(it.scan(code, "dinner").scan, flush=True)
    it.meet()
"""


def test_a_killed_scanner_tells_each_scan_once(app: Flask, hall: Hall, tmp_path: Path) -> None:
    random, answered = Random(KILLS), set()  # noqa: S311
    with serving(app) as address:
        it = Scanner(tmp_path / "A", Http(address), boot=boot_of(), monotonic=since_boot)
        it.enrol(a_code(app))
        published(app)
        it.meet()
        for _ in range(KILLS):
            words = [sys.executable, "-c", BUSY, it.folder, address, *[hall.code(2)] * 50]
            with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
                assert process.stdout
                for _ in range(random.randrange(1, 6)):
                    answered.add(process.stdout.readline().strip())
                process.send_signal(signal.SIGKILL)
                answered.update(process.stdout.read().split())
        it = Scanner(it.folder, Http(address), boot=boot_of(), monotonic=since_boot)
        assert it.meet().outcome in {"updated", "unchanged"}
    with opened(it.folder, "BEGIN") as db:
        items = [json.loads(item)["id"] for (item,) in db.execute("SELECT item FROM item")]
    assert answered <= {*items}
    assert sorted(row.id for row in rows(app, scan)) == sorted(items)
    assert [row.entries for row in rows(app, passage)] == [1]
