"""What the pages of a benchmark stand on, made in processes of their own: units, accounts, registers, plan.

`python -m khoyte.nonprod.bench.pages_fill data` prints the bearer token of the sending facility;
`… sessions`, as the web does it, for each role the key of a session that has begun.
"""

import json
import sys

from khoyte.edges.setup import ready_database
from khoyte.nonprod.generator import demo_units
from khoyte.nonprod.generator.bench import FACILITY


def _data() -> None:
    with ready_database("worker"):
        from khoyte.nonprod import demo  # Django is set up only now
        from khoyte.units import actions
        from khoyte.units.models import Unit
        from khoyte.units.policy import system_actor

        known = set(Unit.objects.values_list("code", flat=True))
        demo.make_units((unit for unit in demo_units() if unit.code not in known), by="bench")
        demo.make_accounts()
        demo.fill_registers()
        demo.fill_plan()
        scopes = ("submissions:write", "submissions:read")
        token = actions.create_token(unit=FACILITY, scopes=scopes, by=system_actor("bench"))
    print(json.dumps({"token": token}))


def _sessions() -> None:
    with ready_database("app"):
        from khoyte.nonprod import demo  # as above

        print(json.dumps({role: _session(unit, role) for role, unit in demo.ACCOUNTS}))


def _session(unit: str, role: str) -> str:
    """The key of a session of the demonstration's account, as if its owner had signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from khoyte.units.models import Account
    from khoyte.units.session_store import SessionStore

    account = Account.objects.get(unit=unit, role=role)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.create()
    return str(session.session_key)


if __name__ == "__main__":
    {"data": _data, "sessions": _sessions}[sys.argv[1]]()
