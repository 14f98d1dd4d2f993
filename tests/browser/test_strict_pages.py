"""Pages in a real browser under the content security policy: nothing held back, nothing of others asked for.

The first tests break the policy on purpose, to show that the listener of the others would hear it.
"""

import time
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import Enter
from tests.browser.site import Site
from tests.browser.test_every_page import PAGES, places  # noqa: F401 - a fixture
from tests.browser.visitor import Visitor

pytestmark = pytest.mark.browser

LISTEN = """
  window.heard = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.heard.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`);
  });
"""
VISITORS = list(dict.fromkeys(name for name, _ in PAGES))
REFUSALS = "Content Security Policy|Refused to|violates the following"
BREAKS = {
    "inline script": (
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); }",
        "script-src-elem",
    ),
    "inline style": (
        "() => { const s = document.createElement('style'); s.textContent = 'p { color: red }';"
        " document.body.append(s); }",
        "style-src-elem",
    ),
    "handler": (
        "() => { const a = document.createElement('a'); a.setAttribute('onclick', 'window.ran = 1');"
        " document.body.append(a); a.click(); }",
        "script-src-attr",
    ),
    "picture of somebody else": (
        "() => { const i = document.createElement('img'); i.src = 'http://127.0.0.2:9/x.png';"
        " document.body.append(i); }",
        "img-src",
    ),
    "base": (
        "() => { const b = document.createElement('base'); b.href = 'http://127.0.0.2:9/';"
        " document.head.append(b); }",
        "base-uri",
    ),
    "object": (
        "() => { const o = document.createElement('object'); o.data = '/dang-nhap'; document.body.append(o);"
        " }",
        "object-src",
    ),
}


def listening(visitor: Visitor) -> Visitor:
    visitor.context.add_init_script(LISTEN)
    return visitor


@pytest.mark.parametrize("harm", BREAKS)
def test_a_broken_policy_is_heard(enter: Enter, harm: str):
    visitor = listening(enter(complaints=f"{REFUSALS}|ERR_"))
    page = visitor.open("/dang-nhap")
    act, directive = BREAKS[harm]
    page.evaluate(act)
    # Playwright's own waiting evaluates text in the page, which this very policy forbids.
    until = time.monotonic() + 30
    while not page.evaluate("window.heard") and time.monotonic() < until:
        page.wait_for_timeout(50)
    assert page.evaluate("window.heard")[0].startswith(directive)
    assert page.evaluate("window.ran") is None


@pytest.mark.parametrize("name", VISITORS)
def test_no_page_breaks_the_policy(enter: Enter, site: Site, places: dict[str, str], name: str):  # noqa: F811
    visitor = listening(enter(name, complaints="status of 404"))
    asked: set[str] = set()
    visitor.page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
    for path in [path for who, path in PAGES if who == name]:
        page = visitor.open(path.format(**places))
        expect(page.locator("h1")).to_be_visible()
        page.wait_for_load_state("networkidle")
        for summary in page.locator("summary").all()[:5]:
            summary.click()
        assert page.evaluate("window.heard") == [], path
    # Nobody but this site was asked for anything.
    assert asked == {urlsplit(site.address).netloc}


def test_sending_a_file_breaks_no_policy(enter: Enter, site: Site):
    visitor = listening(enter("clerk"))
    visitor.upload(site.generate("strict", visits=1, seed=77).path)
    visitor.wait_for_verdict()
    assert visitor.page.evaluate("window.heard") == []


def test_no_other_page_can_frame_ours(enter: Enter, site: Site):
    visitor = enter(complaints=f"{REFUSALS}|frame|ERR_")
    visitor.page.route(
        "http://other.example/",
        lambda route: route.fulfill(
            body=f'<iframe id="inner" src="{site.address}/dang-nhap"></iframe>', content_type="text/html"
        ),
    )
    visitor.page.goto("http://other.example/")
    visitor.page.wait_for_load_state("networkidle")
    frames = [frame for frame in visitor.page.frames if frame != visitor.page.main_frame]
    assert all(frame.locator("#username").count() == 0 for frame in frames)


def test_script_cannot_read_our_cookies(enter: Enter):
    visitor = enter("clerk")
    page = visitor.open("/")
    assert page.evaluate("document.cookie") == ""
    names = {cookie["name"]: cookie for cookie in _cookies(visitor.context)}
    assert {"sessionid", "csrftoken"} <= set(names)
    assert all(cookie["httpOnly"] and cookie["sameSite"] == "Lax" for cookie in names.values())


def test_a_page_of_persons_is_not_shown_again_after_signing_out(enter: Enter, site: Site):
    visitor = enter()
    visitor.open("/dang-nhap")
    visitor.sign_in(site.accounts["neighbour"])
    visitor.page.wait_for_url(lambda url: "/dang-nhap" not in url)
    visitor.open("/goi-ho-so")
    visitor.page.get_by_role("button", name="Đăng xuất").click()
    visitor.page.wait_for_url("**/dang-nhap*")
    visitor.page.go_back()
    expect(visitor.page.get_by_label("Mật khẩu")).to_be_visible()


def _cookies(context: BrowserContext) -> Any:
    return context.cookies()
