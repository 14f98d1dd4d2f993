from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text


class Refused(KhoyteError):
    """The actor may not do this. Carries whether signing in could help.

    `remedy`: what to do next, where another role would not help.
    """

    code = "refused"

    def __init__(self, reason: Text, *, anonymous: bool, remedy: Text | None = None):
        super().__init__(code="refused", text=reason, remedy=remedy)
        self.anonymous = anonymous


class UnknownUnit(KhoyteError):
    code = "unknown-unit"

    def __init__(self, unit_code: str):
        super().__init__(
            code="unknown-unit",
            text=Text(
                vi=f"Không có đơn vị mang mã {unit_code}.", en=f"There is no unit with code {unit_code}."
            ),
            remedy=Text(
                vi="Tạo đơn vị trước bằng lệnh: khoyte unit create MÃ --kind ... --name ...",
                en="Create the unit first: khoyte unit create CODE --kind ... --name ...",
            ),
        )


class WrongUnit(KhoyteError):
    """A unit or account that cannot be made as asked."""

    code = "wrong-unit"


class UnknownAccount(KhoyteError):
    code = "unknown-account"

    def __init__(self, username: str):
        super().__init__(
            code="unknown-account",
            text=Text(vi=f"Không có tài khoản {username}.", en=f"There is no account {username}."),
            remedy=Text(
                vi="Xem danh sách tài khoản bằng lệnh: khoyte account review",
                en="List the accounts: khoyte account review",
            ),
        )


class UnknownClient(KhoyteError):
    code = "unknown-client"

    def __init__(self, client_id: str):
        super().__init__(
            code="unknown-client",
            text=Text(
                vi=f"Không có phần mềm mang mã {client_id}.", en=f"There is no software with id {client_id}."
            ),
            remedy=Text(
                vi="Xem danh sách bằng lệnh: khoyte client list",
                en="List the software: khoyte client list",
            ),
        )


class WrongKey(KhoyteError):
    """A key that machine accounts cannot use: not public, too short, of another kind, or not readable."""

    code = "wrong-key"
