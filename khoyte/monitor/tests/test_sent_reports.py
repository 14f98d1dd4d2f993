"""Reports as they leave: signed here or outside, on request, one page for the meeting, kept as sent."""

from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from khoyte.foundation.home import home
from khoyte.monitor.models import Assignment, Document, ReportFile, SentReport, Task
from khoyte.monitor.tests.test_pages import browser
from khoyte.nonprod.twins.authority import Authority
from khoyte.signing import pdf as signing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plans")]


@pytest.fixture
def authority(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Authority:
    made = Authority.make()
    made.write_trust(tmp_path / "trust")
    monkeypatch.setenv("KHOYTE_TRUST", str(tmp_path / "trust"))
    return made


@pytest.fixture
def key_of_province(authority: Authority) -> Iterator[None]:
    path = home() / "paper-keys" / "97.pem"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(authority.organisation("Sở Y tế tỉnh Mẫu").pem())
    yield
    path.unlink()


def words(data: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))


@pytest.mark.usefixtures("key_of_province")
def test_a_report_is_signed_with_the_units_key_and_kept_as_sent() -> None:
    client = browser("97", "province")
    assert client.post("/bao-cao", {"ky": "week", "vai-tro": "lead"}).status_code == 302
    kept = ReportFile.objects.get()
    assert (kept.way, kept.state, kept.holder) == ("server", "holds", "Sở Y tế tỉnh Mẫu")
    answer = client.get(f"/bao-cao?tep={kept.report_id}")
    assert answer.content == bytes(kept.pdf)
    assert "Tiến độ thực hiện nhiệm vụ tuần" in words(answer.content)
    assert "Sở Y tế tỉnh Mẫu" in client.get("/bao-cao").content.decode()
    assert browser("98", "province").get(f"/bao-cao?tep={kept.report_id}").status_code == 404
    assert browser("BYT", "ministry").get(f"/bao-cao?tep={kept.report_id}").status_code == 200


def test_a_copy_signed_outside_is_kept_and_one_that_does_not_hold_is_refused(authority: Authority) -> None:
    client = browser("97", "province")
    draft = client.get("/bao-cao?ky=month&tai=pdf").content

    def handed_in(content: bytes) -> int:
        form = {"ky": "month", "vai-tro": "lead", "tep": SimpleUploadedFile("a.pdf", content)}
        return client.post("/bao-cao", form).status_code

    expired = authority.organisation("Sở Y tế", fault="expired")
    for wrong in (draft, b"docx", signing.sign(draft, expired.signer())):
        assert handed_in(wrong) == 422
    assert not SentReport.objects.exists()
    signed = signing.sign(draft, authority.organisation("Sở Y tế 97").signer())
    assert handed_in(signed) == 302
    kept = ReportFile.objects.get()
    assert (bytes(kept.pdf), kept.way, kept.holder) == (signed, "upload", "Sở Y tế 97")


def test_without_a_key_or_a_signed_copy_it_is_said_to_be_unsigned() -> None:
    client = browser("97", "province")
    assert client.post("/bao-cao", {"ky": "day", "vai-tro": "with"}).status_code == 302
    assert ReportFile.objects.get().way == "unsigned"
    assert "chưa ký số" in client.get("/bao-cao").content.decode()


def test_a_report_on_request_names_who_asked() -> None:
    client = browser("97", "province")
    refused = client.post("/bao-cao", {"ky": "asked", "vai-tro": "lead"})
    assert refused.status_code == 422
    assert "Chưa ghi cơ quan yêu cầu" in refused.content.decode()
    asked = "Văn phòng Bộ (Công văn 15/VPB)"
    client.post("/bao-cao", {"ky": "asked", "vai-tro": "lead", "theo-yeu-cau": asked})
    sent = SentReport.objects.get()
    assert (sent.asked_by, sent.recipients[0]) == (asked, asked)
    said = words(client.get(f"/bao-cao?tep={sent.pk}").content)
    assert "Thực hiện yêu cầu của Văn phòng Bộ (Công văn 15/VPB)" in " ".join(said.split())


def test_the_report_of_another_part_is_not_what_is_compared_with() -> None:
    client = browser("97", "province")
    client.post("/bao-cao", {"ky": "week", "vai-tro": "with"})
    assert "Chưa gửi báo cáo nào của kỳ này" in client.get("/bao-cao?ky=week&vai-tro=lead").content.decode()
    assert "Không có thay đổi" in client.get("/bao-cao?ky=week&vai-tro=with").content.decode()


def test_the_paper_for_the_weekly_meeting_is_one_page_however_much_is_late() -> None:
    document = Document.objects.get(code="KH-DA06-2025")
    long = "Một nhiệm vụ có tên rất dài, nhiều vế, nhắc lại nhiều lần để đầy ô; " * 8
    for number in range(60):
        one = Task.objects.create(
            document=document, kind="task", number=f"x{number}", section="x", position=900 + number,
            name=long, due_kind="day", due_on="2025-01-01", lead_printed=long, recorded_by="test",
        )  # fmt: skip
        Assignment.objects.create(task=one, role="lead", unit_name=long[:300], changed_by="test")
        one.entries.create(kind="difficulty", words=long, unit_name=long[:300], by="test")
    client = browser("BYT", "ministry")
    made = client.get("/bao-cao?ky=week&mau=hop&tai=pdf").content
    assert len(pypdfium2.PdfDocument(made)) == 1
    said = words(made)
    assert "TÀI LIỆU HỌP GIAO BAN TUẦN" in said
    assert "nhiệm vụ khác, xem trên hệ thống" in said
    assert client.get("/bao-cao?ky=week&mau=hop&tai=docx").content[:2] == b"PK"
