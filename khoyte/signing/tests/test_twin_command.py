"""`khoyte twin authority` serves the invented authority until it is stopped."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from khoyte.nonprod.twins.authority import Authority
from khoyte.signing import revocation


def test_the_authority_answers_at_the_address_it_prints(tmp_path: Path) -> None:
    asked = ["twin", "authority", "--folder", str(tmp_path / "ca")]
    environment = {**os.environ, "KHOYTE_HOME": str(tmp_path / "home"), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "khoyte", *asked], stdout=subprocess.PIPE, text=True, env=environment
    )
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        with urllib.request.urlopen(f"{address}/crl/issuing.crl", timeout=30) as answer:
            found = revocation.read_list(answer.read())
        issuer = Authority.load_or_make(tmp_path / "ca").issuing.certificate
        assert revocation.is_signed(found, issuer)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) in (0, 130)
        process.stdout.close()
