"""Files that cannot be read as a whole: kept, answered, counted. The reason as stored, and its words."""

from typing import Any

from khoyte.foundation.language import Text
from khoyte.submissions.reader import UnreadableFile
from khoyte.submissions.reader.errors import MESSAGES

OURS = {
    "old-4210": (
        Text(
            vi="Tệp theo Quyết định 4210/QĐ-BYT (đã được thay thế) nên chưa được kiểm tra. Tệp gốc đã được "
            "lưu.",
            en="The file follows the replaced Decision 4210 and was not judged. The file was kept.",
        ),
        Text(
            vi="Xuất lại theo Quyết định 4750/QĐ-BYT và các văn bản sửa đổi, bổ sung rồi gửi lại.",
            en="Export it by Decision 4750 and its amendments, then send it again.",
        ),
    ),
    "not-judgeable": (
        Text(
            vi="Tệp đã được lưu nhưng hệ thống chưa kiểm tra được (mã tra cứu {reference}).",
            en="The file was kept but could not be judged (reference {reference}).",
        ),
        Text(
            vi="Báo đơn vị vận hành kèm mã tra cứu này; không cần gửi lại tệp.",
            en="Tell the operator this reference; there is no need to send it again.",
        ),
    ),
}


def from_error(error: UnreadableFile) -> dict[str, Any]:
    """The stored form of a refusal: a stable code and plain facts, no content of the file."""
    plain = {n: v for n, v in error.facts.items() if isinstance(v, (str, int, float)) and n != "facility"}
    return {"code": error.code, "facts": plain}


def old_standard() -> dict[str, Any]:
    return {"code": "old-4210", "facts": {}}


def not_judgeable(reference: str) -> dict[str, Any]:
    return {"code": "not-judgeable", "facts": {"reference": reference}}


def words_of(facts: dict[str, Any]) -> tuple[Text, Text]:
    """Message and remedy."""
    text, remedy = {**MESSAGES, **OURS}[facts["code"]]
    return text.fill(**facts["facts"]), remedy.fill(**facts["facts"])


def finding_of(facts: dict[str, Any], language: str) -> dict[str, Any]:
    """The reason in the shape of a finding of V-001, level E."""
    text, remedy = words_of(facts)
    return {
        "rule": "V-001",
        "rule_version": "1",
        "level": "E",
        "quality": "correct",
        "code": facts["code"],
        "table": "",
        "row": 1,
        "field": "",
        "path": "/",
        "message": text.say(language),
        "hint": remedy.say(language),
        "legal": "Công văn 1245/BHXH-CNTT",
    }
