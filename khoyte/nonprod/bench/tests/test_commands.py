"""`khoyte bench` as it is typed, in a process of its own."""

import os
import subprocess
import sys


def test_the_command_starts_without_anything_set_up() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run(
        [sys.executable, "-m", "khoyte", "bench", "--help"],
        env=environment | {"KHOYTE_NONPROD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-1000:]
    assert all(name in done.stdout for name in ("registers", "rejudge", "intake", "warehouse"))
