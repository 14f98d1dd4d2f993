"""The pages of indicators as people of each unit see them."""

import csv
import io
import re
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from khoyte.audit.models import AuditEntry
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import MINISTRY, OTHER_PROVINCE, OWN, PROVINCE
from khoyte.submissions.tests.test_pages import browser, seen
from khoyte.warehouse import answering
from khoyte.warehouse.filling import fill
from khoyte.warehouse.indicators import INDICATORS
from khoyte.warehouse.tests.rows import store_visit

ELSEWHERE = f"{OTHER_PROVINCE}001"


@pytest.fixture
def figures(lake: Any) -> None:
    senders.make_country()
    for number in range(6):
        store_visit(f"A{number}", facility=OWN if number % 2 else ELSEWHERE)
    fill()


@pytest.mark.usefixtures("figures")
def test_every_indicator_has_a_page_with_what_it_stands_on() -> None:
    client = browser(MINISTRY, "ministry")
    listed = seen(client.get("/chi-so"))
    for code, indicator in INDICATORS.items():
        assert indicator.name.vi in listed
        page = seen(client.get(f"/chi-so/{code}"))
        assert indicator.definition.vi in page
        if indicator.of_registers:
            assert "Số bản ghi của sổ đăng ký được xét 0" in page
        elif "births" not in repr(indicator.base):
            assert "Số lượt khám, điều trị được xét 6" in page
        assert "tính đến" in page.lower()
        assert "Phiên bản định nghĩa 1" in page
        english = client.get(f"/chi-so/{code}?lang=en").content.decode()
        assert indicator.name.en.replace("'", "&#x27;") in english
        client.cookies.pop("lang", None)


@pytest.mark.usefixtures("figures")
def test_a_course_over_months_is_drawn_and_other_figures_have_bars() -> None:
    client = browser(MINISTRY, "ministry")
    course = client.get("/chi-so/luot-kham-theo-thang").content.decode()
    assert '<figure class="chart">' in course
    assert "08/2026" in course
    others = client.get("/chi-so/luot-kham-theo-co-so").content.decode()
    assert '<svg class="bar"' in others
    assert "style=" not in course + others, "nothing the security policy forbids"


def counted(client: Client, address: str = "/chi-so/luot-kham-theo-co-so") -> dict[str, int]:
    """Visits by facility as the downloaded sheet has them."""
    answer = client.get(f"{address}?tai=csv")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].endswith('.csv"')
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]
    return {line[0]: int(line[2]) for line in lines}


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize(
    ("unit", "role", "sums"),
    [(OWN, "facility", [3]), (OWN, "facility_reviewer", [3]), (PROVINCE, "province", [3]),
     (OTHER_PROVINCE, "province", [3]), (MINISTRY, "ministry", [3, 3])],
)  # fmt: skip
def test_everybody_is_told_of_his_own(unit: str, role: str, sums: list[int]) -> None:
    client = browser(unit, role)
    assert sorted(counted(client).values()) == sums
    page = client.get("/chi-so/luot-kham-theo-co-so?tinh=" + OTHER_PROVINCE).content.decode()
    if unit in (OWN, PROVINCE):
        assert ELSEWHERE not in page


@pytest.mark.usefixtures("figures")
def test_national_roles_may_choose_a_province() -> None:
    client = browser(MINISTRY, "ministry")
    page = seen(client.get(f"/chi-so/luot-kham-theo-co-so?tinh={PROVINCE}"))
    assert "Số lượt khám, điều trị được xét 3" in page


@pytest.mark.usefixtures("figures")
def test_the_country_is_drawn_as_tiles_with_every_figure_in_words() -> None:
    page = browser(MINISTRY, "ministry").get("/chi-so/luot-kham-theo-thang").content.decode()
    (figure,) = re.findall(r'<figure class="chart tiles">.*?</figure>', page, re.DOTALL)
    assert len(re.findall(r'<g class="tile', figure)) == 34 + 2, "invented provinces stand below the 34"
    assert f"<title>Đơn vị {PROVINCE}: 3 lượt (Số lượt tính: 3)</title>" in figure
    assert "<title>Hà Nội: chưa có số liệu</title>" in figure
    assert figure.count('class="tile q0"') == 35, "34 without figures and the legend"
    assert "style=" not in figure
    assert "tiles" not in browser(PROVINCE, "province").get("/chi-so/luot-kham-theo-thang").content.decode()


@pytest.mark.usefixtures("figures")
def test_what_may_be_read_at_once_is_limited_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    store_visit("old", facility=OWN, summary={"NGAY_RA": "202601011000"})
    fill()
    client = browser(MINISTRY, "ministry")
    address = "/chi-so/luot-kham-theo-thang"
    assert "chỉ tính từ tháng" not in seen(client.get(address))
    monkeypatch.setenv("KHOYTE_QUESTION_ROWS", "12")
    page = seen(client.get(address))
    assert "số liệu chỉ tính từ tháng 08/2026" in page
    assert "Số lượt khám, điều trị được xét 6" in page
    monkeypatch.setenv("KHOYTE_QUESTION_ROWS", "11")
    refused = client.get(address)
    assert refused.status_code == 400
    assert "đọc 12 dòng" in seen(refused)
    assert client.get(f"{address}?tinh={PROVINCE}").status_code == 200, "half of them is not too much"


@pytest.mark.usefixtures("figures")
def test_a_sheet_carries_definition_and_quality() -> None:
    client = browser(MINISTRY, "ministry")
    answer = client.get("/chi-so/chi-phi-binh-quan?tai=xlsx")
    book = load_workbook(io.BytesIO(answer.content))
    words = [str(cell.value) for sheet in book for row in sheet for cell in row if cell.value is not None]
    for told in ("08/2026", "1250000", INDICATORS["chi-phi-binh-quan"].definition.vi):
        assert any(told in word.replace(".", "") or told in word for word in words), told


@pytest.mark.usefixtures("figures")
def test_every_indicator_comes_as_a_sheet() -> None:
    client = browser(MINISTRY, "ministry")
    statuses = {code: client.get(f"/chi-so/{code}?tai=xlsx").status_code for code in INDICATORS}
    assert {code: status for code, status in statuses.items() if status != 200} == {}


@pytest.mark.usefixtures("figures")
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_file_taken_is_recorded(kind: str) -> None:
    browser(OWN, "facility").get(f"/chi-so/luot-kham-theo-co-so?tai={kind}")
    entry = AuditEntry.objects.get(action="export")
    assert (entry.subject_id, entry.facility) == ("luot-kham-theo-co-so", OWN)


@pytest.mark.usefixtures("lake")
def test_an_empty_lake_says_what_will_stand_here() -> None:
    senders.make_country()
    client = browser(OWN, "facility")
    assert "chưa được nạp" in seen(client.get("/chi-so"))
    assert "Chưa có số liệu" in seen(client.get("/chi-so/luot-kham-theo-thang"))
    assert client.get("/chi-so/khong-co").status_code == 404


@pytest.mark.usefixtures("figures")
def test_an_answer_is_kept_until_the_next_fill(monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(MINISTRY, "ministry")
    address = "/chi-so/luot-kham-theo-thang"
    first = seen(client.get(address))
    with monkeypatch.context() as patch:
        patch.setattr(answering, "_answer", lambda *_: pytest.fail("asked again"))
        assert seen(client.get(address)) == first
    store_visit("B1", facility=OWN)
    fill()
    assert "Số lượt khám, điều trị được xét 7" in seen(client.get(address))
