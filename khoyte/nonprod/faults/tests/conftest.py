"""One whole system for the tests of a module."""

from collections.abc import Iterator

import pytest

from khoyte.nonprod.faults.system import OwnSystem


@pytest.fixture(scope="module")
def system() -> Iterator[OwnSystem]:
    with OwnSystem() as running:
        yield running
