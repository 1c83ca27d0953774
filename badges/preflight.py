"""What to know before printing: texts that are cut, characters the font lacks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from badges.compose import Loss, side
from badges.face import Face, Occasion
from badges.layout import Layout

_SENTENCES = {
    "en": {
        "cut": "{field}: too long, it ends in an ellipsis: {text}",
        "glyph": "{field}: the font has no {text}; it is left out",
        "accent": "{field}: no letter takes the accent {text}; it is left out",
        "name": "the font has no letter of {text}; lines to write the name on are in its place, "
        "better enter it in Latin letters",
    },
    "pl": {
        "cut": "{field}: za długie, kończy się wielokropkiem: {text}",
        "glyph": "{field}: czcionka nie ma znaku {text}; pominięto go",
        "accent": "{field}: żadna litera nie przyjmuje akcentu {text}; pominięto go",
        "name": "czcionka nie ma żadnej litery z {text}; zamiast imienia są linie do wpisania, "
        "lepiej podać je literami łacińskimi",
    },
}
_FIELDS_PL = {
    "given_name": "imię", "surname": "nazwisko", "organisation": "organizacja",
    "position": "stanowisko", "country": "kraj", "category": "kategoria",
    "short_code": "krótki kod", "box_slot": "miejsce w pudełku", "title": "tytuł",
    "place_and_dates": "miejsce i data",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """A loss on the badge with this place in the batch, None for what all badges share."""

    number: int | None
    field: str
    kind: str
    text: str


def preflight(
    faces: Sequence[Face], layout: Layout, occasion: Occasion | None = None
) -> list[Finding]:
    """Return what would not be drawn as given, in the order of the faces.

    Kinds: `cut`, `text` being all of what is cut; `glyph`, a character the font lacks; `accent`,
    one that no letter composes with. These two are left out of the drawing. `name`: of all the
    name nothing is left then, and the badge has lines to write it on.
    """
    return list(_findings(faces, layout, occasion or Occasion("")))


def sentence(finding: Finding, language: str) -> str:
    """Return what a finding means, in Polish or English, without naming the badge."""
    spoken = language if language in _SENTENCES else "en"
    english = finding.field.replace("_", " ")
    field = _FIELDS_PL[finding.field] if spoken == "pl" else english
    text = finding.text
    if finding.kind in {"glyph", "accent"}:
        text = f"{text if finding.kind == 'glyph' else f'◌{text}'} (U+{ord(text):04X})"
    return _SENTENCES[spoken][finding.kind].format(field=field, text=text)


def _findings(faces: Sequence[Face], layout: Layout, occasion: Occasion) -> Iterator[Finding]:
    for loss in _losses(Face("", ""), layout, occasion):
        yield Finding(None, loss.field, loss.kind, loss.text)
    for number, face in enumerate(faces):
        for loss in _losses(face, layout, replace(occasion, title="", place_and_dates="")):
            yield Finding(number, loss.field, loss.kind, loss.text)


def _losses(face: Face, layout: Layout, occasion: Occasion) -> list[Loss]:
    """Return each loss of a face once, on whichever side."""
    sides = {layout.front, layout.back}
    losses = [loss for boxes in sides for loss in side(face, layout, boxes, occasion, ()).losses]
    return sorted(dict.fromkeys(losses), key=lambda loss: (loss.field, loss.kind, loss.text))
