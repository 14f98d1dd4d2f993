"""Make demonstration facilities in the database of KHOYTE_HOME and print `{facility: bearer token}`.

A process of its own, as the drill itself must not hold connections to the database it kills:
`python -m khoyte.nonprod.faults.senders 99001 99002`.
"""

import json
import sys
from collections.abc import Sequence

from khoyte.edges.setup import ready_database
from khoyte.nonprod.demo import make_units
from khoyte.nonprod.generator import demo_units

SCOPES = ("submissions:write", "submissions:read", "ledger:read")


def make_senders(facilities: Sequence[str]) -> dict[str, str]:
    with ready_database("worker"):
        from khoyte.units import actions  # Django is set up only now
        from khoyte.units.policy import system_actor

        wanted = (unit for unit in demo_units() if unit.kind != "facility" or unit.code in facilities)
        make_units(wanted, by="drill")
        by = system_actor("drill")
        return {code: actions.create_token(unit=code, scopes=SCOPES, by=by) for code in facilities}


if __name__ == "__main__":
    print(json.dumps(make_senders(sys.argv[1:])))
