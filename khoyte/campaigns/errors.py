from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text


class WrongEvent(KhoyteError):
    """An event of an inspection that cannot be recorded as it is."""

    code = "wrong-inspection-event"
    status = 422

    def __init__(self, text: Text):
        super().__init__(text, remedy=Text(vi="Sửa rồi ghi lại.", en="Correct it and record it again."))
