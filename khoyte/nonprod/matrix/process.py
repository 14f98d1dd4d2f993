"""The process of `khoyte fault matrix`: a database of its own in KHOYTE_HOME, the world, every trial.

`python -m khoyte.nonprod.matrix.process N SEED` prints the figures as one JSON document. Connected as
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


def main(n: int, seed: int) -> dict[str, Any]:
    home = Path(os.environ["KHOYTE_HOME"])
    server = EmbeddedPostgres(home, settings=UNSAFE_AND_QUICK).start()
    try:
        bootstrap(home)
        schema.bring_up_to_date(server.urls)
        import django  # the settings read the environment

        django.setup()
        logging.getLogger("django.security").setLevel(logging.ERROR)
        from khoyte.nonprod.matrix.everything import run_everything

        return run_everything(n, seed, say)
    finally:
        server.stop()


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2])), ensure_ascii=False))
