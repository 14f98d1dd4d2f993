"""V-046 to V-049, V-051, V-052, V-054, V-055: services, supplies, check-in and plain figures.

The licence gate (V-050) stands in `gate`, the presence of a check-in (V-053) in `documents`.
"""

from khoyte.foundation.language import Text
from khoyte.rules import Example, F, H, choose, rule
from khoyte.submissions.rulebook.levels import PORTAL, REFUSED_BY_INSURER, WARNED, annex

_PERFORMED = F.MA_NHOM.is_in("1", "2", "3", "8", "18")

SERVICES = [
    *rule(
        "V-046", part="code", table="XML3", field="MA_DICH_VU", level=REFUSED_BY_INSURER, quality="complete",
        label=Text("Dòng chi phí phải có mã dịch vụ hoặc mã vật tư y tế",
                   "A line has a service or a supply code"),
        check=F.MA_DICH_VU.filled | F.MA_VAT_TU.filled,
        message=Text("{where}: dòng chi phí không có mã dịch vụ kỹ thuật và mã vật tư y tế.",
                     "{where}: the line has neither a service nor a supply code."),
        hint=Text("Ánh xạ dịch vụ, vật tư trong danh mục của cơ sở với mã danh mục dùng chung rồi xuất lại.",
                  "Map the facility's list of services and supplies to the shared catalogue, export again."),
        legal=annex(3, "MA_DICH_VU, MA_VAT_TU"),
        examples=[Example(fails={"XML3": [{"MA_DICH_VU": "", "MA_VAT_TU": ""}]},
                          passes={"XML3": [{"MA_DICH_VU": "02.1896", "MA_VAT_TU": ""}]})],
    ),
    *[part for field in ("MA_VAT_TU", "TEN_VAT_TU") for part in rule(
        "V-046", part=field, table="XML3", field=field, level=REFUSED_BY_INSURER, quality="complete",
        label=Text("Dòng vật tư y tế phải có mã và tên vật tư", "A supply line has code and name"),
        when=F.MA_NHOM == "10", check=F[field].filled,
        message=Text("{where}: dòng vật tư y tế chưa ghi {label}.",
                     "{where}: the supply line lacks {label}."),
        hint=Text("Ghi mã và tên vật tư theo danh mục của cơ sở đã được phê duyệt trên Cổng tiếp nhận dữ "
                  "liệu BHXH.",
                  "Give code and name as approved for the facility on the portal."),
        legal=annex(3, "MA_VAT_TU, TEN_VAT_TU"),
        examples=[Example(
            fails={"XML3": [{"MA_NHOM": "10", field: ""}]},
            passes={"XML3": [{"MA_NHOM": "10", "MA_VAT_TU": "N03.01.010",
                              "TEN_VAT_TU": "Bơm tiêm 5 ml"}]})],
    )],
    *rule(
        "V-047", table="XML3", field="MA_XANG_DAU", level=REFUSED_BY_INSURER, quality="complete",
        label=Text("Dòng vận chuyển người bệnh phải có mã xăng, dầu", "Transport names its fuel"),
        when=F.MA_NHOM == "12", check=F.MA_XANG_DAU.filled,
        message=Text("{where}: dòng vận chuyển người bệnh chưa ghi mã xăng, dầu.",
                     "{where}: the transport line has no fuel code."),
        hint=Text("Ghi mã xăng, dầu theo Phụ lục 2 Quyết định 3276/QĐ-BYT ở dòng vận chuyển rồi xuất lại.",
                  "Give the fuel code of annex 2 of Decision 3276/QĐ-BYT in the transport line, export "
                  "again."),
        legal=PORTAL,
        examples=[Example(fails={"XML3": [{"MA_NHOM": "12", "MA_XANG_DAU": ""}]},
                          passes={"XML3": [{"MA_NHOM": "12", "MA_XANG_DAU": "XD01"}]})],
    ),
    *[part for field in ("NGUOI_THUC_HIEN", "NGAY_TH_YL") for part in rule(
        "V-048", part=field, table="XML3", field=field, level=REFUSED_BY_INSURER, quality="complete",
        label=Text("Xét nghiệm, chẩn đoán hình ảnh, phẫu thuật, thủ thuật phải có người và thời điểm thực "
                   "hiện",
                   "Tests, imaging, surgery and procedures say who and when"),
        when=_PERFORMED, check=F[field].filled,
        message=Text("{where}: chưa ghi {label}.", "{where}: {label} is missing."),
        hint=Text("Ở phần thực hiện dịch vụ, nhập số giấy phép hành nghề của người thực hiện và thời điểm "
                  "thực hiện.",
                  "Where the service is performed, enter the licence number of who did it and the time."),
        legal=PORTAL,
        examples=[Example(
            fails={"XML3": [{"MA_NHOM": "1", field: ""}]},
            passes={"XML3": [{"MA_NHOM": "1", "NGUOI_THUC_HIEN": "000123/KH-CCHN",
                              "NGAY_TH_YL": "202608100930"}]})],
    )],
    *rule(
        "V-049", part="code", table="XML3", field="PP_VO_CAM", level=REFUSED_BY_INSURER, quality="correct",
        cause="value",
        label=Text("Mã phương pháp vô cảm phải từ 1 đến 4", "The anaesthesia method is 1 to 4"),
        check=F.PP_VO_CAM.is_in("1", "2", "3", "4"),
        message=Text("{where}: mã phương pháp vô cảm {value} không thuộc các mã từ 1 đến 4.",
                     "{where}: {value} is no anaesthesia method."),
        hint=Text("Ghi 1 gây mê, 2 gây tê, 3 châm tê, 4 khác; để trống nếu không vô cảm.",
                  "1 general, 2 regional or local, 3 acupuncture, 4 other; empty when none was used."),
        legal=annex(3, "PP_VO_CAM"),
        examples=[Example(fails={"XML3": [{"MA_NHOM": "8", "PP_VO_CAM": "5"}]},
                          passes={"XML3": [{"MA_NHOM": "8", "PP_VO_CAM": "1"}]})],
    ),
    # A file does not say whether anaesthesia was used, and minor surgery may do without: only a warning.
    *rule(
        "V-049", part="surgery", table="XML3", field="PP_VO_CAM", level=WARNED, quality="complete",
        label=Text("Phẫu thuật phải có phương pháp vô cảm", "Surgery names its anaesthesia"),
        when=F.MA_NHOM == "8", check=F.PP_VO_CAM.filled,
        message=Text("{where}: dòng phẫu thuật chưa ghi phương pháp vô cảm.",
                     "{where}: the line of surgery names no anaesthesia."),
        hint=Text("Nhập phương pháp vô cảm ở phiếu phẫu thuật nếu có; nếu không vô cảm thì để trống.",
                  "Give PP_VO_CAM on the form of surgery if anaesthesia was used; if not, leave it empty."),
        legal=annex(3, "PP_VO_CAM"),
        examples=[Example(fails={"XML3": [{"MA_NHOM": "8", "PP_VO_CAM": ""}]},
                          passes={"XML3": [{"MA_NHOM": "8", "PP_VO_CAM": "2"}]})],
    ),
    *rule(
        "V-051", table=("XML2", "XML3"), field="MA_KHOA", level=WARNED, quality="unified", cause="value",
        label=Text("Mã khoa của dòng chi phí phải có ở bảng tổng hợp",
                   "The department of a line stands in the summary"),
        when=F.MA_KHOA.parts.count == 1, check=H.MA_KHOA.parts.contain(F.MA_KHOA),
        show={"departments": H.MA_KHOA},
        message=Text("{where}: mã khoa {value} không có trong XML1.MA_KHOA ({departments}).",
                     "{where}: department {value} is not in XML1.MA_KHOA ({departments})."),
        hint=Text("Bổ sung mã khoa vào XML1.MA_KHOA, hoặc sửa khoa chỉ định, thực hiện của dòng chi phí.",
                  "Add the department to XML1.MA_KHOA or correct the line."),
        legal=f"{annex(1, 'MA_KHOA')}; suy ra từ hướng dẫn ghi mã khoa",
        examples=[Example(fails={"XML1": [{"MA_KHOA": "K03"}], "XML2": [{"MA_KHOA": "K19"}],
                                 "XML3": [{"MA_KHOA": "K19"}]},
                          passes={"XML1": [{"MA_KHOA": "K01;K03"}], "XML2": [{"MA_KHOA": "K03"}],
                                  "XML3": [{"MA_KHOA": "K01"}]})],
    ),
]

_FIRST_COST = ("MA_DICH_VU", "MA_THUOC", "MA_VAT_TU")
_first_costs = (choose(F.MA_DICH_VU.filled, 1, 0) + choose(F.MA_THUOC.filled, 1, 0)
                + choose(F.MA_VAT_TU.filled, 1, 0))

CHECK_IN = [
    *rule(
        "V-052", part="one", table="CHECKIN", field="MA_DICH_VU", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Chỉ tiêu trạng thái khám bệnh, chữa bệnh phải ghi đúng một chi phí đầu tiên",
                   "A check-in names exactly one first cost"),
        check=_first_costs == 1, show={"count": _first_costs},
        message=Text("{where}: ghi {count} mã chi phí đầu tiên (dịch vụ, thuốc, vật tư y tế); phải ghi đúng "
                     "một mã.",
                     "{where}: {count} first costs (service, drug, supply), exactly one is needed."),
        hint=Text("Chỉ ghi một trong ba mã MA_DICH_VU, MA_THUOC, MA_VAT_TU của chi phí phát sinh đầu tiên.",
                  "Give one of MA_DICH_VU, MA_THUOC and MA_VAT_TU."),
        legal=PORTAL,
        examples=[Example(
            fails={"CHECKIN": [{"MA_DICH_VU": "02.1896", "MA_THUOC": "40.30", "MA_VAT_TU": ""}]},
            passes={"CHECKIN": [{"MA_DICH_VU": "02.1896", "MA_THUOC": "", "MA_VAT_TU": ""}]})],
    ),
    *[part for code in _FIRST_COST for part in rule(
        "V-052", part=f"name of {code}", table="CHECKIN", field=code.replace("MA_", "TEN_", 1),
        level=REFUSED_BY_INSURER, quality="complete",
        label=Text("Chi phí đầu tiên phải có tên", "The first cost has a name"),
        when=F[code].filled, check=F[code.replace("MA_", "TEN_", 1)].filled,
        message=Text("{where}: có mã nhưng chưa ghi {label}.", "{where}: there is a code but no {label}."),
        hint=Text("Ghi tên tương ứng với mã theo danh mục của cơ sở.",
                  "Give the name of that code from the facility's list."),
        legal=PORTAL,
        examples=[Example(
            fails={"CHECKIN": [{code: "1", code.replace("MA_", "TEN_", 1): ""}]},
            passes={"CHECKIN": [{code: "1", code.replace("MA_", "TEN_", 1): "Tên theo danh mục"}]})],
    )],
]

FIGURES = [
    *rule(
        "V-054", table="XML1", field="CAN_NANG", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Cân nặng phải là số hợp lệ", "The weight is a sensible number"),
        check=F.CAN_NANG.matches(r"[0-9]{1,3}(\.[0-9]{1,2})?")
        & (F.CAN_NANG.number > 0).or_false & (F.CAN_NANG.number <= 200).or_false,
        message=Text("{where}: cân nặng {value} không hợp lệ (trên 0 đến 200 kg, tối đa 2 chữ số thập phân).",
                     "{where}: {value} is no weight (above 0 to 200 kg, at most 2 decimals)."),
        hint=Text("Nhập cân nặng theo kg, dấu thập phân là dấu chấm, không kèm đơn vị.",
                  "Give kilograms with a decimal point, without the unit."),
        legal=annex(1, "CAN_NANG"),
        examples=[Example(fails={"XML1": [{"CAN_NANG": "0"}]}, passes={"XML1": [{"CAN_NANG": "3.45"}]}),
                  Example(fails={"XML1": [{"CAN_NANG": "55,5"}]}, passes={"XML1": [{"CAN_NANG": "200"}]})],
    ),
    *rule(
        "V-055", part="year", table="XML1", field="NAM_QT", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Năm quyết toán phải gồm 4 chữ số", "The settlement year has 4 digits"),
        check=F.NAM_QT.matches("[0-9]{4}"),
        message=Text("{where}: năm quyết toán {value} không gồm 4 chữ số.", "{where}: {value} is no year."),
        hint=Text("Ghi năm đề nghị quyết toán đủ 4 chữ số, ví dụ 2026.",
                  "Write the year with 4 digits, for example 2026."),
        legal=annex(1, "NAM_QT"),
        examples=[Example(fails={"XML1": [{"NAM_QT": "26"}]}, passes={"XML1": [{"NAM_QT": "2026"}]})],
    ),
    *rule(
        "V-055", part="month", table="XML1", field="THANG_QT", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Tháng quyết toán phải từ 1 đến 12", "The settlement month is 1 to 12"),
        check=F.THANG_QT.matches("0?[1-9]|1[0-2]"),
        message=Text("{where}: tháng quyết toán {value} không nằm trong khoảng từ 1 đến 12.",
                     "{where}: {value} is no month."),
        hint=Text("Ghi tháng đề nghị quyết toán từ 1 đến 12.", "Write a month from 1 to 12."),
        legal=annex(1, "THANG_QT"),
        examples=[Example(fails={"XML1": [{"THANG_QT": "13"}]}, passes={"XML1": [{"THANG_QT": "08"}]})],
    ),
]

RULES = [*SERVICES, *CHECK_IN, *FIGURES]
