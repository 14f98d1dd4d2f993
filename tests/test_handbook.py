"""The operator's handbook: both languages say the same, and every command, setting and file in it exists."""

import re
from pathlib import Path

import click
import pytest

from khoyte.edges.cli import cli

ROOT = Path(__file__).parent.parent
HANDBOOK = ROOT / "docs" / "handbook"
VI, EN = ((HANDBOOK / name).read_text(encoding="utf-8") for name in ("vi.md", "en.md"))
FILES = sorted((HANDBOOK / "files").iterdir())
_BLOCK = re.compile(r"```sh\n(.*?)```", re.S)
_COMMAND = re.compile(r"(?:^|[`(]|\b(?:bin/|up: ))khoyte((?: [a-z][a-z-]*)+)", re.M)
_SETTING = re.compile(r"\bKHOYTE_[A-Z_]+")
_LINK = re.compile(r"\]\(([^)#]+)\)")


def commands() -> list[str]:
    """Every `khoyte ...` of text and blocks, without its arguments."""
    written = "\n".join([VI, EN, *(path.read_text(encoding="utf-8") for path in FILES)])
    return sorted({match.strip() for match in _COMMAND.findall(written)})


@pytest.mark.parametrize("words", commands())
def test_every_command_exists(words: str) -> None:
    command: click.Command = cli
    context = click.Context(cli)
    for word in words.split():
        if not isinstance(command, click.Group):
            break  # an argument
        found = command.get_command(context, word)
        assert found is not None, f"khoyte {words}: no {word}"
        command = found
    assert command is not cli


def test_commands_were_found() -> None:
    assert {"doctor", "key rotate", "audit verify", "account review", "token revoke"} <= set(commands())


def test_every_setting_stands_in_the_table_of_settings() -> None:
    table = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    written = "\n".join([VI, EN, *(path.read_text(encoding="utf-8") for path in FILES)])
    named = set(_SETTING.findall(written))
    assert len(named) >= 10
    assert {name for name in named if f"`{name}`" not in table} == set()


def test_both_languages_have_the_same_commands_and_chapters() -> None:
    assert _BLOCK.findall(VI) == _BLOCK.findall(EN)
    assert re.findall(r"^## (\d+)\.", VI, re.M) == re.findall(r"^## (\d+)\.", EN, re.M)
    assert VI.count("\n|") == EN.count("\n|")


@pytest.mark.parametrize("page", ["vi.md", "en.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    for target in _LINK.findall((HANDBOOK / page).read_text(encoding="utf-8")):
        assert (HANDBOOK / target).exists(), target


def test_the_unit_file_starts_what_exists_and_reads_the_settings_file() -> None:
    unit = (HANDBOOK / "files" / "khoyte.service").read_text(encoding="utf-8")
    assert "EnvironmentFile=/etc/khoyte.env" in unit
    assert re.search(r"^ExecStart=/opt/khoyte/bin/khoyte up ", unit, re.M)
    settings = (HANDBOOK / "files" / "khoyte.env").read_text(encoding="utf-8")
    lines = [line for line in settings.splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"KHOYTE_[A-Z_]+=\S+", line) for line in lines)
