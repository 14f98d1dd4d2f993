from datetime import date

import polars as pl
import pytest

from khoyte.foundation.language import Text
from khoyte.rules import DeclarationError, F, H, T, custom
from khoyte.rules.book import RuleBook
from khoyte.rules.frames import build_frames
from khoyte.rules.tests.worlds import DAY, Pack, declare, judge, tables_of
from khoyte.standards import standard_on

BOOK = RuleBook([], lambda standard: [], lambda name: Text(name, name))


def test_a_finding_says_where_and_what():
    (found,) = judge(
        declare(F.MA_THUOC == "1", show={"b": F.DON_GIA.number}, cause="value"),
        [{}, {"XML2": [{"MA_THUOC": "1"}, {"MA_THUOC": "9", "DON_GIA": "2.5"}]}],
    ).findings
    assert (found.dossier, found.rule, found.table, found.row, found.field) == (
        1,
        "T-1",
        "XML2",
        2,
        "MA_THUOC",
    )
    assert (found.value, found.params, found.cause) == ("9", {"b": 2.5}, "9")
    assert found.levels == {"precheck": "E", "store": "W"}


def test_identifying_values_are_never_kept():
    rules = declare(
        F.HO_TEN == "x", table="XML1", field="HO_TEN", show={"name": F.HO_TEN, "length": F.HO_TEN.length}
    )
    other = declare(F.MA_THUOC == "1", id="T-2", show={"name": H.HO_TEN, "part": H.SO_CCCD.left(3)})
    dossier = {"XML1": [{"HO_TEN": "NGUYỄN VĂN THỬ", "SO_CCCD": "999099000001"}], "XML2": [{"MA_THUOC": "2"}]}
    findings = list(judge([*rules, *other], [dossier]).findings)
    assert [found.value for found in findings] == [None, "2"]
    assert findings[0].params == {"name": "•••", "length": 14}
    assert "NGUYỄN" not in str(findings)
    assert "999" not in str([found.params for found in findings])


def test_long_values_are_cut():
    (found,) = judge(declare(F.MA_THUOC == "1"), [{"XML2": [{"MA_THUOC": "x" * 500}]}]).findings
    assert found.value == "x" * 80


def test_dossiers_of_different_days_are_judged_by_their_own_rules():
    rules = declare(
        F.MA_THUOC == "1",
        valid_from=date(2025, 1, 1),
        level={"precheck": ((None, "E"), (date(2026, 1, 1), "W")), "store": "W"},
    )
    days = [date(2024, 8, 1), date(2025, 8, 1), date(2026, 8, 1), date(2025, 9, 1)]
    dossier = {"XML2": [{"MA_THUOC": "2"}]}
    findings = judge(rules, [dossier] * 4, days=days).findings
    assert sorted((found.dossier, found.levels["precheck"]) for found in findings) == [
        (1, "E"),
        (2, "W"),
        (3, "E"),
    ]


def test_figures_of_other_tables_follow_their_dossier_across_groups():
    rules = declare(T.XML3.sum(F.A.number) == F.A.number)
    dossiers = [
        {"XML2": [{"A": str(n)}], "XML3": [{"A": str(n)}] * (2 if n == 3 else 1)} for n in range(1, 6)
    ]
    days = [date(2024 + n % 2, 8, 1) for n in range(5)]
    assert [found.dossier for found in judge(rules, dossiers, days=days).findings] == [2]


def test_what_lacks_reference_data_is_said_once_per_rule():
    rules = declare(F.A.in_catalogue("drugs")) + declare(F.B.in_catalogue("routes"), part="b")
    rules += declare(F.A.in_catalogue("drugs"), id="T-2", table="XML3")
    judgement = judge(
        rules, [{"XML2": [{"A": "1"}, {"A": "2"}]}, {"XML2": [{"A": "1"}]}, {"XML1": [{"A": "1"}]}]
    )
    assert len(judgement.findings) == 0
    (line,) = judgement.not_judged
    assert (line.rule, line.places) == ("T-1", {0, 1})
    assert line.reason.en == "no catalogue:drugs, catalogue:routes"


def _known(inputs: pl.DataFrame, dossier: pl.Series, facts: dict) -> pl.Series:
    return inputs["0"].is_in(list(facts["register:practice"]))


def test_facts_at_hand_let_a_rule_judge():
    rules = declare(
        custom(F.A, whole=_known, row=lambda inputs, facts: inputs[0] in facts["register:practice"]),
        needs="register",
        requires=("register:practice",),
    )
    dossier = {"XML2": [{"A": "1"}, {"A": "2"}]}
    assert [line.rule for line in judge(rules, [dossier]).not_judged] == ["T-1"]
    assert [found.row for found in judge(rules, [dossier], facts={"register:practice": {"1"}}).findings] == [
        2
    ]


def test_frames_made_before_give_the_same_answer():
    tables = tables_of([{"XML2": [{"MA_THUOC": "2"}]}])
    book = RuleBook(declare(F.MA_THUOC == "1"), lambda standard: [], lambda name: Text(name, name))
    frames = build_frames(tables)
    assert list(book.judge(tables, [DAY], Pack()).findings) == list(
        book.judge(tables, [DAY], Pack(), frames=frames).findings
    )
    assert "#0" not in frames["XML2"].columns


def test_a_rule_declared_twice_is_refused():
    with pytest.raises(DeclarationError):
        RuleBook(declare(F.A.filled) * 2, lambda standard: [], lambda name: Text(name, name))


def test_nothing_to_judge_finds_nothing():
    judgement = BOOK.judge({}, [], Pack())
    assert len(judgement.findings) == 0
    assert judgement.not_judged == []


def test_words_are_made_in_both_languages():
    rules = declare(
        F.NGAY_YL.minute <= H.NGAY_RA.minute,
        field="NGAY_YL",
        show={"out": H.NGAY_RA, "n": F.DON_GIA.number},
        message=Text("{where}: {value} sau {out}, {n}", "{where}: {value} after {out}, {n}"),
    )
    dossier = {
        "XML1": [{"NGAY_RA": "202608151030"}],
        "XML2": [{"NGAY_YL": "202608160700", "DON_GIA": "1234567.5"}],
    }
    book = RuleBook(rules, lambda standard: [], lambda name: Text(name, name))
    (found,) = book.judge(tables_of([dossier]), [DAY], Pack()).findings
    standard = standard_on(DAY)
    label = standard.tables["XML2"].by_name["NGAY_YL"].label
    assert book.render(found, "vi", standard).message == (
        f"XML2 dòng 1, NGAY_YL ({label.vi}): 16/08/2026 07:00 sau 15/08/2026 10:30, 1.234.567,5"
    )
    assert book.render(found, "en", standard).message == (
        f"XML2 row 1, NGAY_YL ({label.en}): 16/08/2026 07:00 after 15/08/2026 10:30, 1,234,567.5"
    )


def test_values_from_files_are_never_read_as_templates():
    (found,) = judge(declare(F.MA_THUOC == "1"), [{"XML2": [{"MA_THUOC": "{where}{0}"}]}]).findings
    book = RuleBook(declare(F.MA_THUOC == "1"), lambda standard: [], lambda name: Text(name, name))
    assert "“{where}{0}”" in book.render(found, "vi", standard_on(DAY)).message
