"""Rotation of sealing keys: nothing is lost, everything is sealed anew, also while files come in."""

import threading

import pytest
from django.db import connection

from khoyte.audit.models import AuditEntry
from khoyte.foundation.crypto import Keyring, SealBroken
from khoyte.links.models import WebhookTarget
from khoyte.links.sealing import seal_secret
from khoyte.protection import keys, queries
from khoyte.protection.errors import NotPossible
from khoyte.protection.keys import SEALED_COLUMNS
from khoyte.protection.models import SubjectRequest
from khoyte.protection.tests.people import NUMBER, SUBJECT, agreed, asked
from khoyte.registers import actions, attaching
from khoyte.registers.documents import judged
from khoyte.registers.known import register
from khoyte.registers.models import Document
from khoyte.registers.tests import files
from khoyte.submissions.tests import senders
from khoyte.units.tenancy import speaking_as
from khoyte.visits.models import Visit


@pytest.fixture
def own_keys(tmp_path, monkeypatch):
    """A secret file of this test's own: others go on with theirs."""
    path = tmp_path / "secret.json"
    path.write_bytes(Keyring.load()._as_json())
    monkeypatch.setenv("KHOYTE_SECRET_FILE", str(path))


def numbers() -> set[str]:
    keyring = Keyring.load()
    return {
        keyring.open(bytes(token), "visit.person").decode()
        for token in Visit.objects.exclude(person_sealed=None).values_list("person_sealed", flat=True)
    }


def reseal() -> int:
    return sum(keys.reseal(by=senders.SYSTEM))


@pytest.mark.django_db
def test_every_sealed_column_of_the_database_is_known() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name LIKE '%sealed' AND data_type = 'bytea'"
        )
        assert set(cursor.fetchall()) == {(column.table, column.column) for column in SEALED_COLUMNS}


@pytest.mark.django_db
@pytest.mark.usefixtures("country", "own_keys")
class TestRotation:
    def test_old_tokens_open_new_ones_have_the_new_key_and_all_get_it(self) -> None:
        senders.judged(senders.small_file("A1"))
        asked()
        agreed()
        sealed = seal_secret("whsec_example", Keyring.load())
        WebhookTarget.objects.create(
            unit=senders.OWN, facility=senders.OWN, url="https://a", secret_sealed=sealed
        )
        assert keys.rotate(by=senders.SYSTEM) == "2"
        senders.judged(senders.small_file("A2"))
        assert numbers() == {NUMBER}
        older = {f"{column.table}.{column.column}": count for column, count in keys.left().items() if count}
        assert older == {
            "visit.person_sealed": 1,
            "visit.card_sealed": 1,
            "webhook_target.secret_sealed": 1,
            "subject_request.subject_sealed": 1,
            "subject_request_event.note_sealed": 1,
            "consent.subject_sealed": 1,
        }
        assert reseal() == 6
        assert not any(keys.left().values())
        assert numbers() == {NUMBER}
        assert queries.subject_of(SubjectRequest.objects.get()) == SUBJECT
        assert list(AuditEntry.objects.filter(subject_kind="key").values_list("action", flat=True)) == [
            "key.rotate",
            "key.reseal",
        ]

    def test_documents_of_records_are_sealed_anew_and_open(self) -> None:
        by, found = senders.account_actor(senders.OWN, "facility"), register("diplomas")
        with speaking_as(by):
            kept, _ = (
                attaching.choose(register=found, data=data, by=by) for data in (files.photo(), files.png())
            )
            content = {
                "personal_number": "999185000123",
                "kind": "DH",
                "specialty": "Y khoa",
                "number": "1",
                "issuer": "Trường",
                "issued_on": "2010",
                "document": bytes(kept.sha256).hex(),
            }
            actions.create(register=found, content=content, by=by, source="form")
        keys.rotate(by=senders.SYSTEM)
        older = {f"{column.table}.{column.column}": count for column, count in keys.left().items() if count}
        assert older == {
            "diplomas.personal_number_sealed": 1,
            "register_version.content_sealed": 1,
            "register_document.content_sealed": 1,
            "register_chosen_file.content_sealed": 1,
        }
        assert reseal() == 4
        keys.drop_old(by=senders.SYSTEM)
        assert attaching.opened(Document.objects.get()) == judged(files.photo()).data

    def test_a_key_in_use_is_not_dropped(self) -> None:
        senders.judged(senders.small_file("A1"))
        keys.rotate(by=senders.SYSTEM)
        with pytest.raises(NotPossible) as told:
            keys.drop_old(by=senders.SYSTEM)
        assert told.value.code == "keys-in-use"
        reseal()
        assert keys.drop_old(by=senders.SYSTEM) == ["1"]
        assert list(Keyring.load().keys) == ["2"]
        assert numbers() == {NUMBER}

    def test_a_token_of_a_dropped_key_is_told_as_closed(self) -> None:
        token = Keyring.load().seal(b"x", "person")
        keys.rotate(by=senders.SYSTEM)
        keys.drop_old(by=senders.SYSTEM)
        with pytest.raises(SealBroken):
            Keyring.load().open(token, "person")

    def test_a_person_is_still_found_after_rotation(self) -> None:
        senders.judged(senders.small_file("A1"))
        before = bytes(Visit.objects.get().person_key)
        keys.rotate(by=senders.SYSTEM)
        senders.judged(senders.small_file("A2"))
        assert {bytes(key) for key in Visit.objects.values_list("person_key", flat=True)} == {before}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("own_keys")
def test_files_come_in_while_keys_rotate_and_everything_is_sealed_anew() -> None:
    senders.make_country()
    worker, stop, sent, errors = senders.judge(), threading.Event(), [], []

    def send() -> None:
        try:
            while not stop.is_set():
                code = f"L{len(sent)}"
                senders.receive(senders.small_file(code))
                senders.judge_all(worker)
                sent.append(code)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=send)
    thread.start()
    try:
        for name in ("2", "3"):
            before = len(sent)
            assert keys.rotate(by=senders.SYSTEM) == name
            reseal()
            while len(sent) < before + 2 and not errors:
                thread.join(0.05)
    finally:
        stop.set()
        thread.join(30)
    assert errors == []
    reseal()
    assert not any(keys.left().values())
    assert Visit.objects.count() == len(sent)
    assert keys.drop_old(by=senders.SYSTEM) == ["1", "2"]
    assert numbers() == {NUMBER}
