"""V-001 to V-009 and V-090: what the reader and the intake find, declared so that one list holds every rule.

These have no `check`: the reader (`khoyte.submissions.reader`) and the judging find them while the file is
taken apart. `part` is the reader's reason, so each case has its own words. `from_reader` makes a finding of
what the reader noted. V-007 (order of tags) is also made from the field list, see `generated`.
"""

import datetime
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, cast

from khoyte.foundation.language import Text
from khoyte.rules import Level, Rule, rule
from khoyte.rules.findings import Finding
from khoyte.submissions.rulebook.generated import REFUSED
from khoyte.submissions.rulebook.levels import INFORMED, SIGNED, WARNED

_LETTER = "Công văn 1245/BHXH-CNTT của BHXH Việt Nam"
_ANNEX = "Quyết định 4750/QĐ-BYT, phụ lục, nguyên tắc chung"
_SEND_AGAIN = Text(
    "Xuất lại tệp từ phần mềm của cơ sở theo đúng cấu trúc tại {law} rồi gửi lại.",
    "Export the file again from the facility's software in the form of {law} and send it.",
)
_VENDOR = Text(
    "Đề nghị nhà cung cấp phần mềm sửa chức năng xuất XML của bảng này, xuất lại hồ sơ rồi gửi.",
    "Ask the software vendor to mend the XML export of this table; export the dossier again and send it.",
)

Words = tuple[str, str, str]  # part, Vietnamese message, English message


def _cases(
    id: str,
    label: Text,
    hint: Text,
    cases: Iterable[Words],
    *,
    level: Mapping[str, Any] = REFUSED,
    quality: str = "unified",
    table: str = "",
    field: str = "",
    legal: str = _LETTER,
) -> list[Rule]:
    """One rule found elsewhere, a declaration per case."""
    told = hint.fill(law=legal)
    return [
        declared
        for part, vi, en in cases
        for declared in rule(
            id,
            part=part,
            table=table,
            field=field,
            level=level,
            quality=quality,
            label=label,
            message=Text(vi, en),
            hint=told,
            legal=legal,
            cause="file" if not table else "field",
        )
    ]


_ENVELOPE = _cases(
    "V-001",
    Text("Khung tệp phải đúng cấu trúc", "The envelope has its structure"),
    _SEND_AGAIN,
    [
        ("missing", "Tệp thiếu thẻ XML {element}.", "The file lacks the element {element}."),
        (
            "misplaced",
            "Thẻ XML {element} không đúng vị trí trong tệp.",
            "The element {element} stands in a wrong place.",
        ),
        (
            "doubled",
            "Thẻ XML {element} xuất hiện hơn một lần.",
            "The element {element} stands more than once.",
        ),
        ("not-understood",
         "Không đọc được giá trị của thẻ XML {element}.", "The value of {element} cannot be read."),
    ],
)
_FACILITY = [
    *_cases(
        "V-002",
        Text("Mã cơ sở khám bệnh, chữa bệnh phải đúng và thống nhất", "Facility code"),
        Text(
            "Kiểm tra mã cơ sở 5 ký tự ở phần cấu hình đơn vị của phần mềm (ghi ra MACSKCB, MA_CSKCB), xuất "
            "lại rồi gửi.",
            "Check the 5-character code in the software's settings (written as MACSKCB and MA_CSKCB), "
            "export, send.",
        ),
        [
            (
                "length",
                "MACSKCB của tệp không gồm đúng 5 ký tự.",
                "MACSKCB of the file does not have 5 characters.",
            ),
            (
                "differs",
                "MA_CSKCB trong hồ sơ là {found}, khác MACSKCB của tệp là {expected}; hồ sơ được tạm giữ.",
                "MA_CSKCB of the dossier is {found}, MACSKCB of the file {expected}; it is set aside.",
            ),
            (
                "envelope",
                "MACSKCB của tệp là {found}, khác cơ sở đã gửi tệp ({expected}); hồ sơ được tạm giữ.",
                "MACSKCB of the file is {found}, not the facility that sent it ({expected}); it is set "
                "aside.",
            ),
            (
                "unknown",
                "Mã cơ sở {found} không có trong danh mục cơ sở khám bệnh, chữa bệnh đang áp dụng.",
                "The facility code {found} is not in the list of facilities in use.",
            ),
        ],
        quality="correct",
        table="XML1",
        field="MA_CSKCB",
    ),
]
_COUNT = _cases(
    "V-003",
    Text("Số hồ sơ phải khớp SOLUONGHOSO", "The number of dossiers is the number declared"),
    Text(
        "Kiểm tra tệp có đủ hồ sơ khi xuất không; ghi SOLUONGHOSO bằng số thẻ HOSO trong tệp, gửi hồ sơ còn "
        "thiếu.",
        "See whether the export is whole; declare the true number of HOSO and send what is missing.",
    ),
    [
        (
            "fewer",
            "Tệp khai báo {declared} hồ sơ nhưng chỉ có {found}, thiếu {missing}.",
            "{declared} dossiers are declared, the file has {found}; {missing} are missing.",
        ),
        (
            "more",
            "Tệp khai báo {declared} hồ sơ nhưng có {found}, ngoài khai báo {undeclared}.",
            "{declared} dossiers are declared, the file has {found}; {undeclared} more.",
        ),
        (
            "absent",
            "Tệp không khai báo số hồ sơ (SOLUONGHOSO); đã nhận {found}.",
            "The file declares no number of dossiers (SOLUONGHOSO); {found} were found.",
        ),
    ],
    quality="complete",
    field="SOLUONGHOSO",
)
_SUMMARY = _cases(
    "V-004",
    Text("Mỗi hồ sơ phải có đúng một XML1", "Each dossier has exactly one XML1"),
    Text(
        "Xuất lại hồ sơ với đúng một bảng XML1 rồi gửi.", "Export the dossier with one XML1, send again."
    ),
    [
        ("missing", "Hồ sơ không có bảng XML1.", "The dossier has no XML1."),
        (
            "doubled",
            "Hồ sơ có nhiều bảng XML1; chỉ bảng đầu được đọc.",
            "The dossier has several XML1; only the first is read.",
        ),
    ],
    quality="complete",
    table="XML1",
)
_KINDS = _cases(
    "V-005",
    Text("Bảng phải thuộc chuẩn dữ liệu, mỗi bảng gửi một lần", "Known tables, each once"),
    _VENDOR,
    [
        (
            "unknown",
            "LOAIHOSO {kind} không có trong chuẩn dữ liệu; phần này chưa được đọc.",
            "LOAIHOSO {kind} is not in the standard; this part is not read.",
        ),
        (
            "unnamed",
            "Một phần FILEHOSO không ghi LOAIHOSO; phần này chưa được đọc.",
            "A FILEHOSO has no LOAIHOSO; this part is not read.",
        ),
        (
            "doubled",
            "Bảng {kind} xuất hiện nhiều lần trong một hồ sơ; chỉ bảng đầu được đọc.",
            "{kind} stands more than once in the dossier; only the first is read.",
        ),
        ("too-many", "Hồ sơ có quá {limit} phần FILEHOSO.", "The dossier has more than {limit} parts."),
    ],
)
_UNREADABLE = _cases(
    "V-006",
    Text("Nội dung bảng phải đọc được", "The table can be read"),
    _VENDOR,
    [
        (
            "unreadable",
            "Không đọc được nội dung của bảng; hồ sơ được tạm giữ.",
            "The table cannot be read; it is set aside.",
        ),
        (
            "base64",
            "NOIDUNGFILE không được mã hóa base64 hợp lệ; hồ sơ được tạm giữ.",
            "NOIDUNGFILE is no valid base64; it is set aside.",
        ),
        (
            "xml",
            "Nội dung của bảng không phải XML đúng cú pháp (dòng {line}, cột {column}); hồ sơ được tạm giữ.",
            "The table is not well-formed XML (line {line}, column {column}); it is set aside.",
        ),
        (
            "root",
            "Thẻ gốc của bảng là {found}, phải là {expected}; hồ sơ được tạm giữ.",
            "The root of the table is {found}, expected {expected}; it is set aside.",
        ),
        (
            "structure",
            "Bảng không có thẻ danh sách {expected}; hồ sơ được tạm giữ.",
            "The table has no list {expected}; it is set aside.",
        ),
        (
            "too-large",
            "Nội dung bảng lớn hơn giới hạn {limit} byte; hồ sơ được tạm giữ.",
            "The content is over the limit of {limit} bytes; it is set aside.",
        ),
        (
            "too-many-fields",
            "Một dòng của bảng có quá {limit} thẻ XML; hồ sơ được tạm giữ.",
            "A row has more than {limit} tags; it is set aside.",
        ),
        (
            "too-much-markup",
            "Nội dung bảng có quá {limit} dấu mở, đóng thẻ XML; hồ sơ được tạm giữ.",
            "The content has more than {limit} marks; it is set aside.",
        ),
        (
            "several-contents",
            "Một FILEHOSO có nhiều NOIDUNGFILE; hồ sơ được tạm giữ.",
            "A FILEHOSO has several NOIDUNGFILE; it is set aside.",
        ),
    ],
)
_FORM = [
    *_cases(
        "V-006",
        Text("Bảng nên được gửi theo base64", "Tables are sent in base64"),
        _VENDOR,
        [
            (
                "nested",
                "Bảng gửi dạng XML lồng trực tiếp, không mã hóa base64; vẫn đọc được.",
                "Sent as nested XML, not in base64; it was read.",
            ),
            (
                "escaped",
                "Bảng gửi dạng XML thay dấu < bằng &lt;, không mã hóa base64; vẫn đọc được.",
                "Sent as XML written with &lt;, not in base64; it was read.",
            ),
            (
                "cdata",
                "Bảng gửi trong CDATA, không mã hóa base64; vẫn đọc được.",
                "Sent in CDATA, not in base64; it was read.",
            ),
            (
                "declared-encoding",
                "Bảng khai báo bảng mã khác UTF-8 nhưng nội dung là UTF-8; vẫn đọc được.",
                "The table claims another encoding, but is in UTF-8; it was read.",
            ),
        ],
        level=WARNED,
    ),
    *_cases(
        "V-006",
        Text("Bảng nên được gửi theo base64", "Tables are sent in base64"),
        Text(
            "Không cần sửa hồ sơ này; nên điều chỉnh khi cập nhật phần mềm.",
            "Nothing to mend here; better changed at the next software update.",
        ),
        [
            (
                "base64-lines",
                "Nội dung base64 được ngắt thành nhiều dòng; vẫn đọc được.",
                "The base64 is in lines; it was read.",
            ),
            (
                "cdata-values",
                "Giá trị của trường đặt trong CDATA; vẫn đọc được.",
                "Values stand in CDATA; they were read.",
            ),
            ("empty-part", "Hồ sơ có phần FILEHOSO không có nội dung.", "A FILEHOSO has no content."),
            ("empty-list", "Bảng có khung nhưng không có dòng nào.", "The table has a shell without rows."),
        ],
        level=INFORMED,
    ),
]
_ODDITIES = _cases(
    "V-007",
    Text("Phải đủ thẻ XML, đúng thứ tự của bảng chỉ tiêu", "All tags of the field list, once and in order"),
    _VENDOR,
    [
        (
            "nested-element",
            "Trong thẻ XML {element} có thẻ con; phần này chưa được đọc.",
            "The tag {element} has tags inside; they are not read.",
        ),
        (
            "unexpected-element",
            "Thẻ XML {element} không thuộc cấu trúc của bảng; nội dung thẻ chưa được đọc.",
            "The tag {element} does not belong to the table; it is not read.",
        ),
        (
            "loose-text",
            "Có nội dung nằm ngoài các thẻ XML của bảng; nội dung này chưa được đọc.",
            "There is text outside the tags of the table; it is not read.",
        ),
    ],
    level=WARNED,
)
_SIGNING = "Hướng dẫn ký số hồ sơ XML từ 01/01/2026 (nguồn thứ cấp, chưa đối chiếu văn bản gốc)"
_TRUST_LAW = "Luật Giao dịch điện tử số 20/2023/QH15; Nghị định 23/2025/NĐ-CP (chưa đối chiếu điều khoản)"
_SIGN_AGAIN = Text(
    "Ký số lại tệp bằng chứng thư của cơ sở sau khi xuất và không sửa tệp sau khi ký; nếu vẫn lỗi, đề nghị "
    "nhà cung cấp phần mềm kiểm tra chức năng ký XML.",
    "Sign the file again after the export and change nothing afterwards; if it fails again, ask the vendor "
    "to look at the XML signing.",
)
_SIGNER_VENDOR = Text(
    "Đề nghị nhà cung cấp phần mềm ký theo XMLDSig với SHA-256: một chữ ký trong CHUKYDONVI, trên toàn tệp, "
    "kèm chứng thư trong KeyInfo.",
    "Ask the vendor to sign by XMLDSig with SHA-256: one signature in CHUKYDONVI, over the whole file, with "
    "the certificate in KeyInfo.",
)
_CERTIFICATE = Text(
    "Kiểm tra chứng thư chữ ký số của cơ sở với tổ chức cung cấp dịch vụ chứng thực, dùng chứng thư còn hiệu "
    "lực rồi ký và gửi lại.",
    "Check the facility's certificate with its certification authority; sign with one in force, send again.",
)
_REGISTER = Text(
    "Ký bằng chứng thư đã đăng ký của cơ sở, hoặc báo đơn vị quản lý hệ thống đăng ký chứng thư mới.",
    "Sign with a certificate entered for the facility, or ask the operator to enter the new one.",
)


def _signature_cases(label: Text, hint: Text, cases: Iterable[Words], legal: str) -> list[Rule]:
    return _cases("V-008", label, hint, cases, level=SIGNED, quality="live", field="CHUKYDONVI", legal=legal)


_SIGNATURE = [
    *_signature_cases(
        Text("Tệp phải có chữ ký số của cơ sở", "The file bears the facility's signature"),
        Text(
            "Ký số tệp bằng chứng thư chữ ký số của cơ sở ở phần ký, gửi hồ sơ của phần mềm trước khi gửi.",
            "Sign the file with the facility's certificate before sending.",
        ),
        [
            ("absent", "Tệp không có thẻ CHUKYDONVI.", "The file has no element CHUKYDONVI."),
            (
                "empty",
                "CHUKYDONVI để trống: tệp chưa được ký số.",
                "CHUKYDONVI is empty: the file is not signed.",
            ),
        ],
        _SIGNING,
    ),
    *_signature_cases(
        Text("Chữ ký số của tệp phải đọc được", "The signature can be read"),
        _SIGNER_VENDOR,
        [
            (
                "unreadable",
                "CHUKYDONVI không chứa chữ ký số XML đọc được (phần {what}).",
                "CHUKYDONVI holds no XML signature that can be read (at {what}).",
            ),
            (
                "several",
                "Tệp có nhiều hơn một chữ ký số hoặc CHUKYDONVI chứa nội dung khác.",
                "The file has more than one signature, or CHUKYDONVI holds something else.",
            ),
            (
                "no-certificate",
                "Chữ ký số không kèm chứng thư của người ký.",
                "The signature comes without the signer's certificate.",
            ),
            (
                "outside",
                "Chữ ký số tham chiếu nội dung bên ngoài tệp (phần {element}).",
                "The signature refers to something outside the file (at {element}).",
            ),
            (
                "transform",
                "Chữ ký số dùng phép biến đổi không được chấp nhận: {name}.",
                "The signature uses a transform that is not accepted: {name}.",
            ),
            (
                "weak",
                "Chữ ký số dùng thuật toán hoặc khóa không còn an toàn: {name}.",
                "The signature uses an algorithm or key that is not safe: {name}.",
            ),
            (
                "uncovered",
                "Chữ ký số không bao gồm {element}, nên nội dung đó chưa được ký.",
                "The signature does not cover {element}, so that content is not signed.",
            ),
            (
                "ambiguous",
                "Không xác định được nội dung đã ký: {element} xuất hiện nhiều lần hoặc sai vị trí.",
                "What was signed cannot be told: {element} stands more than once or in a wrong place.",
            ),
        ],
        _SIGNING,
    ),
    *_signature_cases(
        Text("Nội dung tệp phải đúng như khi ký", "The content is as it was signed"),
        _SIGN_AGAIN,
        [
            (
                "mismatch",
                "Nội dung tệp đã thay đổi sau khi ký số (phần {element}).",
                "The content was changed after signing (at {element}).",
            ),
            (
                "forged",
                "Giá trị chữ ký không khớp với chứng thư kèm theo.",
                "The signature was not made with the key of the certificate.",
            ),
        ],
        _TRUST_LAW,
    ),
    *_signature_cases(
        Text("Chứng thư chữ ký số phải có hiệu lực", "The certificate is in force"),
        _CERTIFICATE,
        [
            (
                "untrusted",
                "Chứng thư không do tổ chức chứng thực được tin cậy tại hệ thống này cấp.",
                "The certificate was not issued by an authority trusted here.",
            ),
            ("usage", "Chứng thư không được cấp để ký số.", "The certificate was not issued for signing."),
            (
                "not-yet-valid",
                "Chứng thư chưa có hiệu lực khi nhận tệp (từ {day}).",
                "The certificate was not yet in force at receipt (from {day}).",
            ),
            (
                "expired",
                "Chứng thư đã hết hiệu lực khi nhận tệp (đến {day}).",
                "The certificate had ended at receipt (until {day}).",
            ),
            (
                "revoked",
                "Chứng thư đã bị thu hồi từ {day}.",
                "The certificate was revoked on {day}.",
            ),
        ],
        _TRUST_LAW,
    ),
    *_signature_cases(
        Text("Chữ ký số phải là của chính cơ sở gửi", "The signature is the sender's own"),
        _REGISTER,
        [
            (
                "other-unit",
                "Chứng thư ký tệp không phải chứng thư đã đăng ký của cơ sở {facility}.",
                "The certificate is not one entered for facility {facility}.",
            ),
        ],
        _TRUST_LAW,
    ),
]
_LINK = _cases(
    "V-009",
    Text("MA_LK phải có giá trị, thống nhất và duy nhất", "MA_LK is filled, the same and unique"),
    Text(
        "Ghi cùng một MA_LK ở mọi bảng của hồ sơ, mỗi đợt khám bệnh, chữa bệnh một mã riêng, rồi gửi lại.",
        "Write the same MA_LK in every table of the dossier, one code per episode, and send again.",
    ),
    [
        ("missing", "{where}: MA_LK để trống.", "{where}: MA_LK is empty."),
        (
            "differs",
            "{where}: MA_LK là {found}, khác MA_LK của hồ sơ là {expected}.",
            "{where}: MA_LK is {found}, that of the dossier {expected}.",
        ),
        (
            "twice",
            "MA_LK này xuất hiện {times} lần trong tệp với nội dung khác nhau; các hồ sơ đó được tạm giữ.",
            "This MA_LK stands {times} times in the file with different content; all are set aside.",
        ),
    ],
    quality="correct",
    table="XML1",
    field="MA_LK",
    legal=_ANNEX,
)
_RESENT = _cases(
    "V-090",
    Text("Hồ sơ gửi lại", "A record sent again"),
    Text(
        "Không cần xử lý; nếu không chủ ý gửi lại thì kiểm tra quy trình gửi của phần mềm.",
        "Nothing to do; if it was not meant, look at how the software sends.",
    ),
    [
        (
            "version",
            "Hồ sơ gửi lại với nội dung mới: phiên bản {version} của MA_LK này, các phiên bản trước vẫn được "
            "lưu.",
            "Sent again with other content: version {version} of this MA_LK. Earlier versions are kept.",
        ),
        (
            "duplicate",
            "Nội dung giống hệt hồ sơ đã nhận trước đó; hồ sơ được ghi nhận là trùng, không tính lần nữa.",
            "The same content was accepted before; it is not counted again.",
        ),
    ],
    level=INFORMED,
    quality="live",
    table="XML1",
    field="MA_LK",
    legal="Quy tắc gửi thay thế hồ sơ (nguồn thứ cấp, chưa đối chiếu văn bản gốc)",
)

RULES = [
    *_ENVELOPE,
    *_FACILITY,
    *_COUNT,
    *_SUMMARY,
    *_KINDS,
    *_UNREADABLE,
    *_FORM,
    *_ODDITIES,
    *_SIGNATURE,
    *_LINK,
    *_RESENT,
]
_BY_CASE = {(declared.id, declared.part): declared for declared in RULES}


class Noted(Protocol):
    """What the reader notes of a file or dossier (khoyte.submissions.reader.findings.StructuralFinding)."""

    @property
    def rule(self) -> str: ...

    @property
    def dossier(self) -> int | None: ...

    @property
    def table(self) -> str | None: ...

    @property
    def row(self) -> int | None: ...

    @property
    def field(self) -> str | None: ...

    @property
    def params(self) -> Mapping[str, object]: ...

    @property
    def level(self) -> str | None: ...


def from_reader(noted: Noted, day: datetime.date) -> Finding:
    """The finding for what the reader noted; dossier -1 stands for the file as a whole.

    A reason this module has no words for is told as its rule in general.
    """
    reason = str(noted.params.get("form") or noted.params.get("reason") or "")
    return structural(
        noted.rule,
        reason,
        day,
        dossier=-1 if noted.dossier is None else noted.dossier,
        table=noted.table or "",
        row=noted.row or 1,
        field=noted.field or "",
        params=noted.params,
        level=noted.level,
    )


def structural(
    id: str,
    part: str,
    day: datetime.date,
    *,
    dossier: int = -1,
    table: str = "",
    row: int = 1,
    field: str = "",
    params: Mapping[str, object] | None = None,
    level: str | None = None,
) -> Finding:
    """A finding of a rule declared here; `level` overrides that of the rule in both profiles."""
    declared = _BY_CASE.get((id, part)) or _general(id)
    kept = {
        name: value if isinstance(value, str | int | float) else str(value)
        for name, value in (params or {}).items()
        if name not in ("reason", "form")
    }
    levels = {
        profile: cast(Level, level) if level else declared.level_on(profile, day)
        for profile in declared.level
    }
    return Finding(
        dossier=dossier,
        rule=id,
        version=declared.version,
        part=declared.part,
        table=table or declared.table,
        row=row,
        field=field or declared.field,
        value=None,
        params=kept,
        levels=levels,
        cause="",
    )


def _general(id: str) -> Rule:
    """The case that says it most generally."""
    return _BY_CASE.get((id, "unreadable")) or next(rule for rule in RULES if rule.id == id)
