"""POST to addresses that others named: encrypted, public ones only, no redirects, for a while."""

import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from api.clock import real_time
from event.errors import Invalid

DEADLINE = 15.0
"""Seconds in which all of an exchange must be over, however slowly its bytes come."""
LONGEST_REST = 86_400
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_UNICAST = ipaddress.ip_network("2000::/3")
"""All that was ever given out of IPv6 (RFC 4291, section 2.4); Python takes the rest for global."""
FAULTS = (OSError, HTTPException, ValueError)
"""What a post may raise; ValueError is what parsers say of answers that are none."""


class NotPublic(OSError):
    """A name that leads into a network which is nobody's business but the organisation's."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said; `after` so many seconds it wants to hear from us again."""

    status: int
    after: int = 0


def check_address(url: str, *, private: bool) -> None:
    """Refuse what is no address to post to; whither a name leads is looked at when it is used.

    With `private` it may lie in a network of one's own, on this machine without encryption too.
    Raises Invalid.
    """
    parts = _parts(url)
    host = parts.hostname or ""
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        is_here, is_inside = host == "localhost", host == "localhost"
    else:
        is_here, is_inside = literal.is_loopback, not _is_public(host)
    if parts.scheme == "http" and not (private and is_here):
        raise Invalid("The address is one of https://; only this machine may do without.")
    if is_inside and not private:
        raise Invalid("The address is not public; EVENTDAY_PRIVATE can allow it.")


def post(url: str, body: bytes, headers: Mapping[str, str], *, private: bool) -> Answer:
    """Post a body and return what was answered; a redirect is an answer like any other.

    Raises OSError (of which NotPublic and TimeoutError are) and HTTPException.
    """
    parts = _parts(url)
    host, is_plain = parts.hostname or "", parts.scheme == "http"
    port = parts.port or (80 if is_plain else 443)
    with _connected(host, port, private=private) as plug, _in_time(plug):
        if is_plain:
            connection = HTTPConnection(host, port)
            connection.sock = plug.dup()
        else:
            context = ssl.create_default_context()
            connection = HTTPSConnection(host, port, context=context)
            connection.sock = context.wrap_socket(plug.dup(), server_hostname=host)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", target, body, dict(headers))
            answer = connection.getresponse()
            return Answer(answer.status, _rest(answer.getheader("Retry-After", "")))
        finally:
            connection.close()


def fault_of(error: Exception) -> str:
    """Return what went wrong, in a word that names nobody: errors quote addresses."""
    return "private-address" if isinstance(error, NotPublic) else type(error).__name__


def _parts(url: str) -> SplitResult:
    """Return an address in its parts. Raises Invalid."""
    try:
        parts = urlsplit(url)
        is_whole = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        is_whole = False
    if (
        not is_whole
        or not re.fullmatch(r"[\x21-\x7e]+", url)
        or parts.scheme not in {"https", "http"}
        or "@" in parts.netloc
        or "#" in url
    ):
        raise Invalid(
            "The address is one such as https://sms.example.org/hook, without a password."
        )
    return parts


@contextmanager
def _connected(host: str, port: int, *, private: bool) -> Iterator[socket.socket]:
    """Yield a connection to an address that was looked at: a second look-up may lead elsewhere."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(address[0]) for *_, address in found]
    allowed = [one for one in addresses if private or _is_public(one)]
    if not allowed:
        raise NotPublic
    for address in allowed:
        try:
            plug = socket.create_connection((address, port), DEADLINE / len(allowed))
        except OSError:
            if address == allowed[-1]:
                raise
        else:
            break
    with plug:
        plug.settimeout(DEADLINE)
        yield plug


@contextmanager
def _in_time(plug: socket.socket) -> Iterator[None]:
    """Cut a connection at the deadline: a timeout of a socket begins anew with each byte."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        with suppress(OSError):  # it may be over this very moment
            plug.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(DEADLINE, cut)
    timer.daemon = True
    timer.start()
    try:
        yield
    except FAULTS:
        if not late.is_set():
            raise
    finally:
        timer.cancel()
    if late.is_set():  # an answer that was cut off may look like a whole one
        raise TimeoutError


def _is_public(text: str) -> bool:
    """Say whether an address is one of the whole Internet's, also where it wraps another."""
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(str(inner))
        if address not in _UNICAST:
            return False
    return address.is_global and not address.is_multicast


def _rest(said: str) -> int:
    """Return how many seconds a Retry-After means (RFC 9110, section 10.2.3), at most a day."""
    if re.fullmatch("[0-9]{1,9}", said):
        return min(int(said), LONGEST_REST)
    try:
        left = (parsedate_to_datetime(said) - real_time()).total_seconds()
    except (TypeError, ValueError):
        return 0
    return int(min(max(left, 0), LONGEST_REST))
