"""The commands of this room: what they print, and the status they end with."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from khoyte.foundation.errors import KhoyteError
from khoyte.submissions.commands.check import check
from khoyte.submissions.commands.intake import intake
from khoyte.submissions.commands.ledger import ledger
from khoyte.submissions.commands.rejudge import rejudge
from khoyte.submissions.models import Submission
from khoyte.submissions.rulebook import RULEBOOK
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OWN, REFUSED, dossier, file_of, small_file, zipped
from khoyte.submissions.tests.test_verdicts import CAUSE_KEYS, DOSSIER_KEYS, FINDING_KEYS, VERDICT_KEYS

Write = Callable[[str, bytes], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(name: str, content: bytes) -> str:
        (tmp_path / name).write_bytes(content)
        return str(tmp_path / name)

    return make


def run(command: click.Command, *arguments: str, lang: str = "en") -> tuple[int, str, str]:
    """Status, output and messages, as `khoyte` would end."""
    made = CliRunner().invoke(command, arguments, obj={"lang": lang}, standalone_mode=False)
    error = made.exception
    if isinstance(error, KhoyteError):
        return error.exit_status, made.stdout, made.stderr + error.say(lang)
    if isinstance(error, click.ClickException):
        return 2, made.stdout, error.format_message()
    if error is not None:
        raise error
    return made.return_value or 0, made.stdout, made.stderr


def checked(*arguments: str) -> tuple[int, list[dict[str, Any]]]:
    status, printed, _ = run(check, *arguments, "--json")
    return status, json.loads(printed)["files"]


MIXED = (
    ("A1", {"tables": ("XML1", "XML2", "XML3", "XML4")}),
    ("A2", REFUSED),
    ("A3", {"facility": NEIGHBOUR}),
    ("A1", {"tables": ("XML1", "XML2", "XML3", "XML4")}),
    ("A4", {"MA_BENH_CHINH": "ZZZ", "GIOI_TINH": "9", "CAN_NANG": "x", "HO_TEN": ""}),
)


def mixed_file() -> bytes:
    return file_of(*(dossier(code, **values) for code, values in MIXED), declared=6)


class TestCheck:
    def test_all_accepted_is_zero(self, write: Write) -> None:
        status, (verdict,) = checked(write("a.xml", small_file("A1", "A2")))
        assert status == 0
        assert verdict["ledger"]["accepted"] == 2
        assert (verdict["file"], verdict["facility"], verdict["state"]) == ("a.xml", OWN, "judged")

    def test_a_refused_dossier_is_one(self, write: Write) -> None:
        good, bad = write("a.xml", small_file("A1")), write("b.xml", file_of(dossier("A2", **REFUSED)))
        status, verdicts = checked(good, bad)
        assert status == 1
        assert [v["ledger"]["rejected"] for v in verdicts] == [0, 1]

    def test_a_dossier_held_back_is_one(self, write: Write) -> None:
        assert checked(write("a.xml", file_of(dossier("A1", facility=NEIGHBOUR))))[0] == 1

    @pytest.mark.parametrize("content", [b"", b"no", b"<cut", small_file("A1")[:-50]])
    def test_an_unreadable_file_is_two_and_has_a_verdict(self, write: Write, content: bytes) -> None:
        status, (_, verdict) = checked(
            write("a.xml", file_of(dossier("A2", **REFUSED))), write("b.xml", content)
        )
        assert status == 2
        assert verdict["state"] == "unreadable"
        assert set(verdict) >= VERDICT_KEYS
        assert all(set(f) >= FINDING_KEYS for f in verdict["findings"])

    @pytest.mark.parametrize(
        "wrong", [["missing.xml"], [], ["--profile", "strict"], ["--date", "1.1.2026"], ["/"]]
    )
    def test_wrong_usage_is_two(self, write: Write, wrong: list[str]) -> None:
        more = [write("a.xml", small_file("A1"))] if wrong and wrong[0].startswith("--") else []
        assert run(check, *more, *wrong)[0] == 2

    def test_the_document_has_the_keys_of_the_contract(self, write: Write) -> None:
        _, (verdict,) = checked(write("a.xml", mixed_file()))
        assert set(verdict) >= VERDICT_KEYS
        assert all(set(d) >= DOSSIER_KEYS for d in verdict["dossiers"])
        assert all(set(f) >= FINDING_KEYS for d in verdict["dossiers"] for f in d["findings"])
        assert all(set(cause) >= CAUSE_KEYS for cause in verdict["causes"])
        assert verdict["id"] is verdict["findings_url"] is None

    def test_the_strict_profile_refuses_more(self, write: Write) -> None:
        # The totals speak of lines that are not there: lawful to keep, not to be paid.
        path = write("a.xml", small_file("A1"))
        (ordinary, (store,)), (strictly, (strict,)) = checked(path), checked(path, "--profile", "precheck")
        assert (ordinary, store["profile"], store["ledger"]["rejected"]) == (0, "store", 0)
        assert (strictly, strict["profile"], strict["ledger"]["rejected"]) == (1, "precheck", 1)

    def test_a_date_chooses_the_standard(self, write: Write) -> None:
        path = write("a.xml", small_file("A1"))
        standards = {
            day: checked(path, "--date", day)[1][0]["dossiers"][0]["standard"]
            for day in ("2024-08-01", "2026-09-01")
        }
        assert standards["2024-08-01"] < standards["2026-09-01"]

    @pytest.mark.parametrize(
        ("lang", "word", "level"), [("vi", "chưa đạt", "Phải sửa"), ("en", "rejected", "Must be corrected")]
    )
    def test_people_read_a_sentence_and_causes(self, write: Write, lang: str, word: str, level: str) -> None:
        status, printed, _ = run(check, write("a.xml", mixed_file()), lang=lang)
        assert status == 1
        assert word in printed.splitlines()[0]
        assert f"{level}, V-012: " in printed

    def test_people_read_that_a_file_cannot_be_read_not_that_it_has_nothing(self, write: Write) -> None:
        status, printed, _ = run(check, write("a.xml", b"<html/>"), lang="vi")
        assert status == 2
        assert printed.startswith("a.xml: không đọc được tệp.\n  Phải sửa, V-001: ")

    def test_it_runs_without_django_or_a_database(self, write: Write, tmp_path: Path) -> None:
        """A real process, from an empty home, in which the web framework cannot be imported."""
        program = (
            "import sys; sys.modules['django'] = sys.modules['psycopg'] = None;"
            "from khoyte.edges.cli import main; main()"
        )
        environment = {**os.environ, "KHOYTE_HOME": str(tmp_path / "home"), "PYTHONIOENCODING": "utf-8"}
        for name, status in ((write("b.xml", mixed_file()), 1), ("none", 2)):
            done = subprocess.run(
                [sys.executable, "-c", program, "check", name, "--json", "--lang", "en"],
                env=environment,
                capture_output=True,
                check=False,
            )
            assert done.returncode == status, done.stderr
            if status < 2:
                assert json.loads(done.stdout)["files"][0]["state"] == "judged"
            else:
                assert b"Traceback" not in done.stderr


@pytest.mark.usefixtures("country")
class TestSameAnswer:
    def test_check_promises_what_the_intake_says(self, write: Write, tmp_path: Path) -> None:
        from khoyte.nonprod.generator.submissions import generate_submissions

        report = generate_submissions(25, 3, tmp_path / "out", defects=25)
        for content in (mixed_file(), report.files[0].read_bytes()):
            promised = checked(write("a.xml", content))[1][0]
            said = senders.verdict_of(senders.judged(content))
            assert _of_the_file(promised) == _of_the_file(said)
            assert promised["pack"] == said["pack"]
            assert promised["ledger"] == said["ledger"]


def _of_the_file(verdict: dict[str, Any]) -> list[Any]:
    """Outcomes and findings of rules that need nothing but the file."""
    found = [
        (
            d["position"],
            d["ma_lk"],
            d["standard"],
            d["verdict"],
            sorted(_told(f) for f in d["findings"] if _alone(f)),
        )
        for d in verdict["dossiers"]
    ]
    return [*found, sorted(_told(f) for f in verdict["findings"])]


def _told(finding: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(finding[name] for name in sorted(FINDING_KEYS))


def _alone(finding: dict[str, Any]) -> bool:
    return finding["rule"] not in NEEDS_MORE


NEEDS_MORE = {rule.id for rule in RULEBOOK.declared if rule.needs != "file"}


@pytest.mark.usefixtures("country")
class TestIntake:
    def test_a_file_is_received_judged_and_told(self, write: Write) -> None:
        status, printed, _ = run(intake, write("a.xml", small_file("A1")), "--json")
        (document,) = json.loads(printed)["submissions"]
        assert status == 0
        assert (document["file"], document["facility"], document["state"]) == ("a.xml", OWN, "judged")
        assert Submission.objects.get().sender == "system:command-line"

    def test_a_folder_is_received_in_order_of_name(self, write: Write, tmp_path: Path) -> None:
        write("b.xml", file_of(dossier("A2", **REFUSED)))
        write("a.zip", zipped({"1.xml": small_file("A1"), "2.xml": small_file("A3", facility=NEIGHBOUR)}))
        write("notes.txt", b"not a record")
        status, printed, _ = run(intake, str(tmp_path), "--json")
        assert status == 1
        assert [row["file"] for row in json.loads(printed)["submissions"]] == ["1.xml", "2.xml", "b.xml"]

    def test_one_that_is_not_taken_is_told_and_the_others_go_on(self, write: Write, tmp_path: Path) -> None:
        for name, content in (
            ("a.xml", b""),
            ("b.xml", small_file("A1")),
            ("c.xml", small_file("A2", facility="TOOLONG")),
        ):
            write(name, content)
        status, printed, messages = run(intake, str(tmp_path), "--json")
        assert status == 2
        assert [row["state"] for row in json.loads(printed)["submissions"]] == ["judged"]
        assert "a.xml: The body is empty." in messages
        assert "c.xml:" in messages

    def test_an_unreadable_file_is_kept_and_two(self, write: Write) -> None:
        status, printed, _ = run(intake, write("a.xml", small_file("A1")[:-40]))
        assert status == 2
        assert "V-001" in printed
        assert Submission.objects.get().state == "unreadable"

    def test_a_repeat_has_one_effect(self, write: Write) -> None:
        path = write("a.xml", small_file("A1"))
        assert run(intake, path)[0] == run(intake, path)[0] == 0
        assert Submission.objects.count() == 1


@pytest.mark.usefixtures("country")
class TestLedgerAndRejudge:
    def test_the_proof_ends_with_one_when_it_fails(self) -> None:
        from khoyte.submissions.models import LedgerEntry

        senders.judged(small_file("A1"))
        status, printed, _ = run(ledger, "prove", "--json")
        assert (status, json.loads(printed)) == (0, {"balances": True, "wrong": []})
        LedgerEntry.objects.update(accepted=0, rejected=1)
        status, printed, _ = run(ledger, "prove", "--json")
        assert status == 1
        assert len(json.loads(printed)["wrong"]) == 1
        assert run(ledger, "prove")[0] == 1
        assert run(ledger, "prove", "--day", "2020-01-01")[0] == 0

    def test_judging_again_says_how_many_changed(self) -> None:
        found = senders.judged(small_file("A1"))
        status, printed, _ = run(rejudge, "--submission", str(found.pk))
        assert (status, printed) == (0, "1 submissions judged again; 0 verdicts changed.\n")

    @pytest.mark.parametrize(
        "arguments",
        [[], ["--submission", "x"], ["--rule", "V-001", "--catalogue", "icd10"], ["--submission", ""]],
    )
    def test_wrong_usage_is_two(self, arguments: list[str]) -> None:
        assert run(rejudge, *arguments)[0] == 2
