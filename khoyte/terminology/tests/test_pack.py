from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte import standards
from khoyte.foundation.language import Text
from khoyte.terminology.bundled import bundled_releases
from khoyte.terminology.errors import PackDamaged
from khoyte.terminology.pack import Pack, Reference
from khoyte.terminology.release_files import StoredRelease, check_hash, make_header

DEFAULT = Pack(bundled_releases())
DAYS = st.dates(date(2000, 1, 1), date(2030, 1, 1))


def stored(name, codes, valid_from, valid_to=None, **facts):
    header = make_header(name, codes, valid_from=valid_from, valid_to=valid_to, **facts)
    return StoredRelease(header, lambda: codes)


OLD = stored("drugs", {"1": {}}, date(2026, 1, 1))
NEW = stored("drugs", {"2": {}}, date(2026, 7, 1))
SHORT = stored("drugs", {"3": {}}, date(2026, 3, 1), date(2026, 3, 31))


def test_the_release_that_began_last_is_in_force():
    pack = Pack([NEW, SHORT, OLD])
    days = [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 1), date(2026, 7, 1)]
    assert [list(pack.on(day).catalogue("drugs").codes) for day in days] == [["1"], ["3"], ["1"], ["2"]]
    assert pack.on(date(2025, 12, 31)).catalogue("drugs") is None


def test_breakpoints_are_all_days_on_which_something_changes():
    days = set(Pack([NEW, SHORT, OLD]).breakpoints())
    assert days == {
        *standards.epochs(),
        date(2026, 1, 1),
        date(2026, 3, 1),
        date(2026, 4, 1),
        date(2026, 7, 1),
    }


@given(DAYS, DAYS)
def test_the_same_key_means_the_same_answers(one, other):
    pack = Pack([NEW, SHORT, OLD])
    left, right = pack.on(one), pack.on(other)
    if left.key == right.key:
        assert left is right
    else:
        assert any(min(one, other) < day <= max(one, other) for day in pack.breakpoints())
    assert left.standard is standards.standard_on(one)


def test_digests_follow_content_and_nothing_else():
    assert Pack([OLD, NEW]).digest == Pack([NEW, OLD]).digest
    changed = stored("drugs", {"2": {"name_vi": "x"}}, date(2026, 7, 1))
    packs = Pack([]), Pack([OLD]), Pack([OLD, NEW]), Pack([OLD, changed])
    assert len({pack.digest for pack in packs}) == 4
    assert Pack([OLD]).digest.startswith("sha256:")


def test_a_digest_covers_the_standards(monkeypatch):
    before = Pack([OLD]).digest
    monkeypatch.setattr(standards, "data_digest", lambda: "other")
    assert Pack([OLD]).digest != before


@pytest.mark.parametrize(
    "facts", [{"complete": False}, {"overlay": True}, {"source": "x"}, {"valid_to": date(2027, 1, 1)}]
)
def test_the_hash_of_a_release_covers_its_header(facts):
    assert stored("drugs", {"1": {}}, date(2026, 1, 1), **facts).header.sha256 != OLD.header.sha256


def test_codes_that_are_not_those_of_the_header_are_refused():
    assert check_hash(OLD.header, {"1": {}}, "a.zip") == {"1": {}}
    with pytest.raises(PackDamaged) as refused:
        check_hash(OLD.header, {"1": {"name_vi": "x"}}, "a.zip")
    assert "a.zip" in refused.value.say()


def test_codes_are_read_only_when_asked_for():
    read = []
    lazy = StoredRelease(OLD.header, lambda: read.append(1) or {"1": {}})
    pack = Pack([lazy])
    assert pack.digest
    assert pack.on(date(2025, 1, 1)).catalogue("drugs") is None
    assert not read
    for _ in range(3):
        pack.on(date(2026, 5, 1)).catalogue("drugs")
        pack.on(date(2026, 9, 1)).catalogue("drugs")
    assert read == [1]


def test_code_lists_come_from_the_standard_then_from_complete_catalogues():
    pack = Pack([OLD, stored("routes", {"1.01": {}}, date(2026, 1, 1), complete=False)])
    reference = pack.on(date(2026, 11, 20))
    assert reference.codes("GIOI_TINH") == {"1", "2", "3"}
    assert reference.codes("drugs") == {"1"}
    assert reference.codes("routes") is None
    assert reference.codes("nothing") is None
    assert reference.codes("drugs") is reference.codes("drugs")


def test_a_list_that_is_not_whole_is_not_given_out():
    unfinished = standards.CodeList("UNFINISHED", {"1": Text("một", "one")}, complete=False)
    standard = replace(standards.standard_on(date(2026, 11, 20)), code_lists={"UNFINISHED": unfinished})
    assert Reference(DEFAULT, date(2026, 11, 20), standard).codes("UNFINISHED") is None


def test_an_overlay_lies_on_the_base_before_it():
    listed = {"J18.9": {"name_vi": "Viêm phổi", "not_as_main": "1"}}
    base = stored("icd10", listed, date(2020, 1, 1), date(2026, 6, 30))
    flags = stored("icd10", {"J18.9": {"male_only": "1"}}, date(2026, 7, 1), complete=False, overlay=True)
    pack = Pack([flags, base])
    assert pack.on(date(2026, 7, 1)).catalogue("icd10").attributes("J189") == {
        "name_vi": "Viêm phổi",
        "not_as_main": "1",
        "male_only": "1",
    }
    assert pack.on(date(2026, 6, 30)).catalogue("icd10").with_attribute("male_only") == frozenset()


@pytest.mark.parametrize("code", ["J18.9", "J189", "E11.9", "A90", "B59", "U06.1", "A00", "I10"])
def test_the_default_pack_knows_common_diagnoses(code):
    assert DEFAULT.on(date(2026, 11, 20)).catalogue("icd10").has(code)


@pytest.mark.parametrize("code", ["", "X", "Z00Z", "AAA", "E91", "123"])
def test_the_default_pack_refuses_what_is_no_diagnosis(code):
    release = DEFAULT.on(date(2026, 11, 20)).catalogue("icd10")
    assert release.has(code) is (code == "Z00Z")
    assert not release.holds(code)


def test_bundled_diagnoses_have_clean_names():
    codes = DEFAULT.on(date(2026, 11, 20)).catalogue("icd10").codes
    assert len(codes) > 12_000
    assert codes["J18.9"]["name_en"] == "Pneumonia, unspecified"
    assert not any(
        "&" in known["name_en"] and ";" in known["name_en"].partition("&")[2][:6] for known in codes.values()
    )


def test_provinces_change_with_the_merger_and_refuse_nothing():
    before, after = (DEFAULT.on(day).catalogue("provinces") for day in (date(2025, 6, 30), date(2025, 7, 1)))
    assert (len(before.codes), len(after.codes)) == (63, 34)
    assert (before.attributes("02")["name_vi"], after.attributes("02")) == ("Hà Giang", None)
    assert after.has("99")
    assert set(after.codes) < set(before.codes)


def test_every_epoch_of_the_default_pack_answers():
    for day in (date.min, *DEFAULT.breakpoints(), date(2099, 1, 1)):
        assert DEFAULT.on(day).key == (DEFAULT.digest, DEFAULT.on(day).epoch)
