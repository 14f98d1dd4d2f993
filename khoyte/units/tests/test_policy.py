"""The access table line by line. What is not written here may nobody do."""

import dataclasses

import pytest

from khoyte.units.enums import ROLES_OF_KIND, Role, Scope, UnitKind
from khoyte.units.policy import (
    ANONYMOUS,
    PERMISSIONS,
    REFUSED,
    Actor,
    Facts,
    decide,
    permissions_of,
    system_actor,
)

OWN, NEIGHBOUR, STRANGER = (
    Facts(facility="97001", province="97"),
    Facts(facility="97002", province="97"),
    Facts(facility="98001", province="98"),
)
NOBODYS = Facts()
CODES = {"facility": "97001", "province": "97", "department": "CUC", "ministry": "BYT"}
KIND_OF_ROLE = {role: kind for kind, roles in ROLES_OF_KIND.items() for role in roles}

# Action -> role -> on whose records: own facility, neighbour in the province, stranger, nobody's.
OWN_ONLY, PROVINCE_ONLY, ALL, ANY = "o", "on", "ons", "ons-"
EXPECTED = {
    "home.read": dict.fromkeys(Role, ANY),
    "account.keep": dict.fromkeys(Role, ANY),
    "account.administer": {
        "operator": ANY,
        "facility_admin": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
    },
    "account_request.decide": {"province": PROVINCE_ONLY, "province_lead": PROVINCE_ONLY},
    "reorganisation.propose": {"province": PROVINCE_ONLY, "province_lead": PROVINCE_ONLY, "ministry": ANY},
    "reorganisation.confirm": {"province_lead": PROVINCE_ONLY, "ministry": ANY},
    "notice.read": dict.fromkeys(Role, ANY),
    "campaign.read": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "facility_admin": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "ministry": ANY,
        "department": ANY,
    },
    "campaign.remind": {
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "ministry": ANY,
        "department": ANY,
    },
    "inspection.record": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "facility_admin": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "ministry": ANY,
    },
    "rules.read": dict.fromkeys(Role, ANY),
    "backup.read": {"operator": ANY},
    "backup.run": {"operator": ANY},
    "exchange.read": {"operator": ANY},
    "exchange.retry": {"operator": ANY},
    "catalogue.read": dict.fromkeys(Role, ANY),
    "catalogue.publish": {"operator": ANY, "department": ANY},
    "submission.send": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
    },
    "submission.read": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "ministry": ANY,
    },
    "ledger.read": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "ministry": ANY,
        "department": ANY,
    },
    "visit.read": {"facility": OWN_ONLY, "facility_reviewer": OWN_ONLY},
    # A province owns no facility's records here: it may manage its own webhook and no other.
    "webhook.manage": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "province": "",
        "province_lead": "",
    },
    "province_day.read": {
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "ministry": ANY,
        "department": ANY,
    },
    "indicator.read": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "ministry": ANY,
        "department": ANY,
    },
    "register.own_read": {"practitioner": ""},
    "register.own_write": {"practitioner": ""},
    "register.read": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "facility_admin": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "ministry": ANY,
        "department": ANY,
    },
    "register.quality": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "facility_admin": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "ministry": ANY,
        "department": ANY,
    },
    "register.write": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "facility_admin": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        # What carries its own code, in the inventory of databases: none of these.
        "department": "",
    },
    "paper.issue": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "facility_admin": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
    },
    # Only persons review, and of a facility only its reviewer; a department where it is marked as shared.
    "register.review": {
        "department": "",
        "facility_reviewer": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "ministry": ANY,
    },
    "plan.read": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "facility_admin": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "ministry": ANY,
        "department": ANY,
    },
    "plan.update": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "facility_admin": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "department": "",
    },
    "plan.send": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "facility_admin": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "department": "",
        "ministry": "",
    },
    "plan.manage": {"ministry": ANY, "department": ANY},
    "support.ask": dict.fromkeys(Role, ANY),
    "support.answer": {"province": PROVINCE_ONLY, "province_lead": PROVINCE_ONLY, "operator": ANY},
    "training.attend": dict.fromkeys((role for role in Role if role != Role.CITIZEN), ANY),
    "training.read": {
        "facility": OWN_ONLY,
        "facility_reviewer": OWN_ONLY,
        "facility_admin": OWN_ONLY,
        "province": PROVINCE_ONLY,
        "province_lead": PROVINCE_ONLY,
        "ministry": ANY,
        "department": ANY,
    },
    "training.record": {"province": PROVINCE_ONLY, "province_lead": PROVINCE_ONLY, "ministry": ANY},
    "sandbox.manage": {"operator": ANY},
    "data_rights.read": dict.fromkeys(Role, ANY),
    "access_log.read": {"citizen": ""},  # of one's own records, which these are not
    "data_request.manage": {"data_protection": ANY},  # of the ministry; see the test of the three kinds
    "consent.manage": {"data_protection": ANY, "facility_reviewer": OWN_ONLY},
    "breach.manage": {"data_protection": ANY},
}
SCOPES = {
    "submission.send": {"facility": "submissions:write", "province": "submissions:write"},
    "submission.read": {
        "facility": "submissions:read submissions:write",
        "province": "submissions:read submissions:write",
        "ministry": "submissions:read",
    },
    "ledger.read": dict.fromkeys(CODES, "ledger:read"),
    "webhook.manage": {"facility": "submissions:write", "province": "submissions:write"},
    "register.read": dict.fromkeys(CODES, "registers:read registers:write"),
    "register.quality": dict.fromkeys(CODES, "registers:read registers:write"),
    "register.write": {"facility": "registers:write", "province": "registers:write"},
    "paper.issue": {"facility": "registers:write", "province": "registers:write"},
}
ACTIONS = sorted({permission.action for permission in PERMISSIONS})


def account(role: str, kind: str = "") -> Actor:
    kind = kind or KIND_OF_ROLE[Role(role)]
    province = "97" if kind in ("facility", "province") else ""
    return Actor("account", "ai", CODES[kind], "Đơn vị", str(kind), province, str(role))


def machine(kind: str, *scopes: str) -> Actor:
    return dataclasses.replace(
        account(ROLES_OF_KIND[UnitKind(kind)][0], kind), kind="machine", role="", scopes=scopes
    )


def reach(actor: Actor, action: str) -> str:
    records = {"o": OWN, "n": NEIGHBOUR, "s": STRANGER, "-": NOBODYS}
    return "".join(letter for letter, facts in records.items() if decide(actor, action, facts))


def test_every_action_is_expected_here() -> None:
    assert sorted(EXPECTED) == ACTIONS


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", Role)
def test_a_role_reaches_what_the_table_says(action: str, role: Role) -> None:
    expected = EXPECTED[action].get(role)
    actor = account(role)
    assert bool(decide(actor, action)) == (expected is not None)
    assert reach(actor, action) == (expected or "")


@pytest.mark.parametrize("action", ["data_request.manage", "consent.manage", "breach.manage"])
@pytest.mark.parametrize(
    ("kind", "expected"), [("facility", OWN_ONLY), ("province", PROVINCE_ONLY), ("department", "")]
)
def test_its_officer_reaches_files_of_the_own_unit(action: str, kind: str, expected: str) -> None:
    assert reach(account("data_protection", kind), action) == expected


def test_a_citizen_reaches_what_is_about_the_citizen_alone() -> None:
    citizen = dataclasses.replace(account("citizen"), person="ab")
    assert decide(citizen, "access_log.read", Facts(person="ab"))
    assert decide(citizen, "access_log.read", Facts(person="cd")).reason == REFUSED["self"]
    assert not decide(account("citizen"), "access_log.read", Facts(person=""))


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("kind", CODES)
@pytest.mark.parametrize("scope", Scope)
def test_a_token_reaches_what_its_scope_says(action: str, kind: str, scope: Scope) -> None:
    allowed = scope.value in SCOPES.get(action, {}).get(kind, "").split()
    assert bool(decide(machine(kind, scope), action)) == allowed


@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_in_a_unit_of_another_kind_is_worth_nothing(action: str) -> None:
    for role, kind in (("facility", "province"), ("province", "facility"), ("ministry", "department")):
        if EXPECTED[action] != dict.fromkeys(Role, ANY):
            assert not decide(account(role, kind), action)


@pytest.mark.parametrize("action", ACTIONS)
def test_nobody_is_asked_to_sign_in(action: str) -> None:
    assert decide(ANONYMOUS, action).reason == REFUSED["sign-in"]
    assert not decide(ANONYMOUS, action, OWN)


def test_the_platform_itself_may_do_its_work() -> None:
    assert decide(system_actor("judging"), "submission.read", STRANGER)


def test_a_token_without_scopes_may_do_nothing() -> None:
    assert [action for action in ACTIONS if decide(machine("facility"), action)] == []


def test_an_unknown_action_is_refused() -> None:
    assert not decide(account("ministry"), "submission.rewrite")


def test_a_shared_facility_is_reviewed_by_the_department_it_names() -> None:
    department = account("department")
    shared = dataclasses.replace(STRANGER, shared="CUC")
    assert decide(department, "register.review", shared)
    refused = decide(department, "register.review", dataclasses.replace(shared, shared="CUC2"))
    assert refused.reason == REFUSED["shared"]
    assert not decide(account("province"), "register.review", shared)


def test_who_took_a_unit_over_reaches_its_records() -> None:
    merged = dataclasses.replace(account("province"), before=("98",))
    assert reach(merged, "submission.read") == "ons"
    clinic = dataclasses.replace(account("facility"), before=("98001",))
    assert reach(clinic, "submission.read") == "os"
    assert reach(dataclasses.replace(account("practitioner"), before=("98001",)), "submission.read") == ""


def test_a_unit_without_province_reaches_no_record_without_one() -> None:
    nowhere = dataclasses.replace(account("province"), province="")
    assert not decide(nowhere, "submission.read", Facts(facility="97001", province=""))


def test_refusals_say_why_in_both_languages() -> None:
    reasons = [
        decide(ANONYMOUS, "home.read").reason,
        decide(account("citizen"), "submission.read").reason,
        decide(account("facility"), "submission.read", STRANGER).reason,
        decide(account("province"), "submission.read", STRANGER).reason,
    ]
    assert reasons == [REFUSED["sign-in"], REFUSED["role"], REFUSED["own"], REFUSED["province"]]
    assert all(reason.vi and reason.en for reason in reasons)


def test_what_is_allowed_names_its_line() -> None:
    decision = decide(account("province"), "submission.read", NEIGHBOUR)
    (line,) = (p for p in PERMISSIONS if (p.action, p.relation) == ("submission.read", "province"))
    assert decision.reason == line.sentence


@pytest.mark.parametrize("permission", PERMISSIONS, ids=lambda line: f"{line.action} {line.relation}")
def test_lines_are_whole(permission) -> None:
    assert permission.relation in ("self", "own", "province", "shared", "everything", "none")
    assert permission.sentence.vi
    assert permission.sentence.en
    assert permission.roles or permission.scopes
    assert permission.unit_kinds or permission.relation == "none"
    assert set(permission.roles) <= set(Role)
    assert set(permission.scopes) <= set(Scope)
    # A line that no role of its kinds of unit can use says something nobody may do.
    possible = {role for kind in permission.unit_kinds or UnitKind for role in ROLES_OF_KIND[UnitKind(kind)]}
    assert set(permission.roles) <= possible


def test_lines_of_an_actor_are_those_that_name_it() -> None:
    lines = permissions_of(machine("facility", "ledger:read"))
    assert [(line.action, line.relation) for line in lines] == [("ledger.read", "own")]
