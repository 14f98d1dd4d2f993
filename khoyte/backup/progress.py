"""Progress of a backup or restore on a terminal."""

import sys
import time

from khoyte.foundation.language import Text

_WHAT = {
    "check": Text(vi="Kiểm tra bản sao lưu", en="Checking the backup"),
    "database": Text(vi="Cơ sở dữ liệu", en="Database"),
    "blobs": Text(vi="Tệp gốc", en="Raw files"),
    "log": Text(vi="Nhật ký giao dịch", en="Log"),
    "compare": Text(vi="Đối chiếu", en="Comparing"),
}
_MEGABYTES = {"database"}


class Line:
    """Called as a `Progress`; writes at most five times a second."""

    def __init__(self, lang: str, *, shown: bool) -> None:
        self.lang, self.shown, self.written = lang, shown, 0.0

    def __call__(self, what: str, done: int, of: int) -> None:
        if not self.shown or (done < of and time.monotonic() - self.written < 0.2):
            return
        self.written = time.monotonic()
        sys.stderr.write(f"\r\x1b[K{describe(what, done, of, self.lang)}")
        sys.stderr.flush()

    def end(self) -> None:
        if self.shown and self.written:
            sys.stderr.write("\r\x1b[K")


def describe(what: str, done: int, of: int, lang: str) -> str:
    unit = " MB" if what in _MEGABYTES else ""
    scale = 1_000_000 if unit else 1
    known = f"/{max(of, done) // scale}" if of else ""
    return f"{_WHAT[what].say(lang)}: {done // scale}{known}{unit}"
