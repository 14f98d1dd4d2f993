"""`/xac-minh`: QR codes verified online and offline, wrong codes alike, revocation at once, rotation."""

import base64
import json
import re
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from khoyte.audit.models import AuditEntry
from khoyte.foundation.calendar import today
from khoyte.practice import qr_codes, qr_keys, qr_tokens
from khoyte.practice.public_codes import NOBODY, code_of, record_of
from khoyte.registers import actions
from khoyte.registers.errors import WrongRecord
from khoyte.registers.known import register
from khoyte.registers.models import Case, Published, Record
from khoyte.registers.pages.lookup import Turnstile
from khoyte.registers.tests.offices import (
    NEIGHBOUR,
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
from khoyte.registers.tests.test_pages import browser
from khoyte.units.policy import ANONYMOUS
from khoyte.units.tenancy import speaking_as

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
ORIGIN = "https://khoyte.vn"


@pytest.fixture
def holder() -> Record:
    return made("practitioners", PERSON, confirmed=True)


def page(code: str, **more: str) -> tuple[int, str]:
    answer = Client().get(f"/xac-minh/{code}", **more)
    return answer.status_code, re.sub(r"\s+", " ", answer.content.decode())


def decide_on(number: str, kind: str, **more: str) -> None:
    act = {"licence_number": number, "kind": kind, "valid_from": today().isoformat(), "decision": "9/QĐ-SYT"}
    made("licence_events", act | more, confirmed=True)


class TestOnline:
    def test_a_licence_in_force_is_shown_with_where_its_holder_works(self, holder: Record) -> None:
        works = {"personal_number": PERSON["personal_number"], "facility": OWN, "hours": "T2 7:00-11:00"}
        made("practice_registrations", works | {"valid_from": "2025-01-01"}, confirmed=True)
        old = works | {"facility": NEIGHBOUR, "valid_from": "2025-01-01", "valid_to": "2025-02-01"}
        made("practice_registrations", old, confirmed=True)
        others = works | {"personal_number": person(8)["personal_number"], "facility": STRANGER}
        made("practice_registrations", others | {"valid_from": "2025-01-01"}, confirmed=True)
        status, text = page(code_of(holder.pk))
        assert status == 200
        assert "còn hiệu lực" in text
        assert "Nguyễn Thị Ánh" in text
        assert "000123/DEMO-GPHN" in text
        assert "Đơn vị 97001" in text
        assert "T2 7:00-11:00" in text
        assert "Đơn vị 97002" not in text
        assert "Đơn vị 98001" not in text
        assert PERSON["personal_number"] not in text
        assert "script" not in re.sub(r'<script src="[^"]+" defer></script>', "", text)

    @pytest.mark.parametrize(
        ("kind", "words"),
        [("revoke", "bị thu hồi"), ("suspend", "Bị đình chỉ hành nghề"), ("supersede", "được thay thế")],
    )
    def test_a_decision_shows_as_soon_as_it_is_confirmed(self, holder: Record, kind: str, words: str) -> None:
        code = code_of(holder.pk)
        assert "còn hiệu lực" in page(code)[1]
        decide_on("000123/demo-gphn", kind)  # as another clerk writes the number
        status, text = page(code)
        assert status == 200
        assert words in text
        assert "còn hiệu lực" not in text
        assert "9/QĐ-SYT" in text

    def test_a_decision_that_waits_for_review_changes_nothing_yet(self, holder: Record) -> None:
        clerk = officer(PROVINCE, "province", name="clerk")
        act = {"licence_number": PERSON["licence_number"], "kind": "revoke", "decision": "9/QĐ-SYT"}
        record = made("licence_events", act | {"valid_from": today().isoformat()}, by=clerk)
        events = register("licence_events")
        with speaking_as(clerk):
            actions.submit(register=events, id=record.pk, by=clerk)
        assert "còn hiệu lực" in page(code_of(holder.pk))[1]
        head = officer(PROVINCE, "province", name="head")
        with speaking_as(head):
            actions.confirm(register=events, id=record.pk, by=head, version=1)
        assert "bị thu hồi" in page(code_of(holder.pk))[1]

    def test_a_suspension_that_is_over_and_one_of_somebody_else_change_nothing(self, holder: Record) -> None:
        decide_on(PERSON["licence_number"], "suspend", valid_from="2025-01-01", valid_to="2025-02-01")
        decide_on("000124/DEMO-GPHN", "revoke")
        assert "còn hiệu lực" in page(code_of(holder.pk))[1]

    def test_a_licence_past_its_term_says_so(self) -> None:
        ended = (today() - timedelta(days=1)).isoformat()
        record = made("practitioners", PERSON | {"licence_valid_to": ended}, confirmed=True)
        assert "hết hạn" in page(code_of(record.pk))[1]

    def test_the_public_page_of_a_person_leads_there(self, holder: Record) -> None:
        text = Client().get(f"/tra-cuu/practitioners/{holder.pk}").content.decode()
        assert f'href="/xac-minh/{code_of(holder.pk)}"' in text

    def test_acts_on_licences_are_not_looked_up_by_themselves(self, holder: Record) -> None:
        decide_on(PERSON["licence_number"], "revoke")
        event = Published.objects.get(register="licence_events")
        assert Client().get(f"/tra-cuu/licence_events/{event.record}").status_code == 404
        text = Client().get("/tra-cuu?q=000123&so=licence_events").content.decode()
        assert "9/QĐ-SYT" not in text


_OWN = re.compile(r"\d\d giờ \d\d|href=\"[^\"]*lang=en[^\"]*\"")


class TestWrongCodes:
    def test_every_wrong_code_is_answered_alike(self, holder: Record) -> None:
        draft = made("practitioners", person(5))
        code = code_of(holder.pk)
        raw = base64.b32decode(code + "=" * (-len(code) % 8))
        forged = base64.b32encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode().rstrip("=")
        wrong = [
            forged,
            code_of(draft.pk),
            code_of(uuid.uuid4()),
            base64.b32encode(holder.pk.bytes + bytes(10)).decode().rstrip("="),
            str(holder.pk),
            code[:-1],
            code + "A",
            "x",
            "é" * 60,
            "A" * 3000,
        ]
        # The time of asking and the way to the same page in English are the asker's own.
        answers = [(status, _OWN.sub("", text)) for status, text in map(page, wrong)]
        for other in answers[1:]:
            assert other == answers[0]
        answer = answers[0]
        assert answer[0] == 404
        assert "không hợp lệ" in answer[1]
        assert "Nguyễn" not in answer[1]

    def test_wrong_codes_ask_the_database_alike(self, holder: Record) -> None:
        asked = []
        for code in ("x", code_of(uuid.uuid4()), "A" * 42):
            with CaptureQueriesContext(connection) as seen:
                page(code)
            asked.append(
                [re.sub(r"""(['"])[^'"]*\1""", "?", query["sql"]) for query in seen.captured_queries]
            )
        assert asked[0] == asked[1] == asked[2]

    def test_codes_are_read_as_people_type_them(self, holder: Record) -> None:
        code = code_of(holder.pk)
        assert record_of(f" {code[:6].lower()} {code[6:]}-".strip("-")) == holder.pk
        assert record_of(code[:-1]) == NOBODY
        answer = Client().get("/xac-minh", {"ma": f" {code[:20]} {code[20:]} "})
        assert answer.headers["Location"] == f"/xac-minh/{code}"
        assert Client().get("/xac-minh").status_code == 200

    def test_an_address_that_asks_too_often_waits(
        self, holder: Record, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("KHOYTE_VERIFICATIONS_A_MINUTE", "3")
        monkeypatch.setattr("khoyte.practice.pages.verification.TURNSTILE", Turnstile())
        monkeypatch.setattr("khoyte.registers.pages.lookup.time.monotonic", lambda: 90.0)
        codes = [code_of(holder.pk), "x", "x", code_of(holder.pk)]
        assert [page(code)[0] for code in codes] == [200, 404, 404, 429]

    def test_searches_from_the_same_address_use_none_of_it_up(
        self, holder: Record, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("KHOYTE_LOOKUPS_A_MINUTE", "1")
        monkeypatch.setattr("khoyte.registers.pages.lookup.TURNSTILE", Turnstile())
        monkeypatch.setattr("khoyte.practice.pages.verification.TURNSTILE", Turnstile())
        monkeypatch.setattr("khoyte.registers.pages.lookup.time.monotonic", lambda: 90.0)
        assert [Client().get("/tra-cuu?q=hoa").status_code for _ in range(2)] == [200, 429]
        assert page(code_of(holder.pk))[0] == 200


def text_of(record: Record) -> str:
    with speaking_as(ANONYMOUS):
        return qr_codes.text_of(record.pk, ORIGIN)


class TestOffline:
    def test_the_published_keys_prove_a_code_and_the_command_needs_no_database(
        self, holder: Record, tmp_path: Path
    ) -> None:
        text = text_of(holder)
        answer = Client().get("/.well-known/khoyte-qr-keys.json")
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
        assert "d" not in json.loads(answer.content)["keys"][0]
        licence = qr_tokens.read(text, json.loads(answer.content))
        assert (licence.name, licence.number) == ("Nguyễn Thị Ánh", "000123/DEMO-GPHN")
        assert record_of(licence.code) == holder.pk
        assert (
            PERSON["personal_number"]
            not in base64.urlsafe_b64decode(text.rpartition("#")[2].split(".")[1] + "==").decode()
        )

        (tmp_path / "keys.json").write_bytes(answer.content)
        asked = [sys.executable, "-m", "khoyte", "qr", "verify", "--keys", "keys.json"]
        environment = {
            "PATH": "", "PYTHONPATH": str(Path(__file__).parents[3]), "KHOYTE_HOME": str(tmp_path / "none")
        }  # fmt: skip
        for written, status, words in ((text, 0, "Mã thật"), (text[:-3], 1, "không hợp lệ")):
            done = subprocess.run(
                asked,
                input=written,
                capture_output=True,
                text=True,
                cwd=tmp_path,
                env=environment,
                check=False,
            )
            assert (done.returncode, words in done.stdout + done.stderr) == (status, True), done.stderr
        assert not (tmp_path / "none").exists()

    def test_keys_rotate_and_are_revoked(self, holder: Record) -> None:
        old = text_of(holder)
        new_key = qr_keys.rotate(by=SYSTEM)
        new = text_of(holder)
        assert qr_tokens.read(old, qr_keys.published()).key != qr_tokens.read(new, qr_keys.published()).key
        qr_keys.revoke(qr_tokens.read(old, qr_keys.published()).key, by=SYSTEM)
        with pytest.raises(qr_tokens.NotGenuine):
            qr_tokens.read(old, qr_keys.published())
        assert qr_tokens.read(new, qr_keys.published()).key == str(new_key.pk)
        noted = AuditEntry.objects.filter(action__startswith="qr_key.").values_list("action", flat=True)
        assert sorted(noted) == ["qr_key.revoke", "qr_key.rotate", "qr_key.rotate"]

    def test_the_same_licence_has_the_same_code_today(self, holder: Record) -> None:
        assert text_of(holder) == text_of(holder)


class TestPicture:
    def test_it_has_an_address_of_its_own_for_who_may_see_the_record(self, holder: Record) -> None:
        place = f"/so-dang-ky/practitioners/{holder.pk}"
        clerk, neighbour = browser(OWN, "facility"), browser(NEIGHBOUR, "facility")
        assert f'href="{place}/ma-qr"' in clerk.get(place).content.decode()
        shown = clerk.get(f"{place}/ma-qr").content.decode()
        assert f'src="{place}/ma-qr.svg"' in shown
        assert code_of(holder.pk) in shown
        svg, png = clerk.get(f"{place}/ma-qr.svg"), clerk.get(f"{place}/ma-qr.png")
        assert svg.headers["Content-Type"] == "image/svg+xml"
        assert svg.content.startswith(b"<?xml")
        assert png.content.startswith(b"\x89PNG")
        for part in ("ma-qr", "ma-qr.svg", "ma-qr.png"):
            assert neighbour.get(f"{place}/{part}").status_code == 404
            assert Client().get(f"{place}/{part}").status_code in (302, 401)

    def test_what_is_not_published_has_none(self) -> None:
        draft = made("practitioners", person(3))
        clerk = browser(OWN, "facility")
        assert clerk.get(f"/so-dang-ky/practitioners/{draft.pk}/ma-qr.svg").status_code == 404


REVOKED = {"licence_number": PERSON["licence_number"], "kind": "revoke", "decision": "9/QĐ-SYT",
           "valid_from": "2026-01-01"}  # fmt: skip
EVENTS = "/so-dang-ky/licence_events"


class TestWhoActsOnLicences:
    def test_a_facility_files_no_decision_of_the_authority(self, holder: Record) -> None:
        """By no way in: the form, a file, a draft of before; of its own people neither."""
        clerk = browser(OWN, "facility")
        assert "Kê khai hồ sơ mới" not in clerk.get(EVENTS).content.decode()
        assert clerk.get(f"{EVENTS}/moi").status_code == 403
        answer = clerk.post(f"{EVENTS}/moi", {**REVOKED, "viec": "gui"})
        assert answer.status_code == 403
        assert "cơ quan có thẩm quyền (Cơ quan cấp giấy phép)" in answer.content.decode()
        machine = Machine(OWN)
        sent = machine.send("licence_events", csv_of([REVOKED]))
        assert "cơ quan có thẩm quyền (Cơ quan cấp giấy phép)" in sent.content.decode()
        events = register("licence_events")
        assert not events.model.objects.exists()
        old = made("licence_events", REVOKED)
        assert old.facility == OWN
        assert clerk.post(f"{EVENTS}/{old.pk}/viec", {"viec": "gui"}).status_code == 422
        page_of_it = clerk.get(f"{EVENTS}/{old.pk}").content.decode()
        assert "Gửi rà soát" not in page_of_it
        refusing = officer(OWN, "facility")
        with speaking_as(refusing), pytest.raises(WrongRecord):
            actions.submit(register=events, id=old.pk, by=refusing)
        assert events.model.objects.get().state == "draft"

    def test_an_act_on_a_number_nobody_holds_is_shown_to_clerk_and_reviewer(self, holder: Record) -> None:
        clerk, lead = browser(PROVINCE, "province"), browser(PROVINCE, "province_lead")
        words = "mang Số giấy phép hành nghề"
        for number, warned in ((PERSON["licence_number"], False), ("999999/XX", True)):
            sent = clerk.post(f"{EVENTS}/moi", {**REVOKED, "licence_number": number, "viec": "gui"})
            assert sent.status_code == 302, sent.content.decode()
            assert (words in clerk.get(sent["Location"]).content.decode()) is warned
            case = Case.objects.get(record=sent["Location"].rsplit("/", 1)[1])
            assert (words in lead.get(f"/ra-soat/{case.pk}").content.decode()) is warned
