"""Pages to choose a new password: one's own at any time, or on the way in after somebody else chose it."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.language import Text
from khoyte.units import passwords, second_step, sessions, sign_in_guard, signing_in
from khoyte.units.models import Account
from khoyte.units.passwords import Fault
from khoyte.units.places import address_of
from khoyte.units.queries import account_of, actor_of_account
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, guarded, public

LOCKED = Text(
    vi="Đã nhập sai nhiều lần. Chờ {minutes} phút rồi thực hiện lại.",
    en="Too many wrong attempts. Wait {minutes} minutes and try again.",
)

DONE = Text(
    vi="Đã đổi mật khẩu. Các phiên đăng nhập khác đã kết thúc.",
    en="The password is changed. Other sessions have ended.",
)


@guarded("account.keep")
@require_http_methods(["GET", "POST"])
def change_password(request: ActingRequest) -> HttpResponse:
    """One's own password: the present one, and twice the new one. Other sessions end with the old one."""
    account = account_of(request.actor)
    if request.method == "GET":
        return _page(request, account, [], done="xong" in request.GET)
    name, place = account.username, address_of(request)
    if not sign_in_guard.admit(name, place):
        locked = Fault("current", LOCKED.fill(minutes=sign_in_guard.NAME_LIMIT.minutes))
        return _page(request, account, [locked], status=429)
    if not account.check_password(passwords.typed(request.POST.get("current", ""))):
        return _page(request, account, [Fault("current", passwords.WRONG_CURRENT)])
    sign_in_guard.succeeded(name, place)
    faults = _faults(request, account)
    if faults:
        return _page(request, account, faults)
    _replace(request, account)
    sessions.stay(request, account)
    return HttpResponseRedirect("/tai-khoan/mat-khau?xong")


@public
@require_http_methods(["GET", "POST"])
def choose_password(request: ActingRequest) -> HttpResponse:
    """The password came from somebody else: one's own is chosen before anything opens."""
    found = signing_in.on_the_way(request)
    if found is None:
        return signing_in.again()
    account, entry = found
    if request.method == "GET":
        return _page(request, account, [], on_the_way=True)
    faults = _faults(request, account)
    if faults:
        return _page(request, account, faults, on_the_way=True)
    with speaking_as(actor_of_account(account)):
        _replace(request, account)
    return signing_in.go_on(request, account, signing_in.password_replaced(request, account, entry))


def _faults(request: ActingRequest, account: Account) -> list[Fault]:
    new = passwords.typed(request.POST.get("new", ""))
    found = passwords.faults_of(account, new, has_second_step=second_step.stands(account))
    faults = [Fault("new", text) for text in found]
    if new != passwords.typed(request.POST.get("again", "")):
        faults.append(Fault("again", passwords.NOT_THE_SAME))
    return faults


def _replace(request: ActingRequest, account: Account) -> None:
    passwords.replace(
        account,
        request.POST["new"],
        by=actor_of_account(account),
        must_change=False,
        action="account.change_password",
    )


def _page(
    request: ActingRequest,
    account: Account,
    faults: list[Fault],
    *,
    on_the_way: bool = False,
    done: bool = False,
    status: int = 0,
) -> HttpResponse:
    context = {
        "faults": faults,
        "username": account.username,
        "on_the_way": on_the_way,
        "aged": on_the_way and not account.must_change_password,
        "done": DONE if done else None,
        "least": passwords.shortest(has_second_step=second_step.stands(account)),
        "history": passwords.HISTORY,
    }
    return render(request, "units/password.html", context, status=status or (422 if faults else 200))
