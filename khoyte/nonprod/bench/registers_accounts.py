"""Accounts that ask pages in `khoyte bench registers`: prints the cookie of a session of each, as JSON.

`python -m khoyte.nonprod.bench.registers_accounts PROVINCE` speaks as the application, which alone may begin
sessions. Accounts are made once, sessions every time.
"""

import json
import sys

from khoyte.edges.setup import ready_database


def cookies(province: str) -> dict[str, str]:
    """Cookie by role: reviewer and lead of a province, and the ministry."""
    from khoyte.nonprod.bench.asking import session_of
    from khoyte.units import actions
    from khoyte.units.models import Account
    from khoyte.units.policy import system_actor

    found = {}
    for role, unit, name in (
        ("province", province, "province"),
        ("province_lead", province, "lead"),
        ("ministry", "BYT", "ministry"),
    ):
        account = Account.objects.filter(username=f"bench-{name}").first()
        if account is None:
            account, _ = actions.create_account(
                username=f"bench-{name}", unit=unit, role=role, by=system_actor("bench")
            )
        found[name] = session_of(account)
    return found


if __name__ == "__main__":
    with ready_database("app"):
        print(json.dumps(cookies(sys.argv[1])))
