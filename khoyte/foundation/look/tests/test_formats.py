from datetime import UTC, date, datetime

import pytest
from django.utils import translation

from khoyte.foundation.language import Text
from khoyte.foundation.look import formats

AT = datetime(2026, 11, 21, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "vi", "en"),
    [
        (lambda: formats.said(Text("Đạt", "Accepted")), "Đạt", "Accepted"),
        (lambda: formats.said("99001"), "99001", "99001"),
        (lambda: formats.number(1234567.8), "1.234.567,8", "1,234,567.8"),
        (lambda: formats.number(None), "–", "–"),
        (lambda: formats.share(0.934), "93%", "93%"),
        (lambda: formats.share(0.0345, 1), "3,5%", "3.5%"),
        (lambda: formats.share(None), "–", "–"),
        (lambda: formats.day(date(2026, 7, 1)), "01/07/2026", "01/07/2026"),
        (lambda: formats.day(None), "–", "–"),
        (lambda: formats.moment(AT), "14:05 21/11/2026", "14:05 21/11/2026"),
        (lambda: formats.moment(None), "–", "–"),
        (lambda: formats.as_of(AT), "tính đến 14 giờ 05, ngày 21/11/2026", "as of 14:05, 21/11/2026"),
    ],
)
def test_values_are_written_in_the_language_of_the_page(written, vi, en):
    with translation.override("vi"):
        assert written() == vi
    with translation.override("en"):
        assert written() == en


def test_any_other_language_reads_vietnamese():
    with translation.override("fr"):
        assert formats.language() == "vi"
    with translation.override(None):
        assert formats.language() == "vi"
