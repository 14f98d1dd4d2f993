"""The six words and how each is counted: six published formulas, with version and the day they hold from.

The words stand in the plans of the ministry (`PLANS`); none of them says how a word is measured. The formulas
are Khoyte's own and say so wherever they are shown. A changed meaning (another denominator or criterion) gets
a new `version` and day; a test holds the criteria against it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from khoyte.foundation.language import Text
from khoyte.rules.declaration import QUALITY

WORDS = tuple(QUALITY)
"""The words in the order of all that is counted: correct, complete, clean, live, unified, shared."""

UNIT = Text("% bản ghi", "% of records")
SOURCE = Text(
    "Yêu cầu này nêu trong văn bản; văn bản không nêu cách đo. Công thức do Khoyte đề xuất và công bố, "
    "không phải của Bộ Y tế.",
    "The word stands in the documents, which do not say how it is measured. The formula is proposed and "
    "published by Khoyte, not by the ministry.",
)
PLANS = (
    "Kế hoạch triển khai xây dựng CSDL quốc gia, CSDL chuyên ngành (2025), mục I.2; Kế hoạch 1642/KH-BYT, "
    "mục I.2(c)"
)
COUNTED = Text(
    "Mọi hồ sơ trong sổ đăng ký của đơn vị, trừ hồ sơ đã rút. Với lượt khám, điều trị: phiên bản hiện hành "
    "của lượt ra viện trong 30 ngày gần nhất.",
    "All records of the unit's register but those withdrawn. Of visits: the current versions of those "
    "discharged in the last 30 days.",
)


@dataclass(frozen=True)
class Formula:
    """How one word is counted. `passes`: what the numerator holds, `counted`: what the denominator holds."""

    word: str
    version: str
    valid_from: date
    meaning: Text
    passes: Text
    counted: Text = COUNTED
    unit: Text = UNIT
    source: Text = SOURCE
    documents: str = PLANS

    @property
    def label(self) -> Text:
        return QUALITY[self.word]

    @property
    def place(self) -> int:
        """Its place among the six, from 0."""
        return WORDS.index(self.word)


_FIRST = date(2026, 11, 28)
_ALL = (
    Formula(
        "correct", "1", _FIRST,
        Text("Dữ liệu đúng với thực tế và với nguồn gốc.", "The data agree with reality and their source."),
        Text("Số bản ghi không vi phạm quy tắc về giá trị, thời gian và không bị Cơ sở dữ liệu quốc gia về "
             "dân cư trả lời là khác.",
             "Records that break no rule on values and times and that the population database does not "
             "contradict."),
    ),
    Formula(
        "complete", "1", _FIRST,
        Text("Có đủ thông tin mà tập dữ liệu quy định.", "All that the data set asks for is there."),
        Text("Số bản ghi không thiếu thông tin nào trong các tiêu chí “đủ”.",
             "Records that lack none of what the criteria name."),
    ),
    Formula(
        "clean", "1", _FIRST,
        Text("Không trùng, không lỗi chữ, không trỏ đến nơi không có.",
             "No duplicates, no broken text, no references to what is not there."),
        Text("Số bản ghi không trùng bản ghi khác, không có chữ lạ, không dẫn chiếu đến hồ sơ không tồn tại.",
             "Records without a double, without foreign letters, without references that lead nowhere."),
    ),
    Formula(
        "live", "1", _FIRST,
        Text("Được cập nhật đúng hạn, còn hiệu lực.", "Updated in time and still in force."),
        Text("Số bản ghi còn trong thời hạn cập nhật, giấy phép còn hạn, không chờ rà soát quá hạn; lượt "
             "khám, điều trị gửi đúng hạn.",
             "Records updated within their term, whose licence runs, that wait past no deadline of review; "
             "visits sent in time."),
    ),
    Formula(
        "unified", "1", _FIRST,
        Text("Dùng mã định danh quốc gia và danh mục dùng chung.",
             "National identifiers and shared catalogues are used."),
        Text("Số bản ghi dùng mã định danh quốc gia đã đối chiếu và mã trong danh mục dùng chung.",
             "Records with verified national identifiers and codes of the shared catalogues."),
    ),
    Formula(
        "shared", "1", _FIRST,
        Text("Nơi khác dùng lại được, không phải kê khai lại.", "Others can use them; nobody asks twice."),
        Text("Số bản ghi đã được xác nhận, công bố và nối được với cơ sở dữ liệu khác. Bản đầu đo khả năng "
             "dùng lại, chưa đo số lần dùng.",
             "Records confirmed, published and joined with other databases. This first version measures "
             "whether they can be used, not how often they are."),
    ),
)  # fmt: skip
FORMULAS: Mapping[str, Formula] = {one.word: one for one in _ALL}


def versions() -> str:
    """The versions in force, in the order of the words: "1.1.1.1.1.1"."""
    return ".".join(FORMULAS[word].version for word in WORDS)
