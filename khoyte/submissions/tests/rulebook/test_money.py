"""Money as it is really written: lawful lines pass, whoever pays; a đồng too much is found."""

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.submissions.rulebook import money, totals
from khoyte.submissions.tests.rulebook.dossiers import LINE, VALID, findings_of, overlaid

UNINSURED = {"MA_THE_BHYT": "", "MA_DOITUONG_KCB": "9"}
RULES = money.RULES


def found(table, line, visit=None):
    overlay = {"XML1": [visit or {}], table: [LINE | line]}
    return {rule for rule, _part, at, _row, _field in findings_of(overlaid(overlay), RULES) if at == table}


def cents(amount):
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


@st.composite
def drug_lines(draw):
    """An insured drug line computed as the annex says, with exact decimal arithmetic."""
    quantity = Decimal(draw(st.integers(1, 500_000))) / draw(st.sampled_from((1, 10, 1000)))
    price = Decimal(draw(st.integers(1, 90_000_000))) / draw(st.sampled_from((1, 10, 100, 1000)))
    rate, level = draw(st.sampled_from((0, 30, 50, 70, 100))), draw(st.sampled_from((0, 40, 80, 95, 100)))
    amount = cents(quantity * price)
    insured = cents(quantity * price * rate / 100)
    fund = cents(insured * level / 100)
    return {
        name: str(value)
        for name, value in {
            "MA_NHOM": 4,
            "SO_LUONG": quantity,
            "DON_GIA": price,
            "TYLE_TT_BH": rate,
            "MUC_HUONG": level,
            "THANH_TIEN_BV": amount,
            "THANH_TIEN_BH": insured,
            "T_BHTT": fund,
            "T_BNCCT": insured - fund,
            "T_BNTT": amount - insured,
        }.items()
    }


@settings(deadline=None)  # a first judgement compiles the rules
@given(drug_lines())
def test_a_line_computed_as_the_annex_says_is_never_flagged(line):
    assert found("XML2", line) == set()


@settings(deadline=None)
@given(drug_lines(), st.sampled_from(("THANH_TIEN_BV", "THANH_TIEN_BH", "T_BHTT", "T_BNCCT", "T_BNTT")))
def test_a_dong_too_much_is_always_found(line, field):
    assert found("XML2", line | {field: str(Decimal(line[field]) + 1)})


@pytest.mark.parametrize(
    "line",
    [
        {
            "TYLE_TT_BH": "0",
            "MUC_HUONG": "0",
            "THANH_TIEN_BH": "0",
            "T_BHTT": "0",
            "T_BNCCT": "0",
            "T_BNTT": "1200",
            "PHAM_VI": "2",
        },
        {
            "TYLE_TT_BH": "100",
            "MUC_HUONG": "0",
            "THANH_TIEN_BH": "1200",
            "T_BHTT": "0",
            "T_BNCCT": "0",
            "T_BNTT": "1200",
        },
    ],
    ids=["outside the list", "in the list, but no card"],
)
def test_a_line_of_a_patient_without_insurance_passes(line):
    assert found("XML2", line | {"DON_GIA": "600"}, UNINSURED) == set()


def test_a_drug_paid_by_a_programme_is_not_split_by_the_fund():
    line = {
        "DON_GIA": "600",
        "THANH_TIEN_BH": "1200",
        "NGUON_CTRA": "3",
        "T_BHTT": "0",
        "T_BNCCT": "0",
        "T_BNTT": "1200",
    }
    assert found("XML2", line) == set()
    assert found("XML2", line | {"NGUON_CTRA": "1"}) == {"V-063"}


SERVICE = {
    "SO_LUONG": "1",
    "DON_GIA_BV": "50000",
    "DON_GIA_BH": "39000",
    "TYLE_TT_DV": "100",
    "THANH_TIEN_BV": "50000",
    "THANH_TIEN_BH": "39000",
    "T_BHTT": "31200",
    "T_BNCCT": "7800",
    "T_BNTT": "11000",
}


@pytest.mark.parametrize(
    "line",
    [
        {},
        {
            "TYLE_TT_DV": "30",
            "THANH_TIEN_BV": "15000",
            "THANH_TIEN_BH": "11700",
            "T_BHTT": "9360",
            "T_BNCCT": "2340",
            "T_BNTT": "3300",
        },
        {
            "TYLE_TT_DV": "30",
            "THANH_TIEN_BV": "22700",
            "THANH_TIEN_BH": "11700",
            "T_BHTT": "9360",
            "T_BNCCT": "2340",
            "T_BNTT": "11000",
        },
        {"T_TRANTT": "0"},
        {
            "T_TRANTT": "20000",
            "THANH_TIEN_BH": "20000",
            "T_BHTT": "16000",
            "T_BNCCT": "4000",
            "T_BNTT": "30000",
        },
    ],
    ids=["plain", "rate", "difference not collected", "no ceiling", "ceiling"],
)
def test_a_lawful_service_line_passes(line):
    assert found("XML3", SERVICE | line) == set()


def test_a_supply_package_is_added_up_over_its_lines():
    line = LINE | SERVICE | {"MA_NHOM": "10", "GOI_VTYT": "G2", "T_TRANTT": "40000"}
    rules = [rule for rule in RULES if rule.id == "V-066"]
    assert findings_of(overlaid({"XML3": [line]}), rules) == []
    assert [row for *_, row, _field in findings_of(overlaid({"XML3": [line, line]}), rules)] == [1, 2]


@pytest.mark.parametrize(
    ("support", "fund", "copayment", "own"),
    [
        ("100", "800", "200", "100"),  # off the own part
        ("350", "800", "50", "0"),  # then off the co-payment
        ("700", "500", "0", "0"),  # then off the fund's part
        ("1200", "0", "0", "0"),  # all of it
        ("200", "800", "0", "200"),  # ARV: the co-payment
        ("600", "400", "100", "100"),  # for the facility, in proportion
    ],
    ids=str,
)
def test_support_is_taken_off_in_a_lawful_order(support, fund, copayment, own):
    line = {
        "DON_GIA_BV": "600",
        "DON_GIA_BH": "500",
        "TYLE_TT_DV": "100",
        "T_NGUONKHAC_CL": support,
        "T_NGUONKHAC": support,
        "T_BHTT": fund,
        "T_BNCCT": copayment,
        "T_BNTT": own,
    }
    assert found("XML3", line) == set()


def test_support_that_only_lowers_the_copayment_first_is_found():
    line = {
        "DON_GIA_BV": "600",
        "DON_GIA_BH": "500",
        "TYLE_TT_DV": "100",
        "T_NGUONKHAC_CL": "100",
        "T_NGUONKHAC": "100",
        "T_BHTT": "800",
        "T_BNCCT": "100",
        "T_BNTT": "200",
    }
    assert found("XML3", line) == {"V-064"}


def test_an_unreadable_amount_is_left_to_the_check_of_numbers():
    assert found("XML3", SERVICE | {"THANH_TIEN_BV": "50.000,00"}) == set()


class TestTotals:
    """Totals of XML1 against the lines."""

    def found(self, overlay):
        return {rule for rule, *_ in findings_of(overlaid(overlay), totals.RULES)}

    def test_tables_that_are_not_there_count_nothing(self):
        zero = {name: "0" for name in VALID["XML1"][0] if name.startswith("T_")}
        assert self.found({"XML1": [zero], "XML2": [], "XML3": []}) == set()
        assert self.found({"XML1": [zero | {"T_THUOC": "5"}], "XML2": [], "XML3": []}) == {"V-067"}

    def test_a_visit_without_insurance_may_send_totals_alone(self):
        assert self.found({"XML1": [UNINSURED], "XML2": [], "XML3": []}) == set()

    def test_a_hundredth_is_within_tolerance_and_two_are_not(self):
        assert self.found({"XML1": [{"T_THUOC": "1200.01"}]}) == set()
        assert self.found({"XML1": [{"T_THUOC": "1200.02"}]}) == {"V-067"}

    @pytest.mark.parametrize("card", ["QN5979991234567", "GD4979991234567;CA5979991234567"])
    def test_cards_of_army_and_police_are_counted_apart(self, card):
        assert self.found({"XML1": [{"MA_THE_BHYT": card, "T_BHTT_GDV": "0"}]}) == set()

    def test_settlement_in_the_month_of_discharge_or_later_passes(self):
        assert self.found({"XML1": [{"NAM_QT": "2027", "THANG_QT": "01"}]}) == set()
        assert self.found({"XML1": [{"NAM_QT": "2026", "THANG_QT": "7"}]}) == {"V-074"}
