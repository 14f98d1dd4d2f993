"""Words and tones of states and verdicts, in one place for all pages."""

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link, Tag
from khoyte.submissions.enums import DossierVerdict, State

STATES = {
    State.RECEIVED: Tag("wait", Text("Đã tiếp nhận, chờ kiểm tra", "Received, waiting")),
    State.JUDGING: Tag("wait", Text("Đang kiểm tra", "Being checked")),
    State.JUDGED: Tag("info", Text("Đã có kết quả", "Checked")),
    State.UNREADABLE: Tag("bad", Text("Không đọc được", "Unreadable")),
}
VERDICTS = {
    DossierVerdict.ACCEPTED: Tag("good", Text("Đạt", "Accepted")),
    DossierVerdict.REJECTED: Tag("bad", Text("Chưa đạt", "Rejected")),
    DossierVerdict.QUARANTINED: Tag("warn", Text("Tạm giữ", "Quarantined")),
    DossierVerdict.DUPLICATE: Tag("info", Text("Trùng", "Duplicate")),
}
WITH_WARNINGS = Tag("warn", Text("Đạt có cảnh báo", "Accepted with warnings"))
LEVELS = {
    "E": Tag("bad", Text("Phải sửa", "Must be corrected")),
    "W": Tag("warn", Text("Cảnh báo", "Warning")),
    "I": Tag("info", Text("Thông tin", "Information")),
}


def verdict_tag(verdict: str, warnings: int = 0) -> Tag:
    """The tag of one dossier; an accepted one with warnings says so."""
    if verdict == DossierVerdict.ACCEPTED and warnings:
        return WITH_WARNINGS
    return VERDICTS[DossierVerdict(verdict)]


def sheet_link(href: str) -> Link:
    """The link beside a table that gives it as a spreadsheet."""
    return Link(href, Text("Tải danh sách (XLSX)", "Download the list (XLSX)"))
