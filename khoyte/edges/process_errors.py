"""Why `khoyte up` cannot run, in words for the person at the keyboard."""

from pathlib import Path

from khoyte.foundation.database.keeper import last_lines
from khoyte.foundation.errors import ServiceAbsent, WrongUsage
from khoyte.foundation.language import Text


def demo_on_network(host: str) -> WrongUsage:
    return WrongUsage(
        Text(
            "Dữ liệu minh họa không được mở ra mạng ({host}).", "The demonstration does not listen on {host}."
        ).fill(host=host),
        remedy=Text("Dùng --host 127.0.0.1, hoặc bỏ --demo.", "Use --host 127.0.0.1, or leave out --demo."),
    )


def port_not_free(host: str, port: int, trouble: OSError) -> ServiceAbsent:
    return ServiceAbsent(
        Text("Không mở được địa chỉ {host}:{port}: {why}.", "Cannot listen on {host}:{port}: {why}.").fill(
            host=host, port=port, why=trouble.strerror
        ),
        remedy=Text(
            "Dừng chương trình đang dùng cổng đó, hoặc chọn cổng khác: khoyte up --port {other}.",
            "Stop what uses that port, or choose another: khoyte up --port {other}.",
        ).fill(other=port + 1),
        code="port-not-free",
    )


def web_not_starting(log: Path) -> ServiceAbsent:
    return ServiceAbsent(
        Text(
            "Tiến trình trang web không khởi động được: {last_lines}", "The web does not start: {last_lines}"
        ).fill(last_lines=last_lines(log)),
        remedy=Text(
            "Xem nhật ký {log}, rồi chạy `khoyte doctor`.", "Read {log}, then run `khoyte doctor`."
        ).fill(log=log),
        code="web-not-starting",
    )


def command_failed(command: str) -> ServiceAbsent:
    return ServiceAbsent(
        Text("Lệnh `{command}` không hoàn thành.", "`{command}` did not finish.").fill(command=command),
        remedy=Text("Xử lý lỗi ghi ở trên, rồi chạy lại.", "Read the error above, then run again."),
        code="command-failed",
    )
