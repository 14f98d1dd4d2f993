"""Acting for somebody: within one unit, until a day, both written down."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest

from khoyte.audit.models import AuditEntry
from khoyte.foundation.calendar import today
from khoyte.units import accounts, actions, delegations
from khoyte.units.errors import WrongUnit
from khoyte.units.models import Account, Delegation
from khoyte.units.policy import Actor
from khoyte.units.queries import actor_of_account
from khoyte.units.tests.country import BY, PASSWORD, make_account
from khoyte.units.tests.windows import Window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]
PAGE = "/tai-khoan/uy-quyen"


@pytest.fixture
def lead() -> Account:
    return make_account("97", "province_lead")


@pytest.fixture
def deputy() -> Account:
    return make_account("97", "province")


@contextmanager
def refused(words: str) -> Iterator[None]:
    with pytest.raises(WrongUnit) as error:
        yield
    assert words in error.value.text.vi


def give(by: Account, taker: str, days: int = 5) -> Delegation:
    ends_on = today() + timedelta(days=days)
    return delegations.give(taker=taker, ends_on=ends_on, reason="QĐ 12/QĐ-SYT", by=actor_of_account(by))


def seen(window: Window) -> str:
    return window.get("/tai-khoan").content.decode()


def test_the_delegate_holds_the_role_and_both_stand_in_the_log(lead: Account, deputy: Account) -> None:
    made, window = give(lead, deputy.username), Window(deputy)
    assert "Lãnh đạo Sở Y tế" not in seen(window)
    window.post(PAGE, {"thay-mat": str(made.pk)})
    assert "Lãnh đạo Sở Y tế" in seen(window)
    assert "thay mặt province_lead-97" in seen(window)
    make_account("97001", "facility")
    window.post("/ra-soat-tai-khoan", {"confirm": "facility-97001"})
    entry = AuditEntry.objects.get(action="account.review")
    assert (entry.actor, entry.actor_role, entry.details["on_behalf_of"]) == (
        "province-97",
        "province_lead",
        "province_lead-97",
    )
    window.post(PAGE, {"thoi": "1"})
    assert "Lãnh đạo Sở Y tế" not in seen(window)


def test_it_is_over_with_its_day_its_end_and_its_giver(lead: Account, deputy: Account) -> None:
    made, window = give(lead, deputy.username), Window(deputy)
    window.post(PAGE, {"thay-mat": str(made.pk)})
    for over, back in (
        ({"begins_on": date(2026, 1, 1), "ends_on": today() - timedelta(days=1)}, {"ends_on": made.ends_on}),
        ({"begins_on": today() + timedelta(days=1)}, {"begins_on": today()}),
    ):
        Delegation.objects.update(**over)
        assert "thay mặt" not in seen(window)
        Delegation.objects.update(**back)
        assert "thay mặt" in seen(window)
    accounts.disable(lead.username, by=BY)
    assert "thay mặt" not in seen(window)
    accounts.enable(lead.username, by=BY)
    Window(lead).post(PAGE, {"cham-dut": str(made.pk)})
    assert "thay mặt" not in seen(window)


@pytest.mark.parametrize("taker", ["province_lead-97", "province-98", "nobody", "facility-97001"])
def test_it_stays_in_the_unit(lead: Account, taker: str) -> None:
    for unit, role in (("98", "province"), ("97001", "facility")):
        make_account(unit, role)
    with refused("Trong đơn vị không có"):
        give(lead, taker)


@pytest.mark.parametrize("days", [-1, delegations.LONGEST_DAYS + 1])
def test_it_has_an_end_that_is_not_far(lead: Account, deputy: Account, days: int) -> None:
    with refused("Ngày kết thúc"):
        give(lead, deputy.username, days)


def test_what_was_taken_is_not_handed_on(lead: Account, deputy: Account) -> None:
    give(lead, deputy.username)
    third, _ = actions.create_account(username="ba", unit="97", role="province", password=PASSWORD, by=BY)
    acting = Actor(**{**actor_of_account(deputy).__dict__, "on_behalf_of": lead.username})
    with refused("không ủy quyền lại"):
        delegations.give(taker=third.username, ends_on=today(), reason="x", by=acting)


def test_nobody_begins_or_ends_what_is_between_others(lead: Account, deputy: Account) -> None:
    made = give(lead, deputy.username)
    third, _ = actions.create_account(username="ba", unit="97", role="province", password=PASSWORD, by=BY)
    window = Window(third)
    for typed in ({"thay-mat": str(made.pk)}, {"cham-dut": str(made.pk)}, {"thay-mat": "x"}):
        window.post(PAGE, typed)
    assert "thay mặt" not in seen(window)
    assert Delegation.objects.get().ended_at is None


def test_the_page_says_what_is_wrong_and_shows_what_was_given(lead: Account, deputy: Account) -> None:
    window = Window(lead)
    typed = {"giao": "1", "nguoi-nhan": "nobody", "den-ngay": "x", "ly-do": "Đi họp"}
    assert window.post(PAGE, typed).status_code == 422
    typed |= {"nguoi-nhan": deputy.username, "den-ngay": today().isoformat()}
    assert window.post(PAGE, typed).status_code == 302
    assert "Đi họp" in window.get(PAGE).content.decode()
