"""The frame around every page: where the reader may go and where they are."""

import re

import pytest
from django.test import Client

from khoyte.edges.context import LOOKED_UP, NAVIGATION, Frame, navigation
from khoyte.submissions.tests.senders import OWN
from khoyte.units.models import Account, Unit
from khoyte.units.policy import ANONYMOUS, Actor

OFFICER = Actor("account", name="canbo", role="facility", unit_code=OWN, unit_kind="facility")
OF_PROVINCE = Actor("account", name="soyte", role="province", unit_code="99", unit_kind="province")


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", "/"),
        ("/goi-ho-so", "/goi-ho-so"),
        ("/goi-ho-so/gui", "/goi-ho-so/gui"),
        ("/goi-ho-so/019a0000-0000-7000-8000-000000000000/ho-so/3", "/goi-ho-so"),
        ("/luot-kham/12", "/luot-kham"),
        ("/quy-tac/V-011", "/quy-tac"),
        ("/quy-dinh/XML1", "/quy-dinh"),
    ],
)
def test_the_nearest_item_above_a_page_is_the_current_one(path: str, current: str) -> None:
    assert [link.href for link in navigation(OFFICER, path) if link.current] == [current]


@pytest.mark.parametrize("path", ["/tai-khoan", "/goi-ho-so-khac", "/huong-danh"])
def test_no_item_is_current_on_a_page_below_none(path: str) -> None:
    assert not any(link.current for link in navigation(OFFICER, path))


def test_an_item_one_may_not_open_is_neither_shown_nor_current() -> None:
    shown = navigation(OF_PROVINCE, "/tinh/loai-giay-to")
    assert {link.href for link in shown} < {address for address, _, _ in NAVIGATION}
    assert [link.href for link in shown if link.current] == ["/tinh"]
    assert "/tinh" not in {link.href for link in navigation(OFFICER, "/tinh")}
    assert navigation(ANONYMOUS, "/") == ()


def test_what_is_looked_up_stands_on_a_line_below_the_work() -> None:
    shown = navigation(OFFICER, "/")
    work, looked_up = Frame("", "", shown, "").navigation_lines
    assert {link.href for link in looked_up} == set(LOOKED_UP)
    assert sorted(work + looked_up, key=shown.index) == list(shown)
    assert Frame("", "", (), "").navigation_lines == []


@pytest.mark.usefixtures("country")
@pytest.mark.parametrize(("path", "word"), [("/quy-dinh", "page"), ("/quy-dinh/XML1", "true")])
def test_a_page_tells_screen_readers_its_item(path: str, word: str) -> None:
    unit = Unit.objects.get(pk=OWN)
    client = Client()
    client.force_login(Account.objects.create(username="canbo", unit=unit, role="facility"))
    html = client.get(path).content.decode()
    assert re.findall(r'href="([^"]+)"\s+aria-current="(\w+)">Chuẩn', html) == [("/quy-dinh", word)]
