"""What the worker makes of what was received: verdicts, counts, versions. Judged by the real worker."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.submissions import queries
from khoyte.submissions.models import LedgerEntry, Submission
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.reader import files
from khoyte.submissions.tests.senders import (
    NEIGHBOUR,
    OWN,
    REFUSED,
    dossier,
    file_of,
    judged,
    outcomes,
    small_file,
    verdict_of,
)
from khoyte.visits.models import Visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]


def counts(found: Submission) -> dict[str, int]:
    """What is not zero of the submission's counts, after checking the equation."""
    kept = found.counts()
    ends = ("accepted", "rejected", "quarantined", "duplicate")
    assert kept["received"] == sum(kept[name] for name in ends)
    assert kept["declared"] + kept["undeclared"] == kept["received"] + kept["missing"]
    return {name: number for name, number in kept.items() if number}


def file_rules(found: Submission) -> list[tuple[str, str]]:
    return [(f["rule"], f["level"]) for f in verdict_of(found)["findings"]]


def current() -> dict[str, tuple[int, str]]:
    """MA_LK -> version and submission of the visit that is current."""
    rows = Visit.objects.filter(is_current=True)
    return {row.ma_lk: (row.version, str(row.submission_id)) for row in rows}


def test_accepted_dossiers_become_visits() -> None:
    found = judged(small_file("A1", "A2"))
    assert found.state == "judged"
    assert counts(found) == {"declared": 2, "received": 2, "accepted": 2}
    assert outcomes(found) == [("A1", "accepted"), ("A2", "accepted")]
    assert current() == {"A1": (1, str(found.pk)), "A2": (1, str(found.pk))}
    assert queries.prove_ledger() == []


@pytest.mark.parametrize("inside", [OWN, NEIGHBOUR])
def test_an_envelope_of_another_facility_beyond_the_receipts_look_is_held_back(inside: str) -> None:
    """Judged as of NEIGHBOUR, the verdict would tell the sender which MA_LK NEIGHBOUR has sent."""
    judged(file_of(dossier("A1", facility=NEIGHBOUR), facility=NEIGHBOUR))
    hidden = file_of(dossier("A1", facility=inside), facility=NEIGHBOUR)
    hidden = hidden.replace(b"<THONGTINDONVI>", b"<THONGTINDONVI>" + b" " * 70_000)
    found = judged(hidden, by=senders.machine(OWN))
    assert (found.facility, outcomes(found)) == (OWN, [("A1", "quarantined")])
    assert "V-002" in senders.rules_of(found)
    assert "V-090" not in senders.rules_of(found)
    assert list(Visit.objects.values_list("facility", flat=True)) == [NEIGHBOUR]
    assert counts(found) == {"declared": 1, "received": 1, "quarantined": 1}


def test_a_refused_dossier_is_no_visit() -> None:
    found = judged(file_of(dossier("A1"), dossier("A2", **REFUSED)))
    assert counts(found) == {"declared": 2, "received": 2, "accepted": 1, "rejected": 1}
    assert list(current()) == ["A1"]
    assert "V-012" in senders.rules_of(found, 2)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (3, {"declared": 3, "received": 2, "accepted": 2, "missing": 1}),
        (1, {"declared": 1, "undeclared": 1, "received": 2, "accepted": 2}),
        (0, {"undeclared": 2, "received": 2, "accepted": 2}),
    ],
)
def test_a_wrong_number_of_dossiers_is_told_and_counted(declared: int, expected: dict[str, int]) -> None:
    found = judged(small_file("A1", "A2", declared=declared))
    assert counts(found) == expected
    assert "V-003" in [rule for rule, _ in file_rules(found)]


@pytest.mark.parametrize("declared", ["", "two", "-1", "99999999999", "1e9", "9" * 400, "2.0", " 2 "])
def test_a_senseless_number_of_dossiers_does_no_harm(declared: str) -> None:
    found = judged(small_file("A1", "A2", declared=declared))
    assert found.state in ("judged", "unreadable")
    assert counts(found).get("accepted", 0) in (0, 2)
    assert verdict_of(found)["findings"]


def test_the_same_dossier_twice_in_a_file_is_a_duplicate() -> None:
    found = judged(small_file("A1", "A1"))
    assert outcomes(found) == [("A1", "accepted"), ("A1", "duplicate")]
    assert senders.rules_of(found, 2) == ["V-090"]
    assert len(current()) == 1


def test_a_refused_dossier_twice_in_a_file_is_judged_once() -> None:
    found = judged(file_of(dossier("A1", **REFUSED), dossier("A1", **REFUSED)))
    assert outcomes(found) == [("A1", "rejected"), ("A1", "duplicate")]


def test_one_key_with_two_contents_in_a_file_is_held_back() -> None:
    found = judged(file_of(dossier("A1"), dossier("A1", HO_TEN="Ai Khác"), dossier("A2")))
    assert outcomes(found) == [("A1", "quarantined"), ("A1", "quarantined"), ("A2", "accepted")]
    assert "V-009" in senders.rules_of(found, 1)
    assert list(current()) == ["A2"]


def test_the_same_dossier_in_two_files_is_a_duplicate() -> None:
    first, second = senders.receive(small_file("A1")), senders.receive(small_file("A1", "A2"))
    assert senders.judge_all() == 2
    assert outcomes(Submission.objects.get(pk=first.pk)) == [("A1", "accepted")]
    assert outcomes(Submission.objects.get(pk=second.pk)) == [("A1", "duplicate"), ("A2", "accepted")]


def test_a_refused_dossier_sent_again_is_judged_again() -> None:
    judged(file_of(dossier("A1", **REFUSED)))
    again = judged(file_of(dossier("A1", **REFUSED), made_on="20260902"))
    assert outcomes(again) == [("A1", "rejected")]


@pytest.mark.parametrize("together", [True, False])
def test_a_resend_with_other_content_supersedes(together: bool) -> None:
    first = senders.receive(small_file("A1"))
    if not together:
        senders.judge_all()
    second = judged(file_of(dossier("A1", HO_TEN="Tên Đã Sửa")))
    assert outcomes(second) == [("A1", "accepted")]
    assert "V-090" in senders.rules_of(second)
    assert current() == {"A1": (2, str(second.pk))}
    old = Visit.objects.get(submission_id=first.pk)
    assert (old.version, old.is_current, old.withdrawn_at) == (1, False, None)
    assert old.superseded_at is not None


def test_a_refused_resend_leaves_the_accepted_version_current() -> None:
    first = judged(small_file("A1"))
    second = judged(file_of(dossier("A1", **REFUSED)))
    assert outcomes(second) == [("A1", "rejected")]
    assert current() == {"A1": (1, str(first.pk))}


def test_what_was_sent_before_and_then_changed_may_come_back() -> None:
    judged(small_file("A1"))
    judged(file_of(dossier("A1", HO_TEN="Tên Đã Sửa")))
    third = judged(small_file("A1", made_on="20260903"))
    assert outcomes(third) == [("A1", "accepted")]
    assert current() == {"A1": (3, str(third.pk))}


def test_facilities_have_their_own_keys() -> None:
    judged(small_file("A1"))
    other = judged(small_file("A1", facility=NEIGHBOUR))
    assert outcomes(other) == [("A1", "accepted")]
    assert Visit.objects.filter(is_current=True, ma_lk="A1").count() == 2


def test_another_facility_inside_is_held_back() -> None:
    found = judged(file_of(dossier("A1"), dossier("A2", facility=NEIGHBOUR)))
    assert outcomes(found) == [("A1", "accepted"), ("A2", "quarantined")]


def test_a_table_that_cannot_be_read_holds_back_its_dossier_alone() -> None:
    broken = files.hoso([files.part("XML1", b"<TONG_HOP><MA_LK>A2</MA_LK>")])
    found = judged(file_of(dossier("A1"), broken))
    assert [verdict for _, verdict in outcomes(found)] == ["accepted", "quarantined"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (small_file("A1")[:-200], "cut"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]>' + small_file("A1")[39:], "doctype"),
        (small_file("A1").replace(b"<THONGTINHOSO>", b"<THONGTINHOSO>\x00"), "nul"),
        (small_file("A1").replace(b"UTF-8", b"UTF-16"), "encoding"),
        (small_file("A1").replace(b"<CHUKYDONVI/>", b"<CHUKYDONVI>\xe9</CHUKYDONVI>"), "encoding"),
        (b"<OTHER/>", "wrong-root"),
        (b"<", "cut"),
        (b"<" + b"a" * 3_000_000, None),
        (b"<GIAMDINHHS x='" + b"y" * 2_000_000 + b"'/>", None),
        (b"<GIAMDINHHS>" * 200, None),
    ],
)
def test_a_file_that_cannot_be_read_is_answered_and_counted(body: bytes, code: str | None) -> None:
    found = judged(body, by=senders.machine(OWN))
    assert found.state == "unreadable"
    told = verdict_of(found)["findings"]
    assert [(f["rule"], f["level"]) for f in told] == [("V-001", "E")]
    assert code is None or told[0]["code"] == code
    assert told[0]["message"]
    assert told[0]["hint"]
    counts(found)
    entry = LedgerEntry.objects.get(submission=found)
    assert (entry.facility, entry.readable) == (OWN, False)
    assert queries.prove_ledger() == []


def test_a_cut_file_counts_what_it_promised_as_missing() -> None:
    found = judged(small_file("A1", "A2", "A3")[:-300])
    assert counts(found) == {"declared": 3, "missing": 3}


def test_the_old_standard_is_recognised_and_not_judged() -> None:
    old = files.hoso(
        [files.part("XML1", b"<TONG_HOP><MA_LK>A1</MA_LK><MA_LYDO_VVIEN>1</MA_LYDO_VVIEN></TONG_HOP>")]
    )
    found = judged(file_of(old))
    assert found.state == "unreadable"
    assert verdict_of(found)["findings"][0]["code"] == "old-4210"


def test_a_check_in_form_is_judged_and_makes_no_visit() -> None:
    found = judged(files.checkin_file(["A1", "A2"], facility=OWN))
    assert found.state == "judged"
    assert found.kind == "checkin"
    assert counts(found)["received"] == counts(found)["undeclared"] == 2
    assert current() == {}


def test_an_empty_file_of_dossiers_is_judged() -> None:
    found = judged(file_of())
    assert found.state == "judged"
    assert counts(found) == {}


def test_a_dossier_without_any_table_is_not_accepted() -> None:
    found = judged(file_of(files.hoso([]), dossier("A1")))
    assert outcomes(found)[0][1] in ("rejected", "quarantined")
    assert outcomes(found)[1] == ("A1", "accepted")


def test_a_dossier_without_a_key_is_not_accepted() -> None:
    found = judged(file_of(dossier(""), dossier(""), dossier("A1")))
    assert [verdict for _, verdict in outcomes(found)][2] == "accepted"
    assert not {verdict for _, verdict in outcomes(found)[:2]} & {"accepted", "duplicate"}


@pytest.mark.parametrize(
    "kind", ["XML16", "A,B", 'q"uote', "{brace}", "NULL", "B" * 400, "\\x", "XML1 ", "xml2"]
)
def test_a_table_of_unknown_name_does_no_harm(kind: str) -> None:
    strange = files.hoso(
        [
            files.part("XML1", files.table_xml("XML1", [files.row_of("XML1", MA_LK="A1")])),
            files.part(kind, b"<x/>"),
        ]
    )
    found = judged(file_of(strange, dossier("A2")))
    assert found.state == "judged"
    assert outcomes(found)[1] == ("A2", "accepted")


@pytest.mark.parametrize("name", ["LA", "L" * 300, "Họ_tên", "a.b-c"])
def test_an_unknown_field_does_no_harm(name: str) -> None:
    inner = files.table_xml("XML1", [files.row_of("XML1", MA_LK="A1", MA_CSKCB=OWN) | {name: "x"}])
    found = judged(file_of(files.hoso([files.part("XML1", inner)]), dossier("A2")))
    assert found.state == "judged"
    assert outcomes(found)[1] == ("A2", "accepted")


def test_keys_that_differ_after_255_letters_are_different() -> None:
    long = "K" * 300
    found = judged(file_of(dossier(long + "1"), dossier(long + "2"), dossier("A1")))
    assert found.state == "judged"
    assert outcomes(found)[2] == ("A1", "accepted")
    again = judged(file_of(dossier(long + "1"), made_on="20260903"))
    assert again.state == "judged"


# Values that a database, a spreadsheet or a parser of numbers may stumble over.
NASTY = (
    *("\\N", "\\.", "NULL", "''", '"', '""', ",", "a\nb", "\\n\\.\\n", "{}", "-", "=1+1", "%s", "{0}"),
    *("+1", "1e5", "1e-99999", "1e99999", "1_000", "0x1F", "inf", "NaN", "١٢", "½", ".5", "5."),
    *("9" * 400, "0." + "0" * 20_000 + "1", "A" * 70_000, " ", "\t", "\u202e", "\ufeff", "😀"),
    *("000001010000", "202600000000", "999912312359", "+26010100000", "-00101010101", "202602301200"),
    *("202613012460", "00000101", "99991231", "00010101", "2026 0101000"),
)
XML1_FIELDS = tuple(spec.name for spec in files.STANDARD.tables["XML1"].fields if spec.name != "MA_CSKCB")
LINE_TABLES = ("XML2", "XML3", "XML4", "XML5")


def test_no_value_breaks_the_judging() -> None:
    """Every field of every stored table with a nasty value, in dossiers that may all be accepted."""
    bodies = []
    for number, value in enumerate(NASTY):
        rows = {"XML1": [files.row_of("XML1", **dict.fromkeys(XML1_FIELDS, value))]}
        for table in LINE_TABLES:
            names = [spec.name for spec in files.STANDARD.tables[table].fields]
            rows[table] = [files.row_of(table, **dict.fromkeys(names, value))]
        rows["XML1"][0] |= {"MA_LK": f"N{number}", "MA_CSKCB": OWN}
        bodies.append(files.dossier(rows))
    found = judged(file_of(*bodies, dossier("A1")))
    assert found.state == "judged"
    assert counts(found)["received"] == len(NASTY) + 1
    assert outcomes(found)[-1] == ("A1", "accepted")
    assert verdict_of(found)["dossiers"]


def test_no_value_breaks_the_storing_of_visits() -> None:
    """A sound summary with lines of which each has one nasty value in one typed field."""
    dossiers = [
        files.dossier(_spoiled(f"N{number}-{table}-{kind}", table, kind, value))
        for number, value in enumerate(NASTY)
        for table in ("XML2", "XML3")
        for kind in ("number", "date12")
    ]
    found = judged(file_of(*dossiers))
    assert found.state == "judged"
    assert counts(found)["received"] == len(dossiers)
    assert counts(found)["accepted"] > len(NASTY)


def _spoiled(code: str, table: str, kind: str, value: str) -> dict[str, list[dict[str, str]]]:
    fields = files.STANDARD.tables[table].fields
    typed = [spec.name for spec in fields if spec.kind == kind and spec.name != "STT"]
    summary = dict(senders.valid_rows("XML1")[0]) | {"MA_LK": code, "MA_CSKCB": OWN}
    rows = [
        files.row_of(table, **{"MA_LK": code, "STT": str(number), name: value})
        for number, name in enumerate(typed, 1)
    ]
    return {"XML1": [summary], table: rows}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.sampled_from(["A1", "A2", "A3", ""]), st.sampled_from(["", "Khác"]), st.booleans()),
        max_size=6,
    ),
    st.integers(0, 8),
)
def test_the_ledger_balances_whatever_is_sent(sent: list[tuple[str, str, bool]], declared: int) -> None:
    dossiers = [
        dossier(code, HO_TEN=name or "Nguyễn Thị Mẫu", **(REFUSED if bad else {})) for code, name, bad in sent
    ]
    found = judged(file_of(*dossiers, declared=declared), key=str(Submission.objects.count()))
    assert counts(found).get("received", 0) == len(sent)
    assert LedgerEntry.objects.get(submission=found).counts() == found.counts()
    assert queries.prove_ledger() == []
    assert Visit.objects.filter(is_current=True).count() == len(current())


def test_ten_thousand_dossiers_in_one_file_are_judged() -> None:
    found = judged(file_of(*[_without_money(f"T{number:05d}") for number in range(10_000)]))
    assert counts(found) == {"declared": 10_000, "received": 10_000, "accepted": 10_000}
    document = verdict_of(found)
    assert [d["position"] for d in document["dossiers"]] == list(range(1, 1_001))
    assert Visit.objects.filter(is_current=True).count() == 10_000


def _without_money(code: str) -> bytes:
    """Nothing was charged, so the totals agree with lines that are not there."""
    totals = {name: "0" for name in XML1_FIELDS if name.startswith("T_")}
    return dossier(code, **totals)


def test_the_generators_files_are_accepted(tmp_path: Any) -> None:
    from khoyte.nonprod.generator.submissions import generate_submissions
    from khoyte.units import actions

    actions.create_unit(code="99001", kind="facility", name="Cơ sở 99001", under="97", by=senders.SYSTEM)
    report = generate_submissions(30, 5, tmp_path)
    found = judged(report.files[0].read_bytes())
    assert counts(found) == {"declared": 30, "received": 30, "accepted": 30}
    levels = {f["level"] for d in verdict_of(found)["dossiers"] for f in d["findings"]}
    assert levels <= {"I"}
