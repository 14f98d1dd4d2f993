from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text


class LakeBusy(KhoyteError):
    """Another process is writing the lake."""

    code = "lake-busy"
    retry = True
    exit_status = 3


class LakeOutdated(KhoyteError):
    """The tables were made with other columns than those declared now."""

    code = "lake-outdated"


class LakeDamaged(KhoyteError):
    """Something of the lake's own files cannot be read."""

    code = "lake-damaged"
    exit_status = 1


_REBUILD = Text(
    vi="Chạy “khoyte lake rebuild” để dựng lại từ dữ liệu đã lưu.",
    en="“khoyte lake rebuild” makes it anew from the visits stored.",
)


def busy() -> LakeBusy:
    return LakeBusy(
        Text(
            vi="Kho phân tích đang được một tiến trình khác ghi.",
            en="Another process is writing the lake.",
        ),
        remedy=Text(vi="Thử lại sau ít phút.", en="Try again in a few minutes."),
    )


def outdated() -> LakeOutdated:
    return LakeOutdated(
        Text(
            vi="Kho phân tích được tạo với danh sách cột cũ.",
            en="The lake was made with an older list of columns.",
        ),
        remedy=_REBUILD,
    )


def damaged(table: str, problem: str) -> LakeDamaged:
    return LakeDamaged(
        Text(
            vi="Không đọc được bảng {table} của kho phân tích ({problem}).",
            en="Table {table} of the lake cannot be read ({problem}).",
        ).fill(table=table, problem=problem),
        remedy=_REBUILD,
        table=table,
        problem=problem,
    )
