"""A paper written twice: both files say the same, and every letter of Vietnamese arrives."""

import io
import re
from dataclasses import replace
from datetime import date, datetime

import pypdfium2
import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.foundation.calendar import TZ
from khoyte.foundation.look.fonts import LETTERS
from khoyte.foundation.papers import (
    PageBreak,
    Paper,
    PaperColumn,
    PaperTable,
    Paragraph,
    Run,
    Signatory,
    as_docx,
    as_pdf,
    words_of,
)

LIST = Paper(
    form="Mẫu 01 Phụ lục II, Nghị định số 96/2023/NĐ-CP",
    above="SỞ Y TẾ TỈNH MINH HỌA",
    issuer="BỆNH VIỆN ĐA KHOA TỈNH MINH HỌA",
    number="5/DS-BV",
    place="Minh Họa",
    day=date(2026, 2, 8),
    kind="DANH SÁCH",
    about="Người đăng ký hành nghề",
    as_of=datetime(2026, 2, 8, 14, 5, tzinfo=TZ),
    grounds=("Luật Khám bệnh, chữa bệnh ngày 09 tháng 01 năm 2023", "Nghị định số 96/2023/NĐ-CP"),
    enacting="QUYẾT ĐỊNH:",
    body=(
        Paragraph([Run("Điều 1.", bold=True), " Phí là 1.000 ₫ & không <b>hơn</b>; "]),
        PaperTable(
            columns=(
                PaperColumn("STT", 8, "center"),
                PaperColumn("Họ và tên", 30),
                PaperColumn("Từ ngày", 20, "center"),
                PaperColumn("Đến ngày", 20, "center"),
                PaperColumn("Số giờ", 20, "right"),
            ),
            groups=(("", 2), ("Thời gian", 2), ("", 1)),
            rows=[
                (str(n), f"Nguyễn Thị Ẩn {n}", "01/01/2026", "31/12/2026", "1.234,5") for n in range(1, 60)
            ],
            foot=("", "Tổng", "", "", "4.321"),
            numbers=True,
        ),
        PageBreak(),
        Paragraph("Danh sách gồm 59 người.", bold=True),
    ),
    recipients=("Sở Y tế", "Lưu: VT, KHTH"),
    signatories=(Signatory(("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), "Nguyễn Văn Ổn", "(Ký số)"),),
    mark="Mã tra cứu văn bản: 0001",
)
LETTER = Paper(
    issuer="SỞ Y TẾ TỈNH MINH HỌA",
    number="12/SYT-NVY",
    place="Minh Họa",
    day=date(2026, 11, 28),
    about="bổ sung hồ sơ",
    to=("Bệnh viện A", "Bệnh viện B"),
    body=(Paragraph("Đề nghị bổ sung."),),
    signatories=(Signatory(("GIÁM ĐỐC",), "Trần Thị Bích"), Signatory(("KẾ TOÁN",), "Lê Văn Sáu")),
    landscape=True,
)


HEADS = {"Thời gian", "STT", "Họ và tên", "Từ ngày", "Đến ngày", "Số giờ"}


def squeezed(text: str) -> str:
    """Without spaces and line ends, which each format breaks in its own places."""
    return re.sub(r"[\s\u00a0\ufffe\x02]+", "", text)


def docx_words(data: bytes) -> str:
    """All words of a DOCX in its order, each merged cell once."""
    document = Document(io.BytesIO(data))
    found = [one.text or "" for one in document.element.body.iter() if one.tag.endswith("}t")]
    return "".join(found) + "".join(p.text for p in document.sections[0].first_page_footer.paragraphs)


def pdf_pages(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    return [document[n].get_textpage().get_text_range() for n in range(len(document))]


@pytest.mark.parametrize("paper", [LIST, LETTER], ids=["list", "letter"])
def test_docx_says_every_word_in_order(paper):
    words, place = squeezed(docx_words(as_docx(paper))), 0
    for line in words_of(paper):
        if line in HEADS:  # two lines of a head merge as Word merges them
            assert squeezed(line) in words
            continue
        place = words.find(squeezed(line), place)
        assert place >= 0, line


@pytest.mark.parametrize("paper", [LIST, LETTER], ids=["list", "letter"])
def test_pdf_says_every_word(paper):
    words = squeezed("".join(pdf_pages(as_pdf(paper))))
    missing = [line for line in words_of(paper) if squeezed(line) not in words]
    assert missing == []


def test_pdf_is_the_same_every_time():
    assert as_pdf(LIST) == as_pdf(LIST)


def test_layout_of_the_decree():
    lines = list(words_of(LIST))
    assert lines[3:7] == [
        "Số: 05/DS-BV",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Minh Họa, ngày 08 tháng 02 năm 2026",
    ]
    assert "(Tính đến 14 giờ 05, ngày 08/02/2026)" in lines
    assert "Luật Khám bệnh, chữa bệnh ngày 09 tháng 01 năm 2023;" in lines
    assert "Nghị định số 96/2023/NĐ-CP." in lines
    assert lines[-6:-3] == ["- Lưu: VT, KHTH.", "KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"]
    assert list(words_of(LETTER))[1:8] == [
        "Số: 12/SYT-NVY",
        "V/v bổ sung hồ sơ",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Minh Họa, ngày 28 tháng 11 năm 2026",
        "Kính gửi:",
        "- Bệnh viện A;",
    ]


def test_a_paper_without_number_or_day_leaves_room_for_them():
    lines = list(words_of(Paper(issuer="A", kind="B")))
    assert "Số: ........../.........." in lines
    assert ".........., ngày ..... tháng ..... năm ....." in lines
    assert not any(line.startswith("Số:") for line in words_of(Paper(issuer="A", number=None, place=None)))


def test_pages_after_the_first_are_numbered_and_repeat_the_head_of_the_table():
    pages = pdf_pages(as_pdf(LIST))
    assert len(pages) > 2
    assert all(page.count("Họ và tên") == 1 for page in pages[:2])
    assert re.match(r"(.*\n)?2\s", pages[1])
    assert not re.search(r"^1\s*$", pages[0].split("\n")[0])
    document = Document(io.BytesIO(as_docx(LIST)))
    assert document.sections[0].different_first_page_header_footer
    assert "PAGE" in document.sections[0].header._element.xml
    assert "w:tblHeader" in document.tables[1]._tbl.xml


@pytest.mark.parametrize("lines", range(26, 40))
def test_a_heading_goes_with_its_words_to_the_page_of_the_signature(lines):
    body = [Paragraph(f"Dòng {n}.") for n in range(lines)]
    body += [Paragraph("4. Kiến nghị", bold=True, keep_with_next=True), Paragraph("Không có.")]
    paper = replace(LETTER, landscape=False, body=tuple(body), recipients=("Lưu: VT",))
    of_heading, of_words, of_signature = (
        [place for place, page in enumerate(pdf_pages(as_pdf(paper))) if words in page]
        for words in ("4. Kiến nghị", "Không có.", "Trần Thị Bích")
    )
    assert of_heading == of_words == of_signature


def test_pages_are_a4():
    portrait, wide = (pypdfium2.PdfDocument(as_pdf(one))[0].get_size() for one in (LIST, LETTER))
    assert portrait == pytest.approx((595.3, 841.9), abs=0.1)
    assert wide == pytest.approx((841.9, 595.3), abs=0.1)
    assert Document(io.BytesIO(as_docx(LETTER))).sections[0].page_width.mm == pytest.approx(297, abs=0.1)


@settings(max_examples=25, deadline=None)
@given(st.text(alphabet=sorted(LETTERS - {" ", "\u00a0"}), min_size=1, max_size=20))
def test_every_letter_of_vietnamese_arrives(words):
    paper = Paper(issuer="A", number=None, place=None, body=(Paragraph(words),))
    assert squeezed(words) in squeezed(docx_words(as_docx(paper)))
    assert squeezed(words) in squeezed(pdf_pages(as_pdf(paper))[0])


def test_decomposed_letters_and_control_signs_are_put_right():
    paper = Paper(issuer="A", body=(Paragraph("Nguye\u0302\u0303n\x00 A\x1f"),))
    assert squeezed("Nguyễn A") in squeezed(docx_words(as_docx(paper)))
    assert squeezed("Nguyễn A") in squeezed(pdf_pages(as_pdf(paper))[0])


@pytest.mark.parametrize(
    "table",
    [
        PaperTable((PaperColumn("A", 1),), rows=[("1", "2")]),
        PaperTable((PaperColumn("A", 1),), rows=[], foot=("1", "2")),
        PaperTable((PaperColumn("A", 1),), rows=[], groups=(("X", 2),)),
    ],
    ids=["row", "foot", "groups"],
)
def test_a_table_out_of_shape_is_refused(table):
    for write in (as_docx, as_pdf):
        with pytest.raises(ValueError, match=r"columns|cells"):
            write(Paper(issuer="A", body=(table,)))


def test_a_cell_longer_than_a_page_is_still_written():
    long = "Khám bệnh, chữa bệnh đa khoa. " * 400
    table = PaperTable((PaperColumn("A", 1),), rows=[(long,)])
    assert "đa khoa" in pdf_pages(as_pdf(Paper(issuer="A", body=(table,))))[-1]
