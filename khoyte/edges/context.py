"""What every page's frame shows: who is signed in, where they may go, version and time."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.utils import timezone

from khoyte import __version__
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link
from khoyte.guidance.asked_from import page_of
from khoyte.notices import queries as notices
from khoyte.units.policy import ANONYMOUS, Actor, decide

# Address, label, act it needs. Shown when the policy allows the act.
NAVIGATION: tuple[tuple[str, Text, str], ...] = (
    ("/", Text(vi="Trang chủ", en="Home"), "home.read"),
    ("/goi-ho-so/gui", Text(vi="Gửi hồ sơ", en="Send records"), "submission.send"),
    ("/goi-ho-so", Text(vi="Gói hồ sơ", en="Submissions"), "submission.read"),
    ("/luot-kham", Text(vi="Lượt khám, điều trị", en="Visits"), "visit.read"),
    ("/tinh", Text(vi="Tình hình trong ngày", en="The province's day"), "province_day.read"),
    ("/chi-so", Text(vi="Chỉ số", en="Indicators"), "indicator.read"),
    ("/ke-hoach", Text(vi="Kế hoạch", en="Plans"), "plan.read"),
    ("/bao-cao", Text(vi="Báo cáo", en="Reports"), "plan.read"),
    ("/so-dang-ky", Text(vi="Sổ đăng ký", en="Registers"), "register.read"),
    ("/dang-ky-hanh-nghe", Text(vi="Đăng ký hành nghề", en="Registrations"), "register.write"),
    ("/hanh-nghe", Text(vi="Hồ sơ hành nghề của tôi", en="My file"), "register.own_read"),
    ("/tien-do", Text(vi="Tiến độ kế hoạch", en="Progress of plans"), "campaign.read"),
    ("/ra-soat", Text(vi="Rà soát", en="Review"), "register.review"),
    ("/nhat-ky-truy-cap", Text("Ai đã xem hồ sơ của tôi", "Who has seen my records"), "access_log.read"),
    ("/bao-ve-du-lieu", Text(vi="Bảo vệ dữ liệu cá nhân", en="Data protection"), "data_request.manage"),
    ("/ra-soat-tai-khoan", Text(vi="Rà soát tài khoản", en="Review of accounts"), "account.administer"),
    ("/de-nghi-tai-khoan", Text("Đề nghị cấp tài khoản", "Requests for accounts"), "account_request.decide"),
    ("/sap-xep", Text(vi="Sắp xếp đơn vị", en="Reorganising units"), "reorganisation.propose"),
    ("/van-hanh/sao-luu", Text(vi="Sao lưu", en="Backup"), "backup.read"),
    ("/van-hanh/ket-noi", Text(vi="Kết nối quốc gia", en="National systems"), "exchange.read"),
    ("/van-hanh/tap-huan", Text(vi="Tỉnh tập huấn", en="Training province"), "sandbox.manage"),
    ("/tap-huan", Text(vi="Tập huấn", en="Training"), "training.attend"),
    ("/ho-tro", Text(vi="Yêu cầu hỗ trợ", en="Support"), "support.ask"),
    ("/quy-tac", Text(vi="Quy tắc kiểm tra", en="Rules"), "rules.read"),
    ("/quy-dinh", Text(vi="Chuẩn dữ liệu", en="Data standard"), "rules.read"),
    ("/danh-muc", Text(vi="Danh mục", en="Catalogues"), "catalogue.read"),
    ("/quyen-du-lieu", Text(vi="Quyền về dữ liệu", en="Data rights"), "data_rights.read"),
    ("/huong-dan", Text(vi="Hướng dẫn", en="Guide"), "home.read"),
)

LOOKED_UP = ("/tap-huan", "/ho-tro", "/quy-tac", "/quy-dinh", "/danh-muc", "/quyen-du-lieu", "/huong-dan")
"""What one looks up beside the work: a line of its own below it."""


@dataclass(frozen=True)
class Frame:
    """What stands around every page."""

    unit: str
    account: str
    navigation: tuple[Link, ...]
    version: str
    is_training: bool = False
    support_href: str = ""
    unread: int = 0  # notices, counted up to a hundred
    notices_href: str = "/thong-bao"
    account_href: str = "/tai-khoan"
    sign_out_href: str = "/dang-xuat"

    @property
    def navigation_lines(self) -> list[list[Link]]:
        """The work, then what is looked up; no empty line."""
        work = [link for link in self.navigation if link.href not in LOOKED_UP]
        looked_up = [link for link in self.navigation if link.href in LOOKED_UP]
        return [line for line in (work, looked_up) if line]

    @property
    def unread_words(self) -> str:
        most = notices.MOST_COUNTED
        return f"{most}+" if self.unread > most else str(self.unread)


def navigation(actor: Actor, path: str) -> tuple[Link, ...]:
    """The places this actor may go to; of those the reader is in or below, the nearest is the current one."""
    allowed = [(address, label) for address, label, action in NAVIGATION if decide(actor, action)]
    around = [address for address, _ in allowed if _is_at_or_below(path, address)]
    current = max(around, key=len, default="")
    return tuple(Link(address, label, current=address == current) for address, label in allowed)


def _named(actor: Actor) -> str:
    """Who is signed in; a delegate with the name of the officer acted for."""
    if actor.kind != "account":
        return ""
    return f"{actor.name} (thay mặt {actor.on_behalf_of})" if actor.on_behalf_of else actor.name


def _support_href(request: HttpRequest, actor: Actor) -> str:
    """Where to ask for support from this page, with what it was and the number of the request."""
    if not decide(actor, "support.ask") or request.path.startswith("/ho-tro"):
        return ""
    said = {
        "trang": page_of(request.path, only_route=getattr(request, "is_refused", False)),
        "ma": getattr(request, "reference", ""),
    }
    return "/ho-tro/moi?" + urlencode(said, safe="/")


def _is_at_or_below(path: str, address: str) -> bool:
    # Every path is below "/", which stands for the first page alone.
    return path == address or (address != "/" and path.startswith(f"{address}/"))


def page(request: HttpRequest) -> dict[str, Any]:
    actor = getattr(request, "actor", ANONYMOUS)
    frame = Frame(
        unit=actor.unit_name,
        account=_named(actor),
        navigation=navigation(actor, request.path),
        version=__version__,
        is_training=actor.is_training,
        support_href=_support_href(request, actor),
        # An error page asks the database nothing: it may be what is in trouble.
        unread=0 if getattr(request, "is_refused", False) else notices.unread(actor),
    )
    return {
        "actor": actor,
        "frame": frame,
        "as_of": timezone.now(),
        "reference": getattr(request, "reference", ""),
    }
