"""Fixtures import late: pytest reads this file before the root conftest has set Django up."""

from typing import Any

import pytest


@pytest.fixture
def country(db: None) -> None:
    from khoyte.units.tests.country import make_units

    make_units()


@pytest.fixture
def learners(country: None) -> dict[str, Any]:
    """The training province with one learner: role -> account."""
    from khoyte.guidance import sandbox
    from khoyte.units.models import Account

    made = sandbox.fill(seats=1, by=sandbox.BY)
    names = [line["username"] for line in made]
    return {one.role: one for one in Account.objects.select_related("unit").filter(username__in=names)}
