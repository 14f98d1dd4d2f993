"""The raw store keeps exactly what was sent, durably, once, and reads it from any place."""

import hashlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.foundation import zstd_frames
from khoyte.foundation.blobs import (
    BlobDamaged,
    BlobInfo,
    BlobMissing,
    BlobNotKept,
    BlobReader,
    BlobStore,
    ByteSource,
    BytesSource,
    FileSource,
    open_store,
)

# Three frames and a bit, so that reads cross frame borders.
LONG = b"".join(b"%07d\n" % number for number in range(420_000))


@pytest.fixture
def store(tmp_path: Path) -> BlobStore:
    return BlobStore(tmp_path / "blobs")


def pieces(data: bytes, size: int = 300_001) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


@pytest.fixture(scope="module")
def long_blob(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlobReader]:
    store = BlobStore(tmp_path_factory.mktemp("long"))
    with store.open(store.write_stream(pieces(LONG)).sha256) as reader:
        yield reader


def files_in(store_folder: Path) -> list[Path]:
    return [path for path in store_folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    "data",
    [b"", b"a", LONG[: 1 << 20], LONG[: (1 << 20) + 1], LONG],
    ids=["empty", "one byte", "one frame", "one frame and a byte", "long"],
)
def test_what_was_written_is_read_back(store: BlobStore, data: bytes) -> None:
    info = store.write_stream(pieces(data))
    assert info == BlobInfo(hashlib.sha256(data).hexdigest(), len(data))
    with store.open(info.sha256) as reader:
        assert reader.size == len(data)
        assert b"".join(reader.chunks()) == data
        assert all(reader.chunks(4096))


def test_any_zstd_program_unpacks_a_blob(store: BlobStore, tmp_path: Path) -> None:
    store.write_stream(pieces(LONG))
    (packed,) = files_in(tmp_path / "blobs")
    with packed.open("rb") as file:
        assert zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read() == LONG
    assert packed.stat().st_size < len(LONG) / 3


@given(st.lists(st.tuples(st.integers(0, len(LONG) + 10), st.integers(0, 2_500_000)), max_size=12))
@settings(max_examples=25, deadline=None)
def test_random_reads_equal_slices_of_the_whole(long_blob: BlobReader, reads: list[tuple[int, int]]) -> None:
    for offset, length in reads:
        assert long_blob.read_at(offset, length) == LONG[offset : offset + length]


def test_one_small_read_unpacks_one_frame_only(store: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    unpacked: list[int] = []
    really_unpack = zstd_frames.FrameReader._unpack

    def counting(self: zstd_frames.FrameReader, number: int) -> bytes:
        unpacked.append(number)
        return really_unpack(self, number)

    monkeypatch.setattr(zstd_frames.FrameReader, "_unpack", counting)
    with store.open(store.write_stream(pieces(LONG)).sha256) as reader:
        for offset in range(1_100_000, 1_200_000, 10_000):
            reader.read_at(offset, 9_000)
    assert unpacked == [1]


def test_the_same_content_twice_is_one_blob(store: BlobStore, tmp_path: Path) -> None:
    first = store.write_stream(pieces(LONG, 1000))
    second = store.write_stream(pieces(LONG, 99_999))
    assert first == second
    assert len(files_in(tmp_path / "blobs")) == 1


def test_a_failing_sender_leaves_nothing(store: BlobStore, tmp_path: Path) -> None:
    def cut_off() -> Iterator[bytes]:
        yield LONG
        raise ConnectionResetError("sender went away")

    with pytest.raises(ConnectionResetError):
        store.write_stream(cut_off())
    assert files_in(tmp_path / "blobs") == []


def test_a_full_disk_is_told_and_leaves_nothing(
    store: BlobStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: zstd_frames.FrameWriter, content: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zstd_frames.FrameWriter, "_write_frame", full)
    with pytest.raises(BlobNotKept, match="No space left on device") as caught:
        store.write_stream(pieces(LONG))
    assert caught.value.retry
    assert caught.value.code == "blob-not-kept"
    assert files_in(tmp_path / "blobs") == []


def test_a_missing_blob_is_named(store: BlobStore) -> None:
    with pytest.raises(BlobMissing) as caught:
        store.open("0" * 64)
    assert "0" * 64 in caught.value.say("vi")


def test_a_name_cannot_leave_the_store(store: BlobStore) -> None:
    for name in ("../../etc/passwd", "", "A" * 64, "0" * 63):
        with pytest.raises(ValueError):
            store.open(name)
        with pytest.raises(ValueError):
            store.has(name)


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "table"])
def test_damage_is_told_and_never_read_as_content(store: BlobStore, tmp_path: Path, damage: str) -> None:
    info = store.write_stream(pieces(LONG))
    (path,) = files_in(tmp_path / "blobs")
    packed = bytearray(path.read_bytes())
    if damage == "flipped":
        packed[len(packed) // 2] ^= 0xFF
    elif damage == "table":
        packed[-12] ^= 0x01
    else:
        del packed[0 if damage == "empty" else len(packed) // 2 :]
    path.write_bytes(packed)

    with pytest.raises(BlobDamaged), store.open(info.sha256) as reader:
        b"".join(reader.chunks())
    store.write_stream(pieces(LONG))
    with store.open(info.sha256) as reader:
        assert b"".join(reader.chunks()) == LONG


KILLED_WRITER = """
import sys, time
from khoyte.foundation.blobs import BlobStore
def endless():
    yield b"first" * 500_000
    print("writing", flush=True)
    while True:
        time.sleep(0.01)
        yield b"more" * 500_000
BlobStore(sys.argv[1]).write_stream(endless())
"""


def test_a_killed_writer_leaves_no_blob(store: BlobStore, tmp_path: Path) -> None:
    kept = store.write_stream(pieces(LONG))
    writer = subprocess.Popen(
        [sys.executable, "-c", KILLED_WRITER, str(tmp_path / "blobs")], stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"writing\n"
    time.sleep(0.05)
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    writer.stdout.close()

    left = files_in(tmp_path / "blobs" / "unfinished")
    assert len(left) == 1
    assert set(files_in(tmp_path / "blobs")) - set(left) == {
        tmp_path / "blobs" / kept.sha256[:2] / f"{kept.sha256[2:]}.zst"
    }
    assert store.remove_unfinished() == 0, "a fresh file may belong to a running writer"
    assert store.remove_unfinished(older_than_seconds=-1) == 1
    with store.open(kept.sha256) as reader:
        assert b"".join(reader.chunks()) == LONG


def test_a_store_of_another_kind_works_the_same() -> None:
    store = BlobStore("memory://khoyte-test-blobs")
    info = store.write_stream(pieces(LONG))
    assert store.has(info.sha256)
    assert not store.has("0" * 64)
    with store.open(info.sha256) as reader:
        assert reader.read_at(1_048_570, 20) == LONG[1_048_570:1_048_590]
    with pytest.raises(BlobMissing):
        store.open("0" * 64)


def test_the_place_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHOYTE_BLOBS", (tmp_path / "elsewhere").as_uri())
    info = open_store().write_stream([b"abc"])
    assert (tmp_path / "elsewhere" / info.sha256[:2]).is_dir()
    monkeypatch.delenv("KHOYTE_BLOBS")
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path / "home"))
    open_store().write_stream([b"abc"])
    assert (tmp_path / "home" / "blobs" / info.sha256[:2]).is_dir()


def test_all_sources_answer_alike(store: BlobStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(LONG)
    info = store.write_stream(pieces(LONG))
    with FileSource(tmp_path / "file") as file, store.open(info.sha256) as blob:
        for source in (BytesSource(LONG), file, blob):
            assert isinstance(source, ByteSource)
            assert source.size == len(LONG)
            assert source.read_at(5, 3) == LONG[5:8]
            assert source.read_at(len(LONG) - 2, 10) == LONG[-2:]
            assert source.read_at(len(LONG), 10) == b""
            walk = source.chunks(1_000_000)
            assert next(walk) == LONG[:1_000_000]
            source.read_at(0, 1)
            assert next(walk) == LONG[1_000_000:2_000_000], "a read in between does not move the walk"
