"""V-010 and V-015 to V-024: forms of numbers, cards, codes of beds, packages, tenders and machines."""
import datetime

from khoyte.foundation.language import Text
from khoyte.rules import Example, Expression, F, T, rule
from khoyte.submissions.rulebook.generated import REFUSED
from khoyte.submissions.rulebook.levels import PORTAL, REFUSED_BY_INSURER, UNCONFIRMED, WARNED, annex

_ANNEX = "Quyết định 4750/QĐ-BYT, phụ lục, nguyên tắc chung"
_3176_FROM = datetime.date(2025, 1, 1)
# Decree 188/2025 lets the personal number stand for the card from this day.
_NUMBER_AS_CARD_FROM = datetime.date(2025, 8, 15)

# Lists whose rows are numbered; XML6 has one row a visit and its STT is optional.
_NUMBERED = ("XML2", "XML3", "XML4", "XML5")


def _numbering(table: str) -> list:
    number = F.STT.number
    return rule(
        "V-010", table=table, field="STT", level=REFUSED, quality="unified",
        label=Text("STT phải đánh liên tục từ 1, không trùng", "STT runs from 1 without gap or repeat"),
        # Whole numbers from 1 to the number of rows, none twice, are all of them.
        check=number.between(1, T[table].count()) & ~F.STT.number.repeated & F.STT.matches("[0-9]+"),
        show={"rows": T[table].count()},
        message=Text("{where}: STT {value} không liên tục hoặc bị trùng; bảng có {rows} dòng.",
                     "{where}: STT {value} leaves a gap or repeats; the table has {rows} rows."),
        hint=Text("Đánh lại STT từ 1 đến số dòng của bảng rồi gửi lại.",
                  "Number the rows again from 1 to the number of rows and send again."),
        legal=_ANNEX,
        examples=[Example(fails={table: [{"STT": "1"}, {"STT": "1"}]},
                          passes={table: [{"STT": "1"}, {"STT": "2"}]})],
    )


def _citizen_number(table: str) -> list:
    return rule(
        "V-015", table=table, field="SO_CCCD", quality="correct",
        level={"precheck": ((None, "E"), (_3176_FROM, "W")), "store": "W"},
        label=Text("Số định danh cá nhân, căn cước hoặc hộ chiếu phải đúng dạng",
                   "Form of the personal number"),
        check=F.SO_CCCD.matches("[0-9]{12}|[0-9]{9}|[A-Z][0-9]{7}"),
        show={"length": F.SO_CCCD.length},
        message=Text("{where}: số giấy tờ có {length} ký tự, không đúng dạng 12 chữ số (định danh cá nhân, "
                     "căn "
                     "cước), 9 chữ số (chứng minh nhân dân) hoặc 1 chữ in hoa và 7 chữ số (hộ chiếu).",
                     "{where}: {length} characters, not 12 digits (personal number), 9 digits (old card) or "
                     "a "
                     "capital letter and 7 digits (passport)."),
        hint=Text("Đối chiếu với căn cước của người bệnh, nhập lại đủ 12 chữ số ở phần tiếp đón, không có "
                  "dấu cách.",
                  "Compare with the patient's identity card; enter all 12 digits at reception, without "
                  "blanks."),
        legal=PORTAL, cause="field",
        examples=[Example(fails={table: [{"SO_CCCD": "99909912345"}]},
                          passes={table: [{"SO_CCCD": "999099123456"}]})],
    )


def _cards(table: str, part: str, pattern: str, *, valid_from: datetime.date | None = None,
           valid_to: datetime.date | None = None) -> list:
    return rule(
        "V-016", part=part, table=table, field="MA_THE_BHYT", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Mã thẻ bảo hiểm y tế phải đúng dạng", "Form of the insurance card"),
        check=F.MA_THE_BHYT.parts.each_matches(pattern), show={"length": F.MA_THE_BHYT.length},
        message=Text("{where}: mã thẻ không đúng dạng (dài {length} ký tự; nhiều thẻ cách nhau bằng “;”).",
                     "{where}: not the form of a card ({length} characters; several cards are joined by ;)."),
        hint=Text("Ở phần tiếp đón, nhập đúng 15 ký tự của thẻ, không có dấu cách (từ ngày 15/08/2025 có "
                  "thể ghi số định danh cá nhân 12 chữ số hoặc mã số BHXH 10 chữ số).",
                  "Write the card's 15 characters (from 15 August 2025 also the personal number of 12 "
                  "digits or the insurance number of 10), without blanks."),
        legal=f"{annex(1, 'MA_THE_BHYT')}; Nghị định 188/2025/NĐ-CP ({UNCONFIRMED})",
        valid_from=valid_from, valid_to=valid_to,
        examples=[Example(on=valid_to, fails={table: [{"MA_THE_BHYT": "GD49999123456"}]},
                          passes={table: [{"MA_THE_BHYT": "GD4999912345678"}]})],
    )


_CARD = "[A-Z]{2}[0-9A-Z]{13}"


def _same_count(field: str) -> list:
    return rule(
        "V-016", part="count", table="XML1", field=field, level=REFUSED_BY_INSURER, quality="complete",
        label=Text("Mỗi thẻ BHYT phải có đủ nơi đăng ký và hạn thẻ", "Each card has its facility and dates"),
        check=F[field].parts.count == F.MA_THE_BHYT.parts.count,
        show={"given": F[field].parts.count, "cards": F.MA_THE_BHYT.parts.count},
        message=Text("{where}: có {given} giá trị cho {cards} thẻ BHYT.",
                     "{where}: {given} values for {cards} cards."),
        hint=Text("Ghi mỗi thẻ một giá trị, theo đúng thứ tự thẻ ở MA_THE_BHYT, cách nhau bằng dấu chấm "
                  "phẩy.",
                  "Give one value per card in the order of the cards, joined by semicolons."),
        legal=annex(1, "MA_THE_BHYT, MA_DKBD, GT_THE_TU, GT_THE_DEN"),
        examples=[Example(fails={"XML1": [_TWO_CARDS | {field: "20260101" if "GT" in field else "99001"}]},
                          passes={"XML1": [_TWO_CARDS]})],
    )


_TWO_CARDS = {
    "MA_THE_BHYT": "GD4999912345678;HC4999912345678", "MA_DKBD": "99001;99001",
    "GT_THE_TU": "20260101;20260701", "GT_THE_DEN": "20260630;20271231",
}


def _ordered(place: int) -> Expression:
    return (F.GT_THE_TU.parts[place].minute <= F.GT_THE_DEN.parts[place].minute).or_true


def _covers(place: int) -> Expression:
    """The card at that place holds on the day of admission; a card without end holds on."""
    begun = (F.GT_THE_TU.parts[place].minute <= F.NGAY_VAO.minute).or_false
    return begun & (F.NGAY_VAO.day <= F.GT_THE_DEN.parts[place].day).or_true


_PERIOD = {"from": F.GT_THE_TU, "to": F.GT_THE_DEN}

CARDS = [
    *_cards("XML1", "form until", _CARD, valid_to=_NUMBER_AS_CARD_FROM - datetime.timedelta(days=1)),
    *_cards("XML1", "form", rf"{_CARD}|[0-9]{{12}}|[0-9]{{10}}", valid_from=_NUMBER_AS_CARD_FROM),
    *_cards("CHECKIN", "form until", _CARD, valid_to=_NUMBER_AS_CARD_FROM - datetime.timedelta(days=1)),
    *_cards("CHECKIN", "form", rf"{_CARD}|[0-9]{{12}}|[0-9]{{10}}", valid_from=_NUMBER_AS_CARD_FROM),
    *_same_count("MA_DKBD"),
    *_same_count("GT_THE_TU"),
    *_same_count("GT_THE_DEN"),
    *(declared for table in ("XML1", "CHECKIN") for declared in rule(
        "V-017", part="order", table=table, field="GT_THE_DEN", level=REFUSED_BY_INSURER,
        quality="correct",
        label=Text("Ngày bắt đầu của thẻ BHYT không được sau ngày hết hạn", "A card begins before it ends"),
        check=_ordered(0) & _ordered(1) & _ordered(2), show=_PERIOD,
        message=Text("{where}: hạn thẻ BHYT ghi từ {from} đến {to}, ngày bắt đầu sau ngày hết hạn.",
                     "{where}: the card holds from {from} to {to}, which is reversed."),
        hint=Text("Tra cứu lại thẻ trên Cổng tiếp nhận dữ liệu BHXH rồi sửa hạn thẻ ở phần tiếp đón.",
                  "Look up the card's dates on the portal and correct them at reception."),
        legal=annex(1, "GT_THE_TU, GT_THE_DEN"),
        examples=[Example(fails={table: [{"GT_THE_TU": "20270101", "GT_THE_DEN": "20260101"}]},
                          passes={table: [{"GT_THE_TU": "20260101", "GT_THE_DEN": "20270101"}]})],
    )),
    *rule(
        "V-017", part="period", table="XML1", field="NGAY_VAO", level=WARNED, quality="live",
        label=Text("Ngày vào phải nằm trong hạn thẻ BHYT", "Admission lies within a card's period"),
        when=F.GT_THE_TU.parts[0].minute.filled & F.NGAY_VAO.minute.filled,
        check=_covers(0) | _covers(1) | _covers(2), show=_PERIOD,
        message=Text("{where}: ngày vào {value} nằm ngoài hạn thẻ BHYT (từ {from} đến {to}).",
                     "{where}: admission {value} lies outside the card's period ({from} to {to})."),
        hint=Text("Tra cứu lại thẻ trên Cổng tiếp nhận dữ liệu BHXH; nếu người bệnh có thẻ mới, nhập thêm "
                  "thẻ đó.",
                  "Look up the card on the portal; add the new card if there is one."),
        legal=f"{annex(1, 'GT_THE_TU, GT_THE_DEN')}; suy ra từ quy định về hạn thẻ",
        examples=[Example(fails={"XML1": [{"GT_THE_TU": "20250101", "GT_THE_DEN": "20251231"}]},
                          passes={"XML1": [{"GT_THE_TU": "20260101", "GT_THE_DEN": ""}]})],
    ),
]

_SIGNED_TABLES = ("XML1", "XML7", "XML8", "XML9", "XML10", "XML11", "XML13", "XML14")

CODES = [
    *(declared for table in _SIGNED_TABLES for declared in rule(
        "V-019", table=table, field="MA_TTDV",
        level=REFUSED_BY_INSURER, quality="correct", valid_to=_3176_FROM - datetime.timedelta(days=1),
        label=Text("Mã người đứng đầu cơ sở phải có 10 chữ số", "The head's code has 10 digits"),
        check=F.MA_TTDV.matches("[0-9]{10}"),
        message=Text("{where}: {value} không phải mã số BHXH 10 chữ số.",
                     "{where}: {value} is not a 10-digit code."),
        hint=Text("Nhập mã số BHXH 10 chữ số của người đứng đầu cơ sở ở phần cấu hình đơn vị của phần mềm.",
                  "Enter the 10-digit social-insurance code of the head in the facility's settings."),
        legal=annex(1, "MA_TTDV"),
        examples=[Example(on=datetime.date(2024, 10, 1), fails={table: [{"MA_TTDV": "0012345/BYT-CCHN"}]},
                          passes={table: [{"MA_TTDV": "9990000001"}]})],
    )),
    *rule(
        "V-020", table="XML1", field="NGAY_MIEN_CCT", level=REFUSED_BY_INSURER, quality="clean",
        label=Text("Thời điểm miễn cùng chi trả phải có 8 hoặc 12 chữ số",
                   "Exemption date has 8 or 12 digits"),
        check=F.NGAY_MIEN_CCT.matches("[0-9]{8}|[0-9]{12}"),
        message=Text("{where}: {value} không gồm 8 hoặc 12 chữ số.",
                     "{where}: {value} does not have 8 or 12 digits."),
        hint=Text("Ghi theo định dạng yyyymmdd hoặc yyyymmddHHMM, không có dấu cách, dấu gạch.",
                  "Write yyyymmdd or yyyymmddHHMM, without blanks or dashes."),
        legal=annex(1, "NGAY_MIEN_CCT"),
        examples=[Example(fails={"XML1": [{"NGAY_MIEN_CCT": "2026081"}]},
                          passes={"XML1": [{"NGAY_MIEN_CCT": "20260810"}]})],
    ),
    *rule(
        "V-021", table="XML3", field="MA_GIUONG", level=REFUSED_BY_INSURER, quality="unified", cause="value",
        label=Text("Mã giường phải đúng dạng", "Form of the bed code"),
        check=F.MA_GIUONG.parts.each_matches("[HTCK][0-9]{3}"),
        message=Text("{where}: {value} không đúng dạng mã giường (H, T, C hoặc K và 3 chữ số).",
                     "{where}: {value} is not a bed code of H, T, C or K and 3 digits."),
        hint=Text("Sửa mã trong danh mục giường: H001 (kế hoạch), T001 (kê thêm), C001 (tự chọn), K001 "
                  "(khác); nhiều giường cách nhau bằng dấu chấm phẩy.",
                  "In the list of beds write H001 (planned), T001 (extra), C001 (chosen) or K001 (other); "
                  "several joined by ;."),
        legal=annex(3, "MA_GIUONG"),
        examples=[Example(fails={"XML3": [{"MA_GIUONG": "G12"}]},
                          passes={"XML3": [{"MA_GIUONG": "H001;T012"}]})],
    ),
    *rule(
        "V-022", table="XML3", field="GOI_VTYT", level=REFUSED_BY_INSURER, quality="unified",
        label=Text("Mã gói vật tư y tế phải đúng dạng", "Form of the supply package"),
        check=F.GOI_VTYT.matches("G[1-9][0-9]{0,2}"),
        message=Text("{where}: {value} không đúng dạng chữ G và số thứ tự gói.",
                     "{where}: {value} is not G and the number of the package."),
        hint=Text("Ghi G1 cho gói vật tư y tế thứ nhất, G2 cho gói thứ hai trong một lần thực hiện dịch vụ.",
                  "Write G1 for the first package of a service, G2 for the next."),
        legal=annex(3, "GOI_VTYT"),
        examples=[Example(fails={"XML3": [{"GOI_VTYT": "01"}]}, passes={"XML3": [{"GOI_VTYT": "G1"}]})],
    ),
]

_TENDER_HINT = Text("Bổ sung trong danh mục thuốc, vật tư: số quyết định;gói thầu;nhóm thầu;năm, ví dụ "
                    "123/QĐ-SYT;G1;N4;2026.",
                    "In the list of drugs or supplies write decision;package;group;year, for instance "
                    "123/QĐ-SYT;G1;N4;2026.")


def _tender(table: str, part: str, when: Expression | None, check: Expression, message: Text,
            example: Example) -> list:
    return rule(
        "V-023", part=part, table=table, field="TT_THAU", level=REFUSED_BY_INSURER, quality="complete",
        label=Text("Thông tin thầu phải đầy đủ, đúng dạng", "Tender data, whole and in its form"), when=when,
        check=check, message=message, hint=_TENDER_HINT,
        legal=f"{annex(int(table[3:]), 'TT_THAU')}; {PORTAL}", cause="value", examples=[example],
    )


_TENDER = "[^;]+;G[0-9]{1,3};N[0-9]{1,3};[0-9]{4}"
_TENDER_FORM = Text("{where}: {value} không đúng dạng bốn phần số quyết định;gói (G);nhóm (N);năm.",
                    "{where}: {value} is not decision;package (G);group (N);year.")
_TENDER_ABSENT = Text("{where}: dòng thuốc hoặc vật tư y tế chưa ghi thông tin thầu.",
                      "{where}: a drug or supply without its tender data.")
_FORM_EXAMPLE = {"TT_THAU": "123/QĐ-SYT;G1;N4"}

TENDERS = [
    *_tender("XML2", "form", None, F.TT_THAU.matches(_TENDER), _TENDER_FORM,
             Example(fails={"XML2": [_FORM_EXAMPLE]})),
    *_tender("XML3", "form", None, F.TT_THAU.matches(_TENDER), _TENDER_FORM,
             Example(fails={"XML3": [_FORM_EXAMPLE]})),
    *_tender("XML2", "presence", ~F.MA_NHOM.is_in("7", "17"), F.TT_THAU.filled, _TENDER_ABSENT,
             Example(fails={"XML2": [{"TT_THAU": ""}]}, passes={"XML2": [{"TT_THAU": "", "MA_NHOM": "7"}]})),
    *_tender("XML3", "presence", F.MA_NHOM == "10", F.TT_THAU.filled, _TENDER_ABSENT,
             Example(fails={"XML3": [{"MA_NHOM": "10", "TT_THAU": ""}]}, passes={"XML3": [{"TT_THAU": ""}]})),
]

_MACHINE_HINT = Text("Bổ sung trong danh mục máy: nhóm máy.nguồn kinh phí (1, 2, 3).mã cơ sở.số máy, ví dụ "
                     "SH.1.99001.AU680; nhiều máy cách nhau bằng dấu chấm phẩy.",
                     "In the list of machines write group.funding (1, 2, 3).facility.serial, for instance "
                     "SH.1.99001.AU680; several joined by semicolons.")

MACHINES = [
    *rule(
        "V-024", part="form", table="XML3", field="MA_MAY", level=WARNED, quality="unified", cause="machine",
        label=Text("Mã máy phải đúng dạng", "Form of the machine code"),
        check=F.MA_MAY.parts.each_matches(r"[A-ZĐ]{2,4}\.[1-3]\.[0-9A-Z]{5}\.[^.;]+"),
        message=Text("{where}: {value} không đúng dạng nhóm máy.nguồn kinh phí.mã cơ sở.số máy.",
                     "{where}: {value} is not group.funding.facility.serial."),
        hint=_MACHINE_HINT, legal=annex(3, "MA_MAY"),
        examples=[Example(fails={"XML3": [{"MA_MAY": "AU680"}]},
                          passes={"XML3": [{"MA_MAY": "SH.1.99001.AU680"}]})],
    ),
    *rule(
        "V-024", part="presence", table="XML3", field="MA_MAY", level=WARNED, quality="complete",
        label=Text("Dòng cận lâm sàng phải có mã máy", "Paraclinical lines name their machine"),
        when=F.MA_NHOM.is_in("1", "2", "3"), check=F.MA_MAY.filled, show={"group": F.MA_NHOM},
        message=Text("{where}: dịch vụ có mã nhóm {group} chưa ghi mã máy.",
                     "{where}: a service of group {group} without its machine."),
        hint=_MACHINE_HINT, legal=annex(3, "MA_MAY"),
        examples=[Example(fails={"XML3": [{"MA_NHOM": "1", "MA_MAY": ""}]},
                          passes={"XML3": [{"MA_NHOM": "1", "MA_MAY": "SH.1.99001.AU680"}]})],
    ),
]

RULES = [
    *(declared for table in _NUMBERED for declared in _numbering(table)),
    *(declared for table in ("XML1", "CHECKIN", "XML15") for declared in _citizen_number(table)),
    *CARDS, *CODES, *TENDERS, *MACHINES,
]
