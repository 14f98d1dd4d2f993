"""The half-yearly review (TCVN 14423:2026, accounts): which are still needed, one decision a line."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link, Pages, Tag
from khoyte.units import accounts, letting_in
from khoyte.units.accounts import Reviewed
from khoyte.units.enums import Role
from khoyte.units.errors import Refused, UnknownAccount
from khoyte.units.pages import ROLE_NAMES
from khoyte.units.policy import Actor
from khoyte.units.web import ActingRequest, guarded

LINES = 50
PATH = "/ra-soat-tai-khoan"
# What the address says -> which accounts, and how the choice is called.
CHOICES = {
    "": ("due", Text("Cần rà soát", "Due")),
    "it-dung": ("idle", Text("Lâu không dùng", "Idle")),
    "da-ngung": ("closed", Text("Đã ngừng", "Closed")),
    "tat-ca": ("", Text("Tất cả", "All")),
}
ACTS = {
    "confirm": (accounts.confirm, Text("Đã xác nhận tài khoản {name}.", "Account {name} is confirmed.")),
    "disable": (accounts.disable, Text("Đã ngừng tài khoản {name}.", "Account {name} is closed.")),
    "enable": (accounts.enable, Text("Đã mở lại tài khoản {name}.", "Account {name} is open again.")),
}
NOT_THERE = Text(
    vi="Không có tài khoản này trong danh sách của ông/bà. Tài khoản của chính mình do người khác rà soát.",
    en="This account is not in your list. Your own is reviewed by somebody else.",
)
DUE = Tag("warn", Text("Cần rà soát", "Review due"))
CLOSED = Tag("bad", Text("Đã ngừng", "Closed"))
IN_USE = Tag("good", Text("Đang dùng", "In use"))


@dataclass(frozen=True)
class Line:
    """An account as the page shows it."""

    account: Reviewed
    role: Text
    state: Tag
    is_own: bool
    assurance: Text


@guarded("account.administer")
@require_http_methods(["GET", "POST"])
def review(request: ActingRequest) -> HttpResponse:
    """The list, those due first of all; POST decides about one account."""
    error = None
    if request.method == "POST":
        act = next((name for name in ACTS if name in request.POST), "")
        try:
            if "let-in" in request.POST:
                return _let_in_again(request)
            return _decided(request, act)
        except (KeyError, UnknownAccount):
            error = NOT_THERE
        except Refused as refused:
            error = refused.text
    due = accounts.administered_by(request.actor, "due").count()
    # Where nothing is due the list of all is what one comes for.
    choice = request.GET.get("loc", "" if due else "tat-ca")
    only, _ = CHOICES.get(choice, CHOICES[""])
    rows = accounts.administered_by(request.actor, only)
    pages = _pages(request.GET.get("trang", ""), rows.count())
    shown = rows[(pages.number - 1) * LINES : pages.number * LINES]
    context = {
        "lines": [_line(accounts.line_of(row), request.actor) for row in shown],
        "pages": pages if pages.count > 1 else None,
        "total": pages.total,
        "due": due,
        "choices": _choices(choice),
        "choice": choice,
        "done": _done(request),
        "error": error,
        "idle_days": accounts.IDLE_DAYS,
    }
    return render(request, "units/review.html", context, status=422 if error else 200)


def _decided(request: ActingRequest, act: str) -> HttpResponse:
    """One named act on one account that the policy lets this person administer."""
    name = request.POST[act].replace("\x00", "?")
    letting_in.check_may_give(accounts.administered(name, by=request.actor).role, request.actor)
    ACTS[act][0](name, by=request.actor)
    where = {"loc": request.POST.get("loc", ""), "xong": act, "ten": name}
    return HttpResponseRedirect(f"{PATH}?{urlencode({key: value for key, value in where.items() if value})}")


def _let_in_again(request: ActingRequest) -> HttpResponse:
    """A new one-time code, shown in this answer alone."""
    account, code = letting_in.let_in_again(request.POST["let-in"].replace("\x00", "?"), by=request.actor)
    back = (PATH, Text(vi="Tài khoản", en="Accounts"))
    context = {"account": account, "code": code, "unit": account.unit, "back": back}
    return render(request, "units/one_time_code.html", context)


def _done(request: ActingRequest) -> Text | None:
    """What was just done, as the address tells; an address anybody made says it of no account."""
    act, name = request.GET.get("xong", ""), request.GET.get("ten", "")
    if act not in ACTS or not accounts.administered_by(request.actor).filter(username=name).exists():
        return None
    return ACTS[act][1].fill(name=name)


def _line(account: Reviewed, actor: Actor) -> Line:
    state = CLOSED if not account.is_active else DUE if account.is_due else IN_USE
    return Line(
        account,
        ROLE_NAMES[Role(account.role)],
        state,
        is_own=account.username in actor.names,
        assurance=_assurance(account.assurance),
    )


def _assurance(level: str) -> Text:
    """How sure it is who the person is, in words."""
    if level == letting_in.INVITED:
        return Text(vi="đơn vị bảo đảm", en="the unit vouches")
    return Text(vi=level, en=level)


def _choices(chosen: str) -> list[Link]:
    return [
        Link(f"{PATH}?loc={name}" if name else PATH, label, current=name == chosen)
        for name, (_, label) in CHOICES.items()
    ]


def _pages(asked: str, total: int) -> Pages:
    number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1
    most = max(1, -(-total // LINES))
    return Pages(number=min(max(1, number), most), size=LINES, total=total)
