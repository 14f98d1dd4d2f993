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


@dataclass(frozen=True)
class Place:
    """A page that stands in the navigation of those whom the policy allows `action`."""

    address: str
    label: Text
    action: str


@dataclass(frozen=True)
class Group:
    """Places of one kind of work; a reader of many groups sees the places of the current one only."""

    label: Text
    places: tuple[Place, ...]


HOME = Group(
    Text(vi="Trang chủ", en="Home"),
    (Place("/", Text(vi="Trang chủ", en="Home"), "home.read"),),
)
WORK: tuple[Group, ...] = (
    HOME,
    Group(
        Text(vi="Khám bệnh, chữa bệnh", en="Records of care"),
        (
            Place("/tinh", Text(vi="Tình hình trong ngày", en="The province's day"), "province_day.read"),
            Place("/goi-ho-so", Text(vi="Gói hồ sơ", en="Submissions"), "submission.read"),
            Place("/goi-ho-so/gui", Text(vi="Gửi hồ sơ", en="Send records"), "submission.send"),
            Place("/luot-kham", Text(vi="Lượt khám, điều trị", en="Visits"), "visit.read"),
        ),
    ),
    Group(
        Text(vi="Đăng ký và hành nghề", en="Registers and practice"),
        (
            Place("/ra-soat", Text(vi="Rà soát", en="Review"), "register.review"),
            Place("/so-dang-ky", Text(vi="Sổ đăng ký", en="Registers"), "register.read"),
            Place("/dang-ky-hanh-nghe", Text(vi="Đăng ký hành nghề", en="Registrations"), "register.write"),
            Place("/hanh-nghe", Text(vi="Hồ sơ hành nghề của tôi", en="My file"), "register.own_read"),
        ),
    ),
    Group(
        Text(vi="Kế hoạch, báo cáo", en="Plans and reports"),
        (
            Place("/ke-hoach", Text(vi="Kế hoạch", en="Plans"), "plan.read"),
            Place("/tien-do", Text(vi="Tiến độ kế hoạch", en="Progress of plans"), "campaign.read"),
            Place("/bao-cao", Text(vi="Báo cáo", en="Reports"), "plan.read"),
        ),
    ),
    Group(
        Text(vi="Số liệu", en="Figures"),
        (
            Place("/chi-so", Text(vi="Chỉ số", en="Indicators"), "indicator.read"),
            Place("/chat-luong", Text(vi="Chất lượng dữ liệu", en="Data quality"), "register.quality"),
        ),
    ),
    Group(
        Text(vi="Tài khoản, đơn vị", en="Accounts and units"),
        (
            Place(
                "/de-nghi-tai-khoan",
                Text("Đề nghị cấp tài khoản", "Account requests"),
                "account_request.decide",
            ),
            Place(
                "/ra-soat-tai-khoan", Text("Rà soát tài khoản", "Review of accounts"), "account.administer"
            ),
            Place("/sap-xep", Text(vi="Sắp xếp đơn vị", en="Reorganising units"), "reorganisation.propose"),
        ),
    ),
    Group(
        Text(vi="Vận hành", en="Operation"),
        (
            Place("/van-hanh/sao-luu", Text(vi="Sao lưu", en="Backup"), "backup.read"),
            Place("/van-hanh/ket-noi", Text(vi="Kết nối quốc gia", en="National systems"), "exchange.read"),
            Place("/van-hanh/tap-huan", Text(vi="Tỉnh tập huấn", en="Training province"), "sandbox.manage"),
        ),
    ),
    Group(
        Text(vi="Dữ liệu cá nhân", en="Personal data"),
        (
            Place(
                "/nhat-ky-truy-cap",
                Text("Ai đã xem hồ sơ của tôi", "Who has seen my records"),
                "access_log.read",
            ),
            Place(
                "/bao-ve-du-lieu", Text("Bảo vệ dữ liệu cá nhân", "Data protection"), "data_request.manage"
            ),
        ),
    ),
)
LOOKED_UP = Group(
    Text(vi="Quy định, hướng dẫn", en="Rules and guide"),
    (
        Place("/quy-tac", Text(vi="Quy tắc kiểm tra", en="Rules"), "rules.read"),
        Place("/quy-dinh", Text(vi="Chuẩn dữ liệu", en="Data standard"), "rules.read"),
        Place("/danh-muc", Text(vi="Danh mục", en="Catalogues"), "catalogue.read"),
        Place("/quyen-du-lieu", Text(vi="Quyền về dữ liệu", en="Data rights"), "data_rights.read"),
        Place("/huong-dan", Text(vi="Hướng dẫn", en="Guide"), "home.read"),
        Place("/tap-huan", Text(vi="Tập huấn", en="Training"), "training.attend"),
        Place("/ho-tro", Text(vi="Yêu cầu hỗ trợ", en="Support"), "support.ask"),
    ),
)
"""What one looks up beside the work."""

FEW = 7
"""So many places of work fit beside each other on one line of a desk; more are shown by group."""


@dataclass(frozen=True)
class Frame:
    """What stands around every page."""

    unit: str
    account: Text | str
    navigation: tuple[tuple[Link, ...], ...]  # lines, none of them empty
    version: str
    is_training: bool = False
    support_href: str = ""
    unread: int = 0  # notices, counted up to a hundred
    notices_href: str = "/thong-bao"
    account_href: str = "/tai-khoan"
    sign_out_href: str = "/dang-xuat"

    @property
    def unread_words(self) -> str:
        most = notices.MOST_COUNTED
        return f"{most}+" if self.unread > most else str(self.unread)


def navigation(actor: Actor, path: str) -> tuple[tuple[Link, ...], ...]:
    """The places this actor may go to, as lines; of those the reader is in or below, the nearest is current.

    Few places stand side by side, what is looked up below them. Many are shown by group: the groups, each
    leading to its first place, and below them the places of the group the reader is in.
    """
    groups = [(group.label, _allowed(actor, group)) for group in (*WORK, LOOKED_UP)]
    current = _nearest(path, [place.address for _, places in groups for place in places])
    lines = [[_link(place, current) for place in places] for _, places in groups]
    if sum(map(len, lines[:-1])) <= FEW:
        shown = [[link for line in lines[:-1] for link in line], lines[-1]]
    else:
        shown = [_heads(groups, lines), next((line for line in lines if _is_open(line)), [])]
    return tuple(tuple(line) for line in shown if line)


def _allowed(actor: Actor, group: Group) -> list[Place]:
    return [place for place in group.places if decide(actor, place.action)]


def _nearest(path: str, addresses: list[str]) -> str:
    around = [address for address in addresses if _is_at_or_below(path, address)]
    return max(around, key=len, default="")


def _link(place: Place, current: str) -> Link:
    return Link(place.address, place.label, current=place.address == current)


def _heads(groups: list[tuple[Text, list[Place]]], lines: list[list[Link]]) -> list[Link]:
    """A group as one link; of a single place that place itself."""
    return [
        line[0] if len(line) == 1 else Link(line[0].href, label, current=any(link.current for link in line))
        for (label, _), line in zip(groups, lines, strict=True)
        if line
    ]


def _is_open(line: list[Link]) -> bool:
    return len(line) > 1 and any(link.current for link in line)


def _named(actor: Actor) -> Text | str:
    """Who is signed in; a delegate with the name of the officer acted for."""
    if actor.kind != "account":
        return ""
    return _DELEGATE.fill(name=actor.name, giver=actor.on_behalf_of) if actor.on_behalf_of else actor.name


_DELEGATE = Text("{name} (thay mặt {giver})", "{name} (for {giver})")


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
