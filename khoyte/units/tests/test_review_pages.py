"""The review page: who sees which accounts, and one decision a line through the policy."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from khoyte.audit.models import AuditEntry
from khoyte.units import accounts
from khoyte.units.errors import UnknownAccount
from khoyte.units.models import Account
from khoyte.units.tests.country import actor, make_account
from khoyte.units.tests.windows import Window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]
PAGE = "/ra-soat-tai-khoan"
EVERYBODY = {
    *("operator-BYT", "ministry-BYT", "province-97", "province-98"),
    *("facility-97001", "facility-97002", "facility-98001"),
}
OF_97 = {"province-97", "facility-97001", "facility-97002"}


@pytest.fixture
def people() -> dict[str, Account]:
    """Accounts of the country, all made so long ago that they are due."""
    made = [
        make_account(*where)
        for where in (
            *(("BYT", "operator"), ("BYT", "ministry"), ("97", "province"), ("98", "province")),
            *(("97001", "facility"), ("97002", "facility"), ("98001", "facility")),
        )
    ]
    long_ago = timezone.now() - timedelta(days=190)
    Account.objects.update(created_at=long_ago, enabled_at=long_ago)
    return {account.username: account for account in made}


def shown(page: str) -> set[str]:
    return set(re.findall(r'<th scope="row">\s*([\w-]+)', page))


class TestList:
    def test_an_operator_sees_all_and_a_province_its_own(self, people: dict[str, Account]) -> None:
        for name, expected in (("operator-BYT", EVERYBODY), ("province-97", OF_97)):
            page = Window(people[name]).get(PAGE).content.decode()
            assert shown(page) == expected
            assert f"{len(expected)} tài khoản cần rà soát" in page

    @pytest.mark.parametrize("name", ["ministry-BYT", "facility-97001"])
    def test_others_are_refused(self, people: dict[str, Account], name: str) -> None:
        assert Window(people[name]).get(PAGE).status_code == 403

    def test_choices_by_what_is_to_decide(self, people: dict[str, Account]) -> None:
        now, window = timezone.now(), Window(people["province-97"])
        accounts.confirm("facility-97001", by=actor("97", "province"))
        accounts.disable("facility-97002", by=actor("97", "province"))
        Account.objects.filter(username="facility-97001").update(last_login=now - timedelta(days=31))
        expected = {
            "": {"province-97"},
            "it-dung": {"facility-97001"},
            "da-ngung": {"facility-97002"},
            "tat-ca": OF_97,
            "khong-co": {"province-97"},
        }
        for choice, names in expected.items():
            page = window.get(PAGE, {"loc": choice}).content.decode()
            assert shown(page) == names, choice

    def test_an_empty_list_says_so(self, people: dict[str, Account]) -> None:
        Account.objects.update(created_at=timezone.now())
        page = Window(people["province-97"]).get(PAGE).content.decode()
        assert "Không có tài khoản cần rà soát" in page

    def test_long_lists_have_pages(self, people: dict[str, Account]) -> None:
        unit = people["facility-97001"].unit
        Account.objects.bulk_create(
            Account(username=f"clerk-{number:03}", unit=unit, role="facility") for number in range(60)
        )
        window = Window(people["province-97"])
        pages = [window.get(PAGE, {"loc": "tat-ca", "trang": n}).content.decode() for n in ("1", "2", "99")]
        assert [page.count('class="is-tag"') for page in pages] == [50, 13, 13]
        for strange in ("x", "-1", "²", "0", "9" * 40):
            assert window.get(PAGE, {"trang": strange}).status_code == 200


class TestDecisions:
    @pytest.mark.parametrize(
        ("act", "audited", "active"),
        [("confirm", "account.review", True), ("disable", "account.disable", False)],
    )
    def test_a_province_decides_about_its_facility(
        self, people, act: str, audited: str, active: bool
    ) -> None:
        window, clerk = Window(people["province-97"]), Window(people["facility-97001"])
        assert clerk.get("/tai-khoan").status_code == 200
        answer = window.post(PAGE, {act: "facility-97001"})
        assert answer["Location"] == f"{PAGE}?xong={act}&ten=facility-97001"
        assert "facility-97001." in window.get(answer["Location"]).content.decode()
        account = Account.objects.get(username="facility-97001")
        assert (account.is_active, bool(account.reviewed_at)) == (active, act == "confirm")
        assert (clerk.get("/tai-khoan").status_code == 200) is active
        entry = AuditEntry.objects.get(action=audited)
        assert (entry.actor, entry.subject_id, entry.facility, entry.province) == (
            *("province-97", "facility-97001"),
            *("97001", "97"),
        )

    def test_a_closed_account_is_opened_again(self, people: dict[str, Account]) -> None:
        accounts.disable("facility-97001", by=actor("97", "province"))
        Window(people["province-97"]).post(PAGE, {"enable": "facility-97001", "loc": "da-ngung"})
        assert Account.objects.get(username="facility-97001").is_active

    @pytest.mark.parametrize(
        "name", ["facility-98001", "province-98", "operator-BYT", "nobody", "a\x00b", ""]
    )
    @pytest.mark.parametrize("act", ["confirm", "disable", "enable"])
    def test_somebody_elses_and_nobodys_answer_alike(self, people, act: str, name: str) -> None:
        before = list(Account.objects.order_by("pk").values_list("is_active", "reviewed_at"))
        answer = Window(people["province-97"]).post(PAGE, {act: name})
        assert answer.status_code == 422
        assert "Không có tài khoản này trong danh sách" in answer.content.decode()
        assert list(Account.objects.order_by("pk").values_list("is_active", "reviewed_at")) == before

    @pytest.mark.parametrize("name", ["province-97", "operator-BYT"])
    def test_nobody_reviews_themselves(self, people: dict[str, Account], name: str) -> None:
        window = Window(people[name])
        assert "Người khác rà soát" in window.get(PAGE).content.decode()
        for act in ("confirm", "disable"):
            assert window.post(PAGE, {act: name}).status_code == 422
        assert Account.objects.get(username=name).is_active

    def test_an_operator_decides_about_anybody_else(self, people: dict[str, Account]) -> None:
        window = Window(people["operator-BYT"])
        for name in EVERYBODY - {"operator-BYT"}:
            assert window.post(PAGE, {"confirm": name}).status_code == 302
        assert Account.objects.filter(reviewed_by="operator-BYT").count() == len(EVERYBODY) - 1

    def test_an_act_that_is_none(self, people: dict[str, Account]) -> None:
        assert Window(people["province-97"]).post(PAGE, {"remove": "facility-97001"}).status_code == 422

    def test_an_address_somebody_made_up_confirms_nothing(self, people: dict[str, Account]) -> None:
        window = Window(people["province-97"])
        page = window.get(PAGE, {"xong": "disable", "ten": "facility-98001"}).content.decode()
        assert "Đã ngừng tài khoản" not in page

    def test_below_the_page_the_act_asks_the_policy_too(self, people: dict[str, Account]) -> None:
        for by, name in (
            (actor("97", "province"), "facility-98001"),
            (actor("97001", "facility"), "facility-97001"),
            (actor("BYT", "ministry"), "facility-97001"),
        ):
            with pytest.raises(UnknownAccount):
                accounts.administered(name, by=by)
        assert list(accounts.administered_by(actor("97001", "facility"))) == []
