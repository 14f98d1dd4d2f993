"""Facilities (cơ sở khám bệnh, chữa bệnh): the data set of Circular 38/2024/TT-BYT, Art. 10, first part.

The 5-character code is that of Decision 384/QĐ-BYT; the 13-digit one of Decision 1551/QĐ-BYT. The two are
never mixed. Level, class and tier are three different axes. The operating licence has no end of its own.
"""

import polars as pl

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.text import fold
from khoyte.practice import departments
from khoyte.practice.hours import holiday_spans, unreadable
from khoyte.practice.registers.groups import (
    ADDRESS,
    COMMUNE,
    HOURS_EXAMPLE,
    HOURS_FIX,
    HOURS_HELP,
    IDENTITY,
    LICENCE,
    PHONE,
    PLACE,
    PROVINCE,
    WORK,
)
from khoyte.registers.declaration import PROVINCE_LEVEL, Code, Declaration, Field, Rule, Unique
from khoyte.units import facility_codes
from khoyte.units import requests as account_requests
from khoyte.units.models import Unit
from khoyte.units.policy import Actor
from khoyte.units.training import is_training

FORMS = (
    Code("hospital", Text(vi="Bệnh viện", en="Hospital"), ("BV", "bệnh viện đa khoa",
         "bệnh viện chuyên khoa")),
    Code("institute", Text(vi="Viện có giường bệnh", en="Institute with beds"), ("viện",)),
    Code("infirmary", Text(vi="Bệnh xá", en="Infirmary")),
    Code("maternity", Text(vi="Nhà hộ sinh", en="Maternity home"), ("CSHS",)),
    Code("clinic", Text(vi="Phòng khám", en="Clinic"),
         ("PK", "phòng khám đa khoa", "phòng khám chuyên khoa", "phòng khám bác sỹ y khoa")),
    Code("traditional", Text(vi="Phòng chẩn trị y học cổ truyền", en="Traditional treatment room")),
    Code("station", Text(vi="Trạm y tế", en="Commune health station"), ("TYT",)),
    Code("centre", Text(vi="Trung tâm y tế", en="Medical centre"), ("TTYT", "trung tâm y tế khu vực")),
    Code("paraclinical", Text(vi="Cơ sở dịch vụ cận lâm sàng", en="Paraclinical service")),
    Code("emergency", Text(vi="Cơ sở cấp cứu ngoại viện", en="Out-of-hospital emergency")),
    Code("family", Text(vi="Cơ sở y học gia đình", en="Family medicine")),
    Code("service", Text(vi="Cơ sở dịch vụ khác (điều dưỡng, hộ sinh, phục hồi chức năng, kính thuốc)",
                         en="Other service")),
)  # fmt: skip
LEVELS = (
    Code("BAN_DAU", Text(vi="Cấp ban đầu", en="Initial"), ("ban đầu",)),
    Code("CO_BAN", Text(vi="Cấp cơ bản", en="Basic"), ("cơ bản",)),
    Code("CHUYEN_SAU", Text(vi="Cấp chuyên sâu", en="Specialised"), ("chuyên sâu",)),
)
CLASSES = (
    Code("DB", Text(vi="Hạng đặc biệt", en="Special"), ("đặc biệt",)),
    *(Code(n, Text(vi=f"Hạng {n}", en=f"Class {n}")) for n in ("I", "II", "III", "IV")),
    Code("NONE", Text(vi="Không xếp hạng", en="Not ranked"), ("chưa xếp hạng",)),
)
TIERS = (
    Code("TW", Text(vi="Trung ương", en="National")),
    Code("TINH", Text(vi="Tỉnh", en="Province")),
    Code("XA", Text(vi="Xã", en="Commune")),
)
GOVERNING = (
    Code("ministry", Text(vi="Bộ Y tế", en="Ministry of Health"), ("BYT",)),
    Code("sector", Text(vi="Bộ, ngành khác", en="Another ministry"), ("y tế bộ ngành",)),
    Code("province", Text(vi="Ủy ban nhân dân cấp tỉnh, Sở Y tế", en="Province"), ("so y te", "tỉnh")),
    Code("private", Text(vi="Tư nhân", en="Private"), ("ngoài công lập",)),
    Code("foreign", Text(vi="Có vốn đầu tư nước ngoài", en="Foreign-invested")),
)


def _beds(name: str, vi: str, en: str) -> Field:
    return Field(f"beds_{name}", Text(vi=vi, en=en), "integer", public=name == "registered", group=WORK,
                 measure=Text(vi="giường", en="beds"), legal="Thông tư 38/2024/TT-BYT, Điều 10")  # fmt: skip


def _digit(place: int) -> pl.Expr:
    return pl.col("national_code").str.slice(place, 1).cast(pl.Int64, strict=False)


_WEIGHTED = pl.sum_horizontal(
    (_digit(place) * (3 if place % 2 else 1) for place in range(12)), ignore_nulls=False
)
"""As `gs1_check_digit` counts, over a column; of what are not 13 digits nothing is said."""


def _national_code(facility: str, given: str, by: Actor) -> str:
    """The 13-digit code of a confirmed facility: as declared, else issued now; every one in the ledger."""
    unit = Unit.objects.filter(code=facility, kind="facility").first()
    if unit is None or given == unit.national_code != "":
        return given
    if is_training(unit.code):  # no code is used up for what is tried
        return ""
    if given:
        facility_codes.keep(unit, given, "national", by=by)
        return given
    return facility_codes.issue_national(unit, by=by)


_ASKED_WITH = {
    "address": "dia-chi",
    "hours": "thoi-gian",
    "licence_number": "giay-phep",
    "phone": "dien-thoai",
    "email": "thu-dien-tu",
}
"""Field of the register -> what its account was asked for with (`units.request_pages.form`)."""


def _held(actor: Actor) -> dict[str, str]:
    """Name and 13-digit code as the province has approved them, and what the account was asked for with."""
    unit = Unit.objects.filter(code=actor.facility, kind="facility").first()
    if unit is None:
        return {}
    asked = account_requests.told_of(unit.code)
    return {
        **{field: asked.get(name, "") for field, name in _ASKED_WITH.items()},
        "form": FACILITIES.by_name["form"].codes_by_writing.get(fold(asked.get("hinh-thuc", "")), ""),
        "name": unit.name,
        "national_code": unit.national_code or "",
    }


FACILITIES = Declaration(
    name="facilities",
    label=Text(vi="Cơ sở khám bệnh, chữa bệnh", en="Facilities"),
    one=Text(vi="cơ sở khám bệnh, chữa bệnh", en="facility"),
    steward=Text(vi="Cục Quản lý Khám, chữa bệnh", en="Medical Services Administration"),
    legal=("Luật 15/2023/QH15", "Nghị định 96/2023/NĐ-CP", "Thông tư 38/2024/TT-BYT, Điều 10"),
    key=("code",),
    title=("name", "code"),
    facility_from="code",
    province_from="province",
    is_public=True,
    held=_held,
    issued={"national_code": _national_code},
    responsibility=Text(
        vi="Tôi cam đoan nội dung kê khai của cơ sở là đúng sự thật và chịu trách nhiệm trước pháp luật.",
        en="I declare that what is said of the facility is true, and answer for it before the law.",
    ),
    ladder=(PROVINCE_LEVEL,),
    fields=(
        Field("code", Text(vi="Mã cơ sở khám bệnh, chữa bệnh", en="Facility code"), "facility_code",
              required=True, public=True, searched=True, listed=True, longest=5, group=IDENTITY,
              headings=("mã cơ sở", "MA_CSKCB", "ma_cskcb"), legal="Quyết định 384/QĐ-BYT", example="99001"),
        Field("national_code", Text(vi="Mã định danh 13 chữ số", en="13-digit code"), pattern=r"\d{13}",
              pattern_words=Text(vi="13 chữ số", en="13 digits"), longest=13, public=True, group=IDENTITY,
              headings=("MA_GTIN_CSKCB", "mã định danh cơ sở"), legal="Quyết định 1551/QĐ-BYT"),
        Field("name", Text(vi="Tên cơ sở", en="Name"), required=True, public=True, searched=True, listed=True,
              group=IDENTITY, headings=("tên cơ sở khám bệnh, chữa bệnh",)),
        Field("form", Text(vi="Hình thức tổ chức", en="Form"), "code", codes=FORMS, public=True,
              filtered=True,
              listed=True, group=IDENTITY, legal="Luật 15/2023/QH15, Điều 48"),
        Field("professional_level", Text(vi="Cấp chuyên môn kỹ thuật", en="Professional level"), "code",
              codes=LEVELS, public=True, filtered=True, group=IDENTITY, legal="Luật 15/2023/QH15, Điều 104"),
        Field("hospital_class", Text(vi="Hạng bệnh viện", en="Hospital class"), "code", codes=CLASSES,
              public=True, group=IDENTITY),
        Field("tier", Text(vi="Tuyến quản lý hành chính", en="Management tier"), "code", codes=TIERS,
              filtered=True, group=IDENTITY),
        Field("governing_body", Text(vi="Cơ quan chủ quản", en="Governing body"), "code", codes=GOVERNING,
              public=True, filtered=True, group=IDENTITY),
        Field("licence_number", Text(vi="Số giấy phép hoạt động", en="Operating licence"), "identifier",
              longest=60, public=True, searched=True, group=LICENCE),
        Field("licence_date", Text(vi="Ngày cấp giấy phép hoạt động", en="Licence date"), "date", public=True,
              group=LICENCE),
        Field("licence_issuer", Text(vi="Nơi cấp giấy phép hoạt động", en="Licence issuer"), public=True,
              group=LICENCE),
        Field("head_name", Text(vi="Người chịu trách nhiệm chuyên môn kỹ thuật",
              en="Head of professional work"),
              public=True, sensitivity="personal", group=LICENCE),
        Field("head_licence", Text(vi="Số giấy phép hành nghề của người chịu trách nhiệm chuyên môn",
                                   en="Licence of the head"),
              "identifier", longest=60, public=True, sensitivity="personal", group=LICENCE),
        PROVINCE, COMMUNE, ADDRESS,
        Field("old_address", Text(vi="Địa chỉ trước ngày 01/07/2025", en="Address before 2025-07-01"),
              group=PLACE, help=Text(vi="Ghi như trên giấy tờ cũ, còn quận, huyện.",
                                     en="As on the old papers, with the district.")),
        PHONE,
        Field("email", Text(vi="Thư điện tử", en="E-mail"), longest=120, pattern=r"[^@\s]+@[^@\s]+\.[^@\s]+",
              pattern_words=Text(vi="dạng ten@donvi.vn", en="like name@unit.vn"), group=PLACE),
        Field("website", Text(vi="Trang thông tin điện tử", en="Web site"), longest=200, public=True,
              pattern=r"(?:https?://)?[^\s/]+\.[^\s]+", group=PLACE,
              pattern_words=Text(vi="dạng www.donvi.vn", en="like www.unit.vn")),
        Field("emergency_phone", Text(vi="Điện thoại cấp cứu", en="Emergency telephone"), "phone",
              longest=20, public=True, group=PLACE),
        Field("data_contact", Text(vi="Người phụ trách dữ liệu", en="Contact for data"), longest=120,
              sensitivity="personal", group=PLACE),
        Field("data_contact_phone", Text(vi="Điện thoại cơ quan của người phụ trách dữ liệu",
                                         en="Office telephone of the contact for data"), "phone",
              longest=20, group=PLACE, help=Text(vi="Chỉ ghi số của cơ quan, không ghi số cá nhân.",
                                                 en="The office's number, never a private one.")),
        Field("hours", Text(vi="Thời gian làm việc", en="Working hours"), "hours", public=True, group=WORK,
              help=HOURS_HELP, example=HOURS_EXAMPLE, headings=("giờ làm việc", "thời gian hoạt động"),
              legal="Luật 15/2023/QH15, Điều 60"),
        Field("holiday_hours", Text(vi="Giờ làm việc ngày lễ, Tết", en="Hours on holidays"), longest=120,
              public=True, group=WORK, example="7:00-11:00", legal="Luật 15/2023/QH15, Điều 60",
              help=Text(vi="Ghi giờ, hoặc Nghỉ, hoặc 24/7; không ghi thứ.",
                        en="Times, or Nghỉ for closed, or 24/7; without days of the week.")),
        Field("emergency_24h", Text(vi="Trực cấp cứu 24/7", en="Emergency 24/7"), "boolean", public=True,
              filtered=True, group=WORK),
        Field("departments", Text(vi="Khoa, phòng (mã)", en="Departments (codes)"), "list", longest=12,
              pattern=r"K\d{2}(?:\.?\w{1,4})*",
              pattern_words=Text(vi="mã khoa như K01, K02, cách nhau bằng dấu chấm phẩy",
                                 en="codes like K01, K02 by semicolon"),
              names=departments.names_of, offered=departments.offered,
              group=WORK, example="K01; K02; K19", legal="Quyết định 1804/QĐ-BYT, Phụ lục 02"),
        _beds("planned", "Giường kế hoạch", "Planned beds"),
        _beds("registered", "Giường theo giấy phép hoạt động", "Registered beds"),
        _beds("actual", "Giường thực kê", "Actual beds"),
        Field("insurance", Text(vi="Có khám bệnh, chữa bệnh bảo hiểm y tế", en="Takes insured patients"),
              "boolean", public=True, filtered=True, group=WORK),
        Field("founded", Text(vi="Năm thành lập", en="Founded"), "partial_date", group=IDENTITY),
        Field("predecessors", Text(vi="Mã cơ sở trước khi sắp xếp", en="Predecessor codes"), "list",
              longest=5,
              pattern=r"[0-9A-Z]{5}", pattern_words=Text(vi="mã 5 ký tự", en="codes of 5 characters"),
              group=IDENTITY),
    ),
    unique=(
        Unique("code", ("code",), Text(vi="Mã cơ sở này đã có trong sổ. Mã không dùng lại: "
                                          "hãy sửa hồ sơ đã có.",
                                       en="This code is in the register already; codes are not used again. "
                                          "Correct the existing record.")),
        Unique("national_code", ("national_code",),
               Text(vi="Mã định danh 13 chữ số này đã cấp cho cơ sở khác.",
                    en="This 13-digit code belongs to another facility.")),
    ),
    rules=(
        Rule("beds_need_hospital", "beds_registered", level="W", quality="clean",
             message=Text(vi="Phòng khám, trạm y tế không có giường điều trị nội trú.",
                          en="A clinic or station has no inpatient beds."),
             fix=Text(vi="Kiểm tra hình thức tổ chức hoặc số giường.", en="Check the form or the beds."),
             breaks=lambda: (pl.col("beds_registered") > 20) & pl.col("form").is_in(["clinic", "station"])),
        Rule("licence_not_in_future", "licence_date",
             message=Text(vi="Ngày cấp giấy phép hoạt động ở sau hôm nay.",
                          en="The operating licence is dated in the future."),
             fix=Text(vi="Ghi ngày cấp như trên giấy phép.", en="Enter the day that the licence shows."),
             counted=False,
             breaks=lambda: pl.col("licence_date") > today().isoformat()),
        Rule("national_code_check_digit", "national_code", level="W",
             message=Text(vi="Chữ số kiểm tra của mã định danh 13 chữ số không khớp.",
                          en="The check digit of the 13-digit code does not fit."),
             fix=Text(vi="Đối chiếu với quyết định cấp mã; chưa được cấp thì để trống.",
                      en="Compare with the decision that gave it; leave empty what was not given yet."),
             counted=False,
             breaks=lambda: _digit(12) != -_WEIGHTED % 10),
        Rule("licence_is_complete", "licence_date", level="W", quality="complete",
             message=Text(vi="Có số giấy phép hoạt động nhưng chưa có ngày cấp.",
                          en="The operating licence has a number but no date."),
             fix=Text(vi="Bổ sung ngày cấp trên giấy phép.", en="Add the date."),
             breaks=lambda: pl.col("licence_number").is_not_null() & pl.col("licence_date").is_null()),
        Rule("hours_readable", "hours", level="W", counted=False,
             message=Text(vi="Không đọc được thời gian làm việc.", en="The working hours cannot be read."),
             fix=HOURS_FIX, breaks=lambda: unreadable("hours")),
        Rule("hours_are_said", "hours", level="W", counted=False, legal="Luật 15/2023/QH15, Điều 60",
             message=Text(vi="Chưa ghi thời gian làm việc; người dân không biết cơ sở mở cửa lúc nào.",
                          en="No working hours: nobody can see when the facility is open."),
             fix=HOURS_FIX, breaks=lambda: pl.col("hours").is_null()),
        Rule("holiday_hours_readable", "holiday_hours", level="W", counted=False,
             message=Text(vi="Không đọc được giờ làm việc ngày lễ, Tết.",
                          en="The hours on holidays cannot be read."),
             fix=Text(vi="Ghi giờ, ví dụ 7:00-11:00; không làm việc thì ghi Nghỉ.",
                      en="Write times, as 7:00-11:00, or Nghỉ for closed."),
             breaks=lambda: unreadable("holiday_hours", holiday_spans)),
        Rule("departments_in_catalogue", "departments", level="W", quality="unified", counted=False,
             message=Text(vi="Có mã khoa không có trong danh mục khoa, phòng đang áp dụng.",
                          en="The list of departments in force lacks one of these codes."),
             fix=Text(vi="Đối chiếu với danh mục khoa, phòng; trang hồ sơ gợi ý mã gần nhất.",
                      en="Compare with the list of departments; the record's page names the nearest."),
             legal="Quyết định 1804/QĐ-BYT, Phụ lục 02",
             breaks=lambda: departments.unknown("departments")),
    ),
)  # fmt: skip
