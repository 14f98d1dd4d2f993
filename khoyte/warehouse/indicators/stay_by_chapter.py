"""How long inpatients stay for each chapter of diseases."""

from typing import TYPE_CHECKING

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator, Tables, mean
from khoyte.warehouse.indicators.length_of_stay import inpatients
from khoyte.warehouse.indicators.visits_by_chapter import by_chapter

if TYPE_CHECKING:
    import ibis.expr.types as ir


def rows(tables: Tables) -> "ir.Table":
    return by_chapter(inpatients(tables))


INDICATOR = Indicator(
    code="ngay-dieu-tri-theo-chuong-benh",
    version="1",
    name=Text("Ngày điều trị nội trú bình quân theo chương bệnh", "Length of stay by chapter of diseases"),
    definition=Text(
        "Bình quân SO_NGAY_DTRI của các lượt điều trị nội trú (MA_LOAI_KCB 03), theo chương ICD-10 của "
        "bệnh chính.",
        "Mean SO_NGAY_DTRI of inpatient visits (MA_LOAI_KCB 03), by chapter of ICD-10 of the main disease.",
    ),
    unit=Text("ngày", "days"),
    source=f"{RECORD_STANDARD}; ICD-10: Quyết định 4469/QĐ-BYT ngày 28/10/2020",
    dimensions=("icd_chapter",),
    rows=rows,
    figure=lambda stays: mean(stays.so_ngay_dtri),
    counted=lambda stays: stays.so_ngay_dtri.count(),
    decimals=1,
    base=inpatients,
    needs=("so_ngay_dtri", "ma_benh_chinh"),
    largest_first=True,
)
