"""Signing in with an identity provider: there, back, and joining with an account the first time."""

import logging
import time
from dataclasses import asdict
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from khoyte.foundation.language import Text
from khoyte.units import identities, invitations, letting_in, openid, persons, sign_in_guard, signing_in
from khoyte.units.errors import WrongUnit
from khoyte.units.models import Account
from khoyte.units.openid import NotProven, Way
from khoyte.units.openid_calls import ProviderAway
from khoyte.units.openid_providers import Provider
from khoyte.units.pages import LOCKED, own_address, sign_in_page
from khoyte.units.passwords import Fault
from khoyte.units.persons import PersonKeys
from khoyte.units.places import address_of, public_address
from khoyte.units.queries import actor_of_account
from khoyte.units.tenancy import speaking_as
from khoyte.units.web import ActingRequest, public

log = logging.getLogger("khoyte.openid")

_WAY, _UNLINKED = "openid_way", "openid_unlinked"
REFUSED_THERE = Text(
    vi="Việc đăng nhập qua {label} đã bị từ chối hoặc bỏ dở.",
    en="Signing in by {label} was refused or left unfinished.",
)
WRONG = Text(
    vi="Tên đăng nhập hoặc mã mời chưa đúng, đã dùng hoặc quá hạn. Kiểm tra rồi nhập lại.",
    en="The user name or the invitation is wrong, used or too old. Check both and try again.",
)


@public
@require_GET
def begin(request: ActingRequest, name: str) -> HttpResponse:
    """To the provider."""
    provider = _provider(name)
    next = own_address(request, request.GET.get("next", ""))
    try:
        way, address = openid.begin(provider, come_back=_come_back(request, provider), next=next)
    except ProviderAway as away:
        return _failed(request, provider, away)
    request.session[_WAY] = asdict(way)
    return HttpResponseRedirect(address)


@public
@require_GET
def come_back(request: ActingRequest, name: str) -> HttpResponse:
    """From the provider: in, if its answer proves an identity that is joined with an account."""
    provider = _provider(name)
    kept = request.session.pop(_WAY, None)  # each way is gone once
    answer = {key: str(request.GET[key]) for key in request.GET}
    try:
        if kept is None:
            raise NotProven(provider, "no way was begun in this browser")
        if "error" in answer and answer.get("state") == kept["state"]:
            return sign_in_page(request, REFUSED_THERE.fill(label=provider.label), status=403)
        proven = openid.finish(provider, Way(**kept), answer, come_back=_come_back(request, provider))
    except (NotProven, ProviderAway) as error:
        return _failed(request, provider, error)
    subject = identities.hashed(provider, proven.subject)
    account = identities.account_of(subject)
    keys = _person(provider, proven)
    if account is None:
        request.session[_UNLINKED] = {
            "provider": provider.name,
            "subject_hash": subject.hex(),
            "level": proven.level,
            "person": [keys.care.hex(), keys.register.hex()] if keys else [],
            "next": kept["next"],
            "at": time.time(),
        }
        return HttpResponseRedirect("/dang-nhap/lien-ket")
    actor = actor_of_account(account)
    try:
        with speaking_as(actor):
            _recognise(account, provider, proven.level, keys)
    except WrongUnit as another:
        return sign_in_page(request, another.text, status=403)
    return _in(request, account, provider, proven.level, kept["next"])


def _person(provider: Provider, proven: openid.Proven) -> PersonKeys | None:
    """The person, where the provider's subject says so at a level that counts."""
    if not provider.subject_is_number or proven.level not in provider.levels:
        return None
    return persons.keys_of(proven.subject)


def _recognise(account: Account, provider: Provider, level: str, keys: PersonKeys | None) -> None:
    """What a sign-in by the provider proves of the account, within its transaction. Raises WrongUnit."""
    actor = actor_of_account(account)
    letting_in.raise_assurance(account, provider, level, by=actor)
    if keys is not None:
        persons.recognise(account, keys, assurance=f"{provider.name}:{level}"[:40], by=actor)


@public
@require_http_methods(["GET", "POST"])
def link(request: ActingRequest) -> HttpResponse:
    """The identity is proven but nobody's here yet: its person has an account and an invitation for it."""
    kept = request.session.get(_UNLINKED)
    if kept is None or time.time() - kept["at"] > openid.WAY_SECONDS or kept["provider"] not in settings.OIDC:
        return signing_in.again()
    provider = settings.OIDC[kept["provider"]]
    if request.method == "GET":
        return _ask_invitation(request, provider, [])
    username = request.POST.get("username", "").replace("\x00", "?")
    place = address_of(request)
    if not sign_in_guard.admit(username, place, what="invitation"):
        locked = LOCKED.fill(minutes=sign_in_guard.NAME_LIMIT.minutes)
        return _ask_invitation(request, provider, [Fault("username", locked)], 429)
    account = Account.objects.select_related("unit").filter(username=username, is_active=True).first()
    try:
        joined = account is not None and _join(account, provider, kept, request.POST.get("invitation", ""))
    except WrongUnit as another:
        return _ask_invitation(request, provider, [Fault("username", another.text)], 422)
    if account is None or not joined:
        return _ask_invitation(request, provider, [Fault("username", WRONG)], 422)
    sign_in_guard.succeeded(username, place, what="invitation")
    del request.session[_UNLINKED]
    return _in(request, account, provider, kept["level"], kept["next"])


def _join(account: Account, provider: Provider, kept: dict[str, Any], invitation: str) -> bool:
    actor = actor_of_account(account)
    with speaking_as(actor):
        if not invitations.take(account, invitation):
            return False
        identities.link(account.username, provider, bytes.fromhex(kept["subject_hash"]), by=actor)
        _recognise(account, provider, kept["level"], _kept_person(kept))
        return True


def _kept_person(kept: dict[str, Any]) -> PersonKeys | None:
    keys = [bytes.fromhex(key) for key in kept.get("person", [])]
    return PersonKeys(*keys) if keys else None


def _in(request: ActingRequest, account: Account, provider: Provider, level: str, next: str) -> HttpResponse:
    """On to what else is asked; a level that the settings name stands for the second step."""
    counts = level in provider.levels
    proof = f"{provider.name}:{level}"[:60] if level and not counts else provider.name
    return signing_in.begin(request, account, next=next, proof=proof, second=level if counts else "")


def _failed(request: ActingRequest, provider: Provider, error: NotProven | ProviderAway) -> HttpResponse:
    """Why is a word for the log; people are told what to do."""
    log.warning("%s: no sign-in by %s: %s", request.reference, provider.name, error.why)
    return sign_in_page(request, error.text, status=error.status)


def _ask_invitation(
    request: ActingRequest, provider: Provider, faults: list[Fault], status: int = 200
) -> HttpResponse:
    context = {
        "faults": faults,
        "provider": provider.label,
        "username": request.POST.get("username", ""),
    }
    return render(request, "units/link_identity.html", context, status=status)


def _provider(name: str) -> Provider:
    if name not in settings.OIDC:
        raise Http404
    return settings.OIDC[name]


def _come_back(request: ActingRequest, provider: Provider) -> str:
    """The address the provider knows as ours."""
    return f"{public_address(request)}/dang-nhap/qua/{provider.name}/ve"
