"""Scores follow every kind of change, and say the same as counting everything anew."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from khoyte.foundation.calendar import today
from khoyte.practice.models import IdentityCheck
from khoyte.quality import loop
from khoyte.quality.models import Changed, Course, Failing, Score, Standing
from khoyte.quality.words import WORDS
from khoyte.registers import actions
from khoyte.registers.known import register
from khoyte.registers.models import Case, Key
from khoyte.registers.tests import offices
from khoyte.submissions.rejudging import judge_again
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OWN, PROVINCE
from khoyte.units.tenancy import speaking_as, working

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]


def failing(database: str, word: str, facility: str = OWN) -> int:
    """Records of a facility that fail a word, over all days."""
    loop.work_all()
    place = WORDS.index(word)
    return sum(one.failing[place] for one in Score.objects.filter(database=database, facility=facility))


def counted(database: str, facility: str = OWN) -> int:
    loop.work_all()
    return sum(one.counted for one in Score.objects.filter(database=database, facility=facility))


def criteria(record: Any) -> set[str]:
    loop.work_all()
    return set(Failing.objects.filter(record=str(record.pk)).values_list("criteria", flat=True)[:1][0])


def person(number: int, **more: Any) -> Any:
    return offices.made("practitioners", offices.person(number, **more))


def test_a_record_is_counted_under_each_word_it_fails() -> None:
    found = person(1, licence_valid_to="2025-01-01")
    assert counted("practitioners") == 1
    assert criteria(found) == {
        "licence_ended", "missing:scope", "missing:qualification", "missing:position", "unmatched",
        "no_such_facility", "unconfirmed",
    }  # fmt: skip
    score = Score.objects.get(database="practitioners", facility=OWN)
    assert dict(zip(WORDS, score.failing, strict=True)) == {
        "correct": 0, "complete": 1, "clean": 1, "live": 1, "unified": 1, "shared": 1,
    }  # fmt: skip
    assert score.causes["missing:scope"] == 1


def test_what_is_put_right_is_counted_right_at_the_next_step() -> None:
    found = person(1, licence_valid_to="2025-01-01")
    assert failing("practitioners", "live") == 1
    with speaking_as(offices.SYSTEM):
        actions.change(register=register("practitioners"), id=found.pk, by=offices.SYSTEM, source="form",
                       patch={"licence_valid_to": "2099-01-01"})  # fmt: skip
    assert failing("practitioners", "live") == 0


def test_rules_of_the_declaration_count_under_their_own_word() -> None:
    found = person(1, sex="2", licence_valid_to="")
    assert {"rule:number_says_sex", "rule:term_is_said"} <= criteria(found)
    assert failing("practitioners", "correct") == 1


def test_a_unit_writes_and_its_neighbour_is_left_alone() -> None:
    person(1)
    person(2, facility=NEIGHBOUR)
    loop.work_all()
    before = Score.objects.get(facility=NEIGHBOUR, database="practitioners").computed_at
    by = offices.officer(OWN, "facility")
    offices.made("practitioners", offices.person(3), by=by)
    assert counted("practitioners") == 2
    assert Score.objects.get(facility=NEIGHBOUR, database="practitioners").computed_at == before


def test_a_double_in_another_unit_is_found_and_cured_on_both_sides() -> None:
    first = person(1)
    assert "duplicate" not in criteria(first)
    # As records stood before one key meant one record.
    Key.objects.filter(record=first.pk).delete()
    second = person(1, facility=NEIGHBOUR, licence_number="77/DEMO-GPHN")
    loop.work_all()
    assert "duplicate" in criteria(first) & criteria(second)
    with speaking_as(offices.SYSTEM):
        actions.change(register=register("practitioners"), id=second.pk, by=offices.SYSTEM, source="form",
                       patch={"title": "YS"})  # fmt: skip
    assert "duplicate" not in criteria(first) | criteria(second)


def test_a_withdrawn_record_is_counted_no_more_and_its_course_ends_at_nothing() -> None:
    found = person(1)
    assert counted("practitioners") == 1
    with speaking_as(offices.SYSTEM):
        actions.withdraw(register=register("practitioners"), id=found.pk, by=offices.SYSTEM)
    assert counted("practitioners") == 0
    assert not Failing.objects.filter(record=str(found.pk)).exists()
    assert Course.objects.get(database="practitioners", facility=OWN).counted == 0


def test_a_record_that_goes_to_another_unit_is_counted_there() -> None:
    found = person(1)
    assert counted("practitioners") == 1
    with speaking_as(offices.SYSTEM):
        actions.change(register=register("practitioners"), id=found.pk, by=offices.SYSTEM, source="form",
                       patch={"facility": NEIGHBOUR})  # fmt: skip
    assert (counted("practitioners"), counted("practitioners", NEIGHBOUR)) == (0, 1)
    assert Failing.objects.get(record=str(found.pk)).facility == NEIGHBOUR


def test_a_facility_that_registers_cures_what_pointed_to_it() -> None:
    found = person(1)
    assert "no_such_facility" in criteria(found)
    offices.made("facilities", {"code": OWN, "name": "Bệnh viện Suối Mơ", "province": PROVINCE})
    assert "no_such_facility" not in criteria(found)
    assert counted("facilities") == 1


def test_an_answer_of_the_population_database_counts_at_once() -> None:
    found = person(1)
    check = IdentityCheck.objects.create(register="practitioners", record=found.pk, version=1, facility=OWN,
                                         province=PROVINCE, particulars=b"x" * 16)  # fmt: skip
    assert "unmatched" in criteria(found)
    IdentityCheck.objects.filter(pk=check.pk).update(outcome="match", answered_at=timezone.now())
    assert "unmatched" not in criteria(found)
    IdentityCheck.objects.filter(pk=check.pk).update(outcome="mismatch")
    assert {"unmatched", "contradicted"} <= criteria(found)


def test_a_pharmacy_is_counted_for_its_health_office() -> None:
    offices.made("pharmacies", offices.PHARMACY)
    loop.work_all()
    score = Score.objects.get(database="pharmacies")
    assert (score.facility, score.province, score.counted) == ("", PROVINCE, 1)


def test_terms_run_out_with_the_day_and_nobody_writes_anything() -> None:
    found = person(1)
    with speaking_as(offices.SYSTEM):
        actions.submit(register=register("practitioners"), id=found.pk, by=offices.SYSTEM)
    assert "review_overdue" not in criteria(found)
    Case.objects.update(due_on=today() - timedelta(days=1))
    assert "review_overdue" not in criteria(found), "nothing says yet that the day has turned"
    Standing.objects.update(day=today() - timedelta(days=1))
    assert "review_overdue" in criteria(found)
    assert Standing.objects.get().day == today()


def visit(code: str, *, days_ago: int = 1, facility: str = OWN, **values: str) -> bytes:
    out = today() - timedelta(days=days_ago)
    moments = {
        "NGAY_VAO": f"{out:%Y%m%d}0700",
        "NGAY_RA": f"{out:%Y%m%d}1000",
        "NGAY_TTOAN": f"{out:%Y%m%d}1030",
    }
    return senders.dossier(code, facility=facility, **moments, **values)


def sent(*dossiers: bytes, facility: str = OWN) -> Any:
    return senders.judged(senders.file_of(*dossiers, facility=facility))


def test_visits_are_counted_by_day_and_under_the_words_of_their_findings() -> None:
    sent(visit("A1"), visit("A2", days_ago=2), visit("A3", GIOI_TINH="9"))
    assert counted("visits") == 3
    days = {one.day: one for one in Score.objects.filter(database="visits")}
    assert {(today() - day).days: one.counted for day, one in days.items()} == {1: 2, 2: 1}
    row = Failing.objects.get(database="visits", criteria__contains=["V-018.unified"])
    assert "unified" in row.words
    assert row.day == today() - timedelta(days=1)


def test_a_version_that_supersedes_is_counted_in_its_place() -> None:
    sent(visit("A1", GIOI_TINH="9"))
    assert failing("visits", "unified") == 1
    sent(visit("A1", days_ago=3))
    assert counted("visits") == 1
    assert not Failing.objects.filter(criteria__contains=["V-018.unified"]).exists()
    assert Score.objects.get(database="visits").day == today() - timedelta(days=3)


def test_visits_sent_late_are_not_alive_and_old_ones_are_not_counted() -> None:
    sent(visit("A1", days_ago=20), visit("A2", days_ago=0), visit("A3", days_ago=45))
    assert counted("visits") == 2
    assert Failing.objects.filter(database="visits", criteria__contains=["sent_late"]).count() == 1


def test_judging_again_counts_again() -> None:
    found = sent(visit("A1", GIOI_TINH="9"))
    assert failing("visits", "unified") == 1
    with connection.cursor() as cursor:
        # As if the new judgement had found nothing of it.
        cursor.execute("UPDATE finding SET judgement = 99 WHERE rule = 'V-018'")
    assert failing("visits", "unified") == 1, "nothing says yet that it was judged again"
    senders_judge_again(found)
    assert Changed.objects.filter(database="visits").exists()


def senders_judge_again(found: Any) -> None:

    found.refresh_from_db()
    judge_again(found, senders.judge(), reason="test", by=senders.SYSTEM)


def test_busy_days_gather_before_they_are_counted() -> None:
    loop.work_all()
    sent(visit("A1"))
    while loop.work_once():
        pass
    assert not Score.objects.filter(database="visits").exists()
    loop.work_all()
    assert Score.objects.filter(database="visits").exists()


def test_everything_is_settled_when_nothing_waits() -> None:
    before = timezone.now()
    person(1)
    loop.work_all()
    loop.work_once()
    settled = Standing.objects.get().settled_at
    assert settled is not None
    assert settled >= before


def test_a_part_of_the_first_count_does_not_pass_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "UNITS_AT_ONCE", 1)
    person(1)
    offices.made("facilities", {"code": OWN, "name": "Cơ sở", "province": PROVINCE})
    assert loop.work_once(timedelta())
    assert Changed.objects.exists()
    assert Standing.objects.get().settled_at is None
    loop.work_all()
    assert Standing.objects.get().settled_at is not None


def test_scores_are_as_of_the_oldest_change_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "_TOLD_EVERY", timedelta())
    person(1)
    loop.work_all()
    sent(visit("A1"))  # gathers for some seconds
    person(2)
    while loop.work_once():
        pass
    waits_since = Changed.objects.earliest("at").at
    assert Standing.objects.get().settled_at <= waits_since
    loop.work_all()
    assert Standing.objects.get().settled_at > waits_since


def test_the_worker_alone_writes_scores() -> None:
    from django.db import DatabaseError, transaction

    with speaking_as(offices.officer(OWN, "facility")), pytest.raises(DatabaseError), transaction.atomic():
        Score.objects.create(
            database="facilities", facility=OWN, province=PROVINCE, counted=1, failing=[0] * 6
        )
    with working():
        Score.objects.create(
            database="facilities", facility=OWN, province=PROVINCE, counted=1, failing=[0] * 6
        )


def test_a_changed_formula_counts_everything_again(monkeypatch: pytest.MonkeyPatch) -> None:
    person(1)
    loop.work_all()
    before = Score.objects.get(database="practitioners").computed_at
    monkeypatch.setattr(loop, "formulas_in_force", lambda: "others")
    loop.work_all()
    assert Score.objects.get(database="practitioners").computed_at > before
