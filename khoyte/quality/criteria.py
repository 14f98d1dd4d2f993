"""What makes a record fail a word, database by database, and who has to act.

A criterion is one condition in SQL over a row `r` of the register: true where the record fails. Beside them
count the rules of the register's own declaration (`declared`), each under its own word, and for visits the
rules of the rulebook: a rule is declared once, here it is only counted.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from khoyte.foundation.language import Text
from khoyte.practice.registers import FACILITIES, PHARMACIES, PRACTITIONERS
from khoyte.registers.declaration import Declaration

Acts = Literal["unit", "reviewer", "operator"]
DECLARED = "rule:"
MISSING = "missing:"


@dataclass(frozen=True)
class Criterion:
    """`breaks` is SQL over `r`, true where the record fails `word`; "" for what is judged elsewhere.

    `acts`: the accounts of the unit, the reviewer above it, or the operator of the platform.
    """

    name: str
    word: str
    label: Text
    fix: Text
    breaks: str = ""
    acts: Acts = "unit"
    legal: str = ""


@dataclass(frozen=True)
class Database:
    """A database that is measured: its register, its criteria, and what two of its records have in common.

    `alike`: SQL of the text two doubles share; `twin`: SQL true where `o` is a double of `r`; `holders`: SQL
    true of rows `r` among which doubles of a list of texts %(alike)s are.
    """

    name: str
    label: Text
    steward: Text
    declaration: Declaration | None = None
    criteria: tuple[Criterion, ...] = ()
    alike: str = ""
    twin: str = ""
    holders: str = ""
    named_by: tuple[str, ...] = field(default=())  # columns that name a record in a list, no person's name

    @cached_property
    def by_name(self) -> Mapping[str, Criterion]:
        return {one.name: one for one in (*self.criteria, *self._declared())}

    def _declared(self) -> Iterator[Criterion]:
        for rule in self.declaration.rules if self.declaration else ():
            if rule.counted:
                yield Criterion(
                    DECLARED + rule.id, rule.quality, rule.message, rule.fix, legal=rule.legal
                )  # fmt: skip


def _missing(declaration: Declaration, names: tuple[str, ...], legal: str) -> Iterator[Criterion]:
    """One criterion for each field that may be empty in the register and counts for "đủ"."""
    for name in names:
        one = declaration.by_name[name]
        empty = f"r.{name} IS NULL" if one.kind in ("date", "integer", "boolean") else f"r.{name} = ''"
        yield Criterion(
            MISSING + name,
            "complete",
            Text("Chưa có: {label}.", "Missing: {label}.").fill(label=one.label),
            Text("Bổ sung trong hồ sơ rồi gửi rà soát.", "Add it to the record and send it for review."),
            empty,
            legal=one.legal or legal,
        )


_LETTERS = "[\\u0370-\\u03ff\\u0400-\\u04ff\\u4e00-\\u9fff]"
_DAY = "(now() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
_IDLE_DAYS = 10


def _common(declaration: Declaration, name_field: str, review_legal: str) -> Iterator[Criterion]:
    yield Criterion(
        "foreign_letters",
        "clean",
        Text("Tên có chữ cái không thuộc tiếng Việt (chữ Nga, Hy Lạp, Hán trông giống chữ Việt).",
             "The name has letters of another script that look like ours."),
        Text("Gõ lại tên bằng bộ gõ tiếng Việt Unicode.", "Type the name again with Vietnamese letters."),
        f"r.{name_field} ~ '{_LETTERS}'",
    )  # fmt: skip
    yield Criterion(
        "duplicate",
        "clean",
        Text("Trùng với hồ sơ khác trong sổ.", "A double of another record of the register."),
        Text(
            "Đối chiếu hai hồ sơ; giữ một, rút hồ sơ còn lại.", "Compare both; keep one, withdraw the other."
        ),
    )
    yield Criterion(
        "stale",
        "live",
        Text("Đã quá {n} ngày không cập nhật.", "Not updated for more than {n} days.").fill(
            n=declaration.fresh_days
        ),
        Text("Xem lại hồ sơ, sửa phần đã thay đổi và gửi rà soát.", "Look at it, correct it, send it."),
        f"r.recorded_at < now() - interval '{declaration.fresh_days} days'",
    )
    yield Criterion(
        "unsent",
        "live",
        Text("Kê khai hoặc bị trả lại quá {n} ngày chưa gửi rà soát.",
             "A draft or a returned record of more than {n} days.").fill(n=_IDLE_DAYS),
        Text("Hoàn thiện và gửi rà soát.", "Finish it and send it for review."),
        f"r.state IN ('draft', 'returned') AND r.recorded_at < now() - interval '{_IDLE_DAYS} days'",
        legal=review_legal,
    )  # fmt: skip
    yield Criterion(
        "review_overdue",
        "live",
        Text("Chờ rà soát quá hạn.", "Waits past the deadline of its review."),
        Text("Xác nhận hoặc trả lại hồ sơ trong hàng đợi rà soát.", "Confirm or return it."),
        "r.state = 'in_review' AND EXISTS (SELECT 1 FROM register_case c WHERE c.record = r.id"  # noqa: S608
        f" AND c.closed_at IS NULL AND c.kind = 'review' AND c.due_on < {_DAY})",
        acts="reviewer",
        legal=review_legal,
    )
    yield Criterion(
        "unconfirmed",
        "shared",
        Text("Chưa từng được xác nhận nên chưa công bố, nơi khác chưa dùng được.",
             "Never confirmed, so not published and of no use to others."),
        Text("Gửi rà soát; cơ quan rà soát xác nhận.", "Send it for review; the reviewer confirms."),
        "r.confirmed_version IS NULL",
    )  # fmt: skip


# As in monitor.measures: the answer about what the record says now; former particulars do not count.
_ANSWER = (
    "(SELECT c.outcome FROM identity_check c WHERE c.record = r.id AND c.outcome NOT IN ('', 'superseded')"
    " AND c.particulars = (SELECT n.particulars FROM identity_check n WHERE n.record = r.id"
    " AND n.outcome <> 'superseded' ORDER BY n.id DESC LIMIT 1) ORDER BY c.id DESC LIMIT 1)"
)
_CIRCULAR = "Thông tư 38/2024/TT-BYT"
_REVIEW = "Kế hoạch 1642/KH-BYT, III.4, III.5"

_OF_PRACTITIONERS = (
    *_missing(
        PRACTITIONERS,
        ("licence_kind", "scope", "qualification", "facility", "position"),
        f"{_CIRCULAR}, Điều 9",
    ),
    *_common(PRACTITIONERS, "full_name", _REVIEW),
    Criterion(
        "contradicted", "correct",
        Text("Cơ sở dữ liệu quốc gia về dân cư trả lời khác với hồ sơ.",
             "The population database contradicts the record."),
        Text("Đối chiếu thẻ căn cước, sửa hồ sơ; nếu hồ sơ đúng, đề nghị Công an cập nhật.",
             "Compare with the card and correct the record, or have the source corrected."),
        f"{_ANSWER} IN ('mismatch', 'not_found', 'cancelled', 'deceased')",
        legal="Kế hoạch 1642/KH-BYT; Nghị định 70/2024/NĐ-CP",
    ),
    Criterion(
        "unmatched", "unified",
        Text("Số định danh cá nhân chưa được Cơ sở dữ liệu quốc gia về dân cư xác nhận khớp.",
             "The personal number is not matched with the population database."),
        Text("Gửi rà soát để hệ thống đối chiếu; chưa kết nối thì đơn vị vận hành bật kết nối.",
             "Send it for review to have it matched; where there is no connection, switch it on."),
        f"{_ANSWER} IS DISTINCT FROM 'match'",
        acts="operator",
    ),
    Criterion(
        "no_such_facility", "clean",
        Text("Cơ sở quản lý hồ sơ chưa có trong sổ cơ sở khám bệnh, chữa bệnh.",
             "The managing facility is not in the register of facilities."),
        Text("Cơ sở kê khai hồ sơ của mình, hoặc sửa mã cơ sở trong hồ sơ này.",
             "Declare the facility, or correct its code here."),
        "r.facility <> '' AND NOT EXISTS (SELECT 1 FROM facilities f WHERE f.facility = r.facility"
        " AND f.state <> 'withdrawn')",
    ),
    Criterion(
        "licence_ended", "live",
        Text("Giấy phép hành nghề ghi trong hồ sơ đã hết hạn.", "The licence of the record has ended."),
        Text("Cập nhật giấy phép đã gia hạn, hoặc báo thôi hành nghề.", "Update it, or report a leaver."),
        f"r.licence_valid_to < {_DAY}",
        legal="Luật 15/2023/QH15, Điều 27",
    ),
)  # fmt: skip
_OF_FACILITIES = (
    *_missing(
        FACILITIES,
        ("form", "professional_level", "governing_body", "licence_number", "licence_date", "licence_issuer",
         "head_name", "head_licence", "commune", "address", "hours"),
        f"{_CIRCULAR}, Điều 10",
    ),
    *_common(FACILITIES, "name", _REVIEW),
    Criterion(
        "no_national_code", "unified",
        Text("Chưa có mã định danh 13 chữ số.", "It has no 13-digit code."),
        Text("Mã được cấp khi Sở Y tế xác nhận hồ sơ.", "It is issued when the province confirms."),
        "r.national_code = ''",
        acts="reviewer",
        legal="Quyết định 1551/QĐ-BYT",
    ),
)  # fmt: skip
_OF_PHARMACIES = (
    *_missing(
        PHARMACIES,
        ("status", "certificate_date", "certificate_issuer", "gpp_number", "head_name", "head_certificate",
         "commune", "address", "hours"),
        "Thông tư 02/2018/TT-BYT; Quyết định 1362/QĐ-BYT, II.5.6",
    ),
    *_common(PHARMACIES, "name", "Quyết định 1362/QĐ-BYT, II.5.6"),
    Criterion(
        "gpp_ended", "live",
        Text("GPP đã hết hạn mà cơ sở vẫn ghi đang hoạt động.", "GPP has ended, yet it is active."),
        Text("Cập nhật GPP đã đánh giá lại, hoặc sửa tình trạng hoạt động.", "Update GPP or the status."),
        f"r.gpp_valid_to < {_DAY} AND r.status = 'active'",
        legal="Thông tư 02/2018/TT-BYT",
    ),
    Criterion(
        "no_drug_database_code", "unified",
        Text("Chưa có mã trên hệ thống cơ sở dữ liệu về dược.", "It has no code of the drug database."),
        Text("Ghi mã cơ sở trên hệ thống cơ sở dữ liệu về dược.", "Enter its code there."),
        "r.drug_database_code = ''",
        legal="Quyết định 1362/QĐ-BYT, II.5.6",
    ),
)  # fmt: skip
_OF_VISITS = (
    Criterion(
        "sent_late", "live",
        Text("Gửi sau thời hạn kể từ khi ra viện.", "Sent after the term that begins with discharge."),
        Text("Đặt phần mềm tự gửi hồ sơ khi kết thúc lượt khám, điều trị.",
             "Let the software send when a visit ends."),
        "(r.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date > cell.last_day",
        legal="Thông tư 48/2017/TT-BYT",
    ),
    Criterion(
        "no_person", "shared",
        Text("Không có số định danh cá nhân nên không nối được vào sổ sức khỏe điện tử, lần khám khác.",
             "Without a personal number it joins no health book and no other visit."),
        Text("Ghi số định danh cá nhân ở phần tiếp đón.", "Enter the personal number at reception."),
        "r.person_key IS NULL",
    ),
)  # fmt: skip

# Doubles by name are looked for within a commune and an address that are written. What doubles have in common
# is the same text if and only if they are doubles; its first part is what an index finds them by.
_SAME_PLACE = (
    "o.sort_key = r.sort_key AND o.commune = r.commune AND o.address = r.address AND r.address <> ''"
)
_PLACE_TEXT = "concat_ws(chr(31), r.sort_key, r.commune, r.address)"
_PARTS = "(SELECT split_part(a, chr(31), 1) FROM unnest(%(alike)s::text[]) a)"
DATABASES: Mapping[str, Database] = {
    one.name: one
    for one in (
        Database(
            "facilities", FACILITIES.label, FACILITIES.steward, FACILITIES, _OF_FACILITIES,
            alike=_PLACE_TEXT, twin=_SAME_PLACE, holders=f"r.sort_key IN {_PARTS}",
            named_by=("name", "code"),
        ),
        Database(
            "practitioners", PRACTITIONERS.label, PRACTITIONERS.steward, PRACTITIONERS, _OF_PRACTITIONERS,
            # One person may hold licences of two titles: a double has both in common.
            alike="concat_ws(chr(31), encode(r.personal_number_key, 'hex'), r.title)",
            twin="o.personal_number_key = r.personal_number_key AND o.title = r.title",
            holders="r.personal_number_key IN (SELECT decode(split_part(a, chr(31), 1), 'hex')"
                    " FROM unnest(%(alike)s::text[]) a)",
            named_by=("title", "licence_number"),
        ),
        Database(
            "pharmacies", PHARMACIES.label, PHARMACIES.steward, PHARMACIES, _OF_PHARMACIES,
            alike=_PLACE_TEXT, twin=_SAME_PLACE, holders=f"r.sort_key IN {_PARTS}",
            named_by=("name", "certificate_number"),
        ),
        Database(
            "visits", Text("Lượt khám, điều trị", "Visits"),
            Text("Cục Quản lý Khám, chữa bệnh", "Medical Services Administration"),
            criteria=_OF_VISITS, named_by=("ma_lk",),
        ),
    )
}  # fmt: skip
VISITS = "visits"
WINDOW_DAYS = 30
"""Days of discharge that count, today's included."""
