"""Cards for practice: one for each verdict, which shows it at a practice gate and nowhere else."""

from collections.abc import Mapping

from badges.face import Face
from event.door.decide import PRACTISED
from event.door.sentences import sentence
from event.people.codes import Signer
from event.text import Text, pick


def practice_faces(signer: Signer, *, language: str) -> dict[str, Face]:
    """Return the faces of all cards, by what reports call them; the layout `practice` is theirs."""
    return {
        f"card {number + 1}": _face(number, signer, language) for number in range(len(PRACTISED))
    }


def _face(number: int, signer: Signer, language: str) -> Face:
    outcome, _, reason = PRACTISED[number].partition(" ")
    color, shown = _LOOKS[reason if reason in _LOOKS else outcome]
    return Face(
        code=signer.practice(number),
        short_code="",
        given_name=pick(shown, [language])[0],
        surname=sentence(outcome, reason, [language]),
        category=pick(_TITLE, [language])[0],
        color=color,
        box_slot=f"{number + 1}/{len(PRACTISED)}",
    )


_TITLE: Text = {"en": "Practice: lets nobody in", "pl": "Do ćwiczeń: nikogo nie wpuszcza"}
_LOOKS: Mapping[str, tuple[str, Text]] = {
    "admitted": (
        "#0a6b31",
        {"en": "Green: circle with a tick", "pl": "Zielone: koło z ptaszkiem"},
    ),
    "repeat": (
        "#0b57a4",
        {"en": "Blue: two rings with a 1", "pl": "Niebieskie: dwa pierścienie z 1"},
    ),
    "ask": (
        "#ffc400",
        {
            "en": "Yellow: triangle with a question mark",
            "pl": "Żółte: trójkąt ze znakiem zapytania",
        },
    ),
    "refused": (
        "#b00020",
        {"en": "Red: octagon with a cross", "pl": "Czerwone: ośmiokąt z krzyżykiem"},
    ),
}
"""The colour of each look of the door's page, and what the volunteer sees."""
