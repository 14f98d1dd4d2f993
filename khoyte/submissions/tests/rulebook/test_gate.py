"""The licence gate: the register as of the minute of care."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.foundation.calendar import TZ
from khoyte.practice.may_practise import Licence, LicenceAct, Registration, judge
from khoyte.practice.standing import Holder, Practice, Standing, licence_key, standing_of
from khoyte.rules.book import RuleBook
from khoyte.rules.referee import breaches, gaps
from khoyte.submissions.rulebook import gate
from khoyte.submissions.rulebook.gate import REGISTER
from khoyte.submissions.rulebook.requirements import name_requirement
from khoyte.submissions.tests.rulebook.dossiers import DAY, PACK, columns_of, overlaid

BOOK = RuleBook(gate.RULES, lambda standard: [], name_requirement)
MINUTE_0 = datetime(1970, 1, 1)  # noqa: DTZ001 - records carry local times without zone


def practice_of(**holders):
    return Practice({licence_key(key): holder for key, holder in holders.items()})


def holder(*registrations, licence=None, acts=()):
    return Holder(licence or (Licence("A", date(2024, 1, 1), None, "BS"),), tuple(acts), registrations)


HERE = Registration("99001", date(2026, 8, 1), None, "T2-T6 7:00-16:30")
THERE = Registration("99009", date(2026, 1, 1), None)


def order(people, minute="202608100930"):
    return overlaid({"XML2": [{"MA_BAC_SI": people, "NGAY_YL": minute}], "XML3": [{"NGUOI_THUC_HIEN": ""}]})


def judged(dossier, practice):
    return BOOK.judge(columns_of(dossier), [DAY], PACK, {REGISTER: practice})


def found(people, practice, minute="202608100930"):
    return {
        (one.rule, one.part, one.params["who"]) for one in judged(order(people, minute), practice).findings
    }


def test_each_of_several_people_is_judged_and_the_first_in_trouble_is_named():
    practice = practice_of(
        A=holder(HERE),
        B=holder(THERE),
        C=holder(HERE, acts=[LicenceAct("suspend", date(2026, 8, 1), date(2026, 8, 31))]),
    )
    assert found("A", practice) == set()
    assert found("A;B", practice) == {("V-050b", "nowhere", "B")}
    assert found("A;C;B", practice) == {("V-050b", "nowhere", "B"), ("V-050c", "suspended", "C")}


def test_whoever_signs_beside_them_one_person_is_one_cause():
    suspended = holder(HERE, acts=[LicenceAct("suspend", date(2026, 8, 1), date(2026, 8, 31))])
    practice = practice_of(A=holder(HERE), B=holder(HERE), C=suspended)
    answers = [judged(order(people), practice).findings for people in ("C;A", "C;B", "A;C", "C")]
    assert {one.cause for answer in answers for one in answer} == {"C"}
    assert [len(answer) for answer in answers] == [1, 1, 1, 1]


def test_a_suspension_counts_from_its_first_minute_to_its_last():
    practice = practice_of(
        A=holder(
            Registration("99001", date(2020, 1, 1), None),
            acts=[LicenceAct("suspend", date(2026, 8, 10), date(2026, 8, 11))],
        )
    )
    assert found("A", practice, "202608092359") == set()
    assert found("A", practice, "202608100000") == {("V-050c", "suspended", "A")}
    assert found("A", practice, "202608112359") == {("V-050c", "suspended", "A")}
    assert found("A", practice, "202608120000") == set()


def test_a_suspension_of_part_of_the_scope_refuses_nothing():
    part = LicenceAct("suspend", date(2026, 8, 1), None, scope="phẫu thuật")
    assert found("A", practice_of(A=holder(HERE, acts=[part]))) == set()


@pytest.mark.parametrize("written", ["a", "A.C.12345", " A ", "A.HD.99001"])
def test_a_number_is_known_however_it_is_written(written):
    assert found(written, practice_of(A=holder(THERE))) == {("V-050b", "nowhere", written)}


def test_a_nurse_orders_no_drugs():
    nurse = holder(HERE, licence=(Licence("A", date(2024, 1, 1), None, "DD"),))
    assert found("A", practice_of(A=nurse)) == {("V-050b", "scope", "A")}


def test_papers_count_by_day_not_by_hour():
    practice = practice_of(A=holder(HERE))
    sunday = overlaid({"XML2": [], "XML3": [], "XML5": [], "XML7": [{"MA_BS": "A", "NGAY_CT": "20260816"}]})
    assert len(judged(sunday, practice).findings) == 0
    night = overlaid({"XML5": [{"NGUOI_THUC_HIEN": "A", "THOI_DIEM_DBLS": "202608102300"}], "XML3": []})
    assert [(one.rule, one.part) for one in judged(night, practice).findings] == [("V-050b", "hours")]


def test_someone_we_do_not_know_is_counted_and_never_a_finding():
    answer = judged(order("C;A"), practice_of(A=holder(HERE)))
    assert len(answer.findings) == 0
    assert [(line.rule, line.dossiers) for line in answer.not_judged] == [("V-050a", 1)]
    assert "sổ người hành nghề" in answer.not_judged[0].reason.vi


def test_an_order_without_people_or_time_is_left_to_other_rules():
    for dossier in (order(""), order("A", minute="")):
        answer = judged(dossier, practice_of(A=holder()))
        assert (len(answer.findings), answer.not_judged) == (0, [])


def test_without_a_register_the_gate_is_not_judged():
    answer = BOOK.judge(columns_of(order("A")), [DAY], PACK)
    assert [(line.rule, line.dossiers) for line in answer.not_judged] == [
        ("V-050a", 1),
        ("V-050b", 1),
        ("V-050c", 1),
        ("V-050d", 1),
    ]
    assert len(answer.findings) == 0


# --- whatever the register holds: columns, plain Python and may_practise say the same -----------------------

DAYS = st.dates(date(2026, 8, 5), date(2026, 8, 15))
LAST = st.one_of(st.none(), DAYS)
KINDS = ["issue", "reissue", "renew", "adjust", "suspend", "lift", "revoke", "supersede", "discipline"]
ACTS = st.builds(
    LicenceAct,
    st.sampled_from(KINDS),
    DAYS, LAST, st.just("1/QĐ"), st.sampled_from(["", "", "một phần"]),
)  # fmt: skip
HOURS = st.sampled_from(["", "24/7", "T2-T6 7:00-11:30, 13:00-16:30", "CN 22:00-6:00", "theo lịch"])
REGISTRATIONS = st.builds(Registration, st.sampled_from(["99001", "99002"]), DAYS, LAST, HOURS)
LICENCES = st.builds(Licence, st.just("X"), st.one_of(st.none(), DAYS), LAST, st.sampled_from(["BS", "DD"]))
HOLDERS = st.builds(
    Holder,
    st.lists(LICENCES, min_size=1, max_size=2).map(tuple),
    st.lists(ACTS, max_size=3).map(tuple),
    st.lists(REGISTRATIONS, max_size=3).map(tuple),
)
MINUTES = st.datetimes(datetime(2026, 8, 4), datetime(2026, 8, 16))  # noqa: DTZ001 - as records write them


@settings(max_examples=200, deadline=None)
@given(HOLDERS, st.sampled_from(["99001", "99003"]), MINUTES)
def test_a_standing_is_what_may_practise_answers(one, facility, at):
    answer = judge(one.licences, one.acts, one.registrations, facility=facility, at=at.replace(tzinfo=TZ))
    minute = (at - MINUTE_0) // timedelta(minutes=1)
    assert (standing_of(one, facility, minute) == Standing()) == answer.may


PEOPLE = st.lists(st.sampled_from("ABCD"), min_size=0, max_size=3).map(";".join)
WRITTEN = st.one_of(st.sampled_from(["", "2026081"]), MINUTES.map(lambda at: at.strftime("%Y%m%d%H%M")))
LINES = st.lists(st.tuples(PEOPLE, WRITTEN), max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from("ABC"), HOLDERS), LINES, LINES, st.sampled_from(["99001", ""]))
def test_compiled_gate_finds_what_the_referee_finds(holders, orders, papers, facility):
    dossier = overlaid(
        {
            "XML1": [{"MA_CSKCB": facility}],
            "XML2": [{"MA_BAC_SI": people, "NGAY_YL": at} for people, at in orders],
            "XML7": [{"MA_BS": people, "NGAY_CT": at[:8]} for people, at in papers],
        }
    )
    facts = {REGISTER: practice_of(**holders)}
    answer = BOOK.judge(columns_of(dossier), [DAY], PACK, facts)
    compiled = sorted((one.rule, one.part, one.table, one.field, one.row) for one in answer.findings)
    plain = sorted(
        (rule.id, rule.part, rule.table, rule.field, row)
        for rule in gate.RULES
        for row in breaches(rule, dossier, PACK.on(DAY), facts)
    )
    assert compiled == plain
    unknown = {rule.id for rule in gate.RULES if gaps(rule, dossier, PACK.on(DAY), facts)}
    assert {line.rule for line in answer.not_judged} == unknown
