"""A made-up event of any size, the same in every run; docs/benchmarks.md says how it is made."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID, uuid5

from event.agenda.model import (
    Agenda,
    Event,
    Link,
    Part,
    Role,
    Room,
    Session,
    SessionType,
    Speaker,
    State,
    Track,
    Venue,
)

NAMESPACE = UUID("3c1f6b52-58a1-4b0a-9d0e-6f1b9a1f7d10")
OPENING = datetime(2025, 6, 3, 7, 0, tzinfo=UTC)
DAYS = 2

ENGLISH = """
the of and to in a for with on how from by our we that is as are at it what when where their into
hydrogen region cluster energy grid storage company university factory harbour railway valley
policy market standard licence contract budget project partner supplier customer network sensor
database protocol compiler kernel browser mirror badge agenda volunteer workshop session speaker
question answer lesson mistake failure success method model measure result figure table picture
small large open shared local regional national European early late fast slow quiet reliable
simple careful honest practical public private common future present former annual daily
build measure compare explain design repair replace publish translate deliver prepare improve
discover maintain support finance train connect collect protect deploy observe simulate recycle
pipeline electrolyser turbine battery vehicle aircraft material polymer alloy composite membrane
laboratory prototype demonstration certification maintenance logistics procurement investment
employment education apprenticeship cooperation competition governance sustainability emission
heat water steel timber glass carbon nitrogen ammonia methane biomass solar wind nuclear storage
north south east west border mountain river coast city village airport station bridge tunnel
because although therefore however together without between during before after against through
"""

POLISH = """
i w na z do dla o jak po nad pod przez przed jest to się od oraz gdy gdzie aby
wodór region klaster energia sieć magazyn przedsiębiorstwo uczelnia fabryka port kolej dolina
polityka rynek norma umowa budżet projekt partner dostawca odbiorca czujnik baza protokół lustro
pytanie odpowiedź lekcja błąd porażka sukces metoda model pomiar wynik wykres obraz tabela
mały duży otwarty wspólny lokalny regionalny krajowy europejski wczesny późny szybki cichy
prosty uważny praktyczny publiczny prywatny przyszły obecny dawny roczny codzienny niezawodny
budować mierzyć porównać wyjaśnić zaprojektować naprawić wymienić ogłosić przetłumaczyć wspierać
rurociąg elektrolizer turbina bateria pojazd samolot materiał polimer stop kompozyt membrana
laboratorium prototyp pokaz certyfikacja utrzymanie logistyka zamówienie inwestycja zatrudnienie
szkolenie współpraca konkurencja zarządzanie emisja ciepło woda stal drewno szkło węgiel azot
północ południe wschód zachód granica góra rzeka wybrzeże miasto wieś lotnisko dworzec most tunel
ponieważ chociaż dlatego jednak razem bez między podczas potem przeciw mimo wciąż już także
"""

GIVEN = """
Anna Łucja Zofia Maria Ewa Ingrid Chiara Élodie Marta Júlia Piotr Paweł Jan Tomasz Łukasz Jürgen
Marco François Miguel Søren Andrei Zoltán Eoin Noor Amina Kwame Yuki Wei Priya Omar
"""

FAMILY = """
Kowalska Nowak Wiśniewski Wójcik Lewandowski Zielińska Szymański Woźniak Dąbrowski Kozłowska
Müller Schmidt Rossi Bianchi Dubois Lefèvre García Fernández Ødegård Lindström Popescu Nagy
Murphy Haddad Mensah Tanaka Zhang Sharma Hassan Okafor
"""

WORDS = {"en": ENGLISH.split(), "pl": POLISH.split()}
LANGUAGES = tuple(WORDS)


def make_agenda(count: int, *, abstract: int = 600) -> Agenda:
    """Return an event of `count` sessions and 0.9 times as many speakers, in English and Polish.

    Abstracts have about `abstract` characters in each language.
    """
    chance = Random(count)  # noqa: S311  # the same event each time is the point
    rooms, tracks = max(3, count // 40), max(2, count // 30)
    speakers = count * 9 // 10
    slots = -(-count // (rooms * DAYS))
    return Agenda(
        event=Event(
            uuid=_guid("event"),
            acronym=f"made{count}",
            title=dict.fromkeys(LANGUAGES, f"Made-up event of {count}"),
            timezone="Europe/Warsaw",
            starts_on=date(2025, 6, 3),
            ends_on=date(2025, 6, 2 + DAYS),
            languages=LANGUAGES,
            url="https://event.example.org/",
        ),
        venues=(Venue(id=1, name={"en": "Hall", "pl": "Hala"}, city="Rzeszów"),),
        rooms=tuple(
            Room(
                id=n,
                guid=_guid(f"room {n}"),
                name={"en": f"Room {n}", "pl": f"Sala {n}"},
                venue_id=1,
                capacity=40 * (1 + n % 5),
            )
            for n in range(1, rooms + 1)
        ),
        tracks=tuple(
            Track(id=n, name=_title(chance, 2), color=f"#{chance.randrange(1 << 24):06x}")
            for n in range(1, tracks + 1)
        ),
        types=tuple(SessionType(id=n, name=_title(chance, 1)) for n in range(1, 5)),
        speakers=tuple(_speaker(chance, n) for n in range(1, speakers + 1)),
        sessions=tuple(
            _session(
                chance,
                n,
                rooms=rooms,
                tracks=tracks,
                speakers=speakers,
                slots=slots,
                abstract=abstract,
            )
            for n in range(1, count + 1)
        ),
    )


def _session(
    chance: Random, n: int, *, rooms: int, tracks: int, speakers: int, slots: int, abstract: int
) -> Session:
    place, slot = divmod(n - 1, slots)
    day, room = divmod(place, rooms)
    starts_at = OPENING + timedelta(days=day, minutes=30 * slot)
    others = chance.sample(range(1, speakers + 1), chance.choice((0, 0, 0, 1, 2)))
    roles = dict.fromkeys(Role(speaker_id=i) for i in (1 + n % speakers, *others))
    return Session(
        id=n,
        guid=_guid(f"session {n}"),
        title=_title(chance, chance.randint(4, 9)),
        subtitle=_title(chance, 5) if n % 5 == 0 else {},
        abstract=_text(chance, abstract),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=25),
        room_id=room + 1,
        track_id=1 + n % tracks,
        type_id=1 + n % 4,
        languages=("en",) if n % 3 else ("pl",),
        links=(_link(f"slides/{n}"), _link(f"code/{n}"))[: n % 3],
        capacity=30 if n % 20 == 0 else None,
        state=State.CANCELLED if n % 97 == 0 else State.CONFIRMED,
        url=f"https://event.example.org/session/{n}/",
        speakers=tuple(roles),
        parts=tuple(_part(chance, n, k, starts_at) for k in range(3)) if n % 10 == 0 else (),
    )


def _part(chance: Random, n: int, k: int, session_starts_at: datetime) -> Part:
    starts_at = session_starts_at + timedelta(minutes=8 * k)
    return Part(
        id=3 * n + k,
        guid=_guid(f"part {n} {k}"),
        title=_title(chance, 4),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=8),
    )


def _speaker(chance: Random, n: int) -> Speaker:
    return Speaker(
        id=n,
        guid=_guid(f"speaker {n}"),
        name=f"{chance.choice(GIVEN.split())} {chance.choice(FAMILY.split())} {n}",
        organisation=_title(chance, 2)["en"],
        biography=_text(chance, 300) if n % 3 else {},
        links=(_link(f"person/{n}"),) if n % 2 else (),
    )


def _link(path: str) -> Link:
    return Link(url=f"https://event.example.org/{path}", title={"en": path, "pl": path})


def _title(chance: Random, length: int) -> dict[str, str]:
    return {
        language: " ".join(chance.choices(words, k=length)).capitalize()
        for language, words in WORDS.items()
    }


def _text(chance: Random, length: int) -> dict[str, str]:
    """Return sentences of about so many characters; half to one and a half times as many."""
    wanted = length * chance.uniform(0.5, 1.5)
    found = {}
    for language, words in WORDS.items():
        text = ""
        while len(text) < wanted:
            sentence = " ".join(chance.choices(words, k=chance.randint(7, 18)))
            text += f"{sentence.capitalize()}. "
        found[language] = text.strip()
    return found


def _guid(name: str) -> str:
    return str(uuid5(NAMESPACE, name))
