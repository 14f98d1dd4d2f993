"""What holds on every page: no accessibility fault, no sideways scrolling, light first view, quiet console.

By desk in the light and by phone in the dark, so that both layouts and both sets of colours are looked at.
"""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from playwright.sync_api import Page, expect

from tests.browser.conftest import Enter
from tests.browser.site import Site
from tests.browser.visitor import PHONE

pytestmark = pytest.mark.browser

AXE = AXE_FILE_PATH.read_text(encoding="utf-8")
# WCAG 2.2 AA and what axe calls best practice; the size of targets is off unless asked for.
AXE_OPTIONS = {"rules": {"target-size": {"enabled": True}}, "resultTypes": ["violations"]}
# What another width and other colours can change; names, roles and structure stay as they were.
AXE_AGAIN = {
    **AXE_OPTIONS,
    "runOnly": ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable",
                "aria-hidden-focus", "empty-heading", "button-name", "link-name", "label"],
}  # fmt: skip
FIRST_VIEW_BYTES = 60 * 1024
FIRST_VIEW_REQUESTS = 6
WIDER_THAN_THE_WINDOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WIDTHS = (390, 800, 1024, 1280)
# Lines far down a table are made like those above them; axe takes seconds for fifty.
SHORTEN = "document.querySelectorAll('tbody tr:nth-child(n+13)').forEach(line => line.remove())"
# What a thumb must hit: acts, fields and the ways about; links within a sentence are as high as its line.
SMALL_TARGETS = """() => [...document.querySelectorAll(
    ".button, .plain, .back, nav a, .links a, .who a, summary, select," +
    "input:not([type=hidden], [type=checkbox], [type=radio])"
  )].filter((target) => {
    const box = target.getBoundingClientRect();
    return box.height > 0 && box.height < 43.5;
  }).map((target) => `${target.getBoundingClientRect().height} px: ${target.outerHTML.slice(0, 120)}`)"""

STRANGER = ("/dang-nhap", "/tra-cuu", "/tra-cuu?q=nguyen", "/dang-ky-tai-khoan")
CLERK = (
    "/",
    "/goi-ho-so",
    "/goi-ho-so/gui",
    "/goi-ho-so/{id}",
    "/goi-ho-so/{id}?ket-qua=rejected",
    "/goi-ho-so/{id}/ho-so/{bad}",
    "/goi-ho-so/{id}/nha-cung-cap",
    "/luot-kham",
    "/luot-kham/{visit}",
    "/quy-tac",
    "/quy-tac/V-012",
    "/quy-tac/V-025",
    "/quy-dinh",
    "/quy-dinh/XML1",
    "/danh-muc",
    "/danh-muc/icd10?q=tieu+duong",
    "/danh-muc/icd10/ma?ma=A90",
    "/danh-muc/provinces/khac-nhau?tu=2025-01-01&den=2026-01-01",
    "/huong-dan",
    "/huong-dan/co-so",
    "/ho-tro/moi?trang=/goi-ho-so/gui",
    "/tai-khoan",
    "/tai-khoan/mat-khau",
    "/tai-khoan/xac-thuc",
    "/tai-khoan/phien",
    "/tai-khoan/uy-quyen",
    "/khong-co",
    "/so-dang-ky",
    "/so-dang-ky/practitioners",
    "/so-dang-ky/practitioners/moi",
    "/so-dang-ky/practitioners/nhap",
)
OFFICER = (
    "/tinh",
    "/ra-soat-tai-khoan",
    "/ra-soat-tai-khoan?loc=tat-ca",
    "/ra-soat-tai-khoan/moi",
    "/sap-xep",
    "/goi-ho-so",
    "/tinh/loai-giay-to",
    "/tinh/loai-giay-to/99001/XML7",
    "/chi-so",
    "/chi-so/luot-kham-theo-thang",
    "/chi-so/luot-kham-theo-co-so",
    "/so-dang-ky/pharmacies",
    "/ra-soat",
)
PROTECTOR = (
    "/bao-ve-du-lieu",
    "/bao-ve-du-lieu/yeu-cau/moi",
    "/bao-ve-du-lieu/dong-y",
    "/bao-ve-du-lieu/dong-y/moi",
    "/bao-ve-du-lieu/vi-pham/moi",
    "/quyen-du-lieu",
)
PAGES = [
    *(("", path) for path in STRANGER),
    *(("clerk", path) for path in CLERK),
    *(("officer", path) for path in OFFICER),
    *(("protector", path) for path in PROTECTOR),
    ("citizen", "/nhat-ky-truy-cap"),
    ("clerk", "/dang-ky-hanh-nghe"),
    ("practitioner", "/hanh-nghe"),
    ("practitioner", "/hanh-nghe/khai-bao"),
    ("practitioner", "/hanh-nghe/dang-ky"),
    ("practitioner", "/hanh-nghe/van-bang/moi"),
    ("", "/xac-minh"),
    ("learner_facility", "/"),
    ("learner_province", "/ho-tro"),
    ("learner_province", "/tap-huan"),
    ("learner_province", "/tap-huan/buoi/moi"),
    ("operator", "/danh-muc/drugs/cap-nhat"),
    ("operator", "/van-hanh/sao-luu"),
    ("operator", "/van-hanh/ket-noi"),
    ("chief", "/ke-hoach/dieu-hanh"),
    ("chief", "/ke-hoach?xem=dong-thoi-gian"),
    ("head", "/ke-hoach/khao-sat"),
]


@pytest.fixture(scope="module")
def places(judged: dict[str, Any], site: Site, chromium, signed_in) -> dict[str, str]:
    """What stands for the braces of an address: a submission, its worst dossier, a visit."""
    bad = max(judged["dossiers"], key=lambda row: len(row["findings"]))
    context = chromium.new_context(base_url=site.address, storage_state=signed_in("clerk"))
    page = context.new_page()
    page.goto("/luot-kham")
    visit = page.locator("main tbody a").first.get_attribute("href").rsplit("/", 1)[-1]
    context.close()
    return {"id": judged["id"], "bad": str(bad["position"]), "visit": visit}


def too_wide_by(page: Page, width: int) -> int:
    page.set_viewport_size({"width": width, "height": 800})
    return page.evaluate(WIDER_THAN_THE_WINDOW)


def faults(page: Page, options: dict[str, Any] = AXE_OPTIONS) -> list[str]:
    """What axe has to say, one line per element."""
    page.evaluate(AXE)
    found = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']}: {node['html'][:160]} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.mark.parametrize(("name", "path"), PAGES)
def test_page_is_clean_light_and_fits(enter: Enter, places: dict[str, str], name: str, path: str):
    # Given a browser that has never been here,
    visitor = enter(name, complaints="status of 404" if path == "/khong-co" else "", color_scheme="light")
    requests = []
    visitor.page.on("requestfinished", lambda request: requests.append(request))
    # when the page is opened at a desk,
    page = visitor.open(path.format(**places))
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_load_state("networkidle")
    # then it is light, accessible, and fits, also on old screens,
    weights = {request.url: request.sizes()["responseBodySize"] for request in requests}
    assert len(weights) <= FIRST_VIEW_REQUESTS, weights
    assert sum(weights.values()) <= FIRST_VIEW_BYTES, weights
    assert {width: over for width in WIDTHS if (over := too_wide_by(page, width)) > 0} == {}
    page.evaluate(SHORTEN)
    assert faults(page) == []
    # and so it is on a phone in the dark.
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    assert faults(page, AXE_AGAIN) == []
    assert page.evaluate(SMALL_TARGETS) == []


def test_page_of_an_unreadable_file(enter: Enter, site: Site, tmp_path):
    cut = tmp_path / "cat-ngang.xml"
    cut.write_bytes(site.generate("unreadable", visits=1, seed=51).path.read_bytes()[:-150])
    submission = site.send(cut)["id"]
    page = enter("clerk", viewport=PHONE).open(f"/goi-ho-so/{submission}")
    expect(page.locator(".notice.bad")).to_be_visible()
    assert faults(page) == []
    assert page.evaluate(WIDER_THAN_THE_WINDOW) <= 0
