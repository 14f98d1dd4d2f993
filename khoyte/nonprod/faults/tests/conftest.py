"""One whole system for the tests of a module."""

from collections.abc import Iterator

import pytest

from khoyte.nonprod.faults.system import OwnSystem, own_ipv6


@pytest.fixture(scope="module")
def system() -> Iterator[OwnSystem]:
    # Over IPv6 where the machine has it: all else runs over IPv4.
    with OwnSystem(host=own_ipv6() or "127.0.0.1") as running:
        yield running
