"""What everybody may read: purposes with legal basis, sensitivity of fields, retention; and one's own log."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Link, Table
from khoyte.legal.limits import limits_on
from khoyte.legal.purposes import BASES, purposes_on
from khoyte.legal.retention import kept_on
from khoyte.protection.sensitivity import LABELS, labels_on
from khoyte.units.enums import Role
from khoyte.units.pages import ROLE_NAMES

ACTIONS = {
    "visit.read": Text("Mở hồ sơ lượt khám, điều trị", "Opened the record of a visit"),
    "visit.list": Text("Xem trong danh sách lượt khám, điều trị", "Seen in a list of visits"),
    "visit.share": Text("Cung cấp cho bên khác theo sự đồng ý", "Handed on by consent"),
    "visit.provide": Text("Lấy bản sao theo yêu cầu của người bệnh", "Copied at the patient's request"),
}


_STOPS = Text("Dừng", "Stops")
_GOES_ON = Text("Vẫn thực hiện theo luật", "Goes on by law")


def purposes_table(day: date, sheet: str) -> Table:
    return Table(
        title=Text("Mục đích xử lý dữ liệu cá nhân", "Purposes of processing"),
        name="purposes",
        columns=(
            Column("label", Text("Mục đích", "Purpose"), head=True),
            Column("basis", Text("Căn cứ", "Legal basis")),
            Column("data", Text("Dữ liệu", "Data")),
            Column("recipients", Text("Bên nhận", "Recipients")),
            Column("legal", Text("Văn bản", "Instrument")),
            Column("limit", Text("Khi đã hạn chế xử lý", "When processing is limited")),
        ),
        rows=[
            {
                "label": Cell(one.label, note=one.code),
                "basis": BASES[one.basis],
                "data": one.data,
                "recipients": one.recipients,
                "legal": one.legal,
                "limit": Cell(_STOPS if rule.binds else _GOES_ON, note=rule.reason),
            }
            for one in purposes_on(day).values()
            if (rule := limits_on(day)[one.code])
        ],
        empty="",
        downloads=(Link(sheet, Text("Tải sổ mục đích xử lý (XLSX)", "Download (XLSX)")),),
    )


def retention_table(day: date) -> Table:
    return Table(
        title=Text("Thời hạn lưu giữ", "Retention"),
        name="retention",
        columns=(
            Column("label", Text("Dữ liệu", "Data"), head=True),
            Column("after", Text("Cách xử lý", "What happens")),
            Column("legal", Text("Căn cứ", "Law")),
        ),
        rows=[{"label": one.label, "after": one.after, "legal": one.legal} for one in kept_on(day)],
        empty="",
    )


def sensitivity_table(day: date) -> Table:
    rows = labels_on(day)
    return Table(
        title=Text("Mức nhạy cảm của từng trường dữ liệu", "Sensitivity of every field"),
        name="sensitivity",
        columns=(
            Column("table", Text("Bảng", "Table")),
            Column("field", Text("Trường", "Field"), head=True),
            Column("label", Text("Tên", "Name")),
            Column("class", Text("Mức", "Class")),
        ),
        rows=[
            {"table": one.table, "field": one.field, "label": one.label, "class": LABELS[one.sensitivity]}
            for one in rows
        ],
        empty="",
        total=len(rows),
    )


def accesses_table(rows: Iterable[Mapping[str, Any]], names: Mapping[str, str]) -> Table:
    """Who opened one's records: in the words of somebody who is no officer."""
    purposes = purposes_on(date.max)
    return Table(
        title=Text("Các lần xem", "Each time"),
        name="accesses",
        columns=(
            Column("at", Text("Thời điểm", "When"), "moment", head=True),
            Column("who", Text("Đơn vị đã xem", "Who")),
            Column("what", Text("Đã làm gì", "What they did")),
            Column("visit", Text("Lượt khám, điều trị", "Visit")),
            Column("why", Text("Mục đích", "Why")),
        ),
        rows=[
            {
                "at": row["at"],
                "who": Cell(names.get(row["unit"], row["unit"]), note=_role(row["role"])),
                "what": Cell(ACTIONS.get(row["action"], row["action"]), note=_number(row["id"])),
                "visit": Cell(names.get(row["of_facility"], row["of_facility"]), note=_stay(row)),
                "why": purposes[row["purpose"]].label if row["purpose"] in purposes else None,
            }
            for row in rows
        ],
        empty=Text(
            "Chưa có ai xem hồ sơ của ông/bà trên hệ thống này.", "Nobody has opened your records here."
        ),
    )


def _role(role: str) -> Text | str:
    return ROLE_NAMES[Role(role)] if role in Role.values else ""


def _number(entry: int) -> Text:
    return Text(f"mục nhật ký số {entry}", f"log entry {entry}")


def _stay(row: Mapping[str, Any]) -> str:
    days = [moment.strftime("%d/%m/%Y") for moment in (row["admitted"], row["discharged"]) if moment]
    return " – ".join(dict.fromkeys(days))
