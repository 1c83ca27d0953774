"""What the environment says."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.settings import NAMES, from_environment
from event.errors import Invalid
from event.people.retention import PURPOSES


def test_nothing_said_is_a_sqlite_file_in_var_and_real_time() -> None:
    found = from_environment({})
    assert found.home == Path.cwd() / "var"
    assert found.database == f"sqlite:///{Path.cwd() / 'var' / 'eventday.db'}"
    assert (found.clock, found.clock_speed) == (None, 1.0)
    assert from_environment(dict.fromkeys(NAMES, "")) == found


def test_a_home_holds_the_database(tmp_path: Path) -> None:
    found = from_environment({"EVENTDAY_HOME": str(tmp_path)})
    assert (found.home, found.database) == (tmp_path, f"sqlite:///{tmp_path}/eventday.db")
    address = "postgresql+psycopg://user@localhost/name"
    both = from_environment({"EVENTDAY_HOME": str(tmp_path), "EVENTDAY_DATABASE": address})
    assert (both.home, both.database) == (tmp_path, address)


@pytest.mark.parametrize(
    ("value", "moment", "speed"),
    [
        ("2025-06-03T08:30+02:00", datetime(2025, 6, 3, 6, 30, tzinfo=UTC), 1.0),
        ("2025-06-03T06:30Z", datetime(2025, 6, 3, 6, 30, tzinfo=UTC), 1.0),
        ("2025-06-03T08:30+02:00,60", datetime(2025, 6, 3, 6, 30, tzinfo=UTC), 60.0),
        ("2025-06-03T08:30+02:00 , 0.5", datetime(2025, 6, 3, 6, 30, tzinfo=UTC), 0.5),
        ("2025-06-03T08:30+02:00,0", datetime(2025, 6, 3, 6, 30, tzinfo=UTC), 0.0),
    ],
)
def test_the_clock_is_a_moment_and_a_speed(value: str, moment: datetime, speed: float) -> None:
    found = from_environment({"EVENTDAY_CLOCK": value})
    assert (found.clock, found.clock_speed) == (moment, speed)


@pytest.mark.parametrize(
    "value",
    [
        "now",
        "2025-06-03T08:30",
        "08:30",
        "2025-06-03T08:30+02:00,fast",
        "2025-06-03T08:30+02:00,-1",
        "2025-06-03T08:30+02:00,nan",
        "2025-06-03T08:30+02:00,inf",
        "2025-06-03T08:30+02:00,60,60",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-14:00",
    ],
)
def test_a_clock_that_makes_no_sense_is_refused_with_an_example(value: str) -> None:
    with pytest.raises(Invalid, match="2025-06-03T08:30"):
        from_environment({"EVENTDAY_CLOCK": value})


@pytest.mark.parametrize(
    "value", ["eventday.db", "mysql://localhost/x", "postgresql://localhost/x"]
)
def test_a_database_of_another_kind_is_refused(value: str) -> None:
    with pytest.raises(Invalid, match=r"sqlite:/// or postgresql\+psycopg://"):
        from_environment({"EVENTDAY_DATABASE": value})


def test_where_phones_reach_it_has_no_slash_at_its_end() -> None:
    for said, url in (
        ("", ""),
        ("https://event.example.org", "https://event.example.org"),
        ("http://192.0.2.1:8000/cmr/", "http://192.0.2.1:8000/cmr"),
    ):
        assert from_environment({"EVENTDAY_URL": said}).url == url


@pytest.mark.parametrize("said", ["event.example.org", "ftp://a", "https://a b", "https://a/#b"])
def test_an_address_that_is_none_is_refused(said: str) -> None:
    with pytest.raises(Invalid, match="EVENTDAY_URL"):
        from_environment({"EVENTDAY_URL": said})


def test_days_are_kept_by_purpose() -> None:
    found = from_environment({"EVENTDAY_KEEP": "needs=1, names=9999"})
    assert found.keep == {"needs": 1, "names": 9999}
    assert from_environment({}).keep == {}


@pytest.mark.parametrize(
    "value", ["needs", "needs=", "needs=-1", "needs=99999", "cake=7", "needs=7,"]
)
def test_days_of_no_purpose_or_no_number_are_refused_with_the_usual_ones(value: str) -> None:
    with pytest.raises(Invalid, match="needs=7,phones=30,contact=90,sent=90,names=365"):
        from_environment({"EVENTDAY_KEEP": value})


def test_the_page_names_the_usual_days() -> None:
    page = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()
    assert ",".join(f"{purpose.name}={purpose.days}" for purpose in PURPOSES) in page


def test_mail_takes_a_server_and_a_sender() -> None:
    given = {"EVENTDAY_SMTP": "smtp://user:p%40ss@mail.example.org:587",
             "EVENTDAY_SENDER": "agenda@example.org"}  # fmt: skip
    found = from_environment(given)
    assert (found.smtp, found.sender) == tuple(given.values())
    for wrong in ({"EVENTDAY_SMTP": "mail.example.org"}, {"EVENTDAY_SENDER": "agenda"}):
        with pytest.raises(Invalid, match=next(iter(wrong))):
            from_environment(given | wrong)


def test_channels_go_to_public_addresses_unless_they_are_named() -> None:
    assert from_environment({}).private == frozenset()
    assert from_environment({"EVENTDAY_PRIVATE": "webhook,push"}).private == {"webhook", "push"}
    for wrong in ("mail", "webhook push", "all"):
        with pytest.raises(Invalid, match="EVENTDAY_PRIVATE"):
            from_environment({"EVENTDAY_PRIVATE": wrong})
