"""A folder and an object store keep the same promises."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from khoyte.backup import errors
from khoyte.backup.places import FolderPlace, Place, open_place


@pytest.fixture(params=["folder", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    return open_place(tmp_path / "place" if request.param == "folder" else f"memory://{tmp_path.name}")


def test_what_was_put_is_found_again(place: Place) -> None:
    assert place.put("a/b/one", [b"x", b"yz"]) == 3
    place.put("a/two", [b""])
    assert place.names("a") == ["a/b/one", "a/two"]
    assert place.names("none") == []
    with place.open("a/b/one") as file:
        assert file.read() == b"xyz"
    assert (place.size("a/b/one"), place.size("a/two"), place.size("a/none")) == (3, 0, None)
    place.put("a/two", [b"new"])
    assert place.size("a/two") == 3
    place.remove("a/b/one")
    assert place.names("a") == ["a/two"]
    with pytest.raises(errors.PieceMissing, match="a/b/one"):
        place.open("a/b/one")


def test_what_was_interrupted_leaves_no_piece(place: Place) -> None:
    def content() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        place.put("bases/1/manifest", content())
    assert place.names("bases") == []


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(errors.BackupImpossible, match="file"):
        FolderPlace(tmp_path / "file").put("bases/1", [b"x"])


def test_an_unknown_kind_of_address_is_refused() -> None:
    with pytest.raises(errors.BackupImpossible, match="nonsense"):
        open_place("nonsense://x")
