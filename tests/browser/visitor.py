"""One person at one browser window."""

import re
from collections.abc import Callable
from pathlib import Path

import pyotp
from playwright.sync_api import BrowserContext, Page, expect

VERDICT = re.compile(r"/goi-ho-so/[0-9a-f-]{36}$")
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}


class Visitor:
    """A page and what its console complained of."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("response", self._look)

    def _hear(self, message) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _look(self, response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} {response.url}")

    @property
    def heading(self) -> str:
        return " ".join(self.page.locator("h1").inner_text().split())

    def open(self, path: str) -> Page:
        self.page.goto(path)
        return self.page

    def sign_in(self, account: dict[str, str]) -> None:
        """Through the form, whatever page it stands on."""
        self.page.get_by_label("Tên đăng nhập").fill(account["username"])
        self.page.get_by_label("Mật khẩu").fill(account["password"])
        self.page.get_by_role("main").get_by_role("button", name="Đăng nhập").click()

    def set_up_second_step(self) -> str:
        """On the page that shows the key: take it into an app, show its code, keep the codes; the key."""
        secret = self.page.locator("#secret").inner_text().replace(" ", "")
        self.page.get_by_label("Mã 6 số").fill(pyotp.TOTP(secret).now())
        self.page.get_by_role("button", name="Bật xác thực hai bước").click()
        self.page.get_by_role("link", name="Đã lưu, tiếp tục").click()
        return secret

    def upload(self, *files: Path) -> None:
        """Choose files on the page of sending and press its button."""
        self.open("/goi-ho-so/gui")
        self.page.get_by_label("Tệp XML hoặc ZIP").set_input_files([str(file) for file in files])
        self.page.get_by_role("main").get_by_role("button", name="Gửi hồ sơ").click()

    def wait_for_verdict(self) -> str:
        """Until the page of the file shows what came of it; the file's number."""
        self.page.wait_for_url(VERDICT)
        expect(self.page.get_by_role("heading", name="Thông tin về tệp")).to_be_visible()
        return self.page.url.rsplit("/", 1)[-1]

    def download(self, act: Callable[[], None], folder: Path) -> Path:
        """What the browser saves when `act` is done."""
        with self.page.expect_download() as arriving:
            act()
        target = folder / arriving.value.suggested_filename
        arriving.value.save_as(target)
        return target
