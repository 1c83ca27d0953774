"""What the report says, in English and Polish."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from event.people.countries import country_name
from event.people.occasion import dates

WORDS: Mapping[str, Mapping[str, str]] = {
    "title": {"en": "Attendance report", "pl": "Raport frekwencji"},
    "registered": {"en": "Registered", "pl": "Zarejestrowani"},
    "came": {"en": "Came", "pl": "Obecni"},
    "countries": {"en": "Countries", "pl": "Kraje"},
    "country": {"en": "Country", "pl": "Kraj"},
    "days": {"en": "People each day", "pl": "Osoby każdego dnia"},
    "day": {"en": "Day", "pl": "Dzień"},
    "first_time": {"en": "For the first time", "pl": "Po raz pierwszy"},
    "arrivals": {"en": "Arrivals by quarter of an hour", "pl": "Wejścia co kwadrans"},
    "time": {"en": "Time", "pl": "Godzina"},
    "people": {"en": "People", "pl": "Osoby"},
    "peak": {"en": "Busiest: {time}, {people} people", "pl": "Szczyt: {time}, osoby: {people}"},
    "categories": {"en": "Categories", "pl": "Kategorie"},
    "category": {"en": "Category", "pl": "Kategoria"},
    "sessions": {"en": "Sessions", "pl": "Sesje"},
    "session": {"en": "Session", "pl": "Sesja"},
    "starts": {"en": "Starts", "pl": "Początek"},
    "places": {"en": "Places", "pl": "Miejsca"},
    "booked": {"en": "Booked", "pl": "Zapisani"},
    "feedback": {"en": "Feedback", "pl": "Opinie"},
    "rating": {"en": "Mean of 5", "pl": "Średnia z 5"},
    "words": {"en": "In their words", "pl": "Własnymi słowami"},
    "unknown": {"en": "not told", "pl": "nie podano"},
    "nobody": {"en": "Nobody has come yet.", "pl": "Nikt jeszcze nie przyszedł."},
    "counted": {
        "en": "Everybody counts once in each number, however often their badge was scanned."
        " As known on {moment}.",
        "pl": "Każda osoba liczy się w każdej liczbie raz, niezależnie od liczby skanów"
        " identyfikatora. Stan na {moment}.",
    },
    "counts_only": {
        "en": "This report holds counts only and names nobody.",
        "pl": "Raport zawiera wyłącznie liczby i nikogo nie wymienia.",
    },
    "with_words": {
        "en": "What attendees wrote stands here without their names, as they wrote it.",
        "pl": "Wypowiedzi uczestników podano bez nazwisk, tak jak je napisali.",
    },
}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says words in one language, English where it has none; days and times as people write."""

    language: str

    def __call__(self, key: str, **values: object) -> str:
        """Return the words of a key."""
        return WORDS[key].get(self.language, WORDS[key]["en"]).format(**values)

    def country(self, code: str) -> str:
        """Return a country's name; what is no code is returned as it is."""
        return country_name(code, self.language)

    def day(self, day: date) -> str:
        """Return a day, such as 3 June 2025."""
        return dates(day, day, self.language)

    def moment(self, moment: datetime) -> str:
        """Return a local moment, such as 3 June 2025, 08:45."""
        return f"{self.day(moment.date())}, {moment:%H:%M}"
