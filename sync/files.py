"""Files on disk that are there whole or not at all."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Put bytes into a file by renaming, readable by all; with `durable` before a power cut too."""
    number, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            os.fchmod(number, 0o644)
            if durable:
                file.flush()
                os.fsync(number)
        os.replace(part, path)  # noqa: PTH105  # `part` is a text
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
