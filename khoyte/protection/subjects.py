"""Who a file is about: sealed for keeping, found by the same keyed hash as the person's visits."""

import json
from dataclasses import asdict, dataclass
from datetime import date

from khoyte.foundation.crypto import PERSON, Keyring
from khoyte.foundation.identifiers import PersonalNumber, parse_personal_number
from khoyte.foundation.language import Text
from khoyte.foundation.text import nfc
from khoyte.protection.enums import Relation
from khoyte.protection.errors import NotPossible

SEALED_FOR = "protection.subject"
NOTE_SEALED_FOR = "protection.note"
LONGEST_TEXT = 4_000
# Trẻ em: under 16 (Law on Children 102/2016/QH13, Art. 1); from 7 on the child consents too.
CHILD_UNDER, CHILD_CONSENTS_FROM = 16, 7


@dataclass(frozen=True)
class Subject:
    """Particulars as the person gave them; `statement` is what they ask or agree to, in their words."""

    name: str
    number: str
    contact: str = ""
    representative: str = ""
    statement: str = ""


def checked(subject: Subject, relation: str) -> Subject:
    """The subject with texts in NFC. Raises NotPossible for a number or name that cannot be."""
    if parse_personal_number(subject.number) is None:
        raise NotPossible(_NUMBER, remedy=_NUMBER_REMEDY, code="wrong-number")
    cleaned = Subject(**{key: nfc(value).strip() for key, value in asdict(subject).items()})
    if not cleaned.name or any(len(value) > LONGEST_TEXT for value in asdict(cleaned).values()):
        raise NotPossible(_NAME.fill(longest=LONGEST_TEXT), code="wrong-text")
    if relation != Relation.SELF and not cleaned.representative:
        raise NotPossible(_REPRESENTATIVE, code="representative-missing")
    return cleaned


def key_of(number: str, keyring: Keyring) -> bytes:
    """The keyed hash under which visits of the person are found."""
    return keyring.blind(number.strip(), PERSON)


def seal(subject: Subject, keyring: Keyring) -> bytes:
    return keyring.seal(json.dumps(asdict(subject), ensure_ascii=False).encode(), SEALED_FOR)


def opened(sealed: bytes, keyring: Keyring) -> Subject:
    return Subject(**json.loads(keyring.open(bytes(sealed), SEALED_FOR)))


def seal_note(note: str, keyring: Keyring) -> bytes:
    return keyring.seal(nfc(note).strip().encode(), NOTE_SEALED_FOR)


def opened_note(sealed: bytes, keyring: Keyring) -> str:
    return keyring.open(bytes(sealed), NOTE_SEALED_FOR).decode()


def age_by_number(number: str, on: date) -> int | None:
    """Years of age the number says, by its year of birth; None for what is no number."""
    parsed: PersonalNumber | None = parse_personal_number(number)
    return None if parsed is None else on.year - parsed.birth_year


_NUMBER = Text(
    "Số định danh cá nhân chưa đúng: phải gồm đúng 12 chữ số.",
    "The personal number is not right: it has exactly 12 digits.",
)
_NUMBER_REMEDY = Text(
    "Đối chiếu với thẻ căn cước rồi nhập lại.", "Compare with the identity card and enter it again."
)
_NAME = Text(
    "Họ và tên không được để trống; mỗi ô không quá {longest} ký tự.",
    "The name must not be empty; no field has more than {longest} characters.",
)
_REPRESENTATIVE = Text(
    "Chưa nhập họ tên người đại diện. Nhập họ tên và giấy tờ chứng minh quyền đại diện.",
    "The representative is not named. Give the name and the paper that proves the right to act.",
)
