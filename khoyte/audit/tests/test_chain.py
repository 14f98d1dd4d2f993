"""The chain, tampered with as a superuser could: every way is found, and the first bad entry named."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.db import ProgrammingError, connection, transaction

from khoyte.audit import chain, commands, fhir, heads, verifying
from khoyte.audit.models import AuditEntry, AuditSeal
from khoyte.audit.sealing import Sealer
from khoyte.audit.tests.test_entries import record
from khoyte.foundation.crypto import Keyring

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def heads_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("KHOYTE_AUDIT_HEADS", str(tmp_path / "outside"))
    return None


@pytest.fixture
def sealer() -> Sealer:
    return Sealer(Keyring.load())


def write(count: int, **more: object) -> list[int]:
    """Entries of one transaction each; returns their numbers."""
    before = set(AuditEntry.objects.values_list("id", flat=True))
    for _ in range(count):
        with transaction.atomic():
            record(**more)
    return sorted(set(AuditEntry.objects.values_list("id", flat=True)) - before)


def verify() -> verifying.Report:
    return verifying.verify(chain.signing_key(Keyring.load()).public_key())


def as_superuser(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def sealed(sealer: Sealer) -> list[int]:
    """Nine entries in three seals, the head outside."""
    ids = []
    for _ in range(3):
        ids += write(3, details={"rows": 3})
        sealer.seal()
    sealer.copy_head()
    return ids


class TestWhole:
    def test_an_empty_log_is_whole(self) -> None:
        assert verify().as_json() | {"seconds": 0} == {
            "entries": 0,
            "sealed_to": 0,
            "head": "",
            "broken_at": None,
            "unsealed": 0,
            "exposed": 0,
            "seconds": 0,
        }

    def test_everything_sealed_and_covered(self, sealed: list[int]) -> None:
        report = verify()
        assert report.broken_at is None
        assert (report.entries, report.sealed_to, report.unsealed, report.exposed) == (9, sealed[-1], 0, 0)
        assert report.head == bytes(AuditSeal.objects.get(number=3).hash).hex()

    def test_what_waits_for_a_seal_or_a_head_is_counted(self, sealed: list[int], sealer: Sealer) -> None:
        write(2)
        sealer.seal()
        write(4)
        report = verify()
        assert (report.broken_at, report.exposed, report.unsealed, report.entries) == (None, 2, 4, 15)

    def test_sealing_again_without_new_entries_adds_nothing(self, sealed: list[int], sealer: Sealer) -> None:
        assert sealer.seal() == 0
        sealer.copy_head()
        assert AuditSeal.objects.count() == 3
        assert len(heads.heads_file().read_bytes().splitlines()) == 1

    def test_a_backlog_becomes_several_seals(self, sealer: Sealer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("khoyte.audit.sealing._ENTRIES_OF_A_SEAL", 4)
        write(10)
        assert sealer.seal() == 10
        assert [len(seal.ids) for seal in AuditSeal.objects.order_by("number")] == [4, 4, 2]
        assert verify().broken_at is None


class TestOrderOfCommits:
    def test_a_lower_number_that_commits_later_is_sealed_later(self, sealer: Sealer) -> None:
        slow, may_commit = threading.Event(), threading.Event()

        def writes_slowly() -> None:
            try:
                with transaction.atomic():
                    record()
                    slow.set()
                    may_commit.wait(20)
            finally:
                connection.close()

        thread = threading.Thread(target=writes_slowly)
        thread.start()
        assert slow.wait(20)
        write(2)  # higher numbers, committed first
        held_back = sealer.seal()
        may_commit.set()
        thread.join(20)
        assert held_back == 0
        assert sealer.seal() == 3
        assert verify().broken_at is None

    def test_two_sealers_at_once_make_one_chain(self) -> None:
        write(50)

        def seals() -> None:
            try:
                Sealer(Keyring.load()).seal()
            finally:
                connection.close()

        threads = [threading.Thread(target=seals) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        Sealer(Keyring.load()).seal()
        report = verify()
        assert (report.broken_at, report.entries, report.unsealed) == (None, 50, 0)


FORGED = "UPDATE audit_entry SET {} WHERE id = %s"


class TestTampering:
    @pytest.mark.parametrize(
        "change",
        [
            "actor = 'nobody'",
            "actor_unit = '99999'",
            "actor_role = 'x'",
            "action = 'home.read'",
            "subject_kind = 'x'",
            "subject_id = '2'",
            "facility = '99999'",
            "province = '99'",
            "purpose = 'x'",
            "details = '{\"rows\": 4}'",
            "at = at + interval '1 microsecond'",
            "tx = '1'::xid8",
            "tx = '9999999'::xid8",
            "id = 9999999",
        ],
    )
    def test_every_column_is_covered(self, sealed: list[int], change: str) -> None:
        as_superuser(FORGED.format(change), sealed[4])
        report = verify()
        assert report.broken_at == (9999999 if change.startswith("id") else sealed[4])
        assert report.reason is not None

    def test_a_deleted_entry(self, sealed: list[int]) -> None:
        as_superuser("DELETE FROM audit_entry WHERE id = %s", sealed[5])
        assert verify().broken_at == sealed[5]

    def test_the_last_entry_deleted(self, sealed: list[int]) -> None:
        as_superuser("DELETE FROM audit_entry WHERE id = %s", sealed[-1])
        assert verify().broken_at == sealed[-1]

    def test_an_entry_added_among_sealed_ones(self, sealed: list[int]) -> None:
        as_superuser(
            "INSERT INTO audit_entry (tx, actor, actor_unit, actor_role, action, subject_kind, subject_id,"
            " facility, province, purpose, details) SELECT tx, 'x', '', '', 'x', 'x', 'x', '', '', '', '{}'"
            " FROM audit_entry WHERE id = %s",
            sealed[2],
        )
        assert verify().broken_at == AuditEntry.objects.get(actor="x").id

    def test_an_entry_added_with_a_strange_number_stops_no_sealing(self, sealer: Sealer) -> None:
        write(1)
        as_superuser("UPDATE audit_entry SET id = -7")
        assert sealer.seal() == 1
        assert verify().broken_at is None  # added before any seal, it is an entry like others

    def test_two_entries_exchanged(self, sealed: list[int]) -> None:
        as_superuser("UPDATE audit_entry SET actor = 'b' WHERE id = %s", sealed[-1])
        as_superuser("UPDATE audit_entry SET id = -1 WHERE id = %s", sealed[3])
        as_superuser("UPDATE audit_entry SET id = %s WHERE id = %s", sealed[3], sealed[-1])
        as_superuser("UPDATE audit_entry SET id = %s WHERE id = -1", sealed[-1])
        assert verify().broken_at in (sealed[3], sealed[-1])

    def test_everything_truncated(self, sealed: list[int]) -> None:
        as_superuser("TRUNCATE audit_entry")
        assert verify().broken_at == sealed[0]

    def test_entries_and_seals_truncated(self, sealed: list[int]) -> None:
        as_superuser("TRUNCATE audit_entry, audit_seal")
        report = verify()
        assert report.broken_at == 1
        assert report.reason is not None
        assert "shorter than the head" in report.reason.say("en")

    def test_rolled_back_to_an_older_copy(self, sealed: list[int]) -> None:
        as_superuser("DELETE FROM audit_seal WHERE number = 3")
        as_superuser("DELETE FROM audit_entry WHERE id > %s", sealed[5])
        assert verify().broken_at == sealed[5] + 1

    def test_an_older_copy_that_went_on(self, sealed: list[int], sealer: Sealer) -> None:
        as_superuser("DELETE FROM audit_seal WHERE number = 3")
        as_superuser("DELETE FROM audit_entry WHERE id > %s", sealed[5])
        write(3)
        sealer.seal()
        assert verify().broken_at == sealed[-1]

    def test_a_seal_made_to_fit_is_not_signed(self, sealed: list[int]) -> None:
        as_superuser("DELETE FROM audit_entry WHERE id = %s", sealed[4])
        forged = AuditSeal.objects.get(number=2)
        previous = bytes(AuditSeal.objects.get(number=1).hash)
        kept = [
            line for line in chain.lines(connection.connection) if chain.id_and_tx(line)[0] in sealed[3:6]
        ]
        forged.ids, forged.digests = [sealed[3], sealed[5]], b"".join(map(chain.digest, kept))
        forged.hash = chain.Seal(2, forged.ids, forged.digests, forged.last_tx, forged.last_id, previous).hash
        forged.save()
        assert verify().broken_at == sealed[3]

    def test_a_removed_seal(self, sealed: list[int]) -> None:
        as_superuser("DELETE FROM audit_seal WHERE number = 2")
        assert verify().broken_at == sealed[3]

    def test_another_installations_key_signs_nothing_here(self, sealed: list[int]) -> None:
        other = chain.signing_key(Keyring.make()).public_key()
        assert verifying.verify(other).broken_at == sealed[0]


class TestRights:
    @pytest.mark.parametrize("role", ["khoyte_app", "khoyte_worker"])
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_seal SET hash = ''",
            "DELETE FROM audit_seal",
            "TRUNCATE audit_seal",
            "UPDATE audit_entry SET actor = 'x'",
            "DELETE FROM audit_entry",
            "INSERT INTO audit_entry (tx) VALUES ('1')",
            "INSERT INTO audit_entry (at) VALUES (now())",
            "INSERT INTO audit_entry (id) VALUES (1)",
        ],
    )
    def test_neither_application_nor_worker_may(self, sealed: list[int], role: str, statement: str) -> None:
        with transaction.atomic():
            as_superuser(f"SET LOCAL ROLE {role}")
            with pytest.raises(ProgrammingError, match="permission denied"):
                as_superuser(statement)
            transaction.set_rollback(True)

    def test_the_worker_seals_as_itself(self, sealer: Sealer) -> None:
        write(1)
        with transaction.atomic():
            as_superuser("SET LOCAL ROLE khoyte_worker")
            assert sealer.seal() == 1


class TestHeads:
    def test_a_line_that_was_cut_off_is_passed_over_and_the_next_begins_anew(
        self, sealed: list[int], sealer: Sealer
    ) -> None:
        with heads.heads_file().open("ab") as file:
            file.write(b'{"number": 4, "ha')
        write(1)
        sealer.seal()
        sealer.copy_head()
        key = sealer.key.public_key()
        assert [head.number for head in heads.read(key)] == [3, 4]
        assert verify().exposed == 0

    def test_a_forged_head_is_passed_over(self, sealed: list[int], sealer: Sealer) -> None:
        line = json.loads(heads.heads_file().read_text())
        heads.heads_file().write_text(json.dumps(line | {"number": 99}))
        assert list(heads.read(sealer.key.public_key())) == []

    def test_the_newest_is_found_at_the_end_of_a_long_file(
        self, sealed: list[int], sealer: Sealer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(heads, "_END_BYTES", 600)  # less than two lines
        for _ in range(4):
            write(1)
            sealer.seal()
            sealer.copy_head()
        key = sealer.key.public_key()
        assert [head.number for head in heads.read(key)] == [3, 4, 5, 6, 7]
        assert heads.newest(key) == list(heads.read(key))[-1]


class TestAuditEvents:
    def test_an_entry_as_audit_event(self) -> None:
        write(1, purpose="care", details={"why": 'tab\t, "quote", \\slash\nline'})
        (line,) = chain.lines(connection.connection)
        event = fhir.audit_event(line)
        assert event["agent"][0]["who"]["identifier"]["value"] == "ai"
        assert event["entity"][0]["what"]["identifier"] == {"system": "urn:khoyte:thing", "value": "1"}
        assert json.loads(event["entity"][0]["detail"][0]["valueString"]) == 'tab\t, "quote", \\slash\nline'
        assert event["purposeOfEvent"][0]["coding"][0]["code"] == "care"
        assert (event["resourceType"], event["outcome"], event["action"]) == ("AuditEvent", "0", "E")
        assert event["recorded"].endswith("Z")


class TestCommand:
    def run(self, *arguments: str) -> Result:
        done = CliRunner().invoke(commands.audit, arguments, obj={"lang": "en"}, standalone_mode=False)
        assert done.exception is None
        return done

    def test_a_whole_log_is_said_and_exported(self, sealed: list[int], tmp_path: Path) -> None:
        done = self.run("verify", "--export", str(tmp_path / "events.ndjson"))
        assert done.return_value == 0
        assert done.stdout.startswith(f"The log is whole: 9 entries, sealed up to number {sealed[-1]};")
        events = [json.loads(line) for line in (tmp_path / "events.ndjson").read_text().splitlines()]
        assert [event["id"] for event in events] == [f"khoyte-{number}" for number in sealed]

    def test_a_broken_log_is_said_with_its_entry_and_status_1(self, sealed: list[int]) -> None:
        as_superuser("DELETE FROM audit_entry WHERE id = %s", sealed[5])
        done = self.run("verify")
        assert done.return_value == 1
        assert f"BROKEN from entry {sealed[5]} on: a sealed entry is gone" in done.stderr
        document = self.run("verify", "--json")
        assert (json.loads(document.stdout)["broken_at"], document.return_value) == (sealed[5], 1)

    def test_sealing_by_hand_copies_the_head(self) -> None:
        write(2)
        assert self.run("seal").stdout == "2 entries sealed.\n"
        assert verify().exposed == 0
