"""National Data Centre (Trung tâm Dữ liệu quốc gia): registers of practice, visits of the health database."""

from khoyte.foundation.language import Text
from khoyte.links.connectors.batches import BatchConnector
from khoyte.links.destinations import DATA_CENTRE


class DataCentre(BatchConnector):
    name = DATA_CENTRE
    label = Text(vi="Trung tâm Dữ liệu quốc gia", en="National Data Centre")
    operator = Text(vi="Bộ Công an", en="Ministry of Public Security")
    legal = (
        "Nghị định 102/2025/NĐ-CP, Điều 14 đến 16; Nghị định 278/2025/NĐ-CP; "
        "Kế hoạch 1642/KH-BYT, I.1(a), bước 7"
    )
