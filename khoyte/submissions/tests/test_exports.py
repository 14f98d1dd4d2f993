"""Exports: marked, recorded, counted per account and day."""

import io
import re
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from khoyte.audit.models import AuditEntry
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import OWN
from khoyte.units import exports
from khoyte.units.exports import TooManyExports, admit
from khoyte.units.models import Account, Unit
from khoyte.units.tenancy import speaking_as

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def country(db: None) -> None:
    senders.make_country()


def take(rows: int = 10, name: str = "facility") -> Any:
    actor = senders.account_actor(OWN, name)
    with speaking_as(actor):
        return admit(actor, name="danh-sach", rows=rows, reference="ABCD1234")


def test_the_mark_says_who_when_and_which_request() -> None:
    mark = take(name="facility")
    assert re.fullmatch(r"Người tải: facility-97001, Đơn vị 97001, lúc .+, mã ABCD1234", mark.vi)
    entry = AuditEntry.objects.get(action="export")
    assert entry.details == {"rows": 10, "reference": "ABCD1234"}
    assert (entry.subject_id, entry.facility) == ("danh-sach", OWN)


def test_files_of_a_day_have_an_end_for_this_account_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "FILES_PER_DAY", 2)
    take(name="facility")
    take(name="facility")
    with pytest.raises(TooManyExports):
        take(name="facility")
    take(name="facility_reviewer")
    assert AuditEntry.objects.filter(action="export").count() == 3


def test_rows_of_a_day_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "ROWS_PER_DAY", 15)
    take(10, "facility")
    with pytest.raises(TooManyExports):
        take(6, "facility")
    take(5, "facility")


def signed_in() -> Client:
    account = Account.objects.create(username="can-bo", unit=Unit.objects.get(pk=OWN), role="facility")
    client = Client()
    client.force_login(account)
    return client


def first_lines(answer: Any) -> list[str]:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    return [str(row[0]) for row in sheet.iter_rows(values_only=True, max_row=4)]


def test_every_sheet_of_a_page_and_every_report_bears_the_mark() -> None:
    found = senders.judged(senders.small_file("A1"))
    client = signed_in()
    for address in ("/goi-ho-so?tai=xlsx", "/quy-tac?tai=xlsx", f"/goi-ho-so/{found.pk}/ket-qua.xlsx"):
        lines = first_lines(client.get(address))
        assert any(line.startswith("Người tải: can-bo, Đơn vị 97001") for line in lines), address
    assert AuditEntry.objects.filter(action="export", actor="can-bo").count() == 3


def test_over_the_end_the_page_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "FILES_PER_DAY", 0)
    answer = signed_in().get("/goi-ho-so?tai=xlsx")
    assert answer.status_code == 429
    assert answer["Retry-After"] == "3600"
    assert "Tài khoản này đã tải hết hạn mức trong ngày" in answer.content.decode()
