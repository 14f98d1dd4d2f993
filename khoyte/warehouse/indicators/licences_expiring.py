"""Which share of practising licences ends soon."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORDS_COUNTED, Indicator, Tables, flag, share_of
from khoyte.warehouse.indicators.practitioners_by_title import practitioners

if TYPE_CHECKING:
    import ibis.expr.types as ir


DAYS = 180


def with_term(tables: Tables) -> "ir.Table":
    return tables.practitioners.filter(tables.practitioners.licence_days_left.notnull())


def rows(tables: Tables) -> "ir.Table":
    known = with_term(tables)
    return known.mutate(ends_soon=flag(known.licence_days_left <= DAYS))


INDICATOR = Indicator(
    code="giay-phep-sap-het-han",
    version="1",
    name=Text(
        "Tỷ lệ giấy phép hành nghề hết hạn trong 6 tháng", "Share of licences that end within 6 months"
    ),
    definition=Text(
        "Số giấy phép hành nghề đã hết hạn hoặc hết hạn trong 180 ngày tới chia cho số giấy phép có ghi "
        "thời hạn, theo tỉnh, tại bản ghi ngày mới nhất của sổ đăng ký.",
        "Licences that have ended or end within 180 days over licences with a term, by province, in the "
        "newest daily snapshot of the register.",
    ),
    unit=Text("%", "%"),
    source="Luật 15/2023/QH15, Điều 27",
    dimensions=("province",),
    rows=rows,
    figure=share_of("ends_soon"),
    kind="share",
    base=practitioners,
    counts=RECORDS_COUNTED,
    needs=("licence_days_left",),
    reads=("register_practitioner",),
    largest_first=True,
)
