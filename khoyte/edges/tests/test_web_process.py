"""A process of the web server that outlives the server would go on taking part of the traffic."""

import os
import subprocess
import sys

from khoyte.foundation.database.tether import TETHERED


def test_a_process_whose_server_died_before_it_looked_does_not_begin_to_answer() -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    done = subprocess.run(
        [sys.executable, "-c", "import khoyte.edges.web_process; print('answers')"],
        env={**os.environ, TETHERED: str(gone.pid)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "the starter is gone already" in done.stderr
    assert "answers" not in done.stdout
