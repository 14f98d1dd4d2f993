"""What can be wrong with a backup, in words for the person who needs it now."""

from khoyte.foundation.errors import KhoyteError, ServiceAbsent
from khoyte.foundation.language import Text


class BackupUnusable(KhoyteError):
    """A backup, or a piece of it, that cannot be used as it is."""

    code = "backup-unusable"


class BackupImpossible(ServiceAbsent):
    """Something a backup or restore needs is not there."""

    code = "backup-impossible"


class PieceDamaged(BackupUnusable):
    code = "backup-damaged"


class PieceMissing(BackupUnusable):
    code = "backup-incomplete"


class OtherKey(BackupUnusable):
    code = "backup-key"


_OTHER_COPY = Text(
    vi="Chưa có gì bị thay đổi. Lấy tệp này từ một bản sao khác, hoặc dùng --at với thời điểm sớm hơn.",
    en="Nothing was changed. Take this file from another copy, or restore to an earlier time with --at.",
)


def damaged(name: str) -> PieceDamaged:
    return PieceDamaged(
        Text(vi="Tệp {name} trong bản sao lưu bị hỏng.", en="{name} in the backup is damaged.").fill(
            name=name
        ),
        remedy=_OTHER_COPY,
        name=name,
    )


def missing(name: str) -> PieceMissing:
    return PieceMissing(
        Text(vi="Bản sao lưu thiếu tệp {name}.", en="{name} is missing from the backup.").fill(name=name),
        remedy=_OTHER_COPY,
        name=name,
    )


def other_key(name: str) -> OtherKey:
    return OtherKey(
        Text(
            vi="Tệp {name} được mã hóa bằng khóa sao lưu khác.",
            en="{name} was sealed with another backup key.",
        ).fill(name=name),
        remedy=Text(
            vi="Dùng đúng tệp khóa của bản sao lưu này (--key hoặc KHOYTE_BACKUP_KEY_FILE).",
            en="Name the key file of this backup (--key or KHOYTE_BACKUP_KEY_FILE).",
        ),
        name=name,
    )


def no_key(path: object) -> BackupUnusable:
    return BackupUnusable(
        Text(vi="Không có tệp khóa sao lưu {path}.", en="There is no backup key in {path}.").fill(path=path),
        remedy=Text(
            vi="Chép tệp khóa đã cất riêng vào máy này rồi chỉ ra bằng --key hoặc KHOYTE_BACKUP_KEY_FILE.",
            en="Bring the key file that was kept apart and name it with --key or KHOYTE_BACKUP_KEY_FILE.",
        ),
        code="backup-key",
    )


def unreadable_key(path: object) -> BackupUnusable:
    return BackupUnusable(
        Text(vi="Tệp {path} không phải là khóa sao lưu.", en="{path} holds no backup key.").fill(path=path),
        remedy=Text(
            vi="Tệp khóa có một dòng bắt đầu bằng khoyte-backup-key-1:.",
            en="A key file has one line that begins with khoyte-backup-key-1:.",
        ),
        code="backup-key",
    )


def no_backup(place: object) -> PieceMissing:
    return PieceMissing(
        Text(
            vi="Không có bản sao lưu hoàn chỉnh nào ở {place}.", en="There is no whole backup in {place}."
        ).fill(place=place),
        remedy=Text(vi="Kiểm tra lại đường dẫn thư mục sao lưu.", en="Check the path of the backup."),
    )


def too_early(at: object, earliest: object) -> BackupUnusable:
    return BackupUnusable(
        Text(
            vi="Không khôi phục được về {at}: bản sao lưu sớm nhất là {earliest}.",
            en="Cannot restore to {at}: the earliest backup is of {earliest}.",
        ).fill(at=at, earliest=earliest),
        code="backup-too-early",
    )


def too_late(at: object, reached: str) -> BackupUnusable:
    return BackupUnusable(
        Text(
            vi="Không khôi phục được về {at}: nhật ký giao dịch trong bản sao lưu chỉ đến {reached}.",
            en="Cannot restore to {at}: the log in the backup reaches to {reached}.",
        ).fill(at=at, reached=reached or "?"),
        remedy=Text(
            vi="Bỏ --at để khôi phục đến giao dịch cuối cùng có trong bản sao lưu.",
            en="Leave out --at to restore to the last transaction there is.",
        ),
        code="backup-too-late",
    )


def home_not_empty(home: object) -> BackupUnusable:
    return BackupUnusable(
        Text(
            vi="Thư mục {home} không trống; chỉ khôi phục vào thư mục trống.",
            en="{home} is not empty; a restore goes into an empty home.",
        ).fill(home=home),
        remedy=Text(
            vi="Chọn thư mục khác bằng --home, hoặc đổi tên thư mục cũ và giữ lại.",
            en="Choose another with --home, or rename the old one and keep it.",
        ),
        code="home-not-empty",
    )


def place_of_another(place: object) -> BackupUnusable:
    return BackupUnusable(
        Text(
            vi="{place} chứa bản sao lưu của một hệ thống khác.",
            en="{place} holds the backup of another installation.",
        ).fill(place=place),
        remedy=Text(
            vi="Dùng thư mục sao lưu riêng cho mỗi hệ thống.", en="Give each installation its own place."
        ),
        code="backup-of-another",
    )


def conflicting(name: str) -> BackupUnusable:
    return BackupUnusable(
        Text(
            vi="Nơi sao lưu đã có {name} với nội dung khác: có lẽ hai hệ thống khôi phục từ cùng một bản sao"
            " lưu đang ghi vào một nơi.",
            en="{name} is in the backup with other content: two installations restored from one backup seem"
            " to write into the same place.",
        ).fill(name=name),
        remedy=Text(
            vi="Đặt KHOYTE_BACKUP của một trong hai hệ thống sang nơi khác.",
            en="Give one of them another KHOYTE_BACKUP.",
        ),
        code="backup-conflict",
        name=name,
    )


def base_failed(reason: str) -> BackupImpossible:
    return BackupImpossible(
        Text(
            vi="Không sao lưu được cơ sở dữ liệu: {reason}", en="The database cannot be backed up: {reason}"
        ).fill(reason=reason),
        remedy=Text(vi="Chạy `khoyte doctor`.", en="Run `khoyte doctor`."),
    )


def no_program(name: str) -> BackupImpossible:
    return BackupImpossible(
        Text(vi="Máy này không có chương trình {name}.", en="There is no {name} on this machine.").fill(
            name=name
        ),
        remedy=Text(
            vi="Cài gói postgresql-client-18 (Debian, Ubuntu) hoặc chạy `make install` để có gói kèm theo.",
            en="Install postgresql-client-18 (Debian, Ubuntu), or run `make install` for the bundled one.",
        ),
        retry=False,
    )


def recovery_failed(reason: str) -> BackupUnusable:
    return BackupUnusable(
        Text(
            vi="PostgreSQL không khôi phục được từ bản sao lưu: {reason}",
            en="PostgreSQL cannot recover from the backup: {reason}",
        ).fill(reason=reason),
        code="recovery-failed",
    )


def place_unreachable(place: object, reason: str) -> BackupImpossible:
    return BackupImpossible(
        Text(
            vi="Không dùng được nơi sao lưu {place}: {reason}.", en="The place {place} fails: {reason}."
        ).fill(place=place, reason=reason),
        remedy=Text(
            vi="Kiểm tra đường dẫn, quyền ghi và dung lượng.", en="Check path, permission and free space."
        ),
    )


def never_quiet() -> BackupImpossible:
    return BackupImpossible(
        Text(
            vi="Hệ thống ghi liên tục, chưa có thời điểm yên để đối chiếu chính xác.",
            en="Something is being written all the time; there was no quiet moment to compare exactly.",
        ),
        remedy=Text(vi="Diễn tập lại vào lúc ít việc hơn.", en="Hold the drill at a calmer time."),
    )


def no_drill_of_external() -> BackupImpossible:
    return BackupImpossible(
        Text(
            vi="Diễn tập khôi phục chỉ áp dụng cho cơ sở dữ liệu kèm theo, chưa áp dụng cho"
            " KHOYTE_DATABASE_URL.",
            en="The drill works with the embedded database, not yet with KHOYTE_DATABASE_URL.",
        ),
        remedy=Text(
            vi="Kiểm tra bản sao lưu bằng `khoyte restore` vào một thư mục trống trên máy khác.",
            en="Prove the backup by `khoyte restore` into an empty home of another machine.",
        ),
        retry=False,
    )


def already_running(kind: str) -> BackupUnusable:
    return BackupUnusable(
        _RUNNING[kind],
        remedy=Text(vi="Chờ lần đó xong.", en="Wait for its end."),
        code="backup-running",
    )


_RUNNING = {
    "backup": Text(vi="Đang có một lần sao lưu chạy.", en="A backup is running."),
    "drill": Text(vi="Đang có một lần diễn tập khôi phục chạy.", en="A drill is running."),
}


def other_version(version: int) -> BackupImpossible:
    return BackupImpossible(
        Text(
            vi="Máy chủ PostgreSQL là bản {version}; chỉ sao lưu được bản 18.",
            en="The server is PostgreSQL {version}; only 18 can be backed up.",
        ).fill(version=version),
        remedy=Text(vi="Nâng cấp máy chủ lên PostgreSQL 18.", en="Upgrade it to PostgreSQL 18."),
        retry=False,
    )
