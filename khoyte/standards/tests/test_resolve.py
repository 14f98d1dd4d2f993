"""The standard of a day: counts, order, dates, and that every fact names its legal instrument."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.standards import StandardDataError, changes, data_digest, epoch_of, epochs, layers, standard_on
from khoyte.standards.resolve import _condition

BASE = date(2024, 7, 1)
AMENDED = date(2025, 1, 1)
NO_DISTRICTS = date(2025, 7, 1)
CATEGORIES = date(2025, 10, 17)
BENEFIT = date(2026, 7, 1)
FORMS_OF_CARE = date(2026, 8, 1)

FIELD_COUNTS = {
    "CHECKIN": 26,
    "XML1": 66,
    "XML2": 39,
    "XML3": 47,
    "XML4": 12,
    "XML5": 9,
    "XML6": 47,
    "XML7": 26,
    "XML8": 22,
    "XML9": 35,
    "XML10": 13,
    "XML11": 23,
    "XML12": 35,
    "XML13": 37,
    "XML14": 22,
    "XML15": 20,
}


def field(day, table, name):
    return standard_on(day).tables[table].by_name[name]


def codes(day, name):
    return set(standard_on(day).code_lists[name].codes)


def test_periods_begin_where_an_instrument_takes_effect():
    assert epochs() == (BASE, AMENDED, NO_DISTRICTS, CATEGORIES, BENEFIT, FORMS_OF_CARE)


@pytest.mark.parametrize("day", epochs())
def test_each_table_has_the_published_number_of_fields(day):
    expected = FIELD_COUNTS | ({"XML13": 39} if day == BASE else {})
    assert {name: len(table.fields) for name, table in standard_on(day).tables.items()} == expected


@pytest.mark.parametrize("day", epochs())
def test_ordinals_run_from_one_and_names_are_unique(day):
    for table in standard_on(day).tables.values():
        assert [spec.ordinal for spec in table.fields] == list(range(1, len(table.fields) + 1))
        assert len(table.by_name) == len(table.fields)


def test_fields_stand_in_the_order_in_which_they_are_sent():
    names = [spec.name for spec in standard_on(FORMS_OF_CARE).tables["XML1"].fields]
    assert names[:4] == ["MA_LK", "STT", "MA_BN", "HO_TEN"]
    assert names[-3:] == ["MA_HSBA", "MA_TTDV", "DU_PHONG"]
    assert names.index("NGAY_RA") == names.index("NGAY_VAO") + 2


def test_only_the_medical_assessment_has_no_file_layout():
    tables = standard_on(BASE).tables
    assert [name for name, table in tables.items() if not table.root] == ["XML12"]
    assert (tables["XML2"].root, tables["XML2"].list_element, tables["XML2"].row_element) == (
        "CHITIEU_CHITIET_THUOC",
        "DSACH_CHI_TIET_THUOC",
        "CHI_TIET_THUOC",
    )
    assert (tables["XML1"].root, tables["XML1"].list_element) == ("TONG_HOP", None)


def test_the_referral_slip_is_renamed_in_place_in_2025():
    before = [spec.name for spec in standard_on(date(2024, 12, 31)).tables["XML13"].fields]
    after = [spec.name for spec in standard_on(AMENDED).tables["XML13"].fields]
    assert before[5:7] == ["MA_NOI_DI", "MA_NOI_DEN"]
    assert after[5:7] == ["MA_CSKCB_DI", "MA_CSKCB_DEN"]
    assert before[26:31] == ["MA_BENH_YHCT", "TEN_DICH_VU", "TEN_THUOC", "PP_DIEU_TRI", "MA_LOAI_RV"]
    assert after[26:29] == ["MA_BENH_YHCT", "TINH_TRANG_CT", "MA_LOAI_RV"]


@pytest.mark.parametrize(
    ("table", "name", "before", "after"),
    [
        ("XML1", "SO_CCCD", 15, None),
        ("XML3", "MA_BENH_YHCT", 255, 150),
        ("XML8", "MA_TTDV", 10, 255),
        ("XML4", "GIA_TRI", 50, 255),
        ("XML13", "MA_CSKCB_DI", None, 100),
        ("XML2", "MA_THUOC", 255, 255),
    ],
)
def test_lengths_change_with_the_temporary_amendment(table, name, before, after):
    if name in standard_on(BASE).tables[table].by_name:
        assert field(BASE, table, name).max_length == before
    assert field(AMENDED, table, name).max_length == after


def test_a_reexamination_day_may_be_written_short_since_2025():
    assert field(BASE, "XML14", "NGAY_HEN_KL").kind == "date12"
    spec = field(AMENDED, "XML14", "NGAY_HEN_KL")
    assert (spec.kind, spec.max_length, spec.confidence) == ("date8|date12", 12, "secondary")


@pytest.mark.parametrize("table", ["XML1", "XML6", "XML9", "XML12"])
def test_district_codes_are_not_asked_for_once_districts_are_gone(table):
    assert field(NO_DISTRICTS - timedelta(days=1), table, "MAHUYEN_CU_TRU").required != "no"
    spec = field(NO_DISTRICTS, table, "MAHUYEN_CU_TRU")
    assert spec.required == "no"
    assert "203/2025/QH15" in spec.legal


def test_patient_categories_change_with_the_list_of_2025():
    eve = CATEGORIES - timedelta(days=1)
    assert {"1.8", "1.9", "1.10", "7.1", "1.1", "2"} <= codes(eve, "MA_DOITUONG_KCB")
    assert not {"1.8", "1.9", "1.10", "7.1"} & codes(CATEGORIES, "MA_DOITUONG_KCB")
    assert {"1.11", "1.18", "3.6", "10"} <= codes(CATEGORIES, "MA_DOITUONG_KCB")
    assert len(codes(CATEGORIES, "MA_DOITUONG_KCB")) == 27


def test_an_unfinished_list_is_shown_but_does_not_judge():
    eve = CATEGORIES - timedelta(days=1)
    assert not standard_on(eve).code_lists["MA_DOITUONG_KCB"].complete
    assert field(eve, "XML1", "MA_DOITUONG_KCB").code_list is None
    assert field(CATEGORIES, "XML1", "MA_DOITUONG_KCB").code_list == "MA_DOITUONG_KCB"


def test_forms_of_care_grow_to_sixteen():
    assert codes(FORMS_OF_CARE - timedelta(days=1), "MA_LOAI_KCB") == {f"{n:02d}" for n in range(1, 11)}
    assert codes(FORMS_OF_CARE, "MA_LOAI_KCB") == {f"{n:02d}" for n in range(1, 17)}


def test_the_benefit_level_gets_room_for_a_decimal_in_2026():
    before, after = (field(day, "XML3", "MUC_HUONG") for day in (CATEGORIES, BENEFIT))
    assert (before.max_length, before.decimals) == (3, 0)
    assert (after.max_length, after.decimals) == (4, 1)


@pytest.mark.parametrize(
    ("table", "name", "decimals"),
    [
        ("XML2", "SO_LUONG", 3),
        ("XML2", "DON_GIA", 3),
        ("XML3", "THANH_TIEN_BH", 2),
        ("XML1", "T_BHTT", 2),
        ("XML3", "TYLE_TT_DV", 0),
        ("XML2", "MA_THUOC", None),
        ("XML1", "CAN_NANG", None),
    ],
)
def test_decimals_follow_the_conventions_of_the_annex(table, name, decimals):
    assert field(FORMS_OF_CARE, table, name).decimals == decimals


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("XML1", "MA_THE_BHYT"),
        ("XML1", "MA_DKBD"),
        ("XML1", "GT_THE_TU"),
        ("XML1", "MA_BENH_KT"),
        ("XML1", "NGAY_TAI_KHAM"),
        ("XML1", "CAN_NANG_CON"),
        ("XML3", "MA_BENH"),
        ("XML3", "MA_BAC_SI"),
        ("XML3", "MA_GIUONG"),
        ("XML6", "MA_XU_TRI"),
    ],
)
def test_fields_of_several_values_name_their_separator(table, name):
    assert field(FORMS_OF_CARE, table, name).separator == ";"


@pytest.mark.parametrize(
    ("table", "name"),
    [("CHECKIN", "MA_THE_BHYT"), ("XML1", "MA_BENH_CHINH"), ("XML1", "HO_TEN"), ("XML9", "CAN_NANG_CON")],
)
def test_fields_of_one_value_have_no_separator(table, name):
    assert field(FORMS_OF_CARE, table, name).separator is None


def test_values_that_point_at_a_person_are_marked():
    tables = standard_on(FORMS_OF_CARE).tables
    marked = {spec.name for table in tables.values() for spec in table.fields if spec.identifying}
    assert {
        "HO_TEN",
        "SO_CCCD",
        "MA_THE_BHYT",
        "DIA_CHI",
        "DIEN_THOAI",
        "HO_TEN_CHA",
        "HO_TEN_ME",
        "MA_BHXH",
        "NGUOI_GIAM_HO",
        "SO_CCCD_NND",
        "HOTEN_NGUOI_HT",
    } <= marked
    assert not {"MA_LK", "MA_BENH_CHINH", "NGAY_RA", "MA_BAC_SI", "T_BHTT"} & marked


def test_a_label_may_differ_from_table_to_table():
    assert field(BASE, "XML1", "GHI_CHU").label.vi != field(BASE, "XML9", "GHI_CHU").label.vi
    assert field(BASE, "XML2", "MA_KHOA").label.vi == "Mã khoa chỉ định thuốc"


def test_code_lists_named_by_fields_exist():
    for day in epochs():
        standard = standard_on(day)
        fields = [spec for table in standard.tables.values() for spec in table.fields]
        named = {spec.code_list for spec in fields if spec.code_list}
        assert named <= set(standard.code_lists)


def test_periods_follow_each_other_without_gap():
    standards = [standard_on(day) for day in epochs()]
    for earlier, later in pairwise(standards):
        assert earlier.valid_to + timedelta(days=1) == later.valid_from
    assert standards[-1].valid_to is None


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2200, 1, 1)))
def test_any_day_has_one_standard(day):
    standard = standard_on(day)
    assert standard.id == f"bhyt-xml@{epoch_of(day).isoformat()}"
    assert standard is standard_on(epoch_of(day))
    assert standard.valid_from <= max(day, BASE)
    assert standard.valid_to is None or day <= standard.valid_to


@given(st.sampled_from(epochs()))
def test_every_fact_names_its_instrument_and_speaks_both_languages(day):
    standard = standard_on(day)
    instruments = {layer.legal for layer in layers() if layer.valid_from <= day}
    for table in standard.tables.values():
        assert table.legal
        assert table.label.vi
        for spec in table.fields:
            assert set(spec.legal.split("; ")) <= instruments
            assert spec.confidence in {"source-seen", "secondary"}
            assert spec.required in {"yes", "conditional", "no"}
            assert spec.label.vi
            assert spec.label.en
    for code_list in standard.code_lists.values():
        assert set(code_list.sources) == set(code_list.codes)
        assert all(code_list.sources.values())
        assert all(text.vi and text.en for text in code_list.codes.values())


def test_conditional_fields_say_their_condition():
    for table in standard_on(FORMS_OF_CARE).tables.values():
        silent = [s.name for s in table.fields if s.required == "conditional" and not s.condition]
        assert silent == []


@pytest.mark.parametrize("day", epochs())
def test_a_condition_is_said_in_both_languages(day):
    for table in standard_on(day).tables.values():
        said = [spec.condition for spec in table.fields if spec.condition]
        assert all(words.vi and words.en and words.vi != words.en for words in said)


def test_a_condition_without_vietnamese_words_is_our_fault():
    with pytest.raises(StandardDataError, match='"only on Mondays" has no words in Vietnamese'):
        _condition("only on Mondays")


def test_the_first_period_changes_nothing():
    assert changes(BASE) == ()


def test_changes_of_a_period_say_what_where_and_by_what_right():
    made = {(change.table, change.field, change.what.vi) for change in changes(AMENDED)}
    assert ("XML1", "SO_CCCD", "Độ dài tối đa: 15 → không giới hạn") in made
    assert ("XML13", "MA_NOI_DI", "Đổi tên trường MA_NOI_DI thành MA_CSKCB_DI") in made
    assert ("XML13", "TEN_THUOC", "Bỏ trường TEN_THUOC") in made
    assert {change.legal for change in changes(AMENDED)} == {"Quyết định 3176/QĐ-BYT"}


def test_three_instruments_take_effect_on_the_same_day():
    assert {change.legal for change in changes(BENEFIT)} == {
        "Quyết định 3276/QĐ-BYT",
        "Thông tư 06/2026/TT-BYT",
        "Quyết định 1931/QĐ-BYT",
    }


@pytest.mark.parametrize("day", epochs()[1:])
def test_every_change_is_said_in_both_languages(day):
    assert changes(day)
    for change in changes(day):
        assert change.what.vi != change.what.en
        assert "{" not in change.what.vi + change.what.en


def test_a_day_on_which_nothing_begins_is_refused():
    with pytest.raises(StandardDataError) as refused:
        changes(date(2025, 2, 2))
    assert refused.value.epoch == "2025-02-02"


def test_the_digest_names_the_data():
    assert len(data_digest()) == 64
    assert data_digest() == data_digest()
