"""V-056 to V-066: the money of a line.

The formulas are those of the annex. They speak of whole rates and of amounts rounded to 2 decimals, so sums
are compared within 0.01. An empty amount is unknown and gives no finding here: V-014 asks for it. Money never
keeps a visit out of the store: the insurer decides what it pays.

A line without insurance (no card, outside the list) has benefit level 0 and nothing from the fund; it passes
all of these by itself.
"""

from khoyte.foundation.language import Text
from khoyte.rules import Example, Expression, F, H, T, choose, rule
from khoyte.submissions.rulebook.levels import PORTAL, REFUSED_BY_INSURER, WARNED, annex
from khoyte.submissions.rulebook.support import SUPPORT_TAKEN_OFF

LINES = ("XML2", "XML3")
TOLERANCE = 0.01
USUAL_SERVICE_RATES = ("0", "10", "30", "33", "50", "80", "100")
SOURCES = "T_NGUONKHAC_NSNN, T_NGUONKHAC_VTNN, T_NGUONKHAC_VTTN, T_NGUONKHAC_CL"

_quantity = F.SO_LUONG.number
_insured_rate = F.TYLE_TT_BH.number / 100
_service_rate = F.TYLE_TT_DV.number / 100
_at_hospital, _insured = F.THANH_TIEN_BV.number, F.THANH_TIEN_BH.number
_fund, _copayment, _own = F.T_BHTT.number, F.T_BNCCT.number, F.T_BNTT.number
_support = F.T_NGUONKHAC.number

_drug_amount = (_quantity * F.DON_GIA.number).rounded
_drug_insured = (_quantity * F.DON_GIA.number * _insured_rate).rounded
_service_amount = (_quantity * F.DON_GIA_BV.number * _service_rate).rounded
# Where the hospital does not collect the difference: the patient pays the part of the insured price that a
# lower rate leaves, taken off the full hospital price.
_service_uncollected = (_quantity * F.DON_GIA_BV.number
                        - _quantity * F.DON_GIA_BH.number * (100 - F.TYLE_TT_DV.number) / 100).rounded
_service_insured = (_quantity * F.DON_GIA_BH.number * _service_rate * _insured_rate).rounded

_four_sources = (F.T_NGUONKHAC_NSNN.number + F.T_NGUONKHAC_VTNN.number + F.T_NGUONKHAC_VTTN.number
                 + F.T_NGUONKHAC_CL.number)
_has_ceiling = (F.T_TRANTT.number > 0).or_false
_fund_share = (_insured * F.MUC_HUONG.number / 100).rounded

RECALCULATE = Text("Ở phần viện phí, kiểm tra số lượng, đơn giá, tỷ lệ thanh toán của dòng này; sửa giá trị "
                   "chưa "
                   "đúng, tính lại số tiền rồi xuất và gửi lại.",
                   "Among the charges check quantity, price and rate of this line; correct them, compute the "
                   "amount again, export and send again.")

AMOUNTS = [
    *rule(
        "V-056", table="XML2", field="THANH_TIEN_BV", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Thành tiền thuốc theo giá bệnh viện phải đúng công thức", "Amount of a drug line"),
        check=_at_hospital.close_to(_drug_amount), show={"expected": _drug_amount},
        message=Text("{where}: ghi {value}, số lượng nhân đơn giá là {expected}.",
                     "{where}: {value}, quantity times price is {expected}."),
        hint=RECALCULATE, legal=annex(2, "THANH_TIEN_BV"),
        examples=[Example(
            fails={"XML2": [{"SO_LUONG": "3", "DON_GIA": "1250.5", "THANH_TIEN_BV": "3751"}]},
            passes={"XML2": [{"SO_LUONG": "3", "DON_GIA": "1250.5", "THANH_TIEN_BV": "3751.5"}]})],
    ),
    *rule(
        "V-057", table="XML2", field="THANH_TIEN_BH", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Thành tiền thuốc trong phạm vi BHYT phải đúng công thức",
                   "Insured amount of a drug line"),
        check=_insured.close_to(_drug_insured), show={"expected": _drug_insured, "rate": F.TYLE_TT_BH.number},
        message=Text("{where}: ghi {value}, tính theo tỷ lệ thanh toán {rate}% là {expected}.",
                     "{where}: {value}, at the rate of {rate}% it is {expected}."),
        hint=RECALCULATE, legal=annex(2, "THANH_TIEN_BH"),
        examples=[Example(
            fails={"XML2": [{"SO_LUONG": "2", "DON_GIA": "1000", "TYLE_TT_BH": "50",
                             "THANH_TIEN_BH": "2000"}]},
            passes={"XML2": [{"SO_LUONG": "2", "DON_GIA": "1000", "TYLE_TT_BH": "50",
                              "THANH_TIEN_BH": "1000"}]})],
    ),
    *rule(
        "V-058", table="XML3", field="THANH_TIEN_BV", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Thành tiền dịch vụ, vật tư theo giá bệnh viện phải đúng công thức",
                   "Amount of a service or supply line"),
        check=_at_hospital.close_to(_service_amount)
        | _at_hospital.close_to(_service_uncollected).or_false,
        show={"expected": _service_amount, "rate": F.TYLE_TT_DV.number},
        message=Text("{where}: ghi {value}, số lượng nhân đơn giá bệnh viện và tỷ lệ {rate}% là {expected}.",
                     "{where}: {value}, quantity, hospital price and rate of {rate}% give {expected}."),
        hint=RECALCULATE, legal=annex(3, "THANH_TIEN_BV"),
        examples=[
            Example(fails={"XML3": [{"SO_LUONG": "1", "DON_GIA_BV": "50000", "DON_GIA_BH": "39000",
                                     "TYLE_TT_DV": "30", "THANH_TIEN_BV": "50000"}]},
                    passes={"XML3": [{"SO_LUONG": "1", "DON_GIA_BV": "50000", "DON_GIA_BH": "39000",
                                      "TYLE_TT_DV": "30", "THANH_TIEN_BV": "15000"}]}),
            Example(fails={"XML3": [{"SO_LUONG": "2", "DON_GIA_BV": "50000", "TYLE_TT_DV": "100",
                                     "THANH_TIEN_BV": "50000"}]},
                    passes={"XML3": [{"SO_LUONG": "1", "DON_GIA_BV": "50000", "DON_GIA_BH": "39000",
                                      "TYLE_TT_DV": "30", "THANH_TIEN_BV": "22700"}]})],
    ),
    # A supply with a payment ceiling is insured up to the ceiling only: less than the formula is right too.
    *rule(
        "V-059", table="XML3", field="THANH_TIEN_BH", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Thành tiền dịch vụ, vật tư trong phạm vi BHYT phải đúng công thức",
                   "Insured amount of a service or supply line"),
        check=_insured.close_to(_service_insured)
        | (_has_ceiling & (_insured <= _service_insured).or_false),
        show={"expected": _service_insured},
        message=Text("{where}: ghi {value}, tính theo giá BHYT và các tỷ lệ thanh toán là {expected}.",
                     "{where}: {value}, the insured price and the rates give {expected}."),
        hint=RECALCULATE, legal=PORTAL,
        examples=[Example(
            fails={"XML3": [{"SO_LUONG": "1", "DON_GIA_BH": "39000", "TYLE_TT_DV": "30", "TYLE_TT_BH": "100",
                             "THANH_TIEN_BH": "39000"}]},
            passes={"XML3": [{"SO_LUONG": "1", "DON_GIA_BH": "39000", "TYLE_TT_DV": "30",
                              "TYLE_TT_BH": "100", "THANH_TIEN_BH": "11700"}]})],
    ),
    # Other rates are possible in special cases, so an unusual one is only a question.
    *rule(
        "V-060", table="XML3", field="TYLE_TT_DV", level=WARNED, quality="correct", cause="value",
        label=Text("Tỷ lệ thanh toán dịch vụ đặc thù nên ở mức thường gặp", "Usual rate of special services"),
        check=F.TYLE_TT_DV.is_in(*USUAL_SERVICE_RATES),
        message=Text("{where}: tỷ lệ {value}% không thuộc các mức thường gặp (0, 10, 30, 33, 50, 80, 100).",
                     "{where}: {value}% is unusual (0, 10, 30, 33, 50, 80, 100)."),
        hint=Text("Kiểm tra tỷ lệ của lần khám thứ hai trở đi, nằm ghép, nhiều phẫu thuật, thủ thuật cùng "
                  "lúc.",
                  "Check the rate for repeat visits, shared beds or several procedures."),
        legal=annex(3, "TYLE_TT_DV"),
        examples=[Example(fails={"XML3": [{"TYLE_TT_DV": "70"}]}, passes={"XML3": [{"TYLE_TT_DV": "33"}]})],
    ),
    *rule(
        "V-061", part="sum", table=LINES, field="T_NGUONKHAC", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Số tiền nguồn khác phải bằng tổng bốn nguồn", "Other sources are the sum of the four"),
        check=_support.close_to(_four_sources), show={"expected": _four_sources},
        message=Text("{where}: ghi {value}, tổng bốn nguồn là {expected}.",
                     "{where}: {value}, the four sources add up to {expected}."),
        hint=Text(f"Ở phần viện phí, cộng lại {SOURCES}.", f"Add up {SOURCES}."),
        legal=annex(2, "T_NGUONKHAC") + "; bảng 3",
        examples=[Example(
            fails={table: [{"T_NGUONKHAC_NSNN": "500", "T_NGUONKHAC_VTNN": "0", "T_NGUONKHAC_VTTN": "0",
                            "T_NGUONKHAC_CL": "0", "T_NGUONKHAC": "0"}] for table in LINES},
            passes={table: [{"T_NGUONKHAC_NSNN": "500", "T_NGUONKHAC_VTNN": "0", "T_NGUONKHAC_VTTN": "0",
                             "T_NGUONKHAC_CL": "300", "T_NGUONKHAC": "800"}] for table in LINES})],
    ),
    *rule(
        "V-061", part="limit", table=LINES, field="T_NGUONKHAC", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Số tiền nguồn khác không được vượt thành tiền", "Other sources do not exceed the line"),
        check=(_support >= 0) & (_support <= _at_hospital + TOLERANCE), show={"amount": _at_hospital},
        message=Text("{where}: số tiền nguồn khác {value} nằm ngoài khoảng từ 0 đến thành tiền {amount}.",
                     "{where}: other sources of {value} are not between 0 and the amount {amount}."),
        hint=Text("Kiểm tra số tiền hỗ trợ của dòng này ở phần viện phí rồi xuất và gửi lại.",
                  "Check the support of this line among the charges, export and send again."),
        legal=annex(2, "T_NGUONKHAC") + "; bảng 3",
        examples=[Example(
            fails={table: [{"THANH_TIEN_BV": "1000", "T_NGUONKHAC": "1500"}] for table in LINES},
            passes={table: [{"THANH_TIEN_BV": "1000", "T_NGUONKHAC": "1000"}] for table in LINES})],
    ),
    *[part for field in ("TYLE_TT_BH", "THANH_TIEN_BH") for part in rule(
        "V-062", part=field, table=LINES, field=field, level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Dòng ngoài phạm vi BHYT không được ghi số tiền quỹ BHYT thanh toán",
                   "Outside the list nothing is insured"),
        when=F.PHAM_VI == "2", check=F[field].number == 0,
        message=Text("{where}: dòng ngoài phạm vi BHYT (PHAM_VI = 2) nhưng ghi {value}, phải là 0.",
                     "{where}: the line is outside the list (PHAM_VI = 2) but has {value}, it must be 0."),
        hint=Text("Ghi 0, hoặc sửa PHAM_VI nếu dòng này thuộc phạm vi hưởng BHYT.",
                  "Write 0, or correct PHAM_VI if the line is insured."),
        legal=annex(2, f"PHAM_VI, {field}") + "; bảng 3",
        examples=[Example(fails={table: [{"PHAM_VI": "2", field: "100"}] for table in LINES},
                          passes={table: [{"PHAM_VI": "2", field: "0"}] for table in LINES})],
    )],
    *rule(
        "V-062", part="MUC_HUONG", table=LINES, field="MUC_HUONG", level=REFUSED_BY_INSURER,
        quality="correct",
        label=Text("Mức hưởng phải từ 0 đến 100", "The benefit level is 0 to 100"),
        check=F.MUC_HUONG.number.between(0, 100),
        message=Text("{where}: mức hưởng {value} nằm ngoài khoảng từ 0 đến 100.",
                     "{where}: the benefit level {value} is not between 0 and 100."),
        hint=Text("Ghi mức hưởng theo phần trăm, từ 0 đến 100, không kèm dấu %.",
                  "Write the benefit level in percent, 0 to 100, without the sign %."),
        legal=annex(2, "MUC_HUONG") + "; bảng 3",
        examples=[Example(fails={table: [{"MUC_HUONG": "120"}] for table in LINES},
                          passes={table: [{"MUC_HUONG": "0"}] for table in LINES})],
    ),
]

# Formulas of the split hold for insured lines without a payment ceiling, which would lower the fund's part.
_unsupported = (F.PHAM_VI == "1") & (_support == 0) & ~_has_ceiling
_supported = (F.PHAM_VI == "1") & (_support > 0) & ~_has_ceiling
_has_card = H.MA_THE_BHYT.filled


def _paid_by_fund(table: str) -> Expression:
    """Drug lines may be paid by another source (NGUON_CTRA), then the split of the fund does not apply."""
    return ~F.NGUON_CTRA.is_in("2", "3", "4").or_false if table == "XML2" else F.PHAM_VI.filled


_LINE = {"SO_LUONG": "1", "PHAM_VI": "1", "TYLE_TT_BH": "100", "MUC_HUONG": "80", "THANH_TIEN_BV": "1200",
         "THANH_TIEN_BH": "1000", "T_NGUONKHAC": "0", "T_BHTT": "800", "T_BNCCT": "200", "T_BNTT": "200"}


def _example(table: str, wrong: dict[str, str], **right: str) -> Example:
    """A line of an insured patient, 1,200 at hospital price and 1,000 insured at 80 %."""
    line = _LINE | right
    return Example(fails={table: [line | wrong]}, passes={table: [line]})


SPLIT = [part for table in LINES for part in (
    *rule(
        "V-063", part="T_BHTT", table=table, field="T_BHTT", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Số tiền quỹ BHYT thanh toán phải theo mức hưởng", "The fund pays by the benefit level"),
        when=_unsupported & _paid_by_fund(table), check=_fund.close_to(_fund_share),
        show={"expected": _fund_share, "level": F.MUC_HUONG.number},
        message=Text("{where}: ghi {value}, tính theo mức hưởng {level}% là {expected}.",
                     "{where}: {value}, at the benefit level of {level}% it is {expected}."),
        hint=RECALCULATE, legal=annex(int(table[3:]), "T_BHTT"),
        examples=[_example(table, {"T_BHTT": "850"}),
                  _example(table, {"T_BHTT": "100"}, MUC_HUONG="0", T_BHTT="0")],
    ),
    *rule(
        "V-063", part="T_BNCCT", table=table, field="T_BNCCT", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Số tiền cùng chi trả phải bằng phần còn lại trong phạm vi BHYT",
                   "The co-payment is the rest of the insured amount"),
        when=_unsupported & _paid_by_fund(table) & _has_card,
        check=_copayment.close_to(_insured - _fund), show={"expected": _insured - _fund},
        message=Text("{where}: ghi {value}, phần trong phạm vi BHYT còn lại là {expected}.",
                     "{where}: {value}, the rest of the insured amount is {expected}."),
        hint=RECALCULATE, legal=annex(int(table[3:]), "T_BNCCT"),
        examples=[_example(table, {"T_BNCCT": "0"})],
    ),
    *rule(
        "V-063", part="T_BNTT", table=table, field="T_BNTT", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Số tiền người bệnh tự trả phải bằng phần ngoài phạm vi BHYT",
                   "The patient pays what is not insured"),
        when=_unsupported & _paid_by_fund(table) & _has_card,
        check=_own.close_to(_at_hospital - _insured), show={"expected": _at_hospital - _insured},
        message=Text("{where}: ghi {value}, phần ngoài phạm vi BHYT là {expected}.",
                     "{where}: {value}, what is not insured is {expected}."),
        hint=RECALCULATE, legal=annex(int(table[3:]), "T_BNTT"),
        examples=[_example(table, {"T_BNTT": "0"})],
    ),
    *rule(
        "V-064", table=table, field="T_NGUONKHAC", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Số tiền nguồn khác phải được trừ đúng thứ tự",
                   "Other sources are taken off in the right order"),
        when=_supported & _paid_by_fund(table) & _has_card,
        check=SUPPORT_TAKEN_OFF,
        show={"fund": _fund, "copayment": _copayment, "own": _own},
        message=Text("{where}: số tiền nguồn khác {value} chưa được trừ đúng thứ tự (quỹ BHYT {fund}, cùng "
                     "chi "
                     "trả {copayment}, tự trả {own}).",
                     "{where}: the support of {value} is not taken off as the annex says (fund {fund}, "
                     "co-payment {copayment}, own {own})."),
        hint=Text("Hỗ trợ người bệnh: trừ lần lượt vào phần tự trả, phần cùng chi trả, phần quỹ BHYT. Hỗ trợ "
                  "chung cho cơ sở: trừ trước vào thành tiền. Thuốc ARV: nguồn khác trả phần cùng chi trả.",
                  "Support of the patient: off the own part, then the co-payment, then the fund's. Support "
                  "of the facility: off the total first. ARV: the other source pays the co-payment."),
        legal=annex(int(table[3:]), "T_NGUONKHAC"),
        examples=[
            _example(table, {"T_BHTT": "500", "T_BNCCT": "200", "T_BNTT": "200"},
                     T_NGUONKHAC="300", T_BHTT="800", T_BNCCT="100", T_BNTT="0"),
            _example(table, {"T_BNTT": "0"},
                     T_NGUONKHAC="600", T_BHTT="400", T_BNCCT="100", T_BNTT="100"),
            _example(table, {"T_BHTT": "700"},
                     T_NGUONKHAC="200", T_BHTT="800", T_BNCCT="0", T_BNTT="200")],
    ),
)]

_balance = _fund + _copayment + _own + _support


def _package_paid(label: str) -> Expression:
    return T.XML3.sum(F.T_BHTT.number, where=F.GOI_VTYT.is_in(label))


# The portal lets a service have 99 packages; more than five in one episode have not been met, and each
# label costs a sum over the table.
PACKAGES = ("G1", "G2", "G3", "G4", "G5")
_paid_for_package = F.T_BHTT.number
for _label in PACKAGES:
    _paid_for_package = choose(F.GOI_VTYT.is_in(_label), _package_paid(_label), _paid_for_package)

CHECKS = [
    *rule(
        "V-065", table=LINES, field="THANH_TIEN_BV", level=WARNED, quality="correct",
        label=Text("Các nguồn chi trả cộng lại phải bằng thành tiền", "What all pay adds up to the line"),
        check=_balance.close_to(_at_hospital), show={"paid": _balance},
        message=Text("{where}: thành tiền {value}, nhưng quỹ BHYT, người bệnh và nguồn khác cộng lại là "
                     "{paid}.",
                     "{where}: the amount is {value}, but fund, patient and other sources pay {paid}."),
        hint=Text("Kiểm tra T_BHTT, T_BNCCT, T_BNTT và T_NGUONKHAC của dòng này ở phần viện phí.",
                  "Check T_BHTT, T_BNCCT, T_BNTT and T_NGUONKHAC."),
        legal="Quyết định 4750/QĐ-BYT, phụ lục, bảng 2 và 3; suy ra từ công thức các trường T_",
        examples=[Example(fails={table: [_LINE | {"T_BNTT": "100"}] for table in LINES},
                          passes={table: [_LINE | {"PHAM_VI": "2", "T_BHTT": "0", "T_BNCCT": "0",
                                                   "T_BNTT": "1200"}] for table in LINES})],
    ),
    *rule(
        "V-066", table="XML3", field="T_BHTT", level=WARNED, quality="correct",
        label=Text("Gói vật tư y tế không được vượt mức thanh toán tối đa",
                   "A supply package stays under its ceiling"),
        when=F.GOI_VTYT.filled & _has_ceiling,
        check=_paid_for_package <= F.T_TRANTT.number + TOLERANCE,
        show={"package": F.GOI_VTYT, "paid": _paid_for_package, "ceiling": F.T_TRANTT.number},
        message=Text("{where}: gói {package} đề nghị quỹ BHYT thanh toán {paid}, vượt mức tối đa {ceiling}.",
                     "{where}: {paid} is asked of the fund for package {package}, above {ceiling}."),
        hint=Text("Ở phần viện phí, ghi T_BHTT của gói không quá mức tối đa; phần vượt do người bệnh tự trả.",
                  "Lower T_BHTT of the package to the ceiling; the patient pays the rest."),
        legal=annex(3, "GOI_VTYT, T_TRANTT"),
        examples=[Example(
            fails={"XML3": [{"GOI_VTYT": "G1", "T_TRANTT": "1000000", "T_BHTT": "1200000"}]},
            passes={"XML3": [{"GOI_VTYT": "G1", "T_TRANTT": "1000000", "T_BHTT": "1000000"}]})],
    ),
]

RULES = [*AMOUNTS, *SPLIT, *CHECKS]
