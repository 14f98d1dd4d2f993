"""Vietnamese text: one form on entry, one key to search by, one key to sort by.

Text is kept as written (NFC); keys are derived from it. Database and operating system are never asked to sort
or fold: their rules differ between builds, and an index made under one is wrong under another.
"""

import re
import unicodedata

# Letters that look like đ but are not: Icelandic eth and the African d. They come from old keyboard drivers.
_LOOK_ALIKES = str.maketrans({"Ð": "Đ", "ð": "đ", "Ɖ": "Đ", "ɖ": "đ"})
_QUOTES = str.maketrans({"‘": "'", "’": "'", "ʼ": "'", "`": "'", "´": "'", "“": '"', "”": '"'})

CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
"""Control characters that no text of a form holds; tab and ends of lines are white space."""
_CONTROLS = re.compile(CONTROLS)

_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_OTHER_MARK = "6"
_LETTERS_WITH_SHAPE = {
    ("a", "\u0306"): "ă",
    ("a", "\u0302"): "â",
    ("e", "\u0302"): "ê",
    ("o", "\u0302"): "ô",
    ("o", "\u031b"): "ơ",
    ("u", "\u031b"): "ư",
}

# f, j, w, z are not Vietnamese but stand in foreign names; they sort where the Latin alphabet has them.
_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_WEIGHTS = {letter: chr(ord("A") + place) for place, letter in enumerate(_ALPHABET)}

# Below every weight, so that what ends first sorts first: fields of a key, then levels within a field.
_FIELD_END = " "
_LEVEL_END = "!"
_SPACE_WEIGHT = '"'
_SIGN_WEIGHT = "#"

# Open oa, oe, uy carry the tone on either vowel (hoà, hòa); after q the u belongs to the consonant (quý).
_TONE_MARKS = "\u0300\u0309\u0303\u0301\u0323"
_SYLLABLE_END = r"(?![^\W\d_]|[\u0302\u0306\u031b])"
_OPEN_PAIR = r"(?:(?<![qQ])([oO])([aAeE])|(?<![qQ])([uU])([yY]))"
_TONE_ON_SECOND = re.compile(rf"{_OPEN_PAIR}([{_TONE_MARKS}]){_SYLLABLE_END}")


def nfc(written: str) -> str:
    """The composed form (NFC), in which all text is stored."""
    return written if unicodedata.is_normalized("NFC", written) else unicodedata.normalize("NFC", written)


def has_controls(written: str) -> bool:
    return _CONTROLS.search(written) is not None


def without_controls(written: str) -> str:
    return _CONTROLS.sub("", written)


def repair(written: str) -> str:
    """NFC with look-alikes of đ replaced, quotes unified and runs of white space made one space."""
    return " ".join(nfc(written).translate(_LOOK_ALIKES).translate(_QUOTES).split())


def fold(written: str) -> str:
    """The search key: lower case, no marks, đ as d, look-alikes mapped, single spaces."""
    if written.isascii():
        return " ".join(written.translate(_QUOTES).lower().split())
    decomposed = unicodedata.normalize("NFD", repair(written).casefold())
    bare = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return " ".join(unicodedata.normalize("NFC", bare.replace("đ", "d")).split())


def settle_tones(written: str) -> str:
    """One place for the tone of open oa, oe, uy: "hoà" becomes "hòa"; "quý" and "hoàn" stay."""
    decomposed = unicodedata.normalize("NFD", written)
    return unicodedata.normalize("NFC", _TONE_ON_SECOND.sub(_tone_first, decomposed))


def _tone_first(match: re.Match[str]) -> str:
    first, second = match.group(1, 2) if match.group(1) else match.group(3, 4)
    return f"{first}{match.group(5)}{second}"


def sort_key(written: str) -> str:
    """A printable ASCII-ordered key: comparing keys by code point sorts text as a Vietnamese dictionary does.

    Letters decide first (a ă â b c d đ e ê ...), then tones (ngang, huyền, hỏi, ngã, sắc, nặng), then small
    before capital letters. Letters of other scripts follow Latin ones in code-point order.
    """
    letters: list[str] = []
    tones: list[str] = []
    cases: list[str] = []
    for sign in unicodedata.normalize("NFD", settle_tones(repair(written))):
        if unicodedata.combining(sign):
            _add_mark(sign, letters, tones)
        else:
            for small in sign.casefold():
                letters.append(small)
                tones.append("0")
                cases.append("0" if small == sign else "1")
    levels = ["".join(map(_weight, letters)), "".join(tones).rstrip("0"), "".join(cases).rstrip("0")]
    return _LEVEL_END.join(levels).rstrip(_LEVEL_END)


def _add_mark(mark: str, letters: list[str], tones: list[str]) -> None:
    if not letters:
        return
    shaped = _LETTERS_WITH_SHAPE.get((letters[-1], mark))
    if shaped:
        letters[-1] = shaped
    else:
        tones[-1] = _TONES.get(mark, _OTHER_MARK)


def _weight(letter: str) -> str:
    if letter in _WEIGHTS:
        return _WEIGHTS[letter]
    if letter == " ":
        return _SPACE_WEIGHT
    return letter if letter.isalnum() else _SIGN_WEIGHT


def person_sort_key(full_name: str) -> str:
    """The key by which lists of people are sorted: given name (tên), family name (họ), middle name (đệm).

    The last word is the given name, the first the family name. A name of one word is a given name.
    """
    words = repair(full_name).split(" ")
    given, family, middle = words[-1], words[0] if len(words) > 1 else "", " ".join(words[1:-1])
    return _FIELD_END.join(sort_key(part) for part in (given, family, middle)).rstrip(_FIELD_END)
