from khoyte.foundation.errors import KhoyteError, WrongUsage
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


class UnknownEngine(WrongUsage):
    """KHOYTE_ENGINE names nothing that is known."""

    code = "unknown-engine"


class EngineAway(KhoyteError):
    """The Spark Connect server does not answer."""

    code = "engine-away"
    retry = True
    exit_status = 3


class QuestionTooLarge(KhoyteError):
    """Even one month of what was asked is more than one question may read."""

    code = "question-too-large"


def unknown_engine(engine: str) -> UnknownEngine:
    return UnknownEngine(
        Text(
            vi="KHOYTE_ENGINE là “{engine}”; chỉ nhận duckdb hoặc địa chỉ Spark Connect dạng sc://máy:cổng.",
            en="KHOYTE_ENGINE is “{engine}”; it must be duckdb or a Spark Connect address like "
            "sc://host:port.",
        ).fill(engine=engine)
    )


def engine_away(address: str, problem: str) -> EngineAway:
    return EngineAway(
        Text(
            vi="Không hỏi được máy chủ tính toán {address} ({problem}).",
            en="The computing server {address} cannot be asked ({problem}).",
        ).fill(address=address, problem=problem),
        remedy=Text(
            vi="Kiểm tra máy chủ Spark Connect, hoặc bỏ KHOYTE_ENGINE để tính bằng DuckDB.",
            en="Check the Spark Connect server, or unset KHOYTE_ENGINE to use DuckDB.",
        ),
        address=address,
    )


def question_too_large(rows: int, most: int) -> QuestionTooLarge:
    return QuestionTooLarge(
        Text(
            vi="Câu hỏi này phải đọc {rows} dòng ngay cả khi chỉ tính tháng mới nhất; mỗi lần đọc tối đa "
            "{most} dòng.",
            en="This question would read {rows} rows for the newest month alone; at most {most} are read at "
            "once.",
        ).fill(rows=rows, most=most),
        remedy=Text(
            vi="Chọn một tỉnh, thành phố; người vận hành có thể tăng KHOYTE_QUESTION_ROWS.",
            en="Choose a province; whoever runs the system may raise KHOYTE_QUESTION_ROWS.",
        ),
    )
