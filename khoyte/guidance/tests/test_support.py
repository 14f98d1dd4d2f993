"""Support: asked from any page with where it was asked, answered by the office above, passed on, closed."""

import io
import logging
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from khoyte.audit.models import AuditEntry
from khoyte.foundation.calendar import TZ, today
from khoyte.guidance import asked_from, duties, pictures
from khoyte.guidance.catalogue import kinds
from khoyte.guidance.errors import WrongRequest
from khoyte.guidance.models import SupportEntry, SupportRequest
from khoyte.notices.models import Notice
from khoyte.units.tenancy import working
from khoyte.units.tests.country import make_account
from khoyte.units.tests.windows import Window

WORDS = "Bấm gửi thì trang trắng. Bệnh nhân Nguyễn Thị Canary, 999185000123."
ASKED = {
    "loai": "blocked",
    "tieu-de": "Không gửi được tệp Canary",
    "noi-dung": WORDS,
    "trang": "/goi-ho-so/gui?ten=Nguyen",
    "ma": "12AB34CD",
}


def window(unit: str, role: str) -> Window:
    return Window(make_account(unit, role))


def screenshot(kind: str = "PNG", size: tuple[int, int] = (800, 500)) -> bytes:
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).rectangle((50, 50, 400, 200), fill="navy")
    written = io.BytesIO()
    exif = picture.getexif()
    exif[0x010E] = "SECRET-PLACE"
    picture.save(written, kind, exif=exif)
    return written.getvalue()


def text_of(window: Window, path: str) -> str:
    answer = window.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


pytestmark = pytest.mark.usefixtures("country")


@pytest.mark.django_db
class TestThread:
    def test_from_a_page_to_the_operators_and_back(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        clerk, office = window("97001", "facility"), window("97", "province")
        operator = window("BYT", "operator")
        # The link stands on the page with what the form then knows.
        page = text_of(clerk, "/goi-ho-so/gui")
        link = page.partition('class="help no-paper" href="')[2].partition('"')[0].replace("&amp;", "&")
        assert link.startswith("/ho-tro/moi?trang=/goi-ho-so/gui&ma=")
        form = text_of(clerk, link)
        assert 'name="trang" value="/goi-ho-so/gui"' in form
        # Asked, with a picture.
        file = SimpleUploadedFile("x.exe", screenshot(), "application/x-msdownload")
        answer = clerk.post("/ho-tro/moi", {**ASKED, "anh": file})
        made = SupportRequest.objects.get()
        assert answer["Location"] == f"/ho-tro/{made.pk}?xong=1"
        assert (made.page, made.reference, made.desk, made.state) == (
            "/goi-ho-so/gui", "12AB34CD", "province", "waiting",
        )  # fmt: skip
        assert (made.unit, made.asked_role) == ("97001", "facility")
        told = Notice.objects.get()
        assert (told.account, told.kind, told.href) == (
            "province-97",
            "support_waiting",
            f"/ho-tro/{made.pk}",
        )
        # The office answers; the asker asks on; the office passes it on.
        path = f"/ho-tro/{made.pk}"
        assert "Không gửi được tệp Canary" in text_of(office, "/ho-tro")
        assert office.post(path, {"viec": "viet", "noi-dung": "Thử tải lại trang."}).status_code == 302
        assert "Thử tải lại trang." in text_of(clerk, path)
        for _ in range(2):  # a second press adds nothing
            clerk.post(path, {"viec": "viet", "noi-dung": "Vẫn vậy."})
        assert operator.get(path).status_code == 404
        office.post(path, {"viec": "chuyen", "noi-dung": "Nhờ xem nhật ký."})
        made.refresh_from_db()
        assert (made.desk, made.state) == ("operator", "waiting")
        assert "Không gửi được tệp Canary" in text_of(operator, "/ho-tro")
        picture = SupportEntry.objects.exclude(picture_sealed=None).get()
        shown = operator.get(f"{path}/anh/{picture.pk}")
        assert (shown.status_code, shown["Content-Type"]) == (200, "image/webp")
        assert b"SECRET-PLACE" not in shown.content
        operator.post(path, {"viec": "viet", "noi-dung": "Đã khắc phục."})
        # Only who asked, or the desk that answered, closes it; then nothing more is written.
        assert office.post(path, {"viec": "dong"}).status_code == 422
        clerk.post(path, {"viec": "dong"})
        made.refresh_from_db()
        assert made.state == "closed"
        assert clerk.post(path, {"viec": "viet", "noi-dung": "Còn nữa."}).status_code == 409
        acts = SupportEntry.objects.order_by("id").values_list("act", flat=True)
        assert list(acts) == ["ask", "answer", "add", "pass_on", "answer", "close"]
        # Nothing of the words lies in a log, in the audit log, in a notice, or open in the table.
        assert "Canary" not in caplog.text
        assert not any("Canary" in str(entry.details) for entry in AuditEntry.objects.all())
        assert not any("Canary" in str(notice.facts) for notice in Notice.objects.all())
        for entry in SupportEntry.objects.exclude(words_sealed=None):
            assert b"Canary" not in bytes(entry.words_sealed)

    def test_others_see_nothing_of_it(self) -> None:
        clerk = window("97001", "facility")
        clerk.post("/ho-tro/moi", ASKED)
        path = f"/ho-tro/{SupportRequest.objects.get().pk}"
        others = (("97001", "facility_reviewer"), ("97002", "facility"), ("98", "province"),
                  ("BYT", "ministry"), ("CUC", "department"), ("BYT", "citizen"))  # fmt: skip
        for unit, role in others:
            other = window(unit, role)
            assert other.get(path).status_code == 404, role
            assert other.post(path, {"viec": "viet", "noi-dung": "x"}).status_code == 404, role
            assert "Canary" not in text_of(other, "/ho-tro")

    def test_who_has_no_office_above_asks_the_operators(self) -> None:
        make_account("BYT", "operator")
        for unit, role in (("97", "province"), ("BYT", "ministry"), ("BYT", "citizen")):
            window(unit, role).post("/ho-tro/moi", ASKED)
            newest = SupportRequest.objects.order_by("-asked_at").first()
            assert newest.desk == "operator", role
        assert Notice.objects.filter(account="operator-BYT").count() == 3
        assert window("97", "province_lead").get("/ho-tro").content.decode().count("Canary") == 0

    def test_the_same_words_sent_twice_are_one_request(self) -> None:
        clerk = window("97001", "facility")
        first, again = clerk.post("/ho-tro/moi", ASKED), clerk.post("/ho-tro/moi", ASKED)
        assert first["Location"] == again["Location"]
        other = clerk.post("/ho-tro/moi", ASKED | {"noi-dung": "Việc khác."})
        assert other["Location"] != first["Location"]
        with working():
            assert SupportRequest.objects.count() == 2
            assert SupportEntry.objects.count() == 2
        SupportRequest.objects.update(asked_at=timezone.now() - timedelta(hours=1))
        assert clerk.post("/ho-tro/moi", ASKED)["Location"] != first["Location"]

    def test_what_is_incomplete_is_said_and_kept(self) -> None:
        clerk = window("97001", "facility")
        assert clerk.post("/ho-tro/moi", {**ASKED, "loai": "a\x00b"}).status_code == 422
        for field, value in (("loai", "khac"), ("tieu-de", " "), ("noi-dung", "")):
            answer = clerk.post("/ho-tro/moi", {**ASKED, field: value})
            assert answer.status_code == 422
            assert f'href="#{field}"' in answer.content.decode()
        assert 'value="Không gửi được tệp Canary"' in answer.content.decode()
        for content in (b"%PDF-1.7", b"<svg onload=alert(1)>", screenshot()[:-200], b"GIF89a"):
            answer = clerk.post("/ho-tro/moi", {**ASKED, "anh": SimpleUploadedFile("a.png", content)})
            assert answer.status_code == 422
        assert not SupportRequest.objects.exists()

    def test_the_lead_hears_once_a_day_of_what_is_overdue(self) -> None:
        make_account("97", "province_lead")
        clerk = window("97001", "facility")
        for subject in ("Tệp thứ nhất", "Tệp thứ hai"):
            clerk.post("/ho-tro/moi", ASKED | {"tieu-de": subject})
        SupportRequest.objects.update(due_at=timezone.now() - timedelta(days=1))
        for _ in range(2):
            with working():
                duties.tell_overdue(today())
        told = Notice.objects.get(kind="support_overdue")
        assert (told.account, told.facts["cases"]) == ("province_lead-97", 2)


def test_terms_follow_the_working_calendar() -> None:
    friday = datetime(2026, 11, 27, 15, 0, tzinfo=TZ)
    assert kinds()["blocked"].due(friday).date().isoformat() == "2026-11-30"
    assert kinds()["question"].due(friday).date().isoformat() == "2026-11-30"
    assert kinds()["data"].due(friday).date().isoformat() == "2026-12-02"


class TestWhereItWasAsked:
    @pytest.mark.parametrize(
        ("address", "kept"),
        [
            ("/goi-ho-so/gui", "/goi-ho-so/gui"),
            ("/goi-ho-so?ten=Nguyễn+Văn+A#x", "/goi-ho-so"),
            ("/so-dang-ky/practitioners/moi", "/so-dang-ky/practitioners/moi"),
            ("/so-dang-ky/practitioners/0190a1b2-1111-7222-8333-944445555666",
             "/so-dang-ky/practitioners/0190a1b2-1111-7222-8333-944445555666"),
            ("/hoat-dong/97001", "/hoat-dong/97001"),
            ("/hoat-dong/Nguyen Van A", "/hoat-dong/…"),
            ("/hoat-dong/999185000123", "/hoat-dong/…"),
            ("https://elsewhere.example/goi-ho-so", ""),
            ("/khong-co-trang-nay", ""),
            ("/hoat-dong/…", "/hoat-dong/…"),
            ("/goi-ho-so/…", "/goi-ho-so/…"),
            ("/goi-ho-so/…/Nguyễn", ""),
            ("", ""),
        ],
    )  # fmt: skip
    def test_an_address_keeps_what_names_nobody(self, address: str, kept: str) -> None:
        assert asked_from.page_of(address) == kept

    def test_a_page_of_errors_says_nothing_of_what_was_asked(self) -> None:
        record = "/so-dang-ky/practitioners/0190a1b2-1111-7222-8333-944445555666"
        route = asked_from.page_of(record, only_route=True)
        assert route == "/so-dang-ky/…/…"
        assert asked_from.page_of(route) == route

    @given(st.text(max_size=80))
    def test_whatever_is_sent_never_fails_and_never_keeps_a_query(self, text: str) -> None:
        kept = asked_from.page_of(f"/hoat-dong/{text}")
        assert "?" not in kept
        assert len(kept) <= asked_from.LONGEST
        assert asked_from.reference_of(text) in ("", text)
        assert len(asked_from.language_of(text)) <= 26


class TestPictures:
    @pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
    def test_a_picture_becomes_its_points_alone(self, kind: str) -> None:
        made = pictures.judged(screenshot(kind, (3000, 900)) + b"<script>SECOND-FILE</script>")
        with Image.open(io.BytesIO(made)) as found:
            assert (found.format, found.size) == ("WEBP", (1600, 480))
            assert not found.getexif()
        assert b"SECRET-PLACE" not in made
        assert b"SECOND-FILE" not in made

    @given(st.binary(max_size=300))
    def test_what_is_no_picture_is_refused_with_a_sentence(self, data: bytes) -> None:
        for content in (
            data,
            b"\x89PNG\r\n\x1a\n" + data,
            b"\xff\xd8\xff" + data,
            b"RIFF\x00\x00\x00\x00WEBP" + data,
        ):
            with pytest.raises(WrongRequest):
                pictures.judged(content)

    def test_a_bomb_is_refused_before_it_is_unpacked(self) -> None:
        written = io.BytesIO()
        Image.new("1", (12_000, 12_000)).save(written, "PNG")
        assert len(written.getvalue()) < 50_000
        with pytest.raises(WrongRequest):
            pictures.judged(written.getvalue())
