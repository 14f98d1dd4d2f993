"""The matrix in SQL, and that it would notice."""

from django.db import connection

from khoyte.nonprod.matrix.walls import EVERYBODY, SPEAKERS, attempt, speaking, try_walls, walls

NAMES = ("facility 97XQA", "province 97", "everything", "nobody", "a facility by a pattern")
FEW = [speaker for speaker in SPEAKERS if speaker.name in NAMES]


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_database_keeps_tenants_apart(matrix_world: tuple) -> None:
    findings = try_walls(speakers=FEW)
    assert findings.faults == []
    assert findings.asked > 800
    assert sum(wall.of_tenant for wall in walls().values()) >= 15


def test_a_new_table_without_a_line_or_a_wall_is_found(matrix_world: tuple) -> None:
    execute("CREATE TABLE birth (id int, facility text, province text)")
    faults = try_walls(["upload"], FEW).faults
    assert len(faults) == 1
    assert faults[0].startswith("birth has no line in walls.csv")


def test_a_wall_taken_down_is_found(matrix_world: tuple) -> None:
    execute("ALTER TABLE dossier NO FORCE ROW LEVEL SECURITY")
    execute("ALTER TABLE visit DISABLE ROW LEVEL SECURITY")
    execute("GRANT DELETE ON finding TO khoyte_worker")
    faults = try_walls(["dossier", "visit", "finding"], FEW).faults
    for expected in (
        "dossier holds rows of tenants without forced",
        "visit: nobody sees",
        "visit: province 97 sees",
        "finding: khoyte_worker may SELECT INSERT DELETE",
        "finding: DELETE as the worker",
    ):
        assert any(fault.startswith(expected) for fault in faults), expected


def test_a_policy_that_lets_rows_be_given_away_is_found(matrix_world: tuple) -> None:
    execute("DROP POLICY tenant ON upload")
    execute(
        "CREATE POLICY tenant ON upload TO khoyte_app"
        " USING (khoyte_may_see(facility, province)) WITH CHECK (true)"
    )
    faults = try_walls(["upload"], FEW).faults
    assert faults
    assert all("upload" in fault for fault in faults)
    assert any("INSERT INTO upload" in fault for fault in faults)


def test_statements_without_a_filter_see_their_own(matrix_world: tuple) -> None:
    province = FEW[1]
    with speaking(province), connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT facility FROM submission")
        assert {row[0] for row in cursor.fetchall()} == {"97XQA", "97XQB"} < EVERYBODY
        assert attempt("DELETE FROM submission") == "refused"
        assert attempt("SELEC 1") not in ("refused", 0)
