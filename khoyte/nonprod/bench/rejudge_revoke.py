"""Revokes one licence in the database of KHOYTE_HOME as an official act, for `khoyte bench rejudge`.

`python -m khoyte.nonprod.bench.rejudge_revoke LICENCE` prints when it was committed.
"""

import json
import sys
import time

from khoyte.edges.setup import ready_database

FROM = "2024-06-01"
"""After the licences of the demonstration, before every invented visit."""


def revoke(licence: str) -> dict[str, float]:
    from khoyte.registers import actions
    from khoyte.registers.known import register
    from khoyte.units.policy import system_actor
    from khoyte.units.tenancy import working

    content = {"licence_number": licence, "kind": "revoke", "valid_from": FROM, "decision": "7/QĐ-SYT-MH"}
    with working():
        actions.create(
            register=register("licence_events"),
            content=content,
            by=system_actor("bench"),
            source="form",
            confirmed=True,
        )
    return {"revoked_at": time.time()}


if __name__ == "__main__":
    with ready_database("worker"):
        print(json.dumps(revoke(sys.argv[1])))
