"""Whatever happens in whatever order: following changes ends where counting everything anew ends."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.foundation.calendar import today
from khoyte.practice.models import IdentityCheck, Practitioner
from khoyte.quality import loop
from khoyte.quality.models import Course, Failing, Score, Standing
from khoyte.registers import actions
from khoyte.registers.errors import NotNow, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.tests import offices
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OWN, PROVINCE, STRANGER
from khoyte.units.tenancy import speaking_as

PLACES = (OWN, NEIGHBOUR, STRANGER)
Rows = list[tuple[Any, ...]]


def kept() -> tuple[Rows, Rows, Rows]:
    """What is kept of quality, without numbers and moments of counting."""
    scores = Score.objects.order_by("database", "facility", "province", "day")
    failing = Failing.objects.order_by("database", "record")
    course = Course.objects.order_by("database", "facility", "province", "day")
    return (
        list(scores.values_list("database", "facility", "province", "day", "counted", "failing", "causes")),
        list(failing.values_list("database", "record", "facility", "province", "day", "words", "criteria",
                                 "alike")),
        list(course.values_list("database", "facility", "province", "day", "counted", "failing")),
    )  # fmt: skip


def counted_anew() -> tuple[Rows, Rows, Rows]:
    """The same from nothing."""
    Score.objects.all().delete()
    Failing.objects.all().delete()
    Standing.objects.all().delete()
    loop.work_all()
    return kept()


def create(number: int, place: int) -> None:
    content = offices.person(number % 3, facility=PLACES[place], licence_number=f"{number}/DEMO-GPHN")
    with suppress(WrongRecord):  # the licence is taken
        offices.made("practitioners", content, confirmed=number % 2 == 0)


def change(number: int, place: int) -> None:
    patches = ({"facility": PLACES[place]}, {"title": "YS"}, {"title": "BS"}, {"scope": "Khám bệnh"},
               {"licence_valid_to": "2020-01-01"}, {"sex": "2"})  # fmt: skip
    act(number, lambda one: actions.change(
        register=register("practitioners"), id=one.pk, patch=patches[number % len(patches)],
        by=offices.SYSTEM, source="form",
    ))  # fmt: skip


def submit(number: int, place: int) -> None:
    act(number, lambda one: actions.submit(register=register("practitioners"), id=one.pk, by=offices.SYSTEM))


def withdraw(number: int, place: int) -> None:
    act(
        number, lambda one: actions.withdraw(register=register("practitioners"), id=one.pk, by=offices.SYSTEM)
    )


def act(number: int, what: Callable[[Any], object]) -> None:
    """On one of the records there are; what its state does not allow does not happen."""
    every = list(Practitioner.objects.order_by("id"))
    if every:
        try:
            with speaking_as(offices.SYSTEM):
                what(every[number % len(every)])
        except (NotNow, WrongRecord):
            pass


def answer(number: int, place: int) -> None:
    every = list(Practitioner.objects.order_by("id"))
    if every:
        one = every[number % len(every)]
        IdentityCheck.objects.create(
            register="practitioners", record=one.pk, version=1, facility=one.facility, province=one.province,
            particulars=b"x" * 16, outcome=("match", "mismatch", "superseded")[place],
            answered_at=timezone.now(),
        )  # fmt: skip


def declare(number: int, place: int) -> None:
    code = PLACES[place]
    with suppress(WrongRecord):  # it is registered
        offices.made("facilities", {"code": code, "name": f"Cơ sở {code}", "province": code[:2]})


def send(number: int, place: int) -> None:
    out = today() - timedelta(days=number % 40)
    moments = {
        "NGAY_VAO": f"{out:%Y%m%d}0001",
        "NGAY_RA": f"{out:%Y%m%d}0002",
        "NGAY_TTOAN": f"{out:%Y%m%d}0003",
    }
    wrong = {"GIOI_TINH": "9"} if number % 3 == 0 else {}
    body = senders.dossier(f"A{number % 4}", facility=PLACES[place], **moments, **wrong)
    senders.judged(senders.file_of(body, facility=PLACES[place]))


def follow(number: int, place: int) -> None:
    loop.work_once(timedelta())


WAYS = (create, create, change, change, submit, withdraw, answer, declare, send, follow, follow)
HAPPENINGS = st.lists(
    st.tuples(st.sampled_from(range(len(WAYS))), st.integers(0, 60), st.integers(0, 2)),
    min_size=4,
    max_size=14,
)


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
@settings(max_examples=5, deadline=None, derandomize=True,
          suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(happenings=HAPPENINGS)
def test_following_changes_ends_where_counting_anew_ends(happenings: list[tuple[int, int, int]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
    for way, number, place in happenings:
        WAYS[way](number, place)
    loop.work_all()
    followed = kept()
    scores, failing, course = counted_anew()
    assert followed[0] == scores
    assert followed[1] == failing
    assert last_of(followed[2]) == last_of(course)
    assert {row[1:3] for row in scores if row[0] == "pharmacies"} <= {("", PROVINCE)}
    with connection.cursor() as cursor:
        cursor.execute("ROLLBACK TO before")


def last_of(course: Rows) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    """The newest counts of each unit; a unit of which nothing is left is as one that never was."""
    return {row[:3]: row[4:] for row in course if row[4]}
