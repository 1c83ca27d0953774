"""What is posted goes to public addresses alone, follows no redirect, and ends in time."""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from receivers import Receiver, serving

from api.deliver import post as posting
from api.deliver.post import Answer, NotPublic, check_address, fault_of, post
from event.errors import Invalid

INSIDE = (
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.1", "255.255.255.255", "224.0.0.1", "[::1]", "[::]", "[fe80::1]", "[fc00::1]",
    "[ff02::1]", "[::ffff:10.0.0.1]", "[64:ff9b::a00:1]", "[2002:a00:1::]", "[2001:db8::1]",
    "[::10.0.0.1]", "[::ffff:0:10.0.0.1]", "[64:ff9b:1::a00:1]", "[fec0::1]",
)  # fmt: skip
OUTSIDE = ("93.184.216.34", "sms.example.org", "[2606:4700::1111]", "[64:ff9b::5db8:d822]")
NONE = (
    "ftp://sms.example.org/", "https://", "https:///x", "https://a:b@sms.example.org/",
    "https://sms.example.org/#x", "https://sms.example.org:0/", "https://sms.example.org:99999/",
    "https://sms.example.org/\r\nX: 1", "https://sms.example.org/ x", "https://[::1", "sms",
    "https://sms.example.org/ł",
)  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with serving(Receiver()) as server:
        yield server


@pytest.mark.parametrize("host", INSIDE)
def test_an_address_inside_is_refused_unless_that_is_allowed(host: str) -> None:
    with pytest.raises(Invalid, match="not public"):
        check_address(f"https://{host}/", private=False)
    check_address(f"https://{host}/", private=True)
    with pytest.raises(NotPublic):
        post(f"https://{host}/", b"", {}, private=False)


@pytest.mark.parametrize("host", OUTSIDE)
def test_an_address_outside_needs_encryption(host: str) -> None:
    check_address(f"https://{host}/x?y=z", private=False)
    for private in (False, True):
        with pytest.raises(Invalid, match="https"):
            check_address(f"http://{host}/", private=private)


@pytest.mark.parametrize("url", NONE)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match="The address is one"):
        check_address(url, private=True)


def test_this_machine_may_do_without_encryption_where_that_is_allowed(receiver: Receiver) -> None:
    check_address(receiver.url, private=True)
    answer = post(f"{receiver.url}/hook?a=b", b"x", {"X-A": "1"}, private=True)
    (came,) = receiver.received
    assert answer == Answer(201)
    assert (came.path, came.body, came.headers["x-a"]) == ("/hook?a=b", b"x", "1")


def test_a_name_is_looked_up_when_it_is_used(receiver: Receiver) -> None:
    url = receiver.url.replace("127.0.0.1", "localhost")
    with pytest.raises(NotPublic) as refused:
        post(url, b"", {}, private=False)
    assert fault_of(refused.value) == "private-address"
    # What a resolver takes for an address is one, however it is spelt.
    port = receiver.url.rpartition(":")[2]
    with pytest.raises(NotPublic):
        post(f"https://2130706433:{port}/", b"", {}, private=False)
    assert receiver.received == []


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "127.1", "0"])
def test_an_address_written_otherwise_leads_nowhere_inside(host: str) -> None:
    with pytest.raises(NotPublic):
        post(f"https://{host}/", b"", {}, private=False)


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.status, receiver.more = 307, {"Location": f"{receiver.url}/elsewhere"}
    assert post(f"{receiver.url}/a", b"x", {}, private=True).status == 307
    assert [one.path for one in receiver.received] == ["/a"]


@pytest.mark.parametrize(
    ("said", "after"),
    [("120", 120), ("99999999", 86_400), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("soon", 0),
     ("Wed, 21 Oct 2195 07:28:00 GMT", 86_400), ("-5", 0), ("", 0)],
)  # fmt: skip
def test_how_long_a_server_wants_to_rest(receiver: Receiver, said: str, after: int) -> None:
    receiver.status, receiver.more = 429, {"Retry-After": said}
    assert post(receiver.url, b"", {}, private=True) == Answer(429, after)


def test_a_server_that_drips_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "DEADLINE", 0.3)
    stopped = threading.Event()

    def drip(listener: socket.socket) -> None:
        plug, _ = listener.accept()
        with plug:
            plug.sendall(b"HTTP/1.1 200 OK\r\n")
            while not stopped.wait(0.02):
                try:
                    plug.sendall(b"X: y\r\nA")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=drip, args=(listener,), daemon=True).start()
        with pytest.raises(TimeoutError):
            post(f"http://127.0.0.1:{listener.getsockname()[1]}/", b"", {}, private=True)
    stopped.set()


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 huh\r\n\r\n"])
def test_an_answer_that_is_none_is_a_fault(answer: bytes) -> None:
    def talk(listener: socket.socket) -> None:
        plug, _ = listener.accept()
        with plug:
            plug.recv(1_000)
            plug.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=talk, args=(listener,), daemon=True).start()
        url: Any = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with pytest.raises(posting.FAULTS):
            post(url, b"", {}, private=True)


def test_a_certificate_that_nobody_vouches_for_is_a_fault(receiver: Receiver) -> None:
    with pytest.raises(OSError, match=r"SSL|record|closed|reset"):
        post(receiver.url.replace("http:", "https:"), b"", {}, private=True)
