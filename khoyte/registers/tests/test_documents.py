"""Documents are judged by what they hold; what came along with a photo is gone; what acts is refused."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name, pdf_string

from khoyte.registers import documents
from khoyte.registers.documents import JPEG, PDF, WrongDocument, judged
from khoyte.registers.tests import files


def refused(data: bytes) -> str:
    with pytest.raises(WrongDocument) as told:
        judged(data)
    return told.value.text.vi


def seen(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


class TestPictures:
    def test_place_device_and_whatever_else_a_camera_writes_is_gone(self) -> None:
        taken = files.photo()
        assert seen(taken).getexif().get_ifd(0x8825)  # the test would prove nothing otherwise
        kept = judged(taken)
        assert kept.media == JPEG
        assert not seen(kept.data).getexif()
        assert "Điện thoại".encode() not in kept.data
        assert b"Exif" not in kept.data

    def test_it_stands_upright_as_it_was_seen(self) -> None:
        kept = seen(judged(files.photo(120, 80, turned=6)).data)
        assert kept.size == (80, 120)
        red, green, _ = kept.getpixel((40, 5))
        assert red > 200
        assert green < 60
        assert max(kept.getpixel((40, 110))) - min(kept.getpixel((40, 110))) < 12

    def test_a_large_one_is_made_smaller_but_stays_readable(self) -> None:
        kept = seen(judged(files.photo(4_000, 1_000, turned=1)).data)
        assert kept.size[0] == documents.LONGEST_SIDE
        assert 520 <= kept.size[1] <= 530

    def test_nothing_shows_through_what_is_transparent(self) -> None:
        kept = judged(files.png())
        assert kept.media == JPEG
        assert min(seen(kept.data).getpixel((5, 5))) > 250

    def test_a_second_file_behind_the_picture_is_not_kept(self) -> None:
        kept = judged(files.photo() + b"PK\x03\x04<script>alert(1)</script>" + files.pdf())
        assert kept.media == JPEG
        assert b"script" not in kept.data
        assert b"%PDF" not in kept.data

    def test_a_bomb_is_refused_before_it_is_read(self) -> None:
        assert "quá nhiều điểm ảnh" in refused(files.bomb())
        assert "quá nhiều điểm ảnh" in refused(files.bomb(5_001, 5_000))
        assert "JPEG, PNG, WebP" in refused(files.bomb(5_000, 5_000))

    def test_too_many_bytes(self) -> None:
        assert "tối đa 15 MB" in refused(files.photo() + bytes(documents.MOST_BYTES))

    @pytest.mark.parametrize("ending", [b"heic", b"mif1"])
    def test_a_photo_in_heic_says_how_to_take_another(self, ending: bytes) -> None:
        assert "HEIC" in refused(b"\x00\x00\x00\x18ftyp" + ending + bytes(40))


class TestPdf:
    @pytest.mark.parametrize("packed", [False, True])
    def test_a_plain_one_is_kept_byte_for_byte(self, packed: bool) -> None:
        data = files.pdf(2, packed=packed)
        assert judged(data) == documents.Judged(PDF, data)

    @pytest.mark.parametrize(
        "kind", ["/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Rendition"]
    )
    def test_one_that_acts_is_refused_also_where_it_is_hidden(self, kind: str) -> None:
        data = files.acting(kind)
        assert kind.encode() not in data  # it lies in a compressed stream
        assert "mã lệnh" in refused(data)

    def test_attached_files_scripts_by_name_and_forms_of_another_kind(self) -> None:
        empty = generic.DictionaryObject()
        for name in ("/EmbeddedFiles", "/JavaScript"):
            held = generic.DictionaryObject({pdf_name(name): empty})
            assert "tệp đính kèm" in refused(files.pdf(root={"/Names": held}))
        held = generic.DictionaryObject({pdf_name("/XFA"): pdf_string("x")})
        assert "tệp đính kèm" in refused(files.pdf(root={"/AcroForm": held}))

    def test_a_name_written_otherwise_is_the_same_name(self) -> None:
        held = generic.DictionaryObject({pdf_name("/Plain"): pdf_string("x")})
        data = files.pdf(root={"/OpenAction": held})
        assert judged(data).media == PDF
        assert data.count(b"/Plain") == 1
        assert "mã lệnh" in refused(data.replace(b"/Plain", b"/J#53 "))

    def test_what_stands_behind_its_end_is_another_file(self) -> None:
        assert judged(files.pdf() + b"\r\n").media == PDF
        assert "dữ liệu khác" in refused(files.pdf() + b"PK\x03\x04")

    def test_a_picture_or_page_that_pretends_to_be_one(self) -> None:
        assert "Không đọc được tệp PDF" in refused(b"%PDF-1.4\n<html><script>alert(1)</script></html>\n%%EOF")
        assert "không phải ảnh" in refused(b"<html>" + files.pdf())

    def test_pages_and_bytes_are_bounded(self) -> None:
        assert "từ 1 đến 40 trang" in refused(files.pdf(41))
        assert "tối đa 5 MB" in refused(b"%PDF-1.7\n" + bytes(documents.MOST_PDF_BYTES))


@pytest.mark.parametrize(
    "data", [b"", b"MZ\x90\x00", b"PK\x03\x04", b"GIF89a\x01\x00\x01\x00", b"<svg/>", b"hello"]
)
def test_anything_else_is_refused_with_what_to_do(data: bytes) -> None:
    assert "chọn" in refused(data)


SEEDS = (files.photo(24, 16), files.png(8, 8), files.pdf(), files.pdf(packed=True))


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(SEEDS), st.data())
def test_no_damage_makes_anything_but_a_document_or_a_refusal(seed: bytes, data: st.DataObject) -> None:
    """Bytes changed, cut out, put in: the answer is what is kept or a sentence, never another error."""
    place = data.draw(st.integers(0, len(seed)))
    taken = data.draw(st.integers(0, 40))
    put = data.draw(st.binary(max_size=40))
    changed = seed[:place] + put + seed[place + taken :]
    try:
        kept = judged(changed)
    except WrongDocument:
        return
    assert kept.media in (JPEG, PDF)
    assert kept.data[:3] == b"\xff\xd8\xff" or kept.data == changed
