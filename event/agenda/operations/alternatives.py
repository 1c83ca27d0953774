"""Where to go instead, in words: they stand in the reason, which every phone shows already."""

from event.agenda.model import Agenda, Session
from event.text import Text, pick
from event.times import zone

_REPLACED = {"en": "Instead: “{title}”.", "pl": "Zamiast tego: „{title}”."}
_REPEATED = {"en": "Same content: “{title}”, {day}.", "pl": "Ta sama treść: „{title}”, {day}."}


def with_alternatives(
    reason: Text, agenda: Agenda, *, replaced_by: Session | None, repeated_by: Session | None
) -> Text:
    """Return a reason with a sentence on what replaces or repeats a session, in each language.

    Languages without words of ours get the English ones; days are written 4.06.
    """
    if not (replaced_by or repeated_by):
        return reason
    tz = zone(agenda.event.timezone)
    words = {}
    for language in dict.fromkeys([*agenda.event.languages, *reason]):
        said = [_sentence(pick(reason, (language,))[0])]
        for sentences, session in ((_REPLACED, replaced_by), (_REPEATED, repeated_by)):
            if session:
                start = session.starts_at.astimezone(tz)
                title = pick(session.title, (language, *agenda.event.languages))[0]
                day = f"{start.day}.{start:%m}, {start:%H:%M}"
                said.append(pick(sentences, (language, "en"))[0].format(title=title, day=day))
        words[language] = " ".join(filter(None, said))
    return words


def _sentence(words: str) -> str:
    """Return words that others may follow: people write reasons without a full stop."""
    return words if not words or words.endswith((".", "!", "?", "…")) else f"{words}."
