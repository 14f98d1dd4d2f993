"""Official papers: one declaration of a paper, written as DOCX and as PDF with the same words.

The layout is that of Decree 30/2020/NĐ-CP, Annex I (thể thức và kỹ thuật trình bày văn bản hành chính): A4,
margins 30 mm left, 15 mm right, 20 mm above and below; quốc hiệu and tiêu ngữ at the top right, the issuing
body at the top left, số ký hiệu, địa danh and day, tên loại and trích yếu, căn cứ, nơi nhận, chữ ký; page
numbers at the top from the second page. The annex was written down from memory and from papers in use; its
text was not at hand. Decree 30 names Times New Roman: the DOCX asks for it; the PDF holds Crimson Text (SIL
Open Font License), which has every Vietnamese letter, since Times New Roman may not be passed on.

    from khoyte.foundation.papers import Paper, Paragraph, PaperTable, PaperColumn, Signatory, as_docx, as_pdf

    paper = Paper(
        issuer="SỞ Y TẾ TỈNH MINH HỌA", above="ỦY BAN NHÂN DÂN TỈNH MINH HỌA",
        number="12/BC-SYT", place="Minh Họa", day=date(2026, 11, 28),
        kind="BÁO CÁO", about="Tiến độ kê khai của người hành nghề",
        as_of=now(),                                   # "Tính đến 14 giờ 05, ngày 28/11/2026" under the title
        body=(
            Paragraph("Đến nay 3/40 cơ sở chưa gửi dữ liệu."),
            Paragraph("1. Kết quả", bold=True),
            PaperTable(columns=(PaperColumn("Cơ sở", 60), PaperColumn("Đã kê khai", 25, "right")),
                       rows=(("Bệnh viện A", "1.234"),), foot=("Tổng", "1.234")),
        ),
        recipients=("Bộ Y tế", "Lưu: VT"),
        signatories=(Signatory(("KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC"), "Nguyễn Văn A"),),
    )
    as_docx(paper), as_pdf(paper)     # bytes; the same paper gives the same PDF, byte for byte

A letter (công văn) has no `kind`: its `about` stands under the number as "V/v …", `to` after "Kính gửi".
Wide lists: `landscape=True`. Numbers and days come as people read them: formatting is the caller's.
Only words stand in a paper: whose rights and masks apply is decided before it is made.
"""

from khoyte.foundation.papers.model import (
    Align,
    Block,
    PageBreak,
    Paper,
    PaperColumn,
    PaperTable,
    Paragraph,
    Run,
    Signatory,
    Words,
    plain,
    words_of,
)

__all__ = [
    "Align",
    "Block",
    "PageBreak",
    "Paper",
    "PaperColumn",
    "PaperTable",
    "Paragraph",
    "Run",
    "Signatory",
    "Words",
    "as_docx",
    "as_pdf",
    "plain",
    "words_of",
]

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF = "application/pdf"


def as_docx(paper: Paper) -> bytes:
    """The paper for Word and LibreOffice."""
    # Here, as few processes ever write a paper and the libraries take half a second to load.
    from khoyte.foundation.papers.docx_writing import written

    return written(paper)


def as_pdf(paper: Paper) -> bytes:
    """The paper for reading, printing and signing; its fonts are inside."""
    # Here, as few processes ever write a paper and the libraries take half a second to load.
    from khoyte.foundation.papers.pdf_writing import written

    return written(paper)
