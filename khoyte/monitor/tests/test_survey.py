"""Rounds of the survey: what appeared, vanished, changed; stages measured; the report with proposals."""

import io
from datetime import date, datetime, timedelta
from typing import Any

import docx
import openpyxl
import pypdfium2
import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.monitor import survey
from khoyte.monitor.measures import Scope
from khoyte.monitor.models import ReportFile, SentReport, SurveyRound
from khoyte.monitor.survey import STAGE_LABELS, Surveyed
from khoyte.monitor.tests.test_pages import browser
from khoyte.nonprod.demo_plan import databases
from khoyte.registers import actions
from khoyte.registers.known import register
from khoyte.registers.models import Step, Version
from khoyte.registers.tests.offices import PERSON, made, officer
from khoyte.units.policy import system_actor
from khoyte.units.tenancy import speaking_as, working

EVERYBODY = system_actor("test")
STAGES = tuple(STAGE_LABELS)
DRUGS = next(one for one in databases() if one["code"] == "CSDL-DUOC")


def declare(code: str, **more: Any) -> Any:
    return made("databases", {**DRUGS, "code": code, "name": f"Cơ sở dữ liệu {code}", **more})


def an_hour_ago() -> datetime:
    """A moment after all that was declared so far, as if that had been two hours ago."""
    earlier = timezone.now() - timedelta(hours=2)
    Version.objects.update(recorded_at=earlier)
    Step.objects.update(at=earlier)
    return timezone.now() - timedelta(hours=1)


def change(record: Any, **values: Any) -> None:
    by = system_actor("test")
    with working():
        register_ = register("databases")
        now = register_.model.objects.get(pk=record.pk)
        content = {**DRUGS, "code": now.code, "name": now.name, **values}
        actions.change(register=register_, id=record.pk, patch=content, by=by, source="form")


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_between_two_rounds_it_is_told_what_appeared_vanished_and_changed() -> None:
    kept, changed, gone = declare("A"), declare("B"), declare("C")
    before = an_hour_ago()
    declare("D", owner_name="Cục Dân số", survey_group="2", operation_actual="", reason="Chưa có kinh phí")
    change(changed, survey_group="4", delivery_actual="2026-01-05", reason="Không kết nối được")
    with working():
        actions.withdraw(register=register("databases"), id=gone.pk, by=system_actor("test"))
    found = survey.compare(survey.at(before, EVERYBODY), survey.at(None, EVERYBODY))
    assert [(one.kind, one.one.code, one.was, one.now) for one in found] == [
        ("appeared", "D", "", "2"),
        ("group", "B", "1", "4"),
        ("stage", "B", "cleaning", "delivery"),
        ("vanished", "C", "1", ""),
    ]
    assert [one.code for one in survey.at(before, EVERYBODY)] == ["A", "B", "C"]
    assert survey.compare(survey.at(before, EVERYBODY), survey.at(before, EVERYBODY)) == []
    assert kept.pk


def surveyed(group: str, stages: int, record: str = "1") -> Surveyed:
    content = {f"{stage}_actual": "2026-01-01" for stage in STAGES[:stages]}
    return Surveyed(record, f"C{record}", {"survey_group": group, "owner_name": "Cục", **content}, True)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    *[st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.sampled_from("1234"), st.integers(0, 5)))] * 2
)
def test_a_comparison_backwards_is_the_comparison_forwards_turned(
    old: dict[str, tuple[str, int]], new: dict[str, tuple[str, int]]
) -> None:
    before, after = ([surveyed(*value, record=key) for key, value in one.items()] for one in (old, new))
    there = {(one.kind, one.one.record, one.was, one.now) for one in survey.compare(before, after)}
    back = {(one.kind, one.one.record, one.now, one.was) for one in survey.compare(after, before)}
    turned = {"appeared": "vanished", "vanished": "appeared"}
    assert there == {(turned.get(kind, kind), *rest) for kind, *rest in back}
    assert (there == set()) == (old == new)


def test_a_stage_slips_when_its_planned_day_passed_without_an_actual_one() -> None:
    one = Surveyed("1", "A", {"infrastructure_actual": "2025-10-01", "infrastructure_planned": "2025-10-30",
                              "data_planned": "2025-11-30"}, True)  # fmt: skip
    assert one.slip(date(2025, 11, 30)) == ""
    assert one.slip(date(2025, 12, 1)) == "data"
    assert one.stage == "infrastructure"


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_a_stage_declared_beyond_the_data_is_said() -> None:
    made("practitioners", PERSON, confirmed=True)
    declare("A", measured_by="practitioners", operation_actual="2026-01-01", delivery_actual="2026-01-01")
    declare("B", measured_by="khong-co")
    declare("C", measured_by="pharmacies")
    found = {one.one.code: one for one in survey.measured(survey.at(None, EVERYBODY), Scope())}
    assert set(found) == {"A", "C"}
    assert (found["A"].declared, found["A"].confirmed, found["A"].delivered) == (1, 1, 0)
    assert (found["A"].stage, found["A"].is_behind) == ("data", True)
    assert found["C"].stage == "infrastructure"


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_a_round_is_closed_compared_and_reported_with_proposals() -> None:
    for row in databases():
        made("databases", row, confirmed=True)
    department = browser("CUC", "department")
    assert department.post("/ke-hoach/khao-sat", {"viec": "dot", "ten": "Đợt 1"}).status_code == 302
    assert department.post("/ke-hoach/khao-sat", {"viec": "dot", "ten": "Đợt 1"}).status_code == 422
    assert (
        browser("97", "province").post("/ke-hoach/khao-sat", {"viec": "dot", "ten": "X"}).status_code == 403
    )
    assert [one.name for one in survey.rounds()] == ["Đợt 1"]
    declare("CSDL-MOI")
    chief = browser("BYT", "ministry")
    page = chief.get("/ke-hoach/khao-sat").content.decode()
    assert "Cơ sở dữ liệu CSDL-MOI" in page
    assert "Mới có" in page
    book = docx.Document(io.BytesIO(chief.get("/ke-hoach/khao-sat?tai=docx").content))
    words = "\n".join(
        [one.text for one in book.paragraphs]
        + [cell.text for table in book.tables for row in table.rows for cell in row.cells]
    )
    for expected in (
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "So sánh Đợt 1",
        "CSDL-MOI",
        "Nhóm 4. Đã xây dựng và không sử dụng được",
        "4. Đề xuất",
        "Xây dựng mới theo hình thức thuê dịch vụ",
    ):
        assert expected in words
    pdf = pypdfium2.PdfDocument(chief.get("/ke-hoach/khao-sat?tai=pdf").content)
    assert "Kết quả rà soát, khảo sát" in pdf[0].get_textpage().get_text_range()
    book_ = openpyxl.load_workbook(io.BytesIO(chief.get("/ke-hoach/khao-sat?tai=xlsx").content))
    assert len(book_.worksheets) >= 3
    assert department.post("/ke-hoach/khao-sat", {"viec": "gui"}).status_code == 302
    sent = SentReport.objects.get(period="survey")
    assert (sent.unit, ReportFile.objects.get(report=sent).way) == ("CUC", "unsigned")
    assert SurveyRound.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_a_province_compares_its_own_alone() -> None:
    declare("KHO-97", kind="provincial", province="97")
    declare("KHO-98", kind="provincial", province="98")
    page = browser("97", "province").get("/ke-hoach/khao-sat").content.decode()
    assert "Cục Quản lý Dược" in page
    by = officer("97", "province")
    with speaking_as(by):
        assert [one.code for one in survey.at(None, by)] == ["KHO-97"]
