"""Posts each of many bodies once, over kept connections; a process of its own, as `load.py`.

Reads [[name, port, path, token, [body, …]], …] on standard input, one storm after the other, each
body JSON or base64 of gzip; prints [[name, answers a second, [milliseconds of each answer]], …].
"""

import base64
import json
import selectors
import sys
import time

from load import LONGEST_WAIT, Line

CONNECTIONS = 8


def question(path: str, token: str, body: str) -> bytes:
    """Return one request."""
    is_json = body.startswith("{")
    content = body.encode() if is_json else base64.b64decode(body)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(content)}\r\n"
        + ("" if is_json else "Content-Encoding: gzip\r\n")
    )
    return head.encode() + b"\r\n" + content


def storm(port: int, questions: list[bytes]) -> tuple[float, list[float]]:
    """Ask everything once; return answers a second, and how long each took."""
    waiting = iter(questions)
    lines = [Line(port, next(waiting)) for _ in range(min(CONNECTIONS, len(questions)))]
    asked, took = {}, []
    with selectors.DefaultSelector() as selector:
        began = time.perf_counter()
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            asked[line] = time.perf_counter()
            line.ask()
        while asked:
            ready = selector.select(LONGEST_WAIT)
            if not ready:
                sys.exit("The server does not answer.")
            for key, _ in ready:
                line = key.data
                if not line.hear():
                    continue
                now = time.perf_counter()
                took.append((now - asked.pop(line)) * 1000)
                if following := next(waiting, None):
                    line.question, asked[line] = following, now
                    line.ask()
    rate = len(took) / (time.perf_counter() - began)
    for line in lines:
        line.socket.close()
    return rate, took


def main() -> None:
    """Run the storms in order."""
    found = []
    for name, port, path, token, bodies in json.load(sys.stdin):
        rate, took = storm(port, [question(path, token, body) for body in bodies])
        found.append([name, rate, [round(one, 2) for one in took]])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
