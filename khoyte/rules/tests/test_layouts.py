import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.rules.layouts import layout_faults
from khoyte.rules.tests.worlds import DAY, declare, judge
from khoyte.standards import standard_on

EXPECTED = ("A", "B", "C", "D")


@pytest.mark.parametrize(
    ("sent", "faults"),
    [
        (("A", "B", "C", "D"), {}),
        (("A", "C", "D"), {"missing": ("B",)}),
        (("A", "B", "X", "C", "D"), {"unknown": ("X",)}),
        (("A", "B", "B", "C", "D"), {"repeated": ("B",)}),
        (("A", "C", "B", "D"), {"order": ("C",)}),
        (("D", "X", "A"), {"missing": ("B", "C"), "unknown": ("X",), "order": ("D",)}),
        ((), {"missing": EXPECTED}),
    ],
)
def test_faults_of_a_layout(sent, faults):
    assert layout_faults(sent, EXPECTED) == faults


@given(st.permutations(EXPECTED))
def test_only_the_right_order_is_without_fault(sent):
    assert (layout_faults(tuple(sent), EXPECTED) == {}) == (tuple(sent) == EXPECTED)


def test_a_fault_is_found_once_per_dossier_and_layout():
    tags = list(standard_on(DAY).tables["XML4"].by_name)
    whole = dict.fromkeys(tags, "1")
    short = {tag: "1" for tag in tags if tag != "GIA_TRI"}
    rules = declare(None, table="XML4", field="", layout="missing")
    dossiers = [{"XML4": [whole, short, short]}, {"XML4": [whole]}, {"XML4": [short]}]
    assert [(found.dossier, found.row, found.field) for found in judge(rules, dossiers).findings] == [
        (0, 2, "GIA_TRI"),
        (2, 1, "GIA_TRI"),
    ]
