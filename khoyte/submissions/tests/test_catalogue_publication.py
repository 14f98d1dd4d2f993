"""From a file to a published catalogue: preview, one publication at a time, judging again what it touches."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction

from khoyte.audit.models import AuditEntry
from khoyte.links.models import OutboxMessage
from khoyte.submissions import catalogue_publication as publication
from khoyte.submissions import catalogue_work, queries, rejudging, working
from khoyte.submissions.catalogue_publication import PublicationRefused
from khoyte.submissions.models import CataloguePublication, CatalogueRecheck, Judgement, LedgerAdjustment
from khoyte.submissions.tests import catalogues, senders
from khoyte.submissions.tests.catalogues import write_csv
from khoyte.submissions.tests.senders import MINISTRY, OWN, dossier, file_of
from khoyte.submissions.tests.test_rejudging import webhook
from khoyte.submissions.working import Judge
from khoyte.terminology import UnknownCatalogue, load_pack
from khoyte.terminology.importing import import_file
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country", "own_home")]
STARTS = date(2020, 1, 1)
MAIN = catalogues.disease_in_use()


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    """An installation that holds a whole small ICD-10."""
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path / "home"))
    import_file("icd10", write_csv(tmp_path / "icd10.csv"), STARTS)
    return tmp_path


@pytest.fixture
def operator(country):
    return senders.account_actor(MINISTRY, "operator")


@pytest.fixture
def judge():
    return Judge()


def draft(by, body: bytes, *, name="icd10", starts=STARTS, ends=None, complete=True, file="icd10.csv"):
    with speaking_as(by):
        return publication.preview(
            name=name, chunks=[body], file_name=file, valid_from=starts, valid_to=ends, complete=complete,
            by=by,
        )  # fmt: skip


def without(folder: Path, *left_out: str, extra: str = "") -> bytes:
    return write_csv(folder / "next.csv", *left_out, extra=extra).read_bytes()


def publish(row, by):
    with speaking_as(by):
        return publication.publish(id=row.pk, by=by)


def work(judge) -> int:
    steps = 0
    while catalogue_work.work_once(judge):
        steps += 1
        assert steps < 50
    return steps


def received(body: bytes, judge, facility=OWN):
    found = senders.receive(body)
    judge.judge([found])
    found.refresh_from_db()
    return found


class TestPreview:
    def test_says_what_changes_and_publishes_nothing(self, operator, own_home, judge):
        received(file_of(dossier("A1")), judge)
        digest = load_pack().digest
        row = draft(operator, without(own_home, MAIN))
        assert (row.state, row.alters, row.touched) == ("draft", True, None)
        assert {"V-038", "V-039", "V-040"} <= set(row.rules)
        work(judge)
        row.refresh_from_db()
        assert row.touched == {"visits": 1, "submissions": 1, "facilities": 1}
        assert load_pack().digest == digest
        (span,) = publication.impact_of(row).spans
        assert [(one.code, one.kind) for one in span.differences.changes] == [(MAIN, "removed")]

    def test_a_change_of_names_needs_no_counting(self, operator, own_home):
        body = without(own_home).replace("Bệnh I10".encode(), "Tăng huyết áp".encode())
        row = draft(operator, body)
        assert (row.alters, row.rules, row.touched["visits"]) == (False, [], 0)

    @pytest.mark.parametrize(("body", "cells"), [
        (b"ma,ten\nI10,a\nI10,b\n", ["A3"]), (b"ma,ten\nI10,\xff\n", ["A2"]), (b"khong,co\n1,2\n", ["A1"]),
        ("ma,ten\nI10,Bá»‡nh\n".encode(), ["B2"]), (b"PK\x03\x04rest", ["A1"]), (b"", ["A1"]),
    ])  # fmt: skip
    def test_a_bad_file_is_a_list_of_cells_and_the_file_is_kept(self, operator, body, cells):
        digest = load_pack().digest
        row = draft(operator, body)
        assert (row.state, [one["cell"] for one in row.problems]) == ("refused", cells)
        assert publication.kept_file(row) == body
        with pytest.raises(PublicationRefused):
            publish(row, operator)
        assert load_pack().digest == digest

    def test_overlapping_periods_are_refused(self, operator, own_home):
        publish(draft(operator, without(own_home), starts=date(2026, 7, 1)), operator)
        row = draft(operator, without(own_home), starts=date(2026, 1, 1), ends=date(2026, 8, 1))
        assert "trùng với bản từ ngày 01/07/2026" in row.problems[0]["vi"]

    def test_no_such_catalogue(self, operator):
        with pytest.raises(UnknownCatalogue):
            draft(operator, b"ma\n1\n", name="nothing")


class TestPublish:
    def test_puts_it_in_use_keeps_the_file_and_is_audited(self, operator, own_home):
        body = without(own_home, MAIN)
        row = publish(draft(operator, body), operator)
        assert load_pack().digest == row.pack
        assert load_pack().on(date(2026, 9, 1)).catalogue("icd10").has(MAIN) is False
        assert publication.kept_file(row) == body
        entry = AuditEntry.objects.get(action="catalogue.publish")
        assert (entry.actor, entry.subject_id) == (operator.name, str(row.pk))
        assert (entry.details["before"], entry.details["after"]) == (row.based_on, row.pack)

    def test_who_publishes_second_is_told(self, operator, own_home):
        first = draft(operator, without(own_home, "A90"))
        second = draft(operator, without(own_home, "I10"))
        publish(first, operator)
        assert publication.is_overtaken(second)
        with pytest.raises(PublicationRefused) as refused:
            publish(second, operator)
        assert (refused.value.code, refused.value.status) == ("overtaken", 409)
        assert load_pack().on(date(2026, 9, 1)).catalogue("icd10").has("I10")
        with speaking_as(operator):
            again = publication.preview_again(row=second, by=operator)
        (span,) = publication.impact_of(again).spans
        assert {(one.code, one.kind) for one in span.differences.changes} == {
            ("A90", "added"),
            ("I10", "removed"),
        }
        publish(again, operator)
        assert not load_pack().on(date(2026, 9, 1)).catalogue("icd10").has("I10")

    def test_one_cut_off_between_the_disk_and_the_database_is_published_again(self, operator, own_home):
        row = draft(operator, without(own_home, MAIN))
        with pytest.raises(RuntimeError):
            publish_and_fail(row, operator)
        row.refresh_from_db()
        assert row.state == "draft"
        assert publish(row, operator).pack == load_pack().digest

    def test_the_same_twice_is_refused(self, operator, own_home):
        row = publish(draft(operator, without(own_home, MAIN)), operator)
        with pytest.raises(PublicationRefused):
            publish(row, operator)

    def test_a_facility_sees_what_was_published_and_nothing_of_the_list_of_files(self, operator, own_home):
        publish(draft(operator, without(own_home, MAIN)), operator)
        with speaking_as(senders.account_actor(OWN, "facility")):
            assert CataloguePublication.objects.count() == 1
            with pytest.raises(Exception, match="permission denied"), transaction.atomic():
                list(CatalogueRecheck.objects.all())


class TestJudgingAgain:
    def test_only_files_with_affected_codes_and_only_changed_verdicts_pushed(self, operator, own_home, judge):
        webhook(OWN)
        touched = received(file_of(dossier("A1")), judge)
        same = received(file_of(dossier("A2", MA_BENH_CHINH="I10")), judge)
        told = OutboxMessage.objects.count()
        row = publish(draft(operator, without(own_home, MAIN)), operator)
        work(judge)
        for one in (touched, same, row):
            one.refresh_from_db()
        assert (touched.judgement, same.judgement) == (2, 1)
        assert (row.state, row.to_judge, row.judged, row.failed) == ("done", 1, 1, 0)
        assert row.changed == 1
        assert OutboxMessage.objects.count() == told + 1
        assert Judgement.objects.get(submission=touched, number=2).pack == row.pack
        assert "V-038" in senders.rules_of(touched)
        assert queries.prove_ledger() == []
        assert AuditEntry.objects.get(action="catalogue.rejudged").details["changed"] == 1

    def test_an_attribute_changes_the_verdict_back_and_forth(self, operator, own_home, judge):
        found = received(file_of(dossier("A1")), judge)
        marked = without(own_home, MAIN, extra=f"{MAIN},Bệnh,1")
        for body, expected in ((marked, True), (without(own_home), False)):
            publish(draft(operator, body), operator)
            work(judge)
            found.refresh_from_db()
            assert ("V-038" in senders.rules_of(found)) is expected
        assert found.judgement == 3
        assert LedgerAdjustment.objects.count() <= 2

    def test_days_outside_the_period_are_left_alone(self, operator, own_home, judge):
        found = received(file_of(dossier("A1")), judge)
        text = senders.valid_rows("XML1")[0]["NGAY_RA"]
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
        publish(draft(operator, without(own_home, MAIN), starts=day + timedelta(days=1)), operator)
        work(judge)
        found.refresh_from_db()
        assert found.judgement == 1
        assert CataloguePublication.objects.get().state == "done"

    def test_a_process_takes_the_new_pack_without_a_restart(self, operator, own_home, judge):
        old = judge.pack.digest
        row = publish(draft(operator, without(own_home, MAIN)), operator)
        found = received(file_of(dossier("A1")), judge)
        assert Judgement.objects.get(submission=found).pack == row.pack != old
        work(judge)
        found.refresh_from_db()
        assert found.judgement == 1

    def test_a_step_that_was_cut_off_is_taken_again(self, operator, own_home, judge, monkeypatch):
        for number in range(3):
            received(file_of(dossier(f"A{number}")), judge)
        row = publish(draft(operator, without(own_home, MAIN)), operator)
        monkeypatch.setattr(catalogue_work, "STEP", 2)
        assert catalogue_work.work_once(judge)
        monkeypatch.setattr(catalogue_work, "judge_again", broken)
        with pytest.raises(working.DATABASE_ERRORS):
            catalogue_work.work_once(judge)
        monkeypatch.setattr(catalogue_work, "judge_again", rejudging.judge_again)
        assert catalogue_work.work_once(judge)
        row.refresh_from_db()
        assert (row.state, row.to_judge, row.judged) == ("rejudging", 3, 2)
        work(judge)
        row.refresh_from_db()
        assert (row.state, row.judged) == ("done", 3)

    def test_one_file_that_fails_does_not_stop_the_others(self, operator, own_home, judge, monkeypatch):
        received(file_of(dossier("A1")), judge)
        row = publish(draft(operator, without(own_home, MAIN)), operator)
        monkeypatch.setattr(catalogue_work, "judge_again", fails)
        work(judge)
        row.refresh_from_db()
        assert (row.state, row.judged, row.failed) == ("done", 0, 1)

    def test_the_command_chooses_by_codes_too(self, operator, own_home, judge, tmp_path):
        touched = received(file_of(dossier("A1")), judge)
        received(file_of(dossier("A2", MA_BENH_CHINH="I10")), judge)
        import_file("icd10", write_csv(tmp_path / "more.csv", MAIN), STARTS)
        assert rejudging.rejudge(catalogue="drugs").judged == 0
        assert rejudging.rejudge(catalogue="icd10").judged == 1
        touched.refresh_from_db()
        assert touched.judgement == 2
        assert rejudging.rejudge(catalogue="icd10").judged == 0

    def test_another_worker_at_it_leaves_nothing_to_do(self, operator, own_home, judge):
        draft(operator, without(own_home, MAIN))
        other = connection.copy()
        try:
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_lock(%s)", [catalogue_work._LOCK])
            assert not catalogue_work.work_once(judge)
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [catalogue_work._LOCK])
        finally:
            other.close()
        assert catalogue_work.work_once(judge)


def publish_and_fail(row, by):
    with speaking_as(by):
        publication.publish(id=row.pk, by=by)
        raise RuntimeError


def broken(*_, **__):
    from django.db import OperationalError

    raise OperationalError


def fails(*_, **__):
    raise ValueError
