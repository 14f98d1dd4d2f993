"""The survey of databases as pages and sheets show it."""

from collections.abc import Mapping, Sequence
from datetime import date

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Cell, Column, Fact, Link, Table, Tag, Words
from khoyte.monitor.inventory import GROUPS
from khoyte.monitor.survey import (
    GROUP_LABELS,
    STAGE_LABELS,
    Difference,
    MeasuredDatabase,
    Surveyed,
    by_owner,
)

DIFFERENCES: Mapping[str, Tag] = {
    "appeared": Tag("info", Text("Mới có", "New")),
    "vanished": Tag("wait", Text("Không còn", "Gone")),
    "group": Tag("warn", Text("Đổi nhóm", "Other group")),
    "stage": Tag("good", Text("Đổi giai đoạn", "Other stage")),
}
NO_STAGE = Text("Chưa qua giai đoạn nào", "No stage done")
_EMPTY = Text(
    "Chưa kê khai cơ sở dữ liệu nào. Kê khai trong sổ “Danh mục cơ sở dữ liệu” hoặc nhập từ tệp XLSX.",
    "No database is declared yet. Declare it in the inventory or import an XLSX file.",
)


def stage_words(stage: str) -> Text:
    return STAGE_LABELS.get(stage, NO_STAGE)


def counts(found: Sequence[Surveyed], today: date) -> list[Fact]:
    """How many of each group, each opening to its records; how many wait; how many slip."""
    facts = [
        Fact(code.label, sum(1 for one in found if one.group == code.code), "number",
             f"/so-dang-ky/databases?survey_group={code.code}")
        for code in GROUPS
    ]  # fmt: skip
    slipping = sum(1 for one in found if one.slip(today))
    waiting = sum(1 for one in found if not one.confirmed)
    return [
        *facts,
        Fact(
            Text("Chậm giai đoạn so với kế hoạch", "Stages behind the plan"),
            slipping,
            "number",
            "#owners-title",
        ),
        Fact(Text("Chưa được xác nhận", "Not confirmed yet"), waiting, "number", "/so-dang-ky/databases"),
    ]


def words_of(one: Difference, value: str) -> Words:
    if one.kind == "stage":
        return stage_words(value)
    return GROUP_LABELS.get(value, "") if value else formats.NOTHING


def differences_table(found: Sequence[Difference], between: Words, downloads: Sequence[Link] = ()) -> Table:
    rows = [
        {
            "owner": one.one.owner,
            "name": Cell(one.one.name, f"/so-dang-ky/databases/{one.one.record}", one.one.code),
            "what": DIFFERENCES[one.kind],
            "was": words_of(one, one.was),
            "now": words_of(one, one.now),
        }
        for one in found
    ]
    return Table(
        title=Text("Thay đổi giữa hai đợt", "Changed between two rounds"), name="differences", rows=rows,
        note=between, downloads=downloads,
        empty=Text("Không có thay đổi giữa hai đợt này.", "Nothing changed between these rounds."),
        columns=(
            Column("owner", Text("Đơn vị chủ quản", "Owner")),
            Column("name", Text("Cơ sở dữ liệu", "Database"), head=True),
            Column("what", Text("Thay đổi", "Change"), "tag"),
            Column("was", Text("Trước", "Before")),
            Column("now", Text("Nay", "Now")),
        ),
    )  # fmt: skip


def owners_table(found: Sequence[Surveyed], today: date) -> Table:
    slips: dict[str, int] = {}
    for one in found:
        slips[one.owner] = slips.get(one.owner, 0) + bool(one.slip(today))
    rows = [
        {"owner": owner, **{f"g{code.code}": number[code.code] for code in GROUPS},
         "all": sum(number.values()), "slips": slips[owner]}
        for owner, number in by_owner(found).items()
    ]  # fmt: skip
    return Table(
        title=Text("Theo đơn vị chủ quản", "By owner"), name="owners", rows=rows, empty=_EMPTY,
        columns=(
            Column("owner", Text("Đơn vị chủ quản", "Owner"), head=True),
            *(Column(f"g{code.code}", code.label, "number") for code in GROUPS),
            Column("all", Text("Tổng", "All"), "number"),
            Column("slips", Text("Chậm giai đoạn", "Behind"), "number"),
        ),
    )  # fmt: skip


def measured_table(found: Sequence[MeasuredDatabase]) -> Table:
    rows = [
        {
            "name": Cell(one.one.name, f"/so-dang-ky/{one.one.content['measured_by']}", one.one.owner),
            "declared": one.declared,
            "confirmed": one.confirmed,
            "matched": one.matched,
            "delivered": one.delivered,
            "said": stage_words(one.one.stage),
            "shown": stage_words(one.stage),
            "agrees": Tag("bad", Text("Số liệu khác kê khai", "Data say otherwise"))
            if one.is_behind
            else Tag("good", Text("Khớp", "Agrees")),
        }
        for one in found
    ]
    return Table(
        title=Text("Giai đoạn đo từ dữ liệu", "Stage measured from the data"), name="measured", rows=rows,
        note=Text(
            "Cơ sở dữ liệu có sổ đăng ký trên nền tảng này: giai đoạn tính từ số hồ sơ đã xác nhận, đã đối "
            "chiếu dân cư, đã đồng bộ về Trung tâm Dữ liệu quốc gia.",
            "Databases with a register here: from records confirmed, matched with the population database, "
            "delivered to the National Data Centre.",
        ),
        empty=Text("Chưa cơ sở dữ liệu nào có sổ đăng ký trên nền tảng này.", "None has a register here."),
        columns=(
            Column("name", Text("Cơ sở dữ liệu", "Database"), head=True),
            Column("declared", Text("Hồ sơ", "Records"), "number"),
            Column("confirmed", Text("Đã xác nhận", "Confirmed"), "number"),
            Column("matched", Text("Khớp dân cư", "Matched"), "number"),
            Column("delivered", Text("Đã đồng bộ", "Delivered"), "number"),
            Column("said", Text("Giai đoạn kê khai", "Stage declared")),
            Column("shown", Text("Giai đoạn đo được", "Stage measured")),
            Column("agrees", Text("Đối chiếu", "Agreement"), "tag"),
        ),
    )  # fmt: skip
