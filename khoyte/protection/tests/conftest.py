"""Fixtures import late: pytest reads this file before the root conftest has set Django up."""

import pytest


@pytest.fixture
def country(db: None) -> None:
    """The invented country of the tests of submissions."""
    from khoyte.submissions.tests.senders import make_country

    make_country()
