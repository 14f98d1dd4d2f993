"""Who reads the guides: learners of the training province, the ministry, an operator."""

from collections.abc import Mapping

from lxml import html

from khoyte.guidance.guides import Step
from khoyte.units.models import Account
from khoyte.units.tests.windows import Window

WAYS = {
    "button": ".//button",
    "link": ".//a",
    "field": ".//label | .//legend",
    "heading": ".//h1 | .//h2",
    "column": ".//th",
}


def page_of(step: Step, accounts: Mapping[str, Account]) -> html.HtmlElement:
    """The page of a step as its reader gets it."""
    window = Window(accounts[step.who])
    main = _main(window, step.page)
    if not step.then:
        return main
    link = main.xpath(".//tbody//a")[0].get("href")
    return _main(window, link)


def _main(window: Window, path: str) -> html.HtmlElement:
    answer = window.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return html.fromstring(answer.content.decode()).xpath("//main")[0]


def controls(page: html.HtmlElement, kind: str) -> list[str]:
    return [" ".join(found.text_content().split()) for found in page.xpath(WAYS[kind])]
