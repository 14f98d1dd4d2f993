"""The same work in a browser that runs no script: old machines, strict networks."""

import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.site import PATIENCE_SECONDS, Site
from tests.browser.visitor import VERDICT, Visitor

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(enter: Enter, site: Site) -> Visitor:
    """A clerk who has signed in without script."""
    visitor = enter(complaints="status of 422", java_script_enabled=False)
    visitor.open("/goi-ho-so/gui")
    visitor.sign_in(site.accounts["clerk"])
    expect(visitor.page.get_by_label("Tệp XML hoặc ZIP")).to_be_visible()
    return visitor


def press_until_judged(visitor: Visitor) -> None:
    """The page of waiting has a link to itself; a person presses it until the verdict is there."""
    button = visitor.page.get_by_role("link", name="Xem kết quả kiểm tra")
    deadline = time.monotonic() + PATIENCE_SECONDS
    while button.count() and time.monotonic() < deadline:
        time.sleep(0.3)
        button.click()
        visitor.page.wait_for_load_state()


def test_clerk_sends_a_file_and_reads_the_verdict(plain: Visitor, site: Site):
    # Given a signed-in clerk without script, and a file with defects,
    file = site.generate("without-script", visits=30, seed=31, defects=10)
    # when it is sent by the form,
    plain.upload(file.path)
    plain.page.wait_for_url(VERDICT)
    press_until_judged(plain)
    # then the verdict, its causes and their dossiers are all there, and no button that would do nothing.
    verdict = site.verdict(plain.page.url.rsplit("/", 1)[-1])
    assert f"{verdict['ledger']['rejected']} hồ sơ chưa đạt" in plain.heading
    expect(plain.page.locator(".causes h3")).to_have_count(min(10, len(verdict["causes"])))
    expect(plain.page.locator("[data-print]")).to_be_hidden()
    plain.page.locator(".causes > li").first.get_by_role("link").first.click()
    expect(plain.page.locator("#dossiers tbody tr")).to_have_count(verdict["causes"][0]["dossiers"])


def test_several_files_each_get_a_line(plain: Visitor, site: Site):
    files = [site.generate(f"plain-{seed}", visits=1, seed=seed).path for seed in (41, 42)]
    plain.upload(*files)
    lines = plain.page.locator(".sending li")
    expect(lines).to_have_count(2)
    expect(lines.get_by_role("link", name="Đã tiếp nhận, xem kết quả")).to_have_count(2)


def test_nothing_chosen_is_said_at_the_top(plain: Visitor):
    plain.page.get_by_role("main").get_by_role("button", name="Gửi hồ sơ").click()
    expect(plain.page.get_by_role("alert")).to_contain_text("Chưa chọn tệp")
    expect(plain.page.get_by_role("alert").get_by_role("link")).to_have_attribute("href", "#tep")
