"""How many days inpatients lay in each facility."""

from khoyte.foundation.language import Text
from khoyte.warehouse.indicators.declaration import RECORD_STANDARD, Indicator
from khoyte.warehouse.indicators.length_of_stay import inpatients

INDICATOR = Indicator(
    code="ngay-dieu-tri-theo-co-so",
    version="1",
    name=Text("Tổng số ngày điều trị nội trú", "Days of inpatient care"),
    definition=Text(
        "Tổng SO_NGAY_DTRI của các lượt điều trị nội trú (MA_LOAI_KCB 03), theo cơ sở.",
        "Sum of SO_NGAY_DTRI of inpatient visits (MA_LOAI_KCB 03), by facility.",
    ),
    unit=Text("ngày", "days"),
    source=RECORD_STANDARD,
    dimensions=("facility",),
    rows=inpatients,
    figure=lambda stays: stays.so_ngay_dtri.sum(),
    counted=lambda stays: stays.so_ngay_dtri.count(),
    base=inpatients,
    needs=("so_ngay_dtri",),
    largest_first=True,
)
