"""Two releases and two packs compared; every difference that can alter a judgement is marked, no name is."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.terminology.differences import Changed, Difference, compare, compare_packs, judged_by
from khoyte.terminology.model import CatalogueRelease
from khoyte.terminology.pack import Pack
from khoyte.terminology.release_files import StoredRelease, make_header


def release(codes, name="routes", complete=True, starts=date(2026, 1, 1)):
    return CatalogueRelease(name, starts, None, complete, "", codes)


def stored(name, codes, starts, ends=None, complete=True):
    header = make_header(name, codes, valid_from=starts, valid_to=ends, complete=complete)
    return StoredRelease(header, lambda: codes)


def test_codes_added_removed_and_changed():
    before = release({"1": {"name_vi": "Uống"}, "2": {"name_vi": "Tiêm"}, "3": {"name_vi": "Xịt"}})
    after = release({"1": {"name_vi": "Đường uống"}, "3": {"name_vi": "Xịt"}, "4": {"name_vi": "Đặt"}})
    assert compare(before, after).changes == (
        Difference("1", "changed", "Đường uống", (Changed("name_vi", "Uống", "Đường uống"),)),
        Difference("2", "removed", "Tiêm", alters=True),
        Difference("4", "added", "Đặt", alters=True),
    )
    assert compare(before, after).counts() == {"added": 1, "removed": 1, "changed": 1, "altering": 2}


def test_a_rule_attribute_alters_and_a_name_does_not():
    before = release({"A00.0": {"name_vi": "Tả"}, "A00.1": {"not_as_main": "0"}, "A00.2": {}}, "icd10")
    after = release(
        {
            "A00.0": {"name_vi": "Bệnh tả"},
            "A00.1": {"not_as_main": "1"},
            "A00.2": {"not_as_main": "no", "chapter": "I"},
        },
        "icd10",
    )
    assert [(one.code, one.alters) for one in compare(before, after).changes] == [
        ("A00.0", False),
        ("A00.1", True),
        ("A00.2", False),
    ]


def test_a_code_that_may_stand_anyway_alters_nothing():
    before, after = release({"1": {}}, complete=False), release({"1": {}, "2": {}}, complete=False)
    found = compare(before, after)
    assert [(one.code, one.alters) for one in found.changes] == [("2", False)]
    assert not found.alters


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, release({"1": {}})),
        (release({"1": {}}), None),
        (release({"1": {}}, complete=False), release({"1": {}})),
    ],
)
def test_a_list_that_comes_goes_or_becomes_complete_concerns_every_code(before, after):
    assert compare(before, after).whole
    assert compare(before, after).alters


def test_the_same_release_differs_in_nothing():
    same = release({"1": {}})
    assert (compare(same, same).changes, compare(same, same).whole) == ((), False)


def test_a_new_release_changes_the_days_it_is_in_force():
    old = Pack(
        [
            stored("routes", {"1": {}}, date(2026, 1, 1)),
            stored("routes", {"1": {}, "9": {}}, date(2026, 9, 1)),
        ]
    )
    new = Pack([*old.releases(), stored("routes", {"1": {}, "2": {}}, date(2026, 3, 1))])
    (span,) = compare_packs(old, new, "routes")
    assert (span.first, span.last) == (date(2026, 3, 1), date(2026, 8, 31))
    assert [one.code for one in span.differences.changes] == ["2"]
    assert compare_packs(old, new, "drugs") == []


def test_a_correction_of_the_base_shows_through_the_overlay():
    overlay_codes = {"A00": {"not_as_main": "1"}}
    overlay = StoredRelease(
        make_header("icd10", overlay_codes, valid_from=date(2026, 7, 1), overlay=True, complete=False),
        lambda: overlay_codes,
    )
    old = Pack([stored("icd10", {"A00": {}}, date(2020, 1, 1)), overlay])
    new = Pack([stored("icd10", {"A00": {}, "A01": {}}, date(2020, 1, 1)), overlay])
    spans = compare_packs(old, new, "icd10")
    assert [(span.first, span.last) for span in spans] == [
        (date(2020, 1, 1), date(2026, 6, 30)),
        (date(2026, 7, 1), None),
    ]
    assert all([one.code for one in span.differences.changes] == ["A01"] for span in spans)


CODES = st.dictionaries(
    st.sampled_from(["A00.0", "A00.1", "B01", "C02.9"]),
    st.dictionaries(
        st.sampled_from(["name_vi", "not_as_main", "death_only"]), st.sampled_from(["", "0", "1"])
    ),
    max_size=4,
)


@given(CODES, CODES, st.booleans())
@settings(max_examples=150, deadline=None)
def test_what_is_not_marked_is_judged_alike(old, new, complete):
    before, after = release(old, "icd10", complete), release(new, "icd10", complete)
    marked = {change.code: change.alters for change in compare(before, after).changes}
    for code in {*old, *new}:
        same = all(
            judged_by(before, code, asked) == judged_by(after, code, asked)
            for asked in (None, "not_as_main", "death_only")
        )
        assert marked.get(code, False) is not same
