"""`/xac-minh/{code}`: what a licence is worth now, for whoever scans its QR code. Without an account.

Every wrong code gets the same answer: not made here, changed, of a record that is not published. The question
is put as anybody, to what is published, and the transaction sees the newest decision.
"""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from khoyte.foundation.calendar import today
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Cell, Column, Table
from khoyte.practice import licence_state, operating_state, qr_keys
from khoyte.registers import presenters
from khoyte.registers.known import register
from khoyte.registers.pages.lookup import DAY, MINUTE, Limits, Turnstile, pass_through
from khoyte.units.policy import ANONYMOUS
from khoyte.units.queries import names_of
from khoyte.units.takeovers import joined, said_of
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, public

LONGEST_CODE = 64

# Counted apart from look-ups: the waiting room of a hospital has one address, and who scans the code on the
# wall there is not to be turned away because others have searched. A code cannot be guessed.
TURNSTILE = Turnstile()
USUAL_LIMITS: Limits = {
    MINUTE: ("KHOYTE_VERIFICATIONS_A_MINUTE", 120),
    DAY: ("KHOYTE_VERIFICATIONS_A_DAY", 2_000),
}


@public
@require_safe
def verify(request: ActingRequest, code: str) -> HttpResponse:
    pass_through(request, TURNSTILE, USUAL_LIMITS)
    with speaking_as(ANONYMOUS):
        state = licence_state.of_code(code[:LONGEST_CODE], today())
        context = _context(state) if state else {}
    context["as_of"] = timezone.now()
    return render(request, "practice/verification.html", context, status=200 if state else 404)


@public
@require_safe
def ask(request: ActingRequest) -> HttpResponse:
    """The form for a code that is typed; it leads to the code's address."""
    code = "".join(request.GET.get("ma", "").split())[:LONGEST_CODE]
    plain = "".join(sign for sign in code.upper() if sign.isascii() and sign.isalnum())
    if plain:
        return HttpResponseRedirect(f"/xac-minh/{plain}")
    return render(request, "practice/verification.html", {"asking": True})


@public
@require_safe
def keys(request: ActingRequest) -> HttpResponse:
    """The public keys that QR codes are checked with offline."""
    with speaking_as(ANONYMOUS):
        answer = JsonResponse(qr_keys.published())
    answer["Access-Control-Allow-Origin"] = "*"  # nothing in it is anybody's
    return answer


def _context(state: licence_state.PublicState) -> dict[str, Any]:
    declaration = register("practitioners").declaration
    return {
        "state": state,
        "tone": _tone(state),
        "name": state.content["full_name"],
        "facts": presenters.public_facts(declaration, state.content),
        "places": _places(state),
    }


def _tone(state: licence_state.PublicState) -> str:
    return "bad" if state.reason.refuses else "good"


def _stopped(facility: str) -> list[Text]:
    """That the facility itself may not operate today; runs as anybody, on what is published."""
    state = operating_state.stopped_on(facility, today())
    return [state.text] if state is not None and state.refuses else []


def _places(state: licence_state.PublicState) -> Table:
    facilities = {one["facility"] for one in state.places}
    names, merged = names_of(facilities), said_of(facilities)
    stopped = {one: _stopped(one) for one in facilities}
    return Table(
        title=Text(vi="Nơi đăng ký hành nghề", en="Where registered to practise"),
        name="places",
        columns=(
            Column("facility", Text(vi="Cơ sở", en="Facility"), head=True),
            Column("position", Text(vi="Vị trí chuyên môn", en="Position")),
            Column("hours", Text(vi="Thời gian hành nghề", en="Hours")),
            Column("since", Text(vi="Từ ngày", en="Since")),
        ),
        rows=[
            {
                "facility": Cell(
                    names.get(one["facility"], one["facility"]),
                    note=joined([*merged.get(one["facility"], []), *stopped.get(one["facility"], [])]),
                ),
                "position": one.get("position", ""),
                "hours": one.get("hours", ""),
                "since": presenters.day_words(one["valid_from"]),
            }
            for one in sorted(state.places, key=lambda one: one["valid_from"])
        ],
        empty=Text(
            vi="Chưa có đăng ký hành nghề nào được công bố.", en="No registration of practice is published."
        ),
    )
