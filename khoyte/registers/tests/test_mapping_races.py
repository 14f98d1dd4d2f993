"""The same form sent twice at once, over real connections."""

import pytest

from khoyte.registers.models import ColumnMapping
from khoyte.registers.tests.offices import OWN
from khoyte.registers.tests.test_mapping import kept_by
from khoyte.units.tests.country import make_units
from khoyte.units.tests.test_races import at_once


@pytest.mark.django_db(transaction=True)
def test_columns_explained_twice_at_once_are_two_versions() -> None:
    make_units()
    assert at_once(*[lambda: kept_by(OWN)] * 4) == ["done"] * 4
    assert sorted(ColumnMapping.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
