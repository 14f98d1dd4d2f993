"""Mẫu 01 read back into the register: what was printed is what is read, as DOCX and as an old workbook."""

import io
from pathlib import Path

import openpyxl
import pytest
from docx import Document

from khoyte.practice.tests.test_papers import hospital, issued, registration  # noqa: F401 - a fixture
from khoyte.registers import content as contents
from khoyte.registers import importing
from khoyte.registers.issuing import opened
from khoyte.registers.known import register
from khoyte.registers.models import Key
from khoyte.registers.reading import Source
from khoyte.registers.tests.offices import OWN, made, officer, person
from khoyte.registers.tests.test_pages import browser
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
CLERK = "facility"


def run(data: bytes, *, dry: bool = True, accept=frozenset(), name: str = "practice_registrations"):
    by = officer(OWN, CLERK)
    with speaking_as(by):
        return importing.run(register(name), Source("a", data), by=by, dry=dry, accept=accept)


def contents_of_all() -> list[dict]:
    found = register("practice_registrations")
    rows = [contents.content_of(found.declaration, row) for row in found.model.objects.all()]
    return sorted(rows, key=lambda one: (one["personal_number"], one["valid_from"], one["hours"] or ""))


def the_list(hospital) -> bytes:  # noqa: F811
    paper = issued(browser(OWN, CLERK), hospital, "mau-01")
    return opened(paper.docx_sealed)


def test_a_printed_list_changes_nothing(hospital) -> None:  # noqa: F811
    report = run(the_list(hospital))
    assert (report.rows, report.duplicate, report.bad, report.good) == (2, 2, 0, 0), report.errors


def test_a_printed_list_makes_the_same_register_again(hospital) -> None:  # noqa: F811
    register("practice_registrations").model.objects.exclude(confirmed_version__gt=0).delete()
    register("practice_registrations").model.objects.filter(valid_to__isnull=False).delete()
    before = contents_of_all()
    data = the_list(hospital)
    register("practice_registrations").model.objects.all().delete()
    Key.objects.filter(register="practice_registrations").delete()
    report = run(data, dry=False)
    assert (report.rows, report.stored, report.bad) == (2, 2, 0), report.errors
    # What the form does not ask for stays empty.
    printed = [{**one, "head_of_work": None} for one in before]
    assert contents_of_all() == printed


def test_a_list_filled_in_by_hand(hospital) -> None:  # noqa: F811
    made("practitioners", person(12, full_name="Vũ Thị Mơ"), confirmed=True)
    document = Document(io.BytesIO(the_list(hospital)))
    table = max(document.tables, key=lambda one: len(one.rows))
    for words in (
        (
            "3",
            "Vũ Thị Mơ",
            person(12)["licence_number"],
            "Bác sỹ",
            "Nhi khoa",
            "T2-T6 7:00-11:30",
            "01/12/2026",
        ),
        ("4", "Không Có", "000999/DEMO-GPHN", "Bác sỹ", "", "24/7", "01/12/2026"),
    ):
        for cell, text in zip(table.add_row().cells, words, strict=False):
            cell.text = text
    written = io.BytesIO()
    document.save(written)
    report = run(written.getvalue())
    assert (report.rows, report.duplicate, report.good, report.bad) == (4, 2, 1, 1)
    (error,) = report.errors
    assert error["field"] == "personal_number"


def test_text_for_old_fonts_is_a_finding_to_confirm(hospital) -> None:  # noqa: F811
    book = openpyxl.Workbook()
    book.active.append(["Hä vµ tªn", "Sè ®Þnh danh c¸ nh©n", "Ngµy sinh", "Giíi tÝnh", "Chøc danh",
                        "Sè giÊy phÐp hµnh nghÒ", "Ngµy cÊp", "N¬i cÊp"])  # fmt: skip
    book.active.append(["NguyÔn ThÞ H»ng", "999185000555", "1985", "N÷", "B¸c sü", "000555/DEMO-GPHN",
                        "01/06/2024", "Së Y tÕ"])  # fmt: skip
    written = io.BytesIO()
    book.save(written)
    report = run(written.getvalue(), name="practitioners")
    assert (report.rows, report.bad) == (1, 1)
    causes = {name.partition(":")[0] for name in report.causes}
    assert "legacy_font" in causes
    told = report.causes["legacy_font:full_name"].message.vi
    assert "TCVN3 (ABC)" in told
    assert "NguyÔn → Nguyễn" in told
    report = run(written.getvalue(), name="practitioners", dry=False, accept=frozenset({"legacy_font"}))
    assert report.stored == 1
    stored = register("practitioners").model.objects.get(licence_number="000555/DEMO-GPHN")
    assert (stored.full_name, stored.title, stored.licence_issuer) == ("Nguyễn Thị Hằng", "BS", "Sở Y tế")


def test_an_old_workbook_is_read(country) -> None:
    """Made by a spreadsheet program as Excel 97-2003, headings in two lines, a line of totals."""
    data = (Path(__file__).parent / "data" / "danh-sach-cu.xls").read_bytes()
    report = run(data, name="practitioners", accept=frozenset({"lost_zeros"}))
    assert (report.rows, report.good, report.bad) == (2, 2, 0), report.errors


@pytest.mark.parametrize("data", [b"\xd0\xcf\x11\xe0" + b"x" * 600, b"PK\x03\x04 word/document.xml"])
def test_a_damaged_file_is_refused_in_words(country, data: bytes) -> None:
    from khoyte.registers.errors import FileRefused

    with pytest.raises(FileRefused):
        run(data)
