"""`/so-dang-ky/practitioners/{id}/moi`: the unit that keeps a record invites its person to an account."""

import uuid

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from khoyte.foundation.errors import KhoyteError
from khoyte.practice import inviting
from khoyte.registers import content as contents
from khoyte.registers import queries
from khoyte.registers.errors import NotNow, UnknownRecord, WrongRecord
from khoyte.registers.known import register
from khoyte.registers.strangers import note_read, strangers_noted
from khoyte.units.errors import Refused, UnknownUnit
from khoyte.units.letting_in import Reach
from khoyte.units.policy import decide
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, guarded

NAME = inviting.PRACTITIONERS


@guarded("account.administer", transaction=False)
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: ActingRequest, id: uuid.UUID) -> HttpResponse:
    """The person and how to reach them; POST opens the account and shows its code this once."""
    problem: KhoyteError | None = None
    if request.method == "POST" and not request.POST.get("da-nhan-dien"):
        problem = WrongRecord({"": [inviting.NOT_VOUCHED]})
    elif request.method == "POST":
        reach = Reach(request.POST.get("dien-thoai", "")[:30], request.POST.get("thu-dien-tu", "")[:254])
        try:
            with strangers_noted(request.actor, NAME, id), speaking_as(request.actor):
                made = inviting.invite(id=id, reach=reach, by=request.actor)
            return render(
                request,
                "units/one_time_code.html",
                {
                    "account": made.account,
                    "code": made.code,
                    "sent_to": made.sent_to,
                    "unit": made.account.unit,
                    "back": (f"/so-dang-ky/{NAME}/{id}", register(NAME).declaration.label),
                },
            )
        except (NotNow, Refused, UnknownUnit) as refused:
            problem = refused
    with strangers_noted(request.actor, NAME, id), speaking_as(request.actor):
        record = queries.record_of(register(NAME), id, request.actor)
        if not decide(request.actor, "account.administer", queries.facts_of(record, request.actor)):
            raise UnknownRecord
        note_read(request.actor, NAME, record)
        content = contents.content_of(register(NAME).declaration, record)
        context = {
            "record": record,
            "name": content["full_name"],
            "licence": content["licence_number"],
            "phone": request.POST.get("dien-thoai", content.get("phone") or ""),
            "mail": request.POST.get("thu-dien-tu", content.get("email") or ""),
            "may_invite": inviting.may_invite(record, request.actor),
            "has_one": inviting.HAS_ONE,
            "problem": problem,
            "problems": [("da-nhan-dien", None, inviting.NOT_VOUCHED)]
            if isinstance(problem, WrongRecord)
            else [],
        }
    return render(request, "practice/invite.html", context, status=getattr(problem, "status", None) or 200)
