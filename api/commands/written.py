"""How a command writes a file: whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path

import click


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
