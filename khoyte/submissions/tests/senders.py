"""A small invented country, its machines and small files: what tests of receipt and judging begin with.

Province 97 has the facilities 97001 and 97002, province 98 has 98001. Every dossier is the valid one of the
rules' examples under another MA_LK, so that it is accepted unless the test spoils it.
"""

import io
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from django.test import Client

from khoyte.submissions import queries, receiving, verdicts
from khoyte.submissions.models import Submission
from khoyte.submissions.rulebook.examples import lay
from khoyte.submissions.tests.reader import files
from khoyte.submissions.working import Judge
from khoyte.terminology import Pack, load_pack
from khoyte.units import actions
from khoyte.units.models import Account, Unit
from khoyte.units.policy import Actor, system_actor
from khoyte.units.queries import actor_of_account, actor_of_token

OWN, NEIGHBOUR, STRANGER = "97001", "97002", "98001"
PROVINCE, OTHER_PROVINCE = "97", "98"
DEPARTMENT, MINISTRY = "CUC", "BYT"
SYSTEM = system_actor("test")
EVERY_SCOPE = ("submissions:write", "submissions:read", "ledger:read")

UNITS = (
    (MINISTRY, "ministry", ""),
    (DEPARTMENT, "department", MINISTRY),
    (PROVINCE, "province", MINISTRY),
    (OTHER_PROVINCE, "province", MINISTRY),
    (OWN, "facility", PROVINCE),
    (NEIGHBOUR, "facility", PROVINCE),
    (STRANGER, "facility", OTHER_PROVINCE),
)


def make_country() -> None:
    for code, kind, under in UNITS:
        actions.create_unit(code=code, kind=kind, name=f"Đơn vị {code}", under=under, by=SYSTEM)


def account_actor(unit: str, role: str) -> Actor:
    """The actor behind an account that need not be saved."""
    return actor_of_account(Account(username=f"{role}-{unit}", unit=Unit.objects.get(pk=unit), role=role))


def token(unit: str, *scopes: str, ttl_seconds: int = 3600) -> str:
    return actions.create_token(unit=unit, scopes=scopes or EVERY_SCOPE, ttl_seconds=ttl_seconds, by=SYSTEM)


def machine(unit: str, *scopes: str) -> Actor:
    actor = actor_of_token(token(unit, *scopes))
    assert actor is not None
    return actor


class Machine:
    """Hospital software speaking to the REST edge with a bearer token."""

    def __init__(self, unit: str, *scopes: str, bearer: str | None = None) -> None:
        self.bearer = token(unit, *scopes) if bearer is None else bearer
        self.client = Client(enforce_csrf_checks=True, raise_request_exception=False)

    def send(self, body: bytes, content_type: str = "application/xml", **headers: str) -> Any:
        """Header names with _ for -: `Idempotency_Key`, `Prefer`."""
        return self.client.generic(
            "POST", "/api/v1/submissions", body, content_type=content_type, headers=self._headers(headers)
        )

    def send_form(self, form: Mapping[str, Any], **headers: str) -> Any:
        return self.client.post("/api/v1/submissions", form, headers=self._headers(headers))

    def get(self, path: str, data: Mapping[str, str] | None = None, **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", data, headers=self._headers(headers))

    def _headers(self, more: Mapping[str, str]) -> dict[str, str]:
        own = {"Authorization": f"Bearer {self.bearer}"} if self.bearer else {}
        return own | {name.replace("_", "-"): value for name, value in more.items()}


Row = Mapping[str, str]


@cache
def _valid() -> Mapping[str, Sequence[Row]]:
    return lay({"XML5": [{}]}, files.STANDARD)


def valid_rows(table: str) -> Sequence[Row]:
    """Rows of the accepted dossier."""
    return _valid()[table]


def dossier(code: str, *, facility: str = OWN, tables: Sequence[str] = ("XML1",), **values: str) -> bytes:
    """A dossier that is accepted; `values` replace fields of XML1."""
    rows = {name: [dict(row) for row in _valid()[name]] for name in tables}
    for table in rows.values():
        for row in table:
            if "MA_LK" in row:
                row["MA_LK"] = code
    rows["XML1"][0] |= {"MA_CSKCB": facility, **values}
    return files.dossier(rows)


REFUSED = {"NGAY_RA": "202613321030"}
"""An impossible date: an E of both profiles."""


def small_file(*codes: str, facility: str = OWN, **header: Any) -> bytes:
    """A file of accepted dossiers with these MA_LK."""
    return file_of(*(dossier(code, facility=facility) for code in codes), facility=facility, **header)


def file_of(*dossiers: bytes, facility: str = OWN, **header: Any) -> bytes:
    return files.claims_file(list(dossiers), facility=facility, **header)


def zipped(members: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


@cache
def pack() -> Pack:
    return load_pack()


def judge() -> Judge:
    return Judge(pack=pack())


def receive(body: bytes, *, by: Actor = SYSTEM, **more: Any) -> Submission:
    return receiving.receive(chunks=[body], file_name="goi.xml", by=by, **more).submission


def judge_all(worker: Judge | None = None) -> int:
    """Work until nothing waits; the number of files judged."""
    worker, total = worker or judge(), 0
    while done := worker.work_once():
        total += done
    return total


def judged(body: bytes, *, by: Actor = SYSTEM, **more: Any) -> Submission:
    """Receive a file, judge what waits, and the submission as it then is."""
    made = receive(body, by=by, **more)
    judge_all()
    return Submission.objects.get(pk=made.pk)


def verdict_of(found: Submission, language: str = "en") -> dict[str, Any]:
    return verdicts.document(found, language)


def outcomes(found: Submission) -> list[tuple[str, str]]:
    """(MA_LK, verdict) of the newest judgement, in the order of the file."""
    return list(queries.dossiers(found).values_list("ma_lk", "verdict"))


def rules_of(found: Submission, position: int = 1) -> list[str]:
    rows = queries.findings(found).filter(position=position)
    return list(rows.values_list("rule", flat=True))
