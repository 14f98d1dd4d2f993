"""`/dang-ky-tai-khoan`: a facility asks for its account and looks up the answer; the office decides."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.identifiers import parse_facility_code, parse_personal_number
from khoyte.foundation.language import Text
from khoyte.foundation.look import forms
from khoyte.foundation.look.forms import Fault, Field
from khoyte.foundation.look.parts import Cell, Column, Fact, Table, Tag
from khoyte.units import requests, sign_in_guard
from khoyte.units.errors import UnknownUnit, WrongUnit
from khoyte.units.models import AccountRequest, Unit
from khoyte.units.places import address_of
from khoyte.units.policy import ANONYMOUS
from khoyte.units.queries import names_of
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import READING, ActingRequest, guarded, public

SHOWN = 50
TOO_OFTEN = Text(
    vi="Có quá nhiều lượt gửi từ địa chỉ mạng này. Chờ 15 phút rồi gửi lại.",
    en="Too many requests from this address. Wait 15 minutes and try again.",
)
WRONG_CODE = Text(
    vi="Mã cơ sở gồm 2 chữ số của tỉnh và 3 ký tự. Chưa có mã thì để trống.",
    en="A facility code has 2 figures of the province and 3 more signs. Leave it empty without one.",
)
WRONG_NUMBER = Text(
    vi="Số định danh cá nhân gồm đúng 12 chữ số.", en="A personal number has exactly 12 figures."
)
WRONG_MAIL = Text(vi="Thư điện tử có dạng ten@donvi.vn.", en="An e-mail address is like name@unit.vn.")
NOT_FOUND = Text(
    vi="Không có đề nghị mang mã tra cứu này. Kiểm tra lại mã đã nhận khi gửi đề nghị.",
    en="There is no request with this reference. Check the code you were given.",
)
STATES = {
    "open": Tag("wait", Text(vi="Đang chờ duyệt", en="Waiting for the decision")),
    "approved": Tag("good", Text(vi="Đã cấp tài khoản", en="Account opened")),
    "refused": Tag("bad", Text(vi="Không được chấp nhận", en="Refused")),
    "withdrawn": Tag("info", Text(vi="Đã rút", en="Withdrawn")),
}


def form() -> tuple[Field, ...]:
    """What a facility is asked; offices and provinces are those of this installation."""
    return (
        Field("ten-co-so", Text(vi="Tên cơ sở khám bệnh, chữa bệnh", en="Name of the facility")),
        Field(
            "ma-co-so",
            Text(vi="Mã cơ sở 5 ký tự", en="Facility code"),
            required=False,
            hint=Text(vi="Để trống nếu chưa được cấp.", en="Leave empty if none was given."),
        ),
        Field(
            "tinh",
            Text(vi="Tỉnh, thành phố nơi đặt cơ sở", en="Province"),
            "choice",
            [(unit.code, _place_name(unit.name)) for unit in requests.places()],
        ),
        Field(
            "co-quan",
            Text(vi="Cơ quan quản lý duyệt đề nghị", en="Office that decides"),
            "choice",
            _named(requests.offices()),
            hint=Text(
                vi="Sở Y tế nơi đặt cơ sở; cơ sở của Bộ Y tế, công an, quân đội chọn cơ quan y tế của mình.",
                en="The province's health department; facilities of ministries choose their own office.",
            ),
        ),
        Field("hinh-thuc", Text(vi="Hình thức tổ chức", en="Form of organisation")),
        Field("dia-chi", Text(vi="Địa chỉ", en="Address")),
        Field("thoi-gian", Text(vi="Thời gian làm việc", en="Working hours")),
        Field("giay-phep", Text(vi="Số giấy phép hoạt động", en="Operating licence"), required=False),
        Field(
            "so-dinh-danh",
            Text(vi="Số định danh của chủ cơ sở hoặc người đại diện", en="Personal number of the owner"),
            hint=Text(vi="12 chữ số trên thẻ căn cước", en="12 figures of the identity card"),
        ),
        Field(
            "nguoi-quan-tri", Text(vi="Họ và tên người quản trị tài khoản", en="Name of the administrator")
        ),
        Field("chuc-vu", Text(vi="Chức vụ", en="Position"), required=False),
        Field("dien-thoai", Text(vi="Điện thoại", en="Telephone"), autocomplete="tel"),
        Field("thu-dien-tu", Text(vi="Thư điện tử", en="E-mail"), autocomplete="email"),
    )


def _named(units: list[Unit]) -> list[tuple[str, Text | str]]:
    return [(unit.code, unit.name) for unit in units]


def _place_name(office: str) -> str:
    """The province of a health department: "Sở Y tế tỉnh Bình An" answers for "Tỉnh Bình An"."""
    place = office.removeprefix("Sở Y tế ")
    return place[:1].upper() + place[1:]


@public
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: ActingRequest) -> HttpResponse:
    """The form, and its answer: a reference, in the same words for everybody."""
    fields = form()
    if request.method != "POST":
        return _form_page(request, fields, {}, [])
    typed, faults = _read(fields, request)
    if not sign_in_guard.admit_request(address_of(request)):
        return _form_page(request, fields, typed, [Fault("", TOO_OFTEN)], status=429)
    if faults:
        return _form_page(request, fields, typed, faults, status=422)
    told = {name: value for name, value in typed.items() if name not in ("ten-co-so", "ma-co-so")}
    with speaking_as(ANONYMOUS):
        reference = requests.ask(
            office=typed["co-quan"],
            place=typed["tinh"],
            facility_name=typed["ten-co-so"],
            given_code=typed["ma-co-so"].upper(),
            told=told,
        )
    context = {"reference": reference, "days": requests.WORKING_DAYS}
    return render(request, "units/request_received.html", context)


def _read(fields: tuple[Field, ...], request: ActingRequest) -> tuple[dict[str, str], list[Fault]]:
    typed, faults = forms.read(fields, request.POST)
    code = typed["ma-co-so"]
    found = parse_facility_code(code)
    if code and (found is None or found.kind != "short"):
        faults.append(Fault("ma-co-so", WRONG_CODE))
    if typed["so-dinh-danh"] and parse_personal_number(typed["so-dinh-danh"]) is None:
        faults.append(Fault("so-dinh-danh", WRONG_NUMBER))
    mail = typed["thu-dien-tu"].partition("@")
    if typed["thu-dien-tu"] and ("." not in mail[2] or not mail[0] or " " in typed["thu-dien-tu"]):
        faults.append(Fault("thu-dien-tu", WRONG_MAIL))
    return typed, faults


def _form_page(
    request: ActingRequest,
    fields: tuple[Field, ...],
    typed: dict[str, str],
    faults: list[Fault],
    status: int = 200,
) -> HttpResponse:
    context = {"fields": [(field, typed.get(field.name, "")) for field in fields], "faults": faults}
    return render(request, "units/request_form.html", context, status=status)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def look_up(request: ActingRequest) -> HttpResponse:
    """The state of a request by its reference, which comes by POST: it stands in no address and no log."""
    if request.method != "POST":
        return render(request, "units/request_state.html", {})
    if not sign_in_guard.admit_request(address_of(request)):
        return render(request, "units/request_state.html", {"faults": [Fault("", TOO_OFTEN)]}, status=429)
    reference, problem = request.POST.get("ma", ""), None
    with speaking_as(ANONYMOUS):
        found = requests.by_reference(reference)
    if found is None:
        return render(request, "units/request_state.html", {"faults": [Fault("ma", NOT_FOUND)]}, status=404)
    if request.POST.get("viec") == "rut":
        try:
            with speaking_as(ANONYMOUS):
                found = requests.withdraw(reference)
        except requests.Decided as refused:
            problem = refused
            with speaking_as(ANONYMOUS):
                found = requests.by_reference(reference) or found
    context = {
        "found": found,
        "state": STATES[found.state],
        "username": requests.told(found).get(requests.USERNAME, ""),
        "reference": reference,
        "problem": problem,
    }
    return render(request, "units/request_state.html", context, status=409 if problem else 200)


@guarded("account_request.decide", methods=READING)
def queue(request: ActingRequest) -> HttpResponse:
    rows = requests.waiting(request.actor)
    shown = list(rows[:SHOWN])
    table = Table(
        title=Text(vi="Đề nghị cấp tài khoản", en="Requests for accounts"),
        columns=[
            Column("name", Text(vi="Cơ sở", en="Facility"), head=True),
            Column("asked", Text(vi="Ngày gửi", en="Sent"), "day"),
            Column("due", Text(vi="Hạn xử lý", en="Due"), "day"),
        ],
        rows=[
            {
                "name": Cell(row.facility_name, f"/de-nghi-tai-khoan/{row.pk}", row.given_code),
                "asked": row.asked_at,
                "due": row.due_on,
            }
            for row in shown
        ],
        empty=Text(
            vi="Không có đề nghị chờ duyệt. Đề nghị của cơ sở gửi đến đơn vị sẽ hiện ở đây.",
            en="No request waits. What facilities send to this office will stand here.",
        ),
        total=rows.count(),
    )
    return render(request, "units/request_queue.html", {"table": table, "total": table.total})


@guarded("account_request.decide")
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    """One request: what was written, and approval or refusal with reasons."""
    problem: KhoyteError | None = None
    if request.method == "POST":
        try:
            return _decided(request, id)
        except (WrongUnit, UnknownUnit, requests.Decided) as refused:
            problem = refused
    found = requests.request_of(id, request.actor)
    requests.note_read(found, by=request.actor)
    status = (getattr(problem, "status", None) or 422) if problem else 200
    return render(request, "units/request.html", _context(found, problem), status=status)


def _decided(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    if request.POST.get("viec") == "duyet":
        made = requests.approve(
            id,
            code=request.POST.get("ma", "").strip().upper()[:5],
            shared_with=request.POST.get("cung-quan-ly", "").strip()[:20],
            by=request.actor,
        )
        context = {
            "account": made.account,
            "code": made.one_time_code,
            "sent_to": made.sent_to,
            "unit": made.unit,
            "back": ("/de-nghi-tai-khoan", Text(vi="Đề nghị cấp tài khoản", en="Requests")),
        }
        return render(request, "units/one_time_code.html", context)
    requests.refuse(id, reason=request.POST.get("ly-do", ""), by=request.actor)
    found = requests.request_of(id, request.actor)
    return render(request, "units/request.html", _context(found, None) | {"done": True})


def _context(found: AccountRequest, problem: KhoyteError | None) -> dict[str, object]:
    labels = {field.name: field.label for field in form()}
    names = names_of([found.place, found.office])
    written = {"ten-co-so": found.facility_name, "ma-co-so": found.given_code} | requests.told(found)
    written |= {
        "tinh": _place_name(names.get(found.place, found.place)),
        "co-quan": names.get(found.office, found.office),
    }
    return {
        "found": found,
        "state": STATES[found.state],
        "facts": [Fact(labels[name], value) for name, value in written.items() if value and name in labels],
        "known": requests.known_facility(found),
        "departments": Unit.objects.filter(kind="department", ended_on=None).order_by("code"),
        "problem": problem,
    }
