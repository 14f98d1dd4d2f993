"""The invented country of the matrix: two provinces, two facilities each, one more that was removed.

Every facility has the same things: a judged file (one dossier accepted, one refused, one shared number), a
file that waits, a visit, an upload begun, a webhook, rows in every register. What a tenant's records hold
carries words that stand nowhere else (`Tenant.words`), so that any of them in an answer to somebody else is
a leak.
"""

import base64
import hashlib
import secrets
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from django.db import connection
from django.utils import timezone

from khoyte.foundation.calendar import today
from khoyte.links import actions as links
from khoyte.links.models import ExchangeMessage
from khoyte.nonprod.matrix import declared, guided, lake
from khoyte.nonprod.matrix.declared import Declared
from khoyte.practice.models import IdentityCheck
from khoyte.protection import actions as protection
from khoyte.protection.subjects import Subject
from khoyte.quality import loop as scores
from khoyte.signing.models import FacilityCertificate, SignatureCheck
from khoyte.standards import Standard, standard_on
from khoyte.submissions import receiving, uploads
from khoyte.submissions.models import LedgerAdjustment, Submission, Upload
from khoyte.submissions.rulebook.examples import lay
from khoyte.submissions.visit_documents import read_visit
from khoyte.submissions.working import Judge
from khoyte.units import actions, reorganising, requests
from khoyte.units.models import Account, AccountRequest, MachineToken, Reorganisation, Unit
from khoyte.units.policy import Actor, system_actor
from khoyte.units.queries import actor_of_account
from khoyte.visits import paper_days
from khoyte.visits.models import ProcessingLimit, Visit

BY = system_actor("matrix")
MINISTRY, DEPARTMENT, OTHER_DEPARTMENT = "BYT", "CUCMT", "CUCBC"
PROVINCES = ("97", "98")
# Letters in the codes: no count or amount can look like one of them.
FACILITIES = {"97XQA": "97", "97XQB": "97", "98XQC": "98", "98XQD": "98"}
DELETED, GUESSED = "97XQX", "97XQZ"
DELETED_PROVINCE, GUESSED_PROVINCE = "95", "96"
LATE = timedelta(days=45)
SHARED = "LKCHUNG-0001"
SHARED_NUMBER = "999190000123"
"""One person has been at every facility, under the same MA_LK, and asks every unit for a copy."""
EXAMPLE_DAY = "20260815"
REFUSED = {"NGAY_RA": "202613321030"}
SERIAL = {"97XQA": 1, "97XQB": 2, "98XQC": 3, "98XQD": 4, DELETED: 5, GUESSED: 6}
KEY = "khoa-{code}-1"


@dataclass(frozen=True)
class Tenant:
    """One facility or province, and what a request may name of it.

    `words`: by kind ("@name", "@record", "@link" or a field of the standard) what would give it away.
    """

    code: str
    province: str
    words: Mapping[str, frozenset[str]]
    submission: str = ""
    waiting: str = ""
    visit: str = "0"
    shared: str = "0"
    upload: str = ""
    request: str = ""
    consent: str = ""
    breach: str = ""
    asked: str = ""
    reorganisation: str = ""
    declared: str = ""
    case: str = ""
    published: str = ""
    registration: str = ""
    overlap: str = "0"
    publication: str = ""
    paper: str = ""
    comparison: str = ""
    support: str = ""
    entry: str = "0"
    session: str = ""
    passed: str = ""
    newcomer: str = ""
    diploma: str = ""
    attended: str = ""
    scope: str = ""
    practitioner: str = ""
    pharmacy: str = ""
    cursor: str = ""
    after: str = ""
    ma_lk: str = ""
    number: str = ""
    body: bytes = field(default=b"", repr=False)

    def fillings(self) -> dict[str, str]:
        return {
            "code": self.code,
            "province": self.province,
            "id": self.submission,
            "waiting": self.waiting,
            "visit": self.visit,
            "shared": self.shared,
            "upload": self.upload,
            "request": self.request,
            "consent": self.consent,
            "breach": self.breach,
            "asked": self.asked,
            "reorganisation": self.reorganisation,
            "declared": self.declared,
            "case": self.case,
            "published": self.published,
            "publication": self.publication,
            "issued": self.paper,
            "support": self.support,
            "passed": self.passed,
            "newcomer": self.newcomer,
            "diploma": self.diploma,
            "attended": self.attended,
            "scope": self.scope,
            "entry": self.entry,
            "session": self.session,
            "practitioner": self.practitioner,
            "pharmacy": self.pharmacy,
            "cursor": self.cursor,
            "after": self.after,
            "ma_lk": self.ma_lk,
            "person": self.number,
            "key": KEY.format(code=self.code),
        }


@dataclass(frozen=True)
class World:
    tenants: Mapping[str, Tenant]
    fields: Mapping[str, Mapping[str, str]]
    """Facility -> field of the standard that identifies or tells of a person -> the value planted there."""
    national: str
    """The ministry's session of training."""


def build_world() -> World:
    """Make the country in the connected database, whose role may do everything."""
    _units()
    fields = {code: planted(code) for code in SERIAL}
    judge = Judge()
    bodies = {code: records_file(code, fields[code]) for code in (*FACILITIES, DELETED)}
    for code in (*FACILITIES, *PROVINCES):
        links.register_webhook(url=f"https://nhan-{code.lower()}.example/kq", by=speaker(code))
    made = {}
    for code, body in bodies.items():
        _send_before(code, fields[code])
        judge.work_once()
        made[code] = _send(code, body, f"tep-{code}.xml", key=KEY.format(code=code))
        judge.work_once()
        _adjust(made[code])
        _tell(code, made[code])
    waiting = {
        code: _send(code, records_file(code, fields[code], only_shared={}), f"cho-{code}.xml")
        for code in bodies
    }
    desks = {code: _desk(code) for code in (*bodies, *PROVINCES, MINISTRY)}
    begun = {code: _begin(code) for code in (*bodies, *PROVINCES)}
    tenants = {
        code: desks[code].added_to(
            _tenant(code, fields[code], made[code], waiting[code], begun[code], bodies[code])
        )
        for code in bodies
    }
    tenants = {code: _asking(tenant) for code, tenant in tenants.items()}
    lake.fill(FACILITIES)
    draft = declared.catalogue_draft(speaker(MINISTRY, "operator"))
    for code in bodies:
        made_known = declared.declare(code, SERIAL[code], _name(code), _clerk(code))
        tenants[code] = _with_registers(tenants[code], made_known, draft)
        tenants[code] = _with_guidance(tenants[code])
    for code in reversed(bodies):  # who asks most is not the first that an open query would find
        _signed(made[code])
    _remove(tenants[DELETED])
    # Drafts of catalogues are the country's: what was removed has none.
    tenants[DELETED] = replace(tenants[DELETED], publication=str(uuid.uuid4()), session=str(uuid.uuid4()))
    tenants[GUESSED] = _guess(tenants["97XQA"], fields[GUESSED])
    tenants |= {code: desks[code].added_to(_province(code, begun[code])) for code in PROVINCES}
    tenants |= {code: _with_asked(tenants[code], tenants) for code in PROVINCES}
    tenants[MINISTRY] = desks[MINISTRY].added_to(Tenant(MINISTRY, "", {}, upload=tenants[GUESSED].upload))
    for code in (DELETED_PROVINCE, GUESSED_PROVINCE):
        tenants[code] = replace(tenants[GUESSED], code=code, province=code, words={})
    _count_papers()
    _forget_speaker()
    scores.work_all()
    return World(tenants, fields, guided.national())


def _count_papers() -> None:
    """Days counted, and days that have changed since."""
    paper_days.count_once()
    Visit.objects.filter(ma_lk=SHARED).update(ma_lk=SHARED)


def _forget_speaker() -> None:
    """Within one long transaction the last speaker would still be set."""
    with connection.cursor() as cursor:
        of_registers = ("register_facility", "register_province", "register_everything", "register_person")
        before = ("before", "register_before")
        for name in ("facility", "province", "everything", "person", *of_registers, *before):
            cursor.execute("SELECT set_config(%s, '', true)", [f"khoyte.{name}"])


def _units() -> None:
    facilities = {**FACILITIES, DELETED: "97"}
    units = [
        (MINISTRY, "ministry", "", "Bộ Y tế"),
        (DEPARTMENT, "department", MINISTRY, "Cục Ma trận"),
        (OTHER_DEPARTMENT, "department", MINISTRY, "Cục Bên cạnh"),
        *((code, "province", MINISTRY, _name(code)) for code in (*PROVINCES, DELETED_PROVINCE)),
        *((code, "facility", province, _name(code)) for code, province in facilities.items()),
    ]
    for code, kind, under, name in units:
        actions.create_unit(code=code, kind=kind, name=name, under=under, by=BY)
    Unit.objects.filter(pk="97XQA").update(shared_with=DEPARTMENT)
    Unit.objects.filter(pk="98XQC").update(shared_with=OTHER_DEPARTMENT)
    for code in facilities:  # signs in nowhere: others list it, let it in, mark it present
        Account.objects.create(username=officer(code), unit_id=code, role="facility")


def officer(code: str) -> str:
    """User name of the officer whom every facility has, and who never asks."""
    return f"can-bo-{code.lower()}"


def _name(code: str) -> str:
    return f"Bệnh viện Mốc{code}" if len(code) == len(DELETED) else f"Sở Y tế tỉnh Mốc{code}"


def speaker(unit: str, role: str = "") -> Actor:
    """An officer of a facility or province who sends, or one with another role."""
    found = Unit.objects.get(pk=unit)
    role = role or ("province" if found.kind == "province" else "facility")
    name = "bao-ve" if role == "data_protection" else "nguoi-gui"
    return actor_of_account(Account(username=f"{name}-{unit}", unit=found, role=role))


def planted(code: str) -> dict[str, str]:
    """A value of its own for every field that identifies a person, and for what tells most of an illness."""
    standard, serial = standard_on(today()), SERIAL[code]
    values = {
        field.name: f"Ẩn{field.name}-{code}"
        for table in standard.tables.values()
        for field in table.fields
        if field.identifying
    }
    values |= {
        name: f"9997{serial}5{number:06d}"
        for number, name in enumerate(sorted(name for name in values if name.startswith("SO_CCCD")))
    }
    values |= {"MA_THE_BHYT": f"GD49999{serial}7654321", "DIEN_THOAI": f"09997{serial}65432"}
    told = ("CHAN_DOAN_VAO", "CHAN_DOAN_RV", "LY_DO_VV", "PP_DIEUTRI", "DIEN_BIEN_LS")
    return values | {name: f"Bệnh{name}-{code}" for name in told}


def records_file(
    code: str,
    values: Mapping[str, str],
    *,
    only_shared: Mapping[str, str] | None = None,
    more: int = 0,
) -> bytes:
    """A file of three dossiers: accepted, refused, and one under the number that all facilities use.

    With `only_shared` the last alone, with these fields of its summary. `more`: so many visits beside them,
    sent too late and without the slip of their re-examination.
    """
    day = today() - timedelta(days=1)
    one_person = {"SO_CCCD": SHARED_NUMBER, **(only_shared or {})}
    shared = _dossier(code, SHARED, day, values, ("XML1", "XML4"), one_person)
    if only_shared is not None:
        return _file(code, [shared])
    names = tuple(name for name in standard_on(day).tables if name not in ("CHECKIN", "XML4", "XML12"))
    again = {"NGAY_TAI_KHAM": f"{today() + timedelta(days=7):%Y%m%d}"}
    broken = REFUSED | {"SO_CCCD": values["SO_CCCD"] + "X", "MA_THE_BHYT": values["MA_THE_BHYT"] + "?"}
    return _file(
        code,
        [
            _dossier(code, f"LK{code}-0001", day, values, names, {}),
            _dossier(code, f"LK{code}-0002", day, values, ("XML1",), broken),
            shared,
            *(
                _dossier(code, f"LK{code}-{number}", day - LATE, values, ("XML1", "XML4"), again)
                for number in range(1001, 1001 + more)
            ),
        ],
    )


def _dossier(
    code: str,
    ma_lk: str,
    day: date,
    values: Mapping[str, str],
    names: Sequence[str],
    summary: Mapping[str, str],
) -> bytes:
    standard = standard_on(day)
    rows = lay({name: [{}] for name in names}, standard)
    parts = []
    for name in names:
        laid = [{tag: _dated(text, day) for tag, text in row.items()} for row in rows[name]]
        for row in laid:
            row |= {tag: text for tag, text in values.items() if tag in row and _planted_in(tag, name)}
            row |= {"MA_LK": ma_lk} if "MA_LK" in row else {}
            row |= {"MA_CSKCB": code} if "MA_CSKCB" in row else {}
        if name == "XML1":
            laid[0] |= {"NAM_QT": str(day.year), "THANG_QT": str(day.month), **summary}
        parts.append(_part(name, laid, standard))
    return b"<HOSO>" + b"".join(parts) + b"</HOSO>"


def _planted_in(tag: str, table: str) -> bool:
    """Notes are free text everywhere, and name persons in one table."""
    return tag != "GHI_CHU" or table == "XML8"


def _dated(text: str, day: date) -> str:
    """Dates of the example moved to `day`, so that pages show them among the newest."""
    moved = text.replace(EXAMPLE_DAY, f"{day:%Y%m%d}")
    return f"{day.year}{text[4:]}" if text in ("20260101", "20261231") else moved


def _part(name: str, rows: Sequence[Mapping[str, str]], standard: Standard) -> bytes:
    spec = standard.tables[name]
    written = ["".join(f"<{tag}>{_escaped(text)}</{tag}>" for tag, text in row.items()) for row in rows]
    if spec.row_element:
        written = [f"<{spec.row_element}>{row}</{spec.row_element}>" for row in written]
        written = [f"<{spec.list_element}>", *written, f"</{spec.list_element}>"]
    whole = "".join([f"<{spec.root}>", *written, f"</{spec.root}>"])
    packed = base64.b64encode(whole.encode()).decode()
    return f"<FILEHOSO><LOAIHOSO>{name}</LOAIHOSO><NOIDUNGFILE>{packed}</NOIDUNGFILE></FILEHOSO>".encode()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _file(code: str, dossiers: Sequence[bytes]) -> bytes:
    head = (
        '<?xml version="1.0" encoding="UTF-8"?><GIAMDINHHS>'
        f"<THONGTINDONVI><MACSKCB>{code}</MACSKCB></THONGTINDONVI><THONGTINHOSO>"
        f"<NGAYLAP>{today():%Y%m%d}</NGAYLAP><SOLUONGHOSO>{len(dossiers)}</SOLUONGHOSO><DANHSACHHOSO>"
    )
    tail = "</DANHSACHHOSO></THONGTINHOSO><CHUKYDONVI/></GIAMDINHHS>"
    return head.encode() + b"".join(dossiers) + tail.encode()


def _send(code: str, body: bytes, name: str, key: str = "", at: datetime | None = None) -> Submission:
    receipt = receiving.receive(chunks=[body], file_name=name, by=speaker(code), key=key, at=at)
    return receipt.submission


@dataclass(frozen=True)
class Desk:
    """What the officer for data protection of a unit has in hand."""

    request: str
    consent: str
    breach: str
    words: Mapping[str, frozenset[str]]

    def added_to(self, tenant: Tenant) -> Tenant:
        words = {**tenant.words, **self.words}
        return replace(tenant, request=self.request, consent=self.consent, breach=self.breach, words=words)


def _desk(code: str) -> Desk:
    officer = speaker(code, "data_protection")
    hour_ago = timezone.now() - timedelta(hours=1)
    asking, agreeing = f"NgườiYêuCầu({code})", f"NgườiĐồngÝ({code})"
    request = protection.register_request(
        kind="provide",
        received_at=hour_ago,
        channel="counter",
        relation="self",
        subject=Subject(asking, SHARED_NUMBER, statement=f"NộiDungYêuCầu({code})"),
        by=officer,
    )
    protection.act_on_request(request=request, act="answer", by=officer)
    consent = protection.record_consent(
        purpose="exchange.care",
        subject=Subject(agreeing, SHARED_NUMBER),
        relation="self",
        channel="counter",
        given_at=hour_ago,
        text=f"LờiĐồngÝ({code})",
        by=officer,
    )
    # Of somebody without visits: what a limit hides is tried in the desk's own tests.
    ProcessingLimit.objects.create(
        request=uuid.uuid4(),
        unit=officer.unit_code,
        facility=officer.facility,
        province=officer.province,
        person_key=code.encode(),
        began_by=officer.name,
    )
    breach = protection.open_breach(
        discovered_at=hour_ago,
        summary=f"NộiDungViPhạm({code})",
        data_kinds=["identity"],
        persons=3,
        by=officer,
    )
    protection.write_breach(breach=breach, act="measure", at=timezone.now(), note="Đã khóa", by=officer)
    return Desk(
        str(request.pk),
        str(consent.pk),
        str(breach.pk),
        {
            "@request": frozenset({asking, f"NộiDungYêuCầu({code})", str(request.pk)}),
            "@consent": frozenset({agreeing, f"LờiĐồngÝ({code})", str(consent.pk)}),
            "@breach": frozenset({f"NộiDungViPhạm({code})", str(breach.pk)}),
        },
    )


def _asking(tenant: Tenant) -> Tenant:
    """Somebody at the facility has asked the province for an account."""
    requests.ask(
        office=tenant.province,
        place=tenant.province,
        facility_name=f"ĐềNghị({tenant.code})",
        given_code=tenant.code,
        told={"nguoi-quan-tri": f"NgườiĐềNghị({tenant.code})"},
    )
    made = AccountRequest.objects.get(given_code=tenant.code)
    words = {f"ĐềNghị({tenant.code})", f"NgườiĐềNghị({tenant.code})", str(made.pk)}
    renamed = reorganising.propose(
        kind="rename",
        plan=reorganising.rename_plan(tenant.code, f"TênMới({tenant.code})"),
        decision=f"QĐ({tenant.code})",
        effective_on=today(),
        by=BY,
    )
    moved = frozenset({f"TênMới({tenant.code})", f"QĐ({tenant.code})"})
    known = {**tenant.words, "@asked": frozenset(words), "@reorganisation": moved}
    return replace(tenant, asked=str(made.pk), reorganisation=str(renamed.pk), words=known)


def _with_asked(province: Tenant, tenants: Mapping[str, Tenant]) -> Tenant:
    """What facilities ask of a province is the province's own."""
    own = [tenants[code].words for code, of in FACILITIES.items() if of == province.code]
    asked = {
        kind: frozenset().union(*(words[kind] for words in own)) for kind in ("@asked", "@reorganisation")
    }
    return replace(province, words={**province.words, **asked})


def _with_registers(tenant: Tenant, made: Declared, draft: str) -> Tenant:
    serial = SERIAL[tenant.code]
    return replace(
        tenant,
        declared=made.declared,
        case=made.case,
        published=made.published,
        registration=made.registration,
        overlap=made.overlap,
        publication=draft,
        paper=made.paper,
        comparison=made.comparison,
        newcomer=made.newcomer,
        diploma=made.diploma,
        attended=made.attended,
        scope=made.scope,
        practitioner=declared.personal_number(serial),
        pharmacy=declared.pharmacy(serial),
        words={**tenant.words, **made.words(serial)},
    )


def _with_guidance(tenant: Tenant) -> Tenant:
    """What somebody of the facility asked, who is none of those who ask in the matrix."""
    office = speaker(tenant.province)
    made = guided.guide(tenant.code, tenant.province, speaker(tenant.code), office)
    return replace(
        tenant,
        support=made.support,
        entry=made.entry,
        session=made.session,
        passed=made.passed,
        words={**tenant.words, **made.words},
    )


def _clerk(code: str) -> Actor:
    """Who declares; register readers see the name in the history, which readers of submissions do not."""
    return replace(speaker(code), name=declared.clerk(SERIAL[code]))


def _signed(made: Submission) -> None:
    """A certificate of the facility, and what a judging found of the signature."""
    place = {"facility": made.facility, "province": made.province}
    FacilityCertificate.objects.create(**place, kind="tax_code", value=f"99{made.facility}", entered_by="XR")
    day = f"{today():%Y-%m-%d}T00:00:00+07:00"
    signer = dict.fromkeys(("tax_code", "issuer", "serial", "fingerprint", "method"), "-")
    signer |= {"name": _signer(made.facility), "organisation": "", "valid_from": day, "valid_to": day}
    made.refresh_from_db()
    SignatureCheck.objects.filter(submission=made.pk).delete()
    SignatureCheck.objects.create(
        submission=made.pk,
        judgement=made.judgement,
        **place,
        state="holds",
        signer={**signer, "claimed_at": day},
    )


def _signer(code: str) -> str:
    return f"NgườiKý({code})"


def _send_before(code: str, values: Mapping[str, str]) -> None:
    """The shared dossier once before: what came of the next file is compared with it."""
    earlier = records_file(code, values, only_shared={"LY_DO_VV": "Gửi lần đầu"})
    _send(code, earlier, f"truoc-{code}.xml", at=timezone.now() - timedelta(hours=1))


def _tell(code: str, made: Submission) -> None:
    """A message to a national system about a record of the facility."""
    ExchangeMessage.objects.create(
        destination="datacentre",
        kind="facilities",
        subject=code,
        version=1,
        facility=made.facility,
        province=made.province,
    )
    IdentityCheck.objects.create(
        register="practitioners",
        record=made.pk,
        version=1,
        particulars=b"x" * 16,
        facility=made.facility,
        province=made.province,
    )


def _adjust(made: Submission) -> None:
    """As if it had been judged again, without a difference."""
    LedgerAdjustment.objects.create(
        submission=made, facility=made.facility, province=made.province, day=made.day, judgement=1, changes={}
    )


def grow(codes: Collection[str], world: World) -> None:
    """These facilities send, begin and declare more: counts, causes, visits, lists of theirs change."""
    judge = Judge()
    for code in codes:
        values = {**world.fields[code], "LY_DO_VV": "Thêm một gói"}
        # Of yesterday: who looks for earlier files of the same number must not find those of others.
        body = records_file(code, world.fields[code], only_shared=REFUSED)
        before = _send(code, body, f"chung-{code}.xml", at=timezone.now() - timedelta(days=1))
        sent = _send(
            code, records_file(code, values, more=2), f"tep-{code}.xml", key=KEY.format(code=f"{code}-them")
        )
        judge.judge([before, sent])  # these alone: what else waits must go on waiting
        _begin(code)
        declared.declare_more(SERIAL[code], _clerk(code))
    paper_days.count_once()
    _forget_speaker()


def _begin(code: str) -> Upload:
    return uploads.begin(length=64, file_name=f"phan-{code}.xml", by=speaker(code))


def _tenant(
    code: str, values: Mapping[str, str], made: Submission, waiting: Submission, begun: Upload, body: bytes
) -> Tenant:
    visit = Visit.objects.get(facility=code, ma_lk=f"LK{code}-0001")
    shared = Visit.objects.get(facility=code, ma_lk=SHARED, is_current=True)
    read_visit(shared, by=speaker(code), purpose="facility.review")
    return Tenant(
        code=code,
        province=visit.province,
        words={
            **_words(code, values, made, waiting, begun),
            "@visit": frozenset({f'/luot-kham/{shared.pk}"'}),
        },
        submission=str(made.pk),
        waiting=str(waiting.pk),
        visit=str(visit.pk),
        shared=str(shared.pk),
        upload=str(begun.pk),
        cursor=_cursor(made),
        after="0",
        ma_lk=f"LK{code}-0001",
        number=values["SO_CCCD"],
        body=body,
    )


def _words(
    code: str, values: Mapping[str, str], made: Submission, waiting: Submission, begun: Upload
) -> dict[str, frozenset[str]]:
    files = {f"{kind}-{code}.xml" for kind in ("tep", "cho", "chung", "truoc")} | {_signer(code)}
    hashes = {bytes(thing.sha256).hex() for thing in (made, waiting)}
    records = {f"LK{code}-0001", f"LK{code}-0002", f"nguoi-gui-{code}"}
    links = {f"phan-{code}.xml", f"nhan-{code.lower()}.example", str(begun.pk)}
    return {
        "@name": frozenset({code, _name(code)}),
        "@record": frozenset(records | files | hashes),
        "@submission": frozenset({str(made.pk), str(waiting.pk)}),
        "@link": frozenset(links),
        "@account": frozenset({officer(code)}),
        **_field_words(values),
    }


def _field_words(values: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {name: frozenset({text}) for name, text in values.items()}


def _cursor(made: Submission) -> str:
    """A cursor as the list of this very submission's owner would hand it out."""
    mark = f"{made.received_at.isoformat()}|{made.pk}"
    return base64.urlsafe_b64encode(mark.encode()).decode()


def _remove(tenant: Tenant) -> None:
    """As if it had never been: what a superuser would do on a court's order, since no act of ours removes."""
    declared.forget(tenant.code)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE a.attname = 'facility' AND NOT a.attisdropped AND c.relkind IN ('r', 'p')"
            " AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace"
            " AND c.relname <> 'audit_entry'"
            " ORDER BY c.relname IN ('submission', 'subject_request', 'breach', 'support_request')"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{table}" WHERE facility = %s', [tenant.code])
    Account.objects.filter(unit=tenant.code).delete()
    AccountRequest.objects.filter(pk=tenant.asked).delete()
    Reorganisation.objects.filter(pk=tenant.reorganisation).delete()
    Unit.objects.filter(pk__in=(tenant.code, DELETED_PROVINCE)).delete()


def _guess(near: Tenant, values: Mapping[str, str]) -> Tenant:
    """What somebody would try who has seen the ids of another: one sign away from what is there."""
    return Tenant(
        code=GUESSED,
        province=near.province,
        words=_field_words(values),
        submission=_next_id(near.submission),
        waiting=_next_id(near.waiting),
        visit=str(Visit.objects.order_by("-pk")[0].pk + 1),
        shared=str(Visit.objects.order_by("-pk")[0].pk + 2),
        upload=_next_id(near.upload),
        request=_next_id(near.request),
        consent=_next_id(near.consent),
        breach=_next_id(near.breach),
        asked=_next_id(near.asked),
        reorganisation=_next_id(near.reorganisation),
        declared=_next_id(near.declared),
        case=_next_id(near.case),
        published=_next_id(near.published),
        publication=_next_id(near.publication),
        paper=_next_id(near.paper),
        comparison=_next_id(near.comparison),
        newcomer=_next_id(near.newcomer),
        diploma=_next_id(near.diploma),
        attended=_next_id(near.attended),
        scope=_next_id(near.scope),
        passed=_next_id(near.passed),
        registration=str(uuid.uuid4()),
        support=_next_id(near.support),
        entry="0",
        session=str(uuid.uuid4()),
        overlap="999999999",
        practitioner=declared.personal_number(SERIAL[GUESSED]),
        pharmacy=declared.pharmacy(SERIAL[GUESSED]),
        cursor="khong-phai-con-tro",
        after="999999999",
        ma_lk=f"LK{GUESSED}-0001",
        number=values["SO_CCCD"],
    )


def _next_id(id: str) -> str:
    return str(uuid.UUID(int=uuid.UUID(id).int ^ 1))


def _province(code: str, begun: Upload) -> Tenant:
    """A province sends nothing of its own accord, but has uploads and a webhook."""
    links = frozenset({f"phan-{code}.xml", f"nhan-{code}.example", str(begun.pk)})
    words = {"@name": frozenset({f"tỉnh Mốc{code}"}), "@link": links}
    return Tenant(code=code, province=code, words=words, upload=str(begun.pk))


def token(unit: str, scope: str, *, expired: bool = False, revoked: bool = False) -> str:
    """A bearer token; only what is asked for tells it from one that works."""
    made = actions.create_token(unit=unit, scopes=[scope], ttl_seconds=3600, by=BY)
    row = MachineToken.objects.filter(token_sha256=hashlib.sha256(made.encode()).digest())
    if expired:
        row.update(expires_at=timezone.now() - timedelta(seconds=1))
    if revoked:
        row.update(revoked_at=timezone.now())
    return made


def account(unit: str, role: str, name: str = "") -> Account:
    made, _ = actions.create_account(
        username=name or f"{role}-{unit.lower()}",
        unit=unit,
        role=role,
        password=secrets.token_urlsafe(16),
        by=BY,
    )
    return made
