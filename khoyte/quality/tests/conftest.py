"""Fixtures import late: pytest reads this file before the root conftest has set Django up."""

import pytest


@pytest.fixture
def country(db: None) -> None:
    """The invented country of `senders`, gone again after the test."""
    from khoyte.submissions.tests.senders import make_country

    make_country()
