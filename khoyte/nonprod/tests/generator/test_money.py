"""Money is exact to the hundredth of a đồng, compared with decimals worked out the slow way."""

from decimal import ROUND_HALF_UP, Decimal

from hypothesis import given
from hypothesis import strategies as st

from khoyte.nonprod.generator.money import Line, amount, cost, quantity, settle, share

HUNDREDTH = Decimal("0.01")
thousandths = st.integers(1, 50_000_000)
counts = st.integers(1, 500_000)
rates = st.sampled_from([0, 50, 80, 95, 100])


def rounded(value: Decimal) -> Decimal:
    return value.quantize(HUNDREDTH, ROUND_HALF_UP)


@given(counts, thousandths, rates)
def test_cost_is_count_times_price_times_rate_rounded(count, price, rate):
    exact = Decimal(count) / 1000 * Decimal(price) / 1000 * rate / 100
    assert Decimal(amount(cost(count, price, rate))) == rounded(exact)


@given(st.integers(0, 10**12), st.integers(0, 100))
def test_share_is_the_percentage_rounded(hundredths, percent):
    assert Decimal(amount(share(hundredths, percent))) == rounded(Decimal(hundredths) / 100 * percent / 100)


@given(st.integers(0, 10**12))
def test_amount_reads_back_and_has_no_or_two_decimals(hundredths):
    text = amount(hundredths)
    assert Decimal(text) * 100 == hundredths
    assert "." not in text or len(text.partition(".")[2]) == 2


@given(st.integers(0, 10**9))
def test_quantity_reads_back_without_trailing_zeros(value):
    text = quantity(value)
    assert Decimal(text) * 1000 == value
    assert "." not in text or not text.endswith("0")


@st.composite
def lines(draw):
    table = draw(st.sampled_from(["XML2", "XML3"]))
    hospital = draw(st.integers(0, 10**9))
    insured = draw(st.integers(0, hospital))
    support = draw(st.integers(0, hospital - insured))
    row = {"MA_NHOM": draw(st.sampled_from(["4", "10", "13"])), "MA_PTTT": draw(st.sampled_from(["1", "2"]))}
    return Line(table, row, hospital, insured, support)


@given(st.lists(lines(), max_size=8), st.sampled_from([80, 95, 100]))
def test_what_all_pay_adds_up_on_every_line(many, benefit):
    settle(many, benefit)
    for line in many:
        paid = sum(Decimal(line.row[name]) for name in ("T_BHTT", "T_BNCCT", "T_BNTT", "T_NGUONKHAC"))
        assert paid == Decimal(line.row["THANH_TIEN_BV"])
        assert Decimal(line.row["T_BNTT"]) >= 0


@given(st.lists(lines(), max_size=8), st.sampled_from([80, 95, 100]))
def test_totals_are_the_sums_of_the_lines(many, benefit):
    fields = settle(many, benefit).as_fields()

    def summed(name, keep=lambda line: True):
        return sum((Decimal(line.row[name]) for line in many if keep(line)), Decimal(0))

    assert Decimal(fields["T_THUOC"]) == summed("THANH_TIEN_BV", lambda line: line.table == "XML2")
    assert Decimal(fields["T_VTYT"]) == summed(
        "THANH_TIEN_BV", lambda line: line.table == "XML3" and line.row["MA_NHOM"] == "10"
    )
    assert Decimal(fields["T_TONGCHI_BV"]) == summed("THANH_TIEN_BV")
    assert Decimal(fields["T_TONGCHI_BH"]) == summed("THANH_TIEN_BH")
    assert Decimal(fields["T_BHTT"]) == Decimal(fields["T_TONGCHI_BH"]) - Decimal(fields["T_BNCCT"])
    assert Decimal(fields["T_BHTT_GDV"]) == summed("T_BHTT", lambda line: line.row["MA_PTTT"] == "1")


def test_a_line_outside_insurance_has_no_benefit_level():
    line = Line("XML3", {"MA_NHOM": "13", "MA_PTTT": "1"}, 3_650_000, 0)
    settle([line], 80)
    assert (line.row["MUC_HUONG"], line.row["T_BHTT"], line.row["T_BNTT"]) == ("0", "0", "36500")
