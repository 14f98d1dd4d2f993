"""What pages of this room show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Fact, Link, Table, Tag
from khoyte.guidance import queries
from khoyte.guidance.catalogue import Kind, Topic, kinds, topics
from khoyte.guidance.models import Attendance, SupportEntry, SupportRequest, TrainingSession
from khoyte.guidance.queries import Coverage
from khoyte.units.enums import Role
from khoyte.units.models import Account

STATES: Mapping[str, Tag] = {
    "waiting": Tag("wait", Text("Chờ trả lời", "Waiting")),
    "answered": Tag("good", Text("Đã trả lời", "Answered")),
    "closed": Tag("info", Text("Đã đóng", "Closed")),
}
LATE = Tag("bad", Text("Quá hạn trả lời", "Overdue"))
DESK_WORDS: Mapping[str, Text] = {
    "province": Text("Sở Y tế, cơ quan quản lý", "The office above"),
    "operator": Text("Đơn vị vận hành", "The operators"),
}
ACTS: Mapping[str, Text] = {
    "ask": Text("đã hỏi", "asked"),
    "add": Text("đã bổ sung", "added"),
    "answer": Text("đã trả lời", "answered"),
    "pass_on": Text("đã chuyển đơn vị vận hành", "passed it on to the operators"),
    "close": Text("đã đóng yêu cầu", "closed the request"),
}
SUPPORT_EMPTY = Text(
    "Chưa có yêu cầu nào. Bấm “Cần hỗ trợ” ở cuối trang đang vướng để gửi kèm thông tin của trang đó.",
    "Nothing asked yet. “Need support” at the foot of any page sends along where it was asked from.",
)
QUEUE_EMPTY = Text("Không có yêu cầu nào ở trạng thái này.", "None in this state.")


def state_of(one: SupportRequest, at: datetime) -> Tag:
    return LATE if one.state == "waiting" and one.due_at < at else STATES[one.state]


def requests_table(
    rows: Sequence[SupportRequest], at: datetime, *, title: Text, name: str, empty: Text, units: bool
) -> Table:
    asked_by = (Column("unit", Text("Đơn vị", "Unit")),) if units else ()
    return Table(
        title=title,
        name=name,
        columns=(
            Column("subject", Text("Vấn đề", "About"), head=True),
            *asked_by,
            Column("kind", Text("Loại", "Kind")),
            Column("state", Text("Trạng thái", "State"), "tag"),
            Column("due", Text("Hạn trả lời", "Due"), "moment"),
            Column("asked", Text("Gửi lúc", "Asked"), "moment"),
        ),
        rows=[
            {
                "subject": Cell(queries.opened(one.subject_sealed).decode(), href=f"/ho-tro/{one.pk}"),
                "unit": one.unit,
                "kind": kinds()[one.kind].label,
                "state": state_of(one, at),
                "due": one.due_at if one.state == "waiting" else None,
                "asked": one.asked_at,
            }
            for one in rows
        ],
        empty=empty,
    )


def request_facts(one: SupportRequest, unit_name: str) -> list[Fact]:
    """Where it was asked from, and who answers until when."""
    due = [Fact(Text("Hạn trả lời", "Due"), one.due_at, "moment")] if one.state == "waiting" else []
    return [
        Fact(Text("Loại", "Kind"), kinds()[one.kind].label),
        Fact(Text("Nơi trả lời", "Who answers"), DESK_WORDS[one.desk]),
        *due,
        Fact(Text("Người hỏi", "Asked by"), one.asked_by, note=Role(one.asked_role).label),
        Fact(Text("Đơn vị", "Unit"), unit_name, note=one.unit),
        Fact(Text("Trang đang hỏi", "Page"), one.page or "–", href="" if "…" in one.page else one.page),
        Fact(Text("Mã tra cứu của trang", "Reference of the page"), one.reference or "–"),
        Fact(Text("Ngôn ngữ trình duyệt", "Language of the browser"), one.language or "–"),
        Fact(Text("Phiên bản", "Version"), one.version),
        Fact(Text("Gửi lúc", "Asked at"), one.asked_at, "moment"),
    ]


@dataclass(frozen=True)
class Line:
    """One entry of a thread; `words` as paragraphs."""

    by: str
    unit: str
    act: Text
    at: datetime
    words: tuple[str, ...]
    picture: str


def thread(one: SupportRequest, entries: Sequence[SupportEntry]) -> list[Line]:
    return [
        Line(
            entry.by,
            entry.by_unit,
            ACTS[entry.act],
            entry.at,
            tuple(queries.opened(entry.words_sealed).decode().splitlines()),
            f"/ho-tro/{one.pk}/anh/{entry.pk}" if entry.picture_sealed else "",
        )
        for entry in entries
    ]


# Training


def coverage_headline(rows: Sequence[Coverage]) -> Text:
    names = list(topics())
    none = sum(1 for row in rows if len(row.nobody_in(names)) == len(names))
    if not rows:
        return Text("Tập huấn", "Training")
    if not none:
        return Text(
            "{n} cơ sở đều đã có người được tập huấn", "All {n} facilities have somebody trained"
        ).fill(n=len(rows))
    return Text(
        "{none}/{n} cơ sở chưa có ai được tập huấn", "{none} of {n} facilities have nobody trained"
    ).fill(none=none, n=len(rows))


NOBODY = Tag("warn", Text("Chưa có ai", "Nobody"))


def coverage_table(rows: Sequence[Coverage], downloads: Sequence[Link]) -> Table:
    return Table(
        title=Text("Số người được tập huấn theo cơ sở và chủ đề", "People trained, by facility and topic"),
        name="coverage",
        columns=(
            Column("facility", Text("Cơ sở", "Facility"), head=True),
            *(Column(topic.name, topic.label) for topic in topics().values()),
        ),
        rows=[
            {
                "facility": Cell(row.unit.name, note=row.unit.code),
                **{name: row.people.get(name) or NOBODY for name in topics()},
            }
            for row in rows
        ],
        empty=Text("Chưa có cơ sở nào.", "No facilities."),
        downloads=downloads,
        note=Text(
            "Chỉ tính tài khoản còn hoạt động ở cơ sở; người đã chuyển đi không tính.",
            "Accounts still active at the facility count; whoever has left does not.",
        ),
    )


def provinces_table(
    found: Mapping[str, tuple[int, Mapping[str, int]]], names: Mapping[str, str], downloads: Sequence[Link]
) -> Table:
    return Table(
        title=Text("Số cơ sở có người được tập huấn", "Facilities with somebody trained"),
        name="provinces",
        columns=(
            Column("province", Text("Tỉnh, thành phố", "Province"), head=True),
            Column("facilities", Text("Số cơ sở", "Facilities"), "number"),
            *(Column(topic.name, topic.label, "number") for topic in topics().values()),
        ),
        rows=[
            {
                "province": Cell(names.get(code, code or "–"), href=f"/tap-huan?tinh={code}", note=code),
                "facilities": facilities,
                **{name: trained.get(name, 0) for name in topics()},
            }
            for code, (facilities, trained) in found.items()
        ],
        empty=Text("Chưa có cơ sở nào.", "No facilities."),
        downloads=downloads,
    )


def sessions_table(rows: Sequence[TrainingSession], *, empty: Text) -> Table:
    return Table(
        title=Text("Các buổi tập huấn", "Sessions"),
        name="sessions",
        columns=(
            Column("topic", Text("Chủ đề", "Topic"), head=True),
            Column("day", Text("Ngày", "Day"), "day"),
            Column("place", Text("Địa điểm", "Place")),
            Column("trainer", Text("Giảng viên", "Trainer")),
            Column("present", Text("Có mặt", "Present"), "number"),
        ),
        rows=[
            {
                "topic": Cell(
                    topics()[one.topic].label,
                    href=f"/tap-huan/buoi/{one.pk}",
                    note=GIVEN_BY_MINISTRY if not one.province else "",
                ),
                "day": one.day,
                "place": where(one),
                "trainer": one.trainer,
                "present": getattr(one, "present", None),
            }
            for one in rows
        ],
        empty=empty,
    )


GIVEN_BY_MINISTRY = Text("Bộ Y tế tổ chức", "Given by the ministry")


def where(one: TrainingSession) -> Text | str:
    return (
        Text("Trực tuyến: {place}", "Online: {place}").fill(place=one.place) if one.is_online else one.place
    )


def present_table(rows: Sequence[Attendance], downloads: Sequence[Link] = ()) -> Table:
    return Table(
        title=Text("Người có mặt", "Present"),
        name="present",
        columns=(
            Column("account", Text("Tài khoản", "Account"), head=True),
            Column("unit", Text("Đơn vị", "Unit")),
            Column("check", Text("Kiểm tra cuối buổi", "Check")),
            Column("marked", Text("Điểm danh lúc", "Recorded"), "moment"),
        ),
        rows=[
            {
                "account": one.account,
                "unit": one.unit,
                "check": f"{one.right}/{one.asked}" if one.asked else None,
                "marked": one.marked_at,
            }
            for one in rows
        ],
        empty=Text("Chưa điểm danh ai.", "Nobody recorded yet."),
        downloads=downloads,
    )


def own_table(rows: Sequence[Attendance]) -> Table:
    return Table(
        title=Text("Các buổi đã dự", "Sessions attended"),
        name="own",
        columns=(
            Column("topic", Text("Chủ đề", "Topic"), head=True),
            Column("day", Text("Ngày", "Day"), "day"),
            Column("check", Text("Kiểm tra cuối buổi", "Check")),
        ),
        rows=[
            {
                "topic": Cell(topics()[one.session.topic].label, href=f"/tap-huan/buoi/{one.session_id}"),
                "day": one.session.day,
                "check": f"{one.right}/{one.asked}" if one.asked else None,
            }
            for one in rows
        ],
        empty=Text(
            "Chưa dự buổi nào. Trong buổi tập huấn, nhập mã điểm danh do giảng viên nêu.",
            "None yet. In a session, type the code the trainer shows.",
        ),
    )


def choices_of_kinds() -> list[Kind]:
    return list(kinds().values())


def choices_of_topics() -> list[Topic]:
    return list(topics().values())


def account_lines(accounts: Sequence[Account]) -> list[tuple[str, str]]:
    """(name, what it is) of accounts to tick."""
    return [(one.username, f"{one.full_name or one.username} ({Role(one.role).label})") for one in accounts]
