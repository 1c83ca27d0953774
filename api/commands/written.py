"""How a command writes a file: whole or not at all, and of people never into EVENTDAY_HOME."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from api.settings import from_environment


class Outside(click.Path):
    """The path of a file of people's data, which lies nowhere in EVENTDAY_HOME.

    So that whoever is erased there is in no list, spreadsheet or picture that was forgotten.
    """

    def __init__(
        self, *, ending: str = "", is_folder: bool = False, is_file: bool | None = None
    ) -> None:
        is_file = not is_folder if is_file is None else is_file
        super().__init__(path_type=Path, dir_okay=is_folder, file_okay=is_file)
        self.ending = ending

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path. Fails for one in EVENTDAY_HOME, and for another ending."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if path.resolve().is_relative_to(from_environment().home.resolve()):
            self.fail(
                f"{path} lies in EVENTDAY_HOME, where erasing somebody must leave nothing of them; "
                "keep lists, links and badges in another folder.", param, ctx,
            )  # fmt: skip
        is_special = path.exists() and not path.is_file()
        if self.ending and path.suffix.lower() != self.ending and not is_special:
            self.fail(f"{path} would be a PDF; name it {path.stem}{self.ending}.", param, ctx)
        return path


def write(file: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Replace a file, whole or not at all; what is no file, such as a pipe, is written into.

    `mode` is what a new file has, less the umask: 0600 for personal data.
    """
    is_special = file.exists() and not file.is_file()
    part = file if is_special else file.with_name(f".{file.name}.part")
    try:
        if not is_special:
            part.unlink(missing_ok=True)  # one that was left behind has a mode of its own
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as opened:
            opened.write(data)
        part.replace(file)
    except OSError as error:
        if not is_special:
            with suppress(OSError):
                part.unlink()
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
