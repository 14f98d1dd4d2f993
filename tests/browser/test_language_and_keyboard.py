"""The English switch, and everything by keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Enter
from tests.browser.site import Site

pytestmark = pytest.mark.browser

# What has the focus: its words, its place, and the outline that shows it. The parts inside a date field are
# one stop: its first part shows the field's outline, the button in it has the browser's own.
FOCUSED = """() => {
  const here = document.activeElement, style = getComputedStyle(here), box = here.getBoundingClientRect();
  const inside = here === window.before;
  window.before = here;
  return {
    tag: here.tagName, id: here.id, words: (here.innerText || here.getAttribute("aria-label") || "").trim(),
    shown: inside || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2),
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight,
  };
}"""
MOST_STOPS = 120


def tab(page: Page) -> dict:
    page.keyboard.press("Tab")
    return page.evaluate(FOCUSED)


class TestLanguage:
    def test_switch_changes_the_words_and_is_remembered(self, enter: Enter, judged: dict):
        # Given a verdict in Vietnamese,
        clerk = enter("clerk")
        page = clerk.open(f"/goi-ho-so/{judged['id']}")
        assert page.locator("html").get_attribute("lang") == "vi"
        # when the visitor asks for English,
        page.get_by_role("link", name="English").click()
        # then the same page speaks it, and so does the next.
        expect(page.locator("html")).to_have_attribute("lang", "en")
        assert f"{judged['ledger']['rejected']} dossiers rejected" in clerk.heading
        clerk.open("/goi-ho-so/gui")
        assert clerk.heading == "Send records"
        page.get_by_role("link", name="Tiếng Việt").click()
        assert clerk.heading == "Gửi hồ sơ"

    def test_filters_stay_when_the_language_changes(self, enter: Enter, judged: dict):
        clerk = enter("clerk")
        page = clerk.open(f"/goi-ho-so/{judged['id']}?ket-qua=rejected")
        page.get_by_role("link", name="English").click()
        expect(page.locator("#ket-qua")).to_have_value("rejected")


class TestKeyboard:
    def test_stranger_signs_in(self, site: Site, enter: Enter):
        # Given the page of signing in,
        stranger = enter(complaints="status of 422")
        page = stranger.open("/goi-ho-so")
        # when the keys alone are used, a wrong password first,
        while tab(page)["id"] != "username":
            pass
        page.keyboard.type(site.accounts["clerk"]["username"])
        tab(page)
        page.keyboard.type("not the password")
        page.keyboard.press("Enter")
        # then the error takes the focus and leads back to the field, whose name is kept,
        expect(page.get_by_role("alert")).to_be_focused()
        tab(page)
        page.keyboard.press("Enter")
        expect(page.locator("#username")).to_be_focused()
        expect(page.locator("#username")).to_have_value(site.accounts["clerk"]["username"])
        # and the right password opens the page that was asked for.
        tab(page)
        page.keyboard.type(site.accounts["clerk"]["password"])
        page.keyboard.press("Enter")
        page.wait_for_url("**/goi-ho-so")

    def test_skip_link_leads_past_the_navigation_to_the_main_act(self, enter: Enter, judged: dict):
        # Given a verdict,
        clerk = enter("clerk")
        page = clerk.open(f"/goi-ho-so/{judged['id']}")
        # when the first key is Tab, the skip link shows itself, and Enter takes it,
        first = tab(page)
        assert (first["words"], first["seen"]) == ("Đến nội dung chính", True)
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        # then the way back and the main act of the page are the next two stops.
        assert tab(page)["words"] == "Gói hồ sơ"
        assert tab(page)["words"] == "Tải kết quả kiểm tra (XLSX)"

    @pytest.mark.parametrize(
        "path", ["/", "/goi-ho-so", "/goi-ho-so/gui", "/goi-ho-so/{id}?ket-qua=rejected", "/tai-khoan"]
    )
    def test_every_stop_shows_the_focus(self, enter: Enter, judged: dict, path: str):
        clerk = enter("clerk")
        page = clerk.open(path.format(id=judged["id"]))
        stops = []
        while (stop := tab(page))["tag"] != "BODY":
            stops.append(stop)
            assert len(stops) < MOST_STOPS, "the focus does not leave the page"
        assert len(stops) > 8
        assert [stop for stop in stops if not (stop["shown"] and stop["seen"])] == []
