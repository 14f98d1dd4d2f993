"""What of an address is repeated in the redirect to sign-in."""

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from khoyte.units.return_address import plain_address

NUMBER = "01a200f8-309d-77cd-a3e7-f5783b66cd87"


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/goi-ho-so",
        f"/goi-ho-so/{NUMBER}/ho-so/12",
        "/quy-tac/V-050a",
        "/tinh/loai-giay-to/99001/XML7",
        "/goi-ho-so?tu=2026-11-22&trang=3&trang-thai=judged",
    ],
)
def test_our_own_addresses_are_kept_whole(address: str):
    assert plain_address(address) == address


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("/goi-ho-so?q=an&trang=2", "/goi-ho-so?trang=2"),
        ("/goi-ho-so?ten=Nguy%E1%BB%85n&tu=2026-11-22", "/goi-ho-so?tu=2026-11-22"),
        ("/luot-kham?ma-lk=999185000123", "/luot-kham"),
        ("/luot-kham?dien-thoai=0912345678", "/luot-kham"),
        ("/luot-kham?ma-the=DN4990123456789", "/luot-kham"),
        ("/quy-tac/Nguy%E1%BB%85n", ""),
        ("/quy-tac/999185000123", ""),
        ("/tinh/loai-giay-to/DN4990123456789/XML7", ""),
        ("/khong-co", ""),
        ("//evil.example/goi-ho-so", ""),
        ("https://evil.example/goi-ho-so", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_what_could_be_somebodys_is_left_out(address: str, kept: str):
    assert plain_address(address) == kept


@given(st.text(alphabet=st.characters(min_codepoint=0x80, codec="utf-8"), min_size=1, max_size=30))
def test_letters_with_marks_never_pass(text: str):
    assert text not in plain_address(f"/goi-ho-so?trang={text}")
    assert plain_address(f"/quy-tac/{text}") == ""


@pytest.mark.django_db
def test_the_sign_in_page_repeats_no_name():
    client = Client()
    sent = client.get("/luot-kham?q=Nguy%E1%BB%85n+V%C4%83n+An&tu=2026-11-22")
    assert sent["Location"] == "/dang-nhap?next=%2Fluot-kham%3Ftu%3D2026-11-22"
    for asked in (sent["Location"], "/dang-nhap?next=%2Fluot-kham%3Fq%3DNguy%25E1&x=Nguy%E1%BB%85n"):
        page = client.get(asked).content.decode()
        assert "Nguy" not in page
    page = client.get(sent["Location"]).content.decode()
    assert 'href="?lang=en&amp;next=%2Fluot-kham%3Ftu%3D2026-11-22"' in page


@pytest.mark.django_db
def test_an_error_page_repeats_nothing_of_its_address():
    for path in ("/khong-co", "/dang-xuat", "/goi-ho-so/gui"):
        with translation.override("vi"):  # put back afterwards what the request has set
            page = Client(raise_request_exception=False).get(f"{path}?q=Nguy%E1%BB%85n&lang=en", follow=True)
        assert b"Nguy" not in page.content
