"""The matrix's world, made for a test and gone with it."""

import pytest


@pytest.fixture
def matrix_world(db: None) -> tuple:
    """(world, askers)."""
    # The root conftest sets Django up after this file is read.
    from khoyte.nonprod.matrix.asking import askers
    from khoyte.nonprod.matrix.world import build_world

    return build_world(), askers()
