"""Fixtures import late: pytest reads this file before the root conftest has set Django up."""

from typing import Any

import pytest


@pytest.fixture
def province(db: None) -> Any:
    from khoyte.links.tests.units import make_province

    return make_province()


@pytest.fixture
def facility(province: Any) -> Any:
    from khoyte.links.tests.units import make_facility

    return make_facility("97001")


@pytest.fixture
def neighbour(province: Any) -> Any:
    from khoyte.links.tests.units import make_facility

    return make_facility("97002")
