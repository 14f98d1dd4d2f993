"""Files in parts, as a tus client sends them; every cut a line can suffer ends in one submission."""

import base64
import os
import stat
import threading
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.http import UnreadablePostError
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from khoyte.audit.models import AuditEntry
from khoyte.submissions import parts, raw, receiving, upload_api, uploads
from khoyte.submissions.models import Submission, Upload
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import NEIGHBOUR, OWN, PROVINCE
from khoyte.units.tenancy import speaking_as

pytestmark = pytest.mark.django_db
PLACE = "/api/v1/uploads"


class Sender:
    """A tus client of one unit."""

    def __init__(self, unit: str = OWN, *scopes: str) -> None:
        self.client = Client(raise_request_exception=False)
        self.base = {"Authorization": f"Bearer {senders.token(unit, *scopes)}", "Tus-Resumable": "1.0.0"}

    def ask(self, method: str, place: str, body: bytes = b"", content_type: str = "", **headers: object):
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        # The client leaves the type of an empty body out; browsers send it.
        typed = {"Content-Type": content_type} if content_type else {}
        return self.client.generic(
            method, place, body, content_type=content_type, headers={**self.base, **typed, **named}
        )

    def begin(self, length: object, name: str = "goi.xml", **headers: object):
        about = f"filename {base64.b64encode(name.encode()).decode()},filetype eG1s"
        return self.ask("POST", PLACE, Upload_Length=length, Upload_Metadata=about, **headers)

    def part(self, place: str, offset: object, body: bytes, **headers: object):
        return self.ask("PATCH", place, body, upload_api.PART_TYPE, Upload_Offset=offset, **headers)

    def send(self, body: bytes, part: int, name: str = "goi.xml"):
        """The whole file; the answer to its last part."""
        place = self.begin(len(body), name)["Location"]
        for offset in range(0, len(body), part):
            answered = self.part(place, offset, body[offset : offset + part])
            assert answered.status_code == 204, answered.content
        return answered


@pytest.fixture
def sender(country: None) -> Sender:
    return Sender()


@pytest.fixture
def file() -> bytes:
    return senders.small_file("LK-1", "LK-2", "LK-3")


def part_files() -> list[Path]:
    return list(parts.parts_folder().iterdir())


@pytest.fixture(autouse=True)
def nothing_left_over():
    for path in part_files():
        path.unlink()
    yield
    for path in part_files():
        path.unlink()


def kept_bytes(id: str) -> bytes:
    return b"".join(raw.source_of(Submission.objects.get(pk=id)).chunks())


class TestTheWayThrough:
    def test_a_file_in_parts_becomes_a_submission_byte_for_byte(self, sender: Sender, file: bytes):
        answered = sender.send(file, part=1000, name="Gói tháng 8.xml")
        id = answered["Khoyte-Submission"]
        assert answered["Location"] == f"/api/v1/submissions/{id}"
        assert answered["Upload-Offset"] == str(len(file))
        assert kept_bytes(id) == file
        found = Submission.objects.get()
        assert (found.file_name, found.facility, found.sender_unit) == ("Gói tháng 8.xml", OWN, OWN)
        assert part_files() == []

    def test_the_beginning_says_where_and_until_when(self, sender: Sender):
        answered = sender.begin(5000)
        assert answered.status_code == 201
        assert answered["Location"].startswith(PLACE + "/")
        assert answered["Upload-Offset"] == "0"
        assert answered["Tus-Resumable"] == "1.0.0"
        assert answered["Upload-Expires"].endswith("GMT")

    def test_head_says_how_far_it_is(self, sender: Sender, file: bytes):
        place = sender.begin(len(file))["Location"]
        sender.part(place, 0, file[:700])
        answered = sender.ask("HEAD", place)
        assert answered.status_code == 200
        assert (answered["Upload-Offset"], answered["Upload-Length"]) == ("700", str(len(file)))
        assert answered["Cache-Control"] == "no-store"
        assert answered.content == b""

    def test_options_tell_what_is_offered_to_anyone(self, country: None):
        answered = Client().options(PLACE)
        assert answered.status_code == 204
        assert answered["Tus-Version"] == "1.0.0"
        assert "creation" in answered["Tus-Extension"]
        assert answered["Upload-Limit"] == f"max-size={2 * 2**30}, max-append-size={16 * 2**20}"

    def test_an_archive_becomes_several_submissions(self, sender: Sender):
        body = senders.zipped({"a.xml": senders.small_file("A"), "b.xml": senders.small_file("B")})
        answered = sender.send(body, part=400, name="goi.zip")
        assert answered["Khoyte-Submissions"] == "2"
        assert Submission.objects.count() == 2
        assert Submission.objects.filter(pk=answered["Khoyte-Submission"], file_name="a.xml").exists()

    def test_a_province_hands_in_for_its_facility(self, country: None, file: bytes):
        id = Sender(PROVINCE).send(file, part=10_000)["Khoyte-Submission"]
        found = Submission.objects.get(pk=id)
        assert (found.facility, found.sender_unit) == (OWN, PROVINCE)

    def test_the_same_file_twice_is_one_submission(self, sender: Sender, file: bytes):
        first, second = sender.send(file, part=5000), sender.send(file, part=900)
        assert first["Khoyte-Submission"] == second["Khoyte-Submission"]
        assert Submission.objects.count() == 1

    def test_each_act_is_audited(self, sender: Sender, file: bytes):
        sender.send(file, part=len(file))
        acts = AuditEntry.objects.filter(actor_unit=OWN).order_by("id").values_list("action", flat=True)
        assert list(acts) == ["upload.begin", "submission.receive"]


class TestCuts:
    def test_a_part_cut_on_its_way_is_kept_as_far_as_it_came(self, sender: Sender, file: bytes, monkeypatch):
        place = sender.begin(len(file))["Location"]

        def cut(request, size):
            if request._stream is None:
                raise UnreadablePostError
            request._stream = None
            return file[:600]

        monkeypatch.setattr("django.http.request.HttpRequest.read", cut)
        assert sender.part(place, 0, file[:2000])["Upload-Offset"] == "600"
        monkeypatch.undo()
        assert sender.ask("HEAD", place)["Upload-Offset"] == "600"
        answered = sender.part(place, 600, file[600:])
        assert kept_bytes(answered["Khoyte-Submission"]) == file

    def test_a_part_sent_twice_is_told_where_to_go_on(self, sender: Sender, file: bytes):
        place = sender.begin(len(file))["Location"]
        sender.part(place, 0, file[:500])
        repeated = sender.part(place, 0, file[:500])
        assert repeated.status_code == 409
        assert repeated["Content-Type"] == "application/problem+json"
        answered = sender.part(place, 500, file[500:])
        assert kept_bytes(answered["Khoyte-Submission"]) == file

    def test_a_lost_last_answer_can_be_asked_for_again(self, sender: Sender, file: bytes):
        place = sender.begin(len(file))["Location"]
        id = sender.part(place, 0, file)["Khoyte-Submission"]
        assert sender.ask("HEAD", place)["Khoyte-Submission"] == id
        again = sender.part(place, len(file), b"")
        assert (again.status_code, again["Khoyte-Submission"]) == (204, id)
        assert Submission.objects.count() == 1

    def test_killed_between_receipt_and_the_last_offset_there_is_still_one(
        self, sender: Sender, file: bytes, monkeypatch
    ):
        place = sender.begin(len(file))["Location"]
        sender.part(place, 0, file[:900])

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(uploads, "_move", killed)
        with pytest.raises(KeyboardInterrupt):
            sender.part(place, 900, file[900:])
        monkeypatch.undo()
        assert Submission.objects.count() == 1
        assert sender.ask("HEAD", place)["Upload-Offset"] == "900"
        answered = sender.part(place, 900, file[900:])
        assert answered.status_code == 204
        assert [str(row.pk) for row in Submission.objects.all()] == [answered["Khoyte-Submission"]]

    def test_bytes_a_killed_process_left_beyond_the_offset_are_written_over(
        self, sender: Sender, file: bytes
    ):
        place = sender.begin(len(file))["Location"]
        sender.part(place, 0, file[:100])
        with part_files()[0].open("ab") as left:
            left.write(b"half a part that was never answered" * 500)
        answered = sender.part(place, 100, file[100:])
        assert kept_bytes(answered["Khoyte-Submission"]) == file

    def test_a_full_disk_moves_nothing_and_says_so(self, sender: Sender, file: bytes, monkeypatch):
        place = sender.begin(len(file))["Location"]

        def full(*_: object) -> int:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(parts, "append", full)
        answered = sender.part(place, 0, file)
        assert (answered.status_code, answered["Retry-After"]) == (503, "30")
        monkeypatch.undo()
        assert sender.ask("HEAD", place)["Upload-Offset"] == "0"

    def test_a_receipt_refused_for_now_keeps_what_came_before(self, sender: Sender, file: bytes, monkeypatch):
        place = sender.begin(len(file))["Location"]
        sender.part(place, 0, file[:900])
        monkeypatch.setattr(receiving, "WAITING_LIMIT_PER_FACILITY", 0)
        assert sender.part(place, 900, file[900:]).status_code == 429
        monkeypatch.undo()
        assert sender.ask("HEAD", place)["Upload-Offset"] == "900"
        assert sender.part(place, 900, file[900:]).status_code == 204

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(sizes=st.lists(st.integers(min_value=0, max_value=4000), max_size=12))
    def test_however_the_file_is_cut_it_arrives_whole(self, sender: Sender, file: bytes, sizes: list[int]):
        place = sender.begin(len(file))["Location"]
        offset = 0
        for size in [*sizes, len(file)]:
            if offset < len(file):
                answered = sender.part(place, offset, file[offset : offset + size])
                offset = int(answered["Upload-Offset"])
        assert kept_bytes(answered["Khoyte-Submission"]) == file


@pytest.mark.django_db(transaction=True)
class TestOneWriter:
    def test_a_second_writer_is_told_to_wait(self, sender: Sender, file: bytes):
        place = sender.begin(len(file))["Location"]
        id = uuid.UUID(place.rsplit("/", 1)[1])
        inside, leave = threading.Event(), threading.Event()

        def hold() -> None:
            try:
                with uploads._alone(id):
                    inside.set()
                    leave.wait(10)
            finally:
                connection.close()

        other = threading.Thread(target=hold)
        other.start()
        inside.wait(10)
        try:
            answered = sender.part(place, 0, file)
            assert (answered.status_code, answered["Retry-After"]) == (423, "2")
            assert sender.ask("DELETE", place).status_code == 423
        finally:
            leave.set()
            other.join()
        assert sender.part(place, 0, file).status_code == 204

    def test_writers_at_once_make_one_submission(self, sender: Sender, file: bytes):
        place = sender.begin(len(file))["Location"]
        statuses: list[int] = []

        def write() -> None:
            try:
                statuses.append(sender.part(place, 0, file).status_code)
            finally:
                connection.close()

        writers = [threading.Thread(target=write) for _ in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert statuses.count(204) == 1
        assert set(statuses) <= {204, 409, 423}
        assert Submission.objects.count() == 1


class TestTenants:
    @pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
    @pytest.mark.parametrize("unit", [NEIGHBOUR, PROVINCE])
    def test_another_units_upload_is_not_there(self, sender: Sender, method: str, unit: str):
        place = sender.begin(1000)["Location"]
        answered = Sender(unit).ask(method, place, b"<x/>", upload_api.PART_TYPE, Upload_Offset=0)
        unknown = Sender(unit).ask(
            method, f"{PLACE}/{uuid.uuid4()}", b"<x/>", upload_api.PART_TYPE, Upload_Offset=0
        )
        assert answered.status_code == unknown.status_code == 404
        assert answered.content == unknown.content
        assert Upload.objects.count() == 1

    def test_the_wall_in_sql_hides_it_too(self, sender: Sender):
        sender.begin(1000)
        with speaking_as(senders.machine(NEIGHBOUR)):
            assert Upload.objects.count() == 0
            assert Upload.objects.all().delete()[0] == 0

    def test_a_file_of_another_facility_is_refused_and_forgotten(self, sender: Sender):
        body = senders.small_file("LK-1", facility=NEIGHBOUR)
        place = sender.begin(len(body))["Location"]
        assert sender.part(place, 0, body).status_code == 403
        assert (part_files(), Submission.objects.count(), Upload.objects.count()) == ([], 0, 0)

    def test_a_large_file_of_another_facility_is_refused_at_its_first_part(self, sender: Sender):
        body = senders.small_file(*(f"LK-{number}" for number in range(60)), facility=NEIGHBOUR)
        assert len(body) > 100_000
        place = sender.begin(10**9)["Location"]
        assert sender.part(place, 0, body[:100_000]).status_code == 403
        assert part_files() == []

    @pytest.mark.parametrize("scopes", [("submissions:read",), ("ledger:read",)])
    def test_who_may_not_send_may_not_begin(self, country: None, scopes: tuple[str, ...]):
        assert Sender(OWN, *scopes).begin(100).status_code == 403

    def test_without_a_token_nothing_begins(self, country: None):
        assert Client().post(PLACE, headers={"Upload-Length": "10"}).status_code == 401


class TestBadInput:
    @pytest.mark.parametrize("length", ["", "-1", "1.5", "abc", "9" * 30, "²"])
    def test_a_length_that_is_none(self, sender: Sender, length: str):
        assert sender.begin(length).status_code == 400

    def test_an_empty_file(self, sender: Sender):
        assert sender.begin(0).status_code == 422

    def test_a_file_beyond_the_limit(self, sender: Sender):
        assert sender.begin(2 * 2**30 + 1).status_code == 413

    def test_another_version_of_tus(self, sender: Sender):
        assert sender.begin(10, Tus_Resumable="0.2.2").status_code == 412

    @pytest.mark.parametrize("offset", ["", "-5", "x"])
    def test_an_offset_that_is_none(self, sender: Sender, offset: str):
        place = sender.begin(10)["Location"]
        assert sender.part(place, offset, b"<x/>").status_code == 400

    def test_another_content_type(self, sender: Sender):
        place = sender.begin(10)["Location"]
        assert sender.ask("PATCH", place, b"<x/>", "application/xml", Upload_Offset=0).status_code == 415

    def test_more_bytes_than_announced(self, sender: Sender, file: bytes):
        place = sender.begin(100)["Location"]
        assert sender.part(place, 0, file).status_code == 400
        assert sender.ask("HEAD", place)["Upload-Offset"] == "0"

    def test_a_part_beyond_the_limit_is_refused_before_it_is_read(self, sender: Sender, monkeypatch):
        monkeypatch.setattr(upload_api, "UPLOAD_PART_BYTES", 1000)
        place = sender.begin(5000)["Location"]
        assert sender.part(place, 0, b"<" * 1001).status_code == 413
        assert sender.part(place, 0, b"<" * 1000).status_code == 204

    @pytest.mark.parametrize("body", [b"\x89PNG not a record", b"\x00" * 100, b"PK\x03\x04 broken archive"])
    def test_what_is_no_record_is_refused_and_forgotten(self, sender: Sender, body: bytes):
        place = sender.begin(len(body))["Location"]
        assert sender.part(place, 0, body).status_code in (415, 422)
        assert (part_files(), Upload.objects.count()) == ([], 0)

    @pytest.mark.parametrize("about", ["filename !!!", "filename", "", ",,,", "filename /////w=="])
    def test_a_broken_name_is_no_reason_to_refuse(self, sender: Sender, file: bytes, about: str):
        place = sender.ask("POST", PLACE, Upload_Length=len(file), Upload_Metadata=about)["Location"]
        assert sender.part(place, 0, file).status_code == 204

    def test_a_name_cannot_lead_out_of_its_folder(self, sender: Sender, file: bytes):
        sender.send(file, part=len(file), name="../../etc/passwd")
        assert Submission.objects.get().file_name == "passwd"

    def test_too_many_unfinished_uploads(self, sender: Sender, monkeypatch):
        monkeypatch.setattr(uploads, "OPEN_UPLOADS", 2)
        assert [sender.begin(10).status_code for _ in range(3)] == [201, 201, 429]

    @pytest.mark.parametrize("place", ["/abc", "/" + str(uuid.uuid4()) + "/x"], ids=["word", "deeper"])
    def test_an_address_that_is_none(self, sender: Sender, place: str):
        assert sender.ask("HEAD", PLACE + place).status_code == 404


class TestTheEnd:
    def test_termination_forgets_everything(self, sender: Sender, file: bytes):
        place = sender.begin(len(file))["Location"]
        sender.part(place, 0, file[:100])
        assert sender.ask("DELETE", place).status_code == 204
        assert (part_files(), Upload.objects.count()) == ([], 0)
        assert sender.ask("HEAD", place).status_code == 404

    def test_an_upload_is_over_after_its_days(self, sender: Sender):
        kept, old = sender.begin(10)["Location"], sender.begin(10)["Location"]
        over = timezone.now() - timedelta(days=7, minutes=1)
        Upload.objects.filter(pk=old.rsplit("/", 1)[1]).update(created_at=over)
        assert sender.ask("HEAD", old).status_code == 404
        old_file = parts.part_file(uuid.UUID(old.rsplit("/", 1)[1]))
        os.utime(old_file, (over.timestamp(), over.timestamp()))
        assert uploads.remove_expired() == 1
        assert [path.name for path in part_files()] == [kept.rsplit("/", 1)[1] + ".part"]
        assert Upload.objects.count() == 1

    def test_parts_are_readable_by_us_alone(self, sender: Sender):
        sender.begin(10)
        assert stat.S_IMODE(part_files()[0].stat().st_mode) == 0o600
        assert stat.S_IMODE(parts.parts_folder().stat().st_mode) == 0o700
