"""Pages of the second step: proving it on the way in, setting it up, one's own recovery codes."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.language import Text
from khoyte.units import invitations, second_step, sessions, sign_in_guard, signing_in
from khoyte.units.models import Account
from khoyte.units.passwords import Fault
from khoyte.units.places import address_of, is_inside
from khoyte.units.queries import account_of, actor_of_account
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, guarded, public

WRONG_CODE = Text(
    vi="Mã chưa đúng hoặc đã dùng. Chờ ứng dụng hiện mã mới rồi nhập lại.",
    en="The code is wrong or was used. Wait for the next one in the app and enter it.",
)
WRONG_INVITATION = Text(
    vi="Mã mời chưa đúng, đã dùng hoặc quá hạn. Đề nghị người quản trị cấp mã mời mới.",
    en="The invitation is wrong, used or too old. Ask your administrator for another.",
)
LOCKED = Text(
    vi="Đã nhập sai mã nhiều lần. Chờ {minutes} phút rồi thực hiện lại, hoặc đề nghị người quản trị mở khóa.",
    en="Too many wrong codes. Wait {minutes} minutes and try again, or ask your administrator.",
)


@public
@require_http_methods(["GET", "POST"])
def prove(request: ActingRequest) -> HttpResponse:
    """On the way in: a code of the app, or a recovery code."""
    found = signing_in.on_the_way(request)
    if found is None or not second_step.stands(found[0]):
        return signing_in.again()
    account, entry = found
    if request.method == "GET":
        return _ask(request, [])
    with speaking_as(actor_of_account(account)):
        proof, fault, status = _checked(request, account)
    if fault is not None:
        return _ask(request, [fault], status)
    return signing_in.go_on(request, account, signing_in.second_proven(request, entry, proof))


def _checked(request: ActingRequest, account: Account) -> tuple[str, Fault | None, int]:
    """How the code of the form proves the step, or what is wrong with it and the status that says so."""
    name, place = account.username, address_of(request)
    if not sign_in_guard.admit(name, place, what="code"):
        return "", Fault("code", LOCKED.fill(minutes=sign_in_guard.NAME_LIMIT.minutes)), 429
    proof = second_step.check(account, request.POST.get("code", ""))
    if not proof:
        return "", Fault("code", WRONG_CODE), 422
    sign_in_guard.succeeded(name, place, what="code")
    return proof, None, 200


def _ask(request: ActingRequest, faults: list[Fault], status: int = 200) -> HttpResponse:
    context = {"faults": faults, "with_recovery_code": "khoi-phuc" in request.GET}
    return render(request, "units/second_step_code.html", context, status=status)


@public
@require_http_methods(["GET", "POST"])
def set_up_on_the_way(request: ActingRequest) -> HttpResponse:
    """The account must have a second step and has none: it is set up before anything opens."""
    found = signing_in.on_the_way(request)
    if found is None:
        return signing_in.again()
    account, entry = found
    if second_step.stands(account):
        return signing_in.go_on(request, account, entry)
    # Somebody outside with a password that was found must not be the one who sets the second step up.
    needs_invitation = not is_inside(address_of(request))
    with speaking_as(actor_of_account(account)):
        codes, faults, status = _set_up(request, account, needs_invitation=needs_invitation)
        if not codes:
            return _show_secret(request, account, faults, status, needs_invitation=needs_invitation)
    signing_in.second_proven(request, entry, "code")
    return _show_codes(request, codes, next="/dang-nhap/cai-dat-xac-thuc")


@guarded("account.keep")
@require_http_methods(["GET", "POST"])
def own(request: ActingRequest) -> HttpResponse:
    """One's own second step: set it up; once it stands, new recovery codes or an end, each by a code."""
    account = account_of(request.actor)
    if second_step.stands(account):
        return _keep(request, account)
    codes, faults, status = _set_up(request, account, needs_invitation=False)
    if not codes:
        return _show_secret(request, account, faults, status)
    sessions.second_step_proven(request)
    return _show_codes(request, codes, next="/tai-khoan/xac-thuc")


def _set_up(
    request: ActingRequest, account: Account, *, needs_invitation: bool
) -> tuple[list[str], list[Fault], int]:
    """Recovery codes when the form's code made the step stand; else what is wrong (nothing on GET)."""
    if request.method == "GET":
        return [], [], 200
    name, place = account.username, address_of(request)
    if not sign_in_guard.admit(name, place, what="code"):
        locked = LOCKED.fill(minutes=sign_in_guard.NAME_LIMIT.minutes)
        return [], [Fault("code", locked)], 429
    invitation = request.POST.get("invitation", "")
    if needs_invitation and not invitations.is_good(account, invitation):
        return [], [Fault("invitation", WRONG_INVITATION)], 422
    codes = second_step.confirm(account, request.POST.get("code", ""), by=actor_of_account(account))
    if codes is None:
        return [], [Fault("code", WRONG_CODE)], 422
    if needs_invitation:
        invitations.take(account, invitation)
    sign_in_guard.succeeded(name, place, what="code")
    return codes, [], 200


def _show_secret(
    request: ActingRequest,
    account: Account,
    faults: list[Fault],
    status: int,
    *,
    needs_invitation: bool = False,
) -> HttpResponse:
    secret = second_step.unfinished_secret(account)
    address = second_step.address_for_app(account, secret)
    context = {
        "faults": faults,
        "secret": " ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        "address": address,
        "drawing": second_step.drawing(address),
        "needs_invitation": needs_invitation,
        "is_own_page": request.actor.kind == "account",
    }
    return render(request, "units/second_step_set_up.html", context, status=status)


def _show_codes(request: ActingRequest, codes: list[str], *, next: str) -> HttpResponse:
    return render(request, "units/recovery_codes.html", {"codes": codes, "next": next})


def _keep(request: ActingRequest, account: Account) -> HttpResponse:
    is_asked = second_step.is_asked(account, address_of(request))
    faults, status = list[Fault](), 200
    if request.method == "POST":
        _, fault, status = _checked(request, account)
        if fault is None and "recovery" in request.POST:
            sessions.second_step_proven(request)
            codes = second_step.renew_recovery_codes(account, by=request.actor)
            return _show_codes(request, codes, next="/tai-khoan/xac-thuc")
        if fault is None:
            second_step.remove(account, by=request.actor)
            return HttpResponseRedirect("/tai-khoan/xac-thuc")
        faults = [fault]
    context = {
        "faults": faults,
        "is_asked": is_asked,
        "codes_left": second_step.recovery_codes_left(account),
        "codes": second_step.RECOVERY_CODES,
    }
    return render(request, "units/second_step.html", context, status=status)
