"""What all badges of a print share."""

from datetime import date

import pytest
from builders import an_agenda, an_event

from event.agenda.model import Media, Venue
from event.people.occasion import dates, occasion_of

FIRST = date(2025, 6, 3)


@pytest.mark.parametrize(
    ("last", "language", "words"),
    [
        (date(2025, 6, 3), "en", "3 June 2025"),
        (date(2025, 6, 4), "en", "3–4 June 2025"),
        (date(2025, 6, 4), "en-GB", "3–4 June 2025"),
        (date(2025, 7, 1), "en", "3 June – 1 July 2025"),
        (date(2026, 1, 1), "en", "3 June 2025 – 1 January 2026"),
        (date(2025, 6, 3), "pl", "3 czerwca 2025"),
        (date(2025, 6, 4), "pl", "3–4 czerwca 2025"),
        (date(2025, 12, 1), "pl", "3 czerwca – 1 grudnia 2025"),
        (date(2025, 6, 3), "de", "2025-06-03"),
        (date(2025, 6, 4), "de", "2025-06-03 – 2025-06-04"),
    ],
)
def test_dates_are_written_as_people_write_them(last: date, language: str, words: str) -> None:
    assert dates(FIRST, last, language) == words


def a_medium(number: int, **values: object) -> Media:
    fields: dict[str, object] = {
        "kind": "logo", "sha256": f"{number:064}", "media_type": "image/png", "bytes": 1,
        "width": 1, "height": 1, "content": b"%d" % number,
    }  # fmt: skip
    return Media(id=number, **(fields | values))  # type: ignore[arg-type]


def test_it_names_the_event_its_city_and_the_first_logo_that_can_be_printed() -> None:
    agenda = an_agenda(
        event=an_event(),
        venues=(Venue(id=1, name={"en": "Arena"}, city="Rzeszów"), Venue(id=2, name={}, city="X")),
        media=(
            a_medium(1, priority=50),
            a_medium(2, priority=1, media_type="image/svg+xml"),
            a_medium(3, priority=2, kind="map"),
            a_medium(4, priority=3, content=None),
            a_medium(5, priority=10, media_type="image/jpeg"),
        ),
    )
    made = occasion_of(agenda, "pl")
    assert (made.title, made.language, made.logo) == ("Wydarzenie demo", "pl", b"5")
    assert made.place_and_dates == "Rzeszów, 3–4 czerwca 2025"


def test_without_city_venue_or_logo_it_says_what_there_is() -> None:
    hall = an_agenda(venues=(Venue(id=1, name={"en": "Hall", "pl": "Hala"}),))
    assert occasion_of(hall, "pl").place_and_dates == "Hala, 3–4 czerwca 2025"
    made = occasion_of(an_agenda(), "en")
    assert (made.place_and_dates, made.logo) == ("3–4 June 2025", None)
