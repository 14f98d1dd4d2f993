"""Plans and inventory of the demonstration.

Tasks, units and deadlines are those of the five source documents; what is said of progress, the survey of
databases beside their names and stewards, and the plan of the months ahead are invented.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from khoyte.monitor.standing import State

KCB, TTYQG = "Cục Quản lý Khám, chữa bệnh", "Trung tâm Thông tin y tế Quốc gia"
PLANNED = ("2025-10-30", "2025-11-30", "2025-12-15", "", "2025-12-31")
STAGES = ("infrastructure", "data", "cleaning", "delivery", "operation")
# Code, name, kind, owner, field, group, way, stages done, register here, master data
DATABASES = (
    ("CSDL-QG-YTE", "Cơ sở dữ liệu quốc gia về y tế", "national", TTYQG, "Quản lý dữ liệu y tế", "3",
     "invest", 1, "", ""),
    ("CSDL-KBCB", "Cơ sở dữ liệu khám bệnh, chữa bệnh", "specialised", KCB, "Khám bệnh, chữa bệnh", "1",
     "hire", 5, "practitioners", "Cơ sở khám bệnh, chữa bệnh; Người hành nghề"),
    ("CSDL-YDCT", "Cơ sở dữ liệu khám bệnh, chữa bệnh bằng y học cổ truyền", "specialised",
     "Cục Quản lý Y, Dược cổ truyền", "Y, dược cổ truyền", "3", "reuse", 2, "", ""),
    ("CSDL-DUOC", "Cơ sở dữ liệu về dược, mỹ phẩm", "specialised", "Cục Quản lý Dược", "Dược, mỹ phẩm", "1",
     "hire", 4, "", "Thuốc lưu hành"),
    ("CSDL-NHATHUOC", "Cơ sở dữ liệu định danh nhà thuốc", "specialised", "Cục Quản lý Dược", "Dược", "3",
     "reuse", 3, "pharmacies", "Cơ sở bán lẻ thuốc"),
    ("CSDL-TREEM", "Cơ sở dữ liệu Trẻ em", "specialised", "Cục Bà mẹ và Trẻ em", "Trẻ em", "4", "hire", 1,
     "", ""),
    ("CSDL-BMTE", "Sổ theo dõi sức khỏe bà mẹ và trẻ em điện tử", "specialised", "Cục Bà mẹ và Trẻ em",
     "Bà mẹ, trẻ em", "3", "pilot", 2, "", ""),
    ("CSDL-BTXH", "Cơ sở dữ liệu trợ cấp xã hội, người khuyết tật", "specialised", "Cục Bảo trợ xã hội",
     "Bảo trợ xã hội", "3", "hire", 2, "", ""),
    ("CSDL-BTN", "Cơ sở dữ liệu bệnh truyền nhiễm, bệnh không lây nhiễm", "specialised", "Cục Phòng bệnh",
     "Phòng bệnh", "1", "hire", 3, "", ""),
    ("CSDL-TIEMCHUNG", "Cơ sở dữ liệu tiêm chủng", "specialised", "Cục Phòng bệnh", "Phòng bệnh", "1",
     "hire", 4, "", ""),
    ("CSDL-DANSO", "Cơ sở dữ liệu dân số, kế hoạch hóa gia đình", "specialised", "Cục Dân số", "Dân số", "4",
     "invest", 1, "", ""),
    ("CSDL-ATTP", "Cơ sở dữ liệu an toàn thực phẩm", "specialised", "Cục An toàn thực phẩm",
     "An toàn thực phẩm", "1", "hire", 4, "", ""),
    ("CSDL-TTBYT", "Cơ sở dữ liệu trang thiết bị y tế, công khai giá", "specialised",
     "Cục Cơ sở hạ tầng và Thiết bị y tế", "Thiết bị y tế", "1", "hire", 4, "", ""),
    ("CSDL-NHANLUC", "Cơ sở dữ liệu nhân lực, thống kê y tế", "specialised",
     "Cục Khoa học công nghệ và Đào tạo", "Nhân lực, thống kê", "2", "", 0, "", ""),
    ("CSDL-MOITRUONG", "Cơ sở dữ liệu môi trường y tế, bệnh nghề nghiệp", "specialised", "Cục Phòng bệnh",
     "Môi trường y tế", "2", "", 0, "", ""),
    ("DM-DUNGCHUNG", "Danh mục dùng chung ngành y tế", "shared", TTYQG, "Danh mục dùng chung", "1", "reuse",
     5, "", "Mã bệnh; Dịch vụ kỹ thuật; Cơ sở; Nhân viên y tế"),
    ("CSDL-TTHC", "Kho dữ liệu kết quả giải quyết thủ tục hành chính", "shared", "Văn phòng Bộ",
     "Thủ tục hành chính", "3", "invest", 2, "", ""),
)  # fmt: skip
REASONS = {
    "2": "Chưa bố trí được kinh phí (minh họa).",
    "3": "Đang chuẩn hóa và nhập dữ liệu (minh họa).",
    "4": "Dữ liệu không còn được cập nhật, phần mềm không kết nối được (minh họa).",
}
PROPOSALS = {
    "1": "Tiếp tục duy trì, chia sẻ qua nền tảng dùng chung (minh họa).",
    "2": "Xây dựng mới theo hình thức thuê dịch vụ (minh họa).",
    "3": "Hoàn thành theo lộ trình, bổ sung nhân lực (minh họa).",
    "4": "Chuyển dữ liệu còn dùng được sang hệ thống mới (minh họa).",
}
# The first round of the survey, so many weeks ago: what was declared then of databases that changed since
# (code -> group, stages done), and which are new.
FIRST_ROUND, FIRST_ROUND_WEEKS = "Đợt 1 (minh họa)", 6
THEN: dict[str, tuple[str, int]] = {
    "CSDL-DUOC": ("3", 2), "CSDL-TIEMCHUNG": ("3", 3), "CSDL-NHATHUOC": ("3", 1), "CSDL-BMTE": ("2", 0),
    "CSDL-ATTP": ("3", 2), "CSDL-DANSO": ("1", 1),
}  # fmt: skip
NOT_THEN = ("CSDL-TTHC", "CSDL-MOITRUONG")
# What is said to be done (invented): documents' sections whose lead units have reported. 5.6 is said to be
# done while the register of pharmacies says otherwise: it is shown as disputed.
DONE = {
    ("KH-DA06-2025", number) for number in ("1.1", "1.4", "1.9", "2.4", "2.6", "5.6", "5.7", "7.1", "7.3")
} | {("KH-CSDL-2025", "(1)"), ("KH-HNKCB-2025", "I.1"), ("KH-HNKCB-2025", "2a")}  # fmt: skip
WORKING = {("KH-DA06-2025", number): percent for number, percent in (
    ("1.2", 60), ("2.1", 80), ("3.1", 45), ("3.2", 70), ("5.3", 55), ("5.10", 20), ("6.6", 35),
)}  # fmt: skip
# The deadlines of the sources are past: this invented plan has days ahead, so that something can be foretold.
AHEAD = {
    "code": "KH-MINH-HOA",
    "title": "Kế hoạch làm sạch, hoàn thiện dữ liệu các tháng tới (minh họa)",
    "number_printed": "",
    "agency": "Bộ Y tế (minh họa)",
    "note": "Kế hoạch giả định của bản trình diễn, không phải văn bản của Bộ Y tế.",
}
CLERK, HEAD = "Trưởng phòng phụ trách dữ liệu (minh họa)", "Thủ trưởng đơn vị (minh họa)"
ALL_FACILITIES, ALL_PROVINCES = "Cơ sở KBCB trên toàn quốc", "Các Sở Y tế"
# Number, name, lead, days from today, measure, target, open to
AHEAD_TASKS = (
    ("1", "Định danh các cơ sở bán lẻ thuốc", "Cục Quản lý Dược", 12, "pharmacies_identified", 95, ""),
    ("2", "Hoàn thành rà soát toàn bộ cơ sở bán lẻ thuốc", "Cục Quản lý Dược", 120, "pharmacies_identified",
     100, ""),
    ("3", "Đưa vào vận hành các cơ sở dữ liệu chuyên ngành còn lại", "Các Vụ, Cục", 90, "databases_operating",
     100, ""),
    ("4", "Tập huấn cán bộ đầu mối dữ liệu của các đơn vị", TTYQG, 6, "", 100, ""),
    ("5", "Sở Y tế hoàn thành rà soát cơ sở bán lẻ thuốc trên địa bàn", ALL_PROVINCES, 30,
     "pharmacies_identified", 90, "province"),
    ("6", "Sở Y tế tổ chức tập huấn nhập liệu cho các cơ sở trên địa bàn", ALL_PROVINCES, 9, "", 100,
     "province"),
    ("7", "Cơ sở hoàn thành rà soát hồ sơ người hành nghề của đơn vị", ALL_FACILITIES, 21,
     "practitioners_reviewed", 100, "facility"),
    ("8", "Cơ sở cử cán bộ đầu mối dữ liệu, gửi danh sách về Sở Y tế", ALL_FACILITIES, 8, "", 100,
     "facility"),
)  # fmt: skip
# Who sent a report last week, and how tasks stood then that stand otherwise now.
REPORTING = ("department-cntt", "province-97")
A_WEEK_AGO = {State.DONE: State.WORKING, State.SOON: State.OPEN, State.AT_RISK: State.WORKING}
WAITS_FOR = (("2", "1"), ("3", "4"))


def databases_before() -> Iterator[dict[str, Any]]:
    """What was declared by the first round of the survey."""
    then = [one for one in DATABASES if one[0] not in NOT_THEN]
    for one in then:
        group, done = THEN.get(one[0], (one[5], one[7]))
        yield _declared((*one[:5], group, one[6], done, *one[8:]))


def databases() -> Iterator[dict[str, Any]]:
    yield from map(_declared, DATABASES)


def _declared(database: tuple[Any, ...]) -> dict[str, Any]:
    code, name, kind, owner, field, group, way, done, register, master = database
    row: dict[str, Any] = {
        "code": code, "name": name, "kind": kind, "owner_name": owner, "field": field,
        "operator": TTYQG if owner in (KCB, TTYQG) else owner, "survey_group": group,
        "legal_base": "Nghị định 102/2025/NĐ-CP", "reason": REASONS.get(group, ""),
        "owner_unit": "CNTT" if owner == TTYQG else "",
        "proposal": PROPOSALS[group], "provision": way, "measured_by": register, "master_data": master,
        "sources": "Cơ sở khám bệnh, chữa bệnh; Sở Y tế", "consumers": "Bộ Y tế; Sở Y tế",
        "security_level": 3,
    }  # fmt: skip
    for number, stage in enumerate(STAGES):
        row[f"{stage}_planned"] = PLANNED[number]
        reached = number < done and PLANNED[number]
        row[f"{stage}_actual"] = PLANNED[number] if reached else ""
    return row


def fill_plan() -> None:
    """Documents, tasks and what is said of some of them; once."""
    from khoyte.monitor.models import Assignment, Entry, Task
    from khoyte.monitor.plan_data import load_documents
    from khoyte.units.policy import system_actor
    from khoyte.units.tenancy import working

    by = system_actor("demo")
    with working():
        if not load_documents(by=by):
            return
        _load_ahead(by)
        _close_first_round(by)
        for task in Task.objects.exclude(kind="group"):
            known = (task.document_id, task.number)
            if known not in DONE and known not in WORKING:
                continue
            state, percent = ("done", 100) if known in DONE else ("working", WORKING[known])
            for part in Assignment.objects.filter(task=task, role="lead"):
                Assignment.objects.filter(pk=part.pk).update(state=state, percent=percent, changed_by=by.name)
                Entry.objects.create(
                    task=task, unit=part.unit, unit_name=part.unit_name, kind="progress", by=by.name,
                    facility=part.facility, province=part.province, words="Số liệu minh họa.",
                    evidence="Văn bản minh họa" if state == "done" else "",
                    before={"state": "open"}, after={"state": state, "percent": percent},
                )  # fmt: skip
        _leave_matters(by)
        _escalate()
        for name in REPORTING:
            _send_last_week(name)


def _load_ahead(by: Any) -> None:
    from khoyte.foundation.calendar import today
    from khoyte.monitor import actions
    from khoyte.monitor.models import Dependency
    from khoyte.monitor.plan_data import rows_of

    issued = f"{today() - timedelta(days=70):%d/%m/%Y}"
    place = len(rows_of("documents"))
    document = actions.enter_document(**AHEAD, day_printed=issued, position=place, by=by)
    rows = [
        {
            "kind": "task", "number": number, "section": number, "name": name, "lead": lead,
            "due": f"{today() + timedelta(days=days):%d/%m/%Y}", "measure": measure, "target": str(target),
            "product": "Báo cáo kết quả (minh họa)", "open_to": open_to, "person": CLERK, "authority": HEAD,
        }
        for number, name, lead, days, measure, target, open_to in AHEAD_TASKS
    ]  # fmt: skip
    actions.enter_tasks(document=document, rows=rows, by=by)
    tasks = {task.number: task for task in document.tasks.all()}
    for later, first in WAITS_FOR:
        Dependency.objects.create(task=tasks[later], needs=tasks[first], recorded_by=by.name)


def _close_first_round(by: Any) -> None:
    """The first round of the survey, closed some weeks ago."""
    from khoyte.foundation.calendar import now
    from khoyte.monitor.models import SurveyRound

    at = now() - timedelta(weeks=FIRST_ROUND_WEEKS)
    SurveyRound.objects.create(name=FIRST_ROUND, at=at, by=by.name)


def _send_last_week(account: str) -> None:
    """The weekly report of a unit, as it left a week ago: something has changed since."""
    from datetime import datetime, time

    from khoyte.foundation.calendar import TZ, add_working_days, today
    from khoyte.foundation.papers import as_pdf
    from khoyte.monitor import actions, queries, reports
    from khoyte.monitor.models import Task
    from khoyte.registers.issuing import issuer_of
    from khoyte.units.models import Account
    from khoyte.units.queries import actor_of_account

    found = Account.objects.select_related("unit").filter(username=account).first()
    if found is None:
        return
    by = actor_of_account(found)
    at = datetime.combine(add_working_days(today() - timedelta(weeks=1), -1), time(16, 5), TZ)
    pks = list(Task.objects.exclude(kind="group").order_by("pk").values_list("pk", flat=True))
    lines = [
        replace(line, state=A_WEEK_AGO.get(line.state, line.state))
        for line in queries.lines_of(pks, by)
        if any(part.unit == by.unit_code for part in line.leads) or line.task.open_to == by.unit_kind
    ]
    to = reports.recipients_of(by, "lead")
    paper = reports.paper(
        found=lines, matters=[], last=None, period="week", role="lead", by=by, at=at, issuer=issuer_of(by),
        to=to,
    )  # fmt: skip
    actions.send_report(
        by=by, period="week", role="lead", since=reports.since("week", at.date()), until=at.date(),
        figures=reports.figures_of(lines), recipients=list(to),
        pdf=as_pdf(paper), way="unsigned", sent_at=at,
    )  # fmt: skip


def _escalate() -> None:
    """What the duty of the last working day would have told; today's own tells nothing twice."""
    from khoyte.foundation.calendar import add_working_days, is_working_day, today
    from khoyte.monitor import escalation

    escalation.tell(today() if is_working_day(today()) else add_working_days(today(), -1))


def _leave_matters(by: Any) -> None:
    """A difficulty and a proposal that wait for the ministry."""
    from khoyte.monitor.models import Entry, Task

    for number, kind, words in (
        ("5.10", "difficulty", "Chưa thống nhất được đặc tả kết nối với Cơ sở dữ liệu quốc gia về dân cư."),
        ("6.6", "proposal", "Đề nghị bố trí bổ sung kinh phí nâng cấp hạ tầng lưu trữ (minh họa)."),
    ):
        task = Task.objects.get(document="KH-DA06-2025", number=number)
        lead = task.assignments.filter(role="lead")[0]
        Entry.objects.create(
            task=task, kind=kind, words=words, unit=lead.unit, unit_name=lead.unit_name, by=by.name
        )
