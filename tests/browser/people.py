"""Make the units, named accounts and tokens of the journeys in the database of KHOYTE_HOME.

A process of its own, as the tests' own process has another database: `python -m tests.browser.people` prints
`{"accounts": {name: {"username", "password", "unit"}}, "tokens": {facility: bearer token}}`.
"""

import json

from khoyte.edges.setup import ready_database
from khoyte.nonprod.faults.senders import make_senders
from khoyte.units.policy import system_actor

FACILITIES = ("99001", "99002")
# Who -> unit, role.
PEOPLE = {
    "clerk": ("99001", "facility"),
    "neighbour": ("99002", "facility"),
    "officer": ("97", "province"),
    "lead": ("97", "province_lead"),
    "reviewer": ("99001", "facility_reviewer"),
    "operator": ("BYT", "operator"),
    # Each journey of test_identity.py has somebody of its own: what they set up stays with the account.
    "newcomer": ("97", "province"),
    "careful": ("99001", "facility"),
    "twice": ("99001", "facility"),
    "changing": ("99001", "facility"),
    "reviewed": ("99001", "facility"),
    "protector": ("99001", "data_protection"),
    "citizen": ("BYT", "citizen"),
    "practitioner": ("99001", "practitioner"),
    "head": ("CNTT", "department"),
    "chief": ("BYT", "ministry"),
    "far-reviewer": ("98", "province"),
    "department": ("CNTT", "department"),
    "keeper": ("99002", "facility"),
    "ministry": ("BYT", "ministry"),
}


# Who the practitioner is verified to be, already in the register.
HERSELF = {
    "full_name": "Lê Thị Bình Yên",
    "personal_number": "999185777002",
    "birth_date": "1985",
    "sex": "2",
    "title": "BS",
    "licence_kind": "GPHN",
    "licence_number": "777002/DEMO-GPHN",
    "licence_date": "2024-05-06",
    "licence_valid_to": "2029-05-05",
    "licence_issuer": "Sở Y tế tỉnh Bình An (minh họa)",
    "facility": "99001",
    "cme_hours": "60",
}


def make_practitioner(username: str) -> None:
    from khoyte.registers import actions  # Django is set up only now
    from khoyte.registers.known import register
    from khoyte.units.persons import link_person
    from khoyte.units.tenancy import working

    by = system_actor("browser-tests")
    link_person(username=username, number=HERSELF["personal_number"], assurance="counter", by=by)
    with working():
        actions.create(
            register=register("practitioners"), content=HERSELF, by=by, source="command", confirmed=True
        )


def make_queues() -> None:
    """Pharmacies that wait for another province, and a facility whose authority is shared."""
    from khoyte.registers import actions  # Django is set up only now
    from khoyte.registers.known import register
    from khoyte.units.models import Unit
    from khoyte.units.tenancy import working

    Unit.objects.filter(code="99002").update(shared_with="CNTT")
    by, found = system_actor("browser-tests"), register("pharmacies")
    with working():
        for number in range(4):
            content = {
                "name": f"Nhà thuốc Mẫu {number}",
                "kind": "nha_thuoc",
                "certificate_number": f"98{number}/ĐKKDD-MH",
                "province": "98",
                "commune": "xã Suối Mơ",
            }
            made = actions.create(register=found, content=content, by=by, source="command")
            actions.submit(register=found, id=made.pk, by=by)


def make_accounts() -> dict[str, dict[str, str]]:
    with ready_database("worker"):
        from khoyte.units import actions  # Django is set up only now

        accounts = {}
        for name, (unit, role) in PEOPLE.items():
            account, password = actions.create_account(
                username=f"{name}-{unit}", unit=unit, role=role, by=system_actor("browser-tests")
            )
            accounts[name] = {"username": account.username, "password": password, "unit": unit}
        make_practitioner(accounts["practitioner"]["username"])
        make_plan()
        make_queues()
        return accounts | learners()


def learners() -> dict[str, dict[str, str]]:
    """One learner's accounts in the training province, by role."""
    from khoyte.guidance import sandbox  # Django is set up only now

    made = sandbox.fill(seats=1, by=system_actor("browser-tests"))
    return {f"learner_{line['role']}": line for line in made}


def make_plan() -> None:
    """The demonstration plan and three databases of its inventory; what is late is told to each level."""
    from itertools import islice  # Django is set up only now

    from khoyte.nonprod.demo_plan import databases, fill_plan
    from khoyte.registers import actions
    from khoyte.registers.known import register
    from khoyte.units.tenancy import working

    with working():
        for content in islice(databases(), 3):
            actions.create(
                register=register("databases"), content=content, by=system_actor("browser-tests"),
                source="command", confirmed=True,
            )  # fmt: skip
    fill_plan()


if __name__ == "__main__":
    tokens = make_senders(FACILITIES)
    print(json.dumps({"accounts": make_accounts(), "tokens": tokens}))
