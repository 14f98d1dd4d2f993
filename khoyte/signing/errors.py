"""Errors of trust and bindings, as people see them."""

from khoyte.foundation.errors import WrongUsage
from khoyte.foundation.language import Text


class WrongBinding(WrongUsage):
    """A binding that cannot be made or ended."""

    code = "signing-binding"


class NotAnAuthority(WrongUsage):
    """A certificate that cannot be an anchor or stand between."""

    code = "signing-authority"


NO_FACILITY = Text("Không có cơ sở {facility} trong hệ thống.", "There is no facility {facility} here.")
BOUND_ALREADY = Text(
    "Cơ sở {facility} đã đăng ký chứng thư này.", "Facility {facility} has this certificate entered already."
)
NOT_BOUND = Text("Không có đăng ký số {number} đang hiệu lực.", "There is no entry {number} in force.")
ONE_OF_TWO = Text(
    "Nêu đúng một trong hai: tệp chứng thư hoặc mã số thuế (10 hoặc 13 chữ số).",
    "Give exactly one: a certificate file or a tax code (10 or 13 digits).",
)
NOT_AUTHORITY = Text(
    "Tệp {name} không phải chứng thư của tổ chức chứng thực (CA).",
    "File {name} is not the certificate of a certification authority (CA).",
)
UNKNOWN_ANCHOR = Text(
    "Không có chứng thư {name} trong danh sách tin cậy.", "No certificate {name} is trusted here."
)
