"""Every rule of the code fails its failing sample and passes the same thing written rightly."""

import pytest

from khoyte.nonprod.checks import code
from khoyte.nonprod.checks.findings import Finding, rows_of, without_exceptions

PLACE = "khoyte/submissions/actions.py"
PAGE = "khoyte/submissions/pages/visits.py"
TEMPLATE = "khoyte/submissions/templates/submissions/x.html"

FAILING = [
    ("raw-sql", PLACE, "cursor.execute(f'SELECT {column} FROM t')"),
    ("raw-sql", PLACE, "cursor.execute('SELECT * FROM t WHERE a = %s' % a)"),
    ("raw-sql", PLACE, "cursor.execute('SELECT * FROM t WHERE a = ' + a)"),
    ("raw-sql", PLACE, "cursor.execute('SELECT {}'.format(a))"),
    ("raw-sql", PLACE, "Model.objects.raw(f'SELECT {a}')"),
    ("raw-sql", PLACE, "statement = f'SELECT {a}'\nconnection.execute(statement, [1])"),
    ("raw-sql", PLACE, "sql.SQL(f'SELECT {a}')"),
    ("xml", PLACE, "import xml.etree.ElementTree"),
    ("xml", PLACE, "from xml.dom import minidom"),
    ("xml", PLACE, "from lxml import etree"),
    ("xml", PLACE, "from xml.dom.minidom import parseString"),
    ("log-person", PLACE, "log.error('%s', row['HO_TEN'])"),
    ("log-person", PLACE, "log.warning('who: %s', visit.ho_ten)"),
    ("log-person", PLACE, "log.info('got %s', row)"),
    ("log-person", PLACE, "log.info(f'got {request.body}')"),
    ("log-person", PLACE, "log.info('%s', str(personal_number))"),
    ("log-person", PLACE, "try:\n    f()\nexcept ValueError as wrong:\n    log.error('%s', wrong)"),
    ("log-person", PLACE, "try:\n    f()\nexcept ValueError as wrong:\n    log.error(f'failed: {wrong!r}')"),
    ("log-person", PLACE, "log.exception('failed')"),
    ("log-person", PLACE, "log.error('failed', exc_info=True)"),
    ("log-person", PLACE, "warnings.warn(row['SO_CCCD'])"),
    ("unscoped", PAGE, "def page(request):\n    return Visit.objects.get(pk=1)"),
    ("unscoped", "khoyte/links/api.py", "OutboxMessage._default_manager.all()"),
    ("unscoped", "khoyte/submissions/upload_api.py", "Upload.objects.all()"),
    ("temp-file", PLACE, "tempfile.NamedTemporaryFile()"),
    ("temp-file", PLACE, "from tempfile import mkdtemp\nmkdtemp('x')"),
    ("export", PLACE, "csv.writer(file)"),
    ("export", PLACE, "csv.DictWriter(file, names)"),
    ("export", PLACE, "with xlsxwriter.Workbook(file) as book: pass"),
    ("unescaped", PLACE, "mark_safe(text)"),
    ("unescaped", TEMPLATE, "{{ text|safe }}"),
    ("unescaped", TEMPLATE, "{% autoescape off %}"),
    ("inline", TEMPLATE, "<script>x()</script>"),
    ("inline", TEMPLATE, '<p style="color: red">'),
    ("inline", TEMPLATE, "<style>p { color: red }</style>"),
    ("inline", TEMPLATE, '<a onclick="x()">'),
    ("inline", TEMPLATE, '<a href="javascript:x()">'),
]
PASSING = [
    (PLACE, "cursor.execute('SELECT a FROM t WHERE a = %s', [a])"),
    (PLACE, "cursor.execute(f'SELECT a FROM t WHERE {_OF_PROVINCE}', [a])"),
    (PLACE, "cursor.execute('SELECT a' ' FROM t')"),
    (PLACE, "cursor.execute(_STATEMENT, [a])"),
    (PLACE, "from xml.sax.saxutils import escape"),
    ("khoyte/submissions/reader/table_parser.py", "from lxml import etree"),
    (PLACE, "try:\n    f()\nexcept ValueError as wrong:\n    log.error('%s', type(wrong).__name__)"),
    (PLACE, "log.info('%s files of %s', len(rows), facility)"),
    (PLACE, "log.error('%s', getattr(request, 'reference', '-'))"),
    (PLACE, "log.error('submission %s', line['submission'])"),
    ("khoyte/visits/queries.py", "Visit.objects.filter(facility=facility)"),
    (PLACE, "tempfile.TemporaryDirectory(dir=parts_folder())"),
    (PLACE, "tempfile.mkstemp('a', 'b', folder)"),
    ("khoyte/foundation/look/formulas.py", "csv.writer(file)"),
    (PLACE, "csv.reader(file)"),
    (PLACE, "mark_safe('<hr>')"),
    (TEMPLATE, '<script src="{% asset "khoyte.js" %}" defer></script><a href="/">{{ text }}</a>'),
]


@pytest.mark.parametrize(("rule", "path", "text"), FAILING)
def test_a_failing_sample_fails_its_rule_and_no_other(rule: str, path: str, text: str):
    assert {finding.rule for finding in code.findings_in(path, text)} == {rule}


@pytest.mark.parametrize(("path", "text"), PASSING)
def test_what_is_written_rightly_passes(path: str, text: str):
    assert code.findings_in(path, text) == []


def test_every_rule_has_a_failing_sample():
    assert {rule for rule, _, _ in FAILING} == {*code.RULES, "inline"}


def test_a_finding_names_function_line_and_file():
    text = "class A:\n    def f(self):\n        cursor.execute(f'{a}')\n"
    (finding,) = code.findings_in(PLACE, text)
    assert (finding.subject, finding.line) == ("A.f", 3)
    assert str(finding).startswith(f"{PLACE}:3: [raw-sql] A.f: ")


def test_person_fields_are_those_of_the_standard():
    assert {"HO_TEN", "ho_ten", "SO_CCCD", "DIEN_THOAI", "MA_THE_BHYT", "password"} <= code.person_fields()
    assert "MA_LK" not in code.person_fields()


def test_the_house_keeps_its_rules():
    outcome = code.check()
    assert [str(finding) for finding in outcome.findings] == []
    assert outcome.not_checked == ()
    assert int(outcome.looked_at.split()[0]) > 300


def test_every_exception_has_a_reason():
    for name in (code.EXCEPTIONS, "secret-exceptions.csv", "advisory-exceptions.csv"):
        assert [row for row in rows_of(name) if len(row["reason"]) < 15] == []


def test_an_exception_that_excepts_nothing_is_told():
    left = without_exceptions([], code.EXCEPTIONS)
    assert len(left) == len(rows_of(code.EXCEPTIONS)) > 0
    assert "excepts nothing" in left[0].message


def test_an_exception_excepts_its_own_finding_alone():
    row = rows_of(code.EXCEPTIONS)[0]
    own = Finding(row["rule"], row["file"], row["subject"], "x")
    other = Finding(row["rule"], row["file"], "elsewhere", "x")
    left = without_exceptions([own, other], code.EXCEPTIONS)
    assert own not in left
    assert other in left
