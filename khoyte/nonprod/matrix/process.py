"""One process of `khoyte fault matrix`: a database of its own in KHOYTE_HOME, the world, its share of trials.

`python -m khoyte.nonprod.matrix.process N SEED PART PARTS` writes two lines of JSON: which cells
come by which filter, upon which it is told in a line what all processes found; and the figures. Connected as
superuser, it takes the application's role for every request, and can do without for those trials in which the
second wall is to be off.
"""

import json
import logging
import os
import sys
from pathlib import Path
from typing import Any

from khoyte.edges import schema
from khoyte.foundation.database import EmbeddedPostgres
from khoyte.foundation.database.bootstrap import bootstrap
from khoyte.foundation.database.cluster import UNSAFE_AND_QUICK


def main(n: int, seed: int, part: int, parts: int) -> dict[str, Any]:
    home = Path(os.environ["KHOYTE_HOME"])
    server = EmbeddedPostgres(home, settings=UNSAFE_AND_QUICK).start()
    try:
        bootstrap(home)
        schema.bring_up_to_date(server.urls)
        import django  # the settings read the environment

        django.setup()
        logging.getLogger("django.security").setLevel(logging.ERROR)
        from khoyte.nonprod.matrix.everything import run_part
        from khoyte.nonprod.matrix.removals import Share

        return run_part(n, seed, say, Share(part, parts, exchange))
    finally:
        server.stop()


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def exchange(found: Any) -> list[Any]:
    """Tell what was found here, hear what was found everywhere. Whoever began this has gone: an error."""
    print(json.dumps(found), flush=True)
    return json.loads(sys.stdin.readline())


if __name__ == "__main__":
    print(json.dumps(main(*map(int, sys.argv[1:5])), ensure_ascii=False))
