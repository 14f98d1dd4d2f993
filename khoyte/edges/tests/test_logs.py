"""Lines of the logs carry no value, whoever writes them."""

import logging
import subprocess
import sys

import pytest

from khoyte.edges.logs import WithoutValues, is_own, place_of

SECRET = "Nguyễn Văn Bí Mật 999185000123"


def line(name: str, message: str, *values: object, error: Exception | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord(name, logging.ERROR, "/x/views.py", 7, message, values, info)
    return WithoutValues().format(record)


def raised() -> Exception:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        return error


def test_our_own_lines_keep_their_words():
    assert line("khoyte.web", "%s of %s", "a", "b").endswith(" ERROR khoyte.web a of b")


@pytest.mark.parametrize("name", ["django.security.DisallowedHost", "py.warnings", "khoytex"])
def test_lines_of_others_keep_only_their_place(name: str):
    written = line(name, "Invalid: %r", SECRET, error=raised())
    assert "Bí Mật" not in written
    assert f"{name} ValueError at test_logs.py:" in written
    assert line(name, "Invalid: %r", SECRET).endswith(f"{name} at views.py:7")
    assert "\n" not in written


def test_an_error_in_our_own_line_keeps_its_kind_and_place_alone():
    written = line("khoyte.web", "reading failed", error=raised())
    assert "Bí Mật" not in written
    assert "reading failed ValueError at test_logs.py:" in written


def test_names_are_told_apart():
    assert (is_own("khoyte"), is_own("khoyte.a"), is_own("khoytes.a")) == (True, True, False)
    assert place_of(raised()).startswith("test_logs.py:")


@pytest.mark.parametrize(
    "harm",
    [
        "raise ValueError(secret)",
        "import threading; t = threading.Thread(target=lambda: int(secret)); t.start(); t.join()",
        "import warnings; warnings.warn(secret)",
        "logging.getLogger('khoyte.web').error('%d', secret)",
        "class Bad:\n    def __del__(self): raise ValueError(secret)\nBad()",
    ],
    ids=["main", "thread", "warning", "unwritable", "finaliser"],
)
def test_a_process_that_dies_says_nothing_of_values(harm: str):
    program = (
        "import logging, logging.config\n"
        "from khoyte.edges.logs import hold_back_values\n"
        "logging.config.dictConfig({'version': 1, 'disable_existing_loggers': False,"
        " 'formatters': {'f': {'()': 'khoyte.edges.logs.WithoutValues'}},"
        " 'handlers': {'h': {'class': 'logging.StreamHandler', 'formatter': 'f'}},"
        " 'root': {'handlers': ['h']}})\n"
        f"hold_back_values()\nsecret = {SECRET!r}\n{harm}\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "Bí Mật" not in done.stderr + done.stdout
    assert "999185000123" not in done.stderr + done.stdout
