"""Monitoring software of Project 06 (phần mềm theo dõi, giám sát Đề án 06): the survey, daily progress.

No interface of it is published: the wire form and the names of fields are ours.
"""

from khoyte.foundation.language import Text
from khoyte.links.connectors.batches import BatchConnector
from khoyte.links.destinations import PROJECT_06


class Project06(BatchConnector):
    name = PROJECT_06
    label = Text(vi="Phần mềm theo dõi, giám sát Đề án 06", en="Project 06 monitoring software")
    operator = Text(vi="Tổ công tác triển khai Đề án 06", en="Working group of Project 06")
    legal = (
        "Kế hoạch triển khai xây dựng CSDL quốc gia, CSDL chuyên ngành (2025), II.1, III.3; "
        "Quyết định 1362/QĐ-BYT ngày 22/04/2025"
    )
    batches = "/v1/reports"
    records = "/v1/reports/records"
    messages = "reports"
