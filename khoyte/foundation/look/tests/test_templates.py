"""The gallery holds every component, so what is true of it is true of the pages."""

import gzip
import re
from pathlib import Path

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from khoyte.foundation.look import fonts
from khoyte.foundation.look.gallery import gallery

STATIC = Path(fonts.__file__).parent / "static" / "khoyte"


@pytest.fixture
def page(rf: RequestFactory):
    request = rf.get("/?trang=4")
    request.session = {}

    def render(language="vi"):
        with translation.override(language):
            return gallery(request).content.decode()

    return render


def written(template, **values):
    return Template("{% load look %}" + template).render(Context(values))


def test_nothing_is_styled_or_scripted_inline(page):
    html = page()
    assert "style=" not in html
    assert "<style" not in html
    assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []
    assert re.findall(r"\son\w+=", html) == []


def test_the_page_says_its_language(page):
    assert '<html lang="vi">' in page()
    assert '<html lang="en">' in page("en")


def test_every_cell_of_a_card_has_its_label(page):
    body = re.search(r"<tbody>(.*?)</tbody>", page(), re.S).group(1)
    assert body.count("<td") + body.count("<th") == body.count("data-label=")


def test_the_number_of_all_rows_is_said(page):
    assert "(412)" in page()


def test_words_of_a_sentence_follow_the_language():
    template = '{% say "{n} hồ sơ" "{n} dossiers" n=n %}'
    assert written(template, n=12345) == "12.345 hồ sơ"
    with translation.override("en"):
        assert written(template, n=12345) == "12,345 dossiers"


def test_words_from_files_are_escaped():
    assert "<b>" not in written('{% say "Tệp {name}" "File {name}" name=name %}', name="<b>")
    assert "<b>" not in written("{% shown name %}", name="<b>")


def test_first_view_stays_within_60_kb(tmp_path, page):
    files = [*fonts.build_fonts(tmp_path), STATIC / "icon.svg"]
    packed = [STATIC / "khoyte.css", STATIC / "khoyte.js"]
    size = sum(path.stat().st_size for path in files)
    size += sum(
        len(gzip.compress(data)) for data in (*(path.read_bytes() for path in packed), page().encode())
    )
    assert size < 60_000
    assert 1 + len(files) + len(packed) <= 6
