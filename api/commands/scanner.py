"""Trying the reference scanner: a door device in a folder."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click

from api.commands.phone import alone
from badges.short import short_code
from event.door.decide import Outcome, Verdict
from event.door.sentences import sentence
from event.text import pick
from sync.phone import Result
from sync.replica import Row
from sync.scanner import Answer, Scanner
from sync.shift import PREFIX
from sync.transport import Http, boot_of, since_boot
from sync.trouble import FAILED, PhoneError


class Wrong(click.ClickException):
    """The scanner itself cannot do what it should."""

    exit_code = 3


EXIT = {Outcome.ADMITTED: 0, Outcome.REFUSED: 1, Outcome.ASK: 2}
SHAPES = {Outcome.ADMITTED: "✔", Outcome.REFUSED: "✖", Outcome.ASK: "?"}
SOON = 900
"""Seconds before the end of a shift from which it is said."""
WORDS = {
    "admitted": {"en": "COME IN", "pl": "ZAPRASZAM"},
    "reentry": {"en": "WELCOME BACK", "pl": "WITAMY PONOWNIE"},
    "repeat": {"en": "SAME BADGE", "pl": "TEN SAM KOD"},
    "refused": {"en": "STOP", "pl": "STOP"},
    "ask": {"en": "ASK FIRST", "pl": "ZAPYTAJ"},
    "left": {"en": "GOODBYE", "pl": "DO WIDZENIA"},
    "fresh": {"en": "heard the server {} ago", "pl": "ostatnia łączność {} temu"},
    "never": {"en": "never heard the server", "pl": "jeszcze bez łączności"},
    "queue": {"en": "{} to send", "pl": "do wysłania: {}"},
    "silent": {"en": "{} not heard for {}", "pl": "{}: brak wieści od {}"},
    "soon": {"en": "the shift ends in {}", "pl": "dyżur kończy się za {}"},
    "doubted": {"en": "this clock is wrong", "pl": "zegar urządzenia chodzi źle"},
    "aside": {"en": "{} put aside by the server: {}", "pl": "odłożone przez serwer: {} ({})"},
}


@click.group()
@click.option("--server", default="http://127.0.0.1:8000", show_default=True, help="Its address.")
@click.option(
    "--dir",
    "folder",
    default="scanner",
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the scanner keeps what it knows.",
)
@click.option("--lang", default="en", show_default=True, help="Language to show texts in: en, pl.")
@click.option("--json", "as_json", is_flag=True, help="Answer with one line of JSON.")
@click.pass_context
def scanner(ctx: click.Context, /, **options: Any) -> None:
    """Be a scanner at a door, with or without a network.

    Each command sends and learns what it can in a few seconds, after it has answered.
    """
    ctx.obj = options


@contextmanager
def _scanner(ctx: click.Context, *, timeout: float = 1.5, patience: float = 3) -> Iterator[Scanner]:
    """Yield the scanner of the folder; what goes wrong ends with a sentence."""
    server, folder = ctx.obj["server"], ctx.obj["folder"]
    try:
        http = Http(f"{server.rstrip('/')}/v1/", timeout=timeout, patience=patience)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # a token lies in it
        with alone(folder, wait=True):
            yield Scanner(folder, http, boot=boot_of(), monotonic=since_boot)
    except (PhoneError, OSError) as error:
        raise Wrong(str(error)) from None


@scanner.command()
@click.argument("code")
@click.option("--label", default="", help="How the event calls this device.")
@click.pass_context
def enrol(ctx: click.Context, code: str, label: str) -> None:
    """Become a scanner by a CODE that works once, or by the link that ends in it."""
    with _scanner(ctx, timeout=10, patience=60) as it:
        it.enrol(code, label=label)
        _good(it.meet())
        _say(ctx, it.status() | {"open_gates": list(it.places())}, _status(ctx, it))


@scanner.command()
@click.argument("text")
@click.option("--gate", default="", help="The gate's slug, where the device has several.")
@click.option("--leaving", is_flag=True, help="Somebody goes out, at a gate that counts both ways.")
@click.pass_context
def scan(ctx: click.Context, text: str, gate: str, *, leaving: bool) -> None:
    """Decide on TEXT: a badge's code, a short code, or a lead's word that the shift goes on.

    Exits with 0 when they may come in, 1 when not, 2 when something is asked first, 3 when the
    scanner itself cannot decide or store.
    """
    with _scanner(ctx) as it:
        if text.strip().startswith(PREFIX):
            it.extend(text)
            _say(ctx, it.status(), _status(ctx, it))
            return
        made = it.scan(text, gate, leaving=leaving)
        _say(ctx, _row(ctx, it, made), _verdict(ctx, it, made))
        _meet(it)
    ctx.exit(EXIT[made.verdict.outcome])


@scanner.command()
@click.option("--note", default="", help="Why.")
@click.pass_context
def undo(ctx: click.Context, note: str) -> None:
    """Take the last entry back, within two minutes: they were not let in."""
    with _scanner(ctx) as it:
        _say(ctx, {"scan": it.undo(note=note)}, sentence("undo", "", [ctx.obj["lang"]]))
        _meet(it)


@scanner.command()
@click.argument("outcome", type=click.Choice(["yes", "no"]))
@click.pass_context
def answer(ctx: click.Context, outcome: str) -> None:
    """Say whether somebody was let in whom the last scan asked about."""
    with _scanner(ctx) as it:
        said = Outcome.ADMITTED if outcome == "yes" else Outcome.REFUSED
        name = it.answer(said)
        _say(ctx, {"scan": name, "outcome": said}, _shown(ctx, Verdict(said), leaving=False))
        _meet(it)


@scanner.command()
@click.option("--surname", required=True)
@click.option("--given-name", default="")
@click.option("--organisation", default="")
@click.pass_context
def register(ctx: click.Context, /, **person: str) -> None:
    """Write down who gets the blank badge that was just scanned, and let them in."""
    with _scanner(ctx) as it:
        name = it.register({field: value for field, value in person.items() if value})
        _say(ctx, {"scan": name}, _shown(ctx, Verdict(Outcome.ADMITTED), leaving=False))
        _meet(it)


@scanner.command()
@click.option("--gate", default=None, help="The gate's slug; without it all gates.")
@click.confirmation_option(prompt="Does everybody count as outside from now on?")
@click.pass_context
def clear(ctx: click.Context, gate: str | None) -> None:
    """Say that nobody is inside any more: an evacuation."""
    with _scanner(ctx) as it:
        it.clear(gate)
        _say(ctx, it.status(), _status(ctx, it))
        _meet(it)


@scanner.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """Say how fresh all is, what waits to be sent, and which doors are silent."""
    with _scanner(ctx) as it:
        _meet(it)
        _say(ctx, it.status(), _status(ctx, it))


@scanner.command()
@click.pass_context
def sync(ctx: click.Context) -> None:
    """Send what waits and learn what is new."""
    with _scanner(ctx, timeout=10, patience=60) as it:
        _good(it.meet())
        _say(ctx, it.status(), _status(ctx, it))


def _meet(it: Scanner) -> None:
    """Meet the server if it was there lately, once the answer is out."""
    if it.is_due():
        it.meet()


def _good(result: Result) -> None:
    if result.outcome in FAILED:
        raise PhoneError(result.outcome, result.sentence)


def _say(ctx: click.Context, row: Row, text: str) -> None:
    click.echo(json.dumps(row, ensure_ascii=False) if ctx.obj["as_json"] else text)


def _row(ctx: click.Context, it: Scanner, made: Answer) -> Row:
    verdict = made.verdict
    return {
        "scan": made.scan,
        "outcome": verdict.outcome,
        "reason": verdict.reason,
        "leaving": made.leaving,
        "sentence": _sentence(ctx, verdict, leaving=made.leaving),
        "short_code": None if verdict.holder is None else short_code(verdict.holder),
        "category": _category(ctx, it, verdict),
        "person": made.person,
    }


def _verdict(ctx: click.Context, it: Scanner, made: Answer) -> str:
    """Return what a volunteer reads: the verdict, who it is, and what may be missing."""
    person = made.person or {}
    who = [" ".join(filter(None, (person.get("given_name"), person.get("surname"))))]
    who += [person.get("organisation", ""), _category(ctx, it, made.verdict)]
    lines = [_shown(ctx, made.verdict, leaving=made.leaving), ", ".join(filter(None, who))]
    return "\n".join(filter(None, [*lines, person.get("note"), _freshness(ctx, it)]))


def _shown(ctx: click.Context, verdict: Verdict, *, leaving: bool) -> str:
    outcome, reason = verdict.outcome, verdict.reason
    word = str(outcome)
    if outcome is Outcome.ADMITTED:
        word = "left" if leaving else reason if reason in WORDS else word
    shape = "≡" if reason == "repeat" else SHAPES[outcome]
    return f"{shape} {_word(ctx, word)}: {_sentence(ctx, verdict, leaving=leaving)}"


def _sentence(ctx: click.Context, verdict: Verdict, *, leaving: bool) -> str:
    return sentence(verdict.outcome, verdict.reason, [ctx.obj["lang"]], leaving=leaving)


def _category(ctx: click.Context, it: Scanner, verdict: Verdict) -> str:
    names = it.known.categories if it.known else {}
    return pick(names.get(verdict.category, {}), [ctx.obj["lang"]])[0]


def _freshness(ctx: click.Context, it: Scanner) -> str:
    stand = it.status()
    age, silent = stand["age"], stand["silent"]
    parts = [_word(ctx, "never") if age is None else _word(ctx, "fresh", _span(age))]
    if stand["unsent"]:
        parts.append(_word(ctx, "queue", stand["unsent"]))
    if silent:
        labels = ", ".join(sorted(label for label, _ in silent))
        parts.append(_word(ctx, "silent", labels, _span(min(since for _, since in silent))))
    left = (stand["shift"] or 1 << 60) - it.now() // 1000
    if 0 < left <= SOON:
        parts.append(_word(ctx, "soon", _span(left)))
    if stand["doubted"]:
        parts.append(_word(ctx, "doubted"))
    parts += [_word(ctx, "aside", n, code) for code, n in stand["troubles"].items()]
    return f"({'; '.join(parts)})"


def _status(ctx: click.Context, it: Scanner) -> str:
    """Return who this is, how fresh, and which badges another door let in as well."""
    stand, lang = it.status(), ctx.obj["lang"]
    if it.known is None or stand["is_over"]:
        over = "shift over" if stand["is_over"] else "nothing known yet"
        return f"{stand['label'] or '–'} ({stand['role'] or '–'}): {over} {_freshness(ctx, it)}"
    zone = ZoneInfo(it.known.timezone)
    lines = [f"{stand['label'] or '–'} ({stand['role']}) {_freshness(ctx, it)}"]
    for slug, place in it.places().items():
        lines.append(f"{slug}: {pick(place.name, [lang])[0]}, {it.inside(slug)}")
    for gate, holder, at in stand["doubles"]:
        moment = datetime.fromtimestamp(at, zone)
        said = sentence("double_admission", "double_admission", [lang])
        lines.append(f"{gate} {moment:%H:%M} {short_code(holder)}: {said}")
    return "\n".join(lines)


def _word(ctx: click.Context, word: str, *values: object) -> str:
    return pick(WORDS[word], [ctx.obj["lang"]])[0].format(*values)


def _span(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds // 60:.0f} min" if seconds < 7200 else f"{seconds // 3600:.0f} h"
