"""What may stand in a notice, and what never can."""

import json
import string
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.notices.errors import UnsafeFact
from khoyte.notices.kinds import kept_facts, kinds, words

SORTS = {"count", "days", "day", "facility", "unit", "step", "code"}
GOOD = {
    "count": 3,
    "days": 30,
    "day": date(2026, 11, 28),
    "facility": "97001",
    "unit": "97",
    "step": "I.3",
    "code": "k7mq-4xwp-9d2h",
    "label:register": "practitioners",
    "label:licence_act": "suspend",
    "label:operating_act": "suspend",
    "label:support": "question",
    "label:plan_level": "province",
}
# Everything that must never leave: a personal number, a card, a name, a diagnosis, a telephone number.
CANARIES = (
    "999185000123",
    "DN4999900000001",
    "Nguyễn Thị Ánh",
    "J18.9 viêm phổi",
    "0912345678",
    "<b>x</b>",
    999185000123,
    "97001 Nguyễn",
    "2026-11-28",
)


@pytest.mark.parametrize("name", sorted(kinds()))
def test_a_kind_has_safe_fields_only_and_its_texts_use_no_other(name: str) -> None:
    kind = kinds()[name]
    for sort in kind.fields.values():
        assert sort in SORTS or sort.startswith("label:")
    for text in (kind.title, kind.body):
        for said in (text.vi, text.en):
            used = {place for _, place, _, _ in string.Formatter().parse(said) if place}
            assert used <= set(kind.fields)
    assert kind.legal
    assert kind.label.vi
    assert kind.label.en


@pytest.mark.parametrize("name", sorted(kinds()))
def test_every_place_of_a_text_is_filled(name: str) -> None:
    kind = kinds()[name]
    kept = kept_facts(kind, {field: GOOD[sort] for field, sort in kind.fields.items()})
    title, body = words(kind, kept, lambda code: f"Cơ sở {code}")
    assert not any("{" in said for text in (title, body) for said in (text.vi, text.en))
    assert json.loads(json.dumps(kept)) == kept


@pytest.mark.parametrize("name", sorted(kinds()))
def test_no_field_takes_anything_about_a_person(name: str) -> None:
    kind = kinds()[name]
    good = {field: GOOD[sort] for field, sort in kind.fields.items()}
    for field in kind.fields:
        for number, canary in enumerate(CANARIES):
            with pytest.raises(UnsafeFact) as refused:
                kept_facts(kind, {**good, field: canary})
            assert str(canary) not in refused.value.say("vi"), number


def test_a_field_more_or_less_is_refused() -> None:
    kind = kinds()["file_returned"]
    with pytest.raises(UnsafeFact):
        kept_facts(kind, {"register": "practitioners", "points": 1, "name": "x"})
    with pytest.raises(UnsafeFact):
        kept_facts(kind, {"points": 1})


@given(st.text(max_size=40))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_free_words_pass_no_gate(text: str) -> None:
    kind = kinds()["licence_expiring"]
    safe = {"facility": "97001", "days": 30, "expires": date(2026, 12, 28)}
    if len(text) == 5 and text.isascii() and text.isalnum() and text.upper() == text:
        return  # looks like a facility's code, and shows as one
    with pytest.raises(UnsafeFact):
        kept_facts(kind, {**safe, "facility": text})
    with pytest.raises(UnsafeFact):
        kept_facts(kind, {**safe, "days": text})
