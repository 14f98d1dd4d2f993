"""Passing over dossiers: which are, which the parser gets, and that nobody can tell from the index.

Damaged envelopes by the thousand: `khoyte fault reader` and its short form among the drills.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from khoyte.foundation.byte_sources import BytesSource
from khoyte.submissions.reader import LIMITS, UnreadableFile, index_file
from khoyte.submissions.reader.limits import Limits
from khoyte.submissions.reader.quick_index import QuickIndex
from khoyte.submissions.tests.reader.files import claims_file, dossier, hoso, part, visit, visits_file

USUAL = dossier(visit("LK1"))


def index_of(data: bytes, *, quick: bool, limits: Limits = LIMITS) -> dict[str, Any]:
    try:
        index = index_file(BytesSource(data), limits, quick=quick)
    except UnreadableFile as error:
        return {**vars(error), "text": str(error)}
    return {**vars(index), "dossiers": list(index.dossiers)}


def passed_over(data: bytes, chunk: int = 1 << 20) -> int:
    quick = QuickIndex(LIMITS)
    for at in range(0, len(data), chunk):
        quick.feed(data[at : at + chunk])
    quick.close()
    return quick.envelope.dossiers_passed_over


@pytest.mark.parametrize("chunk", [1, 7, 100, 4_000, 1 << 20])
def test_usual_dossiers_are_passed_over_however_the_file_is_cut(chunk: int) -> None:
    data = visits_file(5)
    assert passed_over(data, chunk) == 5
    assert index_of(data, quick=True) == index_of(data, quick=False)


@pytest.mark.parametrize("gap", ["\n", "\r\n    ", "\t"])
def test_white_space_between_elements_is_usual(gap: str) -> None:
    spaced = visits_file(3).replace(b"><", f">{gap}<".encode())
    assert passed_over(spaced) == 3
    assert index_of(spaced, quick=True) == index_of(spaced, quick=False)


UNUSUAL = {
    "attribute": USUAL.replace(b"<HOSO>", b"<HOSO id='1'>"),
    "comment": USUAL.replace(b"<LOAIHOSO>", b"<!-- c --><LOAIHOSO>"),
    "instruction": USUAL.replace(b"<LOAIHOSO>", b"<?x y?><LOAIHOSO>"),
    "CDATA": USUAL.replace(b"<NOIDUNGFILE>", b"<NOIDUNGFILE><![CDATA[").replace(b"</NOI", b"]]></NOI"),
    "reference": USUAL.replace(b"XML1<", b"XML&#49;<"),
    "reference in base64": USUAL.replace(b"<NOIDUNGFILE>P", b"<NOIDUNGFILE>&#80;"),
    "base64 in lines": USUAL.replace(b"<NOIDUNGFILE>PD94", b"<NOIDUNGFILE>PD94\n"),
    "no base64": hoso([part("XML1", "chữ")]),
    "nested XML": hoso([part("XML1", "<TONG_HOP><MA_LK>1</MA_LK></TONG_HOP>")]),
    "empty content": hoso([part("XML1", "")]),
    "other order": hoso([b"<FILEHOSO><NOIDUNGFILE>QUE=</NOIDUNGFILE><LOAIHOSO>XML1</LOAIHOSO></FILEHOSO>"]),
    "two kinds": USUAL.replace(b"<NOIDUNGFILE>", b"<LOAIHOSO>XML2</LOAIHOSO><NOIDUNGFILE>", 1),
    "odd element": USUAL.replace(b"</FILEHOSO>", b"<X/></FILEHOSO>", 1),
    "prefix": USUAL.replace(b"<HOSO>", b"<b:HOSO>").replace(b"</HOSO>", b"</b:HOSO>"),
    "text": USUAL.replace(b"<FILEHOSO>", b"chu<FILEHOSO>", 1),
    "space in a tag": USUAL.replace(b"</HOSO>", b"</HOSO >"),
    "no part": b"<HOSO></HOSO>",
    "empty element": b"<HOSO/>",
    "dossier in a dossier": b"<HOSO>" + USUAL + b"</HOSO>",
    "many parts": hoso([part("XML1", b"<A/>")] * 65),
}


@pytest.mark.parametrize("unusual", UNUSUAL.values(), ids=UNUSUAL)
def test_what_is_unusual_goes_to_the_parser_and_the_next_one_is_passed_over_again(unusual: bytes) -> None:
    data = claims_file([USUAL, unusual, USUAL, USUAL])
    assert index_of(data, quick=True) == index_of(data, quick=False)
    found = len(index_file(BytesSource(data)).dossiers)
    assert found == 4
    # Where no plain end tag shows the parser's next stop, the following one is parsed as well.
    assert passed_over(data) == (3 if b"</HOSO>" in unusual else 2)


IN_THE_LIST = (b"<!-- <DANHSACHHOSO>", b"<![CDATA[>", b"chu>", b"]]", b"<?x >", b"<X>", b"&x;", b"\x00")


@pytest.mark.parametrize("opened", IN_THE_LIST)
def test_a_dossier_inside_another_token_is_none(opened: bytes) -> None:
    """What the parser has in hand decides, not what the bytes look like."""
    closing = {b"<!-- <DANHSACHHOSO>": b"-->", b"<![CDATA[>": b"]]>", b"<?x >": b"?>", b"<X>": b"</X>"}
    data = claims_file([opened, USUAL, USUAL, closing.get(opened, b"")])
    assert index_of(data, quick=True) == index_of(data, quick=False)


@pytest.mark.parametrize("cut", range(1, 400, 13))
def test_a_refusal_names_the_same_place(cut: int) -> None:
    data = visits_file(3)
    for broken in (data[:-cut], data[:-cut] + b"&" + data[-cut:], data[:-cut] + b"\xff" + data[-cut:]):
        assert index_of(broken, quick=True) == index_of(broken, quick=False)


@pytest.mark.parametrize("limits", [
    replace(LIMITS, dossiers=2), replace(LIMITS, elements=25), replace(LIMITS, dossier_bytes=500),
    replace(LIMITS, parts_per_dossier=1), replace(LIMITS, token_bytes=50),
], ids=["dossiers", "elements", "dossier", "parts", "token"])  # fmt: skip
def test_limits_hold_for_both(limits: Limits) -> None:
    data = visits_file(4)
    assert index_of(data, quick=True, limits=limits) == index_of(data, quick=False, limits=limits)


def test_a_dossier_of_many_megabytes_is_not_awaited() -> None:
    large = hoso([part("XML1", b"<A>" + b"x" * 12_000_000 + b"</A>")])
    data = claims_file([USUAL, large, USUAL])
    fed = QuickIndex(LIMITS)
    most = 0
    for piece in BytesSource(data).chunks():
        fed.feed(piece)
        most = max(most, len(fed._pending))
    fed.close()
    assert most < 10_000_000
    assert index_of(data, quick=True) == index_of(data, quick=False)


def answers(path: Path) -> Iterator[dict[str, Any]]:
    for value in ("on", "off"):
        done = subprocess.run(
            [sys.executable, "-m", "khoyte", "check", str(path), "--json"],
            env={**os.environ, "KHOYTE_FAST_READER": value},
            capture_output=True,
            text=True,
            check=False,
        )
        yield json.loads(done.stdout)


def test_the_switch_turns_it_off_and_changes_no_answer(tmp_path: Path) -> None:
    path = tmp_path / "visits.xml"
    path.write_bytes(claims_file([*(dossier(visit(f"LK{n}")) for n in range(12)), UNUSUAL["CDATA"]]))
    quick, slow = answers(path)
    for document in (quick, slow):
        for file in document["files"]:
            file.pop("judged_at", None), file.pop("received_at", None), file.pop("id", None)
    assert quick == slow
    said = subprocess.run(
        [sys.executable, "-c", "from khoyte.submissions.reader.switch import QUICK_WAY; print(QUICK_WAY)"],
        env={**os.environ, "KHOYTE_FAST_READER": "off"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "False"
