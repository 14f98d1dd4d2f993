"""Dossiers changed at random: whatever they have become, compiled rules find what the referee finds."""

from datetime import date

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.rules.referee import breaches
from khoyte.standards import standard_on
from khoyte.submissions.rulebook import RULEBOOK
from khoyte.submissions.rulebook.examples import EXAMPLE_DAY, as_tables, lay
from khoyte.submissions.tests.rulebook.dossiers import PACK

OVERLAYS = (
    {},
    {"CHECKIN": [{}]},
    {
        "XML5": [{}, {}],
        "XML7": [{}],
        "XML9": [{}],
        "XML10": [{}],
        "XML11": [{}],
        "XML13": [{}],
        "XML14": [{}],
    },
    {
        "XML1": [{"MA_LOAI_KCB": "03"}],
        "XML2": [{}, {}],
        "XML3": [{}, {}, {"MA_NHOM": "15"}],
        "XML6": [{}],
        "XML8": [{}],
        "XML15": [{}],
    },
    {"XML1": []},
    {"XML2": [], "XML3": [], "XML4": []},
)
VALUES = st.one_of(
    st.sampled_from(
        [
            "",
            "0",
            "1",
            "2",
            "03",
            "05",
            "9",
            "10",
            "13",
            "15",
            "100",
            "-1",
            "1.5",
            "1000.555",
            "1,5",
            "1e3",
            "80",
            "x",
            "J18.9",
            "J18",
            "X99",
            "I10;E11",
            "I10;I10",
            "U50.1",
            "20260814",
            "20260815",
            "202608150800",
            "202608151030",
            "202608152359",
            "202613010000",
            "198500000000",
            "K01;K03",
            "99001",
            "H001",
            "G1",
            "123;G1;N4;2026",
            "GD4999912345678;GD4999912345678",
            "20260101;20260701",
            "a;b;c;d;e;f;g;h;i;j;k;l;m",
            "Ghi chú dài " * 30,
        ]
    ),
    st.text(max_size=6),
)
CHANGES = st.lists(
    st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6), VALUES), max_size=25
)
DAYS = (date(2024, 9, 1), date(2025, 3, 1), EXAMPLE_DAY)


def changed(dossier, changes):
    """The dossier with some fields replaced; numbers choose table, row and field."""
    tables = sorted(dossier)
    for table_number, row_number, field_number, text in changes:
        rows = dossier[tables[table_number % len(tables)]]
        row = rows[row_number % len(rows)]
        row[sorted(row)[field_number % len(row)]] = text
    return dossier


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(OVERLAYS), st.sampled_from(DAYS), CHANGES), min_size=1, max_size=3))
def test_compiled_rules_find_what_the_referee_finds(drawn):
    days = [day for _, day, _ in drawn]
    dossiers = [
        dossier
        for overlay, day, changes in drawn
        for dossier in [changed(lay(overlay, standard_on(day)), changes)]
    ]
    compiled = sorted(
        (one.dossier, one.rule, one.part, one.table, one.field, one.row)
        for one in RULEBOOK.judge(as_tables(dossiers), days, PACK).findings
        if one.rule != "V-007"
    )
    plain = sorted(
        (number, rule.id, rule.part, rule.table, rule.field, row)
        for number, (dossier, day) in enumerate(zip(dossiers, days, strict=True))
        for rule in RULEBOOK.rules_on(day, standard_on(day))
        for row in breaches(rule, dossier, PACK.on(day), {})
    )
    assert compiled == plain
