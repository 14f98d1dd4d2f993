"""Every component on one page, with invented figures. Mounted in development only."""

from datetime import UTC, date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from khoyte.foundation.language import Text
from khoyte.foundation.look.charts import Series, bar, sparkline, trend
from khoyte.foundation.look.parts import Cell, Column, Fact, Link, Pages, Table, Tag

_AT = datetime(2026, 11, 21, 7, 5, tzinfo=UTC)


def _table() -> Table:
    names = ("Bệnh viện đa khoa An Bình", "Trung tâm y tế khu vực Phú Lộc", "Trạm y tế phường Hải Châu")
    rows = [
        {
            "facility": Cell(name, href="#", note=f"9900{n}"),
            "received": 12_345 * n,
            "share": 0.934 - n / 10,
            "day": date(2026, 11, 20 - n),
            "state": (
                Tag("good", Text("Đạt", "Accepted")),
                Tag("warn", Text("Đạt có cảnh báo", "With warnings")),
                Tag("bad", Text("Chưa đạt", "Rejected")),
            )[n - 1],
            "trend": sparkline([3, 5, 2 * n, 8, 6, 9 - n], Text("Xu hướng 6 ngày", "Trend of 6 days")),
        }
        for n, name in enumerate(names, start=1)
    ]
    return Table(
        title=Text("Cơ sở gửi trong ngày", "Facilities of the day"),
        columns=(
            Column("facility", Text("Cơ sở", "Facility"), head=True, sortable=True),
            Column("received", Text("Hồ sơ tiếp nhận", "Received"), "number", sortable=True),
            Column("share", Text("Tỷ lệ đạt", "Accepted"), "share"),
            Column("day", Text("Ngày gửi", "Sent on"), "day"),
            Column("state", Text("Trạng thái", "State"), "tag"),
            Column("trend", Text("Xu hướng", "Trend"), "chart"),
        ),
        rows=rows,
        total=412,
        pages=Pages(number=4, size=50, total=412),
        empty="",
        sorted_by="-received",
        downloads=(Link("#", Text("Tải danh sách (XLSX)", "Download (XLSX)")),),
        foot={"facility": Text("Tổng cộng", "Total"), "received": 74_070},
    )


def gallery(request: HttpRequest) -> HttpResponse:
    """The page of components."""
    days = [f"{n:02d}/11" for n in range(1, 22)]
    received = [800 + 37 * (n * 7 % 11) for n in range(21)]
    failed = [90 - n * 3 + (n * 5 % 7) * 6 if n != 9 else None for n in range(21)]
    context = {
        "as_of": _AT,
        "table": _table(),
        "nothing": Table(
            title=Text("Gói hồ sơ", "Submissions"),
            columns=(),
            rows=(),
            name="nothing",
            empty=Text("Chưa có gói hồ sơ nào. Gửi tệp XML đầu tiên để nhận kết quả kiểm tra.", "None yet."),
            links=(Link("#", Text("Gửi hồ sơ", "Send records")),),
        ),
        "counts": (
            Fact(Text("Hồ sơ tiếp nhận", "Received"), 12_345, "number", href="#"),
            Fact(Text("Đạt", "Accepted"), 12_100, "number", note=Text("98%", "98%")),
            Fact(Text("Chưa đạt", "Rejected"), 245, "number"),
            Fact(Text("Tạm giữ", "Quarantined"), 0, "number"),
        ),
        "facts": (
            Fact(Text("Tệp", "File"), "99001_20261121_01.xml"),
            Fact(Text("Thời điểm tiếp nhận", "Received at"), _AT, "moment"),
            Fact(Text("Chuẩn dữ liệu áp dụng", "Standard"), "bhyt-xml@2026-07-01", href="#"),
        ),
        "trend": trend(
            Text("Hồ sơ nhận và chưa đạt theo ngày", "Received and rejected per day"),
            Text("21 ngày đầu tháng 11/2026", "First 21 days of November 2026"),
            days,
            (Series(Text("Nhận", "Received"), received), Series(Text("Chưa đạt", "Rejected"), failed)),
        ),
        "bar": bar(36, 41),
        "tones": ("info", "good", "warn", "bad"),
        "tags": [Tag(tone, tone) for tone in ("good", "warn", "bad", "info", "wait")],
    }
    return render(request, "look/gallery.html", context)


urlpatterns = [path("", gallery, name="gallery")]
