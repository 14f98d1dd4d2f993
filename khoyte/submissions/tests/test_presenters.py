"""Words of the pages that are decided by counts, as tables."""

from datetime import date

import pytest
from django.utils import translation

from khoyte.standards import standard_on
from khoyte.submissions.models import Submission
from khoyte.submissions.pages.rules import rules_of
from khoyte.submissions.presenters import home, province, rules, verdict, visits
from khoyte.submissions.presenters.lists import result_tag
from khoyte.submissions.province_queries import Day, total
from khoyte.submissions.verdict_queries import Progress, Tally
from khoyte.submissions.words import reason_words

DAY = date(2026, 11, 21)


def submission(**counts):
    return Submission(state="judged", **counts)


def cause(refused, cured):
    return {"refused": refused, "cured": cured}


@pytest.mark.parametrize(
    ("reason", "vi", "en"),
    [
        ("rule V-012", "kiểm tra lại do thay đổi quy tắc V-012", "judged again since rule V-012 changed"),
        (
            "catalogue icd10",
            "kiểm tra lại do cập nhật danh mục bệnh theo ICD-10",
            "judged again since the catalogue of ICD-10 was updated",
        ),
        ("asked", "kiểm tra lại theo yêu cầu", "judged again on request"),
    ],
)
def test_why_it_was_judged_again_is_said_in_both_languages(reason, vi, en):
    words = reason_words(reason)
    assert (words.say("vi"), words.say("en")) == (vi, en)


def test_the_first_judgement_has_no_reason():
    assert reason_words("").say("vi") == ""


@pytest.mark.parametrize(
    ("field", "sent", "shown"),
    [
        ("NGAY_VAO", "202608150930", "09:30 15/08/2026"),
        ("NGAY_SINH", "198503020000", "02/03/1985"),
        ("NGAY_SINH", "198500000000", "1985"),
        ("NGAY_SINH", "198507000000", "07/1985"),
        ("GT_THE_TU", "20260101", "01/01/2026"),
        ("GT_THE_TU", "20260101;20260301", "01/01/2026; 01/03/2026"),
        ("NGAY_VAO", "2026", "2026"),
        ("NGAY_VAO", "15/08/2026", "15/08/2026"),
        ("NGAY_VAO", "²02608150930", "²02608150930"),
        ("SO_CCCD", "999185000123", None),
        ("HO_TEN", "202608150930", "202608150930"),
    ],
)
def test_dates_of_a_document_are_shown_as_everywhere_else(field, sent, shown):
    (part,) = visits.document_parts({"XML1": [{field: sent}]}, standard_on(DAY))
    (fact,) = part.facts
    if shown is None:
        assert sent not in fact.value  # masked
    else:
        assert fact.value == shown


@pytest.mark.parametrize(
    ("counts", "causes", "vi", "en"),
    [
        ({"received": 0}, [], "Tệp không có hồ sơ nào", "The file holds no dossier"),
        ({"received": 500, "accepted": 500}, [], "Cả 500 hồ sơ đạt", "All 500 dossiers accepted"),
        (
            {"received": 3, "duplicate": 3},
            [],
            "Cả 3 hồ sơ đã đạt từ lần gửi trước",
            "All 3 dossiers were accepted before",
        ),
        (
            {"received": 3, "accepted": 1, "duplicate": 2},
            [],
            "1 hồ sơ đạt, 2 hồ sơ trùng với lần gửi trước",
            "1 dossiers accepted, 2 sent before",
        ),
        ({"received": 2, "rejected": 1}, [cause(1, 1)], "1 hồ sơ chưa đạt", "1 dossiers rejected"),
        (
            {"received": 500, "rejected": 41},
            [cause(36, 36), cause(3, 2), cause(2, 2)],
            "41 hồ sơ chưa đạt, 1 nguyên nhân chiếm 88%",
            "41 dossiers rejected, 1 causes explain 88%",
        ),
        (
            {"received": 500, "rejected": 41},
            [cause(20, 20), cause(18, 18), cause(3, 3)],
            "41 hồ sơ chưa đạt, 2 nguyên nhân chiếm 93%",
            "41 dossiers rejected, 2 causes explain 93%",
        ),
        (
            {"received": 500, "rejected": 41},
            [cause(10, 4)] * 7,
            "41 hồ sơ chưa đạt do 7 nguyên nhân",
            "41 dossiers rejected by 7 causes",
        ),
        (
            {"received": 300, "rejected": 6, "quarantined": 1},
            [cause(1, 1)] * 6,
            "6 hồ sơ chưa đạt, 1 hồ sơ tạm giữ",
            "6 dossiers rejected, 1 quarantined",
        ),
        (
            {"received": 3, "quarantined": 2, "missing": 1},
            [],
            "2 hồ sơ tạm giữ, thiếu 1 hồ sơ so với số khai báo",
            "2 quarantined, 1 declared but missing",
        ),
    ],
)
def test_the_verdict_in_one_sentence(counts, causes, vi, en):
    with translation.override("vi"):
        assert verdict.sentence(submission(**counts), causes).vi == vi
    with translation.override("en"):
        assert verdict.sentence(submission(**counts), causes).en == en


def test_a_figure_of_nothing_opens_nothing():
    facts = verdict.counts(submission(received=2, accepted=2), Tally(0, 0))
    assert [bool(fact.href) for fact in facts] == [True, True, False, False, False, False]


@pytest.mark.parametrize(
    ("progress", "lines"),
    [
        (None, []),
        (Progress("earlier", 5, 0, 0, 0), []),
        (Progress("earlier", 41, 36, 5, 0), ["36 hồ sơ trước chưa đạt, nay đạt", "5 hồ sơ vẫn chưa đạt"]),
        (Progress("earlier", 3, 0, 0, 3), ["3 hồ sơ trước đạt, nay chưa đạt"]),
    ],
)
def test_what_changed_since_last_time(progress, lines):
    assert [line.vi for line in verdict.improvement(progress)] == lines


@pytest.mark.parametrize(
    ("more", "tone"),
    [
        ({"received": 2, "accepted": 2}, "good"),
        ({"received": 2, "rejected": 1}, "bad"),
        ({"received": 2, "quarantined": 1}, "bad"),
        ({"received": 2, "missing": 1}, "bad"),
        ({"state": "received"}, "wait"),
        ({"state": "judging"}, "wait"),
        ({"state": "unreadable"}, "bad"),
    ],
)
def test_a_file_in_one_word(more, tone):
    assert result_tag(Submission(**{"state": "judged", **more})).tone == tone


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (Day(), "Hôm nay chưa gửi gói hồ sơ nào"),
        (Day(files=3, received=500, accepted=500), "Hôm nay đã gửi 3 gói hồ sơ: không có hồ sơ chưa đạt"),
        (
            Day(files=3, unreadable=1, received=500, rejected=41),
            "Hôm nay đã gửi 3 gói hồ sơ: 1 gói không đọc được, 41 hồ sơ phải sửa",
        ),
        (Day(files=2, waiting=2), "Hôm nay đã gửi 2 gói hồ sơ"),
    ],
)
def test_the_facility_s_day(day, words):
    assert home.facility_headline(day).vi == words


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ({}, "Chưa có cơ sở nào gửi hồ sơ"),
        ({"97001": Day(files=1, received=2)}, "1/40 cơ sở đã gửi, không có hồ sơ chưa đạt"),
        ({"97001": Day(files=1, received=2, rejected=2)}, "1/40 cơ sở đã gửi, 2 hồ sơ chưa đạt"),
    ],
)
def test_the_province_s_day(days, words):
    assert province.headline(days, 40, total(list(days.values()))).vi == words


@pytest.mark.parametrize("may_open", [True, False])
def test_the_province_s_day_leads_to_files_only_those_who_may_open_them(may_open):
    days = {"99001": Day(files=2, received=9, accepted=8, rejected=1)}
    figures = province.counts(days["99001"], (9, 9), 1, DAY, may_open=may_open)
    table = province.facilities_table(
        days, {"99001": "A", "99002": "B"}, {}, DAY, "/tinh?tai=xlsx", may_open=may_open
    )
    (sent, silent) = table.rows
    addresses = [figure.href for figure in figures] + [sent["facility"].href, sent["rejected"].href]
    assert any(address.startswith("/goi-ho-so") for address in addresses) == may_open
    assert silent["facility"].href == ""


MANY = {f"{number:05}": f"Trạm Y tế xã Đồi {number}" for number in range(10_001, 10_121)}


def facilities(page, wanted="", days=None):
    return province.facilities_table(
        days or {}, MANY, {}, DAY, "/tinh?tai=xlsx", may_open=True, wanted=wanted, page=page
    )


@pytest.mark.parametrize(("page", "first", "lines"), [(1, "10120", 50), (3, "10100", 20), (99, "10100", 20)])
def test_a_large_province_comes_by_pages_with_the_sums_and_the_sheet_of_all(page, first, lines):
    days = {"10120": Day(files=1, received=2, rejected=2), "10001": Day(files=1, received=3, accepted=3)}
    table = facilities(page, days=days)
    assert (table.rows[0]["code"], len(table.rows), table.count) == (first, lines, 120)
    assert (table.foot["received"], table.pages.count) == (5, 3)
    whole = facilities(None, days=days)
    assert (len(whole.rows), whole.pages) == (120, None)


@pytest.mark.parametrize(
    ("wanted", "codes"), [("doi 10005", ["10005"]), ("10007", ["10007"]), ("10100", ["10100"]), ("bien", [])]
)
def test_a_facility_is_found_by_name_without_marks_or_by_code(wanted, codes):
    table = facilities(1, wanted)
    assert [row["code"] for row in table.rows] == codes
    assert codes or table.empty == province.NOT_FOUND


@pytest.mark.parametrize(("size", "words"), [(17, "17 byte"), (182_682, "178,4 KB"), (11_037_069, "10,5 MB")])
def test_the_size_of_a_small_file_is_not_nothing(size, words):
    facts = verdict.file_facts(submission(size=size, sha256=b""), None, "")
    assert [fact.value.vi for fact in facts if fact.label.vi == "Dung lượng"] == [words]


def test_a_rule_names_its_tables_in_their_order_and_each_act_once():
    checks = {number: rules.checks_of(same, DAY) for number, same in rules_of(DAY).items()}
    acts = [check.legal.split("; ") for same in checks.values() for check in same]
    assert all(len(named) == len(set(named)) for named in acts)
    assert checks["V-007"][0].fields[:3] == ("XML1", "XML2", "XML3")
