"""What the desk refuses, in words its officer can act on."""

from khoyte.foundation.errors import KhoyteError


class NotPossible(KhoyteError):
    """The act does not fit the state of the file, or its facts cannot be."""

    code = "not-possible"
