from khoyte.foundation.errors import KhoyteError


class WrongQuestion(KhoyteError):
    """What is asked of quality cannot be read."""

    code = "wrong-input"
    status = 422
