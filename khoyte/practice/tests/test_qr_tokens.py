"""QR texts are read offline, and nothing but what a published key signed is taken."""

import base64
import json
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from khoyte.practice import qr_tokens
from khoyte.practice.qr_tokens import Licence, NotGenuine, key_set, read, sign, text_of

RAW = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = RAW.public_key().public_bytes_raw()
KEYS = key_set([("7", PUBLIC)])
KEY = OKPKey.import_key(RAW)
CODE = "A" * 42
LICENCE = Licence(
    code=CODE,
    name="Nguyễn Thị Ánh",
    title="Bác sỹ",
    number="000123/DEMO-GPHN",
    issuer="Sở Y tế tỉnh Bình An",
    issued=date(2024, 6, 1),
    valid_to=date(2029, 5, 31),
    signed_on=date(2026, 11, 28),
)
TEXT = text_of("https://khoyte.vn", CODE, sign(LICENCE, KEY, "7"))

words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)
days = st.none() | st.dates()


@given(words, words, words, days, days)
def test_what_is_signed_is_read_again(name, number, issuer, issued, valid_to) -> None:
    licence = Licence(CODE, name, "Bác sỹ", number, issuer, issued, valid_to, date(2026, 1, 2), key="7")
    assert read(sign(licence, KEY, "7"), KEYS) == licence


def test_a_code_holds_what_is_public_and_fits_a_small_print() -> None:
    assert len(TEXT) < 600
    assert "#" in TEXT
    assert "Nguy" not in TEXT.partition("#")[0]
    words = json.loads(jws.extract_compact(TEXT.rpartition("#")[2].encode()).payload)
    assert set(words) == {"sub", "n", "t", "g", "o", "d", "x", "s"}


@given(st.integers(0, len(TEXT) - 1), st.characters(codec="ascii"))
def test_a_changed_letter_is_never_taken_for_genuine(place: int, letter: str) -> None:
    changed = TEXT[:place] + letter + TEXT[place + 1 :]
    try:
        found = read(changed, KEYS)
    except NotGenuine:
        return
    # What stands before the code (the host) is not signed; base64 may spell the same bytes twice.
    assert found == read(TEXT, KEYS)


def test_keys_that_are_not_published_sign_nothing() -> None:
    other = Ed25519PrivateKey.generate()
    forged = sign(LICENCE, OKPKey.import_key(other), "7")
    for text, keys in ((forged, KEYS), (TEXT, key_set([])), (TEXT, key_set([("8", PUBLIC)]))):
        with pytest.raises(NotGenuine):
            read(text, keys)
    both = key_set([("8", other.public_key().public_bytes_raw()), ("7", PUBLIC)])
    assert read(TEXT, both).number == LICENCE.number


def test_a_genuine_signature_behind_another_address_is_refused() -> None:
    signature = TEXT.rpartition("#")[2]
    with pytest.raises(NotGenuine):
        read(text_of("https://khoyte.vn", "B" * 42, signature), KEYS)


@pytest.mark.parametrize(
    "text", ["", "#", "a.b.c", "....", "https://khoyte.vn/xac-minh/x#", "é", "x" * 5000, "e30.e30.e30"]
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(NotGenuine):
        read(text, KEYS)


def test_no_other_algorithm_is_taken() -> None:
    head = base64.urlsafe_b64encode(b'{"alg":"none","kid":"7"}').decode().rstrip("=")
    none = f"{head}." + TEXT.rpartition("#")[2].split(".")[1] + "."
    with pytest.raises(NotGenuine):
        read(none, KEYS)
    assert qr_tokens.ALGORITHM == "Ed25519"
