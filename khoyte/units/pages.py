"""Signing in and out. The same words for a wrong name and a wrong password: no sign who has an account."""

from django.contrib.auth import authenticate, login, logout
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from khoyte.audit import actions as audit
from khoyte.foundation.language import Text
from khoyte.units.enums import Role
from khoyte.units.policy import permissions_of
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, guarded, public

WRONG = Text(
    vi="Tên đăng nhập hoặc mật khẩu chưa đúng. Kiểm tra rồi nhập lại.",
    en="The user name or password is wrong. Check both and try again.",
)

ROLE_NAMES = {
    Role.FACILITY: Text("Cán bộ gửi dữ liệu của cơ sở", "Facility officer who sends data"),
    Role.FACILITY_REVIEWER: Text("Cán bộ rà soát của cơ sở", "Facility reviewer"),
    Role.PRACTITIONER: Text("Người hành nghề", "Practitioner"),
    Role.PROVINCE: Text("Cán bộ Sở Y tế", "Officer of the provincial health department"),
    Role.DEPARTMENT: Text("Cán bộ Vụ, Cục, đơn vị thuộc Bộ Y tế", "Officer of a ministry department"),
    Role.MINISTRY: Text("Cán bộ Bộ Y tế", "Officer of the ministry"),
    Role.OPERATOR: Text("Cán bộ vận hành", "Operator"),
    Role.CITIZEN: Text("Người dân", "Citizen"),
}


@public
@require_http_methods(["GET", "POST"])
def sign_in(request: ActingRequest) -> HttpResponse:
    if request.method == "GET":
        return render(request, "units/sign_in.html", {"next": request.GET.get("next", "")})
    account = authenticate(
        request,
        # PostgreSQL takes no NUL; no account has one in its name.
        username=request.POST.get("username", "").replace("\x00", "?"),
        password=request.POST.get("password", ""),
    )
    if account is None:
        context = {
            "next": request.POST.get("next", ""),
            "error": WRONG,
            "username": request.POST.get("username", ""),
        }
        return render(request, "units/sign_in.html", context, status=422)
    actor = actor_of_account(account)
    with speaking_as(actor):
        login(request, account)
        audit.record(
            by=actor,
            action="account.sign_in",
            subject_kind="account",
            subject_id=account.username,
            facility=actor.facility,
            province=actor.province,
        )
    return HttpResponseRedirect(_safe(request, request.POST.get("next", "")))


@public
@require_POST
def sign_out(request: ActingRequest) -> HttpResponse:
    logout(request)
    return HttpResponseRedirect("/dang-nhap")


@guarded("home.read")
def account(request: ActingRequest) -> HttpResponse:
    """Who one is here, and what the access table lets this role do."""
    permissions = permissions_of(request.actor)
    context = {
        "role": ROLE_NAMES[Role(request.actor.role)],
        "permissions": [permission.sentence for permission in permissions],
    }
    return render(request, "units/account.html", context)


def _safe(request: ActingRequest, address: str) -> str:
    """Only addresses of this site: a link in a mail must not send people elsewhere after signing in."""
    own = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if address and own else "/"
