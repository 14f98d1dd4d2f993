"""Papers of a dossier: lawful variety passes, contradiction is found."""

import pytest

from khoyte.standards import epochs, standard_on
from khoyte.submissions.rulebook import diseases, documents, slips, stay
from khoyte.submissions.tests.rulebook.dossiers import findings_of, overlaid


def found(overlay, rules=documents.RULES):
    return {rule for rule, *_ in findings_of(overlaid(overlay), rules)}


def test_repeated_fields_exist_in_the_standard_of_some_day():
    tables = [standard_on(day).tables for day in epochs()]
    for table, fields in slips.REPEATED.items():
        for field in fields:
            assert any(field in known[table].by_name for known in tables), (table, field)
            assert field in tables[-1]["XML1"].by_name
    for table, pairs in slips.RENAMED.items():
        for field, of_visit in pairs:
            assert any(field in known[table].by_name for known in tables), (table, field)
            assert of_visit in tables[-1]["XML1"].by_name


def test_a_paper_may_name_one_of_several_cards():
    cards = {"MA_THE_BHYT": "DN4999912345678;GD4999912345678"}
    assert found({"XML1": [cards], "XML14": [{"MA_THE_BHYT": "GD4999912345678"}]}) == set()
    assert found({"XML1": [cards], "XML14": [{"MA_THE_BHYT": "HS4999912345678"}]}) == {"V-081"}


def test_a_referral_slip_may_name_several_facilities_passed():
    visit = {"MA_NOI_DI": "99005", "MA_LOAI_RV": "2"}
    assert found({"XML1": [visit], "XML13": [{"MA_CSKCB_DI": "99004;99005"}]}) == set()
    assert found({"XML1": [visit], "XML13": [{"MA_CSKCB_DI": "99004"}]}) == {"V-081"}


def test_the_discharge_paper_may_cut_a_long_diagnosis():
    long = "Viêm phổi " * 200
    assert found({"XML1": [{"CHAN_DOAN_RV": long}], "XML7": [{"CHAN_DOAN_RV": long[:1500]}]}) == set()


def test_an_empty_field_of_a_paper_repeats_nothing():
    assert found({"XML8": [{"CHAN_DOAN_RV": "", "KET_QUA_DTRI": ""}]}) == set()


def test_a_visit_without_insurance_may_be_a_summary_alone():
    uninsured = {"MA_THE_BHYT": "", "MA_LOAI_KCB": "01", "SO_NGAY_DTRI": "0", "NGAY_TAI_KHAM": "20260901"}
    overlay = {
        "XML1": [uninsured],
        "XML2": [],
        "XML3": [],
        "XML5": [],
        "XML7": [],
        "XML8": [{"MA_LOAI_KCB": "01"}],
    }
    assert found(overlay) == set()


@pytest.mark.parametrize("form", ["01", "03", "04", "07", "10", "12", "14", "16"])
def test_only_some_forms_of_care_expect_notes(form):
    expected = {"V-076"} if form in {"03", "04"} else set()
    days = "5" if form in {"03", "04"} else "0"
    visit = {"MA_LOAI_KCB": form, "SO_NGAY_DTRI": days}
    assert found({"XML1": [visit], "XML5": []}) & {"V-076"} == expected


def test_a_shared_bed_and_repeat_visits_at_a_rate_pass():
    lines = [
        {"MA_NHOM": "15", "SO_LUONG": "4.5"},
        {"MA_NHOM": "13", "TYLE_TT_DV": "100"},
        {"MA_NHOM": "13", "TYLE_TT_DV": "30"},
        {"MA_NHOM": "13", "TYLE_TT_DV": "10"},
    ]
    assert found({"XML3": lines}) == set()


@pytest.mark.parametrize(
    ("remark", "passes"),
    [
        ("Phẫu thuật, sinh con dưới 32 tuần tuổi", True),
        ("PHẪU THUẬT - SINH CON DƯỚI 32 TUẦN TUỔI", True),
        ("Sinh con phải phẫu thuật", False),
        ("Không", False),
        ("", False),
    ],
)
def test_the_remark_of_a_birth_names_both_reasons(remark, passes):
    row = {"SINHCON_PHAUTHUAT": "1", "SINHCON_DUOI32TUAN": "1", "GHI_CHU": remark, "SO_CON": "1"}
    assert (found({"XML1": [{"CAN_NANG_CON": "1500"}], "XML9": [row]}) == set()) is passes


@pytest.mark.parametrize(
    ("form", "came", "left", "days", "passes"),
    [
        ("03", "202608100800", "202608101200", "1", True),
        ("03", "202608102300", "202608110400", "2", True),
        ("01", "202608100800", "202608100930", "0", True),
        ("02", "202608010800", "202608302359", "30", True),
        ("10", "202608100800", "202608100930", "7", True),
        ("04", "202608100800", "202608101700", "1", True),
        ("06", "202608100800", "202608121000", "2", False),
        ("07", "202608100800", "202608302359", "20", False),
    ],
)
def test_days_of_treatment_follow_the_form_of_care(form, came, left, days, passes):
    visit = {
        "MA_LOAI_KCB": form,
        "NGAY_VAO": came,
        "NGAY_VAO_NOI_TRU": "",
        "NGAY_RA": left,
        "SO_NGAY_DTRI": days,
    }
    assert (found({"XML1": [visit]}, stay.RULES) == set()) is passes


@pytest.mark.parametrize(
    ("code", "passes"),
    [
        ("J18.9", True),
        ("U07.1", True),
        ("U82.1", True),
        ("U62.392", False),
        ("U58.011.1", False),
    ],
)
def test_traditional_codes_are_told_from_international_ones(code, passes):
    rules = [rule for rule in diseases.RULES if rule.id == "V-041"]
    assert (found({"XML1": [{"MA_BENH_CHINH": code}]}, rules) == set()) is passes
