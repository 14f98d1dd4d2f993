from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text


class AddressRefused(KhoyteError):
    """An address that messages may not be sent to. `status` is the HTTP answer."""

    code = "address-refused"
    status = 422


_REMEDY = Text(
    vi="Khai báo một địa chỉ https công khai trên Internet, ví dụ https://his.benhvien.vn/khoyte.",
    en="Name a public https address on the Internet, for example https://his.benhvien.vn/khoyte.",
)


def not_an_address() -> AddressRefused:
    return AddressRefused(
        Text(
            vi="Địa chỉ nhận thông báo phải là URL http hoặc https đầy đủ, không kèm tên đăng nhập, mật "
            "khẩu.",
            en="The webhook must be a whole http or https URL without name and password.",
        ),
        remedy=_REMEDY,
        code="not-an-address",
    )


def unknown_host() -> AddressRefused:
    return AddressRefused(
        Text(vi="Không tìm thấy máy chủ của địa chỉ này.", en="The host of this address cannot be found."),
        remedy=Text(vi="Kiểm tra tên miền rồi khai báo lại.", en="Check the domain name and try again."),
        code="unknown-host",
    )


def not_public() -> AddressRefused:
    return AddressRefused(
        Text(
            vi="Địa chỉ này trỏ đến mạng nội bộ hoặc mạng dành riêng nên không dùng được.",
            en="This address leads to a private or reserved network and may not be used.",
        ),
        remedy=_REMEDY,
        code="address-not-public",
    )


class NoWebhook(KhoyteError):
    """The unit has named no address."""

    code = "not-found"

    def __init__(self) -> None:
        super().__init__(
            Text(
                vi="Đơn vị chưa khai báo địa chỉ nhận thông báo.",
                en="This unit has not named a webhook address.",
            ),
            remedy=Text(
                vi='Khai báo bằng PUT /api/v1/webhook với nội dung {"url": "https://..."}.',
                en='Name one by PUT /api/v1/webhook with {"url": "https://..."}.',
            ),
        )
