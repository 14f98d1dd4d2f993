"""Papers kept by day equal what counting all visits gives, whatever was stored, taken back or limited."""

from datetime import date, timedelta
from random import Random

import pytest
from django.db import ProgrammingError, connection

from khoyte.foundation.calendar import today
from khoyte.registers.tests.offices import NEIGHBOUR, OTHER_PROVINCE, OWN, PROVINCE, STRANGER, officer
from khoyte.submissions.tests import senders
from khoyte.units.tenancy import speaking_as
from khoyte.visits import paper_days, papers
from khoyte.visits.models import PaperDay, PaperDayChanged, Visit
from khoyte.visits.papers import PAPERS, PaperCount, papers_by_facility

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
Counts = dict[str, dict[str, PaperCount]]
LONG_AGO, AHEAD = date(2015, 1, 1), today() + timedelta(days=400)


def anew(province: str, start: date, end: date) -> Counts:
    """Counted from the visits alone."""
    found: Counts = {}
    for facility in Visit.objects.filter(province=province).values_list("facility", flat=True).distinct():
        rows = "FROM visit v WHERE v.is_current AND NOT v.is_limited AND v.province = %s AND v.facility = %s"
        days = "AND v.ngay_ra >= %s AND v.ngay_ra < %s"
        values = [province, facility, start, end + timedelta(days=1)]
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) {rows} {days}", values)
            if not cursor.fetchone()[0]:
                continue
            found[facility] = {}
            for paper in PAPERS:
                there = f"count(*) FILTER (WHERE '{paper.table}' = ANY(v.tables))"
                cursor.execute(f"SELECT count(*), {there} {rows} {days} AND {paper.condition}", values)
                found[facility][paper.table] = PaperCount(*cursor.fetchone())
    return found


def agree(*spans: tuple[date, date]) -> None:
    for province in (PROVINCE, OTHER_PROVINCE):
        for span in spans:
            with speaking_as(officer(province, "province")):
                kept = papers_by_facility(province, *span)
            assert kept == anew(province, *span)


@pytest.fixture
def sent(country: None) -> None:
    for facility in (OWN, NEIGHBOUR, STRANGER):
        codes = [f"{facility}-{number}" for number in range(4)]
        tables = ("XML1", "XML3", "XML4")
        dossiers = [senders.dossier(code, facility=facility, tables=tables) for code in codes]
        senders.judged(senders.file_of(*dossiers, facility=facility))


def change(chance: Random) -> None:
    """Something that happens to a visit, as storing, judging again and granting a limit write it."""
    visit = chance.choice(list(Visit.objects.order_by("id").values_list("id", flat=True)))
    day = Visit.objects.get(pk=visit).ngay_ra
    moved = day - timedelta(days=chance.randrange(3)) if day else None
    values = chance.choice(
        (
            {"is_current": False}, {"is_current": True}, {"is_limited": True}, {"is_limited": False},
            {"ngay_ra": moved}, {"tables": ["XML1", "XML7"]}, {"ma_loai_kcb": chance.choice(("01", "03"))},
            {"province": chance.choice((PROVINCE, OTHER_PROVINCE))},
        )
    )  # fmt: skip
    Visit.objects.filter(pk=visit).update(**values)
    if "province" in values:  # its lines are the same office's
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE visit_service SET province = %s WHERE visit_id = %s", [values["province"], visit]
            )


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize("seed", range(3))
def test_kept_days_and_changed_days_add_up_to_all_visits(seed: int) -> None:
    chance, read = Random(seed), 0
    spans = [(LONG_AGO, AHEAD), (Visit.objects.first().ngay_ra.date(), AHEAD)]  # type: ignore[union-attr]
    for number in range(24):
        change(chance)
        if chance.random() < 0.2:
            senders.judged(senders.small_file(f"{OWN}-{number % 6}", facility=OWN))
        if chance.random() < 0.4:
            paper_days.count_once(at_once=chance.choice((1, 3, 100)))
        if number % 4 == 0:
            agree(*spans)
            read += PaperDay.objects.count()
    while paper_days.count_once():
        pass
    assert not PaperDayChanged.objects.exists()
    agree(*spans)
    assert read > 0


@pytest.mark.usefixtures("sent")
def test_a_counted_day_is_read_and_its_visits_are_not() -> None:
    paper_days.count_once()
    PaperDay.objects.update(expected=[7] * len(PAPERS))
    with speaking_as(officer(PROVINCE, "province")):
        assert papers_by_facility(PROVINCE, LONG_AGO, AHEAD)[OWN]["XML7"].expected == 7


@pytest.mark.usefixtures("sent")
def test_another_formula_is_counted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    paper_days.count_once()
    PaperDay.objects.update(expected=[7] * len(PAPERS), formula="before")
    agree((LONG_AGO, AHEAD))
    assert paper_days.count_once() > 0
    assert set(PaperDay.objects.values_list("formula", flat=True)) == {papers.formula()}
    agree((LONG_AGO, AHEAD))
    monkeypatch.setattr(papers, "PAPERS", PAPERS[:2])
    assert not PaperDay.objects.filter(formula=papers.formula()).exists()


@pytest.mark.usefixtures("sent")
def test_days_are_shown_within_the_wall_and_marked_by_nobody_else() -> None:
    paper_days.count_once()
    Visit.objects.update(ma_loai_kcb="03")
    for by, expected in (
        (officer(OWN, "facility"), {OWN}),
        (officer(PROVINCE, "province"), {OWN, NEIGHBOUR}),
        (officer(OTHER_PROVINCE, "province"), {STRANGER}),
    ):
        for model in (PaperDay, PaperDayChanged):
            with speaking_as(by):
                assert set(model.objects.values_list("facility", flat=True)) == expected
        with pytest.raises(ProgrammingError), speaking_as(by):
            PaperDayChanged.objects.create(facility=OWN, province=PROVINCE, day=today())
