"""Finding visits and their versions."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from khoyte.foundation.calendar import TZ
from khoyte.units.tenancy import working
from khoyte.visits import queries, versions
from khoyte.visits.models import Visit
from khoyte.visits.queries import Wanted
from khoyte.visits.tests.stores import store

pytestmark = pytest.mark.django_db
SUMMARY = {"NGAY_RA": "202608142330", "MA_BENH_CHINH": "J18.9", "SO_CCCD": "999185000123"}


def found(**wanted: object) -> list[str]:
    return [visit.ma_lk for visit in queries.find(Wanted(**wanted), purpose="facility.review")]  # type: ignore[arg-type]


def test_visits_are_found_by_what_is_asked_for() -> None:
    store({"XML1": [SUMMARY]}, ma_lk="A1")
    store(
        {"XML1": [{**SUMMARY, "NGAY_RA": "202608150010", "MA_BENH_CHINH": "I10"}]},
        ma_lk="A2",
        facility="98001",
    )
    store({"XML1": [{"NGAY_RA": "202609010000"}]}, ma_lk="A3")
    assert found() == ["A3", "A2", "A1"]
    assert found(facility="98001") == ["A2"]
    assert found(start=date(2026, 8, 15)) == ["A3", "A2"]
    assert found(start=date(2026, 8, 14), end=date(2026, 8, 14)) == ["A1"]
    assert found(disease="j18") == ["A1"]
    assert found(ma_lk="A3") == ["A3"]
    assert found(person_number="999185000123") == ["A2", "A1"]
    assert found(person_number="999185000124") == []


def test_only_current_versions_are_found() -> None:
    store({"XML1": [SUMMARY]}, is_current=False)
    store({"XML1": [SUMMARY]}, version=2)
    (visit,) = queries.find(Wanted(), purpose="facility.review")
    assert visit.version == 2
    assert [one.version for one in queries.versions_of(visit, purpose="facility.review")] == [2, 1]


def test_acts_are_found_by_licence_and_minute_of_vietnam() -> None:
    drug = {"MA_BAC_SI": "000123/VD", "NGAY_YL": "202608140805"}
    service = {"MA_BAC_SI": "000999/VD", "NGUOI_THUC_HIEN": "000123/VD", "NGAY_YL": "202608140800",
               "NGAY_TH_YL": "202608140830"}  # fmt: skip
    visit = store({"XML1": [SUMMARY], "XML2": [drug], "XML3": [service]})
    start = datetime(2026, 8, 14, 8, 0, tzinfo=TZ)
    acts = queries.acts_by("000123/VD", start, start + timedelta(hours=1))
    assert [(act["visit_id"], act["source"], act["row"], act["part"]) for act in acts] == [
        (visit, "XML2", 1, "prescriber"),
        (visit, "XML3", 1, "performer"),
    ]
    assert acts == queries.acts_by("000123/VD", start.astimezone(UTC), start + timedelta(hours=1))
    assert queries.acts_by("000123/VD", start + timedelta(hours=1), start + timedelta(hours=9)) == []
    assert [act["part"] for act in queries.acts_by("000999/VD", start, start + timedelta(minutes=1))] == [
        "prescriber"
    ]


def test_a_line_with_several_performers_is_found_by_each() -> None:
    shared = {"NGUOI_THUC_HIEN": "000111/VD;000222/VD", "NGAY_TH_YL": "202608140830"}
    alone = {"NGUOI_THUC_HIEN": "000222/VD", "NGAY_TH_YL": "202608140840"}
    store({"XML1": [SUMMARY], "XML3": [shared, alone]})
    start = datetime(2026, 8, 14, 8, 0, tzinfo=TZ)
    rows = [
        [act["row"] for act in queries.acts_by(licence, start, start + timedelta(hours=1))]
        for licence in ("000111/VD", "000222/VD", "000222", "000111/VD;000222/VD")
    ]
    assert rows == [[1], [1, 2], [], [1]]


class TestVersions:
    KEY = ("97001", "A1")

    def add(self, number: int, *, minutes: int, is_current: bool = False) -> int:
        moment = timezone.now() + timedelta(minutes=minutes)
        return store({"XML1": [{}]}, version=number, is_current=is_current, received_at=moment)

    def current(self) -> list[int]:
        return list(Visit.objects.filter(is_current=True).values_list("version", flat=True))

    def test_none_is_known(self) -> None:
        assert versions.current_versions([self.KEY]) == {}
        assert versions.newest_numbers([self.KEY]) == {}

    def test_the_current_one_is_known_and_superseded(self) -> None:
        self.add(1, minutes=0, is_current=True)
        assert set(versions.current_versions([self.KEY, ("97002", "A1")])) == {self.KEY}
        with working():
            versions.supersede([self.KEY])
        assert versions.current_versions([self.KEY]) == {}
        assert versions.newest_numbers([self.KEY]) == {self.KEY: 1}
        assert Visit.objects.get().superseded_at is not None

    def test_what_was_last_before_a_moment(self) -> None:
        self.add(1, minutes=0)
        second = self.add(2, minutes=10)
        self.add(3, minutes=20, is_current=True)
        before = versions.versions_before([self.KEY], [timezone.now() + timedelta(minutes=15)])
        assert before[self.KEY].content_sha256 == bytes(Visit.objects.get(pk=second).content_sha256)
        assert versions.versions_before([self.KEY], [timezone.now() - timedelta(minutes=1)]) == {}

    def test_withdrawing_brings_back_what_was_sent_last(self) -> None:
        # Version 3 is a file of the first hour that was accepted late.
        self.add(1, minutes=0)
        self.add(2, minutes=10)
        self.add(3, minutes=5)
        newest = self.add(4, minutes=20, is_current=True)
        with working():
            versions.withdraw([newest])
        assert self.current() == [2]
        assert Visit.objects.get(version=2).superseded_at is None

    def test_withdrawing_one_that_is_not_current_changes_no_other(self) -> None:
        old = self.add(1, minutes=0)
        self.add(2, minutes=10, is_current=True)
        with working():
            versions.withdraw([old])
            versions.withdraw([])
        assert self.current() == [2]

    def test_withdrawing_all_leaves_none(self) -> None:
        both = [self.add(1, minutes=0), self.add(2, minutes=10, is_current=True)]
        with working():
            versions.withdraw(both)
        assert self.current() == []
        assert versions.newest_numbers([self.KEY]) == {self.KEY: 2}

    def test_places_of_a_submission(self) -> None:
        submission = uuid4()
        visit = store({"XML1": [{}]}, version=7, submission=submission, position=3)
        assert versions.positions_of(str(submission)) == {3: visit}
        assert versions.numbers_of(str(submission)) == {3: 7}
        with working():
            versions.withdraw([visit])
        assert versions.positions_of(str(submission)) == {}
