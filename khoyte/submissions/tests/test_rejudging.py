"""Judging again: its own number, dated adjustments, versions withdrawn and restored, pushes of changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest

from khoyte.links.models import OutboxMessage, WebhookTarget
from khoyte.submissions import judging, queries, rejudging
from khoyte.submissions.errors import UnknownSubmission
from khoyte.submissions.models import Finding, Judgement, LedgerAdjustment, LedgerEntry, Submission
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import OWN, PROVINCE, REFUSED, dossier, file_of, judged, small_file
from khoyte.submissions.tests.test_judging import current, outcomes
from khoyte.submissions.verdict import Outcome
from khoyte.visits.models import Visit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]


@contextmanager
def changed_rules(monkeypatch: pytest.MonkeyPatch, refuse: str = "", accept: str = "") -> Iterator[None]:
    """Rules under which one MA_LK is refused, and another's errors are only warnings."""
    kept = judging._outcome

    def outcome(*args: Any) -> Outcome:
        made = kept(*args)
        if made.ma_lk == refuse:
            made.findings.append(judging._about(made, "V-009", "twice", times=2))
            made.findings[-1].levels.update(store="E")
        if made.ma_lk == accept:
            for found in made.findings:
                found.levels.update(dict.fromkeys(found.levels, "W"))
        return made

    with monkeypatch.context() as patch:
        patch.setattr(judging, "_outcome", outcome)
        yield


def again(found: Submission) -> rejudging.Rejudged:
    report = rejudging.rejudge(submission=str(found.pk), judge=senders.judge())
    found.refresh_from_db()
    return report


def test_the_same_answer_is_a_new_judgement_and_changes_nothing() -> None:
    found = judged(file_of(dossier("A1"), dossier("A2", **REFUSED)))
    visits, findings = list(Visit.objects.values()), Finding.objects.count()
    assert again(found) == rejudging.Rejudged(judged=1, changed=0)
    assert found.judgement == 2
    assert list(Judgement.objects.values_list("number", flat=True).order_by("number")) == [1, 2]
    assert list(Visit.objects.values()) == visits
    assert Finding.objects.count() == 2 * findings
    assert LedgerEntry.objects.count() == 1
    assert LedgerAdjustment.objects.count() == 0
    assert queries.prove_ledger() == []


def test_a_refusal_is_withdrawn_from_the_visits_and_adjusted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(small_file("A1", "A2"))
    with changed_rules(monkeypatch, refuse="A1"):
        assert again(found).changed == 1
    assert outcomes(found) == [("A1", "rejected"), ("A2", "accepted")]
    assert list(current()) == ["A2"]
    assert Visit.objects.get(ma_lk="A1").withdrawn_at is not None
    entry = LedgerEntry.objects.get()
    assert (entry.accepted, entry.rejected) == (2, 0)
    assert LedgerAdjustment.objects.get().changes == {"accepted": -1, "rejected": 1}
    assert (found.accepted, found.rejected) == (1, 1)
    assert queries.prove_ledger() == []


def test_the_ledger_day_keeps_its_numbers_and_shows_the_adjustment(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(small_file("A1", "A2"))
    with changed_rules(monkeypatch, refuse="A1"):
        again(found)
    (day,) = queries.ledger_days(senders.machine(OWN))
    assert (day["accepted"], day["rejected"]) == (2, 0)
    (adjustment,) = day["adjustments"]
    assert (adjustment["accepted"], adjustment["rejected"], adjustment["judgement"]) == (-1, 1, 2)
    assert adjustment["submission"] == str(found.pk)


def test_the_ledger_says_in_words_why_it_was_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    with changed_rules(monkeypatch, refuse="A1"):
        judged(small_file("A1", "A2"))
    rejudging.rejudge(rule="V-009", judge=senders.judge())
    for language, words in (
        ("vi", "kiểm tra lại do thay đổi quy tắc V-009"),
        ("en", "judged again since rule V-009 changed"),
    ):
        (day,) = senders.Machine(OWN).get("/ledger", Accept_Language=language).json()["days"]
        assert [one["reason"] for one in day["adjustments"]] == [words]


def test_a_withdrawn_version_gives_way_to_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    first = judged(small_file("A1"))
    second = judged(file_of(dossier("A1", HO_TEN="Tên Đã Sửa")))
    with changed_rules(monkeypatch, refuse="A1"):
        again(second)
    assert current() == {"A1": (1, str(first.pk))}
    again(second)
    assert current() == {"A1": (3, str(second.pk))}
    assert again(second).changed == 0
    assert current() == {"A1": (3, str(second.pk))}


def test_after_all_versions_are_withdrawn_a_resend_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    first = judged(small_file("A1"))
    with changed_rules(monkeypatch, refuse="A1"):
        again(first)
    assert current() == {}
    second = judged(file_of(dossier("A1", HO_TEN="Tên Đã Sửa")))
    assert current() == {"A1": (2, str(second.pk))}


def test_an_old_file_accepted_late_replaces_nothing_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    first = judged(file_of(dossier("A1", **REFUSED)))
    second = judged(small_file("A1"))
    assert current() == {"A1": (1, str(second.pk))}
    with changed_rules(monkeypatch, accept="A1"):
        again(first)
    assert outcomes(first) == [("A1", "accepted")]
    assert current() == {"A1": (1, str(second.pk))}
    late = Visit.objects.get(submission_id=first.pk)
    assert (late.version, late.is_current) == (2, False)


def test_a_file_is_no_duplicate_of_what_was_sent_after_it() -> None:
    first = judged(small_file("A1"))
    judged(file_of(dossier("A1", HO_TEN="Tên Đã Sửa")))
    third = judged(small_file("A1", made_on="20260903"))
    assert again(first).changed == 0
    assert outcomes(first) == [("A1", "accepted")]
    assert senders.rules_of(first).count("V-090") == 0
    assert again(third).changed == 0
    assert current() == {"A1": (3, str(third.pk))}


def test_the_version_told_stays_the_version_kept() -> None:
    judged(small_file("A1"))
    second = judged(file_of(dossier("A1", HO_TEN="Hai")))
    judged(file_of(dossier("A1", HO_TEN="Ba")))
    again(second)
    told = queries.findings(second).get(rule="V-090")
    assert told.params == {"version": 2}


def test_an_unreadable_file_that_can_be_read_later_is_counted_by_adjustment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from khoyte.submissions import working
    from khoyte.submissions.reader import UnreadableFile

    with monkeypatch.context() as patch:
        patch.setattr(working, "index_file", raise_unreadable(UnreadableFile("cut", line=1, offset=1)))
        found = judged(small_file("A1", "A2"))
    assert found.state == "unreadable"
    again(found)
    assert found.state == "judged"
    assert found.accepted == 2
    assert LedgerAdjustment.objects.get().changes["accepted"] == 2
    assert queries.prove_ledger() == []


def raise_unreadable(error: Exception) -> Any:
    def index(*_: Any, **__: Any) -> None:
        raise error

    return index


def webhook(unit: str) -> None:
    facility, province = (unit, PROVINCE) if len(unit) == 5 else ("", unit)
    WebhookTarget.objects.create(
        unit=unit, facility=facility, province=province, url="https://his.example/hook", secret_sealed=b"x",
        registered_by="test",
    )  # fmt: skip


def test_only_changed_verdicts_are_pushed(monkeypatch: pytest.MonkeyPatch) -> None:
    webhook(OWN)
    found = judged(file_of(dossier("A1"), dossier("A2", **REFUSED)))
    assert OutboxMessage.objects.count() == 1
    again(found)
    assert OutboxMessage.objects.count() == 1
    with changed_rules(monkeypatch, refuse="A1"):
        again(found)
    message = OutboxMessage.objects.order_by("-number").first()
    assert OutboxMessage.objects.count() == 2
    assert message.payload["data"]["judgement"] == 3
    assert message.payload["data"]["ledger"]["rejected"] == 2


def test_a_province_that_sent_is_told_beside_the_facility() -> None:
    webhook(OWN)
    webhook(PROVINCE)
    judged(small_file("A1"), by=senders.machine(PROVINCE))
    assert set(OutboxMessage.objects.values_list("unit", flat=True)) == {OWN, PROVINCE}


def test_a_rule_chooses_the_files_it_found_something_in() -> None:
    wrong = judged(file_of(dossier("A1", **REFUSED)))
    right = judged(small_file("A2"))
    assert rejudging.rejudge(rule="V-012", judge=senders.judge()).judged == 1
    wrong.refresh_from_db()
    right.refresh_from_db()
    assert (wrong.judgement, right.judgement) == (2, 1)
    reason = Judgement.objects.get(submission=wrong, number=2).reason
    assert reason == "rule V-012"


def test_a_rule_that_was_not_judged_chooses_its_files_too() -> None:
    found = judged(file_of(dossier("A1", tables=("XML1", "XML3"))))
    lacking = Judgement.objects.get(submission=found).not_judged[0]["rule"]
    assert rejudging.rejudge(rule=lacking, judge=senders.judge()).judged == 1


def test_a_catalogue_chooses_what_another_pack_judged() -> None:
    old, new = judged(small_file("A1")), judged(small_file("A2"))
    Judgement.objects.filter(submission=old).update(pack="sha256:older")
    assert rejudging.rejudge(catalogue="icd10", judge=senders.judge()).judged == 1
    assert rejudging.rejudge(catalogue="icd10", judge=senders.judge()).judged == 0
    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.judgement, new.judgement) == (2, 1)
    Judgement.objects.filter(submission=old, number=2).update(pack="sha256:older")
    assert rejudging.rejudge(catalogue="icd10", judge=senders.judge()).judged == 1


@pytest.mark.parametrize("wrong", ["nonsense", "01a200f8-309d-77cd-a3e7-f5783b66cd87", "\x00"])
def test_a_submission_that_is_not_there(wrong: str) -> None:
    with pytest.raises(UnknownSubmission):
        rejudging.rejudge(submission=wrong, judge=senders.judge())


def test_what_waits_is_not_judged_again() -> None:
    found = senders.receive(small_file("A1"))
    with pytest.raises(UnknownSubmission):
        rejudging.rejudge(submission=str(found.pk), judge=senders.judge())


def test_judging_again_is_audited_with_its_reason() -> None:
    from khoyte.audit.models import AuditEntry

    found = judged(small_file("A1"))
    again(found)
    entry = AuditEntry.objects.get(action="submission.rejudge")
    assert (entry.subject_id, entry.facility, entry.details) == (str(found.pk), OWN, {"reason": "asked"})


def test_days_of_the_ledger_are_days_of_receipt() -> None:
    from khoyte.foundation.calendar import TZ, now

    late = now().replace(hour=23, minute=59) - timedelta(days=3)
    found = judged(small_file("A1"), at=late)
    assert found.day == late.astimezone(TZ).date()
    (day,) = queries.ledger_days(senders.machine(OWN), start=found.day, end=found.day)
    assert (day["day"], day["files"], day["accepted"]) == (found.day.isoformat(), 1, 1)
    assert queries.ledger_days(senders.machine(OWN), start=date(2020, 1, 1), end=date(2020, 1, 2)) == []
