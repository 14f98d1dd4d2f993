import pytest

from khoyte.audit.models import AuditEntry
from khoyte.registers.known import register
from khoyte.registers.tests.offices import (
    NEIGHBOUR,
    OWN,
    PHARMACY,
    PROVINCE,
    STRANGER,
    Machine,
    csv_of,
    made,
    person,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]
NAMES = [
    "facilities",
    "practitioners",
    "pharmacies",
    "practice_registrations",
    "licence_events",
    "facility_licence_events",
    "facility_services",
    "diplomas",
    "scope_items",
    "cme_records",
    "trainees",
    "databases",
]


def test_the_registers_are_listed_and_describe_themselves() -> None:
    machine = Machine(OWN)
    listed = machine.get("").json()["registers"]
    assert [one["name"] for one in listed] == NAMES
    for one in listed:
        document = machine.get(f"/{one['name']}").json()
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert document["properties"] == document["schema"]["properties"]
        assert document["labels"]["vi"]
        assert document["labels"]["en"]
        assert document["legal"]
    wanted = "full_name personal_number birth_date sex title licence_number licence_date licence_issuer"
    assert set(wanted.split()) <= set(machine.get("/practitioners").json()["properties"])


def test_a_record_is_declared_read_and_changed_under_its_version() -> None:
    machine = Machine(PROVINCE)
    answer = machine.post("/pharmacies/records", PHARMACY)
    assert answer.status_code == 201
    made_id = answer.json()["id"]
    assert (answer["ETag"], answer.json()["state"]) == ('"1"', "draft")
    path = f"/pharmacies/records/{made_id}"
    assert machine.get(path).json()["name"] == PHARMACY["name"]

    assert machine.patch(path, {"phone": "0912345678"}).status_code == 428
    changed = machine.patch(path, {"phone": "0912345678", "commune": None}, If_Match='"1"')
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')
    assert (changed.json()["phone"], changed.json()["commune"]) == ("0912345678", None)
    stale = machine.patch(path, {"chain": "An Tâm"}, If_Match='"1"')
    assert stale.status_code == 412
    assert "Điện thoại" in stale.json()["title"]
    assert machine.patch(path, {"chain": "x"}, content_type="text/plain", If_Match='"2"').status_code == 415
    assert machine.patch(path, {"nothing": 1}, If_Match='"2"').status_code == 422

    history = machine.get(f"{path}/history").json()["versions"]
    assert [(row["version"], row["source"]) for row in history] == [(2, "api"), (1, "api")]
    assert history[0]["changed"] == ["commune", "phone"]


def test_wrong_content_is_told_field_by_field() -> None:
    answer = Machine(PROVINCE).post("/pharmacies/records", PHARMACY | {"kind": "siêu thị", "name": ""})
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert {error["field"] for error in answer.json()["errors"]} == {"kind", "name"}


def test_a_number_of_one_issuer_is_given_once_in_the_whole_country() -> None:
    made("pharmacies", PHARMACY | {"province": "98"})
    answer = Machine(PROVINCE).post("/pharmacies/records", PHARMACY | {"certificate_number": "12 / đkkdd-ba"})
    assert answer.status_code == 422
    assert "đã có trong sổ" in answer.json()["errors"][0]["message"]


def test_search_without_diacritics_by_words_filter_and_cursor() -> None:
    for number in range(5):
        made("practitioners", person(number))
    made("practitioners", person(9, full_name="Đỗ Thị Ánh"))
    machine = Machine(OWN)
    assert [
        row["full_name"] for row in machine.get("/practitioners/records?q=do+thi+anh").json()["records"]
    ] == ["Đỗ Thị Ánh"]
    assert machine.get("/practitioners/records?q=000003").json()["total"] == 1
    assert machine.get("/practitioners/records?personal_number=999085000003").json()["total"] == 1
    assert machine.get("/practitioners/records?title=BS").json()["total"] == 6
    assert machine.get("/practitioners/records?colour=red").status_code == 422
    first = machine.get("/practitioners/records?limit=4").json()
    rest = machine.get(f"/practitioners/records?limit=4&cursor={first['next']}").json()
    assert (first["total"], len(first["records"]), len(rest["records"]), rest["next"]) == (6, 4, 2, None)
    # People stand by given name: Ánh before A0 in Vietnamese order of the last word's letters.
    names = [row["full_name"] for row in first["records"] + rest["records"]]
    assert sorted(names) == sorted(set(names))


def test_a_unit_sees_its_own_and_a_strangers_record_is_not_there_but_noted() -> None:
    record = made("practitioners", person(1))
    for unit, sees in (
        (OWN, 200),
        (PROVINCE, 200),
        ("BYT", 200),
        (NEIGHBOUR, 404),
        (STRANGER, 404),
        ("98", 404),
    ):
        machine = Machine(unit, "registers:read")
        assert machine.get(f"/practitioners/records/{record.pk}").status_code == sees, unit
        assert len(machine.get("/practitioners/records").json()["records"]) == (sees == 200)
    noted = AuditEntry.objects.filter(action="register.not_found", subject_id=str(record.pk))
    assert sorted(noted.values_list("actor_unit", flat=True)) == [NEIGHBOUR, "98", STRANGER]
    read = AuditEntry.objects.filter(action="register.read", subject_id=str(record.pk))
    assert read.count() == 3


def test_a_department_sees_numbers_masked() -> None:
    record = made("practitioners", person(1))
    assert (
        Machine("CUC").get(f"/practitioners/records/{record.pk}").json()["personal_number"] == "999•••••••01"
    )
    assert Machine(OWN).get(f"/practitioners/records/{record.pk}").json()["personal_number"] == "999085000001"


def test_scopes_part_reading_from_writing() -> None:
    reader = Machine(PROVINCE, "registers:read")
    assert reader.get("/pharmacies/records").status_code == 200
    assert reader.post("/pharmacies/records", PHARMACY).status_code == 403
    assert reader.send("pharmacies", csv_of([PHARMACY])).status_code == 403
    assert Machine(PROVINCE, "ledger:read").get("/pharmacies/records").status_code == 403


def test_what_was_true_and_what_was_known() -> None:
    machine = Machine(OWN)
    record = made("facilities", {"code": OWN, "name": "Tên cũ", "province": "97"})
    path = f"/facilities/records/{record.pk}"
    known = record.recorded_at
    from khoyte.registers.models import Version

    Version.objects.filter(record=record.pk).update(effective_from="2020-01-01")
    known = Version.objects.get(record=record.pk).recorded_at.isoformat().replace("+", "%2B")
    renamed = machine.patch(f"{path}?effective_from=2026-03-01", {"name": "Tên mới"}, If_Match='"1"')
    assert renamed.status_code == 200
    assert machine.get(path).json()["name"] == "Tên mới"
    for query, name in (
        ("as_of=2026-02-28", "Tên cũ"),
        ("as_of=2026-03-01", "Tên mới"),
        (f"as_known_at={known}", "Tên cũ"),
    ):
        assert machine.get(f"{path}?{query}").json()["name"] == name, query
        assert [r["name"] for r in machine.get(f"/facilities/records?{query}").json()["records"]] == [name], (
            query
        )
    assert machine.get(f"{path}?as_of=2019-01-01").status_code == 404
    assert machine.get("/facilities/records?q=ten+moi&as_of=2026-02-28").json()["records"] == []


def test_template_is_a_workbook() -> None:
    answer = Machine(OWN).get("/practitioners/template.xlsx")
    assert answer.content.startswith(b"PK")
    assert answer["Content-Disposition"] == 'attachment; filename="bieu-mau-nguoi-hanh-nghe.xlsx"'


@pytest.mark.parametrize("field", ["name", "address", "certificate_number"])
def test_a_nul_is_told_at_its_field_and_nothing_is_stored(field: str) -> None:
    answer = Machine(PROVINCE).post("/pharmacies/records", PHARMACY | {field: "Số\x001"})
    errors = answer.json()["errors"]
    assert (answer.status_code, [error["field"] for error in errors]) == (422, [field])
    assert "ký tự điều khiển" in errors[0]["message"]
    assert not register("pharmacies").model.objects.exists()
