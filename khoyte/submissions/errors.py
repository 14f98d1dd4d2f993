from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text


class ReceiptRefused(KhoyteError):
    """A file that is not taken. Nothing of it was kept. `status` is the HTTP answer of the contract."""

    code = "receipt-refused"

    def __init__(
        self, code: str, status: int, text: Text, *, remedy: Text | None = None, retry_after: int = 0
    ):
        super().__init__(text, remedy=remedy, code=code, retry=retry_after > 0)
        self.status = status
        self.retry_after = retry_after


def empty_body() -> ReceiptRefused:
    return ReceiptRefused(
        "empty-body",
        422,
        Text(vi="Tệp gửi lên không có nội dung.", en="The body is empty."),
        remedy=Text(
            vi="Xuất lại tệp từ phần mềm của cơ sở rồi gửi lại.",
            en="Export the file again from the facility's software and send it.",
        ),
    )


def neither_xml_nor_zip() -> ReceiptRefused:
    return ReceiptRefused(
        "unsupported-media-type",
        415,
        Text(
            vi="Tệp không thuộc định dạng XML hoặc ZIP.",
            en="The file is neither XML nor a zip archive.",
        ),
        remedy=Text(
            vi="Gửi tệp XML có thẻ gốc GIAMDINHHS hoặc tệp ZIP chứa các tệp đó.",
            en="Send a GIAMDINHHS XML file or a zip archive of such files.",
        ),
    )


def no_facility_code() -> ReceiptRefused:
    return ReceiptRefused(
        "no-facility-code",
        422,
        Text(
            vi="MACSKCB trong tệp không đúng dạng mã cơ sở khám bệnh, chữa bệnh.",
            en="MACSKCB in the file is not a facility code.",
        ),
        remedy=Text(
            vi="Kiểm tra mã cơ sở 5 ký tự (Quyết định 384/QĐ-BYT) ở phần cấu hình đơn vị, xuất lại rồi gửi.",
            en="Check the code of 5 characters (Decision 384/QĐ-BYT) in the software's settings, export, "
            "send.",
        ),
    )


def cut_short() -> ReceiptRefused:
    return ReceiptRefused(
        "cut-short",
        400,
        Text(
            vi="Nội dung nhận được ngắn hơn giá trị Content-Length.",
            en="The body was shorter than its Content-Length.",
        ),
        remedy=Text(vi="Gửi lại toàn bộ tệp.", en="Send the file again."),
    )


def too_large(limit_mb: int) -> ReceiptRefused:
    return ReceiptRefused(
        "too-large",
        413,
        Text(
            vi=f"Tệp lớn hơn giới hạn {limit_mb} MB cho một lần gửi.",
            en=f"The file is larger than the limit of {limit_mb} MB for one request.",
        ),
        remedy=Text(
            vi="Tách thành nhiều tệp, hoặc gửi theo từng phần tại /api/v1/uploads (giao thức tus).",
            en="Split it, or send it in parts through /api/v1/uploads (tus protocol).",
        ),
    )


def key_with_other_body() -> ReceiptRefused:
    return ReceiptRefused(
        "key-reused",
        422,
        Text(
            vi="Idempotency-Key này đã dùng cho một tệp khác.",
            en="This Idempotency-Key was used for another body.",
        ),
        remedy=Text(
            vi="Dùng một giá trị Idempotency-Key riêng cho mỗi tệp.", en="Use a new key for each file."
        ),
    )


def still_being_received() -> ReceiptRefused:
    return ReceiptRefused(
        "still-being-received",
        409,
        Text(
            vi="Lần gửi trước với Idempotency-Key này đang được tiếp nhận.",
            en="The first request with this Idempotency-Key is still being received.",
        ),
        remedy=Text(vi="Gửi lại sau vài giây.", en="Repeat the request in a few seconds."),
        retry_after=2,
    )


def slow_down(waiting: int) -> ReceiptRefused:
    return ReceiptRefused(
        "too-many-waiting",
        429,
        Text(
            vi=f"Đơn vị đang có {waiting} gói hồ sơ chờ kiểm tra.",
            en=f"This unit has {waiting} submissions waiting to be judged.",
        ),
        remedy=Text(
            vi="Chờ vài phút rồi gửi tiếp; phần mềm chờ theo thời gian ghi ở Retry-After.",
            en="Wait as long as Retry-After says, then go on.",
        ),
        retry_after=15,
    )


def wait_for_your_turn(seconds: int) -> ReceiptRefused:
    return ReceiptRefused(
        "wait-for-your-turn",
        429,
        Text(
            vi="Hệ thống đang quá tải và đơn vị đã có nhiều gói hồ sơ chờ kiểm tra.",
            en="The system is overloaded and this unit has much waiting to be judged already.",
        ),
        remedy=Text(
            vi=f"Các gói đã tiếp nhận vẫn được kiểm tra. Gửi tiếp sau {seconds} giây (Retry-After).",
            en=f"What was received is being judged. Go on after {seconds} seconds (Retry-After).",
        ),
        retry_after=seconds,
    )


def too_many_reports() -> ReceiptRefused:
    return ReceiptRefused(
        "too-many-reports",
        429,
        Text(
            vi="Đơn vị đang có các bảng XLSX khác được lập.",
            en="Other XLSX reports of this unit are being made.",
        ),
        remedy=Text(
            vi="Tải lại sau ít giây, hoặc tải tệp CSV.", en="Ask again in a few seconds, or take the CSV."
        ),
        retry_after=10,
    )


def cannot_make_durable() -> ReceiptRefused:
    return ReceiptRefused(
        "cannot-keep-now",
        503,
        Text(
            vi="Hệ thống chưa lưu an toàn được tệp này nên chưa tiếp nhận. Chưa có nội dung nào được lưu.",
            en="The file cannot be made durable at the moment. Nothing was kept.",
        ),
        remedy=Text(
            vi="Gửi lại sau vài phút; phần mềm gửi lại sau thời gian ghi ở Retry-After.",
            en="Send it again after Retry-After.",
        ),
        retry_after=30,
    )


class UnknownSubmission(KhoyteError):
    """Not there, or not the asker's: one answer for both."""

    code = "not-found"

    def __init__(self) -> None:
        super().__init__(
            Text(vi="Không có gói hồ sơ này.", en="There is no such submission."),
            remedy=Text(
                vi="Kiểm tra mã gói hồ sơ; gói hồ sơ của đơn vị khác không xem được.",
                en="Check the number; submissions of other units cannot be seen.",
            ),
            code="not-found",
        )


def no_verdict_yet() -> ReceiptRefused:
    return ReceiptRefused(
        "no-verdict-yet",
        409,
        Text(vi="Gói hồ sơ này chưa có kết quả kiểm tra.", en="This submission has not been judged yet."),
        remedy=Text(vi="Tải lại kết quả sau vài giây.", en="Ask again in a few seconds."),
        retry_after=5,
    )


def not_a_day() -> ReceiptRefused:
    return ReceiptRefused(
        "not-a-day",
        400,
        Text(
            vi="Ngày phải ghi theo dạng năm-tháng-ngày, ví dụ 2026-11-22.",
            en="A day is written year-month-day, for example 2026-11-22.",
        ),
    )


_OVER_LIMITS = ("zip-too-large", "zip-ratio", "zip-too-many-entries")


def archive_refused(error: KhoyteError) -> ReceiptRefused:
    """An archive that cannot be opened safely; the reader has said why."""
    status = 413 if error.code in _OVER_LIMITS else 422
    return ReceiptRefused(error.code, status, error.text, remedy=error.remedy)
