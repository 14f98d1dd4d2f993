"""The report of a verdict: complete, in the order of causes, harmless, only for whom it is."""

import csv
import io
import uuid

import openpyxl
import pytest

from khoyte.audit.models import AuditEntry
from khoyte.submissions import parts, report_workbook, reports, verdicts
from khoyte.submissions.models import Finding, Judgement, Submission
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import (
    MINISTRY,
    NEIGHBOUR,
    OTHER_PROVINCE,
    OWN,
    PROVINCE,
    STRANGER,
    Machine,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def found(country: None) -> Submission:
    """Five dossiers, four of them with the same impossible date, one with a wrong sex as well."""
    bad = [senders.dossier(f"LK-{number}", **senders.REFUSED) for number in range(3)]
    worse = senders.dossier("LK-3", **senders.REFUSED, GIOI_TINH="7")
    return senders.judged(senders.file_of(*bad, worse, senders.dossier("LK-4")))


def read_csv(body: bytes) -> list[dict[str, str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def get(found: Submission, form: str, unit: str = OWN, **headers: str):
    return Machine(unit).get(f"/submissions/{found.pk}/report.{form}", **headers)


def body_of(response) -> bytes:
    return b"".join(response.streaming_content)


def workbook(response) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(body_of(response)))


class TestCsv:
    def test_there_is_one_line_for_every_finding(self, found: Submission):
        response = get(found, "csv")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Content-Disposition"] == f'attachment; filename="ket-qua-{OWN}-{found.pk}.csv"'
        lines = read_csv(body_of(response))
        file_findings = len(Judgement.objects.get().file_findings)
        assert len(lines) == Finding.objects.count() + file_findings > 5
        place = [(line["Hồ sơ thứ"], line["MA_LK"], line["Trường"]) for line in lines if line["Mức"] == "E"]
        assert ("4", "LK-3", "NGAY_RA") in place

    def test_lines_stand_in_the_order_of_causes_then_of_the_file(self, found: Submission):
        lines = [line for line in read_csv(body_of(get(found, "csv"))) if line["Hồ sơ thứ"]]
        order = [(int(line["Nguyên nhân số"] or 10**9), int(line["Hồ sơ thứ"])) for line in lines]
        assert order == sorted(order)
        causes = verdicts.causes(Judgement.objects.get(), "vi")
        first = [line for line in lines if line["Nguyên nhân số"] == "1"]
        assert len(first) == causes[0]["findings"]
        assert {line["Nguyên nhân"] for line in first} == {causes[0]["cause"]}

    def test_words_are_those_of_the_verdict(self, found: Submission):
        shown = senders.verdict_of(found, "vi")["dossiers"][3]["findings"]
        lines = [line for line in read_csv(body_of(get(found, "csv"))) if line["MA_LK"] == "LK-3"]
        assert sorted(
            (line["Quy tắc"], line["Nội dung"], line["Cách sửa"], line["Căn cứ"]) for line in lines
        ) == sorted((row["rule"], row["message"], row["hint"], row["legal"]) for row in shown)
        assert {line["Kết quả hồ sơ"] for line in lines} == {"Chưa đạt"}

    def test_in_english_when_asked(self, found: Submission):
        lines = read_csv(body_of(get(found, "csv", Accept_Language="en")))
        assert {"Cause no.", "Rule", "What is wrong", "Remedy"} <= set(lines[0])
        assert "Rejected" in {line["Verdict on the dossier"] for line in lines}

    def test_an_unreadable_file_says_why_in_one_line(self, country: None):
        found = senders.judged(senders.small_file("LK-1")[:-200])
        [line] = read_csv(body_of(get(found, "csv")))
        assert (line["Quy tắc"], line["Mức"], line["MA_LK"]) == ("V-001", "E", "")
        assert line["Nội dung"]

    def test_a_long_report_comes_in_pieces(self, found: Submission, monkeypatch):
        monkeypatch.setattr(reports, "_CSV_PIECE", 300)
        monkeypatch.setattr(reports, "ROWS_AT_ONCE", 2)
        pieces = list(get(found, "csv").streaming_content)
        assert len(pieces) > 5
        monkeypatch.undo()
        assert b"".join(pieces) == body_of(get(found, "csv"))


class TestFormulas:
    def test_a_hostile_value_is_text_in_both_forms(self, country: None):
        hostile = '=HYPERLINK("http://evil.example";"x")'
        found = senders.judged(senders.file_of(senders.dossier("=1+1", **senders.REFUSED)))
        Finding.objects.filter(submission=found).update(value=hostile)
        lines = read_csv(body_of(get(found, "csv")))
        assert {line["Giá trị"] for line in lines if line["Hồ sơ thứ"]} == {"'" + hostile}
        assert {line["MA_LK"] for line in lines if line["Hồ sơ thứ"]} == {"'=1+1"}
        sheet = workbook(get(found, "xlsx"))["Chi tiết"]
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value in (hostile, "=1+1")]
        assert len(cells) >= 2
        assert {cell.data_type for cell in cells} <= {"s", "inlineStr"}


class TestXlsx:
    def test_three_sheets_hold_summary_causes_and_details(self, found: Submission):
        response = get(found, "xlsx")
        assert response["Content-Type"].endswith("spreadsheetml.sheet")
        book = workbook(response)
        assert book.sheetnames == ["Tổng hợp", "Nguyên nhân", "Chi tiết"]
        facts = {row[0].value: row[1].value for row in book["Tổng hợp"].iter_rows(min_row=6)}
        assert (facts["Mã cơ sở"], facts["Chưa đạt"], facts["Đạt"]) == (OWN, found.rejected, found.accepted)
        assert facts["Nhận được"] == 5
        assert book["Tổng hợp"]["A2"].value == f"Đơn vị {OWN}"
        assert book["Tổng hợp"]["A3"].value.startswith("Người tải: ")
        assert book["Tổng hợp"]["A4"].value.startswith("Tính đến ")

    def test_causes_are_those_of_the_verdict(self, found: Submission):
        causes = verdicts.causes(Judgement.objects.get(), "vi")
        rows = list(workbook(get(found, "xlsx"))["Nguyên nhân"].iter_rows(min_row=2, values_only=True))
        expected = [
            (number, cause["cause"], cause["rule"], cause["level"], cause["findings"], cause["dossiers"])
            for number, cause in enumerate(causes, start=1)
        ]
        assert [row[:6] for row in rows] == expected

    def test_details_are_the_lines_of_the_csv(self, found: Submission):
        table = list(workbook(get(found, "xlsx"))["Chi tiết"].iter_rows(values_only=True))
        lines = read_csv(body_of(get(found, "csv")))
        assert list(table[0]) == list(lines[0])
        as_text = [["" if cell is None else str(cell) for cell in row] for row in table[1:]]
        assert as_text == [list(line.values()) for line in lines]

    def test_in_english_when_asked(self, found: Submission):
        assert workbook(get(found, "xlsx", Accept_Language="en")).sheetnames == [
            "Summary",
            "Causes",
            "Details",
        ]

    def test_it_prints_on_a4(self, found: Submission):
        for sheet in workbook(get(found, "xlsx")).worksheets:
            assert sheet.page_setup.paperSize == 9
            assert sheet.column_dimensions["A"].width > 8

    def test_a_sheet_that_would_grow_too_long_says_where_the_rest_is(self, found: Submission, monkeypatch):
        monkeypatch.setattr(report_workbook, "LINES", 2)
        rows = list(workbook(get(found, "xlsx"))["Chi tiết"].iter_rows(values_only=True))
        assert len(rows) == 4
        assert "CSV" in rows[3][0]

    def test_nothing_stays_on_the_disk(self, found: Submission):
        before = set(parts.parts_folder().iterdir())  # of uploads that other tests left unfinished
        response = get(found, "xlsx")
        assert set(parts.parts_folder().iterdir()) == before
        response.close()


class TestWhoMay:
    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    @pytest.mark.parametrize("unit", [OWN, PROVINCE, MINISTRY])
    def test_whoever_reads_the_verdict_gets_the_report(self, found: Submission, form: str, unit: str):
        assert get(found, form, unit).status_code == 200

    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    @pytest.mark.parametrize("unit", [NEIGHBOUR, STRANGER, OTHER_PROVINCE])
    def test_for_others_it_is_not_there(self, found: Submission, form: str, unit: str):
        refused = get(found, form, unit)
        unknown = Machine(unit).get(f"/submissions/{uuid.uuid4()}/report.{form}")
        assert refused.status_code == unknown.status_code == 404
        assert refused.content == unknown.content

    def test_without_a_token_there_is_nothing(self, found: Submission):
        assert Machine(OWN, bearer="").get(f"/submissions/{found.pk}/report.csv").status_code == 401

    def test_every_export_is_audited(self, found: Submission):
        get(found, "csv", PROVINCE)
        get(found, "xlsx")
        entries = AuditEntry.objects.filter(action="submission.export").order_by("id")
        assert [(e.actor_unit, e.facility, e.subject_id, e.details) for e in entries] == [
            (PROVINCE, OWN, str(found.pk), {"form": "csv", "judgement": 1}),
            (OWN, OWN, str(found.pk), {"form": "xlsx", "judgement": 1}),
        ]

    def test_before_the_verdict_the_answer_is_to_wait(self, country: None):
        waiting = senders.receive(senders.small_file("LK-1"))
        answered = get(waiting, "csv")
        assert (answered.status_code, answered["Retry-After"]) == (409, "5")
        assert not AuditEntry.objects.filter(action="submission.export").exists()
