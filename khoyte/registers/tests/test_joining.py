"""Two who change one record at once: nothing of either is lost in silence, by form, by draft, by oneself."""

import re

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from khoyte.registers import actions
from khoyte.registers import content as contents
from khoyte.registers.joining import join
from khoyte.registers.known import register
from khoyte.registers.models import Record
from khoyte.registers.tests.offices import OWN, PERSON, SYSTEM, again, made
from khoyte.registers.tests.test_pages import browser, text_of

WORDS = st.sampled_from(["", "a", "b", "c"])
FORMS = st.fixed_dictionaries({"scope": WORDS, "phone": WORDS})


@given(typed=FORMS, opened=FORMS, standing=FORMS)
def test_every_field_is_mine_the_others_or_both_and_told(
    typed: dict[str, str], opened: dict[str, str], standing: dict[str, str]
) -> None:
    joined, both = join(typed, opened, standing)
    for name in typed:
        mine, theirs = typed[name] != opened[name], standing[name] != opened[name]
        assert joined[name] == (typed[name] if mine else standing[name])
        assert (name in both) == (mine and theirs and typed[name] != standing[name])


def test_ends_of_lines_and_spaces_of_a_browser_are_no_change() -> None:
    typed, opened = {"scope": "a\r\nb "}, {"scope": "a\nb"}
    assert join(typed, opened, {"scope": "c"}) == ({"scope": "c"}, frozenset())


pages = pytest.mark.usefixtures("country")


@pytest.fixture
def record(country: None) -> Record:
    return made("practitioners", {**PERSON, "scope": "Nội khoa", "phone": ""})


@pytest.fixture
def clerk(country: None) -> Client:
    return browser(OWN, "facility")


def content(record: Record) -> dict[str, object]:
    found = register("practitioners")
    return contents.content_of(found.declaration, again(found, record))


def somebody_else(record: Record, **patch: str) -> None:
    found = register("practitioners")
    actions.change(register=found, id=record.pk, patch=patch, by=SYSTEM, source="form")


def form(page: str) -> dict[str, str]:
    """The texts and choices of a form as a browser would send them."""
    sent = dict(re.findall(r'<input[^>]*? name="([\w-]+)"[^>]*? value="([^"]*)"', page))
    for name, choices in re.findall(r'<select[^>]*? name="([\w-]+)".*?>(.*?)</select>', page, re.S):
        sent[name] = next(iter(re.findall(r'value="([^"]*)" selected', choices)), "")
    sent |= dict(re.findall(r'<textarea[^>]*? name="([\w-]+)".*?>(.*?)</textarea>', page, re.S))
    sent.pop("csrfmiddlewaretoken", None)
    return sent


@pages
@pytest.mark.django_db
class TestTwoBrowsers:
    def test_the_second_is_told_what_changed_by_whom_and_takes_it_along(
        self, clerk: Client, record: Record
    ) -> None:
        # Given a form that is open while somebody else writes a telephone number,
        address = f"/so-dang-ky/practitioners/{record.pk}/sua"
        opened = form(text_of(clerk.get(address)))
        somebody_else(record, phone="0900111222")
        # when it is handed in with another field changed,
        answer = clerk.post(address, opened | {"email": "an@benhvien.example", "viec": "luu"})
        # then it says what is new, from whom, and holds both,
        assert answer.status_code == 412
        page = text_of(answer)
        assert f"Điện thoại: – → 0900111222 ({SYSTEM.name}," in page
        assert "Biểu mẫu dưới đây đã có nội dung mới đó" in page
        assert "Tải lại hồ sơ" not in page
        # so that the next press keeps both.
        assert clerk.post(address, form(page) | {"viec": "luu"}).status_code == 302
        kept = content(record)
        assert (kept["phone"], kept["email"]) == ("0900111222", "an@benhvien.example")

    def test_where_both_wrote_something_else_the_field_says_so_and_the_typing_stays(
        self, clerk: Client, record: Record
    ) -> None:
        address = f"/so-dang-ky/practitioners/{record.pk}/sua"
        opened = form(text_of(clerk.get(address)))
        somebody_else(record, scope="Ngoại khoa")
        page = text_of(clerk.post(address, opened | {"scope": "Nhi khoa", "viec": "luu"}))
        assert "người khác đã ghi Ngoại khoa" in page
        assert "trước đó là Nội khoa" in page
        assert 'id="scope-wrong"' in page
        assert form(page)["scope"] == "Nhi khoa"

    def test_a_draft_begun_on_an_older_version_undoes_nothing(self, clerk: Client, record: Record) -> None:
        address = f"/so-dang-ky/practitioners/{record.pk}/sua"
        opened = form(text_of(clerk.get(address)))
        clerk.post(address, opened | {"email": "an@benhvien.example", "viec": "nhap"})
        somebody_else(record, phone="0900111222")
        page = text_of(clerk.get(address))
        assert "Điện thoại: – → 0900111222" in page
        assert clerk.post(address, form(page) | {"viec": "luu"}).status_code == 302
        kept = content(record)
        assert (kept["phone"], kept["email"]) == ("0900111222", "an@benhvien.example")

    def test_a_draft_that_nobody_crossed_goes_on_without_a_word(self, clerk: Client, record: Record) -> None:
        address = f"/so-dang-ky/practitioners/{record.pk}/sua"
        clerk.post(address, form(text_of(clerk.get(address))) | {"email": "an@x.example", "viec": "nhap"})
        page = text_of(clerk.get(address))
        assert form(page)["email"] == "an@x.example"
        assert "người khác" not in page
        assert "phien-ban" in form(page)
