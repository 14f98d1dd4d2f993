"""Diplomas with their papers: declared by the person or a facility, reviewed, seen by nobody who may not."""

from collections.abc import Mapping
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from khoyte.audit.models import AuditEntry
from khoyte.foundation.calendar import today
from khoyte.practice import own_records
from khoyte.practice.models import Diploma
from khoyte.practice.tests.people import NUMBER, practitioner, window
from khoyte.registers import actions, attaching
from khoyte.registers.documents import WrongDocument, judged
from khoyte.registers.errors import UnknownRecord, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.models import Case, ChosenFile, Document, Draft, Evidence, Record, Tally, Version
from khoyte.registers.presenters import record_table
from khoyte.registers.tests import files
from khoyte.registers.tests.offices import (
    NEIGHBOUR,
    OTHER_PROVINCE,
    OWN,
    PERSON,
    PROVINCE,
    STRANGER,
    SYSTEM,
    Machine,
    csv_of,
    made,
    officer,
    person,
)
from khoyte.registers.tests.test_pages import browser, text_of
from khoyte.units.policy import Actor
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
HERE = register("diplomas")
TYPED = {
    "kind": "DH",
    "specialty": "Y khoa",
    "number": "B 012345",
    "issuer": "Trường Đại học Y tỉnh Bình An",
    "issued_on": "2010",
}
ROW = TYPED | {"personal_number": NUMBER}


@pytest.fixture
def known() -> Record:
    return made("practitioners", PERSON, confirmed=True)


@pytest.fixture
def herself(known: Record) -> Actor:
    return practitioner()


@pytest.fixture
def mine(herself: Actor) -> Client:
    return window(herself)


def chosen(by: Actor, data: bytes) -> str:
    with speaking_as(by):
        return bytes(attaching.choose(register=HERE, data=data, by=by).sha256).hex()


def with_paper(by: Actor, data: bytes | None = None, **more: Any) -> Record:
    """A diploma with a photo, declared by `by`."""
    digest = chosen(by, data or files.photo())
    with speaking_as(by):
        return actions.create(register=HERE, content=ROW | {"document": digest} | more, by=by, source="form")


def upload(data: bytes, name: str = "anh.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type="application/octet-stream")


def stored(record: Record) -> Any:
    return Diploma.objects.get(pk=record.pk)


def address(record: Record) -> str:
    return f"/so-dang-ky/diplomas/{record.pk}/tai-lieu/document"


class TestOneself:
    def test_a_photo_survives_an_error_in_another_field_and_reaches_the_reviewer(
        self, herself: Actor, mine: Client
    ) -> None:
        wrong = TYPED | {"issued_on": "31/02/2010", "document-tep": upload(files.photo()), "viec": "gui"}
        answer = mine.post("/hanh-nghe/van-bang/moi", wrong)
        assert answer.status_code == 422
        digest = sha256(judged(files.photo()).data).hexdigest()
        assert f'name="document" value="{digest}"' in text_of(answer)
        assert "Đã có tệp" in text_of(answer)
        assert not Diploma.objects.exists()
        again = mine.post("/hanh-nghe/van-bang/moi", TYPED | {"document": digest, "viec": "gui"})
        assert again.headers["Location"] == "/hanh-nghe"
        one = Diploma.objects.get()
        assert (one.state, one.level, one.facility, one.document) == ("in_review", "facility", OWN, digest)
        assert not ChosenFile.objects.exists()
        reviewer = browser(OWN, "facility_reviewer")
        page = text_of(reviewer.get(f"/ra-soat/{Case.objects.get(record=one.pk).pk}"))
        assert f'<img src="{address(one)}"' in page
        picture = reviewer.get(address(one))
        assert picture.content == judged(files.photo()).data
        assert picture.headers["Content-Type"] == "image/jpeg"

    def test_the_own_page_lists_it_and_opens_it(self, herself: Actor, mine: Client) -> None:
        mine.post("/hanh-nghe/van-bang/moi", TYPED | {"document-tep": upload(files.photo()), "viec": "luu"})
        one = Diploma.objects.get()
        page = text_of(mine.get("/hanh-nghe"))
        assert "Bằng đại học – Y khoa – Trường Đại học Y tỉnh Bình An" in page
        assert f'href="/hanh-nghe/van-bang/{one.pk}/tai-lieu"' in page
        assert mine.get(f"/hanh-nghe/van-bang/{one.pk}/tai-lieu").content == judged(files.photo()).data
        entry = AuditEntry.objects.filter(action="register.document").get()
        assert (entry.subject_id, entry.actor, entry.purpose) == (str(one.pk), herself.name, "self")
        other = window(practitioner("999185000999", name="binh"))
        assert other.get(f"/hanh-nghe/van-bang/{one.pk}").status_code == 404
        assert other.get(f"/hanh-nghe/van-bang/{one.pk}/tai-lieu").status_code == 404

    def test_it_is_replaced_and_taken_off_and_versions_know_which_was_theirs(
        self, herself: Actor, mine: Client
    ) -> None:
        mine.post("/hanh-nghe/van-bang/moi", TYPED | {"document-tep": upload(files.photo()), "viec": "luu"})
        one = Diploma.objects.get()
        first, scan = one.document, files.pdf()
        at = f"/hanh-nghe/van-bang/{one.pk}"
        mine.post(at, TYPED | {"document": first, "document-tep": upload(scan), "phien-ban": "1"})
        assert stored(one).document == sha256(scan).hexdigest()
        mine.post(at, TYPED | {"document": stored(one).document, "document-bo": "1", "phien-ban": "2"})
        assert stored(one).document == ""
        assert mine.get(f"{at}/tai-lieu").status_code == 404
        clerk = browser(OWN, "facility")
        assert clerk.get(f"{address(one)}?ban=1").content == judged(files.photo()).data
        second = clerk.get(f"{address(one)}?ban=2")
        assert second.content == scan
        assert second.headers["Content-Disposition"].startswith("attachment;")
        assert clerk.get(f"{address(one)}?ban=3").status_code == 404
        changed = Version.objects.filter(record=one.pk).order_by("number").values_list("changed", flat=True)
        assert [names == ["document"] for names in changed] == [False, True, True]

    def test_a_wrong_file_says_so_and_what_was_there_stays(self, herself: Actor, mine: Client) -> None:
        mine.post("/hanh-nghe/van-bang/moi", TYPED | {"document-tep": upload(files.photo()), "viec": "luu"})
        one = Diploma.objects.get()
        sent = TYPED | {"document": one.document, "document-tep": upload(b"MZ"), "phien-ban": "1"}
        answer = mine.post(f"/hanh-nghe/van-bang/{one.pk}", sent)
        assert answer.status_code == 422
        assert "không phải ảnh JPEG" in text_of(answer)
        assert f'value="{one.document}"' in text_of(answer)
        assert stored(one).version == 1

    def test_without_a_record_of_oneself_there_is_nothing_to_add_to(self) -> None:
        answer = window(practitioner(NUMBER, name="moi")).post("/hanh-nghe/van-bang/moi", TYPED)
        assert answer.status_code == 409
        assert "Kê khai hồ sơ của mình trước" in text_of(answer)

    def test_somebody_elses_number_typed_makes_it_ones_own(self, herself: Actor, mine: Client) -> None:
        mine.post("/hanh-nghe/van-bang/moi", TYPED | {"personal_number": "999085000777", "viec": "luu"})
        assert [one.pk for one in own_records.of_key("diplomas", bytes.fromhex(herself.person))] == [
            Diploma.objects.get().pk
        ]


class TestReview:
    def test_a_replaced_document_stands_beside_the_one_that_was_confirmed(self, known: Record) -> None:
        clerk = officer(OWN, "facility")
        one = with_paper(clerk)
        with speaking_as(SYSTEM):
            actions.confirm_at_once(register=HERE, record=stored(one), by=SYSTEM)
        scan = chosen(clerk, files.pdf())
        with speaking_as(clerk):
            actions.change(register=HERE, id=one.pk, patch={"document": scan}, by=clerk, source="form")
            actions.submit(register=HERE, id=one.pk, by=clerk)
        reviewer = browser(OWN, "facility_reviewer")
        page = text_of(reviewer.get(f"/ra-soat/{Case.objects.get(record=one.pk, closed_at=None).pk}"))
        assert f'href="{address(one)}?ban=1"' in page
        assert "<img" not in page  # a PDF is opened, not drawn
        assert reviewer.get(f"{address(one)}?ban=1").content == judged(files.photo()).data


class TestWhoSees:
    def test_the_facility_its_province_the_ministry_and_nobody_else(self, known: Record) -> None:
        one = with_paper(officer(OWN, "facility"))
        for role, unit in (("facility", OWN), ("facility_reviewer", OWN), ("province", PROVINCE)):
            assert browser(unit, role).get(address(one)).status_code == 200, role
        before = AuditEntry.objects.filter(action="register.not_found").count()
        for number, (role, unit) in enumerate(
            (("facility", NEIGHBOUR), ("facility", STRANGER), ("province", OTHER_PROVINCE)), start=1
        ):
            stranger = browser(unit, role)
            assert stranger.get(address(one)).status_code == 404, role
            assert stranger.get(f"{address(one)}?ban=1").status_code == 404
            assert AuditEntry.objects.filter(action="register.not_found").count() == before + 2 * number
        assert Client().get(address(one)).status_code in (302, 401)
        assert window(practitioner("999185000999", name="binh")).get(address(one)).status_code in (403, 404)

    def test_a_guessed_field_record_or_digest_opens_nothing(self, known: Record) -> None:
        one = with_paper(officer(OWN, "facility"))
        clerk = browser(OWN, "facility")
        plain = made("diplomas", ROW | {"number": "C 1"}, by=officer(OWN, "facility"))
        for path in (
            address(plain),
            address(one).replace("/document", "/personal_number"),
            address(one).replace(str(one.pk), "00000000-0000-7000-8000-000000000000"),
            address(one).replace("diplomas", "practitioners"),
        ):
            assert clerk.get(path).status_code == 404, path

    def test_the_database_itself_shows_documents_to_no_other_tenant(self, known: Record) -> None:
        with_paper(officer(OWN, "facility"))
        chosen(officer(OWN, "facility"), files.png())
        for by, seen in (
            (officer(OWN, "facility"), 1),
            (officer(PROVINCE, "province"), 1),
            (officer(NEIGHBOUR, "facility"), 0),
            (officer(OTHER_PROVINCE, "province"), 0),
            (practitioner("999185000999", name="binh"), 0),
            (practitioner(), 1),
        ):
            with speaking_as(by):
                assert Document.objects.count() == seen, by.name
        with speaking_as(officer(NEIGHBOUR, "facility")):
            assert not ChosenFile.objects.exists()

    def test_a_digest_somebody_has_heard_of_goes_into_no_record_of_theirs(self, known: Record) -> None:
        theirs = chosen(officer(OWN, "facility"), files.photo())
        kept = with_paper(officer(OWN, "facility"), files.png()).document  # type: ignore[attr-defined]
        for digest in (theirs, kept, "0" * 64):
            for by in (officer(NEIGHBOUR, "facility"), officer(OWN, "facility", name="khac")):
                with speaking_as(by), pytest.raises(WrongRecord) as told:
                    actions.create(
                        register=HERE,
                        content=ROW | {"number": "Z 9", "document": digest},
                        by=by,
                        source="form",
                    )
                assert set(told.value.problems) == {"document"}

    def test_it_stands_on_the_page_of_the_practitioner_for_whoever_may(self, known: Record) -> None:
        one = with_paper(officer(OWN, "facility"))
        page = text_of(browser(PROVINCE, "province").get(f"/so-dang-ky/practitioners/{known.pk}"))
        assert f'href="/so-dang-ky/diplomas/{one.pk}"' in page
        assert "Có ảnh hoặc bản quét" in page

    def test_nothing_of_it_is_public_and_no_list_or_sheet_names_the_file(self, known: Record) -> None:
        one = with_paper(SYSTEM, number="D 1")
        with speaking_as(SYSTEM):
            actions.confirm_at_once(register=HERE, record=stored(one), by=SYSTEM)
        assert "B 012345" not in text_of(Client().get("/tra-cuu?q=Y+khoa"))
        assert Client().get(f"/tra-cuu/diplomas/{one.pk}").status_code == 404
        row = record_table(HERE.declaration, [stored(one)], whole=True).rows[0]
        assert row["document"] == "Có"
        assert stored(one).document[:8] not in text_of(
            browser(PROVINCE, "province").get("/so-dang-ky/diplomas")
        )


class TestDays:
    def test_what_cannot_be_is_refused_with_a_sentence(self, known: Record) -> None:
        tomorrow = (today() + timedelta(days=1)).isoformat()
        for patch, field in (
            ({"issued_on": tomorrow}, "issued_on"),
            ({"recognition": "1/QĐ", "recognised_on": "2009-12-31"}, "recognised_on"),
            ({"recognition": "1/QĐ", "recognised_on": tomorrow}, "recognised_on"),
        ):
            with pytest.raises(WrongRecord) as told:
                made("diplomas", ROW | patch)
            assert set(told.value.problems) == {field}
        assert made("diplomas", ROW | {"recognition": "1/QĐ", "recognised_on": "2010-01-01"}).pk

    @pytest.mark.parametrize(
        "change", ["issued_on = '2199'", "issued_on = '2199-12'", "recognised_on = '2009-12-31'"]
    )
    def test_the_database_refuses_it_too(self, known: Record, change: str) -> None:
        made("diplomas", ROW)
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE diplomas SET {change}")

    def test_a_number_of_one_issuer_stands_once_in_the_country(self, known: Record) -> None:
        made("diplomas", ROW, by=officer(OWN, "facility"))
        made("practitioners", person(5, facility=STRANGER), confirmed=True)
        theirs = ROW | {"personal_number": person(5)["personal_number"], "number": "b012345"}
        with pytest.raises(WrongRecord) as told:
            made("diplomas", theirs, by=officer(STRANGER, "facility"))
        assert "đã có trong một hồ sơ khác" in told.value.problems["issuer"][0].vi
        assert made("diplomas", theirs | {"issuer": "Trường khác"}, by=officer(STRANGER, "facility")).pk


class TestForm:
    def test_a_draft_keeps_the_file_and_autosave_says_its_digest(self, known: Record) -> None:
        clerk = browser(OWN, "facility")
        saved = clerk.post(
            "/so-dang-ky/diplomas/moi",
            ROW | {"document-tep": upload(files.photo()), "viec": "nhap"},
            headers={"X-Requested-With": "autosave"},
        )
        digest = saved.json()["document"]["digest"]
        assert "Đã có tệp" in saved.json()["document"]["words"]
        assert f'name="document" value="{digest}"' in text_of(clerk.get("/so-dang-ky/diplomas/moi"))
        clerk.post("/so-dang-ky/diplomas/moi", ROW | {"document": digest, "viec": "luu"})
        assert Diploma.objects.get().document == digest
        assert not Draft.objects.exists()
        assert not ChosenFile.objects.exists()

    def test_what_is_chosen_and_left_is_bounded_and_goes(self, known: Record) -> None:
        clerk = officer(OWN, "facility")
        for shade in range(attaching.MOST_CHOSEN + 3):
            chosen(clerk, files.photo(16, 16, shade=shade * 4))
        assert chosen(clerk, files.photo(16, 16, shade=80)) == chosen(clerk, files.photo(16, 16, shade=80))
        assert ChosenFile.objects.count() <= attaching.MOST_CHOSEN
        ChosenFile.objects.update(chosen_at=timezone.now() - timedelta(days=attaching.KEPT_DAYS + 1))
        assert attaching.forget_chosen(date.today()) > 0  # noqa: DTZ011 - any day
        assert not ChosenFile.objects.exists()

    def test_a_sheet_leaves_documents_alone_and_has_no_place_for_them(self, known: Record) -> None:
        one = with_paper(officer(OWN, "facility"))
        machine = Machine(OWN)
        changed = csv_of([ROW | {"specialty": "Nhi khoa", "document": "0" * 64}])
        answer = machine.send("diplomas", changed)
        assert answer.status_code == 200, answer.content
        assert answer.json()["unknown_headings"] == ["document"]
        assert (stored(one).specialty, stored(one).document) == ("Nhi khoa", one.document)  # type: ignore[attr-defined]
        assert "document" not in Machine(OWN).get("/diplomas/template.xlsx").content.decode("latin-1")

    def test_programs_send_bytes_and_name_them_by_digest(self, known: Record) -> None:
        machine = Machine(OWN)
        sent = machine.post("/diplomas/documents", files.photo(), content_type="image/jpeg")
        assert sent.status_code == 201, sent.content
        declared = machine.post("/diplomas/records", ROW | {"document": sent.json()["document"]})
        assert declared.status_code == 201, declared.content
        at = f"/diplomas/records/{declared.json()['id']}"
        assert machine.get(at).json()["document"] == sent.json()["document"]
        assert machine.get(f"{at}/documents/document").content == judged(files.photo()).data
        assert Machine(NEIGHBOUR).get(f"{at}/documents/document").status_code == 404
        assert machine.post("/diplomas/documents", b"MZ", content_type="image/jpeg").status_code == 422
        assert machine.post("/pharmacies/documents", files.photo()).status_code == 422
        with pytest.raises(WrongDocument):
            judged(b"MZ")


class TestKeeping:
    def test_whoever_keeps_the_person_next_sees_the_paper_too(self, known: Record) -> None:
        record = with_paper(officer(OWN, "facility"))
        with speaking_as(SYSTEM):
            for found, id, patch in (
                (register("practitioners"), known.pk, {"facility": STRANGER}),
                (HERE, record.pk, {"specialty": "Y học cổ truyền"}),
            ):
                actions.change(register=found, id=id, patch=patch, by=SYSTEM, source="form")
        assert stored(record).facility == STRANGER
        for unit in (STRANGER, OTHER_PROVINCE):
            by = officer(unit, "facility" if unit == STRANGER else "province")
            with speaking_as(by):
                kept = attaching.document_of(HERE, stored(record), "document")
                assert attaching.opened(kept)[:2] == b"\xff\xd8"
                assert (kept.facility, kept.province) == (STRANGER, OTHER_PROVINCE)
        with speaking_as(SYSTEM):
            assert Document.objects.filter(record=record.pk).count() == 2, "who had it keeps it"

    def test_what_lies_in_the_database_is_sealed(self, known: Record) -> None:
        """A new key reaches it: protection/tests/test_keys.py."""
        with_paper(officer(OWN, "facility"))
        chosen(officer(OWN, "facility"), files.png())
        for row in (Document.objects.get(), ChosenFile.objects.get()):
            assert b"JFIF" not in bytes(row.content_sealed)
            assert b"JFIF" in attaching.opened(row)

    def test_who_attests_had_this_document_before_them(self, known: Record) -> None:
        one = with_paper(officer(OWN, "facility"))
        with speaking_as(officer(OWN, "facility")):
            actions.submit(register=HERE, id=one.pk, by=officer(OWN, "facility"))
        with speaking_as(officer(OWN, "facility_reviewer")):
            actions.confirm(register=HERE, id=one.pk, by=officer(OWN, "facility_reviewer"))
        assert bytes(Evidence.objects.get(record=one.pk).document_sha256 or b"").hex() == stored(one).document

    def test_it_is_counted_by_what_changes_it(self, known: Record) -> None:
        made("diplomas", ROW, by=officer(OWN, "facility"))
        lines = Tally.objects.filter(register="diplomas", fact="records", province=PROVINCE, state="draft")
        assert sum(lines.values_list("number", flat=True)) == 1

    def test_it_belongs_to_the_facility_that_keeps_the_person(self, known: Record, herself: Actor) -> None:
        with speaking_as(herself):
            one = own_records.declare(
                name="diplomas", id=None, typed=TYPED, by=herself, version=None, send=False
            )
        assert (one.facility, one.province) == (OWN, PROVINCE)
        of_province = made("diplomas", ROW | {"number": "C 7"}, by=officer(PROVINCE, "province"))
        assert of_province.facility == OWN

    def test_another_persons_cannot_be_changed(self, known: Record) -> None:
        one = with_paper(officer(OWN, "facility"))
        other: Mapping[str, Any] = {"specialty": "Khác"}
        stranger = practitioner("999185000999", name="binh")
        with speaking_as(stranger), pytest.raises(UnknownRecord):
            own_records.declare(name="diplomas", id=one.pk, typed=other, by=stranger, version=1, send=False)
