"""Named accounts made and let in again by an administrator of the unit, never above the own role."""

import re

import pytest

from khoyte.units import invitations, letting_in
from khoyte.units.errors import Refused, UnknownAccount, UnknownUnit, WrongUnit
from khoyte.units.models import Account, SecondStep
from khoyte.units.tests.country import actor, make_account
from khoyte.units.tests.windows import Window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]
PAGE, LIST = "/ra-soat-tai-khoan/moi", "/ra-soat-tai-khoan"


def opened(unit: str, role: str, by: tuple[str, str], name: str = "Lê Văn Cường") -> Account:
    account, _ = letting_in.open_account(unit=unit, role=role, full_name=name, by=actor(*by))
    return account


def test_a_facility_administrator_makes_accounts_of_the_own_facility_alone() -> None:
    by = ("97001", "facility_admin")
    made = [opened("97001", role, by) for role in ("facility", "facility_reviewer", "practitioner")]
    assert [account.username for account in made] == ["97001.cuong", "97001.cuong2", "97001.cuong3"]
    for unit in ("97002", "97", "99999"):
        with pytest.raises(UnknownUnit):
            opened(unit, "facility", by)
    with pytest.raises(WrongUnit):
        opened("97001", "facility", by, name=" ")


@pytest.mark.parametrize(
    ("unit", "role", "by", "may"),
    [
        ("97", "province", ("97", "province"), True),
        ("97", "province_lead", ("97", "province"), False),
        ("97", "province_lead", ("97", "province_lead"), True),
        ("97001", "facility_admin", ("97", "province"), True),
    ],
)
def test_a_role_is_given_by_its_like_or_from_above(
    unit: str, role: str, by: tuple[str, str], may: bool
) -> None:
    if may:
        assert opened(unit, role, by).role == role
        return
    with pytest.raises(Refused):
        opened(unit, role, by)


def test_letting_in_again_ends_sessions_app_and_password() -> None:
    clerk = make_account("97001", "facility")
    SecondStep.objects.create(
        account=clerk, secret_sealed=b"x", made_at=clerk.enabled_at, confirmed_at=clerk.enabled_at
    )
    window = Window(clerk)
    account, code = letting_in.let_in_again("facility-97001", by=actor("97001", "facility_admin"))
    assert window.get("/tai-khoan").status_code == 302
    assert not SecondStep.objects.exists()
    assert account.check_password(code)
    assert invitations.is_good(account, code)
    answer = Window().post("/dang-nhap", {"username": "facility-97001", "password": code})
    assert answer["Location"] == "/dang-nhap/mat-khau-moi"


def test_nobody_lets_in_strangers_superiors_or_oneself() -> None:
    for where in (("97001", "facility"), ("97", "province_lead"), ("97002", "facility_admin")):
        make_account(*where)
    for name, by, refusal in (
        ("facility-97001", ("97002", "facility_admin"), UnknownAccount),
        ("facility_admin-97002", ("97002", "facility_admin"), UnknownAccount),
        ("province_lead-97", ("97", "province"), Refused),
        ("nobody", ("97", "province_lead"), UnknownAccount),
    ):
        with pytest.raises(refusal):
            letting_in.let_in_again(name, by=actor(*by))


class TestPages:
    def test_a_facility_administrator_makes_and_lets_in(self) -> None:
        window = Window(make_account("97001", "facility_admin"))
        form = window.get(PAGE).content.decode()
        assert 'name="don-vi"' not in form
        assert 'value="facility_reviewer"' in form
        typed = {"ho-ten": "Lê Văn Cường", "vai-tro": "practitioner", "ten-dang-nhap": "", "don-vi": "97002"}
        page = window.post(PAGE, typed).content.decode()
        (code,) = re.findall(r'<code id="one-time-code">([\w-]+)<', page)
        assert Account.objects.get(username="97001.cuong").unit_id == "97001"
        again = window.post(LIST, {"let-in": "97001.cuong"}).content.decode()
        assert re.findall(r'<code id="one-time-code">([\w-]+)<', again) != [code]
        listed = window.get(LIST, {"loc": "tat-ca"}).content.decode()
        assert "97001.cuong" in listed
        assert "đơn vị bảo đảm" in listed
        assert "97002" not in listed

    def test_wrong_forms_are_answered_beside_the_field(self) -> None:
        window = Window(make_account("97", "province"))
        for typed in (
            {"ho-ten": "", "vai-tro": "facility_admin", "don-vi": "97001"},
            {"ho-ten": "Lê", "vai-tro": "citizen", "don-vi": "97001"},
            {"ho-ten": "Lê", "vai-tro": "facility_admin", "don-vi": "98001"},
            {"ho-ten": "Lê", "vai-tro": "province_lead", "don-vi": "97"},
        ):
            assert window.post(PAGE, typed).status_code == 422, typed

    def test_a_lead_is_not_closed_by_an_officer(self) -> None:
        make_account("97", "province_lead")
        window = Window(make_account("97", "province"))
        assert window.post(LIST, {"disable": "province_lead-97"}).status_code == 422
        assert Account.objects.get(username="province_lead-97").is_active
