"""How a command writes a file: whole or not at all."""

from contextlib import suppress
from pathlib import Path

import click


def write(file: Path, data: bytes) -> None:
    """Replace a file, whole or not at all; what is no file, such as a pipe, is written into."""
    is_special = file.exists() and not file.is_file()
    part = file if is_special else file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(data)
        part.replace(file)
    except OSError as error:
        if not is_special:
            with suppress(OSError):
                part.unlink()
        raise click.ClickException(f"{file} cannot be written: {error.strerror}.") from None
