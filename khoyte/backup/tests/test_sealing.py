"""A sealed piece opens to what was sealed, and to nothing else."""

import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.backup import errors, sealing
from khoyte.backup.keys import BackupKey, load, load_or_make
from khoyte.backup.sealing import CHUNK_BYTES

KEY = BackupKey(bytes(range(32)))
NAME = "wal/00000001/000000010000000000000001"


def sealed(content: list[bytes], *, compress: bool = True, key: BackupKey = KEY, name: str = NAME) -> bytes:
    return b"".join(sealing.seal(key, name, content, compress=compress))


def opened(piece: bytes, *, key: BackupKey = KEY, name: str = NAME) -> bytes:
    return b"".join(sealing.opened(key, name, io.BytesIO(piece)))


@given(st.lists(st.binary(max_size=2000), max_size=6), st.booleans())
@settings(deadline=None, max_examples=50)
def test_what_was_sealed_opens_again(content: list[bytes], compress: bool) -> None:
    piece = sealed(content, compress=compress)
    assert opened(piece) == b"".join(content)
    sealing.check(KEY, NAME, io.BytesIO(piece))


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_at_the_edges_of_chunks(length: int) -> None:
    content = os.urandom(length)
    assert opened(sealed([content], compress=False)) == content
    assert opened(sealed([content])) == content


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_no_changed_bit_goes_unnoticed(data: st.DataObject) -> None:
    piece = bytearray(sealed([b"abc" * 1000]))
    at = data.draw(st.integers(0, len(piece) - 1))
    piece[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((errors.PieceDamaged, errors.OtherKey)):
        opened(bytes(piece))


@given(st.integers(0, 3 * (CHUNK_BYTES + 16) + 57))
@settings(deadline=None, max_examples=40)
def test_no_piece_is_taken_for_whole_when_its_end_is_missing(length: int) -> None:
    piece = sealed([bytes(3 * CHUNK_BYTES)], compress=False)
    assert length < len(piece)
    with pytest.raises(errors.PieceDamaged):
        opened(piece[:length])


def test_chunks_cannot_change_places_or_be_left_out_or_doubled() -> None:
    size = CHUNK_BYTES + 16
    piece = sealed([os.urandom(3 * CHUNK_BYTES)], compress=False)
    head, chunks = piece[: -3 * size], [piece[len(piece) - n * size :][:size] for n in (3, 2, 1)]
    for order in ([1, 0, 2], [0, 2], [0, 0, 1, 2], [1, 2], [0, 1, 2, 2], [0, 1]):
        with pytest.raises(errors.PieceDamaged):
            opened(head + b"".join(chunks[n] for n in order))


def test_a_piece_is_bound_to_its_name_and_a_wrong_key_is_told_apart() -> None:
    piece = sealed([b"x"])
    with pytest.raises(errors.PieceDamaged):
        opened(piece, name=NAME.replace("1", "2"))
    with pytest.raises(errors.OtherKey):
        opened(piece, key=BackupKey(bytes(32)))


def test_the_same_content_never_looks_the_same_and_shows_nothing() -> None:
    first, second = sealed([b"Nguyen Van A" * 50]), sealed([b"Nguyen Van A" * 50])
    assert first[-60:] != second[-60:]
    assert b"Nguyen" not in first


def test_a_key_is_made_once_read_back_and_never_shown(tmp_path) -> None:
    path = tmp_path / "key.txt"
    made, is_new = load_or_make(path)
    again, is_new_again = load_or_make(path)
    assert (made, is_new, is_new_again) == (again, True, False)
    assert path.stat().st_mode & 0o777 == 0o600
    assert repr(made.secret) not in repr(made)
    with pytest.raises(errors.BackupUnusable, match="no backup key in"):
        load(tmp_path / "other")
    path.write_text("khoyte-backup-key-1:AAAA")
    with pytest.raises(errors.BackupUnusable, match="holds no backup key"):
        load(path)
