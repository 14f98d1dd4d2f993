"""Guides as people read them, their pictures, and a learner's first day in the training province."""

import base64
import hashlib
import json
import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from khoyte.guidance.guides import LIST, PICTURES, Step, guides
from tests.browser.conftest import Enter
from tests.browser.visitor import PHONE, Visitor

pytestmark = pytest.mark.browser

FRAME = {"width": 1024, "height": 640}
QUALITY = 42
WRITE = bool(os.environ.get("KHOYTE_WRITE_PICTURES"))
# Set by the browser's own object model: our pages allow no style within them.
OUTLINE = """found => {
    const around = found.tagName === "LABEL" && found.parentElement || found;
    around.style.outline = "4px solid #d96c00";
    around.style.outlineOffset = "4px";
    window.scrollBy(0, around.getBoundingClientRect().top - 300);
}"""


class TestLearner:
    def test_tries_a_file_in_the_training_province_and_asks_for_help(self, enter: Enter, tmp_path) -> None:
        # Given a learner's account, which says on every page that nothing is real,
        learner = enter("learner_facility", viewport=PHONE)
        page = learner.open("/huong-dan")
        expect(page.locator(".training")).to_contain_text("Không nhập thông tin của người thật")
        expect(page.locator(".guides a").first).to_have_text("Cơ sở khám bệnh, chữa bệnh")
        # when the file with a mistake is taken and sent,
        link = page.get_by_role("link", name="Tải tệp mẫu có hồ sơ chưa đạt (XML)")
        file = learner.download(link.click, tmp_path)
        learner.upload(file)
        learner.wait_for_verdict()
        # then its verdict says what to correct.
        expect(page.locator("h1")).to_contain_text("1")
        expect(page.get_by_text("NGAY_RA").first).to_be_visible()
        # And the page leads to support, which knows where it was asked from.
        page.get_by_role("link", name="Cần hỗ trợ").click()
        expect(page.locator(".facts")).to_contain_text("/goi-ho-so/")
        page.get_by_label("Chưa rõ cách làm").check()
        page.get_by_label("Vấn đề, trong một câu").fill("Sửa NGAY_RA ở đâu")
        page.get_by_label("Việc đang làm và điều đã xảy ra").fill("Tệp mẫu báo ngày ra viện không đúng.")
        page.get_by_role("button", name="Gửi yêu cầu hỗ trợ").click()
        expect(page.get_by_role("status")).to_contain_text("Đã gửi.")
        path = page.url.partition("?")[0]
        # The office above answers; the learner is told and reads it.
        office = enter("learner_province", java_script_enabled=False)
        office.open("/ho-tro")
        office.page.get_by_role("link", name="Sửa NGAY_RA ở đâu").click()
        office.page.get_by_label("Nội dung").fill("Ở phần ra viện của phần mềm.")
        office.page.get_by_role("button", name="Gửi trả lời").click()
        learner.open("/thong-bao")
        page.get_by_role("link", name=re.compile("Yêu cầu hỗ trợ đã được trả lời")).first.click()
        page.wait_for_url(path)
        expect(page.get_by_text("Ở phần ra viện của phần mềm.")).to_be_visible()


class TestTraining:
    def test_a_session_is_recorded_and_people_record_themselves(self, enter: Enter) -> None:
        office = enter("learner_province")
        office.open("/tap-huan")
        office.page.get_by_role("link", name="Ghi một buổi tập huấn").click()
        office.page.get_by_label("Chủ đề").select_option("security")
        office.page.get_by_label(re.compile("Địa điểm")).fill("Hội trường A")
        office.page.get_by_label("Giảng viên").fill("Phòng Nghiệp vụ Y")
        office.page.get_by_role("button", name="Ghi buổi tập huấn").click()
        code = office.page.locator("strong.code").inner_text()
        learner = enter("learner_facility", viewport=PHONE)
        learner.open("/tap-huan")
        learner.page.get_by_label("Mã điểm danh của buổi đang dự").fill(code)
        learner.page.get_by_role("button", name="Điểm danh").click()
        expect(learner.page.get_by_role("status")).to_contain_text("Đã điểm danh.")
        learner.page.get_by_label("Không cho ai biết, báo đơn vị vận hành").check()
        learner.page.get_by_role("button", name="Nộp câu trả lời").click()
        expect(learner.page.get_by_text("đúng 1/1 câu")).to_be_visible()
        office.open("/tap-huan")
        assert office.heading == "3/4 cơ sở chưa có ai được tập huấn"


# Pictures


def found_on(page: Page, step: Step) -> Locator:
    """The control a step speaks of."""
    words = re.compile(re.escape(step.control))
    main = page.get_by_role("main")
    if step.kind in ("button", "link", "heading"):
        return main.get_by_role(step.kind, name=words).first
    return main.locator("label, legend" if step.kind == "field" else "th").filter(has_text=words).first


def as_webp(visitor: Visitor) -> bytes:
    """The window as it stands; Chromium itself writes WebP."""
    session = visitor.context.new_cdp_session(visitor.page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    session.detach()
    return base64.b64decode(taken["data"])


@pytest.fixture(scope="module")
def written() -> Iterator[dict[str, dict[str, Any]]]:
    """The list of pictures taken in this run; it replaces the one there is when all have been taken."""
    taken: dict[str, dict[str, Any]] = {}
    yield taken
    if len(taken) == sum(len(guide.steps) for guide in guides().values()):
        for path in PICTURES.glob("*.webp"):
            if path.name not in taken:
                path.unlink()
        LIST.write_text(json.dumps(taken, indent=1, sort_keys=True) + "\n", encoding="utf-8")


@pytest.mark.skipif(not WRITE, reason="pictures are taken with KHOYTE_WRITE_PICTURES=1")
@pytest.mark.parametrize("name", list(guides()))
def test_guide_pictures(enter: Enter, name: str, written: dict[str, dict[str, Any]], tried: None) -> None:
    for place, step in enumerate(guides()[name].steps, start=1):
        who = step.who if step.who in ("ministry", "operator") else f"learner_{step.who}"
        visitor = enter(who, viewport=FRAME, color_scheme="light")
        page = visitor.open(step.page)
        if step.then:
            page.locator("main tbody a").first.click()
        control = found_on(page, step)
        expect(control).to_be_visible()
        control.evaluate(OUTLINE)
        picture, data = f"huong-dan-{name}-{place}.webp", as_webp(visitor)
        (PICTURES / picture).write_bytes(data)
        written[picture] = {
            "step": step.digest,
            "sha256": hashlib.sha256(data).hexdigest()[:16],
            **FRAME,
        }
        visitor.context.close()


@pytest.fixture(scope="module")
def tried(chromium, site, signed_in) -> None:
    """Something to see: the example files have been sent from the training province and judged."""
    context = chromium.new_context(base_url=site.address, storage_state=signed_in("learner_facility"))
    visitor = Visitor(context)
    for kind in ("dat", "loi"):
        body = context.request.get(f"/tap-huan/tep-mau/{kind}").body()
        path = site.files / f"tep-mau-{kind}.xml"
        path.write_bytes(body)
        visitor.upload(path)
        visitor.wait_for_verdict()
    context.close()
