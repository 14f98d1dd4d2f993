"""Where a request comes from: by the connection, or by what a proxy we trust says of it.

`KHOYTE_INSIDE` names the networks that count as inside (the loopback unless set otherwise), `KHOYTE_PROXIES`
the proxies whose X-Forwarded-For is believed. A request that claims to have been forwarded, but not by one of
those, comes from nowhere known: it counts as outside.
"""

import ipaddress
from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest

from khoyte.foundation.errors import WrongUsage
from khoyte.foundation.language import Text

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
LOOPBACK = ("127.0.0.0/8", "::1/128")
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
_MOST_HOPS = 20
_CUSTOMER_BITS = 64


def networks(written: str, setting: str) -> tuple[Network, ...]:
    """Networks by comma ("10.1.0.0/16,::1"). Raises WrongUsage naming the setting."""
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in written.split(",") if part.strip())
    except ValueError as wrong:
        raise WrongUsage(
            Text(vi="{setting} không đúng: {why}.", en="{setting} is wrong: {why}.").fill(
                setting=setting, why=wrong
            ),
            remedy=Text(
                vi="Ghi các mạng cách nhau bằng dấu phẩy, ví dụ 10.1.0.0/16,127.0.0.0/8.",
                en="Write networks separated by commas, such as 10.1.0.0/16,127.0.0.0/8.",
            ),
        ) from None


def address_of(request: HttpRequest) -> str:
    """The numeric address the request comes from; empty when it cannot be known."""
    address = _numeric(request.META.get("REMOTE_ADDR", ""))
    if not any(name in request.META for name in _FORWARDED):
        return address
    if not _is_in(address, settings.PROXIES):
        return ""
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")[-_MOST_HOPS:]
    # The last proxy wrote the last address; what stands before those of trusted proxies anybody may write.
    for hop in reversed(hops):
        address = _numeric(hop.strip())
        if not _is_in(address, settings.PROXIES):
            return address
    return ""


def connected_from(request: HttpRequest) -> str:
    """The numeric address of whoever is connected, which may be a proxy."""
    return _numeric(request.META.get("REMOTE_ADDR", ""))


def sender_of(address: str) -> str:
    """What limits count an address under: an IPv4 address itself, of IPv6 the network of 64 bits.

    One customer holds such a network whole, and could come from another address of it with every attempt.
    """
    number = ipaddress.ip_address(address) if address else None
    if number is None or number.version == 4 or number.is_loopback:
        return address
    # A zone ("fe80::1%eth0") belongs to no network.
    return str(ipaddress.IPv6Network((int(number), _CUSTOMER_BITS), strict=False))


def public_address(request: HttpRequest) -> str:
    """Scheme and host others know this site by, without a slash at the end.

    KHOYTE_ADDRESS, else what the request was sent to; its host is one of KHOYTE_HOSTS.
    """
    if settings.ADDRESS:
        return settings.ADDRESS
    scheme = "https" if settings.SESSION_COOKIE_SECURE else request.scheme
    return f"{scheme}://{request.get_host()}"


def is_inside(address: str) -> bool:
    """Whether an address lies in a network that counts as inside; the unknown one does not."""
    return _is_in(address, settings.INSIDE)


def _numeric(written: str) -> str:
    """An address in its one spelling, an IPv4 address carried in IPv6 as itself; empty for anything else."""
    try:
        address = ipaddress.ip_address(written)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


def _is_in(address: str, those: Sequence[Network]) -> bool:
    if not address:
        return False
    number = ipaddress.ip_address(address)
    return any(number in network for network in those if network.version == number.version)
