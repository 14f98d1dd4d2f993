from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text

if TYPE_CHECKING:
    from khoyte.registers.reading import Headings

NOTHING_SAID = Text(vi="Xem từng nội dung.", en="See each of them.")


class UnknownRegister(KhoyteError):
    code = "not-found"
    status = 404

    def __init__(self, name: str, known: Sequence[str]):
        super().__init__(
            Text(vi=f"Không có sổ đăng ký {name[:40]}.", en=f"There is no register {name[:40]}."),
            remedy=Text(vi=f"Các sổ hiện có: {', '.join(known)}.", en=f"Registers: {', '.join(known)}."),
        )


class UnknownRecord(KhoyteError):
    """Not there and not yours answer alike."""

    code = "not-found"
    status = 404

    def __init__(self) -> None:
        super().__init__(Text(vi="Không có hồ sơ này.", en="There is no such record."))


class WrongRecord(KhoyteError):
    """Content that breaks what the declaration says; `problems` by field, each with what to do."""

    code = "wrong-record"
    status = 422

    def __init__(self, problems: Mapping[str, Sequence[Text]]):
        first = next((text for texts in problems.values() for text in texts), NOTHING_SAID)
        count = sum(len(texts) for texts in problems.values())
        super().__init__(
            Text(vi="Có {n} nội dung cần sửa. {first}", en="{n} things to correct. {first}").fill(
                n=count, first=first
            )
        )
        self.problems = problems


class NotNow(KhoyteError):
    """An act that the state of the record does not allow."""

    code = "wrong-state"
    status = 409

    def __init__(self, text: Text):
        super().__init__(text)


class Changed(KhoyteError):
    """Somebody else changed the record since it was read; `fields` are what they changed."""

    code = "changed-meanwhile"
    status = 412

    def __init__(self, fields: Sequence[Text], remedy: Text | None = None):
        names = Text(
            vi=", ".join(field.vi for field in fields) or "trạng thái",
            en=", ".join(field.en for field in fields) or "its state",
        )
        super().__init__(
            Text(
                vi="Hồ sơ đã được người khác sửa sau khi ông/bà mở: {names}.",
                en="Somebody changed this record after you opened it: {names}.",
            ).fill(names=names),
            remedy=remedy
            or Text(
                vi="Tải lại hồ sơ, xem nội dung mới rồi sửa tiếp.",
                en="Load it again, look at what is new, then go on.",
            ),
        )
        self.fields = fields


class VersionWanted(KhoyteError):
    code = "precondition-required"
    status = 428

    def __init__(self) -> None:
        super().__init__(
            Text(
                vi="Thiếu phiên bản đang sửa.",
                en="It must be said which version is changed.",
            ),
            remedy=Text(
                vi="Đọc hồ sơ, gửi lại giá trị ETag trong tiêu đề If-Match.",
                en="Read the record and send its ETag back as If-Match.",
            ),
        )


class FileRefused(KhoyteError):
    """A file that cannot be read as a table of this register at all."""

    code = "unreadable-input"
    status = 422

    def __init__(self, text: Text, remedy: Text | None = None, status: int = 422):
        super().__init__(text, remedy=remedy)
        self.status = status


class Together(KhoyteError):
    """Two files with rows of the same records are being stored; the database has ended this one."""

    code = "busy"
    status = 409
    retry = True

    def __init__(self) -> None:
        super().__init__(
            Text(
                vi="Cùng lúc có người khác đang nhập các hồ sơ này. Chưa lưu dòng nào của tệp.",
                en="Somebody else is importing the same records now. Nothing of this file was stored.",
            ),
            remedy=Text(vi="Chờ vài phút rồi nhập lại tệp.", en="Wait a few minutes and import it again."),
        )


class HeadingsUnknown(FileRefused):
    """A table none of whose columns is known: whoever sends it can say what they mean (`headings`)."""

    def __init__(self, headings: "Headings"):
        super().__init__(
            Text(
                vi=f"Không nhận ra tiêu đề cột nào của tệp (dòng {headings.line}).",
                en=f"None of the column headings is known (line {headings.line}).",
            ),
            Text(
                vi="Ghép từng cột của tệp với một nội dung của sổ, hoặc dùng biểu mẫu của sổ này.",
                en="Say which column means what, or use the template of this register.",
            ),
        )
        self.headings = headings


class OwnFile(KhoyteError):
    code = "own-file"
    status = 403

    def __init__(self) -> None:
        super().__init__(
            Text(
                vi="Người đã nhập hoặc gửi hồ sơ không tự xác nhận hồ sơ đó.",
                en="Nobody confirms what they entered or sent themselves.",
            ),
            remedy=Text(
                vi="Đề nghị cán bộ khác của đơn vị rà soát hồ sơ này.",
                en="Ask another officer of the unit to review it.",
            ),
        )


class ResponsibilityWanted(KhoyteError):
    """The register asks whoever sends a record to confirm a sentence with a second factor."""

    code = "responsibility-wanted"
    status = 428

    def __init__(self) -> None:
        super().__init__(
            Text(
                vi="Cần xác nhận câu cam đoan và mã xác thực trước khi gửi rà soát.",
                en="Confirm the sentence of responsibility with your code before sending it.",
            ),
            remedy=Text(
                vi="Mở hồ sơ trên trang, bấm Gửi rà soát rồi nhập mã của ứng dụng xác thực.",
                en="Open the record on the page, send it, and enter the code of your app.",
            ),
        )


class NotOpened(KhoyteError):
    """Files of the sample were not opened yet, or one of them was sent back."""

    code = "sample-not-opened"
    status = 409

    def __init__(self, text: Text):
        super().__init__(text)


class WrongRequest(KhoyteError):
    code = "wrong-input"
    status = 422

    def __init__(self, text: Text, status: int = 422):
        super().__init__(text)
        self.status = status
