"""V-014 for fields required on a condition that the record itself shows.

Conditions of the annex that a file cannot prove (a machine was used, a procedure was done) make no rule here.
"""
from khoyte.foundation.language import Text
from khoyte.rules import Example, Expression, F, T, rule
from khoyte.submissions.rulebook.generated import REQUIRED_WORDS
from khoyte.submissions.rulebook.levels import REFUSED_BY_INSURER, annex

LABEL, _, HINT = REQUIRED_WORDS


def _needed(table: str, fields: tuple[str, ...], when: Expression, reason: Text, legal: str,
            **filled: list[dict[str, str]]) -> list:
    """Each of the fields is required on that condition, told as `reason`.

    `filled` gives rows of an example in which all of them stand; without one of them it fails.
    """
    return [
        declared for field in fields for declared in rule(
            "V-014", part="condition", table=table, field=field, level=REFUSED_BY_INSURER, quality="complete",
            label=LABEL, when=when, check=F[field].filled,
            message=Text(f"{{where}}: bắt buộc ghi {reason.vi} nhưng đang để trống.",
                         f"{{where}}: required {reason.en} but empty."),
            hint=HINT, legal=legal,
            examples=[Example(fails=filled | {table: [filled[table][0] | {field: ""}]}, passes=filled)],
        )
    ]


_CHECK_IN = "Quyết định 4750/QĐ-BYT, phụ lục, bảng chỉ tiêu trạng thái khám bệnh, chữa bệnh"
_INPATIENT = Text("khi điều trị nội trú, nội trú ban ngày", "for inpatient and day care")
_WITH_CARD = Text("khi có thẻ bảo hiểm y tế", "when there is an insurance card")
_CARD = {"MA_THE_BHYT": "GD4999912345678", "MA_DKBD": "99001", "GT_THE_TU": "20260101",
         "GT_THE_DEN": "20261231"}
_LEAVE = {"SO_NGAY_NGHI": "3", "NGOAITRU_TUNGAY": "20260816", "NGOAITRU_DENNGAY": "20260818"}

RULES = [
    *_needed(
        "XML1", ("NGAY_VAO_NOI_TRU", "LY_DO_VNT"), F.MA_LOAI_KCB.is_in("03", "04"), _INPATIENT,
        annex(1, "NGAY_VAO_NOI_TRU, LY_DO_VNT"),
        XML1=[{"MA_LOAI_KCB": "03", "NGAY_VAO_NOI_TRU": "202608150800", "LY_DO_VNT": "Theo dõi điều trị"}],
    ),
    *_needed("XML1", ("MA_DKBD", "GT_THE_TU"), F.MA_THE_BHYT.filled, _WITH_CARD, annex(1, "MA_THE_BHYT"),
             XML1=[_CARD]),
    *_needed(
        "XML1", ("MA_THE_BHYT",), F.T_BHTT.number > 0,
        Text("khi đề nghị quỹ bảo hiểm y tế thanh toán",
             "when the insurance fund pays"), annex(1, "MA_THE_BHYT"),
        XML1=[{"T_BHTT": "100.00", "MA_THE_BHYT": "GD4999912345678"}],
    ),
    *_needed(
        "XML1", ("CAN_NANG_CON",), T.XML9.exists(), Text("khi có giấy chứng sinh", "when a child was born"),
        annex(1, "CAN_NANG_CON"), XML1=[{"CAN_NANG_CON": "3200"}], XML9=[{}],
    ),
    *_needed("XML3", ("MA_GIUONG",), F.MA_NHOM.is_in("14", "15", "16"),
             Text("ở dòng ngày giường", "for bed lines"), annex(3, "MA_GIUONG"),
             XML3=[{"MA_NHOM": "15", "MA_GIUONG": "H001"}]),
    *_needed("CHECKIN", ("MA_DKBD", "GT_THE_TU", "GT_THE_DEN"), F.MA_THE_BHYT.filled, _WITH_CARD,
             _CHECK_IN, CHECKIN=[_CARD]),
    *_needed(
        "CHECKIN", ("LY_DO_VNT",), F.NGAY_VAO_NOI_TRU.filled,
        Text("khi có thời điểm vào nội trú", "when there is a time of inpatient admission"),
        _CHECK_IN, CHECKIN=[{"NGAY_VAO_NOI_TRU": "202608151000", "LY_DO_VNT": "Theo dõi"}],
    ),
    *_needed(
        "XML7", tuple(_LEAVE), F.SO_NGAY_NGHI.filled | F.NGOAITRU_TUNGAY.filled | F.NGOAITRU_DENNGAY.filled,
        Text("khi có nghỉ điều trị ngoại trú sau ra viện", "when leave after discharge is given"),
        annex(7, "SO_NGAY_NGHI, NGOAITRU_TUNGAY, NGOAITRU_DENNGAY"), XML7=[_LEAVE],
    ),
]
