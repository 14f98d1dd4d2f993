"""POST /api/v1/submissions: what is answered and what is kept."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from khoyte.audit.models import AuditEntry
from khoyte.foundation import disk
from khoyte.submissions import api, archives, raw, receiving
from khoyte.submissions.models import RawReceipt, Submission
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OWN, PROVINCE, STRANGER, Machine, small_file, zipped

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _units(country: None) -> None:
    """Every test here has units to send for."""


def kept() -> tuple[int, int, int]:
    """Rows of submissions, bytes and receipts in the audit log."""
    entries = AuditEntry.objects.filter(action="submission.receive").count()
    return Submission.objects.count(), RawReceipt.objects.count(), entries


def assert_refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    """A problem document by RFC 9457, and nothing kept."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["type"].endswith(f"/{code}")
    assert problem["title"]
    return problem


def test_a_file_is_received_with_its_receipt() -> None:
    body = small_file("A1")
    answer = Machine(OWN).send(body)
    receipt = answer.json()
    found = Submission.objects.get()
    assert answer.status_code == 202
    assert answer["Location"] == f"/api/v1/submissions/{found.pk}"
    assert receipt["id"] == str(found.pk)
    assert receipt["state"] == "received"
    assert receipt["sha256"] == bytes(found.sha256).hex()
    assert receipt["received_at"].endswith("+07:00")
    assert (found.facility, found.province, found.sender_unit) == (OWN, PROVINCE, OWN)
    assert b"".join(raw.source_of(found).chunks()) == body
    assert kept() == (1, 1, 1)


def test_a_large_file_lies_in_the_blob_store() -> None:
    body = small_file("A1", signature=f"<CHUKYDONVI>{'x' * 300_000}</CHUKYDONVI>")
    answer = Machine(OWN).send(body)
    assert answer.status_code == 202
    assert kept() == (1, 0, 1)
    assert b"".join(raw.source_of(Submission.objects.get()).chunks()) == body


def test_waiting_gives_the_verdict_once_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.time, "sleep", lambda seconds: senders.judge_all())
    answer = Machine(OWN).send(small_file("A1"), Prefer="wait=5")
    assert answer.status_code == 200
    assert answer.json()["state"] == "judged"
    assert answer.json()["ledger"]["accepted"] == 1


def test_waiting_in_vain_gives_the_receipt() -> None:
    answer = Machine(OWN).send(small_file("A1"), Prefer="respond-async, wait=0")
    assert answer.status_code == 202


@pytest.mark.parametrize("prefer", ["wait=²", "wait=-1", "wait=x", "wait=", "wait", "=,;", "wait=9e9"])
def test_a_senseless_wish_to_wait_is_not_followed(prefer: str) -> None:
    assert Machine(OWN).send(small_file("A1"), Prefer=prefer).status_code == 202


def test_waiters_have_few_places(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.WAITERS = 0
    monkeypatch.setattr(api, "_poll", lambda *_: pytest.fail("nobody may wait here"))
    assert Machine(OWN).send(small_file("A1"), Prefer="wait=5").status_code == 202


def test_a_repeat_without_key_has_the_same_id_and_one_effect() -> None:
    machine = Machine(OWN)
    first = machine.send(small_file("A1"))
    again = machine.send(small_file("A1"))
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["id"] == first.json()["id"]
    assert again["Location"] == first["Location"]
    assert kept() == (1, 1, 1)


def test_a_repeat_after_judging_gives_the_verdict() -> None:
    machine = Machine(OWN)
    machine.send(small_file("A1"))
    senders.judge_all()
    verdict = machine.send(small_file("A1")).json()
    assert verdict["state"] == "judged"
    assert [d["ma_lk"] for d in verdict["dossiers"]] == ["A1"]


def test_a_repeat_after_seven_days_is_a_new_file() -> None:
    machine = Machine(OWN)
    machine.send(small_file("A1"))
    old = Submission.objects.get()
    Submission.objects.update(received_at=old.received_at - receiving.REPEAT_WINDOW)
    assert machine.send(small_file("A1")).status_code == 202
    assert Submission.objects.count() == 2


def test_a_repeat_with_key_has_the_same_id_and_one_effect() -> None:
    machine = Machine(OWN)
    first = machine.send(small_file("A1"), Idempotency_Key="k-1")
    again = machine.send(small_file("A1"), Idempotency_Key="k-1")
    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["id"] == first.json()["id"]
    assert kept() == (1, 1, 1)


def test_the_same_bytes_under_another_key_are_another_submission() -> None:
    machine = Machine(OWN)
    ids = {machine.send(small_file("A1"), Idempotency_Key=key).json()["id"] for key in ("k-1", "k-2")}
    assert len(ids) == 2


def test_a_key_with_another_body_is_refused() -> None:
    machine = Machine(OWN)
    machine.send(small_file("A1"), Idempotency_Key="k-1")
    assert_refused(machine.send(small_file("A2"), Idempotency_Key="k-1"), 422, "key-reused")
    assert kept() == (1, 1, 1)


def test_a_key_with_another_large_body_leaves_no_blob() -> None:
    machine = Machine(OWN)
    machine.send(small_file("A1"), Idempotency_Key="k-1")
    before = blobs()
    other = small_file("A2", signature=f"<CHUKYDONVI>{'y' * 400_000}</CHUKYDONVI>")
    assert_refused(machine.send(other, Idempotency_Key="k-1"), 422, "key-reused")
    assert blobs() == before


def blobs() -> set[str]:
    from khoyte.foundation.home import folder

    return {str(path) for path in folder("blobs").rglob("*") if path.is_file()}


def test_long_keys_that_differ_late_are_different_keys() -> None:
    machine = Machine(OWN)
    long = "k" * 400
    first = machine.send(small_file("A1"), Idempotency_Key=long + "1")
    second = machine.send(small_file("A2"), Idempotency_Key=long + "2")
    assert (first.status_code, second.status_code) == (202, 202)
    assert machine.send(small_file("A2"), Idempotency_Key=long + "2").status_code == 200


def test_the_same_key_of_another_unit_is_another_key() -> None:
    Machine(OWN).send(small_file("A1"), Idempotency_Key="k-1")
    answer = Machine(NEIGHBOUR).send(small_file("A1", facility=NEIGHBOUR), Idempotency_Key="k-1")
    assert answer.status_code == 202


@pytest.mark.parametrize("body", [b"", b"   \r\n "])
def test_an_empty_body_is_refused(body: bytes) -> None:
    code = "empty-body" if not body else "unsupported-media-type"
    assert_refused(Machine(OWN).send(body), 422 if not body else 415, code)
    assert kept() == (0, 0, 0)


@pytest.mark.parametrize(
    "body", [b"hello", b"%PDF-1.7", b"\x00<a/>", b"\x1f\x8b\x08", "<a/>".encode("utf-16")]
)
def test_what_is_neither_xml_nor_zip_is_refused(body: bytes) -> None:
    assert_refused(Machine(OWN).send(body), 415, "unsupported-media-type")
    assert kept() == (0, 0, 0)


def test_the_first_bytes_count_and_not_the_header() -> None:
    assert Machine(OWN).send(small_file("A1"), content_type="text/plain").status_code == 202
    assert_refused(Machine(OWN).send(b"no"), 415, "unsupported-media-type")


def test_a_body_over_the_limit_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "DIRECT_BODY_BYTES", 1_000)
    problem = assert_refused(Machine(OWN).send(small_file("A1")), 413, "too-large")
    assert "/api/v1/uploads" in problem["detail"]
    assert kept() == (0, 0, 0)


def test_another_facility_is_refused() -> None:
    machine = Machine(OWN)
    for other in (NEIGHBOUR, STRANGER, "00000", "TOOLONG"):
        assert_refused(machine.send(small_file("A1", facility=other)), 403, "refused")
    assert kept() == (0, 0, 0)


def test_a_province_cannot_send_for_nobody() -> None:
    assert_refused(Machine(PROVINCE).send(b"<GIAMDINHHS/>"), 422, "no-facility-code")
    assert kept() == (0, 0, 0)


def test_facilities_not_there_and_not_ours_are_refused_alike() -> None:
    files = [small_file("A1", facility=other) for other in (STRANGER, NEIGHBOUR, "00000")]
    assert len({Machine(OWN).send(file).content for file in files}) == 1


def test_a_province_sends_for_its_facilities_alone() -> None:
    machine = Machine(PROVINCE)
    assert machine.send(small_file("A1", facility=OWN)).status_code == 202
    assert_refused(machine.send(small_file("A1", facility=STRANGER)), 403, "refused")
    found = Submission.objects.get()
    assert (found.facility, found.province, found.sender_unit) == (OWN, PROVINCE, PROVINCE)


def test_an_unreadable_file_is_received_for_its_sender() -> None:
    answer = Machine(OWN).send(b"<GIAMDINHHS><cut")
    assert answer.status_code == 202
    assert Submission.objects.get().facility == OWN


def test_without_token_nothing_is_received() -> None:
    answer = Machine(OWN, bearer="").send(small_file("A1"))
    assert_refused(answer, 401, "refused")
    assert answer["WWW-Authenticate"] == "Bearer"
    assert kept() == (0, 0, 0)


@pytest.mark.parametrize("bearer", ["kht_wrong", "é", "x" * 5_000])
def test_a_wrong_token_is_no_token(bearer: str) -> None:
    assert_refused(Machine(OWN, bearer=bearer).send(small_file("A1")), 401, "refused")


def test_an_expired_token_is_no_token() -> None:
    from khoyte.units.models import MachineToken

    machine = Machine(OWN)
    assert machine.send(small_file("A1")).status_code == 202
    row = MachineToken.objects.get()
    MachineToken.objects.update(expires_at=row.created_at)
    assert_refused(machine.send(small_file("A2")), 401, "refused")
    MachineToken.objects.update(expires_at=row.expires_at, revoked_at=row.created_at)
    assert_refused(machine.send(small_file("A2")), 401, "refused")


def test_a_token_without_the_scope_is_refused() -> None:
    assert_refused(Machine(OWN, "submissions:read", "ledger:read").send(small_file("A1")), 403, "refused")
    assert kept() == (0, 0, 0)


@pytest.mark.parametrize("unit", ["BYT", "CUC"])
def test_national_units_send_nothing(unit: str) -> None:
    assert_refused(Machine(unit).send(small_file("A1")), 403, "refused")


def test_a_full_queue_slows_its_own_facility_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "WAITING_LIMIT_PER_FACILITY", 2)
    machine = Machine(OWN)
    assert [machine.send(small_file(code)).status_code for code in ("A1", "A2")] == [202, 202]
    answer = machine.send(small_file("A3"))
    assert_refused(answer, 429, "too-many-waiting")
    assert int(answer["Retry-After"]) > 0
    assert Machine(NEIGHBOUR).send(small_file("A1", facility=NEIGHBOUR)).status_code == 202
    senders.judge_all()
    assert machine.send(small_file("A3")).status_code == 202


def test_a_store_that_cannot_write_gives_503(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    from khoyte.foundation.blobs import BlobStore

    store = BlobStore(tmp_path / "blobs")
    unfinished = tmp_path / "blobs" / "unfinished"
    unfinished.rmdir()
    unfinished.write_text("a file where the folder should be: not even root can write below it")
    monkeypatch.setattr(raw, "blob_store", lambda: store)
    answer = Machine(OWN).send(small_file("A1", signature=f"<CHUKYDONVI>{'z' * 300_000}</CHUKYDONVI>"))
    assert_refused(answer, 503, "cannot-keep-now")
    assert int(answer["Retry-After"]) > 0
    assert kept() == (0, 0, 0)


def test_while_the_disk_is_nearly_full_files_are_refused_and_stay_readable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(OWN)
    first = machine.send(small_file("A1")).json()["id"]
    monkeypatch.setattr(disk, "RESERVE_BYTES", 1 << 62)
    monkeypatch.setattr(disk, "_seen", (float("-inf"), False))
    before = kept()
    answer = machine.send(small_file("A2"))
    assert_refused(answer, 503, "cannot-keep-now")
    assert int(answer["Retry-After"]) > 0
    assert kept() == before
    assert machine.get(f"/submissions/{first}").status_code == 200


def test_titles_follow_the_language_asked_for() -> None:
    machine = Machine(OWN)
    titles = {
        language: machine.send(b"", Accept_Language=language).json()["title"]
        for language in ("en", "vi", "fr", "en-GB,en;q=0.9,vi;q=0.1")
    }
    assert titles["en"] == titles["en-GB,en;q=0.9,vi;q=0.1"] == "The body is empty."
    assert titles["vi"] == titles["fr"] == "Tệp gửi lên không có nội dung."


def test_a_zip_gives_one_submission_per_file() -> None:
    body = zipped({"b.xml": small_file("A1"), "folder/a.xml": small_file("A2")})
    answer = Machine(OWN).send(body, content_type="application/zip")
    rows = answer.json()["submissions"]
    assert answer.status_code == 202
    assert [row["file"] for row in rows] == ["b.xml", "a.xml"]
    assert {row["id"] for row in rows} == {str(pk) for pk in Submission.objects.values_list("pk", flat=True)}


def test_a_zip_sent_again_has_one_effect() -> None:
    machine, body = Machine(OWN), zipped({"a.xml": small_file("A1"), "b.xml": small_file("A2")})
    for key in ({}, {"Idempotency_Key": "k"}):
        first, again = machine.send(body, **key), machine.send(body, **key)
        assert (first.status_code, again.status_code) == (202, 200)
        ids = [[row["id"] for row in answer.json()["submissions"]] for answer in (first, again)]
        assert ids[0] == ids[1]
    assert Submission.objects.count() == 4


def test_a_zip_with_something_else_under_its_key_is_refused_whole() -> None:
    machine = Machine(OWN)
    one, two = small_file("A1"), small_file("A2")
    machine.send(zipped({"a.xml": one, "b.xml": two}), Idempotency_Key="k")
    for other in ({"a.xml": one}, {"a.xml": one, "b.xml": two, "c.xml": small_file("A3")}, {"a.xml": two}):
        answer = machine.send(zipped(other), Idempotency_Key="k")
        assert_refused(answer, 422, "key-reused")
    assert kept() == (2, 2, 2)


@pytest.mark.parametrize(
    ("last", "status", "code"),
    [
        (small_file("A9", facility=STRANGER), 403, "refused"),
        (b"%PDF-1.7", 415, "unsupported-media-type"),
        (b"", 422, "empty-body"),
    ],
)
def test_nothing_of_a_zip_is_kept_when_one_file_may_not_be_sent(last: bytes, status: int, code: str) -> None:
    body = zipped({"a.xml": small_file("A1"), "b.xml": last})
    assert_refused(Machine(OWN).send(body, content_type="application/zip"), status, code)
    assert kept() == (0, 0, 0)


def test_a_zip_is_refused_when_it_would_burst() -> None:
    bomb = zipped({"a.xml": small_file("A1"), "b.xml": b"<GIAMDINHHS>" + b" " * 60_000_000})
    assert_refused(Machine(OWN).send(bomb), 413, "zip-ratio")
    assert kept() == (0, 0, 0)


@pytest.mark.parametrize(
    "body",
    [zipped({}), b"PK\x03\x04 not a zip at all", zipped({"a.xml": b"<a/>"})[:-30]],
    ids=["empty", "no zip", "cut"],
)
def test_a_broken_zip_is_refused(body: bytes) -> None:
    answer = Machine(OWN).send(body, content_type="application/zip")
    assert answer.status_code in (415, 422)
    assert answer["Content-Type"] == "application/problem+json"
    assert kept() == (0, 0, 0)


def test_an_archive_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "DIRECT_BODY_BYTES", 100)
    assert_refused(Machine(OWN).send(zipped({"a.xml": small_file("A1")})), 413, "too-large")


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="application/xml")


def test_a_form_with_several_files() -> None:
    form = {"a": upload("a.xml", small_file("A1")), "b": upload("b.zip", zipped({"c.xml": small_file("A2")}))}
    answer = Machine(OWN).send_form(form)
    assert answer.status_code == 202, answer.content
    assert [row["file"] for row in answer.json()["submissions"]] == ["a.xml", "c.xml"]


def test_nothing_of_a_form_is_kept_when_one_file_may_not_be_sent() -> None:
    form = {
        "a": upload("a.xml", small_file("A1")),
        "b": upload("b.xml", small_file("A2", facility=STRANGER)),
    }
    assert_refused(Machine(OWN).send_form(form), 403, "refused")
    assert kept() == (0, 0, 0)


def test_a_form_without_a_file_is_empty() -> None:
    assert_refused(Machine(OWN).send_form({"note": "nothing"}), 422, "empty-body")


def test_a_broken_form_is_no_server_error() -> None:
    for content_type in ("multipart/form-data", "multipart/form-data; boundary=x"):
        answer = Machine(OWN).send(b"--y\r\nnonsense", content_type=content_type)
        assert answer.status_code in (400, 422)
        assert answer["Content-Type"] == "application/problem+json"


def test_the_gateways_receipt_is_kept_beside_the_file() -> None:
    Machine(OWN).send(small_file("A1"), X_Ma_Giao_Dich="GD-1", X_Ma_Ket_Qua="200")
    assert Submission.objects.get().gateway == {"maGiaoDich": "GD-1", "maKetQua": "200"}


@pytest.mark.parametrize(
    ("sent", "kept_as"),
    [("C:\\ho so\\thang 9.xml", "thang 9.xml"), ("../../etc/passwd", "passwd"), ("", "goi-ho-so.xml")],
)
def test_a_file_name_is_only_its_last_part(sent: str, kept_as: str) -> None:
    Machine(OWN).send(small_file("A1"), X_File_Name=sent)
    assert Submission.objects.get().file_name == kept_as


def test_a_wrong_method_is_a_problem_document() -> None:
    machine = Machine(OWN)
    answer = machine.client.delete("/api/v1/submissions", headers=machine._headers({}))
    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"


def test_a_refusal_names_no_person() -> None:
    body = small_file("A1", facility=STRANGER).replace(b"<GIAMDINHHS>", b"<GIAMDINHHS><!-- 999185000123 -->")
    answer = Machine(OWN).send(body)
    assert b"999185000123" not in answer.content
    assert "999185000123" not in json.dumps(list(AuditEntry.objects.values("details", "subject_id")))
