"""Who hears what: roles, once only, delegates, preferences, walls."""

from datetime import datetime, time, timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.foundation.calendar import TZ, today
from khoyte.notices import actions, planning, queries
from khoyte.notices.addressing import account, contact, role
from khoyte.notices.enums import Channel
from khoyte.notices.errors import OutsideTransaction, WrongPreferences
from khoyte.notices.models import Notice, NoticeDelivery, NoticePreference
from khoyte.notices.tests.people import chooses, listener, missing, returned
from khoyte.notices.timing import after_quiet, in_quiet, next_digest
from khoyte.units import delegations
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.country import make_account
from khoyte.units.tests.windows import Window

OFFICERS = ("facility", "facility_reviewer")


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_a_role_is_told_once_each_however_often_it_is_told() -> None:
    for held in OFFICERS:
        make_account("97001", held)
    make_account("97002", "facility")
    for _ in range(3):
        returned(role("97001", *OFFICERS), account("facility-97001"))
    heard = Notice.objects.values_list("account", flat=True)
    assert sorted(heard) == ["facility-97001", "facility_reviewer-97001"]
    returned(role("97001", *OFFICERS), occasion="2")
    assert Notice.objects.count() == 4


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_a_role_that_nobody_holds_leaves_a_trace() -> None:
    returned(role("97001", "facility"))
    assert queries.unheard() == 1
    assert planning.plan_new() == 1
    assert not NoticeDelivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_notice_is_not_written_outside_a_transaction() -> None:
    with pytest.raises(OutsideTransaction):
        actions.tell("file_returned", to=[account("x")], subject="r", occasion="1", facts={})


@pytest.mark.django_db
@pytest.mark.usefixtures("country", "ways")
def test_while_somebody_is_away_the_delegate_hears_and_no_further_one() -> None:
    third = listener(role="data_protection")
    second = listener(role="facility_reviewer")
    first = listener()
    for giver, taker in ((second, third), (first, second)):
        with speaking_as(giver):
            delegations.give(taker=taker.name, ends_on=today(), reason="Nghỉ phép", by=giver)
    returned(account(first.name))
    assert [planning.plan_new(), planning.plan_new(), planning.plan_new()] == [1, 1, 0]
    heard = {one.account: one.instead_of for one in Notice.objects.all()}
    assert heard == {first.name: "", second.name: first.name}
    assert [one.account for one in NoticeDelivery.objects.all()] == [second.name]


@pytest.mark.django_db
@pytest.mark.usefixtures("country", "ways")
def test_what_is_muted_or_switched_off_stays_in_the_application() -> None:
    quiet = listener(muted=("submission_missing",), channels=("email", "sms", "zalo"))
    only_sms = listener(role="facility_reviewer", channels=("sms",))
    missing(account(quiet.name), account(only_sms.name))
    planning.plan_new()
    left = NoticeDelivery.objects.values_list("account", "channel")
    assert list(left) == [(only_sms.name, "sms")]
    assert Notice.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("country", "ways")
def test_a_contact_without_an_account_is_kept_sealed() -> None:
    returned(contact(Channel.EMAIL, "chi-la-mot-dia-chi@donvi.example"))
    row = Notice.objects.get()
    assert b"donvi" not in bytes(row.contact_sealed)
    planning.plan_new()
    assert NoticeDelivery.objects.get().channel == "email"


@pytest.mark.django_db
@pytest.mark.usefixtures("country", "ways")
@pytest.mark.parametrize(
    ("choices", "field"),
    [
        ({"email": "khong phai"}, "email"),
        ({"email": "a@b.vn\nBcc: x@y.vn"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"email": "", "channels": ("email",)}, "email"),
    ],
    ids=["words", "two-lines", "short", "no-address"],
)
def test_wrong_choices_are_refused_by_field(choices: dict, field: str) -> None:
    actor = listener()
    make_account("97002", "facility")
    with pytest.raises(WrongPreferences) as refused:
        chooses(actor, **choices)
    assert field in refused.value.problems


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_a_way_that_is_not_connected_is_not_offered() -> None:
    actor = listener(channels=())
    with pytest.raises(WrongPreferences) as refused:
        chooses(actor, channels=("sms",))
    assert "channels" in refused.value.problems


@pytest.mark.django_db
@pytest.mark.usefixtures("country", "ways")
def test_the_database_shows_an_account_its_own_alone() -> None:
    mine, other = listener(), listener(role="facility_reviewer")
    returned(account(mine.name), account(other.name))
    planning.plan_new()
    with speaking_as(mine):
        assert {one.account for one in Notice.objects.all()} == {mine.name}
        assert {one.account for one in NoticeDelivery.objects.all()} == {mine.name}
        assert {one.account for one in NoticePreference.objects.all()} == {mine.name}
        assert Notice.objects.filter(account=other.name).update(read_at=timezone.now()) == 0
        with pytest.raises(DatabaseError), transaction.atomic():
            Notice.objects.filter(account=mine.name).update(account=other.name)
        with pytest.raises(DatabaseError), transaction.atomic():
            NoticeDelivery.objects.all().update(attempts=0)


@pytest.mark.django_db
@pytest.mark.usefixtures("country", "ways")
def test_the_pages_show_and_mark_only_ones_own() -> None:
    mine, other = listener(), listener(role="facility_reviewer")
    returned(account(mine.name), account(other.name), subject="r1")
    missing(account(mine.name))
    from khoyte.units.models import Account

    window = Window(Account.objects.get(username=mine.name))
    page = window.get("/thong-bao").content.decode()
    assert "2 thông báo chưa đọc" in page
    assert "Đơn vị 97001 thường gửi" in page
    assert '<span class="unread">2' in window.get("/huong-dan").content.decode()
    theirs = Notice.objects.get(account=other.name)
    window.post("/thong-bao", {"thong-bao": str(theirs.pk)})
    assert Notice.objects.get(pk=theirs.pk).read_at is None
    window.post("/thong-bao", {"tat-ca": "1"})
    assert Notice.objects.filter(read_at=None).count() == 1
    assert 'class="unread"' not in window.get("/huong-dan").content.decode()
    assert window.get("/thong-bao?chua-doc=1&truoc=khong-phai").status_code == 200


@pytest.mark.django_db
@pytest.mark.usefixtures("country", "ways")
def test_the_form_keeps_what_was_chosen_and_says_what_is_wrong() -> None:
    actor = listener()
    from khoyte.units.models import Account

    window = Window(Account.objects.get(username=actor.name))
    wrong = window.post("/thong-bao/tuy-chon", {"kenh": ["email"], "thu": "sai"})
    assert wrong.status_code == 422
    assert "ten@donvi.vn" in wrong.content.decode()
    right = {"kenh": ["email"], "thu": "moi@donvi.example", "loai": ["file_returned"], "yen-tu": "22:00"}
    assert window.post("/thong-bao/tuy-chon", right).status_code == 302
    page = window.get("/thong-bao/tuy-chon").content.decode()
    assert "moi@donvi.example" in page
    assert 'value="22:00"' in page
    kept = NoticePreference.objects.get(account=actor.name)
    assert "file_returned" not in kept.muted
    assert "licence_expiring" in kept.muted
    assert b"moi@donvi" not in bytes(kept.email_sealed)


moments = st.integers(0, 365 * 24 * 3600).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=TZ) + timedelta(seconds=seconds)
)
clocks = st.times().map(lambda clock: clock.replace(second=0, microsecond=0, tzinfo=None))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)
@given(moments, clocks, clocks)
def test_after_quiet_hours_it_is_never_quiet_and_never_later_than_needed(
    moment: datetime, start: time, end: time
) -> None:
    leaves = after_quiet(moment, start, end)
    assert not in_quiet(leaves, start, end)
    assert moment <= leaves < moment + timedelta(days=1)
    if not in_quiet(moment, start, end):
        assert leaves == moment


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=40)
@given(moments, clocks)
def test_the_digest_is_the_next_time_of_its_clock(moment: datetime, at: time) -> None:
    due = next_digest(moment, at)
    assert due.timetz().replace(tzinfo=None) == at
    assert moment <= due < moment + timedelta(days=1)
