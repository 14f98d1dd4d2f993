"""How many inpatients are admitted again within thirty days of leaving."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, days_after, share_of
from khoyte.warehouse.indicators.length_of_stay import inpatients

if TYPE_CHECKING:
    import ibis.expr.types as ir

DAYS = 30
_DIED = 5


def left_alive(tables: Tables) -> "ir.Table":
    stays = inpatients(tables)
    return stays.filter((stays.ket_qua_dtri != _DIED).fill_null(True))


def rows(tables: Tables) -> "ir.Table":
    """Stays of known persons, each with whether another began 1 to DAYS days after it ended."""
    stays = left_alive(tables)
    stays = stays.filter(stays.person.notnull() & stays.ngay_ra.notnull())
    every = inpatients(tables)
    later = every.select(who=every.person, begun=every.ngay_vao)
    again = stays.join(
        later,
        [
            stays.person == later.who,
            later.begun > stays.ngay_ra,
            later.begun <= days_after(stays.ngay_ra, DAYS),
        ],
    )
    again = again.select(stay=again.visit_id).distinct()
    joined = stays.left_join(again, stays.visit_id == again.stay)
    return joined.select("month", "facility", "province", readmitted=joined.stay.notnull().ifelse(1, 0))


INDICATOR = Indicator(
    code="ty-le-tai-nhap-vien-30-ngay",
    version="1",
    name=Text("Tỷ lệ tái nhập viện trong 30 ngày", "Re-admissions within 30 days"),
    definition=Text(
        "Trong các lượt điều trị nội trú (MA_LOAI_KCB 03) không tử vong, có SO_CCCD, theo tháng ra viện: "
        "tỷ lệ lượt mà cùng người đó có một lượt nội trú khác bắt đầu từ 1 đến 30 ngày sau ngày ra viện, "
        "ở bất kỳ cơ sở nào trong phạm vi được xem. Nhập viện ngay trong ngày ra (chuyển cơ sở) không "
        "tính. Không phân biệt có hẹn hay không. Tháng gần nhất còn tăng vì chưa đủ 30 ngày.",
        "Of inpatient stays (MA_LOAI_KCB 03) of people with SO_CCCD who did not die, by month of "
        "discharge: the share after which the same person began another stay 1 to 30 days after the day "
        "of discharge, at any facility the reader may see. Admission on the day of discharge (a transfer) "
        "does not count. Planned or not is not told apart. The latest month still grows until its 30 days "
        "are over.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("month",),
    rows=rows,
    figure=share_of("readmitted"),
    kind="share",
    decimals=1,
    base=left_alive,
    needs=("person", "ngay_ra"),
)
