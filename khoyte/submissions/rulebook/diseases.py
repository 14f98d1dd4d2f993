"""V-038 to V-041: codes of diseases.

None of these makes a visit unlawful, so `store` only warns of them. Codes are judged by the catalogue in
force on the date of the record. The attributes asked for (not_as_main, has_more_specific, death_only,
female_only, male_only) come with the official list; a list without them lets every code pass.
"""

from datetime import date

from khoyte.foundation.language import Text
from khoyte.rules import Example, F, choose, implies, rule
from khoyte.submissions.rulebook.levels import REFUSED_BY_INSURER, UNCONFIRMED, WARNED, annex

ICD_RULES = f"Thông tư 06/2026/TT-BYT (quy tắc mã hóa ICD-10; {UNCONFIRMED})"
ICD_RULES_FROM = date(2026, 7, 1)

# Everything but a code of the traditional-medicine list, whose codes run from U50 and carry three digits
# after the dot (U62.392); U82 to U85 of the international list have at most one.
NO_TRADITIONAL_CODE = r"[^U].*|U[0-4].*|U[5-9][0-9](\.[0-9]{0,2})?|"

EXAMPLE_DISEASES: dict[str, dict[str, str]] = {
    **{code: {} for code in ("A00", "B18", "D50", "E11", "F32", "G43", "H25", "I10", "J00", "J18.9", "J44",
                             "K21", "L20", "M10", "N18", "R51")},
    "J18": {"has_more_specific": "1"}, "B95": {"not_as_main": "1"}, "I46.1": {"death_only": "1"},
    "O80": {"female_only": "1"}, "N40": {"male_only": "1"},
}
"""A small ICD-10, code -> attributes, by which the examples here are right."""

_other_diseases = choose(F.MA_BENH_KT.filled, F.MA_BENH_KT.parts.count, 0)

RULES = [
    *rule(
        "V-038", part="one code", table="XML1", field="MA_BENH_CHINH", level=REFUSED_BY_INSURER,
        quality="correct", cause="field",
        label=Text("Bệnh chính chỉ được ghi một mã ICD-10", "The main disease is exactly one ICD-10 code"),
        check=F.MA_BENH_CHINH.parts.count == 1,
        message=Text("{where}: ghi nhiều mã bệnh chính ({value}).",
                     "{where}: several main diseases ({value})."),
        hint=Text("Ở phần chẩn đoán, giữ một mã bệnh chính, chuyển các mã còn lại sang bệnh kèm theo "
                  "(MA_BENH_KT).",
                  "Keep one main disease and move the others to MA_BENH_KT."),
        legal=annex(1, "MA_BENH_CHINH"),
        examples=[Example(fails={"XML1": [{"MA_BENH_CHINH": "J18;I10"}]},
                          passes={"XML1": [{"MA_BENH_CHINH": "J18"}]})],
    ),
    *rule(
        "V-038", part="existing", table="XML1", field="MA_BENH_CHINH", level=REFUSED_BY_INSURER,
        quality="shared", cause="value",
        label=Text("Mã bệnh chính phải có trong danh mục ICD-10", "The main disease is a code of ICD-10"),
        when=F.MA_BENH_CHINH.parts.count == 1, check=F.MA_BENH_CHINH.in_catalogue("icd10"),
        message=Text("{where}: mã bệnh {value} không có trong danh mục ICD-10 đang có hiệu lực.",
                     "{where}: {value} is not a code of the ICD-10 list in force."),
        hint=Text("Ở phần chẩn đoán, chọn lại mã bệnh theo danh mục ICD-10 áp dụng vào ngày ra viện.",
                  "Choose a code of the ICD-10 list in force on the day of discharge."),
        legal=annex(1, "MA_BENH_CHINH"),
        examples=[Example(fails={"XML1": [{"MA_BENH_CHINH": "F58.2"}]},
                          passes={"XML1": [{"MA_BENH_CHINH": "J18.9"}]})],
    ),
    *rule(
        "V-038", part="main", table="XML1", field="MA_BENH_CHINH", level=REFUSED_BY_INSURER,
        quality="correct", cause="value",
        label=Text("Mã bệnh chính phải là mã được dùng làm bệnh chính", "The code may be a main disease"),
        when=F.MA_BENH_CHINH.in_catalogue("icd10"),
        check=~F.MA_BENH_CHINH.in_catalogue("icd10", "not_as_main"),
        message=Text("{where}: mã {value} không được dùng làm bệnh chính.",
                     "{where}: {value} may not be the main disease."),
        hint=Text("Chọn mã bệnh nguyên nhân làm bệnh chính, ghi mã này vào bệnh kèm theo (MA_BENH_KT).",
                  "Code the underlying disease as the main one and put this code into MA_BENH_KT."),
        legal=f"{annex(1, 'MA_BENH_CHINH')}; {ICD_RULES}",
        examples=[Example(fails={"XML1": [{"MA_BENH_CHINH": "B95"}]},
                          passes={"XML1": [{"MA_BENH_CHINH": "J18.9"}]})],
    ),
    *rule(
        "V-039", part="count", table="XML1", field="MA_BENH_KT", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Chỉ được ghi tối đa 12 mã bệnh kèm theo", "At most 12 accompanying diseases"),
        check=F.MA_BENH_KT.parts.count <= 12, show={"count": F.MA_BENH_KT.parts.count},
        message=Text("{where}: có {count} mã bệnh kèm theo, tối đa 12.",
                     "{where}: {count} accompanying diseases, at most 12 are allowed."),
        hint=Text("Ở phần chẩn đoán, chỉ giữ các bệnh có ảnh hưởng đến đợt điều trị này rồi xuất và gửi lại.",
                  "Keep only the diseases that bear on this episode, export and send again."),
        legal=annex(1, "MA_BENH_KT"),
        examples=[Example(
            fails={"XML1": [{"MA_BENH_KT": "I10;E11;K21;M10;N18;J44;H25;G43;F32;D50;B18;L20;R51"}]},
            passes={"XML1": [{"MA_BENH_KT": "I10;E11;K21;M10;N18;J44;H25;G43;F32;D50;B18;L20"}]})],
    ),
    *rule(
        "V-039", part="existing", table="XML1", field="MA_BENH_KT", level=REFUSED_BY_INSURER,
        quality="shared", cause="value",
        label=Text("Mã bệnh kèm theo phải có trong danh mục ICD-10",
                   "Accompanying diseases are codes of ICD-10"),
        check=F.MA_BENH_KT.parts.each_in_catalogue("icd10"),
        message=Text("{where}: có mã bệnh kèm theo không thuộc danh mục ICD-10 đang có hiệu lực ({value}).",
                     "{where}: a code is not in the ICD-10 list in force ({value})."),
        hint=Text("Chọn lại mã theo danh mục ICD-10; các mã cách nhau bằng dấu chấm phẩy, không có dấu cách.",
                  "Choose codes of the ICD-10 list, joined by semicolons without blanks."),
        legal=annex(1, "MA_BENH_KT"),
        examples=[Example(fails={"XML1": [{"MA_BENH_KT": "I10;F58.2"}]},
                          passes={"XML1": [{"MA_BENH_KT": "I10;E11"}]})],
    ),
    *rule(
        "V-039", part="distinct", table="XML1", field="MA_BENH_KT", level=WARNED, quality="clean",
        label=Text("Mã bệnh kèm theo không được lặp lại", "No accompanying disease twice"),
        check=F.MA_BENH_KT.parts.distinct,
        message=Text("{where}: có mã bệnh kèm theo ghi hai lần ({value}).",
                     "{where}: a code stands twice ({value})."),
        hint=Text("Bỏ mã bị lặp khỏi bệnh kèm theo (MA_BENH_KT).",
                  "Remove the repeated code from MA_BENH_KT."),
        legal=annex(1, "MA_BENH_KT"),
        examples=[Example(fails={"XML1": [{"MA_BENH_KT": "I10;E11;I10"}]},
                          passes={"XML1": [{"MA_BENH_KT": "I10;E11"}]})],
    ),
    *rule(
        "V-039", part="without main", table="XML1", field="MA_BENH_KT", level=WARNED, quality="clean",
        label=Text("Bệnh kèm theo không được lặp lại bệnh chính",
                   "The main disease is not repeated as accompanying"),
        check=~F.MA_BENH_KT.parts.contain(F.MA_BENH_CHINH), show={"main": F.MA_BENH_CHINH},
        message=Text("{where}: mã bệnh chính {main} được ghi lặp lại trong bệnh kèm theo.",
                     "{where}: the main disease {main} stands among the accompanying ones."),
        hint=Text("Bỏ mã bệnh chính khỏi MA_BENH_KT.", "Remove the main disease from MA_BENH_KT."),
        legal=annex(1, "MA_BENH_CHINH, MA_BENH_KT"),
        examples=[Example(fails={"XML1": [{"MA_BENH_CHINH": "I10", "MA_BENH_KT": "E11;I10"}]},
                          passes={"XML1": [{"MA_BENH_CHINH": "I10", "MA_BENH_KT": "E11"}]})],
    ),
    *[part for table, field in (("XML1", "MA_BENH_CHINH"), ("XML1", "MA_BENH_KT"), ("XML3", "MA_BENH"))
      for part in rule(
        "V-040", part=f"specific {field}", table=table, field=field, level=REFUSED_BY_INSURER,
        quality="correct", cause="value", valid_from=ICD_RULES_FROM,
        label=Text("Phải dùng mã bệnh chi tiết nhất", "The most specific code is used"),
        check=~F[field].parts.any_in_catalogue("icd10", "has_more_specific"),
        message=Text("{where}: có mã bệnh chưa chi tiết, danh mục còn phân mục chi tiết hơn ({value}).",
                     "{where}: a code has a more specific child ({value})."),
        hint=Text("Ở phần chẩn đoán, chọn mã đến ký tự thứ tư hoặc thứ năm khi danh mục có phân mục.",
                  "Code to the fourth or fifth character where the list has one."),
        legal=ICD_RULES,
        examples=[Example(on=date(2026, 8, 15), fails={table: [{field: "J18"}]},
                          passes={table: [{field: "J18.9"}]})],
    )],
    *[part for field in ("MA_BENH_CHINH", "MA_BENH_KT") for part in rule(
        "V-040", part=f"death only {field}", table="XML1", field=field, level=REFUSED_BY_INSURER,
        quality="correct", cause="value", valid_from=ICD_RULES_FROM,
        label=Text("Không được dùng mã chỉ dành cho nguyên nhân tử vong", "No code kept for causes of death"),
        check=~F[field].parts.any_in_catalogue("icd10", "death_only"),
        message=Text("{where}: có mã chỉ dùng cho nguyên nhân tử vong ({value}).",
                     "{where}: a code is kept for causes of death ({value})."),
        hint=Text("Thay bằng mã của bệnh đã điều trị; nguyên nhân tử vong ghi ở phiếu chẩn đoán nguyên nhân "
                  "tử vong.",
                  "Code the disease that was treated; causes of death belong on the death form."),
        legal=ICD_RULES,
        examples=[Example(on=date(2026, 8, 15), fails={"XML1": [{field: "I46.1"}]},
                          passes={"XML1": [{field: "J18.9"}]})],
    )],
    *[part for field in ("MA_BENH_CHINH", "MA_BENH_KT") for part in rule(
        "V-040", part=f"sex {field}", table="XML1", field=field, level=WARNED, quality="correct",
        cause="field", valid_from=ICD_RULES_FROM,
        label=Text("Mã bệnh phải phù hợp giới tính", "The code fits the sex"),
        check=implies(F.GIOI_TINH == "1", ~F[field].parts.any_in_catalogue("icd10", "female_only"))
        & implies(F.GIOI_TINH == "2", ~F[field].parts.any_in_catalogue("icd10", "male_only")),
        message=Text("{where}: có mã bệnh không phù hợp giới tính của người bệnh ({value}).",
                     "{where}: a code does not fit the patient's sex ({value})."),
        hint=Text("Kiểm tra giới tính ở phần tiếp đón và mã bệnh ở phần chẩn đoán; sửa nội dung chưa đúng.",
                  "Check the sex at reception and the code among the diagnoses; correct the wrong one."),
        legal=ICD_RULES,
        examples=[Example(on=date(2026, 8, 15), fails={"XML1": [{"GIOI_TINH": "1", field: "O80"}]},
                          passes={"XML1": [{"GIOI_TINH": "2", field: "O80"}]})],
    )],
    *[part for field in ("MA_BENH_CHINH", "MA_BENH_KT") for part in rule(
        "V-041", part=f"place {field}", table="XML1", field=field, level=REFUSED_BY_INSURER,
        quality="correct", cause="value",
        label=Text("Mã bệnh y học cổ truyền phải ghi đúng trường",
                   "Traditional codes stand in their own field"),
        check=F[field].parts.each_matches(NO_TRADITIONAL_CODE),
        message=Text("{where}: có mã bệnh y học cổ truyền ghi không đúng trường ({value}).",
                     "{where}: a traditional-medicine code stands in the wrong field ({value})."),
        hint=Text("Ghi mã ICD-10 ở trường này, chuyển mã bệnh y học cổ truyền sang MA_BENH_YHCT.",
                  "Put the ICD-10 code here and the traditional-medicine code into MA_BENH_YHCT."),
        legal=annex(1, "MA_BENH_YHCT"),
        examples=[Example(fails={"XML1": [{field: "U62.392"}]}, passes={"XML1": [{field: "U82.1"}]})],
    )],
    *rule(
        "V-041", part="count", table="XML1", field="MA_BENH_YHCT", level=REFUSED_BY_INSURER,
        quality="complete",
        label=Text("Mỗi mã ICD-10 phải có một mã bệnh y học cổ truyền",
                   "One traditional-medicine code per ICD-10 code"),
        check=F.MA_BENH_YHCT.parts.count == _other_diseases + 1,
        show={"count": F.MA_BENH_YHCT.parts.count, "expected": _other_diseases + 1},
        message=Text("{where}: có {count} mã bệnh y học cổ truyền, cần {expected} mã bằng số mã ICD-10.",
                     "{where}: {count} traditional-medicine codes for {expected} ICD-10 codes."),
        hint=Text("Ghi đủ mã bệnh y học cổ truyền theo thứ tự: bệnh chính rồi đến từng bệnh kèm theo.",
                  "Give one code per disease, the main one first."),
        legal=annex(1, "MA_BENH_YHCT"),
        examples=[Example(fails={"XML1": [{"MA_BENH_YHCT": "U62.392", "MA_BENH_KT": "I10"}]},
                          passes={"XML1": [{"MA_BENH_YHCT": "U62.392;U58.011", "MA_BENH_KT": "I10"}]})],
    ),
]
