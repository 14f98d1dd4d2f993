"""Make the facilities of a nation's day in the database of KHOYTE_HOME and print `{code: bearer token}`.

A process of its own: `python -m khoyte.nonprod.nation.senders COUNT`.
"""

import json
import sys

from khoyte.edges.setup import ready_database
from khoyte.nonprod.demo import make_units
from khoyte.nonprod.faults.senders import SCOPES
from khoyte.nonprod.generator import demo_units
from khoyte.nonprod.generator.world import MINISTRY, DemoUnit
from khoyte.nonprod.nation.stamping import PROVINCES, facility_codes


def make_facilities(count: int) -> dict[str, str]:
    with ready_database("worker"):
        from django.db import transaction  # Django is set up only now

        from khoyte.units import actions
        from khoyte.units.policy import system_actor

        by, tokens = system_actor("nation"), {}
        with transaction.atomic():
            offices = {unit.code: unit for unit in demo_units() if unit.kind != "facility"}
            offices |= {code: _office(code) for code in PROVINCES if code not in offices}
            make_units(offices.values(), by="nation")
            for code, province in facility_codes(count):
                name = f"Cơ sở {code} (minh họa)"
                make_units([DemoUnit(code, "facility", name, province, province, None)], by="nation")
                tokens[code] = actions.create_token(unit=code, scopes=SCOPES, by=by)
    return tokens


def _office(province: str) -> DemoUnit:
    return DemoUnit(province, "province", f"Sở Y tế tỉnh {province} (minh họa)", MINISTRY, province, None)


if __name__ == "__main__":
    print(json.dumps(make_facilities(int(sys.argv[1]))))
