"""What to know before printing: texts that are cut, characters the font lacks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from badges.compose import Loss, side
from badges.face import Face, Occasion
from badges.layout import Layout


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
    one that no letter composes with. The last two are left out of the drawing.
    """
    return list(_findings(faces, layout, occasion or Occasion("")))


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
