"""A one-time code goes out once, by one way, sealed until then, and never with the user name."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import connection

from khoyte.notices.models import Notice, NoticeDelivery
from khoyte.notices.tests.people import carry_out
from khoyte.units import letting_in, requests
from khoyte.units.letting_in import Reach
from khoyte.units.models import Account
from khoyte.units.tenancy import speaking_as
from khoyte.units.tests.country import actor
from khoyte.units.tests.test_requests import TYPED, hand_in

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
BOTH = Reach(phone="0900 000 001", mail="cuong@donvi.example")


def opened(reach: Reach) -> tuple[Account, str, str]:
    by = actor("97001", "facility_admin")
    with speaking_as(by):
        account, code = letting_in.open_account(
            unit="97001", role="facility", full_name="Lê Văn Cường", by=by
        )
        return account, code, letting_in.send_code(account, code, reach)


def everything_kept() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(n::text, ' ') FROM notice n")
        return cursor.fetchone()[0] or ""


def reached(ways: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: list(carrier.reached.values()) for name, carrier in ways.items()}


def test_the_telephone_comes_first_and_what_is_out_is_not_kept(ways: dict[str, Any]) -> None:
    account, code, sent_to = opened(BOTH)
    assert sent_to == "•••001"
    assert code not in everything_kept()
    assert Notice.objects.get().code_sealed is not None
    carry_out(2)
    found = reached(ways)
    (text,) = found["sms"]
    assert (text.to, found["email"], found["zalo"]) == ("0900000001", [], [])
    assert code in text.text
    assert account.username not in text.text
    assert Notice.objects.get().code_sealed is None
    assert NoticeDelivery.objects.get().state == "delivered"


def test_without_a_telephone_it_goes_by_mail(ways: dict[str, Any]) -> None:
    _, code, sent_to = opened(Reach(mail="cuong@donvi.example"))
    assert sent_to == "c•••@donvi.example"
    carry_out(2)
    (letter,) = reached(ways)["email"]
    assert (letter.to, code in letter.text, "Đơn vị 97001" in letter.text) == (
        "cuong@donvi.example",
        True,
        True,
    )
    assert Notice.objects.get().code_sealed is None


def test_a_code_that_cannot_be_delivered_is_not_kept_either(ways: dict[str, Any]) -> None:
    ways["sms"].behaviours = ["no-such"]
    opened(BOTH)
    carry_out(2)
    assert NoticeDelivery.objects.get().state == "refused"
    assert Notice.objects.get().code_sealed is None


@pytest.mark.parametrize(
    "reach", [Reach(), Reach(phone="12"), Reach(mail="không phải thư"), Reach(phone="x" * 400)]
)
def test_where_nothing_leads_there_nothing_is_written(ways: dict[str, Any], reach: Reach) -> None:
    assert opened(reach)[2] == ""
    assert not Notice.objects.exists()


def test_without_a_way_out_it_is_shown_on_the_page_alone() -> None:
    assert opened(BOTH)[2] == ""
    assert not Notice.objects.exists()


def test_who_asked_for_an_account_gets_the_code_where_they_said(ways: dict[str, Any]) -> None:
    reference = hand_in()
    officer = actor("97", "province")
    with speaking_as(officer):
        made = requests.approve(requests.waiting(officer).get().pk, by=officer)
    assert made.sent_to == "•••001"
    carry_out(2)
    (text,) = reached(ways)["sms"]
    assert (text.to, made.one_time_code in text.text) == (TYPED["dien-thoai"], True)
    assert reference not in text.text
