"""How far beds are in use."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, ratio
from khoyte.warehouse.indicators.length_of_stay import inpatients

if TYPE_CHECKING:
    import ibis.expr.types as ir


def rows(tables: Tables) -> "ir.Table":
    """One row a facility and month with inpatients and beds known: days lain, days that beds could give."""
    stays = inpatients(tables)
    lain = stays.group_by("month", "facility", "province").agg(
        days=stays.so_ngay_dtri.sum(), stays=stays.so_ngay_dtri.count()
    )
    beds = tables.facilities.filter(tables.facilities.beds_actual > 0).select("facility", "beds_actual")
    both = lain.inner_join(beds, "facility")
    return both.mutate(bed_days=both.beds_actual * days_of(both.month))


def days_of(month: "ir.Value") -> "ir.Value":
    """How many days a month written yyyy-mm has."""
    year, number = month.substr(0, 4).cast("int64"), month.substr(5, 2).cast("int64")
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    return number.isin([4, 6, 9, 11]).ifelse(30, (number == 2).ifelse(leap.ifelse(29, 28), 31))


INDICATOR = Indicator(
    code="cong-suat-giuong",
    version="1",
    name=Text("Công suất sử dụng giường bệnh", "Bed occupancy"),
    definition=Text(
        "Tổng SO_NGAY_DTRI nội trú của tháng chia cho số giường thực kê (sổ đăng ký cơ sở, bản ghi ngày "
        "mới nhất) nhân số ngày trong tháng; chỉ tính cơ sở có người bệnh nội trú ra viện trong tháng và "
        "có số giường.",
        "Inpatient SO_NGAY_DTRI of the month over actual beds (register of facilities, newest daily "
        "snapshot) times days of the month; only facilities with discharges in the month and known beds.",
    ),
    unit=Text("%", "%"),
    source=f"{RECORD_STANDARD}; số giường: Thông tư 38/2024/TT-BYT, Điều 10",
    dimensions=("month",),
    rows=rows,
    figure=lambda beds: ratio(beds.days.sum(), beds.bed_days.sum()),
    counted=lambda beds: beds.stays.sum(),
    kind="share",
    base=inpatients,
    needs=("so_ngay_dtri",),
    reads=("visit", "register_facility"),
)
