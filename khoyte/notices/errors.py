from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text


class UnsafeFact(KhoyteError):
    """A notice was to carry something its kind does not declare. A fault of the program, not of a person."""

    code = "notice-unsafe"

    def __init__(self, kind: str, field: str):
        # The value is not repeated: it is what must not be seen.
        super().__init__(
            Text(
                vi="Thông báo {kind} không được mang nội dung {field} như vậy.",
                en="A notice {kind} may not carry such a {field}.",
            ).fill(kind=kind, field=field)
        )


class WrongPreferences(KhoyteError):
    """What somebody chose for their notices cannot be kept as it is. `problems`: field -> sentence."""

    code = "wrong-preferences"
    status = 422

    def __init__(self, problems: dict[str, Text]):
        super().__init__(
            Text(vi="Chưa lưu được lựa chọn nhận thông báo.", en="The choices were not kept."),
            remedy=Text(
                vi="Sửa các nội dung được nêu rồi lưu lại.", en="Correct what is named, then keep it."
            ),
        )
        self.problems = problems


class OutsideTransaction(KhoyteError):
    """A notice was to be written outside a transaction: it and its cause could part ways."""

    code = "notice-outside-transaction"
