"""One system and one Chromium for all journeys; every visitor has a browser profile of their own.

The fixtures end with this package, not with the run: Playwright keeps an event loop in the thread, and Django
refuses its database beside one.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from khoyte.nonprod.faults.system import OwnSystem
from tests.browser.site import Generated, Site, open_site
from tests.browser.visitor import DESK, Visitor

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE = 30_000  # milliseconds; a shared machine may be slow, a broken page stays broken
FAILURES = Path(tempfile.gettempdir()) / "khoyte-browser-failures"
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
VISITORS = pytest.StashKey[list[Visitor]]()

Enter = Callable[..., Visitor]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Iterator[None]:
    """A failed journey leaves a picture of what the visitor saw."""
    report = yield
    if report.failed and call.when == "call":
        for number, visitor in enumerate(item.stash.get(VISITORS, [])):
            FAILURES.mkdir(exist_ok=True)
            name = re.sub(r"[^\w-]+", "-", item.name)
            picture = FAILURES / f"{name}-{number}.png"
            visitor.page.screenshot(path=picture, full_page=True)
            report.sections.append(("picture", f"{visitor.page.url} {picture}"))
    return report


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: .ci/browser installs it on Debian")
    with sync_playwright() as started:
        expect.set_options(timeout=PATIENCE)
        yield started


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="package")
def site(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with OwnSystem() as system:
        opened = open_site(system, playwright, tmp_path_factory.mktemp("files"))
        yield opened
        for reader in opened.readers.values():
            reader.dispose()


@pytest.fixture(scope="package")
def spoiled(site: Site) -> Generated:
    """A file with planted defects."""
    return site.generate("spoiled", visits=60, seed=11, defects=20)


@pytest.fixture(scope="package")
def judged(site: Site, spoiled: Generated) -> dict[str, Any]:
    """The verdict on that file, which the facility's software has sent today."""
    return site.send(spoiled.path)


@pytest.fixture(scope="package")
def signed_in(site: Site, chromium: Browser) -> Callable[[str], Any]:
    """The browser profile of somebody who has signed in, by name; each signs in once."""
    profiles: dict[str, Any] = {}

    def profile_of(name: str) -> Any:
        if name not in profiles:
            context = chromium.new_context(base_url=site.address)
            visitor = Visitor(context)
            visitor.open("/dang-nhap")
            visitor.sign_in(site.accounts[name])
            visitor.page.wait_for_url(lambda url: not url.endswith("/dang-nhap"))
            if "/cai-dat-xac-thuc" in visitor.page.url:  # whoever administers
                visitor.set_up_second_step()
            visitor.page.wait_for_url(lambda url: "/dang-nhap" not in url)
            profiles[name] = context.storage_state()
            context.close()
        return profiles[name]

    return profile_of


@pytest.fixture
def enter(
    site: Site, chromium: Browser, signed_in: Callable[[str], Any], request: pytest.FixtureRequest
) -> Iterator[Enter]:
    """`enter("clerk")`: a signed-in visitor; `enter()`: a stranger. Nobody's console may complain.

    `complaints` is a pattern of what the console says of an answer the journey wants (404); further options
    are those of a browser profile.
    """
    entered: list[tuple[Visitor, str]] = []
    visitors = request.node.stash.setdefault(VISITORS, [])

    def open_window(name: str = "", complaints: str = "", **options: Any) -> Visitor:
        profile = signed_in(name) if name else None
        still = {"viewport": DESK, "reduced_motion": "reduce"}
        context = chromium.new_context(
            base_url=site.address, locale="vi-VN", storage_state=profile, **{**still, **options}
        )
        context.set_default_timeout(PATIENCE)
        visitor = Visitor(context)
        entered.append((visitor, complaints))
        visitors.append(visitor)
        return visitor

    yield open_window
    heard = [
        words
        for visitor, expected in entered
        for words in visitor.complaints
        if not (expected and re.search(expected, words))
    ]
    visitors.clear()
    for visitor, _ in entered:
        visitor.context.close()
    assert heard == []


@pytest.fixture
def picture() -> Callable[[Visitor, str], None]:
    """`picture(visitor, "verdict")` keeps a picture for the documents when KHOYTE_WRITE_PICTURES is set."""

    def keep(visitor: Visitor, name: str) -> None:
        if os.environ.get("KHOYTE_WRITE_PICTURES"):
            PICTURES.mkdir(parents=True, exist_ok=True)
            visitor.page.screenshot(path=PICTURES / f"{name}.png")

    return keep
