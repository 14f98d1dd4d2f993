import pickle

import pytest

from khoyte.foundation.errors import KhoyteError, ServiceAbsent, UnreadableInput, WrongUsage
from khoyte.foundation.language import Text

MISSING = Text("Không tìm thấy tệp.", "File not found.")
REMEDY = Text("Kiểm tra đường dẫn.", "Check the path.")


def test_an_error_says_message_and_remedy():
    error = UnreadableInput(MISSING, remedy=REMEDY)
    assert error.say() == "Không tìm thấy tệp. Kiểm tra đường dẫn."
    assert str(error) == "File not found. Check the path."


def test_facts_are_attributes():
    error = KhoyteError(MISSING, line=7, offset=120)
    assert (error.line, error.offset, error.facts) == (7, 120, {"line": 7, "offset": 120})


@pytest.mark.parametrize(
    ("kind", "code", "exit_status", "retry"),
    [
        (KhoyteError, "error", 2, False),
        (WrongUsage, "wrong-usage", 2, False),
        (UnreadableInput, "unreadable-input", 2, False),
        (ServiceAbsent, "service-absent", 3, True),
    ],
)
def test_each_kind_has_its_code_and_exit_status(kind, code, exit_status, retry):
    error = kind(MISSING)
    assert (error.code, error.exit_status, error.retry) == (code, exit_status, retry)


def test_one_error_may_differ_from_its_kind():
    error = ServiceAbsent(MISSING, code="no-disk", exit_status=1, retry=False)
    assert (error.code, error.exit_status, error.retry) == ("no-disk", 1, False)
    assert ServiceAbsent.code == "service-absent"


def test_an_error_survives_the_way_between_processes():
    error = pickle.loads(pickle.dumps(UnreadableInput(MISSING, remedy=REMEDY, code="x", line=7)))
    assert (error.text, error.remedy, error.code, error.line) == (MISSING, REMEDY, "x", 7)
