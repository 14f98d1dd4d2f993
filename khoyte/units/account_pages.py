"""Making an account for a named person of a unit one administers, and delegations within one's own."""

from datetime import date

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look import forms
from khoyte.foundation.look.forms import Fault, Field
from khoyte.units import delegations, letting_in
from khoyte.units.enums import ROLES_OF_KIND, Role
from khoyte.units.errors import Refused, UnknownUnit, WrongUnit
from khoyte.units.middleware import DELEGATION
from khoyte.units.models import Unit
from khoyte.units.pages import ROLE_NAMES
from khoyte.units.policy import Actor
from khoyte.units.queries import account_of
from khoyte.units.web import ActingRequest, guarded

BACK = ("/ra-soat-tai-khoan", Text(vi="Tài khoản", en="Accounts"))
NOT_A_DAY = Text(vi="Ngày kết thúc chưa đúng.", en="This is no day.")


@guarded("account.administer")
@require_http_methods(["GET", "HEAD", "POST"])
def new_account(request: ActingRequest) -> HttpResponse:
    """The form; POST makes the account and shows its one-time code this once."""
    fields = _fields(request.actor)
    if request.method != "POST":
        return _page(request, fields, {"don-vi": request.actor.unit_code}, [])
    typed, faults = forms.read(fields, request.POST, longest=100)
    if faults:
        return _page(request, fields, typed, faults)
    try:
        account, code = letting_in.open_account(
            unit=typed.get("don-vi") or request.actor.unit_code,
            role=typed["vai-tro"],
            full_name=typed["ho-ten"],
            username=typed["ten-dang-nhap"],
            by=request.actor,
        )
    except (WrongUnit, UnknownUnit, Refused) as refused:
        return _page(request, fields, typed, [Fault("", refused.text)])
    reach = letting_in.Reach(phone=typed["dien-thoai"], mail=typed["thu-dien-tu"])
    sent_to = letting_in.send_code(account, code, reach)
    context = {"account": account, "code": code, "sent_to": sent_to, "unit": account.unit, "back": BACK}
    return render(request, "units/one_time_code.html", context)


def _fields(actor: Actor) -> list[Field]:
    """A facility's administrator is asked no unit; others name the one the account is of."""
    unit = Unit.objects.get(pk=actor.unit_code)
    if actor.facility:
        roles = letting_in.roles_to_give(unit, actor)
    else:
        every = dict.fromkeys(role for roles in ROLES_OF_KIND.values() for role in roles)
        roles = [role for role in every if role != Role.CITIZEN]
    asked = [Field("don-vi", Text(vi="Mã đơn vị", en="Code of the unit"))]
    return [
        *([] if actor.facility else asked),
        Field("ho-ten", Text(vi="Họ và tên", en="Full name")),
        Field(
            "vai-tro", Text(vi="Vai trò", en="Role"), "choice", [(role, ROLE_NAMES[role]) for role in roles]
        ),
        Field(
            "ten-dang-nhap",
            Text(vi="Tên đăng nhập", en="User name"),
            required=False,
            hint=Text(vi="Để trống thì đặt theo mã đơn vị và tên.", en="Empty: made of unit and name."),
        ),
        Field(
            "dien-thoai",
            Text(vi="Điện thoại nhận mã", en="Telephone for the code"),
            required=False,
            hint=Text(
                vi="Mã dùng một lần được nhắn tới số này nếu hệ thống có nối kênh tin nhắn.",
                en="The one-time code is sent there where the installation is connected to a way.",
            ),
            autocomplete="off",
        ),
        Field("thu-dien-tu", Text(vi="Thư điện tử nhận mã", en="E-mail for the code"), required=False),
    ]


def _page(
    request: ActingRequest, fields: list[Field], typed: dict[str, str], faults: list[Fault]
) -> HttpResponse:
    context = {"fields": [(field, typed.get(field.name, "")) for field in fields], "faults": faults}
    return render(request, "units/new_account.html", context, status=422 if faults else 200)


DELEGATING = (
    Field("nguoi-nhan", Text(vi="Tên đăng nhập của người nhận", en="User name of the delegate")),
    Field("den-ngay", Text(vi="Đến hết ngày", en="Until"), "day"),
    Field("ly-do", Text(vi="Lý do, văn bản ủy quyền", en="Reason or paper")),
)


@guarded("account.keep")
@require_http_methods(["GET", "HEAD", "POST"])
def own_delegations(request: ActingRequest) -> HttpResponse:
    """One's delegations; POST gives, ends, or begins and stops acting for somebody."""
    if request.method != "POST":
        return _delegations(request, {}, [])
    given = request.POST
    if "giao" in given:
        typed, faults = forms.read(DELEGATING, given)
        faults = faults or _given(request, typed)
        return _delegations(request, typed, faults) if faults else HttpResponseRedirect(request.path)
    if "cham-dut" in given:
        delegations.end(_number(given["cham-dut"]), by=request.actor)
    if "thoi" in given:
        request.session.pop(DELEGATION, None)
    if "thay-mat" in given:
        number = _number(given["thay-mat"])
        if delegations.giver_of(number, account_of(request.actor)) is not None:
            request.session[DELEGATION] = number
    return HttpResponseRedirect(request.path)


def _given(request: ActingRequest, typed: dict[str, str]) -> list[Fault]:
    try:
        day = date.fromisoformat(typed["den-ngay"])
    except ValueError:
        return [Fault("den-ngay", NOT_A_DAY)]
    try:
        delegations.give(taker=typed["nguoi-nhan"], ends_on=day, reason=typed["ly-do"], by=request.actor)
    except KhoyteError as refused:
        return [Fault("", refused.text)]
    return []


def _number(written: str) -> int:
    return int(written) if written.isascii() and written.isdigit() and len(written) < 19 else 0


def _delegations(request: ActingRequest, typed: dict[str, str], faults: list[Fault]) -> HttpResponse:
    account = account_of(request.actor)
    may_give = not request.actor.on_behalf_of and account.role not in delegations.NEVER_GIVEN
    context = {
        "given": delegations.given(account),
        "taken": delegations.taken(account),
        "fields": [(field, typed.get(field.name, "")) for field in DELEGATING] if may_give else [],
        "faults": faults,
    }
    return render(request, "units/delegations.html", context, status=422 if faults else 200)
