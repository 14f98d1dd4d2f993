"""The `khoyte` command itself: what it loads, how it ends, in which language it speaks."""

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from khoyte.edges import cli
from khoyte.foundation.errors import ServiceAbsent, WrongUsage
from khoyte.foundation.language import Text

TEXT = Text(vi="Chưa được.", en="Not now.")


def end_of(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    """The status with which `khoyte ARGUMENTS` ends."""
    monkeypatch.setattr(sys, "argv", ["khoyte", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Makes a sub-command `try` of a function."""

    def make(act: Any) -> None:
        entry = cli.Entry("khoyte.edges.cli:tried", "")
        monkeypatch.setattr(cli, "tried", click.pass_context(act), raising=False)
        monkeypatch.setattr(cli, "tried", click.command("try")(cli.tried))
        monkeypatch.setitem(cli.COMMANDS, "try", entry)

    return make


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_every_command_is_there_and_explains_itself(name: str) -> None:
    module, _, attribute = cli.COMMANDS[name].place.partition(":")
    try:
        found = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as missing:
        pytest.skip(f"{missing.name} is not built yet")
    assert isinstance(found, click.Command)
    assert "·" in cli.COMMANDS[name].help  # both languages


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (None, 0),
        (WrongUsage(TEXT), 2),
        (ServiceAbsent(TEXT), 3),
        (click.UsageError("no"), 2),
        (click.Abort(), 130),
        (BrokenPipeError(), 0),
    ],
)
def test_the_status_says_how_it_went(
    monkeypatch: pytest.MonkeyPatch, command: Any, raised: Exception | None, status: int
) -> None:
    def act(context: click.Context) -> None:
        if raised:
            raise raised

    command(act)
    assert end_of(monkeypatch, "try") == status


@pytest.mark.parametrize("answer", [0, 1, 2])
def test_the_answer_of_a_command_is_its_status(
    monkeypatch: pytest.MonkeyPatch, command: Any, answer: int
) -> None:
    command(lambda context: answer)
    assert end_of(monkeypatch, "try") == answer


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["try"], "Chưa được."),
        (["try", "--lang", "en"], "Not now."),
        (["--lang=en", "try"], "Not now."),
        (["--lang", "xx", "try"], "Chưa được."),
    ],
)
def test_errors_are_said_in_the_language_asked_for(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
    command: Any,
    arguments: list[str],
    said: str,
) -> None:
    def act(context: click.Context) -> None:
        raise WrongUsage(TEXT)

    command(act)
    assert end_of(monkeypatch, *arguments) == 2
    assert capsys.readouterr().err.strip() == said


@pytest.mark.parametrize("arguments", [["nonsense"], ["unit", "create"], ["check"]])
def test_wrong_usage_is_two(monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    assert end_of(monkeypatch, *arguments) == 2


def test_a_database_that_is_away_is_three_and_one_sentence(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "KHOYTE_HOME": str(tmp_path),
        "KHOYTE_DATABASE_URL": "postgresql://nobody:secret-word@127.0.0.1:1/none",
        "PYTHONIOENCODING": "utf-8",
    }
    environment.pop("KHOYTE_TEST", None)
    done = subprocess.run(
        [sys.executable, "-m", "khoyte", "ledger", "prove", "--json"],
        env=environment,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (3, b"")
    assert b"Traceback" not in done.stderr
    assert b"secret-word" not in done.stderr


def test_help_starts_no_database(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    from khoyte.edges import setup

    monkeypatch.setattr(setup, "ready_database", lambda role: pytest.fail("a database for help"))
    assert end_of(monkeypatch, "ledger", "prove", "--help") == 0
    assert "--json" in capsys.readouterr().out
