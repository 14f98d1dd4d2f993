"""Guides cannot lie silently: each step's page opens for its role and holds what the step speaks of, and each
picture was taken for this very step."""

import hashlib
from collections.abc import Mapping

import pytest
from lxml import html

from khoyte.guidance import guides as known
from khoyte.guidance.guides import CONTROLS, PICTURES, guides, pictures
from khoyte.guidance.pages.guides import SENDING
from khoyte.guidance.tests.people import controls, page_of
from khoyte.submissions.tests import senders
from khoyte.units.models import Account
from khoyte.units.tests.country import make_account
from khoyte.units.tests.windows import Window

MOST_WORDS = 55
"""A step is short: read in a quarter of a minute."""
MOST_BYTES = 3 * 2**20
MOST_BYTES_EACH = 40 * 2**10
STEPS = [(guide.name, step) for guide in guides().values() for step in guide.steps]


@pytest.fixture
def readers(learners: dict[str, Account]) -> Mapping[str, Account]:
    senders.judged(senders.small_file("A1", facility="TH01A"))
    return learners | {role: make_account("BYT", role) for role in ("ministry", "operator")}


@pytest.mark.django_db
def test_every_page_of_every_step_opens_and_holds_its_control(readers: Mapping[str, Account]) -> None:
    missing = []
    for name, step in STEPS:
        found = controls(page_of(step, readers), step.kind)
        if not any(step.control in words for words in found):
            missing.append(f"{name}: {step.page} has no {step.kind} {step.control!r} but {found}")
    assert missing == []


def test_there_is_one_for_every_role_with_a_few_short_steps() -> None:
    assert list(guides()) == ["co-so", "nguoi-hanh-nghe", "so-y-te", "bo-y-te", "van-hanh"]
    for guide in guides().values():
        assert 5 <= len(guide.steps) <= 8, guide.name
        assert guide.roles
    for name, step in STEPS:
        assert step.kind in CONTROLS
        for words in (step.text.vi, step.text.en):
            assert 8 <= len(words.split()) <= MOST_WORDS, (name, words)


def test_every_step_has_its_own_picture_as_it_was_taken() -> None:
    """Taken anew by KHOYTE_WRITE_PICTURES=1 make test ARGS="-k guide_pictures"."""
    taken = pictures()
    wanted = {
        f"huong-dan-{name}-{place}.webp": step
        for name, guide in guides().items()
        for place, step in enumerate(guide.steps, start=1)
    }
    assert set(taken) == set(wanted)
    assert {path.name for path in PICTURES.glob("*.webp")} == set(wanted)
    sizes = {}
    for name, step in wanted.items():
        data = (PICTURES / name).read_bytes()
        assert taken[name]["sha256"] == hashlib.sha256(data).hexdigest()[:16], f"{name} was changed by hand"
        assert taken[name]["step"] == step.digest, f"{name} shows another page than its step names"
        assert data[8:12] == b"WEBP"
        sizes[name] = len(data)
    assert sum(sizes.values()) < MOST_BYTES
    assert {name: size for name, size in sizes.items() if size > MOST_BYTES_EACH} == {}


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_the_readers_own_guide_comes_first() -> None:
    for role, first in (
        ("practitioner", "nguoi-hanh-nghe"),
        ("province", "so-y-te"),
        ("operator", "van-hanh"),
    ):
        unit = {"practitioner": "97001", "province": "97"}.get(role, "BYT")
        page = Window(make_account(unit, role)).get("/huong-dan").content.decode()
        places = {name: page.index(f"/huong-dan/{name}") for name in guides()}
        assert min(places, key=lambda name: places[name]) == first


@pytest.mark.django_db
def test_no_guide_leads_its_reader_to_a_closed_door(readers: Mapping[str, Account]) -> None:
    """Guides may be read by everybody; a step for another role is told without a link."""
    opened, closed = set(), []
    for reader in readers.values():
        window = Window(reader)
        for name in (*guides(), SENDING):
            page = html.fromstring(window.get(f"/huong-dan/{name}").content.decode())
            for link in page.xpath("//main//a[not(starts-with(@href, '#'))]/@href"):
                status = window.get(link).status_code
                opened.add((reader.role, link))
                if status != 200:
                    closed.append((reader.role, name, link, status))
    assert closed == []
    assert {("province", "/ra-soat"), ("facility", "/goi-ho-so/gui")} <= opened
    assert ("facility", "/ra-soat") not in opened


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
def test_a_guide_is_shown_in_both_languages_with_its_pictures() -> None:
    window = Window(make_account("97001", "facility"))
    for name, guide in guides().items():
        page = window.get(f"/huong-dan/{name}").content.decode()
        assert page.count('loading="lazy"') == len(guide.steps)
        assert guide.steps[0].text.vi in page.replace("&quot;", '"')
        english = window.get(f"/huong-dan/{name}?lang=en").content.decode()
        assert guide.steps[-1].title.en in english
        window.get("/huong-dan?lang=vi")
    picture = page.partition('<img src="/static/')[2].partition('"')[0]
    answer = window.get(f"/static/{picture}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert window.get("/huong-dan/khong-co").status_code == 404
    assert "GIAMDINHHS" in window.get("/huong-dan/gui-ho-so").content.decode()


def test_a_step_that_speaks_of_something_else_is_noticed() -> None:
    """The digest of a picture depends on page and control, not on words that may be written better."""
    step = next(iter(known.guides().values())).steps[0]
    from dataclasses import replace

    from khoyte.foundation.language import Text

    assert replace(step, text=Text("khác", "other")).digest == step.digest
    assert replace(step, page="/khac").digest != step.digest
    assert replace(step, control="Khác").digest != step.digest
