"""As much of curl as the documents use, for machines without it."""

import argparse
import sys
import urllib.error
import urllib.request
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-o")
    parser.add_argument("-D")
    parser.add_argument("-w", default="")
    parser.add_argument("-H", action="append", default=[])
    parser.add_argument("-X", default=None)
    parser.add_argument("-d", default=None)
    parser.add_argument("url")
    asked = parser.parse_args()
    headers = dict(header.split(": ", 1) for header in asked.H)
    data = asked.d.encode() if asked.d is not None else None
    request = urllib.request.Request(asked.url, data=data, headers=headers, method=asked.X)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            status, lines, body = answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        status, lines, body = error.code, error.headers, error.read()
    if asked.D:
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        Path(asked.D).write_bytes(text.encode())
    if asked.o:
        Path(asked.o).write_bytes(body)
    else:
        sys.stdout.buffer.write(body)
    sys.stdout.write(asked.w.replace("\\n", "\n").replace("%{http_code}", str(status)))


if __name__ == "__main__":
    main()
