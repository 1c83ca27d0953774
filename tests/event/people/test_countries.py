"""Countries: one, however people write it."""

import json
from importlib.resources import files

import pytest

from event.people.countries import country_code, country_name


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        ("PL", ["PL", "pl", "POL", " Poland ", "POLSKA", "Rzeczpospolita Polska"]),
        ("GB", ["UK", "U.K.", "gbr", "Wielka Brytania", "the United Kingdom", "Szkocja"]),
        ("US", ["USA", "U.S.A.", "United States", "Stany Zjednoczone"]),
        ("CZ", ["Czechia", "Czech Republic", "Czechy"]),
        ("TR", ["Turkey", "Türkiye", "turkiye", "Turcja"]),
        ("CI", ["Côte d'Ivoire", "Cote d’Ivoire", "Ivory Coast"]),
        ("BA", ["Bosnia & Herzegovina", "Bosnia and Herzegovina", "Bośnia i Hercegowina"]),
        ("SK", ["Slowacja", "SŁOWACJA", "Slovak Republic"]),
        (None, ["", "the", "Rzeszów", "Poland / Germany", "150", "616", "Utopia"]),
    ],
)
def test_what_people_write_is_one_country(code: str | None, texts: list[str]) -> None:
    assert {country_code(text) for text in texts} == {code}


def test_each_name_is_one_countrys() -> None:
    known = json.loads(files("event.people").joinpath("countries.json").read_text("utf-8"))
    assert len(known) == 250
    for code, names in known.items():
        for name in (code, names["en"], names["pl"], *names["also"]):
            assert country_code(name) == code, name


def test_countries_have_names_in_both_languages_and_the_rest_stays_as_it_is() -> None:
    assert [country_name("PL", language) for language in ("en", "pl", "de")] == [
        "Poland", "Polska", "Poland",
    ]  # fmt: skip
    assert country_name("Utopia", "pl") == "Utopia"
