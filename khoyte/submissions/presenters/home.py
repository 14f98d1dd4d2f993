"""The first page: what needs the reader now."""

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.foundation.look.parts import Fact
from khoyte.submissions.province_queries import Day

NEWEST = Text("Gói hồ sơ mới nhất", "Newest submissions")


def facility_headline(today: Day) -> Text:
    """The facility's day in one sentence."""
    if not today.files:
        return Text("Hôm nay chưa gửi gói hồ sơ nào", "Nothing sent today")
    parts = [Text("Hôm nay đã gửi {n} gói hồ sơ", "Today {n} files").fill(n=today.files)]
    if today.unreadable:
        parts.append(Text("{n} gói không đọc được", "{n} unreadable").fill(n=today.unreadable))
    if today.rejected:
        parts.append(
            Text("{n} hồ sơ phải sửa", "{n} dossiers to correct").fill(n=formats.number(today.rejected))
        )
    elif not today.unreadable and not today.waiting:
        parts.append(Text("không có hồ sơ chưa đạt", "nothing rejected"))
    return Text(
        ": ".join([parts[0].vi, ", ".join(p.vi for p in parts[1:])]).removesuffix(": "),
        ": ".join([parts[0].en, ", ".join(p.en for p in parts[1:])]).removesuffix(": "),
    )


def facility_counts(week: Day) -> list[Fact]:
    """Seven days in figures."""
    return [
        Fact(Text("Gói hồ sơ, 7 ngày qua", "Files, 7 days"), week.files, "number", href="/goi-ho-so"),
        Fact(Text("Hồ sơ tiếp nhận", "Dossiers"), week.received, "number"),
        Fact(Text("Đạt", "Accepted"), week.accepted, "number"),
        Fact(
            Text("Chưa đạt", "Rejected"),
            week.rejected,
            "number",
            href="/goi-ho-so?phai-sua=1" if week.rejected else "",
        ),
        Fact(Text("Tạm giữ", "Quarantined"), week.quarantined, "number"),
    ]
