from datetime import date

import pytest
from django.utils import translation
from django.utils.safestring import mark_safe

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Table, Tag
from khoyte.foundation.look.tables import body, foot, written

COLUMNS = (
    Column("name", Text("Cơ sở", "Facility"), head=True),
    Column("count", Text("Hồ sơ", "Dossiers"), "number"),
)


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (1234, "number", "1.234"),
        (0, "number", "0"),
        (0.5, "share", "50%"),
        (date(2026, 11, 20), "day", "20/11/2026"),
        (None, "number", "–"),
        ("", "text", "–"),
        (Text("không giới hạn", "free"), "number", "không giới hạn"),
        ("99001", "text", "99001"),
        (mark_safe("<svg/>"), "chart", "<svg/>"),
    ],
)
def test_values_are_written_by_kind(value, kind, shown):
    assert written(value, kind) == shown


def test_a_state_has_icon_and_word():
    shown = written(Tag("bad", Text("Chưa đạt", "Rejected")))
    assert "#i-no" in shown
    assert "Chưa đạt" in shown


def test_a_line_names_its_columns():
    table = Table("t", COLUMNS, [{"name": Cell("An Bình", href="/x", note="99001"), "count": 2}], empty="")
    assert body(table) == (
        '<tr><th scope=row class="is-text" data-label="Cơ sở"><span><a href="/x">An Bình</a>'
        '<small>99001</small></span></th><td class="is-number" data-label="Hồ sơ"><span>2</span></td></tr>'
    )


def test_labels_follow_the_language():
    with translation.override("en"):
        assert 'data-label="Facility"' in body(Table("t", COLUMNS, [{"name": "x", "count": 1}], empty=""))


def test_totals_leave_other_columns_empty():
    table = Table("t", COLUMNS, [], empty="", foot={"count": 12})
    assert foot(table).startswith('<tr><td class="none"></td>')


def test_words_of_others_are_escaped():
    row = {"name": Cell("<b>", href='"><b>', note="<b>"), "count": "<b>"}
    table = Table("t", (Column("name", "<b>"), Column("count", "x")), [row], empty="", foot=row)
    assert "<b>" not in body(table) + foot(table)
