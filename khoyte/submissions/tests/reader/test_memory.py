"""A large file is read within little memory, whatever its size: nothing grows with it but its index."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from khoyte.submissions.tests.reader.files import dossier, visit, visits_file

pytest.importorskip("resource", reason="peak memory of a process is read the POSIX way")

READING = """
import json, resource, sys
from khoyte.foundation.blobs import FileSource
from khoyte.submissions.reader import index_file, read_batch

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

with FileSource(sys.argv[1]) as source:
    index_file(FileSource(sys.argv[2]))
    at_rest = peak()
    index = index_file(source)
    indexed = peak()
    rows = 0
    for start in range(0, len(index.dossiers), 500):
        batch = read_batch(source, index.dossiers[start : start + 500])
        rows += sum(len(table.row) for table in batch.tables.values())
print(json.dumps([at_rest, indexed, peak(), len(index.dossiers), rows]))
"""


def test_64_megabytes_are_read_within_40(tmp_path: Path) -> None:
    (tmp_path / "small.xml").write_bytes(visits_file(1))
    head, tail = visits_file(0).split(b"</DANHSACHHOSO>")
    block = b"".join(dossier(visit(f"LK{number}", drugs=10)) for number in range(100))
    blocks = (64 << 20) // len(block) + 1
    with (tmp_path / "large.xml").open("wb") as file:
        file.write(head)
        for _ in range(blocks):
            file.write(block)
        file.write(b"</DANHSACHHOSO>" + tail)

    command = [sys.executable, "-c", READING, str(tmp_path / "large.xml"), str(tmp_path / "small.xml")]
    said = subprocess.run(command, capture_output=True, check=True, timeout=250)
    at_rest, indexed, peak, dossiers, rows = json.loads(said.stdout)
    assert dossiers == blocks * 100
    assert rows == dossiers * 11
    assert indexed - at_rest < 10, "megabytes for the index of 64 MB"
    assert peak - at_rest < 40, "megabytes for its batches"
