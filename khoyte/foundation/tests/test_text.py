import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.text import fold, nfc, person_sort_key, repair, settle_tones, sort_key

WORDS = st.text(alphabet="aăâbcdđeêghiklmnoôơpqrstuưvxyAĂÂĐÊÔƠƯáàảãạốộệữừ -'", max_size=12)


def test_composes_what_came_decomposed():
    assert nfc(unicodedata.normalize("NFD", "Nguyễn")) == "Nguyễn"
    assert len(nfc(unicodedata.normalize("NFD", "Nguyễn"))) == 6


def test_repairs_look_alikes_quotes_and_spaces():
    assert repair("  Ðặng   Thị\u00a0B’Lao ð") == "Đặng Thị B'Lao đ"


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Đặng Thị Hòa", "dang thi hoa"),
        ("Ðức", "duc"),
        ("NGUYỄN  VĂN\tƯỚC", "nguyen van uoc"),
        ("Đắk Lắk", "dak lak"),
        ("B’Lao", "b'lao"),
        ("plain  TEXT", "plain text"),
        ("", ""),
        ("ß", "ss"),
    ],
)
def test_folds_for_search(written, folded):
    assert fold(written) == folded


@given(st.text())
def test_folding_twice_is_folding_once(written):
    assert fold(fold(written)) == fold(written)


@given(WORDS)
def test_all_written_forms_fold_and_sort_alike(written):
    decomposed = unicodedata.normalize("NFD", written)
    assert fold(decomposed) == fold(written)
    assert sort_key(decomposed) == sort_key(written)


@pytest.mark.parametrize(
    ("written", "settled"),
    [
        ("hoà", "hòa"),
        ("hòa", "hòa"),
        ("Thuỷ", "Thủy"),
        ("UỶ", "ỦY"),
        ("khoẻ", "khỏe"),
        ("quý", "quý"),
        ("Quỳ", "Quỳ"),
        ("hoàn", "hoàn"),
        ("khuỷu", "khuỷu"),
        ("toạ độ", "tọa độ"),
        ("loè loẹt", "lòe loẹt"),
    ],
)
def test_settles_the_place_of_the_tone(written, settled):
    assert settle_tones(written) == settled


def stand_in_order(texts, key=sort_key):
    """Whether every key is smaller than the next: equal keys would keep any order they came in."""
    return all(key(left) < key(right) for left, right in pairwise(texts))


def test_letters_sort_in_the_order_of_the_vietnamese_alphabet():
    alphabet = list("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")
    assert stand_in_order(alphabet)


def test_tones_sort_ngang_huyen_hoi_nga_sac_nang():
    tones = ["ma", "mà", "mả", "mã", "má", "mạ"]
    assert stand_in_order(tones)


@pytest.mark.parametrize(
    "in_order",
    [
        ["An", "Ăn", "ân", "Ân", "Ấn", "Âu", "Dũng", "Đạt", "Em", "ỷ", "Ý", "Zung"],
        ["Hà", "Hà An", "Hà Nam", "Hải"],
        ["Tỉnh 1", "Tỉnh A"],
        ["a-b", "ab"],
        ["Z", "Я"],
        ["nhà", "Nhà"],
    ],
)
def test_sorts_as_a_dictionary_does(in_order):
    assert stand_in_order(in_order)


@given(WORDS)
def test_keys_of_vietnamese_text_are_printable_ascii(written):
    key = sort_key(written)
    assert key.isascii()
    assert key.isprintable()


@given(WORDS, WORDS)
def test_keys_agree_with_a_plain_comparison_letter_by_letter(left, right):
    alphabet = " aăâbcdđeêghiklmnoôơpqrstuưvxy"

    def letters(written):
        settled = unicodedata.normalize("NFD", repair(written).lower())
        toneless = "".join(sign for sign in settled if sign not in "\u0300\u0301\u0303\u0309\u0323")
        bare = unicodedata.normalize("NFC", toneless)
        return [alphabet.find(letter) if letter not in "-'" else 0.5 for letter in bare]

    if letters(left) < letters(right):
        assert sort_key(left) < sort_key(right)


@given(st.text())
def test_any_text_has_a_key_without_control_signs(written):
    assert not any(unicodedata.category(sign) == "Cc" for sign in sort_key(written))


def test_people_sort_by_given_name_then_family_name_then_middle_name():
    people = ["Lê Thị An", "Nguyễn Văn An", "Nguyễn Vũ An", "Trần Bình", "Đỗ Thị Hoà", "Lê Thị Hòa", "Y"]
    assert stand_in_order(people, person_sort_key)


def test_a_shorter_given_name_stands_before_a_longer_one():
    assert person_sort_key("Vũ An") < person_sort_key("An Anh")


def test_an_empty_name_has_an_empty_key():
    assert person_sort_key("") == ""
