"""Checks made from the field list of the standard in force: V-007, V-011 to V-014 and V-018.

The field list says what a field is; these rules only say what that means. A fault is named once: the length
of dates and of coded fields is left to the rules on dates and codes, the number of coded fields to codes,
and what a rule of its own covers (main and other diagnoses, MA_LK) is left to that rule.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping

from khoyte.foundation.language import Text
from khoyte.rules import Example, F, Rule, constant, rule
from khoyte.rules.language import Expression
from khoyte.rules.moments import plain_number_pattern
from khoyte.standards.model import FieldSpec, Standard, TableSpec
from khoyte.submissions.rulebook.levels import REFUSED_BY_INSURER, WARNED

REFUSED = {"precheck": "E", "store": "E"}
"""Breaks structure, identity or time: no profile lets it pass."""

# A visit without these cannot be attributed to a person, a facility and a day (design: identity).
IDENTITY_FIELDS = frozenset({"MA_BN", "HO_TEN", "NGAY_SINH", "GIOI_TINH", "NGAY_VAO", "MA_CSKCB"})
IDENTITY_TABLES = frozenset({"XML1", "CHECKIN"})
# Fields whose presence or code a declared rule judges: (rule id, field names).
_OWN_PRESENCE_RULE = frozenset({"MA_LK"})
_OWN_CODE_RULE = frozenset({("XML1", "MA_BENH_CHINH"), ("XML1", "MA_BENH_KT"), ("XML1", "MA_BENH_YHCT")})


def generate(standard: Standard) -> list[Rule]:
    """All rules made from the field list of the standard."""
    rules: list[Rule] = []
    for table in standard.tables.values():
        rules.extend(_layout_rules(table))
        for spec in table.fields:
            for made in (_length, _date, _number, _required, _code):
                rules.extend(made(spec, standard))
    return rules


# --- V-007: the tags of a row ----------------------------------------------------------------------------

_LAYOUT_MESSAGES = {
    "missing": (
        Text("{where}: thiếu thẻ XML {field}. Trường không có giá trị vẫn phải có thẻ rỗng.",
             "{where}: the tag {field} is missing. A field without value still keeps its empty tag."),
        Text("Đề nghị nhà cung cấp phần mềm xuất thẻ <{field}> (rỗng nếu không có dữ liệu) đúng vị trí trong "
             "bảng chỉ tiêu.",
             "Ask the software vendor to export the tag <{field}> (empty without value) at its place in the "
             "list."),
        REFUSED),
    "unknown": (
        Text("{where}: thẻ XML {field} không có trong bảng chỉ tiêu đang áp dụng; nội dung chưa được đọc.",
             "{where}: the tag {field} is not in the field list in force; its content is not read."),
        Text("Đề nghị nhà cung cấp phần mềm bỏ thẻ này, hoặc kiểm tra phần mềm đang xuất theo văn bản nào.",
             "Ask the software vendor to remove the tag, or check by which instrument the software exports."),
        WARNED),
    "repeated": (
        Text("{where}: thẻ XML {field} xuất hiện nhiều lần trong một dòng; chỉ giá trị đầu được đọc.",
             "{where}: the tag {field} stands more than once in a row; only the first value is read."),
        Text("Đề nghị nhà cung cấp phần mềm xuất mỗi thẻ đúng một lần trong một dòng.",
             "Ask the software vendor to export each tag once per row."),
        REFUSED),
    "order": (
        Text("{where}: thẻ XML {field} không đúng thứ tự của bảng chỉ tiêu.",
             "{where}: the tag {field} is out of the order of the field list."),
        Text("Đề nghị nhà cung cấp phần mềm xuất các thẻ theo đúng thứ tự của bảng chỉ tiêu trong phụ lục.",
             "Ask the software vendor to export the tags in the order of the field list of the annex."),
        REFUSED),
}
_LAYOUT_LABEL = Text("Phải đủ thẻ XML, đúng thứ tự của bảng chỉ tiêu",
                     "All tags of the field list, once and in order")


def _layout_rules(table: TableSpec) -> Iterator[Rule]:
    first = table.fields[0].name
    examples = {
        "missing": [Example(fails={table.name: [{first: None}]}, passes={table.name: [{first: ""}]})],
        "unknown": [Example(fails={table.name: [{"THE_KHAC": "1"}]}, passes={table.name: [{}]})],
    }
    for fault, (message, hint, level) in _LAYOUT_MESSAGES.items():
        yield from rule(
            "V-007", part=fault, table=table.name, field="", level=level, quality="unified",
            label=_LAYOUT_LABEL, message=message, hint=hint, legal=table.legal, layout=fault,
            examples=examples.get(fault, ()),
        )


# --- V-011 to V-014, V-018: one field --------------------------------------------------------------------


def _field_rule(id: str, spec: FieldSpec, check: Expression, words: tuple[Text, Text, Text], *, quality: str,
                wrong: str, right: str = "", level: Mapping[str, str] = REFUSED_BY_INSURER,
                when: Expression | None = None, show: Mapping[str, Expression] | None = None,
                cause: str = "field") -> list[Rule]:
    """`wrong` and `right` are texts of the field that fail and pass."""
    label, message, hint = words
    example = Example(
        fails={spec.table: [{spec.name: wrong}]}, passes={spec.table: [{spec.name: right}]}
    )
    return rule(id, table=spec.table, field=spec.name, level=level, quality=quality, label=label,
                message=message, hint=hint, legal=spec.legal, check=check, when=when, show=show, cause=cause,
                examples=[example])


_LENGTH = (
    Text("Độ dài trường không được quá giới hạn", "Length of the field within its limit"),
    Text("{where}: nội dung dài {length} ký tự, quá giới hạn {limit} ký tự.",
         "{where}: {length} characters long, over the limit of {limit}."),
    Text("Rút ngắn nội dung trên phần mềm còn tối đa {limit} ký tự, xuất lại hồ sơ rồi gửi.",
         "Shorten it in the software to {limit} characters, export the dossier again and send it."),
)


def _length(spec: FieldSpec, standard: Standard) -> list[Rule]:
    """V-011. Dates and coded fields have one right length, which their own rules judge."""
    if spec.max_length is None or spec.kind.startswith("date") or spec.code_list is not None:
        return []
    value = F[spec.name]
    return _field_rule("V-011", spec, value.length <= spec.max_length, _LENGTH, quality="clean",
                       wrong="9" * (spec.max_length + 1), right="9" * spec.max_length,
                       show={"length": value.length, "limit": constant(spec.max_length)})


_DATE = (
    Text("Ngày, giờ phải có thật và đúng định dạng", "A real date in the right form"),
    Text("{where}: {value} không phải ngày, giờ có thật theo định dạng {form}.",
         "{where}: {value} is not a real date in the form {form}."),
    Text("Nhập lại ngày, giờ theo định dạng {form}, không có dấu cách, dấu gạch; xuất lại hồ sơ rồi gửi.",
         "Write it as {form}, without blanks or dashes, export the dossier again and send it."),
)
_FORMS = {
    "date8": ("date8",), "date12": ("date12",), "date8|date12": ("date8", "date12"), "date8-list": ("date8",),
}
_FORM_WORDS = {
    "date8": "yyyymmdd", "date12": "yyyymmddHHMM", "date8|date12": "yyyymmdd / yyyymmddHHMM",
    "date8-list": "yyyymmdd;yyyymmdd",
}

_HOUR = {"date8": "", "date12": "0930", "date8|date12": "", "date8-list": ""}


def _date(spec: FieldSpec, standard: Standard) -> list[Rule]:
    """V-012. Births may leave month, day, hour and minute unknown as zeros."""
    if spec.kind not in _FORMS:
        return []
    forms = _FORMS[spec.kind]
    if spec.name.startswith("NGAY_SINH") and spec.kind == "date12":
        forms = ("birth12",)
    value = F[spec.name]
    check = value.parts.each_is_date(*forms) if spec.separator else value.is_date(*forms)
    # V-020 speaks of a wrong number of digits in this field.
    when = value.matches("[0-9]{8}|[0-9]{12}") if spec.name == "NGAY_MIEN_CCT" else None
    return _field_rule("V-012", spec, check, _DATE, quality="correct", level=REFUSED, when=when,
                       wrong="20260230" + _HOUR[spec.kind], right="20260228" + _HOUR[spec.kind],
                       show={"form": constant(_FORM_WORDS[spec.kind])})


_NUMBER = (
    Text("Số phải đúng định dạng", "A number in the right form"),
    Text("{where}: {value} không phải số từ 0 trở lên, có tối đa {decimals} chữ số thập phân.",
         "{where}: {value} is not a number of at least 0 with a dot and at most {decimals} decimals."),
    Text("Ghi số không âm, không có dấu phân cách hàng nghìn, dấu thập phân là dấu chấm; xuất lại rồi gửi.",
         "Write the number without sign or thousands marks, with a decimal dot; export and send again."),
)


def _number(spec: FieldSpec, standard: Standard) -> list[Rule]:
    """V-013. Coded fields are judged as codes."""
    if spec.kind != "number" or spec.code_list is not None:
        return []
    check = F[spec.name].matches(plain_number_pattern(spec.decimals))
    decimals = 9 if spec.decimals is None else spec.decimals
    return _field_rule("V-013", spec, check, _NUMBER, quality="clean", wrong="1.000,5", right="1",
                       show={"decimals": constant(decimals)})


REQUIRED_WORDS = (
    Text("Trường bắt buộc phải có giá trị", "A required field is filled"),
    Text("{where}: trường bắt buộc đang để trống.", "{where}: required but empty."),
    Text("Nhập bổ sung “{label}” trên phần mềm theo hồ sơ bệnh án hoặc chứng từ, xuất lại hồ sơ rồi gửi.",
         "Fill in “{label}” in the software from the medical record or the bill, export and send again."),
)


def _required(spec: FieldSpec, standard: Standard) -> list[Rule]:
    """V-014 for fields required always; those required on a condition are declared in `presence`."""
    if spec.required != "yes" or spec.name in _OWN_PRESENCE_RULE:
        return []
    identity = spec.table in IDENTITY_TABLES and spec.name in IDENTITY_FIELDS
    return _field_rule("V-014", spec, F[spec.name].filled, REQUIRED_WORDS, quality="complete", wrong="",
                       right="1", level=REFUSED if identity else REFUSED_BY_INSURER)


_CODE = (
    Text("Mã phải thuộc danh mục đang áp dụng", "The code belongs to the list in force"),
    Text("{where}: mã {value} không có trong danh mục áp dụng vào ngày của hồ sơ.",
         "{where}: the code {value} is not in the list in force on the date of the record."),
    Text("Chọn lại mã trong danh mục của phần mềm, giữ nguyên số 0 ở đầu; nếu danh mục chưa cập nhật thì cập "
         "nhật, xuất lại hồ sơ rồi gửi.",
         "Choose the code again from the software's list, leading zeros included; update the list if it is "
         "old, export the dossier again and send it."),
)


def _code(spec: FieldSpec, standard: Standard) -> list[Rule]:
    """V-018, against a list of the standard or a catalogue of the reference pack."""
    if (spec.table, spec.name) in _OWN_CODE_RULE or (spec.code_list is None and spec.catalogue is None):
        return []
    value, name = F[spec.name], spec.code_list or spec.catalogue or ""
    if spec.separator:
        inside = value.parts.each_in_list(name) if spec.code_list else value.parts.each_in_catalogue(name)
    else:
        inside = value.in_list(name) if spec.code_list else value.in_catalogue(name)
    level = REFUSED_BY_INSURER if _complete(spec, standard) else WARNED
    return _field_rule("V-018", spec, inside, _CODE, quality="unified", cause="value", wrong="KHÔNG-CÓ",
                       right=_some_code(spec, standard), level=level)


def _some_code(spec: FieldSpec, standard: Standard) -> str:
    """A code of the list for the passing example; empty (which passes too) where only a catalogue knows."""
    return next(iter(standard.code_lists[spec.code_list].codes)) if spec.code_list else ""


def _complete(spec: FieldSpec, standard: Standard) -> bool:
    """Whether a code missing from the list is surely wrong; catalogues decide that by themselves."""
    return spec.code_list is None or standard.code_lists[spec.code_list].complete
