"""Where messages may go: public hosts only, by the address that is connected to, not by the name alone.

Whoever may name a webhook could otherwise make the platform knock at machines inside its own network
(server-side request forgery). So a name is resolved, every address behind it is checked, and the connection
is made to one of the checked addresses; a name that later resolves elsewhere (rebinding) gains nothing.
"""

import ipaddress
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from khoyte.links import errors

MAX_URL = 2000
_PRINTABLE = re.compile(r"[\x21-\x7e]+")
_PORTS = {"http": 80, "https": 443}

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
# Not private by the registry, yet never a hospital's server: protocol assignments and a cloud's own metadata.
_RESERVED_V4 = tuple(
    ipaddress.IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15", "168.63.129.16")
)
# Forms of IPv6 that carry an IPv4 address inside: the inner one may be private.
_CARRIERS_V6 = tuple(
    ipaddress.IPv6Network(net)
    for net in ("::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/32", "2002::/16")
)


@dataclass(frozen=True)
class WebAddress:
    """A URL taken apart; `target` is path and query as they go into the request line."""

    scheme: str
    host: str
    port: int
    target: str


def parse(url: str) -> WebAddress:
    """Raises AddressRefused for anything but a plain http(s) URL in printable ASCII."""
    if len(url) > MAX_URL or not _PRINTABLE.fullmatch(url) or "\\" in url:
        raise errors.not_an_address()
    try:
        parts = urlsplit(url)
        port = parts.port if parts.port is not None else _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise errors.not_an_address() from None
    if parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or not port or parts.fragment:
        raise errors.not_an_address()
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return WebAddress(parts.scheme, parts.hostname, port, target)


def resolve(address: WebAddress, *, loopback: bool, networks: Sequence[Network] = ()) -> list[str]:
    """Numeric addresses of the host, all of them allowed. Raises AddressRefused.

    `loopback` allows this very machine, for demonstrations and tests; `networks` are private ones the
    operator has named for this destination.
    """
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise errors.unknown_host() from None
    numbers = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not numbers or not all(
        is_allowed(number, loopback=loopback) or _is_within(number, networks) for number in numbers
    ):
        raise errors.not_public()
    return numbers


def _is_within(number: str, networks: Sequence[Network]) -> bool:
    try:
        address = ipaddress.ip_address(number)
    except ValueError:  # with a zone, so on a local link
        return False
    return any(address in network for network in networks)


def is_allowed(number: str, *, loopback: bool) -> bool:
    """Whether a numeric address is global unicast (or, where allowed, this machine)."""
    try:
        address = ipaddress.ip_address(number)
    except ValueError:  # with a zone, so on a local link
        return False
    if loopback and address.is_loopback:
        return True
    reserved = _RESERVED_V4 if address.version == 4 else _CARRIERS_V6
    if any(address in net for net in reserved):
        return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local
    return address.is_global and not special
