"""Verdicts, lists and the ledger as programs read them: the very keys of the contract."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from khoyte.foundation.calendar import today
from khoyte.submissions import queries, verdicts
from khoyte.submissions.models import COUNTS, LedgerEntry, Submission
from khoyte.submissions.tests import senders
from khoyte.submissions.tests.senders import (
    DEPARTMENT,
    MINISTRY,
    NEIGHBOUR,
    OTHER_PROVINCE,
    OWN,
    PROVINCE,
    REFUSED,
    STRANGER,
    Machine,
    dossier,
    file_of,
    judged,
    small_file,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]

VERDICT_KEYS = {
    *(
        "id",
        "file",
        "sha256",
        "facility",
        "received_at",
        "judged_at",
        "judgement",
        "profile",
        "pack",
        "state",
    ),
    *("ledger", "findings", "dossiers", "causes", "not_judged"),
    *("findings_url", "report_csv_url", "report_xlsx_url"),
}
DOSSIER_KEYS = {"ma_lk", "position", "standard", "verdict", "findings"}
FINDING_KEYS = {
    *("rule", "rule_version", "level", "quality", "table", "row", "field", "path"),
    *("message", "hint", "legal"),
}
CAUSE_KEYS = {"cause", "rule", "findings", "dossiers", "share"}
LEDGER_DAY_KEYS = {"facility", "day", "files", "files_unreadable", *COUNTS, "adjustments"}
QUALITIES = {"correct", "complete", "clean", "live", "unified", "shared"}
ABSENT = "01a200f8-309d-77cd-a3e7-f5783b66cd87"


@pytest.fixture
def mixed(country: None) -> Submission:
    """Accepted, refused, held back, twice, and one promised that is missing."""
    return judged(
        file_of(
            dossier("A1", tables=("XML1", "XML2", "XML3")),
            dossier("A2", **REFUSED),
            dossier("A3", facility=NEIGHBOUR),
            dossier("A1", tables=("XML1", "XML2", "XML3")),
            declared=5,
        )
    )


def test_the_verdict_has_the_keys_of_the_contract(mixed: Submission) -> None:
    verdict = Machine(OWN).get(f"/submissions/{mixed.pk}").json()
    assert set(verdict) >= VERDICT_KEYS
    assert set(verdict["ledger"]) == set(COUNTS)
    assert verdict["ledger"] == {
        "declared": 5, "undeclared": 0, "received": 4, "accepted": 1, "rejected": 1, "quarantined": 1,
        "duplicate": 1, "missing": 1,
    }  # fmt: skip
    assert (verdict["state"], verdict["judgement"], verdict["profile"]) == ("judged", 1, "store")
    assert verdict["pack"].startswith("sha256:")
    assert (verdict["id"], verdict["facility"]) == (str(mixed.pk), OWN)
    found = [f for d in verdict["dossiers"] for f in d["findings"]]
    assert all(set(d) >= DOSSIER_KEYS for d in verdict["dossiers"])
    assert all(set(f) >= FINDING_KEYS for f in [*found, *verdict["findings"]])
    assert all(set(cause) >= CAUSE_KEYS for cause in verdict["causes"])
    assert all(set(row) == {"rule", "reason", "dossiers"} for row in verdict["not_judged"])
    assert {f["level"] for f in found} <= {"E", "W", "I"}
    assert {f["quality"] for f in found} <= QUALITIES
    assert all(f["row"] >= 1 and f["message"] and f["legal"] for f in found)
    assert [d["verdict"] for d in verdict["dossiers"]] == ["accepted", "rejected", "quarantined", "duplicate"]
    assert [d["position"] for d in verdict["dossiers"]] == [1, 2, 3, 4]
    assert all(d["standard"].startswith("bhyt-xml@2026-") for d in verdict["dossiers"])


def test_what_is_not_judged_yet_says_so() -> None:
    found = senders.receive(small_file("A1"))
    verdict = Machine(OWN).get(f"/submissions/{found.pk}").json()
    assert set(verdict) >= VERDICT_KEYS
    assert (verdict["state"], verdict["judgement"], verdict["judged_at"]) == ("received", 0, None)
    assert verdict["dossiers"] == verdict["causes"] == verdict["findings"] == []


def test_an_unreadable_file_has_the_same_keys() -> None:
    found = judged(b"<GIAMDINHHS>", by=senders.machine(OWN))
    verdict = Machine(OWN).get(f"/submissions/{found.pk}").json()
    assert set(verdict) >= VERDICT_KEYS
    assert verdict["state"] == "unreadable"
    assert all(set(f) >= FINDING_KEYS for f in verdict["findings"])


def test_words_come_in_the_language_asked_for(mixed: Submission) -> None:
    machine = Machine(OWN)
    messages = {
        language: machine.get(f"/submissions/{mixed.pk}", Accept_Language=language).json()["dossiers"][1][
            "findings"
        ][0]["message"]
        for language in ("vi", "en")
    }
    assert messages["vi"] != messages["en"]


def test_causes_are_ranked_by_the_dossiers_they_cure() -> None:
    found = judged(
        file_of(dossier("A1", **REFUSED), dossier("A2", **REFUSED), dossier("A3", NGAY_VAO="202613320000"))
    )
    causes = senders.verdict_of(found)["causes"]
    refusing = [cause for cause in causes if cause["level"] == "E"]
    assert [(cause["field"], cause["dossiers"]) for cause in refusing][:1] == [("NGAY_RA", 2)]
    assert all(0 < cause["share"] <= 1 for cause in causes)


def test_findings_come_by_page(mixed: Submission, monkeypatch: pytest.MonkeyPatch) -> None:
    machine, url = Machine(OWN), f"/submissions/{mixed.pk}/findings"
    whole = machine.get(url).json()
    assert whole["next"] is None
    assert len(whole["findings"]) == queries.findings(mixed).count() > 3
    monkeypatch.setattr(verdicts, "FINDINGS_PAGE", 2)
    paged, cursor = [], ""
    while cursor is not None:
        page = machine.get(url, {"cursor": cursor}).json()
        assert 0 < len(page["findings"]) <= 2
        paged += page["findings"]
        cursor = page["next"]
    assert paged == whole["findings"]
    assert all(set(f) >= FINDING_KEYS | {"ma_lk", "position"} for f in paged)


@pytest.mark.parametrize("cursor", ["x", "-1", "²", "9" * 30, "1; DROP"])
def test_a_strange_cursor_of_findings_is_no_error(mixed: Submission, cursor: str) -> None:
    assert Machine(OWN).get(f"/submissions/{mixed.pk}/findings", {"cursor": cursor}).status_code == 200


def test_more_than_a_thousand_dossiers_are_cut_and_paged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verdicts, "INLINE_DOSSIERS", 2)
    found = judged(small_file("A1", "A2", "A3"))
    verdict = senders.verdict_of(found)
    assert len(verdict["dossiers"]) == 2
    assert verdict["ledger"]["received"] == 3
    page = Machine(OWN).get(verdict["findings_url"].removeprefix("/api/v1")).json()
    assert {row["ma_lk"] for row in page["findings"]} == {"A1", "A2", "A3"}


def test_reports_stand_where_the_verdict_says(mixed: Submission) -> None:
    machine = Machine(OWN)
    verdict = machine.get(f"/submissions/{mixed.pk}").json()
    csv = machine.get(verdict["report_csv_url"].removeprefix("/api/v1"))
    xlsx = machine.get(verdict["report_xlsx_url"].removeprefix("/api/v1"))
    assert (csv.status_code, xlsx.status_code) == (200, 200)
    text = b"".join(csv.streaming_content).decode()
    assert text.startswith("\ufeff")
    assert len(text.strip().splitlines()) >= queries.findings(mixed).count()
    assert b"".join(xlsx.streaming_content).startswith(b"PK")
    assert Machine(STRANGER).get(verdict["report_csv_url"].removeprefix("/api/v1")).status_code == 404


SUBPATHS = ("", "/findings", "/report.csv", "/report.xlsx")


@pytest.mark.parametrize("sub", SUBPATHS)
@pytest.mark.parametrize("unit", [NEIGHBOUR, STRANGER, OTHER_PROVINCE])
def test_not_yours_answers_like_not_there(mixed: Submission, unit: str, sub: str) -> None:
    machine = Machine(unit)
    yours = machine.get(f"/submissions/{mixed.pk}{sub}")
    nobodys = machine.get(f"/submissions/{ABSENT}{sub}")
    assert yours.status_code == nobodys.status_code == 404
    assert yours.content == nobodys.content
    assert headers_of(yours) == headers_of(nobodys)


def headers_of(answer: Any) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}


@pytest.mark.parametrize("wrong", ["1", "nonsense", "{}", ABSENT + "x", "..", "%2e%2e"])
def test_an_id_that_is_none_is_not_there(wrong: str) -> None:
    assert Machine(OWN).get(f"/submissions/{wrong}").status_code == 404


@pytest.mark.parametrize("path", ["/submissions/%00", "/submissions?state=%00", "/ledger?facility=97%00001"])
def test_an_address_with_a_nul_is_refused(path: str) -> None:
    answer = Machine(OWN).get(path)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("unit", [OWN, PROVINCE, MINISTRY])
def test_those_it_concerns_read_the_verdict(mixed: Submission, unit: str) -> None:
    assert Machine(unit).get(f"/submissions/{mixed.pk}").status_code == 200


def test_a_department_reads_ledgers_but_no_submissions(mixed: Submission) -> None:
    machine = Machine(DEPARTMENT)
    assert machine.get(f"/submissions/{mixed.pk}").status_code == 403
    assert machine.get("/submissions").status_code == 403
    assert len(machine.get("/ledger").json()["days"]) == 1


@pytest.fixture
def several(country: None) -> dict[str, Submission]:
    return {
        facility: judged(small_file("A1", "A2", facility=facility)) for facility in (OWN, NEIGHBOUR, STRANGER)
    }


def facilities(machine: Machine, path: str = "/submissions", **filters: str) -> list[str]:
    answer = machine.get(path, filters)
    assert answer.status_code == 200, answer.content
    rows = answer.json()["submissions" if path == "/submissions" else "days"]
    return sorted(row["facility"] for row in rows)


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize("path", ["/submissions", "/ledger"])
def test_lists_show_what_is_the_units_own(path: str) -> None:
    assert facilities(Machine(OWN), path) == [OWN]
    assert facilities(Machine(PROVINCE), path) == [OWN, NEIGHBOUR]
    assert facilities(Machine(OTHER_PROVINCE), path) == [STRANGER]
    assert facilities(Machine(MINISTRY), path) == [OWN, NEIGHBOUR, STRANGER]


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize("path", ["/submissions", "/ledger"])
def test_a_filter_naming_another_unit_tells_nothing(path: str) -> None:
    for unit, other in ((OWN, NEIGHBOUR), (OWN, STRANGER), (PROVINCE, STRANGER)):
        machine = Machine(unit)
        theirs, nobodys = (machine.get(path, {"facility": code}) for code in (other, "00000"))
        assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)
        assert theirs.status_code == 403
    assert facilities(Machine(PROVINCE), path, facility=NEIGHBOUR) == [NEIGHBOUR]
    assert facilities(Machine(MINISTRY), path, facility=STRANGER) == [STRANGER]


@pytest.mark.usefixtures("several")
def test_lists_are_narrowed_by_day_and_state() -> None:
    machine, day = Machine(MINISTRY), today()
    other = (day + timedelta(days=1)).isoformat()
    before = (day - timedelta(days=1)).isoformat()
    assert len(facilities(machine, **{"from": day.isoformat(), "to": day.isoformat()})) == 3
    assert facilities(machine, **{"from": other}) == []
    assert facilities(machine, to=before) == []
    assert len(facilities(machine, state="judged")) == 3
    assert facilities(machine, state="unreadable") == []
    assert len(facilities(machine, "/ledger", day=day.isoformat())) == 3
    assert facilities(machine, "/ledger", day=before) == []


@pytest.mark.parametrize("path", ["/submissions", "/ledger"])
@pytest.mark.parametrize(
    "query",
    [
        *(
            {"from": "yesterday"},
            {"to": "2026-02-30"},
            {"from": "\x00"},
            {"from": "0001-01-01", "to": "9999-12-31"},
        ),
        *({"facility": "\x00"}, {"facility": "x" * 9_999}, {"state": "\x00"}, {"state": "lost"}),
        *({"cursor": "\x00"}, {"cursor": "é"}, {"day": "1"}, {"day": "\x00"}),
        {"cursor": base64.urlsafe_b64encode(b"2026-01-01T00:00:00|" + ABSENT.encode()).decode()},
        {"cursor": base64.urlsafe_b64encode(b"9999-12-31T23:59:59-23:59|" + ABSENT.encode()).decode()},
    ],
)
def test_strange_questions_are_no_server_errors(path: str, query: dict[str, str]) -> None:
    for unit in (OWN, MINISTRY):
        answer = Machine(unit).get(path, query)
        assert answer.status_code in (200, 400, 403, 422), query
        if answer.status_code != 200:
            assert answer["Content-Type"] == "application/problem+json"


def test_a_list_comes_by_page_newest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [str(senders.receive(small_file(f"A{number}")).pk) for number in range(5)]
    monkeypatch.setattr(queries, "PAGE", 2)
    machine, seen, cursor = Machine(OWN), [], ""
    while cursor is not None:
        page = machine.get("/submissions", {"cursor": cursor}).json()
        seen.append([row["id"] for row in page["submissions"]])
        cursor = page["next"]
    assert seen == [made[:2:-1], made[2:0:-1], made[:1]]


def test_the_ledger_has_the_keys_of_the_contract(mixed: Submission) -> None:
    judged(b"<GIAMDINHHS>", by=senders.machine(OWN))
    senders.receive(small_file("A9"))
    (day,) = Machine(OWN).get("/ledger").json()["days"]
    assert set(day) >= LEDGER_DAY_KEYS
    assert (day["facility"], day["day"], day["files"], day["files_unreadable"]) == (
        OWN,
        today().isoformat(),
        3,
        1,
    )
    assert {name: day[name] for name in COUNTS} == mixed.counts()


def test_the_database_refuses_a_ledger_that_does_not_balance(mixed: Submission) -> None:
    for statement in (
        "UPDATE ledger_entry SET accepted = accepted + 1",
        "UPDATE ledger_entry SET declared = declared + 1",
        "UPDATE submission SET duplicate = duplicate + 1",
        "UPDATE judgement SET missing = missing - 1",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert LedgerEntry.objects.get().counts() == mixed.counts()


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE ledger_entry SET accepted = accepted + 1, rejected = rejected - 1",
        "UPDATE ledger_entry SET declared = declared - 1, missing = missing - 1",
        "UPDATE dossier SET verdict = 'accepted' WHERE verdict = 'rejected'",
        "DELETE FROM dossier WHERE position = 1",
        "DELETE FROM ledger_entry",
        "UPDATE submission SET accepted = accepted + 1, rejected = rejected - 1",
        "UPDATE submission SET judgement = 2",
        "INSERT INTO ledger_adjustment (submission_id, facility, province, day, judgement, reason, changes)"
        " SELECT id, facility, province, day, 2, '', '{\"accepted\": 1, \"rejected\": -1}' FROM submission",
    ],
)
def test_the_proof_finds_a_ledger_that_was_tampered_with(mixed: Submission, tampering: str) -> None:
    assert queries.prove_ledger() == []
    with connection.cursor() as cursor:
        cursor.execute(tampering)
    (line,) = queries.prove_ledger()
    assert line["submission"] == str(mixed.pk)
    assert queries.prove_ledger(today() - timedelta(days=1)) == []


def test_nothing_personal_stands_in_verdicts_audit_or_findings() -> None:
    from khoyte.audit.models import AuditEntry
    from khoyte.submissions.models import Finding, Judgement

    secrets = {
        "HO_TEN": "BÍ MẬT THỊ DANH TÍNH " * 30,
        "SO_CCCD": "99918500012X",
        "DIA_CHI": "Ngõ Kín Đáo " * 200,
        "DIEN_THOAI": "09999999999999999999",
        "MA_THE_BHYT": "GD49999123456789999",
    }
    found = judged(file_of(dossier("A1", **secrets), dossier("A2", **secrets)))
    rules = {(row.rule, row.field) for row in Finding.objects.all()}
    assert {field for _, field in rules} >= {"HO_TEN", "SO_CCCD"}
    told = json.dumps(
        [
            senders.verdict_of(found, "vi"),
            list(Finding.objects.values("value", "params")),
            list(Judgement.objects.values("causes", "file_findings", "not_judged")),
            list(AuditEntry.objects.values("details", "subject_id", "actor")),
        ],
        ensure_ascii=False,
        default=str,
    )
    for secret in ("BÍ MẬT", "99918500012X", "Kín Đáo", "0999999999", "GD4999912345678"):
        assert secret not in told, secret
