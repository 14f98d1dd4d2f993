"""Both sides on the same files in a database of the tests; a side that answers wrongly is found out."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from khoyte.nonprod.bench import answers
from khoyte.nonprod.bench.errors import AnswersDiffer, BenchFailed
from khoyte.nonprod.bench.floor import Floor, make_tables
from khoyte.nonprod.bench.floor_process import FloorProcess
from khoyte.nonprod.generator.bench import bench_visit_files
from khoyte.submissions import receiving
from khoyte.submissions.models import Submission
from khoyte.submissions.working import Judge
from khoyte.units.policy import system_actor

VISITS = 4


@pytest.fixture
def floor(transactional_db: None) -> Iterator[psycopg.Connection]:
    """A connection of its own to the test database, with the floor's tables."""
    chosen = connection.get_connection_params()
    names = ("host", "port", "dbname", "user", "password")
    address = {name: chosen[name] for name in names if chosen.get(name)}
    with psycopg.connect(**address, autocommit=True) as own:
        make_tables(own)
        yield own
        own.execute("DROP SCHEMA bench_floor CASCADE")
        # These tables are no models of Django's, which empties only its own.
        own.execute(f"TRUNCATE {', '.join(answers.OUR_TABLES.values())}")


@pytest.fixture
def both(floor: psycopg.Connection, tmp_path: Path) -> psycopg.Connection:
    """Both sides have taken the same two files."""
    reader = Floor(floor)
    for path in bench_visit_files(VISITS, 2, tmp_path):
        receiving.receive(chunks=[path.read_bytes()], file_name=path.name, by=system_actor("bench"))
        reader.take(path)
    assert Judge().work_once() == 2
    return floor


def submissions() -> list[str]:
    return [str(key) for key in Submission.objects.values_list("pk", flat=True)]


def test_right_answers_pass_and_hold_every_row(both: psycopg.Connection) -> None:
    answers.check(both, submissions(), VISITS)
    found = answers.floor_answer(both).figures
    rows = {table: int(found[table]) / VISITS for table in answers.TABLES}
    assert rows == {"XML1": 1, "XML2": 5, "XML3": 8, "XML4": 6, "XML5": 3}
    assert found["XML1.t_tongchi_bv"] > 0
    assert found == answers.our_answer(both, submissions()).figures


@pytest.mark.parametrize(
    ("harm", "named"),
    [
        ("UPDATE visit_drug SET thanh_tien_bv = thanh_tien_bv + 1 WHERE row = 1", "XML2.thanh_tien_bv"),
        ("DELETE FROM visit_result WHERE row = 6", "XML4"),
        ("DELETE FROM bench_floor.XML5 WHERE stt = 1", "XML5"),
        ("UPDATE bench_floor.XML1 SET t_bhtt = 0", "XML1.t_bhtt"),
        ("UPDATE visit SET is_current = false WHERE position = 1", "XML1"),
        ("DELETE FROM ledger_entry", "ledger"),
        ("UPDATE dossier SET verdict = 'rejected' WHERE position = 2", "verdicts"),
    ],
)
def test_a_wrong_answer_is_caught(both: psycopg.Connection, harm: str, named: str) -> None:
    both.execute(harm)
    with pytest.raises(AnswersDiffer) as caught:
        answers.check(both, submissions(), VISITS)
    assert f" {named}:" in caught.value.say("en")
    assert caught.value.exit_status == 1


def test_a_visit_short_on_both_sides_is_caught(both: psycopg.Connection) -> None:
    with pytest.raises(AnswersDiffer):
        answers.check(both, submissions(), VISITS + 1)


def test_a_floor_that_cannot_work_says_why() -> None:
    with pytest.raises(BenchFailed, match="floor stopped"):
        FloorProcess("postgresql://127.0.0.1:1/nowhere", {})
