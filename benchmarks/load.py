"""Asks servers as fast as they answer, in turns; a process of its own, and it knows no eventday.

Reads {"rounds", "seconds", "connections", "requests": {name: [port, head]}} on standard input,
prints {name: [answers a second in each round]}. One thread and a few kept connections, each with
one question on its way: for small answers this takes some 20 µs of processor time each.
"""

import json
import selectors
import socket
import sys
import time

BUFFER = memoryview(bytearray(1 << 20))
LONGEST_WAIT = 10


class Line:
    """A kept connection with at most one question on its way."""

    def __init__(self, port: int, question: bytes) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=LONGEST_WAIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.question = question
        self.left = 0

    def ask(self) -> None:
        """Send the question."""
        self.socket.sendall(self.question)

    def hear(self) -> bool:
        """Take what has come; say whether the answer is complete."""
        size = self.socket.recv_into(BUFFER)
        if not size:
            sys.exit("The server closed the connection.")
        if self.left:
            self.left -= size
            return self.left == 0
        answer = bytes(BUFFER[: min(size, 4096)])
        # On loopback a head of a few hundred bytes comes in one piece.
        end = answer.index(b"\r\n\r\n") + 4
        head = answer[:end].lower()
        if head[9:12] not in {b"200", b"204", b"304"}:
            sys.exit(f"The server answered {answer[:200]!r}.")
        _, found, value = head.partition(b"\r\ncontent-length:")
        self.left = end + (int(value.partition(b"\r\n")[0]) if found else 0) - size
        return self.left == 0


def rate(port: int, question: bytes, *, connections: int, seconds: float) -> float:
    """Return the answers a second over so many seconds."""
    # Servers close what is idle, so that each turn has connections of its own.
    lines = [Line(port, question) for _ in range(connections)]
    done = 0
    with selectors.DefaultSelector() as selector:
        for line in lines:
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.ask()
        began = time.perf_counter()
        asking = len(lines)
        while asking:
            ready = selector.select(LONGEST_WAIT)
            if not ready:
                sys.exit("The server does not answer.")
            for key, _ in ready:
                if key.data.hear():
                    done += 1
                    if time.perf_counter() - began < seconds:
                        key.data.ask()
                    else:
                        asking -= 1
    took = time.perf_counter() - began
    for line in lines:
        line.socket.close()
    return done / took


def main() -> None:
    """Run the rounds: in each, every request has its turn."""
    plan = json.load(sys.stdin)
    rates: dict[str, list[float]] = {name: [] for name in plan["requests"]}
    for _ in range(1 + plan["rounds"]):
        for name, (port, head) in plan["requests"].items():
            found = rate(
                port, head.encode(), connections=plan["connections"], seconds=plan["seconds"]
            )
            rates[name].append(found)
    # The first round warms up.
    print(json.dumps({name: found[1:] for name, found in rates.items()}))


if __name__ == "__main__":
    main()
