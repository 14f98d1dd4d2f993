from datetime import date

import pytest

from khoyte.legal.ceilings import TRAINEES_OF_SUPERVISOR, ceiling_on, ceilings


def test_a_supervisor_guides_five_since_the_decree() -> None:
    found = ceiling_on(TRAINEES_OF_SUPERVISOR, date(2024, 1, 1))
    assert found is not None
    assert (found.most, found.confidence) == (5, "secondary")
    assert "96/2023" in found.legal
    assert ceiling_on(TRAINEES_OF_SUPERVISOR, date(2023, 12, 31)) is None


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        ceilings("no such ceiling")
