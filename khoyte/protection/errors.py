"""What the desk refuses, in words its officer can act on."""

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text


class NotPossible(KhoyteError):
    """The act does not fit the state of the file, or its facts cannot be."""

    code = "not-possible"


class UnknownFile(KhoyteError):
    """There is no such file, or it is another unit's: the same answer."""

    code = "not-found"

    def __init__(self) -> None:
        super().__init__(Text("Không tìm thấy hồ sơ này.", "There is no such file."))
