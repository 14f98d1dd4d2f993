"""Which share of records has all that statistics need."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, flag, share_of

if TYPE_CHECKING:
    import ibis.expr.types as ir


NEEDED = (
    "gioi_tinh",
    "age_years",
    "ma_nghe_nghiep",
    "matinh_cu_tru",
    "ma_benh_chinh",
    "ngay_ra",
    "ket_qua_dtri",
)


def rows(tables: Tables) -> "ir.Table":
    visits = tables.visits
    complete = visits[NEEDED[0]].notnull()
    for name in NEEDED[1:]:
        complete = complete & visits[name].notnull()
    return visits.mutate(is_complete=flag(complete))


INDICATOR = Indicator(
    code="ty-le-ho-so-du-thong-tin",
    version="1",
    name=Text("Tỷ lệ hồ sơ đủ thông tin thống kê", "Share of complete records"),
    definition=Text(
        "Số lượt có đủ giới tính, tuổi, nghề nghiệp, tỉnh cư trú, bệnh chính, ngày ra viện, kết quả điều "
        "trị chia cho tất cả số lượt, theo cơ sở.",
        "Visits with sex, age, occupation, province of residence, main disease, day of discharge and "
        "result over all visits, by facility.",
    ),
    unit=Text("%", "%"),
    source=RECORD_STANDARD,
    dimensions=("facility",),
    rows=rows,
    figure=share_of("is_complete"),
    kind="share",
    largest_first=True,
)
