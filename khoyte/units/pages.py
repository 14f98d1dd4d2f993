"""Signing in and out. The same words for a wrong name and a wrong password: no sign who has an account."""

from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from khoyte.foundation.language import Text
from khoyte.units import invitations, passwords, sign_in_guard, signing_in
from khoyte.units.enums import Role
from khoyte.units.models import Account
from khoyte.units.places import address_of
from khoyte.units.policy import permissions_of
from khoyte.units.return_address import plain_address
from khoyte.units.web import READING, ActingRequest, guarded, public

WRONG = Text(
    vi="Tên đăng nhập hoặc mật khẩu chưa đúng. Kiểm tra rồi nhập lại.",
    en="The user name or password is wrong. Check both and try again.",
)

LOCKED = Text(
    vi="Đã nhập sai nhiều lần. Chờ {minutes} phút rồi đăng nhập lại, hoặc đề nghị người quản trị mở khóa.",
    en="Too many wrong attempts. Wait {minutes} minutes and sign in again, or ask your administrator.",
)

ROLE_NAMES = {
    Role.FACILITY: Text("Cán bộ gửi dữ liệu của cơ sở", "Facility officer who sends data"),
    Role.FACILITY_REVIEWER: Text("Cán bộ rà soát của cơ sở", "Facility reviewer"),
    Role.FACILITY_ADMIN: Text("Người quản trị của cơ sở", "Facility administrator"),
    Role.PRACTITIONER: Text("Người hành nghề", "Practitioner"),
    Role.PROVINCE: Text("Cán bộ Sở Y tế", "Officer of the provincial health department"),
    Role.PROVINCE_LEAD: Text("Lãnh đạo Sở Y tế", "Lead of the provincial health department"),
    Role.DEPARTMENT: Text("Cán bộ Vụ, Cục, đơn vị thuộc Bộ Y tế", "Officer of a ministry department"),
    Role.MINISTRY: Text("Cán bộ Bộ Y tế", "Officer of the ministry"),
    Role.DATA_PROTECTION: Text("Cán bộ bảo vệ dữ liệu cá nhân", "Data-protection officer"),
    Role.OPERATOR: Text("Cán bộ vận hành", "Operator"),
    Role.CITIZEN: Text("Người dân", "Citizen"),
}


@public
@require_http_methods(["GET", "POST"])
def sign_in(request: ActingRequest) -> HttpResponse:
    if request.method == "GET":
        return sign_in_page(request)
    # PostgreSQL takes no NUL; no account has one in its name.
    username = request.POST.get("username", "").replace("\x00", "?")
    came_from = address_of(request)
    if not sign_in_guard.admit(username, came_from):
        minutes = sign_in_guard.NAME_LIMIT.minutes
        answer = sign_in_page(request, LOCKED.fill(minutes=minutes), status=429)
        answer["Retry-After"] = str(minutes * 60)
        return answer
    password = passwords.typed(request.POST.get("password", ""))
    account = authenticate(request, username=username, password=password)
    if not isinstance(account, Account) or _comes_too_late(account):
        return sign_in_page(request, WRONG, status=422)
    sign_in_guard.succeeded(username, came_from)
    return signing_in.begin(
        request, account, next=own_address(request, request.POST.get("next", "")), proof=signing_in.PASSWORD
    )


def _comes_too_late(account: Account) -> bool:
    """A one-time code somebody was let in with opens nothing after its days."""
    return account.must_change_password and invitations.is_over(account)


def sign_in_page(request: ActingRequest, error: Text | None = None, *, status: int = 200) -> HttpResponse:
    """The form, with what was typed but the password, and the providers people may sign in with."""
    given = request.POST if request.method == "POST" else request.GET
    context = {
        "next": plain_address(given.get("next", "")),
        "username": request.POST.get("username", ""),
        "error": error,
        "providers": settings.OIDC.values(),
    }
    return render(request, "units/sign_in.html", context, status=status)


@public
@require_POST
def sign_out(request: ActingRequest) -> HttpResponse:
    logout(request)
    return HttpResponseRedirect("/dang-nhap")


@guarded("home.read", methods=READING)
def account(request: ActingRequest) -> HttpResponse:
    """Who one is here, and what the access table lets this role do."""
    permissions = permissions_of(request.actor)
    context = {
        "role": ROLE_NAMES[Role(request.actor.role)],
        "permissions": [permission.sentence for permission in permissions],
    }
    return render(request, "units/account.html", context)


def own_address(request: ActingRequest, address: str) -> str:
    """Only addresses of this site: a link in a mail must not send people elsewhere after signing in."""
    own = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if address and own else "/"
