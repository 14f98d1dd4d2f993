"""Why an upload in parts does not go on; the status is that of the tus protocol."""

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.submissions.errors import ReceiptRefused
from khoyte.submissions.limits import OPEN_UPLOADS, UPLOAD_BYTES, UPLOAD_DAYS, UPLOAD_PART_BYTES


class UnknownUpload(KhoyteError):
    """Not there, over, or another unit's: one answer for all."""

    code = "not-found"

    def __init__(self) -> None:
        super().__init__(
            Text(vi="Không có lượt tải lên này.", en="There is no such upload."),
            remedy=Text(
                vi=f"Tạo lượt tải lên mới; lượt chưa hoàn thành được giữ {UPLOAD_DAYS} ngày.",
                en=f"Begin a new one; an unfinished upload is kept for {UPLOAD_DAYS} days.",
            ),
        )


def other_protocol() -> ReceiptRefused:
    return ReceiptRefused(
        "tus-version",
        412,
        Text(vi="Chỉ hỗ trợ giao thức tus 1.0.0.", en="Only tus 1.0.0 is supported."),
        remedy=Text(vi="Gửi tiêu đề Tus-Resumable: 1.0.0.", en="Send the header Tus-Resumable: 1.0.0."),
    )


def length_wanted() -> ReceiptRefused:
    return ReceiptRefused(
        "upload-length",
        400,
        Text(
            vi="Thiếu tiêu đề Upload-Length hoặc giá trị không phải số byte của tệp.",
            en="Upload-Length is missing or is not the file's size in bytes.",
        ),
    )


def offset_wanted() -> ReceiptRefused:
    return ReceiptRefused(
        "upload-offset",
        400,
        Text(
            vi="Thiếu tiêu đề Upload-Offset hoặc giá trị không phải số byte.",
            en="Upload-Offset is missing or is not a number of bytes.",
        ),
    )


def file_too_large() -> ReceiptRefused:
    gigabytes = UPLOAD_BYTES // 2**30
    return ReceiptRefused(
        "too-large",
        413,
        Text(vi=f"Tệp lớn hơn giới hạn {gigabytes} GB.", en=f"The file is larger than {gigabytes} GB."),
        remedy=Text(vi="Tách thành nhiều tệp rồi gửi lại.", en="Split it into several files and send again."),
    )


def part_too_large() -> ReceiptRefused:
    megabytes = UPLOAD_PART_BYTES // 2**20
    return ReceiptRefused(
        "part-too-large",
        413,
        Text(
            vi=f"Một phần tải lên lớn hơn giới hạn {megabytes} MB.",
            en=f"One part of the upload is larger than {megabytes} MB.",
        ),
        remedy=Text(
            vi="Đặt kích thước mỗi phần nhỏ hơn rồi gửi tiếp.", en="Set a smaller part size and go on."
        ),
    )


def beyond_the_end() -> ReceiptRefused:
    return ReceiptRefused(
        "beyond-the-end",
        400,
        Text(
            vi="Phần này dài hơn số byte còn thiếu của tệp; phần này chưa được ghi nhận.",
            en="This part is longer than what the file still lacks; none of it was kept.",
        ),
    )


def part_type_wanted() -> ReceiptRefused:
    return ReceiptRefused(
        "unsupported-media-type",
        415,
        Text(
            vi="Phần tải lên phải có Content-Type application/offset+octet-stream.",
            en="A part must have the Content-Type application/offset+octet-stream.",
        ),
    )


def other_offset(expected: int) -> ReceiptRefused:
    return ReceiptRefused(
        "other-offset",
        409,
        Text(
            vi=f"Máy chủ đang giữ {expected} byte của tệp này, khác Upload-Offset.",
            en=f"The server holds {expected} bytes of this file, not Upload-Offset.",
        ),
        remedy=Text(
            vi="Gọi HEAD để lấy Upload-Offset hiện tại rồi gửi tiếp từ vị trí đó.",
            en="Ask by HEAD and go on from Upload-Offset.",
        ),
    )


def being_written() -> ReceiptRefused:
    return ReceiptRefused(
        "being-written",
        423,
        Text(
            vi="Một yêu cầu khác đang gửi nội dung của tệp này.",
            en="Another request is sending a part of this file.",
        ),
        remedy=Text(vi="Thử lại sau vài giây.", en="Try again in a few seconds."),
        retry_after=2,
    )


def too_many_open() -> ReceiptRefused:
    return ReceiptRefused(
        "too-many-uploads",
        429,
        Text(
            vi=f"Đơn vị đang có {OPEN_UPLOADS} lượt tải lên chưa hoàn thành.",
            en=f"This unit has {OPEN_UPLOADS} unfinished uploads.",
        ),
        remedy=Text(
            vi="Gửi tiếp hoặc hủy các lượt chưa hoàn thành.", en="Finish them or terminate those not needed."
        ),
        retry_after=60,
    )
