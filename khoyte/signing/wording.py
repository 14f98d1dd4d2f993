"""Words for what was found of a signature, wherever it stands; V-008 has its own, with the remedy."""

from collections.abc import Mapping

from khoyte.foundation.language import Text
from khoyte.signing import faults
from khoyte.signing.trust import Case

STATES: Mapping[str, Text] = {
    "holds": Text("Chữ ký số hợp lệ", "The signature holds"),
    "refused": Text("Chữ ký số không hợp lệ", "The signature does not hold"),
    "unchecked": Text("Chưa kiểm tra được đầy đủ chữ ký số", "The signature could not be checked in full"),
    "absent": Text("Không có chữ ký số", "There is no signature"),
}

PROBLEMS: Mapping[str, Text] = {
    faults.UNREADABLE: Text("không đọc được chữ ký số (phần {what})", "it cannot be read (at {what})"),
    faults.SEVERAL: Text("có nhiều hơn một chữ ký số tại một vị trí", "there is more than one in its place"),
    faults.NO_CERTIFICATE: Text("không kèm chứng thư của người ký", "the signer's certificate is missing"),
    faults.OUTSIDE: Text(
        "tham chiếu nội dung bên ngoài tệp (phần {element})", "it refers outside the file (at {element})"
    ),
    faults.TRANSFORM: Text(
        "dùng phép biến đổi không được chấp nhận: {name}", "it uses a transform not accepted: {name}"
    ),
    faults.WEAK: Text(
        "dùng thuật toán hoặc khóa không còn an toàn: {name}", "its algorithm or key is not safe: {name}"
    ),
    faults.AMBIGUOUS: Text(
        "không xác định được nội dung đã ký ({element})", "what was signed cannot be told ({element})"
    ),
    faults.UNCOVERED: Text("không bao gồm {element}", "it does not cover {element}"),
    faults.MISMATCH: Text(
        "nội dung đã thay đổi sau khi ký ({element})", "the content was changed ({element})"
    ),
    faults.FORGED: Text(
        "giá trị chữ ký không khớp với chứng thư", "it was not made with the key of the certificate"
    ),
    faults.UNTRUSTED: Text(
        "chứng thư không do tổ chức chứng thực được tin cậy cấp",
        "the certificate was not issued by a trusted authority",
    ),
    faults.USAGE: Text("chứng thư không được cấp để ký số", "the certificate is not for signing"),
    faults.NOT_YET_VALID: Text("chứng thư chỉ có hiệu lực từ {day}", "the certificate begins on {day}"),
    faults.EXPIRED: Text("chứng thư hết hiệu lực từ {day}", "the certificate ended on {day}"),
    faults.REVOKED: Text("chứng thư bị thu hồi từ {day}", "the certificate was revoked on {day}"),
    faults.OTHER_UNIT: Text(
        "chứng thư không phải của cơ sở {facility}", "the certificate is not one of facility {facility}"
    ),
}

LACKING: Mapping[str, Text] = {
    faults.NO_TRUST: Text(
        "hệ thống chưa khai báo tổ chức chứng thực chữ ký số được tin cậy; mới kiểm tra tệp có chữ ký",
        "no trusted certification authority is set up here; only the presence of a signature was checked",
    ),
    faults.TOO_LARGE: Text(
        "tệp có phần vượt {limit} MiB phải đọc nguyên khối nên chưa kiểm tra được chữ ký số",
        "a part over {limit} MiB would have to be read at once, so the signature was not checked",
    ),
    faults.LIST_MISSING: Text(
        "hệ thống chưa có danh sách chứng thư bị thu hồi của tổ chức cấp chứng thư",
        "no list of revoked certificates of the issuing authority is at hand",
    ),
    faults.LIST_STALE: Text(
        "danh sách chứng thư bị thu hồi tại hệ thống đã hết hạn từ {day}",
        "the list of revoked certificates at hand ended on {day}",
    ),
    faults.NO_BINDING: Text(
        "chưa đăng ký chứng thư chữ ký số nào của cơ sở {facility}",
        "no certificate has been entered for facility {facility}",
    ),
    faults.NO_BINDINGS_HERE: Text(
        "không có sổ đăng ký chứng thư của cơ sở tại đây",
        "the register of facilities' certificates is not at hand here",
    ),
}


def spoken(case: Case) -> Text:
    """A problem or a lack in words."""
    part, params = case
    return {**PROBLEMS, **LACKING}.get(part, Text(part, part)).fill(**params)
