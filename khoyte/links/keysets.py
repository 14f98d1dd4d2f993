"""Fetching the public keys that software keeps at an address of its own (jwks_uri), as webhooks are called.

`settings.KEYSET_FETCHER` names this function to `units`, which knows nothing of this room.
"""

from django.conf import settings

from khoyte.links.addresses import parse
from khoyte.links.errors import AddressRefused
from khoyte.links.posting import ask
from khoyte.units.client_keys import LONGEST_FILE

SECONDS = 3.0


def fetch(address: str) -> bytes:
    """What stands at an https address; empty for anything but a whole answer in time and of sensible size.

    Public hosts only, or those of the networks the operator has named in KHOYTE_JWKS_NETWORKS; by the address
    that is connected to; redirects are not followed.
    """
    try:
        place = parse(address)
    except AddressRefused:
        return b""
    if place.scheme != "https":
        return b""
    answer = ask(
        "GET",
        place,
        b"",
        {"Accept": "application/json"},
        loopback=False,
        networks=settings.JWKS_NETWORKS,
        timeout=SECONDS,
        most=LONGEST_FILE,
    )
    return answer.body if answer.status == 200 else b""
