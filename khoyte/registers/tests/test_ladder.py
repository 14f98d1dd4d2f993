"""The way of a record: every state and act, two levels, four eyes, reasons, what is published when."""

import itertools

import pytest

from khoyte.audit.models import AuditEntry
from khoyte.registers import actions
from khoyte.registers.errors import Changed, NotNow, OwnFile, UnknownRecord, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.ladder import REFUSALS, STATE_LABELS, TRANSITIONS, Act, State
from khoyte.registers.models import Case, Evidence, Published, Record, Step
from khoyte.registers.tests.offices import NEIGHBOUR, OWN, PROVINCE, STRANGER, again, made, officer, person
from khoyte.units.errors import Refused
from khoyte.units.policy import Actor
from khoyte.units.tenancy import speaking_as


def test_every_act_on_every_state_is_allowed_or_refused_with_a_sentence() -> None:
    every = set(itertools.product(State, Act))
    assert set(TRANSITIONS) | set(REFUSALS) == every
    assert not set(TRANSITIONS) & set(REFUSALS)
    assert set(STATE_LABELS) == set(State)
    assert all(text.vi and text.en for text in REFUSALS.values())


def act(name: str, record: Record, by: Actor, **more: object) -> Record:
    with speaking_as(by):
        return getattr(actions, name)(register=register("practitioners"), id=record.pk, by=by, **more)


@pytest.fixture
def clerk(country: None) -> Actor:
    return officer(OWN, "facility")


@pytest.fixture
def reviewer(country: None) -> Actor:
    return officer(OWN, "facility_reviewer")


@pytest.fixture
def province(country: None) -> Actor:
    return officer(PROVINCE, "province")


@pytest.fixture
def sent(clerk: Actor) -> Record:
    record = made("practitioners", person(1), by=clerk)
    return act("submit", record, clerk)


@pytest.mark.django_db
def test_a_record_goes_up_level_by_level_and_is_published_at_the_top(
    sent: Record, reviewer: Actor, province: Actor
) -> None:
    assert Case.objects.get(closed_at=None).level == "facility"
    record = act("confirm", sent, reviewer, version=1)
    assert (record.state, record.level) == ("in_review", "province")
    assert not Published.objects.exists()
    record = act("confirm", sent, province, version=1)
    assert (record.state, record.level, record.confirmed_version) == ("confirmed", "", 1)
    public = Published.objects.get(record=record.pk)
    assert public.content["full_name"] == person(1)["full_name"]
    assert not {"personal_number", "birth_date", "sex", "phone", "email"} & set(public.content)
    assert not Case.objects.filter(closed_at=None).exists()
    steps = Step.objects.filter(record=record.pk).order_by("id").values_list("act", "level", "by")
    assert list(steps) == [
        ("submit", "", "facility-97001"),
        ("confirm", "facility", "facility_reviewer-97001"),
        ("confirm", "province", "province-97"),
    ]
    assert [row.source for row in Evidence.objects.order_by("id")] == ["facility", "province"]
    acts = AuditEntry.objects.filter(subject_id=str(record.pk)).order_by("id")
    names = [name.removeprefix("register.") for name in acts.values_list("action", flat=True)]
    assert names == ["create", "submit", "confirm", "confirm"]


@pytest.mark.django_db
def test_nobody_confirms_what_they_entered_or_sent(reviewer: Actor, province: Actor) -> None:
    record = act("submit", made("practitioners", person(1), by=reviewer), reviewer)
    with pytest.raises(OwnFile):
        act("confirm", record, reviewer)
    other = officer(OWN, "facility_reviewer", name="đồng nghiệp")
    act("confirm", record, other)
    act("confirm", record, province)


@pytest.mark.django_db
def test_a_level_is_for_its_roles_alone(sent: Record, clerk: Actor, province: Actor) -> None:
    with pytest.raises(Refused):
        act("confirm", sent, clerk)
    with pytest.raises(NotNow, match="stands at"):
        act("confirm", sent, province)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("unit", "role"), [(NEIGHBOUR, "facility_reviewer"), (STRANGER, "facility"), ("98", "province")]
)
def test_strangers_do_not_find_the_record(sent: Record, unit: str, role: str) -> None:
    for name in ("confirm", "submit", "withdraw"):
        with pytest.raises(UnknownRecord):
            act(name, sent, officer(unit, role))


@pytest.mark.django_db
def test_a_return_says_why_field_by_field_and_the_correction_goes_the_way_again(
    sent: Record, clerk: Actor, reviewer: Actor
) -> None:
    with pytest.raises(WrongRecord):
        act("return_for_correction", sent, reviewer, reasons={"scope": "  "})
    record = act("return_for_correction", sent, reviewer, reasons={"scope": "Thiếu phạm vi", "no_field": "x"})
    assert record.state == "returned"
    assert Step.objects.latest("id").reasons == {"scope": "Thiếu phạm vi"}
    with pytest.raises(NotNow):
        act("confirm", sent, reviewer)
    changed = act("change", sent, clerk, patch={"scope": "Nội khoa"}, source="form")
    assert (changed.version, changed.state) == (2, "returned")
    assert act("submit", sent, clerk).state == "in_review"
    assert Case.objects.filter(closed_at=None).count() == 1


@pytest.mark.django_db
def test_what_is_under_review_is_not_changed_and_another_version_is_not_confirmed(
    sent: Record, clerk: Actor, reviewer: Actor
) -> None:
    with pytest.raises(NotNow):
        act("change", sent, clerk, patch={"scope": "x"}, source="form")
    with pytest.raises(Changed):
        act("confirm", sent, reviewer, version=7)


@pytest.mark.django_db
def test_a_change_of_what_is_confirmed_leaves_it_in_force_until_confirmed_again(
    clerk: Actor, reviewer: Actor, province: Actor
) -> None:
    record = made("practitioners", person(1), confirmed=True)
    act("change", record, clerk, patch={"scope": "Ngoại khoa", "phone": "0912345678"}, source="form")
    now = again(register("practitioners"), record)
    assert (now.state, now.version, now.confirmed_version) == ("draft", 2, 1)
    assert "scope" not in Published.objects.get().content
    with pytest.raises(NotNow):
        act("withdraw", record, clerk)
    act("submit", record, clerk)
    act("confirm", record, reviewer)
    act("confirm", record, province)
    assert Published.objects.get().content["scope"] == "Ngoại khoa"
    # Only the changed fields were attested a second time.
    assert Evidence.objects.latest("id").fields == ["phone", "scope"]


@pytest.mark.django_db
def test_a_withdrawn_record_frees_its_numbers(clerk: Actor) -> None:
    record = made("practitioners", person(1), by=clerk)
    with pytest.raises(WrongRecord):
        made("practitioners", person(1, personal_number="999085000999"), by=clerk)
    act("withdraw", record, clerk)
    made("practitioners", person(1, personal_number="999085000999"), by=clerk)
