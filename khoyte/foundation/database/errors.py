"""What can go wrong with the database, in words for the person at the keyboard."""

from khoyte.foundation.errors import ServiceAbsent
from khoyte.foundation.language import Text


class DatabaseUnavailable(ServiceAbsent):
    """The database cannot be reached, started or prepared."""

    code = "database-unavailable"


def not_starting(log: object, last_lines: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        Text(
            "Cơ sở dữ liệu không khởi động được: {last_lines}", "The database does not start: {last_lines}"
        ).fill(last_lines=last_lines),
        remedy=Text("Xem {log}, rồi chạy `khoyte doctor`.", "Read {log}, then run `khoyte doctor`.").fill(
            log=log
        ),
    )


def busy(owner: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        Text(
            "Thư mục này đang được một tiến trình khoyte khác sử dụng ({owner}).",
            "Another khoyte process is using this home ({owner}).",
        ).fill(owner=owner),
        remedy=Text(
            "Dừng tiến trình đó hoặc chọn thư mục KHOYTE_HOME khác.",
            "Stop it, or choose another KHOYTE_HOME.",
        ),
    )


def unreachable(reason: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        Text("Không kết nối được cơ sở dữ liệu: {reason}", "The database does not answer: {reason}").fill(
            reason=reason
        ),
        remedy=Text(
            "Kiểm tra KHOYTE_DATABASE_URL và máy chủ PostgreSQL.", "Check KHOYTE_DATABASE_URL and its server."
        ),
    )


def secrets_lost(data: object) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        Text(
            "Có cơ sở dữ liệu ở {data} nhưng không còn tệp mật khẩu secrets/database.json.",
            "There is a database in {data}, but its passwords (secrets/database.json) are gone.",
        ).fill(data=data),
        remedy=Text("Khôi phục tệp đó từ bản sao lưu.", "Put that file back from the backup."),
        retry=False,
    )


def data_lost(expected: object) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        Text(
            "Thư mục này đã từng có cơ sở dữ liệu ở {expected}, nay không thấy nữa.",
            "This home had a database in {expected}, and it is no longer there.",
        ).fill(expected=expected),
        remedy=Text(
            "Khôi phục bằng `khoyte restore`, hoặc dùng thư mục KHOYTE_HOME mới.",
            "Restore it with `khoyte restore`, or use a new KHOYTE_HOME.",
        ),
        retry=False,
    )


def no_engine() -> DatabaseUnavailable:
    return DatabaseUnavailable(
        Text("Chưa cài máy chủ PostgreSQL kèm theo.", "No embedded PostgreSQL is installed."),
        remedy=Text(
            "Chạy `make install`, hoặc đặt KHOYTE_DATABASE_URL.",
            "Run `make install`, or set KHOYTE_DATABASE_URL.",
        ),
        retry=False,
    )


def no_system_user(reason: str) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        Text(
            "PostgreSQL không chạy bằng root và không tạo được người dùng hệ thống `khoyte`: {reason}",
            "PostgreSQL does not run as root, and the system user `khoyte` could not be made: {reason}",
        ).fill(reason=reason),
        remedy=Text(
            "Tạo người dùng đó (useradd --system khoyte) hoặc chạy bằng người dùng thường.",
            "Make that user (useradd --system khoyte), or run as an ordinary user.",
        ),
        retry=False,
    )
