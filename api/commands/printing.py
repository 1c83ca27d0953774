"""How commands draw badges: the options of their look, what they report, the files they write."""

import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import click

from api.commands.written import Outside, write
from badges import label as labels
from badges import layout_file, pdf
from badges.face import Face, Occasion
from badges.layout import Layout, LayoutError
from badges.logo import open_logo
from badges.preflight import preflight, sentence
from event.agenda.model import Agenda
from event.people.occasion import occasion_of

MOST_LABELS = 200
"""Each takes a megabyte while they are drawn."""
PDF = Outside(ending=".pdf")
_FEW, _CHUNK = 50, 10
"""Files for which no process is started, and how many one makes at a time."""


@dataclass(frozen=True, slots=True)
class Look:
    """How badges are drawn, as options say it."""

    layout: Layout
    label: bool
    language: str
    logo: Path | None

    def occasion(self, agenda: Agenda) -> Occasion:
        """Return what all badges share, in the language asked for or the event's first."""
        made = occasion_of(agenda, self.language or agenda.event.languages[0])
        made = replace(made, logo=self.logo or made.logo)
        try:
            open_logo(made)
        except ValueError as error:
            raise click.ClickException(str(error)) from None
        return made


_OPTIONS = (
    click.option(
        "--layout", metavar="NAME|FILE.toml", help=f"{', '.join(layout_file.names())}; else a6."
    ),
    click.option("--label", is_flag=True, help="One bit a dot, for label printers."),
    click.option("--language", default="", help="Of categories and dates; else the event's."),
    click.option(
        "--logo",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A PNG or JPEG; else the event's.",
    ),
)


def look_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that `look_of` takes."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def look_of(*, layout: str | None, label: bool, language: str, logo: Path | None) -> Look:
    """Return the look that the options say."""
    try:
        chosen = layout_file.load(layout or ("label-62" if label else "a6"))
    except LayoutError as error:
        raise click.ClickException(str(error)) from None
    return Look(chosen, label, language, logo)


def report(faces: Mapping[str, Face], look: Look, occasion: Occasion) -> bool:
    """Say on standard error what is lost of which badge; return whether anything is.

    Faces come with what they are called, such as "attendee 17".
    """
    names = list(faces)
    findings = preflight(list(faces.values()), look.layout, occasion)
    for finding in findings:
        which = "all badges" if finding.number is None else names[finding.number]
        click.echo(f"{which}: {sentence(finding, 'en')}", err=True)
    click.echo(f"Badges: {len(faces)}, findings: {len(findings)}.", err=True)
    return bool(findings)


def print_together(
    file: Path, faces: Mapping[str, Face], look: Look, occasion: Occasion, *, on_a4: bool = False
) -> None:
    """Write one PDF of all badges, whole or not at all."""
    drawn = list(faces.values())
    if look.label and len(drawn) > MOST_LABELS:
        raise click.ClickException(f"Print at most {MOST_LABELS} labels at once; choose fewer.")
    with _progress(len(drawn)) as bar:
        if look.label:
            content = labels.pdf(drawn, look.layout, occasion)
            bar.update(len(drawn))
        else:
            try:
                content = pdf.render(
                    drawn, look.layout, occasion, on_a4=on_a4, progress=lambda _: bar.update(1)
                )
            except LayoutError as error:
                raise click.ClickException(str(error)) from None
    write(file, content, mode=0o600)
    click.echo(f"{file}: {len(content):,} bytes", err=True)


def print_apart(folder: Path, faces: Mapping[str, Face], look: Look, occasion: Occasion) -> None:
    """Write a file for each badge: a PDF, or a PNG for a label printer, named as it is called."""
    kind = "png" if look.label else "pdf"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written: {error.strerror}.") from None
    draw = partial(_alone, layout=look.layout, occasion=occasion, label=look.label)
    names = [f"{name.replace(' ', '-')}.{kind}" for name in faces]
    with _progress(len(faces)) as bar, ExitStack() as stack:
        contents: Iterable[bytes] = map(draw, faces.values())
        if len(faces) >= _FEW:
            pool = ProcessPoolExecutor(mp_context=get_context("spawn"))
            stack.callback(pool.shutdown, cancel_futures=True)
            contents = pool.map(draw, faces.values(), chunksize=_CHUNK)
        for name, content in zip(names, contents, strict=True):
            write(folder / name, content, mode=0o600)
            bar.update(1)
    click.echo(f"{folder}: {len(faces)} files", err=True)


def _alone(face: Face, *, layout: Layout, occasion: Occasion, label: bool) -> bytes:
    if label:
        return labels.png(face, layout, occasion)
    return pdf.render([face], layout, occasion)


def _progress(length: int) -> Any:
    return click.progressbar(length=length, label="Printing", file=sys.stderr)
