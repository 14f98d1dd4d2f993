import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.crypto import Keyring, SealBroken, SecretUnreadable, secret_file

RING = Keyring.make()


@given(st.binary(max_size=200), st.text(max_size=20))
def test_what_is_sealed_opens_again(plain, purpose):
    assert RING.open(RING.seal(plain, purpose), purpose) == plain


def test_the_same_text_is_never_sealed_alike():
    assert RING.seal(b"999123456789") != RING.seal(b"999123456789")


@given(st.data())
def test_a_changed_token_does_not_open(data):
    token = RING.seal(b"999123456789", "number")
    place = data.draw(st.integers(0, len(token) - 1))
    changed = bytearray(token)
    changed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SealBroken):
        RING.open(bytes(changed), "number")


@given(st.binary(max_size=40))
def test_noise_does_not_open(noise):
    with pytest.raises(SealBroken):
        RING.open(noise)


def test_a_token_cut_short_does_not_open():
    token = RING.seal(b"x")
    for length in range(len(token)):
        with pytest.raises(SealBroken):
            RING.open(token[:length])


def test_a_token_opens_for_its_own_purpose_only():
    with pytest.raises(SealBroken):
        RING.open(RING.seal(b"x", "person.number"), "person.phone")


def test_a_token_of_another_installation_does_not_open():
    with pytest.raises(SealBroken) as broken:
        RING.open(Keyring.make().seal(b"x"))
    assert broken.value.code == "seal-broken"


def test_old_tokens_open_after_a_rotation_and_are_known_as_old():
    rotated = RING.rotated().rotated()
    old, new = RING.seal(b"x"), rotated.seal(b"x")
    assert rotated.open(old) == b"x"
    assert (rotated.is_current(old), rotated.is_current(new)) == (False, True)
    with pytest.raises(SealBroken):
        RING.open(new)


@given(st.text(max_size=30))
def test_a_look_up_hash_is_stable_over_rotations_and_bound_to_its_purpose(value):
    assert RING.blind(value, "a") == RING.rotated().blind(value, "a") == RING.blind(value.encode(), "a")
    assert RING.blind(value, "a") != RING.blind(value, "b")
    assert len(RING.blind(value, "a")) == 32


def test_different_values_and_installations_hash_apart():
    assert RING.blind("999123456789", "a") != RING.blind("999123456780", "a")
    assert RING.blind("999123456789", "a") != Keyring.make().blind("999123456789", "a")


def test_derived_secrets_differ_by_purpose():
    assert RING.derive("session") == RING.derive("session") != RING.derive("token")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions")
def test_the_secret_file_is_made_on_first_use_and_is_private(tmp_path):
    token = Keyring.load(tmp_path).seal(b"x")
    assert Keyring.load(tmp_path).open(token) == b"x"
    assert stat.S_IMODE((tmp_path / "secret.json").stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["secret.json"]


def test_the_secret_file_lies_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KHOYTE_SECRET_FILE", raising=False)
    assert secret_file() == tmp_path / "home" / "secret.json"
    monkeypatch.setenv("KHOYTE_SECRET_FILE", str(tmp_path / "elsewhere.json"))
    Keyring.load()
    assert (tmp_path / "elsewhere.json").exists()
    assert not (tmp_path / "home").exists()


def test_processes_that_start_at_once_share_one_secret(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        roots = set(pool.map(lambda _: Keyring.load(tmp_path).root, range(8)))
    assert len(roots) == 1


def test_a_rotation_is_kept(tmp_path):
    token = Keyring.load(tmp_path).seal(b"x")
    Keyring.load(tmp_path).rotated().save(tmp_path)
    assert Keyring.load(tmp_path).current == "2"
    assert Keyring.load(tmp_path).open(token) == b"x"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{}",
        "[]",
        '{"current": "1", "keys": {}, "root": ""}',
        '{"current": "1", "keys": {"1": "c2hvcnQ="}, "root": "c2hvcnQ="}',
        '{"current": "1", "keys": {"1": "###"}, "root": "###"}',
    ],
)
def test_a_broken_secret_file_is_refused_and_left_alone(tmp_path, content):
    (tmp_path / "secret.json").write_text(content)
    with pytest.raises(SecretUnreadable) as refused:
        Keyring.load(tmp_path)
    assert refused.value.remedy is not None
    assert (tmp_path / "secret.json").read_text() == content


def test_nothing_shows_the_keys(tmp_path):
    ring = Keyring.load(tmp_path)
    written = json.loads((tmp_path / "secret.json").read_text())
    assert written["root"] not in repr(ring)
    assert ring.root.hex() not in repr(ring)
    assert str(ring.root) not in repr(ring)
