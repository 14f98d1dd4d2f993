from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text


class UnknownKey(KhoyteError):
    code = "unknown-qr-key"
    exit_status = 2

    def __init__(self, kid: str) -> None:
        super().__init__(
            Text(
                vi="Không có khóa ký mã QR {kid} còn dùng.", en="There is no QR signing key {kid} in use."
            ).fill(kid=kid[:20]),
            remedy=Text(vi="Xem danh sách bằng khoyte qr keys.", en="List them with khoyte qr keys."),
        )


class NotLinked(KhoyteError):
    """The account is joined with no person, or the person has no record."""

    code = "not-linked"
    status = 409
