"""V-067 to V-074: the totals of XML1 against the lines of XML2 and XML3.

A table without rows counts 0. A visit without insurance may be sent with XML1 and XML8 alone; its totals have
no lines to be compared with and are left alone.
"""

from khoyte.foundation.language import Text
from khoyte.rules import Example, Expression, F, T, rule
from khoyte.submissions.rulebook.levels import REFUSED_BY_INSURER, WARNED, annex

NOT_LISTED_BY_SERVICE = ("QN", "CY", "CA")
"""Cards of army, cipher and police staff, whose costs the insurer counts apart."""

SUPPLIES = ("10", "11")  # 11 stands in old files only

_has_lines = T.XML2.exists() | T.XML3.exists() | F.MA_THE_BHYT.filled
_insured_total = F.T_TONGCHI_BH.number - F.T_BNCCT.number
_unsupported = (F.T_NGUONKHAC.number == 0).or_false

ADD_UP = Text("Ở phần viện phí, cộng lại từ các dòng chi phí hoặc bổ sung dòng còn thiếu, rồi xuất và gửi "
              "lại.",
              "Among the charges add the lines up again, or add the missing lines; export and send again.")


def _both(field: str, where: Expression | None = None) -> Expression:
    """Sum of a field over all lines of drugs, services and supplies."""
    return T.XML2.sum(F[field].number, where=where) + T.XML3.sum(F[field].number, where=where)


def _total(id: str, field: str, expected: Expression, of: Text, example: Example) -> list:
    return rule(
        id, part=field, table="XML1", field=field, level=REFUSED_BY_INSURER, quality="unified",
        label=Text(f"{field} phải khớp các dòng chi phí", f"{field} agrees with the lines"),
        when=_has_lines, check=F[field].number.close_to(expected), show={"expected": expected},
        message=Text("{where}: ghi {value}, " + of.vi + " là {expected}.",
                     "{where}: {value}, " + of.en + " is {expected}."),
        hint=ADD_UP, legal=annex(1, field), examples=[example])


def _lines(**amounts: tuple[str, str]) -> dict[str, list[dict[str, str]]]:
    """One drug line and one supply line with the amounts given for each."""
    return {"XML2": [{name: pair[0] for name, pair in amounts.items()}],
            "XML3": [{"MA_NHOM": "10"} | {name: pair[1] for name, pair in amounts.items()}]}


def _of_lines(total: str, line: str, right: str, wrong: str) -> Example:
    """Lines of 300.5 and 200, and a total that does or does not agree."""
    lines = _lines(**{line: ("300.5", "200")})
    return Example(fails=lines | {"XML1": [{total: wrong}]}, passes=lines | {"XML1": [{total: right}]})


SUMS = [
    *_total("V-067", "T_THUOC", T.XML2.sum(F.THANH_TIEN_BV.number),
            Text("tổng thành tiền các dòng thuốc (XML2)", "the sum of the drug lines (XML2)"),
            _of_lines("T_THUOC", "THANH_TIEN_BV", "300.5", "300")),
    *_total("V-068", "T_VTYT", T.XML3.sum(F.THANH_TIEN_BV.number, where=F.MA_NHOM.is_in(*SUPPLIES)),
            Text("tổng thành tiền các dòng vật tư y tế (XML3)", "the sum of the supply lines (XML3)"),
            _of_lines("T_VTYT", "THANH_TIEN_BV", "200", "0")),
    *_total("V-069", "T_TONGCHI_BV", _both("THANH_TIEN_BV"),
            Text("tổng thành tiền theo giá bệnh viện của XML2 và XML3", "the sum of XML2 and XML3"),
            _of_lines("T_TONGCHI_BV", "THANH_TIEN_BV", "500.5", "500")),
    *_total("V-070", "T_TONGCHI_BH", _both("THANH_TIEN_BH"),
            Text("tổng thành tiền trong phạm vi BHYT của XML2 và XML3", "the insured sum of XML2 and XML3"),
            _of_lines("T_TONGCHI_BH", "THANH_TIEN_BH", "500.5", "700.5")),
    *[part for field in ("T_BNTT", "T_BNCCT", "T_NGUONKHAC") for part in _total(
        "V-071", field, _both(field), Text("tổng các dòng của XML2 và XML3", "the sum of XML2 and XML3"),
        _of_lines(field, field, "500.5", "500"))],
]

_COVERED = {"MA_THE_BHYT": "DN4999912345678", "T_NGUONKHAC": "0", "T_TONGCHI_BH": "1000", "T_BNCCT": "200"}

FUND = [
    *rule(
        "V-072", part="formula", table="XML1", field="T_BHTT", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Số tiền đề nghị quỹ BHYT thanh toán phải bằng chi phí BHYT trừ cùng chi trả",
                   "The fund's amount is the insured total less the co-payment"),
        when=F.MA_THE_BHYT.filled & _unsupported, check=F.T_BHTT.number.close_to(_insured_total),
        show={"expected": _insured_total},
        message=Text("{where}: ghi {value}, T_TONGCHI_BH trừ T_BNCCT là {expected}.",
                     "{where}: {value}, T_TONGCHI_BH less T_BNCCT is {expected}."),
        hint=Text("Tính lại T_BHTT = T_TONGCHI_BH - T_BNCCT.", "Compute T_BHTT = T_TONGCHI_BH - T_BNCCT."),
        legal=annex(1, "T_BHTT"),
        examples=[Example(fails={"XML1": [_COVERED | {"T_BHTT": "900"}]},
                          passes={"XML1": [_COVERED | {"T_BHTT": "800"}]})],
    ),
    *rule(
        "V-072", part="lines", table="XML1", field="T_BHTT", level=REFUSED_BY_INSURER, quality="unified",
        label=Text("Số tiền đề nghị quỹ BHYT thanh toán phải bằng tổng các dòng",
                   "The fund's amount agrees with the lines"),
        when=_has_lines & _unsupported, check=F.T_BHTT.number.close_to(_both("T_BHTT")),
        show={"expected": _both("T_BHTT")},
        message=Text("{where}: ghi {value}, tổng T_BHTT của XML2 và XML3 là {expected}.",
                     "{where}: {value}, T_BHTT of XML2 and XML3 is {expected}."),
        hint=ADD_UP, legal=annex(1, "T_BHTT"),
        examples=[Example(
            fails=_lines(T_BHTT=("300.5", "200")) | {"XML1": [{"T_NGUONKHAC": "0", "T_BHTT": "500"}]},
            passes=_lines(T_BHTT=("300.5", "200")) | {"XML1": [{"T_NGUONKHAC": "0", "T_BHTT": "500.5"}]})],
    ),
    # Other sources may reach the fund's part (ARV drugs among them): then the two ways of counting differ and
    # either one is right.
    *rule(
        "V-072", part="supported", table="XML1", field="T_BHTT", level=WARNED, quality="correct",
        label=Text("Số tiền đề nghị quỹ BHYT thanh toán phải đúng công thức khi có nguồn khác",
                   "The fund's amount where other sources pay"),
        when=F.MA_THE_BHYT.filled & (F.T_NGUONKHAC.number > 0),
        check=F.T_BHTT.number.close_to(_insured_total) | F.T_BHTT.number.close_to(_both("T_BHTT")),
        show={"formula": _insured_total, "lines": _both("T_BHTT")},
        message=Text("{where}: ghi {value}, không khớp công thức ({formula}) và không khớp tổng các dòng "
                     "({lines}).",
                     "{where}: {value} is neither the formula ({formula}) nor the lines' sum ({lines})."),
        hint=ADD_UP, legal=annex(1, "T_BHTT, T_NGUONKHAC"),
        examples=[Example(
            fails=_lines(T_BHTT=("300", "200")) | {"XML1": [_COVERED | {"T_NGUONKHAC": "100",
                                                                      "T_BHTT": "600"}]},
            passes=_lines(T_BHTT=("300", "200")) | {"XML1": [_COVERED | {"T_NGUONKHAC": "100",
                                                                       "T_BHTT": "500"}]})],
    ),
    *rule(
        "V-073", table="XML1", field="T_BHTT_GDV", level=REFUSED_BY_INSURER, quality="unified",
        label=Text("Số tiền thanh toán theo giá dịch vụ phải khớp các dòng",
                   "The fee-for-service part agrees"),
        when=_has_lines & ~F.MA_THE_BHYT.matches(f"(.*;)?({'|'.join(NOT_LISTED_BY_SERVICE)}).*").or_false,
        check=F.T_BHTT_GDV.number.close_to(_both("T_BHTT", F.MA_PTTT == "1")),
        show={"expected": _both("T_BHTT", F.MA_PTTT == "1")},
        message=Text("{where}: ghi {value}, tổng T_BHTT của các dòng theo giá dịch vụ là {expected}.",
                     "{where}: {value}, T_BHTT of the fee-for-service lines is {expected}."),
        hint=ADD_UP, legal=annex(1, "T_BHTT_GDV"),
        examples=[Example(
            fails={"XML1": [{"T_BHTT_GDV": "500"}], "XML2": [{"MA_PTTT": "1", "T_BHTT": "300"}],
                   "XML3": [{"MA_PTTT": "2", "T_BHTT": "200"}]},
            passes={"XML1": [{"T_BHTT_GDV": "300"}], "XML2": [{"MA_PTTT": "1", "T_BHTT": "300"}],
                    "XML3": [{"MA_PTTT": "2", "T_BHTT": "200"}]})],
    ),
    *rule(
        "V-074", table="XML1", field="THANG_QT", level=WARNED, quality="correct",
        label=Text("Tháng quyết toán không được trước tháng ra viện", "Settlement is not before discharge"),
        check=F.NAM_QT.number * 12 + F.THANG_QT.number
        >= F.NGAY_RA.left(4).number * 12 + F.NGAY_RA.slice(4, 2).number,
        show={"year": F.NAM_QT, "left": F.NGAY_RA},
        message=Text("{where}: đề nghị quyết toán tháng {value} năm {year}, trước thời điểm ra viện {left}.",
                     "{where}: settled in month {value} of {year}, before care ended ({left})."),
        hint=Text("Ghi tháng, năm đề nghị quyết toán từ tháng ra viện trở đi.",
                  "Give the month of discharge or a later one."),
        legal=f"{annex(1, 'NAM_QT, THANG_QT')}; suy ra từ thời điểm ra viện",
        examples=[Example(
            fails={"XML1": [{"NGAY_RA": "202608141000", "NAM_QT": "2026", "THANG_QT": "7"}]},
            passes={"XML1": [{"NGAY_RA": "202612311000", "NAM_QT": "2027", "THANG_QT": "1"}]})],
    ),
]

RULES = [*SUMS, *FUND]
