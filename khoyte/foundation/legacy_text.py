"""Vietnamese written for the fonts of before Unicode: TCVN3 (ABC, fonts .Vn…) and VNI (fonts VNI-…).

Such text holds western letters that only its font shows as Vietnamese: "NguyÔn" or "Nguyeãn" for Nguyễn. A
spreadsheet keeps the letters and loses the font. TCVN3 has no capitals with tones (a capital font shows the
small ones large): they are told by the other letters of their word.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path


def _tcvn3() -> dict[str, str]:
    """The sign of the western code page → the letter its font shows (data/tcvn3.csv, TCVN 5712:1993)."""
    text = (Path(__file__).parent / "data" / "tcvn3.csv").read_text(encoding="utf-8")
    lines = (line.split(",") for line in text.split()[1:])
    return {chr(int(code, 16)): letter for code, letter in lines}


TCVN3 = _tcvn3()
_PLAIN_TONES = zip("øùûõï", "\u0300\u0301\u0309\u0303\u0323", strict=True)
_CIRCUMFLEX = zip("âàáåãä", ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"), strict=True)
_BREVE = zip("êèéúüë", ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"), strict=True)


def _vni() -> dict[str, str]:
    """What VNI writes → the letter; two signs for most letters, one for i with a tone, ỵ, đ, ơ, ư."""
    found = dict(zip("ìíæóòîñôö", "ìíỉĩịỵđơư", strict=True))
    tones = list(_PLAIN_TONES)
    for written, base in (*((letter, letter) for letter in "aeouy"), ("ô", "ơ"), ("ö", "ư")):
        found |= {written + sign: base + mark for sign, mark in tones}
    circumflex, breve = list(_CIRCUMFLEX), list(_BREVE)
    for letter in "aeo":
        found |= {letter + sign: f"{letter}\u0302{mark}" for sign, mark in circumflex}
    found |= {f"a{sign}": f"a\u0306{mark}" for sign, mark in breve}
    found = {written: unicodedata.normalize("NFC", letter) for written, letter in found.items()}
    return found | {written.upper(): letter.upper() for written, letter in found.items()}


VNI = _vni()
_OF_VNI = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))
_LETTERS = re.compile(r"[^\s\d.,;:()/\"'+\-]+")
_WESTERN = re.compile("[\u00a1-\u00ff]")
_BEYOND = re.compile("[\u0100-\U0010ffff]")


def from_tcvn3(text: str) -> str:
    return re.sub(r"\S+", lambda found: _word_of_tcvn3(found.group()), text)


def _word_of_tcvn3(word: str) -> str:
    made = "".join(TCVN3.get(sign, sign) for sign in word)
    plain = [sign for sign in word if sign.isascii() and sign.isalpha()]
    plain += [TCVN3[sign] for sign in word if sign in TCVN3 and TCVN3[sign].isupper()]
    # One capital begins a name (Đỗ, Hồ); it takes two to say that the whole word is in capitals.
    capital = len(plain) > 1 and all(sign.isupper() for sign in plain)
    return made.upper() if capital else made


def from_vni(text: str) -> str:
    return _OF_VNI.sub(lambda found: VNI[found.group()], text)


WAYS = {"tcvn3": from_tcvn3, "vni": from_vni}

# Onset, vowels and end of a syllable, without its tone.
_ONSETS = "ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdđghklmnprstvx]"
_NUCLEI = (
    "iêu|yêu|oai|oao|oay|oeo|uôi|ươi|ươu|uây|uyê|uya|uyu|ai|ao|au|ay|âu|ây|eo|êu|ia|iê|iu|oa|oă|oe|oi|ôi|ơi|oo|"
    "ua|uâ|uê|ui|uô|uơ|uy|ưa|ưi|ươ|ưu|yê|[aăâeêioôơuưy]"
)
_SYLLABLE = re.compile(rf"(?:{_ONSETS})?(?:{_NUCLEI})(?:ng|nh|ch|[cmnpt])?")
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")


def is_syllable(word: str) -> bool:
    """Whether a word is built as a Vietnamese syllable, in any case, with at most one tone."""
    small = word.lower().replace("ð", "đ")
    tones, bare = 0, []
    for sign in unicodedata.normalize("NFD", small):
        if sign in _TONES:
            tones += 1
        else:
            bare.append(sign)
    return tones < 2 and bool(_SYLLABLE.fullmatch(unicodedata.normalize("NFC", "".join(bare))))


def legacy_way(texts: Iterable[str]) -> str:
    """ "tcvn3" or "vni" when these texts, as one column or file, were written for such fonts; else "".

    Proper text is never taken for it: one letter beyond Latin-1 says Unicode; words that are Vietnamese as
    they stand are left; and nearly all marked words must be Vietnamese once converted.
    """
    marked = [text for text in texts if _WESTERN.search(text) and not _BEYOND.search(text)]
    words = {word for text in marked for word in _LETTERS.findall(text) if _WESTERN.search(word)}
    # A sign that stands alone proves nothing: it must be part of a word with plain letters.
    wrong = {word for word in words if not is_syllable(word) and re.search("[A-Za-z]", word)}
    if not wrong:
        return ""
    best, most = "", 0.0
    for name, convert in WAYS.items():
        share = sum(is_syllable(convert(word)) for word in words) / len(words)
        if share > most:
            best, most = name, share
    cured = sum(is_syllable(WAYS[best](word)) for word in wrong) / len(wrong) if best else 0
    return best if most >= 0.9 and cured >= 0.9 else ""


def samples(texts: Iterable[str], way: str, most: int = 3) -> Iterator[tuple[str, str]]:
    """Single words before and after: enough to judge by, too little to name anybody."""
    seen: set[str] = set()
    for text in texts:
        for word in _LETTERS.findall(text):
            if _WESTERN.search(word) and word not in seen:
                seen.add(word)
                yield word, WAYS[way](word)
                if len(seen) >= most:
                    return
