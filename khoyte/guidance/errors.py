from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text


class UnknownRequest(KhoyteError):
    """Not there, or not yours: answered alike."""

    code = "not-found"
    status = 404

    def __init__(self) -> None:
        super().__init__(Text(vi="Không có yêu cầu hỗ trợ này.", en="There is no such request."))


class WrongRequest(KhoyteError):
    """A request, message, session or attendance that cannot be kept as it is; `field` names the place."""

    code = "wrong-guidance"
    status = 422

    def __init__(self, field: str, text: Text) -> None:
        super().__init__(text, remedy=Text(vi="Sửa rồi gửi lại.", en="Correct it and send it again."))
        self.field = field


class AlreadyClosed(KhoyteError):
    code = "wrong-state"
    status = 409

    def __init__(self) -> None:
        super().__init__(
            Text(vi="Yêu cầu hỗ trợ này đã đóng.", en="This request is closed."),
            remedy=Text(
                vi="Gửi yêu cầu mới nếu vấn đề còn xảy ra.", en="Ask again if the trouble is still there."
            ),
        )


class UnknownSession(KhoyteError):
    code = "not-found"
    status = 404

    def __init__(self) -> None:
        super().__init__(Text(vi="Không có buổi tập huấn này.", en="There is no such session."))
