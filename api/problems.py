"""Errors as RFC 9457 problems: one table from the domain's refusals and HTTP's to documents."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from traceback import format_tb
from typing import Any

from flask import Flask, Response, current_app, jsonify, request
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException

from api.languages import negotiate
from event.errors import Conflict, EventdayError, Gone, Invalid, NotFound, Stale

MEDIA_TYPE = "application/problem+json"
_LANGUAGES = ("en", "pl")
_log = logging.getLogger("eventday")


@dataclass(frozen=True, slots=True)
class Problem:
    """One kind of problem: HTTP status, title and a general detail in each language."""

    status: int
    title: Mapping[str, str]
    detail: Mapping[str, str]


PROBLEMS: Mapping[str, Problem] = {
    "bad-request": Problem(
        400,
        {"en": "The request cannot be read", "pl": "Nie można odczytać żądania"},
        {
            "en": "Send well-formed JSON and a well-formed query.",
            "pl": "Wyślij poprawny JSON i poprawne parametry zapytania.",
        },
    ),
    "unauthorized": Problem(
        401,
        {"en": "A token is needed", "pl": "Potrzebny jest token"},
        {
            "en": "Send a valid token: “Authorization: Bearer evd_…”. An organiser makes one with: "
            "eventday token create --role organiser",
            "pl": "Wyślij ważny token: „Authorization: Bearer evd_…”. Organizator utworzy go "
            "poleceniem: eventday token create --role organiser",
        },
    ),
    "forbidden": Problem(
        403,
        {"en": "This token may not do that", "pl": "Ten token na to nie pozwala"},
        {
            "en": "Ask an organiser for a token whose role allows it.",
            "pl": "Poproś organizatora o token z odpowiednią rolą.",
        },
    ),
    "not-found": Problem(
        404,
        {"en": "There is nothing here", "pl": "Niczego tu nie ma"},
        {
            "en": "Check the address; what is not published is not shown either.",
            "pl": "Sprawdź adres; to, co nieopublikowane, też nie jest pokazywane.",
        },
    ),
    "no-event": Problem(
        404,
        {"en": "There is no event yet", "pl": "Nie ma jeszcze wydarzenia"},
        {
            "en": "Create it from an agenda file: eventday import FILE",
            "pl": "Utwórz je z pliku agendy: eventday import PLIK",
        },
    ),
    "no-such-code": Problem(
        404,
        {"en": "There is no such code", "pl": "Nie ma takiego kodu"},
        {
            "en": "Look at it again, or ask the organiser for a new one.",
            "pl": "Sprawdź go jeszcze raz albo poproś organizatora o nowy.",
        },
    ),
    "method-not-allowed": Problem(
        405,
        {"en": "That method is not offered here", "pl": "Ta metoda nie jest tu dostępna"},
        {
            "en": "Use one of the methods in the Allow header.",
            "pl": "Użyj jednej z metod podanych w nagłówku Allow.",
        },
    ),
    "conflict": Problem(
        409,
        {"en": "The present state does not allow that", "pl": "Obecny stan na to nie pozwala"},
        {
            "en": "Get the resource again and look at its state.",
            "pl": "Pobierz zasób ponownie i sprawdź jego stan.",
        },
    ),
    "gone": Problem(
        410,
        {"en": "This will not come back", "pl": "To już nie wróci"},
        {"en": "Stop asking for it.", "pl": "Nie pytaj o to więcej."},
    ),
    "code-used": Problem(
        410,
        {"en": "This code was used already", "pl": "Ten kod został już użyty"},
        {
            "en": "It works once; ask for a new one.",
            "pl": "Działa tylko raz; poproś o nowy.",
        },
    ),
    "code-expired": Problem(
        410,
        {"en": "This code has expired", "pl": "Ten kod stracił ważność"},
        {"en": "Ask for a new one.", "pl": "Poproś o nowy."},
    ),
    "code-revoked": Problem(
        410,
        {"en": "This code or link was withdrawn", "pl": "Ten kod lub link wycofano"},
        {
            "en": "Ask the organiser or the help desk for a new one.",
            "pl": "Poproś organizatora lub punkt pomocy o nowy.",
        },
    ),
    "locked-out": Problem(
        410,
        {"en": "This phone was locked out", "pl": "Ten telefon zablokowano"},
        {
            "en": "Ask the organiser or the help desk to let it in again with a new code.",
            "pl": "Poproś organizatora lub punkt pomocy o nowy kod, aby znów go dopuścić.",
        },
    ),
    "stale": Problem(
        412,
        {"en": "Somebody else edited this since", "pl": "Ktoś inny to w międzyczasie zmienił"},
        {
            "en": "Get it again, repeat your edit on it, and send its new ETag in If-Match.",
            "pl": "Pobierz to ponownie, powtórz zmianę i wyślij nowy ETag w nagłówku If-Match.",
        },
    ),
    "too-large": Problem(
        413,
        {"en": "The request is too large", "pl": "Żądanie jest za duże"},
        {
            "en": "Send at most 1 MB; import larger agendas with: eventday import FILE",
            "pl": "Wyślij najwyżej 1 MB; większą agendę zaimportuj: eventday import PLIK",
        },
    ),
    "split": Problem(
        413,
        {"en": "Too much at once", "pl": "Za dużo naraz"},
        {
            "en": "Split the batch: at most 200 items and 1 MB at once. Nothing of it was stored.",
            "pl": "Podziel paczkę: najwyżej 200 pozycji i 1 MB naraz. Nic z niej nie zapisano.",
        },
    ),
    "uri-too-long": Problem(
        414,
        {"en": "The address is too long", "pl": "Adres jest za długi"},
        {"en": "Use fewer filters.", "pl": "Użyj mniejszej liczby filtrów."},
    ),
    "range-not-satisfiable": Problem(
        416,
        {"en": "The file is shorter than that", "pl": "Plik jest krótszy"},
        {"en": "Start over, without Range.", "pl": "Zacznij od nowa, bez Range."},
    ),
    "unsupported-media-type": Problem(
        415,
        {"en": "That kind of body is not taken", "pl": "Ten rodzaj treści nie jest przyjmowany"},
        {
            "en": "Send JSON with “Content-Type: application/json”.",
            "pl": "Wyślij JSON z nagłówkiem „Content-Type: application/json”.",
        },
    ),
    "invalid": Problem(
        422,
        {"en": "The request breaks a rule", "pl": "Żądanie łamie regułę"},
        {
            "en": "Correct what “errors” points at and send it again; nothing was changed.",
            "pl": "Popraw to, co wskazuje „errors”, i wyślij ponownie; niczego nie zmieniono.",
        },
    ),
    "precondition-required": Problem(
        428,
        {"en": "If-Match is needed", "pl": "Potrzebny jest nagłówek If-Match"},
        {
            "en": "Get it first and send its ETag in If-Match, so that no edit of somebody else is "
            "overwritten.",
            "pl": "Najpierw to pobierz i wyślij ETag w nagłówku If-Match, aby nie nadpisać cudzej "
            "zmiany.",
        },
    ),
    "too-many-requests": Problem(
        429,
        {"en": "Too many attempts", "pl": "Za dużo prób"},
        {
            "en": "Wait as long as Retry-After says before the next attempt.",
            "pl": "Odczekaj tyle, ile podaje Retry-After, przed następną próbą.",
        },
    ),
    "internal": Problem(
        500,
        {"en": "Something broke on our side", "pl": "Coś zepsuło się po naszej stronie"},
        {
            "en": "Nothing was changed. Try again; if it stays, tell the organiser the time.",
            "pl": "Niczego nie zmieniono. Spróbuj ponownie; jeśli to nie minie, podaj "
            "organizatorowi godzinę.",
        },
    ),
    "too-many-streams": Problem(
        503,
        {"en": "Too many phones listen", "pl": "Zbyt wiele telefonów nasłuchuje"},
        {
            "en": "Poll GET /v1/sync/public/head as its poll says; that is as right.",
            "pl": "Odpytuj GET /v1/sync/public/head tak, jak mówi jego poll; to równie dobre.",
        },
    ),
    "unavailable": Problem(
        503,
        {"en": "Not available right now", "pl": "Chwilowo niedostępne"},
        {
            "en": "Try again after the time in Retry-After; a retry is harmless.",
            "pl": "Spróbuj ponownie po czasie z Retry-After; ponowna próba nie zaszkodzi.",
        },
    ),
}
"""Every problem by its code; docs/problems.md has a heading for each."""

_KEPT = {"Allow", "Retry-After", "Content-Range"}
"""Headers of an HTTP error that say what to do next."""

_BY_STATUS = {problem.status: code for code, problem in reversed(list(PROBLEMS.items()))}
_BY_ERROR: Mapping[type[EventdayError], str] = {
    NotFound: "not-found", Conflict: "conflict", Stale: "stale", Invalid: "invalid", Gone: "gone",
}  # fmt: skip


class Refused(Exception):
    """HTTP's own reason to say no, by the code of its problem, with the headers that go with it."""

    def __init__(self, code: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.headers = headers or {}


def register(app: Flask) -> None:
    """Answer every error of the application with a problem document."""
    app.register_error_handler(EventdayError, _of_domain)
    app.register_error_handler(Refused, _of_refusal)
    app.register_error_handler(DBAPIError, _of_database)
    app.register_error_handler(PoolTimeoutError, _of_database)
    app.register_error_handler(HTTPException, of_http)
    app.register_error_handler(Exception, _of_bug)


def of_http(error: HTTPException) -> Response:
    """Return the problem of an HTTP error of Flask, werkzeug or webargs; its headers are kept."""
    code = _BY_STATUS.get(error.code or 500, "internal")
    messages = getattr(error, "data", {}).get("messages")
    more: dict[str, Any] = {"errors": list(pointers(messages))} if messages else {}
    kept = {name: value for name, value in error.get_headers() if name in _KEPT}
    if error.code not in _BY_STATUS:
        kept_status = error.code or 500
        return document("bad-request" if kept_status < 500 else "internal", kept)
    return document(code, kept, **more)


def document(
    code: str, headers: Mapping[str, str] | None = None, *, detail: str = "", **more: Any
) -> Response:
    """Return the answer for a problem, in the asked language."""
    problem = PROBLEMS[code]
    accepted = request.headers.get("Accept-Language", "")
    language = negotiate(request.args.get("lang", "").replace("*", ""), accepted, _LANGUAGES)
    # What the domain says about this very case is in English; elsewhere the general words serve.
    specific = detail if detail and language == "en" else problem.detail[language]
    body = {
        "type": f"{request.script_root}/docs/problems#{code}",
        "title": problem.title[language],
        "status": problem.status,
        "detail": specific,
        "code": code,
        **more,
    }
    if detail and language != "en":
        body["detail_en"] = detail
    answer = jsonify(body)
    answer.status_code = problem.status
    answer.content_type = MEDIA_TYPE
    answer.headers["Content-Language"] = language
    answer.headers["Cache-Control"] = "no-store"
    answer.headers.extend(headers or {})
    return answer


def _of_domain(error: EventdayError) -> Response:
    general = next(code for kind, code in _BY_ERROR.items() if isinstance(error, kind))
    code = error.code if error.code in PROBLEMS else general
    more: dict[str, Any] = error.fields
    return document(code, detail=error.detail, **more)


def _of_refusal(error: Refused) -> Response:
    return document(error.code, error.headers)


def _of_database(error: Exception) -> Response:
    if isinstance(error, (OperationalError, InterfaceError, PoolTimeoutError)):
        _log.error("the database does not answer: %s", type(error).__name__)
        return document("unavailable", {"Retry-After": "5"})
    return _of_bug(error)


def _of_bug(error: Exception) -> Response:
    if current_app.testing:
        raise error
    # Where it was, but not the error's own words: PostgreSQL's quote the row, ours what was sent.
    where = "".join(format_tb(error.__traceback__))
    _log.error("unexpected %s at %s\n%s", type(error).__name__, request.endpoint, where)
    return document("internal")


def pointers(messages: Any, path: str = "") -> Any:
    """Yield {pointer, detail} for each message of marshmallow's tree; the first level is where."""
    if isinstance(messages, Mapping):
        for key, below in messages.items():
            # marshmallow puts a level of its own between a mapping's key and what is wrong there.
            if key in {"key", "value"} and isinstance(below, list):
                yield from pointers(below, path)
                continue
            yield from pointers(below, f"{path}/{str(key).replace('~', '~0').replace('/', '~1')}")
    elif isinstance(messages, (list, tuple)):
        for below in messages:
            yield from pointers(below, path)
    else:
        yield {"pointer": path, "detail": str(messages)}
