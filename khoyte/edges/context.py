"""What every page's frame shows: who is signed in, where they may go, version and time."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from khoyte import __version__
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link
from khoyte.units.policy import ANONYMOUS, decide

# Address, label, act it needs. Shown when the policy allows the act.
NAVIGATION: tuple[tuple[str, Text, str], ...] = (
    ("/", Text(vi="Trang chủ", en="Home"), "home.read"),
    ("/goi-ho-so/gui", Text(vi="Gửi hồ sơ", en="Send records"), "submission.send"),
    ("/goi-ho-so", Text(vi="Gói hồ sơ", en="Submissions"), "submission.read"),
    ("/luot-kham", Text(vi="Lượt khám, điều trị", en="Visits"), "visit.read"),
    ("/tinh", Text(vi="Tình hình trong ngày", en="The province's day"), "province_day.read"),
    ("/quy-tac", Text(vi="Quy tắc kiểm tra", en="Rules"), "rules.read"),
    ("/quy-dinh", Text(vi="Quy định dữ liệu", en="Data standard"), "rules.read"),
    ("/huong-dan", Text(vi="Hướng dẫn", en="Guide"), "home.read"),
)


@dataclass(frozen=True)
class Frame:
    """What stands around every page."""

    unit: str
    account: str
    navigation: tuple[Link, ...]
    version: str
    account_href: str = "/tai-khoan"
    sign_out_href: str = "/dang-xuat"


def page(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", ANONYMOUS)
    links = tuple(
        Link(address, label, current=request.path == address)
        for address, label, action in NAVIGATION
        if decide(actor, action)
    )
    frame = Frame(
        unit=actor.unit_name,
        account=actor.name if actor.kind == "account" else "",
        navigation=links,
        version=__version__,
    )
    return {
        "actor": actor,
        "frame": frame,
        "as_of": timezone.now(),
        "reference": getattr(request, "reference", ""),
    }
