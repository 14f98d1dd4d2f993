"""The Vietnamese of the product, as far as a machine can hold it: spelling, terms, places, ends of sentences.

A native reader judges the rest. A word that a reader rejected goes into `NOT_SAID` with what is said instead.
"""

import re
import unicodedata

import pytest

from khoyte.foundation.language import Text
from khoyte.standards import epochs, standard_on
from khoyte.submissions.rulebook import RULEBOOK

from .sentences import Sentence, sentences

ALL = sentences()
PLACE = re.compile(r"\{[^{}\s\"]+\}")
# What a reader may type or must find in a file: commands, addresses, places, field names, file kinds.
TYPED = re.compile(
    r"`[^`]*`|\{[^{}]*\}|/[a-z0-9/-]{3,}|https?:\S+|--?[a-z][a-z-]+|khoyte [a-z]+( [a-z]+)*"
    r"|[\w-]*-[A-Z]\w+|\b[A-Z][A-Z0-9_]+_[A-Z0-9_]+\b|\w+/octet-\S+|encoding=\S+"
)

NOT_SAID = {
    r"quy định dữ liệu": "chuẩn dữ liệu",
    r"bệnh nhân": "người bệnh (Luật 15/2023/QH15)",
    r"khám chữa bệnh": "khám bệnh, chữa bệnh",
    r"cơ sở y tế": "cơ sở khám bệnh, chữa bệnh",
    r"KCB": "khám bệnh, chữa bệnh",
    r"DVKT": "dịch vụ kỹ thuật",
    r"VTYT": "vật tư y tế",
    r"HSBA": "hồ sơ bệnh án",
    r"CSKCB": "cơ sở khám bệnh, chữa bệnh",
    r"bác sĩ": "bác sỹ (Luật 15/2023/QH15)",
    r"tỉ lệ": "tỷ lệ",
    r"[Kk]ĩ thuật": "kỹ thuật",
    r"lí do": "lý do",
    r"xử lí": "xử lý",
    r"từ chối thanh toán": "chưa đạt; Khoyte không quyết định việc thanh toán",
    r"kết quả giám định": "kết quả kiểm tra",
    r"không hợp chuẩn": "chưa đạt",
    r"vui lòng|xin lỗi|xin hãy": "đề nghị, hoặc câu mệnh lệnh không có từ đệm",
    r"bạn(?! tình)|chúng tôi|quý khách": "ông/bà, đơn vị, hoặc không có chủ ngữ",
    r"lỗi hệ thống": "điều chưa làm được, kèm mã tra cứu",
    r"tập tin": "tệp",
    r"nhấn|nhấp|kích vào": "bấm",
    r"tải xuống|tải về": "tải",
    r"đăng xuất khỏi hệ thống": "đăng xuất",
    r"sở y tế": "Sở Y tế",
    r"bộ y tế": "Bộ Y tế",
    r"mã băm": "mã kiểm tra toàn vẹn",
    r"sổ tính": "tệp bảng tính",
    r"token|webhook|cursor|tenant|worker|upload|download|click|login|server|user|password|file|folder|link"
    r"|online|update|backup|bug|import|export|email|account|website|web site": "từ tiếng Việt",
}
CAPITALS = {"Sở Y tế", "Bộ Y tế"}
NEW_STYLE = re.compile(r"(o[àáảãạ]|o[èéẻẽẹ]|(?<!q)u[ỳýỷỹỵ])(?!\w)", re.IGNORECASE)
ERROR_FILES = re.compile(r"(^|[/_])(errors|unreadable)\.py:")


def failing(wrong) -> list[str]:
    return [str(sentence) for sentence in ALL if wrong(sentence)]


def places(words: str) -> set[str]:
    """The names in braces; `{vi}` and `{en}` fill one place, and `{written(x)}` is the place of x."""
    names = {re.sub(r"^\w+\((\w+)\)$", r"\1", place[1:-1]) for place in PLACE.findall(words)}
    return {"both" if name in ("vi", "en") else re.sub(r"\.(vi|en)\b", "", name) for name in names}


def untyped(words: str) -> str:
    """The words without what is a name for machines."""
    return TYPED.sub(" ", words)


def test_the_texts_are_found():
    paired = [sentence for sentence in ALL if sentence.en is not None]
    assert len(ALL) > 2200
    assert len(paired) > 1900
    assert {"khoyte.js", "send.html", "labels.csv", "layers.toml", "structure.py"} <= {
        sentence.where.rpartition("/")[2].partition(":")[0] for sentence in ALL
    }


def test_both_languages_have_the_same_places():
    def differs(sentence: Sentence) -> bool:
        if sentence.en is None:
            return False
        return places(sentence.vi) != places(sentence.en)

    assert failing(differs) == []


@pytest.mark.parametrize("day", epochs())
def test_rules_have_the_same_places_and_end_their_sentences(day):
    wrong = []
    for rule in RULEBOOK.rules_on(day, standard_on(day)):
        for text in (rule.label, rule.message, rule.hint):
            if places(text.vi) != places(text.en):
                wrong.append(text)
        wrong += [text for text in (rule.message, rule.hint) if not (text.vi[-1] == text.en[-1] == ".")]
        if rule.label.vi.endswith("."):
            wrong.append(rule.label)
    assert wrong == []


def test_letters_are_composed():
    assert failing(lambda s: unicodedata.normalize("NFC", s.vi) != s.vi) == []


def test_no_letter_that_only_looks_vietnamese():
    """The Icelandic eth and the African D with stroke look like Đ, and no search for Đ finds them."""
    assert failing(lambda s: re.search("[\u00d0\u00f0\u0189\u0256]", s.vi) is not None) == []


def test_tone_marks_stand_in_the_older_way():
    """hòa, khóa, hủy, thủy: the way of laws and decrees since the Constitution, not hoà, khoá, huỷ."""
    assert failing(lambda s: NEW_STYLE.search(s.vi) is not None) == []


@pytest.mark.parametrize("said", ["hoà", "khoá", "mã hoá", "huỷ", "Thuỷ", "xoè"])
def test_the_newer_way_would_be_seen(said):
    assert NEW_STYLE.search(said)


@pytest.mark.parametrize("said", ["quý", "hoàn", "khoảng", "quỹ", "thuyết", "khỏe", "hủy", "toán"])
def test_the_older_way_is_not_mistaken(said):
    assert NEW_STYLE.search(said) is None


def test_blanks_are_single_and_before_no_mark():
    def careless(sentence: Sentence) -> bool:
        lines = [line.strip() for line in sentence.vi.splitlines()]
        return any("  " in line or re.search(r"\s[,;:.?](\s|$)", line) for line in lines)

    assert failing(careless) == []


def test_a_share_is_written_as_in_laws():
    """80%, not 80 %; the places of a sentence count as numbers."""
    assert failing(lambda s: re.search(r"[\d}]\s+%", s.vi) is not None) == []


def test_a_day_has_two_digits():
    assert failing(lambda s: re.search(r"(?<![\d/])(\d/\d{1,2}|\d\d/\d)/\d{4}", s.vi) is not None) == []


def test_no_sentence_shouts():
    assert failing(lambda s: "!" in untyped(s.vi)) == []


def test_one_term_for_one_thing():
    wrong = []
    for rejected, said in NOT_SAID.items():
        exact = re.IGNORECASE if rejected == rejected.lower() and said not in CAPITALS else 0
        pattern = re.compile(rf"(?<![\w-])({rejected})(?![\w-])", exact)
        wrong += [f"{s} (say: {said})" for s in ALL if pattern.search(untyped(s.vi))]
    assert wrong == []


def test_the_old_certificate_stands_beside_the_licence():
    """Chứng chỉ hành nghề is a paper from before 2024; today it is giấy phép hành nghề."""
    assert failing(lambda s: "chứng chỉ" in s.vi and "hành nghề" in s.vi and "giấy phép" not in s.vi) == []


def test_errors_end_their_sentences():
    """A message ends with a full stop, with what another program said, or with a command to type."""

    def open_ended(sentence: Sentence) -> bool:
        if sentence.en is None or not ERROR_FILES.search(sentence.where):
            return False
        whole = not sentence.vi.startswith("{")
        return whole and re.search(r"([.…]|\}|: khoyte [a-z ]+)$", sentence.vi) is None

    assert failing(open_ended) == []


def test_a_text_is_not_its_own_translation():
    """Sentences, not names: a Vietnamese sentence copied into the English place is a text forgotten."""
    assert (
        failing(lambda s: s.en == s.vi and len(s.vi.split()) > 3 and " … " not in s.vi and "→" not in s.vi)
        == []
    )


def test_a_place_is_filled_in_both_languages():
    assert Text("{n} hồ sơ", "{n} dossiers").fill(n=3) == Text("3 hồ sơ", "3 dossiers")
