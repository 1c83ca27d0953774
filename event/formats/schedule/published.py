"""The part of an agenda that a schedule file shows; it knows no format."""

import dataclasses
from collections.abc import Sequence

from event.agenda.model import PUBLIC, Agenda, Role, Session, State
from event.text import Text, pick

_HIDDEN = (State.DRAFT, State.CANCELLED)


def published(agenda: Agenda, *, cancelled: str, public: bool) -> Agenda:
    """Return the agenda with what is shown of it: its sessions in time, and what those refer to.

    Cancelled sessions are shown if `cancelled` is "keep", drafts, sessions for some categories and
    speakers who are not listed only if it is not `public`.
    """
    listed = {person.id for person in agenda.speakers if person.listed or not public}
    sessions = tuple(
        _with_listed(session, listed)
        for session in sorted(agenda.sessions, key=lambda s: (s.starts_at, s.id))
        if not public or (session.visibility == PUBLIC and session.state is not State.DRAFT)
        if cancelled == "keep" or session.state is not State.CANCELLED
    )
    rooms = {session.room_id for session in sessions}
    tracks = {session.track_id for session in sessions}
    types = {session.type_id for session in sessions}
    people = {id_ for session in sessions for id_ in speakers_of(session)}
    return dataclasses.replace(
        agenda,
        sessions=sessions,
        rooms=tuple(room for room in agenda.rooms if room.id in rooms),
        tracks=tuple(track for track in agenda.tracks if track.id in tracks),
        types=tuple(type_ for type_ in agenda.types if type_.id in types),
        speakers=tuple(person for person in agenda.speakers if person.id in people),
    )


def speakers_of(session: Session) -> list[int]:
    """Return the ids of all who speak in a session or in a part of it that takes place."""
    parts = (part for part in session.parts if part.state not in _HIDDEN)
    roles = [*session.speakers, *(role for part in parts for role in part.speakers)]
    return list(dict.fromkeys(role.speaker_id for role in roles))


def in_one_language(agenda: Agenda, languages: Sequence[str]) -> Agenda:
    """Return the agenda with each text in the first of these languages that it has, or in any.

    Links keep theirs: a merge takes them over as a whole.
    """

    def one(text: Text) -> Text:
        words, language = pick(text, languages)
        return {language: words} if words else {}

    return dataclasses.replace(
        agenda,
        event=dataclasses.replace(agenda.event, title=one(agenda.event.title)),
        rooms=tuple(dataclasses.replace(room, name=one(room.name)) for room in agenda.rooms),
        tracks=tuple(dataclasses.replace(track, name=one(track.name)) for track in agenda.tracks),
        types=tuple(dataclasses.replace(type_, name=one(type_.name)) for type_ in agenda.types),
        sessions=tuple(
            dataclasses.replace(
                session,
                title=one(session.title),
                subtitle=one(session.subtitle),
                abstract=one(session.abstract),
            )
            for session in agenda.sessions
        ),
    )


def _with_listed(session: Session, listed: set[int]) -> Session:
    def shown(roles: tuple[Role, ...]) -> tuple[Role, ...]:
        return tuple(role for role in roles if role.speaker_id in listed)

    parts = tuple(
        dataclasses.replace(part, speakers=shown(part.speakers)) for part in session.parts
    )
    return dataclasses.replace(session, speakers=shown(session.speakers), parts=parts)
