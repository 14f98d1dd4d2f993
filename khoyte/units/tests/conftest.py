"""Fixtures import late: pytest reads this file before the root conftest has set Django up."""

import pytest


@pytest.fixture
def units(db: None) -> None:
    """A ministry, two provinces, two facilities of the first and one of the second."""
    from khoyte.units.tests.country import make_units

    make_units()


@pytest.fixture
def committed_units(transactional_db: None) -> None:
    """The same, really committed: for tests with several connections."""
    from khoyte.units.tests.country import make_units

    make_units()
