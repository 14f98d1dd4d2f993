"""The frame around every page: where the reader may go and where they are."""

import re

import pytest
from django.test import Client

from khoyte.edges.context import FEW, LOOKED_UP, WORK, Group, navigation
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Link
from khoyte.submissions.tests.senders import OWN
from khoyte.units.enums import ROLES_OF_KIND, UnitKind
from khoyte.units.models import Account, Unit
from khoyte.units.policy import ANONYMOUS, Actor, decide

OFFICER = Actor("account", name="canbo", role="facility", unit_code=OWN, unit_kind="facility")
PRACTITIONER = Actor("account", name="bacsi", role="practitioner", unit_code=OWN, unit_kind="facility")
OF_PROVINCE = Actor("account", name="soyte", role="province", unit_code="99", unit_kind="province")


def places(actor: Actor, path: str) -> list[str]:
    """The addresses shown as current, groups left out: the last line that has one."""
    lines = [[link.href for link in line if link.current] for line in navigation(actor, path)]
    return next((line for line in reversed(lines) if line), [])


def allowed(actor: Actor, *groups: Group) -> list[str]:
    return [place.address for group in groups for place in group.places if decide(actor, place.action)]


def hrefs(line: tuple[Link, ...]) -> list[str]:
    return [link.href for link in line]


@pytest.mark.parametrize("actor", [OFFICER, PRACTITIONER])
@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", "/"),
        ("/goi-ho-so", "/goi-ho-so"),
        ("/goi-ho-so/gui", "/goi-ho-so/gui"),
        ("/goi-ho-so/019a0000-0000-7000-8000-000000000000/ho-so/3", "/goi-ho-so"),
        ("/luot-kham/12", "/luot-kham"),
        ("/hanh-nghe/giay-phep", "/hanh-nghe"),
        ("/quy-tac/V-011", "/quy-tac"),
        ("/quy-dinh/XML1", "/quy-dinh"),
    ],
)
def test_the_nearest_place_above_a_page_is_the_current_one(actor: Actor, path: str, current: str) -> None:
    assert places(actor, path) == ([current] if current in allowed(actor, *WORK, LOOKED_UP) else [])


@pytest.mark.parametrize("path", ["/tai-khoan", "/goi-ho-so-khac", "/huong-danh"])
def test_no_place_is_current_on_a_page_below_none(path: str) -> None:
    assert places(OFFICER, path) == []
    assert len(navigation(OFFICER, path)) == 1


def test_a_place_one_may_not_open_is_neither_shown_nor_current() -> None:
    assert places(OF_PROVINCE, "/tinh/loai-giay-to") == ["/tinh"]
    assert places(OFFICER, "/tinh") == []
    assert navigation(ANONYMOUS, "/") == ()


def test_few_places_stand_side_by_side_and_what_is_looked_up_below_them() -> None:
    work, looked_up = navigation(PRACTITIONER, "/")
    assert hrefs(looked_up) == [
        place.address for place in LOOKED_UP.places if decide(PRACTITIONER, place.action)
    ]
    allowed = [
        place.address for group in WORK for place in group.places if decide(PRACTITIONER, place.action)
    ]
    assert hrefs(work) == allowed
    assert len(allowed) <= FEW


def test_many_places_are_shown_by_group_and_below_them_the_places_of_the_current_group() -> None:
    groups, inside = navigation(OF_PROVINCE, "/tien-do/mot-dot")
    assert [link.label for link in groups if link.current] == [Text("Kế hoạch, báo cáo", "Plans and reports")]
    assert hrefs(inside) == ["/ke-hoach", "/tien-do", "/bao-cao"]
    assert [link.href for link in inside if link.current] == ["/tien-do"]


def test_of_a_group_with_one_place_that_place_itself_is_shown() -> None:
    groups, *below = navigation(OF_PROVINCE, "/")
    assert groups[0] == Link("/", Text("Trang chủ", "Home"), current=True)
    assert below == []


@pytest.mark.parametrize(
    ("kind", "role"),
    [(UnitKind(kind).value, role.value) for kind, roles in ROLES_OF_KIND.items() for role in roles],
)
def test_every_place_a_role_may_open_is_reached_over_the_lines(kind: str, role: str) -> None:
    actor = Actor("account", name="canbo", role=role, unit_code=OWN, unit_kind=kind)
    reached, waiting = set(), ["/"]
    while waiting:
        for href in {href for line in navigation(actor, waiting.pop()) for href in hrefs(line)} - reached:
            reached.add(href)
            waiting.append(href)
    assert reached == set(allowed(actor, *WORK, LOOKED_UP))


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize(("path", "word"), [("/quy-dinh", "page"), ("/quy-dinh/XML1", "true")])
def test_a_page_tells_screen_readers_its_item(path: str, word: str) -> None:
    unit = Unit.objects.get(pk=OWN)
    client = Client()
    client.force_login(Account.objects.create(username="canbo", unit=unit, role="facility"))
    html = client.get(path).content.decode()
    assert re.findall(r'href="([^"]+)"\s+aria-current="(\w+)">Chuẩn', html) == [("/quy-dinh", word)]
