"""What can go wrong with a benchmark."""

from khoyte.foundation.errors import KhoyteError, WrongUsage
from khoyte.foundation.language import Text


class AnswersDiffer(KhoyteError):
    """The two sides did not come to the same result, so their costs mean nothing."""

    code = "answers-differ"
    exit_status = 1


class BenchFailed(KhoyteError):
    """A side did not do its work: a request refused, a file not judged in time."""

    code = "bench-failed"
    exit_status = 1


def answers_differ(what: str, ours: object, expected: object) -> AnswersDiffer:
    return AnswersDiffer(
        Text(
            vi="Kết quả hai bên khác nhau ở {what}: Khoyte cho {ours}, giá trị đúng là {expected}.",
            en="The answers differ in {what}: ours {ours}, expected {expected}.",
        ).fill(what=what, ours=ours, expected=expected)
    )


def not_received(status: int) -> BenchFailed:
    return BenchFailed(
        Text(
            vi="Hệ thống không nhận tệp: trả lời {status}.", en="A file was not received: answer {status}."
        ).fill(status=status)
    )


def not_judged_in_time(waiting: int, seconds: float) -> BenchFailed:
    return BenchFailed(
        Text(
            vi="Sau {seconds} giây còn {waiting} tệp chưa kiểm tra xong.",
            en="After {seconds} s, {waiting} files were still not judged.",
        ).fill(seconds=round(seconds), waiting=waiting)
    )


def floor_failed(words: str) -> BenchFailed:
    return BenchFailed(
        Text(vi="Bên đối chứng dừng lại: {words}", en="The floor stopped: {words}").fill(words=words)
    )


def unknown_peer(peer: str, bench: str) -> WrongUsage:
    return WrongUsage(
        Text(
            vi="Phép đo {bench} không có hệ thống so sánh {peer}.", en="Benchmark {bench} has no peer {peer}."
        ).fill(bench=bench, peer=peer)
    )


def wrong_scales(given: str) -> WrongUsage:
    return WrongUsage(
        Text(
            vi="Các cỡ “{given}” chưa đúng; viết như 1,10,100.", en="Sizes “{given}” are not like 1,10,100."
        ).fill(given=given)
    )


def page_refused(page: str, status: int) -> BenchFailed:
    return BenchFailed(
        Text(
            vi="Trang {page} không mở được: trả lời {status}.",
            en="Page {page} does not open: answer {status}.",
        ).fill(page=page, status=status)
    )
