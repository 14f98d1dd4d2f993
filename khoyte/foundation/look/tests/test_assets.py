import gzip
import re

import pytest
from django.http import HttpResponse

from khoyte.foundation.look.assets import address_of, assets, serve_assets


@pytest.fixture
def ask(rf):
    handler = serve_assets(lambda request: HttpResponse("page"))
    return lambda address, **headers: handler(rf.get(address, headers=headers))


def test_there_are_at_most_five_files_beside_pictures():
    assert len([name for name in assets() if not name.endswith(".webp")]) <= 5


def test_a_file_is_kept_for_a_year_under_the_name_of_its_content(ask):
    answer = ask(address_of("khoyte.css"))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/css")
    assert "immutable" in answer["Cache-Control"]


def test_text_is_packed_for_browsers_that_can_unpack_it(ask):
    plain = ask(address_of("khoyte.js"))
    packed = ask(address_of("khoyte.js"), accept_encoding="gzip, br")
    assert "Content-Encoding" not in plain
    assert gzip.decompress(packed.content) == plain.content


def test_fonts_are_not_packed_twice(ask):
    answer = ask(address_of("be-vietnam-pro-400.woff2"), accept_encoding="gzip")
    assert "Content-Encoding" not in answer
    assert answer.content.startswith(b"wOF2")


def test_the_style_sheet_names_the_fonts_by_their_content(ask):
    style = ask(address_of("khoyte.css")).content.decode()
    named = re.findall(r'url\("([^"]+)"\)', style)
    assert sorted(named) == [address_of("be-vietnam-pro-400.woff2"), address_of("be-vietnam-pro-600.woff2")]
    assert all(ask(address).content.startswith(b"wOF2") for address in named)


@pytest.mark.parametrize("address", ["/", "/static/khoyte/khoyte.css", "/static/khoyte/../look/fonts.py"])
def test_other_addresses_go_on_to_the_pages(ask, address):
    assert ask(address).content == b"page"
