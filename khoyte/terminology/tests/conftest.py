import pytest


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    """An empty home for this test alone."""
    place = tmp_path / "home"
    monkeypatch.setenv("KHOYTE_HOME", str(place))
    monkeypatch.delenv("KHOYTE_CATALOGUES", raising=False)
    return place
