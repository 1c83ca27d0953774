"""Compressing as well as it can be done, apart from those who wait and from their memory."""

import gzip
import subprocess
import sys
from collections.abc import Callable, Mapping

import brotli
import zstandard

ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    ".gz": lambda plain: gzip.compress(plain, compresslevel=9, mtime=0),
    ".zst": lambda plain: zstandard.ZstdCompressor(level=19).compress(plain),
    ".br": lambda plain: brotli.compress(plain, quality=11),
}
"""What follows a file's name, and how its bytes are made; the last one takes seconds."""

LARGE = 100_000
"""Bytes from which the work is left to a process of its own: it takes 60 MB, which a server would
keep, and a processor for seconds."""


def packed(suffix: str, plain: bytes) -> bytes:
    """Return content as the file with that suffix holds it."""
    if len(plain) < LARGE:
        return ENCODERS[suffix](plain)
    command = [sys.executable, "-m", "sync.packing", suffix]
    return subprocess.run(command, input=plain, stdout=subprocess.PIPE, check=True).stdout  # noqa: S603


if __name__ == "__main__":
    import os

    os.nice(10)
    sys.stdout.buffer.write(ENCODERS[sys.argv[1]](sys.stdin.buffer.read()))
