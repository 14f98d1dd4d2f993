"""Levels that an installation switches by dated data: refused from the day that is said, not before."""

import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.errors import WrongUsage
from khoyte.practice.may_practise import Licence, LicenceAct, Registration
from khoyte.practice.standing import Holder, Practice, licence_key
from khoyte.submissions.presenters.rules import checks_of
from khoyte.submissions.rulebook import book_of, gate
from khoyte.submissions.rulebook.gate import REGISTER
from khoyte.submissions.rulebook.switched import Switch, read, refuse_unknown, switched
from khoyte.submissions.tests.rulebook.dossiers import PACK, columns_of, overlaid
from khoyte.submissions.tests.senders import small_file

HEAD = "rule,profile,valid_from,level,legal\n"
DECISION = "Quyết định 01/QĐ-BYT"
FROM = date(2026, 8, 11)
REFUSED = Switch("V-050c", "store", FROM, "E", DECISION)


def suspended() -> Practice:
    act = LicenceAct("suspend", date(2026, 8, 1), date(2026, 8, 31))
    holder = Holder(
        (Licence("A", date(2024, 1, 1), None, "BS"),),
        (act,),
        (Registration("99001", date(2020, 1, 1), None),),
    )
    return Practice({licence_key("A"): holder})


def levels_of(book, day: date) -> set[tuple[str, str]]:
    minute = f"{day:%Y%m%d}0930"
    dossier = overlaid({"XML2": [{"MA_BAC_SI": "A", "NGAY_YL": minute}], "XML3": [{"NGUOI_THUC_HIEN": ""}]})
    found = book.judge(columns_of(dossier), [day], PACK, {REGISTER: suspended()}).findings
    return {(one.rule, one.levels["store"]) for one in found if one.rule.startswith("V-050")}


def written(folder: Path, text: str) -> Path:
    path = folder / "levels.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_orders_of_a_suspended_doctor_are_refused_from_the_day_the_gate_is_switched_on():
    book = book_of(gate.RULES, [REFUSED])
    assert levels_of(book, FROM - timedelta(days=1)) == {("V-050c", "W")}
    assert levels_of(book, FROM) == {("V-050c", "E")}
    assert levels_of(book_of(gate.RULES, []), FROM) == {("V-050c", "W")}


def test_other_rules_and_the_other_profile_keep_their_levels():
    before = {(rule.id, rule.part, rule.table, rule.field): rule for rule in gate.RULES}
    for rule in switched(gate.RULES, [REFUSED]):
        old = before[rule.id, rule.part, rule.table, rule.field]
        assert rule.level["precheck"] == old.level["precheck"]
        assert (rule.level["store"] == old.level["store"]) is (rule.id != "V-050c")


@given(
    st.dictionaries(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.sampled_from("EWI"), max_size=6),
    st.dates(date(2019, 1, 1), date(2031, 1, 1)),
)
def test_the_last_line_on_or_before_a_day_says_its_level(lines, day):
    old = next(rule for rule in gate.RULES if rule.id == "V-050c")
    switches = [Switch("V-050c", "store", start, level, DECISION) for start, level in lines.items()]
    (rule,) = switched([old], switches)
    begun = [start for start in lines if start <= day]
    assert rule.level_on("store", day) == (lines[max(begun)] if begun else "W")


def test_the_page_of_the_rule_tells_the_day_and_the_decision_beforehand():
    rules = [rule for rule in switched(gate.RULES, [REFUSED]) if rule.id == "V-050c"]
    check = checks_of(rules, FROM - timedelta(days=1))[0]
    assert DECISION in check.legal
    assert "hồ sơ từ ngày 11/08/2026" in " ".join(fact.label.vi for fact in check.facts)
    assert "11/08/2026" not in " ".join(fact.label.vi for fact in checks_of(rules, FROM)[0].facts)


def test_a_file_is_read(tmp_path: Path):
    assert read(written(tmp_path, f"{HEAD}V-050c,store,2026-08-11,E,{DECISION}\n")) == [REFUSED]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("rule,level\nV-001,E\n", 1, "profile, valid_from"),
        (f"{HEAD}V-050c,store,11/08/2026,E,x\n", 2, "2027-01-01"),
        (f"{HEAD}V-050c,store,2026-08-11,e,x\n", 2, "E, W"),
        (f"{HEAD}V-050c,kho,2026-08-11,E,x\n", 2, "store hoặc precheck"),
        (f"{HEAD}V-050c,store,2026-08-11,E,\n", 2, "văn bản"),
        (f"{HEAD}V-050c,store,2026-08-11,E,x\nV-050c,store,2026-08-11,W,y\n", 3, "dòng trên"),
        (f"{HEAD}V-050c,store\n", 2, "2027-01-01"),
    ],
)
def test_bad_lines_are_named_with_what_to_do(tmp_path: Path, text: str, line: int, words: str):
    with pytest.raises(WrongUsage) as refused:
        read(written(tmp_path, text))
    said = refused.value.say("vi")
    assert said.startswith(f"levels.csv, dòng {line}: ")
    assert words in said
    assert "KHOYTE_RULE_LEVELS" in said


def test_a_rule_that_does_not_exist_is_refused(tmp_path: Path):
    with pytest.raises(WrongUsage, match="there is no rule V-050x"):
        refuse_unknown(tmp_path / "levels.csv", [Switch("V-050x", "store", FROM, "E", DECISION)], {"V-050c"})


@pytest.mark.parametrize(
    ("lines", "status", "said"),
    [
        ("", 0, ""),
        (f"V-067,store,2020-01-01,E,{DECISION}\n", 1, ""),
        (f"V-067x,store,2020-01-01,E,{DECISION}\n", 2, "levels.csv, line 2: there is no rule V-067x."),
    ],
)
def test_a_command_judges_by_the_file_that_its_environment_names(
    tmp_path: Path, lines: str, status: int, said: str
):
    # The totals of this dossier are not those of its lines: a warning where records are kept.
    (tmp_path / "a.xml").write_bytes(small_file("A1"))
    done = subprocess.run(
        [sys.executable, "-m", "khoyte", "check", "--lang", "en", str(tmp_path / "a.xml")],
        env={**os.environ, "KHOYTE_RULE_LEVELS": str(written(tmp_path, HEAD + lines))},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == status, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
