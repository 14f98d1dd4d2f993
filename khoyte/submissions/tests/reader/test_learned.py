"""How the quick way is learnt: when, from what, and within bounds. What it reads is tested against lxml."""

import subprocess
import sys

import pytest

from khoyte.submissions.reader import LIMITS
from khoyte.submissions.reader.learned import LearnedTables
from khoyte.submissions.reader.shapes import shapes
from khoyte.submissions.reader.table_parser import TableRead, parse_table
from khoyte.submissions.reader.tables import read_table
from khoyte.submissions.tests.reader.files import table_xml, visit

DRUGS = shapes()["XML2"]
ROWS = visit("LK1")["XML2"]


def learn(learned: LearnedTables, data: bytes, times: int = 3) -> None:
    for _ in range(times):
        learned.learn(DRUGS, data, parse_table(DRUGS, data, LIMITS))


def texts(read: TableRead | None) -> list[str] | None:
    return None if read is None else [row[6] for _, rows in read.runs for row in rows]


@pytest.mark.parametrize("gap", ["", "\n    ", "\r\n\t"])
def test_a_making_is_known_after_three_documents(gap: str) -> None:
    learned = LearnedTables()
    data = table_xml("XML2", ROWS, gap=gap)
    for _ in range(3):
        assert learned.read(DRUGS, data) is None
        learn(learned, data, times=1)
    assert texts(learned.read(DRUGS, data)) == ["Paracetamol 500 mg"] * 2
    other = table_xml("XML2", [ROWS[0] | {"TEN_THUOC": "Vitamin C < 1 g & kẽm"}] * 7, gap=gap)
    assert texts(learned.read(DRUGS, other)) == ["Vitamin C < 1 g & kẽm"] * 7


@pytest.mark.parametrize(
    "change",
    [(b"<STT>1</STT>", b""), (b"<STT>1</STT>", b"<STT>1</STT><STT>1</STT>"), (b"<STT>1", b"<STT a='1'>1"),
     (b"<STT>1", b"<STT><!-- c -->1"), (b"<STT>1", b"<STT><![CDATA[1]]>"), (b"<STT>1", b"<STT>&#1;"),
     (b"<STT>1", b"<STT>1\x00"), (b"<STT>1", b"<STT>]]>"), (b"<STT>1", b"<STT>\xef\xbf\xbf"),
     (b"<STT>1", b"<STT>\xc3"),
     (b"</CHITIEU", b"<x/></CHITIEU"), (b"<?xml", b"<!-- x --><?xml"), (b"UTF-8", b"UTF-16")],
)  # fmt: skip
def test_any_other_making_goes_to_the_careful_parser(change: tuple[bytes, bytes]) -> None:
    learned = LearnedTables()
    data = table_xml("XML2", ROWS)
    learn(learned, data)
    changed = data.replace(*change, 1)
    assert changed != data
    assert learned.read(DRUGS, changed) is None


@pytest.mark.parametrize(
    "data",
    [table_xml("XML2", []), table_xml("XML2", [ROWS[0], {"MA_LK": "LK1"}]),
     table_xml("XML2", ROWS).replace(b"<STT>1", b"<STT><![CDATA[1]]>"),
     table_xml("XML2", ROWS).replace(b"</DSACH", b"<x/></DSACH"),
     table_xml("XML2", ROWS).replace(b"UTF-8", b"UTF-16"),
     table_xml("XML2", ROWS).replace(b"<DSACH", b"<!--" + b"x" * 5_000 + b"--><DSACH"),
     table_xml("XML2", [{f"F{number}": "" for number in range(200)}])],
    ids=["no row", "two layouts", "CDATA", "odd element", "label", "long head", "many fields"],
)  # fmt: skip
def test_unusual_documents_are_not_learnt_from(data: bytes) -> None:
    learned = LearnedTables()
    learn(learned, data, times=5)
    assert learned.read(DRUGS, data) is None


def test_files_made_to_be_learnt_from_take_no_room() -> None:
    learned = LearnedTables()
    makings = [table_xml("XML2", [{f"F{number}": "1"}]) for number in range(700)]
    for data in makings[:40]:
        learn(learned, data)
    known = [learned.read(DRUGS, data) is not None for data in makings[:40]]
    assert known == [False] * 8 + [True] * 32, "the newest are kept"
    for data in makings:
        learn(learned, data, times=1)
    assert len(learned._seen) <= 500


def test_a_making_that_was_put_out_is_learnt_again() -> None:
    learned = LearnedTables()
    makings = [table_xml("XML2", [{f"F{number}": "1"}]) for number in range(33)]
    for data in [*makings, makings[0]]:
        learn(learned, data)
    assert learned.read(DRUGS, makings[0]) is not None
    assert learned.read(DRUGS, makings[1]) is None


def test_both_ways_give_the_same_table() -> None:
    learned = LearnedTables()
    data = table_xml("XML2", ROWS, gap="\n")
    reads = [read_table(DRUGS, data, LIMITS, learned) for _ in range(5)]
    assert {tuple(texts(read) or ()) for read in reads} == {("Paracetamol 500 mg",) * 2}
    assert [read.rows_at is None for read in reads] == [False] * 3 + [True] * 2, "the last two by pattern"


def test_the_reader_needs_no_web_framework_and_no_one_operating_system() -> None:
    code = (
        "import sys, khoyte.submissions.reader\n"
        "print([name for name in ('django', 'psycopg', 'fcntl', 'pwd', 'resource') if name in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert said.stdout.strip() == "[]"
